//! Words: events, orders and figures as people read them, the same at every door.

pub mod asked;
pub mod changed;
pub mod checkpoint;
pub mod credential;
pub mod figures;
pub mod names;
pub mod notice;
pub mod story;
pub mod terms;
