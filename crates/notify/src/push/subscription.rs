//! Subscription: an endpoint and the two keys of a browser that reads what is sent there. All of it is kept sealed.

use super::endpoint::{Endpoint, Hosts};
use aws_lc_rs::agreement::{ECDH_P256, ParsedPublicKey, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

pub(crate) const POINT_BYTES: usize = 65;
pub(crate) const AUTH_BYTES: usize = 16;
/// Of a point that is written as it is, neither compressed nor with another curve's length.
const UNCOMPRESSED: u8 = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotASubscription {
    /// Its push service is not one of those that are spoken to.
    #[error("this server does not speak to that push service")]
    Endpoint,
    #[error("the keys of a subscription are a point of P-256 and 16 bytes, in base64url")]
    Keys,
}

#[derive(Clone, PartialEq, Eq)]
pub struct Subscription {
    endpoint: Endpoint,
    p256dh: [u8; POINT_BYTES],
    auth: Zeroizing<[u8; AUTH_BYTES]>,
}

/// As it is kept.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    endpoint: String,
    p256dh: String,
    auth: String,
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.endpoint.zeroize();
        self.auth.zeroize();
    }
}

impl Subscription {
    /// As a browser says it.
    pub fn parse(endpoint: &str, p256dh: &str, auth: &str, hosts: &Hosts) -> Result<Self, NotASubscription> {
        let endpoint = Endpoint::parse(endpoint, hosts).map_err(|_| NotASubscription::Endpoint)?;
        let p256dh: [u8; POINT_BYTES] = bytes(p256dh)?;
        let on_the_curve = ParsedPublicKey::try_from(UnparsedPublicKey::new(&ECDH_P256, p256dh)).is_ok();
        if p256dh.first() != Some(&UNCOMPRESSED) || !on_the_curve {
            return Err(NotASubscription::Keys);
        }
        Ok(Self { endpoint, p256dh, auth: Zeroizing::new(bytes(auth)?) })
    }

    /// As it was kept; where the list of hosts is another by now, it is no subscription any more.
    pub fn read(text: &str, hosts: &Hosts) -> Result<Self, NotASubscription> {
        let kept: Kept = serde_json::from_str(text).map_err(|_| NotASubscription::Keys)?;
        Self::parse(&kept.endpoint, &kept.p256dh, &kept.auth, hosts)
    }

    /// To be sealed.
    pub fn text(&self) -> Zeroizing<String> {
        let kept = Kept {
            endpoint: self.endpoint.text().to_owned(),
            p256dh: URL_SAFE_NO_PAD.encode(self.p256dh),
            auth: URL_SAFE_NO_PAD.encode(*self.auth),
        };
        Zeroizing::new(serde_json::to_string(&kept).unwrap_or_default())
    }

    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }
    pub(crate) fn p256dh(&self) -> &[u8; POINT_BYTES] {
        &self.p256dh
    }
    pub(crate) fn auth(&self) -> &[u8; AUTH_BYTES] {
        &self.auth
    }
}

fn bytes<const N: usize>(text: &str) -> Result<[u8; N], NotASubscription> {
    // As long as it has to be: nothing is read that could not be it.
    let long = text.len() == N.saturating_mul(4).div_ceil(3);
    let read = Some(text).filter(|_| long).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    read.and_then(|bytes| bytes.try_into().ok()).ok_or(NotASubscription::Keys)
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const ENDPOINT: &str = "https://fcm.googleapis.com/fcm/send/secret";
    const POINT: &str = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

    fn hosts() -> Hosts {
        Hosts::parse(&Hosts::usual()).unwrap()
    }

    #[test]
    fn what_is_kept_is_read_again_and_shows_nothing_of_itself() {
        let said = Subscription::parse(ENDPOINT, POINT, AUTH, &hosts()).unwrap();
        assert_eq!(Subscription::read(&said.text(), &hosts()).unwrap(), said);
        let shown = format!("{said:?}");
        assert!(!shown.contains("secret") && !shown.contains(AUTH) && !shown.contains(POINT), "{shown}");
        let other = Hosts::parse(&["push.example".to_owned()]).unwrap();
        assert_eq!(Subscription::read(&said.text(), &other), Err(NotASubscription::Endpoint));
    }

    #[test]
    fn keys_that_are_none_are_refused() {
        let off_the_curve = POINT.replace("Aiw4", "Aiw8");
        let compressed = URL_SAFE_NO_PAD.encode([2_u8; 33]);
        let zeros = URL_SAFE_NO_PAD.encode([0_u8; POINT_BYTES]);
        let padded = format!("{AUTH}==");
        let long = "A".repeat(4_000);
        for (p256dh, auth) in [
            ("", AUTH),
            (POINT, ""),
            (AUTH, AUTH),
            (POINT, POINT),
            (off_the_curve.as_str(), AUTH),
            (&compressed, AUTH),
            (&zeros, AUTH),
            (POINT, &padded),
            (&long, AUTH),
            (POINT, &long),
        ] {
            let read = Subscription::parse(ENDPOINT, p256dh, auth, &hosts());
            assert_eq!(read.unwrap_err(), NotASubscription::Keys, "{p256dh} {auth}");
        }
    }
}
