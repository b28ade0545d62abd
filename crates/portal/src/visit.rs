//! Visit: a browser that is not signed in, told from others, so that what was begun in one is not answered in another.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

const NAME: &str = "__Host-portreeve-visit";
const BYTES: usize = 16;
/// Longer than a ceremony lives.
const SECONDS: u32 = 600;
const LONGEST: usize = 8 * 1024;

/// Says nothing about who it is, and is kept nowhere but in the browser.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Visit([u8; BYTES]);

impl std::fmt::Debug for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Visit")
    }
}

impl Visit {
    /// The one that the browser shows. Two of the name are none: somebody planted one.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut found = None;
        for header in headers.get_all(header::COOKIE) {
            let text = header.to_str().ok().filter(|text| text.len() <= LONGEST)?;
            for pair in text.split(';') {
                let Some((NAME, value)) = pair.trim().split_once('=') else { continue };
                if found.replace(value).is_some() {
                    return None;
                }
            }
        }
        let bytes = vault::base64url::decode(found?, BYTES)?;
        Some(Self(bytes.try_into().ok()?))
    }

    /// The same again while it lasts: a second window does not void what the first one began.
    pub fn of_or_new(headers: &HeaderMap) -> Option<Self> {
        let fresh = || {
            let mut bytes = [0; BYTES];
            getrandom::fill(&mut bytes).ok().map(|()| Self(bytes))
        };
        Self::of(headers).or_else(fresh)
    }

    pub const fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub fn is_set_by(cookie: &HeaderValue) -> bool {
        cookie.as_bytes().strip_prefix(NAME.as_bytes()).is_some_and(|rest| rest.starts_with(b"="))
    }

    pub fn set(self, response: &mut Response) {
        let value = vault::base64url::encode(&self.0);
        let text = format!("{NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={SECONDS}");
        if let Ok(cookie) = HeaderValue::from_str(&text) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use axum::response::IntoResponse;

    fn headers(cookies: &[&str]) -> HeaderMap {
        let values = cookies.iter().map(|one| (header::COOKIE, HeaderValue::from_str(one).unwrap()));
        values.collect()
    }

    #[test]
    fn a_browser_keeps_its_visit_and_another_one_has_another() {
        let visit = Visit::of_or_new(&HeaderMap::new()).unwrap();
        let mut response = ().into_response();
        visit.set(&mut response);
        let set = response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
        assert!(set.starts_with("__Host-") && set.contains("; Secure; HttpOnly; SameSite=Strict"), "{set}");
        let sent = set.split(';').next().unwrap();
        assert_eq!(Visit::of_or_new(&headers(&["other=1", sent])), Some(visit));
        assert_ne!(Visit::of_or_new(&HeaderMap::new()), Some(visit));
        for bad in [format!("{sent}; {sent}"), format!("{sent}A"), format!("{NAME}=AAAA"), NAME.to_owned()] {
            assert_eq!(Visit::of(&headers(&[&bad])), None, "{bad}");
        }
        assert_eq!(format!("{visit:?}"), "Visit");
    }
}
