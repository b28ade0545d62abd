//! Losing the connection: what was written is doubtful, never told again, and found again by its reference.

use super::upstream::{
    Past, Peer, Upstream, acknowledged, commission, error, fill, id, open_order, replace, reports, send, status, submit,
};
use kernel::effect::Effect;
use kernel::time::Timestamp;
use kernel::working::Ended;
use tws::{CompletedOrder, PlaceOrder, Request, Response, frame};
use venue::contract::Unsent;
use venue::{Venue, What};

pub fn completed(place: &PlaceOrder, word: &str) -> Response {
    Response::CompletedOrder(Box::new(CompletedOrder {
        contract: place.contract.clone(),
        order: place.order.clone(),
        perm_id: 77,
        status: word.to_owned(),
        completed_status: format!("{word} by the exchange"),
        ..CompletedOrder::default()
    }))
}

/// Places an order and closes the connection before a word about it.
async fn lose_an_order(upstream: &Upstream) -> (std::sync::Arc<venue::tws::TwsVenue>, PlaceOrder) {
    let (venue, mut peer) = upstream.open().await;
    send(&venue, submit(id(1))).await;
    let place = peer.placed().await;
    drop(peer);
    assert_eq!(reports(&venue, id(1), 1).await, [What::Unknown]);
    (venue, place)
}

#[tokio::test]
async fn an_order_lost_between_write_and_word_is_unknown_and_never_written_again() {
    let upstream = Upstream::bind().await;
    let (venue, _) = lose_an_order(&upstream).await;
    assert_eq!(venue.send(submit(id(2)), Timestamp(0)).await, Err(Unsent::NotConnected));
    assert!(venue.reach().lost);
    let mut peer = upstream.accept(1, Past::default()).await;
    // The first request about orders on the new connection is the next order.
    let wait = async {
        while venue.send(submit(id(2)), Timestamp(0)).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    super::upstream::soon(wait).await;
    let place = peer.placed().await;
    assert_eq!(place.order.order_ref, id(2).to_string());
    assert_eq!(place.order_id, 2);
}

#[tokio::test]
async fn an_unknown_order_that_works_upstream_is_acknowledged_when_the_connection_is_back() {
    let upstream = Upstream::bind().await;
    let (venue, place) = lose_an_order(&upstream).await;
    let past = Past {
        open: vec![open_order(&place, "Submitted")],
        executed: vec![fill(&place, "0001.01.01.01", "4"), commission("0001.01.01.01")],
        completed: Vec::new(),
    };
    let _peer = upstream.accept(2, past).await;
    let told = reports(&venue, id(1), 3).await;
    assert_eq!(told[0], acknowledged());
    assert!(matches!(told[1], What::Filled { .. }));
    assert!(matches!(told[2], What::Commissioned { .. }));
}

#[tokio::test]
async fn an_unknown_order_that_is_done_upstream_is_ended_when_the_connection_is_back() {
    for (word, how) in [("Cancelled", Ended::Cancelled), ("Inactive", Ended::Rejected)] {
        let upstream = Upstream::bind().await;
        let (venue, place) = lose_an_order(&upstream).await;
        let _peer = upstream.accept(2, Past { completed: vec![completed(&place, word)], ..Past::default() }).await;
        let ended = What::Ended { how, text: format!("{word} by the exchange") };
        assert_eq!(reports(&venue, id(1), 1).await, [ended]);
    }
}

#[tokio::test]
async fn a_cancel_that_may_have_been_lost_goes_out_again() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    send(&venue, submit(id(1))).await;
    let place = peer.placed().await;
    peer.say(&[open_order(&place, "Submitted")]).await;
    assert_eq!(reports(&venue, id(1), 1).await, [acknowledged()]);
    send(&venue, Effect::Cancel { id: id(1) }).await;
    drop(peer);
    let past = Past { open: vec![open_order(&place, "Submitted")], ..Past::default() };
    let mut peer = upstream.accept(2, past).await;
    assert_eq!(peer.cancelled().await, place.order_id);
}

/// Changes a working order, and closes the connection before a word about the change.
async fn lose_a_change(upstream: &Upstream) -> (std::sync::Arc<venue::tws::TwsVenue>, PlaceOrder, PlaceOrder) {
    let (venue, mut peer) = upstream.open().await;
    send(&venue, submit(id(1))).await;
    let old = peer.placed().await;
    peer.say(&[open_order(&old, "Submitted")]).await;
    assert_eq!(reports(&venue, id(1), 1).await, [acknowledged()]);
    send(&venue, replace(id(1), "101.5")).await;
    let new = peer.placed().await;
    (venue, old, new)
}

