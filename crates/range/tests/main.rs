//! The population by itself: the same for a seed, with the shares that are stated, and no attacker without a label.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use range::{BEGINS_AT, By, DAY_MS, DAYS, Deed, Goal, Kind, Outcome, Population, Route, Style, User};
use std::collections::{BTreeMap, BTreeSet};

fn users(seed: u64, count: u32) -> Vec<User> {
    let population = Population::new(seed, count);
    (0..count).map(|number| population.user(number)).collect()
}

#[test]
fn a_seed_gives_one_population_and_another_seed_another() {
    let population = Population::new(1, 10);
    for number in 0..10 {
        let (once, again) = (population.user(number), population.user(number));
        assert_eq!(once.seen, again.seen);
        assert_eq!(once.attack, again.attack);
        assert_ne!(once.seen, Population::new(2, 10).user(number).seen);
        // A user is who they are in however large a population.
        assert_eq!(once.seen, Population::new(1, 10_000).user(number).seen);
    }
}

#[test]
fn what_is_seen_is_in_order_and_in_the_ninety_days() {
    for user in users(1, 200) {
        assert!(user.seen.windows(2).all(|pair| pair[0].at <= pair[1].at));
        let (from, to) = (BEGINS_AT - DAY_MS, BEGINS_AT + i64::from(DAYS + 1) * DAY_MS);
        assert!(user.seen.iter().all(|seen| (from..to).contains(&seen.at)), "user {}", user.number);
    }
}

#[test]
fn styles_have_their_shares_and_only_algorithmic_users_have_programs_from_the_start() {
    let all = users(2, 3_000);
    let share = |style| all.iter().filter(|user| user.style == style).count();
    assert!((1_500..1_800).contains(&share(Style::Occasional)));
    assert!((780..1_020).contains(&share(Style::Active)));
    assert!((360..540).contains(&share(Style::Algorithmic)));
    for user in &all {
        assert!(user.credentials <= 3 && (user.style == Style::Algorithmic || user.credentials == 0));
    }
}

#[test]
fn one_user_in_ten_is_attacked_in_every_way_and_manner() {
    let all = users(3, 6_000);
    let attacks: Vec<_> = all.iter().filter_map(|user| user.attack).collect();
    assert!((480..720).contains(&attacks.len()), "{}", attacks.len());
    let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
    attacks.iter().for_each(|attack| *kinds.entry(attack.kind).or_default() += 1);
    for kind in Kind::ALL {
        assert!(kinds.get(&kind).is_some_and(|count| *count >= 5), "{}: {kinds:?}", kind.as_str());
    }
    let share =
        |of: fn(&range::Attack) -> bool| attacks.iter().filter(|attack| of(attack)).count() * 100 / attacks.len();
    assert!((34..46).contains(&share(|attack| attack.evasive)));
    assert!((43..57).contains(&share(|attack| attack.fast)));
}

#[test]
fn a_label_says_what_the_attacker_did_and_nobody_else_has_an_attacker() {
    for user in users(4, 2_000) {
        let theirs: Vec<_> = user.seen.iter().filter(|seen| seen.by == By::Attacker).collect();
        let Some(attack) = user.attack else {
            assert!(theirs.is_empty());
            continue;
        };
        assert_eq!(theirs.first().map(|seen| seen.at), Some(attack.starts_at));
        assert_eq!(theirs.last().map(|seen| seen.at), Some(attack.ends_at));
        // Conservation: the notional of the label is that of the orders.
        let risk = |deed: &Deed| match deed {
            Deed::Ordered { value, reduces: false, outcome: Outcome::Admitted, .. } => *value,
            _ => 0,
        };
        assert_eq!(theirs.iter().map(|seen| risk(&seen.deed)).sum::<u64>(), attack.notional);
        if matches!(attack.goal, Goal::Kept | Goal::Look) || attack.kind == Kind::Replay {
            assert_eq!(attack.notional, 0);
        }
    }
}

#[test]
fn nobody_uses_what_was_never_begun() {
    for user in users(5, 1_000) {
        let mut sessions = BTreeSet::new();
        for seen in &user.seen {
            match seen.deed {
                Deed::SignedIn { session, .. } => assert!(sessions.insert(session), "user {}", user.number),
                Deed::InUse { session, .. } => assert!(sessions.contains(&session), "user {}", user.number),
                Deed::Ordered { route: Route::Session(session), .. } => {
                    assert!(sessions.contains(&session), "user {}", user.number);
                }
                _ => {}
            }
        }
    }
}

#[test]
fn honest_life_is_not_quiet() {
    let honest: Vec<_> = users(6, 2_000).into_iter().filter(|user| user.attack.is_none()).collect();
    let mut networks = 0usize;
    let (mut abroad, mut bound, mut failed, mut raised, mut rejected) = (0, 0, 0, 0, 0usize);
    for user in &honest {
        let mut seen_networks = BTreeSet::new();
        let mut countries = BTreeSet::new();
        for seen in &user.seen {
            match seen.deed {
                Deed::SignedIn { place, .. } => {
                    seen_networks.insert(place.network);
                    countries.insert(place.country);
                }
                Deed::DeviceBound { .. } => bound += 1,
                Deed::Failed { .. } => failed += 1,
                Deed::LimitRaised { .. } => raised += 1,
                Deed::Ordered { outcome: Outcome::Rejected, .. } => rejected += 1,
                _ => {}
            }
        }
        networks += seen_networks.len();
        abroad += usize::from(countries.len() > 1);
    }
    let users = honest.len();
    assert!(networks / users >= 6, "networks a user: {}", networks / users);
    assert!(abroad * 100 / users >= 15, "percent seen in more than one country: {}", abroad * 100 / users);
    assert!(bound * 4 >= users, "devices bound: {bound} of {users}");
    assert!(failed > users && raised * 10 > users && rejected > users, "{failed} {raised} {rejected}");
}
