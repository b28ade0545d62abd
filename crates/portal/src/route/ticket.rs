//! `/ticket`: an order of a person, sent once by each form, guarded like that of a program.

use crate::page::part::Refusal as Told;
use crate::page::ticket::{self as page, Kind, Locked, Quote, View};
use crate::page::{Nav, place};
use crate::person::Person;
use crate::route::form::Form;
use crate::route::limits::of_credential;
use crate::route::positions::price;
use crate::route::ticket_terms::{Typed, instrument};
use crate::route::{framed, refused};
use crate::world::Shared;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kernel::account::Account;
use kernel::command::Command;
use kernel::guard::{self, Allowances, by_name};
use kernel::id::{FormId, OrderId};
use kernel::instrument::Instrument;
use kernel::limits::QUOTE_AGE_MS;
use kernel::money::{Price, Quantity};
use kernel::order::{Kind as Type, Side, Terms, TimeInForce};
use kernel::people;
use kernel::refusal::Refusal;
use kernel::session;
use kernel::state;
use kernel::ticket::{self, CloseOnly};
use kernel::time::Timestamp;
use kernel::{decide, kill_switch};
use service::No;
use service::clock::dice;
use service::node::answer;
use service::words::figures::{money, of_refusal};

const TYPES: [(&str, &str); 4] =
    [("limit", "Limit"), ("stop_limit", "Stop limit"), ("market", "Market"), ("stop", "Stop")];

pub async fn page(
    State(world): State<Shared>,
    person: Person,
    typed: Result<Query<Typed>, QueryRejection>,
) -> Response {
    let mut typed = typed.map(|Query(typed)| typed).unwrap_or_default();
    typed.key.clear();
    show(&world, &person, typed, None).await
}

/// One step: a form places one order, and whoever sends it again is shown what became of that one.
pub async fn send(State(world): State<Shared>, person: Person, Form(mut typed): Form<Typed>) -> Response {
    let Ok(form) = FormId::parse(&typed.key) else {
        return refused::malformed(&world, &person.nonce, StatusCode::BAD_REQUEST);
    };
    let found = instrument(&world, &person.actor, &typed.instrument, person.actor.now()).await;
    let terms = match person.actor.read(|state| typed.terms(state, found.as_ref(), &typed.kind)) {
        Ok(terms) => terms,
        Err(code) => {
            typed.key.clear();
            return show(&world, &person, typed, Some((StatusCode::UNPROCESSABLE_ENTITY, refused::guard(code)))).await;
        }
    };
    if locked(&person, &typed, person.actor.now()).is_none() {
        world.node.venue().watch(terms.instrument.contract_id);
    }
    match placed(&person, (form, typed.closes()), terms).await {
        Ok(order) => Redirect::to(&place::under(place::ORDERS, &order.to_string())).into_response(),
        Err(no) => {
            // What may have been recorded all the same is asked for by the same form again, never by another.
            if matches!(no, No::Refused { .. }) {
                typed.key.clear();
            }
            let told = Some((refused::status(&no), refused::told(&no)));
            show(&world, &person, typed, told).await
        }
    }
}

/// Opened by the first order. Carried out to its end, also when the browser has gone.
async fn placed(person: &Person, (form, closes): (FormId, bool), terms: Terms) -> Result<OrderId, No> {
    let (actor, by, user) = (person.actor.clone(), person.by(), person.user);
    let done = tokio::spawn(async move {
        if actor.read(|state| state.customer.ticket(user).is_none()) {
            answer(actor.submit(by, Command::OpenTicket)).await?;
        }
        match answer(actor.submit(by, Command::PlaceAtTicket { form, terms, closes })).await {
            Ok(recorded) => {
                recorded.iter().find_map(|one| one.event.order()).ok_or_else(|| lost("no order was placed"))
            }
            Err(No::Refused { refusal: Refusal::Ticket(ticket::Refusal::FormSent { order }), .. }) => Ok(order),
            Err(no) => Err(no),
        }
    });
    done.await.unwrap_or_else(|_| Err(lost("it was not carried out to its end")))
}

