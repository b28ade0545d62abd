//! What SQLite says, in the words of the contract.

use crate::StoreError;
use rusqlite::ErrorCode;

pub(super) fn from_sqlite(error: rusqlite::Error) -> StoreError {
    let what = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full,
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => StoreError::ReadOnly,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt { what },
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => StoreError::Io { what },
        _ => match error {
            // A row that does not hold what the schema promises was not written by us.
            rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..) => StoreError::Corrupt { what },
            _ => StoreError::Other { what },
        },
    }
}

/// A commit that failed so has certainly not reached its last frame in the write-ahead log: the
/// write itself found no space or no permission. Every other failure may have come after it.
pub(super) fn surely_left_nothing(error: &StoreError) -> bool {
    matches!(error, StoreError::Full | StoreError::ReadOnly | StoreError::Busy)
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
