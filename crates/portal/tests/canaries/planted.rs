//! What was planted where, and whether some bytes hold it: as it is, as hex, as base64 at each of its alignments.

use std::collections::{BTreeSet, HashMap};
use vault::base64url;

pub struct Canary {
    pub text: String,
    /// `POST /ticket price`.
    pub place: String,
}

#[derive(Default)]
pub struct Planted {
    pub all: Vec<Canary>,
}

fn random(length: usize, of: &[u8]) -> String {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).unwrap();
    bytes.iter().map(|byte| char::from(of[usize::from(*byte) % of.len()])).collect()
}

impl Planted {
    fn keep(&mut self, text: String, place: &str) -> String {
        self.all.push(Canary { text: text.clone(), place: place.to_owned() });
        text
    }
    /// Of letters alone, in one case: nothing that is read, folded or escaped changes it.
    pub fn word(&mut self, place: &str) -> String {
        self.words(place, 1)
    }
    pub fn words(&mut self, place: &str, count: usize) -> String {
        let words: Vec<_> = (0..count).map(|_| format!("zq{}", random(14, b"bcdfghjklmnpqrstvwxyz"))).collect();
        self.keep(words.join(" "), place)
    }
    /// So many digits, the first of them none that is dropped.
    pub fn figure(&mut self, place: &str, digits: usize) -> String {
        let figure = format!("{}{}", random(1, b"123456789"), random(digits - 1, b"123456789"));
        self.keep(figure, place)
    }
}

/// All that one text may look like.
fn disguises(text: &str) -> BTreeSet<String> {
    let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut all = BTreeSet::from([text.to_owned(), hex.to_uppercase(), hex]);
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        // As figures are shown.
        let groups: Vec<_> = text.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
        all.insert(groups.join(","));
    }
    for shift in 0..3 {
        let coded = base64url::encode(&[&vec![0; shift][..], text.as_bytes()].concat());
        // The first and the last letters hold bits of the neighbours too.
        let inner = &coded[if shift == 0 { 0 } else { shift + 1 }..coded.len() - 1];
        all.extend([inner.to_owned(), inner.replace('-', "+").replace('_', "/")]);
    }
    all
}

/// Looks for all of them at once: by how each disguise begins.
pub struct Search {
    by_front: HashMap<[u8; FRONT], Vec<(String, usize)>>,
}

const FRONT: usize = 6;

impl Search {
    pub fn of(planted: &[Canary]) -> Self {
        let mut by_front: HashMap<_, Vec<_>> = HashMap::new();
        for (at, canary) in planted.iter().enumerate() {
            for one in disguises(&canary.text) {
                let front = *one.as_bytes().first_chunk().expect("a disguise is longer than that");
                by_front.entry(front).or_default().push((one, at));
            }
        }
        Self { by_front }
    }

    /// Which of them these bytes hold.
    pub fn found(&self, hay: &[u8]) -> BTreeSet<usize> {
        let here = |at: usize| hay[at..].first_chunk().and_then(|front| self.by_front.get(front)).map(|all| (at, all));
        let fronts = (0..hay.len()).filter_map(here);
        fronts
            .flat_map(|(at, all)| all.iter().filter(move |one| hay[at..].starts_with(one.0.as_bytes())))
            .map(|one| one.1)
            .collect()
    }
}

#[test]
fn a_text_is_found_in_every_disguise_and_beside_anything() {
    let canary = |text: &str| Canary { text: text.to_owned(), place: String::new() };
    let search = Search::of(&[canary("zqbcdfghxklmnpqr"), canary("zqbcdfghjklmnpqr")]);
    for before in ["", "x", "xy", "xyz"] {
        let whole = format!("{before}zqbcdfghjklmnpqr and more");
        let hex: String = whole.bytes().map(|byte| format!("{byte:02X}")).collect();
        for hay in [whole.clone(), hex, base64url::encode(whole.as_bytes())] {
            assert_eq!(search.found(hay.as_bytes()), BTreeSet::from([1]), "{hay}");
        }
    }
}
