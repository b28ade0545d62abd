//! Where a PostgreSQL journal is: read strictly from a URL, never with a password in it.

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use url::Url;

const PORT: u16 = 5432;
const SCHEMA: &str = "portreeve";
/// PostgreSQL cuts longer names at 63; some room is left for what is made of it.
const LONGEST_SCHEMA: usize = 40;

/// A database and the schema in it that holds the journal. It holds no secret: a password comes from the
/// environment (PGPASSWORD, PGPASSFILE) each time it connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostgresPlace {
    host: Host,
    port: u16,
    user: String,
    database: String,
    schema: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    Loopback(String),
    Socket(PathBuf),
}

/// Why a URL names no place; none of them repeats what may be secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPlace {
    #[error("this is not a PostgreSQL URL: say postgres://USER@localhost/DATABASE or postgres:///DATABASE?host=/DIR")]
    NotAUrl,
    #[error("a password does not belong into the URL, where others can read it: use PGPASSFILE or PGPASSWORD")]
    Password,
    #[error("{0:?} in the URL is not understood: host (a directory), port, user and schema are")]
    Parameter(String),
    #[error("TLS to PostgreSQL is not built: use localhost, a socket or a tunnel that ends there")]
    Tls,
    #[error("{0} is off this machine, and TLS to PostgreSQL is not built: use localhost, a socket or a tunnel")]
    OffLoopback(String),
    #[error("the URL says no host: say localhost, or the directory of the socket as ?host=/DIR")]
    NoHost,
    #[error("the URL says no {0}")]
    Missing(&'static str),
    #[error("a schema is named by small letters, digits and _, at most forty, and no digit first")]
    Schema,
}

impl FromStr for PostgresPlace {
    type Err = BadPlace;
    fn from_str(text: &str) -> Result<PostgresPlace, BadPlace> {
        let url = Url::parse(text).map_err(|_| BadPlace::NotAUrl)?;
        if !matches!(url.scheme(), "postgres" | "postgresql") || url.fragment().is_some() {
            return Err(BadPlace::NotAUrl);
        }
        if url.password().is_some() {
            return Err(BadPlace::Password);
        }
        let mut host = url.host_str().map(decoded).transpose()?.filter(|host| !host.is_empty());
        let mut user = Some(decoded(url.username())?).filter(|user| !user.is_empty());
        let (mut port, mut schema) = (url.port(), SCHEMA.to_owned());
        for (key, value) in url.query_pairs() {
            match &*key {
                "host" => host = Some(value.into_owned()),
                "port" => port = Some(value.parse().map_err(|_| BadPlace::Missing("port that is a number"))?),
                "user" => user = Some(value.into_owned()),
                "schema" => schema = value.into_owned(),
                "password" | "passfile" => return Err(BadPlace::Password),
                "sslmode" | "ssl" if value == "disable" => {}
                "sslmode" | "ssl" | "sslrootcert" | "sslcert" | "sslkey" => return Err(BadPlace::Tls),
                other => return Err(BadPlace::Parameter(other.to_owned())),
            }
        }
        let database = decoded(url.path().trim_start_matches('/'))?;
        if database.is_empty() {
            return Err(BadPlace::Missing("database"));
        }
        let user = user.or_else(|| std::env::var("PGUSER").ok()).or_else(|| std::env::var("USER").ok());
        let user = user.filter(|user| !user.is_empty()).ok_or(BadPlace::Missing("user"))?;
        if [&user, &database].iter().any(|text| text.bytes().any(|byte| byte < 0x20)) {
            return Err(BadPlace::NotAUrl);
        }
        named(&schema)?;
        Ok(PostgresPlace { host: near(host)?, port: port.unwrap_or(PORT), user, database, schema })
    }
}

/// On this machine: what is sent is not encrypted.
fn near(host: Option<String>) -> Result<Host, BadPlace> {
    let host = host.ok_or(BadPlace::NoHost)?;
    if host.starts_with('/') {
        return Ok(Host::Socket(PathBuf::from(host)));
    }
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = bare.parse::<std::net::IpAddr>().map(|ip| ip.is_loopback());
    // Not resolved: a name could be led elsewhere.
    match loopback {
        Ok(true) => Ok(Host::Loopback(bare.to_owned())),
        Err(_) if bare == "localhost" => Ok(Host::Loopback("127.0.0.1".to_owned())),
        Ok(false) | Err(_) => Err(BadPlace::OffLoopback(host)),
    }
}

fn named(schema: &str) -> Result<(), BadPlace> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    let digit = schema.as_bytes().first().is_none_or(u8::is_ascii_digit);
    let reserved = schema.starts_with("pg_");
    let sound = schema.len() <= LONGEST_SCHEMA && schema.bytes().all(allowed) && !digit && !reserved;
    if sound { Ok(()) } else { Err(BadPlace::Schema) }
}

