//! Samples of people: users, invitations, a link, one user.

use super::{Page, Say, at, inside, refusal};
use portal::page::people::{Invitation, Link, One, Own, User, View, link, one, people};
use portal::page::{Nav, Role};

pub fn pages(say: Say) -> Vec<Page> {
    let frame = inside(say, "People", Nav::People);
    let last = refusal(say, "entitlement", "last_owner", "the last owner stays", "Invite another owner first.");
    let invitations = vec![invitation(say, "ana", Role::Trader, true), invitation(say, "auditor", Role::Viewer, false)];
    let view = View {
        users: vec![user(say, "Maya Okonkwo", Role::Owner, true), user(say, "Ana Lima", Role::Trader, false)],
        invitations,
        locked: None,
        label: say("ana"),
        role: "trader".to_owned(),
        refusal: None,
    };
    let mut hidden = user(say, "Maya Okonkwo", Role::Owner, false);
    hidden.own = None;
    let looks = View {
        users: vec![hidden, user(say, "Ana Lima", Role::Trader, true)],
        invitations: Vec::new(),
        locked: Some(say("your role is trader")),
        refusal: Some(last),
        ..view.clone()
    };
    let single = One {
        user: user(say, "Ana Lima", Role::Trader, false),
        sessions: 1,
        ticket: say("It opens and closes positions within what is stated here, until 20 Dec 2026."),
        open_orders: 2,
        states: true,
        signed: false,
        stays: None,
        refusal: None,
    };
    let stays = One {
        user: user(say, "Maya Okonkwo", Role::Owner, true),
        open_orders: 0,
        states: false,
        signed: true,
        stays: Some(say("the last owner stays")),
        ..single.clone()
    };
    let shown = Link {
        label: say("ana"),
        role: Role::Trader,
        url: say("https://portal.maya.example/enrol/3q2-7wAAAA"),
        ends: at(say, "2026-11-23T09:30:00Z"),
    };
    vec![
        ("people", people(&frame, &view)),
        ("people-trader", people(&frame, &looks)),
        ("people-link", link(&frame, &shown)),
        ("people-one", one(&frame, &single)),
        ("people-self", one(&frame, &stays)),
    ]
}

fn user(say: Say, name: &str, role: Role, you: bool) -> User {
    let last_sign_in = Some(at(say, "2026-11-22T06:30:00Z"));
    User {
        id: say("usr_01"),
        name: say(name),
        role,
        since: at(say, "2026-10-02T08:00:00Z"),
        you,
        own: Some(Own { devices: 2, authenticators: 3, last_sign_in }),
    }
}

fn invitation(say: Say, label: &str, role: Role, yours: bool) -> Invitation {
    let ends = at(say, "2026-11-23T09:30:00Z");
    Invitation { id: say("inv_01"), role, label: say(label), ends, yours, link: yours }
}
