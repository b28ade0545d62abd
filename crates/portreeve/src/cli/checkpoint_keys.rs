//! Where checkpoints go outside this machine, of the configuration: read strictly, and judged before anything is served.

use super::End;
use super::say::Refusal;
use crate::serve::Outside;
use notify::{Address, SmtpSettings, WebhookSettings};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::time::Duration;

const MINUTE: u64 = 60;
const USUAL: Duration = Duration::from_secs(60 * MINUTE);
const SHORTEST: Duration = Duration::from_secs(10 * MINUTE);
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * MINUTE);

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckpointKeys {
    file: Option<PathBuf>,
    email: Option<String>,
    webhook: Option<WebhookSettings>,
    every: Option<Every>,
}

/// No oftener than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Every(Duration);

impl TryFrom<String> for Every {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no span from 10m to 7d: say 30m, 1h, 1d");
        let split = text.len().saturating_sub(1);
        let (count, unit) = text.split_at_checked(split).ok_or_else(wrong)?;
        let minutes = match unit {
            "m" => 1,
            "h" => 60,
            "d" => 24 * 60,
            _ => return Err(wrong()),
        };
        // Plain digits only: "+1h" is a typing error.
        let plain = count.chars().all(|c| c.is_ascii_digit());
        let count = count.parse::<u64>().ok().filter(|_| plain).ok_or_else(wrong)?;
        let span = count.checked_mul(minutes * MINUTE).map(Duration::from_secs).ok_or_else(wrong)?;
        if (SHORTEST..=LONGEST).contains(&span) { Ok(Self(span)) } else { Err(wrong()) }
    }
}

fn misconfigured(why: &str) -> End {
    Refusal::own("checkpoints_misconfigured", &[("why", why)]).into()
}

impl CheckpointKeys {
    /// What can be judged without secrets and without the other machine. `data` is the data directory, where it is known.
    pub(crate) fn settle(self, smtp: Option<&SmtpSettings>, data: Option<&Path>) -> Result<Outside, End> {
        let Self { file, email, webhook, every } = self;
        if file.is_none() && email.is_none() && webhook.is_none() {
            return Err(misconfigured("say where they go: file, email or webhook"));
        }
        if let Some(file) = &file {
            if !file.is_absolute() || file.file_name().is_none() {
                return Err(misconfigured("file is the whole path of a file"));
            }
            if data.is_some_and(|data| is_below(file, data)) {
                return Err(misconfigured(
                    "file is in the data directory: what can alter the journal can alter it, too",
                ));
            }
        }
        let email =
            email.map(|text| Address::parse(&text)).transpose().map_err(|why| misconfigured(&why.to_string()))?;
        if email.is_some() && smtp.is_none() {
            return Err(misconfigured("email goes by [notify.smtp], which is not there"));
        }
        if let Some(hook) = &webhook {
            hook.check().map_err(|why| misconfigured(&why.to_string()))?;
            if hook.fills {
                return Err(misconfigured("no fills go where checkpoints go: leave fills out"));
            }
        }
        Ok(Outside { file, email, webhook, every: every.map_or(USUAL, |every| every.0) })
    }
}

/// Also by another way to the same place.
fn is_below(file: &Path, data: &Path) -> bool {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let by_parent = file.parent().and_then(real).zip(real(data)).is_some_and(|(parent, data)| parent.starts_with(data));
    file.starts_with(data) || by_parent
}

/// As it is told: of an address and a url only what may be shown.
pub(crate) fn told(outside: &Outside) -> Vec<String> {
    let mut told = Vec::new();
    told.extend(outside.file.as_ref().map(|file| format!("to the file {}", file.display())));
    told.extend(outside.email.as_ref().map(|email| format!("by e-mail to {}", email.shown())));
    if let Some(hook) = &outside.webhook {
        let host = hook.check().ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
        told.push(format!("by webhook {} at {host}", hook.name));
    }
    told.push(format!("every {} minutes at the most", outside.every.as_secs() / MINUTE));
    told
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const SMTP: &str = "host = \"mail.example.com\"\ntls = \"starttls\"\nfrom = \"gate@trade.example\"\n";
    const HOOK: &str =
        "webhook = { name = \"witness\", url = \"https://w.example/in?t=7\", secret = { env = \"W\" } }\n";

    fn settled(text: &str, mail: bool) -> Result<Vec<String>, String> {
        let keys: CheckpointKeys = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let smtp: SmtpSettings = toml::from_str(SMTP).unwrap();
        let outside = keys.settle(Some(&smtp).filter(|_| mail), Some(Path::new("/tmp/data")));
        outside.map(|outside| told(&outside)).map_err(|end| match end {
            End::Refused(refusal) => format!("{}: {}", refusal.code, refusal.text),
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn each_place_is_told_without_what_may_be_secret() {
        let all = format!("file = \"/mnt/other/checkpoints\"\nemail = \"mary@example.com\"\nevery = \"30m\"\n{HOOK}");
        let told = settled(&all, true).unwrap();
        assert_eq!(
            told,
            [
                "to the file /mnt/other/checkpoints",
                "by e-mail to m…@example.com",
                "by webhook witness at w.example",
                "every 30 minutes at the most"
            ]
        );
        assert_eq!(settled(HOOK, false).unwrap().last().unwrap(), "every 60 minutes at the most");
    }

    #[test]
    fn what_would_prove_nothing_or_reach_nobody_is_refused_by_name() {
        for text in [
            "every = \"1h\"".to_owned(),
            "file = \"checkpoints\"".to_owned(),
            "file = \"/\"".to_owned(),
            "file = \"/tmp/data/kept\"".to_owned(),
            "email = \"mary@example.com\"".to_owned(),
            HOOK.replace("https", "http"),
            HOOK.replace(" }\n", ", fills = true }\n"),
        ] {
            let why = settled(&text, false).unwrap_err();
            assert!(why.starts_with("checkpoints_misconfigured: "), "{text}: {why}");
        }
        assert!(settled("email = \"mary\"", true).unwrap_err().starts_with("checkpoints_misconfigured: "));
        assert!(settled("where = \"/mnt\"", false).unwrap_err().contains("unknown field"));
    }

    #[test]
    fn it_is_neither_each_minute_nor_once_a_year() {
        let every = |text: &str| Every::try_from(text.to_owned()).map(|every| every.0.as_secs());
        for (text, seconds) in [("10m", 600), ("1h", 3_600), ("24h", 86_400), ("7d", 604_800)] {
            assert_eq!(every(text), Ok(seconds), "{text}");
        }
        for text in ["", "m", "1", "9m", "0h", "8d", "1 h", "+1h", "1w", "1H", "999999999999999999d", "h1", "1é", "é"]
        {
            assert!(every(text).is_err(), "{text}");
        }
    }
}
