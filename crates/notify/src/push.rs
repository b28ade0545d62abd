//! Web Push (RFC 8030): one word and an id to a browser's push service, encrypted for the browser.

mod encrypt;
mod endpoint;
mod subscription;
mod vapid;

pub use endpoint::{Endpoint, Hosts, NotAHost, NotAnEndpoint};
pub use subscription::{NotASubscription, Subscription};
pub use vapid::{NoKey, VapidKey};

use crate::post::{LIMIT, Secured, post};
use crate::{Address, Carrier, Misconfigured, NotSent, Parcel, tls};
use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Response, StatusCode, header};
use kernel::push;
use kernel::push::Hint;
use kernel::time::Timestamp;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde::Deserialize;
use serde_json::json;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use zeroize::Zeroizing;

const DAY_SECONDS: i64 = 86_400;
/// RFC 8030: 32 characters of base64url at the most.
const TOPIC_BYTES: usize = 24;
/// A push service that says when to come back is believed so far.
const LONGEST_WAIT_SECONDS: i64 = 3_600;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushSettings {
    /// Told to push services, so that they can say when something is wrong: `mailto:` an address.
    pub contact: String,
    /// The push services that are spoken to.
    #[serde(default = "Hosts::usual")]
    pub hosts: Vec<String>,
    /// A certificate file to trust instead of the roots that browsers trust.
    pub ca: Option<PathBuf>,
}

impl PushSettings {
    /// What can be judged without the key.
    pub fn check(&self) -> Result<Hosts, Misconfigured> {
        let wrong = |why: &dyn fmt::Display| Misconfigured::stated(format!("push: {why}"));
        let address = self.contact.strip_prefix("mailto:").unwrap_or_default();
        if !Address::parse(address).is_ok_and(|one| one.text().eq_ignore_ascii_case(address)) {
            return Err(wrong(&"contact is written mailto:name@domain"));
        }
        Hosts::parse(&self.hosts).map_err(|why| wrong(&why))
    }
}

pub struct Push {
    contact: String,
    hosts: Hosts,
    tls: Arc<ClientConfig>,
    /// It is sealed: what opens it starts later than what is told.
    key: OnceLock<VapidKey>,
}

impl fmt::Debug for Push {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Push").field("hosts", &self.hosts).finish_non_exhaustive()
    }
}

impl Push {
    pub fn open(settings: &PushSettings) -> Result<Self, Misconfigured> {
        let (hosts, tls) = (settings.check()?, tls::client(settings.ca.as_deref())?);
        Ok(Self { contact: settings.contact.clone(), hosts, tls, key: OnceLock::new() })
    }

    /// The first one stays.
    pub fn sign_with(&self, key: VapidKey) {
        drop(self.key.set(key));
    }

    /// What a browser subscribes with; `None` until there is a key.
    pub fn public_key(&self) -> Option<&str> {
        self.key.get().map(VapidKey::public)
    }

    /// Of what a browser has said.
    pub fn subscription(&self, endpoint: &str, p256dh: &str, auth: &str) -> Result<Subscription, NotASubscription> {
        Subscription::parse(endpoint, p256dh, auth, &self.hosts)
    }

    async fn deliver(&self, to: &str, parcel: &Parcel, now: Timestamp) -> Result<(), NotSent> {
        let to = Subscription::read(to, &self.hosts).map_err(|why| NotSent::Never(why.to_string()))?;
        let request = self.request(&to, parcel, now)?;
        let (host, port) = (to.endpoint().host().to_owned(), to.endpoint().port());
        let name = ServerName::try_from(host.clone()).map_err(|why| NotSent::Never(why.to_string()))?;
        let secured: Secured = (Arc::clone(&self.tls), name);
        judged(&host, &post((&host, port), Some(&secured), request).await?)
    }

    fn request(&self, to: &Subscription, parcel: &Parcel, now: Timestamp) -> Result<Request<Full<Bytes>>, NotSent> {
        let never = |why: &dyn fmt::Display| NotSent::Never(why.to_string());
        let hint = Hint::ALL.into_iter().find(|one| one.as_str() == parcel.kind);
        let hint = hint.ok_or_else(|| never(&"a push says nothing of this kind"))?;
        let body = encrypt::encrypt(to, said(hint, parcel).as_bytes()).map_err(|why| never(&why))?;
        let key = self.key.get().ok_or_else(|| NotSent::Later(NoKey.to_string()))?;
        let origin = to.endpoint().origin();
        let authorization = key.authorization(&origin, &self.contact, now).map_err(|why| never(&why))?;
        let target = to.endpoint().text().strip_prefix(&origin).unwrap_or("/");
        let (lives, urgency) = (lives(parcel, now), care(hint));
        Request::post(target)
            .header(header::HOST, to.endpoint().service())
            .header(header::USER_AGENT, "portreeve")
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header(header::CONTENT_ENCODING, "aes128gcm")
            .header(header::AUTHORIZATION, authorization)
            .header("ttl", lives.to_string())
            .header("urgency", urgency)
            .header("topic", topic(&parcel.id))
            .body(Full::new(Bytes::from(body)))
            // Its words would be of the address.
            .map_err(|_| never(&"no request can be made of it"))
    }
}

