//! Notice: what a person is told outside the portal, where to, and what of it could not be delivered.

use crate::actor::Actor;
use crate::approval::{self, Verdict};
use crate::change;
use crate::digest::Digest;
use crate::id::{CredentialId, DeviceId, NoticeId, UserId};
use crate::reason::Reason;
use crate::time::Timestamp;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The code of a record that counts a flood of refusals.
pub const COUNTED: &str = "refusals_counted";
/// Asked for one after the other without an answer; then one more says so, and then none (CB-10).
pub const UNANSWERED: u8 = 5;
/// Of one program's floods, of its silences, and of one person's wishes, one is told in this time.
const FLOOD_MS: i64 = 3_600_000;
/// A question to widen that comes so long after the one before begins to count anew.
pub const QUIET_MS: i64 = 24 * 3_600_000;
/// Kept of what could not be delivered; the oldest give way.
pub const MAX_DEAD: usize = 50;

/// What it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    SignIn,
    /// A sign-in from a device that was not confirmed yet.
    NewDevice,
    DeviceConfirmed,
    DeviceRevoked,
    AuthenticatorBound,
    AuthenticatorRemoved,
    AuthenticatorDisabled,
    AuthenticatorCopied,
    LoggedOutEverywhere,
    UserEnrolled,
    EmailChanged,
    NoticesChanged,
    KillSwitchEngaged,
    KillSwitchReleased,
    CredentialCreated,
    CredentialRotated,
    CredentialSuspended,
    CredentialResumed,
    CredentialRevoked,
    LimitsRaised,
    ProgramRefused,
    OrderUnknown,
    ChangeAsked,
    ApprovalAsked,
    /// The last of a row: more were asked for, and nobody answers.
    ApprovalsUnanswered,
    ApprovalSettled,
    Fill,
    /// Somebody was invited, or a link to it was made.
    UserInvited,
    UserRemoved,
    /// Something is far from what is usual.
    Alert,
    /// An account lost more in a day than its limit.
    DayLoss,
    /// A program sent nothing for longer than it may: its orders that could add risk are cancelled.
    ProgramSilent,
    /// An API credential ends in three days.
    CredentialExpiring,
    CredentialExpired,
}

/// What a person may turn off. Of security there is no such group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    Approvals,
    Fills,
}

impl Kind {
    pub const fn group(self) -> Option<Group> {
        match self {
            Self::ApprovalAsked | Self::ApprovalsUnanswered | Self::ApprovalSettled => Some(Group::Approvals),
            Self::Fill => Some(Group::Fills),
            Self::SignIn
            | Self::NewDevice
            | Self::DeviceConfirmed
            | Self::DeviceRevoked
            | Self::AuthenticatorBound
            | Self::AuthenticatorRemoved
            | Self::AuthenticatorDisabled
            | Self::AuthenticatorCopied
            | Self::LoggedOutEverywhere
            | Self::UserEnrolled
            | Self::EmailChanged
            | Self::NoticesChanged
            | Self::KillSwitchEngaged
            | Self::KillSwitchReleased
            | Self::CredentialCreated
            | Self::CredentialRotated
            | Self::CredentialSuspended
            | Self::CredentialResumed
            | Self::CredentialRevoked
            | Self::LimitsRaised
            | Self::ProgramRefused
            | Self::OrderUnknown
            | Self::ChangeAsked
            | Self::UserInvited
            | Self::UserRemoved
            | Self::Alert
            | Self::DayLoss
            | Self::ProgramSilent
            | Self::CredentialExpiring
            | Self::CredentialExpired => None,
        }
    }
}

impl Group {
    pub const ALL: [Self; 2] = [Self::Approvals, Self::Fills];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Approvals => "approvals",
            Self::Fills => "fills",
        }
    }
    /// Before a person has said anything.
    pub const fn usual(self) -> bool {
        match self {
            Self::Approvals => true,
            Self::Fills => false,
        }
    }
}

/// Where a user is told, and of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub user: UserId,
    /// Of the sealed row that holds the e-mail address.
    pub email: Option<Digest>,
    pub groups: BTreeMap<Group, bool>,
}

impl Contact {
    pub fn wants(&self, group: Group) -> bool {
        self.groups.get(&group).copied().unwrap_or(group.usual())
    }
}

/// Why it was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The other side has said that it takes it never.
    Refused,
    /// It was tried for a day.
    Late,
    /// What it was about, or where to, cannot be read any more.
    Unreadable,
}

