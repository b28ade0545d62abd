//! `portreeve config check`, and what `serve --config` makes of a bad file.

use crate::served::{Home, portreeve};

#[test]
fn a_sound_file_is_told_as_it_is_understood() {
    let home = Home::new();
    let text = "data = \"here\"\ntws = \"127.0.0.1:4300\"\nvenue = \"tws://127.0.0.1:4002\"\nseed = 7\nhours = \"exchange\"\nlog = \"info\"\n";
    let checked = portreeve(&["config", "check", &home.file("sound.toml", text), "--json"]);
    let told = checked.json();
    assert_eq!((checked.code, &told["config"]["tws"]), (0, &"127.0.0.1:4300".into()));
    assert_eq!((&told["config"]["venue"], &told["config"]["seed"]), (&"tws://127.0.0.1:4002".into(), &7.into()));
}

#[test]
fn what_is_wrong_is_pointed_at_by_line_and_column() {
    let home = Home::new();
    for (text, line, column) in [
        ("seed = 7\nleverage = 3\n", 2, 1),
        ("\n\ntws = \"0.0.0.0:4100\"\n", 3, 7),
        ("venue = \"live\"\n", 1, 9),
        ("hours = \"never\"\n", 1, 9),
        ("seed = -1\n", 1, 8),
        ("seed = 7\nseed = 8\n", 2, 1),
        ("data = [\n", 1, 9),
    ] {
        let file = home.file("wrong.toml", text);
        let refusal = portreeve(&["config", "check", &file, "--json"]).refused(3, "config_malformed");
        assert_eq!((refusal["line"].as_u64(), refusal["column"].as_u64()), (Some(line), Some(column)), "{refusal}");
        assert!(refusal["text"].as_str().unwrap().contains(&format!(":{line}:{column}: ")), "{refusal}");
        let data = home.data().display().to_string();
        assert_eq!(portreeve(&["serve", "--data", &data, "--config", &file]).code, 3);
        assert!(!home.data().exists());
    }
    assert_eq!(portreeve(&["config", "check", "nowhere.toml"]).code, 2);
    assert_eq!(portreeve(&["config", "check"]).code, 2);
}

#[test]
fn a_name_with_a_port_is_told_to_be_the_portal_s_alone() {
    let home = Home::new();
    let told = |origin: &str| {
        let file = home.file("origin.toml", &format!("[portal]\norigin = \"{origin}\"\ntls = {{ local_ca = true }}\n"));
        portreeve(&["config", "check", &file]).out
    };
    assert!(told("https://trade.example:8443").contains("The name trade.example must be the portal's alone"));
    let own = told("https://trade.example");
    assert!(own.contains("is sound") && !own.contains("alone"), "{own}");
}

#[test]
fn prices_to_replay_are_read_before_anything_is_served_and_refused_by_line() {
    let home = Home::new();
    let rows = |last: &str| format!("time,symbol,bid,ask,last\n2026-11-24T14:00:00Z,AAPL,230.00,230.02,{last}\n");
    let (good, bad) = (home.file("good.csv", &rows("")), home.file("bad.csv", &rows("230.005")));
    let config = |name: &str, file: &str| home.file(name, &format!("prices = {file:?}\n"));
    let (good, wrong) = (config("good.toml", &good), config("wrong.toml", &bad));
    let told = portreeve(&["config", "check", &good, "--json"]).json();
    assert!(told["config"]["prices"].as_str().unwrap().ends_with("good.csv"), "{told}");
    let data = home.data().display().to_string();
    let bad = ["--prices", bad.as_str()];
    for words in [
        &["config", "check", &wrong][..],
        &["serve", "--data", &data, "--config", &wrong],
        &["serve", "--data", &data, bad[0], bad[1]],
        &["paper", "--data", &data, "--listen", "127.0.0.1:1", bad[0], bad[1]],
    ] {
        let said = portreeve(words);
        assert!(said.code == 2 && said.err.contains("bad.csv: line 2: \"230.005\" is no multiple"), "{}", said.err);
    }
    let upstream = portreeve(&["serve", "--data", &data, "--config", &good, "--venue", "tws://127.0.0.1:4002"]);
    assert!(upstream.code == 2 && upstream.err.contains("a venue tells its own"), "{}", upstream.err);
    assert!(!home.data().exists());
}
