//! Sources against a plain account of what happened: every failure kept, nothing thrown away.

use kernel::source::{self, Command, Refusal, Source};
use kernel::time::Timestamp;
use proptest::prelude::*;

const SECOND: i64 = 1_000;

/// Everything that ever happened, the latest last; the clock never goes back.
#[derive(Default)]
struct Plain {
    failures: Vec<i64>,
    row: u32,
}

impl Plain {
    fn until(&self, now: i64) -> i64 {
        let counted = self.failures.iter().filter(|at| now - **at < 900 * SECOND).count();
        let wait = match counted {
            0..=4 => 0,
            5 => 30,
            6 => 60,
            7 => 120,
            8 => 240,
            9 => 480,
            _ => 900,
        };
        self.failures.last().map_or(now, |last| last + wait * SECOND)
    }
}

fn steps() -> impl Strategy<Value = Vec<(u8, i64)>> {
    let pause = prop_oneof![
        4 => 0..2_i64,
        4 => 0..40 * SECOND,
        2 => 0..1_000 * SECOND,
        1 => Just(900 * SECOND),
        1 => Just(900 * SECOND - 1),
    ];
    prop::collection::vec((0..20_u8, pause), 0..200)
}

proptest! {
    #[test]
    fn what_is_kept_of_a_source_answers_as_if_all_of_it_were_kept(steps in steps()) {
        let (mut source, mut plain, mut now) = (Source::default(), Plain::default(), 1_790_000_000_000);
        for (what, pause) in steps {
            now += pause;
            let command = match what {
                0 => Command::Succeed,
                1 => Command::Disable,
                _ => Command::Fail,
            };
            for event in source::decide(&source, command, Timestamp(now)) {
                source::apply(&mut source, &event);
            }
            match command {
                Command::Succeed => plain = Plain::default(),
                Command::Disable => plain.row = 0,
                Command::Fail => {
                    plain.failures.push(now);
                    plain.row += 1;
                }
            }
            for later in [now, now + 29_999, now + 30_000, now + 500 * SECOND, now + 900 * SECOND] {
                let until = plain.until(later);
                let expected = if later < until { Err(Refusal::Throttled { until: Timestamp(until) }) } else { Ok(()) };
                prop_assert_eq!(source::may_try(&source, 0, Timestamp(later)), expected);
            }
            prop_assert_eq!(source::disables(&source), plain.row >= 50);
            prop_assert!(source.recent.len() <= 16);
        }
    }

    #[test]
    fn whoever_tries_whenever_they_may_fails_at_most_a_dozen_times_in_a_quarter_of_an_hour(
        pauses in prop::collection::vec(0..60 * SECOND, 1..400),
    ) {
        let (mut source, mut now, mut failures) = (Source::default(), 1_790_000_000_000, Vec::new());
        for pause in pauses {
            now += pause;
            if source::may_try(&source, 0, Timestamp(now)).is_ok() {
                source::apply(&mut source, &source::Event::Failed { at: Timestamp(now) });
                failures.push(now);
            }
            let counted = failures.iter().filter(|at| now - **at < 900 * SECOND).count();
            prop_assert!(counted <= 12, "{counted}");
        }
    }

    #[test]
    fn however_often_it_failed_a_quarter_of_an_hour_later_it_may_be_tried(times in 0..500_usize, at in 0..i64::MAX / 2) {
        let mut source = Source::default();
        (0..times).for_each(|_| source::apply(&mut source, &source::Event::Failed { at: Timestamp(at) }));
        prop_assert_eq!(source::may_try(&source, 0, Timestamp(at + source::LONGEST_DELAY_MS)), Ok(()));
    }
}