#[tokio::test]
async fn a_change_that_was_lost_with_the_connection_is_rejected_when_the_order_has_its_old_terms() {
    let upstream = Upstream::bind().await;
    let (venue, old, _) = lose_a_change(&upstream).await;
    let past = Past { open: vec![open_order(&old, "Submitted")], ..Past::default() };
    let mut peer = upstream.accept(2, past).await;
    let told = reports(&venue, id(1), 1).await;
    assert!(matches!(&told[..], [What::ReplaceRejected { .. }]), "{told:?}");
    // It is over: the next change is a change of its own.
    send(&venue, replace(id(1), "102")).await;
    let next = peer.placed().await;
    peer.say(&[open_order(&old, "Submitted"), open_order(&next, "Submitted")]).await;
    assert_eq!(reports(&venue, id(1), 1).await, [What::Replaced]);
}

#[tokio::test]
async fn a_change_that_arrived_before_the_connection_was_lost_is_told_when_it_is_back() {
    let upstream = Upstream::bind().await;
    let (venue, old, new) = lose_a_change(&upstream).await;
    // The last word on the order counts.
    let open = vec![open_order(&old, "Submitted"), open_order(&new, "Submitted")];
    let _peer = upstream.accept(2, Past { open, ..Past::default() }).await;
    assert_eq!(reports(&venue, id(1), 1).await, [What::Replaced]);
}

#[tokio::test]
async fn a_lost_change_of_an_order_that_filled_meanwhile_is_answered_by_what_was_filled() {
    for (filled, wanted, what) in [("4", "4", Some(What::Replaced)), ("10", "4", None), ("4", "10", None)] {
        let upstream = Upstream::bind().await;
        let (venue, mut peer) = upstream.open().await;
        send(&venue, submit(id(1))).await;
        let place = peer.placed().await;
        peer.say(&[open_order(&place, "Submitted")]).await;
        assert_eq!(reports(&venue, id(1), 1).await, [acknowledged()]);
        send(&venue, replace_quantity(wanted)).await;
        peer.placed().await;
        drop(peer);
        let executed = vec![fill(&place, "0001.01.01.01", filled)];
        let past = Past { executed, completed: vec![completed(&place, "Filled")], ..Past::default() };
        let _peer = upstream.accept(2, past).await;
        let mut told = Vec::new();
        while told.len() < 2 {
            let some = super::upstream::soon(venue.reports()).await;
            told.extend(some.into_iter().map(|report| report.what));
        }
        assert!(matches!(told[0], What::Filled { .. }), "{told:?}");
        match what {
            Some(what) => assert_eq!(told[1], what),
            None => assert!(matches!(told[1], What::ReplaceRejected { .. }), "{told:?}"),
        }
    }
}

/// Seed 761 of the nasty upstream: the fill came after the list of fills had ended.
#[tokio::test]
async fn a_lost_change_of_an_order_that_is_done_is_answered_by_what_it_came_to_though_its_fills_are_told_later() {
    for (came_to, arrived) in [("14", true), ("10", false)] {
        let upstream = Upstream::bind().await;
        let (venue, mut peer) = upstream.open().await;
        send(&venue, submit(id(1))).await;
        let place = peer.placed().await;
        peer.say(&[open_order(&place, "Submitted")]).await;
        assert_eq!(reports(&venue, id(1), 1).await, [acknowledged()]);
        send(&venue, replace_quantity("14")).await;
        peer.placed().await;
        drop(peer);
        let mut done = completed(&place, "Filled");
        if let Response::CompletedOrder(done) = &mut done {
            done.filled_quantity = came_to.parse().unwrap();
        }
        let mut peer = upstream.accept(2, Past { completed: vec![done], ..Past::default() }).await;
        let told = reports(&venue, id(1), 1).await;
        assert_eq!(told[0] == What::Replaced, arrived, "{told:?}");
        assert_eq!(matches!(told[0], What::ReplaceRejected { .. }), !arrived, "{told:?}");
        peer.say(&[fill(&place, "0001.01.01.01", came_to)]).await;
        assert!(matches!(reports(&venue, id(1), 1).await[0], What::Filled { .. }));
    }
}

/// Seeds 299 and 1791: upstream kept the client id for a connection that was half open, and said 326 to the next.
#[tokio::test]
async fn a_connection_that_cannot_be_read_is_closed_whole_before_the_next_is_dialled() {
    let upstream = Upstream::bind().await;
    let (_venue, mut peer) = upstream.open().await;
    peer.say(&[status(1, "Submitted")]).await;
    peer.say_bytes(&frame(b"5\0no number\0")).await;
    // Nobody takes what is said there any more, also while no other connection is made.
    peer.refused().await;
}

fn replace_quantity(quantity: &str) -> Effect {
    let terms = super::upstream::terms(quantity, "100");
    Effect::Replace {
        id: id(1),
        account: super::upstream::ACCOUNT.to_owned(),
        terms,
        tied: kernel::effect::Tied::default(),
    }
}

