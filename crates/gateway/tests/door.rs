//! At the door: who may come in, what a stranger is told, and when a connection ends.

use crate::world::{World, resting};
use kernel::command::Command;
use kernel::connection;
use kernel::digest::Digest;
use kernel::event::Event;
use kernel::id::CredentialId;
use kernel::reason::Reason;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;
use tws::{Request, Response};

fn version_frame(text: &[u8]) -> Vec<u8> {
    [b"API\0".to_vec(), tws::frame(text)].concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_no_greeting_end_the_connection_and_nothing_is_told() {
    let (_world, door) = World::trading().await;
    let greetings: Vec<(&str, Vec<u8>)> = vec![
        ("another protocol", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec()),
        ("a giant length", [b"API\0".to_vec(), vec![0xff; 4]].concat()),
        ("an empty version", version_frame(b"")),
        ("no number", version_frame(b"vNaN..178")),
        ("a number beyond all", version_frame(b"v100..99999999999999999999")),
        ("the wrong way round", version_frame(b"v178..100")),
        ("too new for us", version_frame(b"v214..226")),
        ("too old for us", version_frame(b"v1..99")),
        ("no text", version_frame(&[0xff, 0xfe, 0x00])),
    ];
    for (name, bytes) in greetings {
        let mut stream = door.dial().await;
        drop(stream.write_all(&bytes).await);
        let mut told = Vec::new();
        drop(timeout(Duration::from_secs(5), stream.read_to_end(&mut told)).await.expect(name));
        assert!(told.is_empty(), "{name} was told {told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_comes_before_start_api_ends_the_connection_and_leaves_no_record() {
    let (world, door) = World::trading().await;
    let before = world.journal().len();
    for request in [resting(1), Request::ReqPositions, Request::ReqGlobalCancel, Request::ReqManagedAccounts] {
        let mut raw = door.greet("").await;
        raw.say(&request).await;
        assert_eq!(raw.rest().await, Vec::new(), "{}", request.name());
    }
    assert_eq!(world.journal().len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_is_told_the_same_for_every_reason() {
    let world = World::new().await;
    let secret = Some(Digest::of(&[b"open sesame"]));
    let locked = world.credential(|new| new.secret = secret).await;
    let suspended = world.credential(|_| {}).await;
    world.house(Command::SuspendCredential { id: suspended.id }).await;
    let foreign = world.credential(|new| new.peer_uid = new.peer_uid.wrapping_add(1)).await;
    let expired = world.credential(|_| {}).await;
    let mut texts = Vec::new();
    for (door, options) in
        [(locked, ""), (locked, "secret=wrong"), (locked, "secret="), (suspended, ""), (foreign, "secret=x")]
    {
        let mut raw = door.greet(options).await;
        raw.start(1).await;
        texts.push(raw.rest().await);
    }
    world.clock.advance_ms(81 * 86_400_000);
    let mut raw = expired.greet("").await;
    raw.start(1).await;
    texts.push(raw.rest().await);
    assert!(matches!(texts[0].as_slice(), [Response::Error { request_id: -1, .. }]), "{:?}", texts[0]);
    assert!(texts.iter().all(|told| *told == texts[0]), "{texts:?}");
}

/// Why programs were turned away, as the journal tells it.
fn turned_away(world: &World) -> Vec<Reason> {
    let why = |event| match event {
        Event::Connection(connection::Event::Refused { why, .. }) => Some(why),
        _ => None,
    };
    world.journal().into_iter().filter_map(|one| why(one.event)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_turned_away_is_in_the_journal_with_the_reason_and_without_the_secret() {
    let world = World::new().await;
    let locked = world.credential(|new| new.secret = Some(Digest::of(&[b"open sesame"]))).await;
    let suspended = world.credential(|_| {}).await;
    world.house(Command::SuspendCredential { id: suspended.id }).await;
    let foreign = world.credential(|new| new.peer_uid = new.peer_uid.wrapping_add(1)).await;
    for (door, code) in [
        (locked, "secret_wrong"),
        (suspended, "credential_suspended"),
        (foreign, "peer_wrong"),
        (locked, "secret_wrong"),
    ] {
        let mut raw = door.greet("secret=hunter2").await;
        raw.start(1).await;
        raw.rest().await;
        let why = turned_away(&world).pop().unwrap();
        assert_eq!(why.code, code);
        assert_eq!(why.facts, [("peer_uid".to_owned(), crate::world::own_uid().to_string())]);
    }
    assert_eq!(turned_away(&world).len(), 4);
    let digest = Digest::of(&[b"hunter2"]).to_string();
    for one in world.journal() {
        let body = String::from_utf8(service::codec::encode(&one).unwrap().body).unwrap();
        assert!(!body.contains("hunter2") && !body.contains(&digest), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_strangers_is_written_down_as_a_count() {
    let world = World::new().await;
    let door = world.credential(|new| new.secret = Some(Digest::of(&[b"sesame"]))).await;
    for _ in 0..30 {
        let mut raw = door.greet("secret=wrong").await;
        raw.start(1).await;
        raw.rest().await;
    }
    assert_eq!(turned_away(&world).len(), 20);
    world.clock.advance_ms(10_000);
    world.until(|world| turned_away(world).len() == 21).await;
    let counted = turned_away(&world).pop().unwrap();
    assert_eq!(
        (counted.code.as_str(), counted.facts.as_slice()),
        ("refusals_counted", [("secret_wrong".to_owned(), "10".to_owned())].as_slice())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_right_secret_opens_from_either_place() {
    let world = World::new().await;
    let door = world.credential(|new| new.secret = Some(Digest::of(&[b"open sesame"]))).await;
    let door_with = |words: &'static str| async move { door.greet(words).await };
    let mut raw = door_with("x=1;secret=open sesame").await;
    raw.start(1).await;
    assert!(matches!(raw.rest().await.as_slice(), [Response::Error { .. }]), "a secret with a space is two words");
    let door = world.credential(|new| new.secret = Some(Digest::of(&[b"sesame"]))).await;
    let mut raw = door.greet("secret=sesame").await;
    raw.start(1).await;
    raw.until(|told| matches!(told, Response::NextValidId { .. })).await;
    let mut raw = door.greet("").await;
    raw.say(&Request::StartApi { client_id: 2, optional_capabilities: "secret=sesame".to_owned() }).await;
    raw.until(|told| matches!(told, Response::NextValidId { .. })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_api_is_refused_and_changes_nothing() {
    let (_world, door) = World::trading().await;
    let mut raw = door.connect(1).await;
    raw.start(2).await;
    let (_, text) = raw.refusal(-1).await;
    assert!(text.contains("message_not_built"), "{text}");
    raw.say(&resting(1)).await;
    let told = raw.until(|told| matches!(told, Response::OpenOrder(_))).await;
    assert!(matches!(told.last(), Some(Response::OpenOrder(open)) if open.client_id == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_frame_is_waited_for_and_a_giant_one_ends_the_connection() {
    let (_world, door) = World::trading().await;
    let mut raw = door.connect(1).await;
    let whole = raw.encoded(&Request::ReqIds);
    for byte in whole {
        raw.bytes(&[byte]).await;
    }
    raw.until(|told| matches!(told, Response::NextValidId { .. })).await;
    raw.bytes(&[0x7f, 0xff, 0xff, 0xff]).await;
    raw.rest().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_or_revoked_or_expired_credential_is_let_go_within_a_second_streams_and_all() {
    let world = World::new().await;
    let suspend = |id| Some(Command::SuspendCredential { id });
    let revoke = |id| Some(Command::RevokeCredential { id });
    let ways: [&dyn Fn(CredentialId) -> Option<Command>; 3] = [&suspend, &revoke, &|_| None];
    for end in ways {
        // A machine that others use too may pause for as long, and does so once: the middle one counts.
        let mut took = [let_go(&world, end).await, let_go(&world, end).await, let_go(&world, end).await];
        took.sort();
        assert!(took[1] < Duration::from_secs(1), "{took:?}");
    }
}

/// How long it takes until the program of a credential that has ended is let go.
async fn let_go(world: &World, end: &dyn Fn(CredentialId) -> Option<Command>) -> Duration {
    let expires_at = world.actor.now().plus_ms(80 * 86_400_000);
    let door = world.credential(|new| new.expires_at = Some(expires_at)).await;
    let end = end(door.id);
    let mut raw = door.connect(1).await;
    raw.say(&Request::ReqAccountUpdates { subscribe: true, account: String::new() }).await;
    raw.until(|told| matches!(told, Response::AccountDownloadEnd { .. })).await;
    let at = Instant::now();
    match end {
        Some(command) => world.house(command).await,
        None => world.clock.advance_ms(81 * 86_400_000),
    }
    raw.rest().await;
    at.elapsed()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_id_in_use_is_turned_away_and_so_is_the_thirty_third() {
    let (_world, door) = World::trading().await;
    let mut kept = Vec::new();
    for client_id in 0..32 {
        kept.push(door.connect(client_id).await);
    }
    for client_id in [0, 32] {
        let mut raw = door.greet("").await;
        raw.start(client_id).await;
        let (code, _) = raw.refusal(-1).await;
        assert_eq!(code, 326);
    }
    let mut crowd = Vec::new();
    for _ in 0..200 {
        crowd.push(door.dial().await);
    }
    kept[0].say(&Request::ReqIds).await;
    kept[0].until(|told| matches!(told, Response::NextValidId { .. })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_wait_in_a_queue_of_their_own() {
    let world = World::new().await;
    // Only the record tells who is meant: first nobody of ours is, and a crowd of us stands silent at the door.
    let foreign = world.credential(|new| new.peer_uid = new.peer_uid.wrapping_add(1)).await;
    let mut crowd = Vec::new();
    for _ in 0..4 {
        crowd.push(foreign.greet("").await);
    }
    let mut fifth = foreign.dial().await;
    drop(fifth.write_all(&tws::client_hello(100, 178, "")).await);
    let mut told = Vec::new();
    drop(timeout(Duration::from_secs(5), fifth.read_to_end(&mut told)).await.expect("turned away at once"));
    assert!(told.is_empty(), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_keeps_no_other_credential_from_its_listener() {
    let world = World::new().await;
    let squatter = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = squatter.local_addr().unwrap().port();
    let shut = world.credential(|new| new.port = taken).await;
    // Records are looked at in the order in which they were made.
    world.clock.advance_ms(1_000);
    let other = world.credential(|_| {}).await;
    other.connect(1).await;
    let closed = world.gate.closed();
    assert!(matches!(closed.as_slice(), [one] if one.credential == shut.id && one.port == taken), "{closed:?}");
    assert!(closed[0].why.contains("in use"), "{closed:?}");
    drop(squatter);
    world.gate.sync(&world.actor).await;
    assert_eq!(world.gate.closed(), []);
    shut.connect(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_opens_although_every_port_is_taken() {
    let (world, door) = World::trading().await;
    // As a second start would: the first gate has the port.
    let second = gateway::Gate::open(std::sync::Arc::clone(&world.node)).await;
    assert!(matches!(second.closed().as_slice(), [one] if one.credential == door.id));
    door.connect(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_becomes_free_is_taken_once_its_pause_is_over() {
    let world = World::new().await;
    let squatter = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = squatter.local_addr().unwrap().port();
    let shut = world.credential(|new| new.port = taken).await;
    assert_eq!(world.gate.closed().len(), 1);
    drop(squatter);
    world.clock.advance_ms(60_000);
    world.until(|world| world.gate.closed().is_empty()).await;
    shut.connect(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_port_of_a_revoked_credential_is_free_once_the_gate_has_followed() {
    let world = World::new().await;
    for round in 0..20 {
        let door = world.credential(|new| new.name = format!("first-{round}")).await;
        world.house(Command::RevokeCredential { id: door.id }).await;
        world.gate.sync(&world.actor).await;
        let next = world.credential(|new| (new.port, new.name) = (door.port, format!("next-{round}"))).await;
        next.connect(1).await;
        world.house(Command::RevokeCredential { id: next.id }).await;
        world.clock.advance_ms(1_000);
    }
}
