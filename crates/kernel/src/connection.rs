//! Connection: what happens at a listener besides orders: who was turned away, and how often was read.

use crate::actor::Actor;
use crate::api_credential::ApiCredential;
use crate::digest::Digest;
use crate::id::CredentialId;
use crate::reason::Reason;
use crate::time::Timestamp;
use alloc::string::String;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Somebody was turned away by the door itself, or often enough to be counted.
    TurnAway { credential: CredentialId, why: Reason },
    /// A program was let in.
    Open(Opened),
    /// One connection has read this much within a minute.
    CountReads(Reads),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// Nothing of what was shown is kept: a wrong secret may be the right one of another door.
    Refused {
        credential: CredentialId,
        why: Reason,
        /// It showed the right secret, as another user's program than the one it is for.
        #[serde(default, skip_serializing_if = "core::ops::Not::not")]
        secret_elsewhere: bool,
    },
    /// The first of a day of each program: what it says of itself, of which nothing is believed.
    Opened(Opened),
    Read(Reads),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    pub credential: CredentialId,
    pub client: String,
    pub peer_uid: u32,
}

/// Longer words of a program about itself are cut.
const MOST_CLIENT: usize = 64;

impl Opened {
    /// As the detector knows the program.
    pub fn client_key(&self) -> u64 {
        Digest::plain(self.client.as_bytes()).key()
    }

    fn cut(&self) -> Self {
        Self { client: self.client.chars().take(MOST_CLIENT).collect(), ..self.clone() }
    }
}

/// How often each message was answered that only reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reads {
    pub credential: CredentialId,
    pub client_id: i32,
    /// When the minute began.
    pub minute: Timestamp,
    /// Names of messages, in the order of the alphabet, and how often each was answered.
    pub counts: Vec<(String, u32)>,
}

/// Only the house and the credential itself speak of its listener, and only of one that there is.
pub fn decide(credentials: &[ApiCredential], actor: &Actor, command: &Command) -> Option<Event> {
    let (credential, event) = match command {
        Command::TurnAway { credential, why } => {
            let refused = Event::Refused { credential: *credential, why: why.clone(), secret_elsewhere: false };
            (*credential, refused)
        }
        Command::Open(opened) => (opened.credential, Event::Opened(opened.cut())),
        Command::CountReads(reads) => (reads.credential, Event::Read(reads.clone())),
    };
    let may = matches!(actor, Actor::House) || *actor == Actor::Credential(credential);
    (may && credentials.iter().any(|known| known.id == credential && known.holder.is_none())).then_some(event)
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::api_credential::tests::trading;
    use crate::reason::Category;

    #[test]
    fn only_the_house_and_the_credential_itself_speak_of_a_listener_that_there_is() {
        let known = [trading(Timestamp(1_790_000_000_000))];
        let (id, other) = (known[0].id, CredentialId::new(9, 9));
        let why = Reason { category: Category::Identity, code: "secret_wrong".into(), facts: [].into() };
        let of = |credential| Command::TurnAway { credential, why: why.clone() };
        let event = Some(Event::Refused { credential: id, why: why.clone(), secret_elsewhere: false });
        assert_eq!(decide(&known, &Actor::House, &of(id)), event);
        assert_eq!(decide(&known, &Actor::Credential(id), &of(id)), event);
        for actor in [Actor::Credential(other), Actor::Venue, Actor::Local { uid: 0 }] {
            assert_eq!(decide(&known, &actor, &of(id)), None);
        }
        assert_eq!(decide(&known, &Actor::House, &of(other)), None);
    }
}
