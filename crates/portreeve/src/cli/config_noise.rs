//! Noise laid over configuration files: each is understood or refused at a place that it has, and nothing falls over.

use super::End;
use super::config::{Config, understood};
use super::portal_keys::PortalKeys;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const EACH: Duration = Duration::from_secs(15);
/// Lines that some start understands, a few of which make a file; most of what noise makes of them is still TOML.
const LINES: &[&str] = &[
    "data = \"here\"",
    "tws = \"127.0.0.1:4300\"",
    "venue = \"tws://127.0.0.1:4002\"",
    "venue = \"paper\"",
    "seed = 7",
    "hours = \"exchange\"",
    "log = \"info,service=debug\"",
    "sms = [\"/usr/bin/send\", \"--quiet\"]",
    "portal = \"127.0.0.1:4380\"",
    "[portal]",
    "origin = \"https://trade.example\"",
    "listen = \"0.0.0.0:443\"",
    "trusted_proxies = [\"127.0.0.1\", \"::1\"]",
    "tls = { local_ca = true }",
    "[portal.tls]",
    "certificate = \"/etc/cert.pem\"",
    "key = \"/etc/key.pem\"",
    "acme = { directory = \"https://acme.example/dir\", contact = [\"mailto:a@b.example\"] }",
    "[notify.smtp]",
    "host = \"mail.example.com\"",
    "tls = \"starttls\"",
    "from = \"gate@trade.example\"",
    "[notify.push]",
    "hosts = [\"push.example\"]",
    "[[notify.webhook]]",
    "name = \"ops\"",
    "url = \"https://ops.example/in?token=7\"",
    "secret = { env = \"H\" }",
    "[checkpoints]",
    "file = \"/mnt/kept\"",
    "email = \"a@b.example\"",
    "every = \"2h\"",
    "webhook = { name = \"w\", url = \"https://w.example/\", secret = { env = \"H\" } }",
    "[traces]",
    "endpoint = \"http://127.0.0.1:4318/v1/traces\"",
    "ca = \"/etc/ca.pem\"",
    "[detection]",
    "countries = \"/nowhere.mmdb\"",
    "trusted_proxies = [",
    "\u{feff}bo\u{301}m = \"\u{1f600}\"",
];

static UNDERSTOOD: AtomicUsize = AtomicUsize::new(0);
static REFUSED: AtomicUsize = AtomicUsize::new(0);

/// As a start would: what is understood is settled and judged, but nothing is opened.
fn settle(config: Config) {
    UNDERSTOOD.fetch_add(1, Ordering::Relaxed);
    let _portal = config.portal.map(|keys: PortalKeys| keys.settle(None, 4_180).map(|_| ()));
    let smtp = config.notify.as_ref().and_then(|keys| keys.smtp.clone());
    let _notices = config.notify.map(|keys| keys.check().map(|_| ()));
    let _traces = config.traces.map(|settings| super::config::collector(settings).map(|_| ()));
    let _outside = config.checkpoints.map(|keys| keys.settle(smtp.as_ref(), config.data.as_deref()).map(|_| ()));
}

fn look(text: &str) {
    match understood(Path::new("noise.toml"), text) {
        Ok(config) => settle(config),
        Err(End::Refused(refusal)) => {
            REFUSED.fetch_add(1, Ordering::Relaxed);
            let place = refusal.text.split("noise.toml:").nth(1).unwrap_or_default();
            let line = place.split(':').next().and_then(|line| line.parse::<usize>().ok()).unwrap_or(usize::MAX);
            assert!((1..=text.matches('\n').count() + 1).contains(&line), "{}", refusal.text);
        }
        Err(other) => assert!(matches!(other, End::Refused(_)), "{other:?}"),
    }
}

#[test]
fn whatever_is_in_a_configuration_file_it_is_understood_or_refused_by_line() {
    bolero::check!().with_test_time(EACH).with_type::<(Vec<u8>, Vec<(u16, u8)>, Vec<u8>)>().for_each(
        |(picks, changes, noise)| {
            look(&String::from_utf8_lossy(noise));
            let lines = picks.iter().take(12).filter_map(|pick| LINES.get(usize::from(*pick) % LINES.len()));
            let mut bytes = lines.copied().collect::<Vec<_>>().join("\n").into_bytes();
            look(&String::from_utf8_lossy(&bytes));
            for (at, byte) in changes.iter().take(4) {
                let at = usize::from(*at) % bytes.len().max(1);
                if let Some(changed) = bytes.get_mut(at) {
                    *changed = *byte;
                }
            }
            look(&String::from_utf8_lossy(&bytes));
        },
    );
    let (understood, refused) = (UNDERSTOOD.load(Ordering::Relaxed), REFUSED.load(Ordering::Relaxed));
    assert!(understood > 10 && refused > 100, "{understood} understood, {refused} refused");
}
