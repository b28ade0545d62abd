//! Placing, changing, cancelling: each word of upstream becomes one report.

use super::upstream::{
    Upstream, acknowledged, commission, error, fill, id, open_order, replace, reports, send, status, submit,
};
use kernel::effect::Effect;
use kernel::money::Quantity;
use kernel::time::Timestamp;
use kernel::working::Ended;
use venue::{Venue, What};

#[tokio::test]
async fn an_order_is_written_once_acknowledged_filled_and_charged() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    send(&venue, submit(id(1))).await;
    let place = peer.placed().await;
    assert_eq!((place.order_id, place.contract.con_id), (1, 265_598));
    assert_eq!(place.order.order_ref, id(1).to_string());
    assert_eq!((place.order.action.as_str(), place.order.order_type.as_str()), ("BUY", "LMT"));
    assert!(place.order.transmit);
    peer.say(&[status(1, "PendingSubmit"), open_order(&place, "Submitted"), status(1, "Submitted")]).await;
    assert_eq!(reports(&venue, id(1), 1).await, [acknowledged()]);
    peer.say(&[fill(&place, "0001.01.01.01", "10"), commission("0001.01.01.01"), status(1, "Filled")]).await;
    let told = reports(&venue, id(1), 2).await;
    let ten = Quantity::parse("10").unwrap();
    assert!(
        matches!(&told[0], What::Filled { exec_id, quantity, .. } if exec_id == "0001.01.01.01" && *quantity == ten)
    );
    assert!(matches!(&told[1], What::Commissioned { .. }));
}

#[tokio::test]
async fn orders_take_numbers_from_upstreams_next_one_on() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = tokio::join!(upstream.connect(), upstream.accept(40, super::upstream::Past::default()));
    let venue = venue.unwrap();
    send(&venue, submit(id(1))).await;
    send(&venue, submit(id(2))).await;
    assert_eq!((peer.placed().await.order_id, peer.placed().await.order_id), (40, 41));
}

#[tokio::test]
async fn an_order_that_is_told_twice_is_written_once() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    send(&venue, submit(id(1))).await;
    send(&venue, submit(id(1))).await;
    send(&venue, submit(id(2))).await;
    assert_eq!(peer.placed().await.order.order_ref, id(1).to_string());
    assert_eq!(peer.placed().await.order.order_ref, id(2).to_string());
    assert_eq!(reports(&venue, id(1), 1).await, [What::Unknown]);
}

#[tokio::test]
async fn a_change_is_done_when_upstream_tells_the_new_terms() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    send(&venue, submit(id(1))).await;
    let old = peer.placed().await;
    peer.say(&[open_order(&old, "Submitted")]).await;
    assert_eq!(reports(&venue, id(1), 1).await, [acknowledged()]);
    send(&venue, replace(id(1), "101.5")).await;
    let new = peer.placed().await;
    assert_eq!(new.order_id, old.order_id);
    peer.say(&[open_order(&old, "Submitted"), open_order(&new, "Submitted"), open_order(&new, "Submitted")]).await;
    assert_eq!(reports(&venue, id(1), 1).await, [What::Replaced]);
}

#[tokio::test]
async fn a_rejected_change_leaves_the_order_working() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    send(&venue, submit(id(1))).await;
    let old = peer.placed().await;
    peer.say(&[open_order(&old, "Submitted")]).await;
    assert_eq!(reports(&venue, id(1), 1).await, [acknowledged()]);
    for code in [110, 201] {
        send(&venue, replace(id(1), "101.5")).await;
        peer.placed().await;
        peer.say(&[error(1, code, "no such price"), open_order(&old, "Submitted")]).await;
        let text = "no such price".to_owned();
        assert_eq!(reports(&venue, id(1), 1).await, [What::ReplaceRejected { text }]);
    }
}

#[tokio::test]
async fn a_cancel_goes_out_under_the_orders_number_and_ends_it() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    send(&venue, submit(id(1))).await;
    let place = peer.placed().await;
    send(&venue, Effect::Cancel { id: id(1) }).await;
    assert_eq!(peer.cancelled().await, place.order_id);
    peer.say(&[status(1, "PendingCancel"), status(1, "Cancelled"), error(1, 202, "Order Canceled - reason:")]).await;
    let ended = What::Ended { how: Ended::Cancelled, text: String::new() };
    assert_eq!(reports(&venue, id(1), 2).await, [acknowledged(), ended]);
}

