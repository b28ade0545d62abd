//! Canonical: the bytes of a record that a signature commits to: every figure in it, by its path.
//!
//! What the record's JSON holds as a leaf is a path and a text, in the order of their paths, each preceded by its
//! length. Nothing is listed by hand, so no member can be left out; and whoever has the JSON can work it out.

use crate::digest::Digest;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use serde::Serialize;
use serde::ser::{
    Error, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant, Serializer,
};

/// `domain`, then all leaves of what is said.
pub fn bytes(domain: &str, said: &impl Serialize) -> Vec<u8> {
    let mut leaves = Leaves::default();
    // No record refuses to be written; one that did would have no bytes.
    if said.serialize(&mut leaves).is_err() {
        return Vec::new();
    }
    leaves.found.sort();
    let pairs = leaves.found.iter().flat_map(|(path, text)| [path.as_bytes(), text.as_bytes()]);
    let parts: Vec<&[u8]> = core::iter::once(domain.as_bytes()).chain(pairs).collect();
    Digest::framed(&parts)
}

#[derive(Debug, Default)]
struct Leaves {
    path: String,
    found: Vec<(String, String)>,
}

#[derive(Debug)]
struct Unwritten;

impl fmt::Display for Unwritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it refuses to be written")
    }
}
impl core::error::Error for Unwritten {}
impl Error for Unwritten {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Done = Result<(), Unwritten>;

impl Leaves {
    fn leaf(&mut self, text: impl ToString) -> Done {
        self.found.push((self.path.clone(), text.to_string()));
        Ok(())
    }
    fn under<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Done {
        let before = self.path.len();
        self.path.push('/');
        self.path.push_str(name);
        value.serialize(&mut *self)?;
        self.path.truncate(before);
        Ok(())
    }
    fn open(&mut self, variant: Option<&str>, empty: &'static str) -> Members<'_> {
        let before = self.path.len();
        if let Some(variant) = variant {
            self.path.push('/');
            self.path.push_str(variant);
        }
        Members { leaves: self, before, next: 0, empty }
    }
}

/// What has members: by name, or by number from 0.
#[derive(Debug)]
struct Members<'a> {
    leaves: &'a mut Leaves,
    before: usize,
    next: usize,
    /// What is written where there are none.
    empty: &'static str,
}

impl Members<'_> {
    fn named<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Done {
        self.next += 1;
        self.leaves.under(name, value)
    }
    fn numbered<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        let number = self.next.to_string();
        self.named(&number, value)
    }
    fn close(self) -> Done {
        if self.next == 0 {
            self.leaves.leaf(self.empty)?;
        }
        self.leaves.path.truncate(self.before);
        Ok(())
    }
}

impl<'a> Serializer for &'a mut Leaves {
    type Ok = ();
    type Error = Unwritten;
    type SerializeSeq = Members<'a>;
    type SerializeTuple = Members<'a>;
    type SerializeTupleStruct = Members<'a>;
    type SerializeTupleVariant = Members<'a>;
    type SerializeMap = Members<'a>;
    type SerializeStruct = Members<'a>;
    type SerializeStructVariant = Members<'a>;

