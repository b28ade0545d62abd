//! Pipe: one connection between gate and broker, byte for byte what a TWS would say, until the weather is bad.

use super::lies;
use super::upstream::{Break, Upstream, later};
use crate::behind::{Ends, Frames, MOST, shake_hands};
use service::Clock;
use std::collections::{BTreeMap, VecDeque};
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncWrite, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, split};
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, timeout_at};
use tws::{PlaceOrder, Request, Response, ServerVersion, frame};

/// Read from the gate, and not yet with the broker; oldest first.
pub type Waiting = VecDeque<(Vec<u8>, Option<Box<PlaceOrder>>)>;
type Shared = Arc<Mutex<Waiting>>;

/// Nothing of it will ever be read.
pub fn lose(upstream: &Upstream, waiting: &Shared) {
    let all = std::mem::take(&mut *waiting.lock().unwrap());
    let mut inner = upstream.hold();
    all.iter().filter_map(|(_, place)| place.as_ref()).for_each(|place| inner.seen.lost(place));
}

pub async fn run(
    upstream: Arc<Upstream>,
    (gate, broker): (DuplexStream, DuplexStream),
    waiting: Shared,
    mut breaks: watch::Receiver<Break>,
) {
    let (from_gate, to_gate) = split(gate);
    let Some(ends) = shake_hands(from_gate, to_gate, broker).await else { return };
    let Ends { gate, mut to_gate, broker, mut to_broker, version } = ends;
    let arrived = Notify::new();
    let broken = async {
        match breaks.changed().await {
            Ok(()) => *breaks.borrow_and_update(),
            Err(_) => Break::Both,
        }
    };
    let how = tokio::select! {
        how = broken => how,
        () = hear(&upstream, gate, version, &waiting, &arrived) => Break::Lingering,
        () = deliver(&upstream, &mut to_broker, &waiting, &arrived) => Break::Both,
        how = tell_back(&upstream, broker, &mut to_gate, version) => how,
    };
    if super::traced() {
        eprintln!("{} the connection ends: {how:?}", upstream.clock.now().0);
    }
    upstream.hold().seen.fault(match how {
        Break::HalfFrame => "half frame",
        Break::Lingering => "lingering",
        Break::Both => "connection lost",
    });
    if how == Break::HalfFrame {
        // It may not even be read: the gate has perhaps stopped.
        let half = frame(b"3\x001\x00Submitted\x00").into_iter().take(9).collect::<Vec<u8>>();
        let told = tokio::time::timeout(Duration::from_secs(1), to_gate.write_all(&half)).await;
        drop(told);
    }
    drop(to_gate);
    if how == Break::Lingering {
        rest(&upstream, &mut to_broker, &waiting).await;
    } else {
        lose(&upstream, &waiting);
    }
    upstream.hold().waiting_done(&waiting);
}

/// What the gate says is noted when it is read, which may be late.
async fn hear(
    upstream: &Upstream,
    mut gate: Frames<ReadHalf<DuplexStream>>,
    version: ServerVersion,
    waiting: &Shared,
    arrived: &Notify,
) {
    loop {
        let stalled = {
            let mut inner = upstream.hold();
            let often = inner.weather.stall;
            inner.dice.chance(often).then(|| inner.dice.between(100, 9_000))
        };
        if let Some(ms) = stalled {
            upstream.hold().seen.fault("upstream does not read");
            later(Duration::from_millis(ms)).await;
        }
        let Some(payload) = gate.next().await else { return };
        let mut payload = payload;
        let place = match Request::decode(version, &payload) {
            Ok(Request::PlaceOrder(place)) if place.order.what_if => {
                let mut inner = upstream.hold();
                inner.seen.preview(&place);
                // It is taken for what it must never be.
                if inner.dice.chance(300) {
                    inner.seen.fault("order made of a preview");
                    let order = tws::Order { what_if: false, ..place.order.clone() };
                    payload = Request::PlaceOrder(Box::new(PlaceOrder { order, ..*place })).encode(version).unwrap();
                }
                None
            }
            Ok(Request::PlaceOrder(place)) => Some(place),
            Ok(_) => None,
            Err(wrong) => {
                upstream.hold().seen.wrong.push(format!("the gate says what cannot be read: {wrong}"));
                None
            }
        };
        if super::traced() {
            eprintln!("{} gate says {:?}", upstream.clock.now().0, Request::decode(version, &payload));
        }
        if let Some((broker, place)) = upstream.broker().zip(place.as_ref()) {
            broker.look(|broker| upstream.hold().seen.read(place, broker));
        }
        waiting.lock().unwrap().push_back((payload, place));
        arrived.notify_one();
    }
}

/// In order, each perhaps late; while the broker is cut off, not at all.
async fn deliver(upstream: &Upstream, to_broker: &mut WriteHalf<DuplexStream>, waiting: &Shared, arrived: &Notify) {
    let mut cut_off = upstream.cut_off.subscribe();
    loop {
        let next = waiting.lock().unwrap().front().cloned();
        let Some((payload, place)) = next else {
            arrived.notified().await;
            continue;
        };
        let late = {
            let mut inner = upstream.hold();
            let often = inner.weather.delay;
            if inner.dice.chance(often) { inner.dice.between(1, 400) } else { 0 }
        };
        later(Duration::from_millis(late)).await;
        drop(cut_off.wait_for(|cut_off| !*cut_off).await);
        if to_broker.write_all(&frame(&payload)).await.is_err() {
            return;
        }
        arrive(upstream, waiting, place);
    }
}

fn arrive(upstream: &Upstream, waiting: &Shared, place: Option<Box<PlaceOrder>>) {
    waiting.lock().unwrap().pop_front();
    if let Some(place) = place {
        upstream.hold().seen.arrived(&place);
    }
}

