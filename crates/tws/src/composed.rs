//! Composed: a protobuf message that is being written, from fields by the names of our layouts.
use crate::schema::{Kind, Row};
use crate::tags::{push_bytes, push_double, push_varint};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Its fields by number, so that they come out in order, wherever a layout has them.
#[derive(Debug)]
pub(crate) struct Composed {
    rows: &'static [Row],
    parts: BTreeMap<u32, Part>,
}

#[derive(Debug)]
enum Part {
    /// With its tag.
    Written(Vec<u8>),
    Within(Composed),
}

/// Says the field with this number, of this kind, among the others.
type Write<'a> = dyn FnMut(u32, &Kind, &mut BTreeMap<u32, Part>) + 'a;

impl Composed {
    pub(crate) fn new(rows: &'static [Row]) -> Self {
        Self { rows, parts: BTreeMap::new() }
    }

    /// Says a field; what is empty is left out. False where the message has no such field.
    pub(crate) fn put(&mut self, name: &str, text: &str) -> bool {
        self.at(name, &mut |number, kind, parts| {
            let mut out = Vec::new();
            match kind {
                _ if text.is_empty() => return,
                Kind::Text => push_bytes(&mut out, number, text.as_bytes()),
                Kind::Whole | Kind::Long => {
                    let Ok(value) = text.parse::<i64>() else { return };
                    push_varint(&mut out, number, value.cast_unsigned());
                }
                Kind::Flag => push_varint(&mut out, number, u64::from(text != "0")),
                Kind::Double => {
                    let Ok(value) = text.parse::<f64>() else { return };
                    push_double(&mut out, number, value);
                }
                Kind::Within(_) | Kind::List(_) | Kind::Texts | Kind::Doubles | Kind::Closed => return,
            }
            parts.insert(number, Part::Written(out));
        })
    }

    /// Texts, or numbers as texts, which are packed.
    pub(crate) fn put_texts(&mut self, name: &str, texts: &[String]) {
        self.at(name, &mut |number, kind, parts| {
            let mut out = Vec::new();
            if let Kind::Doubles = kind {
                let numbers = texts.iter().filter_map(|text| text.parse::<f64>().ok());
                let packed: Vec<u8> = numbers.flat_map(|value| value.to_bits().to_le_bytes()).collect();
                push_bytes(&mut out, number, &packed);
            } else {
                texts.iter().for_each(|text| push_bytes(&mut out, number, text.as_bytes()));
            }
            parts.insert(number, Part::Written(out));
        });
    }

    /// An empty entry of the list with this name.
    pub(crate) fn entry(&self, name: &str) -> Composed {
        Composed::new(list(self.rows, name).unwrap_or_default())
    }

    /// Adds an entry to the end of the list with this name.
    pub(crate) fn put_entry(&mut self, name: &str, entry: Composed) {
        let bytes = entry.into_bytes();
        self.at(name, &mut |number, _, parts| {
            if let Part::Written(out) = parts.entry(number).or_insert_with(|| Part::Written(Vec::new())) {
                push_bytes(out, number, &bytes);
            }
        });
    }

    /// Finds the field, here or in a message within.
    fn at(&mut self, name: &str, write: &mut Write<'_>) -> bool {
        for (number, known, kind) in self.rows {
            if let Kind::Within(rows) = kind {
                match self.parts.entry(*number) {
                    Entry::Occupied(mut known) => {
                        let Part::Within(inner) = known.get_mut() else { continue };
                        if inner.at(name, write) {
                            return true;
                        }
                    }
                    Entry::Vacant(place) => {
                        let mut inner = Composed::new(rows);
                        if inner.at(name, write) {
                            place.insert(Part::Within(inner));
                            return true;
                        }
                    }
                }
            } else if *known == name {
                write(*number, kind, &mut self.parts);
                return true;
            }
        }
        false
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        let mut out = Vec::new();
        for (number, part) in self.parts {
            match part {
                Part::Written(bytes) => out.extend_from_slice(&bytes),
                Part::Within(inner) => push_bytes(&mut out, number, &inner.into_bytes()),
            }
        }
        out
    }
}

fn list(rows: &'static [Row], name: &str) -> Option<&'static [Row]> {
    rows.iter().find_map(|(_, known, kind)| match kind {
        Kind::List(entry) if *known == name => Some(*entry),
        Kind::Within(inner) => list(inner, name),
        _ => None,
    })
}
