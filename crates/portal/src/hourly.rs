//! Hourly: how many codes a user, and the node, may have sent within an hour. Each costs money, or somebody's patience.

use kernel::id::UserId;
use kernel::time::Timestamp;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

const PER_USER: usize = 5;
const PER_NODE: usize = 30;
const HOUR_MS: i64 = 3_600_000;

#[derive(Debug, Default)]
pub struct Hourly(Mutex<VecDeque<(Timestamp, UserId)>>);

impl Hourly {
    /// Counted before it is sent, whether it arrives or not.
    pub fn may(&self, user: UserId, now: Timestamp) -> bool {
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sent.retain(|(at, _)| now.since(*at) < HOUR_MS);
        let own = sent.iter().filter(|(_, one)| *one == user).count();
        let may = own < PER_USER && sent.len() < PER_NODE;
        if may {
            sent.push_back((now, user));
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_and_the_node_send_so_many_in_an_hour() {
        let now = Timestamp(1_790_000_000_000);
        let hourly = Hourly::default();
        let sent = |n, ms| hourly.may(UserId::new(1, n), now.plus_ms(ms));
        assert_eq!((0..8).filter(|_| sent(1, 0)).count(), PER_USER);
        assert!(sent(2, 0), "one user's bound is another's");
        assert_eq!((3..100).filter(|n| sent(*n, 0)).count(), PER_NODE - PER_USER - 1);
        assert!(!sent(1, HOUR_MS - 1) && sent(1, HOUR_MS));
    }
}
