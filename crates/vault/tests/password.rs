//! What is accepted as a password, and why something is not (NI-01 to NI-04).

use proptest::prelude::*;
use vault::password::{LONGEST, NotAccepted, Password, SHORTEST};

fn verdict(typed: &str) -> Result<(), NotAccepted> {
    Password::chosen(typed, &["Maya Chen", "maya.c85@mail.example.com", "Interactive Brokers"]).map(|_| ())
}

#[test]
fn fifteen_characters_are_enough_and_fourteen_are_not() {
    // NI-01: counted are code points, after NFC.
    assert_eq!(SHORTEST, 15);
    assert_eq!(verdict("violet kazoo tr"), Ok(()));
    assert_eq!(verdict("violet kazoo t"), Err(NotAccepted::TooShort { characters: 14 }));
    assert_eq!(verdict("éàüöñ ΔΣΩ ж漢字か"), Err(NotAccepted::TooShort { characters: 14 }));
    assert_eq!(verdict("éàüöñ ΔΣΩ ж漢字か葱"), Ok(()));
    assert_eq!(verdict("e\u{301}e\u{301}violet kaz t"), Err(NotAccepted::TooShort { characters: 14 }));
    assert_eq!(verdict(""), Err(NotAccepted::TooShort { characters: 0 }));
}

#[test]
fn two_hundred_and_fifty_six_characters_are_the_most_and_none_is_cut_off() {
    // NI-01, NI-02: no truncation.
    let words = "violet kazoo trellis quorum ibex ".repeat(9);
    let most: String = words.chars().take(LONGEST - 4).chain("1x2y".chars()).collect();
    assert_eq!(verdict(&most), Ok(()));
    assert_eq!(verdict(&format!("{most}z")), Err(NotAccepted::TooLong));
    assert_eq!(verdict(&"é漢😀ж".repeat(4000)), Err(NotAccepted::TooLong));
    assert!(Password::offered(&most).is_some() && Password::offered(&format!("{most}z")).is_none());
    assert!(Password::offered("").is_none());
}

#[test]
fn there_are_no_rules_of_composition() {
    // NI-02: no class of characters is asked for or refused.
    for typed in [
        "violet kazoo trellis",
        "VIOLETKAZOOTRELLIS",
        "59302 84716 20847 3361",
        "!? %& §/ ^° ~* <> {}",
        "пятый зелёный кактус",
        "正しい馬の電池の留め金が好き",
        "🦊🐝🌵🎺🧊🪁🦉🌶🧭🪵🦔🛶🍋🎲🪐",
        "pmXUavL3hKnQ2wTe",
    ] {
        let outcome = verdict(typed);
        assert!(outcome.is_ok() || typed.chars().count() < SHORTEST, "{typed}: {outcome:?}");
    }
}

#[test]
fn known_passwords_and_phrases_are_refused_however_they_are_dressed_up() {
    // NI-03.
    for typed in [
        "correct horse battery staple",
        "Correct-Horse-Battery-Staple!",
        "CorrectHorseBatteryStaple2026",
        "c0rr3ct h0rs3 b4tt3ry st4pl3",
        "passwordpassword",
        "P@ssw0rdP@ssw0rd",
        "iloveyouforever",
        "1loveyouforever!!",
        "to be or not to be",
        "May the Force be with you",
        "buy low sell high",
        "The trend is your friend.",
        "qwertyuiopasdfghjkl",
        "thisismypassword",
        "ｔｈｉｓｉｓｍｙｐａｓｓｗｏｒｄ",
        "this\u{200b}is my pass\u{ad}word",
        "24!manchesterunited!24",
        "supercalifragilisticexpialidocious",
    ] {
        let outcome = verdict(typed);
        assert!(
            matches!(outcome, Err(NotAccepted::Common | NotAccepted::Sequence | NotAccepted::Repeated)),
            "{typed}: {outcome:?}"
        );
    }
}

