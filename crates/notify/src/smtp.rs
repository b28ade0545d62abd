//! E-mail by SMTP, through the operator's own server.

use crate::letter::letter;
use crate::{Address, Carrier, Misconfigured, NotSent, Parcel, SecretFrom, carrier};
use async_trait::async_trait;
use kernel::time::Timestamp;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls as LettreTls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use serde::Deserialize;
use std::ffi::OsString;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    Implicit,
    /// Without it nothing is sent: a server that does not offer it is refused.
    Starttls,
    NoneLoopbackOnly,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpSettings {
    pub host: String,
    pub port: Option<u16>,
    pub tls: Tls,
    pub user: Option<String>,
    pub password: Option<SecretFrom>,
    pub from: String,
    /// A certificate file to trust instead of the roots that browsers trust.
    pub ca: Option<PathBuf>,
}

impl SmtpSettings {
    /// What can be judged without the secret.
    pub fn check(&self) -> Result<(), Misconfigured> {
        self.from()?;
        let named = !self.host.is_empty() && !self.host.contains(|c: char| c.is_whitespace() || "/:@".contains(c));
        let numbered = self.host.parse::<IpAddr>().is_ok();
        if !named && !numbered {
            return Err(Misconfigured::stated(format!("smtp host {:?} is no name of a host", self.host)));
        }
        if self.tls == Tls::NoneLoopbackOnly && !is_loopback(&self.host) {
            let why = "without TLS the smtp host is on this machine: say tls = \"implicit\" or \"starttls\"";
            return Err(Misconfigured::stated(why));
        }
        if self.user.is_some() != self.password.is_some() {
            return Err(Misconfigured::stated("smtp user and password go together"));
        }
        Ok(())
    }

    /// As it is told: where, and how it is protected.
    pub fn place(&self) -> String {
        let tls = match self.tls {
            Tls::Implicit => "TLS",
            Tls::Starttls => "STARTTLS",
            Tls::NoneLoopbackOnly => "no TLS, on this machine",
        };
        format!("{}:{} ({tls})", self.host, self.port())
    }

    fn port(&self) -> u16 {
        let usual = match self.tls {
            Tls::Implicit => 465,
            Tls::Starttls => 587,
            Tls::NoneLoopbackOnly => 25,
        };
        self.port.unwrap_or(usual)
    }

    fn from(&self) -> Result<Mailbox, Misconfigured> {
        let wrong = || Misconfigured::stated(format!("smtp from {:?} is no address", self.from));
        if self.from.contains(char::is_control) {
            return Err(wrong());
        }
        self.from.parse().map_err(|_| wrong())
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

pub struct Smtp {
    from: Mailbox,
    transport: AsyncSmtpTransport<Tokio1Executor>,
    limit: Duration,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Smtp")
    }
}

impl Smtp {
    /// `variable` reads the environment.
    pub fn open(settings: &SmtpSettings, variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, Misconfigured> {
        settings.check()?;
        let from = settings.from()?;
        let tls = match settings.tls {
            Tls::NoneLoopbackOnly => LettreTls::None,
            Tls::Implicit => LettreTls::Wrapper(parameters(settings)?),
            Tls::Starttls => LettreTls::Required(parameters(settings)?),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.host)
            .port(settings.port())
            .hello_name(ClientId::Domain(from.email.domain().to_owned()))
            .timeout(Some(LIMIT))
            .tls(tls);
        if let (Some(user), Some(password)) = (&settings.user, &settings.password) {
            let password = password.read(variable)?;
            builder = builder.credentials(Credentials::new(user.clone(), password.as_str().to_owned()));
        }
        Ok(Self { from, transport: builder.build(), limit: LIMIT })
    }
}

fn parameters(settings: &SmtpSettings) -> Result<TlsParameters, Misconfigured> {
    let wrong = |why: String| Misconfigured::stated(format!("smtp: {why}"));
    let mut builder = TlsParameters::builder(settings.host.clone());
    builder = match &settings.ca {
        None => builder.certificate_store(CertificateStore::WebpkiRoots),
        Some(path) => {
            let at = |why: String| wrong(format!("ca {}: {why}", path.display()));
            let pem = std::fs::read(path).map_err(|why| at(why.to_string()))?;
            let certificate = Certificate::from_pem(&pem).map_err(|why| at(why.to_string()))?;
            builder.certificate_store(CertificateStore::None).add_root_certificate(certificate)
        }
    };
    builder.build_rustls().map_err(|why| wrong(why.to_string()))
}

#[async_trait]
impl Carrier for Smtp {
    async fn send(&self, to: &str, parcel: &Parcel, _: Timestamp) -> Result<(), NotSent> {
        let to = Address::parse(to).map_err(|why| NotSent::Never(why.to_string()))?;
        let letter = letter(&self.from, &to, parcel)?;
        let late = |_| NotSent::Later("the mail server did not answer in time".to_owned());
        let sent = tokio::time::timeout(self.limit, self.transport.send(letter)).await.map_err(late)?;
        sent.map(drop).map_err(|error| {
            let why = carrier::told(&error.to_string());
            // Of this mailbox, for good; a no to our password or our pace may be another one tomorrow.
            let mailbox = error.status().is_some_and(|code| ["550", "551", "553"].contains(&code.to_string().as_str()));
            if mailbox { NotSent::Never(why) } else { NotSent::Later(why) }
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn settings(host: &str, tls: Tls) -> SmtpSettings {
        let from = "Portreeve <gate@trade.example>".to_owned();
        SmtpSettings { host: host.into(), port: None, tls, user: None, password: None, from, ca: None }
    }

    #[test]
    fn without_tls_the_server_is_on_this_machine() {
        for host in ["127.0.0.1", "localhost", "::1"] {
            assert!(settings(host, Tls::NoneLoopbackOnly).check().is_ok(), "{host}");
        }
        for host in ["mail.example.com", "10.0.0.1", "localhost.example.com"] {
            assert!(settings(host, Tls::NoneLoopbackOnly).check().is_err(), "{host}");
            assert!(settings(host, Tls::Starttls).check().is_ok(), "{host}");
        }
    }

    #[test]
    fn half_a_login_and_a_crooked_sender_are_refused() {
        let mut half = settings("mail.example.com", Tls::Implicit);
        half.user = Some("gate".into());
        assert!(half.check().is_err());
        for from in ["", "gate", "a@b\r\nBcc: c@d.example", "gate@"] {
            let mut crooked = settings("mail.example.com", Tls::Implicit);
            crooked.from = from.into();
            assert!(crooked.check().is_err(), "{from:?}");
        }
        for host in ["", "a b", "a/b", "smtp://mail"] {
            assert!(settings(host, Tls::Implicit).check().is_err(), "{host:?}");
        }
    }

    #[test]
    fn each_way_has_its_usual_port() {
        assert_eq!(settings("mail.example.com", Tls::Implicit).place(), "mail.example.com:465 (TLS)");
        assert_eq!(settings("mail.example.com", Tls::Starttls).place(), "mail.example.com:587 (STARTTLS)");
    }
}
