//! `serve --store`: one node, no secret anywhere, and refusals that say what to do.

use crate::cluster::Cluster;
use crate::served::{Home, Served, ask, ended, portreeve, two_free_ports};
use std::process::{Command, Stdio};

#[test]
fn a_second_node_does_not_start_on_the_journal_of_the_first_and_one_is_enough_to_remember_where_it_is() {
    let (home, other, url) = (Home::new(), Home::new(), Cluster::shared().url());
    let served = Served::told(home.data(), &["--store", &url]);
    let account = served.account();
    let port = two_free_ports().to_string();
    let second = ["serve", "--tws", &format!("127.0.0.1:{port}"), "--store", &url, "--data"];
    let refused = portreeve(&[&second[..], &[&other.data().display().to_string()]].concat());
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.err.contains("another node writes this journal"), "{refused:?}");
    served.ask("seal rotate").refused(3, "server_runs");
    served.kill();
    for verb in ["journal verify", "journal export"] {
        assert_eq!(ask(&home.data(), verb).code, 0, "{verb} finds it without a word");
    }
    assert_eq!(ask(&home.data(), "seal rotate").code, 0);
    // And so does a start.
    let served = Served::start(home.data());
    assert_eq!(served.account(), account);
    served.kill();
    let moved = format!("{url}x");
    let refused = portreeve(&["serve", "--store", &moved, "--data", &home.data().display().to_string()]);
    assert!(refused.code == 1 && refused.err.contains("is at postgres:///"), "{refused:?}");
    std::fs::write(home.data().join("portreeve.db"), "").unwrap();
    let refused = portreeve(&["serve", "--data", &home.data().display().to_string()]);
    assert!(refused.code == 1 && refused.err.contains("has a journal of its own"), "{refused:?}");
}

/// Whatever is shown of a start that fails or serves: what it logged and printed, and how the system lists it.
const CANARY: &str = "tulip-canary-7731";

#[test]
fn a_password_in_the_url_is_refused_and_never_repeated() {
    let home = Home::new();
    let data = home.data().display().to_string();
    let url = format!("postgres://maya:{CANARY}@localhost/trades");
    let file = home.file("store.toml", &format!("[store]\nurl = \"{url}\"\n"));
    for words in [
        vec!["serve", "--data", &data, "--store", &url],
        vec!["serve", "--data", &data, "--store", &format!("postgres://localhost/trades?password={CANARY}")],
        vec!["serve", "--data", &data, "--config", &file],
        vec!["config", "check", &file],
        vec!["config", "check", &file, "--json"],
    ] {
        let refused = portreeve(&words);
        assert_eq!(refused.code, 2, "{refused:?}");
        let shown = format!("{}{}", refused.out, refused.err);
        assert!(shown.contains("PGPASSFILE") && !shown.contains(CANARY), "{shown}");
    }
    let elsewhere = portreeve(&["serve", "--data", &data, "--store", "postgres://maya@db.example/trades"]);
    assert!(elsewhere.code == 2 && elsewhere.err.contains("TLS to PostgreSQL is not built"), "{elsewhere:?}");
}

