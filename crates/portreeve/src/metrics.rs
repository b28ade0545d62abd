//! Metrics: whether the process lives, whether it is ready, and what it counts, told over HTTP on loopback.

use crate::checkpoints::Kept;
use crate::serve::Failed;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{StatusCode, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use gateway::Gate;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use kernel::kill_switch::{Engaged, Level};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use service::Node;
use service::checkpoints::is_dead;
use service::notices::is_notice;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower_service::Service;

/// Whoever collects asks one thing after the other.
const MOST_CONNECTIONS: usize = 16;
/// Until the headers of a request are there.
const HEADERS: Duration = Duration::from_secs(5);
/// For the journal's answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// A pause when the system has no more sockets to give.
const EXHAUSTED: Duration = Duration::from_millis(100);
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone)]
struct Watched {
    node: Arc<Node>,
    gate: Arc<Gate>,
    kept: Arc<Kept>,
}

type Labelled = Family<[(&'static str, &'static str); 1], Gauge>;

/// Serves it from now on.
pub async fn open(address: SocketAddr, node: Arc<Node>, gate: Arc<Gate>, kept: Arc<Kept>) -> Result<(), Failed> {
    let system = |why| Failed::System { what: "the address for metrics cannot be listened on", why };
    let listener = TcpListener::bind(address).await.map_err(system)?;
    let router = Router::new()
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(Watched { node, gate, kept });
    tokio::spawn(accept(listener, router));
    Ok(())
}

async fn accept(listener: TcpListener, router: Router) {
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(EXHAUSTED).await;
            continue;
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let router = router.clone();
        tokio::spawn(async move {
            let service = service_fn(|request: Request<Incoming>| router.clone().call(request.map(Body::new)));
            let mut builder = http1::Builder::new();
            builder.timer(TokioTimer::new()).header_read_timeout(HEADERS).max_headers(64);
            // Whoever goes away before the answer is nothing to tell anyone.
            drop(builder.serve_connection(TokioIo::new(stream), service).await);
            drop(place);
        });
    }
}

/// What is missing, by name, for whoever starts and stops processes.
async fn ready(State(watched): State<Watched>) -> Response {
    let node = &watched.node;
    // A journal that does not answer is as little ready as one that says no.
    let writing = tokio::time::timeout(PATIENCE, node.is_writing()).await.unwrap_or(false);
    let missing: Vec<&str> =
        [("journal", writing), ("venue", !node.venue().reach().lost), ("customers", !node.actors().is_empty())]
            .into_iter()
            .filter_map(|(name, there)| (!there).then_some(name))
            .collect();
    match missing.is_empty() {
        true => "ready\n".into_response(),
        false => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", missing.join(", "))).into_response(),
    }
}

async fn metrics(State(watched): State<Watched>) -> Response {
    let mut registry = Registry::with_prefix("portreeve");
    watched.node.commit().tally().register(&mut registry);
    // A journal that hangs takes no other figure with it.
    drop(tokio::time::timeout(PATIENCE, watched.journal(&mut registry)).await);
    watched.standing(&mut registry);
    watched.node.traces().register(&mut registry);
    watched.outside(&mut registry);
    let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "The program that is asked", build);
    let mut text = String::new();
    match prometheus_client::encoding::text::encode(&mut text, &registry) {
        Ok(()) => ([(CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

impl Watched {
    /// What cannot be read is left out, rather than told as nothing.
    async fn journal(&self, registry: &mut Registry) {
        if let Ok(Ok(head)) = self.node.with_reader(|reader| reader.head()).await {
            put(registry, "journal_events", "Events in the journal", head.size);
        }
        if let Ok(Ok(rows)) = self.node.with_store(|store| store.outbox(None)).await {
            // What was given up waits for nobody but a person.
            let dead = rows.iter().filter(|row| is_dead(row)).count();
            let notices = rows.iter().filter(|row| is_notice(row)).count();
            let waiting = Labelled::default();
            waiting.get_or_create(&[("of", "notices")]).set(whole(notices.saturating_sub(dead)));
            waiting.get_or_create(&[("of", "venue")]).set(whole(rows.len().saturating_sub(notices)));
            registry.register("outbox_waiting", "What waits in the outbox, or for the venue's answer", waiting);
            put(registry, "checkpoints_dead", "Checkpoints that were given up and are listed", dead);
        }
        let reserved = u8::from(!self.node.commit().lacks_reserve());
        put(registry, "journal_reserve_kept", "Whether disk space is kept for kills, cancels and reports", reserved);
    }

    /// Where checkpoints go besides the data directory.
    fn outside(&self, registry: &mut Registry) {
        let (failing, events) = (Labelled::default(), Labelled::default());
        for one in self.kept.standing() {
            failing.get_or_create(&[("of", one.of)]).set(i64::from(one.failing));
            if let Some(size) = one.size {
                events.get_or_create(&[("of", one.of)]).set(whole(size));
            }
        }
        let told = "Whether checkpoints fail to get to a place outside, and wait";
        registry.register("checkpoints_outside_failing", told, failing);
        registry.register("checkpoints_outside_events", "Events that the last checkpoint outside states", events);
    }

    fn standing(&self, registry: &mut Registry) {
        let (mut approvals, mut changes, mut orders, mut dead) = (0, 0, 0, 0);
        let (mut firm, mut own) = (Vec::new(), Vec::new());
        for actor in self.node.actors() {
            actor.read(|state| {
                approvals += state.book.pending.len();
                changes += state.customer.changes.len();
                orders += state.book.orders.len();
                dead += state.customer.people.notices.dead.len();
                own.extend_from_slice(&state.customer.kills);
                // Every customer knows the same of the firm.
                firm.clone_from(&state.firm.kills);
            });
        }
        let reach = self.node.venue().reach();
        put(registry, "venue_connected", "Whether orders could reach the venue's market now", u8::from(!reach.lost));
        let losses: ConstCounter<u64> = ConstCounter::new(reach.losses);
        registry.register("venue_losses", "How often the venue was lost since the start", losses);
        put(registry, "approvals_pending", "Held orders that wait for a person", approvals);
        put(registry, "changes_pending", "Changes that wait for a signature", changes);
        put(registry, "orders_open", "Orders that are open, held ones too", orders);
        put(registry, "notices_dead", "Notices that were given up and are listed", dead);
        let connections = Labelled::default();
        connections.get_or_create(&[("listener", "tws")]).set(whole(self.gate.connected()));
        registry.register("connections_open", "Programs that are connected", connections);
        put(registry, "listeners_closed", "Listeners that should be open and are not", self.gate.closed().len());
        let switches = Labelled::default();
        for level in ["credential", "account", "customer", "firm"] {
            let count = own.iter().chain(&firm).filter(|one| name(one) == level).count();
            switches.get_or_create(&[("level", level)]).set(whole(count));
        }
        registry.register("kill_switches_engaged", "Kill switches that are engaged, by level", switches);
    }
}

const fn name(switch: &Engaged) -> &'static str {
    match switch.level {
        Level::Credential(_) => "credential",
        Level::Account(_) => "account",
        Level::Customer => "customer",
        Level::Firm => "firm",
    }
}

fn whole(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

fn put(registry: &mut Registry, name: &str, help: &str, count: impl TryInto<i64>) {
    let gauge: Gauge = Gauge::default();
    gauge.set(whole(count));
    registry.register(name, help, gauge);
}
