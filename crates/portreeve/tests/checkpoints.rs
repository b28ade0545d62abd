//! Checkpoints outside: what a real server sends and writes away finds afterwards what was done to its journal.

use crate::metrics::get;
use crate::notices::{Receiver, SECRET};
use crate::served::{Home, PATIENCE, Served, ask, portreeve, tell, two_free_ports};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A journal with something more in it, and no server.
fn left_behind(home: &Home, verb: &str) {
    let server = Served::start(home.data());
    assert_eq!(server.ask(&format!("{verb} --customer")).code, 0);
    server.kill();
}

fn copied(data: &Path, to: PathBuf) -> PathBuf {
    std::fs::create_dir(&to).unwrap();
    for name in ["portreeve.db", "portreeve.db-wal", "journal.key"] {
        if data.join(name).exists() {
            std::fs::copy(data.join(name), to.join(name)).unwrap();
        }
    }
    to
}

/// Until it holds, or the time is over.
fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn what_came_by_file_mail_and_webhook_finds_a_journal_that_was_cut_or_written_anew() {
    let home = Home::new();
    left_behind(&home, "kill");
    let earlier = copied(&home.data(), home.0.join("earlier"));
    left_behind(&home, "release");
    let (mut mail, mut hook) = (Receiver::told(&["smtp"]), Receiver::told(&["webhook", "--secret", SECRET]));
    // On the disk of the data directory it is not made by itself.
    let file = home.file("kept", "");
    let text = format!(
        "[notify.smtp]\nhost = \"localhost\"\nport = {}\ntls = \"none-loopback-only\"\nfrom = \"gate@trade.example\"\n\
         [checkpoints]\nfile = \"{file}\"\nemail = \"mary@example.com\"\nevery = \"10m\"\n\
         webhook = {{ name = \"witness\", url = \"http://127.0.0.1:{}/in\", secret = {{ env = \"HOOK\" }} }}\n",
        mail.port, hook.port
    );
    let config = home.file("serve.toml", &text);
    let told = portreeve(&["config", "check", &config, "--json"]).json();
    assert_eq!(told["config"]["checkpoints"][1], "by e-mail to m…@example.com", "{told}");
    let served = Served::with(home.data(), &["--config", &config], &[("HOOK", SECRET)]);
    let letter = mail.next();
    assert_eq!((&letter["to"][0], &letter["from"]), (&"mary@example.com".into(), &"gate@trade.example".into()));
    let posted = loop {
        let posted = hook.next();
        assert_eq!(posted["status"], 204, "{posted}");
        if posted["event"]["type"] == "journal_checkpoint" {
            break posted["event"]["data"].clone();
        }
    };
    until("the file is written", || served.ask(&format!("journal verify --checkpoint {file}")).code == 0);
    served.kill();
    let plain = letter["plain"].as_str().unwrap();
    let attached = letter["attached"]["checkpoint.txt"].as_str().unwrap();
    assert_eq!(attached, posted["checkpoint"].as_str().unwrap());
    let size: u64 = attached.lines().nth(1).unwrap().parse().unwrap();
    assert!(letter["subject"].as_str().unwrap().ends_with(&format!(": {size} events")), "{letter}");
    let kept = [
        home.file("attached", attached),
        home.file("letter", plain),
        home.file("unix", &plain.replace('\r', "")),
        file,
    ];
    let key = plain.split(" --key ").nth(1).unwrap().split_whitespace().next().unwrap();
    // The journal of another day with the same key, and longer: whoever has the machine could sign it.
    let anew = Home::new();
    let first = Served::start(anew.data());
    first.kill();
    std::fs::copy(home.data().join("journal.key"), anew.data().join("journal.key")).unwrap();
    drop(std::fs::remove_file(anew.data().join("checkpoint")));
    let other = Served::start(anew.data());
    until("it has more events than the other", || {
        assert_eq!(other.ask("kill --customer").code + other.ask("release --customer").code, 0);
        other.ask("status").json()["journal"]["size"].as_u64() > Some(size)
    });
    let own = home.0.join("own").display().to_string();
    assert_eq!(other.ask(&format!("journal checkpoint --out {own}")).code, 0);
    other.kill();
    assert_eq!(ask(&anew.data(), &format!("journal verify --checkpoint {own}")).code, 0);
    // What fits it is no help where an earlier one does not.
    let text = [&kept[3], &own].map(|file| std::fs::read_to_string(file).unwrap()).concat();
    let refused = ask(&anew.data(), &format!("journal verify --checkpoint {}", home.file("two", &text)));
    let refused = refused.refused(3, "journal_broken");
    assert!(refused["text"].as_str().unwrap().contains(&format!("the first {size} events are not those")), "{refused}");
    for file in &kept {
        let verify = format!("journal verify --checkpoint {file}");
        let told = ask(&home.data(), &verify).json();
        assert_eq!((told["sound"].as_bool(), told["checkpoint"].as_u64()), (Some(true), Some(size)), "{file}: {told}");
        let refused = ask(&earlier, &verify).refused(3, "journal_broken");
        assert!(refused["text"].as_str().unwrap().contains("its end was cut off"), "{file}: {refused}");
        let refused = ask(&anew.data(), &verify).refused(3, "journal_broken");
        assert!(refused["text"].as_str().unwrap().contains("are not those of the checkpoint"), "{file}: {refused}");
        // Without the key of the machine: the one that came with the first letter.
        let keyed = format!("{verify} --key {key}");
        assert_eq!(ask(&home.data(), &keyed).code, 0);
        std::fs::remove_file(home.data().join("journal.key")).unwrap_or_default();
        assert_eq!(ask(&home.data(), &keyed).code, 0, "{file}");
        std::fs::copy(earlier.join("journal.key"), home.data().join("journal.key")).unwrap();
    }
    // One of several that was altered is told, and the others hold.
    let whole = std::fs::read_to_string(&kept[3]).unwrap();
    let altered = whole.replacen(&format!("\n{size}\n"), &format!("\n{}\n", size + 1), 1);
    let both = home.file("both", &format!("{altered}{whole}"));
    let verify = format!("journal verify --checkpoint {both}");
    let refused = ask(&home.data(), &verify).refused(3, "checkpoint_not_valid");
    assert!(refused["not_of_this_key"] == serde_json::json!([1, 6]), "{refused}");
    let told = tell(&home.data(), &format!("{verify} --pass-over"));
    assert!(told.code == 0 && told.out.contains("altered") && told.out.contains("line 1, 6"), "{told:?}");
    // Cut within the dash's bytes, and gone on with.
    let at = whole.find('\u{2014}').unwrap() + 1;
    let torn = home.0.join("torn");
    std::fs::write(&torn, [&whole.as_bytes()[..at], b"\n\n", whole.as_bytes()].concat()).unwrap();
    let verify = format!("journal verify --pass-over --checkpoint {}", torn.display());
    assert_eq!(ask(&home.data(), &verify).json()["not_of_this_key"], serde_json::json!([1]));
    let alone = home.file("alone", &altered);
    ask(&home.data(), &format!("journal verify --checkpoint {alone}")).refused(3, "checkpoint_not_valid");
}

