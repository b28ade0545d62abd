//! The session matrix: interface x capability x command, each cell written down here and not worked out.
//! The portal has a door, and so has `mobile`; `desktop` and `api` have none yet: their cells are held here.

use super::house::{DAY, HOUR, House, MINUTE, Person};
use super::samples::{self, NAMES};
use crate::world::{LOCAL, NOON};
use kernel::actor::Actor;
use kernel::command::Command;
use kernel::decide::{self, Need};
use kernel::device::{self, State};
use kernel::evidence::Capability;
use kernel::id::SessionId;
use kernel::people::Event as People;
use kernel::session::{self, Interface};
use kernel::time::Timestamp;
use kernel::user::{self, Role};
use std::collections::{BTreeMap, BTreeSet};

/// Whoever is not signed in. `before` and `after`: the local socket, before an owner is enrolled and after.
const AT_THE_DOORS: &str = "
row       visitor         credential            venue                 house                 before     after
own       not_yours       yes                   not_yours             not_yours             not_yours  not_yours
listener  not_yours       yes                   not_yours             yes                   not_yours  not_yours
fact      not_yours       not_yours             yes                   yes                   not_yours  not_yours
clock     not_yours       not_yours             not_yours             yes                   not_yours  not_yours
trade     not_yours       not_yours             not_yours             not_yours             not_yours  not_yours
restrict  not_yours       not_yours             not_yours             yes                   yes        yes
widen     not_yours       not_yours             not_yours             yes                   yes        owner_must_sign
refuse    not_yours       approval_own_request  approval_own_request  approval_own_request  yes        yes
answer    not_yours       approval_own_request  approval_own_request  approval_own_request  yes        owner_must_sign
signature not_yours       not_yours             not_yours             yes                   yes        owner_must_sign
grant     not_yours       not_yours             not_yours             not_yours             not_yours  not_yours
ask       not_yours       not_yours             not_yours             not_yours             not_yours  not_yours
sign      not_yours       not_yours             not_yours             not_yours             not_yours  not_yours
offer     not_yours       not_yours             not_yours             owner_enrolled        yes        owner_must_sign
enrol     owner_enrolled  not_yours             not_yours             owner_enrolled        not_yours  not_yours
come-in   yes             not_yours             not_yours             yes                   not_yours  not_yours
step-up   not_yours       not_yours             not_yours             not_proven            not_yours  not_yours
see       not_yours       not_yours             not_yours             not_proven            not_yours  not_yours
end       not_yours       not_yours             not_yours             yes                   yes        yes
log-out   not_yours       not_yours             not_yours             yes                   yes        yes
programs  not_yours       not_yours             not_yours             yes                   yes        yes
vouch     not_yours       not_yours             not_yours             not_proven            not_yours  not_yours
tap       not_yours       not_yours             not_yours             not_proven            not_yours  not_yours
type      not_yours       not_yours             not_yours             not_proven            not_yours  not_yours
bind      not_yours       not_yours             not_yours             not_proven            not_proven owner_must_sign
disable   not_yours       not_yours             not_yours             yes                   not_yours  not_yours
push      not_yours       not_yours             not_yours             not_yours             not_yours  not_yours
push-off  not_yours       not_yours             not_yours             yes                   not_yours  not_yours
push-off-elsewhere  not_yours  not_yours  not_yours  yes  not_yours  not_yours
hand-out  not_yours       not_yours             not_yours             invitation_of_another invitation_of_another owner_must_sign
";

