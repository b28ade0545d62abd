//! Serve: opens the data directory, wires journal, venue, actors and doors together, and stays.

use crate::checkpoints::{self, Kept};
use crate::journal_place::NoPlace;
use crate::portal_door::{self, Door};
pub use crate::signing_key::{KEY, key};
use crate::upstream::{self, Served};
use crate::{carriers, control, firststart, last_checkpoint, metrics, opening, prices, traces};
use gateway::Gate;
use journal::SigningKey;
use notify::{Address, CollectorSettings, Misconfigured, PushSettings, SmtpSettings, WebhookSettings};
use paper::{Hours, Tape};
use service::log::JournalLog;
use service::notices::{Delivery, Outgoing};
use service::{Clock, Commit, Node, SystemClock};
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use store::postgres::Disk;
use store::{PostgresPlace, StoreError};
use tokio::signal::unix::{SignalKind, signal};
use venue::Venue;
use venue::contract::Log;
use venue::paper::{PaperVenue, STREAM};

const TICK: Duration = Duration::from_millis(250);
const PLAY_MONEY: i64 = 1_000_000;

#[derive(Clone, Debug)]
pub enum VenueChoice {
    Paper,
    Tws(SocketAddr),
}

#[derive(Clone, Debug)]
pub struct Options {
    pub data: PathBuf,
    /// Where the journal is kept when it is not in the data directory.
    pub store: Option<(PostgresPlace, Disk)>,
    /// Where the trading demo listens at the first start; the read-only demo takes the next port.
    pub port: u16,
    pub portal: portal_door::Settings,
    pub venue: VenueChoice,
    /// Of the venue's accounts the one that is served; none stated: the first.
    pub account: Option<String>,
    /// `None` takes the data directory's own, drawn at its first start.
    pub seed: Option<u64>,
    pub hours: Hours,
    /// What the embedded paper broker replays from the start on, instead of the computed quotes.
    pub prices: Option<Tape>,
    /// The program that sends SMS for the portal, and its arguments; empty: codes by SMS are off.
    pub sms: Vec<String>,
    pub notify: Notify,
    /// A country database for the detector.
    pub countries: Option<PathBuf>,
    /// Where checkpoints go besides the data directory.
    pub outside: Option<Outside>,
    /// Where health and metrics are told; nowhere unless somebody says it.
    pub metrics: Option<SocketAddr>,
    /// Where the way of each order is told; nowhere unless somebody says it.
    pub traces: Option<CollectorSettings>,
}

/// How people are told what happens while they do not look.
#[derive(Clone, Debug)]
pub struct Notify {
    pub smtp: Option<SmtpSettings>,
    pub push: Option<PushSettings>,
    pub webhooks: Vec<WebhookSettings>,
    pub bell: bool,
}

