//! What serde asks of whoever writes values, answered with the writer.

use super::CanonicalError;
use super::writer::{Compound, End, Writer, Written};
use core::fmt;
use serde::ser::{self, Serialize, Serializer};

macro_rules! integers {
    ($($method:ident($kind:ty) as $sort:ident),*) => {
        $(fn $method(self, value: $kind) -> Written { self.$sort(value.into()); Ok(()) })*
    };
}

impl<'a> Serializer for &'a mut Writer {
    type Ok = ();
    type Error = CanonicalError;
    type SerializeSeq = Compound<'a>;
    type SerializeTuple = Compound<'a>;
    type SerializeTupleStruct = Compound<'a>;
    type SerializeTupleVariant = Compound<'a>;
    type SerializeMap = Compound<'a>;
    type SerializeStruct = Compound<'a>;
    type SerializeStructVariant = Compound<'a>;

    integers!(
        serialize_i8(i8) as signed,
        serialize_i16(i16) as signed,
        serialize_i32(i32) as signed,
        serialize_i64(i64) as signed,
        serialize_u8(u8) as unsigned,
        serialize_u16(u16) as unsigned,
        serialize_u32(u32) as unsigned,
        serialize_u64(u64) as unsigned
    );

    fn serialize_i128(self, value: i128) -> Written {
        match (i64::try_from(value), u64::try_from(value)) {
            (Ok(number), _) => self.signed(number),
            (Err(_), Ok(number)) => self.unsigned(number),
            (Err(_), Err(_)) => return Err(CanonicalError::NotAnInteger),
        }
        Ok(())
    }

    fn serialize_u128(self, value: u128) -> Written {
        self.unsigned(u64::try_from(value).map_err(|_| CanonicalError::NotAnInteger)?);
        Ok(())
    }

    fn serialize_f32(self, _: f32) -> Written {
        Err(CanonicalError::NotAnInteger)
    }

    fn serialize_f64(self, _: f64) -> Written {
        Err(CanonicalError::NotAnInteger)
    }

    fn serialize_bool(self, value: bool) -> Written {
        self.word(if value { "true" } else { "false" })
    }

    fn serialize_char(self, value: char) -> Written {
        self.shown(&value)
    }

    fn serialize_str(self, text: &str) -> Written {
        self.string(text)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Written {
        self.shown(value)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Written {
        self.collect_seq(bytes)
    }

    fn serialize_none(self) -> Written {
        self.word("null")
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Written {
        self.word("null")
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        self.word("null")
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        self.string(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Written {
        self.variant(variant)?;
        value.serialize(&mut *self)?;
        self.close(b'}')
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'a>, CanonicalError> {
        Ok(self.compound(End::Array))
    }

    fn serialize_tuple(self, _: usize) -> Result<Compound<'a>, CanonicalError> {
        Ok(self.compound(End::Array))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Compound<'a>, CanonicalError> {
        Ok(self.compound(End::Array))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a>, CanonicalError> {
        self.variant(variant)?;
        Ok(self.compound(End::ArrayOfVariant))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'a>, CanonicalError> {
        Ok(self.compound(End::Object))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Compound<'a>, CanonicalError> {
        Ok(self.compound(End::Object))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a>, CanonicalError> {
        self.variant(variant)?;
        Ok(self.compound(End::ObjectOfVariant))
    }
}

macro_rules! elements {
    ($($kind:ident $method:ident),*) => {
        $(impl ser::$kind for Compound<'_> {
            type Ok = ();
            type Error = CanonicalError;
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
                self.element(value)
            }
            fn end(self) -> Written {
                self.finish()
            }
        })*
    };
}

elements!(
    SerializeSeq serialize_element, SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field, SerializeTupleVariant serialize_field
);

macro_rules! fields {
    ($($kind:ident),*) => {
        $(impl ser::$kind for Compound<'_> {
            type Ok = ();
            type Error = CanonicalError;
            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Written {
                self.field(key, value)
            }
            fn end(self) -> Written {
                self.finish()
            }
        })*
    };
}

fields!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = CanonicalError;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Written {
        self.key(key)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        self.value(value)
    }
    fn end(self) -> Written {
        self.finish()
    }
}
