//! Families and trailing stops: orders from which others take, and changes that are believed only when they are told.

use super::losing::completed;
use super::upstream::{
    ACCOUNT, Past, Peer, Upstream, acknowledged, fill, id, open_order, reports, send, soon, status, submit, terms,
};
use kernel::effect::{Effect, Tied};
use kernel::money::Price;
use kernel::order::{Kind, Terms, Trail};
use kernel::ties::Fills;
use kernel::working::Ended;
use rust_decimal::Decimal;
use std::sync::Arc;
use tws::{PlaceOrder, Response};
use venue::tws::TwsVenue;
use venue::{Venue, What};

fn tied(fills: Fills) -> Tied {
    Tied { parent: None, parked: false, group: Some(("a family".to_owned(), fills)) }
}

fn submitted(terms: Terms, fills: Fills) -> Effect {
    Effect::Submit { id: id(1), account: ACCOUNT.to_owned(), terms, tied: tied(fills) }
}

fn changed(terms: Terms, fills: Fills) -> Effect {
    Effect::Replace { id: id(1), account: ACCOUNT.to_owned(), terms, tied: tied(fills) }
}

async fn works(upstream: &Upstream, effect: Effect) -> (Arc<TwsVenue>, Peer, PlaceOrder) {
    let (venue, mut peer) = upstream.open().await;
    send(&venue, effect).await;
    let place = peer.placed().await;
    peer.say(&[open_order(&place, "Submitted")]).await;
    assert_eq!(reports(&venue, id(1), 1).await, [acknowledged()]);
    (venue, peer, place)
}

fn done_with(place: &PlaceOrder, quantity: &str) -> Response {
    let mut done = completed(place, "Filled");
    if let Response::CompletedOrder(done) = &mut done {
        done.filled_quantity = quantity.parse().unwrap();
    }
    done
}

fn left(place: &PlaceOrder, quantity: i64) -> PlaceOrder {
    let mut told = place.clone();
    told.order.total_quantity = Some(Decimal::from(quantity));
    told
}

fn rest_ended(told: &[What]) -> bool {
    told.iter().any(|what| matches!(what, What::Ended { how: Ended::Cancelled, .. }))
}

#[tokio::test]
async fn an_order_that_its_group_has_reduced_ends_whoever_tells_that_it_is_done() {
    for (fills, words, ends) in [
        (Fills::ReduceBlocked, "completed", true),
        (Fills::Reduce, "completed", true),
        (Fills::Reduce, "fills", true),
        (Fills::Reduce, "status", true),
        (Fills::Reduce, "whole", false),
        (Fills::CancelBlocked, "completed", false),
    ] {
        let upstream = Upstream::bind().await;
        let (venue, peer, place) = works(&upstream, submitted(terms("10", "100"), fills)).await;
        drop(peer);
        let quantity = if words == "whole" { "10" } else { "6" };
        let mut past = Past { executed: vec![fill(&place, "0001.01.01.01", quantity)], ..Past::default() };
        match words {
            "status" => {
                let mut told = status(1, "Filled");
                if let Response::OrderStatus(told) = &mut told {
                    told.filled = Decimal::from(6);
                }
                past.open = vec![open_order(&left(&place, 6), "Filled"), told];
            }
            // How much it came to is not told.
            "fills" => past.completed = vec![completed(&place, "Filled")],
            _ => past.completed = vec![done_with(&place, quantity)],
        }
        let mut peer = upstream.accept(2, past).await;
        // What follows it shows that nothing more is told.
        send(&venue, submit(id(2))).await;
        let second = peer.placed().await;
        peer.say(&[open_order(&second, "Submitted")]).await;
        let mut told = Vec::new();
        while told.len() < 2 + usize::from(ends) {
            let some = soon(venue.reports()).await;
            told.extend(some.into_iter().map(|report| (report.order, report.what)));
        }
        let told: Vec<What> =
            told.into_iter().filter(|(order, _)| *order == Some(id(1))).map(|(_, what)| what).collect();
        assert_eq!(rest_ended(&told), ends, "{words}: {told:?}");
        assert_eq!(told.len(), 1 + usize::from(ends), "once: {told:?}");
    }
}

#[tokio::test]
async fn after_a_restart_an_order_that_its_group_has_reduced_ends_too() {
    for (quantity, ends) in [("6", true), ("10", false)] {
        let upstream = Upstream::bind().await;
        let mut place = PlaceOrder { order_id: 17, ..PlaceOrder::default() };
        (place.order.order_ref, place.order.account) = (id(1).to_string(), ACCOUNT.to_owned());
        let past = Past { completed: vec![done_with(&place, quantity)], ..Past::default() };
        let (venue, mut peer) = tokio::join!(upstream.connect(), upstream.accept(20, past.clone()));
        let venue = venue.unwrap();
        venue.resume(vec![submitted(terms("10", "100"), Fills::ReduceBlocked)]);
        let (told, ()) = tokio::join!(venue.recount(vec![id(1)]), peer.tell(past));
        let told: Vec<What> = told.into_iter().map(|report| report.what).collect();
        assert_eq!(rest_ended(&told), ends, "{told:?}");
    }
}