/// Where whoever has this machine cannot reach what was signed.
#[derive(Clone, Debug)]
pub struct Outside {
    pub file: Option<PathBuf>,
    pub email: Option<Address>,
    pub webhook: Option<WebhookSettings>,
    pub every: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error("{path}: {why}")]
    Directory { path: String, why: std::io::Error },
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("the journal: {0}")]
    Place(#[from] NoPlace),
    #[error("{0}")]
    NotIt(#[from] last_checkpoint::NotIt),
    #[error("the journal's key {path} cannot be used: {why}")]
    Key { path: String, why: String },
    #[error("{0}")]
    Node(String),
    #[error("{0}")]
    FirstStart(#[from] firststart::Failed),
    #[error("the portal: {0}")]
    Portal(String),
    #[error("notices: {0}")]
    Notify(String),
    #[error("checkpoints outside: {0}")]
    Checkpoints(String),
    #[error("traces: {0}")]
    Traces(#[from] Misconfigured),
    #[error("detection: {0}")]
    Detection(#[from] portal::NoCountries),
    #[error("the portal: {0}")]
    Tls(#[from] portal::tls::NoTls),
    #[error("{0}")]
    Control(#[from] api::NoSocket),
    #[error("the paper broker: {0}")]
    Paper(String),
    #[error("the venue: {0}")]
    Venue(String),
    #[error("{what}: {why}")]
    System { what: &'static str, why: std::io::Error },
}

/// For its owner only: the journal tells everything that was ever done.
pub fn prepare(data: &Path) -> Result<(), Failed> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data);
    made.map_err(|why| Failed::Directory { path: data.display().to_string(), why })
}

/// The recorded events of the embedded paper broker.
pub async fn recorded(commit: &Commit) -> Result<Vec<serde_json::Value>, Failed> {
    let (reply, answer) = tokio::sync::oneshot::channel();
    commit.read(Box::new(move |store| {
        let mut all = Vec::new();
        let loaded = loop {
            match store.load(STREAM, all.len() as u64, 1_000) {
                Ok(events) if events.is_empty() => break Ok(all),
                Ok(events) => all.extend(events.into_iter().map(|event| event.body)),
                Err(error) => break Err(error),
            }
        };
        drop(reply.send(loaded));
    }));
    let bodies = answer.await.map_err(|_| Failed::Node("the commit thread has ended".to_owned()))??;
    bodies.iter().map(|body| serde_json::from_slice(body).map_err(|error| Failed::Paper(error.to_string()))).collect()
}

/// The seed of the quotes belongs to the data directory: the same market after a restart.
fn seed(options: &Options, key: &SigningKey) -> u64 {
    let drawn = key.public().key().iter().take(8).fold(0, |seed, byte| (seed << 8) | u64::from(*byte));
    options.seed.unwrap_or(drawn)
}

pub async fn run(mut options: Options) -> Result<(), Failed> {
    prepare(&options.data)?;
    let key = key(&options.data)?;
    let (commit, thread) = opening::commit_at(&options, &key)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // Before any program is let in: a configuration that cannot show a certificate is no start.
    let ready = portal_door::ready(&options, &clock)?;
    let countries = options.countries.as_deref().map(portal::Countries::open).transpose()?;
    let (carriers, push) = carriers::open(&options.notify)?;
    let places = checkpoints::ready(options.outside.as_ref(), carriers.email.as_ref())?;
    let log: Arc<dyn Log> = Arc::new(JournalLog::new(commit.clone()));
    let paper = match &options.venue {
        VenueChoice::Paper => {
            let seed = seed(&options, &key);
            let venue = PaperVenue::new(log, seed, options.hours, &recorded(&commit).await?);
            let venue = venue.map_err(|error| Failed::Paper(error.to_string()))?;
            Some(Arc::new(prices::replayed(venue, options.prices.take(), clock.now())))
        }
        VenueChoice::Tws(_) => None,
    };
    let (venue, served) = match (&options.venue, &paper) {
        (VenueChoice::Tws(address), _) => {
            upstream::connect(*address, options.account.as_deref(), Arc::clone(&clock)).await?
        }
        (VenueChoice::Paper, Some(paper)) => (Arc::clone(paper) as Arc<dyn Venue>, Vec::new()),
        (VenueChoice::Paper, None) => return Err(Failed::Venue("the paper broker is missing".to_owned())),
    };
    let traces = traces::open(options.traces.as_ref())?;
    let node = Node::telling(commit.clone(), venue, Arc::clone(&clock), Outgoing::of(&carriers), traces).await;
    let node = node.map_err(Failed::Node)?;
    let sealed = portal_door::sealed(&node, &options).await.map_err(Failed::Portal)?;
    if let Some(push) = &push {
        carriers::sign(push, &sealed).await?;
    }
    let origin = options.portal.origin.as_str().to_owned();
    let delivery = Delivery::open(Arc::clone(&node), Arc::clone(&sealed), carriers, origin);
    let (mail, hooks) = (delivery.carriers().email.clone(), delivery.carriers().hooks.iter());
    let webhooks = hooks.map(|hook| hook.name.clone()).collect();
    let told = portal_door::Told { mail, push, webhooks, countries };
    delivery.pump();
    node.pump();
    let first = firststart::set_up(&node, options.port, own_uid(), served.first()).await?;
    upstream::belongs(&node, &served)?;
    let waiting = upstream::waiting(&node, &served);
    if let Some(paper) = &paper {
        paper.retell(clock.now());
        stock(paper, &node, clock.as_ref()).await?;
        tokio::spawn(market(Arc::clone(paper), Arc::clone(&clock)));
    }
    let gate = Gate::open(Arc::clone(&node)).await;
    gate.follow();
    let portal = portal_door::open(&node, &gate, &options, (sealed, ready), told).await.map_err(Failed::Portal)?;
    let link = portal.reached.then(|| portal.origin.as_str().to_owned());
    own_doors((&node, &gate), (key, places), link, &options).await?;
    greet(&node, &options, first, waiting.as_ref());
    introduce(&node, &portal, first || waiting.is_some()).await?;
    if let Some(waiting) = waiting {
        tokio::spawn(upstream::open_once_owned(Arc::clone(&node), waiting));
    }
    carriers::bell(&node, options.notify.bell);
    warn_of(&gate);
    tracing::info!(data = %options.data.display(), venue = node.venue().name(), "serving");
    until_told().await?;
    gate.close().await;
    node.traces().close(traces::LAST).await;
    commit.close();
    drop(thread.join());
    Ok(())
}

/// What the machine's own user asks and watches; and the head, signed from now on.
async fn own_doors(
    (node, gate): (&Arc<Node>, &Arc<Gate>),
    (key, places): (SigningKey, checkpoints::Ready),
    link: Option<String>,
    options: &Options,
) -> Result<(), Failed> {
    let key = Arc::new(key);
    let kept = Kept::open(node, options.outside.as_ref(), places, (&key, &options.data)).await?;
    if let Some(address) = options.metrics {
        metrics::open(address, Arc::clone(node), Arc::clone(gate), Arc::clone(&kept)).await?;
    }
    control::open(Arc::clone(node), Arc::clone(gate), Arc::clone(&key), link, &options.data)?;
    tokio::spawn(checkpoints::sign_on(Arc::clone(node), key, options.data.clone(), kept));
    Ok(())
}

pub fn own_uid() -> u32 {
    // The data directory was made by this process: its owner is who runs it.
    std::fs::metadata("/proc/self").map(|own| std::os::unix::fs::MetadataExt::uid(&own)).unwrap_or(u32::MAX)
}

/// Every account of ours exists at the paper broker, with play money.
async fn stock(paper: &PaperVenue, node: &Node, clock: &dyn Clock) -> Result<(), Failed> {
    for actor in node.actors() {
        let accounts = actor.read(|state| state.customer.accounts.clone());
        for account in accounts {
            let currency = account.base_currency.to_string();
            let opened = paper.open_account(&account.number, &currency, PLAY_MONEY.into(), clock.now()).await;
            opened.map_err(|error| Failed::Paper(error.to_string()))?;
        }
    }
    Ok(())
}

/// Time passes for the paper broker: resting orders meet each new quote.
async fn market(paper: Arc<PaperVenue>, clock: Arc<dyn Clock>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // Told once, until it is another reason or it works again: it may be the disk of the log that is full.
    let mut told = None;
    loop {
        ticks.tick().await;
        let failed = paper.tick(clock.now()).await.err().map(|error| error.to_string());
        if told != failed {
            match &failed {
                Some(why) => tracing::error!(why, "the paper broker could not record a tick"),
                None => tracing::info!("the paper broker records its ticks again"),
            }
            told = failed;
        }
    }
}

#[allow(clippy::print_stdout)]
fn greet(node: &Node, options: &Options, first: bool, waiting: Option<&Served>) {
    let live = node.actors().iter().any(|actor| actor.read(|state| state.customer.is_live()));
    let upstream = match options.venue {
        VenueChoice::Paper => None,
        VenueChoice::Tws(address) => Some(address),
    };
    let data = options.data.display().to_string();
    if let (Some(one), Some(address)) = (waiting, upstream) {
        println!("{}", firststart::live_waits(&one.number, &data, address));
    }
    if waiting.is_some() || live || !first {
        return;
    }
    let number = node
        .actors()
        .first()
        .and_then(|actor| actor.read(|state| state.customer.accounts.first().map(|account| account.number.clone())));
    println!("{}", firststart::welcome(&number.unwrap_or_default(), options.port, &data, upstream));
}

/// The first start lets an owner in; later links are asked for with `portreeve owner enrol`.
#[allow(clippy::print_stdout)]
async fn introduce(node: &Node, portal: &Door, first: bool) -> Result<(), Failed> {
    if let Some(why) = &portal.closed {
        tracing::error!(%why, "the portal is not opened");
        println!("{}", firststart::closed_portal(why));
        return Ok(());
    }
    if !portal.reached {
        println!("{}", firststart::no_portal(portal.listens, portal.origin.as_str()));
        return Ok(());
    }
    if let Some(authority) = portal.authority.as_ref().filter(|_| first || portal.is_new) {
        let (certificate, sha256) = (authority.certificate.display().to_string(), &authority.sha256);
        println!("{}", firststart::local_ca(&authority.name, &certificate, sha256));
    }
    if let Some(before) = &portal.enrolled_at {
        println!("{}", firststart::another_name(before, portal.origin.host()));
    }
    let Some(actor) = node.actors().into_iter().next().filter(|_| first) else { return Ok(()) };
    let owned = actor.read(|state| state.customer.people.owner().is_some());
    if !owned && firststart::is_logged(std::io::stdout().is_terminal(), |name| std::env::var_os(name).is_some()) {
        println!("{}", firststart::invitation_elsewhere());
        return Ok(());
    }
    if let Some(link) = firststart::link(&actor, portal.origin.as_str()).await? {
        println!("{}", firststart::invitation(&link, &portal.origin));
    }
    Ok(())
}

/// Whoever started it sees at once which programs will not get through; the rest is served.
#[allow(clippy::print_stdout)]
fn warn_of(gate: &Gate) {
    for one in gate.closed() {
        println!("{}", firststart::unreached(&one.name, one.port, &one.why));
    }
}

async fn until_told() -> Result<(), Failed> {
    let system = |why| Failed::System { what: "signals cannot be listened to", why };
    let mut terminate = signal(SignalKind::terminate()).map_err(system)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(system)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
