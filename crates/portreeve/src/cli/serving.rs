//! `portreeve serve` and `portreeve paper`: what runs until it is told to stop.

use super::config::{self, Config, Listen, Trading, Venue};
use super::{Common, Done, End, places};
use crate::paper_process;
use crate::serve::{self, Options, VenueChoice};
use paper::Hours;
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use tracing_subscriber::EnvFilter;

const PORT: u16 = 4_100;

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Serve {
    /// A configuration file; the command line comes before it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where demo trading listens, 127.0.0.1:PORT; read-only takes the next port
    #[arg(long, value_name = "ADDR")]
    tws: Option<Listen>,
    /// Where orders go: paper, or tws://127.0.0.1:PORT
    #[arg(long, value_name = "VENUE")]
    venue: Option<Venue>,
    /// The paper broker's quotes are a function of this number and the clock
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// exchange keeps the paper broker to exchange hours; it trades around the clock otherwise
    #[arg(long, value_name = "HOURS")]
    hours: Option<Trading>,
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
}

pub(crate) fn serve(common: &Common, asked: Serve) -> Done {
    let file = asked.config.as_deref().map(config::read).transpose()?.unwrap_or_default();
    log(&file)?;
    let options = options(common, asked, file)?;
    let runtime = tokio::runtime::Runtime::new().map_err(|why| End::Failed(why.to_string()))?;
    runtime.block_on(serve::run(options)).map_err(|error| End::Failed(error.to_string()))
}

fn options(common: &Common, asked: Serve, file: Config) -> Result<Options, End> {
    Ok(Options {
        data: places::data_or(common, file.data)?,
        port: asked.tws.or(file.tws).map_or(PORT, |listen| listen.0),
        venue: match asked.venue.or(file.venue) {
            Some(Venue::Tws(address)) => VenueChoice::Tws(address),
            Some(Venue::Paper) | None => VenueChoice::Paper,
        },
        seed: asked.seed.or(file.seed),
        hours: asked.hours.or(file.hours).map_or(Hours::AroundTheClock, |trading| trading.0),
    })
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
    };
    let runtime = tokio::runtime::Runtime::new().map_err(|why| End::Failed(why.to_string()))?;
    runtime.block_on(paper_process::run(options)).map_err(|error| End::Failed(error.to_string()))
}
