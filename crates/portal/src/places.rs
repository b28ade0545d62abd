//! Places: connections that are open at once, in all and from one source, and which gives way when all are taken.

use crate::source::{network, site};
use service::in_hand::InHand;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use tokio::sync::oneshot;

/// Browsers hold a handful each, and one for their event stream.
pub const MOST: usize = 256;
/// A household behind one address.
const MOST_OF_ONE_SOURCE: usize = 64;
/// Whoever has 48 bits of IPv6 has 65,536 such sources.
const MOST_OF_ONE_SITE: usize = 128;
/// For this machine itself, whoever else comes.
const KEPT: usize = 16;

#[derive(Debug, Default)]
pub struct Places {
    /// The oldest first.
    taken: Mutex<VecDeque<Holder>>,
}

#[derive(Debug)]
struct Holder {
    source: IpAddr,
    in_hand: InHand,
    /// Dropped, it tells the connection to leave.
    stay: oneshot::Sender<()>,
}

/// A connection's own: it is to end once `leave` is answered.
#[derive(Debug)]
pub struct Place {
    pub in_hand: InHand,
    pub leave: oneshot::Receiver<()>,
}

impl Places {
    /// The oldest that asks nothing makes room; none only where all of them are being answered. A proxy and a tunnel
    /// speak for many: `one_person` is false for them.
    pub fn take(&self, source: IpAddr, one_person: bool) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.retain(|holder| !holder.stay.is_closed());
        if one_person {
            room(&mut taken, MOST_OF_ONE_SOURCE, |holder| network(holder.source) == network(source))?;
            room(&mut taken, MOST_OF_ONE_SITE, |holder| site(holder.source) == site(source))?;
        }
        if !source.is_loopback() {
            room(&mut taken, MOST - KEPT, |holder| !holder.source.is_loopback())?;
        }
        room(&mut taken, MOST, |_| true)?;
        let (stay, leave) = oneshot::channel();
        let in_hand = InHand::default();
        taken.push_back(Holder { source, in_hand: in_hand.clone(), stay });
        Some(Place { in_hand, leave })
    }
}

/// For one more of those.
fn room(taken: &mut VecDeque<Holder>, most: usize, of: impl Fn(&Holder) -> bool) -> Option<()> {
    if taken.iter().filter(|holder| of(holder)).count() >= most {
        let oldest = taken.iter().position(|holder| of(holder) && holder.in_hand.is_idle())?;
        drop(taken.remove(oldest));
    }
    Some(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use service::in_hand::Busy;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 9));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 10));

    fn told_to_leave(places: &mut [Place]) -> usize {
        places
            .iter_mut()
            .filter_map(|place| place.leave.try_recv().err())
            .filter(|why| matches!(why, oneshot::error::TryRecvError::Closed))
            .count()
    }

    #[test]
    fn the_oldest_that_asks_nothing_makes_room_for_the_newest() {
        let places = Places::default();
        let mut silent: Vec<Place> = (0..MOST).map(|_| places.take(HERE, false).unwrap()).collect();
        let _asks = silent.first().unwrap().in_hand.take();
        assert!(places.take(OTHER, true).is_some());
        assert_eq!(told_to_leave(&mut silent), 1);
        assert!(
            silent.first_mut().unwrap().leave.try_recv().is_err_and(|why| why == oneshot::error::TryRecvError::Empty)
        );
    }

    #[test]
    fn one_source_makes_room_among_its_own_and_whoever_is_answered_stays() {
        let places = Places::default();
        let mut others: Vec<Place> = (0..8).map(|_| places.take(OTHER, true).unwrap()).collect();
        let mut own: Vec<Place> = (0..MOST_OF_ONE_SOURCE).map(|_| places.take(ONE, true).unwrap()).collect();
        own.push(places.take(ONE, true).unwrap());
        assert_eq!((told_to_leave(&mut own), told_to_leave(&mut others)), (1, 0));
        let _all_ask: Vec<Busy> = own.iter().map(|place| place.in_hand.take()).collect();
        assert!(places.take(ONE, true).is_none() && places.take(OTHER, true).is_some());
        drop(own);
        assert!(places.take(ONE, true).is_some());
    }

    #[test]
    fn whoever_has_many_networks_has_no_more_than_two_of_them_fill() {
        let places = Places::default();
        let of = |number: usize| format!("2001:db8:1:{number:x}::1").parse().unwrap();
        let mut all: Vec<Place> = (0..MOST_OF_ONE_SITE).map(|number| places.take(of(number), true).unwrap()).collect();
        assert_eq!(told_to_leave(&mut all), 0);
        all.push(places.take(of(MOST_OF_ONE_SITE), true).unwrap());
        assert_eq!(told_to_leave(&mut all), 1);
    }

    #[test]
    fn some_places_are_this_machine_s_own_even_where_all_others_are_being_answered() {
        let places = Places::default();
        let of = |number: usize| format!("203.0.{number}.1").parse().unwrap();
        let (mut others, mut all_ask) = (Vec::new(), Vec::new());
        while let Some(place) = places.take(of(others.len()), true) {
            all_ask.push(place.in_hand.take());
            others.push(place);
        }
        assert_eq!(others.len(), MOST - KEPT);
        assert!(places.take(HERE, false).is_some());
    }
}
