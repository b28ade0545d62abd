//! Configuration: a TOML file, read strictly; what it does not know it refuses, and points at it.

use super::checkpoint_keys::{self, CheckpointKeys};
use super::layout::facts;
use super::notify_keys::NotifyKeys;
use super::portal_keys::{PortalKeys, kind};
use super::say::{POINTER, Refusal, line, value};
use super::store_keys::StoreKeys;
use super::{Common, Done, End, places};
use crate::portal_door::Settings;
use crate::prices;
use notify::CollectorSettings;
use paper::Hours;
use serde::Deserialize;
use serde_json::json;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use tracing_subscriber::EnvFilter;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Verb {
    /// Read a configuration file and say what it means, or where it is wrong
    Check {
        /// The file
        #[arg(value_name = "FILE", required_unless_present = "config")]
        file: Option<PathBuf>,
        /// The same, said as to `serve`
        #[arg(long, value_name = "FILE", conflicts_with = "file")]
        config: Option<PathBuf>,
    },
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub data: Option<PathBuf>,
    pub store: Option<StoreKeys>,
    pub tws: Option<Listen>,
    pub portal: Option<PortalKeys>,
    pub venue: Option<Venue>,
    pub seed: Option<u64>,
    pub hours: Option<Trading>,
    pub prices: Option<PathBuf>,
    pub log: Option<Log>,
    pub sms: Option<Sender>,
    pub notify: Option<NotifyKeys>,
    pub checkpoints: Option<CheckpointKeys>,
    pub detection: Option<DetectionKeys>,
    pub metrics: Option<Near>,
    pub traces: Option<CollectorSettings>,
}

/// What the detector is given besides the events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DetectionKeys {
    /// A country database, in the format of MaxMind (.mmdb).
    pub countries: Option<PathBuf>,
}

impl DetectionKeys {
    /// Read as a start would read it.
    fn check(&self) -> Result<Option<String>, End> {
        let Some(file) = &self.countries else { return Ok(None) };
        portal::Countries::open(file).map_err(|why| End::Usage(why.to_string()))?;
        Ok(Some(file.display().to_string()))
    }
}

/// What can be judged without the collector.
pub(crate) fn collector(settings: CollectorSettings) -> Result<CollectorSettings, End> {
    match settings.check() {
        Ok(_) => Ok(settings),
        Err(why) => Err(Refusal::own("traces_misconfigured", &[("why", &why.to_string())]).into()),
    }
}

/// As it is told: of the address only what may be shown.
fn shown_collector(settings: CollectorSettings) -> Result<String, End> {
    let url = collector(settings)?.check().map_err(|why| End::Usage(why.to_string()))?;
    let port = url.port_or_known_default().unwrap_or_default();
    Ok(format!("to {}:{port}", url.host_str().unwrap_or_default()))
}

/// The program that sends SMS and its arguments, as they are: no shell reads them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(crate) struct Sender(pub Vec<String>);

impl TryFrom<Vec<String>> for Sender {
    type Error = String;
    fn try_from(words: Vec<String>) -> Result<Self, String> {
        match words.first() {
            Some(program) if Path::new(program).is_absolute() => Ok(Self(words)),
            Some(program) => Err(format!("{program:?} is not the whole path of a program")),
            None => Err("name the program that sends SMS, or leave sms out".to_owned()),
        }
    }
}

const PORT: u16 = 4_100;
/// So that two gates on one machine with ports of their own have portals of their own.
const PORTAL_ABOVE: u16 = 80;

/// Where the trading demo listens when the configuration says so, or nothing.
pub(crate) fn port(tws: Option<Listen>) -> u16 {
    tws.map_or(PORT, |listen| listen.0)
}

/// Where the portal listens when nothing says it.
pub(crate) fn portal_port(tws: Option<Listen>) -> u16 {
    port(tws).saturating_add(PORTAL_ABOVE)
}

/// Where the trading demo listens: loopback only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Listen(pub u16);

/// Where only this machine comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Near(pub SocketAddr);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Venue {
    Paper,
    Tws(SocketAddr),
}

/// When the paper broker trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Trading(pub Hours);

/// What is told to the log.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Log(pub String);

impl std::str::FromStr for Listen {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let address: SocketAddr = text.parse().map_err(|_| format!("{text:?} is not 127.0.0.1:PORT"))?;
        if address.ip() != Ipv4Addr::LOCALHOST || address.port() == 0 {
            return Err(format!("{text}: listeners off 127.0.0.1 are not built"));
        }
        Ok(Self(address.port()))
    }
}

