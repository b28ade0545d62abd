//! Wrong answers: what a broken or malicious upstream says of orders, ours and others.

use super::plan::Dice;
use super::seen::{Lie, Seen};
use kernel::id::OrderId;
use rust_decimal::Decimal;
use tws::{CompletedOrder, Contract, Execution, OpenOrder, OrderState, OrderStatus, Response, ServerVersion};

/// Nobody's.
const NUMBER: i32 = 1_000_000;
/// No order has it. (The largest number there is would be read as none at all.)
const NUMBER_OF_A_REQUEST: i32 = 2_000_000_001;
const OURS: i32 = 7_300;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn nobody(dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => OrderId::new(1_790_000_000_000, u128::from(dice.next())).to_string(),
        1 => "somebody's own word".to_owned(),
        _ => String::new(),
    }
}

fn status(number: i32, word: &str, perm_id: i64) -> Response {
    let (order_id, status, client_id) = (number, word.to_owned(), OURS);
    Response::OrderStatus(Box::new(OrderStatus { order_id, status, client_id, perm_id, ..OrderStatus::default() }))
}

fn open_order(number: i32, contract: Contract, reference: String, quantity: &str) -> Response {
    let order = tws::Order {
        action: "BUY".to_owned(),
        total_quantity: Some(decimal(quantity)),
        order_type: "LMT".to_owned(),
        lmt_price: Some(decimal("-79228162514264337593543950335")),
        aux_price: Some(Decimal::ZERO),
        tif: "DAY".to_owned(),
        account: super::upstream::ACCOUNT.to_owned(),
        order_ref: reference,
        ..tws::Order::default()
    };
    let state = OrderState { status: "Submitted".to_owned(), ..OrderState::default() };
    Response::OpenOrder(Box::new(OpenOrder { order_id: number, contract, order, client_id: OURS, perm_id: 5, state }))
}

fn execution(exec_id: &str, contract: Contract, shares: Decimal, price: &str) -> Execution {
    Execution {
        request_id: -1,
        order_id: NUMBER,
        contract,
        exec_id: exec_id.to_owned(),
        time: "20260921 13:00:00 UTC".to_owned(),
        account: super::upstream::ACCOUNT.to_owned(),
        side: "BOT".to_owned(),
        shares,
        price: decimal(price),
        perm_id: 5,
        client_id: OURS,
        ..Execution::default()
    }
}

/// Bytes of one message; what it claims to be a fill is noted, since nobody can tell a lie from a trade by hand.
pub fn one(dice: &mut Dice, seen: &mut Seen, version: ServerVersion) -> Vec<u8> {
    seen.fault("wrong answer");
    let mut ours: Vec<&String> = seen.orders.keys().collect();
    // Not by their ids, which are random even where the seed is the same.
    ours.sort_by_key(|reference| seen.orders[*reference].number);
    let reference = dice.pick(&ours).map(|reference| (*reference).clone());
    match reference {
        Some(reference) if dice.chance(650) => of_ours(dice, seen, version, reference),
        _ => of_nobody(dice, seen, version),
    }
}

fn of_nobody(dice: &mut Dice, seen: &mut Seen, version: ServerVersion) -> Vec<u8> {
    let number = NUMBER + i32::try_from(dice.below(1_000)).unwrap();
    let contract = Contract { con_id: super::upstream::CONTRACT, symbol: "AAPL".to_owned(), ..Contract::default() };
    let exec_id = format!("lie.{:x}.01.01", dice.next());
    let told = match dice.below(8) {
        0 => status(number, "Cancelled", 9),
        1 => open_order(number, contract, nobody(dice), "1000000"),
        2 => open_order(NUMBER_OF_A_REQUEST, contract, nobody(dice), "1"),
        3 => Response::CompletedOrder(Box::new(CompletedOrder {
            order: tws::Order { order_ref: nobody(dice), ..tws::Order::default() },
            contract,
            status: "Cancelled".to_owned(),
            ..CompletedOrder::default()
        })),
        4 => error(number, 201),
        5 => error(-1, *dice.pick(&[2_103, 2_105, 2_107, 2_157, 507, 10_197]).unwrap()),
        6 => {
            let (exec_id, commission) = (exec_id, decimal("1000000"));
            Response::CommissionReport { exec_id, commission, currency: "USD".to_owned(), realized_pnl: None }
        }
        _ => {
            let quantity = Decimal::from(dice.between(1, 3));
            let fact = Lie { quantity, sell: false, contract_id: contract.con_id };
            seen.lies.insert(exec_id.clone(), fact);
            let mut told = execution(&exec_id, contract, quantity, "231.5");
            (told.client_id, told.order_ref) = (0, nobody(dice));
            Response::ExecutionDetails(Box::new(told))
        }
    };
    told.encode(version)
}

fn error(request_id: i32, code: i32) -> Response {
    Response::Error { request_id, code, text: "so it says".to_owned(), reject_json: String::new() }
}

fn of_ours(dice: &mut Dice, seen: &mut Seen, version: ServerVersion, reference: String) -> Vec<u8> {
    seen.lied_about.insert(reference.clone());
    let sent = &seen.orders[&reference];
    let (number, contract) = (sent.number, sent.contract.clone());
    let whole = sent.told.iter().map(|told| told.quantity).max().unwrap();
    let exec_id = format!("lie.{:x}.01.01", dice.next());
    let told = match dice.below(9) {
        // Backwards, where it has ended.
        0 => status(number, dice.pick(&["PreSubmitted", "Submitted", "PendingSubmit", "Nonsense"]).unwrap(), 5),
        1 => open_order(number, contract, reference, "79228162514264337593543950335"),
        2 => open_order(*dice.pick(&[NUMBER_OF_A_REQUEST, 0, -7, NUMBER]).unwrap(), contract, reference, "5"),
        3 | 4 => {
            // A number that is none.
            let bytes = status(number, "Submitted", 5).encode(version);
            let mut fields: Vec<&[u8]> = bytes.split(|byte| *byte == 0).collect();
            let at = usize::try_from(dice.between(3, 6)).unwrap();
            fields[at] = dice.pick(&["NaN", "-1e400", "Infinity", "1.7976931348623157E308"]).unwrap().as_bytes();
            return fields.join(&0);
        }
        5 => fill(execution(&exec_id, contract, Decimal::ONE, "-3.5"), number, reference),
        6 => fill(execution(&exec_id, contract, decimal("-4"), "230"), number, reference),
        7 => {
            // More than was ordered, also by a change that is written before this is told: no order has so many.
            let quantity = whole * Decimal::TEN + Decimal::from(super::history::MOST_SHARES);
            let fact = Lie { quantity, sell: false, contract_id: contract.con_id };
            seen.lies.insert(exec_id.clone(), fact);
            fill(execution(&exec_id, contract, quantity, "230"), number, reference)
        }
        _ => {
            // Of another instrument than the order's.
            let other = Contract { con_id: super::upstream::OTHER_CONTRACT, symbol: "KO".to_owned(), ..contract };
            let fact = Lie { quantity: Decimal::ONE, sell: false, contract_id: other.con_id };
            seen.lies.insert(exec_id.clone(), fact);
            fill(execution(&exec_id, other, Decimal::ONE, "64"), number, reference)
        }
    };
    told.encode(version)
}

fn fill(told: Execution, number: i32, reference: String) -> Response {
    Response::ExecutionDetails(Box::new(Execution { order_id: number, order_ref: reference, ..told }))
}
