//! Of people, in plain words: enrolment, sign-ins, devices, sessions, and what they have signed.

use crate::words::changed;
use crate::words::names::{device as device_name, user as user_name};
use kernel::attempt;
use kernel::authenticator::{self, Kind};
use kernel::change::{self, Change};
use kernel::device::{self, How};
use kernel::evidence::Proof;
use kernel::id::{AuthenticatorId, DeviceId};
use kernel::notice;
use kernel::pairing;
use kernel::people::Event;
use kernel::push;
use kernel::session::{self, Ending};
use kernel::source;
use kernel::state::State;
use kernel::{enrolment, invitation, user};

pub(super) fn tell(state: &State, event: &Event) -> String {
    match event {
        Event::Enrolment(enrolment::Event::Offered(_)) => "a one-time link for the first owner was made".to_owned(),
        Event::Enrolment(enrolment::Event::Used { .. }) => "the one-time link was used".to_owned(),
        Event::User(user::Event::Created(user)) => format!("the {} {} was enrolled", user.role.as_str(), user.id),
        Event::User(user::Event::LoggedOutEverywhere { id, .. }) => {
            format!("{} was logged out everywhere", user_name(state, *id))
        }
        Event::Authenticator(event) => of_authenticator(state, event),
        Event::Device(event) => of_device(state, event),
        Event::Session(event) => of_session(state, event),
        Event::Notice(event) => of_notice(state, event),
        Event::Push(push::Event::On(push)) => format!("push was turned on for {}", device_name(state, push.device)),
        Event::Push(push::Event::Off { device, why: push::Why::Asked, .. }) => {
            format!("push was turned off for {}", device_name(state, *device))
        }
        Event::Push(push::Event::Off { device, why: push::Why::Gone, .. }) => {
            let device = device_name(state, *device);
            format!("push was turned off for {device}: its push service says that nothing arrives there any more")
        }
        Event::Pairing(pairing::Event::Offered(_)) => "a link to pair a phone was shown".to_owned(),
        Event::Pairing(pairing::Event::Used { device, .. }) => {
            format!("the link to pair a phone was used: {}", device_name(state, *device))
        }
        Event::User(user::Event::Removed { id }) => {
            format!("the user {id} was removed, with all sessions, devices and authenticators of theirs")
        }
        Event::Invitation(event) => of_invitation(event),
        Event::Attempt(attempt::Event::Failed(failed)) => {
            let how = if failed.second { "the password was right, the code was not" } else { "the password was wrong" };
            format!("a sign-in as {} failed: {how}", user_name(state, failed.user))
        }
    }
}

fn of_invitation(event: &invitation::Event) -> String {
    use invitation::Event as E;
    match event {
        E::Made(one) => format!("somebody was invited as {}: {} ({})", one.role.as_str(), one.label, one.id),
        E::LinkMade { id, .. } => format!("a one-time link of the invitation {id} was made"),
        E::Revoked { id } => format!("the invitation {id} was revoked"),
        E::Used { id, user } => format!("the invitation {id} was used, by {user}"),
    }
}

fn kind(kind: &Kind) -> &'static str {
    match kind {
        Kind::Passkey(passkey) if passkey.backup_eligible => "a passkey",
        Kind::Passkey(_) => "a security key",
        Kind::Password => "a password",
        Kind::Totp { .. } => "a code generator",
        Kind::RecoveryCodes { .. } => "recovery codes",
        Kind::Sms => "a phone number for codes by SMS",
    }
}

fn one(state: &State, id: AuthenticatorId) -> String {
    let known = state.customer.people.authenticator(id);
    known.map_or_else(|_| id.to_string(), |known| format!("{} ({id})", kind(&known.kind)))
}

fn of_authenticator(state: &State, event: &authenticator::Event) -> String {
    use authenticator::Event as E;
    match event {
        E::Bound(bound) => format!("{} ({}) was added", kind(&bound.kind), bound.id),
        E::Used { id, proof: Proof::SmsCode, .. } => format!("a code by SMS was used to sign in: restricted ({id})"),
        E::Used { id, .. } => format!("{} was shown", one(state, *id)),
        E::CounterFellBack { id, stored, shown } => {
            format!("the counter of {} went from {stored} back to {shown}: perhaps it was copied", one(state, *id))
        }
        E::Disabled { id } => format!("{} was disabled after too many failures", one(state, *id)),
        E::Removed { id } => format!("{} was removed", one(state, *id)),
    }
}

