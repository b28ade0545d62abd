//! Address: an e-mail address that a letter can be sent to, told only by its beginning and its domain.

use std::fmt;
use zeroize::Zeroizing;

/// RFC 5321 4.5.3.1.3, without the angle brackets.
const LONGEST: usize = 254;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an e-mail address is written name@domain")]
pub struct NotAnAddress;

#[derive(Clone, PartialEq, Eq)]
pub struct Address(Zeroizing<String>);

impl Address {
    /// Quoted names, addresses by number and domains without a dot are refused: they are typing errors, or tricks.
    pub fn parse(typed: &str) -> Result<Self, NotAnAddress> {
        let text = typed.trim();
        let (name, domain) = text.rsplit_once('@').ok_or(NotAnAddress)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        let label = |label: &str| {
            let inside = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            !label.is_empty() && label.len() <= 63 && inside && !label.starts_with('-') && !label.ends_with('-')
        };
        let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
        let named = !name.is_empty() && name.len() <= 64 && name.chars().all(plain) && !dots;
        let placed = domain.contains('.') && domain.split('.').all(label);
        let numbers = domain.rsplit('.').next().is_some_and(|last| last.chars().all(|c| c.is_ascii_digit()));
        if text.len() > LONGEST || !named || !placed || numbers {
            return Err(NotAnAddress);
        }
        Ok(Self(Zeroizing::new(format!("{name}@{}", domain.to_ascii_lowercase()))))
    }

    pub fn text(&self) -> &str {
        &self.0
    }

    /// What may be shown of it.
    pub fn shown(&self) -> String {
        let (name, domain) = self.0.rsplit_once('@').unwrap_or_default();
        format!("{}…@{domain}", name.chars().take(1).collect::<String>())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_name_at_a_domain_and_shows_little_of_itself() {
        let address = Address::parse(" Mary.Jane+trade@Example.COM ").unwrap();
        assert_eq!((address.text(), address.shown().as_str()), ("Mary.Jane+trade@example.com", "M…@example.com"));
        assert_eq!(format!("{address:?}"), "Address");
    }

    #[test]
    fn what_could_be_more_than_one_address_or_a_header_is_none() {
        let long = format!("{}@example.com", "a".repeat(65));
        for typed in [
            "",
            "mary",
            "@example.com",
            "mary@",
            "mary@localhost",
            "mary@@example.com",
            "mary@example..com",
            "mary@-a.com",
            "mary@10.0.0.1",
            "mary@[10.0.0.1]",
            "\"mary\"@example.com",
            "a b@example.com",
            "a@example.com\r\nBcc: b@example.com",
            "a@example.com,b@example.com",
            "a..b@example.com",
            ".a@example.com",
            "märy@example.com",
            "<a@example.com>",
            &long,
        ] {
            assert_eq!(Address::parse(typed), Err(NotAnAddress), "{typed:?}");
        }
    }
}
