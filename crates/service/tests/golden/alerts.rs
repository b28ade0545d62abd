//! Alerts: something unusual, told, risen and answered; and that somebody could not be told of it.

use super::people::user;
use super::things::{credential, now};
use kernel::actor::Actor;
use kernel::alert::{self, Alert, Answered, Sign, Subject};
use kernel::event::Event;
use kernel::id::{AlertId, NoticeId, SessionId};
use kernel::notice::{self, Dead, Kind, Why};
use kernel::people::Event as People;
use kernel::watch::{Signal, Step};

pub fn all() -> Vec<(Actor, Event)> {
    let id = AlertId::new(now().0, 18);
    let raised = |subject, step, signals: &[Signal]| {
        let signs = signals.iter().map(|signal| Sign { signal: *signal, bits: 48 }).collect();
        let alert = Alert { id, subject, step, signs, raised_at: now(), answered: None };
        (Actor::House, Event::Alert(alert::Event::Raised(alert)))
    };
    let (whose, program) = (Subject::User(user()), Subject::Credential(credential()));
    let person = Actor::User { user: user(), session: SessionId::new(now().0, 19) };
    let said = |mine| {
        let answered = Answered { at: now(), mine };
        (person, Event::Alert(alert::Event::Answered { id, subject: whose, answered }))
    };
    let stream = "customer/cus_1".to_owned();
    let dead = Dead {
        id: NoticeId::new(now().0, 15),
        stream,
        version: 7,
        kind: Kind::Alert,
        user: Some(user()),
        carrier: "email".to_owned(),
        email: None,
        device: None,
        more: 0,
        why: Why::Late,
        at: now(),
    };
    vec![
        // Those that there were when the line was written.
        raised(whose, Step::Notify, &Signal::ALL[..22]),
        raised(whose, Step::StepUp, &[Signal::NewDevice]),
        raised(program, Step::ReduceOnly, &[Signal::OrderSize]),
        raised(program, Step::Kill, &[Signal::ManyNetworks]),
        said(true),
        said(false),
        (Actor::House, Event::People(People::Notice(notice::Event::Dead(dead)))),
    ]
}

/// The signs that came in November 2026.
pub fn seldom() -> (Actor, Event) {
    let id = AlertId::new(now().0, 25);
    let signs = Signal::ALL[23..29].iter().map(|signal| Sign { signal: *signal, bits: 48 }).collect();
    let (subject, step) = (Subject::User(user()), Step::Notify);
    let alert = Alert { id, subject, step, signs, raised_at: now(), answered: None };
    (Actor::House, Event::Alert(alert::Event::Raised(alert)))
}

/// And those that came with the cards.
pub fn sittings() -> (Actor, Event) {
    let id = AlertId::new(now().0, 31);
    let signs = Signal::ALL[29..33].iter().map(|signal| Sign { signal: *signal, bits: 48 }).collect();
    let (subject, step) = (Subject::User(user()), Step::Notify);
    let alert = Alert { id, subject, step, signs, raised_at: now(), answered: None };
    (Actor::House, Event::Alert(alert::Event::Raised(alert)))
}

/// And those of shared computers and of what is bought again.
pub fn again() -> (Actor, Event) {
    let id = AlertId::new(now().0, 37);
    let signs = Signal::ALL[33..35].iter().map(|signal| Sign { signal: *signal, bits: 48 }).collect();
    let (subject, step) = (Subject::User(user()), Step::Notify);
    let alert = Alert { id, subject, step, signs, raised_at: now(), answered: None };
    (Actor::House, Event::Alert(alert::Event::Raised(alert)))
}
