//! Previews: asked so that they never become an order; where upstream makes one of them it is cancelled, once and for all.

use super::upstream::{
    ACCOUNT, Past, Peer, Upstream, acknowledged, error, fill, id, in_memory, open_order, reports, send, soon, submit,
    terms,
};
use kernel::id::OrderId;
use kernel::time::Timestamp;
use rust_decimal::Decimal;
use std::sync::Arc;
use tokio::task::JoinHandle;
use tws::{OpenOrder, PlaceOrder, Request, Response};
use venue::contract::{NoWhatIf, WhatIf};
use venue::tws::TwsVenue;
use venue::{Venue, What};

type Preview = JoinHandle<Result<WhatIf, NoWhatIf>>;

fn ask(venue: &Arc<TwsVenue>) -> Preview {
    let venue = Arc::clone(venue);
    let mut terms = terms("10", "100");
    // What binds an order to others is no part of a preview.
    (terms.ties.parent, terms.ties.parked) = (Some(7), true);
    tokio::spawn(async move { venue.what_if(ACCOUNT.to_owned(), terms, Timestamp(1_000)).await })
}

/// Everything that makes a preview one, as upstream reads it.
fn is_a_preview(place: &PlaceOrder) {
    assert!(place.order.what_if, "{place:?}");
    assert_eq!(OrderId::parse(&place.order.order_ref).ok(), None, "{place:?}");
    let by_itself = place.order.transmit && place.order.parent_id == 0 && place.order.oca_group.is_empty();
    assert!(by_itself && place.order.account == ACCOUNT && place.extras.is_empty(), "{place:?}");
}

fn money(whole: i64) -> Option<Decimal> {
    Some(Decimal::from(whole))
}

/// As a TWS answers it, told for this client.
fn told(place: &PlaceOrder) -> OpenOrder {
    let Response::OpenOrder(told) = open_order(place, "PreSubmitted") else { panic!("no open order") };
    let mut told = OpenOrder { perm_id: 0, ..*told };
    (told.state.init_margin_before, told.state.init_margin_change) = (money(100), money(50));
    (told.state.init_margin_after, told.state.maint_margin_after) = (money(150), money(120));
    (told.state.equity_with_loan_after, told.state.min_commission) = (money(99_000), money(1));
    (told.state.max_commission, told.state.commission_currency) = (money(2), "USD".to_owned());
    told
}

/// A connection on which the next thing about orders is a preview.
async fn previewing(peer: &mut Peer) -> PlaceOrder {
    let place = peer.placed().await;
    is_a_preview(&place);
    place
}

#[tokio::test]
async fn a_preview_is_told_with_every_figure_and_is_no_order() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    let preview = ask(&venue);
    let place = previewing(&mut peer).await;
    // It is told first without its figures, and remarked on.
    let empty = OpenOrder { state: tws::OrderState::default(), ..told(&place) };
    let remark = error(place.order_id, 399, "the order will be placed tomorrow");
    peer.say(&[Response::OpenOrder(Box::new(empty)), remark, Response::OpenOrder(Box::new(told(&place)))]).await;
    let figures = soon(preview).await.unwrap().unwrap();
    assert_eq!(
        (figures.initial.before, figures.initial.change, figures.initial.after),
        (money(100), money(50), money(150))
    );
    assert_eq!((figures.maintenance.after, figures.equity.after), (money(120), money(99_000)));
    assert_eq!((figures.commission, figures.least_commission, figures.most_commission), (None, money(1), money(2)));
    // The next order has a number of its own, and the only report is of it.
    send(&venue, submit(id(1))).await;
    let order = peer.placed().await;
    assert!(!order.order.what_if && order.order_id > place.order_id, "{order:?}");
    peer.say(&[open_order(&order, "Submitted")]).await;
    assert_eq!(reports(&venue, id(1), 1).await, [acknowledged()]);
    // Nor does a preview of its own number and reference say anything of it.
    let Response::OpenOrder(mut odd) = open_order(&order, "Cancelled") else { panic!("no open order") };
    odd.order.what_if = true;
    peer.say(&[Response::OpenOrder(odd), fill(&order, "0001.01.01.01", "4")]).await;
    assert!(matches!(reports(&venue, id(1), 1).await[..], [What::Filled { .. }]));
}

#[tokio::test]
async fn a_preview_reads_as_one_in_every_version() {
    let mut spoken = 0;
    for version in (157..=178).filter(|version| tws::ServerVersion::new(*version).is_some()) {
        let (venue, mut peer) = in_memory(Some(version)).await;
        let preview = ask(&venue);
        let place = previewing(&mut peer).await;
        peer.say(&[Response::OpenOrder(Box::new(told(&place)))]).await;
        assert!(soon(preview).await.unwrap().is_ok(), "{version}");
        spoken += 1;
    }
    assert!(spoken > 10, "{spoken} versions");
}

