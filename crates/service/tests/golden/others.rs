//! Other users and second approvers: these came later.

use super::people::{authenticator, person, session, shown, user};
use super::things::*;
use kernel::actor::Actor;
use kernel::api_credential;
use kernel::approval::{self, Approval};
use kernel::change::{self, Asked, Change};
use kernel::event::Event;
use kernel::guard::Limits;
use kernel::id::{InvitationId, NoticeId};
use kernel::invitation::{self, Invitation};
use kernel::notice::{self, Dead, Kind, Why};
use kernel::people::Event as People;
use kernel::user::{self, Role};

pub fn all() -> Vec<(Actor, Event)> {
    let mut all = invited();
    all.extend(above_the_top());
    all.extend(removed());
    all
}

fn invited() -> Vec<(Actor, Event)> {
    let (id, by, label) = (InvitationId::new(now().0, 17), user(), "desk-2.ana".to_owned());
    let (made_at, expires_at) = (now(), now().plus_ms(invitation::LIFETIME_MS));
    let mut all = Vec::new();
    for role in [Role::Owner, Role::Trader, Role::Viewer] {
        all.extend(signed(&Change::Invite { role, label: label.clone() }));
    }
    let made = Invitation { id, role: Role::Trader, label, by, made_at, expires_at, link: None };
    let own = [
        invitation::Event::Made(made.clone()),
        invitation::Event::Made(Invitation { link: Some(digest("link")), ..made }),
        invitation::Event::LinkMade { id, sha256: digest("link") },
        invitation::Event::Revoked { id },
        invitation::Event::Used { id, user: user() },
    ];
    all.extend(own.into_iter().map(|event| Event::People(People::Invitation(event))));
    all.push(Event::People(People::User(user::Event::Removed { id: user() })));
    let dead = |kind| Dead {
        id: NoticeId::new(now().0, 15),
        stream: "customer/cus_1".to_owned(),
        version: 7,
        kind,
        user: None,
        device: None,
        carrier: "webhook:ops".to_owned(),
        email: None,
        more: 0,
        why: Why::Late,
        at: now(),
    };
    let kinds = [Kind::UserInvited, Kind::UserRemoved].into_iter();
    all.extend(kinds.map(|kind| Event::People(People::Notice(notice::Event::Dead(dead(kind))))));
    all.into_iter().map(|event| (person(), event)).collect()
}

fn signed(change: &Change) -> [Event; 2] {
    let (nonce, user, session, shown) = (digest("nonce"), user(), session(), shown());
    let (asked_at, expires_at) = (now(), now().plus_ms(change::LIFETIME_MS));
    let asked = Asked { change: change.clone(), nonce, user, session, device: None, asked_at, expires_at, missed: 0 };
    [
        Event::Change(change::Event::Asked { id: approval(), asked }),
        Event::Change(change::Event::Signed { id: approval(), change: change.clone(), user, shown }),
    ]
}

/// An owner: by a signature.
fn removed() -> Vec<(Actor, Event)> {
    signed(&Change::RemoveOwner { id: user() }).map(|event| (person(), event)).into()
}

fn above_the_top() -> Vec<(Actor, Event)> {
    let asked = Approval {
        order: order(1),
        request: digest("request"),
        nonce: digest("nonce"),
        requester: credential(),
        asked_at: now(),
        expires_at: now().plus_ms(approval::ORDER_LIFETIME_MS),
        asked_on: None,
        closes: false,
        top: true,
        missed: 0,
        raised: None,
        first: None,
    };
    let (id, user, authenticator, session) = (approval(), user(), authenticator(), Some(session()));
    let limits = Limits { top_above: Some(amount("100000")), ..every_limit() };
    let set = api_credential::Event::LimitsSet { id: credential(), limits };
    vec![
        (person(), Event::Credential(set)),
        (Actor::Credential(credential()), Event::Approval(approval::Event::Requested { id, approval: asked })),
        (person(), Event::Approval(approval::Event::Signed { id, user, authenticator, shown: shown(), session })),
    ]
}
