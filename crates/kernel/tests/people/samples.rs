//! Samples: one of every command, such that it is done when whoever asks may; and the row of the matrix that it is in.

use super::house::{DAY, House, Person, digest, passkey};
use crate::world::{buy, quantity, wide, wide_limits};
use kernel::alert;
use kernel::approval::Verdict;
use kernel::attempt::Failed;
use kernel::change::{self, Asked, Change};
use kernel::command::{Command, Report};
use kernel::connection;
use kernel::decide::change_of;
use kernel::device::State;
use kernel::event::Event;
use kernel::evidence::Capability;
use kernel::id::{AlertId, ApprovalId, CustomerId, IncidentId, InvitationId, UserId};
use kernel::incident::{self, Incident, Suspect, Why};
use kernel::instrument::Selector;
use kernel::invitation::{self, Invitation};
use kernel::kill_switch::{self, Engaged, Level, Resting};
use kernel::notice::Group;
use kernel::order::Side;
use kernel::people::{Command as Ask, Confirm, Enrol, Event as People, NewAuthenticator, NewDevice, Pair, PairBy};
use kernel::reason::{Category, Reason};
use kernel::restore::{Backup, Command as Restore};
use kernel::session::Interface;
use kernel::user::Role;

/// Every command by its name and its row. A new one does not compile until it is here, and then wants a sample.
macro_rules! commands {
    ($($pattern:pat $(if $guard:expr)? => $name:literal in $row:literal),* $(,)?) => {
        pub const NAMES: &[&str] = &[$($name),*];
        pub fn row(command: &Command) -> (&'static str, &'static str) {
            match command { $($pattern $(if $guard)? => ($name, $row)),* }
        }
    };
}