#[tokio::test]
async fn an_order_that_upstream_has_made_of_a_preview_is_cancelled_and_no_more_are_asked_for() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    let preview = ask(&venue);
    let mut place = previewing(&mut peer).await;
    // An order of ours that an earlier process wrote under this number, read late, is one.
    let mut late = place.clone();
    (late.order.what_if, late.order.order_ref) = (false, id(9).to_string());
    peer.say(&[open_order(&late, "Submitted")]).await;
    assert_eq!(reports(&venue, id(9), 1).await, [acknowledged()]);
    // The flag was dropped on the way, and the reference with it.
    place.order.what_if = false;
    place.order.order_ref.clear();
    peer.say(&[open_order(&place, "Submitted")]).await;
    assert_eq!(soon(preview).await.unwrap(), Err(NoWhatIf::MadeAnOrder));
    assert_eq!(peer.cancelled().await, place.order_id);
    assert_eq!(soon(ask(&venue)).await.unwrap(), Err(NoWhatIf::MadeAnOrder));
    // Orders go on; what is written next is the next order.
    send(&venue, submit(id(1))).await;
    assert_eq!(peer.placed().await.order.order_ref, id(1).to_string());
}

#[tokio::test]
async fn one_that_was_made_of_an_earlier_process_s_preview_is_cancelled_when_it_is_told() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    let preview = ask(&venue);
    let mut place = previewing(&mut peer).await;
    preview.abort();
    drop((venue, peer));
    place.order.what_if = false;
    let past = Past { open: vec![open_order(&place, "PreSubmitted")], ..Past::default() };
    let other = Upstream::bind().await;
    let (venue, mut peer) = tokio::join!(other.connect(), other.accept(1, past));
    assert_eq!(peer.cancelled().await, place.order_id);
    assert_eq!(soon(ask(&venue.unwrap())).await.unwrap(), Err(NoWhatIf::MadeAnOrder));
}

#[tokio::test]
async fn a_fill_of_what_was_a_preview_moves_the_account_and_ends_previews() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    let preview = ask(&venue);
    let place = previewing(&mut peer).await;
    peer.say(&[fill(&place, "0001.01.01.01", "10")]).await;
    assert_eq!(soon(preview).await.unwrap(), Err(NoWhatIf::MadeAnOrder));
    let told = soon(venue.reports()).await;
    assert!(told.len() == 1 && told[0].order.is_none() && matches!(told[0].what, What::Filled { .. }), "{told:?}");
    assert_eq!(soon(ask(&venue)).await.unwrap(), Err(NoWhatIf::MadeAnOrder));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_comes_too_late_is_nobody_s_and_one_that_is_an_order_is_cancelled_then_too() {
    let (venue, mut peer) = in_memory(None).await;
    let (preview, mut place) = tokio::join!(ask(&venue), previewing(&mut peer));
    assert_eq!(preview.unwrap(), Err(NoWhatIf::Silent));
    peer.say(&[Response::OpenOrder(Box::new(told(&place)))]).await;
    let (preview, again) = tokio::join!(ask(&venue), previewing(&mut peer));
    assert!(again.order_id > place.order_id);
    assert_eq!(preview.unwrap(), Err(NoWhatIf::Silent), "the answer to another");
    place.order.what_if = false;
    peer.say(&[open_order(&place, "Submitted")]).await;
    assert_eq!(peer.cancelled().await, place.order_id);
}

#[tokio::test]
async fn a_preview_that_upstream_refuses_is_told_and_one_whose_venue_is_lost_is_told_as_such() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    let preview = ask(&venue);
    let place = previewing(&mut peer).await;
    peer.say(&[error(place.order_id, 201, "Order rejected - reason: no")]).await;
    let why = NoWhatIf::Told("Order rejected - reason: no".to_owned());
    assert_eq!(soon(preview).await.unwrap(), Err(why));
    let preview = ask(&venue);
    previewing(&mut peer).await;
    peer.say(&[error(-1, 1_100, "Connectivity between IB and TWS has been lost")]).await;
    assert_eq!(soon(preview).await.unwrap(), Err(NoWhatIf::Lost));
    assert_eq!(soon(ask(&venue)).await.unwrap(), Err(NoWhatIf::Lost));
    peer.say(&[error(-1, 1_102, "Connectivity restored")]).await;
    peer.tell(Past::default()).await;
    let preview = ask(&venue);
    previewing(&mut peer).await;
    drop(peer);
    assert_eq!(soon(preview).await.unwrap(), Err(NoWhatIf::Lost));
    // On the next connection nothing of it is said again.
    let mut peer = upstream.accept(1, Past::default()).await;
    let wait = async {
        while venue.reach().lost {
            tokio::task::yield_now().await;
        }
    };
    soon(wait).await;
    send(&venue, submit(id(1))).await;
    assert!(!matches!(peer.asked().await, Request::PlaceOrder(place) if place.order.what_if));
}
