//! What a person reads in a dossier: a page without scripts or requests, and how to check what it tells.

use super::approval_file::{verdict, visible};
use ::dossier::{ApprovalFile, Chosen, Files, Subject};
use journal::PublicKey;
use kernel::event::Recorded;
use kernel::state::{self, State};
use maud::{DOCTYPE, PreEscaped, html};
use service::words::names::moment;
use service::words::story::{self, Story};
use std::collections::HashMap;
use store::StoredEvent;

const STYLE: &str = concat!(include_str!("../../../portal/style/tokens.css"), include_str!("dossier.css"));
pub(super) const README: &str = include_str!("dossier_readme.txt");
const FIRM: &str = "firm";

/// An event in words.
#[derive(Debug)]
pub(super) struct Told {
    at: String,
    place: String,
    tag: String,
    story: Story,
}

/// Every customer as they stood when the event came: names are told as they were.
#[derive(Debug, Default)]
pub(super) struct States {
    customers: HashMap<String, State>,
    /// Of whoever has no stream yet: what all share.
    shared: State,
}

impl States {
    fn of(&self, stream: &str) -> &State {
        stream.split_once('/').and_then(|(_, id)| self.customers.get(id)).unwrap_or(&self.shared)
    }

    pub fn tell(&self, event: &StoredEvent, recorded: Option<&Recorded>) -> Told {
        let story = match recorded {
            Some(recorded) => story::tell(self.of(&event.stream), recorded),
            None => story::of_others(&event.stream, &event.tag),
        };
        Told {
            at: moment(kernel::time::Timestamp(event.at)),
            place: format!("event {}, {} version {}", event.position, event.stream, event.version),
            tag: event.tag.clone(),
            story,
        }
    }

    pub fn apply(&mut self, stream: &str, recorded: &Recorded) {
        if stream == FIRM {
            state::apply(&mut self.shared, recorded);
            return self.customers.values_mut().for_each(|one| state::apply(one, recorded));
        }
        let Some(("customer" | "book", id)) = stream.split_once('/') else { return };
        let one = self.customers.entry(id.to_owned()).or_insert_with(|| self.shared.clone());
        state::apply(one, recorded);
    }
}

/// Everything of it is text of ours or escaped; it asks for nothing from anywhere.
pub(super) fn page(chosen: &Chosen<'_>, told: &[Told], files: &Files, key: &PublicKey) -> String {
    let approvals: Vec<ApprovalFile> = files
        .iter()
        .filter(|(name, _)| name.contains('/'))
        .filter_map(|(_, bytes)| ApprovalFile::parse(bytes).ok())
        .collect();
    let title = match chosen.subject {
        Subject::Order(id) => format!("Dossier of order {id}"),
        Subject::Approval(id) => format!("Dossier of approval {id}"),
        Subject::Period { from, to } => {
            format!("Dossier from {} to {}", on_a_page(&moment(from)), on_a_page(&moment(to)))
        }
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { (title) }
                p {
                    (told.len()) " events of the journal " (key.name()) ", exported "
                    (on_a_page(&moment(chosen.exported_at))) ". Every time is in UTC."
                }
                p.aid {
                    "This page is a reading aid. The proof is in the files beside it: " code { "portreeve dossier verify DIR" }
                    " works all of it out anew. README.txt says how, and what it proves."
                }
                @if !approvals.is_empty() {
                    h2 { "Signed approvals" }
                    @for one in &approvals { (approval(one)) }
                }
                h2 { "What happened" }
                ol {
                    @for event in told {
                        li {
                            time datetime=(event.at) { (on_a_page(&event.at)) }
                            div {
                                (event.story.by) ": " (visible(&event.story.text))
                                @if let Some(remedy) = &event.story.remedy { small { "what to do: " (remedy) } }
                                small { (event.tag) " · " (event.place) }
                            }
                        }
                    }
                }
                h2 { "What it is proved against" }
                dl {
                    dt { "journal" } dd { (chosen.size) " events" }
                    dt { "root" } dd { code { (chosen.root) } }
                    dt { "public key" } dd { code { (key.vkey()) } }
                }
                p { "Compare the key with the one that you were handed by another way." }
            }
        }
    };
    page.into_string()
}

/// 2026-09-21T10:00:00.12Z as 2026-09-21 10:00:00.120.
fn on_a_page(moment: &str) -> String {
    let (whole, part) = moment.trim_end_matches('Z').split_once('.').unwrap_or((moment.trim_end_matches('Z'), ""));
    format!("{}.{part:0<3}", whole.replace('T', " "))
}

fn approval(one: &ApprovalFile) -> maud::Markup {
    html! {
        section.approval {
            "These words were shown, and signed:"
            pre { (visible(&one.shown.display)) }
            dl {
                dt { "approval" } dd { (one.id) }
                dt { "signed" } dd { (on_a_page(&moment(one.signed.at))) " by " (one.signed.by) }
                dt { "settled" } dd { (verdict(one.settled.verdict)) " " (on_a_page(&moment(one.settled.at))) }
                dt { "at" } dd { (one.signed.origin) }
                dt { "with" } dd { (one.key.authenticator) " (" (one.key.algorithm) "), bound " (on_a_page(&moment(one.key.bound_at))) }
                dt { "file" } dd { code { (::dossier::build::name_of(one.id)) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_on_a_page_is_as_long_as_every_other() {
        for (told, shown) in [
            ("2026-09-21T10:00:00.123Z", "2026-09-21 10:00:00.123"),
            ("2026-09-21T10:00:00.1Z", "2026-09-21 10:00:00.100"),
            ("2026-09-21T10:00:00Z", "2026-09-21 10:00:00.000"),
        ] {
            assert_eq!(on_a_page(told), shown);
        }
    }
}
