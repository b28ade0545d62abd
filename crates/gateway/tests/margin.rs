//! Margin through the gate: what programs are told of the paper broker's model, and of what it closes by force.

use crate::world::{ACCOUNT, Door, Raw, World, order};
use gateway::bare::Bare;
use kernel::id::CredentialId;
use kernel::limits::Limits;
use kernel::money::{Amount, Leverage};
use kernel::order::Side;
use rust_decimal::Decimal;
use std::sync::Arc;
use tokio::net::TcpListener;
use tws::{Request, Response};

/// Apple falls after ten seconds, and somebody quotes for ten minutes.
const FALL: &str = "2026-01-02T03:00:00Z,AAPL,,,100\n2026-01-02T03:00:10Z,AAPL,,,66\n2026-01-02T03:10:00Z,IBM,,,1\n";

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn wide(limits: &mut Limits) {
    let amount = Some(Amount::parse("5000000").unwrap());
    (limits.order_value, limits.day_value) = (amount, amount);
    limits.repeated_fills = Some(100);
}

async fn time_passes(world: &World, ms: i64) {
    world.clock.advance_ms(ms);
    world.venue.tick(world.actor.now()).await.unwrap();
}

/// Nineteen thousand nine hundred shares on a million, as many a step as are shown.
async fn half_borrowed(world: &World, raw: &mut Raw) {
    let request =
        order(1, |order| (order.total_quantity, order.lmt_price) = (Some(number("19900")), Some(number("100"))));
    raw.say(&request).await;
    world.until(|world| world.venue.look(|broker| broker.executions().len()) > 0).await;
    for _ in 0..19 {
        time_passes(world, 250).await;
    }
    raw.until(|told| matches!(told, Response::OrderStatus(status) if status.status == "Filled")).await;
}

