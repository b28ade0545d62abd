//! `portreeve serve` and `portreeve paper`: what runs until it is told to stop.

use super::config::{self, Config, Listen, Near, Trading, Venue};
use super::notify_keys::NotifyKeys;
use super::portal_keys::Address;
use super::store_keys::StoreUrl;
use super::{Common, Done, End, SYSTEM, places};
use crate::last_checkpoint::NotIt;
use crate::paper_process;
use crate::prices;
use crate::serve::{self, Failed, Notify, Options, VenueChoice};
use paper::{Hours, Tape};
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use store::StoreError;
use tracing_subscriber::EnvFilter;

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Serve {
    /// A configuration file; the command line comes before it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where demo trading listens, 127.0.0.1:PORT, from the first start on; read-only takes the next port
    #[arg(long, value_name = "ADDR")]
    tws: Option<Listen>,
    /// Where the portal listens, IP:PORT; by default on loopback, 80 ports above demo trading
    #[arg(long, value_name = "ADDR")]
    portal: Option<Address>,
    /// Where the journal is: postgres://USER@localhost/DATABASE; by default in the data directory
    #[arg(long, value_name = "URL")]
    store: Option<StoreUrl>,
    /// Where orders go: paper, or tws://127.0.0.1:PORT
    #[arg(long, value_name = "VENUE")]
    venue: Option<Venue>,
    /// With tws://, the account of the venue that is served; one that it does not have is no start
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// The paper broker's quotes are a function of this number and the clock
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// exchange keeps the paper broker to exchange hours; it trades around the clock otherwise
    #[arg(long, value_name = "HOURS")]
    hours: Option<Trading>,
    /// Prices that the paper broker replays from the start on, once: a file of time,symbol,bid,ask,last
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
    /// Where health, readiness and metrics are told, on loopback; off by default
    #[arg(long, value_name = "ADDR")]
    metrics: Option<Near>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Paper {
    /// Where programs connect, 127.0.0.1:PORT
    #[arg(long, value_name = "ADDR")]
    listen: SocketAddr,
    /// The paper broker's quotes are a function of this number and the clock
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// exchange keeps it to exchange hours; it trades around the clock otherwise
    #[arg(long, value_name = "HOURS")]
    hours: Option<Trading>,
    /// Prices to replay from the start on, once, instead of computed ones: a file of time,symbol,bid,ask,last
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
}

pub(crate) fn serve(common: &Common, asked: Serve) -> Done {
    let file = asked.config.as_deref().map(config::read).transpose()?.unwrap_or_default();
    log(&file)?;
    let options = options(common, asked, file)?;
    let runtime = tokio::runtime::Runtime::new().map_err(|why| End::failed(why, SYSTEM))?;
    runtime.block_on(serve::run(options)).map_err(|error| ended(&error))
}

/// Why it stopped, and what can be done about it.
fn ended(failed: &Failed) -> End {
    let remedy = match failed {
        Failed::Directory { .. } => "Choose a data directory that you may make and write: --data DIR.",
        Failed::Store(StoreError::InUse { .. }) | Failed::Control(_) => {
            "A data directory has one server: use the one that runs, end it, or say another --data DIR."
        }
        Failed::Store(StoreError::Full) => "Make room on the disk of the data directory.",
        Failed::Store(StoreError::ReadOnly) => "Give yourself the right to write there, or say another --data DIR.",
        Failed::Store(StoreError::Newer { .. }) => "Serve it with the version that wrote it, or a newer one.",
        Failed::Store(StoreError::Held { .. }) => {
            "A journal has one server: use the one that runs, or end it; its place is free when its connection is gone."
        }
        Failed::Store(StoreError::Unfit { .. } | StoreError::Io { .. } | StoreError::Other { .. }) => {
            "Look at the disk, or at the PostgreSQL, that the journal is on (docs/operations.md), and start again."
        }
        Failed::Store(StoreError::HalfCopied) => {
            "Empty it (DROP SCHEMA … CASCADE, or remove the file), copy again, and start then (docs/operations.md)."
        }
        Failed::NotIt(NotIt::Gone { .. }) => {
            "Say where it is (--store URL), or put portreeve.db back; to begin anew all the same, choose another --data DIR."
        }
        Failed::NotIt(NotIt::Short { .. } | NotIt::Other { .. }) => {
            "Serve the journal that has them all. If this is the one that is wanted, take that file away first (docs/operations.md)."
        }
        Failed::NotIt(NotIt::Unread { .. } | NotIt::Store(_)) => {
            "Give yourself the right to read there; portreeve journal verify says more."
        }
        Failed::Place(_) => "A data directory has one journal: docs/operations.md says how it is moved.",
        Failed::Store(_) | Failed::Node(_) => {
            "Keep the data directory as it is, and see what is wrong with it: portreeve journal verify."
        }
        Failed::Key { .. } => {
            "Give yourself the right to read and write there; put back the journal.key that belongs there if it is gone."
        }
        Failed::Portal(_) => {
            "Put the sealing key back where it was (seal.key, PORTREEVE_SEALING_KEY, or a systemd credential)."
        }
        Failed::Tls(_) => "Look at [portal.tls] in the configuration, and at the files it names (docs/portal.md).",
        Failed::Notify(_) => "Look at [notify] in the configuration, and at the secrets it names (docs/notices.md).",
        Failed::Checkpoints(_) => {
            "Look at [checkpoints] in the configuration, and at the secrets it names (docs/operations.md)."
        }
        Failed::Traces(_) => "Look at [traces] in the configuration, and at the file it names (docs/operations.md).",
        Failed::Detection(_) => {
            "Look at [detection] in the configuration, and at the file it names (docs/detection.md)."
        }
        Failed::FirstStart(_) => "Start it again: it goes on where it stopped.",
        Failed::Venue(_) => "Start the venue, compare its address with --venue, and start again.",
        Failed::Paper(_) => "Look at the address and the data directory that were given.",
        Failed::System { .. } => "Look at what the system says: another program may have that address.",
    };
    End::failed(failed, remedy)
}

impl Serve {
    /// Whether anything was said at all.
    pub(super) fn says_something(&self) -> bool {
        let Self { config, tws, portal, store, venue, account, seed, hours, prices, metrics } = self;
        let places = config.is_some() || store.is_some() || tws.is_some() || portal.is_some() || metrics.is_some();
        places || venue.is_some() || account.is_some() || seed.is_some() || hours.is_some() || prices.is_some()
    }

    /// What a start with these words would go by.
    pub(super) fn settled(self, common: &Common) -> Result<Options, End> {
        let file = self.config.as_deref().map(config::read).transpose()?.unwrap_or_default();
        options(common, self, file)
    }
}

fn options(common: &Common, asked: Serve, file: Config) -> Result<Options, End> {
    let tws = asked.tws.or(file.tws);
    let venue = match asked.venue.or(file.venue) {
        Some(Venue::Tws(address)) => VenueChoice::Tws(address),
        Some(Venue::Paper) | None => VenueChoice::Paper,
    };
    if matches!(venue, VenueChoice::Paper) && asked.account.is_some() {
        return Err(End::Usage(
            "--account goes with --venue tws://…: the paper broker inside makes its own".to_owned(),
        ));
    }
    let prices = asked.prices.or(file.prices);
    if matches!(venue, VenueChoice::Tws(_)) && prices.is_some() {
        return Err(End::Usage("prices are replayed by the paper broker inside: a venue tells its own".to_owned()));
    }
    let data = places::data_or(common, file.data)?;
    let smtp = file.notify.as_ref().and_then(|keys| keys.smtp.clone());
    Ok(Options {
        data: data.clone(),
        store: file.store.unwrap_or_default().settle(asked.store)?,
        port: config::port(tws),
        portal: file.portal.unwrap_or_default().settle(asked.portal, config::portal_port(tws))?,
        venue,
        account: asked.account,
        seed: asked.seed.or(file.seed),
        hours: asked.hours.or(file.hours).map_or(Hours::AroundTheClock, |trading| trading.0),
        prices: tape(prices)?,
        sms: file.sms.map(|sender| sender.0).unwrap_or_default(),
        notify: notify(file.notify.unwrap_or_default())?,
        outside: file.checkpoints.map(|keys| keys.settle(smtp.as_ref(), Some(&data))).transpose()?,
        metrics: asked.metrics.or(file.metrics).map(|near| near.0),
        traces: file.traces.map(config::collector).transpose()?,
        countries: file.detection.and_then(|keys| keys.countries),
    })
}

fn tape(prices: Option<PathBuf>) -> Result<Option<Tape>, End> {
    prices.map(|file| prices::read(&file)).transpose().map_err(End::Usage)
}

fn notify(keys: NotifyKeys) -> Result<Notify, End> {
    keys.check()?;
    Ok(Notify { smtp: keys.smtp, push: keys.push, webhooks: keys.webhook, bell: keys.bell.unwrap_or(true) })
}

/// Lines for a person at a terminal, JSON for everything that collects logs.
fn log(file: &Config) -> Done {
    let filter = file.log.as_ref().map_or("info", |log| log.0.as_str());
    let filter = EnvFilter::try_new(filter).map_err(|error| End::Usage(error.to_string()))?;
    let told = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        told.init()
    } else {
        told.json().init()
    }
    Ok(())
}

pub(crate) fn paper(common: &Common, asked: Paper) -> Done {
    log(&Config::default())?;
    let options = paper_process::Options {
        listen: asked.listen,
        // Beside the gate's own data, never in it: one journal has one writer.
        data: match &common.data {
            Some(data) => data.clone(),
            None => places::data(common)?.join("paper"),
        },
        seed: asked.seed,
        hours: asked.hours.map_or(Hours::AroundTheClock, |trading| trading.0),
        prices: tape(asked.prices)?,
    };
    let runtime = tokio::runtime::Runtime::new().map_err(|why| End::failed(why, SYSTEM))?;
    runtime.block_on(paper_process::run(options)).map_err(|error| ended(&error))
}
