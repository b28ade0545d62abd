//! One of every event, and more where one has several shapes: what the lines of `v1.jsonl` mean.
//!
//! Lines are only ever added, at the end; a value here changes only together with an upcast.

use super::things::*;
use kernel::account::{self, Account, Environment};
use kernel::actor::Actor;
use kernel::approval::{self, Approval, Verdict};
use kernel::event::Event;
use kernel::given::{Market, Quote, RateQuote, Session};
use kernel::guard::{Allowances, Limits};
use kernel::id::{DeviceId, SessionId, UserId};
use kernel::instrument::Selector;
use kernel::kill_switch::{self, Engaged, Level, Resting};
use kernel::money::{Percent, Rate};
use kernel::order::{ClientRef, Kind, TimeInForce, Trail};
use kernel::reason::{Category, Reason};
use kernel::ticket::Stated;
use kernel::ties::{Fills, Group, Ties};
use kernel::working::{Ask, Commission, Ended, Execution};
use kernel::{api_credential, connection, customer, meter, restore, seal, source, working};

/// Everything, in the order of the lines, each with who did it.
pub fn all() -> Vec<(Actor, Event)> {
    let mut all = authority();
    all.extend(switches_and_approvals());
    all.extend(asked_for());
    all.extend(reported());
    all.extend(at_the_door());
    all.extend(super::people::all());
    all.extend(tried());
    all.push(rotated());
    all.extend(super::people::by_sms());
    all.extend(tickets());
    all.extend(super::people::widened());
    all.extend(super::people::notices());
    all.extend(super::people::incidents());
    all.extend(super::people::missed());
    all.extend(super::people::pushes());
    all.extend(super::paired::all());
    all.extend(super::others::all());
    all.extend(super::alerts::all());
    all.push(super::paired::push_with_its_host());
    all.extend(super::networks::all());
    all.extend(bound());
    all.extend(super::day_loss::all());
    all.extend(super::dead_man::all());
    all.push(restored());
    all.push(super::alerts::seldom());
    all.push(super::alerts::sittings());
    all.push(told());
    all.extend(super::leverage::all());
    all.push(super::alerts::again());
    all.extend(super::derived::all());
    all.extend(super::expiry::all());
    all
}

/// What was held before anything was traded here.
fn told() -> (Actor, Event) {
    let (net, was) = (quantity("-250.5"), quantity("0"));
    let told = working::Event::PositionTold { account: account(), contract_id: 265_598, net, was };
    (Actor::Venue, Event::Order(told))
}

/// Of brackets and groups, and of the newer types.
fn bound() -> Vec<(Actor, Event)> {
    let (id, credential, market) = (order(2), credential(), Market::default());
    let program = [
        working::Event::Admitted {
            ask: tied(ask(6, Kind::TrailingStop { trail: Trail::Amount(price("1.5")), stop_px: Some(price("90")) })),
            charge: charge(true),
            approval: None,
            market,
            observed: None,
        },
        working::Event::Refused {
            ask: ask(7, trailing_limit()),
            reason: reason(Category::Guard, "family_broken", &[]),
        },
        working::Event::Released { id },
    ];
    let ended = working::Event::Ended { id, how: Ended::Incomplete, text: String::new() };
    let program = program.map(|event| (Actor::Credential(credential), Event::Order(event)));
    program.into_iter().chain([(Actor::House, Event::Order(ended))]).collect()
}

fn tried() -> Vec<(Actor, Event)> {
    let at = now();
    let events = [source::Event::Failed { at }, source::Event::Succeeded { at }, source::Event::Disabled { at }];
    events.into_iter().map(|event| (Actor::Visitor, Event::Source(event))).collect()
}

fn rotated() -> (Actor, Event) {
    let from = ["00112233445566aa".to_owned(), "ffeeddccbbaa9988".to_owned()].to_vec();
    let rotated = seal::Event::Rotated { to: "0123456789abcdef".to_owned(), from, data_keys: 3 };
    (Actor::Local { uid: 1_000 }, Event::Seal(rotated))
}

fn restored() -> (Actor, Event) {
    let backup = restore::Backup { size: 4_711, root: digest("root"), made_at: now().plus_ms(-86_400_000) };
    (Actor::Local { uid: 1_000 }, Event::Restore(restore::Event::Restored(backup)))
}

