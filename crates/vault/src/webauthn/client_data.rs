//! What the browser says it signed for: WA-01 to WA-03, over the exact bytes that were signed.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::refusal::NotProven;
use super::relying_party::RelyingParty;
use crate::base64url;

pub(super) const CREATE: &str = "webauthn.create";
pub(super) const GET: &str = "webauthn.get";

/// Members we do not know are let pass, as the standard asks; one that is there twice is an error.
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin")]
    cross_origin: Option<bool>,
    #[serde(rename = "topOrigin")]
    top_origin: Option<IgnoredAny>,
}

pub(super) fn check(bytes: &[u8], kind: &str, challenge: &[u8], party: &RelyingParty) -> Result<(), NotProven> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // Without this an array of the values would be read as well.
    if text.first() != Some(&b'{') {
        return Err(NotProven::Malformed("client data"));
    }
    let data: ClientData = serde_json::from_slice(text).map_err(|_| NotProven::Malformed("client data"))?;
    if data.kind != kind {
        return Err(NotProven::WrongType);
    }
    if data.challenge != base64url::encode(challenge) {
        return Err(NotProven::WrongChallenge);
    }
    if !party.owns(&data.origin) {
        return Err(NotProven::WrongOrigin);
    }
    if data.cross_origin == Some(true) || data.top_origin.is_some() {
        return Err(NotProven::CrossOrigin);
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    const CHALLENGE: [u8; 32] = [7; 32];

    fn read(text: &[u8]) -> Result<(), NotProven> {
        let party = RelyingParty::new("localhost", "Portreeve", &["http://localhost:4180".to_owned()]).unwrap();
        check(text, GET, &CHALLENGE, &party)
    }

    fn written(more: &str) -> String {
        let challenge = base64url::encode(&CHALLENGE);
        format!(r#"{{"type":"webauthn.get","challenge":"{challenge}","origin":"http://localhost:4180"{more}}}"#)
    }

    #[test]
    fn a_byte_order_mark_and_unknown_members_are_let_pass() {
        assert_eq!(read(written("").as_bytes()), Ok(()));
        assert_eq!(read(format!("\u{feff}{}", written(r#","crossOrigin":false"#)).as_bytes()), Ok(()));
        assert_eq!(read(written(r#","future":{"a":[1,null]},"tokenBinding":{"status":"x"}"#).as_bytes()), Ok(()));
    }

    #[test]
    fn a_page_inside_another_sites_page_is_refused() {
        for more in
            [r#","crossOrigin":true"#, r#","topOrigin":"https://evil.test""#, r#","topOrigin":"http://localhost:4180""#]
        {
            assert_eq!(read(written(more).as_bytes()), Err(NotProven::CrossOrigin), "{more}");
        }
    }

    #[test]
    fn what_is_not_one_object_with_each_member_once_is_malformed() {
        let good = written("");
        let values =
            format!(r#"["webauthn.get","{}","http://localhost:4180",false,null]"#, base64url::encode(&CHALLENGE));
        let bad = [
            String::new(),
            "null".to_owned(),
            values,
            format!("{good}{good}"),
            format!("{good}\0"),
            written(r#","origin":"http://localhost:4180""#),
            written(r#","crossOrigin":"false""#),
            good.replace("webauthn.get\"", "webauthn.get"),
        ];
        for text in bad {
            assert_eq!(read(text.as_bytes()), Err(NotProven::Malformed("client data")), "{text}");
        }
        assert_eq!(read(b"{\"type\":\"\xff\"}"), Err(NotProven::Malformed("client data")), "not UTF-8");
    }
}
