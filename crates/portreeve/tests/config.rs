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