commands! {
    Command::Place { .. } => "place" in "own",
    Command::Decline { .. } => "decline" in "own",
    Command::Cancel { .. } => "cancel" in "own",
    Command::CancelAll => "cancel all" in "own",
    Command::UseCredential { .. } => "use credential" in "own",
    Command::Connection(_) => "connection" in "listener",
    Command::Report(_) => "report" in "fact",
    Command::Expire => "expire" in "clock",
    Command::Enforce { .. } => "enforce" in "clock",
    Command::Disconnected { .. } => "disconnected" in "clock",
    Command::CancelOrder { .. } => "cancel order" in "restrict",
    Command::Engage { .. } => "engage" in "restrict",
    Command::SuspendCredential { .. } => "suspend credential" in "restrict",
    Command::RevokeCredential { .. } => "revoke credential" in "restrict",
    Command::SetAccountLimits { limits, .. } if limits.day_count == Some(2) => "narrow account limits" in "restrict",
    Command::SetAccountLimits { .. } => "widen account limits" in "signature",
    Command::SetCredentialLimits { limits, .. } if limits.day_count == Some(2) => "narrow limits" in "restrict",
    Command::SetCredentialLimits { .. } => "widen limits" in "signature",
    Command::SetRestricted { restricted, .. } if restricted.len() == 2 => "restrict more" in "restrict",
    Command::SetRestricted { .. } => "restrict less" in "signature",
    Command::Answer { verdict: Verdict::Refuse, .. } => "answer no" in "refuse",
    Command::Answer { verdict: Verdict::TimeOut, .. } => "answer late" in "refuse",
    Command::Answer { verdict: Verdict::Void, .. } => "answer void" in "refuse",
    Command::Answer { verdict: Verdict::Grant, .. } => "answer yes" in "answer",
    Command::Release { .. } => "release" in "signature",
    Command::OpenCustomer { .. } => "open customer" in "widen",
    Command::OpenAccount { .. } => "open account" in "widen",
    Command::CreateCredential(new) if new.name == "live" => "create live credential" in "signature",
    Command::CreateCredential(_) => "create credential" in "widen",
    Command::RotateCredential { .. } => "rotate credential" in "widen",
    Command::ResumeCredential { .. } => "resume credential" in "signature",
    Command::Rearm { .. } => "rearm" in "widen",
    Command::OpenTicket => "open ticket" in "trade",
    Command::PlaceAtTicket { .. } => "place at ticket" in "trade",
    Command::SetTicket { stated, .. } if stated.instruments.is_empty() => "narrow ticket" in "restrict",
    Command::SetTicket { .. } => "widen ticket" in "signature",
    Command::OpenIncident { .. } => "open incident" in "restrict",
    Command::CloseIncident { .. } => "close incident" in "widen",
    Command::Watch => "watch" in "disable",
    Command::Mark { .. } => "mark" in "disable",
    Command::Silence { .. } => "silence" in "disable",
    Command::TellExpiries => "tell expiries" in "disable",
    Command::Restore(Restore::Firm(_)) => "restore the firm" in "disable",
    Command::Restore(Restore::Customer { .. }) => "restore a customer" in "disable",
    Command::Restore(Restore::Book) => "restore a book" in "disable",
    Command::AnswerAlert { mine: false, .. } => "alert: not me" in "restrict",
    Command::AnswerAlert { mine: true, shown, .. } if shown.is_empty() => "alert: me" in "widen",
    Command::AnswerAlert { mine: true, .. } => "alert: me, by a passkey" in "sign",
    Command::Grant { .. } => "grant" in "grant",
    Command::AskChange(Change::Release { .. }) => "ask release" in "ask",
    Command::AskChange(Change::AccountLimits { .. }) => "ask account limits" in "ask",
    Command::AskChange(Change::Restricted { .. }) => "ask restrict less" in "ask",
    Command::AskChange(Change::CredentialLimits { .. }) => "ask limits" in "ask",
    Command::AskChange(Change::Ticket { .. }) => "ask ticket" in "ask",
    Command::AskChange(Change::Resume { .. }) => "ask resume" in "ask",
    Command::AskChange(Change::Credential(_)) => "ask credential" in "ask",
    Command::AskChange(Change::Push { .. }) => "ask push" in "push",
    Command::AskChange(Change::Invite { .. }) => "ask invite" in "ask",
    Command::AskChange(Change::RemoveOwner { .. }) => "ask remove owner" in "ask",
    Command::SignChange { .. } => "sign change" in "sign",
    Command::MissSignature { .. } => "miss signature" in "grant",
    Command::People(Ask::OfferEnrolment { .. }) => "offer enrolment" in "offer",
    Command::People(Ask::Enrol(_)) => "enrol" in "enrol",
    Command::People(Ask::SignIn(_)) => "sign in" in "come-in",
    Command::People(Ask::StepUp { .. }) => "step up" in "step-up",
    Command::People(Ask::See) => "see" in "see",
    Command::People(Ask::NoteNetwork { .. }) => "note network" in "see",
    Command::People(Ask::NoteFailure(_)) => "note failure" in "disable",
    Command::People(Ask::EndSession { .. }) => "end session" in "end",
    Command::People(Ask::LogOutEverywhere { suspend_credentials: false, .. }) => "log out" in "log-out",
    Command::People(Ask::LogOutEverywhere { suspend_credentials: true, .. }) => "log out programs" in "programs",
    Command::People(Ask::OfferDeviceCode { .. }) => "offer code" in "vouch",
    Command::People(Ask::ConfirmDevice { by: Confirm::Tap(_), .. }) => "tap" in "tap",
    Command::People(Ask::ConfirmDevice { by: Confirm::Code(_), .. }) => "type a code" in "type",
    Command::People(Ask::ConfirmDevice { by: Confirm::RecoveryCode(_), .. }) => "recovery code" in "type",
    Command::People(Ask::OfferPairing { .. }) => "offer pairing" in "bind",
    Command::People(Ask::Pair(_)) => "pair" in "come-in",
    Command::People(Ask::RevokeDevice { .. }) => "revoke device" in "log-out",
    Command::People(Ask::BindAuthenticator(_)) => "bind" in "bind",
    Command::People(Ask::RemoveAuthenticator { .. }) => "remove" in "bind",
    Command::People(Ask::DisableAuthenticator { .. }) => "disable" in "disable",
    Command::People(Ask::SetEmail { .. }) => "set email" in "bind",
    Command::People(Ask::RemoveEmail) => "remove email" in "bind",
    Command::People(Ask::SetNotices { .. }) => "set notices" in "step-up",
    Command::People(Ask::GiveUpNotice(_)) => "give up a notice" in "disable",
    Command::People(Ask::RetryNotice { .. }) => "retry a notice" in "restrict",
    Command::People(Ask::TurnPushOff { only: None, .. }) => "turn push off" in "push-off",
    Command::People(Ask::TurnPushOff { only: Some(_), .. }) => "turn push off elsewhere" in "push-off-elsewhere",
    Command::People(Ask::MakeInvitationLink { .. }) => "make a link" in "hand-out",
    Command::People(Ask::RevokeInvitation { .. }) => "revoke an invitation" in "restrict",
    Command::People(Ask::RemoveUser { .. }) => "remove a user" in "widen",
}

