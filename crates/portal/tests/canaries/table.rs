//! Every field of every form: how it is filled in so that the form is taken, and where what was typed may be found again.

use crate::house::push::{AUTH, ENDPOINT, P256DH};
use Fill::*;
use std::collections::BTreeSet;

/// What a person would type, so that the rest of the form is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// Made by the server, or one of its choices: sent back as the page has it.
    AsShown,
    Is(&'static str),
    /// The owner's own.
    Name,
    Password,
    Code,
    /// Of the passkey.
    Signed,
    /// A canary in the shape that is wanted.
    Word,
    Sentence,
    /// The same sentence once more.
    Again,
    Figure,
    /// `+49` and digits.
    Phone,
}

/// Where it may be seen again, and why that is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// In the answer to whoever typed it.
    pub answer: bool,
    /// On a page, later.
    pub pages: bool,
    /// In the journal, and so in the database.
    pub journal: bool,
    pub why: &'static str,
}

impl Seen {
    pub fn places(&self) -> BTreeSet<&'static str> {
        let all = [("answer", self.answer), ("pages", self.pages), ("journal", self.journal)];
        all.into_iter().filter(|one| one.1).map(|one| one.0).collect()
    }
}

pub const NOWHERE: Seen = Seen { answer: false, pages: false, journal: false, why: "" };

/// What was typed stays in its field, for whoever has just typed it to mend it.
const TYPED: Seen = Seen { answer: true, why: "it stays in its field", ..NOWHERE };
/// Limits are authority: who could do what on that day is what the journal is for.
const LIMIT: Seen = Seen { answer: true, pages: true, journal: true, why: "a limit is an event" };
const INVITED: Seen =
    Seen { answer: true, journal: true, pages: true, why: "the page says that it stays in the journal" };
const PROGRAM: Seen = Seen { answer: true, pages: true, journal: true, why: "events name programs" };
/// Personal: under seal on the disk, and read by its owner.
const SEALED: Seen = Seen { pages: true, why: "it is kept sealed", ..NOWHERE };

pub struct Field {
    pub place: &'static str,
    pub fill: Fill,
    pub seen: Seen,
}

const fn hidden(place: &'static str, fill: Fill) -> Field {
    Field { place, fill, seen: NOWHERE }
}

const fn shown(place: &'static str, fill: Fill, seen: Seen) -> Field {
    Field { place, fill, seen }
}

