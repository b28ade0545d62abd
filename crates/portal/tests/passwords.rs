//! Signing in with password and one-time code: nothing to be learnt from a failure, and nothing gained by many.

use crate::house::{Answer, Calls, House, Owner, START};
use kernel::authenticator::State;
use kernel::people::Signed;
use kernel::time::Timestamp;
use service::Clock;
use std::collections::BTreeMap;

const PASSWORD: &str = "seven quiet herons at dusk";
const MINUTE: i64 = 60_000;

/// What one attempt came to, and what it cost.
async fn cost(house: &House, from: u8, typed: (&str, &str, &str)) -> (Answer, u64, Calls) {
    let (hashes, _) = (house.world.hasher.hashes(), house.store.taken());
    let answer = house.sign_in(from, typed.0, typed.1, typed.2).await;
    (answer, house.world.hasher.hashes() - hashes, house.store.taken())
}

fn signed<T>(owner: &Owner, now: Timestamp, read: impl FnOnce(&Signed<'_>) -> T) -> T {
    let kernel::actor::Actor::User { session, .. } = owner.by else { panic!("no user") };
    owner.actor.read(|state| read(&state.customer.people.living(session, now).unwrap()))
}

/// Issue 3, must show 3; ASVS 6.3.8, NI-11.
#[tokio::test]
async fn known_and_unknown_right_and_wrong_are_answered_in_the_same_bytes_with_the_same_work() {
    let house = House::new().await;
    let maya = house.with_password("maya", PASSWORD).await;
    let other = house.with_password("sarah@example.com", PASSWORD).await;
    house.enrolled("only a passkey").await;
    let right = house.code(&maya);
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let long = "x".repeat(5_000);
    let far = "n".repeat(300);
    let attempts = [
        ("nobody", "a long wrong password", wrong),
        ("nobody else", PASSWORD, &right),
        ("maya", "a long wrong password", &right),
        ("sarah@example.com", PASSWORD, wrong),
        ("only a passkey", PASSWORD, &right),
        ("", "", ""),
        ("\u{7}", &long, "not a code"),
        (&far, PASSWORD, &right),
    ];
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    let mut costs = Vec::new();
    for (n, typed) in (0_u8..).zip(attempts) {
        // Each from an address and for a name that nothing is known of.
        let (answer, hashes, calls) = cost(&house, 10 + n, typed).await;
        assert_eq!(answer.status, 401, "{n}");
        assert_eq!(hashes, 1, "{n}");
        // Twice for names that can be none: they are one, and it was counted a moment ago.
        if n != 7 && n != 6 {
            costs.push((n, calls));
        }
        *told.entry(answer.plain()).or_default() += 1;
    }
    assert_eq!(told.len(), 1, "{:#?}", told.keys());
    let (_, first) = costs[0].clone();
    assert!(costs.iter().all(|(_, calls)| *calls == first), "{costs:#?}");
    assert_eq!(first["events"], 2, "counted for who it was and for where it came from");
    assert_eq!(first["sealed"], 2);
    drop(other);
}

#[tokio::test]
async fn both_right_come_in_and_a_code_is_taken_once_rfc_6238_5_2() {
    let house = House::new().await;
    let maya = house.with_password("maya", PASSWORD).await;
    let code = house.code(&maya);
    let answer = house.sign_in(1, " MAYA ", PASSWORD, &code).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    // The browser is new to us: it waits to be confirmed.
    assert_eq!(answer.headers["location"], "/device");
    assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 2);
    assert_eq!(house.sign_in(1, "maya", PASSWORD, &code).await.status, 401, "the same step again");
    house.clock.advance_ms(30_000);
    let next = house.code(&maya);
    // Two at once with one code: one comes in.
    let (one, two) = tokio::join!(house.sign_in(1, "maya", PASSWORD, &next), house.sign_in(1, "maya", PASSWORD, &next));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 401]);
}

