//! Free ports on loopback: a gate listens on one and, read-only, on the next; its portal is 80 above, its mail 160.

use std::net::{Ipv4Addr, TcpListener};

const ATTEMPTS: usize = 200;
const PORTAL_ABOVE: u16 = 80;
const MAIL_ABOVE: u16 = 160;

/// Where the portal of a gate at this port is.
pub fn portal(port: u16) -> u16 {
    port.saturating_add(PORTAL_ABOVE)
}

/// Where a gate at this port finds the mail server of its test.
pub fn mail(port: u16) -> u16 {
    port.saturating_add(MAIL_ABOVE)
}

/// All pairs are held until the last is found, so that none is handed out twice.
pub fn free_pairs(count: usize) -> Result<Vec<u16>, String> {
    let mut held = Vec::new();
    for _ in 0..ATTEMPTS {
        if held.len() == count {
            break;
        }
        if let Some(pair) = hold_pair() {
            held.push(pair);
        }
    }
    if held.len() < count {
        return Err(format!("found {} of {count} pairs of free ports on loopback", held.len()));
    }
    Ok(held.iter().map(|(port, _)| *port).collect())
}

fn hold_pair() -> Option<(u16, [TcpListener; 4])> {
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).ok()?;
    let port = first.local_addr().ok()?.port();
    let second = TcpListener::bind((Ipv4Addr::LOCALHOST, port.checked_add(1)?)).ok()?;
    let portal = TcpListener::bind((Ipv4Addr::LOCALHOST, port.checked_add(PORTAL_ABOVE)?)).ok()?;
    let mail = TcpListener::bind((Ipv4Addr::LOCALHOST, port.checked_add(MAIL_ABOVE)?)).ok()?;
    Some((port, [first, second, portal, mail]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_do_not_overlap() {
        let pairs = free_pairs(4).unwrap_or_default();
        let all: std::collections::BTreeSet<u16> =
            pairs.iter().flat_map(|port| [*port, port.saturating_add(1), portal(*port), mail(*port)]).collect();
        assert_eq!(all.len(), 16);
    }
}
