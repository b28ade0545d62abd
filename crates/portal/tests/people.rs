//! People: an owner invites by a signature and hands over a link; whoever comes by it is a user of their own, and goes.

use crate::house::passkey::{Passkey, asked, signed};
use crate::house::{Answer, House};

const DAY_MS: i64 = 24 * 60 * 60_000;

struct Desk {
    house: House,
    cookie: String,
    passkey: Passkey,
}

impl Desk {
    async fn new() -> Self {
        let house = House::new().await;
        let (cookie, passkey) = house.by_link("maya").await;
        Self { house, cookie, passkey }
    }
    async fn get(&self, path: &str) -> Answer {
        self.house.get(path, &self.cookie).await
    }
    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.house.post(0, path, fields, &self.cookie).await
    }
    /// Signed on the page that the form leads to; where that leads.
    async fn invites(&self, role: &str, label: &str) -> String {
        let done = self.post("/people/invite", &[("role", role), ("label", label)]).await;
        assert_eq!(done.status, 303, "{}", done.body);
        let path = done.headers["location"].to_str().unwrap().to_owned();
        let page = self.get(&path).await;
        let words = format!("Invite somebody as {role}: {label}");
        assert!(page.body.contains(&words) && page.body.contains("they may see everything"), "{}", page.body);
        let asked = asked(&page);
        let fields = [("ceremony", asked.ceremony.as_str()), ("response", &signed(&self.passkey, &asked))];
        let done = self.post(&format!("{path}/approve"), &fields).await;
        done.headers["location"].to_str().unwrap().to_owned()
    }
    /// On the page that the form has led to; where that leads.
    async fn signs(&self, done: &Answer) -> String {
        let path = done.headers["location"].to_str().unwrap().to_owned();
        let asked = asked(&self.get(&path).await);
        let fields = [("ceremony", asked.ceremony.as_str()), ("response", &signed(&self.passkey, &asked))];
        let done = self.post(&format!("{path}/approve"), &fields).await;
        done.headers["location"].to_str().unwrap().to_owned()
    }
    /// The token of a new link of the invitation that is last on the page.
    async fn link(&self) -> String {
        let page = self.get("/people").await;
        let id = page.between("/people/invitations/", "/link\"").pop().unwrap();
        let made = self.post(&format!("/people/invitations/{id}/link"), &[]).await;
        assert_eq!(made.status, 200, "{}", made.body);
        let token = made.between("http://localhost:4180/enrol/", "<").remove(0);
        let again = self.get("/people").await;
        assert!(!again.body.contains(&token), "the link is shown once");
        token
    }
    fn path_of(&self, role: kernel::user::Role) -> String {
        let actor = self.house.node.actors().pop().unwrap();
        let find = |one: &&kernel::user::User| one.role == role;
        let id = actor.read(|state| state.customer.people.users.iter().find(find).map(|one| one.id));
        format!("/people/{}", id.unwrap())
    }
}

#[tokio::test]
async fn whoever_is_invited_comes_in_from_anywhere_once_under_a_name_of_their_own() {
    let desk = Desk::new().await;
    assert_eq!(desk.invites("trader", "ana").await, "/people");
    let first = desk.link().await;
    let token = desk.link().await;
    assert_eq!(desk.house.get(&format!("/enrol/{first}"), "").await.status, 410, "a later link makes it void");
    let (taken, _) = desk.house.tries(9, &token, "MAYA").await;
    assert!(taken.status == 400 && taken.body.contains("name_taken"), "{}", taken.body);
    let (came, _) = desk.house.tries(9, &token, "ana").await;
    assert_eq!((came.status, came.headers["location"].to_str().unwrap()), (303, "/enrolled"), "{}", came.body);
    assert_eq!(desk.house.get_from(9, &format!("/enrol/{token}"), "").await.status, 410, "a second time");
    let page = desk.house.get("/people", &came.cookies()).await;
    assert!(!page.body.contains("/people/invite"), "a trader invites nobody: {}", page.body);
    for text in ["maya", "ana", "not shown"] {
        assert!(page.body.contains(text), "{text} not in {}", page.body);
    }
    let people = desk.get("/people").await;
    assert!(!people.body.contains("not shown") && people.body.contains("Nobody is invited."), "{}", people.body);
}

