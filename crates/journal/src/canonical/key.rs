//! Keys of a map: texts, and what has one text only (numbers, truth values, names of variants).

use super::CanonicalError;
use super::writer::Writer;
use core::fmt;
use serde::ser::{Impossible, Serialize, Serializer};

#[derive(Debug)]
pub(super) struct Key<'a>(pub(super) &'a mut Writer);

type Written = Result<(), CanonicalError>;
type Never = Impossible<(), CanonicalError>;

macro_rules! shown {
    ($($method:ident($kind:ty)),*) => {
        $(fn $method(self, value: $kind) -> Written { self.0.shown(&value) })*
    };
}

macro_rules! no_key {
    ($($method:ident($($kind:ty),*) -> $given:ty),*) => {
        $(fn $method(self, $(_: $kind),*) -> Result<$given, CanonicalError> { Err(CanonicalError::NoForm) })*
    };
}

impl Serializer for Key<'_> {
    type Ok = ();
    type Error = CanonicalError;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    shown!(
        serialize_bool(bool),
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_i32(i32),
        serialize_i64(i64),
        serialize_u8(u8),
        serialize_u16(u16),
        serialize_u32(u32),
        serialize_u64(u64),
        serialize_char(char)
    );
    no_key!(
        serialize_f32(f32) -> (), serialize_f64(f64) -> (), serialize_bytes(&[u8]) -> (), serialize_none() -> (),
        serialize_unit() -> (), serialize_unit_struct(&'static str) -> (), serialize_seq(Option<usize>) -> Never,
        serialize_tuple(usize) -> Never, serialize_tuple_struct(&'static str, usize) -> Never,
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never,
        serialize_map(Option<usize>) -> Never, serialize_struct(&'static str, usize) -> Never,
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never
    );

    fn serialize_str(self, text: &str) -> Written {
        self.0.string(text)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        self.0.string(variant)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Written {
        Err(CanonicalError::NoForm)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Written {
        Err(CanonicalError::NoForm)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Written {
        self.0.shown(value)
    }
}
