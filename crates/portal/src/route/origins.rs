//! `/origins`: the one public page that names the true address of each interface.

use crate::page::origins::{Origin, View, origins};
use crate::protect::Nonce;
use crate::route::framed;
use crate::world::Shared;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

/// The same for everybody: it tells no port of an API credential, nor whether there is one.
pub async fn page(State(world): State<Shared>, Extension(Nonce(nonce)): Extension<Nonce>) -> Response {
    let row = |interface: &str, address: &str, what_for: &str| Origin {
        interface: interface.to_owned(),
        address: address.to_owned(),
        what_for: what_for.to_owned(),
    };
    let rows = vec![
        row("portal", world.origin.as_str(), "people, in a browser"),
        row("api", "127.0.0.1", "programs on the machine itself, each at the port of its own API credential"),
        row("command line", "the local socket", "whoever runs the server, on the machine itself"),
    ];
    let view = View { rows, authority: world.authority.clone() };
    origins(&framed::outside(&world, &nonce, "The true addresses"), &view).into_response()
}
