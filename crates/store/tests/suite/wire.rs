//! A wire to PostgreSQL that is cut at a commit, at the moment that a test chooses.

use super::fixture::Dir;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// The commit never leaves.
    Before,
    /// The commit is carried out, its answer is lost.
    After,
    /// The client is cut off; its commit is under way for as long as the test wants.
    Held,
}

#[derive(Debug, Default)]
struct Plan {
    cut: Option<Cut>,
    /// Whoever connects is let in, and never answered.
    silent: Vec<UnixStream>,
    falls_silent: bool,
    held: Option<(UnixStream, Vec<u8>)>,
}

/// Listens where a server would, and carries everything on.
#[derive(Debug)]
pub struct Wire {
    dir: Dir,
    plan: Arc<Mutex<Plan>>,
}

const SOCKET: &str = ".s.PGSQL.5432";

impl Wire {
    pub fn to(directory: &Path) -> Wire {
        let dir = Dir::new();
        let listener = UnixListener::bind(dir.path().join(SOCKET)).unwrap();
        let (plan, server) = (Arc::new(Mutex::new(Plan::default())), directory.join(SOCKET));
        let planned = Arc::clone(&plan);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server, plan) = (client.unwrap(), server.clone(), Arc::clone(&planned));
                let mut kept = plan.lock().unwrap();
                if kept.falls_silent {
                    kept.silent.push(client);
                    continue;
                }
                drop(kept);
                std::thread::spawn(move || carry(client, &server, &plan));
            }
        });
        Wire { dir, plan }
    }

    pub fn directory(&self) -> PathBuf {
        self.dir.path().to_owned()
    }

    pub fn cut_next(&self, cut: Cut) {
        self.plan.lock().unwrap().cut = Some(cut);
    }

    /// From now on, or no longer; how many have met with silence up to now.
    pub fn fall_silent(&self, silent: bool) -> usize {
        let mut plan = self.plan.lock().unwrap();
        plan.falls_silent = silent;
        std::mem::take(&mut plan.silent).len()
    }

    /// What was under way arrives now, if there is still somebody to take it. True if something was.
    pub fn deliver(&self) -> bool {
        let Some((mut server, message)) = self.plan.lock().unwrap().held.take() else { return false };
        if server.write_all(&message).is_ok() {
            // Until the server has done with it, and closes.
            drop(server.shutdown(Shutdown::Write));
            drop(std::io::copy(&mut server, &mut std::io::sink()));
        }
        true
    }
}

fn carry(mut client: UnixStream, server: &Path, plan: &Mutex<Plan>) {
    let Ok(mut server) = UnixStream::connect(server) else { return };
    let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
    std::thread::spawn(move || {
        let (mut from, mut to) = back;
        drop(std::io::copy(&mut from, &mut to));
        drop(to.shutdown(Shutdown::Both));
    });
    // The first message has no letter before its length.
    let mut named = false;
    while let Some(message) = message(&mut client, named) {
        named = true;
        let cut = if message.starts_with(b"Q") && message[5..].starts_with(b"COMMIT") {
            plan.lock().unwrap().cut.take()
        } else {
            None
        };
        match cut {
            None => {
                if server.write_all(&message).is_err() {
                    break;
                }
            }
            Some(Cut::Before) => break,
            Some(Cut::After) => {
                drop(client.shutdown(Shutdown::Both));
                server.write_all(&message).unwrap();
                drop(server.shutdown(Shutdown::Write));
                return;
            }
            Some(Cut::Held) => {
                plan.lock().unwrap().held = Some((server, message));
                drop(client.shutdown(Shutdown::Both));
                return;
            }
        }
    }
    drop((client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both)));
}

fn message(from: &mut UnixStream, named: bool) -> Option<Vec<u8>> {
    let mut message = vec![0; if named { 5 } else { 4 }];
    from.read_exact(&mut message).ok()?;
    let length: [u8; 4] = message[message.len() - 4..].try_into().unwrap();
    let start = message.len();
    message.resize(start + u32::from_be_bytes(length) as usize - 4, 0);
    from.read_exact(&mut message[start..]).ok()?;
    Some(message)
}
