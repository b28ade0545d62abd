//! Removed: whoever is a user no more is told of that, and of nothing that waited for them.

use super::Office;
use kernel::actor::Actor;
use kernel::authenticator::{Kind, Passkey};
use kernel::change::Change;
use kernel::command::Command;
use kernel::digest::Digest;
use kernel::event::Recorded;
use kernel::evidence::{Evidence, Proof};
use kernel::id::UserId;
use kernel::people::{Command as Ask, Enrol, NewAuthenticator, NewDevice};
use kernel::signature::{self, Shown, Signature};
use kernel::user::Role;

impl Office {
    fn done_by(&mut self, by: Actor, command: Command) -> Vec<Recorded> {
        let mut answer = self.world.actor.submit(by, command);
        self.world.write_all();
        answer.try_recv().unwrap().unwrap()
    }

    /// Invited, let in, and told by e-mail.
    fn viewer(&mut self, owner: Actor, address: &str) -> UserId {
        let digest = |text: &str| Digest::plain(text.as_bytes());
        let invite = Change::Invite { role: Role::Viewer, label: "ana".to_owned() };
        self.done_by(owner, Command::AskChange(invite));
        let at = self.world.actor.now();
        let sign = self.world.actor.read(|state| {
            let (id, asked) = state.customer.changes.last_key_value().unwrap();
            let known = state.customer.people.authenticators.last().unwrap();
            let display = "Invite".to_owned();
            let challenge = signature::challenge(&asked.change.digest(), &display, &asked.nonce);
            let proof = Proof::Assertion { challenge, user_verified: true, backed_up: false, sign_count: 1 };
            let evidence = Evidence { authenticator: known.id, revision: known.revision, at, proof };
            let text = || "x".to_owned();
            let shown = Shown { display, client_data: text(), authenticator_data: text(), signature: text() };
            Command::SignChange { id: *id, signature: Signature { evidence, shown } }
        });
        self.done_by(owner, sign);
        let id = self.world.actor.read(|state| state.customer.people.invitations[0].id);
        self.done_by(owner, Command::People(Ask::MakeInvitationLink { id, sha256: digest("a") }));
        let passkey = Passkey {
            credential_id: "hers".to_owned(),
            public_key: "another".to_owned(),
            aaguid: String::new(),
            backup_eligible: true,
            backed_up: true,
            sign_count: 0,
        };
        let user = UserId::from_bits(8);
        let enrol = Enrol {
            user,
            link: digest("a"),
            name_sha256: digest("ana"),
            name_key: digest("ana's key"),
            passkey: NewAuthenticator { kind: Kind::Passkey(passkey), sealed_sha256: None },
            device: NewDevice { sha256: digest("her device"), label: "a browser".to_owned() },
            session: digest("her session"),
        };
        self.done_by(Actor::Visitor, Command::People(Ask::Enrol(enrol)));
        let session = self.world.actor.read(|state| state.customer.people.sessions.last().unwrap().id);
        self.address(Actor::User { user, session }, address);
        user
    }
}

#[test]
fn what_waits_for_whoever_was_removed_is_not_sent_any_more() {
    let mut office = Office::new();
    let owner = office.owner("mary@example.com");
    let id = office.viewer(owner, "ana@example.com");
    office.deliver();
    office.mail.came.lock().unwrap().clear();
    office.kill();
    office.expand();
    office.done_by(owner, Command::People(Ask::RemoveUser { id }));
    office.deliver();
    let came = office.mail.came.lock().unwrap().clone();
    let of = |address: &str| {
        let theirs = came.iter().filter(|(to, _)| to == address);
        theirs.map(|(_, parcel)| parcel.kind.clone()).collect::<Vec<_>>()
    };
    assert_eq!(of("ana@example.com"), ["user_removed"]);
    let mut marys = of("mary@example.com");
    marys.sort();
    assert_eq!(marys, ["kill_switch_engaged", "user_removed"]);
    assert_eq!((office.unsent(), office.dead()), (0, Vec::new()), "nothing is left behind");
}
