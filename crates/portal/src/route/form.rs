//! Form: what a page sends, read strictly: an unknown field, one that comes twice, or one too many refuses it.

use crate::page;
use crate::route::refused;
use crate::world::Shared;
use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, Request};
use axum::response::Response;
use serde::de::DeserializeOwned;

pub struct Form<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Shared> for Form<T> {
    type Rejection = Response;

    async fn from_request(request: Request, world: &Shared) -> Result<Self, Response> {
        let nonce = refused::nonce(&request);
        let read: Result<axum::Form<T>, FormRejection> = axum::Form::from_request(request, world).await;
        match read {
            Ok(axum::Form(form)) => Ok(Self(form)),
            // What was sent may be a password: nothing of it is told back.
            Err(rejection) => Err(refused::malformed(world, &nonce, rejection.status())),
        }
    }
}

/// Only a path of our own; anything else leads home.
pub fn next(wanted: &str) -> &str {
    let fits = wanted.starts_with('/') && !wanted.starts_with("//") && wanted.len() <= 200;
    let plain = wanted.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_' | b'.'));
    if fits && plain { wanted } else { page::place::HOME }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_to_go_on_is_a_path_of_our_own() {
        for good in ["/", "/limits", "/approvals/apr_01", "/credentials/cred_0-1"] {
            assert_eq!(next(good), good);
        }
        for bad in ["", "//evil.test", "https://evil.test", "/\\evil.test", "/a?b=c", "/%2f%2fevil", "limits", "/a b"] {
            assert_eq!(next(bad), "/", "{bad}");
        }
    }
}
