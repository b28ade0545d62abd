//! Peer: which user's program is at the other end of a loopback connection, as the kernel's tables say.

mod diag;
mod table;

use std::net::SocketAddr;

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
///
/// The kernel is asked for that one socket; where it does not answer (a module that is not loaded, a sandbox), its whole
/// table is read, which costs it milliseconds each time and says the same.
pub(crate) fn of(peer: SocketAddr, local: SocketAddr) -> Peer {
    let (SocketAddr::V4(peer), SocketAddr::V4(local)) = (peer, local) else { return Peer::Unknown };
    if !peer.ip().is_loopback() {
        return Peer::Unknown;
    }
    diag::ask(peer, local).unwrap_or_else(|| table::look(peer, local))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

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
        let (peer, local) = ("[::1]:40000".parse().unwrap(), "[::1]:4100".parse().unwrap());
        assert_eq!(of(peer, local), Peer::Unknown);
    }
}
