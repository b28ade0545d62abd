//! What a configuration names: certificates, the mail server's and the webhooks' secrets, the file of countries. Nothing is asked of
//! another machine, and no secret is told.

use super::{Found, State, found};
use crate::portal_door;
use crate::serve::Options;
use notify::{SecretFrom, Smtp, Webhook, WebhookSettings};
use portal::tls::{Certificates, look};
use service::words::names::moment;
use service::{Clock, SystemClock};

const DAY_MS: i64 = 86_400_000;
/// What is renewed by somebody should have been by then.
const SOON_MS: i64 = 14 * DAY_MS;

pub(super) fn all(options: &Options) -> Vec<Found> {
    let mut all: Vec<Found> = portal_door::certificates(options)
        .map(|certificates| certificate(&certificates, options.portal.origin.host(), SystemClock.now().0))
        .into_iter()
        .collect();
    if let Some(smtp) = &options.notify.smtp {
        let opened = Smtp::open(smtp, variable).map(drop).map_err(|why| why.to_string());
        all.push(secret("mail", smtp.password.as_ref(), opened, &smtp.place()));
    }
    let witness = options.outside.as_ref().and_then(|outside| outside.webhook.as_ref());
    all.extend(options.notify.webhooks.iter().chain(witness).map(webhook));
    if let Some(path) = &options.countries {
        all.push(match portal::Countries::open(path) {
            Ok(_) => found("countries", State::Good, path.display().to_string()),
            Err(why) => found("countries", State::Wrong, format!("{why}: docs/detection.md")),
        });
    }
    all
}

fn variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}

fn webhook(settings: &WebhookSettings) -> Found {
    let opened = Webhook::open(settings, variable).map(drop).map_err(|why| why.to_string());
    secret("webhook", Some(&settings.secret), opened, &settings.name)
}

/// What stands in the server's own environment may be missing in this one.
fn secret(what: &'static str, from: Option<&SecretFrom>, opened: Result<(), String>, place: &str) -> Found {
    let elsewhere = match from {
        Some(SecretFrom::Env(name)) => variable(name).is_none(),
        Some(SecretFrom::Credential(_)) => variable("CREDENTIALS_DIRECTORY").is_none(),
        Some(SecretFrom::File(_)) | None => false,
    };
    match opened {
        Ok(()) => found(what, State::Good, format!("{place}; nothing was sent")),
        Err(_) if elsewhere => {
            found(what, State::Look, format!("{place}: its secret is in the server's environment only"))
        }
        Err(why) => found(what, State::Wrong, why),
    }
}

fn certificate(certificates: &Certificates, host: &str, now: i64) -> Found {
    let what = "certificate";
    let (looked, acme) = (look(certificates, host), matches!(certificates, Certificates::Acme(_)));
    match looked {
        Err(why) => found(what, State::Wrong, format!("{why}: docs/portal.md")),
        Ok(None) if acme => {
            let told = format!(
                "none has come for {host} yet: the server asks for it when it serves, and logs why it gets none"
            );
            found(what, State::Look, told)
        }
        Ok(None) => found(what, State::Look, format!("none is made for {host} yet: the first start makes it")),
        Ok(Some(one)) => {
            let until = moment(one.until);
            if let Some(mode) = one.open {
                let told =
                    format!("its key can be read by others (mode {mode:o}): chmod 600, or 640 for a group of its own");
                return found(what, State::Wrong, told);
            }
            match one.until.0.saturating_sub(now) {
                i64::MIN..=0 => found(what, State::Wrong, format!("it ended at {until}: browsers refuse it; renew it")),
                _ if now < one.from.0 => {
                    found(what, State::Wrong, format!("it holds from {} on: compare the clock", moment(one.from)))
                }
                1..=SOON_MS => {
                    found(what, State::Look, format!("it ends at {until}: whatever renews it should have done so"))
                }
                _ => found(what, State::Good, format!("for {host}, until {until}")),
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use portal::tls::{Acme, Pair};
    use std::os::unix::fs::PermissionsExt;
    use std::path::{Path, PathBuf};

    const HOST: &str = "trade.example.test";

    /// A pair of files that ends with the given year.
    fn pair(directory: &Path, host: &str, until: i32) -> Pair {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let mut asked = rcgen::CertificateParams::new(vec![host.to_owned()]).unwrap();
        (asked.not_before, asked.not_after) = (rcgen::date_time_ymd(2020, 1, 1), rcgen::date_time_ymd(until, 1, 1));
        let made = asked.self_signed(&key).unwrap();
        let pair = Pair { certificate: directory.join("certificate.pem"), key: directory.join("key.pem") };
        std::fs::write(&pair.certificate, made.pem()).unwrap();
        std::fs::write(&pair.key, key.serialize_pem()).unwrap();
        std::fs::set_permissions(&pair.key, PermissionsExt::from_mode(0o600)).unwrap();
        pair
    }

    fn place(name: &str) -> PathBuf {
        let directory = std::env::temp_dir().join(format!("portreeve-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        directory
    }

    fn told(pair: &Pair, now: &str) -> (State, String) {
        let now = now.parse::<jiff::Timestamp>().unwrap().as_millisecond();
        let found = certificate(&Certificates::Files(pair.clone()), HOST, now);
        (found.state, found.told)
    }

    #[test]
    fn a_certificate_that_ends_is_of_another_name_or_has_an_open_key_is_told() {
        let directory = place("certificates");
        let sound = pair(&directory, HOST, 2030);
        for (now, state, word) in [
            ("2026-11-23T00:00:00Z", State::Good, "until 2030-01-01"),
            ("2029-12-20T00:00:00Z", State::Look, "ends at 2030-01-01"),
            ("2030-01-01T00:00:00Z", State::Wrong, "ended at 2030-01-01"),
            ("2019-12-31T00:00:00Z", State::Wrong, "holds from 2020-01-01"),
        ] {
            let (found, text) = told(&sound, now);
            assert!(found == state && text.contains(word), "{now}: {text}");
        }
        let now = "2026-11-23T00:00:00Z";
        std::fs::set_permissions(&sound.key, PermissionsExt::from_mode(0o644)).unwrap();
        assert!(told(&sound, now).1.contains("mode 644"), "{:?}", told(&sound, now));
        let other = pair(&directory, "other.example.test", 2030);
        assert!(told(&other, now).1.contains("not for trade.example.test"), "{:?}", told(&other, now));
        std::fs::remove_file(&other.key).unwrap();
        assert_eq!(told(&other, now).0, State::Wrong);
        std::fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn what_is_made_or_asked_for_at_the_first_start_is_nothing_wrong() {
        let directory = place("not-made");
        let acme = Acme { server: "https://ca.test/d".into(), contact: vec![], root: None, kept: directory.clone() };
        for certificates in [Certificates::LocalCa(directory.clone()), Certificates::Acme(acme)] {
            assert_eq!(certificate(&certificates, HOST, 0).state, State::Look, "{certificates:?}");
        }
        assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 0, "a look makes nothing");
        std::fs::remove_dir_all(directory).unwrap();
    }
}