#[test]
fn the_password_comes_from_a_file_or_the_environment_and_is_shown_nowhere() {
    let (home, cluster) = (Home::new(), Cluster::shared());
    cluster
        .sql(&format!("CREATE ROLE guarded LOGIN PASSWORD '{CANARY}'; GRANT CREATE ON DATABASE postgres TO guarded"));
    let url = cluster.url().replace("user=postgres", "user=guarded");
    let pass = home.file("pass", &format!("*:*:*:guarded:{CANARY}\n"));
    std::fs::set_permissions(&pass, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let wrong = home.file("wrong", "*:*:*:guarded:not-it\n");
    std::fs::set_permissions(&wrong, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let serve = |name: &str, value: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portreeve"));
        command.args(["serve", "--store", &url, "--data"]).arg(home.data()).env(name, value).stdin(Stdio::null());
        command
    };
    let refused = ended(&mut serve("PGPASSFILE", &wrong));
    assert!(refused.code == 1 && refused.err.contains("password authentication failed"), "{refused:?}");
    assert!(!refused.err.contains("not-it"), "{refused:?}");
    for (name, value) in [("PGPASSFILE", pass.as_str()), ("PGPASSWORD", CANARY)] {
        let served = Served::with(home.data(), &["--store", &url], &[(name, value), ("RUST_LOG", "trace")]);
        let log = served.log_until_now();
        assert!(!log.contains(CANARY), "{log}");
        let printed = served.kill();
        assert!(!printed.contains(CANARY), "{printed}");
    }
    let kept = std::fs::read_to_string(home.data().join("journal.place")).unwrap();
    assert!(kept.contains("guarded") && !kept.contains(CANARY), "{kept}");
}

#[test]
fn a_server_that_is_not_there_or_forgets_is_refused_in_words() {
    let home = Home::new();
    let data = home.data().display().to_string();
    let nowhere = format!("postgres:///db?host={}&user=maya", home.0.display());
    let refused = portreeve(&["serve", "--data", &data, "--store", &nowhere]);
    assert!(refused.code == 1 && refused.err.contains("PostgreSQL"), "{refused:?}");
    let cluster = Cluster::start("-c fsync=off");
    let url = cluster.url();
    let refused = portreeve(&["serve", "--data", &data, "--store", &url]);
    assert!(refused.code == 1 && refused.err.contains("fsync = off"), "{refused:?}");
    assert!(!home.data().join("journal.place").exists(), "a place that was refused is not remembered");
    let file = home.file("store.toml", &format!("[store]\nurl = \"{url}\"\naccept_fsync_off = true\n"));
    assert!(portreeve(&["config", "check", &file]).out.contains(&home_of(&url)));
    Served::told(home.data(), &["--config", &file]).kill();
    // It is remembered for whoever works on what is there, and for no start.
    assert_eq!(ask(&home.data(), "seal rotate").code, 0);
    let (from, to) = (home.data().display().to_string(), home.0.join("copy").display().to_string());
    assert_eq!(portreeve(&["journal", "copy", &from, &to]).code, 0);
    let unsaid = portreeve(&["serve", "--data", &data]);
    assert!(unsaid.code == 1 && unsaid.err.contains("fsync = off"), "{unsaid:?}");
}

/// The directory of the socket, as every form of the URL says it.
fn home_of(url: &str) -> String {
    url.split("host=").nth(1).unwrap().split('&').next().unwrap().to_owned()
}

#[test]
fn a_journal_is_moved_to_postgresql_and_back_and_both_are_compared() {
    let (home, url) = (Home::new(), Cluster::shared().url());
    let served = Served::start(home.data());
    let account = served.account();
    let data = home.data().display().to_string();
    let busy = portreeve(&["journal", "copy", &data, &url]);
    assert!(busy.code == 1 && busy.err.contains("End the server"), "{busy:?}");
    served.kill();
    let copied = portreeve(&["journal", "copy", &data, &url, "--json"]).json();
    let verified = ask(&home.data(), "journal verify").json();
    assert_eq!((&copied["events"], &copied["root"]), (&verified["size"], &verified["root"]));
    let again = portreeve(&["journal", "copy", &data, &url]);
    assert!(again.code == 1 && again.err.contains("empty"), "{again:?}");
    let both = portreeve(&["serve", "--data", &data, "--store", &url]);
    assert!(both.code == 1 && both.err.contains("has a journal of its own"), "{both:?}");
    for old in ["portreeve.db", "portreeve.db-wal", "portreeve.db-shm"] {
        drop(std::fs::remove_file(home.data().join(old)));
    }
    let served = Served::told(home.data(), &["--store", &url]);
    assert_eq!(served.account(), account);
    assert_eq!(served.ask("kill --credential demo").json()["durable"], true);
    served.kill();
    let copied = portreeve(&["journal", "copy", &url, &data]);
    assert!(copied.code == 0 && copied.out.contains("row by row"), "{copied:?}");
    std::fs::remove_file(home.data().join("journal.place")).unwrap();
    let served = Served::start(home.data());
    assert_eq!(served.account(), account);
    assert!(served.ask("status").out.contains("kill"));
    served.kill();
    assert_eq!(ask(&home.data(), "journal verify").json()["sound"], true);
    let secret = portreeve(&["journal", "copy", &data, &format!("postgres://maya:{CANARY}@localhost/trades")]);
    assert!(secret.code == 2 && !format!("{secret:?}").contains(CANARY), "{secret:?}");
}