#[tokio::test]
async fn a_cancel_that_upstream_refuses_is_told() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    send(&venue, submit(id(1))).await;
    let place = peer.placed().await;
    peer.say(&[open_order(&place, "Submitted")]).await;
    assert_eq!(reports(&venue, id(1), 1).await, [acknowledged()]);
    for code in [10_147, 10_148, 161] {
        send(&venue, Effect::Cancel { id: id(1) }).await;
        peer.cancelled().await;
        peer.say(&[error(1, code, "it cannot be cancelled")]).await;
        let text = "it cannot be cancelled".to_owned();
        assert_eq!(reports(&venue, id(1), 1).await, [What::CancelRejected { text }]);
    }
}

#[tokio::test]
async fn an_order_that_never_worked_ends_with_the_error_on_its_number() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    for (number, code) in (1..).zip([103_i32, 110, 200, 201, 321]) {
        let order = id(u128::from(code.unsigned_abs()));
        send(&venue, submit(order)).await;
        peer.placed().await;
        peer.say(&[status(number, "Inactive"), error(number, code, "no")]).await;
        let ended = What::Ended { how: Ended::Rejected, text: "no".to_owned() };
        assert_eq!(reports(&venue, order, 1).await, [ended], "{code}");
    }
}

#[tokio::test]
async fn a_remark_on_an_order_ends_nothing() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    send(&venue, submit(id(1))).await;
    let place = peer.placed().await;
    let remarks = [399, 404, 2_109, 10_167, 100].map(|code| error(1, code, "by the way"));
    peer.say(&remarks).await;
    peer.say(&[status(1, "Inactive"), open_order(&place, "PreSubmitted")]).await;
    assert_eq!(reports(&venue, id(1), 1).await, [acknowledged()]);
}

#[tokio::test]
async fn a_fill_that_is_told_again_is_one_fill() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    send(&venue, submit(id(1))).await;
    let place = peer.placed().await;
    let (first, second) = (fill(&place, "0001.01.01.01", "4"), fill(&place, "0001.02.01.01", "6"));
    // The third has the first one's number and other content, the fourth is a correction of the first.
    let odd = [fill(&place, "0001.01.01.01", "5"), fill(&place, "0001.01.01.02", "5")];
    peer.say(&[first.clone(), first, odd[0].clone(), odd[1].clone(), second]).await;
    peer.say(&[commission("0001.01.01.01"), commission("0001.01.01.01"), commission("9")]).await;
    peer.say(&[status(1, "Cancelled")]).await;
    let told = reports(&venue, id(1), 4).await;
    let filled: Vec<&str> = told
        .iter()
        .filter_map(|what| match what {
            What::Filled { exec_id, .. } => Some(exec_id.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(filled, ["0001.01.01.01", "0001.02.01.01"]);
    assert!(matches!(told[2], What::Commissioned { .. }));
}

#[tokio::test]
async fn fills_of_orders_that_are_not_ours_are_told_without_an_order() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    let mut by_hand = tws::PlaceOrder { order_id: 1, ..tws::PlaceOrder::default() };
    by_hand.contract.con_id = 265_598;
    peer.say(&[fill(&by_hand, "0009.01.01.01", "3")]).await;
    let told = super::upstream::soon(venue.reports()).await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].order, None);
    assert!(matches!(told[0].what, What::Filled { at: Timestamp(1_795_341_600_000), .. }), "{told:?}");
}

#[tokio::test]
async fn while_upstream_is_cut_off_orders_wait_and_cancels_go_out() {
    let upstream = Upstream::bind().await;
    let (venue, mut peer) = upstream.open().await;
    send(&venue, submit(id(1))).await;
    let place = peer.placed().await;
    peer.say(&[error(-1, 1_100, "connectivity lost"), open_order(&place, "Submitted")]).await;
    assert_eq!(reports(&venue, id(1), 1).await, [acknowledged()]);
    assert_eq!(venue.send(submit(id(2)), Timestamp(0)).await, Err(venue::contract::Unsent::NotConnected));
    assert_eq!(venue.reach(), venue::contract::Reach { lost: true, losses: 1 });
    send(&venue, Effect::Cancel { id: id(1) }).await;
    assert_eq!(peer.cancelled().await, 1);
    peer.say(&[error(-1, 1_102, "connectivity restored"), status(1, "Cancelled")]).await;
    reports(&venue, id(1), 1).await;
    // What was missed meanwhile is asked for.
    peer.tell(super::upstream::Past::default()).await;
    send(&venue, submit(id(2))).await;
    assert_eq!(peer.placed().await.order_id, 2);
}
