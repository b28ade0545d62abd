//! What the golden events are about: ids, figures, a credential with nothing and one with everything.

use kernel::api_credential::{ApiCredential, Dormancy, SecretHash, State};
use kernel::digest::Digest;
use kernel::guard::{Allowances, Limits};
use kernel::id::{AccountId, ApprovalId, CredentialId, CustomerId, OrderId};
use kernel::instrument::{AssetClass, Instrument, Selector};
use kernel::meter::Charge;
use kernel::meter::Pace;
use kernel::money::{Amount, Currency, Price, Quantity};
use kernel::order::{Kind, Side, Terms, TimeInForce};
use kernel::scope::{Scope, Scopes};
use kernel::time::Timestamp;

pub fn now() -> Timestamp {
    Timestamp(1_790_000_000_123)
}
pub fn customer() -> CustomerId {
    CustomerId::new(now().0, 1)
}
pub fn account() -> AccountId {
    AccountId::new(now().0, 2)
}
pub fn credential() -> CredentialId {
    CredentialId::new(now().0, 0xdead_beef_dead_beef)
}
pub fn order(number: i32) -> OrderId {
    OrderId::new(now().0, u128::try_from(number).unwrap())
}
pub fn approval() -> ApprovalId {
    ApprovalId::new(now().0, 5)
}
pub fn digest(text: &str) -> Digest {
    Digest::of(&[text.as_bytes()])
}
pub fn price(text: &str) -> Price {
    Price::parse(text).unwrap()
}
pub fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).unwrap()
}
pub fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}
pub fn currency(text: &str) -> Currency {
    Currency::parse(text).unwrap()
}

pub fn every_limit() -> Limits {
    Limits {
        order_value: Some(amount("25000")),
        order_quantity: Some(quantity("100.5")),
        collar_bps: Some(300),
        day_value: Some(amount("250000.01")),
        day_count: Some(200),
        open_orders: Some(20),
        open_value: Some(amount("50000")),
        messages_per_second: Some(10),
        orders_per_second: Some(5),
        repeated_fills: Some(u32::MAX),
        approve_above: Some(amount("0")),
        top_above: None,
        day_loss: None,
        dead_man_seconds: None,
        position_quantity: None,
        leverage: None,
        margin_use_bps: None,
        approve_leverage_above: None,
    }
}

pub fn terms(kind: Kind) -> Terms {
    let (time_in_force, side) = match kind {
        Kind::Market => (TimeInForce::ImmediateOrCancel, Side::Buy),
        Kind::Limit { .. } => (TimeInForce::GoodTillCancel, Side::Sell),
        Kind::TrailingStop { .. } | Kind::TrailingStopLimit { .. } => (TimeInForce::FillOrKill, Side::Sell),
        Kind::Stop { .. } | Kind::StopLimit { .. } => (TimeInForce::Day, Side::Sell),
    };
    Terms {
        account: account(),
        instrument: Instrument {
            contract_id: 265_598,
            symbol: "AAPL".to_owned(),
            class: AssetClass::Stock,
            currency: currency("USD"),
            derivative: None,
        },
        side,
        order_qty: quantity("10"),
        kind,
        time_in_force,
        outside_hours: matches!(kind, Kind::Market),
        label: "strategy 1".to_owned(),
        ties: kernel::ties::Ties::default(),
    }
}

/// With the account's own pace, and without: older lines have none.
pub fn charge(paced: bool) -> Charge {
    let account = paced.then_some(10);
    let pace = Pace { messages: 10, orders: 5, repeated_fills: 20, account_messages: account, account_orders: account };
    Charge { value: amount("1002.5"), added: amount("-0.0000000000000001"), pace }
}

/// What reads only states nothing.
pub fn bare_credential() -> ApiCredential {
    ApiCredential {
        id: CredentialId::new(now().0, 4),
        name: "demo-read".to_owned(),
        state: State::Active,
        scopes: Scopes::read_only(),
        accounts: Vec::new(),
        instruments: Vec::new(),
        port: 4_101,
        peer_uid: 0,
        secrets: Vec::new(),
        created_at: now(),
        expires_at: None,
        last_used_at: now(),
        dormancy: Dormancy::default(),
        limits: Limits::default(),
        allowances: Allowances::default(),
        cancel_on_disconnect: false,
        observe: false,
        holder: None,
    }
}

/// A person's, with nothing stated.
pub fn ticket() -> ApiCredential {
    kernel::ticket::open(CredentialId::new(now().0, 5), kernel::id::UserId::new(now().0, 6), now())
}

pub fn full_credential() -> ApiCredential {
    ApiCredential {
        id: credential(),
        name: "bot".to_owned(),
        state: State::Suspended,
        scopes: Scopes::of(&Scope::ALL),
        accounts: vec![account()],
        instruments: vec![Selector::Class(AssetClass::Stock), Selector::Contract(265_598)],
        port: 4_102,
        peer_uid: u32::MAX,
        secrets: vec![
            SecretHash { sha256: digest("old"), until: Some(now()) },
            SecretHash { sha256: digest("new"), until: None },
        ],
        expires_at: Some(now().plus_ms(1)),
        limits: every_limit(),
        allowances: Allowances { trailing: false, auction: false, option_writing: false, ..Allowances::ALL },
        cancel_on_disconnect: true,
        observe: true,
        ..bare_credential()
    }
}
