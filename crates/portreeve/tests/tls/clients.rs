//! Two clients that nobody here wrote, curl and Python's own, both with verification on.

use std::process::Command;

/// What a client got, or why it would not have it.
#[derive(Debug, PartialEq, Eq)]
pub enum Got {
    Page { status: u16, hsts: bool, text: String },
    Refused(String),
}

impl Got {
    pub fn is_page(&self) -> bool {
        matches!(self, Self::Page { status: 200, hsts: true, .. })
    }
    pub fn is_refused_for(&self, why: &[&str]) -> bool {
        matches!(self, Self::Refused(told) if why.iter().any(|why| told.contains(why)))
    }
}

/// curl's exit code for a certificate that does not verify.
const UNVERIFIED: i32 = 60;

pub fn curl(ca: &str, host: &str, port: u16, path: &str) -> Got {
    let resolve = format!("{host}:{port}:127.0.0.1");
    let ended = Command::new("curl")
        .args(["--silent", "--show-error", "--max-time", "20", "--include", "--noproxy", "*"])
        .args(["--cacert", ca, "--resolve", &resolve, &format!("https://{host}:{port}{path}")])
        .output()
        .unwrap();
    match ended.status.code() {
        Some(0) => page(&String::from_utf8_lossy(&ended.stdout)),
        Some(UNVERIFIED) => Got::Refused(String::from_utf8_lossy(&ended.stderr).into_owned()),
        code => panic!("curl ended with {code:?}: {}", String::from_utf8_lossy(&ended.stderr)),
    }
}

/// Whether a client that speaks no newer version gets the page.
pub fn speaks_at_most(version: &str, ca: &str, host: &str, port: u16) -> bool {
    let ended = Command::new("curl")
        .args(["--silent", "--max-time", "20", "--noproxy", "*", "--tls-max", version, "--cacert", ca])
        // What the client itself would not do any more is left to the server.
        .args(["--ciphers", "DEFAULT@SECLEVEL=0", "--resolve", &format!("{host}:{port}:127.0.0.1")])
        .arg(format!("https://{host}:{port}/origins"))
        .output()
        .unwrap();
    assert!([Some(0), Some(35)].contains(&ended.status.code()), "{ended:?}");
    ended.status.success()
}

fn page(text: &str) -> Got {
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let hsts = head.to_lowercase().contains("\r\nstrict-transport-security: max-age=");
    Got::Page { status, hsts, text: body.to_owned() }
}

const PYTHON: &str = r#"
import http.client, socket, ssl, sys
ca, host, port, path = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
context = ssl.create_default_context(cafile=ca)
assert context.verify_mode == ssl.CERT_REQUIRED and context.check_hostname
plain = socket.create_connection(("127.0.0.1", port), timeout=20)
try:
    secured = context.wrap_socket(plain, server_hostname=host)
except ssl.SSLCertVerificationError as error:
    print(error.verify_message)
    sys.exit(60)
asked = http.client.HTTPConnection(host, port)
asked.sock = secured
asked.request("GET", path)
answer = asked.getresponse()
hsts = (answer.getheader("strict-transport-security") or "").startswith("max-age=")
print(answer.status, hsts, secured.getpeercert()["serialNumber"], secured.version())
"#;

/// The serial number of the certificate, where it verified, stands in the text of the page.
pub fn python(ca: &str, host: &str, port: u16, path: &str) -> Got {
    let ended = Command::new("python3").args(["-c", PYTHON, ca, host, &port.to_string(), path]).output().unwrap();
    let told = String::from_utf8_lossy(&ended.stdout).into_owned();
    match ended.status.code() {
        Some(0) => {
            let words: Vec<&str> = told.split_whitespace().collect();
            assert_eq!(words[3], "TLSv1.3", "{told}");
            Got::Page { status: words[0].parse().unwrap(), hsts: words[1] == "True", text: words[2].to_owned() }
        }
        Some(UNVERIFIED) => Got::Refused(told),
        code => panic!("python ended with {code:?}: {}", String::from_utf8_lossy(&ended.stderr)),
    }
}

/// Both get the page.
pub fn both_get(ca: &str, host: &str, port: u16) {
    for client in [curl, python] {
        let got = client(ca, host, port, "/origins");
        assert!(got.is_page(), "{got:?}");
    }
}

/// Both turn away for one of these reasons.
pub fn both_refuse(ca: &str, host: &str, port: u16, why: &[&str]) {
    for client in [curl, python] {
        let got = client(ca, host, port, "/origins");
        assert!(got.is_refused_for(why), "{got:?}");
    }
}
