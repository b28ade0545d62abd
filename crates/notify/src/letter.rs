//! Letter: a parcel as an e-mail, plain and HTML; one that is repeated bears the same Message-ID.

use crate::{Address, NotSent, Parcel};
use kernel::time::Timestamp;
use lettre::Message;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Body, Mailbox, MultiPart};
use maud::{DOCTYPE, html};
use std::time::{Duration, SystemTime};

/// `date` is when it happened: a letter that comes late says so by itself.
pub(crate) fn letter(from: &Mailbox, to: &Address, parcel: &Parcel) -> Result<Message, NotSent> {
    let never = |why: String| NotSent::Never(format!("no letter can be written: {why}"));
    let to: lettre::Address = to.text().parse().map_err(|_| never("the address is none".to_owned()))?;
    let id = format!("<{}@{}>", parcel.id, from.email.domain());
    let words = MultiPart::alternative_plain_html(plain(parcel), rich(parcel));
    let body = match &parcel.attached {
        None => words,
        Some(attached) => {
            let bytes = attached.text.clone().into_bytes();
            // Nothing on its way may break or join its lines.
            let body = Body::new_with_encoding(bytes, ContentTransferEncoding::Base64);
            let body = body.map_err(|_| never("what is attached cannot be".to_owned()))?;
            let file = Attachment::new(format!("{}.txt", attached.name)).body(body, ContentType::TEXT_PLAIN);
            MultiPart::mixed().multipart(words).singlepart(file)
        }
    };
    let written = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, to))
        .subject(one_line(&parcel.subject))
        .date(moment(parcel.at))
        .message_id(Some(id))
        .multipart(body)
        .map_err(|error| never(error.to_string()))?;
    Ok(automatic(written))
}

/// RFC 3834: nobody's absence is answered to it.
fn automatic(mut written: Message) -> Message {
    let name = HeaderName::new_from_ascii_str("Auto-Submitted");
    written.headers_mut().insert_raw(HeaderValue::new(name, "auto-generated".to_owned()));
    written
}

fn moment(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(at.0).unwrap_or_default())
}

/// A line break in a subject would be another header.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn plain(parcel: &Parcel) -> String {
    let links = parcel.links.iter().map(|link| format!("{}:\n{}\n", link.words, link.url));
    let attached = parcel.attached.iter().map(|attached| format!("{}\n", attached.text));
    let parts: Vec<String> = attached.chain(links).collect();
    format!("{}\n\n{}\n--\nPortreeve\n", parcel.text, parts.join("\n"))
}

fn rich(parcel: &Parcel) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (one_line(&parcel.subject)) }
            }
            body style="font-family: system-ui, sans-serif; line-height: 1.5; margin: 24px; max-width: 40em" {
                @for part in parcel.text.split("\n\n") { p { (part) } }
                @if let Some(attached) = &parcel.attached { pre { (attached.text) } }
                @for link in &parcel.links { p { a href=(link.url) { (link.words) } } }
                p { small { "Portreeve" } }
            }
        }
    };
    page.into_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{Attached, Link};

    fn parcel() -> Parcel {
        Parcel {
            id: "ntc_0123456789abcdef".into(),
            at: Timestamp(1_795_000_000_000),
            until: None,
            kind: "sign_in".into(),
            customer: Some("cus_1".into()),
            subject: "A sign-in\r\nBcc: thief@example.com".into(),
            text: "The owner signed in on <b>Firefox</b>.\n\nIf that was you, there is nothing to do.".into(),
            links: vec![Link { words: "This was not me".into(), url: "https://trade.example/devices".into() }],
            attached: None,
        }
    }

    fn written() -> String {
        let from: Mailbox = "Portreeve <gate@trade.example>".parse().unwrap();
        let to = Address::parse("mary@example.com").unwrap();
        String::from_utf8(letter(&from, &to, &parcel()).unwrap().formatted()).unwrap()
    }

    /// Without the line breaks that quoted-printable puts in.
    fn unfolded(text: &str) -> String {
        text.replace("=\r\n", "")
    }

    #[test]
    fn a_letter_says_the_same_plain_and_in_html_and_no_more_than_it_should() {
        let text = written();
        assert!(text.contains("Message-ID: <ntc_0123456789abcdef@trade.example>\r\n"), "{text}");
        assert!(text.contains("Date: Wed, 18 Nov 2026 "), "{text}");
        assert!(text.contains("Auto-Submitted: auto-generated\r\n"), "{text}");
        assert!(text.contains("Content-Type: multipart/alternative"), "{text}");
        assert!(text.contains("\r\nSubject: A sign-in  Bcc: thief@example.com\r\n"), "{text}");
        assert!(!text.contains("\nBcc:"), "{text}");
        assert!(unfolded(&text).contains("&lt;b&gt;Firefox&lt;/b&gt;"), "{text}");
        assert_eq!(unfolded(&text).matches("https://trade.example/devices").count(), 2, "{text}");
    }

    #[test]
    fn what_is_attached_is_a_file_byte_for_byte_and_stands_in_the_text_too() {
        let from: Mailbox = "gate@trade.example".parse().unwrap();
        let to = Address::parse("mary@example.com").unwrap();
        let note = "a.test/log\n7\nAAAA\n\n\u{2014} a.test/log BBBB\n";
        let attached = Some(Attached { name: "checkpoint".into(), text: note.into() });
        let written = letter(&from, &to, &Parcel { attached, ..parcel() }).unwrap().formatted();
        let text = String::from_utf8(written).unwrap();
        assert!(text.contains("filename=\"checkpoint.txt\""), "{text}");
        let base64 = "YS50ZXN0L2xvZwo3CkFBQUEKCuKAlCBhLnRlc3QvbG9nIEJCQkIK";
        assert!(text.contains(base64), "{text}");
        assert_eq!(unfolded(&text).matches("a.test/log\r\n7\r\nAAAA\r\n\r\n").count(), 2, "{text}");
    }

    #[test]
    fn a_repeated_letter_bears_the_same_message_id() {
        let id = |text: &str| text.lines().find(|line| line.starts_with("Message-ID:")).map(str::to_owned);
        let (first, again) = (written(), written());
        assert!(id(&first).is_some());
        assert_eq!(id(&first), id(&again));
    }
}