fn authority() -> Vec<(Actor, Event)> {
    let (house, owner) = (Actor::House, Actor::Local { uid: 1_000 });
    let id = credential();
    let live = Account {
        id: account(),
        number: "U7654321".to_owned(),
        environment: Environment::Live,
        base_currency: currency("EUR"),
        limits: every_limit(),
        restricted: every_selector(),
    };
    let mut paper = live.clone();
    paper.environment = Environment::Paper;
    (paper.limits, paper.restricted) = (Limits::default(), Vec::new());
    let rotated = api_credential::Event::Rotated { id, sha256: digest("new"), old_until: now().plus_ms(86_400_000) };
    let limits_set = api_credential::Event::LimitsSet { id, limits: every_limit() };
    vec![
        (
            house,
            Event::Customer(customer::Event::Opened {
                id: customer(),
                name: "S\u{fc}d \"1\" \\ \n\u{1f40e}".to_owned(),
            }),
        ),
        (house, Event::Account(account::Event::Opened(paper))),
        (owner, Event::Account(account::Event::Opened(live))),
        (owner, Event::Account(account::Event::LimitsSet { id: account(), limits: every_limit() })),
        (owner, Event::Account(account::Event::RestrictedSet { id: account(), restricted: every_selector() })),
        (owner, Event::Credential(api_credential::Event::Created(bare_credential()))),
        (owner, Event::Credential(api_credential::Event::Created(full_credential()))),
        (owner, Event::Credential(rotated)),
        (owner, Event::Credential(api_credential::Event::Suspended { id })),
        (owner, Event::Credential(api_credential::Event::Resumed { id })),
        (owner, Event::Credential(limits_set)),
        (Actor::Credential(id), Event::Credential(api_credential::Event::Used { id, at: now() })),
        (owner, Event::Credential(api_credential::Event::Revoked { id })),
    ]
}

fn tickets() -> Vec<(Actor, Event)> {
    let person = Actor::User { user: UserId::new(now().0, 6), session: SessionId::new(now().0, 7) };
    let id = ticket().id;
    let stated = Stated {
        limits: every_limit(),
        instruments: every_selector(),
        allowances: Allowances { close_any: true, ..Allowances::default() },
        expires_at: Some(now().plus_ms(1)),
    };
    let asked = Approval {
        order: order(3),
        request: digest("request"),
        nonce: digest("nonce"),
        requester: id,
        asked_at: now(),
        expires_at: now().plus_ms(approval::ORDER_LIFETIME_MS),
        asked_on: Some(DeviceId::new(now().0, 8)),
        raised: None,
        missed: 0,
        closes: false,
        top: false,
        first: None,
    };
    let nothing = Stated::default().closing();
    vec![
        (person, Event::Credential(api_credential::Event::Created(ticket()))),
        (person, Event::Credential(api_credential::Event::TicketStated { id, stated })),
        (person, Event::Credential(api_credential::Event::TicketStated { id, stated: nothing })),
        (person, Event::Approval(approval::Event::Requested { id: approval(), approval: asked })),
    ]
}

fn switches_and_approvals() -> Vec<(Actor, Event)> {
    let owner = Actor::Local { uid: 0 };
    let levels = [Level::Credential(credential()), Level::Account(account()), Level::Customer, Level::Firm];
    let mut all = Vec::new();
    for (level, resting) in levels.into_iter().zip([Resting::KeepProtective, Resting::CancelAll].into_iter().cycle()) {
        all.push((owner, Event::KillSwitch(kill_switch::Event::Engaged(Engaged { level, resting, at: now() }))));
        all.push((owner, Event::KillSwitch(kill_switch::Event::Released { level })));
    }
    let asked = Approval {
        order: order(1),
        request: digest("request"),
        nonce: digest("nonce"),
        requester: credential(),
        asked_at: now(),
        expires_at: now().plus_ms(approval::ORDER_LIFETIME_MS),
        asked_on: None,
        raised: None,
        missed: 0,
        closes: false,
        top: false,
        first: None,
    };
    let id = approval();
    all.push((Actor::Credential(credential()), Event::Approval(approval::Event::Requested { id, approval: asked })));
    for (verdict, by) in [
        (Verdict::Grant, owner),
        (Verdict::Refuse, owner),
        (Verdict::TimeOut, Actor::House),
        (Verdict::Void, Actor::Credential(credential())),
    ] {
        all.push((by, Event::Approval(approval::Event::Settled { id, verdict, by })));
    }
    all.push((owner, Event::Meter(meter::Event::Rearmed { credential: credential() })));
    all
}

fn ask(number: i32, kind: Kind) -> Ask {
    let client_ref = ClientRef { client_id: 7, order_id: number };
    Ask { id: order(number), credential: credential(), client_ref, terms: terms(kind) }
}

fn reason(category: Category, code: &str, facts: &[(&str, &str)]) -> Reason {
    let facts = facts.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Reason { category, code: code.to_owned(), facts }
}

