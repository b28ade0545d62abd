//! `/orders/ID`: one in full, open or of any age, with what the journal says of it.

use crate::page::frame::Nav;
use crate::page::orders::{self, Order as View, Row, State as Shown, Step};
use crate::page::part::Refusal as Told;
use crate::person::Person;
use crate::route::framed::{self, told};
use crate::route::orders::{end, ended, filled, of_ask, open};
use crate::route::refused;
use crate::world::{Shared, World};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use kernel::event::{Event, Recorded};
use kernel::id::OrderId;
use kernel::money::{Amount, Quantity};
use kernel::order::Terms;
use kernel::reason::Reason;
use kernel::state;
use kernel::working::{self, Ended, Order};
use service::actor::CustomerActor;
use service::words::figures::{money, of_refusal};
use service::words::story;

/// Events of one reading, and how many readings: an order that lies further back is in the activity.
const PAGE: u64 = 1_000;
const READINGS: usize = 20;
/// Steps that are shown.
const STEPS: usize = 200;

pub async fn page(State(world): State<Shared>, person: Person, Path(id): Path<String>) -> Response {
    let Ok(id) = OrderId::parse(&id) else { return refused::missing(&world, &person.nonce) };
    let past = past(&world, &person.actor, id).await.unwrap_or_else(|error| {
        tracing::error!(%error, "the journal cannot be read");
        Vec::new()
    });
    let now = person.actor.now();
    let view = person.actor.read(|state| {
        let known = state.book.orders.get(&id).map(|order| of_order(state, order, open(state, &person, order, now)));
        let gone = || {
            let (order, how) = state.book.day.ended.iter().find(|(order, _)| order.id == id)?;
            Some(of_order(state, order, ended(state, order, *how)))
        };
        let view = known.or_else(gone).or_else(|| of_past(state, &past))?;
        let history = past.iter().take(STEPS).map(|one| step(state, one)).collect();
        Some(View { history, why: why(&past), ..view })
    });
    let Some(view) = view else { return refused::missing(&world, &person.nonce) };
    let frame = framed::inside(&world, &person, Nav::Orders, "Order", Vec::new()).await;
    orders::order(&frame, &view).into_response()
}

/// What the journal says of an order, from its birth on; read backwards until then, and not without end.
async fn past(world: &World, actor: &CustomerActor, id: OrderId) -> Result<Vec<Recorded>, String> {
    let head = world.node.with_reader(|reader| reader.head()).await?.map_err(|error| error.to_string())?;
    let born = i64::try_from(id.bits() >> 80).unwrap_or_default();
    let (stream, name) = (format!("book/{}", actor.id), id.to_string());
    let (mut up_to, mut found) = (head.size, Vec::new());
    for _ in 0..READINGS {
        let from = up_to.saturating_sub(PAGE);
        let count = usize::try_from(up_to.saturating_sub(from)).unwrap_or_default();
        let events = world.node.with_reader(move |reader| reader.tail(from, count)).await?;
        let events = events.map_err(|error| error.to_string())?;
        for stored in events.iter().rev().filter(|stored| stored.stream == stream) {
            if core::str::from_utf8(&stored.body).is_ok_and(|body| body.contains(&name)) {
                let recorded = service::codec::decode(stored).map_err(|error| error.to_string())?;
                found.extend((recorded.event.order() == Some(id)).then_some(recorded));
            }
        }
        up_to = from;
        if up_to == 0 || events.first().is_none_or(|first| first.at < born) {
            break;
        }
    }
    found.reverse();
    Ok(found)
}

fn of_order(state: &state::State, order: &Order, row: Row) -> View {
    let mut terms = terms(&order.terms);
    terms.extend(order.venue_ref.iter().map(|number| ("Number at the venue".to_owned(), number.clone())));
    let base = state.customer.account(order.terms.account).map(|account| account.base_currency.to_string());
    View {
        row,
        terms,
        value: format!("{} {}", money(&order.value().to_string()), base.unwrap_or_default()),
        approval: order.approval.map(|id| id.to_string()),
        why: None,
        history: Vec::new(),
        refusal: None,
    }
}

