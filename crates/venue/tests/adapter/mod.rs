//! The TWS adapter against an upstream that plays a script, message by message.

mod bars;
mod connecting;
mod losing;
mod market;
mod paper;
mod placing;
mod previews;
mod upstream;
