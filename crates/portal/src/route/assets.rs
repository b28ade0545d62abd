//! The portal's own style, scripts and icon: named by their content, kept by browsers for good.

use crate::asset;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

const FOR_GOOD: &str = "public, max-age=31536000, immutable";

pub async fn asset(Path(name): Path<String>) -> Response {
    let path = format!("/assets/{name}");
    match asset::find(&path) {
        Some(found) => {
            let headers = [(header::CONTENT_TYPE, found.content_type), (header::CACHE_CONTROL, FOR_GOOD)];
            (headers, found.bytes).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
