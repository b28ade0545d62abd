//! Slots: the fields that the product does not use, and how each looks when nobody has set it.
use crate::error::{DecodeErrorKind, shown};
use crate::number;
use crate::wire::Step;
use rust_decimal::Decimal;

/// What a field that the product does not use looks like when nobody has set it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Idle {
    /// Empty, or one of these.
    Text(&'static [&'static str]),
    /// Unset, or zero.
    Zero,
    /// Unset, zero or minus one.
    MinusOne,
    /// Any flag: clients differ in a field that has no meaning any more.
    AnyFlag,
    /// Any whole number, for the same reason.
    AnyInteger,
}

/// A field that the product does not use: its name, how it looks unset, how we write it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    pub(crate) name: &'static str,
    pub(crate) idle: Idle,
    pub(crate) written: &'static str,
}

/// A text field that is normally empty.
pub(crate) const fn blank(name: &'static str) -> Slot {
    slot(name, Idle::Text(&[]), "")
}

/// A number that is normally not set.
pub(crate) const fn unset(name: &'static str) -> Slot {
    slot(name, Idle::Zero, "")
}

/// A number or flag that is normally zero.
pub(crate) const fn zero(name: &'static str) -> Slot {
    slot(name, Idle::Zero, "0")
}

pub(crate) const fn slot(name: &'static str, idle: Idle, written: &'static str) -> Slot {
    Slot { name, idle, written }
}

impl Slot {
    pub(crate) fn is_idle(&self, text: &str) -> Step<bool> {
        let number = |text| number::decimal(self.name, text);
        Ok(match self.idle {
            Idle::Text(spellings) => text.is_empty() || spellings.contains(&text),
            Idle::Zero if text == "2147483647" => true,
            Idle::Zero => number(text)?.is_none_or(|number| number.is_zero()),
            Idle::MinusOne => number(text)?.is_none_or(|n| n.is_zero() || n == Decimal::NEGATIVE_ONE),
            Idle::AnyFlag => match text {
                "" | "0" | "1" => true,
                _ => {
                    let (field, value) = (self.name, shown(text));
                    return Err(DecodeErrorKind::NotAFlag { field, value });
                }
            },
            Idle::AnyInteger => {
                let number = number::integer::<i32>(self.name, text)?;
                number.ok_or_else(|| DecodeErrorKind::NotAnInteger { field: self.name, value: shown(text) })?;
                true
            }
        })
    }
}
