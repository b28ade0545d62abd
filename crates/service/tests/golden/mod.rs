//! Golden events: bytes that were written once are read for ever, and mean what they meant.
//!
//! `PORTREEVE_GOLDEN=add cargo test -p service golden` adds the lines that `v1.jsonl` lacks; it never changes one.

mod alerts;
mod day_loss;
mod dead_man;
mod derived;
mod events;
mod exact;
mod expiry;
mod leverage;
mod networks;
mod noise;
mod others;
mod paired;
mod people;
mod things;

use kernel::account;
use kernel::alert;
use kernel::day_loss as lost;
use kernel::dead_man as silent;
use kernel::event::{Event, Recorded};
use kernel::expiry::{Stage, Told};
use kernel::id::CorrelationId;
use kernel::people::Event as People;
use kernel::{api_credential, approval, connection, customer, kill_switch, meter, working};
use kernel::{attempt, authenticator, change, device, enrolment, incident, invitation, notice};
use kernel::{pairing, push, restore, seal, session, source, user};
use service::codec;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use store::StoredEvent;

/// Every event by its tag. A new one does not compile until it is named here, and then wants its line.
macro_rules! tags {
    ($($pattern:pat => $tag:literal),* $(,)?) => {
        const TAGS: &[&str] = &[$($tag),*];
        fn tag(event: &Event) -> &'static str {
            match event { $($pattern => $tag),* }
        }
    };
}

