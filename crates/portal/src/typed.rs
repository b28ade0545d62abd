//! Typed: name, password and one-time code, checked with the same work whoever it is and whatever is wrong.

use crate::cookies::DeviceCookie;
use crate::world::{Shared, World};
use axum::http::HeaderMap;
use kernel::actor::Actor;
use kernel::attempt::Failed;
use kernel::authenticator::{Authenticator, Kind};
use kernel::command::Command;
use kernel::digest::Digest;
use kernel::evidence::{Evidence, Proof};
use kernel::id::{CustomerId, DeviceId, UserId};
use kernel::people;
use kernel::time::Timestamp;
use service::actor::CustomerActor;
use service::actor::lookups::NAME;
use service::node::answer;
use service::sources::{Attempt, Key, NotTried, Tried};
use service::{Sealed, SealedError};
use std::net::IpAddr;
use std::sync::Arc;
use vault::hasher::{Unhashed, Verdict};
use vault::index::Name;
use vault::password::{Password, Phc};
use vault::sms::Number;
use vault::totp::Secret;
use zeroize::Zeroizing;

/// What the row of a password's hash is sealed as, and that of a TOTP secret.
pub const PASSWORD: &str = "password";
pub const TOTP: &str = "totp";
/// And that of the phone number to which codes go.
pub const SMS_NUMBER: &str = "sms_number";
/// Checked in the place of what cannot be a password. No hash was made of it: that one would be too short.
const PRETENCE: &str = "none";

/// Who is tried, if there is such a one.
#[derive(Clone, Debug)]
pub struct Who {
    known: Option<(Arc<CustomerActor>, UserId)>,
    key: Key,
}

/// Where something is typed: at an address, and on a device, where it is a confirmed one of who is tried.
#[derive(Clone, Copy, Debug)]
pub struct From {
    pub address: IpAddr,
    pub device: Option<DeviceId>,
}

/// Why nobody is proven, in no more words than these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Not {
    Proven,
    Throttled { until: Timestamp },
    Busy { retry_after_ms: u64 },
    Recorded { why: String },
}

/// Both are right. It is still for whoever asked to say what came of it.
#[derive(Debug)]
pub struct Proven {
    pub actor: Arc<CustomerActor>,
    pub user: UserId,
    pub evidence: Vec<Evidence>,
    who: Who,
    from: From,
    attempt: Attempt,
}

impl Who {
    pub fn user(actor: &Arc<CustomerActor>, user: UserId) -> Self {
        Self { known: Some((Arc::clone(actor), user)), key: Key::of_user(user) }
    }

    /// One lookup, whatever was typed.
    pub async fn named(world: &Shared, typed: &str) -> Result<Self, Not> {
        // What can be no name is nobody's: it is looked for all the same.
        let blind = Name::parse(typed).map_or(Digest::plain(b""), |name| world.sealed.index().blind(&name));
        let key = blind.to_string();
        let row = world.node.with_store(move |store| store.lookup(NAME, &key)).await;
        let row =
            row.map_err(|why| Not::Recorded { why })?.map_err(|error| Not::Recorded { why: error.to_string() })?;
        let known = row.as_deref().and_then(|row| {
            let (customer, user) = row.split_once('/')?;
            Some((world.customer(CustomerId::parse(customer).ok()?)?, UserId::parse(user).ok()?))
        });
        let key = known.as_ref().map_or_else(|| Key::of_name(&blind), |(_, user)| Key::of_user(*user));
        Ok(Self { known, key })
    }

    /// The browser shows a device of theirs that is trusted now. Whoever shows another's, or none, is a stranger.
    pub fn device(&self, headers: &HeaderMap) -> Option<DeviceId> {
        let (actor, user) = self.known.as_ref()?;
        let shown = DeviceCookie::of(headers).filter(|cookie| cookie.customer == actor.id)?;
        let now = actor.now();
        actor.read(|state| {
            let one = state.customer.people.device(shown.device).ok()?;
            let theirs = one.user == *user && !one.shared && one.trusted(now).is_ok();
            (theirs && shown.secret.is(&one.sha256)).then_some(one.id)
        })
    }

    /// What they would have to show: password and TOTP, or a code by SMS; the latest of each.
    fn all(&self) -> [Option<Authenticator>; 3] {
        let Some((actor, user)) = &self.known else { return [None, None, None] };
        actor.read(|state| {
            let latest = |fits: fn(&Kind) -> bool| {
                state.customer.people.active(*user).filter(|one| fits(&one.kind)).last().cloned()
            };
            let password = latest(|kind| matches!(kind, Kind::Password));
            [password, latest(|kind| matches!(kind, Kind::Totp { .. })), latest(|kind| matches!(kind, Kind::Sms))]
        })
    }
    fn authenticators(&self) -> [Option<Authenticator>; 2] {
        let [password, totp, _] = self.all();
        [password, totp]
    }
    pub const fn key(&self) -> Key {
        self.key
    }
}

