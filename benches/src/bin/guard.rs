//! Guard decision: nanoseconds with 1 and 1,000,000 credentials, and allocations. With a number as its
//! argument it decides that often and says nothing, for an instruction counter.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, clippy::float_arithmetic, unsafe_code)]

use benches::world::{NOW, market, state, terms, trading};
use kernel::decide::question::{Asking, Who, question};
use kernel::given::Market;
use kernel::guard::{self, Verdict};
use kernel::id::{AccountId, CredentialId};
use kernel::order::Terms;
use kernel::state::State;
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

struct Counting;
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);

// SAFETY: every call is passed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(at, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// All that the kernel reads for one order: bounds, meters, exposure, switches, guard.
fn ask(state: &State, credential: CredentialId, terms: &Terms, market: &Market) -> bool {
    let (replaces, changes, group, ticket) = (None, None, None, None);
    let (approved, closes_parent) = (false, false);
    let asking = Asking { terms, replaces, changes, approved, ticket, group, closes_parent, market, now: NOW };
    let Ok(who) = Who::find(state, credential, terms.account) else {
        return false;
    };
    let mut beside = None;
    let question = question(state, &who, &asking, &mut beside);
    matches!(black_box(guard::decide(black_box(&question))), Ok(Verdict::Admit(_)))
}

/// Who asks, for which account.
type Asker = (CredentialId, AccountId);

fn asker(state: &State) -> Asker {
    (state.customer.credentials[0].id, state.customer.accounts[0].id)
}

const ROUNDS: usize = 2_000;
const ROUND: usize = 1_000;
/// A stride that is no neighbour's: each decision, and each read, finds its customer cold.
const STRIDE: usize = 600_011;

/// Those who are asked for, and where each leg of the rounds has come to among them.
struct Field<'a> {
    states: &'a [State],
    askers: Vec<Asker>,
    market: Market,
    order: Terms,
    at: usize,
    read_at: usize,
}

impl<'a> Field<'a> {
    fn of(states: &'a [State]) -> Self {
        let askers: Vec<Asker> = states.iter().map(asker).collect();
        let order = terms(askers[0].1, "100");
        // The reads are half the field away from the decisions, so that neither warms a state for the other.
        Self { states, askers, market: market(NOW), order, at: 0, read_at: states.len() / 2 }
    }

    /// The order itself is warm, as it is when its program's words have just been read; its customer's state
    /// is not. Who asks is known before: a connection belongs to its credential.
    fn decide(&mut self, alone: bool) -> Duration {
        let round = core::array::from_fn::<_, ROUND, _>(|_| {
            self.at = (self.at + STRIDE) % self.states.len();
            (self.at, self.askers[self.at])
        });
        let start = Instant::now();
        for (at, (credential, account)) in round {
            self.order.account = account;
            let admitted = ask(&self.states[at], credential, &self.order, &self.market);
            assert!(admitted, "the order is one that is admitted");
            if alone {
                wait();
            }
        }
        start.elapsed()
    }

    /// One read of a cold state, where each says which comes next: what no guard can beat that reads before it
    /// answers. Two decisions that the processor has under way at once can.
    fn read(&mut self) -> Duration {
        let mut at = self.read_at;
        let start = Instant::now();
        for _ in 0..ROUND {
            let nothing = self.states[at].customer.kills.len();
            at = (at + STRIDE + nothing) % self.states.len();
        }
        self.read_at = black_box(at);
        start.elapsed()
    }
}

/// Until all that was begun is done: then the next decision cannot begin to fetch while this one waits.
#[inline(always)]
fn wait() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: it only waits, and every x86-64 has it.
    unsafe {
        core::arch::x86_64::_mm_lfence();
    }
}

/// What a run of rounds came to, in nanoseconds one decision or one read.
struct Measured {
    decision: f64,
    alone: f64,
    read: f64,
    /// Of each round, in the middle.
    to_read: f64,
    alone_to_read: f64,
    allocations: u64,
}

fn measure(field: &mut Field<'_>) -> Measured {
    let (mut decisions, mut alones, mut reads) = (Vec::new(), Vec::new(), Vec::new());
    let (mut ratios, mut alone_ratios, mut allocations) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        let decision = field.decide(false);
        allocations += ALLOCATIONS.load(Ordering::Relaxed) - before;
        let (read, alone) = (field.read(), field.decide(true));
        ratios.push(decision.as_secs_f64() / read.as_secs_f64());
        alone_ratios.push(alone.as_secs_f64() / read.as_secs_f64());
        decisions.push(decision);
        reads.push(read);
        alones.push(alone);
    }
    let nanoseconds = |legs| benches::median(legs).as_nanos() as f64 / ROUND as f64;
    Measured {
        decision: nanoseconds(decisions),
        alone: nanoseconds(alones),
        read: nanoseconds(reads),
        to_read: benches::median_ratio(ratios),
        alone_to_read: benches::median_ratio(alone_ratios),
        allocations,
    }
}

/// The same twice: where the two differ, the machine was measured and not the guard.
fn report(what: &str, states: &[State]) {
    let mut field = Field::of(states);
    let (first, again) = (measure(&mut field), measure(&mut field));
    let ratio = again.decision / first.decision;
    let control = if (0.95..=1.05).contains(&ratio) { "valid" } else { "VOID" };
    let (one, two) = (first.decision, again.decision);
    println!("guard decision, {what}: {one:.0} ns median, again {two:.0} ns (ratio {ratio:.2}: {control})");
    println!("  {} allocations in {} decisions", first.allocations + again.allocations, 2 * ROUNDS * ROUND);
    println!("  each alone, the next not begun before it is done: {:.0} ns, again {:.0} ns", first.alone, again.alone);
    if states.len() > 1 {
        println!("  one read of a cold state, in the same rounds: {:.0} ns, again {:.0} ns", first.read, again.read);
        println!("  decision to read: {:.2}, again {:.2}", first.to_read, again.to_read);
        println!("  decision alone to read: {:.2}, again {:.2}", first.alone_to_read, again.alone_to_read);
    }
}

fn main() {
    let decisions = std::env::args().nth(1).and_then(|text| text.parse::<u64>().ok());
    let one = [state(1)];
    if let Some(decisions) = decisions {
        let (credential, account) = asker(&one[0]);
        let (order, market) = (terms(account, "100"), market(NOW));
        for _ in 0..decisions {
            assert!(ask(&one[0], credential, &order, &market));
        }
        return;
    }
    println!("{}", benches::machine());
    report("1 credential", &one);
    let busy = [trading(1)];
    report("1 credential that has a position and an open order", &busy);
    let many: Vec<State> = (0..1_000_000).map(|n| state(n + 1)).collect();
    report("1,000,000 credentials", &many);
    println!("{}", benches::machine());
}
