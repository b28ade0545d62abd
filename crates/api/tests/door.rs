//! The socket itself: its mode, and who is there already.

use crate::world::directory;
use api::NoSocket;
use std::os::unix::fs::PermissionsExt;

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