#[test]
fn what_a_webhook_wants_no_more_is_listed_counted_and_tried_once_more() {
    let (home, port) = (Home::new(), two_free_ports());
    let mut hook = Receiver::told(&["webhook", "--secret", SECRET]);
    let text = format!(
        "[checkpoints]\nwebhook = {{ name = \"witness\", url = \"http://127.0.0.1:{}/gone\", secret = {{ env = \"HOOK\" }} }}\n",
        hook.port
    );
    let config = home.file("serve.toml", &text);
    let near = format!("127.0.0.1:{port}");
    let served = Served::with(home.data(), &["--config", &config, "--metrics", &near], &[("HOOK", SECRET)]);
    let first = hook.next();
    assert_eq!(first["status"], 410);
    until("it is given up", || served.ask("notices dead").json()[0]["id"] == first["id"]);
    let dead = served.ask("notices dead").json()[0].clone();
    assert_eq!((&dead["carrier"], &dead["why"]), (&"webhook:witness".into(), &"refused".into()));
    for sample in ["portreeve_checkpoints_dead 1", "portreeve_outbox_waiting{of=\"notices\"} 0"] {
        until(sample, || get(port, "/metrics").2.contains(&format!("\n{sample}\n")));
    }
    let size = served.ask("status").json()["journal"]["size"].clone();
    assert_eq!(served.tell(&format!("notices retry {}", dead["id"].as_str().unwrap())).code, 0);
    assert_eq!(hook.next()["id"], first["id"]);
    // None of it is an event: else each hour's failure would make the next checkpoint.
    assert_eq!(served.ask("status").json()["journal"]["size"], size);
    served.ask("notices retry ntc_00000000000000000000000000").refused(3, "notice_not_found");
}

#[test]
fn a_file_that_cannot_be_written_is_told_and_stops_nothing() {
    let (home, port) = (Home::new(), two_free_ports());
    let place = home.0.join("not-mounted");
    let config = home.file("serve.toml", &format!("[checkpoints]\nfile = \"{}\"\n", place.join("kept").display()));
    let near = format!("127.0.0.1:{port}");
    let served = Served::told(home.data(), &["--config", &config, "--metrics", &near]);
    served.says("no checkpoint could be added to the file outside");
    let failing = "portreeve_checkpoints_outside_failing{of=\"file\"} 1";
    until("the metrics say it", || get(port, "/metrics").2.contains(failing));
    until("it is ready all the same", || get(port, "/readyz").0 == 200);
    assert_eq!(served.ask("kill --customer").json()["durable"], true);
}

#[test]
fn a_configuration_that_would_prove_nothing_is_no_start() {
    let home = Home::new();
    let inside = home.data().join("kept").display().to_string();
    let (data, file) = (home.data().display().to_string(), format!("[checkpoints]\nfile = \"{inside}\"\n"));
    let config = home.file("inside.toml", &file);
    let served = portreeve(&["serve", "--data", &data, "--config", &config]);
    assert!(served.code == 3 && served.err.contains("in the data directory"), "{served:?}");
    let text = "[checkpoints]\nwebhook = { name = \"w\", url = \"https://w.example/\", secret = { env = \"NONE\" } }\n";
    let config = home.file("secret.toml", text);
    let served = portreeve(&["serve", "--data", &data, "--config", &config]);
    assert!(served.code == 1 && served.err.contains("the secret NONE"), "{served:?}");
}