/// A person on a device that was confirmed days ago: `view`, `trade` and `move` is what the session may do.
/// What is one word for a role is the same with each capability. A device that is confirmed is not confirmed again.
const BY_ROLE: &str = "
row       owner:view        owner:trade       owner:move        trader            advisor           viewer
own       not_yours         not_yours         not_yours         not_yours         not_yours         not_yours
listener  not_yours         not_yours         not_yours         not_yours         not_yours         not_yours
fact      not_yours         not_yours         not_yours         not_yours         not_yours         not_yours
clock     not_yours         not_yours         not_yours         not_yours         not_yours         not_yours
trade     step_up_needed    yes               yes               as-owner          role_missing      role_missing
restrict  yes               yes               yes               yes               yes               role_missing
widen     step_up_needed    step_up_needed    yes               role_missing      role_missing      role_missing
refuse    yes               yes               yes               yes               yes               role_missing
answer    factor_missing    factor_missing    factor_missing    factor_missing    factor_missing    factor_missing
signature factor_missing    factor_missing    factor_missing    factor_missing    factor_missing    factor_missing
grant     yes               yes               yes               yes               yes               role_missing
ask       yes               yes               yes               role_missing      role_missing      role_missing
sign      yes               yes               yes               role_missing      role_missing      role_missing
offer     step_up_needed    step_up_needed    owner_enrolled    role_missing      role_missing      role_missing
enrol     not_yours         not_yours         not_yours         not_yours         not_yours         not_yours
come-in   not_yours         not_yours         not_yours         not_yours         not_yours         not_yours
step-up   yes               yes               yes               yes               yes               yes
see       yes               yes               yes               yes               yes               yes
end       yes               yes               yes               yes               yes               yes
log-out   yes               yes               yes               yes               yes               yes
programs  yes               yes               yes               yes               yes               role_missing
vouch     yes               yes               yes               yes               yes               yes
tap       yes               yes               yes               yes               yes               yes
type      device_not_found  device_not_found  device_not_found  device_not_found  device_not_found  device_not_found
bind      step_up_needed    step_up_needed    yes               as-owner          as-owner          as-owner
disable   not_yours         not_yours         not_yours         not_yours         not_yours         not_yours
push      yes               yes               yes               yes               yes               yes
push-off  yes               yes               yes               yes               yes               yes
push-off-elsewhere  step_up_needed  step_up_needed  yes  as-owner  as-owner  as-owner
hand-out  step_up_needed    step_up_needed    yes               role_missing      role_missing      role_missing
";

/// An owner with every window open, by how the device and the session stand. Rows that no person has are left out.
const BY_STANDING: &str = "
row       first             young             pending         shared          no-trust              revoked
trade     yes               yes               device_pending  yes             device_trust_expired  device_revoked
restrict  yes               yes               device_pending  yes             device_trust_expired  device_revoked
widen     yes               device_too_new    device_pending  device_too_new  device_trust_expired  device_revoked
refuse    yes               yes               device_pending  yes             device_trust_expired  device_revoked
answer    factor_missing    factor_missing    device_pending  factor_missing  device_trust_expired  device_revoked
signature factor_missing    factor_missing    device_pending  factor_missing  device_trust_expired  device_revoked
grant     yes               yes               device_pending  yes             device_trust_expired  device_revoked
ask       yes               yes               device_pending  yes             device_trust_expired  device_revoked
sign      yes               device_too_new    device_pending  device_too_new  device_trust_expired  device_revoked
step-up   yes               yes               device_pending  yes             device_trust_expired  device_revoked
see       yes               yes               yes             yes             yes                   device_revoked
end       yes               yes               yes             yes             yes                   device_revoked
log-out   yes               yes               device_pending  yes             device_trust_expired  device_revoked
programs  yes               yes               device_pending  yes             device_trust_expired  device_revoked
vouch     yes               yes               device_pending  device_shared   device_trust_expired  device_revoked
tap       yes               yes               device_pending  device_shared   device_trust_expired  device_revoked
type      device_not_found  device_not_found  yes             device_not_found  device_not_found    device_revoked
bind      yes               device_too_new    device_pending  device_too_new  device_trust_expired  device_revoked
push      yes               yes               device_pending  push_shared_device  device_trust_expired  device_revoked
push-off  yes               yes               device_pending  yes             device_trust_expired  device_revoked
push-off-elsewhere  yes  device_too_new  device_pending  device_too_new  device_trust_expired  device_revoked
hand-out  yes               device_too_new    device_pending  device_too_new  device_trust_expired  device_revoked
";

/// What every row of a session that is over says, but those that are no person's at all.
const OVER: &str = "
idle            session_idle
expired         session_expired
out-everywhere  session_logged_out
ended           session_unknown
removed         session_unknown
on-the-api      session_unknown
another's       not_yours
";

/// How far a proof opens a session, by interface: passkey, then password and TOTP, then password and SMS (NI-13).
/// `mobile` signs each act by itself.
const REACH: &str = "
portal   move  trade  view
mobile   view  view   view
desktop  move  trade  view
api      interface_not_built  interface_not_built  interface_not_built
";

type Table = BTreeMap<(String, String), String>;

fn read(text: &str) -> Table {
    let mut lines = text.trim().lines().map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    let columns = lines.next().unwrap();
    let mut table = Table::new();
    for line in lines {
        assert_eq!(line.len(), columns.len(), "{line:?}");
        for (column, cell) in columns.iter().zip(&line).skip(1) {
            table.insert((line[0].clone(), column.clone()), cell.clone());
        }
    }
    table
}

/// `yes`, or the code; what is refused only because it is done already was allowed.
fn verdict(house: &House, actor: Actor, command: &Command) -> &'static str {
    let decided = house.world.decide(actor, command);
    let gate = decide::allowed(&house.world.state, &actor, command, house.world.now);
    if let Err(refusal) = &gate {
        assert_eq!(decided.as_ref().err(), Some(refusal), "decided otherwise than allowed: {command:?}");
    }
    match decided {
        Ok(_) => "yes",
        Err(refusal) if refusal.code() == "customer_already_open" => "yes",
        Err(refusal) => refusal.code(),
    }
}

