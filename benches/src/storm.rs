//! A storm of sign-ins by password, from addresses and under names that nobody has seen, and who feels it.

use crate::visitor::Visitor;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Between two looks at a session: a person's pages, not a flood.
const PAUSE: Duration = Duration::from_millis(2);
/// Names and addresses are never used twice: none of them is delayed for what another did.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// What came of the attempts.
#[derive(Debug, Default)]
pub struct Storm {
    /// From the request to the no, of those whose password was hashed.
    pub judged: Vec<Duration>,
    /// Told to come back later: the pool was full.
    pub turned_away: u64,
}

/// Many at once for so long, while `beside` goes on on this thread.
pub fn storm<T>(visitors: &mut [Visitor], lasting: Duration, beside: impl FnOnce() -> T) -> (Storm, T) {
    std::thread::scope(|scope| {
        let all: Vec<_> = visitors.iter_mut().map(|visitor| scope.spawn(move || attempts(visitor, lasting))).collect();
        let seen = beside();
        let mut sum = Storm::default();
        for one in all {
            let one = one.join().unwrap();
            sum.judged.extend(one.judged);
            sum.turned_away += one.turned_away;
        }
        (sum, seen)
    })
}

fn attempts(visitor: &mut Visitor, lasting: Duration) -> Storm {
    let (mut storm, begun) = (Storm::default(), Instant::now());
    while begun.elapsed() < lasting {
        let turn = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("nobody {turn}");
        let address = format!("10.{}.{}.{}", (turn >> 16) & 255, (turn >> 8) & 255, turn & 255);
        let form = [("name", name.as_str()), ("password", "four unrelated words here"), ("code", "123456")];
        let asked = Instant::now();
        let answer = visitor.post("/sign-in/password", &form, &[("X-Forwarded-For", &address)]);
        match answer.status {
            401 => storm.judged.push(asked.elapsed()),
            429 => {
                storm.turned_away += 1;
                // Nobody obeys Retry-After in a storm; a core that only refuses would measure refusing.
                std::thread::sleep(Duration::from_millis(20));
            }
            other => panic!("{other}: {}", answer.body),
        }
    }
    storm
}

/// How long a session's page takes that somebody reads now and then.
pub fn looks(visitor: &mut Visitor, path: &str, status: u16, lasting: Duration) -> Vec<Duration> {
    let (mut looks, begun) = (Vec::new(), Instant::now());
    while begun.elapsed() < lasting {
        let asked = Instant::now();
        assert_eq!(visitor.get(path).status, status);
        looks.push(asked.elapsed());
        std::thread::sleep(PAUSE);
    }
    looks
}
