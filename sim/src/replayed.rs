//! One made user, run past the detector: what it told, and when.

use kernel::time::Timestamp;
use kernel::watch::{self, Flow, Heat, Observation, Person, Signal, Step, Telling, Thresholds, Told, Whose, assess};
use range::{Deed, Outcome, Place, Route, Seen, User};
use std::collections::BTreeMap;

/// Something was told of a user, or of one of their credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm {
    pub at: i64,
    pub step: Step,
    /// A new alert; otherwise one that rose.
    pub opens: bool,
    pub credential: Option<u32>,
    /// What weighed most.
    pub why: [Option<Signal>; 3],
}

/// How much of it the detector is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// There is a country database.
    pub countries: bool,
    /// Only what the service has events of: listeners are on loopback, so a credential's programs all come from one
    /// place, and each program is heard of once a day.
    pub wired: bool,
}

impl Sight {
    pub const ALL: Self = Self { countries: true, wired: false };
}

/// A user's memory and that of their programs.
#[derive(Debug)]
pub struct Watched {
    person: Person,
    ticket: Flow,
    user_told: Told,
    programs: BTreeMap<u32, (Flow, Told)>,
}

impl Default for Watched {
    fn default() -> Self {
        let (person, ticket, user_told) = (Person::default(), Flow::by_hand(), Told::default());
        Self { person, ticket, user_told, programs: BTreeMap::new() }
    }
}

pub fn run(user: &User, sight: Sight, thresholds: &Thresholds) -> Vec<Alarm> {
    let mut watched = Watched::default();
    let mut alarms = Vec::new();
    for seen in &user.seen {
        watched.see(seen, sight, thresholds, &mut alarms);
    }
    alarms
}

impl Watched {
    /// What is kept of the subject once it was seen: the bits, and the paces of orders and of sign-ins with the days that
    /// the subject is known.
    pub fn after(&mut self, seen: &Seen, sight: Sight) -> (Vec<&Heat>, [i32; 3]) {
        let observation = Observation { at: Timestamp(seen.at), deed: plain(&seen.deed, sight) };
        let days = |days: u32| i32::try_from(days).unwrap_or(i32::MAX);
        if let Some(credential) = subject_of(&seen.deed) {
            let (flow, _) = self.programs.entry(credential).or_default();
            if !sight.wired || is_written(flow, &observation) {
                flow.observe(&observation);
            }
            return (vec![&flow.heat], [flow.pace.bits(), 0, days(flow.pace.days(observation.at))]);
        }
        self.person.observe(&observation);
        if matches!(seen.deed, Deed::Ordered { .. }) {
            self.ticket.observe(&observation);
        }
        self.ticket.heat.fade(observation.at);
        let paces = [self.ticket.pace.bits(), self.person.pace.bits(), days(self.person.pace.days(observation.at))];
        (vec![&self.person.heat, &self.ticket.heat], paces)
    }

    fn see(&mut self, seen: &Seen, sight: Sight, thresholds: &Thresholds, alarms: &mut Vec<Alarm>) {
        let (at, credential) = (Timestamp(seen.at), subject_of(&seen.deed));
        let whose = if credential.is_some() { Whose::Program } else { Whose::Person };
        let (heats, [orders, sign_ins, days]) = self.after(seen, sight);
        let known = thresholds.known_for(u32::try_from(days).unwrap_or(0));
        let assessed = assess(whose, &heats, orders.max(sign_ins), &known);
        let told = match credential {
            Some(credential) => &mut self.programs.entry(credential).or_default().1,
            None => &mut self.user_told,
        };
        let (step, opens) = match told.tell(assessed.step, at) {
            Some(Telling::Opens(step)) => (step, true),
            Some(Telling::Rises(step)) => (step, false),
            None => return,
        };
        let signal = |n: usize| assessed.seen.get(n).map(|(signal, _)| *signal);
        alarms.push(Alarm { at: seen.at, step, opens, credential, why: [signal(0), signal(1), signal(2)] });
    }
}

/// As the kernel writes it down.
fn is_written(flow: &Flow, seen: &Observation) -> bool {
    let watch::Deed::Connected { client, .. } = seen.deed else { return true };
    flow.wants(seen.at, client)
}

/// The program of which it is seen, or none: the user themselves.
pub const fn subject_of(deed: &Deed) -> Option<u32> {
    match deed {
        Deed::Connected { credential, .. }
        | Deed::ConnectRefused { credential, .. }
        | Deed::Ordered { route: Route::Credential(credential), .. } => Some(*credential),
        _ => None,
    }
}

/// What the detector may know of it: nothing of who it was.
fn plain(deed: &Deed, sight: Sight) -> watch::Deed {
    let of =
        |place: Place| watch::Place { network: Some(place.network), country: sight.countries.then_some(place.country) };
    let listener =
        |place: Place| if sight.wired { watch::Place { network: Some(1), country: None } } else { of(place) };
    match *deed {
        Deed::Failed { place, device, step } => {
            watch::Deed::Failed { place: of(place), known: device.is_some(), second: step == range::Step::Second }
        }
        Deed::SignedIn { place, device, session, resistant, shared } => watch::Deed::SignedIn {
            place: of(place),
            device: u64::from(device),
            session: u64::from(session),
            resistant,
            shared,
        },
        Deed::InUse { place, session } => watch::Deed::InUse { place: of(place), session: u64::from(session) },
        Deed::DeviceBound { place, device } => watch::Deed::DeviceBound { place: of(place), device: u64::from(device) },
        Deed::AuthenticatorAdded { session, .. }
        | Deed::LimitRaised { session, .. }
        | Deed::CredentialMade { session, .. } => watch::Deed::Widened { session: u64::from(session) },
        Deed::Asked { place } => watch::Deed::Asked { place: of(place) },
        Deed::Connected { place, client, .. } => {
            watch::Deed::Connected { place: listener(place), client: u64::from(client) }
        }
        Deed::ConnectRefused { place, .. } => watch::Deed::ConnectRefused { place: listener(place) },
        Deed::Ordered { instrument, value, reduces, outcome, .. } => watch::Deed::Ordered {
            instrument: u64::from(instrument),
            // What an order that the guard refused would have been worth, the service does not work out.
            value: (!sight.wired || outcome != Outcome::Refused).then_some(value),
            reduces,
            refused: (outcome != Outcome::Admitted)
                .then(|| watch::Asked(value.rotate_left(32) ^ u64::from(instrument))),
        },
    }
}
