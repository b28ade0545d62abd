//! A house in which there is something of everything, so that each form is on some page; and the way to each page.

use super::forms::{Form, forms, links, route};
use super::planted::Planted;
use super::trades::trades;
use crate::house::passkey::{Asked, Passkey, created, signed};
use crate::house::push::{AUTH, ENDPOINT, P256DH};
use crate::house::{Answer, House, Owner};
use kernel::actor::Actor;
use kernel::authenticator::Kind;
use kernel::command::Command;
use kernel::id::CredentialId;
use service::node::answer;
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use vault::token::Token;

pub const ACCOUNT: &str = "DU0000001";
const PHONE: &str = "+4915123456789";

/// Whose browser it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Stranger,
    /// At a gate that has no owner yet.
    First,
    /// Has signed in, and waits to be confirmed.
    Newcomer,
    /// Has scanned a link, in a browser that was nobody's before.
    Scanner,
    Maya,
    /// Maya's, paired with her.
    Phone,
}

/// How one comes to a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The path is found by what it is about.
    Page(Who, String),
    /// So many steps of the wizard were filled in.
    Wizard(usize),
    Totp,
    Number,
    Email,
    SmsCode,
    Release,
    Suspended,
    /// A link was scanned.
    Pairing,
    /// Push is on, on the phone: as the phone or the portal shows it.
    Rings(Who),
}

impl Source {
    pub fn who(&self) -> Who {
        match self {
            Source::Page(who, _) | Source::Rings(who) => *who,
            Source::SmsCode => Who::Stranger,
            Source::Pairing => Who::Scanner,
            _ => Who::Maya,
        }
    }
}

pub struct Stage {
    pub house: House,
    /// Nobody is enrolled there.
    bare: House,
    pub maya: Owner,
    pub name: String,
    pub password: String,
    newcomer: String,
    phone: String,
    passkey: Passkey,
    /// By what it is about, the first of its kind.
    pub pages: BTreeMap<String, String>,
    credential: CredentialId,
    path: PathBuf,
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.path));
    }
}

impl Stage {
    pub async fn new(planted: &mut Planted) -> Self {
        let path =
            std::env::temp_dir().join(format!("portreeve-canaries-{}", Token::random().unwrap().text().as_str()));
        std::fs::create_dir_all(&path).unwrap();
        // Texts are taken, and go nowhere.
        let house =
            House::in_file(&path.join("portreeve.db"), &["tee", "-a", path.join("texts").to_str().unwrap()]).await;
        house.node.pump();
        let (name, password) = (planted.word("the owner's name"), planted.words("the owner's password", 2));
        let (cookies, passkey) = house.by_link(&name).await;
        let actor = house.node.actors().remove(0);
        let session = actor.read(|state| state.customer.people.sessions[0]);
        let by = Actor::User { user: session.user, session: session.id };
        let secret = vault::totp::Secret::random().unwrap();
        let maya = Owner { actor, by, cookie: cookies, device: String::new(), secret };
        let hash = house.world.hasher.hash(vault::password::Password::offered(&password).unwrap()).await.unwrap();
        house.bind(&maya, Kind::Password, "password", hash.text().as_bytes()).await;
        house.bind(&maya, Kind::Totp { step: None }, "totp", maya.secret.bytes()).await;
        house.bind(&maya, Kind::Sms, "sms_number", PHONE.as_bytes()).await;
        house.told(&maya, "maya@example.com").await;
        let code = house.code(&maya);
        let newcomer = house.sign_in(9, &name, &password, &code).await;
        assert_eq!(newcomer.headers["location"], "/device", "{}", newcomer.body);
        let credential = trades(&house, &maya).await;
        let newcomer = newcomer.cookies();
        // The next one-time code is another.
        house.clock.advance_ms(30_000);
        let bare = House::in_file(&path.join("bare.db"), &[]).await;
        let pages = BTreeMap::new();
        let phone = String::new();
        let mut stage = Self { house, bare, maya, name, password, newcomer, phone, passkey, pages, credential, path };
        stage.pair().await;
        let ana = stage.ana().await;
        stage.walk(&ana).await;
        let page = stage.house.get("/ticket/limits", stage.cookie(Who::Maya)).await;
        let form = forms(&page.body).into_iter().find(|form| form.value("go") == Some("state")).unwrap();
        let typed = [("order_value", "1000"), ("day_value", "5000"), ("instruments", "stock")];
        let fields: Vec<_> = form
            .fields
            .iter()
            .map(|(name, shown)| {
                let value = typed.iter().find(|one| one.0 == name).map_or(shown.as_str(), |one| one.1);
                (name.clone(), value.to_owned())
            })
            .collect();
        let stated = stage.post("/ticket/limits", &fields, stage.cookie(Who::Maya)).await;
        stage.sign(&stated).await;
        stage
    }

