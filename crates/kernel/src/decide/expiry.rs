//! Which expiries are to be told of now: recorded once each, so that people are.

use crate::api_credential::{self, ApiCredential, State as Standing};
use crate::event::Event;
use crate::expiry::{BEFORE_MS, Stage, Told};
use crate::id::CredentialId;
use crate::state::State;
use crate::time::Timestamp;
use crate::working::{Order, Status};
use alloc::vec::Vec;

const DAY_MS: i64 = 86_400_000;
/// "For six days" is asked for before it is made, and perhaps signed for.
const LONG_MS: i64 = 5 * DAY_MS;
/// Over for so long it is no news: whoever upgrades finds old ones.
const LATE_MS: i64 = -14 * DAY_MS;

pub fn expiries_due(state: &State, now: Timestamp) -> impl Iterator<Item = Told> {
    state.customer.credentials.iter().filter_map(move |one| {
        let (stage, expires_at) = due(&state.customer.expiries, one, now)?;
        Some(Told { id: one.id, stage, expires_at, open: open(state, one.id) })
    })
}

/// Nothing that was held is granted any more, and what is being cancelled does not go on.
fn open(state: &State, id: CredentialId) -> u32 {
    let goes_on = |order: &&Order| order.credential == id && order.status != Status::Held && !order.cancel_requested;
    let own = state.book.orders.values().filter(goes_on);
    u32::try_from(own.count()).unwrap_or(u32::MAX)
}

pub(super) fn tell(state: &State, now: Timestamp) -> Vec<Event> {
    expiries_due(state, now).map(|told| Event::Credential(api_credential::Event::Expiry(told))).collect()
}

/// What is to be told of it now, if anything. Of one that was made for a few days, and of a ticket, only that it is
/// over: whoever made it knew.
fn due(known: &[Told], one: &ApiCredential, now: Timestamp) -> Option<(Stage, Timestamp)> {
    let expires_at = one.expires_at.filter(|_| one.state == Standing::Active)?;
    let long = one.holder.is_none() && expires_at.since(one.created_at) >= LONG_MS;
    let stage = match expires_at.since(now) {
        left if left <= LATE_MS => return None,
        ..=0 => Stage::Over,
        left if left <= BEFORE_MS && long => Stage::Soon,
        1.. => return None,
    };
    let is_told = known.iter().any(|told| told.id == one.id && told.expires_at == expires_at && told.stage >= stage);
    (!is_told).then_some((stage, expires_at))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::api_credential::tests::trading;
    use crate::expiry::apply;
    use crate::id::UserId;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    fn expiring_in(ms: i64) -> ApiCredential {
        ApiCredential { expires_at: Some(NOW.plus_ms(ms)), ..trading(NOW.minus_ms(30 * BEFORE_MS)) }
    }

    fn stage(known: &[Told], one: &ApiCredential) -> Option<Stage> {
        due(known, one, NOW).map(|(stage, _)| stage)
    }

    #[test]
    fn it_is_told_three_days_before_and_at_its_last_millisecond_each_once() {
        for (left, expected) in [
            (BEFORE_MS + 1, None),
            (BEFORE_MS, Some(Stage::Soon)),
            (1, Some(Stage::Soon)),
            (0, Some(Stage::Over)),
            (LATE_MS + 1, Some(Stage::Over)),
            (LATE_MS, None),
        ] {
            let one = expiring_in(left);
            assert_eq!(stage(&[], &one), expected, "{left}");
            let mut known = Vec::new();
            for told in [Stage::Soon, Stage::Over] {
                apply(&mut known, &Told { id: one.id, stage: told, expires_at: one.expires_at.unwrap(), open: 0 });
                assert_eq!(stage(&known, &one), expected.filter(|stage| *stage > told), "{left} after {told:?}");
            }
            assert_eq!(known.len(), 1);
        }
    }

    #[test]
    fn what_was_told_of_another_or_of_an_earlier_expiry_says_nothing_of_this_one() {
        let one = expiring_in(0);
        let told = Told { id: one.id, stage: Stage::Over, expires_at: NOW.minus_ms(1), open: 0 };
        assert_eq!(stage(&[told], &one), Some(Stage::Over));
        let told = Told { id: CredentialId::new(9, 9), expires_at: NOW, ..told };
        assert_eq!(stage(&[told], &one), Some(Stage::Over));
    }

    #[test]
    fn one_that_was_made_for_a_few_days_and_a_ticket_are_told_when_they_are_over() {
        for (life, soon) in [(LONG_MS - 1, None), (LONG_MS, Some(Stage::Soon))] {
            let mut one = ApiCredential { created_at: NOW.plus_ms(1 - life), ..expiring_in(1) };
            assert_eq!(stage(&[], &one), soon);
            one.holder = Some(UserId::new(1, 1));
            assert_eq!(stage(&[], &one), None);
            one.expires_at = Some(NOW);
            assert_eq!(stage(&[], &one), Some(Stage::Over));
        }
    }

    #[test]
    fn what_is_suspended_revoked_or_without_an_expiry_is_not_told_of() {
        for state in [Standing::Suspended, Standing::Revoked] {
            assert_eq!(stage(&[], &ApiCredential { state, ..expiring_in(0) }), None);
        }
        assert_eq!(stage(&[], &ApiCredential { expires_at: None, ..expiring_in(0) }), None);
    }
}
