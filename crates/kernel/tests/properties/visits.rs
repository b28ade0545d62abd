//! Visits: small numbers that a house turns into what its people ask for, so that any list of them is a history.

use super::moves::Move;
use crate::people::house::{DAY, HOUR, House, MINUTE, Person, digest, passkey};
use crate::world::buy;
use kernel::actor::Actor;
use kernel::authenticator::Kind;
use kernel::change::Change;
use kernel::command::Command;
use kernel::decide;
use kernel::device;
use kernel::evidence::{Capability, Evidence, Proof};
use kernel::id::{AuthenticatorId, DeviceId};
use kernel::kill_switch::{Level, Resting};
use kernel::people::{Command as Ask, Confirm, NewAuthenticator, NewDevice, Pair, PairBy, People as Known};
use kernel::session::{Interface, Session};
use kernel::user::Role;

#[derive(Clone)]
pub struct Walk {
    pub house: House,
    persons: Vec<Person>,
    /// Every session that ever was, with its user: dead ones go on asking.
    pub actors: Vec<Actor>,
    /// Everything that was ever shown, to be shown again.
    shown: Vec<Vec<Evidence>>,
    changes: Vec<Command>,
    codes: u8,
}

impl Walk {
    pub fn new() -> Self {
        let mut house = House::new();
        let persons = [Role::Owner, Role::Owner, Role::Viewer].map(|role| house.person(role)).to_vec();
        let mut walk = Self { house, persons, actors: Vec::new(), shown: Vec::new(), changes: Vec::new(), codes: 0 };
        for n in 0..3 {
            walk.house.enters_by_passkey(&mut walk.persons[n]);
            walk.actors.push(walk.persons[n].actor());
        }
        walk
    }

    pub fn people(&self) -> &Known {
        &self.house.world.state.customer.people
    }
    fn actor(&self, n: u8) -> Actor {
        // Mostly one of the latest.
        let back = usize::from(n % 8) * usize::from(n % 3);
        self.actors[self.actors.len().saturating_sub(1 + back)]
    }
    fn of(&self, actor: Actor) -> Person {
        let Actor::User { user, .. } = actor else { return self.persons[0] };
        *self.persons.iter().find(|one| one.user == user).unwrap()
    }
    fn some_device(&self, n: u8) -> DeviceId {
        let devices = &self.people().devices;
        devices[usize::from(n) % devices.len()].id
    }

    fn evidence(&mut self, person: &Person, n: u8) -> Vec<Evidence> {
        let count = u32::from(n / 8);
        let shown = match n % 8 {
            0 | 1 => self.house.shows(person.passkey),
            2 => vec![self.house.assertion(person.second, digest("c"), count)],
            3 | 4 => self.house.types(person),
            5 => self.house.types(person)[..1].to_vec(),
            _ => match self.shown.len() {
                0 => Vec::new(),
                all => self.shown[usize::from(n) % all].clone(),
            },
        };
        self.shown.push(shown.clone());
        shown
    }

