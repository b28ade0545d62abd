//! What a message can be refused for, with the number that the refusal should be answered to.
use crate::request_table;
use std::fmt;
use thiserror::Error;

/// A message that is not what its layout says. Nothing of it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// The message's number, when at least that could be read.
    pub message_id: Option<u32>,
    /// The order or request it names, when that could be read: the answer goes there.
    pub order_or_request_id: Option<i32>,
    pub kind: DecodeErrorKind,
}

/// What is wrong with a message. Fields have the names that clients' documentation uses.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecodeErrorKind {
    #[error("it does not end with a terminator")]
    Unterminated,
    #[error("it does not begin with a message number")]
    NoMessageId,
    #[error("its number is not one of this protocol")]
    UnknownMessage,
    #[error("it ends before the field {field}")]
    MissingField { field: &'static str },
    #[error("it goes on after its last field, by {count}")]
    TrailingFields { count: usize },
    #[error("the field {field} is not plain text")]
    NotPlainText { field: &'static str },
    #[error("the field {field} is not a whole number: {value:?}")]
    NotAnInteger { field: &'static str, value: String },
    #[error("the field {field} is not a decimal number in range: {value:?}")]
    NotADecimal { field: &'static str, value: String },
    #[error("the field {field} is neither 0 nor 1: {value:?}")]
    NotAFlag { field: &'static str, value: String },
    #[error("the field {field} counts more entries than the message holds: {value:?}")]
    BadCount { field: &'static str, value: String },
    #[error("its bytes are not a protobuf message")]
    NotProtobuf,
    #[error("its number {number} says that it is text; what speaks protobuf here speaks nothing else")]
    TextMessage { number: u32 },
    #[error("it has a field {number} that is not known")]
    UnknownField { number: u32 },
    #[error("the field {field} is there twice")]
    Twice { field: &'static str },
    #[error("the field {field} is written as something else than it is")]
    WrongType { field: &'static str },
    #[error("the field {field} is not built: {value:?}")]
    NotBuilt { field: &'static str, value: String },
}

impl std::error::Error for DecodeError {}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.message_id {
            None => f.write_str("a message")?,
            Some(id) => match request_table::name(id) {
                Some(name) => write!(f, "message {id} ({name})")?,
                None => write!(f, "message {id}")?,
            },
        }
        if let Some(id) = self.order_or_request_id {
            write!(f, " for id {id}")?;
        }
        write!(f, " was not understood: {}", self.kind)
    }
}

/// A message that must not be written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EncodeError {
    /// The order says more than this crate understands, so it would not be the same order.
    #[error("order {order_id} has fields that are not built, first of them {field}")]
    Extras { order_id: i32, field: &'static str },
    /// A message of which only the name was read.
    #[error("message {id} ({name}) is not built")]
    NotBuilt { id: u32, name: &'static str },
}

/// Values in error texts are for people and for logs: they are cut.
pub(crate) fn shown(value: &str) -> String {
    value.chars().take(40).collect()
}
