//! The local CA: made at the first start, kept, good for one name, and its key for nobody else.

use super::clients::{Got, both_get, both_refuse, curl, speaks_at_most};
use super::{HOST, Portal};
use crate::served::{Home, ask, tell};
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyPair, PKCS_ECDSA_P256_SHA256};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const LOCAL: &str = "[portal.tls]\nlocal_ca = true";

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Where its certificate is, and its SHA-256.
fn told(data: &Path) -> (String, String) {
    let told = ask(data, "portal ca").json();
    let one = told["authorities"][0].clone();
    assert_eq!((told["authorities"].as_array().unwrap().len(), one["name"].as_str()), (1, Some(HOST)), "{told}");
    let text = |name: &str| one[name].as_str().unwrap().to_owned();
    (text("certificate"), text("sha256"))
}

#[test]
fn the_local_ca_is_made_once_and_whoever_installs_it_gets_the_page() {
    let home = Home::new();
    let portal = Portal::start(&home, "data", HOST, LOCAL);
    let data = portal.served.data.clone();
    let (ca, sha256) = told(&data);
    both_get(&ca, HOST, portal.port);
    let versions = ["1.1", "1.2"].map(|version| speaks_at_most(version, &ca, HOST, portal.port));
    assert_eq!(versions, [false, true]);
    both_refuse(&ca, "trade.example.evil", portal.port, &["no alternative certificate subject name", "mismatch"]);
    let Got::Page { text, .. } = curl(&ca, HOST, portal.port, "/origins") else { panic!("no page") };
    let text = text.replace("<wbr>", "");
    assert!(text.contains(&sha256) && text.contains(&format!("https://{HOST}:{}", portal.port)), "{text}");
    let own = Path::new(&ca).parent().unwrap();
    assert_eq!((mode(&own.join("ca.key")), mode(own)), (0o600, 0o700));
    let key = std::fs::read_to_string(own.join("ca.key")).unwrap();
    let words = tell(&data, "portal ca").out;
    assert!(words.contains(&sha256) && !words.contains(key.lines().nth(1).unwrap()), "{words}");
    let printed = portal.served.kill();
    assert!(printed.contains(&ca) && printed.contains("Your passkey will belong to trade.example.test"), "{printed}");
    // The next start finds it, and signs anew.
    let again = Portal::start(&home, "data", HOST, LOCAL);
    assert_eq!(told(&data), (ca.clone(), sha256));
    both_get(&ca, HOST, again.port);
}

#[test]
fn what_the_local_ca_signs_for_another_name_is_refused_by_those_who_trust_it() {
    let home = Home::new();
    let portal = Portal::start(&home, "data", HOST, LOCAL);
    let (ca, _) = told(&portal.served.data);
    let key = std::fs::read_to_string(Path::new(&ca).with_extension("key")).unwrap();
    // As whoever took the key would do it: with the CA's own name, as its certificate has it.
    let key = KeyPair::from_pem(&key).unwrap();
    let mut issuer = CertificateParams::default();
    issuer.distinguished_name = subject(&ca);
    issuer.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = issuer.self_signed(&key).unwrap();
    for (host, passes) in [("other.example.test", false), (HOST, true)] {
        let own = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let leaf = CertificateParams::new(vec![host.to_owned()]).unwrap().signed_by(&own, &issuer, &key).unwrap();
        let (certificate, key) = (home.file("leaf.pem", &leaf.pem()), home.file("leaf.key", &own.serialize_pem()));
        let keys = format!("[portal.tls]\ncertificate = \"{certificate}\"\nkey = \"{key}\"");
        let other = Portal::start(&home, &format!("data-{passes}"), host, &keys);
        match passes {
            true => both_get(&ca, host, other.port),
            false => both_refuse(&ca, host, other.port, &["permitted subtree violation"]),
        }
    }
}

/// The organisation and the common name that stand in it.
fn subject(certificate: &str) -> DistinguishedName {
    let told = std::process::Command::new("openssl")
        .args(["x509", "-noout", "-subject", "-nameopt", "multiline,utf8", "-in", certificate])
        .output()
        .unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    let value = |name: &str| told.lines().find_map(|line| line.trim().strip_prefix(name)?.split_once("= ")).unwrap().1;
    let mut subject = DistinguishedName::new();
    subject.push(DnType::OrganizationName, value("organizationName"));
    subject.push(DnType::CommonName, value("commonName"));
    subject
}

#[test]
fn a_local_ca_without_its_key_is_never_replaced_in_silence() {
    let home = Home::new();
    let portal = Portal::start(&home, "data", HOST, LOCAL);
    let (ca, sha256) = told(&portal.served.data);
    let (data, key) = (portal.served.data.clone(), Path::new(&ca).with_extension("key"));
    let before = std::fs::read_to_string(&key).unwrap();
    portal.served.kill();
    // Trading goes on, and nothing is served in its place.
    let start = || {
        let portal = Portal::start(&home, "data", HOST, LOCAL);
        portal.served.says("the portal is not opened");
        assert!(std::net::TcpStream::connect(("127.0.0.1", portal.port)).is_err());
        portal.served.kill()
    };
    std::fs::write(&key, KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap().serialize_pem()).unwrap();
    assert!(start().contains("not its own"));
    std::fs::remove_file(&key).unwrap();
    assert!(start().contains("the local CA's key is gone"));
    assert_eq!(told(&data).1, sha256);
    std::fs::write(&key, before).unwrap();
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
    assert!(start().contains("chmod 600"));
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o600)).unwrap();
    both_get(&ca, HOST, Portal::start(&home, "data", HOST, LOCAL).port);
}

#[test]
fn a_local_ca_that_is_made_later_is_told_of_too() {
    let home = Home::new();
    Portal::start(&home, "data", HOST, LOCAL).served.kill();
    let another = Portal::start(&home, "data", "other.example.test", LOCAL);
    let told = another.served.kill();
    assert!(told.contains("other.example.test/ca.pem") && told.contains("SHA-256"), "{told}");
}
