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
    let asking = Asking { terms, replaces: None, changes: None, approved: false, market, now: NOW };
    let Ok(who) = Who::find(state, credential, terms.account) else {
        return false;
    };
    let question = question(state, &who, &asking);
    matches!(black_box(guard::decide(black_box(&question))), Ok(Verdict::Admit(_)))
}

/// Who asks, for which account.
type Asker = (CredentialId, AccountId);

fn asker(state: &State) -> Asker {
    (state.customer.credentials[0].id, state.customer.accounts[0].id)
}

/// Nanoseconds of each of many rounds' decision, in the middle, and allocations in all of them. The order
/// itself is warm, as it is when its program's words have just been read; its customer's state is not.
fn measure(states: &[State], askers: &[Asker]) -> (f64, u64) {
    const ROUND: usize = 1_000;
    let (market, mut order) = (market(NOW), terms(askers[0].1, "100"));
    let (mut samples, mut at) = (Vec::with_capacity(2_000), 7usize);
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    for _ in 0..2_000 {
        // A stride that is no neighbour's: each decision finds its customer cold. Who asks is known before:
        // a connection belongs to its credential.
        let round = core::array::from_fn::<_, ROUND, _>(|_| {
            at = (at + 600_011) % states.len();
            (at, askers[at])
        });
        let start = Instant::now();
        for (at, (credential, account)) in round {
            order.account = account;
            assert!(ask(&states[at], credential, &order, &market), "the order is one that is admitted");
        }
        samples.push(start.elapsed());
    }
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    let median: Duration = benches::median(samples);
    (median.as_nanos() as f64 / ROUND as f64, allocations)
}

/// Nanoseconds of one read of a cold state, where each says which comes next: what no guard can beat
/// that reads before it answers.
fn floor(states: &[State]) -> f64 {
    const ROUND: usize = 1_000;
    let (mut samples, mut at) = (Vec::with_capacity(2_000), 7usize);
    for _ in 0..2_000 {
        let start = Instant::now();
        for _ in 0..ROUND {
            at = (at + 600_011 + states[at].customer.kills.len()) % states.len();
        }
        samples.push(start.elapsed());
    }
    black_box(at);
    let median: Duration = benches::median(samples);
    median.as_nanos() as f64 / ROUND as f64
}

/// The same twice: where the two differ, the machine was measured and not the guard.
fn report(what: &str, states: &[State]) {
    let askers: Vec<Asker> = states.iter().map(asker).collect();
    let (first, none) = measure(states, &askers);
    let (again, still) = measure(states, &askers);
    let ratio = again / first;
    let control = if (0.95..=1.05).contains(&ratio) { "valid" } else { "VOID" };
    println!("guard decision, {what}: {first:.0} ns median, again {again:.0} ns (ratio {ratio:.2}: {control})");
    println!("  {} allocations in 4,000,000 decisions", none + still);
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
    let before = floor(&many);
    report("1,000,000 credentials", &many);
    println!("  one read of a cold state, in the same run: {before:.0} ns before, {:.0} ns after", floor(&many));
    println!("{}", benches::machine());
}
