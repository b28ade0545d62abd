//! The runtime: the only place that calls `decide`. State in memory, durable before it is told.
#![forbid(unsafe_code)]

pub mod actor;
pub mod checkpoints;
pub mod clock;
pub mod codec;
pub mod commit;
pub mod credential;
pub mod dispatch;
pub mod in_hand;
pub mod log;
pub mod node;
pub mod notice;
pub mod notices;
pub mod outcome;
pub mod ports;
pub mod restore;
pub mod rotation;
pub mod sealed;
pub mod sources;
pub mod tally;
pub mod traces;
pub mod usage;
pub mod words;

pub use checkpoints::Checkpoints;
pub use clock::{Clock, ManualClock, SystemClock};
pub use commit::Commit;
pub use node::{KillOutcome, Node};
pub use notice::{Hearing, Notice, Unheard};
pub use notices::Delivery;
pub use outcome::{No, Outcome};
pub use sealed::{Sealed, SealedError};
pub use sources::Sources;
pub use tally::Tally;
pub use traces::Traces;
