//! Peer: which user's program is at the other end of a loopback connection, as the kernel's tables say.

use std::net::{IpAddr, SocketAddr};

/// Who is at the other end, as far as anybody can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    User(u32),
    /// It hung up at once: nobody holds the other end any more.
    Gone,
    /// The system has no such table, or the other end is not on this machine: then nobody is let in.
    Unknown,
}

/// The user of the socket whose own address is `peer` and whose other end is `local`.
pub(crate) fn of(peer: SocketAddr, local: SocketAddr) -> Peer {
    if !peer.ip().is_loopback() {
        return Peer::Unknown;
    }
    match std::fs::read_to_string("/proc/net/tcp") {
        Ok(table) => find(&table, peer, local).map_or(Peer::Gone, Peer::User),
        Err(_) => Peer::Unknown,
    }
}

fn find(table: &str, peer: SocketAddr, local: SocketAddr) -> Option<u32> {
    let (theirs, ours) = (hex(peer)?, hex(local)?);
    let line = table.lines().find(|line| {
        let mut fields = line.split_whitespace().skip(1);
        fields.next() == Some(theirs.as_str()) && fields.next() == Some(ours.as_str())
    })?;
    let mut rest = line.split_whitespace().skip(7);
    let uid = rest.next()?.parse().ok()?;
    // A socket that its program has closed has no inode, and the table shows it as root's.
    (rest.nth(1)? != "0").then_some(uid)
}

/// As the table spells it: the address in the machine's byte order, then the port, in capitals.
fn hex(address: SocketAddr) -> Option<String> {
    let IpAddr::V4(ip) = address.ip() else { return None };
    Some(format!("{:08X}:{:04X}", u32::from_ne_bytes(ip.octets()), address.port()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const TABLE: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:1004 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 1 1 0 20 4 30 10 -1\n   1: 0100007F:9C40 0100007F:1004 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0 20 4 30 10 -1\n";

    #[test]
    #[cfg(target_endian = "little")]
    fn the_row_of_the_other_end_names_the_user() {
        let (peer, local) = ("127.0.0.1:40000".parse().unwrap(), "127.0.0.1:4100".parse().unwrap());
        assert_eq!(find(TABLE, peer, local), Some(1000));
        assert_eq!(find(TABLE, local, peer), Some(0));
        assert_eq!(find(TABLE, "127.0.0.1:40001".parse().unwrap(), local), None);
    }

    #[test]
    #[cfg(target_endian = "little")]
    fn a_socket_that_nobody_holds_any_more_is_nobodys() {
        let (peer, local) = ("127.0.0.1:40000".parse().unwrap(), "127.0.0.1:4100".parse().unwrap());
        let orphan = TABLE.replace("1000        0 2 1 0", "0        0 0 1 0");
        assert_eq!(find(&orphan, peer, local), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_connection_of_our_own_is_ours() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let own = status.lines().find_map(|line| line.strip_prefix("Uid:")).unwrap();
        let own: u32 = own.split_whitespace().nth(1).unwrap().parse().unwrap();
        let (theirs, ours) = (client.local_addr().unwrap(), server.local_addr().unwrap());
        assert_eq!(of(theirs, ours), Peer::User(own));
        drop(client);
        assert_eq!(of(theirs, ours), Peer::Gone);
    }

    #[test]
    fn nobody_from_elsewhere_is_let_in() {
        let (peer, local) = ("192.0.2.1:40000".parse().unwrap(), "127.0.0.1:4100".parse().unwrap());
        assert_eq!(of(peer, local), Peer::Unknown);
    }
}