/// A notice that was not delivered, with all that it takes to try it once more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dead {
    pub id: NoticeId,
    /// The event that it tells of.
    pub stream: String,
    pub version: u64,
    pub kind: Kind,
    /// `None`: told to a program of the operator's.
    pub user: Option<UserId>,
    pub carrier: String,
    pub email: Option<Digest>,
    /// By push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// How many others it also stands for.
    pub more: u32,
    pub why: Why,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    EmailSet {
        user: UserId,
        sha256: Digest,
        former: Option<Digest>,
    },
    EmailRemoved {
        user: UserId,
        former: Digest,
    },
    GroupSet {
        user: UserId,
        group: Group,
        on: bool,
    },
    /// It was given up.
    Dead(Dead),
    /// It is tried once more.
    Retried {
        id: NoticeId,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    NotFound,
    NoEmail,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notices {
    pub contacts: Vec<Contact>,
    pub dead: Vec<Dead>,
}

impl Notices {
    pub fn email(&self, user: UserId) -> Option<Digest> {
        self.contacts.iter().find(|one| one.user == user)?.email
    }
    pub fn wants(&self, user: UserId, group: Group) -> bool {
        self.contacts.iter().find(|one| one.user == user).map_or(group.usual(), |one| one.wants(group))
    }
    fn contact(&mut self, user: UserId) -> Option<&mut Contact> {
        if !self.contacts.iter().any(|one| one.user == user) {
            self.contacts.push(Contact { user, email: None, groups: BTreeMap::new() });
        }
        self.contacts.iter_mut().find(|one| one.user == user)
    }
}

/// Writes, never judges.
pub fn apply(notices: &mut Notices, event: &Event) {
    match event {
        Event::EmailSet { user, sha256, .. } => {
            if let Some(contact) = notices.contact(*user) {
                contact.email = Some(*sha256);
            }
        }
        Event::EmailRemoved { user, .. } => {
            if let Some(contact) = notices.contact(*user) {
                contact.email = None;
            }
        }
        Event::GroupSet { user, group, on } => {
            if let Some(contact) = notices.contact(*user) {
                contact.groups.insert(*group, *on);
            }
        }
        Event::Dead(dead) => {
            notices.dead.retain(|one| one.id != dead.id);
            if notices.dead.len() >= MAX_DEAD {
                notices.dead.remove(0);
            }
            notices.dead.push(dead.clone());
        }
        Event::Retried { id } => notices.dead.retain(|one| one.id != *id),
    }
}

/// What was told of the book, as far as it decides what is told next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Approvals asked for since a person answered one.
    pub unanswered: u8,
    /// When a flood of each program's refusals was last told.
    floods: BTreeMap<CredentialId, Timestamp>,
    /// When a silence of each program was last told.
    silences: BTreeMap<CredentialId, Timestamp>,
    /// Changes asked for since one was signed, and when the latest was.
    questions: u8,
    question_at: Timestamp,
    /// When each user's wishes were last told.
    wishes: BTreeMap<UserId, Timestamp>,
}

impl Told {
    /// Whether what is refused ends a flood that is worth a notice.
    pub fn is_flood(&self, credential: CredentialId, why: &Reason, now: Timestamp) -> bool {
        let quiet = |told: &Timestamp| now.since(*told) >= FLOOD_MS;
        why.code == COUNTED && self.floods.get(&credential).is_none_or(quiet)
    }
    pub fn refused(&mut self, credential: CredentialId, why: &Reason, now: Timestamp) {
        if self.is_flood(credential, why, now) {
            self.floods.insert(credential, now);
        }
    }
    /// Whether a silence is told: one that falls silent again and again is told once in a while.
    pub fn is_silence(&self, credential: CredentialId, now: Timestamp) -> bool {
        self.silences.get(&credential).is_none_or(|told| now.since(*told) >= FLOOD_MS)
    }
    pub fn silent(&mut self, credential: CredentialId, now: Timestamp) {
        if self.is_silence(credential, now) {
            self.silences.insert(credential, now);
        }
    }
    /// Whether a change that is asked for now is told: the one after `UNANSWERED` of them is the last.
    pub fn is_asked(&self, now: Timestamp) -> bool {
        self.counted(now) <= UNANSWERED
    }
    fn counted(&self, now: Timestamp) -> u8 {
        if now.since(self.question_at) >= QUIET_MS { 0 } else { self.questions }
    }
    pub fn change(&mut self, event: &change::Event, now: Timestamp) {
        match event {
            change::Event::Asked { asked, .. } if !asked.change.is_ones_own() => {
                (self.questions, self.question_at) = (self.counted(now).saturating_add(1), now);
            }
            // That one is dropped proves no answer: whoever asks again drops the one before.
            change::Event::Signed { change, .. } if !change.is_ones_own() => self.questions = 0,
            change::Event::Asked { .. }
            | change::Event::Signed { .. }
            | change::Event::Dropped { .. }
            | change::Event::Missed { .. } => {}
        }
    }
    /// Whether what a person wants to hear is told now: turned on and off in a row it is one wish.
    pub fn is_wish(&self, user: UserId, now: Timestamp) -> bool {
        self.wishes.get(&user).is_none_or(|told| now.since(*told) >= FLOOD_MS)
    }
    pub fn wished(&mut self, user: UserId, now: Timestamp) {
        if self.is_wish(user, now) {
            self.wishes.insert(user, now);
        }
    }
    pub fn approval(&mut self, event: &approval::Event) {
        match event {
            approval::Event::Requested { .. } => self.unanswered = self.unanswered.saturating_add(1),
            approval::Event::Settled {
                verdict: Verdict::Grant | Verdict::Refuse,
                by: Actor::User { .. } | Actor::Local { .. },
                ..
            } => self.unanswered = 0,
            approval::Event::Settled { .. } | approval::Event::Signed { .. } | approval::Event::Missed { .. } => {}
        }
    }
}
