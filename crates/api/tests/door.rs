//! The socket itself: its mode, and who is there already.

use crate::world::{World, directory};
use api::NoSocket;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;

#[tokio::test]
async fn it_is_for_its_owner_only() {
    let directory = directory();
    let path = directory.join("control.sock");
    let _listener = api::open_socket(&path).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    let left: Vec<_> = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["control.sock"]);
}

#[tokio::test]
async fn one_that_nobody_answers_is_replaced_and_another_server_is_left_alone() {
    let path = directory().join("control.sock");
    let listener = api::open_socket(&path).unwrap();
    assert!(matches!(api::open_socket(&path), Err(NoSocket::InUse { .. })));
    drop(listener);
    assert!(path.exists());
    let _listener = api::open_socket(&path).unwrap();
    assert!(std::os::unix::net::UnixStream::connect(&path).is_ok());
}

#[tokio::test]
async fn where_none_can_be_made_it_is_said() {
    let missing = directory().join("nowhere").join("control.sock");
    assert!(matches!(api::open_socket(&missing), Err(NoSocket::Io { .. })));
    let long = directory().join("x".repeat(120)).join("control.sock");
    assert!(matches!(api::open_socket(&long), Err(NoSocket::Io { .. })));
}

#[tokio::test]
async fn those_who_ask_nothing_keep_nobody_out() {
    let world = World::new().await;
    let mut idle = Vec::new();
    for _ in 0..100 {
        let mut stream = UnixStream::connect(&world.socket).await.unwrap();
        // Half a request is none.
        stream.write_all(b"GET /v1/status HT").await.unwrap();
        idle.push(stream);
    }
    let killed = tokio::time::timeout(crate::world::PATIENCE, world.post("/v1/kill", json!({ "level": "customer" })));
    assert_eq!(killed.await.expect("an answer in time"), (200, json!({ "engaged": true, "durable": true })));
}
