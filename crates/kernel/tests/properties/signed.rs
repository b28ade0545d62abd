//! Properties of what is signed: whatever is edited of the approval message, and at whatever step it comes, it grants nothing.

use crate::people::house::{HOUR, House, MINUTE, Person};
use crate::world::{apple, buy, currency, price, quantity};
use kernel::approval::Verdict;
use kernel::command::Command;
use kernel::digest::Digest;
use kernel::event::Event;
use kernel::evidence::Proof;
use kernel::id::{AccountId, ApprovalId, OrderId};
use kernel::instrument::Instrument;
use kernel::order::{Kind, Terms, TimeInForce};
use kernel::people::Command as Ask;
use kernel::signature::{Signature, challenge};
use kernel::user::Role;
use kernel::working;
use proptest::prelude::*;

/// One member of the order that was signed instead of the one that waits.
#[derive(Clone, Debug)]
enum Member {
    Account,
    Contract,
    Symbol,
    Currency,
    Side,
    Quantity(i64),
    Price(i64),
    Type,
    TimeInForce,
    Hours,
    Label(String),
}

/// One bit of the message, one letter of the words, one member of the order, or whose it is and where.
#[derive(Clone, Debug)]
enum Edit {
    Order(Member),
    Request(u8),
    Nonce(u8),
    /// What the authenticator has signed.
    Challenge(u8),
    Letter(prop::sample::Index, char),
    Cut(prop::sample::Index),
    /// The words that were shown are others than those that were signed.
    Told(String),
    Unverified,
    OthersKey,
    OthersSession,
    GoneDevice,
    GoneSession,
}

/// What came before it that ends the question.
#[derive(Clone, Copy, Debug)]
enum Step {
    Granted,
    Refused,
    TimedOut,
    Cancelled,
    Changed,
    /// Signed for the question before, about the same order word for word.
    OfTheOneBefore,
}

fn members() -> impl Strategy<Value = Member> {
    prop_oneof![
        Just(Member::Account),
        Just(Member::Contract),
        Just(Member::Symbol),
        Just(Member::Currency),
        Just(Member::Side),
        (1_i64..).prop_map(Member::Quantity),
        (1_i64..).prop_map(Member::Price),
        Just(Member::Type),
        Just(Member::TimeInForce),
        Just(Member::Hours),
        "[ -~]{1,64}".prop_map(Member::Label),
    ]
}