/// Case, blanks, wide and invisible letters, from anywhere: one user, one counter (NI-10, invariant 12).
#[tokio::test]
async fn every_way_to_write_a_name_meets_one_counter_whether_anybody_has_it() {
    let house = House::new().await;
    let owner = house.with_password("maya@example.com", PASSWORD).await;
    for name in ["maya@example.com", "nobody@example.com"] {
        let wide: String = name.chars().map(|c| char::from_u32(c as u32 + 0xfee0).unwrap()).collect();
        let hidden = name.replacen('@', "\u{200b}@", 1);
        let ways = [name.to_owned(), name.to_uppercase(), format!("  {name}\t"), wide, hidden];
        for (n, way) in (0_u8..).zip(&ways) {
            assert_eq!(house.sign_in(10 + n, way, "a long wrong password", "123456").await.status, 401, "{way:?}");
        }
        house.clock.advance_ms(29_000);
        let hashes = house.world.hasher.hashes();
        let answer = house.sign_in(99, name, PASSWORD, &house.code(&owner)).await;
        assert_eq!((answer.status, answer.headers["retry-after"].to_str().unwrap()), (429, "1"));
        assert_eq!(house.world.hasher.hashes(), hashes, "nothing was checked");
        // Others may; and so may they when the delay is over.
        assert_eq!(house.sign_in(98, &format!("x{name}"), PASSWORD, "123456").await.status, 401);
        house.clock.advance_ms(1_000);
        let known = name == "maya@example.com";
        let answer = house.sign_in(97, name, PASSWORD, &house.code(&owner)).await;
        assert_eq!(answer.status, if known { 303 } else { 401 });
        house.clock.advance_ms(15 * MINUTE);
    }
}

#[tokio::test]
async fn one_who_is_delayed_reads_the_same_whether_there_is_such_a_one_and_after_a_crash_too() {
    let house = House::new().await;
    house.with_password("maya", PASSWORD).await;
    for n in 0..5 {
        house.sign_in(10 + n, "maya", "a long wrong password", "123456").await;
        house.sign_in(20 + n, "nobody", "a long wrong password", "123456").await;
    }
    let house = house.crash().await;
    let known = house.sign_in(30, "maya", PASSWORD, "123456").await;
    let unknown = house.sign_in(31, "nobody", PASSWORD, "123456").await;
    assert_eq!((known.status, known.headers["retry-after"].to_str().unwrap()), (429, "30"));
    // Each has its own port, and says so.
    assert_eq!(known.plain(), unknown.plain());
}

/// The first attempt of a process reads what the later ones find at hand.
#[tokio::test]
async fn right_after_a_start_the_work_is_the_same_too() {
    let mut house = House::new().await;
    house.with_password("maya", PASSWORD).await;
    let mut costs = Vec::new();
    for (n, name) in (0..).zip(["maya", "nobody", "maya"]) {
        house = house.crash().await;
        // The node's own reading of its journal is not the attempt's.
        house.store.taken();
        let (answer, hashes, calls) = cost(&house, 40 + n, (name, "a long wrong password", "123456")).await;
        assert_eq!((answer.status, hashes), (401, 1), "{name}");
        costs.push(calls);
        // Nothing of this name and from this address is left in the next round's way.
        house.clock.advance_ms(15 * MINUTE);
    }
    // The second time there is one page of a known stream more to fold.
    assert_eq!(costs[0], costs[1]);
    assert_eq!(costs[2]["load"], costs[0]["load"] + 1);
}

#[tokio::test]
async fn an_address_is_delayed_whomever_it_tries() {
    let house = House::new().await;
    for n in 0..5 {
        assert_eq!(house.sign_in(7, &format!("user {n}"), PASSWORD, "123456").await.status, 401);
    }
    assert_eq!(house.sign_in(7, "another", PASSWORD, "123456").await.status, 429);
    assert_eq!(house.sign_in(8, "another", PASSWORD, "123456").await.status, 401);
}

