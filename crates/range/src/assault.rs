//! Who is attacked, how, and what the attacker is after: the labels that a detector is judged by.
//!
//! The doors are taken to be open: that a new device must be confirmed, that a live order waits for a signature, or that
//! a credential is refused off its listener, stops most of this before a detector is asked. Here it has all happened.

use crate::dice::Dice;
use crate::habits::Habits;
use crate::harm;
use crate::person::Diary;
use crate::sight::By;
use crate::theft;

/// One user in ten is attacked once in the 90 days.
const ATTACKED_PER_MILLE: u64 = 100;
/// Attackers who know how they are looked for: they come from the same country, by a home's or a phone's network, in
/// the owner's hours, with the owner's sizes.
const EVASIVE_PER_MILLE: u64 = 400;
const FAST_PER_MILLE: u64 = 500;
/// The first week belongs to nobody: there is no history yet that could be called usual.
pub const FIRST_DAY: i64 = 7;
pub const LAST_DAY: i64 = 74;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A: the password and a code are phished; a new device signs in.
    Phished,
    /// B: the credential and its host are taken over, or it is used from elsewhere.
    StolenCredential,
    /// C: the phone is lost unlocked.
    LostPhone,
    /// D: the session is left open on a shared computer.
    SharedComputer,
    /// 1: the session's cookie is copied.
    SessionCopied,
    /// 2: the phone number is taken, then the authenticator is changed.
    SimSwap,
    /// 3: the credential is published by mistake, and many try it.
    KeyLeaked,
    /// 4: passwords of elsewhere are tried on everybody, from many addresses.
    Stuffing,
    /// 5: the owner is asked until a yes comes.
    PushBombing,
    /// 6: a page in the middle relays the sign-in.
    Relay,
    /// 9: what was answered once is sent again.
    Replay,
    /// Orders by the real credential or the real session, to move the price of what the attacker holds.
    Pump,
}

impl Kind {
    pub const ALL: [Self; 12] = [
        Self::Phished,
        Self::StolenCredential,
        Self::LostPhone,
        Self::SharedComputer,
        Self::SessionCopied,
        Self::SimSwap,
        Self::KeyLeaked,
        Self::Stuffing,
        Self::PushBombing,
        Self::Relay,
        Self::Replay,
        Self::Pump,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Phished => "A phished password",
            Self::StolenCredential => "B stolen credential",
            Self::LostPhone => "C phone lost unlocked",
            Self::SharedComputer => "D shared computer",
            Self::SessionCopied => "1 session copied",
            Self::SimSwap => "2 SIM swap",
            Self::KeyLeaked => "3 key leaked",
            Self::Stuffing => "4 stuffing",
            Self::PushBombing => "5 push bombing",
            Self::Relay => "6 phishing relay",
            Self::Replay => "9 replay",
            Self::Pump => "pump and dump",
        }
    }

    /// How often it is drawn; those on credentials only where there is one.
    const fn weight(self, has_credentials: bool) -> u64 {
        match self {
            Self::Phished => 14,
            Self::StolenCredential if has_credentials => 16,
            Self::KeyLeaked if has_credentials => 12,
            Self::StolenCredential | Self::KeyLeaked => 0,
            Self::LostPhone | Self::SimSwap | Self::PushBombing | Self::Pump => 8,
            Self::SharedComputer | Self::Replay => 6,
            Self::SessionCopied | Self::Relay => 10,
            Self::Stuffing => 12,
        }
    }
}

/// What the attacker wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Orders.
    Trade,
    /// First a way to come back, orders some days later.
    Entrench,
    /// Only to look.
    Look,
    /// They never came in.
    Kept,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attack {
    pub kind: Kind,
    pub goal: Goal,
    pub fast: bool,
    pub evasive: bool,
    /// The attacker's first and last deed.
    pub starts_at: i64,
    pub ends_at: i64,
    /// The value of their admitted orders that do not reduce.
    pub notional: u64,
}

/// Whether this user is attacked; the deeds are written into the diary.
pub fn attack(dice: &mut Dice, habits: &Habits, diary: &mut Diary) -> Option<Attack> {
    if !dice.chance(ATTACKED_PER_MILLE) {
        return None;
    }
    let weights = Kind::ALL.map(|kind| kind.weight(!habits.bots.is_empty()));
    let kind = Kind::ALL.get(dice.weighted(&weights)).copied()?;
    let (fast, evasive) = (dice.chance(FAST_PER_MILLE), dice.chance(EVASIVE_PER_MILLE));
    let manner = Manner { fast, evasive, goal: goal(dice, kind) };
    match kind {
        Kind::StolenCredential | Kind::KeyLeaked => theft::credential(dice, habits, kind, manner, diary),
        Kind::Replay => theft::replay(dice, habits, manner, diary),
        Kind::Pump => theft::pump(dice, habits, manner, diary),
        Kind::LostPhone | Kind::SharedComputer | Kind::SessionCopied => {
            harm::session(dice, habits, kind, manner, diary);
        }
        Kind::Phished | Kind::SimSwap | Kind::Stuffing | Kind::PushBombing | Kind::Relay => {
            harm::sign_in(dice, habits, kind, manner, diary);
        }
    }
    let theirs = || diary.seen.iter().filter(|seen| seen.by == By::Attacker);
    let (starts_at, ends_at) = (theirs().map(|seen| seen.at).min()?, theirs().map(|seen| seen.at).max()?);
    let notional = theirs().map(|seen| seen.deed.risk()).sum();
    Some(Attack { kind, goal: manner.goal, fast, evasive, starts_at, ends_at, notional })
}

#[derive(Clone, Copy, Debug)]
pub struct Manner {
    pub fast: bool,
    pub evasive: bool,
    pub goal: Goal,
}

fn goal(dice: &mut Dice, kind: Kind) -> Goal {
    let weights = match kind {
        Kind::Replay | Kind::Pump => [1, 0, 0, 0],
        Kind::StolenCredential | Kind::KeyLeaked => [9, 0, 1, 0],
        // Most never get past the second factor.
        Kind::Stuffing => [2, 0, 0, 8],
        Kind::PushBombing => [3, 0, 0, 7],
        Kind::SharedComputer | Kind::LostPhone => [8, 0, 2, 0],
        Kind::Phished | Kind::SessionCopied | Kind::SimSwap | Kind::Relay => [7, 2, 1, 0],
    };
    match dice.weighted(&weights) {
        0 => Goal::Trade,
        1 => Goal::Entrench,
        2 => Goal::Look,
        _ => Goal::Kept,
    }
}
