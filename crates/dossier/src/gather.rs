//! Gather: the approval file of an approval, out of the events that tell of it.

use crate::approval::{ApprovalFile, Asked, FORMAT, First, Key, Request, Settled, Shown, Signed};
use kernel::authenticator::{self, Kind, Passkey};
use kernel::digest::Digest;
use kernel::event::{Event, Recorded};
use kernel::evidence::Proof;
use kernel::id::{ApprovalId, AuthenticatorId, UserId};
use kernel::time::Timestamp;
use kernel::{approval, change, enrolment, people, signature, user, working};
use serde::Deserialize;
use std::collections::BTreeSet;
use vault::base64url;

const MOST_DATA: usize = 8 * 1024;

/// Why there is no approval file of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ungathered {
    #[error("no such approval is in the journal")]
    NotFound,
    #[error("nobody signed it")]
    NotSigned,
    #[error("the journal does not hold the {0}")]
    Lacking(&'static str),
    #[error("the {0} cannot be read")]
    Unreadable(&'static str),
}

/// What the events say of one approval, as far as they were read.
#[derive(Default)]
struct Found {
    asked: Option<Asked>,
    request: Option<Request>,
    /// The latest last.
    signed: Vec<(Timestamp, UserId, Option<AuthenticatorId>, signature::Shown)>,
    settled: Option<Settled>,
}

/// Those that were signed and have ended, in the order of their ids: where one of two has signed, there is no answer yet.
pub fn signed_ones<'a>(events: impl Iterator<Item = &'a Recorded>) -> BTreeSet<ApprovalId> {
    let (mut signed, mut settled) = (BTreeSet::new(), BTreeSet::new());
    for recorded in events {
        match &recorded.event {
            Event::Approval(approval::Event::Signed { id, .. }) => drop(signed.insert(*id)),
            Event::Approval(approval::Event::Settled { id, .. }) => drop(settled.insert(*id)),
            Event::Change(change::Event::Signed { id, .. }) => {
                signed.insert(*id);
                settled.insert(*id);
            }
            _ => {}
        }
    }
    signed.intersection(&settled).copied().collect()
}

/// In the order of the journal; others than those of this approval may be among them.
pub fn approval_file<'a>(
    id: ApprovalId,
    events: impl Iterator<Item = &'a Recorded> + Clone,
) -> Result<ApprovalFile, Ungathered> {
    let mut found = Found::default();
    events.clone().for_each(|recorded| found.read(id, recorded));
    let asked = found.asked.ok_or(Ungathered::NotFound)?;
    let last = found.signed.pop().ok_or(Ungathered::NotSigned)?;
    let request = found.request.ok_or(Ungathered::Lacking("order"))?;
    let settled = found.settled.ok_or(Ungathered::Lacking("outcome"))?;
    let over = (request.digest(), &asked.nonce);
    let First { shown, key, signed } = part(last, over, asked.top, events.clone())?;
    // Of others that signed before, the latest is the one that counted.
    let two = asked.top && !key.is_enough(asked.at) && settled.verdict == approval::Verdict::Grant;
    let before = found.signed.pop().filter(|_| two);
    let first = before.map(|before| part(before, over, asked.top, events.clone())).transpose()?.map(Box::new);
    Ok(ApprovalFile { format: FORMAT.to_owned(), id, request, asked, shown, key, signed, settled, first })
}

/// One signature with its key.
fn part<'a>(
    (at, by, named, shown): (Timestamp, UserId, Option<AuthenticatorId>, signature::Shown),
    (request, nonce): (&Digest, &Digest),
    top: bool,
    events: impl Iterator<Item = &'a Recorded> + Clone,
) -> Result<First, Ungathered> {
    let challenge = signature::challenge(request, &shown.display, nonce);
    let authenticator = named
        .or_else(|| events.clone().find_map(|recorded| used(recorded, &challenge)))
        .ok_or(Ungathered::Lacking("use of the key"))?;
    let (passkey, bound_at) =
        events.clone().find_map(|recorded| bound(recorded, authenticator)).ok_or(Ungathered::Lacking("public key"))?;
    // By invitation others come in: their keys wait a day, as everybody's do.
    let first = |came: &Recorded| events.clone().any(|one| one.correlation == came.correlation && is_enrolment(one));
    let enrolled = top && events.clone().any(|recorded| created(recorded, by, bound_at) && first(recorded));
    let origin = origin(&shown.client_data).ok_or(Ungathered::Unreadable("client data"))?;
    let rp_id = rp_id(&shown.authenticator_data, &origin).ok_or(Ungathered::Unreadable("authenticator data"))?;
    Ok(First {
        shown: Shown {
            display: shown.display,
            challenge,
            client_data: shown.client_data,
            authenticator_data: shown.authenticator_data,
            signature: shown.signature,
        },
        key: Key {
            authenticator,
            credential_id: passkey.credential_id.clone(),
            public_key: passkey.public_key.clone(),
            algorithm: passkey.public_key.split(':').next().unwrap_or_default().to_owned(),
            backup_eligible: passkey.backup_eligible,
            bound_at,
            enrolled,
        },
        signed: Signed { at, by, rp_id, origin },
    })
}

