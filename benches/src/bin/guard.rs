//! Guard decision: nanoseconds with 1 and 1,000,000 credentials, and allocations. With a number as its
//! argument it decides that often and says nothing, for an instruction counter.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, clippy::float_arithmetic, unsafe_code)]

use benches::world::{NOW, market, state, terms};
use kernel::given::Market;
use kernel::guard::{self, Question, Verdict};
use kernel::id::AccountId;
use kernel::instrument;
use kernel::kill_switch::{self, Engaged};
use kernel::meter::Meter;
use kernel::order::Terms;
use kernel::state::State;
use kernel::working;
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

/// All that the kernel reads for one order: credential, account, meters, exposure, switches, guard.
fn ask(state: &State, terms: &Terms, unused: &Meter, market: &Market) -> bool {
    let (credential, account) = (&state.customer.credentials[0], &state.customer.accounts[0]);
    let book = &state.book;
    let (own, net) = book.position(terms.account, terms.instrument.contract_id, credential.id);
    let stopped = |kills: &[Engaged]| kill_switch::stops(kills, credential.id, terms.account).is_some();
    let question = Question {
        terms,
        limits: &credential.limits,
        allowances: &credential.allowances,
        instrument_allowed: instrument::allowed(&credential.instruments, &terms.instrument),
        restricted: instrument::allowed(&account.restricted, &terms.instrument),
        meter: book.by_credential.get(&credential.id).unwrap_or(unused),
        exposure: working::exposure(&book.orders, own, net, terms, |o| o.credential == credential.id, None),
        account_limits: &account.limits,
        account_meter: book.by_account.get(&terms.account).unwrap_or(unused),
        account_exposure: working::exposure(&book.orders, net, net, terms, |o| o.terms.account == terms.account, None),
        killed: stopped(&state.customer.kills) || stopped(&state.firm.kills),
        replaces: None,
        approved: false,
        observing: false,
        market,
        now: NOW,
    };
    matches!(black_box(guard::decide(black_box(&question))), Ok(Verdict::Admit(_)))
}

/// Nanoseconds of each of many rounds' decision, in the middle, and allocations in all of them. The order
/// itself is warm, as it is when its program's words have just been read; its customer's state is not.
fn measure(states: &[State], accounts: &[AccountId]) -> (f64, u64) {
    const ROUND: usize = 1_000;
    let (unused, market, mut order) = (Meter::default(), market(NOW), terms(accounts[0], "100"));
    let (mut samples, mut at) = (Vec::with_capacity(2_000), 7usize);
    let before = ALLOCATIONS.load(Ordering::Relaxed);
    for _ in 0..2_000 {
        let start = Instant::now();
        for _ in 0..ROUND {
            // A stride that is no neighbour's: each decision finds its customer cold.
            at = (at + 600_011) % states.len();
            order.account = accounts[at];
            assert!(ask(&states[at], &order, &unused, &market), "the order is one that is admitted");
        }
        samples.push(start.elapsed());
    }
    let allocations = ALLOCATIONS.load(Ordering::Relaxed) - before;
    let median: Duration = benches::median(samples);
    (median.as_nanos() as f64 / ROUND as f64, allocations)
}

/// The same twice: where the two differ, the machine was measured and not the guard.
fn report(what: &str, states: &[State]) {
    let accounts: Vec<AccountId> = states.iter().map(|state| state.customer.accounts[0].id).collect();
    let (first, none) = measure(states, &accounts);
    let (again, still) = measure(states, &accounts);
    let ratio = again / first;
    let control = if (0.95..=1.05).contains(&ratio) { "valid" } else { "VOID" };
    println!("guard decision, {what}: {first:.0} ns median, again {again:.0} ns (ratio {ratio:.2}: {control})");
    println!("  {} allocations in 4,000,000 decisions", none + still);
}

fn main() {
    let decisions = std::env::args().nth(1).and_then(|text| text.parse::<u64>().ok());
    let one = [state(1)];
    if let Some(decisions) = decisions {
        let (unused, market) = (Meter::default(), market(NOW));
        let order = terms(one[0].customer.accounts[0].id, "100");
        for _ in 0..decisions {
            assert!(ask(&one[0], &order, &unused, &market));
        }
        return;
    }
    println!("{}", benches::machine());
    report("1 credential", &one);
    let many: Vec<State> = (0..1_000_000).map(|n| state(n + 1)).collect();
    report("1,000,000 credentials", &many);
    println!("{}", benches::machine());
}