/// Whoever fails on purpose delays everybody who is a stranger to the user, and not the browser that they have confirmed.
#[tokio::test]
async fn a_stranger_who_fails_on_purpose_does_not_delay_a_confirmed_browser_of_the_user() {
    let house = House::new().await;
    let maya = house.with_password("maya", PASSWORD).await;
    let other = house.with_password("sarah", PASSWORD).await;
    for n in 0..5 {
        house.sign_in(10 + n, "maya", "a long wrong password", "123456").await;
        house.sign_in(0, &format!("nobody {n}"), "a long wrong password", "123456").await;
    }
    let code = house.code(&maya);
    let sign_in =
        async |cookie: &str, password: &str| house.sign_in_on(0, cookie, "maya", (password, &code)).await.status;
    let forged = maya.device.rsplit_once('.').unwrap().0.to_owned() + "." + other.device.rsplit_once('.').unwrap().1;
    for stranger in ["", &other.device, &forged] {
        assert_eq!(sign_in(stranger, PASSWORD).await, 429, "{stranger}");
    }
    assert_eq!(sign_in(&maya.device, PASSWORD).await, 303);
    // Its own failures delay it.
    for _ in 0..5 {
        assert_eq!(sign_in(&maya.device, "a long wrong password").await, 401);
    }
    assert_eq!(sign_in(&maya.device, PASSWORD).await, 429);
}

/// NI-10, no enumeration: a device that is nobody's, or another's, changes neither the bytes nor the work.
#[tokio::test]
async fn a_device_that_proves_nothing_costs_and_tells_nothing() {
    let house = House::new().await;
    house.with_password("maya", PASSWORD).await;
    let sarah = house.with_password("sarah", PASSWORD).await;
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    let mut costs = Vec::new();
    let cut = sarah.device.rsplit_once('.').unwrap().0.to_owned()
        + "."
        + vault::token::Token::random().unwrap().text().as_str();
    for (n, (name, cookie)) in
        (0_u8..).zip([("maya", ""), ("maya", &sarah.device), ("nobody", &sarah.device), ("sarah", &cut)])
    {
        let (hashes, _) = (house.world.hasher.hashes(), house.store.taken());
        let answer = house.sign_in_on(10 + n, cookie, name, ("a long wrong password", "123456")).await;
        *told.entry(answer.plain()).or_default() += 1;
        let calls = house.store.taken();
        costs.push((house.world.hasher.hashes() - hashes, calls["events"], calls["sealed"]));
    }
    assert_eq!(told.len(), 1, "{:#?}", told.keys());
    assert!(costs.iter().all(|cost| *cost == (1, 2, 2)), "{costs:?}");
}

#[tokio::test]
async fn a_volley_is_no_way_around() {
    let house = House::new().await;
    house.with_password("maya", PASSWORD).await;
    let hashes = house.world.hasher.hashes();
    let volley = (1..=40).map(|n| house.sign_in(n, "maya", "a long wrong password", "123456"));
    let mut counts: BTreeMap<u16, usize> = BTreeMap::new();
    for answer in futures_util::future::join_all(volley).await {
        *counts.entry(answer.status).or_default() += 1;
    }
    assert_eq!(counts.values().sum::<usize>(), 40);
    let tried = house.world.hasher.hashes() - hashes;
    assert!((1..=5).contains(&tried), "{tried} {counts:?}");
    assert_eq!(counts.get(&401).copied().unwrap_or_default() as u64, tried);
}

