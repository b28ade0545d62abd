//! Lists that come late, in part or never, and what is owed meanwhile: cancels go out, orders wait, nobody is locked out.

use super::upstream::{
    Past, Peer, Upstream, acknowledged, error, fill, id, open_order, replace, reports, send, soon, status, submit,
};
use kernel::effect::Effect;
use kernel::working::Ended;
use std::sync::Arc;
use std::time::Duration;
use tws::{PlaceOrder, Request, Response};
use venue::tws::{ConnectError, TwsVenue};
use venue::{Venue, What};

/// A working order.
async fn works(upstream: &Upstream) -> (Arc<TwsVenue>, Peer, PlaceOrder) {
    let (venue, mut peer) = upstream.open().await;
    send(&venue, submit(id(1))).await;
    let place = peer.placed().await;
    peer.say(&[open_order(&place, "Submitted")]).await;
    assert_eq!(reports(&venue, id(1), 1).await, [acknowledged()]);
    (venue, peer, place)
}

/// Virtual time passes so long.
async fn until(so: impl Fn() -> bool) {
    let passing = async {
        while !so() {
            tokio::time::advance(Duration::from_millis(50)).await;
        }
    };
    soon(passing).await;
}

async fn until_reached(venue: &TwsVenue) {
    until(|| !venue.reach().lost).await;
}

