//! The markup of every page: escaped, without anything inline, labelled, light.

use super::sample;
use super::scan::{Tag, tags};
use std::collections::BTreeSet;

const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>";

fn pages() -> Vec<(&'static str, String)> {
    read(str::to_owned)
}

fn read(say: sample::Say) -> Vec<(&'static str, String)> {
    sample::all(say).into_iter().map(|(name, page)| (name, page.into_string())).collect()
}

fn each(check: impl Fn(&str, &[Tag])) {
    for (name, page) in pages() {
        check(name, &tags(&page));
    }
}

#[test]
fn a_script_in_any_text_of_any_page_comes_out_as_text() {
    let clean = pages();
    for ((name, page), (_, usual)) in read(|text| format!("{text}{HOSTILE}")).iter().zip(&clean) {
        assert!(page.contains("&lt;script&gt;alert(1)"), "{name} shows no text of its view");
        let (tags, usual) = (tags(page), tags(usual));
        assert!(!page.contains("<script>"), "{name}");
        let names = |tags: &[Tag]| tags.iter().map(|tag| tag.name.clone()).collect::<Vec<_>>();
        assert!(names(&tags) == names(&usual), "{name} has other tags when its texts are hostile");
        let attributes = |tags: &[Tag]| tags.iter().map(|tag| tag.attributes.len()).sum::<usize>();
        assert_eq!(attributes(&tags), attributes(&usual), "{name} has other attributes when its texts are hostile");
    }
}

/// What the Content-Security-Policy forbids is not on the page in the first place.
#[test]
fn no_page_has_anything_inline_or_from_elsewhere() {
    for (name, page) in pages() {
        for tag in tags(&page) {
            for (attribute, value) in &tag.attributes {
                assert!(attribute != "style" && !attribute.starts_with("on"), "{name}: {attribute} on {}", tag.name);
                if matches!(attribute.as_str(), "href" | "src" | "action" | "formaction") {
                    assert!(value.starts_with(['/', '#']) && !value.starts_with("//"), "{name}: {attribute}={value}");
                }
            }
            assert!(!matches!(tag.name.as_str(), "style" | "base" | "iframe" | "object"), "{name}: {}", tag.name);
            assert!(tag.name != "script" || tag.closes || tag.attribute("src").is_some(), "{name}: an inline script");
        }
        assert!(!page.contains("javascript:") && !page.contains("http://"), "{name}");
    }
}

#[test]
fn every_script_and_style_carries_the_nonce_of_its_answer() {
    each(|name, tags| {
        for tag in tags.iter().filter(|tag| !tag.closes) {
            if tag.name == "script" || tag.attribute("rel") == Some("stylesheet") {
                assert!(tag.attribute("nonce").is_some_and(|nonce| !nonce.is_empty()), "{name}: {tag:?}");
            }
        }
    });
}

#[test]
fn every_page_has_one_heading_of_the_first_rank_a_language_a_title_and_one_main_part() {
    each(|name, tags| {
        let count = |wanted: &str| tags.iter().filter(|tag| tag.name == wanted && !tag.closes).count();
        assert_eq!((count("h1"), count("main"), count("title")), (1, 1, 1), "{name}");
        let page = tags.iter().find(|tag| tag.name == "html").unwrap();
        assert_eq!(page.attribute("lang"), Some("en"), "{name}");
        let skip = tags.iter().find(|tag| tag.name == "a").unwrap();
        assert_eq!(skip.attribute("href"), Some("#main"), "{name}: the first link skips to the content");
    });
}

#[test]
fn every_input_has_a_label() {
    each(|name, tags| {
        let labelled: BTreeSet<&str> = tags.iter().filter_map(|tag| tag.attribute("for")).collect();
        let mut inside = 0;
        for tag in tags {
            match (tag.name.as_str(), tag.closes) {
                ("label", closes) => inside += if closes { -1 } else { 1 },
                ("input" | "select" | "textarea", false) if tag.attribute("type") != Some("hidden") => {
                    let by_id = tag.attribute("id").is_some_and(|id| labelled.contains(id));
                    assert!(inside > 0 || by_id, "{name}: {tag:?}");
                }
                _ => {}
            }
        }
    });
}

#[test]
fn every_id_is_used_once_and_whatever_names_one_finds_it() {
    each(|name, tags| {
        let ids: Vec<&str> = tags.iter().filter_map(|tag| tag.attribute("id")).collect();
        let set: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(set.len(), ids.len(), "{name}: {ids:?}");
        for tag in tags {
            for naming in ["for", "aria-labelledby", "aria-describedby", "popovertarget"] {
                if let Some(id) = tag.attribute(naming) {
                    assert!(set.contains(id), "{name}: {naming}={id}");
                }
            }
            assert!(tag.attribute("data-topic").is_none() || tag.attribute("id").is_some(), "{name}: {tag:?}");
        }
    });
}