impl std::str::FromStr for Near {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let address: SocketAddr = text.parse().map_err(|_| format!("{text:?} is not 127.0.0.1:PORT or [::1]:PORT"))?;
        if !address.ip().is_loopback() || address.port() == 0 {
            return Err(format!("{text}: it is told on loopback only, at a port that is named"));
        }
        Ok(Self(address))
    }
}

impl std::str::FromStr for Venue {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("tws://") {
            None if text == "paper" => Ok(Self::Paper),
            None => Err(format!("{text:?} is not a venue: say paper or tws://127.0.0.1:PORT")),
            Some(address) => address.parse().map(Self::Tws).map_err(|_| format!("{address:?} is not IP:PORT")),
        }
    }
}

impl std::str::FromStr for Trading {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "exchange" => Ok(Self(Hours::Exchange)),
            "always" => Ok(Self(Hours::AroundTheClock)),
            other => Err(format!("{other:?} are no hours: say exchange or always")),
        }
    }
}

impl std::str::FromStr for Log {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        EnvFilter::try_new(text).map(|_| Self(text.to_owned())).map_err(|error| error.to_string())
    }
}

/// One reading for the command line and the file.
macro_rules! from_string {
    ($($name:ty),*) => {$(
        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }
    )*};
}
from_string!(Listen, Near, Venue, Trading, Log);

pub(crate) fn read(path: &Path) -> Result<Config, End> {
    let text = std::fs::read_to_string(path).map_err(|why| End::Usage(format!("{}: {why}", path.display())))?;
    understood(path, &text)
}

pub(super) fn understood(path: &Path, text: &str) -> Result<Config, End> {
    toml::from_str(text).map_err(|error| {
        let (line, column) = place(text, error.span().map_or(0, |span| span.start));
        let what = format!("{}:{line}:{column}: {}", path.display(), error.message().replace('\n', " "));
        let refusal = Refusal::own("config_malformed", &[("why", &what)]);
        let refusal = refusal.with("file", path.display().to_string()).with("line", line).with("column", column);
        refusal.with(POINTER, pointer(&error.to_string())).into()
    })
}

/// Of what the parser says only the lines that show the place: what is wrong there has been said.
fn pointer(told: &str) -> String {
    let shown = |line: &&str| line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').starts_with('|');
    told.lines().filter(shown).collect::<Vec<_>>().join("\n")
}

/// Line and column of a byte, both counted from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |rest| rest.chars().count()) + 1;
    (line, column)
}

pub(crate) fn run(common: &Common, verb: Verb) -> Done {
    let Verb::Check { file, config } = verb;
    let path = file.or(config).ok_or_else(|| End::Usage("name the file".to_owned()))?;
    let config = read(&path)?;
    let data = config.data.as_ref().map(|data| data.display().to_string());
    let store = config.store.clone().map(|keys| keys.settle(None)).transpose()?.flatten();
    let store = store.map(|(place, _)| place.to_string());
    let tws = config.tws.map(|listen| format!("127.0.0.1:{}", listen.0));
    // Beside demo trading, as a start of this very file would have it.
    let settle = |keys: PortalKeys| keys.settle(None, portal_port(config.tws));
    let portal = config.portal.map(settle).transpose()?;
    let shown = |tell: fn(&Settings) -> String| portal.as_ref().map(tell);
    let (listen, origin) =
        (shown(|portal| portal.listen.to_string()), shown(|portal| portal.origin.as_str().to_owned()));
    let alone = portal.as_ref().and_then(alone);
    let certificates = shown(|portal| kind(portal.tls.as_ref()).to_owned());
    let proxies: Vec<String> = portal.iter().flat_map(|portal| &portal.proxies).map(ToString::to_string).collect();
    let venue = config.venue.map(|venue| match venue {
        Venue::Paper => "paper".to_owned(),
        Venue::Tws(address) => format!("tws://{address}"),
    });
    let hours = config.hours.map(|hours| trading(hours.0));
    let log = config.log.map(|log| log.0);
    let sms = config.sms.map(|sender| sender.0.join(" "));
    let notify = config.notify.as_ref().map(NotifyKeys::check).transpose()?.unwrap_or_default();
    let smtp = config.notify.as_ref().and_then(|keys| keys.smtp.as_ref());
    // Where a start of this very file would have it.
    let home = places::data_or(common, config.data.clone()).ok();
    let settle = |keys: CheckpointKeys| keys.settle(smtp, home.as_deref());
    let outside = config.checkpoints.map(settle).transpose()?.map(|outside| checkpoint_keys::told(&outside));
    let outside = outside.unwrap_or_default();
    let metrics = config.metrics.map(|near| near.0.to_string());
    let traces = config.traces.map(shown_collector).transpose()?;
    let countries = config.detection.as_ref().map(DetectionKeys::check).transpose()?.flatten();
    let replayed = config.prices.as_deref().map(replayed).transpose()?;
    if common.json {
        let seed = config.seed;
        let stated = json!({
            "data": data, "store": store, "tws": tws, "portal": listen, "portal_origin": origin, "portal_tls": certificates,
            "portal_trusted_proxies": proxies, "venue": venue, "seed": seed, "hours": hours, "prices": replayed, "log": log,
            "sms": sms, "notify": notify, "checkpoints": outside, "countries": countries,
            "metrics": metrics, "traces": traces,
        });
        value(&json!({ "sound": true, "file": path.display().to_string(), "config": stated }));
        return Ok(());
    }
    line(&format!("{} is sound.", path.display()));
    facts(&[
        ("data", data.unwrap_or_default()),
        ("store", store.unwrap_or_default()),
        ("tws", tws.unwrap_or_default()),
        ("portal", listen.unwrap_or_default()),
        ("portal origin", origin.unwrap_or_default()),
        ("portal tls", certificates.unwrap_or_default()),
        ("portal proxies", proxies.join(", ")),
        ("venue", venue.unwrap_or_default()),
        ("seed", config.seed.map(|seed| seed.to_string()).unwrap_or_default()),
        ("hours", hours.unwrap_or_default().to_owned()),
        ("prices", replayed.unwrap_or_default()),
        ("log", log.unwrap_or_default()),
        ("sms", sms.unwrap_or_default()),
        ("notices", notify.join(", ")),
        ("checkpoints", outside.join(", ")),
        ("countries", countries.unwrap_or_default()),
        ("metrics", metrics.unwrap_or_default()),
        ("traces", traces.unwrap_or_default()),
    ]);
    alone.iter().for_each(|name| line(name));
    Ok(())
}

