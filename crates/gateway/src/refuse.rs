//! How a no reads on the TWS socket: status and 201 for a new order, a notice for everything else.

use kernel::reason::{Category, Reason};
use tws::Response;

/// The order was not taken; every client ends it on this.
pub(crate) const REJECTED: i32 = 201;
pub(crate) const DUPLICATE: i32 = 103;
pub(crate) const CANCELLED: i32 = 202;
/// A request that is no order failed.
pub(crate) const VALIDATION: i32 = 321;
pub(crate) const NO_CONTRACT: i32 = 200;
pub(crate) const NO_MARKET_DATA: i32 = 354;
pub(crate) const NOT_FOUND: i32 = 10_147;
pub(crate) const RATE: i32 = 100;
/// The venue is lost, and is back with all that streams.
pub(crate) const LOST: i32 = 1_100;
pub(crate) const BACK: i32 = 1_102;
pub(crate) const CLIENT_ID_IN_USE: i32 = 326;
pub(crate) const IN_USE: &str = "Unable to connect as the client id is already in use. Retry with a unique client id.";
/// In the range of notices, with the id -1: clients show it and change nothing.
pub(crate) const NOTICE: i32 = 2_190;

pub(crate) fn error(request_id: i32, code: i32, text: impl Into<String>) -> Response {
    Response::Error { request_id, code, text: text.into(), reject_json: String::new() }
}

pub(crate) fn notice(text: impl Into<String>) -> Response {
    error(-1, NOTICE, text)
}

/// Code, text and remedy in one line, so that a log of the program tells all of it.
pub(crate) fn line(reason: &Reason) -> String {
    let words = lexicon::refusal(&reason.code, &reason.facts);
    format!("Portreeve refuses ({}, {}): {}. {}", reason.category.as_str(), reason.code, words.text, words.remedy)
}

/// A no of the door itself, before any order could be made.
pub(crate) fn reason(category: Category, code: &str, facts: &[(&str, &str)]) -> Reason {
    let facts = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Reason { category, code: code.to_owned(), facts }
}
