//! Outcome: what a command came to, once that is durable.

use kernel::event::Recorded;
use kernel::id::CorrelationId;
use kernel::refusal::Refusal;

pub type Outcome = Result<Vec<Recorded>, No>;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum No {
    #[error("refused: {}", refusal.code())]
    Refused { refusal: Refusal, correlation: CorrelationId },
    /// Nothing was admitted: what cannot be recorded does not happen.
    #[error("it could not be recorded: {why}")]
    NotRecorded { why: String },
    #[error("too much is waiting; try again")]
    Busy,
}

impl No {
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused { refusal, .. } => refusal.code(),
            Self::NotRecorded { .. } => "not_recorded",
            Self::Busy => "busy",
        }
    }
}
