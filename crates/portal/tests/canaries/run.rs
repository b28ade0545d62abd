//! The run: each form sent once for each of its fields, with a canary there, and once as a person would fill it in.

use super::forms::{Form, forms, route};
use super::planted::{Planted, Search};
use super::stage::{Source, Stage};
use super::table::{Fill, field};
use crate::house::{Answer, ORIGIN};
use crate::pages::sample;
use axum::http::Request;
use std::collections::{BTreeMap, BTreeSet};

/// Which form it is, whatever it is about: its route, and its fields.
pub type Key = (String, Vec<String>);

/// Forms that are answered with a no here: codes are told on another device, or to a phone.
const NEVER_TAKEN: [&str; 7] = [
    "POST /device",
    "POST /m/pair",
    "POST /authenticators/totp",
    "POST /authenticators/sms",
    "POST /notices/email",
    "POST /sign-in/sms/code",
    // Wrong so often by then that it has to wait.
    "POST /step-up",
];

pub struct Run {
    pub planted: Planted,
    /// The fields that samples of the pages have, besides those on the stage.
    pub known: BTreeMap<String, BTreeSet<String>>,
    /// Fields that the table does not have.
    pub unknown: BTreeSet<String>,
    pub routes: BTreeSet<String>,
    /// Where the canaries of each place were found again.
    pub found: BTreeMap<String, BTreeSet<&'static str>>,
    pub not_taken: BTreeSet<String>,
    pub pages: Vec<u8>,
    pub files: Vec<u8>,
}

impl Run {
    pub fn new() -> Self {
        let mut known: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (_, page) in sample::all(str::to_owned) {
            for form in forms(&page.into_string()) {
                known.entry(form.route()).or_default().extend(form.fields.iter().map(|field| field.0.clone()));
            }
        }
        Self {
            planted: Planted::default(),
            known,
            unknown: BTreeSet::new(),
            routes: BTreeSet::new(),
            found: BTreeMap::new(),
            not_taken: BTreeSet::new(),
            pages: Vec::new(),
            files: Vec::new(),
        }
    }

    /// A stage of its own for each form, and another where sending it has taken it away.
    pub async fn every_field(&mut self, source: &Source, key: &Key) {
        let mut fields: BTreeSet<String> = key.1.iter().cloned().collect();
        fields.extend(self.known.get(&key.0).into_iter().flatten().cloned());
        self.routes.insert(key.0.clone());
        let mut stage = Stage::new(&mut self.planted).await;
        for aim in fields.iter().map(Some).chain([None]) {
            let (form, page) = match found(&stage, source, key).await {
                Some(found) => found,
                None => {
                    self.end(&stage).await;
                    stage = Stage::new(&mut self.planted).await;
                    found(&stage, source, key).await.unwrap_or_else(|| panic!("{source:?}: no {key:?}"))
                }
            };
            // Else it may be taken for the same order once more.
            stage.house.clock.advance_ms(3_000);
            let from = self.planted.all.len();
            let mut sent = self.filled(&stage, &form);
            if let Some(name) = aim {
                let place = self.place(&form, name);
                let canary = self.planted.word(&place);
                match sent.iter_mut().find(|one| one.0 == *name) {
                    Some(one) => one.1 = canary,
                    None => sent.push((name.clone(), canary)),
                }
            }
            let cookie = stage.cookie_with(source.who(), &page);
            let answer = if form.post {
                let sent: Vec<_> = sent.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
                stage.house_of(source.who()).post(0, &form.action, &sent, &cookie).await
            } else {
                stage.house.get(&format!("{}?{}", form.action, query(&sent)), &cookie).await
            };
            if aim.is_none() && answer.status >= 400 && !NEVER_TAKEN.contains(&form.route().as_str()) {
                let code = answer.between("<code>", "</code>");
                self.not_taken.insert(format!("{} {} {code:?} {sent:?}", form.route(), answer.status));
            }
            self.look(&answer, from);
        }
        self.end(&stage).await;
    }

    /// A field of a form, which the table has to know.
    fn place(&mut self, form: &Form, name: &str) -> String {
        let place = format!("{} {name}", form.route());
        if field(&place).is_none() {
            self.unknown.insert(place.clone());
        }
        place
    }