fn lost(why: &str) -> No {
    No::NotRecorded { why: why.to_owned() }
}

async fn show(world: &Shared, person: &Person, typed: Typed, no: Option<(StatusCode, Told)>) -> Response {
    let now = person.actor.now();
    let Ok(chance) = dice() else {
        return refused::malformed(world, &person.nonce, StatusCode::SERVICE_UNAVAILABLE);
    };
    let found = instrument(world, &person.actor, &typed.instrument, now).await;
    let locked = locked(person, &typed, now);
    let quote = found.as_ref().and_then(|one| {
        // Only whoever may trade now has a line kept open for what they name.
        if locked.is_none() {
            world.node.venue().watch(one.contract_id);
        }
        world.node.venue().full_quote(one.contract_id, now)
    });
    let typed = person.actor.read(|state| filled(state, typed, found.as_ref()));
    let desk = Desk::of(person, &typed, found.as_ref(), now);
    let (status, refusal) = no.map_or((StatusCode::OK, None), |(status, told)| (status, Some(told)));
    let view = View {
        accounts: person.actor.read(|state| accounts(state, &typed)),
        side: if typed.side() == Side::Sell { page::Side::Sell } else { page::Side::Buy },
        kinds: desk.kinds(person, &typed),
        close_only: desk.closes.clone(),
        position: found.as_ref().map(|one| format!("{} {}", money(&desk.net.to_string()), one.name())),
        quote: quote.map(|quote| Quote {
            bid: price(quote.bid),
            ask: price(quote.ask),
            stale: now.since(quote.at) > QUOTE_AGE_MS,
        }),
        key: if typed.key.is_empty() { FormId::new(now.0, chance).to_string() } else { typed.key.clone() },
        closes: typed.closes(),
        locked,
        would: desk.would(person, &typed).filter(|_| refusal.is_none()),
        limits: desk.limits.clone(),
        refusal,
        instrument: typed.instrument,
        quantity: typed.quantity,
        price: typed.price,
        stop: typed.stop,
    };
    let frame = framed::inside(world, person, Nav::Ticket, "Ticket", Vec::new()).await;
    (status, page::ticket(&frame, &view)).into_response()
}

/// The kernel's own no to the first step, whatever the order would be.
fn locked(person: &Person, typed: &Typed, now: Timestamp) -> Option<Locked> {
    let asked = |state: &state::State| decide::allowed(state, &person.by(), &Command::OpenTicket, now);
    let refusal = person.actor.read(asked).err()?;
    let steps = matches!(refusal, Refusal::People(people::Refusal::Session(session::Refusal::StepUp { .. })));
    Some(Locked { why: words(refusal), again: steps.then(|| typed.again(place::TICKET)) })
}

fn words(refusal: Refusal) -> String {
    lexicon::refusal(refusal.code(), &of_refusal(&refusal.reason().facts)).text
}

fn accounts(state: &state::State, typed: &Typed) -> Vec<(String, String, bool)> {
    let label = |one: &Account| format!("{}, {}", one.number, one.base_currency);
    let all = state.customer.accounts.iter();
    all.map(|one| (one.number.clone(), label(one), one.number == typed.account)).collect()
}

fn net(state: &state::State, typed: &Typed, found: Option<&Instrument>) -> Quantity {
    let account = state.customer.accounts.iter().find(|one| one.number == typed.account);
    let place = account.zip(found).map(|(account, one)| (account.id, one.contract_id));
    place.and_then(|place| state.book.positions.get(&place)).map(|position| position.net).unwrap_or_default()
}