fn edits() -> impl Strategy<Value = Edit> {
    prop_oneof![
        4 => members().prop_map(Edit::Order),
        1 => any::<u8>().prop_map(Edit::Request),
        1 => any::<u8>().prop_map(Edit::Nonce),
        1 => any::<u8>().prop_map(Edit::Challenge),
        1 => (any::<prop::sample::Index>(), any::<char>()).prop_map(|(at, letter)| Edit::Letter(at, letter)),
        1 => any::<prop::sample::Index>().prop_map(Edit::Cut),
        1 => ".{0,40}".prop_map(Edit::Told),
        1 => Just(Edit::Unverified),
        1 => Just(Edit::OthersKey),
        1 => Just(Edit::OthersSession),
        1 => Just(Edit::GoneDevice),
        1 => Just(Edit::GoneSession),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    use Step as S;
    prop::sample::select(vec![S::Granted, S::Refused, S::TimedOut, S::Cancelled, S::Changed, S::OfTheOneBefore])
}

fn edited(terms: &Terms, member: &Member) -> Terms {
    let mut terms = terms.clone();
    match member {
        Member::Account => terms.account = AccountId::new(7, 7),
        Member::Contract => terms.instrument.contract_id += 1,
        Member::Symbol => terms.instrument = Instrument { symbol: "APPL".into(), ..apple() },
        Member::Currency => terms.instrument.currency = currency("EUR"),
        Member::Side => terms.side = terms.side.opposite(),
        Member::Quantity(units) => terms.order_qty = kernel::money::Quantity::from_units(*units),
        Member::Price(units) => terms.kind = Kind::Limit { price: kernel::money::Price::from_units(*units) },
        Member::Type => terms.kind = Kind::Stop { stop_px: price("100") },
        Member::TimeInForce => terms.time_in_force = TimeInForce::GoodTillCancel,
        Member::Hours => terms.outside_hours = true,
        Member::Label(label) => terms.label.clone_from(label),
    }
    terms
}

fn flipped(digest: &Digest, bit: u8) -> Digest {
    let mut bytes = *digest.bytes();
    if let Some(byte) = bytes.get_mut(usize::from(bit / 8)) {
        *byte ^= 1 << (bit % 8);
    }
    Digest::from_bytes(bytes)
}

struct Desk {
    house: House,
    person: Person,
    other: Person,
    order: OrderId,
    id: ApprovalId,
}

/// All of which the signature is made, before anybody edits it.
struct Message {
    request: Digest,
    nonce: Digest,
    display: String,
}

impl Desk {
    fn new() -> Self {
        let mut house = House::new();
        let (mut person, mut other) = (house.person(Role::Owner), house.person(Role::Trader));
        house.enters_by_passkey(&mut person);
        house.enters_by_passkey(&mut other);
        let (order, id) = house.world.hold(buy("30", "100"));
        Self { house, person, other, order, id }
    }
    fn message(&self) -> Message {
        let pending = &self.house.world.state.book.pending[&self.id];
        let display = "BUY 30 AAPL, limit 100.00, at most 3,000.00 USD".to_owned();
        Message { request: pending.request, nonce: pending.nonce, display }
    }
    fn signed(&self, message: &Message) -> Signature {
        let mut signature = self.house.signs(self.person.passkey, &message.request, &message.nonce);
        let over = challenge(&message.request, &message.display, &message.nonce);
        signature.evidence = self.house.assertion(self.person.passkey, over, 0);
        signature.shown.display.clone_from(&message.display);
        signature
    }
    fn grants(&mut self, by: &Person, signature: Signature) -> Result<Vec<Event>, &'static str> {
        self.house.world.quote_age = Some(0);
        self.house.ask(by.actor(), Command::Grant { id: self.id, signature })
    }
    fn admitted(&self) -> usize {
        let admits = |event: &Event| matches!(event, Event::Order(working::Event::Admitted { .. }));
        self.house.world.log.iter().filter(|recorded| admits(&recorded.event)).count()
    }

    /// What is sent in the end, and by whom. `None`: the edit has changed nothing.
    fn tampered(&mut self, edit: &Edit) -> Option<(Signature, Person)> {
        let (mut message, mut by) = (self.message(), self.person);
        let before = (message.request, message.display.clone());
        match edit {
            Edit::Order(member) => {
                message.request = edited(&self.house.world.state.book.orders[&self.order].terms, member).digest();
                (message.request != before.0).then_some(())?;
            }
            Edit::Request(bit) => message.request = flipped(&message.request, *bit),
            Edit::Nonce(bit) => message.nonce = flipped(&message.nonce, *bit),
            Edit::Challenge(_) | Edit::Letter(..) | Edit::Cut(_) | Edit::Told(_) | Edit::Unverified => {}
            Edit::OthersKey => by = Person { passkey: self.other.passkey, ..by },
            Edit::OthersSession => by = Person { session: self.other.session, ..by },
            Edit::GoneDevice => {
                let id = self.person.device;
                self.house.act(self.person.actor(), Ask::RevokeDevice { id, not_me: false }).unwrap();
            }
            Edit::GoneSession => {
                let id = self.person.session;
                self.house.act(self.person.actor(), Ask::EndSession { id }).unwrap();
            }
        }
        let mut signature = self.signed(&message);
        signature.evidence.authenticator = by.passkey;
        let shown = &mut signature.shown.display;
        let letters: Vec<char> = shown.chars().collect();
        match edit {
            Edit::Letter(at, letter) => {
                let at = at.index(letters.len());
                *shown = letters.iter().enumerate().map(|(n, c)| if n == at { *letter } else { *c }).collect();
            }
            Edit::Cut(at) => *shown = letters[..at.index(letters.len())].iter().collect(),
            Edit::Told(words) => shown.clone_from(words),
            _ => {}
        }
        if let Proof::Assertion { challenge, user_verified, .. } = &mut signature.evidence.proof {
            match edit {
                Edit::Challenge(bit) => *challenge = flipped(challenge, *bit),
                Edit::Unverified => *user_verified = false,
                _ => {}
            }
        }
        let same = matches!(edit, Edit::Letter(..) | Edit::Told(_)) && *shown == before.1;
        (!same).then_some((signature, by))
    }

    fn comes_to(&mut self, step: Step, good: &Signature) {
        let (by, id) = (self.person, self.id);
        match step {
            Step::Granted => drop(self.grants(&by, good.clone()).unwrap()),
            Step::Refused => {
                self.house.ask(by.actor(), Command::Answer { id, verdict: Verdict::Refuse }).unwrap();
            }
            Step::TimedOut => drop(self.house.world.later(2 * MINUTE)),
            Step::Cancelled => {
                self.house.ask(by.actor(), Command::CancelOrder { id: self.order }).unwrap();
            }
            Step::Changed => {
                let client_ref = self.house.world.state.book.orders[&self.order].client_ref;
                let more = buy("31", "100").client(client_ref.client_id).number(client_ref.order_id);
                self.house.world.place(more);
            }
            Step::OfTheOneBefore => {
                self.house.ask(by.actor(), Command::Answer { id, verdict: Verdict::Refuse }).unwrap();
                self.house.world.later(3_000).quote_age = Some(0);
                let again = self.house.world.hold(buy("30", "100"));
                (self.order, self.id) = again;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// WS-01, WS-02, PSD2 RTS 4(2), 5(1)(b)-(d): order, words, nonce, key, person and place are each part of it.
    #[test]
    fn an_approval_message_that_was_edited_anywhere_grants_nothing(edit in edits()) {
        let mut desk = Desk::new();
        let Some((signature, by)) = desk.tampered(&edit) else { return Ok(()) };
        let answer = desk.grants(&by, signature);
        prop_assert!(answer.is_err(), "{edit:?} was taken: {answer:?}");
        prop_assert_eq!(desk.admitted(), 0);
        // What was tried by others changes nothing: whoever may, still grants it.
        if !matches!(edit, Edit::GoneDevice | Edit::GoneSession) {
            let person = desk.person;
            let good = desk.signed(&desk.message());
            prop_assert!(desk.grants(&person, good).is_ok(), "after {edit:?}");
            prop_assert_eq!(desk.admitted(), 1);
        }
    }

    /// WS-02 (order of steps enforced, single use), PSD2 RTS 4(1): a signature that comes out of turn grants nothing.
    #[test]
    fn a_good_signature_out_of_turn_grants_nothing(step in steps(), late in 0..HOUR) {
        let mut desk = Desk::new();
        let (person, good) = (desk.person, desk.signed(&desk.message()));
        desk.comes_to(step, &good);
        let before = desk.admitted();
        let again = desk.grants(&person, good.clone());
        prop_assert!(again.is_err(), "{step:?}: {again:?}");
        // Nor later: what is void stays void.
        desk.house.world.later(late % (10 * MINUTE));
        prop_assert!(desk.grants(&person, good).is_err(), "{step:?}, later");
        prop_assert_eq!(desk.admitted(), before);
    }
}

/// The quantity and the price of an order are in what is signed as they are, to the last unit.
#[test]
fn a_smallest_step_of_quantity_or_price_is_another_order() {
    let desk = Desk::new();
    let terms = desk.house.world.state.book.orders[&desk.order].terms.clone();
    let (qty, limit) = (quantity("30").units(), price("100").units());
    let others =
        [Member::Quantity(qty + 1), Member::Quantity(qty - 1), Member::Price(limit + 1), Member::Price(limit - 1)];
    for other in others {
        assert_ne!(edited(&terms, &other).digest(), terms.digest(), "{other:?}");
    }
}