pub const FIELDS: &[Field] = &[
    // The stage has typed it where the owner was enrolled.
    shown("the owner's name", Word, SEALED),
    hidden("the owner's password", Sentence),
    hidden("GET /activity before", AsShown),
    hidden("GET /activity credential", AsShown),
    hidden("GET /activity kind", AsShown),
    shown("GET /activity text", Word, TYPED),
    shown("GET /quotes instrument", Is("AAPL/USD"), TYPED),
    hidden("GET /ticket account", AsShown),
    hidden("GET /ticket close", AsShown),
    shown("GET /ticket instrument", Is("AAPL/USD"), TYPED),
    hidden("POST /approvals/ID/approve ceremony", AsShown),
    hidden("POST /approvals/ID/approve response", Signed),
    hidden("POST /authenticators/passkey ceremony", AsShown),
    shown("POST /authenticators/passkey name", Sentence, SEALED),
    hidden("POST /authenticators/passkey response", Signed),
    hidden("POST /authenticators/password password", Sentence),
    hidden("POST /authenticators/password again", Again),
    hidden("POST /authenticators/sms ceremony", AsShown),
    hidden("POST /authenticators/sms code", AsShown),
    hidden("POST /authenticators/sms/begin number", Phone),
    hidden("POST /authenticators/totp ceremony", AsShown),
    hidden("POST /authenticators/totp code", AsShown),
    hidden("POST /credentials/ID/limit control", AsShown),
    hidden("POST /credentials/ID/limit read", AsShown),
    shown("POST /credentials/ID/limit value", Figure, LIMIT),
    hidden("POST /credentials/new step", AsShown),
    hidden("POST /credentials/new go", AsShown),
    shown("POST /credentials/new name", Word, PROGRAM),
    shown("POST /credentials/new scope", Is("order:submit"), TYPED),
    shown("POST /credentials/new account", AsShown, TYPED),
    shown("POST /credentials/new instruments", Is("stock"), TYPED),
    shown("POST /credentials/new listen", AsShown, TYPED),
    shown("POST /credentials/new allow", AsShown, TYPED),
    shown("POST /credentials/new more", AsShown, TYPED),
    shown("POST /credentials/new order_value", Figure, LIMIT),
    shown("POST /credentials/new day_value", Figure, LIMIT),
    shown("POST /credentials/new day_count", AsShown, TYPED),
    shown("POST /credentials/new open_orders", AsShown, TYPED),
    shown("POST /credentials/new open_value", Figure, LIMIT),
    shown("POST /credentials/new position_quantity", Figure, LIMIT),
    shown("POST /credentials/new order_quantity", Figure, LIMIT),
    shown("POST /credentials/new leverage", Figure, LIMIT),
    shown("POST /credentials/new approve_leverage_above", Figure, LIMIT),
    shown("POST /credentials/new margin_use_bps", AsShown, TYPED),
    shown("POST /credentials/new approve_above", Figure, LIMIT),
    shown("POST /credentials/new collar_bps", AsShown, TYPED),
    shown("POST /credentials/new orders_per_second", AsShown, TYPED),
    shown("POST /credentials/new messages_per_second", AsShown, TYPED),
    shown("POST /credentials/new repeated_fills", AsShown, TYPED),
    shown("POST /credentials/new dead_man_seconds", AsShown, TYPED),
    shown("POST /credentials/new expires", AsShown, TYPED),
    hidden("POST /credentials/new observe", Is("")),
    hidden("POST /credentials/new ceremony", AsShown),
    hidden("POST /credentials/new response", Signed),
    hidden("POST /device code", AsShown),
    hidden("POST /device replace", AsShown),
    hidden("POST /devices/ID/confirm ceremony", AsShown),
    hidden("POST /devices/ID/confirm response", Signed),
    hidden("POST /devices/ID/confirm replace", AsShown),
    hidden("POST /devices/pair replace", AsShown),
    hidden("POST /enrol/ID ceremony", AsShown),
    shown("POST /enrol/ID name", Word, TYPED),
    hidden("POST /enrol/ID response", Signed),
    hidden("POST /kill level", AsShown),
    hidden("POST /kill target", AsShown),
    hidden("POST /kill stops", AsShown),
    hidden("POST /kill next", AsShown),
    hidden("POST /limits/ID/limit control", AsShown),
    hidden("POST /limits/ID/limit read", AsShown),
    shown("POST /limits/ID/limit value", Figure, LIMIT),
    hidden("POST /m/approvals/ID/approve ceremony", AsShown),
    hidden("POST /m/approvals/ID/approve response", Signed),
    hidden("POST /m/kill stops", AsShown),
    hidden("POST /m/pair code", AsShown),
    hidden("POST /m/pair/made code", AsShown),
    hidden("POST /m/pair/made ceremony", AsShown),
    hidden("POST /m/pair/made response", Signed),
    hidden("POST /m/pair/shown code", AsShown),
    hidden("POST /m/pair/shown ceremony", AsShown),
    hidden("POST /m/pair/shown response", Signed),
    hidden("POST /m/sign-in ceremony", AsShown),
    hidden("POST /m/sign-in response", Signed),
    hidden("POST /release level", AsShown),
    hidden("POST /release target", AsShown),
    hidden("POST /sessions/end-all suspend", AsShown),
    hidden("POST /sign-in/passkey ceremony", AsShown),
    hidden("POST /sign-in/passkey response", Signed),
    hidden("POST /sign-in/passkey shared", AsShown),
    hidden("POST /sign-in/password name", Name),
    hidden("POST /sign-in/password password", Password),
    hidden("POST /sign-in/password code", Code),
    hidden("POST /sign-in/password shared", AsShown),
    hidden("POST /notices/email ceremony", AsShown),
    hidden("POST /notices/push/off device", AsShown),
    hidden("POST /m/push endpoint", Is(ENDPOINT)),
    hidden("POST /m/push p256dh", Is(P256DH)),
    hidden("POST /m/push auth", Is(AUTH)),
    hidden("POST /m/push/off device", AsShown),
    hidden("POST /notices/email code", AsShown),
    hidden("POST /notices/email/begin email", Is("maya@example.com")),
    hidden("POST /notices/group group", AsShown),
    hidden("POST /notices/group on", AsShown),
    hidden("POST /sign-in/sms name", Name),
    hidden("POST /sign-in/sms password", Password),
    hidden("POST /sign-in/sms/code ceremony", AsShown),
    hidden("POST /sign-in/sms/code code", AsShown),
    hidden("POST /step-up ceremony", AsShown),
    hidden("POST /step-up response", Signed),
    hidden("POST /step-up password", Password),
    hidden("POST /step-up code", Code),
    hidden("POST /step-up next", AsShown),
    hidden("POST /step-up want", AsShown),
    hidden("POST /ticket account", AsShown),
    shown("POST /ticket instrument", Is("AAPL/USD"), TYPED),
    hidden("POST /ticket side", AsShown),
    hidden("POST /ticket type", Is("limit")),
    shown("POST /ticket quantity", Is("1"), TYPED),
    shown("POST /ticket price", Is("1.00"), TYPED),
    hidden("POST /ticket stop", Is("")),
    hidden("POST /ticket close", AsShown),
    hidden("POST /ticket key", AsShown),
    hidden("POST /ticket/limits go", AsShown),
    hidden("POST /ticket/limits read", AsShown),
    shown("POST /ticket/limits order_value", Figure, LIMIT),
    shown("POST /ticket/limits day_value", Figure, LIMIT),
    shown("POST /ticket/limits approve_above", Figure, LIMIT),
    shown("POST /ticket/limits instruments", Is("stock"), TYPED),
    shown("POST /ticket/limits expires", AsShown, TYPED),
    hidden("POST /ticket/limits market", AsShown),
    hidden("POST /ticket/limits stop", AsShown),
    hidden("POST /ticket/limits short_sale", AsShown),
    hidden("POST /ticket/limits outside_hours", AsShown),
    shown("POST /ticket/limits top_above", Figure, LIMIT),
    shown("POST /credentials/new top_above", Figure, LIMIT),
    shown("POST /credentials/new day_loss", Figure, LIMIT),
    hidden("POST /people/invite role", AsShown),
    shown("POST /people/invite label", Word, INVITED),
    hidden("POST /people/ID/ticket go", AsShown),
    hidden("POST /people/ID/ticket read", AsShown),
    shown("POST /people/ID/ticket order_value", Figure, LIMIT),
    shown("POST /people/ID/ticket day_value", Figure, LIMIT),
    shown("POST /people/ID/ticket approve_above", Figure, LIMIT),
    shown("POST /people/ID/ticket top_above", Figure, LIMIT),
    shown("POST /people/ID/ticket instruments", Is("stock"), TYPED),
    shown("POST /people/ID/ticket expires", AsShown, TYPED),
    hidden("POST /people/ID/ticket market", AsShown),
    hidden("POST /people/ID/ticket stop", AsShown),
    hidden("POST /people/ID/ticket short_sale", AsShown),
    hidden("POST /people/ID/ticket outside_hours", AsShown),
];

pub fn field(place: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|field| field.place == place)
}
