//! The forms of a page, as a browser would send them: where to, and each field with the value it has.

use crate::pages::scan::{Tag, tags};

#[derive(Debug, Clone)]
pub struct Form {
    pub post: bool,
    pub action: String,
    /// By name, in their order; of several choices of one name the one that is chosen, or the first.
    pub fields: Vec<(String, String)>,
    /// Where a passkey answers it: whether one is made, and what it is asked.
    pub passkey: Option<(bool, String)>,
}

impl Form {
    /// The same for every thing it may be about: `POST /devices/ID/confirm`.
    pub fn route(&self) -> String {
        format!("{} {}", if self.post { "POST" } else { "GET" }, route(&self.action))
    }

    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.0 == name).map(|field| field.1.as_str())
    }

    fn choose(&mut self, name: &str, tag: &Tag, chosen: &str) {
        let value = plain(tag.attribute("value").unwrap_or_default());
        match self.fields.iter_mut().find(|field| field.0 == name) {
            Some(field) if tag.attribute(chosen).is_some() => field.1 = value,
            Some(_) => {}
            None => self.fields.push((name.to_owned(), value)),
        }
    }
}

/// A path without the ids and secrets in it.
pub fn route(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let names_a_thing = |part: &str| part.contains('_') || part.bytes().any(|byte| byte.is_ascii_digit());
    path.split('/').map(|part| if names_a_thing(part) { "ID" } else { part }).collect::<Vec<_>>().join("/")
}

pub fn forms(page: &str) -> Vec<Form> {
    let mut all: Vec<Form> = Vec::new();
    let mut inside = false;
    let mut choosing = None;
    for tag in tags(page) {
        let form = all.last_mut().filter(|_| inside);
        match (tag.name.as_str(), tag.closes, form) {
            ("form", closes, _) => {
                inside = !closes;
                all.extend(inside.then(|| begun(&tag)));
            }
            ("select", closes, _) => choosing = tag.attribute("name").filter(|_| !closes).map(str::to_owned),
            ("option", false, Some(form)) => {
                if let Some(name) = &choosing {
                    form.choose(name, &tag, "selected");
                }
            }
            ("input" | "button" | "textarea", false, Some(form)) => {
                if let Some(name) = tag.attribute("name") {
                    form.choose(name, &tag, "checked");
                }
            }
            _ => {}
        }
    }
    all
}

fn begun(tag: &Tag) -> Form {
    let said = |name: &str| tag.attribute(name).map(plain);
    let passkey = said("data-options").map(|options| (tag.attribute("data-passkey") == Some("create"), options));
    Form {
        post: tag.attribute("method") == Some("post"),
        action: said("action").unwrap_or_default(),
        fields: Vec::new(),
        passkey,
    }
}

/// Where the links of a page lead.
pub fn links(page: &str) -> Vec<String> {
    let all = tags(page);
    let there = all.iter().filter(|tag| tag.name == "a").filter_map(|tag| tag.attribute("href"));
    there.filter(|to| to.starts_with('/')).map(plain).collect()
}

pub fn plain(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}
