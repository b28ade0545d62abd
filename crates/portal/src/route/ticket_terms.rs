//! What was typed on a ticket, and the order it asks for.

use crate::route::quotes::{PATIENCE, queries};
use crate::world::World;
use kernel::instrument::{Instrument, Selector};
use kernel::money::{Price, Quantity};
use kernel::order::{Kind, Side, Terms, TimeInForce};
use kernel::state::State;
use kernel::time::Timestamp;
use serde::Deserialize;
use service::actor::CustomerActor;

const LONGEST: usize = 32;

/// The fields of the form, as they were typed; read strictly.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Typed {
    pub account: String,
    pub instrument: String,
    pub side: String,
    pub quantity: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub price: String,
    pub stop: String,
    pub close: String,
    pub key: String,
}

impl Typed {
    pub fn side(&self) -> Side {
        if self.side == "sell" { Side::Sell } else { Side::Buy }
    }

    /// It leads from a position, or from a ticket that only closes.
    pub fn closes(&self) -> bool {
        self.close == "yes"
    }

    /// Of a type by its name, with the prices that it needs.
    pub fn kind_of(&self, kind: &str) -> Result<Kind, &'static str> {
        let price = |typed: &str| {
            plain(typed)
                .and_then(|figure| Price::parse(&figure).ok())
                .filter(|one| one.is_positive())
                .ok_or("price_malformed")
        };
        match kind {
            "market" => Ok(Kind::Market),
            "limit" => Ok(Kind::Limit { price: price(&self.price)? }),
            "stop" => Ok(Kind::Stop { stop_px: price(&self.stop)? }),
            "stop_limit" => Ok(Kind::StopLimit { stop_px: price(&self.stop)?, price: price(&self.price)? }),
            _other => Err("order_type_not_understood"),
        }
    }

    pub fn quantity(&self) -> Result<Quantity, &'static str> {
        let figure = plain(&self.quantity).and_then(|figure| Quantity::parse(&figure).ok());
        figure.filter(|one| one.is_positive()).ok_or("quantity_malformed")
    }

    /// All of it, as the type named here.
    pub fn terms(&self, state: &State, found: Option<&Instrument>, kind: &str) -> Result<Terms, &'static str> {
        let account = state.customer.accounts.iter().find(|one| one.number == self.account);
        Ok(Terms {
            account: account.ok_or("account_not_found")?.id,
            instrument: found.ok_or("contract_not_found")?.clone(),
            side: if matches!(self.side.as_str(), "buy" | "sell") {
                self.side()
            } else {
                return Err("form_malformed");
            },
            order_qty: self.quantity()?,
            kind: self.kind_of(kind)?,
            time_in_force: TimeInForce::Day,
            outside_hours: false,
            label: String::new(),
            ties: kernel::ties::Ties::default(),
        })
    }

    /// Back to this page with all that was typed, as one value of a query.
    pub fn again(&self, path: &str) -> String {
        let fields = [
            ("account", &self.account),
            ("instrument", &self.instrument),
            ("side", &self.side),
            ("quantity", &self.quantity),
            ("type", &self.kind),
            ("price", &self.price),
            ("stop", &self.stop),
            ("close", &self.close),
        ];
        let kept: Vec<String> = fields
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", escaped(value)))
            .collect();
        let whole = if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) };
        // What is too long to be led back to is typed again.
        escaped(if whole.len() <= 200 { &whole } else { path })
    }
}

/// As a value of a query: letters and digits as they are.
fn escaped(text: &str) -> String {
    let one =
        |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

/// A figure as people write it: commas or blanks only between its thousands. A decimal comma is no separator of ours,
/// and taking it for one would make ten of one.
pub fn plain(typed: &str) -> Option<String> {
    let blank = |c: char| matches!(c, ' ' | '\u{a0}');
    let (whole, rest) = typed
        .trim_matches(blank)
        .split_once('.')
        .map_or((typed.trim_matches(blank), None), |(whole, rest)| (whole, Some(rest)));
    let groups: Vec<&str> = whole.split(|c| c == ',' || blank(c)).collect();
    let sound = match groups.as_slice() {
        [_] => true,
        [first, others @ ..] => {
            let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
            let head = first.strip_prefix('-').unwrap_or(first);
            digits(head)
                && (1..=3).contains(&head.len())
                && !head.starts_with('0')
                && others.iter().all(|one| one.len() == 3 && digits(one))
        }
        [] => false,
    };
    let plain = groups.concat();
    sound.then(|| rest.map_or_else(|| plain.clone(), |rest| format!("{plain}.{rest}")))
}

/// What is meant: what is held or worked is known without asking the venue.
pub async fn instrument(world: &World, actor: &CustomerActor, typed: &str, now: Timestamp) -> Option<Instrument> {
    let asked: String = typed.trim().chars().take(LONGEST).collect();
    let selector = Selector::parse(&asked)?;
    if let Selector::Class(_) = selector {
        return None;
    }
    let known = actor.read(|state| {
        let held = state.book.positions.values().filter_map(|position| position.instrument.as_ref());
        let worked = state.book.orders.values().map(|order| &order.terms.instrument);
        held.chain(worked).find(|one| selector.covers(one)).cloned()
    });
    if known.is_some() {
        return known;
    }
    for query in queries(&asked)? {
        let finding = tokio::time::timeout(PATIENCE, world.node.venue().look_up(query, now)).await;
        if let Some(contract) = finding.unwrap_or_default().into_iter().next() {
            return Some(contract.instrument);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed() -> Typed {
        let text = |text: &str| text.to_owned();
        Typed { quantity: text("1,000"), price: text("227.40"), stop: text("-1"), ..Typed::default() }
    }

    #[test]
    fn figures_are_read_as_people_write_them_and_prices_are_above_zero() {
        assert_eq!(typed().quantity().map(|one| one.to_string()), Ok("1000".to_owned()));
        assert_eq!(
            typed().kind_of("limit").map(|kind| kind.price().map(|one| one.to_string())),
            Ok(Some("227.4".to_owned()))
        );
        assert_eq!(typed().kind_of("market"), Ok(Kind::Market));
        for (kind, code) in
            [("stop", "price_malformed"), ("stop_limit", "price_malformed"), ("odd", "order_type_not_understood")]
        {
            assert_eq!(typed().kind_of(kind), Err(code));
        }
        for wrong in
            ["", "0", "-1", "ten", "1e9", "2,5", "0,25", "227,40", "1000,50", "1,00", "0,250", "1,,000", "1 0", ",500"]
        {
            let one = Typed { quantity: wrong.to_owned(), ..Typed::default() };
            assert_eq!(one.quantity(), Err("quantity_malformed"), "{wrong}");
        }
    }

    #[test]
    fn thousands_may_be_apart_and_nothing_else() {
        for (typed, figure) in
            [("1,500", "1500"), ("12 345 678.5", "12345678.5"), (" 7 ", "7"), ("-1,000", "-1000"), ("0.25", "0.25")]
        {
            assert_eq!(plain(typed).as_deref(), Some(figure), "{typed}");
        }
    }

    #[test]
    fn what_was_typed_comes_back_whole_and_leads_nowhere_else() {
        let one = Typed { instrument: "AAPL/USD&next=//x".to_owned(), ..Typed::default() };
        assert_eq!(one.again("/ticket"), "%2Fticket%3Finstrument%3DAAPL%252FUSD%2526next%253D%252F%252Fx");
        let long = Typed { instrument: "A".repeat(300), ..Typed::default() };
        assert_eq!(long.again("/ticket"), "%2Fticket");
    }
}