/// The gate has gone; what it said is read to the end, and its place is taken so long.
async fn rest(upstream: &Upstream, to_broker: &mut WriteHalf<DuplexStream>, waiting: &Shared) {
    let pause = upstream.hold().dice.between(0, 2_500);
    later(Duration::from_millis(pause)).await;
    loop {
        let next = waiting.lock().unwrap().front().cloned();
        let Some((payload, place)) = next else { break };
        if to_broker.write_all(&frame(&payload)).await.is_err() {
            return lose(upstream, waiting);
        }
        arrive(upstream, waiting, place);
    }
    // Read, before the connection ends.
    later(Duration::from_millis(20)).await;
}

/// What a gate that died had written, on a connection that upstream still holds for it.
pub async fn ghost(upstream: Arc<Upstream>, waiting: Shared) {
    let Some(bare) = upstream.bare() else { return lose(&upstream, &waiting) };
    let (near, far) = tokio::io::duplex(MOST);
    tokio::spawn(bare.welcome(far));
    let (read, mut to_broker) = split(near);
    let (oldest, newest) = (ServerVersion::OLDEST.get(), ServerVersion::NEWEST.get());
    to_broker.write_all(&tws::client_hello(oldest, newest, "")).await.unwrap();
    let mut broker = Frames::of(read);
    let answer = broker.next().await.unwrap();
    let version = ServerVersion::new(tws::parse_server_hello(&answer).unwrap().0).unwrap();
    let start = Request::StartApi { client_id: venue::tws::CLIENT_ID, optional_capabilities: String::new() };
    to_broker.write_all(&frame(&start.encode(version).unwrap())).await.unwrap();
    broker.next().await;
    let reading = tokio::spawn(async move { while broker.next().await.is_some() {} });
    tokio::spawn(async move {
        rest(&upstream, &mut to_broker, &waiting).await;
        reading.abort();
        upstream.hold().waiting_done(&waiting);
    });
}

type Due = BTreeMap<(Instant, u64), Vec<u8>>;

async fn tell_back(
    upstream: &Upstream,
    mut broker: Frames<ReadHalf<DuplexStream>>,
    to_gate: &mut WriteHalf<DuplexStream>,
    version: ServerVersion,
) -> Break {
    let (mut due, mut turn) = (Due::new(), 0_u64);
    loop {
        let first = due.keys().next().copied();
        tokio::select! {
            payload = broker.next() => {
                let Some(payload) = payload else { return Break::Both };
                if let Some(how) = fate(upstream, version, payload, &mut due, &mut turn) {
                    return how;
                }
            }
            _ = timeout_at(first.map_or_else(Instant::now, |(at, _)| at), pending::<()>()), if first.is_some() => {
                let Some((_, payload)) = due.pop_first() else { continue };
                if super::traced() {
                    eprintln!("{} gate is told {:?}", upstream.clock.now().0, Response::decode(version, &payload));
                }
                if write(to_gate, &frame(&payload)).await.is_err() {
                    return Break::Both;
                }
            }
        }
    }
}

async fn write(to: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> std::io::Result<()> {
    to.write_all(bytes).await
}

/// When a message is told, how often, in which order, with what beside it, and whether the connection survives it.
fn fate(upstream: &Upstream, version: ServerVersion, payload: Vec<u8>, due: &mut Due, turn: &mut u64) -> Option<Break> {
    let told = Response::decode(version, &payload);
    let cut_off = *upstream.cut_off.borrow();
    let mut inner = upstream.hold();
    let (weather, mut dice) = (inner.weather.clone(), inner.dice.clone());
    let now = Instant::now();
    let announced = std::mem::take(&mut *upstream.announced.lock().unwrap());
    let mut put = |late: u64, payload: Vec<u8>| {
        *turn += 1;
        due.insert((now + Duration::from_millis(late), *turn), payload);
    };
    for code in announced {
        let text = "Connectivity between IB and Trader Workstation".to_owned();
        put(0, Response::Error { request_id: -1, code, text, reject_json: String::new() }.encode(version));
    }
    let mut how = None;
    match told {
        Ok(Response::TickPrice { .. } | Response::TickSize { .. }) if cut_off => {}
        Ok(Response::CompletedOrder(_)) if dice.chance(weather.missing) => inner.seen.fault("completed order missing"),
        Ok(
            Response::OpenOrder(_)
            | Response::OrderStatus(_)
            | Response::ExecutionDetails(_)
            | Response::CommissionReport { .. }
            | Response::CompletedOrder(_)
            | Response::Error { .. },
        ) => {
            let late = if dice.chance(weather.reorder) { dice.between(1, 3_000) } else { 0 };
            if dice.chance(weather.repeat) {
                inner.seen.fault("repeated");
                put(dice.between(0, 4_000), payload.clone());
            }
            if late > 0 {
                inner.seen.fault("out of order");
            }
            put(late, payload);
            if dice.chance(weather.lie) {
                put(dice.between(0, 1_500), lies::one(&mut dice, &mut inner.seen, version));
            }
            if dice.chance(weather.break_off) {
                how = dice.pick(&[Break::Both, Break::HalfFrame, Break::Lingering]).copied();
            }
        }
        Ok(Response::OpenOrderEnd | Response::ExecutionDetailsEnd { .. } | Response::CompletedOrdersEnd)
            if inner.later.chance(weather.ends) =>
        {
            if inner.later.chance(400) {
                inner.seen.fault("end of a list missing");
            } else {
                inner.seen.fault("end of a list late");
                put(inner.later.between(1, 25_000), payload);
            }
        }
        _ => put(0, payload),
    }
    inner.dice = dice;
    how
}
