//! The verbs that ask a running server, their JSON, and their exit codes.

use crate::served::{Home, Served, ask, portreeve};
use serde_json::json;
use std::net::TcpStream;

#[test]
fn the_demo_credentials_are_listed_with_all_that_a_credential_tells() {
    let home = Home::new();
    let server = Served::start(home.data());
    let all = server.ask("credential list").json();
    let demo = &all[0];
    let account = server.account();
    assert!(account.starts_with("DU"));
    assert!(demo["id"].as_str().unwrap().starts_with("cred_"));
    assert_eq!((&demo["name"], &demo["state"], &demo["kill"]), (&json!("demo"), &json!("active"), &json!(false)));
    assert_eq!(demo["scopes"], json!(["account:read", "market:read", "order:submit", "order:cancel"]));
    assert_eq!((&demo["accounts"], &demo["instruments"]), (&json!([account]), &json!(["stock", "etf"])));
    assert_eq!(demo["listen"], format!("127.0.0.1:{}", server.port));
    assert_eq!(demo["limits"], json!({ "order_value": "25000", "day_value": "250000", "approve_above": "10000" }));
    assert!(demo["expires_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(all[1]["listen"], format!("127.0.0.1:{}", server.port + 1));
    let told = server.tell("credential list");
    assert!(told.code == 0 && told.out.starts_with("NAME") && told.out.contains("demo-read"), "{told:?}");
    assert_eq!(server.ask("approval list").json(), json!([]));
    assert_eq!(server.ask("order list --all").json(), json!([]));
}

#[test]
fn a_created_credential_can_be_connected_to_at_once() {
    let home = Home::new();
    let server = Served::start(home.data());
    let words = format!(
        "credential create --name bot --account {} --scope account:read,order:submit --instrument stock --instrument AAPL/USD \
         --limit order_value=1000 --limit day_value=5000 --limit day_count=9 --approve-above 500 --allow market --expires 30d --secret",
        server.account()
    );
    let made = server.ask(&words).json();
    assert_eq!(made["instruments"], json!(["stock", "AAPL/USD"]));
    assert_eq!(
        made["limits"],
        json!({ "order_value": "1000", "day_value": "5000", "day_count": 9, "approve_above": "500" })
    );
    assert_eq!(made["secret"].as_str().unwrap().len(), 64);
    let listen = made["listen"].as_str().unwrap();
    assert!(TcpStream::connect(listen).is_ok(), "{listen}");
    assert_eq!(server.ask("credential revoke bot").json()["state"], "revoked");
    assert!(TcpStream::connect(listen).is_err(), "{listen}");
    server.ask("credential resume bot").refused(3, "credential_revoked");
    server.ask(&format!("credential create --name b --listen 127.0.0.1:{}", server.port)).refused(3, "listener_taken");
}

#[test]
fn limits_are_set_one_by_one_and_removed_with_none() {
    let home = Home::new();
    let server = Served::start(home.data());
    let set = server.ask("limit set demo order_quantity=5 day_count=7 approve_above=none");
    let wanted = json!({ "order_value": "25000", "order_quantity": "5", "day_value": "250000", "day_count": 7 });
    assert_eq!((set.code, set.json()), (0, wanted.clone()));
    assert_eq!(server.ask("limit show demo").json(), wanted);
    assert_eq!(server.ask("limit set demo gearing=2").code, 2);
    server.ask("limit show nobody").refused(3, "credential_not_found");
}

#[test]
fn the_limits_of_an_account_are_set_as_those_of_a_credential() {
    let home = Home::new();
    let server = Served::start(home.data());
    let account = server.account();
    assert_eq!(server.ask(&format!("limit show --account {account}")).json(), json!({}));
    assert!(server.tell(&format!("limit show --account {account}")).out.contains("states no limits"));
    let set = server.ask(&format!("limit set --account {account} order_value=1000.50 day_count=7"));
    assert_eq!((set.code, set.json()), (0, json!({ "order_value": "1000.5", "day_count": 7 })));
    let told = server.tell(&format!("limit set --account {account} day_count=none"));
    assert_eq!(told.out, "order_value  1,000.50 USD\n");
    assert_eq!(server.ask("limit show demo").json()["order_value"], "25000");
    assert!(server.tell("status").out.contains(&format!("{account}: order value 1,000.50 USD")));
    server.ask("limit set --account DU1 day_count=7").refused(3, "account_not_found");
    server.ask("limit show --account DU1").refused(3, "account_not_found");
    for words in [
        "limit set day_count=7",
        "limit set demo",
        "limit set demo day_count=7 day_count=8",
        "limit set --account DU1",
        "limit set --account DU1 demo day_count=7",
        "limit show",
        "limit show demo --account DU1",
    ] {
        assert_eq!(server.ask(words).code, 2, "{words}");
    }
}

#[test]
fn what_holds_where_nothing_is_stated_is_shown_to_a_person() {
    let home = Home::new();
    let server = Served::start(home.data());
    let told = server.tell("limit show demo").out;
    for line in ["order_value          25,000 USD", "day_count            200 (default)"] {
        assert!(told.lines().any(|told| told == line), "{line}: {told}");
    }
    let told = server.tell("limit show demo-read").out;
    assert!(told.contains("order_value          not stated: none is allowed"), "{told}");
}

#[test]
fn the_kill_switch_is_engaged_and_released_by_the_same_words() {
    let home = Home::new();
    let server = Served::start(home.data());
    let account = format!("--account {}", server.account());
    for level in ["--credential demo", &account, "--customer", "--firm"] {
        assert_eq!(server.ask(&format!("kill {level}")).json(), json!({ "engaged": true, "durable": true }));
        assert_eq!(server.ask("credential show demo").json()["kill"], true);
        let listed = server.tell("credential list").out;
        assert!(listed.contains("active, killed") && listed.lines().all(|line| line.len() <= 80), "{listed}");
        assert_eq!(server.ask(&format!("release {level}")).code, 0);
        server.ask(&format!("release {level}")).refused(3, "kill_switch_not_engaged");
    }
    let told = server.tell("diagnose demo");
    assert!(told.out.contains("the kill switch of the credential demo was engaged"), "{told:?}");
    server.ask("diagnose nothing").refused(3, "nothing_recorded");
}

#[test]
fn an_answer_to_what_does_not_wait_is_refused() {
    let home = Home::new();
    let server = Served::start(home.data());
    for verb in ["grant", "refuse", "show"] {
        let words = format!("approval {verb} apr_00000000000000000000000000");
        assert_eq!(server.ask(&words).refused(3, "approval_not_pending")["category"], "guard");
    }
    for verb in ["show", "cancel"] {
        server.ask(&format!("order {verb} ord_00000000000000000000000000")).refused(3, "order_not_open");
    }
}

#[test]
fn words_that_make_no_sense_end_with_2() {
    for words in [
        "kill",
        "kill --firm --customer",
        "sell everything",
        "credential create",
        "credential create --name a --scope order:all",
        "credential create --name a --instrument bonds",
        "credential create --name a --expires yesterday",
        "credential create --name a --limit gearing=2",
        "credential create --name a --approve-above lots",
        "serve --tws 0.0.0.0:4100",
        "serve --venue live",
        "serve --hours never",
        "paper",
    ] {
        let ended = portreeve(&words.split(' ').collect::<Vec<_>>());
        assert_eq!(ended.code, 2, "{words}: {ended:?}");
    }
    assert_eq!(portreeve(&["--help"]).code, 0);
}

#[test]
fn where_no_server_is_it_says_how_to_start_one() {
    let home = Home::new();
    for words in
        ["credential list", "approval list", "kill --firm", "order list", "journal tail", "status", "diagnose x"]
    {
        let refusal = ask(&home.data(), words).refused(4, "no_server");
        assert!(refusal["remedy"].as_str().unwrap().contains("portreeve serve"), "{refusal}");
    }
    let server = Served::start(home.data());
    server.kill();
    let ended = ask(&home.data(), "credential list");
    assert!(ended.refused(4, "no_server")["text"].as_str().unwrap().contains("nobody listens"), "{ended:?}");
}

#[test]
fn the_first_start_explains_and_later_ones_are_quiet() {
    let home = Home::new();
    let first = Served::start(home.data()).kill();
    assert!(first.contains("127.0.0.1") && first.contains("portreeve approval grant"), "{first}");
    assert_eq!(Served::start(home.data()).kill(), "");
}

#[test]
fn a_data_directory_has_one_server() {
    let home = Home::new();
    let _server = Served::start(home.data());
    let data = home.data().display().to_string();
    let second = portreeve(&["serve", "--data", &data]);
    assert!(second.code == 1 && second.err.contains("another process"), "{second:?}");
}
