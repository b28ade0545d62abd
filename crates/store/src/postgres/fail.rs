//! What PostgreSQL says, in the words of the contract; never the values that were sent to it.

use super::place::BadPlace;
use crate::StoreError;

/// What ends a step of a session.
#[derive(Debug)]
pub(super) enum Fail {
    Sql(sqlx::Error),
    Store(StoreError),
}

impl From<sqlx::Error> for Fail {
    fn from(error: sqlx::Error) -> Fail {
        Fail::Sql(error)
    }
}

impl From<StoreError> for Fail {
    fn from(error: StoreError) -> Fail {
        Fail::Store(error)
    }
}

impl From<BadPlace> for Fail {
    fn from(error: BadPlace) -> Fail {
        Fail::Store(StoreError::Unfit { what: error.to_string() })
    }
}

impl Fail {
    /// Whether the connection is as good as before: the server answered, and goes on.
    pub(super) fn keeps_connection(&self) -> bool {
        match self {
            Fail::Store(_) => true,
            Fail::Sql(sqlx::Error::Database(error)) => !error.code().is_some_and(|code| ends_connection(&code)),
            Fail::Sql(sqlx::Error::RowNotFound | sqlx::Error::ColumnDecode { .. }) => true,
            Fail::Sql(_) => false,
        }
    }
}

/// Shutting down, crashed, or not to be connected to.
fn ends_connection(code: &str) -> bool {
    code.starts_with("08") || code.starts_with("57P")
}

impl From<Fail> for StoreError {
    fn from(fail: Fail) -> StoreError {
        match fail {
            Fail::Store(error) => error,
            Fail::Sql(error) => from_sql_error(&error),
        }
    }
}

fn from_sql_error(error: &sqlx::Error) -> StoreError {
    match error {
        // The message without its detail, which may repeat a row.
        sqlx::Error::Database(error) => by_code(&error.code().unwrap_or_default(), error.message()),
        sqlx::Error::Io(error) => StoreError::Io { what: format!("PostgreSQL: {error}") },
        // A row that does not hold what the schema promises was not written by us.
        sqlx::Error::ColumnDecode { index, .. } => corrupt(&format!("column {index} holds something else")),
        sqlx::Error::Protocol(_) => StoreError::Io { what: "PostgreSQL: not an answer".to_owned() },
        _ => StoreError::Other { what: "PostgreSQL: the statement failed".to_owned() },
    }
}

fn by_code(code: &str, message: &str) -> StoreError {
    let what = format!("PostgreSQL says {code}: {message}");
    match code {
        "53100" => StoreError::Full,
        "25006" => StoreError::ReadOnly,
        // A lock or a statement that took too long, a serialization failure, a deadlock.
        "55P03" | "57014" | "40001" | "40P01" => StoreError::Busy,
        "XX001" | "XX002" => StoreError::Corrupt { what },
        _ if ends_connection(code) => StoreError::Io { what },
        _ => StoreError::Other { what },
    }
}

/// Versions and positions are counted from 0 and never come near the end of an i64.
pub(super) fn to_sql(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|_| StoreError::Other { what: format!("{number} is too large") })
}

pub(super) fn from_sql(number: i64, what: &str) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| corrupt(&format!("{what} is {number}")))
}

pub(super) fn corrupt(what: &str) -> StoreError {
    StoreError::Corrupt { what: what.to_owned() }
}

/// It may be at work on it still.
pub(super) fn silent() -> StoreError {
    StoreError::Busy
}
