//! Cookies: what a browser keeps of us: a session, and which device it is. Both begin with `__Host-`.

use axum::http::{HeaderMap, HeaderValue, header};
use kernel::id::{CustomerId, DeviceId, SessionId};
use kernel::session::Interface;
use vault::token::Token;

const SESSION: &str = "__Host-portreeve";
/// A phone's browser may hold one of each: neither stands in for the other.
const MOBILE: &str = "__Host-portreeve-m";
const DEVICE: &str = "__Host-portreeve-device";
/// As long as a device is trusted; the record decides.
const DEVICE_SECONDS: i64 = 90 * 86_400;
/// Longer headers are not read: ours are far shorter.
const LONGEST: usize = 8 * 1024;

/// Which session, and the secret that shows it.
#[derive(Debug)]
pub struct SessionCookie {
    pub customer: CustomerId,
    pub session: SessionId,
    pub secret: Token,
}

#[derive(Debug)]
pub struct DeviceCookie {
    pub customer: CustomerId,
    pub device: DeviceId,
    pub secret: Token,
}

impl SessionCookie {
    pub fn of(headers: &HeaderMap, interface: Interface) -> Option<Self> {
        let [customer, session, secret] = parts(headers, Self::name(interface)?)?;
        let customer = CustomerId::parse(&customer).ok()?;
        Some(Self { customer, session: SessionId::parse(&session).ok()?, secret: Token::parse(&secret)? })
    }

    /// For this browser window's time: how long it lasts is the record's to say.
    pub fn set(&self, interface: Interface) -> Option<HeaderValue> {
        let (name, secret) = (Self::name(interface)?, self.secret.text());
        let value = format!("{}.{}.{}", self.customer, self.session, secret.as_str());
        HeaderValue::from_str(&format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Strict")).ok()
    }

    pub const fn clear(interface: Interface) -> HeaderValue {
        HeaderValue::from_static(match interface {
            Interface::Mobile => "__Host-portreeve-m=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0",
            Interface::Portal | Interface::Desktop | Interface::Api => {
                "__Host-portreeve=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0"
            }
        })
    }

    /// Only these two have sessions in a browser.
    const fn name(interface: Interface) -> Option<&'static str> {
        match interface {
            Interface::Portal => Some(SESSION),
            Interface::Mobile => Some(MOBILE),
            Interface::Desktop | Interface::Api => None,
        }
    }
}

impl DeviceCookie {
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let [customer, device, secret] = parts(headers, DEVICE)?;
        let customer = CustomerId::parse(&customer).ok()?;
        Some(Self { customer, device: DeviceId::parse(&device).ok()?, secret: Token::parse(&secret)? })
    }

    pub fn set(&self) -> Option<HeaderValue> {
        let value = format!("{}.{}.{}", self.customer, self.device, self.secret.text().as_str());
        let text = format!("{DEVICE}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={DEVICE_SECONDS}");
        HeaderValue::from_str(&text).ok()
    }

    pub fn clear() -> HeaderValue {
        HeaderValue::from_static("__Host-portreeve-device=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0")
    }
}

/// The three parts of the one cookie of that name. Two of the same name are none: somebody planted one.
fn parts(headers: &HeaderMap, name: &str) -> Option<[String; 3]> {
    let mut found = None;
    for header in headers.get_all(header::COOKIE) {
        let text = header.to_str().ok().filter(|text| text.len() <= LONGEST)?;
        for pair in text.split(';') {
            let Some((key, value)) = pair.trim().split_once('=') else { continue };
            if key == name && found.replace(value.to_owned()).is_some() {
                return None;
            }
        }
    }
    let value = found?;
    let mut parts = value.split('.').map(str::to_owned);
    let three = [parts.next()?, parts.next()?, parts.next()?];
    parts.next().is_none().then_some(three)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn headers(cookies: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
        }
        headers
    }

    #[test]
    fn a_cookie_reads_back_what_was_set() {
        let (customer, session) = (CustomerId::new(1, 2), SessionId::new(3, 4));
        let cookie = SessionCookie { customer, session, secret: Token::random().unwrap() };
        let set = cookie.set(Interface::Portal).unwrap();
        let text = set.to_str().unwrap();
        for attribute in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
            assert!(text.contains(attribute), "{text}");
        }
        assert!(text.starts_with("__Host-") && !text.contains("Domain"), "{text}");
        let sent = text.split(';').next().unwrap();
        let back = SessionCookie::of(&headers(&["other=1", sent]), Interface::Portal).unwrap();
        assert_eq!((back.customer, back.session, back.secret.sha256()), (customer, session, cookie.secret.sha256()));
        assert!(SessionCookie::of(&headers(&[sent]), Interface::Mobile).is_none());
        let mobile = cookie.set(Interface::Mobile).unwrap();
        assert!(SessionCookie::of(&headers(&[mobile.to_str().unwrap()]), Interface::Portal).is_none());
    }

    #[test]
    fn two_of_one_name_a_part_more_or_less_and_another_kind_are_none() {
        let token = Token::random().unwrap();
        let good = format!("{SESSION}={}.{}.{}", CustomerId::new(1, 2), SessionId::new(3, 4), token.text().as_str());
        assert!(SessionCookie::of(&headers(&[&good]), Interface::Portal).is_some());
        assert!(SessionCookie::of(&headers(&[&good, &good]), Interface::Portal).is_none());
        assert!(SessionCookie::of(&headers(&[&format!("{good}.x")]), Interface::Portal).is_none());
        assert!(SessionCookie::of(&headers(&[&good.replace("ses_", "dev_")]), Interface::Portal).is_none());
        assert!(SessionCookie::of(&headers(&[good.rsplit_once('.').unwrap().0]), Interface::Portal).is_none());
        assert!(DeviceCookie::of(&headers(&[&good])).is_none());
    }
}