/// Makes what the samples are about, then gives one of each, as `person` would ask for it; the house is as it was for
/// each of them.
pub fn all(house: &mut House, person: &Person) -> Vec<Command> {
    let rested = house.world.rest(buy("1", "90"));
    let held = house.held();
    let mut all = orders(house, rested);
    all.extend(tickets(house, person));
    all.extend(authority(house));
    let asks: Vec<Command> =
        all.iter().filter_map(|one| change_of(&house.world.state, one)).map(Command::AskChange).collect();
    all.extend(asks);
    all.push(Command::AskChange(Change::Push {
        device: person.device,
        sha256: digest("where to"),
        host: "push.example".into(),
    }));
    all.extend(incidents(house, person));
    all.extend(answers(house, held));
    all.extend(signed(house, person, held));
    all.extend(coming_in(house, person).into_iter().map(Command::People));
    all.extend(inside(house, person).into_iter().map(Command::People));
    all.extend(others(house, person));
    all
}

fn orders(house: &mut House, rested: kernel::id::OrderId) -> Vec<Command> {
    let client_ref = house.world.state.book.orders[&rested].client_ref;
    let (_, place) = house.world.order(&buy("1", "95").client(5));
    let why = Reason { category: Category::Guard, code: "x".into(), facts: Vec::new() };
    let credential = house.world.bot;
    let execution = house.world.execution(None, Side::Buy, quantity("1"));
    vec![
        place,
        Command::Decline { client_ref, reason: why.clone() },
        Command::Cancel { client_ref },
        Command::CancelAll,
        Command::UseCredential { id: credential, peer_uid: 1_000, secret: None },
        Command::Connection(connection::Command::TurnAway { credential, why }),
        Command::Report(Report::Filled(execution)),
        Command::Expire,
        Command::Enforce { voided: Vec::new() },
        Command::Disconnected { credential, client_id: None },
        Command::CancelOrder { id: rested },
    ]
}

fn tickets(house: &mut House, person: &Person) -> Vec<Command> {
    let id = house.ticket(person.user, |_| {});
    let (_, place) = house.world.order(&buy("1", "95"));
    let Command::Place { terms, .. } = place else { panic!("an order is placed") };
    let form = kernel::id::FormId::new(house.world.now.0, 1);
    let stated = kernel::ticket::Stated::of(house.world.state.customer.credential(id).unwrap());
    let mut wider = stated.clone();
    wider.instruments.push(Selector::Contract(9));
    let nothing = kernel::ticket::Stated { limits: stated.limits, ..Default::default() };
    let nothing = kernel::ticket::Stated { expires_at: stated.expires_at, ..nothing };
    let mut limits = nothing.limits;
    (limits.order_value, limits.day_value) = (None, None);
    vec![
        Command::OpenTicket,
        Command::PlaceAtTicket { form, terms, closes: false },
        Command::SetTicket { id, stated: kernel::ticket::Stated { limits, ..nothing }, read: None },
        Command::SetTicket { id, stated: wider, read: None },
    ]
}

