//! The TWS adapter against an upstream that plays a script, message by message.

mod accounts;
mod bars;
mod connecting;
mod derived;
mod families;
mod figures;
mod late;
mod losing;
mod market;
mod paper;
mod placing;
mod previews;
mod upstream;