tags! {
    Event::Customer(customer::Event::Opened { .. }) => "customer.opened",
    Event::Account(account::Event::Opened(_)) => "account.opened",
    Event::Account(account::Event::LimitsSet { .. }) => "account.limits_set",
    Event::Account(account::Event::RestrictedSet { .. }) => "account.restricted_set",
    Event::Credential(api_credential::Event::Created(_)) => "credential.created",
    Event::Credential(api_credential::Event::Rotated { .. }) => "credential.rotated",
    Event::Credential(api_credential::Event::Suspended { .. }) => "credential.suspended",
    Event::Credential(api_credential::Event::Resumed { .. }) => "credential.resumed",
    Event::Credential(api_credential::Event::Revoked { .. }) => "credential.revoked",
    Event::Credential(api_credential::Event::LimitsSet { .. }) => "credential.limits_set",
    Event::Credential(api_credential::Event::TicketStated { .. }) => "credential.ticket_stated",
    Event::Credential(api_credential::Event::Used { .. }) => "credential.used",
    Event::Credential(api_credential::Event::Expiry(Told { stage: Stage::Soon, .. })) => "credential.expiring",
    Event::Credential(api_credential::Event::Expiry(Told { stage: Stage::Over, .. })) => "credential.expired",
    Event::KillSwitch(kill_switch::Event::Engaged(_)) => "kill_switch.engaged",
    Event::KillSwitch(kill_switch::Event::Released { .. }) => "kill_switch.released",
    Event::Approval(approval::Event::Requested { .. }) => "approval.requested",
    Event::Approval(approval::Event::Signed { .. }) => "approval.signed",
    Event::Approval(approval::Event::Missed { .. }) => "approval.missed",
    Event::Approval(approval::Event::Settled { .. }) => "approval.settled",
    Event::Order(working::Event::Held { .. }) => "order.held",
    Event::Order(working::Event::Admitted { .. }) => "order.admitted",
    Event::Order(working::Event::Released { .. }) => "order.released",
    Event::Order(working::Event::Refused { .. }) => "order.refused",
    Event::Order(working::Event::Declined { .. }) => "order.declined",
    Event::Order(working::Event::ReplaceAdmitted { .. }) => "order.replace_admitted",
    Event::Order(working::Event::ReplaceRefused { .. }) => "order.replace_refused",
    Event::Order(working::Event::CancelRequested { .. }) => "order.cancel_requested",
    Event::Order(working::Event::Acknowledged { .. }) => "order.acknowledged",
    Event::Order(working::Event::Replaced { .. }) => "order.replaced",
    Event::Order(working::Event::ReplaceRejected { .. }) => "order.replace_rejected",
    Event::Order(working::Event::CancelRejected { .. }) => "order.cancel_rejected",
    Event::Order(working::Event::Filled { .. }) => "order.filled",
    Event::Order(working::Event::Commissioned { .. }) => "order.commissioned",
    Event::Order(working::Event::Ended { .. }) => "order.ended",
    Event::Order(working::Event::MarkedUnknown { .. }) => "order.marked_unknown",
    Event::Order(working::Event::PositionTold { .. }) => "position.told",
    Event::Meter(meter::Event::Rearmed { .. }) => "meter.rearmed",
    Event::Connection(connection::Event::Refused { .. }) => "connection.refused",
    Event::Connection(connection::Event::Opened(_)) => "connection.opened",
    Event::Connection(connection::Event::Read(_)) => "connection.read",
    Event::People(People::Enrolment(enrolment::Event::Offered(_))) => "enrolment.offered",
    Event::People(People::Enrolment(enrolment::Event::Used { .. })) => "enrolment.used",
    Event::People(People::User(user::Event::Created(_))) => "user.created",
    Event::People(People::User(user::Event::LoggedOutEverywhere { .. })) => "user.logged_out_everywhere",
    Event::People(People::User(user::Event::Removed { .. })) => "user.removed",
    Event::People(People::Invitation(invitation::Event::Made(_))) => "invitation.made",
    Event::People(People::Invitation(invitation::Event::LinkMade { .. })) => "invitation.link_made",
    Event::People(People::Invitation(invitation::Event::Revoked { .. })) => "invitation.revoked",
    Event::People(People::Invitation(invitation::Event::Used { .. })) => "invitation.used",
    Event::People(People::Authenticator(authenticator::Event::Bound(_))) => "authenticator.bound",
    Event::People(People::Authenticator(authenticator::Event::Used { .. })) => "authenticator.used",
    Event::People(People::Authenticator(authenticator::Event::CounterFellBack { .. })) => "authenticator.counter_fell_back",
    Event::People(People::Authenticator(authenticator::Event::Disabled { .. })) => "authenticator.disabled",
    Event::People(People::Authenticator(authenticator::Event::Removed { .. })) => "authenticator.removed",
    Event::People(People::Device(device::Event::Bound(_))) => "device.bound",
    Event::People(People::Device(device::Event::CodeOffered(_))) => "device.code_offered",
    Event::People(People::Device(device::Event::Confirmed { .. })) => "device.confirmed",
    Event::People(People::Device(device::Event::Used { .. })) => "device.used",
    Event::People(People::Device(device::Event::Revoked { .. })) => "device.revoked",
    Event::People(People::Session(session::Event::Begun(_))) => "session.begun",
    Event::People(People::Session(session::Event::Seen { .. })) => "session.seen",
    Event::People(People::Session(session::Event::NetworkChanged { .. })) => "session.network_changed",
    Event::People(People::Attempt(attempt::Event::Failed(_))) => "attempt.failed",
    Event::People(People::Session(session::Event::SteppedUp { .. })) => "session.stepped_up",
    Event::People(People::Session(session::Event::Lowered { .. })) => "session.lowered",
    Event::People(People::Session(session::Event::Ended { .. })) => "session.ended",
    Event::People(People::Pairing(pairing::Event::Offered(_))) => "pairing.offered",
    Event::People(People::Pairing(pairing::Event::Used { .. })) => "pairing.used",
    Event::People(People::Notice(notice::Event::EmailSet { .. })) => "notice.email_set",
    Event::People(People::Notice(notice::Event::EmailRemoved { .. })) => "notice.email_removed",
    Event::People(People::Notice(notice::Event::GroupSet { .. })) => "notice.group_set",
    Event::People(People::Notice(notice::Event::Dead(_))) => "notice.dead",
    Event::People(People::Notice(notice::Event::Retried { .. })) => "notice.retried",
    Event::People(People::Push(push::Event::On(_))) => "push.on",
    Event::People(People::Push(push::Event::Off { .. })) => "push.off",
    Event::Incident(incident::Event::Opened(_)) => "incident.opened",
    Event::Incident(incident::Event::Closed { .. }) => "incident.closed",
    Event::Alert(alert::Event::Raised(_)) => "alert.raised",
    Event::Alert(alert::Event::Answered { .. }) => "alert.answered",
    Event::DayLoss(lost::Event::Reached(_)) => "day_loss.reached",
    Event::DayLoss(lost::Event::Accepted(_)) => "day_loss.accepted",
    Event::DeadMan(silent::Event::Reached(_)) => "dead_man.reached",
    Event::Restore(restore::Event::Restored(_)) => "journal.restored",
    Event::Change(change::Event::Asked { .. }) => "change.asked",
    Event::Change(change::Event::Signed { .. }) => "change.signed",
    Event::Change(change::Event::Dropped { .. }) => "change.dropped",
    Event::Change(change::Event::Missed { .. }) => "change.missed",
    Event::Source(source::Event::Failed { .. }) => "source.failed",
    Event::Source(source::Event::Succeeded { .. }) => "source.succeeded",
    Event::Source(source::Event::Disabled { .. }) => "source.disabled",
    Event::Seal(seal::Event::Rotated { .. }) => "seal.rotated",
}

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/v1.jsonl")
}