/// All of it: what happened is for the portal to say, to whoever is signed in there.
fn said(hint: push::Hint, parcel: &Parcel) -> Zeroizing<String> {
    Zeroizing::new(json!({ "v": 1, "kind": hint.as_str(), "id": parcel.id }).to_string())
}

/// For how many seconds it is worth keeping where the browser is not reached: a question, for as long as it waits.
fn lives(parcel: &Parcel, now: Timestamp) -> i64 {
    parcel.until.map_or(DAY_SECONDS, |until| (until.since(now) / 1_000).clamp(0, DAY_SECONDS))
}

/// Whether it wakes a phone that sleeps.
const fn care(hint: push::Hint) -> &'static str {
    match hint {
        push::Hint::Approval | push::Hint::Security | push::Hint::Alert => "high",
        push::Hint::Fill => "normal",
    }
}

/// One that is sent again takes the place of the first.
fn topic(id: &str) -> String {
    let hash = digest(&SHA256, id.as_bytes());
    URL_SAFE_NO_PAD.encode(hash.as_ref().get(..TOPIC_BYTES).unwrap_or_default())
}

fn judged(host: &str, answer: &Response<()>) -> Result<(), NotSent> {
    let status = answer.status();
    let told = format!("{host} answered {}", status.as_u16());
    match status {
        status if status.is_success() => Ok(()),
        StatusCode::NOT_FOUND | StatusCode::GONE => Err(NotSent::Gone(told)),
        StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => Err(NotSent::Never(told)),
        status if status.is_redirection() => Err(NotSent::Later(format!("{told}: redirects are not followed"))),
        _ => Err(match wait(answer) {
            Some(seconds) => NotSent::Wait { why: told, ms: seconds.saturating_mul(1_000) },
            None => NotSent::Later(told),
        }),
    }
}

/// In seconds; as a date it is not read.
fn wait(answer: &Response<()>) -> Option<i64> {
    let text = answer.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    text.parse().ok().map(|seconds: i64| seconds.clamp(0, LONGEST_WAIT_SECONDS))
}

#[async_trait]
impl Carrier for Push {
    async fn send(&self, to: &str, parcel: &Parcel, now: Timestamp) -> Result<(), NotSent> {
        let late = |_| NotSent::Later("the push service did not answer in time".to_owned());
        tokio::time::timeout(LIMIT, self.deliver(to, parcel, now)).await.map_err(late)?
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn settings(contact: &str, hosts: &[&str]) -> PushSettings {
        let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
        PushSettings { contact: contact.into(), hosts, ca: None }
    }

    #[test]
    fn whoever_answers_for_it_is_an_address_and_where_it_goes_is_a_list_of_hosts() {
        assert!(settings("mailto:ops@trade.example", &["push.example"]).check().is_ok());
        for contact in
            ["", "ops@trade.example", "mailto:", "mailto:ops", "https://trade.example", "mailto: a@b.example"]
        {
            assert!(settings(contact, &["push.example"]).check().is_err(), "{contact:?}");
        }
        assert!(settings("mailto:ops@trade.example", &[]).check().is_err());
        assert!(settings("mailto:ops@trade.example", &["10.0.0.1"]).check().is_err());
    }

    fn judge(status: u16, retry: Option<&str>) -> Result<(), NotSent> {
        let mut answer = Response::builder().status(status);
        if let Some(retry) = retry {
            answer = answer.header("retry-after", retry);
        }
        judged("push.example", &answer.body(()).unwrap())
    }

    #[test]
    fn what_a_push_service_says_is_taken_as_the_standard_means_it() {
        assert_eq!([201, 200, 202].map(|status| judge(status, None)), [Ok(()), Ok(()), Ok(())]);
        assert!([404, 410].iter().all(|status| matches!(judge(*status, None), Err(NotSent::Gone(_)))));
        assert!([400, 413].iter().all(|status| matches!(judge(*status, None), Err(NotSent::Never(_)))));
        for status in [301, 307, 401, 403, 429, 500, 503] {
            assert!(matches!(judge(status, None), Err(NotSent::Later(_))), "{status}");
        }
        for (said, ms) in [("7", 7_000), ("999999999999", 3_600_000), ("-1", 0)] {
            let waits = NotSent::Wait { why: "push.example answered 429".into(), ms };
            assert_eq!(judge(429, Some(said)), Err(waits), "{said}");
        }
        assert!(matches!(judge(429, Some("Sun, 22 Nov 2026 10:00:00 GMT")), Err(NotSent::Later(_))));
    }

    #[test]
    fn a_topic_is_the_same_for_the_same_notice_and_as_long_as_it_may_be() {
        let (one, two) = (topic("ntc_1"), topic("ntc_2"));
        assert_eq!((one.len(), one == two, one == topic("ntc_1")), (32, false, true));
    }
}
