//! `portreeve approval show ID --file` and `approval verify`: a signed approval as a file that anybody checks offline.

use super::dossier_files::read_bounded;
use super::layout::{facts, hanging};
use super::say::{Refusal, line, value};
use super::{Common, Done, End, PLACE, dossier, places, verify};
use ::dossier::approval::{MAX_BYTES, Request};
use ::dossier::{ApprovalFile, Concerns, Subject, approval_file};
use kernel::actor::Actor;
use kernel::approval::Verdict;
use kernel::id::ApprovalId;
use serde_json::json;
use service::words::names::{moment, word};
use std::path::Path;

/// What a file by itself leaves open, in the words of docs/dossier.md.
const OPEN: [&str; 3] = [
    "that the key belonged to that user: a dossier proves it, from the journal",
    "who asked, when it was signed, and how it was settled: the file tells it, the signature does not cover it",
    "that the words describe the request as you read them, and that the origin was the portal's: look at both",
];

pub(super) fn write(common: &Common, id: &str, path: &Path) -> Done {
    let Ok(approval) = ApprovalId::parse(id) else { return Err(not_signed(id, "it is not an approval's id").into()) };
    let mut reader = verify::open(&places::data(common)?)?;
    let head = reader.freeze().map_err(verify::unreadable)?;
    let mut concerns = Concerns::new(Subject::Approval(approval));
    dossier::learn(reader.as_mut(), head, &mut concerns)?;
    let mut events = Vec::new();
    dossier::each(reader.as_mut(), head, |event| {
        let recorded = dossier::recorded(event)?;
        if concerns.concerns(event.position, recorded.as_ref()) {
            events.extend(recorded);
        }
        Ok(())
    })?;
    let file = approval_file(approval, events.iter()).map_err(|why| not_signed(id, &why.to_string()))?;
    let valid = file.check().and_then(|()| file.text());
    let text = valid.map_err(|why| not_signed(id, &why.to_string()))?;
    std::fs::write(path, text).map_err(|why| End::failed(format!("{}: {why}", path.display()), PLACE))?;
    if common.json {
        value(&json!({ "id": id, "file": path.display().to_string() }));
    } else {
        line(&format!("approval {id}, with its signature: {}", path.display()));
    }
    Ok(())
}

fn not_signed(id: &str, why: &str) -> Refusal {
    Refusal::own("approval_not_signed", &[("id", id), ("why", why)])
}

pub(super) fn verify(common: &Common, path: &Path) -> Done {
    let bytes = read_bounded(path, MAX_BYTES as u64)?;
    let file = ApprovalFile::parse(&bytes);
    let checked = file.and_then(|file| file.check().map(|()| file));
    let file = checked.map_err(|why| {
        let (name, why) = (path.display().to_string(), visible(&why.to_string()));
        Refusal::own("approval_not_valid", &[("file", &name), ("why", &why)]).with("valid", false)
    })?;
    if common.json {
        value(&json!({
            "valid": true,
            "id": file.id,
            "display": file.shown.display,
            "request": file.request,
            "signed": file.signed,
            "key": file.key,
            "settled": file.settled,
            "first": file.first,
            "does_not_prove": OPEN,
        }));
        return Ok(());
    }
    line(said(file.settled.verdict));
    line("");
    visible(&file.shown.display).lines().for_each(|one| hanging("  ", one));
    if let Some(first) = &file.first {
        line("");
        line("And before, by the other of two approvers, it was signed, word for word:");
        line("");
        visible(&first.shown.display).lines().for_each(|one| hanging("  ", one));
    }
    line("");
    facts(&told(&file));
    line("");
    line("What this file does not prove:");
    OPEN.iter().for_each(|one| hanging("- ", one));
    Ok(())
}

/// What the signature came to: one that was refused or ran out of time after it was signed was not approved.
const fn said(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Grant => "The signature holds. With it was approved, word for word:",
        Verdict::Refuse => "The signature holds. It was refused all the same; what was signed, word for word:",
        Verdict::TimeOut => "The signature holds. The time ran out all the same; what was signed, word for word:",
        Verdict::Void => "The signature holds. It was void all the same; what was signed, word for word:",
    }
}

/// Who, when, where and how it ended.
fn told(file: &ApprovalFile) -> Vec<(&'static str, String)> {
    let of = match &file.request {
        Request::Order { id, .. } => format!("order {id}"),
        Request::Change { change, .. } => format!("change {}", visible(&word(change))),
    };
    let key = format!("{} ({}), verified by PIN or biometrics", file.key.authenticator, file.key.algorithm);
    let took = match (&file.first, file.asked.top) {
        (Some(first), _) => format!("two approvers; first {} {}", first.signed.by, moment(first.signed.at)),
        (None, true) => "two approvers, or a device-bound key".to_owned(),
        (None, false) => "one approver".to_owned(),
    };
    vec![
        ("approval", file.id.to_string()),
        ("took", took),
        ("of", of),
        ("digest", file.request.digest().to_string()),
        ("asked", format!("{}, by {}", moment(file.asked.at), who(&file.asked.by))),
        ("signed", format!("{}, by {}", moment(file.signed.at), file.signed.by)),
        ("at", visible(&file.signed.origin)),
        ("with", visible(&key)),
        (
            "settled",
            format!("{} {}, by {}", verdict(file.settled.verdict), moment(file.settled.at), who(&file.settled.by)),
        ),
    ]
}

pub(super) const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Grant => "granted",
        Verdict::Refuse => "refused",
        Verdict::TimeOut => "timed out",
        Verdict::Void => "voided",
    }
}

fn who(actor: &Actor) -> String {
    match actor {
        Actor::Credential(id) => format!("the API credential {id}"),
        Actor::User { user, .. } => user.to_string(),
        Actor::Visitor => "a visitor".to_owned(),
        Actor::Local { uid } => format!("local({uid})"),
        Actor::Venue => "the venue".to_owned(),
        Actor::House => "the house".to_owned(),
    }
}

/// A stranger's text on a terminal: nothing in it moves the cursor, hides or turns what stands there.
pub(super) fn visible(text: &str) -> String {
    let hides = |letter: char| matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let shown =
        |letter: char| if (letter.is_control() && letter != '\n') || hides(letter) { '\u{fffd}' } else { letter };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_granted_is_called_approved() {
        for verdict in [Verdict::Grant, Verdict::Refuse, Verdict::TimeOut, Verdict::Void] {
            assert_eq!(said(verdict).contains("approved"), verdict == Verdict::Grant, "{verdict:?}");
        }
    }

    #[test]
    fn a_text_of_others_cannot_speak_to_the_terminal() {
        assert_eq!(visible("buy\u{1b}[2J 5\u{202e}0\r\n€ ok"), "buy\u{fffd}[2J 5\u{fffd}0\u{fffd}\n€ ok");
    }
}