/// The lines, without their ends.
pub fn lines() -> Vec<Vec<u8>> {
    let text = std::fs::read_to_string(file()).unwrap_or_default();
    assert!(text.is_empty() || text.ends_with('\n'), "a line was cut short");
    text.lines().map(|line| line.as_bytes().to_vec()).collect()
}

/// What the lines mean, in their order.
fn meant() -> Vec<Recorded> {
    let recorded = |(n, (actor, event)): (i64, _)| Recorded {
        at: things::now().plus_ms(n),
        actor,
        correlation: CorrelationId::new(things::now().0, u128::try_from(n).unwrap()),
        event,
        v: 1,
    };
    (0..).zip(events::all()).map(recorded).collect()
}

/// As it would lie in the journal, filed under its own tag and time where it has any.
pub fn stored(body: &[u8]) -> StoredEvent {
    let (tag, at) = serde_json::from_slice::<Recorded>(body).map_or(("golden", 0), |one| (tag(&one.event), one.at.0));
    let (stream, link) = ("book/golden".to_owned(), journal::Hash([0; 32]));
    StoredEvent { position: 7, stream, version: 3, tag: tag.to_owned(), at, body: body.to_vec(), link }
}

#[test]
fn a_line_is_added_only_when_that_is_asked_for_and_never_changed() {
    let (known, meant) = (lines(), meant());
    let written: Vec<Vec<u8>> = meant.iter().map(|recorded| codec::encode(recorded).unwrap().body).collect();
    assert!(written.starts_with(&known), "a golden line would change: events are for ever, write an upcast");
    if std::env::var("PORTREEVE_GOLDEN").is_ok_and(|asked| asked == "add") {
        let all: Vec<u8> = written.iter().flat_map(|line| [line.as_slice(), b"\n"].concat()).collect();
        std::fs::write(file(), all).unwrap();
    }
    assert_eq!(lines().len(), meant.len(), "add the new lines with PORTREEVE_GOLDEN=add");
}

#[test]
fn every_line_is_read_as_what_it_meant_when_it_was_written() {
    let lines = lines();
    assert!(!lines.is_empty());
    for (line, meant) in lines.iter().zip(meant()) {
        assert_eq!(codec::decode(&stored(line)).unwrap(), meant);
    }
}

#[test]
fn what_was_read_is_written_as_the_same_canonical_bytes() {
    for line in lines() {
        journal::canonical::check(&line).unwrap();
        let read = codec::decode(&stored(&line)).unwrap();
        let written = codec::encode(&read).unwrap();
        assert_eq!(written.body, line, "{}", String::from_utf8_lossy(&line));
        assert_eq!((written.tag.as_str(), written.at), (tag(&read.event), read.at.0));
    }
}

#[test]
fn every_event_that_there_is_has_a_line() {
    let read = |line: &Vec<u8>| codec::decode(&stored(line)).unwrap().event.tag();
    let found: BTreeSet<&str> = lines().iter().map(read).collect();
    assert_eq!(found, TAGS.iter().copied().collect());
}