    /// Time goes first.
    pub fn command(&mut self, one: &Move) -> Option<(Actor, Command)> {
        let [a, b, c, d] = one.n;
        let ms = [0, 0, 1, 30_000, 30_000, MINUTE, MINUTE, 4 * MINUTE, 11 * MINUTE, HOUR, DAY, 31 * DAY];
        let later = if d < 230 { ms[usize::from(d) % 8] } else { ms[usize::from(d) % 12] };
        self.house.world.later(later);
        let actor = self.actor(a);
        let person = self.of(actor);
        let ask = match one.what {
            0..=17 => return Some((Actor::Visitor, Command::People(self.sign_in(a, b, c)))),
            18..=25 => {
                let up_to = Capability::ALL[usize::from(c) % 3];
                Ask::StepUp { evidence: self.evidence(&person, b), up_to }
            }
            26..=35 => Ask::See,
            36..=40 => {
                let Actor::User { session, .. } = self.actor(b) else { return None };
                Ask::EndSession { id: session }
            }
            41 | 42 => Ask::LogOutEverywhere { user: self.of(self.actor(b)).user, suspend_credentials: c < 20 },
            48 | 49 => {
                self.codes = self.codes.wrapping_add(1);
                let replaces = (c < 128).then(|| self.some_device(b));
                Ask::OfferPairing { sha256: digest(&self.codes.to_string()), replaces }
            }
            53 => return self.pairs(b, c),
            43..=47 => {
                self.codes = self.codes.wrapping_add(1);
                Ask::OfferDeviceCode { sha256: digest(&self.codes.to_string()) }
            }
            50..=52 => return self.types_a_code(c),
            54..=65 => self.confirm(actor, &person, b, c)?,
            66..=69 => Ask::RevokeDevice { id: self.some_device(b), not_me: c < 60 },
            70..=73 => {
                let kinds = [Kind::Password, Kind::Totp { step: None }, passkey(&format!("n{c}"), c < 128)];
                Ask::BindAuthenticator(NewAuthenticator {
                    kind: kinds[usize::from(b) % 3].clone(),
                    sealed_sha256: None,
                })
            }
            74..=76 => Ask::RemoveAuthenticator { id: self.some_authenticator(b) },
            77 => {
                return Some((
                    Actor::House,
                    Command::People(Ask::DisableAuthenticator { id: self.some_authenticator(b) }),
                ));
            }
            _ => return self.sign(one.what, actor, b),
        };
        Some((actor, Command::People(ask)))
    }

    fn some_authenticator(&self, n: u8) -> AuthenticatorId {
        let all = &self.people().authenticators;
        all[usize::from(n) % all.len()].id
    }

    fn sign_in(&mut self, a: u8, b: u8, c: u8) -> Ask {
        let mut person = self.persons[usize::from(a) % 3];
        let own: Vec<DeviceId> =
            self.people().devices.iter().filter(|one| one.user == person.user).map(|one| one.id).collect();
        if let Some(id) = own.get(usize::from(c) % own.len().max(1)).filter(|_| c < 200) {
            person.device = *id;
        }
        let evidence = self.evidence(&person, b);
        let interface = Interface::ALL[[0, 0, 0, 1, 2, 2, 3][usize::from(c) % 7]];
        let mut asked = self.house.sign_in(&person, evidence, interface);
        asked.shared = c.is_multiple_of(5);
        if c.is_multiple_of(4) {
            asked.known = None;
        }
        Ask::SignIn(asked)
    }

    fn confirm(&mut self, actor: Actor, person: &Person, b: u8, c: u8) -> Option<Ask> {
        let waiting = |one: &&device::Device| one.user == person.user && one.state == device::State::Pending;
        let Actor::User { session, .. } = actor else { return None };
        let own = self.people().sessions.iter().find(|one| one.id == session).map(|one| one.device);
        let pending = self.people().devices.iter().find(waiting).map(|one| one.id);
        let id = if b.is_multiple_of(5) {
            self.some_device(c)
        } else if b < 100 {
            own?
        } else {
            pending?
        };
        let by = match b % 3 {
            0 => Confirm::Code(digest(&self.codes.wrapping_sub(c % 3).to_string())),
            1 => Confirm::RecoveryCode(self.house.proof(person.codes, Proof::RecoveryCode { index: c % 4 })),
            _ => {
                let device = self.people().device(id).ok()?;
                Confirm::Tap(self.house.signs(person.passkey, &decide::device_request(device), &device.sha256))
            }
        };
        let replaces = (c < 128).then(|| self.some_device(b));
        Some(Ask::ConfirmDevice { id, by, replaces })
    }

