//! `/ticket/limits` and `/people/ID/ticket`: what a ticket may do besides closing, stated, taken back, resumed.

use crate::page::part::Refusal as Told;
use crate::page::ticket_limits::{View, ticket_limits};
use crate::page::{Nav, place};
use crate::person::Person;
use crate::route::credentials::{change as carried_out, needs_step_up, unfit};
use crate::route::filled::{date, expiry, latest};
use crate::route::form::Form;
use crate::route::limit::limit_value;
use crate::route::widen::{Widened, approval_page, widen};
use crate::route::{framed, refused, step_up};
use crate::world::Shared;
use axum::extract::{Path, State as Axum};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::api_credential::{ApiCredential, State as Standing};
use kernel::command::Command;
use kernel::customer::over_stated;
use kernel::decide;
use kernel::digest::Digest;
use kernel::guard::Allowances;
use kernel::id::{CredentialId, UserId};
use kernel::instrument::{self, Selector};
use kernel::limits::Limits;
use kernel::state::State;
use kernel::ticket::{self, CloseOnly, Stated};
use kernel::time::Timestamp;
use serde::Deserialize;
use service::credential::{Unfit, changed};
use service::words::credential::allowance;
use service::words::figures::{money, of_refusal};
use service::words::names::moment;

const WEEKS_MS: i64 = 4 * 7 * 86_400_000;
const ALLOW: [(&str, &str, &str); 4] = [
    ("market", "Market orders", "They count at the price the collar would bear."),
    ("stop", "Stop orders", "They count at the stop price."),
    ("short_sale", "Short sales", "Selling more than is held."),
    ("outside_hours", "Outside regular hours", "Also when the session is not known to be regular."),
];

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Typed {
    go: String,
    /// What the page had read.
    read: Option<Digest>,
    order_value: String,
    day_value: String,
    approve_above: String,
    top_above: String,
    instruments: String,
    expires: String,
    market: String,
    stop: String,
    short_sale: String,
    outside_hours: String,
}

impl Typed {
    fn ticked(&self, name: &str) -> bool {
        let typed = match name {
            "market" => &self.market,
            "stop" => &self.stop,
            "short_sale" => &self.short_sale,
            "outside_hours" => &self.outside_hours,
            _other => return false,
        };
        typed == "yes"
    }

    /// What stands, as it would be typed.
    fn of(stated: &Stated, now: Timestamp) -> Self {
        let amount = |one: Option<kernel::money::Amount>| one.map(|one| money(&one.to_string())).unwrap_or_default();
        let tick = |on: bool| if on { "yes".to_owned() } else { String::new() };
        let allow = stated.allowances;
        let ends = stated.expires_at.filter(|at| *at > now).unwrap_or(now.plus_ms(WEEKS_MS));
        Self {
            go: String::new(),
            read: None,
            order_value: amount(stated.limits.order_value),
            day_value: amount(stated.limits.day_value),
            approve_above: amount(stated.limits.approve_above),
            top_above: amount(stated.limits.top_above),
            instruments: instrument::texts(&stated.instruments).join(", "),
            expires: date(ends.minus_ms(1).day()),
            market: tick(allow.market),
            stop: tick(allow.stop),
            short_sale: tick(allow.short_sale),
            outside_hours: tick(allow.outside_hours),
        }
    }

    /// Other limits of the ticket stay as they are.
    fn stated(&self, old: &Limits, now: Timestamp) -> Result<Stated, Unfit> {
        let mut limits = serde_json::Map::new();
        let values = [
            ("order_value", &self.order_value),
            ("day_value", &self.day_value),
            ("approve_above", &self.approve_above),
            ("top_above", &self.top_above),
        ];
        for (name, typed) in values {
            let wrong = || Unfit::Malformed(format!("{} is a number, not {typed:?}", name.replace('_', " ")));
            limits.insert(name.to_owned(), limit_value(name, typed).ok_or_else(wrong)?);
        }
        let list = self.instruments.split([',', ';']).map(str::trim).filter(|one| !one.is_empty());
        let wrong = |text: &str| {
            Unfit::Malformed(format!("instrument {text:?} is not stock, etf, forex, future, option, SYMBOL/CUR or #ID"))
        };
        let mut allowances = Allowances { close_any: true, ..Allowances::default() };
        for (name, _, _) in ALLOW {
            if let Some(place) = allowance(&mut allowances, name) {
                *place = self.ticked(name);
            }
        }
        Ok(Stated {
            limits: changed(old, limits)?,
            instruments: list.map(|text| Selector::parse(text).ok_or_else(|| wrong(text))).collect::<Result<_, _>>()?,
            allowances,
            expires_at: expiry(&self.expires, now)?,
        })
    }
}

/// Whose ticket it is, and where its page is.
struct Whose {
    holder: UserId,
    here: String,
}

impl Whose {
    fn own(person: &Person) -> Self {
        Self { holder: person.user, here: place::TICKET_LIMITS.to_owned() }
    }

    /// Another's, for whoever may look at them.
    fn another(person: &Person, id: &str) -> Option<Self> {
        let (holder, now) = (UserId::parse(id).ok()?, person.actor.now());
        let may = |state: &State| {
            state.customer.people.user(holder).is_some() && decide::may_look(state, &person.by(), holder, now).is_ok()
        };
        person.actor.read(may).then(|| Self { holder, here: place::act(place::PEOPLE, id, "ticket") })
    }

    fn ticket(&self, person: &Person) -> Option<ApiCredential> {
        person.actor.read(|state| state.customer.ticket(self.holder).cloned())
    }
}

pub async fn page(state: Axum<Shared>, person: Person) -> Response {
    let whose = Whose::own(&person);
    show(&state.0, &person, &whose, None, None).await
}