fn terms(terms: &Terms) -> Vec<(String, String)> {
    let currency = terms.instrument.currency;
    let price = |price: kernel::money::Price| format!("{} {currency}", money(&price.to_string()));
    let mut all = vec![
        ("Instrument", format!("{}/{currency}, contract {}", terms.instrument.name(), terms.instrument.contract_id)),
        ("Type", terms.kind.as_str().replace('_', "-")),
        ("Quantity", money(&terms.order_qty.to_string())),
    ];
    all.extend(terms.kind.price().map(|limit| ("Limit price", price(limit))));
    all.extend(terms.kind.stop_px().map(|stop| ("Stop price", price(stop))));
    all.push(("Time in force", terms.time_in_force.as_str().replace('_', " ")));
    if terms.outside_hours {
        all.push(("Hours", "also outside regular hours".to_owned()));
    }
    if !terms.label.is_empty() {
        all.push(("Reference", terms.label.clone()));
    }
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// An older one, or one that the guard refused: nothing but the journal knows it.
fn of_past(state: &state::State, past: &[Recorded]) -> Option<View> {
    use working::Event as E;
    let (mut found, mut shown, mut told_of) = (None, Shown::Unknown, "");
    let (mut total, mut worth, mut approved) = (Quantity::ZERO, Amount::ZERO, None);
    for recorded in past {
        let Event::Order(event) = &recorded.event else { continue };
        match event {
            E::Held { ask, charge, approval, .. } => {
                (found, shown, worth, approved) =
                    (Some((ask, recorded.at)), Shown::Held, charge.value, Some(*approval));
            }
            E::Admitted { ask, charge, approval, .. } => {
                (found, shown, worth, approved) = (Some((ask, recorded.at)), Shown::Sending, charge.value, *approval);
            }
            E::Refused { ask, .. } => (found, shown) = (Some((ask, recorded.at)), Shown::Refused),
            E::Filled { execution } => total = total.saturating_add(execution.quantity),
            E::Ended { how, .. } => (shown, told_of) = end(*how),
            _ => {}
        }
    }
    let (ask, at) = found?;
    let row = of_ask(state, ask, shown, at);
    let done = filled(total, ask.terms.order_qty);
    Some(View {
        row: Row { filled: done, told: told_of.to_owned(), ..row },
        terms: terms(&ask.terms),
        value: if worth.is_zero() { String::new() } else { money(&worth.to_string()) },
        approval: approved.map(|id| id.to_string()),
        why: None,
        history: Vec::new(),
        refusal: None,
    })
}

/// The no that ended it, if it was one of ours.
fn why(past: &[Recorded]) -> Option<Told> {
    let told = |reason: &Reason, recorded: &Recorded| {
        let words = lexicon::refusal(&reason.code, &of_refusal(&reason.facts));
        Told {
            category: reason.category.as_str().to_owned(),
            code: reason.code.clone(),
            text: words.text,
            remedy: words.remedy,
            correlation: Some(recorded.correlation.to_string()),
        }
    };
    past.iter().rev().find_map(|recorded| match &recorded.event {
        Event::Order(working::Event::Refused { reason, .. }) => Some(told(reason, recorded)),
        // Of a second decision only the code is recorded.
        Event::Order(working::Event::Ended { how: Ended::RefusedWhenGranted, text, .. }) => {
            let words = lexicon::refusal(text, &[]);
            let plain = if words.text.contains('{') { text.replace('_', " ") } else { words.text };
            let (code, correlation) = (text.clone(), Some(recorded.correlation.to_string()));
            Some(Told { category: "guard".to_owned(), code, text: plain, remedy: words.remedy, correlation })
        }
        _ => None,
    })
}

fn step(state: &state::State, recorded: &Recorded) -> Step {
    let story = story::tell(state, recorded);
    Step { at: told(recorded.at), text: format!("{}: {}", story.by, story.text) }
}
