//! People: who may come in, from where, for how long, and what each may ask for.

mod alerts;
mod alone;
mod changes;
mod coming_in;
mod desk;
mod devices;
mod elsewhere;
pub mod house;
mod incidents;
mod invitations;
mod matrix;
mod networks;
mod notices;
mod pairing;
mod push;
mod removals;
mod restored;
mod samples;
mod signing;
mod ticket;
mod ticket_held;
mod two;