/// The first account where none was named; of what is to be closed, all that is held, at market.
fn filled(state: &state::State, mut typed: Typed, found: Option<&Instrument>) -> Typed {
    if typed.account.is_empty() {
        typed.account = state.customer.accounts.first().map(|one| one.number.clone()).unwrap_or_default();
    }
    let net = net(state, &typed, found);
    if typed.closes() && typed.quantity.is_empty() && !net.is_zero() {
        typed.side = if net.is_positive() { "sell" } else { "buy" }.to_owned();
        typed.quantity = net.saturating_abs().to_string();
        if typed.kind.is_empty() {
            typed.kind = "market".to_owned();
        }
    }
    if typed.side.is_empty() {
        typed.side = "buy".to_owned();
    }
    if typed.kind.is_empty() {
        typed.kind = "limit".to_owned();
    }
    typed
}

/// What stands at this moment, read once.
struct Desk {
    /// Why only closing is offered.
    closes: Option<String>,
    net: Quantity,
    allowances: Allowances,
    found: Option<Instrument>,
    limits: Vec<crate::page::limits::Limit>,
}

impl Desk {
    fn of(person: &Person, typed: &Typed, found: Option<&Instrument>, now: Timestamp) -> Self {
        person.actor.read(|state| {
            let own = state.customer.ticket(person.user);
            let account = state.customer.accounts.iter().find(|one| one.number == typed.account);
            let kills = || state.firm.kills.iter().chain(&state.customer.kills);
            let stopped = account.is_some_and(|account| {
                let id = own.map_or(kernel::id::CredentialId::new(0, 0), |own| own.id);
                kills().any(|kill| kill_switch::stops(std::slice::from_ref(kill), id, account.id).is_some())
            });
            let why = own.map_or(Some(CloseOnly::NothingStated), |own| ticket::close_only(own, now));
            Self {
                closes: if stopped {
                    Some("a kill switch is engaged".to_owned())
                } else {
                    why.map(|why| why.as_str().to_owned())
                },
                net: net(state, typed, found),
                allowances: own.map(|own| own.allowances).unwrap_or_default(),
                found: found.cloned(),
                limits: own.map(|own| of_credential(state, own.id, now)).unwrap_or_default(),
            }
        })
    }

    fn preview(&self, person: &Person, typed: &Typed, kind: &str) -> Option<Result<guard::Verdict, Refusal>> {
        let terms = person.actor.read(|state| typed.terms(state, self.found.as_ref(), kind)).ok()?;
        Some(person.actor.preview(person.user, &terms, typed.closes()))
    }

    fn kinds(&self, person: &Person, typed: &Typed) -> Vec<Kind> {
        let all = TYPES.into_iter().map(|(value, label)| Kind {
            value: value.to_owned(),
            label: label.to_owned(),
            chosen: typed.kind == value,
            locked: self.locked(person, typed, value),
        });
        all.collect()
    }

    /// The guard's own answer; while too little is typed to ask it, its rule of what is allowed by name.
    fn locked(&self, person: &Person, typed: &Typed, kind: &str) -> Option<String> {
        let no = Refusal::Guard(guard::Refusal::OrderTypeNotAllowed);
        let stop_px = Price::from_units(1);
        let bare = if kind == "stop" { Type::Stop { stop_px } } else { Type::Market };
        let by_name = matches!(kind, "limit" | "stop_limit") || by_name(bare, TimeInForce::Day, &self.allowances);
        let refused = match self.preview(person, typed, kind) {
            Some(said) => said.err() == Some(no),
            None => !by_name && self.closes.is_none(),
        };
        refused.then(|| words(no))
    }

    fn would(&self, person: &Person, typed: &Typed) -> Option<String> {
        match self.preview(person, typed, &typed.kind)? {
            Ok(guard::Verdict::Admit(_)) => None,
            Ok(guard::Verdict::Hold(_)) => {
                Some("As it stands it is above a threshold, and waits for a signature on another device.".to_owned())
            }
            Err(refusal) => Some(format!("As it stands it would be refused: {}.", words(refusal))),
        }
    }
}