#[test]
fn a_few_of_the_commonest_words_and_numbers_are_one_too() {
    for typed in ["Dragon Monkey Sunshine", "password 1985 master", "letmein welcome 07", "Superman 1985 1207"] {
        assert_eq!(verdict(typed), Err(NotAccepted::Common), "{typed}");
    }
    assert_eq!(verdict("dragon monkey trellis kazoo"), Ok(()));
}

#[test]
fn what_repeats_itself_is_refused() {
    for typed in [
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "xk7xk7xk7xk7xk7xk7",
        "kazookazookazoo",
        "trellis9trellis9",
        "aabbaabbccaabbccdda",
    ] {
        assert_eq!(verdict(typed), Err(NotAccepted::Repeated), "{typed}");
    }
    assert_eq!(verdict("violet kazoo trellis violet kazoo trellis"), Ok(()), "15 characters are enough by themselves");
}

#[test]
fn sequences_and_walks_over_the_keyboard_are_refused() {
    for typed in [
        "abcdefghijklmnop",
        "ponmlkjihgfedcba",
        "1234567890123456",
        "qwertzuiopasdfgh",
        "1qaz2wsx3edc4rfv",
        "!QAZ@WSX#EDC$RFV",
        "zaq12wsxcde34rfv",
        "asdfghjkl123456789",
        "abcdefg hijklmn 7654321",
        "poiuytrewqlkjhgfdsa",
        "azertyuiopqsdfghjklm",
        "aaaaabbbbbcccccddddd11111",
    ] {
        let outcome = verdict(typed);
        assert_eq!(outcome, Err(NotAccepted::Sequence), "{typed}");
    }
}

#[test]
fn what_is_about_the_user_the_broker_or_the_product_is_refused() {
    // NI-03: words of the context.
    for typed in [
        "MayaChenMayaChen1",
        "maya chen 12 03 85",
        "maya.c85maya.c85!",
        "Portreeve20261122",
        "portreeve-maya-chen",
        "interactivebrokers",
        "Interactive Brokers!!!7",
        "P0rtr33v3 m4y4 ch3n",
        "xx-chen-maya-portreeve-yy",
        "mayac85 password 12",
    ] {
        let outcome = verdict(typed);
        assert!(matches!(outcome, Err(NotAccepted::AboutYou | NotAccepted::Common)), "{typed}: {outcome:?}");
    }
    assert_eq!(verdict("maya rows past the trellis"), Ok(()), "a name in a phrase is no fault");
    assert!(Password::chosen("xx-chen-mayo-trellis", &[]).is_ok());
}

#[test]
fn a_refusal_says_what_to_do_and_repeats_nothing_of_the_password() {
    let error = verdict("Dragon Monkey Sunshine").unwrap_err().to_string();
    assert!(error.contains("take words that do not belong together"));
    assert!(!error.to_lowercase().contains("dragon"));
    assert!(verdict("violet").unwrap_err().to_string().starts_with("it has 6 characters and needs at least 15"));
    assert_eq!(format!("{:?}", Password::offered("violet kazoo").unwrap()), "Password");
}

#[test]
fn odd_words_about_the_user_make_nothing_fall_over() {
    let long = "x".repeat(100_000);
    let many = vec!["maya"; 1000];
    for about in [&["", "@", "@@", " ", "é", "a@b@c", "\u{200b}"][..], &[&long], &many] {
        assert!(Password::chosen("violet kazoo trellis", about).is_ok());
    }
}

#[test]
fn no_text_makes_choosing_fall_over() {
    bolero::check!().with_iterations(1000).with_type::<(Vec<u8>, Vec<u8>)>().for_each(|(typed, about)| {
        let (typed, about) = (String::from_utf8_lossy(typed), String::from_utf8_lossy(about));
        let chosen = Password::chosen(&typed, &[&about]);
        assert!(chosen.is_err() || Password::offered(&typed).is_some());
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn what_a_password_manager_makes_is_accepted(typed in "[a-zA-Z0-9!#$%&()*+,./:;<=>?@^_~-]{20,40}") {
        prop_assert_eq!(verdict(&typed), Ok(()));
    }
}