    /// On the device that waits, the code that was shown elsewhere; or an older one.
    fn types_a_code(&self, c: u8) -> Option<(Actor, Command)> {
        let people = self.people();
        let pending = |id| people.device(id).is_ok_and(|one| one.state == device::State::Pending);
        let waits = |one: &&Session| pending(one.device) && people.codes.iter().any(|code| code.user == one.user);
        let session = people.sessions.iter().rev().find(waits)?;
        let code = people.codes.iter().find(|code| code.user == session.user)?;
        let older = digest(&self.codes.wrapping_sub(c % 8).to_string());
        let by = Confirm::Code(if c < 200 { code.sha256 } else { older });
        let ask = Ask::ConfirmDevice { id: session.device, by, replaces: (c < 128).then(|| self.some_device(c)) };
        Some((Actor::User { user: session.user, session: session.id }, Command::People(ask)))
    }

    /// On a phone, by the latest link or an older one.
    fn pairs(&self, b: u8, c: u8) -> Option<(Actor, Command)> {
        let link = self.people().pairings.last()?;
        let person = self.persons.iter().find(|one| one.user == link.user)?;
        let code = if c < 200 { link.sha256 } else { digest(&self.codes.wrapping_sub(c % 8).to_string()) };
        let by = match b % 3 {
            0 => PairBy::Shown(self.house.assertion(person.passkey, digest("pair"), 0)),
            1 => PairBy::Shown(self.house.proof(person.password, Proof::Password)),
            _ => PairBy::Made(NewAuthenticator { kind: passkey(&format!("p{b}-{c}"), true), sealed_sha256: None }),
        };
        let device = NewDevice { sha256: digest("phone"), label: "Phone".into() };
        let known = self.people().device(self.some_device(c)).ok().map(|one| (one.id, one.sha256));
        let (known, session) = (known.filter(|_| b < 100), digest("mobile"));
        Some((Actor::Visitor, Command::People(Ask::Pair(Pair { code, by, known, device, session }))))
    }

    /// Who may sign, if there is anyone; else whoever asks.
    fn signer(&self, otherwise: Actor) -> Actor {
        let now = self.house.world.now;
        let may = |actor: &&Actor| match actor {
            Actor::User { session, .. } => {
                self.people().signed_in(*session, now).is_ok_and(|signed| signed.user.role.may_move())
            }
            _ => false,
        };
        self.actors.iter().rev().find(may).copied().unwrap_or(otherwise)
    }

    /// Kill switches and their releases, held orders and their grants; what was signed is signed again.
    fn sign(&mut self, what: u8, actor: Actor, b: u8) -> Option<(Actor, Command)> {
        let level = if b < 200 { Level::Credential(self.house.second) } else { Level::Customer };
        let actor = if b.is_multiple_of(4) { actor } else { self.signer(actor) };
        let person = &self.of(actor);
        let key = if b.is_multiple_of(2) { person.passkey } else { person.second };
        let command = match what {
            78..=80 => Command::Engage { level, resting: Resting::KeepProtective },
            81..=84 => Command::AskChange(Change::Release { level }),
            85..=89 => {
                let changes = &self.house.world.state.customer.changes;
                let Some((id, asked)) = changes.iter().nth(usize::from(b) % changes.len().max(1)) else {
                    return Some((actor, Command::AskChange(Change::Release { level })));
                };
                let signature = self.house.signs(key, &asked.change.digest(), &asked.nonce);
                Command::SignChange { id: *id, signature }
            }
            90 | 91 => self.changes.get(usize::from(b) % self.changes.len().max(1))?.clone(),
            92..=94 => {
                let (actor, command) = self.house.world.order(&buy("25", "100").client(i32::from(b % 2)));
                return Some((actor, command));
            }
            _ => {
                let pending = &self.house.world.state.book.pending;
                let (id, approval) = pending.iter().nth(usize::from(b) % pending.len().max(1))?;
                let signature = self.house.signs(key, &approval.request, &approval.nonce);
                Command::Grant { id: *id, signature }
            }
        };
        self.changes.push(command.clone());
        Some((actor, command))
    }
}