fn authority(house: &mut House) -> Vec<Command> {
    let (id, account, live) = (house.world.bot, house.world.account, house.live_account());
    house.record(Event::Account(kernel::account::Event::RestrictedSet {
        id: account,
        restricted: vec![Selector::Contract(8)],
    }));
    let suspended = house.suspended();
    let now = wide_limits();
    let mut narrow = house.world.state.customer.credential(id).unwrap().limits;
    narrow.day_count = Some(2);
    let wider = kernel::guard::Limits { day_count: Some(1_000_000), ..now };
    let on_account = kernel::guard::Limits { day_count: Some(2), ..Default::default() };
    let account_wider = kernel::guard::Limits { day_count: Some(1_000_000), ..Default::default() };
    vec![
        Command::Engage { level: Level::Customer, resting: Resting::KeepProtective },
        Command::SuspendCredential { id },
        Command::RevokeCredential { id },
        Command::SetAccountLimits { id: account, limits: on_account, read: None },
        Command::SetAccountLimits { id: account, limits: account_wider, read: None },
        Command::SetCredentialLimits { id, limits: narrow, read: None },
        Command::SetCredentialLimits { id, limits: wider, read: None },
        Command::SetRestricted { id: account, restricted: vec![Selector::Contract(8), Selector::Contract(9)] },
        Command::SetRestricted { id: account, restricted: Vec::new() },
        Command::OpenCustomer { id: CustomerId::new(1, 2), name: "again".into() },
        Command::OpenAccount { number: "DU77".into(), base_currency: crate::world::currency("USD"), live: false },
        Command::CreateCredential(wide(&[account], "third", 4_300)),
        Command::CreateCredential(wide(&[live], "live", 4_301)),
        Command::RotateCredential { id, sha256: digest("new") },
        Command::ResumeCredential { id: suspended },
        Command::Rearm { credential: id },
    ]
}

fn incidents(house: &mut House, person: &Person) -> Vec<Command> {
    let (id, suspect, why) = (IncidentId::new(1, 1), Suspect::Credential(house.second), Why::Declared);
    let opened = Incident { id, suspect, why, opened_at: house.world.now, closed_at: None };
    house.record(Event::Incident(incident::Event::Opened(opened)));
    let suspect = Suspect::User(person.user);
    let alert = alert::Alert {
        id: AlertId::new(1, 1),
        subject: alert::Subject::Credential(house.world.bot),
        step: kernel::watch::Step::Notify,
        signs: Vec::new(),
        raised_at: house.world.now,
        answered: None,
    };
    let told = alert.id;
    house.record(Event::Alert(alert::Event::Raised(alert)));
    vec![
        Command::OpenIncident { suspect, why },
        Command::CloseIncident { id },
        Command::Watch,
        Command::Mark { account: house.world.account, result: kernel::money::Amount::ZERO },
        Command::Silence { credential: house.world.bot, client_id: 0, silent_ms: 60_000 },
        Command::TellExpiries,
        Command::Restore(Restore::Firm(Backup { size: 7, root: digest("root"), made_at: house.world.now })),
        Command::Restore(Restore::Customer { suspend: true }),
        Command::Restore(Restore::Book),
        Command::AnswerAlert { id: told, mine: false, shown: Vec::new() },
        Command::AnswerAlert { id: told, mine: true, shown: Vec::new() },
        Command::AnswerAlert { id: told, mine: true, shown: house.shows(person.passkey) },
    ]
}

fn answers(house: &mut House, id: ApprovalId) -> Vec<Command> {
    let level = Level::Credential(house.second);
    let engaged = Engaged { level, resting: Resting::KeepProtective, at: house.world.now };
    house.record(Event::KillSwitch(kill_switch::Event::Engaged(engaged)));
    let verdicts = [Verdict::Refuse, Verdict::TimeOut, Verdict::Void, Verdict::Grant];
    let mut all: Vec<Command> = verdicts.into_iter().map(|verdict| Command::Answer { id, verdict }).collect();
    all.extend([Command::Release { level }, Command::AskChange(Change::Release { level })]);
    all
}

fn signed(house: &mut House, person: &Person, held: ApprovalId) -> Vec<Command> {
    let approval = house.world.state.book.pending[&held].clone();
    let change = Change::Release { level: Level::Credential(house.second) };
    let (id, nonce, asked_at) = (ApprovalId::new(1, 77), digest("nonce"), house.world.now);
    let (user, session, expires_at) = (person.user, person.session, asked_at.plus_ms(change::LIFETIME_MS));
    let device = Some(person.device);
    let asked = Asked { change: change.clone(), nonce, user, session, device, asked_at, expires_at, missed: 0 };
    house.record(Event::Change(change::Event::Asked { id, asked }));
    vec![
        Command::Grant { id: held, signature: house.signs(person.passkey, &approval.request, &approval.nonce) },
        Command::SignChange { id, signature: house.signs(person.passkey, &change.digest(), &nonce) },
        Command::MissSignature { id: held },
    ]
}

