//! Crashes: the gate killed without warning under load, in front of a broker that lives on; and a disk that fails.

mod check;
mod disk;
mod kills;
mod load;
mod process;
mod program;
mod record;
mod wire;
