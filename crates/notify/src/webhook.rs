//! Webhook: a notice as JSON to an address that the operator has configured, signed as Standard Webhooks has it.

use crate::place::{self, Place};
use crate::{Carrier, Misconfigured, NotSent, Parcel, SecretFrom};
use async_trait::async_trait;
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use kernel::time::Timestamp;
use serde::Deserialize;
use serde_json::json;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use url::Url;
use zeroize::Zeroizing;

/// Of the key, by the standard.
const KEY_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    pub name: String,
    pub url: String,
    pub secret: SecretFrom,
    /// A certificate file to trust instead of the roots that browsers trust.
    pub ca: Option<PathBuf>,
    /// Each fill, too.
    #[serde(default)]
    pub fills: bool,
}

impl WebhookSettings {
    /// What can be judged without the secret.
    pub fn check(&self) -> Result<Url, Misconfigured> {
        let wrong = |why: &str| Misconfigured::stated(format!("webhook {:?}: {why}", self.name));
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.name.is_empty() || self.name.len() > 40 || !self.name.chars().all(plain) {
            return Err(wrong("its name is 1 to 40 small letters, digits and hyphens"));
        }
        place::judged(&self.url).map_err(wrong)
    }
}

pub struct Webhook {
    place: Place,
    key: hmac::Key,
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("host", &self.place.host).finish_non_exhaustive()
    }
}

impl Webhook {
    /// `variable` reads the environment.
    pub fn open(
        settings: &WebhookSettings,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, Misconfigured> {
        let url = settings.check()?;
        let wrong = |why: &str| Misconfigured::stated(format!("webhook {:?}: {why}", settings.name));
        let place = Place::open(&url, settings.ca.as_deref(), wrong)?;
        let key = key(&settings.secret.read(variable)?).ok_or_else(|| wrong(NO_KEY))?;
        Ok(Self { place, key })
    }

    async fn deliver(&self, parcel: &Parcel, now: Timestamp) -> Result<(), NotSent> {
        let request = self.request(parcel, now)?;
        match self.place.post(request, "the webhook did not answer in time").await? {
            status if status.is_success() => Ok(()),
            // "Gone" is how a receiver says that it wants no more.
            StatusCode::GONE => Err(NotSent::Never("it answered 410: it wants no more".to_owned())),
            status if status.is_redirection() => {
                Err(NotSent::Later(format!("it answered {}: redirects are not followed", status.as_u16())))
            }
            status => Err(NotSent::Later(format!("it answered {}", status.as_u16()))),
        }
    }

    fn request(&self, parcel: &Parcel, now: Timestamp) -> Result<Request<Full<Bytes>>, NotSent> {
        let body = body(parcel);
        let seconds = now.0.div_euclid(1_000);
        let signature = sign(&self.key, &parcel.id, seconds, &body);
        self.place
            .request()
            .header("content-type", "application/json")
            .header("webhook-id", &parcel.id)
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", format!("v1,{signature}"))
            .body(Full::new(Bytes::from(body)))
            .map_err(|why| NotSent::Never(why.to_string()))
    }
}

const NO_KEY: &str = "its secret is written whsec_ and 24 to 64 bytes in base64";

fn key(secret: &str) -> Option<hmac::Key> {
    let bytes = Zeroizing::new(STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?);
    KEY_BYTES.contains(&bytes.len()).then(|| hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

fn sign(key: &hmac::Key, id: &str, seconds: i64, body: &str) -> String {
    STANDARD.encode(hmac::sign(key, format!("{id}.{seconds}.{body}").as_bytes()))
}

fn body(parcel: &Parcel) -> String {
    let at = jiff::Timestamp::from_millisecond(parcel.at.0).map(|at| at.to_string()).unwrap_or_default();
    let links: Vec<_> = parcel.links.iter().map(|link| json!({ "words": link.words, "url": link.url })).collect();
    let mut data = json!({
        "customer": parcel.customer, "subject": parcel.subject, "text": parcel.text, "links": links,
    });
    if let (Some(attached), Some(members)) = (&parcel.attached, data.as_object_mut()) {
        members.insert(attached.name.clone(), attached.text.clone().into());
    }
    json!({ "type": parcel.kind, "timestamp": at, "data": data }).to_string()
}

#[async_trait]
impl Carrier for Webhook {
    async fn send(&self, _: &str, parcel: &Parcel, now: Timestamp) -> Result<(), NotSent> {
        self.deliver(parcel, now).await
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_one_of_the_standards_own_example() {
        // The example that all libraries of Standard Webhooks are tested with.
        let key = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let signed = sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}");
        assert_eq!(signed, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_written_as_the_standard_has_it() {
        for secret in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_c2hvcnQ=", "whsec_?"] {
            assert!(key(secret).is_none(), "{secret:?}");
        }
    }

    fn settings(url: &str) -> WebhookSettings {
        let secret = SecretFrom::Env("HOOK".into());
        WebhookSettings { name: "ops".into(), url: url.into(), secret, ca: None, fills: false }
    }

    #[test]
    fn a_url_is_https_or_on_this_machine_and_holds_no_secret() {
        for url in ["https://ops.example/in?a=1", "http://127.0.0.1:9/in", "http://localhost/", "http://[::1]:1/"] {
            assert!(settings(url).check().is_ok(), "{url}");
        }
        for url in [
            "",
            "ops.example",
            "http://ops.example/",
            "http://10.0.0.1/",
            "ftp://localhost/",
            "https://a:b@ops.example/",
            "https://ops.example/#x",
            "file:///etc/passwd",
            "http://localhost.example/",
        ] {
            assert!(settings(url).check().is_err(), "{url}");
        }
        for name in ["", "Ops", "a b", "a/b"] {
            let named = WebhookSettings { name: name.into(), ..settings("https://ops.example/") };
            assert!(named.check().is_err(), "{name:?}");
        }
    }

    #[test]
    fn what_a_webhook_shows_of_itself_is_its_host() {
        let secret = |_: &str| Some(OsString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
        let hook = Webhook::open(&settings("https://ops.example/in?token=1"), secret).unwrap();
        assert_eq!(format!("{hook:?}"), "Webhook { host: \"ops.example\", .. }");
    }
}