    /// As its person would fill it in: with canaries in the shape that is wanted, wherever one fits.
    fn filled(&mut self, stage: &Stage, form: &Form) -> Vec<(String, String)> {
        let mut sentence = String::new();
        let mut fields = form.fields.clone();
        for (name, value) in &mut fields {
            let place = self.place(form, name);
            *value = match field(&place).map_or(Fill::AsShown, |known| known.fill) {
                Fill::AsShown => continue,
                Fill::Is(text) => text.to_owned(),
                Fill::Name => stage.name.clone(),
                Fill::Password => stage.password.clone(),
                Fill::Code => {
                    // Each is good once.
                    stage.house.clock.advance_ms(30_000);
                    stage.house.code(&stage.maya)
                }
                Fill::Signed => {
                    let empty = "\"clientExtensionResults\":{}";
                    let full = format!("\"clientExtensionResults\":{{\"x\":\"{}\"}}", self.planted.word(&place));
                    stage.response(form).replace(empty, &full)
                }
                Fill::Word => self.planted.word(&place),
                Fill::Sentence => {
                    sentence = self.planted.words(&place, 2);
                    sentence.clone()
                }
                Fill::Again => sentence.clone(),
                Fill::Figure => self.planted.figure(&place, 9),
                Fill::Phone => format!("+49{}", self.planted.figure(&place, 10)),
            };
        }
        fields
    }

    /// What was planted since then, looked for in the answer: its body and its headers.
    fn look(&mut self, answer: &Answer, from: usize) {
        let mut said = answer.body.clone().into_bytes();
        for (name, value) in &answer.headers {
            said.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat());
        }
        let fresh = &self.planted.all[from..];
        for at in Search::of(fresh).found(&said) {
            self.found.entry(fresh[at].place.clone()).or_default().insert("answer");
        }
    }

    /// What is typed where no form is: in the path, behind it, and in what a browser says of itself.
    pub async fn every_path_and_header(&mut self, stage: &Stage) {
        let cookie = stage.maya.cookie.clone();
        for (about, path) in stage.pages.clone() {
            let from = self.planted.all.len();
            let place = format!("GET {about} (path)");
            let parts: Vec<String> = path.split('?').next().unwrap_or_default().split('/').map(str::to_owned).collect();
            for at in 1..parts.len() {
                let mut other = parts.clone();
                other[at] = self.planted.word(&place);
                let path = other.join("/");
                self.look(&stage.house.get(&path, &cookie).await, from);
                self.look(&stage.post(&path, &[], &cookie).await, from);
            }
            let word = self.planted.word(&format!("GET {about} (a field it does not have)"));
            self.look(&stage.house.get(&format!("{about}?{word}={word}"), &cookie).await, from);
        }
        for (route, form) in self.routes.clone().iter().filter_map(|route| Some((route, route.strip_prefix("POST ")?)))
        {
            let from = self.planted.all.len();
            let word = self.planted.word(&format!("{route} (path)"));
            self.look(&stage.post(&form.replace("ID", &word), &[], &cookie).await, from);
            let word = self.planted.word(&format!("{route} (a field it does not have)"));
            self.look(&stage.post(form, &[(word.clone(), word)], &cookie).await, from);
        }
        for header in
            ["user-agent", "referer", "x-forwarded-for", "forwarded", "accept-language", "cookie", "x-request-id"]
        {
            for path in ["/", "/sign-in", "/nowhere"] {
                let from = self.planted.all.len();
                let word = self.planted.word(&format!("the header {header}"));
                let value = match header {
                    "cookie" => cookie
                        .split("; ")
                        .map(|one| one.rsplit_once('.').map_or("", |one| one.0))
                        .map(|one| format!("{one}.{word}"))
                        .collect::<Vec<_>>()
                        .join("; "),
                    _ => word,
                };
                let request = Request::get(path).header(header, value).header("origin", ORIGIN);
                self.look(&stage.house.send(0, request, String::new()).await, from);
            }
        }
    }

    /// Before a stage goes: its pages as they are now, and its files.
    pub async fn end(&mut self, stage: &Stage) {
        for source in stage.sources().iter().filter(|source| matches!(source, Source::Page(..))) {
            if let Some(page) = stage.page(source).await {
                self.pages.extend(page.body.into_bytes());
            }
        }
        self.files.extend(stage.bytes());
    }

    /// Everything that is kept, looked through once.
    pub fn search(&mut self, logged: &[u8]) {
        let search = Search::of(&self.planted.all);
        for (hay, what) in [(&self.pages[..], "pages"), (&self.files, "journal"), (logged, "log")] {
            for at in search.found(hay) {
                self.found.entry(self.planted.all[at].place.clone()).or_default().insert(what);
            }
        }
    }
}

pub fn key(form: &Form) -> Key {
    (form.route(), form.fields.iter().map(|field| field.0.clone()).collect())
}

async fn found(stage: &Stage, source: &Source, wanted: &Key) -> Option<(Form, Answer)> {
    let page = stage.page(source).await?;
    let form = forms(&page.body).into_iter().find(|form| key(form) == *wanted)?;
    Some((form, page))
}

fn query(fields: &[(String, String)]) -> String {
    let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    fields.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect::<Vec<_>>().join("&")
}

#[test]
fn ids_are_no_part_of_a_route() {
    assert_eq!(route("/devices/dev_01m3250v00/confirm?x=1"), "/devices/ID/confirm");
    assert_eq!(route("/sign-in/sms"), "/sign-in/sms");
}