async fn values(raw: &mut Raw) -> Vec<(String, String)> {
    let tags = "InitMarginReq,MaintMarginReq,AvailableFunds,ExcessLiquidity,BuyingPower,Leverage";
    let (group, tags) = ("All".to_owned(), tags.to_owned());
    raw.say(&Request::ReqAccountSummary { request_id: 7, group, tags }).await;
    let told = raw.until(|told| matches!(told, Response::AccountSummaryEnd { .. })).await;
    let value = |told: Response| match told {
        Response::AccountSummary { tag, value, .. } => Some((tag, value)),
        _ => None,
    };
    told.into_iter().filter_map(value).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_told_the_figures_of_the_model_and_what_is_closed_by_force() {
    let world = World::replaying(FALL).await;
    let door = world.credential(|new| wide(&mut new.limits)).await;
    let other = world.credential(|new| new.accounts = vec![world.accounts()[1]]).await;
    let (mut raw, mut elsewhere) = (door.connect(1).await, other.connect(2).await);
    for program in [&mut raw, &mut elsewhere] {
        program.say(&Request::ReqPositions).await;
        program.until(|told| matches!(told, Response::PositionEnd)).await;
    }
    half_borrowed(&world, &mut raw).await;
    // Cash is a million less 1,990,000 and commissions of half a cent a share.
    let wanted = [
        ("InitMarginReq", "995000.00"),
        ("MaintMarginReq", "497500.00"),
        ("AvailableFunds", "4900.50"),
        ("ExcessLiquidity", "502400.50"),
        ("BuyingPower", "9801"),
        ("Leverage", "1.9902"),
    ];
    let told = values(&mut raw).await;
    assert_eq!(told, wanted.map(|(tag, value)| (tag.to_owned(), value.to_owned())));
    // A bid that rests, and the fall.
    raw.say(&order(2, |order| order.lmt_price = Some(number("10")))).await;
    raw.until(|told| matches!(told, Response::OrderStatus(status) if status.order_id == 2)).await;
    time_passes(&world, 6_000).await;
    time_passes(&world, 60_000).await;
    let told =
        raw.until(|told| matches!(told, Response::Position { position, .. } if *position == number("18900"))).await;
    let execution = told.iter().find_map(|told| match told {
        Response::ExecutionDetails(one) => Some(one),
        _ => None,
    });
    let execution = execution.unwrap();
    assert_eq!((execution.order_id, execution.client_id, execution.side.as_str()), (0, 0, "SLD"));
    assert_eq!((execution.shares, execution.account.as_str()), (number("1000"), ACCOUNT));
    let cancelled = told.iter().any(
        |told| matches!(told, Response::Error { request_id: 2, text, .. } if text.contains("less than it must keep")),
    );
    assert!(cancelled, "{told:?}");
    // It is nobody's: the net has moved, and no part of it.
    world.actor.read(|state| {
        let position = state.book.positions.values().next().unwrap();
        assert_eq!((position.net.to_string(), position.parts[&door.id].to_string()), ("18900".into(), "19900".into()));
        let last = state.book.day.executions.last().unwrap();
        assert_eq!((last.execution.order, last.execution.side), (None, Side::Sell));
        assert!(state.book.orders.is_empty(), "nothing is open");
    });
    // A program of another account hears nothing of it.
    elsewhere.say(&Request::ReqCurrentTime).await;
    let heard = elsewhere.until(|told| matches!(told, Response::CurrentTime { .. })).await;
    assert_eq!(heard.len(), 1, "{heard:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_beyond_what_is_available_is_rejected_with_201_and_a_preview_says_why() {
    let world = World::replaying(FALL).await;
    let door = world.credential(|new| wide(&mut new.limits)).await;
    let mut raw = door.connect(1).await;
    let much = |order: &mut tws::Order| {
        (order.total_quantity, order.lmt_price) = (Some(number("20000")), Some(number("100")));
    };
    raw.say(&order(1, |order| {
        much(order);
        order.what_if = true;
    }))
    .await;
    let told = raw.until(|told| matches!(told, Response::OpenOrder(_))).await.pop();
    let Some(Response::OpenOrder(preview)) = told else { panic!("{told:?}") };
    let state = preview.state;
    assert_eq!((state.init_margin_before, state.init_margin_change), (Some(number("0")), Some(number("1000000"))));
    assert_eq!(
        (state.maint_margin_after, state.equity_with_loan_change),
        (Some(number("500000")), Some(number("-100")))
    );
    assert!(state.warning_text.contains("would not cover the initial margin"), "{}", state.warning_text);
    raw.say(&order(1, much)).await;
    let (code, text) = raw.refusal(1).await;
    assert!(code == 201 && text.contains("would not cover the initial margin"), "{code} {text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guard_bounds_what_an_account_comes_to_hold_by_the_brokers_own_figures() {
    let world = World::replaying(FALL).await;
    let at_1_5 = |limits: &mut Limits| {
        wide(limits);
        limits.leverage = Leverage::parse("1.5").ok();
    };
    let door = world.credential(|new| at_1_5(&mut new.limits)).await;
    let mut raw = door.connect(1).await;
    let bid = |id, many: &str| {
        order(id, |order| (order.total_quantity, order.lmt_price) = (Some(number(many)), Some(number("100"))))
    };
    raw.say(&bid(1, "15001")).await;
    let (code, text) = raw.refusal(1).await;
    assert!(code == 201 && text.contains("1500100 would be held on 1000000: above 1.5 times that"), "{code} {text}");
    raw.say(&bid(2, "2000")).await;
    world.until(|world| world.venue.look(|broker| broker.executions().len()) > 0).await;
    time_passes(&world, 250).await;
    raw.until(|told| matches!(told, Response::OrderStatus(status) if status.status == "Filled")).await;
    // Two hundred thousand are held; what was paid for the trade is not there any more.
    raw.say(&bid(3, "13000")).await;
    let (code, text) = raw.refusal(3).await;
    assert!(code == 201 && text.contains("1500000 would be held on 999990"), "{code} {text}");
    raw.say(&bid(4, "12999")).await;
    raw.until(|told| matches!(told, Response::OrderStatus(status) if status.order_id == 4)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_s_own_socket_tells_everybody_what_it_closes_as_a_liquidation() {
    let world = World::replaying(FALL).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let door = Door { port: listener.local_addr().unwrap().port(), id: CredentialId::new(0, 0) };
    let bare = Bare::new(Arc::clone(&world.venue), Arc::clone(&world.clock) as _, ACCOUNT.to_owned());
    let serving = tokio::spawn(bare.serve(listener));
    let (mut raw, mut other) = (door.connect(1).await, door.connect(2).await);
    half_borrowed(&world, &mut raw).await;
    time_passes(&world, 6_000).await;
    time_passes(&world, 60_000).await;
    for program in [&mut raw, &mut other] {
        let closed = |told: &Response| matches!(told, Response::ExecutionDetails(one) if one.liquidation == 1);
        let Some(Response::ExecutionDetails(one)) = program.until(closed).await.pop() else { panic!() };
        assert_eq!((one.order_id, one.client_id, one.shares), (0, 0, number("1000")));
        program.until(|told| matches!(told, Response::CommissionReport { .. })).await;
    }
    raw.say(&Request::ReqAccountUpdates { subscribe: true, account: ACCOUNT.to_owned() }).await;
    let told = raw.until(|told| matches!(told, Response::AccountDownloadEnd { .. })).await;
    let rate = told.iter().any(|told| {
        matches!(told, Response::AccountValue { key, value, currency, .. }
            if (key.as_str(), value.as_str(), currency.as_str()) == ("ExchangeRate", "1", "USD"))
    });
    assert!(rate, "{told:?}");
    serving.abort();
}
