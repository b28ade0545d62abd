//! Table: every TCP socket of the machine, read through to find the one at the other end.

use super::Peer;
use std::net::SocketAddrV4;

pub(super) fn look(peer: SocketAddrV4, local: SocketAddrV4) -> Peer {
    match std::fs::read_to_string("/proc/net/tcp") {
        Ok(table) => find(&table, peer, local).map_or(Peer::Gone, Peer::User),
        Err(_) => Peer::Unknown,
    }
}

fn find(table: &str, peer: SocketAddrV4, local: SocketAddrV4) -> Option<u32> {
    let (theirs, ours) = (hex(peer), hex(local));
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
fn hex(address: SocketAddrV4) -> String {
    format!("{:08X}:{:04X}", u32::from_ne_bytes(address.ip().octets()), address.port())
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
    fn the_machines_own_table_is_read() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let v4 = |address: std::net::SocketAddr| address.to_string().parse::<SocketAddrV4>().unwrap();
        let (theirs, ours) = (v4(client.local_addr().unwrap()), v4(listener.local_addr().unwrap()));
        let (told, read) = (super::super::of(theirs.into(), ours.into()), look(theirs, ours));
        assert!(matches!(read, Peer::User(_)), "{read:?}");
        assert_eq!(told, read, "both ways say the same");
    }
}