#[tokio::test]
async fn a_change_of_a_reduced_order_is_done_when_its_prices_are_told() {
    for (fills, told, done) in [
        (Fills::ReduceBlocked, 6, true),
        (Fills::ReduceBlocked, 10, true),
        (Fills::ReduceBlocked, 11, false),
        (Fills::ReduceBlocked, 0, false),
        (Fills::CancelBlocked, 6, false),
    ] {
        let upstream = Upstream::bind().await;
        let (venue, mut peer, old) = works(&upstream, submitted(terms("10", "100"), fills)).await;
        send(&venue, changed(terms("10", "101"), fills)).await;
        let new = peer.placed().await;
        peer.say(&[open_order(&left(&old, told), "Submitted"), open_order(&left(&new, told), "Submitted")]).await;
        peer.say(&[status(1, "Cancelled")]).await;
        let first = reports(&venue, id(1), if done { 2 } else { 1 }).await.remove(0);
        assert_eq!(first == What::Replaced, done, "{told}: {first:?}");
    }
}

#[tokio::test]
async fn a_bracket_is_told_with_its_parents_number_its_group_and_what_waits() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = tokio::join!(upstream.connect(), upstream.accept(40, Past::default()));
    let venue = venue.unwrap();
    let part =
        |number, tied| Effect::Submit { id: id(number), account: ACCOUNT.to_owned(), terms: terms("10", "100"), tied };
    let group = || Some((id(1).to_string(), Fills::ReduceBlocked));
    send(&venue, part(1, Tied { parked: true, ..Tied::default() })).await;
    send(&venue, part(2, Tied { parent: Some(id(1)), parked: true, group: group() })).await;
    send(&venue, part(3, Tied { parent: Some(id(1)), parked: false, group: group() })).await;
    let mut told = Vec::new();
    for _ in 0..3 {
        let PlaceOrder { order_id, order, .. } = peer.placed().await;
        told.push((order_id, order.parent_id, order.transmit, order.oca_type, order.oca_group));
    }
    let group = id(1).to_string();
    assert_eq!(told, [(40, 0, false, 0, String::new()), (41, 40, false, 2, group.clone()), (42, 40, true, 2, group),]);
    // A child whose parent has no number there would stand alone.
    send(&venue, part(5, Tied { parent: Some(id(4)), parked: false, group: None })).await;
    assert_eq!(reports(&venue, id(5), 1).await, [What::Unknown]);
}

fn trailing(start: Option<&str>, offset: &str) -> Terms {
    let price = |text: &str| Price::parse(text).unwrap();
    let kind =
        Kind::TrailingStopLimit { trail: Trail::Amount(price("2")), stop_px: start.map(price), offset: price(offset) };
    Terms { kind, ..terms("10", "100") }
}

#[tokio::test]
async fn a_change_of_an_offset_alone_is_done_when_the_new_one_is_told() {
    let upstream = Upstream::bind().await;
    let single = |terms| Effect::Submit { id: id(1), account: ACCOUNT.to_owned(), terms, tied: Tied::default() };
    let change = |terms| Effect::Replace { id: id(1), account: ACCOUNT.to_owned(), terms, tied: Tied::default() };
    let (venue, mut peer, old) = works(&upstream, single(trailing(Some("98"), "1"))).await;
    send(&venue, change(trailing(Some("98"), "3"))).await;
    let new = peer.placed().await;
    let moved = |place: &PlaceOrder, stop: i64| {
        let mut told = place.clone();
        told.order.trail_stop_price = Some(Decimal::from(stop));
        open_order(&told, "Submitted")
    };
    peer.say(&[moved(&old, 99), status(1, "Submitted")]).await;
    send(&venue, submit(id(2))).await;
    let second = peer.placed().await;
    peer.say(&[open_order(&second, "Submitted"), moved(&new, 99)]).await;
    let mut told = Vec::new();
    while told.len() < 2 {
        told.extend(soon(venue.reports()).await.into_iter().map(|report| (report.order, report.what)));
    }
    // In this order: the old offset says nothing of the change.
    assert_eq!(told, [(Some(id(2)), acknowledged()), (Some(id(1)), What::Replaced)]);
    // Where it began is never told: that it was moved could not be seen.
    for start in [Some("97"), None] {
        send(&venue, change(trailing(start, "3"))).await;
        let told = reports(&venue, id(1), 1).await;
        assert!(matches!(&told[..], [What::ReplaceRejected { .. }]), "{told:?}");
    }
    send(&venue, Effect::Cancel { id: id(1) }).await;
    assert_eq!(peer.cancelled().await, 1, "nothing of it was written");
}