    /// Another user, with a ticket that is open, and somebody who is invited; the path of her page.
    async fn ana(&self) -> String {
        for label in ["ana", "auditor"] {
            let fields =
                [("role", "trader"), ("label", label)].map(|(name, value)| (name.to_owned(), value.to_owned()));
            self.sign(&self.post("/people/invite", &fields, self.cookie(Who::Maya)).await).await;
        }
        let page = self.house.get("/people", self.cookie(Who::Maya)).await;
        let link = forms(&page.body).into_iter().find(|form| form.action.ends_with("/link")).unwrap();
        let made = self.post(&link.action, &[], self.cookie(Who::Maya)).await;
        let (cookies, _) = self.house.comes_by(&made.between("/enrol/", "<").remove(0), "ana").await;
        let session = self.maya.actor.read(|state| *state.customer.people.sessions.last().unwrap());
        assert!(cookies.contains(&session.id.to_string()), "{cookies}");
        let ana = Actor::User { user: session.user, session: session.id };
        answer(self.maya.actor.submit(ana, Command::OpenTicket)).await.unwrap();
        format!("/people/{}", session.user)
    }

    /// What was asked for is signed where the answer leads to.
    async fn sign(&self, asked: &Answer) {
        let to = asked.headers.get("location").unwrap_or_else(|| panic!("{}", asked.body)).to_str().unwrap();
        let page = self.house.get(to, self.cookie(Who::Maya)).await;
        let form = forms(&page.body).into_iter().find(|form| form.action.ends_with("/approve"));
        let form = form.unwrap_or_else(|| panic!("{}", page.body));
        let mut fields = form.fields.clone();
        for field in fields.iter_mut().filter(|field| field.0 == "response") {
            field.1 = self.response(&form);
        }
        let signed = self.post(&form.action, &fields, self.cookie(Who::Maya)).await;
        assert_eq!(signed.status, 303, "{}", signed.body);
    }

    /// A link is shown, and opened by nobody in particular.
    async fn scanned(&self) -> Option<Answer> {
        self.post("/devices/pair", &[], self.cookie(Who::Maya)).await;
        let page = self.house.get("/devices/pair", self.cookie(Who::Maya)).await;
        let code = page.between("/m/pair#", "<").pop()?;
        Some(self.post("/m/pair", &[("code".to_owned(), code)], "").await)
    }

    /// Turned on at the phone, where it is not on yet.
    async fn rings(&self) {
        if self.maya.actor.read(|state| !state.customer.people.pushes.is_empty()) {
            return;
        }
        let said = [("endpoint", ENDPOINT), ("p256dh", P256DH), ("auth", AUTH)];
        let said = said.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let asked = self.post("/m/push", &said, self.cookie(Who::Phone)).await;
        let page = self.house.get(asked.headers["location"].to_str().unwrap(), self.cookie(Who::Phone)).await;
        let form = forms(&page.body).into_iter().find(|form| form.action.ends_with("/approve")).unwrap();
        let mut fields = form.fields.clone();
        fields.iter_mut().find(|field| field.0 == "response").unwrap().1 = self.response(&form);
        let signed = self.post(&form.action, &fields, self.cookie(Who::Phone)).await;
        assert_eq!(signed.status, 303, "{}", signed.body);
    }

    async fn pair(&mut self) {
        let page = self.scanned().await.unwrap();
        let form = forms(&page.body).into_iter().find(|form| form.action == "/m/pair/made").unwrap();
        let mut fields = form.fields.clone();
        fields.iter_mut().find(|field| field.0 == "response").unwrap().1 = self.response(&form);
        let paired = self.post(&form.action, &fields, "").await;
        assert_eq!(paired.headers["location"], "/m/", "{}", paired.body);
        self.phone = paired.cookies();
    }

    /// Everything that links lead to from the security home, and from the first screen of the phone.
    async fn walk(&mut self, another: &str) {
        let link = Token::random().unwrap();
        let offer = kernel::people::Command::OfferEnrolment { sha256: link.sha256() };
        let other = self.bare.node.open_customer("other").await.unwrap();
        answer(other.submit(Actor::House, Command::People(offer))).await.unwrap();
        self.pages.insert("/enrol/ID".to_owned(), format!("/enrol/{}", link.text().as_str()));
        let mut next: VecDeque<String> = ["/", "/step-up", "/m/", another].map(str::to_owned).into();
        while let Some(path) = next.pop_front() {
            let about = route(&path);
            if self.pages.contains_key(&about) {
                continue;
            }
            let page = self.house.get(&path, self.cookie(Self::whose(&path))).await;
            assert_eq!(page.status, 200, "{path}: {}", page.body);
            self.pages.insert(about, path);
            next.extend(links(&page.body));
        }
    }

    fn whose(about: &str) -> Who {
        if about.starts_with("/m/") { Who::Phone } else { Who::Maya }
    }

