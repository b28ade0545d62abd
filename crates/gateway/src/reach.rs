//! Reach: what a program is told of the connection behind us, in the protocol's own codes.

use crate::refuse::{BACK, LOST, error};
use tws::Response;
use venue::contract::Reach;

fn lost() -> Response {
    error(
        -1,
        LOST,
        "Connectivity to the venue is lost: orders are refused until it is back, cancels wait and go first.",
    )
}

/// At the start: a farm is not called well that cannot be reached.
pub(crate) fn greeting(now: Reach) -> Response {
    if now.lost { lost() } else { error(-1, 2104, "Market data farm connection is OK:portreeve") }
}

/// What has changed since it was told last. What was lost and found in between is told as well.
pub(crate) fn changes(told: &mut Reach, now: Reach) -> Vec<Response> {
    let before = std::mem::replace(told, now);
    let back = || error(-1, BACK, "Connectivity to the venue is back. Quotes stream on.");
    let mut news = Vec::new();
    if now.losses > before.losses && !before.lost {
        news.push(lost());
    }
    if !now.lost && (before.lost || now.losses > before.losses) {
        news.push(back());
    }
    news
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;

    fn codes(told: &mut Reach, lost: bool, losses: u64) -> Vec<i32> {
        let code = |each: Response| match each {
            Response::Error { request_id: -1, code, .. } => code,
            other => panic!("{other:?}"),
        };
        changes(told, Reach { lost, losses }).into_iter().map(code).collect()
    }

    #[test]
    fn a_loss_is_told_once_and_so_is_its_end() {
        let mut told = Reach::default();
        assert_eq!(codes(&mut told, false, 0), Vec::<i32>::new());
        assert_eq!(codes(&mut told, true, 1), [LOST]);
        assert_eq!(codes(&mut told, true, 1), Vec::<i32>::new());
        assert_eq!(codes(&mut told, true, 2), Vec::<i32>::new());
        assert_eq!(codes(&mut told, false, 2), [BACK]);
        assert_eq!(codes(&mut told, false, 2), Vec::<i32>::new());
    }

    #[test]
    fn what_was_lost_and_found_between_two_looks_is_told_as_both() {
        let mut told = Reach::default();
        assert_eq!(codes(&mut told, false, 1), [LOST, BACK]);
    }

    #[test]
    fn whoever_connects_meanwhile_is_greeted_with_it() {
        let lost = greeting(Reach { lost: true, losses: 1 });
        assert!(matches!(lost, Response::Error { code: LOST, .. }));
        assert!(matches!(greeting(Reach::default()), Response::Error { code: 2_104, .. }));
    }
}
