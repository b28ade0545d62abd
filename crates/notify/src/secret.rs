//! Secret: what a carrier shows the other side; read from a file, the environment or systemd, never stated in the file.

use serde::Deserialize;
use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const LARGEST: u64 = 4_096;
const READABLE_BY_OTHERS: u32 = 0o077;

/// Where it is; what it is stands nowhere in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum SecretFrom {
    File(PathBuf),
    /// The name of a variable.
    Env(String),
    /// The name of a file in systemd's `$CREDENTIALS_DIRECTORY`.
    Credential(String),
}

#[derive(Debug, thiserror::Error)]
pub enum NoSecret {
    #[error("the secret {0}: {1}")]
    Unreadable(String, String),
    #[error("the secret {0} is empty, longer than {LARGEST} bytes, or not text")]
    NoText(String),
    #[error("the secret {0} can be read or written by others (mode {1:03o}): take that away with chmod 600")]
    Open(String, u32),
}

impl SecretFrom {
    /// `variable` reads the environment.
    pub fn read(&self, variable: impl Fn(&str) -> Option<OsString>) -> Result<Zeroizing<String>, NoSecret> {
        match self {
            Self::File(path) => of_file(path, &path.display().to_string(), true),
            Self::Credential(name) => {
                let missing = |why: &str| NoSecret::Unreadable(name.clone(), why.to_owned());
                if Path::new(name).components().count() != 1 || name.starts_with('.') {
                    return Err(missing("a credential goes by a plain name"));
                }
                let place = variable("CREDENTIALS_DIRECTORY").ok_or_else(|| missing("systemd gave no credentials"))?;
                // systemd sees to it who may read them.
                of_file(&PathBuf::from(place).join(name), name, false)
            }
            Self::Env(name) => {
                let missing = || NoSecret::Unreadable(name.clone(), "no such variable".to_owned());
                let text = variable(name).ok_or_else(missing)?.into_string();
                trimmed(Zeroizing::new(text.map_err(|_| NoSecret::NoText(name.clone()))?), name)
            }
        }
    }
}

fn of_file(path: &Path, name: &str, own: bool) -> Result<Zeroizing<String>, NoSecret> {
    let unreadable = |why: std::io::Error| NoSecret::Unreadable(name.to_owned(), why.to_string());
    let file = File::open(path).map_err(unreadable)?;
    let mode = file.metadata().map_err(unreadable)?.permissions().mode() & 0o777;
    if own && mode & READABLE_BY_OTHERS != 0 {
        return Err(NoSecret::Open(name.to_owned(), mode));
    }
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(LARGEST).unwrap_or_default() + 1));
    file.take(LARGEST + 1).read_to_string(&mut text).map_err(unreadable)?;
    trimmed(text, name)
}

fn trimmed(text: Zeroizing<String>, name: &str) -> Result<Zeroizing<String>, NoSecret> {
    let fits = text.len() as u64 <= LARGEST;
    let text = Zeroizing::new(text.trim_matches(['\n', '\r', ' ']).to_owned());
    if fits && !text.is_empty() && !text.contains('\0') { Ok(text) } else { Err(NoSecret::NoText(name.to_owned())) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn none(_: &str) -> Option<OsString> {
        None
    }

    #[test]
    fn a_secret_that_others_can_read_is_none() {
        let path = std::env::temp_dir().join(format!("portreeve-notify-secret-{}", std::process::id()));
        std::fs::write(&path, "hunter2\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let from = SecretFrom::File(path.clone());
        assert!(matches!(from.read(none), Err(NoSecret::Open(_, 0o640))));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(from.read(none).unwrap().as_str(), "hunter2");
        std::fs::write(&path, "\n").unwrap();
        assert!(matches!(from.read(none), Err(NoSecret::NoText(_))));
        std::fs::write(&path, "x".repeat(5_000)).unwrap();
        assert!(matches!(from.read(none), Err(NoSecret::NoText(_))));
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(from.read(none), Err(NoSecret::Unreadable(..))));
    }

    #[test]
    fn the_environment_and_systemd_have_them_too() {
        let variable = |name: &str| (name == "SMTP_PASSWORD").then(|| OsString::from("s3"));
        assert_eq!(SecretFrom::Env("SMTP_PASSWORD".into()).read(variable).unwrap().as_str(), "s3");
        assert!(SecretFrom::Env("OTHER".into()).read(variable).is_err());
        for name in ["../x", "/etc/passwd", "a/b", "..", ""] {
            let place = |_: &str| Some(OsString::from("/nowhere"));
            let read = SecretFrom::Credential(name.into()).read(place);
            assert!(matches!(read, Err(NoSecret::Unreadable(_, why)) if why.contains("plain name")), "{name}");
        }
    }
}