#[tokio::test]
async fn after_a_restart_an_order_is_found_by_its_reference_and_can_be_changed_and_cancelled() {
    let upstream = Upstream::bind().await;
    let mut place = PlaceOrder { order_id: 17, ..PlaceOrder::default() };
    place.order.order_ref = id(1).to_string();
    place.order.account = super::upstream::ACCOUNT.to_owned();
    let past = Past { open: vec![open_order(&place, "Submitted")], ..Past::default() };
    let (venue, mut peer) = tokio::join!(upstream.connect(), upstream.accept(9, past.clone()));
    let venue = venue.unwrap();
    let (told, ()) = tokio::join!(venue.recount(vec![id(1), id(2)]), peer.tell(past));
    assert_eq!(told.iter().map(|report| report.order).collect::<Vec<_>>(), [Some(id(1))]);
    assert_eq!(told[0].what, acknowledged());
    send(&venue, replace(id(1), "99")).await;
    assert_eq!(peer.placed().await.order_id, 17);
    send(&venue, Effect::Cancel { id: id(1) }).await;
    assert_eq!(peer.cancelled().await, 17);
    // Its number is not given to another order, whatever upstream called the next one.
    send(&venue, submit(id(2))).await;
    assert_eq!(peer.placed().await.order_id, 18);
}

#[tokio::test]
async fn a_recount_tells_everything_from_the_beginning() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    send(&venue, submit(id(1))).await;
    let place = peer.placed().await;
    let (first, charge) = (fill(&place, "0001.01.01.01", "4"), commission("0001.01.01.01"));
    peer.say(&[open_order(&place, "Submitted"), first.clone(), charge.clone(), status(1, "Cancelled")]).await;
    let before = reports(&venue, id(1), 4).await;
    for _ in 0..2 {
        let past = Past { open: Vec::new(), executed: vec![first.clone(), charge.clone()], completed: Vec::new() };
        let (told, ()) = tokio::join!(venue.recount(vec![id(1)]), peer.tell(past));
        assert_eq!(told.into_iter().map(|report| report.what).collect::<Vec<_>>(), before);
    }
}

#[tokio::test]
async fn a_change_or_cancel_of_an_order_upstream_has_not_told_of_is_answered_not_written() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    send(&venue, replace(id(5), "99")).await;
    assert!(matches!(reports(&venue, id(5), 1).await[0], What::ReplaceRejected { .. }));
    send(&venue, Effect::Cancel { id: id(5) }).await;
    let told = super::upstream::soon(venue.reports()).await;
    assert!(matches!(told[0].what, What::CancelRejected { .. }), "{told:?}");
    send(&venue, submit(id(6))).await;
    assert_eq!(peer.placed().await.order.order_ref, id(6).to_string());
}

#[tokio::test]
async fn a_cancel_without_a_number_is_answered_once_a_connection_and_goes_out_when_the_number_is_told() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    for _ in 0..2 {
        for _ in 0..3 {
            send(&venue, Effect::Cancel { id: id(5) }).await;
        }
        // The next report is of the next order: nothing more was said of the cancels.
        send(&venue, replace(id(6), "99")).await;
        let told: Vec<_> = super::upstream::soon(venue.reports()).await;
        assert!(matches!(told[0].what, What::CancelRejected { .. }), "{told:?}");
        assert!(matches!(told[1].what, What::ReplaceRejected { .. }), "{told:?}");
        assert_eq!(told.len(), 2);
        drop(peer);
        peer = upstream.accept(1, Past::default()).await;
    }
    let mut place = PlaceOrder { order_id: 17, ..PlaceOrder::default() };
    place.order.order_ref = id(5).to_string();
    place.order.account = super::upstream::ACCOUNT.to_owned();
    peer.say(&[open_order(&place, "Submitted")]).await;
    assert_eq!(peer.cancelled().await, 17);
}

async fn ends(mut peer: Peer) {
    while let Some(request) = peer.next().await {
        assert!(!matches!(request, Request::PlaceOrder(_)), "{request:?}");
    }
}

#[tokio::test]
async fn bytes_that_are_not_the_protocol_end_the_connection() {
    let broken: [&[u8]; 5] = [
        &tws::frame(b"3\x001\0Submitted\0"),
        &tws::frame(b"5\0not a number\0"),
        &tws::frame(b"no terminator"),
        &[0, 0, 0, 0],
        &[0xff, 0xff, 0xff, 0xff, 1, 2, 3],
    ];
    for bytes in broken {
        let upstream = Upstream::bind().await;
        let (venue, mut peer) = upstream.open().await;
        send(&venue, submit(id(1))).await;
        peer.placed().await;
        peer.say_bytes(bytes).await;
        assert_eq!(reports(&venue, id(1), 1).await, [What::Unknown], "{bytes:?}");
        ends(peer).await;
    }
}

#[tokio::test]
async fn messages_of_a_kind_that_is_not_known_are_passed_over() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    send(&venue, submit(id(1))).await;
    let place = peer.placed().await;
    peer.say_bytes(&tws::frame(b"9999\0what\0ever\0")).await;
    peer.say(&[error(-1, 2_104, "farm is fine"), open_order(&place, "Submitted")]).await;
    assert_eq!(reports(&venue, id(1), 1).await, [acknowledged()]);
}
