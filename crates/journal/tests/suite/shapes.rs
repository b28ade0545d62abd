//! Every shape that serde knows, written straight and by way of a tree of values: the same bytes.

use journal::canonical::{CanonicalError, MAX_DEPTH, check, difference, encode, validate};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

#[derive(Serialize)]
struct Unit;

#[derive(Serialize)]
struct Pair(i8, u16);

#[derive(Serialize)]
struct New(&'static str);

#[derive(Serialize)]
#[serde(tag = "kind")]
enum Tagged {
    Zed { b: u8, a: u8 },
    Alone,
}

#[derive(Serialize)]
enum Shape {
    Plain,
    Of(Box<Shape>),
    Two(u8, Vec<Shape>),
    Named { z: i64, a: Option<bool>, m: Tagged },
}

#[derive(Serialize)]
struct Flat {
    zoo: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, Pair>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gone: Option<u8>,
}

/// The way round: serde_json's tree, whose objects are sorted maps, in its own spelling.
fn by_tree<T: Serialize>(value: &T) -> Vec<u8> {
    serde_json::to_vec(&serde_json::to_value(value).unwrap()).unwrap()
}

fn agrees<T: Serialize>(value: &T) {
    let written = encode(value).unwrap();
    assert_eq!(String::from_utf8_lossy(&written), String::from_utf8_lossy(&by_tree(value)));
    validate(&written).unwrap();
    assert_eq!(difference(value, &written), Ok(None));
    let longer = [written.as_slice(), b" "].concat();
    assert_eq!(difference(value, &longer), Ok(Some(written.len())));
    assert_eq!(difference(value, &written[..written.len() - 1]), Ok(Some(written.len() - 1)));
}

#[test]
fn an_escape_is_found_wherever_it_stands() {
    for length in 0..20 {
        for at in 0..length {
            for odd in ['"', '\\', '\u{1f}', '\u{0}', '\n', '!', '#', '[', ']', ' ', '\u{7f}', 'é'] {
                agrees(&(0..length).map(|n| if n == at { odd } else { 'x' }).collect::<String>());
            }
        }
    }
}

#[test]
fn every_shape_is_written_as_its_tree_would_be() {
    agrees(&Unit);
    agrees(&(Pair(-128, 65_535), New("é\u{1}\"\\"), 'x', "\n\t\u{8}\u{c}\r\u{7f}"));
    agrees(&[Some(i64::MIN), None, Some(i64::MAX)]);
    agrees(&(u64::MAX, i128::from(i64::MIN), u128::from(u64::MAX), true, ()));
    let tagged = || Tagged::Zed { b: 1, a: 2 };
    let named = |z| Shape::Named { z, a: Some(false), m: tagged() };
    agrees(&Shape::Of(Box::new(Shape::Two(7, vec![Shape::Plain, named(-1), Shape::Of(Box::new(named(0)))]))));
    agrees(&[Tagged::Alone, tagged()]);
    agrees(&Flat { zoo: 1, rest: [("a".to_owned(), Pair(0, 0)), ("zz".to_owned(), Pair(1, 1))].into(), gone: None });
    agrees(&(Vec::<u8>::new(), BTreeMap::<String, u8>::new(), [BTreeMap::from([("", [[0_u8; 0]])])]));
}

#[test]
fn keys_that_are_numbers_or_need_escapes_are_put_in_the_order_of_their_bytes() {
    agrees(&(-12..12).map(|n: i64| (n, [n])).collect::<HashMap<_, _>>());
    agrees(&[(true, 1), (false, 2)].into_iter().collect::<HashMap<_, _>>());
    let texts = ["\n", "\u{1}", "!", "\"", "#", "\\", "]", "[", "é", "e", "", "a\"b", "a#b", "a!b", "\u{1f40e}"];
    agrees(&texts.into_iter().map(|text| (text, BTreeMap::from([(text, 1)]))).collect::<HashMap<_, _>>());
}

#[test]
fn any_tree_of_values_is_written_and_read_back() {
    bolero::check!().with_test_time(std::time::Duration::from_secs(8)).with_type::<Vec<(String, i64, u8)>>().for_each(
        |given| {
            // Folded into a tree whose objects come in any order.
            let mut tree: HashMap<String, Value> = HashMap::new();
            for (name, number, place) in given {
                let parent = tree.remove(&place.to_string()).unwrap_or_default();
                let inner: serde_json::Map<String, Value> = [(name.clone(), parent)].into_iter().collect();
                tree.insert(name.clone(), Value::Object(inner));
                tree.insert(place.to_string(), Value::from(*number));
            }
            match encode(&tree) {
                Ok(written) => {
                    assert_eq!(written, by_tree(&tree));
                    assert_eq!(check(&written).unwrap(), serde_json::to_value(&tree).unwrap());
                }
                Err(error) => assert_eq!(error, CanonicalError::TooDeep),
            }
        },
    );
}

#[test]
fn what_has_no_canonical_form_is_refused() {
    struct Twice;
    impl Serialize for Twice {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map([("b", 1), ("a", 2), ("b", 3)])
        }
    }
    struct Sulking;
    impl Serialize for Sulking {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("not today"))
        }
    }
    assert!(matches!(encode(&Twice), Err(CanonicalError::DuplicateKey { .. })));
    assert_eq!(encode(&Sulking), Err(CanonicalError::NoForm));
    assert_eq!(encode(&BTreeMap::from([(vec![1], 1)])), Err(CanonicalError::NoForm));
    assert_eq!(encode(&[f64::NAN]), Err(CanonicalError::NotAnInteger));
    assert_eq!(encode(&1.0_f32), Err(CanonicalError::NotAnInteger));
    assert_eq!(encode(&i128::MAX), Err(CanonicalError::NotAnInteger));
    assert_eq!(encode(&u128::MAX), Err(CanonicalError::NotAnInteger));
}

#[test]
fn the_deepest_value_is_as_deep_as_what_is_read() {
    let nested = |depth: usize| (0..depth).fold(Shape::Plain, |inner, _| Shape::Of(Box::new(inner)));
    validate(&encode(&nested(MAX_DEPTH)).unwrap()).unwrap();
    assert_eq!(encode(&nested(MAX_DEPTH + 1)), Err(CanonicalError::TooDeep));
}