fn of_device(state: &State, event: &device::Event) -> String {
    use device::Event as E;
    let name = |id: &DeviceId| device_name(state, *id);
    match event {
        E::Bound(device) => format!("a new device was seen: {} ({})", device.label, device.id),
        E::CodeOffered(_) => "a one-time code for a new device was shown".to_owned(),
        E::Confirmed { id, how, .. } => format!("the device {} was confirmed {}", name(id), confirmed(how)),
        E::Used { id, .. } => format!("the device {} was used to sign in", name(id)),
        E::Revoked { id, not_me: true } => format!("the device {} was revoked: \"this was not me\"", name(id)),
        E::Revoked { id, not_me: false } => format!("the device {} was revoked", name(id)),
    }
}

const fn confirmed(how: &How) -> &'static str {
    match how {
        How::Enrolment => "by the enrolment",
        How::Tap { .. } => "on another device",
        How::Code => "by a one-time code",
        How::RecoveryCode => "by a recovery code",
        How::Pairing { .. } => "by the link that another device showed",
    }
}

fn of_session(state: &State, event: &session::Event) -> String {
    use session::Event as E;
    match event {
        E::Begun(session) => {
            let name = user_name(state, session.user);
            let country = session.network.and_then(|network| network.country);
            let country = country.map(|country| format!(", in {country}")).unwrap_or_default();
            format!("{name} signed in on the {}{country} ({})", session.interface.as_str(), session.id)
        }
        E::Seen { id, .. } => format!("the session {id} was in use"),
        E::NetworkChanged { id, network, .. } => {
            let country = network.country.map(|country| format!(", in {country}")).unwrap_or_default();
            format!("the session {id} is used from another network{country}")
        }
        E::SteppedUp { id, .. } => format!("an authenticator was shown again in the session {id}"),
        E::Lowered { id } => format!("the session {id} may only view until an authenticator is shown again"),
        E::Ended { id, why: Ending::LoggedOut } => format!("the session {id} was logged out"),
        E::Ended { id, why: Ending::Ended } => format!("the session {id} was ended from another"),
        E::Ended { id, why: Ending::GaveWay } => format!("the session {id} gave way to a newer one"),
    }
}

fn of_notice(state: &State, event: &notice::Event) -> String {
    use notice::Event as E;
    match event {
        E::EmailSet { user, former: None, .. } => format!("{} is told by e-mail now", user_name(state, *user)),
        E::EmailSet { user, .. } => format!("{} is told at another e-mail address now", user_name(state, *user)),
        E::EmailRemoved { user, .. } => format!("{} is told nothing by e-mail any more", user_name(state, *user)),
        E::GroupSet { user, group, on } => {
            let turned = if *on { "told" } else { "not told any more" };
            format!("{} is {turned} of {}", user_name(state, *user), group.as_str())
        }
        E::Dead(dead) => {
            let why = match dead.why {
                notice::Why::Refused => "it was refused there for good",
                notice::Why::Late => "it was tried for a day",
                notice::Why::Unreadable => "it cannot be read any more",
            };
            format!("the notice {} by {} was given up: {why}", dead.id, dead.carrier)
        }
        E::Retried { id } => format!("the notice {id} is tried once more"),
    }
}

pub(super) fn of_change(state: &State, event: &change::Event) -> String {
    let what = |change: &Change| changed::what(state, change);
    match event {
        change::Event::Asked { id, asked } => format!("a signature was asked for, in {id}: {}", what(&asked.change)),
        change::Event::Signed { id, change, .. } => format!("signed, in {id}: {}", what(change)),
        change::Event::Dropped { id } => format!("{id} was dropped"),
        change::Event::Missed { id, .. } => format!("what was brought as a signature for {id} is none"),
    }
}

pub(super) const fn of_source(event: source::Event) -> &'static str {
    match event {
        source::Event::Failed { .. } => "an attempt to sign in has failed",
        source::Event::Succeeded { .. } => "a sign-in has ended a row of failed attempts",
        source::Event::Disabled { .. } => "what was tried too often in a row was disabled",
    }
}