/// Issue 4: the second user may be malicious.
#[tokio::test]
async fn a_trader_sees_no_other_user_invites_nobody_and_removes_nobody() {
    let desk = Desk::new().await;
    desk.invites("trader", "ana").await;
    let (cookie, _) = desk.house.comes_by(&desk.link().await, "ana").await;
    desk.invites("viewer", "auditor").await;
    let (maya, ana) = (desk.path_of(kernel::user::Role::Owner), desk.path_of(kernel::user::Role::Trader));
    let get = async |path: &str| desk.house.get(path, &cookie).await.status;
    assert_eq!([get(&ana).await, get(&maya).await, get(&format!("{maya}/ticket")).await], [200, 404, 404]);
    let invitations = desk.get("/people").await.between("/people/invitations/", "/");
    let id = invitations.first().unwrap();
    for (path, fields) in [
        ("/people/invite".to_owned(), vec![("role", "owner"), ("label", "me")]),
        (format!("/people/invitations/{id}/link"), Vec::new()),
        (format!("{maya}/remove"), Vec::new()),
        (format!("{ana}/remove"), Vec::new()),
    ] {
        let no = desk.house.post(0, &path, &fields, &cookie).await;
        assert!([403, 404].contains(&no.status), "{path}: {} {}", no.status, no.body);
    }
    // How others come in is not told either: not what they prove with, from where, or who is invited.
    let (own, all) = (desk.house.get("/activity", &cookie).await, desk.get("/activity").await);
    let bound = |page: &Answer| page.body.matches(") was added").count();
    assert_eq!((bound(&own), bound(&all)), (1, 2), "{}", own.body);
    assert!(!own.body.contains("the invitation inv_") && all.body.contains("the invitation inv_"));
    let home = desk.house.get("/", &cookie).await;
    assert!(bound(&home) == 1 && !home.body.contains("(inv_"), "{}", home.body);
    let people = desk.house.get("/people", &cookie).await;
    assert!(!people.body.contains("auditor"), "who is invited is the owners' affair: {}", people.body);
}

#[tokio::test]
async fn whoever_is_removed_is_out_at_once_and_their_name_is_free() {
    let desk = Desk::new().await;
    desk.invites("viewer", "ana").await;
    let (cookie, _) = desk.house.comes_by(&desk.link().await, "ana").await;
    let viewer = desk.house.get("/", &cookie).await;
    assert!(viewer.status == 200 && !viewer.body.contains("Engage, keep protective stops"), "{}", viewer.body);
    let mut live = desk.house.live(&cookie).await;
    let ana = desk.path_of(kernel::user::Role::Viewer);
    let gone = desk.post(&format!("{ana}/remove"), &[]).await;
    assert_eq!((gone.status, gone.headers["location"].to_str().unwrap()), (303, "/people"), "{}", gone.body);
    let out = desk.house.get("/", &cookie).await;
    assert_eq!((out.status, out.headers["location"].to_str().unwrap()), (303, "/sign-in?reason=ended"));
    assert!(live.next().await.unwrap().contains("ended"), "an open page is told");
    let maya = desk.path_of(kernel::user::Role::Owner);
    let stays = desk.post(&format!("{maya}/remove"), &[]).await;
    assert!(stays.status == 403 && stays.body.contains("last_owner"), "{}", stays.body);
    desk.invites("viewer", "ana-again").await;
    desk.house.comes_by(&desk.link().await, "ana").await;
}

/// A session alone does not put out whoever would see what is done with it.
#[tokio::test]
async fn an_owner_is_removed_by_a_signature_on_the_page_that_asks_for_it() {
    let desk = Desk::new().await;
    let done = desk.post("/people/invite", &[("role", "owner"), ("label", "ana")]).await;
    desk.signs(&done).await;
    let (cookie, _) = desk.house.comes_by(&desk.link().await, "ana").await;
    let actor = desk.house.node.actors().pop().unwrap();
    let ana = actor.read(|state| state.customer.people.users.last().map(|one| one.id)).unwrap();
    let page = desk.get(&format!("/people/{ana}")).await;
    assert!(page.body.contains("By a signature") && page.body.contains("Ask to remove "), "{}", page.body);
    let asked = desk.post(&format!("/people/{ana}/remove"), &[]).await;
    assert_eq!(desk.house.get("/", &cookie).await.status, 200, "asked for is not done");
    let path = asked.headers["location"].to_str().unwrap().to_owned();
    let words = format!("Remove the owner {ana}");
    assert!(desk.get(&path).await.body.contains(&words));
    assert_eq!(desk.signs(&asked).await, "/people");
    let out = desk.house.get("/", &cookie).await;
    assert_eq!((out.status, out.headers["location"].to_str().unwrap()), (303, "/sign-in?reason=ended"));
}

#[tokio::test]
async fn an_owner_who_was_invited_is_told_from_when_on_they_change_anything() {
    let desk = Desk::new().await;
    let done = desk.post("/people/invite", &[("role", "owner"), ("label", "ana")]).await;
    let path = done.headers["location"].to_str().unwrap().to_owned();
    let asked = asked(&desk.get(&path).await);
    let fields = [("ceremony", asked.ceremony.as_str()), ("response", &signed(&desk.passkey, &asked))];
    desk.post(&format!("{path}/approve"), &fields).await;
    let token = desk.link().await;
    let (cookie, _) = desk.house.comes_by(&token, "ana").await;
    let done = desk.house.get("/enrolled", &cookie).await;
    assert!(done.body.contains("changes nothing for a day") && !done.body.contains("Show my recovery codes"));
    let codes = desk.house.post(0, "/authenticators/codes", &[], &cookie).await;
    assert!(codes.body.contains("device_too_new"), "{}", codes.body);
    // An invitation that nobody has used in a day opens nothing.
    desk.invites("trader", "late").await;
    let late = desk.link().await;
    desk.house.clock.advance_ms(DAY_MS);
    assert_eq!(desk.house.get(&format!("/enrol/{late}"), "").await.status, 410);
}
