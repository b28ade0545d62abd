//! How notices are sent, of the configuration: read strictly, and judged before anything is served.

use super::End;
use super::say::Refusal;
use notify::{Misconfigured, PushSettings, SmtpSettings, WebhookSettings};
use serde::Deserialize;
use std::collections::BTreeSet;

/// Webhooks that can be named at most: each has tasks of its own.
const MOST_WEBHOOKS: usize = 8;

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NotifyKeys {
    pub smtp: Option<SmtpSettings>,
    pub push: Option<PushSettings>,
    #[serde(default)]
    pub webhook: Vec<WebhookSettings>,
    /// One bell in the console for each approval that is asked for; on unless it is said otherwise.
    pub bell: Option<bool>,
}

fn misconfigured(why: &str) -> End {
    Refusal::own("notify_misconfigured", &[("why", why)]).into()
}

impl NotifyKeys {
    /// What can be judged without the secrets, and how it is told.
    pub(crate) fn check(&self) -> Result<Vec<String>, End> {
        let wrong = |why: Misconfigured| misconfigured(&why.to_string());
        let mut told = Vec::new();
        if let Some(smtp) = &self.smtp {
            smtp.check().map_err(wrong)?;
            told.push(format!("e-mail by {}", smtp.place()));
        }
        if let Some(push) = &self.push {
            push.check().map_err(wrong)?;
            told.push(format!("push by {}", push.hosts.join(", ")));
        }
        if self.webhook.len() > MOST_WEBHOOKS {
            return Err(misconfigured("there are more than 8 webhooks"));
        }
        let mut names = BTreeSet::new();
        for hook in &self.webhook {
            let url = hook.check().map_err(wrong)?;
            if !names.insert(&hook.name) {
                return Err(misconfigured(&format!("two webhooks are called {:?}", hook.name)));
            }
            // Of the url only the host: what else stands in it may be secret.
            told.push(format!("webhook {} at {}", hook.name, url.host_str().unwrap_or_default()));
        }
        Ok(told)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn checked(text: &str) -> Result<Vec<String>, String> {
        let keys: NotifyKeys = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        keys.check().map_err(|end| match end {
            End::Refused(refusal) => format!("{}: {}", refusal.code, refusal.text),
            other => format!("{other:?}"),
        })
    }

    const SMTP: &str = "[smtp]\nhost = \"mail.example.com\"\ntls = \"starttls\"\nfrom = \"gate@trade.example\"\n";
    const HOOK: &str =
        "[[webhook]]\nname = \"ops\"\nurl = \"https://ops.example/in?token=7\"\nsecret = { env = \"H\" }\n";

    #[test]
    fn what_is_sound_is_told_without_what_may_be_secret() {
        let told = checked(&format!("{SMTP}{HOOK}")).unwrap();
        assert_eq!(told, ["e-mail by mail.example.com:587 (STARTTLS)", "webhook ops at ops.example"]);
    }

    const PUSH: &str = "[push]\ncontact = \"mailto:ops@trade.example\"\n";

    #[test]
    fn push_goes_to_the_browsers_own_services_unless_others_are_named() {
        let usual = "push by fcm.googleapis.com, *.push.services.mozilla.com, *.push.apple.com, *.notify.windows.com";
        assert_eq!(checked(PUSH).unwrap(), [usual]);
        let named = format!("{PUSH}hosts = [\"push.example\", \"localhost:8443\"]\n");
        assert_eq!(checked(&named).unwrap(), ["push by push.example, localhost:8443"]);
        for text in [
            PUSH.replace("mailto:", ""),
            format!("{PUSH}hosts = []\n"),
            format!("{PUSH}hosts = [\"10.0.0.1\"]\n"),
            format!("{PUSH}hosts = [\"*\"]\n"),
            format!("{PUSH}hosts = [\"push.example:8443\"]\n"),
        ] {
            let why = checked(&text).unwrap_err();
            assert!(why.starts_with("notify_misconfigured: ") && why.contains("push: "), "{text}: {why}");
        }
    }

    #[test]
    fn what_is_not_is_refused_by_name() {
        for text in [
            SMTP.replace("starttls", "none-loopback-only"),
            SMTP.replace("gate@", ""),
            HOOK.replace("https", "http"),
            format!("{HOOK}{HOOK}"),
            (0..9).map(|n| HOOK.replace("ops\"", &format!("ops-{n}\""))).collect(),
        ] {
            assert!(checked(&text).unwrap_err().starts_with("notify_misconfigured: "), "{text}");
        }
        for text in [
            SMTP.replace("starttls", "none"),
            format!("{SMTP}password = \"hunter2\"\n"),
            format!("{HOOK}redirects = true\n"),
            "telegram = true".to_owned(),
        ] {
            assert!(!checked(&text).unwrap_err().starts_with("notify_misconfigured: "), "{text}");
        }
    }
}
