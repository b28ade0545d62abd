//! Dead-man timer: a program that sends nothing for longer than is stated; nobody minds its orders, and they go.

use crate::id::CredentialId;
use serde::{Deserialize, Serialize};

/// A shorter timer would take the pauses of a busy machine for silence; a longer one minds nothing.
pub const LEAST_SECONDS: u32 = 5;
pub const MOST_SECONDS: u32 = 86_400;

/// What was found: of one client id of one API credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    pub credential: CredentialId,
    pub client_id: i32,
    /// Since its last message; where this node has heard none, since it began to listen; since it was found silent before.
    pub silent_ms: i64,
    /// The shortest that is stated for an order that is cancelled.
    pub seconds: u32,
    /// So many of its orders are cancelled with it.
    pub orders: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Reached(Reached),
}

/// What binds an order: what its API credential states, or its account, whichever is shorter.
pub fn shortest(credential: Option<u32>, account: Option<u32>) -> Option<u32> {
    credential.into_iter().chain(account).min()
}

/// A silence that equals the timer is inside it.
pub fn is_over(seconds: u32, silent_ms: i64) -> bool {
    silent_ms > i64::from(seconds).saturating_mul(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shorter_one_binds_and_a_silence_of_just_that_long_does_not_end_it() {
        let cases =
            [(None, None, None), (Some(9), None, Some(9)), (None, Some(7), Some(7)), (Some(9), Some(7), Some(7))];
        for (credential, account, most) in cases {
            assert_eq!(shortest(credential, account), most);
        }
        assert_eq!([4_999, 5_000, 5_001].map(|ms| is_over(5, ms)), [false, false, true]);
        assert!(!is_over(u32::MAX, i64::from(u32::MAX)));
        assert!(is_over(MOST_SECONDS, i64::MAX));
        assert!(!is_over(LEAST_SECONDS, i64::MIN));
    }
}