/// What stands for bytes in a URL, as text.
fn decoded(text: &str) -> Result<String, BadPlace> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        let (high, low) = (digit().ok_or(BadPlace::NotAUrl)?, digit().ok_or(BadPlace::NotAUrl)?);
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| BadPlace::NotAUrl)?);
    }
    String::from_utf8(bytes).map_err(|_| BadPlace::NotAUrl)
}

impl fmt::Display for PostgresPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PostgresPlace { host, port, user, database, schema } = self;
        match host {
            Host::Loopback(host) if host.contains(':') => write!(f, "postgres://{user}@[{host}]:{port}/{database}")?,
            Host::Loopback(host) => write!(f, "postgres://{user}@{host}:{port}/{database}")?,
            Host::Socket(directory) => {
                write!(f, "postgres:///{database}?host={}&port={port}&user={user}", directory.display())?;
            }
        }
        let before = if matches!(host, Host::Socket(_)) { '&' } else { '?' };
        if schema == SCHEMA { Ok(()) } else { write!(f, "{before}schema={schema}") }
    }
}

impl PostgresPlace {
    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    /// The same database and another schema of it.
    pub fn in_schema(&self, schema: &str) -> Result<PostgresPlace, BadPlace> {
        named(schema)?;
        Ok(PostgresPlace { schema: schema.to_owned(), ..self.clone() })
    }

    /// With the password that the environment has for it, if any.
    pub(super) fn options(&self) -> Result<PgConnectOptions, BadPlace> {
        let mut address = Url::parse("postgres://x").map_err(|_| BadPlace::NotAUrl)?;
        let unfit = |_| BadPlace::NotAUrl;
        if let Host::Loopback(host) = &self.host {
            let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
            address.set_host(Some(&host)).map_err(|_| BadPlace::NotAUrl)?;
        }
        address.set_port(Some(self.port)).map_err(unfit)?;
        address.set_username(&self.user).map_err(unfit)?;
        if let Host::Socket(_) = &self.host {
            // What a password file calls a socket.
            address.set_host(Some("localhost")).map_err(|_| BadPlace::NotAUrl)?;
        }
        address.query_pairs_mut().append_pair("dbname", &self.database);
        // Here the password file of the environment is read, for exactly this address.
        let mut options = PgConnectOptions::from_str(address.as_str()).map_err(|_| BadPlace::NotAUrl)?;
        if let Host::Socket(directory) = &self.host {
            options = options.socket(directory);
        }
        Ok(options
            .database(&self.database)
            .ssl_mode(PgSslMode::Disable)
            .application_name(&format!("portreeve/{}", self.schema))
            .options([("search_path", self.schema.as_str())]))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn place(text: &str) -> Result<String, BadPlace> {
        PostgresPlace::from_str(text).map(|place| place.to_string())
    }

    #[test]
    fn a_place_is_on_this_machine_and_says_itself_again() {
        for (text, same) in [
            ("postgres://maya@localhost/trades", "postgres://maya@127.0.0.1:5432/trades"),
            ("postgresql://maya@127.0.0.1:6000/trades", "postgres://maya@127.0.0.1:6000/trades"),
            ("postgres://maya@[::1]/trades?schema=two", "postgres://maya@[::1]:5432/trades?schema=two"),
            ("postgres:///db?host=/run/pg&user=maya", "postgres:///db?host=/run/pg&port=5432&user=maya"),
            ("postgres://maya@%2Frun%2Fpg:7/db?sslmode=disable", "postgres:///db?host=/run/pg&port=7&user=maya"),
        ] {
            assert_eq!(place(text).as_deref(), Ok(same));
            assert_eq!(place(same).as_deref(), Ok(same));
        }
    }

    #[test]
    fn what_is_not_built_or_not_understood_is_refused_by_name_and_a_password_is_not_repeated() {
        for (text, why) in [
            ("postgres://maya:tulip@localhost/db", BadPlace::Password),
            ("postgres://maya@localhost/db?password=tulip", BadPlace::Password),
            ("postgres://maya@localhost/db?sslmode=require", BadPlace::Tls),
            ("postgres://maya@10.0.0.1/db", BadPlace::OffLoopback("10.0.0.1".to_owned())),
            ("postgres://maya@localhost.example/db", BadPlace::OffLoopback("localhost.example".to_owned())),
            ("postgres://maya@localhost/db?options=-cfsync%3Doff", BadPlace::Parameter("options".to_owned())),
            ("postgres://maya@localhost/", BadPlace::Missing("database")),
            ("postgres:///db?user=maya", BadPlace::NoHost),
            ("postgres://maya@localhost/db?schema=pg_catalog", BadPlace::Schema),
            ("postgres://maya@localhost/db?schema=A\"b", BadPlace::Schema),
            ("postgres://maya@localhost/db?schema=", BadPlace::Schema),
            ("mysql://maya@localhost/db", BadPlace::NotAUrl),
            ("tulip", BadPlace::NotAUrl),
        ] {
            let refused = place(text).unwrap_err();
            assert_eq!(refused, why, "{text}");
            assert!(!refused.to_string().contains("tulip"));
        }
    }
}