/// Whether a password and a code could be asked of this user at all.
pub fn possible(actor: &Arc<CustomerActor>, user: UserId) -> bool {
    Who::user(actor, user).authenticators().iter().all(Option::is_some)
}

/// Counted before it is answered. Each step is gone through whatever the one before has found.
pub async fn check(world: &Shared, who: Who, from: From, password: &str, code: &str) -> Result<Proven, Not> {
    let attempt = begun(world, &who, from).await?;
    match compared(world, &who, password, code).await? {
        Ok((actor, user, evidence)) => Ok(Proven { actor, user, evidence, who, from, attempt }),
        Err(wrong) => {
            note(world, &who, from, wrong);
            count(world, attempt, &who).await?;
            Err(Not::Proven)
        }
    }
}

async fn begun(world: &Shared, who: &Who, from: From) -> Result<Attempt, Not> {
    let device = from.device.map(Key::of_device);
    let tried = Tried { who: who.key, from: Key::of_address(world.sealed.index(), from.address), device };
    world.sources.attempt(tried, world.now()).await.map_err(|not| match not {
        NotTried::Throttled { until } => Not::Throttled { until },
        NotTried::NotCounted(why) => Not::Recorded { why },
    })
}

type Compared = Result<(Arc<CustomerActor>, UserId, Vec<Evidence>), Wrong>;

/// Told to the detector alone: to whoever typed it, both read the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Password,
    Second,
}

async fn compared(world: &Shared, who: &Who, typed: &str, code: &str) -> Result<Compared, Not> {
    let [password, totp] = who.authenticators();
    let owner = who.known.as_ref().map(|(actor, _)| Arc::clone(actor)).or_else(|| world.first());
    let Some(owner) = owner else { return Ok(Err(Wrong::Password)) };
    let hash = row(&world.sealed, &owner, PASSWORD, password.as_ref()).await?;
    let secret = row(&world.sealed, &owner, TOTP, totp.as_ref()).await?;
    let right = is_right(world, hash.as_deref().map(Vec::as_slice), typed).await?;
    let now = owner.now();
    let step = step(totp.as_ref(), secret.as_deref().map(Vec::as_slice), code, now);
    let wrong = if right { Wrong::Second } else { Wrong::Password };
    let (Some(password), Some(totp), Some(step), true) = (password, totp, step, right) else { return Ok(Err(wrong)) };
    let Some((actor, user)) = who.known.clone() else { return Ok(Err(wrong)) };
    let evidence =
        |one: Authenticator, proof| Evidence { authenticator: one.id, revision: one.revision, at: now, proof };
    Ok(Ok((actor, user, vec![evidence(password, Proof::Password), evidence(totp, Proof::Totp { step })])))
}

/// One hash, whatever was typed and whatever there is to compare it with.
async fn is_right(world: &Shared, hash: Option<&[u8]>, typed: &str) -> Result<bool, Not> {
    let phc = hash.and_then(|bytes| std::str::from_utf8(bytes).ok()).and_then(Phc::parse);
    let offered = Password::offered(typed);
    let could_be = offered.is_some();
    let Some(offered) = offered.or_else(|| Password::offered(PRETENCE)) else { return Ok(false) };
    match world.hasher.verify_or_pretend(phc.as_ref(), offered).await {
        Ok(verdict) => Ok(could_be && matches!(verdict, Verdict::Right { .. })),
        Err(Unhashed::Busy { retry_after_ms }) => Err(Not::Busy { retry_after_ms }),
        Err(why @ Unhashed::OtherPepper) => {
            tracing::error!(%why, "a password cannot be checked");
            Ok(false)
        }
        Err(why) => Err(Not::Recorded { why: why.to_string() }),
    }
}

/// A password that is right, and the number to which a code goes.
#[derive(Debug)]
pub struct ForSms {
    pub actor: Arc<CustomerActor>,
    pub user: UserId,
    pub who: Who,
    pub password: Evidence,
    pub sms: Authenticator,
    pub number: Number,
}

/// Counted as a failure, right or wrong, until the code comes back: neither the answer nor the work tells which it was.
pub async fn check_for_sms(world: &Shared, who: Who, from: From, typed: &str) -> Result<Option<ForSms>, Not> {
    let attempt = begun(world, &who, from).await?;
    let found = number_of(world, &who, typed).await?;
    count(world, attempt, &who).await?;
    Ok(found)
}

