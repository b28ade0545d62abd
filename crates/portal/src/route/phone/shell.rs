//! The shell of the app: its service worker, its manifest, and the one page that is kept for being offline.

use crate::asset;
use crate::page::phone::door;
use crate::page::place;
use crate::protect::Nonce;
use crate::route::framed::on_a_phone;
use crate::world::Shared;
use axum::Extension;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use kernel::push::Hint;
use serde_json::{Value, json};

const WORKER: &str = include_str!("../../../script/worker.js");
const SCRIPT: &str = "text/javascript; charset=utf-8";
const MANIFEST: &str = "application/manifest+json; charset=utf-8";

pub async fn offline(State(world): State<Shared>, Extension(Nonce(nonce)): Extension<Nonce>) -> Response {
    door::offline(&on_a_phone(&world, &nonce, "Offline")).into_response()
}

/// What the worker keeps, by name: it asks for nothing else, and keeps no answer of anything else.
pub async fn worker() -> Response {
    let icons = asset::phone();
    let kept: Vec<&str> = asset::all().iter().chain(icons).map(|one| one.path.as_str()).collect();
    let shell = json!({ "kept": kept, "offline": place::PHONE_OFFLINE, "opens": opens(), "icon": asset::phone_icon() });
    ([(header::CONTENT_TYPE, SCRIPT)], format!("const shell = {shell};\n{WORKER}")).into_response()
}

/// Where a tap on what a push has shown leads, by its word.
fn opens() -> Value {
    let to = |hint: Hint| match hint {
        Hint::Approval => place::PHONE_APPROVALS,
        Hint::Security | Hint::Alert => place::PHONE_ALERTS,
        Hint::Fill => place::PHONE_POSITIONS,
    };
    let words = Hint::ALL.into_iter().map(|hint| (hint.as_str(), to(hint)));
    words.chain([("ended", place::PHONE_SETTINGS)]).map(|(word, to)| (word.to_owned(), json!(to))).collect()
}

pub async fn manifest() -> Response {
    let icon = |size: u32, path: &str, purpose: &str| json!({ "src": path, "type": "image/png", "sizes": format!("{size}x{size}"), "purpose": purpose });
    let [small, large] = asset::phone_icons();
    let told = json!({
        "name": "Portreeve",
        "short_name": "Portreeve",
        "description": "Approvals, positions, alerts and the kill switch of your trading account",
        "id": place::PHONE,
        "start_url": place::PHONE,
        "scope": place::PHONE,
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#0b5a55",
        "theme_color": "#0b5a55",
        "icons": [icon(192, small, "any"), icon(512, large, "any"), icon(512, large, "maskable")],
    });
    ([(header::CONTENT_TYPE, MANIFEST)], told.to_string()).into_response()
}