fn holds(table: &Table, column: &str, house: &House, actor: Actor, samples: &[Command]) {
    for command in samples {
        let (name, row) = samples::row(command);
        let Some(cell) = table.get(&(row.to_owned(), column.to_owned())) else { continue };
        assert_eq!(verdict(house, actor, command), cell, "{name} by {column}");
    }
}

fn entered(role: Role) -> (House, Person) {
    let mut house = House::new();
    let mut person = house.person(role);
    house.enters_by_passkey(&mut person);
    (house, person)
}

#[test]
fn every_command_has_a_sample_and_every_row_a_command() {
    let (mut house, person) = entered(Role::Owner);
    let samples = samples::all(&mut house, &person);
    let seen: BTreeSet<&str> = samples.iter().map(|one| samples::row(one).0).collect();
    assert_eq!(seen, NAMES.iter().copied().collect());
    let rows: BTreeSet<String> = samples.iter().map(|one| samples::row(one).1.to_owned()).collect();
    for table in [AT_THE_DOORS, BY_ROLE] {
        let written: BTreeSet<String> = read(table).into_keys().map(|(row, _)| row).collect();
        assert_eq!(rows, written);
    }
    let of_people = [Need::Visitor, Need::Session, Need::View, Need::Trade, Need::Restrict, Need::Widen, Need::Sign];
    for need in of_people.into_iter().chain([Need::Own, Need::House]) {
        let has = samples.iter().any(|one| decide::need(&house.world.state, one) == need);
        assert!(has, "no command needs {need:?}");
    }
}

#[test]
fn whoever_is_not_signed_in_asks_for_what_the_matrix_says() {
    let table = read(AT_THE_DOORS);
    let (mut house, person) = entered(Role::Owner);
    let samples = samples::all(&mut house, &person);
    let credential = Actor::Credential(house.world.bot);
    let actors = [("visitor", Actor::Visitor), ("credential", credential), ("venue", Actor::Venue)];
    for (column, actor) in actors.into_iter().chain([("house", Actor::House), ("after", LOCAL)]) {
        holds(&table, column, &house, actor, &samples);
    }
}

#[test]
fn the_local_socket_does_everything_before_an_owner_is_enrolled_but_what_takes_a_person() {
    let table = read(AT_THE_DOORS);
    let (mut house, person) = entered(Role::Trader);
    let samples = samples::all(&mut house, &person);
    holds(&table, "before", &house, LOCAL, &samples);
}

#[test]
fn a_person_asks_for_what_role_and_capability_say_on_every_interface() {
    let (table, reach) = (read(BY_ROLE), reach());
    for interface in Interface::ALL {
        for role in Role::ALL {
            for capability in Capability::ALL {
                let Some((mut house, person)) = with(role, interface, capability) else {
                    assert_eq!(reach[interface.as_str()].0, "interface_not_built");
                    continue;
                };
                let samples = samples::all(&mut house, &person);
                let reached = match (reach[interface.as_str()].0.as_str(), capability) {
                    ("view", _) => Capability::View,
                    (_, other) => other,
                };
                for command in &samples {
                    let (name, row) = samples::row(command);
                    let cell = |column: &str| table[&(row.to_owned(), column.to_owned())].clone();
                    let as_owner = cell(&format!("owner:{}", reached.as_str()));
                    let expected = match role {
                        Role::Owner => as_owner,
                        other => Some(cell(other.as_str())).filter(|cell| cell != "as-owner").unwrap_or(as_owner),
                    };
                    let found = verdict(&house, person.actor(), command);
                    assert_eq!(found, expected, "{name} by {role:?} with {capability:?} on {interface:?}");
                }
            }
        }
    }
}

fn reach() -> BTreeMap<String, (String, String, String)> {
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    REACH
        .trim()
        .lines()
        .map(words)
        .map(|line| (line[0].clone(), (line[1].clone(), line[2].clone(), line[3].clone())))
        .collect()
}

/// Signed in on this interface, with no more than this capability.
fn with(role: Role, interface: Interface, capability: Capability) -> Option<(House, Person)> {
    let mut house = House::new();
    let mut person = house.person(role);
    if role != Role::Owner {
        house.person(Role::Owner);
    }
    let shown = if capability == Capability::Move { house.shows(person.passkey) } else { house.types(&person) };
    let asked = house.sign_in(&person, shown, interface);
    house.enters(&mut person, asked).ok()?;
    if capability == Capability::View {
        house.lower(&person);
    }
    Some((house, person))
}