pub async fn of_another(Axum(world): Axum<Shared>, person: Person, Path(id): Path<String>) -> Response {
    match Whose::another(&person, &id) {
        Some(whose) => show(&world, &person, &whose, None, None).await,
        None => refused::missing(&world, &person.nonce),
    }
}

pub async fn change(Axum(world): Axum<Shared>, person: Person, Form(typed): Form<Typed>) -> Response {
    let whose = Whose::own(&person);
    changed_by(&world, &person, &whose, typed).await
}

pub async fn change_of_another(
    Axum(world): Axum<Shared>,
    person: Person,
    Path(id): Path<String>,
    Form(typed): Form<Typed>,
) -> Response {
    match Whose::another(&person, &id) {
        Some(whose) => changed_by(&world, &person, &whose, typed).await,
        None => refused::missing(&world, &person.nonce),
    }
}

async fn changed_by(world: &Shared, person: &Person, whose: &Whose, typed: Typed) -> Response {
    match done(world, person, whose, &typed).await {
        Ok(Widened::Asked(id)) => approval_page(id),
        Ok(Widened::Done) => Redirect::to(&whose.here).into_response(),
        // A ticket is opened in the trade window.
        Err(Unfit::No(no)) if needs_step_up(&no) => step_up::first(&whose.here, "trade"),
        Err(why) => {
            let typed = (typed.go == "state").then_some(typed);
            show(world, person, whose, typed, Some(unfit(&why))).await
        }
    }
}

async fn done(world: &Shared, person: &Person, whose: &Whose, typed: &Typed) -> Result<Widened, Unfit> {
    if whose.holder == person.user && whose.ticket(person).is_none() {
        carried_out(world, person, Command::OpenTicket).await?;
    }
    let Some(own) = whose.ticket(person) else { return Err(Unfit::Refused(ticket::Refusal::NotOpen.into())) };
    let (id, now, old) = (own.id, person.actor.now(), Stated::of(&own));
    let command = match typed.go.as_str() {
        "state" => {
            let read = typed.read.ok_or_else(|| Unfit::Malformed("a form says what it was made of".to_owned()))?;
            Command::SetTicket { id, stated: typed.stated(&old.limits, now)?, read: Some(read) }
        }
        // Whatever it was: stopping waits for nobody to read again.
        "close" => Command::SetTicket { id, stated: nothing(old), read: None },
        "resume" => Command::ResumeCredential { id },
        _other => return Err(Unfit::Malformed("there is no such button".to_owned())),
    };
    widen(world, person, command).await.map_err(Unfit::No)
}

/// What was stated for opening goes; what binds closing, too, stays.
fn nothing(old: Stated) -> Stated {
    let limits = Limits { order_value: None, day_value: None, ..old.limits };
    Stated { limits, instruments: Vec::new(), allowances: Allowances::default(), expires_at: None }
}

pub fn standing(own: Option<&ApiCredential>, now: Timestamp) -> (String, bool) {
    let closes = |why: &str| (format!("It only closes positions: {why}."), true);
    let Some(own) = own else { return closes(CloseOnly::NothingStated.as_str()) };
    match ticket::close_only(own, now) {
        Some(why) => closes(why.as_str()),
        None => {
            let until = own.expires_at.map(moment).unwrap_or_default();
            (format!("It opens and closes positions within what is stated here, until {until}."), false)
        }
    }
}

async fn show(
    world: &Shared,
    person: &Person,
    whose: &Whose,
    typed: Option<Typed>,
    no: Option<(StatusCode, Told)>,
) -> Response {
    let (own, now) = (whose.ticket(person), person.actor.now());
    // Opened by the first form, it states as little as this.
    let fresh = || ticket::open(CredentialId::new(0, 0), whose.holder, now);
    let stands = Stated::of(own.as_ref().unwrap_or(&fresh()));
    let typed = typed.unwrap_or_else(|| Typed::of(&stands, now));
    let (standing, closes) = standing(own.as_ref(), now);
    let (status, refusal) = no.map_or((StatusCode::OK, None), |(status, told)| (status, Some(told)));
    let allow = ALLOW
        .into_iter()
        .map(|(name, label, hint)| (name.to_owned(), label.to_owned(), hint.to_owned(), typed.ticked(name)));
    let view = View {
        read: over_stated(&stands).to_string(),
        standing,
        closes,
        allow: allow.collect(),
        latest: latest(now),
        suspended: own.as_ref().is_some_and(|own| own.state == Standing::Suspended),
        locked: locked(person, whose, own.is_some(), now),
        action: whose.here.clone(),
        whose: another(world, person, whose).await,
        refusal,
        order_value: typed.order_value,
        day_value: typed.day_value,
        approve_above: typed.approve_above,
        top_above: typed.top_above,
        instruments: typed.instruments,
        expires: typed.expires,
    };
    let frame = framed::inside(world, person, Nav::Ticket, "Your ticket", Vec::new()).await;
    (status, ticket_limits(&frame, &view)).into_response()
}

/// The name of whoever holds it, where that is another.
async fn another(world: &Shared, person: &Person, whose: &Whose) -> Option<String> {
    if whose.holder == person.user {
        return None;
    }
    Some(framed::name_of(world, person, whose.holder).await)
}

/// The kernel's own no to asking for more than nothing.
fn locked(person: &Person, whose: &Whose, open: bool, now: Timestamp) -> Option<String> {
    let not_open = (whose.holder != person.user && !open).then(|| ticket::Refusal::NotOpen.into());
    let refusal = person.actor.read(|state| decide::may_ask(state, &person.by(), now)).err().or(not_open)?;
    Some(lexicon::refusal(refusal.code(), &of_refusal(&refusal.reason().facts)).text)
}
