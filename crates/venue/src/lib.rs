//! venue