/// Until a question for our orders, which is another connection's or a later one's.
async fn cancelled_before_it_is_asked_again(peer: &mut Peer) -> i32 {
    match peer.asked().await {
        Request::CancelOrder { order_id, .. } => order_id,
        other => panic!("not a cancel: {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancel_goes_out_again_although_lists_are_not_told() {
    for (open, executed) in [(true, true), (true, false), (false, true), (false, false)] {
        let upstream = Upstream::in_memory().await;
        let (venue, mut peer, place) = works(&upstream).await;
        send(&venue, Effect::Cancel { id: id(1) }).await;
        assert_eq!(peer.cancelled().await, place.order_id);
        drop(peer);
        let mut peer = upstream.greet(2).await;
        let request_id = peer.questioned().await;
        if open {
            peer.say(&[open_order(&place, "Submitted"), Response::OpenOrderEnd]).await;
        }
        if executed {
            peer.say(&[Response::ExecutionDetailsEnd { request_id }]).await;
        }
        // Completed orders never end; the adapter waits for them, and does not forget the cancel.
        assert_eq!(cancelled_before_it_is_asked_again(&mut peer).await, place.order_id, "{open} {executed}");
    }
}

#[tokio::test(start_paused = true)]
async fn orders_wait_until_open_orders_and_executions_are_told_however_late() {
    let upstream = Upstream::in_memory().await;
    let (venue, peer, _) = works(&upstream).await;
    drop(peer);
    let mut peer = upstream.greet(2).await;
    let first = peer.questioned().await;
    peer.say(&[Response::OpenOrderEnd, Response::CompletedOrdersEnd]).await;
    let second = peer.questioned().await;
    assert!(venue.reach().lost, "executions were not told: what was sold is not known");
    peer.say(&[Response::ExecutionDetailsEnd { request_id: first }]).await;
    assert!(venue.reach().lost);
    let third = peer.questioned().await;
    assert!(venue.reach().lost, "open orders were told before that question, not after it");
    peer.say(&[Response::OpenOrderEnd, Response::CompletedOrdersEnd]).await;
    peer.say(&[second, third].map(|request_id| Response::ExecutionDetailsEnd { request_id })).await;
    until_reached(&venue).await;
}

#[tokio::test(start_paused = true)]
async fn an_upstream_that_never_tells_completed_orders_is_traded_with() {
    let upstream = Upstream::in_memory().await;
    let (told, mut peer) = tokio::join!(upstream.connect(), async {
        let mut peer = upstream.greet(1).await;
        let request_id = peer.questioned().await;
        peer.say(&[Response::OpenOrderEnd, Response::ExecutionDetailsEnd { request_id }]).await;
        peer
    });
    let venue = told.unwrap();
    assert!(!venue.reach().lost);
    send(&venue, submit(id(1))).await;
    let place = peer.placed().await;
    drop(peer);
    assert_eq!(reports(&venue, id(1), 1).await, [What::Unknown]);
    let mut peer = upstream.greet(2).await;
    let request_id = peer.questioned().await;
    peer.say(&[open_order(&place, "Submitted"), Response::OpenOrderEnd]).await;
    peer.say(&[Response::ExecutionDetailsEnd { request_id }]).await;
    until_reached(&venue).await;
    assert_eq!(reports(&venue, id(1), 1).await, [acknowledged()]);
}

#[tokio::test(start_paused = true)]
async fn a_start_without_open_orders_is_none() {
    let upstream = Upstream::in_memory().await;
    let (told, _peer) = tokio::join!(upstream.connect(), async {
        let mut peer = upstream.greet(1).await;
        let request_id = peer.questioned().await;
        peer.say(&[Response::ExecutionDetailsEnd { request_id }, Response::CompletedOrdersEnd]).await;
        peer
    });
    assert!(matches!(told, Err(ConnectError::Silent(_))), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_cancel_of_an_order_that_turns_out_to_work_after_all_goes_out() {
    for told_as in ["open order", "status", "fill"] {
        let upstream = Upstream::in_memory().await;
        let (venue, mut peer) = upstream.open().await;
        send(&venue, submit(id(1))).await;
        let place = peer.placed().await;
        send(&venue, Effect::Cancel { id: id(1) }).await;
        assert_eq!(peer.cancelled().await, place.order_id);
        drop(peer);
        assert_eq!(reports(&venue, id(1), 1).await, [What::Unknown]);
        // All lists are told, without it: it has not reached them yet.
        let mut peer = upstream.accept(2, Past::default()).await;
        until_reached(&venue).await;
        peer.say(&[match told_as {
            "open order" => open_order(&place, "Submitted"),
            "status" => status(place.order_id, "PreSubmitted"),
            _ => fill(&place, "0001.01.01.01", "4"),
        }])
        .await;
        assert_eq!(peer.cancelled().await, place.order_id, "{told_as}");
        // Once: what is told of it again does not cancel it again.
        peer.say(&[open_order(&place, "Submitted"), status(place.order_id, "Submitted")]).await;
        send(&venue, submit(id(2))).await;
        assert_eq!(peer.placed().await.order_id, place.order_id + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancel_that_upstream_has_is_not_told_again_each_minute() {
    let upstream = Upstream::in_memory().await;
    let (venue, mut peer, place) = works(&upstream).await;
    send(&venue, Effect::Cancel { id: id(1) }).await;
    assert_eq!(peer.cancelled().await, place.order_id);
    for _ in 0..3 {
        peer.tell(Past { open: vec![open_order(&place, "PendingCancel")], ..Past::default() }).await;
    }
    send(&venue, submit(id(2))).await;
    assert_eq!(peer.placed().await.order_id, place.order_id + 1);
}

#[tokio::test(start_paused = true)]
async fn a_cut_off_while_a_connection_settles_ends_with_the_cut_off() {
    for (lost, back) in [(1_100, 1_101), (1_100, 1_102), (2_110, 1_102)] {
        let upstream = Upstream::in_memory().await;
        let (venue, peer, _) = works(&upstream).await;
        drop(peer);
        let mut peer = upstream.greet(2).await;
        let request_id = peer.questioned().await;
        peer.say(&[error(-1, lost, "connectivity lost"), Response::OpenOrderEnd]).await;
        peer.say(&[Response::ExecutionDetailsEnd { request_id }, Response::CompletedOrdersEnd]).await;
        peer.say(&[error(-1, back, "connectivity restored")]).await;
        peer.tell(Past::default()).await;
        until_reached(&venue).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_start_in_the_middle_of_which_the_connection_is_lost_is_not_taken_for_connected() {
    let upstream = Upstream::in_memory().await;
    let (venue, peer) = upstream.open().await;
    drop(peer);
    until(|| venue.reach().lost).await;
    let _peer = upstream.accept(1, Past::default()).await;
    until_reached(&venue).await;
}

#[tokio::test]
async fn a_rejected_change_that_is_told_twice_leaves_the_order_working() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer, place) = works(&upstream).await;
    send(&venue, replace(id(1), "101.5")).await;
    peer.placed().await;
    let no = || error(1, 201, "Order rejected - reason: the price is not conforming");
    peer.say(&[no(), no(), open_order(&place, "Submitted"), no()]).await;
    let told = reports(&venue, id(1), 1).await;
    assert!(matches!(&told[..], [What::ReplaceRejected { .. }]), "{told:?}");
    // It works: it can be cancelled, and that is the next that is told of it.
    send(&venue, Effect::Cancel { id: id(1) }).await;
    assert_eq!(peer.cancelled().await, place.order_id);
    peer.say(&[status(1, "Cancelled")]).await;
    assert!(matches!(reports(&venue, id(1), 1).await[0], What::Ended { how: Ended::Cancelled, .. }));
}

#[tokio::test]
async fn a_working_order_that_is_refused_and_inactive_has_ended_in_either_order() {
    for words in [[true, false], [false, true]] {
        let upstream = Upstream::bind().await;
        let (venue, mut peer, _) = works(&upstream).await;
        for refused in words {
            let said = if refused { error(1, 201, "no") } else { status(1, "Inactive") };
            peer.say(&[said]).await;
        }
        let ended = What::Ended { how: Ended::Rejected, text: "no".to_owned() };
        assert_eq!(reports(&venue, id(1), 1).await, [ended], "{words:?}");
    }
}

#[tokio::test]
async fn an_order_that_works_on_although_it_has_ended_here_is_asked_back_once() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer, place) = works(&upstream).await;
    peer.say(&[status(1, "Cancelled")]).await;
    assert!(matches!(reports(&venue, id(1), 1).await[0], What::Ended { .. }));
    peer.say(&[open_order(&place, "Submitted"), open_order(&place, "Submitted")]).await;
    assert_eq!(peer.cancelled().await, place.order_id);
    peer.say(&[error(1, 10_148, "it cannot be cancelled"), open_order(&place, "Submitted")]).await;
    send(&venue, submit(id(2))).await;
    assert_eq!(peer.placed().await.order_id, place.order_id + 1);
}

#[tokio::test]
async fn a_number_that_no_order_has_is_no_number() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    for number in [2_000_000_001, 2_000_000_000, 0, -7] {
        let mut told = PlaceOrder { order_id: number, ..PlaceOrder::default() };
        told.order.order_ref = id(5).to_string();
        told.order.account = super::upstream::ACCOUNT.to_owned();
        peer.say(&[open_order(&told, "Submitted")]).await;
    }
    assert_eq!(reports(&venue, id(5), 1).await, [acknowledged()]);
    send(&venue, submit(id(1))).await;
    assert_eq!(peer.placed().await.order_id, 1, "the numbers of orders go on where they were");
}

#[tokio::test]
async fn an_upstream_whose_next_number_is_none_is_refused_by_name() {
    let upstream = Upstream::bind().await;
    let (told, _peer) = tokio::join!(upstream.connect(), upstream.greet(2_000_000_000));
    assert!(matches!(told, Err(ConnectError::Numbers(2_000_000_000))), "{told:?}");
}

#[tokio::test]
async fn an_order_for_which_there_is_no_number_left_is_rejected_and_holds_nobody_up() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = tokio::join!(upstream.connect(), upstream.accept(1_999_999_999, Past::default()));
    let venue = venue.unwrap();
    send(&venue, submit(id(1))).await;
    assert_eq!(peer.placed().await.order_id, 1_999_999_999);
    send(&venue, submit(id(2))).await;
    assert!(matches!(reports(&venue, id(2), 1).await[0], What::Ended { how: Ended::Rejected, .. }));
    // What is known there goes on.
    send(&venue, Effect::Cancel { id: id(1) }).await;
    assert_eq!(peer.cancelled().await, 1_999_999_999);
}

/// Seeds 61263 and 61376 of the nasty upstream: its fill was told before its new terms, and the change was never answered.
#[tokio::test(start_paused = true)]
async fn a_change_of_an_order_that_is_done_at_once_is_answered() {
    for words in ["done, then changed", "changed and done", "done"] {
        let upstream = Upstream::in_memory().await;
        let (venue, mut peer, _) = works(&upstream).await;
        let smaller = super::upstream::terms("6", "101");
        let (account, tied) = (super::upstream::ACCOUNT.to_owned(), kernel::effect::Tied::default());
        send(&venue, Effect::Replace { id: id(1), account, terms: smaller, tied }).await;
        let new = peer.placed().await;
        let mut done = status(1, "Filled");
        if let Response::OrderStatus(done) = &mut done {
            done.filled = "6".parse().unwrap();
        }
        peer.say(&match words {
            "done, then changed" => vec![done, open_order(&new, "Submitted")],
            "changed and done" => vec![open_order(&new, "Filled"), done],
            _ => vec![done],
        })
        .await;
        if words == "done" {
            // Within the minute in which all is asked for again.
            peer.tell(Past { executed: vec![fill(&new, "0001.01.01.01", "6")], ..Past::default() }).await;
            let told = reports(&venue, id(1), 2).await;
            assert_eq!(told[1], What::Replaced, "{told:?}");
        } else {
            assert_eq!(reports(&venue, id(1), 1).await, [What::Replaced], "{words}");
        }
    }
}