#[test]
fn a_sign_in_opens_as_much_as_its_proofs_and_its_interface_allow() {
    for (interface, (by_passkey, by_password, by_sms)) in reach() {
        let interface = *Interface::ALL.iter().find(|one| one.as_str() == interface).unwrap();
        for (n, expected) in [by_passkey, by_password, by_sms].into_iter().enumerate() {
            let mut house = House::new();
            let mut person = house.person(Role::Owner);
            let shown = match n {
                0 => house.shows(person.passkey),
                1 => house.types(&person),
                _ => house.types_sms(&person),
            };
            let asked = house.sign_in(&person, shown, interface);
            let found = match house.enters(&mut person, asked) {
                Ok(()) => {
                    let people = &house.world.state.customer.people;
                    people.signed_in(person.session, house.world.now).unwrap().capability(house.world.now).as_str()
                }
                Err(code) => code,
            };
            assert_eq!(found, expected, "{interface:?}");
        }
    }
}

/// Puts the owner's device into this state, with every window open.
fn standing(name: &str) -> (House, Person) {
    let mut house = House::new();
    let mut person = house.person(Role::Owner);
    let since = NOON.minus_ms(HOUR);
    let young = State::Validated { since, until: since.plus_ms(device::TRUST_MS) };
    person.device = match name {
        "first" => house.device(person.user, young, |one| one.first = true),
        "shared" => house.device(person.user, young, |one| one.shared = true),
        "pending" => house.device(person.user, State::Pending, |_| {}),
        _ => house.device(person.user, young, |_| {}),
    };
    let windows = NOON.plus_ms(5 * MINUTE);
    house.happened(People::Session(session::Event::Begun(open_session(&person, windows))));
    person.session = SessionId::new(1, 1);
    match name {
        "no-trust" => {
            let until = NOON;
            let how = device::How::Code;
            house.happened(People::Device(device::Event::Confirmed { id: person.device, how, since, until }));
        }
        "revoked" => house.happened(People::Device(device::Event::Revoked { id: person.device, not_me: false })),
        _ => {}
    }
    (house, person)
}

fn open_session(person: &Person, windows: Timestamp) -> session::Session {
    session::Session {
        id: SessionId::new(1, 1),
        user: person.user,
        device: person.device,
        interface: Interface::Portal,
        sha256: super::house::digest("s"),
        authenticator: person.second,
        assurance: kernel::evidence::Assurance::Aal2,
        shared: false,
        began_at: NOON,
        seen_at: NOON,
        trade_until: windows,
        move_until: windows,
        network: None,
        changed: Default::default(),
    }
}

#[test]
fn an_owner_asks_for_what_the_device_allows() {
    let table = read(BY_STANDING);
    for name in ["first", "young", "pending", "shared", "no-trust", "revoked"] {
        let (mut house, person) = standing(name);
        let samples = samples::all(&mut house, &person);
        holds(&table, name, &house, person.actor(), &samples);
    }
}

/// Rows in which a person is refused before anyone looks at the session.
const NO_PERSONS: [&str; 4] = ["own", "listener", "fact", "clock"];

#[test]
fn a_session_that_is_over_gets_nothing() {
    for line in OVER.trim().lines() {
        let (name, code) = line.split_once(char::is_whitespace).unwrap();
        let (mut house, mut person) = entered(Role::Owner);
        let other = house.person(Role::Owner).user;
        let samples = samples::all(&mut house, &person);
        let id = person.session;
        let mut actor = person.actor();
        match name {
            "idle" => drop(house.world.later(15 * MINUTE)),
            "expired" => {
                house.world.later(12 * HOUR);
                house.happened(People::Session(session::Event::Seen { id, at: house.world.now }));
            }
            "out-everywhere" => {
                let at = house.world.now;
                house.happened(People::User(user::Event::LoggedOutEverywhere { id: person.user, at }));
            }
            "ended" => {
                house.happened(People::Session(session::Event::Ended { id, why: session::Ending::Ended }));
            }
            "removed" => house.happened(People::User(user::Event::Removed { id: person.user })),
            "on-the-api" => {
                let mut begun = open_session(&person, NOON.plus_ms(DAY));
                (begun.interface, begun.began_at) = (Interface::Api, house.world.now);
                house.happened(People::Session(session::Event::Begun(begun)));
                person.session = begun.id;
                actor = person.actor();
            }
            _ => actor = Actor::User { user: other, session: id },
        }
        for command in &samples {
            let (what, row) = samples::row(command);
            let expected = if NO_PERSONS.contains(&row) { "not_yours" } else { code.trim() };
            assert_eq!(verdict(&house, actor, command), expected, "{what} on a session that is {name}");
        }
    }
}
