//! Protect: what every answer carries, and which requests of other sites' making are turned away.

use crate::origin::Origin;
use crate::page::place;
use crate::world::Shared;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Of this answer alone: scripts and styles without it do not run.
#[derive(Clone, Debug)]
pub struct Nonce(pub String);

/// Reads cross no site either, but for a plain visit: a link from a mail may lead here.
pub async fn protect(State(world): State<Shared>, mut request: Request, next: Next) -> Response {
    let nonce = Nonce(nonce());
    let hsts = hsts(&world.origin, world.authority.is_some());
    let asset = request.uri().path().starts_with("/assets/");
    // The app on a phone has a service worker of its own; a page of the portal has none.
    let worker = if place::is_phones(request.uri().path()) { "; worker-src 'self'" } else { "" };
    let answer = if is_ours(request.headers(), world.origin.authority()) {
        match verdict(request.method(), request.headers(), world.origin.as_str()) {
            Ok(()) => {
                request.extensions_mut().insert(nonce.clone());
                next.run(request).await
            }
            Err(why) => (StatusCode::FORBIDDEN, why).into_response(),
        }
    } else {
        (StatusCode::MISDIRECTED_REQUEST, "this portal has another address").into_response()
    };
    dressed(answer, (&nonce, worker), hsts, asset)
}

/// How long a browser comes over TLS only. That binds all ports of the name, so never localhost, nor what lies below
/// the name; and only for a day where others may be at it (a port of our own) or who vouches for it may go (our CA).
fn hsts(origin: &Origin, own_ca: bool) -> Option<&'static str> {
    if !origin.is_secure() || origin.is_localhost() {
        return None;
    }
    let shared = own_ca || origin.authority() != origin.host();
    Some(if shared { "max-age=86400" } else { "max-age=63072000" })
}

fn nonce() -> String {
    let mut bytes = [0; 16];
    // Without randomness the nonce matches nothing that could be guessed to run: no script at all.
    if getrandom::fill(&mut bytes).is_err() {
        return "none".to_owned();
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A name that somebody pointed at this machine is not ours (DNS rebinding).
fn is_ours(headers: &HeaderMap, authority: &str) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    matches!((hosts.next(), hosts.next()), (Some(host), None) if host.as_bytes() == authority.as_bytes())
}

fn verdict(method: &Method, headers: &HeaderMap, origin: &str) -> Result<(), &'static str> {
    let said = |name: &'static str| headers.get(name).map(HeaderValue::as_bytes);
    let site = said("sec-fetch-site");
    if *method == Method::GET || *method == Method::HEAD {
        let visit = said("sec-fetch-mode") == Some(b"navigate") && said("sec-fetch-dest") == Some(b"document");
        let near = matches!(site, None | Some(b"same-origin" | b"none"));
        return if near || visit { Ok(()) } else { Err("another site asked for this") };
    }
    // Whatever changes something says where it comes from: browsers always do.
    if said("origin") != Some(origin.as_bytes()) {
        return Err("this did not come from our own pages");
    }
    if matches!(site, None | Some(b"same-origin")) { Ok(()) } else { Err("another site sent this") }
}

fn dressed(mut answer: Response, (nonce, worker): (&Nonce, &str), hsts: Option<&'static str>, asset: bool) -> Response {
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{0}'; style-src 'nonce-{0}'; img-src 'self'; connect-src 'self'; \
         font-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'{worker}",
        nonce.0
    );
    let headers = answer.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    // Not `no-referrer`: a form would then say that it comes from nowhere (`Origin: null`).
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-embedder-policy"), "require-corp");
    set(
        HeaderName::from_static("permissions-policy"),
        "publickey-credentials-get=(self), publickey-credentials-create=(self), camera=(), microphone=(), geolocation=(), payment=()",
    );
    if let Some(hsts) = hsts {
        set(header::STRICT_TRANSPORT_SECURITY, hsts);
    }
    if !asset {
        set(header::CACHE_CONTROL, "no-store");
    }
    if let Ok(value) = HeaderValue::from_str(&policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, value);
    }
    answer
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const ORIGIN: &str = "https://trade.example";

    fn asks(method: &Method, headers: &[(&'static str, &'static str)]) -> bool {
        let map = headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        verdict(method, &map.collect(), ORIGIN).is_ok()
    }

    #[test]
    fn what_changes_something_comes_from_our_own_pages() {
        let post = |headers: &[(&'static str, &'static str)]| asks(&Method::POST, headers);
        assert!(post(&[("origin", ORIGIN), ("sec-fetch-site", "same-origin")]));
        assert!(post(&[("origin", ORIGIN)]));
        for origin in ["null", "https://trade.example.evil.test", "https://trade.example:8443", "http://trade.example"]
        {
            assert!(!post(&[("origin", origin)]), "{origin}");
        }
        assert!(!post(&[]));
        for site in ["cross-site", "same-site", "none"] {
            assert!(!post(&[("origin", ORIGIN), ("sec-fetch-site", site)]), "{site}");
        }
    }

    #[test]
    fn another_site_may_link_here_and_embed_nothing() {
        let get = |headers: &[(&'static str, &'static str)]| asks(&Method::GET, headers);
        assert!(get(&[]) && get(&[("sec-fetch-site", "same-origin")]) && get(&[("sec-fetch-site", "none")]));
        let link = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
        assert!(get(&link));
        for dest in ["iframe", "image", "script", "empty"] {
            let embedded = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", dest)];
            assert!(!get(&embedded), "{dest}");
        }
    }

    #[test]
    fn tls_is_asked_for_for_long_only_where_the_name_is_the_portal_s_alone() {
        let of = |origin: &str, own_ca| hsts(&Origin::parse(origin).unwrap(), own_ca);
        assert_eq!(of(ORIGIN, false), Some("max-age=63072000"));
        assert_eq!(of(ORIGIN, true), Some("max-age=86400"));
        assert_eq!(of("https://trade.example:8443", false), Some("max-age=86400"));
        assert_eq!(of("https://localhost:8443", false), None);
        assert_eq!(of("http://localhost:4180", false), None);
    }

    #[test]
    fn only_our_own_name_is_answered() {
        let hosts = |hosts: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for host in hosts {
                headers.append(header::HOST, HeaderValue::from_static(host));
            }
            is_ours(&headers, "localhost:4180")
        };
        assert!(hosts(&["localhost:4180"]));
        assert!(!hosts(&["localhost"]) && !hosts(&["127.0.0.1:4180"]) && !hosts(&["evil.test:4180"]) && !hosts(&[]));
        assert!(!hosts(&["localhost:4180", "localhost:4180"]));
    }
}
