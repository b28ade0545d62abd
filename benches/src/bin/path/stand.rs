//! A stand: one way from a program to the venue, made of fresh processes with empty journals for each round, so
//! that no round finds what an earlier one has left.

use crate::places::Places;
use crate::processes::{Gate, HaProxy, Paper, Proxy};
use crate::proxy::Tap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Direct,
    /// The floor again, to be compared with itself.
    DirectAgain,
    Proxy,
    HaProxy,
    /// The whole gate, with its journal where a sync costs nothing.
    GateInMemory,
    GateDurable,
    /// Straight to the venue through a tap that notes when an order passes.
    Tap,
    GateThenTap,
}

impl Way {
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::DirectAgain => "direct again",
            Self::Proxy => "raw copy proxy",
            Self::HaProxy => "HAProxy, TCP",
            Self::GateInMemory => "gate, memory",
            Self::GateDurable => "gate, durable",
            Self::Tap => "tap alone",
            Self::GateThenTap => "gate, durable, then tap",
        }
    }
}

/// What lies nearer to the program ends first.
#[derive(Debug)]
pub struct Stand {
    pub gate: Option<Gate>,
    pub ports: Vec<u16>,
    _proxy: Option<Proxy>,
    _haproxy: Option<HaProxy>,
    _paper: Paper,
}

impl Stand {
    /// The tap is aimed at the venue of this stand, whether or not the way leads through it.
    pub fn start(way: Way, places: &Places, tap: &Tap) -> Self {
        let paper = Paper::start(&places.memory);
        tap.aim(paper.port);
        let proxy = (way == Way::Proxy).then(|| Proxy::start(paper.port));
        let haproxy = (way == Way::HaProxy).then(|| HaProxy::start(paper.port, &places.memory));
        let gate = match way {
            Way::GateInMemory => Some(Gate::start(&places.memory, paper.port)),
            Way::GateDurable => Some(Gate::start(&places.disk, paper.port)),
            Way::GateThenTap => Some(Gate::start(&places.disk, tap.port)),
            Way::Direct | Way::DirectAgain | Way::Proxy | Way::HaProxy | Way::Tap => None,
        };
        let between = proxy.as_ref().map(|proxy| proxy.port).or(haproxy.as_ref().map(|haproxy| haproxy.port));
        let ports = match (&gate, between) {
            (Some(gate), _) => gate.ports.clone(),
            (None, Some(port)) => vec![port],
            (None, None) if way == Way::Tap => vec![tap.port],
            (None, None) => vec![paper.port],
        };
        Self { gate, ports, _proxy: proxy, _haproxy: haproxy, _paper: paper }
    }

    /// The gate's journal holds these orders: each was admitted, acknowledged and ended.
    pub fn check(&self, orders: u64) {
        if let Some(gate) = &self.gate {
            let events = gate.verified_events();
            assert!(events >= 3 * orders, "{orders} orders were told as ended, the journal holds {events} events");
        }
    }
}