fn coming_in(house: &mut House, person: &Person) -> Vec<Ask> {
    let sha256 = digest("link");
    let passkey = NewAuthenticator { kind: passkey("enrolled", true), sealed_sha256: None };
    let device = NewDevice { sha256: digest("first"), label: "First".into() };
    let (name_sha256, name_key, session) = (digest("n"), digest("k"), digest("s"));
    let code = house.pairing(person, "pairing");
    let by = PairBy::Shown(house.assertion(person.second, digest("pair"), 0));
    let phone = NewDevice { sha256: digest("phone"), label: "Phone".into() };
    vec![
        Ask::OfferPairing { sha256: digest("another pairing"), replaces: None },
        Ask::Pair(Pair { code, by, known: None, device: phone, session: digest("mobile") }),
        Ask::OfferEnrolment { sha256 },
        Ask::Enrol(Enrol { user: UserId::new(1, 9), link: sha256, name_sha256, name_key, passkey, device, session }),
        Ask::SignIn(house.sign_in(person, house.shows(person.passkey), Interface::Portal)),
    ]
}

fn inside(house: &mut House, person: &Person) -> Vec<Ask> {
    let (user, id) = (person.user, person.session);
    house.code(user, "code");
    let waiting = house.device(user, State::Pending, |_| {});
    let tap = {
        let device = house.world.state.customer.people.device(waiting).unwrap();
        Confirm::Tap(house.signs(person.passkey, &kernel::decide::device_request(device), &device.sha256))
    };
    let code = house.proof(person.codes, kernel::evidence::Proof::RecoveryCode { index: 3 });
    let confirm = |id, by| Ask::ConfirmDevice { id, by, replaces: None };
    let dead = house.undelivered(user);
    let elsewhere = Person { device: house.trusted_since(user, house.world.now.minus_ms(DAY)), ..*person };
    house.pushes(person);
    house.pushes(&elsewhere);
    vec![
        Ask::StepUp { evidence: house.shows(person.passkey), up_to: Capability::Move },
        Ask::See,
        Ask::NoteNetwork { network: super::house::network(7) },
        Ask::NoteFailure(Failed { user, network: None, known: false, second: false }),
        Ask::EndSession { id },
        Ask::LogOutEverywhere { user, suspend_credentials: false },
        Ask::LogOutEverywhere { user, suspend_credentials: true },
        Ask::OfferDeviceCode { sha256: digest("another") },
        confirm(waiting, tap),
        confirm(person.device, Confirm::Code(digest("code"))),
        confirm(person.device, Confirm::RecoveryCode(code)),
        Ask::RevokeDevice { id: waiting, not_me: false },
        Ask::BindAuthenticator(NewAuthenticator { kind: passkey("another", true), sealed_sha256: None }),
        Ask::RemoveAuthenticator { id: person.totp },
        Ask::DisableAuthenticator { id: person.totp },
        Ask::SetEmail { sha256: digest("another address") },
        Ask::RemoveEmail,
        Ask::SetNotices { group: Group::Approvals, on: false },
        Ask::RetryNotice { id: dead.id },
        Ask::GiveUpNotice(dead),
        Ask::TurnPushOff { device: person.device, only: None },
        Ask::TurnPushOff { device: elsewhere.device, only: Some(digest("where to")) },
    ]
}

fn others(house: &mut House, person: &Person) -> Vec<Command> {
    let (id, at) = (InvitationId::new(1, 1), house.world.now);
    let (by, expires_at) = (person.user, at.plus_ms(invitation::LIFETIME_MS));
    let (role, label) = (Role::Viewer, "ana".to_owned());
    let made = Invitation { id, role, label: label.clone(), by, made_at: at, expires_at, link: None };
    house.happened(People::Invitation(invitation::Event::Made(made)));
    let user = house.person(Role::Viewer).user;
    let enrolled = house.world.state.customer.people.owner().is_some();
    let owner = enrolled.then(|| Command::AskChange(Change::RemoveOwner { id: house.person(Role::Owner).user }));
    let mut all = vec![
        Command::AskChange(Change::Invite { role, label }),
        Command::People(Ask::MakeInvitationLink { id, sha256: digest("another link") }),
        Command::People(Ask::RevokeInvitation { id }),
        Command::People(Ask::RemoveUser { id: user }),
    ];
    all.extend(owner);
    all
}