impl Found {
    fn read(&mut self, approval: ApprovalId, recorded: &Recorded) {
        match &recorded.event {
            Event::Approval(approval::Event::Requested { id, approval: one }) if *id == approval => {
                let (at, expires_at, nonce, on) = (one.asked_at, one.expires_at, one.nonce, one.asked_on);
                self.asked = Some(Asked { at, by: recorded.actor, expires_at, nonce, on, top: one.top });
            }
            Event::Order(working::Event::Held { ask, approval: id, .. }) if *id == approval => {
                self.request = Some(Request::of_order(ask.id, ask.terms.clone()));
            }
            Event::Approval(approval::Event::Signed { id, user, authenticator, shown, .. }) if *id == approval => {
                self.signed.push((recorded.at, *user, Some(*authenticator), shown.clone()));
            }
            Event::Approval(approval::Event::Settled { id, verdict, by }) if *id == approval => {
                self.settled = Some(Settled { at: recorded.at, by: *by, verdict: *verdict });
            }
            Event::Change(change::Event::Asked { id, asked }) if *id == approval => {
                let (at, expires_at, nonce) = (asked.asked_at, asked.expires_at, asked.nonce);
                self.asked = Some(Asked { at, by: recorded.actor, expires_at, nonce, on: asked.device, top: false });
                self.request = Some(Request::of_change(asked.change.clone()));
            }
            Event::Change(change::Event::Signed { id, user, shown, .. }) if *id == approval => {
                // Signed and done in one: what was asked for follows it in the same append.
                let (at, by) = (recorded.at, recorded.actor);
                self.signed.push((at, *user, None, shown.clone()));
                self.settled = Some(Settled { at, by, verdict: approval::Verdict::Grant });
            }
            _ => {}
        }
    }
}

/// The key whose use was written down with this very challenge.
fn used(recorded: &Recorded, challenge: &Digest) -> Option<AuthenticatorId> {
    match &recorded.event {
        Event::People(people::Event::Authenticator(authenticator::Event::Used {
            id,
            proof: Proof::Assertion { challenge: signed, .. },
            ..
        })) if signed == challenge => Some(*id),
        _ => None,
    }
}

fn bound(recorded: &Recorded, wanted: AuthenticatorId) -> Option<(&Passkey, Timestamp)> {
    match &recorded.event {
        Event::People(people::Event::Authenticator(authenticator::Event::Bound(one))) if one.id == wanted => {
            match &one.kind {
                Kind::Passkey(passkey) => Some((passkey, one.bound_at)),
                Kind::Password | Kind::Totp { .. } | Kind::RecoveryCodes { .. } | Kind::Sms => None,
            }
        }
        _ => None,
    }
}

/// The user came in at that moment.
const fn is_enrolment(recorded: &Recorded) -> bool {
    matches!(recorded.event, Event::People(people::Event::Enrolment(enrolment::Event::Used { .. })))
}

fn created(recorded: &Recorded, user: UserId, at: Timestamp) -> bool {
    let Event::People(people::Event::User(user::Event::Created(one))) = &recorded.event else { return false };
    one.id == user && one.created_at == at
}

#[derive(Deserialize)]
struct ClientData {
    origin: String,
}

/// Where the browser says that it signed.
fn origin(client_data: &str) -> Option<String> {
    let bytes = base64url::decode(client_data, MOST_DATA)?;
    serde_json::from_slice::<ClientData>(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes)).ok().map(|it| it.origin)
}

/// The origin's host, or a domain above it, whose hash the authenticator signed.
fn rp_id(authenticator_data: &str, origin: &str) -> Option<String> {
    let data = base64url::decode(authenticator_data, MOST_DATA)?;
    let hash = data.first_chunk::<32>()?;
    let host = origin.split_once("://")?.1.split(':').next()?;
    let above = host.match_indices('.').filter_map(|(at, _)| host.get(at + 1..));
    std::iter::once(host).chain(above).find(|name| Digest::plain(name.as_bytes()).bytes() == hash).map(str::to_owned)
}