fn trading(hours: Hours) -> &'static str {
    match hours {
        Hours::Exchange => "exchange",
        Hours::AroundTheClock => "always",
    }
}

/// Read as a start would read it.
fn replayed(file: &Path) -> Result<String, End> {
    prices::read(file).map_err(End::Usage)?;
    Ok(file.display().to_string())
}

/// Said where something else may be at the name: at another port of it.
fn alone(portal: &Settings) -> Option<String> {
    let origin = &portal.origin;
    let shared = origin.is_secure() && !origin.is_localhost() && origin.authority() != origin.host();
    let why = "browsers send its cookies to every port";
    shared.then(|| format!("The name {} must be the portal's alone: {why}.", origin.host()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listener_is_on_loopback() {
        assert_eq!("127.0.0.1:4100".parse(), Ok(Listen(4_100)));
        for text in ["0.0.0.0:4100", "127.0.0.1:0", "127.0.0.1", "localhost:4100", "[::1]:4100", ""] {
            assert!(text.parse::<Listen>().is_err(), "{text}");
        }
    }

    #[test]
    fn whoever_misspells_a_key_is_told_all_of_them() {
        let error = toml::from_str::<Config>("leverage = 3\n").err().map(|error| error.to_string()).unwrap_or_default();
        let (_, known) = error.split_once("expected one of ").unwrap_or_default();
        let remedy = lexicon::refusal("config_malformed", &[]).remedy;
        let told: Vec<&str> = remedy.split([' ', ',', '.']).collect();
        let keys: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        assert!(keys.len() > 10 && keys.iter().all(|key| told.contains(key)), "{keys:?}: {remedy}");
    }

    #[test]
    fn the_place_of_a_mistake_is_shown_and_not_its_text_again() {
        let error = toml::from_str::<Config>("seed = 7\nleverage = 3\n").err().map(|error| error.to_string());
        let shown = error.as_deref().map(pointer);
        assert_eq!(shown.as_deref(), Some("  |\n2 | leverage = 3\n  | ^^^^^^^^"));
    }

    #[test]
    fn what_sends_sms_is_a_program_by_its_whole_path() {
        let read = |text: &str| toml::from_str::<Config>(text).map(|config| config.sms.map(|sender| sender.0));
        let words = ["/usr/bin/send", "--quiet"].map(str::to_owned).to_vec();
        assert_eq!(read("sms = [\"/usr/bin/send\", \"--quiet\"]"), Ok(Some(words)));
        assert_eq!(read(""), Ok(None));
        for wrong in ["sms = []", "sms = [\"send\"]", "sms = \"/usr/bin/send\"", "sms = [\"\"]"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_byte_has_a_line_and_a_column() {
        assert_eq!(place("a = 1\nbéd = 2\n", 0), (1, 1));
        assert_eq!(place("a = 1\nbéd = 2\n", 9), (2, 3));
    }
}