    /// Every page that is simply read.
    pub fn sources(&self) -> Vec<Source> {
        let inside = self.pages.keys().filter(|about| *about != "/enrol/ID" && *about != "/sign-in");
        let mut all: Vec<Source> = ["/sign-in", "/sign-in/sms", "/origins", "/m/pair"]
            .map(|about| Source::Page(Who::Stranger, about.to_owned()))
            .into();
        all.push(Source::Page(Who::First, "/enrol/ID".to_owned()));
        all.push(Source::Page(Who::Newcomer, "/device".to_owned()));
        all.push(Source::Page(Who::Phone, "/m/sign-in".to_owned()));
        all.extend(inside.map(|about| Source::Page(Self::whose(about), about.clone())));
        all.extend((1..=3).map(Source::Wizard));
        all.extend([Source::Totp, Source::Number, Source::Email, Source::SmsCode, Source::Release, Source::Suspended]);
        all.extend([Source::Pairing, Source::Rings(Who::Phone), Source::Rings(Who::Maya)]);
        all
    }

    pub fn house_of(&self, who: Who) -> &House {
        if who == Who::First { &self.bare } else { &self.house }
    }

    /// The browser's, with those that the page gave it.
    pub fn cookie_with(&self, who: Who, page: &Answer) -> String {
        [self.cookie(who), &page.cookies()].join("; ").trim_matches([';', ' ']).to_owned()
    }

    fn cookie(&self, who: Who) -> &str {
        match who {
            // A confirmed browser: only there is a code sent.
            Who::Stranger => self.maya.cookie.split("; ").find(|one| one.contains("-device")).unwrap(),
            Who::First | Who::Scanner => "",
            Who::Newcomer => &self.newcomer,
            Who::Maya => &self.maya.cookie,
            Who::Phone => &self.phone,
        }
    }

    /// `None` where the way to it is barred: somebody is signed out, or what it is about is gone.
    pub async fn page(&self, source: &Source) -> Option<Answer> {
        Some(match source {
            Source::Page(who, about) => {
                let path = self.pages.get(about).map_or(about.as_str(), String::as_str);
                self.house_of(*who).get(path, self.cookie(*who)).await
            }
            Source::Wizard(steps) => {
                let mut page = self.house.get("/credentials/new", &self.maya.cookie).await;
                for _ in 0..*steps {
                    let form = forms(&page.body).into_iter().find(|form| form.action == "/credentials/new")?;
                    let fields = Self::step(&form);
                    page = self.post("/credentials/new", &fields, self.cookie(Who::Maya)).await;
                }
                page
            }
            Source::Totp => self.post("/authenticators/totp/begin", &[], self.cookie(Who::Maya)).await,
            Source::Number => {
                let number = [("number".to_owned(), PHONE.to_owned())];
                self.post("/authenticators/sms/begin", &number, self.cookie(Who::Maya)).await
            }
            Source::Email => {
                let email = [("email".to_owned(), "maya@example.com".to_owned())];
                self.post("/notices/email/begin", &email, self.cookie(Who::Maya)).await
            }
            Source::SmsCode => {
                let fields = [("name", &self.name), ("password", &self.password)];
                let fields = fields.map(|(name, value)| (name.to_owned(), value.clone()));
                self.post("/sign-in/sms", &fields, self.cookie(Who::Stranger)).await
            }
            Source::Suspended => {
                let credential = format!("/credentials/{}", self.credential);
                self.post(&format!("{credential}/suspend"), &[], self.cookie(Who::Maya)).await;
                self.house.get(&credential, self.cookie(Who::Maya)).await
            }
            Source::Pairing => self.scanned().await?,
            Source::Rings(who) => {
                self.rings().await;
                let path = if *who == Who::Phone { "/m/settings" } else { "/notices" };
                self.house.get(path, self.cookie(*who)).await
            }
            Source::Release => {
                let fields = [("level", "credential".to_owned()), ("target", self.credential.to_string())];
                let fields = fields.map(|(name, value)| (name.to_owned(), value));
                let asked = self.post("/release", &fields, self.cookie(Who::Maya)).await;
                self.house.get(asked.headers.get("location")?.to_str().unwrap(), &self.maya.cookie).await
            }
        })
    }

    /// Of the wizard, filled in with the least that is enough.
    fn step(form: &Form) -> Vec<(String, String)> {
        let mut fields = form.fields.clone();
        for (name, value) in &mut fields {
            match name.as_str() {
                "name" => *value = "third".to_owned(),
                "scope" => *value = "order:submit".to_owned(),
                "instruments" => *value = "stock".to_owned(),
                "order_value" | "day_value" => *value = "1000".to_owned(),
                _ => {}
            }
        }
        fields
    }

    pub async fn post(&self, path: &str, fields: &[(String, String)], cookie: &str) -> Answer {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.house.post(0, path, &fields, cookie).await
    }

    /// As `passkey.js` answers.
    pub fn response(&self, form: &Form) -> String {
        let Some((makes, options)) = &form.passkey else { return String::new() };
        let ceremony = form.value("ceremony").unwrap().to_owned();
        let asked = Asked { ceremony, options: options.clone() };
        if *makes { created(&asked).0 } else { signed(&self.passkey, &asked) }
    }

    /// Every file of it, as its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let files = std::fs::read_dir(&self.path).unwrap().map(|file| file.unwrap().path());
        let own = files.filter(|path| !path.ends_with("texts"));
        own.flat_map(|path| std::fs::read(path).unwrap()).collect()
    }
}