async fn number_of(world: &Shared, who: &Who, typed: &str) -> Result<Option<ForSms>, Not> {
    let [password, _, sms] = who.all();
    let owner = who.known.as_ref().map(|(actor, _)| Arc::clone(actor)).or_else(|| world.first());
    let Some(owner) = owner else { return Ok(None) };
    let hash = row(&world.sealed, &owner, PASSWORD, password.as_ref()).await?;
    let number = row(&world.sealed, &owner, SMS_NUMBER, sms.as_ref()).await?;
    let right = is_right(world, hash.as_deref().map(Vec::as_slice), typed).await?;
    let number = number.and_then(|bytes| Number::parse(std::str::from_utf8(&bytes).ok()?).ok());
    let (Some(password), Some(sms), Some(number), true) = (password, sms, number, right) else { return Ok(None) };
    let Some((actor, user)) = who.known.clone() else { return Ok(None) };
    let (authenticator, revision) = (password.id, password.revision);
    let password = Evidence { authenticator, revision, at: owner.now(), proof: Proof::Password };
    Ok(Some(ForSms { actor, user, who: who.clone(), password, sms, number }))
}

/// Against the user's secret, or one that nobody has.
fn step(totp: Option<&Authenticator>, secret: Option<&[u8]>, code: &str, now: Timestamp) -> Option<i64> {
    let used = totp.and_then(|one| match one.kind {
        Kind::Totp { step } => step,
        Kind::Passkey(_) | Kind::Password | Kind::RecoveryCodes { .. } | Kind::Sms => None,
    });
    let own = secret.and_then(Secret::from_bytes);
    let (known, secret) = (own.is_some(), own.or_else(|| Secret::from_bytes(&[0; 20]))?);
    let last = used.and_then(|step| u64::try_from(step).ok());
    let step = secret.check(code, now.0, last).ok()?;
    i64::try_from(step).ok().filter(|_| known)
}

/// One read of a sealed row, there or not; the key of whoever it would belong to is at hand in either case.
async fn row(
    sealed: &Sealed,
    owner: &CustomerActor,
    what: &'static str,
    one: Option<&Authenticator>,
) -> Result<Option<Zeroizing<Vec<u8>>>, Not> {
    let unread = |error: SealedError| Not::Recorded { why: error.to_string() };
    sealed.data_key(owner.stream()).await.map_err(unread)?;
    let named = one.and_then(|one| one.sealed_sha256).unwrap_or_else(|| Digest::plain(b""));
    match sealed.unseal(owner.stream(), what, &named).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(SealedError::Missing { .. }) if one.is_none() => Ok(None),
        // One who is known and whose row cannot be read is told as little as the others.
        Err(error) if one.is_some() => {
            tracing::error!(%error, "what a user proves with cannot be read");
            Ok(None)
        }
        Err(error) => Err(unread(error)),
    }
}

impl Proven {
    pub async fn taken(self) {
        if let Err(why) = self.attempt.succeeded().await {
            tracing::error!(%why, "a success could not be counted: earlier failures stand");
        }
    }

    /// The decision was another: the code was used meanwhile, or what it was of is gone.
    pub async fn refused(self, world: &Shared) -> Result<(), Not> {
        note(world, &self.who, self.from, Wrong::Second);
        count(world, self.attempt, &self.who).await
    }
}

/// For the detector.
fn note(world: &World, who: &Who, from: From, wrong: Wrong) {
    let Some((actor, user)) = &who.known else { return };
    let network = Some(world.network(actor.id, from.address));
    let failed = Failed { user: *user, network, known: from.device.is_some(), second: wrong == Wrong::Second };
    actor.note_failure(failed);
}

async fn count(world: &Shared, attempt: Attempt, who: &Who) -> Result<(), Not> {
    let too_many = attempt.failed().await.map_err(|why| Not::Recorded { why })?;
    if too_many {
        // Not waited for: what is done about it is not to be told from how long the answer takes.
        tokio::spawn(disable(Arc::clone(world), who.clone()));
    }
    Ok(())
}

/// NI-10: they do not come back; a passkey still signs in, and binds others.
async fn disable(world: Shared, who: Who) {
    if let Some((actor, user)) = &who.known {
        for one in who.all().into_iter().flatten() {
            let command = Command::People(people::Command::DisableAuthenticator { id: one.id });
            if let Err(no) = answer(actor.submit(Actor::House, command)).await {
                tracing::error!(%user, authenticator = %one.id, %no, "it could not be disabled; the next failure tries again");
                return;
            }
        }
    }
    if let Err(why) = world.sources.disabled(who.key, world.now()).await {
        tracing::error!(%why, "a counter could not be begun anew; the next failure tries again");
    }
}