    fn serialize_bool(self, v: bool) -> Done {
        self.leaf(v)
    }
    fn serialize_i8(self, v: i8) -> Done {
        self.leaf(v)
    }
    fn serialize_i16(self, v: i16) -> Done {
        self.leaf(v)
    }
    fn serialize_i32(self, v: i32) -> Done {
        self.leaf(v)
    }
    fn serialize_i64(self, v: i64) -> Done {
        self.leaf(v)
    }
    fn serialize_u8(self, v: u8) -> Done {
        self.leaf(v)
    }
    fn serialize_u16(self, v: u16) -> Done {
        self.leaf(v)
    }
    fn serialize_u32(self, v: u32) -> Done {
        self.leaf(v)
    }
    fn serialize_u64(self, v: u64) -> Done {
        self.leaf(v)
    }
    // No record has fractions of this kind: money is fixed-point, and a text.
    fn serialize_f32(self, _: f32) -> Done {
        Err(Unwritten)
    }
    fn serialize_f64(self, _: f64) -> Done {
        Err(Unwritten)
    }
    fn serialize_char(self, v: char) -> Done {
        self.leaf(v)
    }
    fn serialize_str(self, v: &str) -> Done {
        self.leaf(v)
    }
    fn serialize_bytes(self, _: &[u8]) -> Done {
        Err(Unwritten)
    }
    fn serialize_none(self) -> Done {
        self.leaf("null")
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Done {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Done {
        self.leaf("null")
    }
    fn serialize_unit_struct(self, _: &'static str) -> Done {
        self.leaf("null")
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done {
        self.leaf(variant)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Done {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Done {
        self.under(variant, value)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Members<'a>, Unwritten> {
        Ok(self.open(None, "[]"))
    }
    fn serialize_tuple(self, _: usize) -> Result<Members<'a>, Unwritten> {
        Ok(self.open(None, "[]"))
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Members<'a>, Unwritten> {
        Ok(self.open(None, "[]"))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Members<'a>, Unwritten> {
        Ok(self.open(Some(variant), "[]"))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Members<'a>, Unwritten> {
        // Its keys would be texts that somebody chose.
        Err(Unwritten)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'a>, Unwritten> {
        Ok(self.open(None, "{}"))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Members<'a>, Unwritten> {
        Ok(self.open(Some(variant), "{}"))
    }
}

impl SerializeSeq for Members<'_> {
    type Ok = ();
    type Error = Unwritten;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.numbered(value)
    }
    fn end(self) -> Done {
        self.close()
    }
}
impl SerializeTuple for Members<'_> {
    type Ok = ();
    type Error = Unwritten;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.numbered(value)
    }
    fn end(self) -> Done {
        self.close()
    }
}
impl SerializeTupleStruct for Members<'_> {
    type Ok = ();
    type Error = Unwritten;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.numbered(value)
    }
    fn end(self) -> Done {
        self.close()
    }
}
impl SerializeTupleVariant for Members<'_> {
    type Ok = ();
    type Error = Unwritten;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.numbered(value)
    }
    fn end(self) -> Done {
        self.close()
    }
}
impl SerializeMap for Members<'_> {
    type Ok = ();
    type Error = Unwritten;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Done {
        Err(Unwritten)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, _: &T) -> Done {
        Err(Unwritten)
    }
    fn end(self) -> Done {
        Err(Unwritten)
    }
}
impl SerializeStruct for Members<'_> {
    type Ok = ();
    type Error = Unwritten;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Done {
        self.named(key, value)
    }
    fn end(self) -> Done {
        self.close()
    }
}
impl SerializeStructVariant for Members<'_> {
    type Ok = ();
    type Error = Unwritten;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Done {
        self.named(key, value)
    }
    fn end(self) -> Done {
        self.close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Said {
        z: u8,
        a: Option<i64>,
        of: Of,
        list: Vec<Of>,
        none: Vec<u8>,
        gone: Option<bool>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Of {
        Plain,
        Within(u16),
        Named { one: bool },
    }

    #[test]
    fn every_leaf_is_written_by_its_path_in_order() {
        let list = alloc::vec![Of::Plain, Of::Within(7)];
        let said = Said { z: 1, a: Some(-2), of: Of::Named { one: true }, list, none: Vec::new(), gone: None };
        let parts = [
            "d",
            "/a",
            "-2",
            "/gone",
            "null",
            "/list/0",
            "plain",
            "/list/1/within",
            "7",
            "/none",
            "[]",
            "/of/named/one",
            "true",
            "/z",
            "1",
        ];
        let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
        assert_eq!(bytes("d", &said), Digest::framed(&parts));
    }

    #[test]
    fn what_has_no_bytes_is_refused_as_a_whole() {
        assert_eq!(bytes("d", &1.5), Vec::<u8>::new());
    }
}
