//! Ports: one of this machine that was found free is kept until its listener is opened, whoever else looks meanwhile.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Of the whole process: a machine has each port once. Each with its turn, so that a late end lets go of nobody else's.
static KEPT: Mutex<Ports> = Mutex::new(Ports { turn: 0, open: BTreeMap::new() });

struct Ports {
    turn: u64,
    open: BTreeMap<u16, (u64, TcpListener)>,
}

fn ports() -> MutexGuard<'static, Ports> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A port that nobody else can have. Let go with this, unless it was opened.
#[derive(Debug)]
pub struct Kept {
    port: u16,
    turn: u64,
}

impl Kept {
    /// Nothing where another program has it, or where it is kept already.
    pub fn of(port: u16) -> Option<Self> {
        let mut ports = ports();
        let listener = bound(port).ok()?;
        ports.turn = ports.turn.wrapping_add(1);
        let turn = ports.turn;
        ports.open.insert(port, (turn, listener));
        Some(Self { port, turn })
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let mut ports = ports();
        if ports.open.get(&self.port).is_some_and(|(turn, _)| *turn == self.turn) {
            ports.open.remove(&self.port);
        }
    }
}

/// The listener that was kept, or a new one. It does not block.
pub fn open(port: u16) -> io::Result<TcpListener> {
    let mut ports = ports();
    let found = ports.open.remove(&port);
    found.map_or_else(|| bound(port), |(_, listener)| Ok(listener))
}

fn bound(port: u16) -> io::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn somewhere() -> u16 {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
    }

    #[test]
    fn a_port_is_kept_from_others_until_it_is_let_go_or_opened_and_opened_once() {
        let port = somewhere();
        let first = Kept::of(port).unwrap();
        assert!(Kept::of(port).is_none() && bound(port).is_err(), "nobody else has it");
        drop(first);
        let again = Kept::of(port).unwrap();
        let open_now = open(port).unwrap();
        assert_eq!(open_now.local_addr().unwrap().port(), port);
        drop(again);
        assert!(open(port).is_err(), "whoever opened it still has it");
        drop(open_now);
        assert!(open(port).is_ok(), "what nobody kept is opened anew");
        let late = Kept::of(port).unwrap();
        drop(open(port));
        let next = Kept::of(port).unwrap();
        drop(late);
        assert!(Kept::of(port).is_none(), "whoever ends late lets go of nobody else's");
        drop(next);
    }
}
