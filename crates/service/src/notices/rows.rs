//! Rows of the outbox: an event that is told, then one row for each carrier and address; they hold no words and no address.

use kernel::digest::Digest;
use kernel::id::{CustomerId, DeviceId, NoticeId, UserId};
use kernel::notice::{Dead, Kind};
use kernel::push::Push;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use store::OutboxRow;

/// The name under which the outbox keeps what is told and was not handed out yet.
pub const NOTIFY: &str = "notify";
pub const EMAIL: &str = "email";
pub const PUSH: &str = "push";
/// Holds no events: rows are changed under its name.
pub const STREAM: &str = "notices";

pub fn of_hook(name: &str) -> String {
    format!("webhook:{name}")
}
/// The name under which the outbox keeps what a carrier is to send.
pub fn place(carrier: &str) -> String {
    format!("{NOTIFY}:{carrier}")
}
/// Of notices, not of the venue's.
pub fn is_notice(row: &OutboxRow) -> bool {
    row.venue == NOTIFY || row.venue.strip_prefix(NOTIFY).is_some_and(|rest| rest.starts_with(':'))
}

/// An event that is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub customer: CustomerId,
    pub stream: String,
    pub version: u64,
    pub at: Timestamp,
    pub kind: Kind,
    pub users: Vec<UserId>,
    pub former: Option<Digest>,
    /// A device on which push was on until now.
    #[serde(default)]
    pub silenced: Option<Push>,
}

impl Told {
    pub fn id(stream: &str, version: u64) -> String {
        format!("notice:{stream}:{version}")
    }
}

/// Where one of them goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// To a program of the operator's.
    Hook,
    Email(UserId, Digest),
    Push(UserId, DeviceId),
}

/// The same, to one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub id: NoticeId,
    pub customer: CustomerId,
    pub stream: String,
    pub version: u64,
    pub kind: Kind,
    /// `None`: to a program of the operator's.
    pub user: Option<UserId>,
    pub carrier: String,
    /// Of the sealed row that holds the address.
    pub email: Option<Digest>,
    /// By push; where to is what its subscription says when it is sent.
    #[serde(default)]
    pub device: Option<DeviceId>,
    /// What it said, where push is off there now: the last one that goes there.
    #[serde(default)]
    pub last: Option<Digest>,
    pub more: u32,
    /// From when it is tried.
    pub since: Timestamp,
}

impl Row {
    /// The id follows from what it tells and where to: whoever gets it twice can tell.
    pub fn of(told: &Told, carrier: &str, to: To) -> Self {
        let (user, email, device) = match to {
            To::Hook => (None, None, None),
            To::Email(user, email) => (Some(user), Some(email), None),
            To::Push(user, device) => (Some(user), None, Some(device)),
        };
        let user_text = user.map(|user| user.to_string()).unwrap_or_default();
        let address = match to {
            To::Hook => String::new(),
            To::Email(_, email) => email.to_string(),
            To::Push(_, device) => device.to_string(),
        };
        let version = told.version.to_be_bytes();
        let parts: [&[u8]; 5] =
            [told.stream.as_bytes(), &version, user_text.as_bytes(), carrier.as_bytes(), address.as_bytes()];
        let digest = Digest::of(&parts);
        let random = digest.bytes().iter().take(16).fold(0_u128, |all, byte| all << 8 | u128::from(*byte));
        Self {
            id: NoticeId::new(told.at.0, random),
            customer: told.customer,
            stream: told.stream.clone(),
            version: told.version,
            kind: told.kind,
            user,
            carrier: carrier.to_owned(),
            email,
            device,
            last: None,
            more: 0,
            since: told.at,
        }
    }

    /// Of one that is tried once more.
    pub fn again(customer: CustomerId, dead: &Dead, since: Timestamp) -> Self {
        let Dead { id, stream, version, kind, user, carrier, email, device, more, .. } = dead.clone();
        Self { id, customer, stream, version, kind, user, carrier, email, device, last: None, more, since }
    }

    pub fn name(id: NoticeId) -> String {
        format!("parcel:{id}")
    }
}