/// Never a timed lock: what was tried is disabled, and a passkey goes on (NI-10).
#[tokio::test]
async fn fifty_failures_in_a_row_disable_the_password_and_the_codes_and_not_the_passkey() {
    let house = House::new().await;
    let maya = house.with_password("maya", PASSWORD).await;
    let active = || {
        maya.actor
            .read(|state| state.customer.people.authenticators.iter().filter(|one| one.state == State::Active).count())
    };
    for n in 0..50_u8 {
        assert_eq!(active(), 3, "{n}");
        let answer = house.sign_in(1 + n, "maya", "a long wrong password", "123456").await;
        assert_eq!(answer.status, 401, "{n}");
        house.clock.advance_ms(15 * MINUTE);
    }
    let disabled = async {
        while active() > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), disabled).await.unwrap();
    let left = maya.actor.read(|state| {
        let people = &state.customer.people;
        people.authenticators.iter().map(|one| (one.is_passkey(), one.state)).collect::<Vec<_>>()
    });
    assert_eq!(left, [(true, State::Active), (false, State::Disabled), (false, State::Disabled)]);
    assert_eq!(house.sign_in(90, "maya", PASSWORD, &house.code(&maya)).await.status, 401);
}

#[tokio::test]
async fn a_step_up_by_password_opens_the_trade_window_alone_and_counts_its_failures() {
    let house = House::new().await;
    let maya = house.with_password("maya", PASSWORD).await;
    // Both windows of the enrolment close; the session goes on because it is used.
    for _ in 0..2 {
        house.clock.advance_ms(10 * MINUTE);
        let see = kernel::command::Command::People(kernel::people::Command::See);
        service::node::answer(maya.actor.submit(maya.by, see)).await.unwrap();
    }
    let now = house.clock.now();
    assert_eq!(now, START.plus_ms(20 * MINUTE));
    let code = house.code(&maya);
    let step_up = |password: &'static str, code: String| {
        let house = &house;
        let cookie = &maya.cookie;
        let fields =
            [("password", password.to_owned()), ("code", code), ("want", "move".to_owned()), ("next", "/".to_owned())];
        async move {
            let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
            house.post(1, "/step-up", &fields, cookie).await
        }
    };
    assert_eq!(step_up("a long wrong password", code.clone()).await.status, 401);
    assert!(signed(&maya, now, |signed| signed.session.trade_until <= now));
    let answer = step_up(PASSWORD, code.clone()).await;
    assert_eq!((answer.status, answer.headers["location"].to_str().unwrap()), (303, "/"), "{}", answer.body);
    let windows = signed(&maya, now, |signed| (signed.session.trade_until, signed.session.move_until <= now));
    assert_eq!(windows, (now.plus_ms(15 * MINUTE), true));
    assert_eq!(step_up(PASSWORD, code.clone()).await.status, 401, "the code was used");
    // The browser is confirmed: those who fail elsewhere do not delay it, and its own failures do.
    for n in 0..5 {
        house.sign_in(20 + n, "maya", "a long wrong password", "123456").await;
    }
    assert_eq!(house.sign_in(30, "maya", PASSWORD, "123456").await.status, 429);
    for _ in 0..4 {
        assert_eq!(step_up("a long wrong password", code.clone()).await.status, 401);
    }
    let answer = step_up(PASSWORD, code).await;
    assert_eq!(answer.status, 429);
    assert!(answer.headers.contains_key("retry-after"));
}

/// Secrets and names that were typed appear nowhere (ASVS 16.2.5): not in the answer, not in the journal.
#[tokio::test]
async fn nothing_that_was_typed_is_told_back_or_written_down() {
    let house = House::new().await;
    house.with_password("maya", PASSWORD).await;
    let canaries = ["canaryname", "canary of a password", "canarycode"];
    for (n, name) in (0..).zip(["maya", canaries[0]]) {
        let answer = house.sign_in(1 + n, name, canaries[1], canaries[2]).await;
        assert_eq!(answer.status, 401);
        assert!(canaries.iter().all(|canary| !answer.body.contains(canary)));
    }
    let journal = house.store.journal();
    assert!(journal.iter().filter(|one| one.tag == "source.failed").count() == 4);
    for one in journal.iter().filter(|one| one.stream.starts_with("source/")) {
        let text = String::from_utf8_lossy(&one.body).into_owned() + &one.stream;
        assert!(["maya", "127.0", "canary"].iter().all(|word| !text.contains(word)), "{text}");
    }
}
