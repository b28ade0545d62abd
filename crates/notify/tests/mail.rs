//! E-mail, as a real SMTP server takes it.

use crate::receiver::{Certificate, NOW, Receiver, parcel};
use notify::{Carrier, NotSent, SecretFrom, Smtp, SmtpSettings, Tls};
use std::ffi::OsString;

fn settings(port: u16, tls: Tls) -> SmtpSettings {
    SmtpSettings {
        host: "localhost".into(),
        port: Some(port),
        tls,
        user: None,
        password: None,
        from: "Portreeve <gate@trade.example>".into(),
        ca: None,
    }
}

fn password(_: &str) -> Option<OsString> {
    Some("correct horse".into())
}

#[tokio::test]
async fn a_letter_arrives_whole_and_a_repeated_one_bears_the_same_message_id() {
    let mut server = Receiver::start(&["smtp"]);
    let smtp = Smtp::open(&settings(server.port, Tls::NoneLoopbackOnly), password).unwrap();
    smtp.send("mary@example.com", &parcel(1), NOW).await.unwrap();
    smtp.send("mary@example.com", &parcel(1), NOW).await.unwrap();
    let (first, again) = (server.next(), server.next());
    assert_eq!(first["to"][0], "mary@example.com");
    assert_eq!(first["from"], "gate@trade.example");
    assert_eq!(first["message_id"], "<ntc_00000000000000000000000000000001@trade.example>");
    assert_eq!(first["message_id"], again["message_id"]);
    assert_eq!(first["subject"], "A sign-in");
    let (plain, html) = (first["plain"].as_str().unwrap(), first["html"].as_str().unwrap());
    for text in [plain, html] {
        assert!(text.contains("\u{201c}Firefox on Linux\u{201d}"), "{text}");
        assert!(text.contains("https://trade.example/devices"), "{text}");
    }
}

#[tokio::test]
async fn what_the_server_puts_off_goes_later_and_what_it_refuses_never_does() {
    let mut server = Receiver::start(&["smtp", "--busy", "1"]);
    let smtp = Smtp::open(&settings(server.port, Tls::NoneLoopbackOnly), password).unwrap();
    let put_off = smtp.send("mary@example.com", &parcel(1), NOW).await;
    assert!(matches!(put_off, Err(NotSent::Later(why)) if why.contains("451")));
    assert_eq!(server.next()["put_off"][0], "mary@example.com");
    smtp.send("mary@example.com", &parcel(1), NOW).await.unwrap();
    assert_eq!(server.next()["subject"], "A sign-in");
    let refused = smtp.send("nobody@example.com", &parcel(2), NOW).await;
    assert!(matches!(refused, Err(NotSent::Never(why)) if why.contains("550")));
    drop(server);
    let down = smtp.send("mary@example.com", &parcel(3), NOW).await;
    assert!(matches!(down, Err(NotSent::Later(_))));
}

#[tokio::test]
async fn with_tls_only_the_server_that_was_meant_gets_the_password() {
    for (tls, word) in [(Tls::Implicit, "implicit"), (Tls::Starttls, "starttls")] {
        let own = Certificate::make(&format!("smtp-{word}"));
        let mut arguments = vec!["smtp", "--tls", word, "--certificate", &own.certificate, "--key", &own.key];
        if tls == Tls::Starttls {
            arguments.extend(["--login", "gate:correct horse"]);
        }
        let mut server = Receiver::start(&arguments);
        let mut asked = settings(server.port, tls);
        if tls == Tls::Starttls {
            (asked.user, asked.password) = (Some("gate".into()), Some(SecretFrom::Env("X".into())));
        }
        let stranger = Smtp::open(&asked, password).unwrap().send("mary@example.com", &parcel(1), NOW).await;
        assert!(matches!(stranger, Err(NotSent::Later(_))), "{word}: a certificate that nobody vouches for");
        asked.ca = Some(own.certificate.clone().into());
        Smtp::open(&asked, password).unwrap().send("mary@example.com", &parcel(2), NOW).await.unwrap();
        let came = server.next();
        assert_eq!(came["tls"], true, "{word}");
        assert_eq!(came["login"], tls == Tls::Starttls, "{word}");
    }
}

#[tokio::test]
async fn a_server_that_offers_no_starttls_gets_nothing() {
    let server = Receiver::start(&["smtp"]);
    let smtp = Smtp::open(&settings(server.port, Tls::Starttls), password).unwrap();
    let sent = smtp.send("mary@example.com", &parcel(1), NOW).await;
    assert!(matches!(sent, Err(NotSent::Later(_))), "{sent:?}");
}
