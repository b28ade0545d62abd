//! Certificate files: served to those who trust their CA, read again when they change, and never a bad pair.

use super::authority::Authority;
use super::clients::{Got, both_get, both_refuse, python};
use super::{HOST, Portal, table};
use crate::served::{Home, portreeve, two_free_ports};

const FILES: &str = "[portal.tls]\ncertificate = \"CERTIFICATE\"\nkey = \"KEY\"";

/// The keys of the configuration for a pair that is written into the home.
fn keys(home: &Home, (certificate, key): &(String, String)) -> String {
    let (certificate, key) = (home.file("certificate.pem", certificate), home.file("key.pem", key));
    FILES.replace("CERTIFICATE", &certificate).replace("KEY", &key)
}

fn serial(ca: &str, port: u16) -> String {
    match python(ca, HOST, port, "/origins") {
        Got::Page { text, .. } => text,
        Got::Refused(why) => panic!("{why}"),
    }
}

#[test]
fn a_pair_is_served_to_those_who_trust_its_ca_under_its_name_in_its_time() {
    let home = Home::new();
    let (ours, other) = (Authority::new("ours"), Authority::new("another"));
    let (ca, strange) = (home.file("ca.pem", &ours.pem()), home.file("other.pem", &other.pem()));
    let portal = Portal::start(&home, "data", HOST, &keys(&home, &ours.leaf(HOST, 2090)));
    both_get(&ca, HOST, portal.port);
    both_refuse(
        &strange,
        HOST,
        portal.port,
        &["unable to get local issuer", "self-signed", "self signed", "signature"],
    );
    both_refuse(&ca, "trade.example.evil", portal.port, &["no alternative certificate subject name", "mismatch"]);
    // Browsers refuse what is out of date; here it is served, and the log says so.
    keys(&home, &ours.leaf(HOST, 2021));
    portal.served.says("does not hold at this time");
    portal.served.says("was read again");
    both_refuse(&ca, HOST, portal.port, &["expired"]);
}

#[test]
fn a_pair_that_is_replaced_on_disk_is_served_without_a_restart_and_a_bad_one_is_not() {
    let home = Home::new();
    let ours = Authority::new("ours");
    let ca = home.file("ca.pem", &ours.pem());
    let (first, second) = (ours.leaf(HOST, 2090), ours.leaf(HOST, 2091));
    let portal = Portal::start(&home, "data", HOST, &keys(&home, &first));
    let before = serial(&ca, portal.port);
    keys(&home, &second);
    portal.served.says("was read again");
    let after = serial(&ca, portal.port);
    assert_ne!(before, after);
    for bad in [
        (first.0.clone(), second.1.clone()),
        ("no certificate".to_owned(), second.1.clone()),
        (second.0.clone(), String::new()),
        ours.leaf("other.example.test", 2090),
    ] {
        keys(&home, &bad);
        portal.served.says("the pair before stays");
        assert_eq!(serial(&ca, portal.port), after);
    }
    std::fs::remove_file(home.0.join("key.pem")).unwrap();
    portal.served.says("the pair before stays");
    assert_eq!(serial(&ca, portal.port), after);
    keys(&home, &first);
    portal.served.says("was read again");
    assert_eq!(serial(&ca, portal.port), before);
}

#[test]
fn a_start_with_a_pair_that_cannot_be_served_is_refused_by_what_is_wrong_with_it() {
    let home = Home::new();
    let ours = Authority::new("ours");
    let (right, another) = (ours.leaf(HOST, 2090), ours.leaf(HOST, 2090));
    let secret = another.1.lines().nth(1).unwrap().to_owned();
    for (pair, why) in [
        ((right.0.clone(), another.1.clone()), "not the one that the certificate is for"),
        ((String::new(), another.1.clone()), "no PEM certificate"),
        ((right.0.clone(), "-----BEGIN PRIVATE KEY-----\n".to_owned()), "no PEM private key"),
        ((another.1.clone(), another.1.clone()), "no PEM certificate"),
        (ours.leaf("other.example.test", 2090), "not for trade.example.test"),
    ] {
        let file = home.file("portal.toml", &table(two_free_ports(), HOST, &keys(&home, &pair)));
        let data = home.data().display().to_string();
        let told = portreeve(&["serve", "--data", &data, "--config", &file, "--json"]);
        let refusal = told.refused(1, "not_done");
        assert!(refusal["text"].as_str().unwrap().contains(why), "{why}: {refusal}");
        assert!(!told.err.contains(&secret) && !told.out.contains(&secret), "a line of the key is told");
    }
}
