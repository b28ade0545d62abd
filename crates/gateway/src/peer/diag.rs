//! Diag: the kernel is asked for one socket by its two addresses (`NETLINK_SOCK_DIAG`), and says whose it is.

use super::Peer;
use std::net::SocketAddrV4;
use std::sync::atomic::{AtomicBool, Ordering};

/// Of what is sent and told: lengths and numbers as `linux/netlink.h`, `sock_diag.h` and `inet_diag.h` define them.
const SOCK_DIAG_BY_FAMILY: u16 = 20;
const NLMSG_ERROR: u16 = 2;
const ENOENT: i32 = 2;
const NLM_F_REQUEST: u16 = 1;
const HEADER: usize = 16;
const ID: usize = 48;
const REQUEST: usize = HEADER + 8 + ID;
/// Family, state, timer, retransmissions; the id; expires, queues, user, inode.
const ANSWER: usize = HEADER + 4 + ID + 20;
const SEQUENCE: u32 = 1;

/// It has told whose a socket is: from then on there is none where it says so. Without its module it says that of each.
static KNOWS: AtomicBool = AtomicBool::new(false);

/// Nothing where it does not answer, or has not shown yet that it knows.
#[cfg(target_os = "linux")]
pub(super) fn ask(peer: SocketAddrV4, local: SocketAddrV4) -> Option<Peer> {
    use rustix::net::netlink::{SOCK_DIAG, SocketAddrNetlink};
    use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recvfrom, sendto, socket_with};
    let kernel = SocketAddrNetlink::new(0, 0);
    let socket = socket_with(AddressFamily::NETLINK, SocketType::DGRAM, SocketFlags::CLOEXEC, Some(SOCK_DIAG)).ok()?;
    sendto(&socket, &request(peer, local), SendFlags::empty(), &kernel).ok()?;
    let mut told = [0_u8; 1_024];
    // The answer is there when the question has been sent: nobody is waited for.
    let (_, length, from) = recvfrom(&socket, &mut told, RecvFlags::DONTWAIT).ok()?;
    if SocketAddrNetlink::try_from(from?).ok()?.pid() != kernel.pid() {
        return None;
    }
    let answer = read(told.get(..length)?, peer, local, KNOWS.load(Ordering::Relaxed))?;
    KNOWS.store(true, Ordering::Relaxed);
    Some(answer)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn ask(_: SocketAddrV4, _: SocketAddrV4) -> Option<Peer> {
    None
}

/// The two addresses, as question and answer both hold them: ports and addresses in the network's byte order.
fn id(peer: SocketAddrV4, local: SocketAddrV4) -> [u8; 36] {
    let mut id = [0; 36];
    id[..2].copy_from_slice(&peer.port().to_be_bytes());
    id[2..4].copy_from_slice(&local.port().to_be_bytes());
    id[4..8].copy_from_slice(&peer.ip().octets());
    id[20..24].copy_from_slice(&local.ip().octets());
    id
}

fn request(peer: SocketAddrV4, local: SocketAddrV4) -> [u8; REQUEST] {
    const AF_INET: u8 = 2;
    const IPPROTO_TCP: u8 = 6;
    let mut request = [0; REQUEST];
    request[..4].copy_from_slice(&(REQUEST as u32).to_ne_bytes());
    request[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
    request[6..8].copy_from_slice(&NLM_F_REQUEST.to_ne_bytes());
    request[8..12].copy_from_slice(&SEQUENCE.to_ne_bytes());
    request[16..18].copy_from_slice(&[AF_INET, IPPROTO_TCP]);
    // In every state.
    request[20..24].copy_from_slice(&u32::MAX.to_ne_bytes());
    request[24..60].copy_from_slice(&id(peer, local));
    // No cookie: whichever socket has these addresses.
    request[64..72].copy_from_slice(&[0xff; 8]);
    request
}

fn read(told: &[u8], peer: SocketAddrV4, local: SocketAddrV4, knows: bool) -> Option<Peer> {
    let word = |at: usize| Some(u32::from_ne_bytes(told.get(at..at + 4)?.try_into().ok()?));
    let kind = u16::from_ne_bytes(told.get(4..6)?.try_into().ok()?);
    if word(8)? != SEQUENCE {
        return None;
    }
    if kind == NLMSG_ERROR {
        return (knows && word(HEADER)? == (-ENOENT).cast_unsigned()).then_some(Peer::Gone);
    }
    if kind != SOCK_DIAG_BY_FAMILY || (word(0)? as usize) < ANSWER {
        return None;
    }
    let about = HEADER + 4;
    if told.get(about..about + 36)? != id(peer, local) {
        return None;
    }
    let (uid, inode) = (word(about + ID + 12)?, word(about + ID + 16)?);
    // A socket that its program has closed has no inode, and is shown as root's.
    Some(if inode == 0 { Peer::Gone } else { Peer::User(uid) })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn addresses() -> (SocketAddrV4, SocketAddrV4) {
        ("127.0.0.1:40000".parse().unwrap(), "127.0.0.1:4100".parse().unwrap())
    }

    fn answer(uid: u32, inode: u32) -> [u8; ANSWER] {
        let (peer, local) = addresses();
        let mut told = [0; ANSWER];
        told[..4].copy_from_slice(&(ANSWER as u32).to_ne_bytes());
        told[4..6].copy_from_slice(&SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        told[8..12].copy_from_slice(&SEQUENCE.to_ne_bytes());
        told[20..56].copy_from_slice(&id(peer, local));
        told[80..84].copy_from_slice(&uid.to_ne_bytes());
        told[84..88].copy_from_slice(&inode.to_ne_bytes());
        told
    }

    #[test]
    fn an_answer_names_the_user_of_the_socket_that_was_asked_for() {
        let (peer, local) = addresses();
        assert_eq!(read(&answer(1_000, 7), peer, local, false), Some(Peer::User(1_000)));
        assert_eq!(read(&answer(0, 0), peer, local, false), Some(Peer::Gone));
        assert_eq!(read(&answer(1_000, 7), local, peer, false), None, "of another socket");
    }

    #[test]
    fn half_an_answer_or_another_is_none() {
        let (peer, local) = addresses();
        let whole = answer(1_000, 7);
        for length in 0..whole.len() {
            assert_eq!(read(&whole[..length], peer, local, true), None, "{length} bytes");
        }
        let (mut other, mut stale) = (whole, whole);
        other[4..6].copy_from_slice(&3_u16.to_ne_bytes());
        stale[8..12].copy_from_slice(&9_u32.to_ne_bytes());
        assert_eq!(read(&other, peer, local, true), None);
        assert_eq!(read(&stale, peer, local, true), None);
    }

    #[test]
    fn that_there_is_none_is_believed_of_one_who_has_known_one() {
        let (peer, local) = addresses();
        let refusal = |errno: i32| {
            let mut told = [0; 36];
            told[..4].copy_from_slice(&36_u32.to_ne_bytes());
            told[4..6].copy_from_slice(&NLMSG_ERROR.to_ne_bytes());
            told[8..12].copy_from_slice(&SEQUENCE.to_ne_bytes());
            told[16..20].copy_from_slice(&(-errno).to_ne_bytes());
            told
        };
        assert_eq!(read(&refusal(ENOENT), peer, local, true), Some(Peer::Gone));
        assert_eq!(read(&refusal(ENOENT), peer, local, false), None, "its module may be missing");
        assert_eq!(read(&refusal(1), peer, local, true), None, "not allowed is no answer");
    }
}
