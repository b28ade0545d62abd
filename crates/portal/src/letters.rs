//! Letters: the code that confirms an e-mail address, and a test of what is configured. Off without a mail server.

use crate::hourly::Hourly;
use crate::texts::NotSent;
use kernel::id::{NoticeId, UserId};
use kernel::time::Timestamp;
use notify::{Address, Carrier, Parcel};
use std::sync::Arc;
use vault::sms::SmsCode;

#[derive(Default)]
pub struct Letters {
    mail: Option<Arc<dyn Carrier>>,
    sent: Hourly,
}

impl std::fmt::Debug for Letters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Letters")
    }
}

impl Letters {
    pub fn by(mail: Option<Arc<dyn Carrier>>) -> Self {
        Self { mail, ..Self::default() }
    }
    pub const fn is_on(&self) -> bool {
        self.mail.is_some()
    }

    /// Nobody's mailbox is flooded from here.
    pub fn may_send(&self, user: UserId, now: Timestamp) -> Result<(), NotSent> {
        if self.sent.may(user, now) { Ok(()) } else { Err(NotSent::TooMany) }
    }

    /// It confirms the address and nothing else: no door takes it (NI-12).
    pub async fn code(&self, to: &Address, code: &SmsCode, now: Timestamp) -> Result<(), NotSent> {
        let text = format!(
            "{} confirms this address for notices of Portreeve, for 5 minutes. Type it where you asked for it.\n\nIt \
             confirms the address and nothing else. Nobody from Portreeve ever asks for it. If you did not ask for it, \
             somebody has mistyped: do nothing.",
            code.text()
        );
        self.send(to, "Confirm this address", "address_code", text, now).await
    }

    pub async fn test(&self, to: &Address, now: Timestamp) -> Result<(), NotSent> {
        let text = "This is the test that was asked for in the portal: notices reach this address.".to_owned();
        self.send(to, "A test of notices", "test", text, now).await
    }

    async fn send(&self, to: &Address, subject: &str, kind: &str, text: String, now: Timestamp) -> Result<(), NotSent> {
        let mail = self.mail.as_ref().ok_or(NotSent::Off)?;
        let dice = service::clock::dice().map_err(|_| NotSent::Failed)?;
        let parcel = Parcel {
            id: NoticeId::new(now.0, dice).to_string(),
            at: now,
            until: None,
            kind: kind.to_owned(),
            customer: None,
            subject: subject.to_owned(),
            text,
            links: Vec::new(),
            attached: None,
        };
        mail.send(to.text(), &parcel, now).await.map_err(|why| {
            let why = why.to_string().replace(to.text(), "the address");
            tracing::error!(%why, kind, "an e-mail was not sent");
            NotSent::Failed
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_gets_so_many_in_an_hour() {
        let (letters, now) = (Letters::default(), Timestamp(1_790_000_000_000));
        assert_eq!((0..8).filter(|_| letters.may_send(UserId::new(1, 1), now).is_ok()).count(), 5);
        assert_eq!(letters.may_send(UserId::new(1, 1), now), Err(NotSent::TooMany));
    }
}