fn asked_for() -> Vec<(Actor, Event)> {
    let (id, client_ref) = (order(2), ClientRef { client_id: 0, order_id: i32::MAX });
    let quote = Some(Quote { bid: price("99.99"), ask: price("100.01"), at: now() });
    let rate = Some(RateQuote { rate: Rate::parse("1.0825").unwrap(), at: now() });
    let market = Market { quote, rate, session: Some(Session::Regular), figures: None };
    let closed = Market { session: Some(Session::Closed), ..Market::default() };
    let too_much = reason(Category::Guard, "order_value", &[("value", "30000"), ("limit", "25000")]);
    let credential = credential();
    let events = [
        working::Event::Held { ask: ask(1, Kind::Market), charge: charge(false), approval: approval(), market },
        working::Event::Admitted {
            ask: ask(2, Kind::Limit { price: price("100.25") }),
            charge: charge(true),
            approval: None,
            market,
            observed: None,
        },
        working::Event::Admitted {
            ask: ask(3, Kind::Stop { stop_px: price("0.00000001") }),
            charge: charge(false),
            approval: Some(approval()),
            market: closed,
            observed: Some(too_much.clone()),
        },
        working::Event::Refused {
            ask: ask(4, Kind::StopLimit { stop_px: price("101"), price: price("102.5") }),
            reason: too_much,
        },
        working::Event::Refused {
            ask: ask(5, Kind::Market),
            reason: reason(Category::DeviceSession, "credential_expired", &[]),
        },
        working::Event::Declined { credential, client_ref, reason: reason(Category::Identity, "secret_wrong", &[]) },
        working::Event::ReplaceAdmitted {
            id,
            terms: terms(Kind::Limit { price: price("100.5") }),
            charge: charge(true),
            market: Market::default(),
        },
        working::Event::ReplaceRefused { id, reason: reason(Category::Entitlement, "not_yours", &[]) },
        working::Event::CancelRequested { id },
    ];
    events.map(|event| (Actor::Credential(credential), Event::Order(event))).to_vec()
}

fn trailing_limit() -> Kind {
    let trail = Trail::Percent(Percent::parse("2.5").unwrap());
    Kind::TrailingStopLimit { trail, stop_px: None, offset: price("0.25") }
}

fn tied(mut ask: Ask) -> Ask {
    let group = Some(Group { name: "exit".to_owned(), fills: Fills::ReduceBlocked });
    (ask.terms.time_in_force, ask.terms.ties) =
        (TimeInForce::AtTheClose, Ties { parent: Some(1), parked: true, group });
    ask
}

fn at_the_door() -> Vec<(Actor, Event)> {
    let (credential, program) = (credential(), Actor::Credential(credential()));
    let refused = |why| Event::Connection(connection::Event::Refused { credential, why, secret_elsewhere: false });
    let counts = [("REQ_MKT_DATA".to_owned(), 1), ("REQ_POSITIONS".to_owned(), u32::MAX)];
    let reads = connection::Reads { credential, client_id: -1, minute: now(), counts: counts.to_vec() };
    vec![
        (program, refused(reason(Category::Identity, "peer_wrong", &[("peer_uid", "1001")]))),
        (Actor::House, refused(reason(Category::DeviceSession, "credential_revoked", &[]))),
        (program, Event::Connection(connection::Event::Read(reads))),
    ]
}

fn execution(number: u8, known: bool) -> Execution {
    Execution {
        exec_id: format!("0000e0d5.6710a1b2.01.{number:02}"),
        order: known.then(|| order(2)),
        account: account(),
        contract_id: 265_598,
        side: if known { kernel::order::Side::Buy } else { kernel::order::Side::Sell },
        quantity: quantity("2.5"),
        price: price("100.01"),
        at: now(),
    }
}

fn reported() -> Vec<(Actor, Event)> {
    let id = order(2);
    let text = "not possible \u{2014} sorry".to_owned();
    let commission = |realized: Option<&str>| Commission {
        exec_id: "0000e0d5.6710a1b2.01.01".to_owned(),
        amount: amount("1.0000000000000001"),
        currency: currency("USD"),
        realized: realized.map(amount),
    };
    let mut events = vec![
        working::Event::Acknowledged { id, venue_ref: "1234567".to_owned() },
        working::Event::Replaced { id },
        working::Event::ReplaceRejected { id, text: text.clone() },
        working::Event::CancelRejected { id, text: text.clone() },
        working::Event::Filled { execution: execution(1, true) },
        working::Event::Filled { execution: execution(2, false) },
        working::Event::Commissioned { commission: commission(None) },
        working::Event::Commissioned { commission: commission(Some("-12.34")) },
        working::Event::MarkedUnknown { id },
    ];
    let ends = [
        Ended::Filled,
        Ended::Cancelled,
        Ended::Rejected,
        Ended::Expired,
        Ended::ApprovalRefused,
        Ended::RefusedWhenGranted,
        Ended::ApprovalTimedOut,
        Ended::Voided,
    ];
    events.extend(ends.map(|how| working::Event::Ended { id, how, text: text.clone() }));
    events.into_iter().map(|event| (Actor::Venue, Event::Order(event))).collect()
}

fn every_selector() -> Vec<Selector> {
    ["stock", "etf", "forex", "AAPL/USD", "#265598"].map(|text| Selector::parse(text).unwrap()).to_vec()
}
