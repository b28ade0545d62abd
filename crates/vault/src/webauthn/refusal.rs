//! Why a ceremony was not begun, and why what came back proves nothing.

/// Why this is not an origin (or not an RP id) that passkeys can be bound to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadOrigin {
    #[error("a relying party needs at least one origin, and at most 16")]
    Count,
    #[error("the RP id `{0}` is not a lower-case domain name")]
    RelyingPartyId(String),
    #[error(
        "`{0}` is not an origin written as a browser writes it, such as https://trade.example or http://localhost:4180"
    )]
    Spelling(String),
    #[error("`{0}` is neither https nor http on localhost")]
    Scheme(String),
    #[error("`{0}` is not on the RP id's domain")]
    Domain(String),
}

/// Why no ceremony was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("too many credentials in the list, or one that is empty or longer than 1023 bytes")]
    CredentialList,
    #[error("the name of a user is 1 to 256 bytes long")]
    UserName,
    #[error("a conditional ceremony names no credentials")]
    Conditional,
    #[error("the system gave no random bytes")]
    NoRandomness,
}

/// Why a response proves nothing. The text says nothing of what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NotProven {
    #[error("no such ceremony was begun here, by this browser, for this purpose")]
    Unknown,
    #[error("the ceremony has expired")]
    Expired,
    #[error("the ceremony was answered already")]
    Used,
    #[error("this credential has signed too often in a few minutes")]
    TooMany,
    #[error("the response is not well formed: {0}")]
    Malformed(&'static str),
    #[error("the client data is of another type")]
    WrongType,
    #[error("another challenge was signed")]
    WrongChallenge,
    #[error("the response comes from an origin that is not ours")]
    WrongOrigin,
    #[error("the response comes from inside another site's page")]
    CrossOrigin,
    #[error("the response is for another relying party")]
    WrongRelyingParty,
    #[error("the user was not present")]
    NotPresent,
    #[error("the user was not verified")]
    NotVerified,
    #[error("backed up, yet not eligible for backup")]
    BackupFlags,
    #[error("the credential's backup eligibility has changed")]
    BackupEligibilityChanged,
    #[error("the credential is not one of those asked for")]
    NotAllowed,
    #[error("the credential is of another user")]
    WrongUser,
    #[error("the algorithm was not offered")]
    AlgorithmNotOffered,
    #[error("the public key is not a valid key")]
    BadKey,
    #[error("this credential is registered already")]
    AlreadyRegistered,
    #[error("the signature does not hold")]
    BadSignature,
}