#[test]
fn every_button_and_link_has_a_name_and_every_table_a_caption() {
    for (name, page) in pages() {
        for (at, _) in page.match_indices("<table").chain(page.match_indices("<fieldset")) {
            let next = page[at..].split_once('>').unwrap().1;
            assert!(next.starts_with("<caption>") || next.starts_with("<legend>"), "{name}: {}", &next[..60]);
        }
        for kind in ["button", "a"] {
            for part in page.split(&format!("<{kind} ")).skip(1) {
                let (start, rest) = part.split_once('>').unwrap();
                let inner = rest.split(&format!("</{kind}>")).next().unwrap();
                let words = tags(inner).iter().any(|tag| tag.text.trim().len() > 1)
                    || inner.split('<').next().unwrap().trim().len() > 1;
                assert!(words || start.contains("aria-label"), "{name}: <{kind} {start}>");
            }
        }
    }
}

#[test]
fn every_page_opens_and_closes_its_tags() {
    const VOID: [&str; 7] = ["!DOCTYPE", "meta", "link", "input", "br", "hr", "wbr"];
    each(|name, tags| {
        let mut open: Vec<&str> = Vec::new();
        for tag in tags.iter().filter(|tag| !VOID.contains(&tag.name.as_str())) {
            if tag.closes {
                assert_eq!(open.pop(), Some(tag.name.as_str()), "{name}");
            } else {
                assert!(tag.name != "form" || !open.contains(&"form"), "{name}: a form within a form");
                assert!(
                    open.last() != Some(&"p")
                        || !matches!(tag.name.as_str(), "p" | "div" | "ul" | "pre" | "dl" | "table" | "form" | "h2"),
                    "{name}: <{}> within <p>",
                    tag.name
                );
                open.push(&tag.name);
            }
        }
        assert!(open.is_empty(), "{name}: {open:?}");
    });
}

#[test]
fn the_live_topics_of_the_pages_are_those_that_the_stream_may_name() {
    let mut used = BTreeSet::new();
    for (name, page) in pages() {
        for tag in tags(&page) {
            for topic in tag.attribute("data-topic").unwrap_or_default().split_whitespace() {
                assert!(portal::page::place::TOPICS.contains(&topic), "{name}: {topic}");
                used.insert(topic.to_owned());
            }
        }
    }
    assert_eq!(used.iter().map(String::as_str).collect::<Vec<_>>(), portal::page::place::TOPICS);
}

/// The kill switch is within reach on every page inside the gate, and on none outside.
#[test]
fn the_kill_switch_is_on_every_page_of_someone_signed_in() {
    for (name, page) in pages() {
        let inside = page.contains("data-live=\"/live?told=");
        assert_eq!(page.contains("action=\"/kill\"") && page.contains("popovertarget=\"stop\""), inside, "{name}");
    }
}

/// Or it says why not: everything is stopped already, or the user may not.
#[test]
fn on_a_phone_it_is_on_the_first_screen_and_each_page_leads_there() {
    for (name, page) in pages() {
        let inside = page.contains("data-live=\"/m/live?told=");
        assert_eq!(page.contains("<nav class=\"bar\""), inside, "{name}");
        assert!(!inside || page.contains("<a href=\"/m/\""), "{name}");
        let first = inside && page.contains("id=\"waiting\"");
        let stops = ["action=\"/m/kill\"", "Everything is stopped", "You cannot stop everything"];
        assert_eq!(stops.iter().any(|text| page.contains(text)), first, "{name}");
    }
}

/// What the app asks for lies under `/m/`, or is an asset: it never leads out of itself but to the page of addresses.
#[test]
fn a_page_of_the_app_leads_to_pages_of_the_app() {
    for (name, page) in pages().iter().filter(|(name, _)| name.starts_with("phone")) {
        for tag in tags(page) {
            for to in [tag.attribute("href"), tag.attribute("src"), tag.attribute("action")].into_iter().flatten() {
                let own = ["/m/", "/assets/", "#"].iter().any(|start| to.starts_with(start)) || to == "/origins";
                assert!(own, "{name}: {to}");
            }
        }
    }
}

#[test]
fn what_a_passkey_signs_says_so_where_there_is_no_javascript() {
    for (name, page) in pages() {
        assert_eq!(page.matches("data-passkey=").count(), page.matches("<noscript>").count(), "{name}");
    }
}

/// HTML, style and scripts together; nothing else is asked for.
#[test]
fn every_page_weighs_less_than_100_kb() {
    let assets: usize = portal::asset::all().iter().map(|asset| asset.bytes.len()).sum();
    assert!(assets < 40_000, "{assets}");
    let app: usize = portal::asset::phone().iter().map(|asset| asset.bytes.len()).sum();
    assert!(app < 20_000, "{app}");
    for (name, page) in pages() {
        assert!(page.len() + assets + app < 100_000, "{name}: {} + {assets} + {app}", page.len());
    }
}
