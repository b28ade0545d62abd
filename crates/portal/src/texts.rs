//! Texts: the program that sends SMS, how many it may send, and the codes that wait to be typed. Off without a program.

use crate::hourly::Hourly;
use crate::typed::Who;
use kernel::authenticator::Authenticator;
use kernel::digest::Digest;
use kernel::evidence::Evidence;
use kernel::id::{DeviceId, SessionId, UserId};
use kernel::time::Timestamp;
use notify::Address;
use service::actor::CustomerActor;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use vault::sms::{CODE_LIFE_MS, Number, SmsCode, TRIES};
use vault::token::Token;

/// The program has this long; then it is killed.
const PATIENCE: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(10);
/// Codes that wait; the oldest gives way.
const MOST: usize = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    #[error("no program sends SMS here")]
    Off,
    #[error("too many were sent in this hour")]
    TooMany,
    #[error("the program could not be started")]
    NotStarted,
    #[error("the program did not take what it was given")]
    NotTaken,
    #[error("the program ended with a failure")]
    Failed,
    #[error("the program did not end in time")]
    Late,
}

#[derive(Default)]
pub struct Texts {
    /// The program and its arguments; no shell reads them.
    program: Vec<String>,
    /// Each costs money, and who makes them be sent may earn it.
    sent: Hourly,
    waiting: Mutex<BTreeMap<Key, Waiting>>,
}

/// Its numbers and codes are nobody's to print.
impl std::fmt::Debug for Texts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Texts")
    }
}

/// Begins with its time: the first is the oldest.
type Key = (i64, Digest);

struct Waiting {
    code: SmsCode,
    until: Timestamp,
    tries: u8,
    goal: Goal,
}

/// What a code that is right is good for.
#[derive(Clone, Debug)]
pub enum Goal {
    /// For nobody: the page is the same, and no code is right.
    Nothing,
    SignIn(Arc<Entering>),
    /// The number is bound to whom the session is of.
    Bind {
        session: SessionId,
        number: Number,
    },
    /// The address is told from now on.
    Email {
        session: SessionId,
        email: Address,
    },
}

/// Whoever has typed name and password on a device of theirs that was confirmed.
#[derive(Debug)]
pub struct Entering {
    pub actor: Arc<CustomerActor>,
    pub user: UserId,
    pub who: Who,
    pub password: Evidence,
    pub sms: Authenticator,
    pub device: DeviceId,
}

/// What came of a code that was typed.
#[derive(Debug)]
pub enum Tried {
    Right(Goal),
    Wrong,
    /// Typed too late or wrong too often: there is nothing to try any more.
    Over,
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Texts {
    pub fn by(program: Vec<String>) -> Self {
        Self { program, ..Self::default() }
    }
    pub const fn is_on(&self) -> bool {
        !self.program.is_empty()
    }

    /// A code that waits; its name is for the page on which it is typed, and for nothing else.
    pub fn wait(&self, code: SmsCode, goal: Goal, token: &Token, now: Timestamp) -> String {
        let until = now.plus_ms(CODE_LIFE_MS);
        let mut waiting = hold(&self.waiting);
        waiting.insert((now.0, token.sha256()), Waiting { code, until, tries: 0, goal });
        if waiting.len() > MOST {
            waiting.pop_first();
        }
        format!("{}.{}", now.0, token.text().as_str())
    }

    /// Counted before it is compared, once and for all who try at once; a code that was right is gone.
    pub fn try_code(&self, ceremony: &str, typed: &str, now: Timestamp, fits: impl Fn(&Goal) -> bool) -> Tried {
        let named = ceremony.split_once('.');
        let key = named.and_then(|(at, token)| Some((at.parse().ok()?, Token::parse(token)?.sha256())));
        let Some(key) = key else { return Tried::Over };
        let mut waiting = hold(&self.waiting);
        let Some(one) = waiting.get_mut(&key) else { return Tried::Over };
        one.tries = one.tries.saturating_add(1);
        let (right, last) = (one.code.is(typed), one.tries >= TRIES);
        let late = now >= one.until;
        let goal = one.goal.clone();
        let right = right && fits(&goal) && !matches!(goal, Goal::Nothing);
        if right || last || late {
            waiting.remove(&key);
        }
        match (late, right, last) {
            (true, _, _) => Tried::Over,
            (false, true, _) => Tried::Right(goal),
            (false, false, true) => Tried::Over,
            (false, false, false) => Tried::Wrong,
        }
    }

    pub fn may_send(&self, user: UserId, now: Timestamp) -> Result<(), NotSent> {
        if !self.is_on() {
            return Err(NotSent::Off);
        }
        if self.sent.may(user, now) { Ok(()) } else { Err(NotSent::TooMany) }
    }

    pub async fn send(&self, number: &Number, code: &SmsCode, host: &str) -> Result<(), NotSent> {
        // The last line binds the code to the site: a browser offers it nowhere else.
        let text = format!(
            "{} is your Portreeve code, for 5 minutes. Nobody from Portreeve ever asks for it.\n\n@{host} #{}",
            code.text(),
            code.text()
        );
        let line = zeroize::Zeroizing::new(format!("{}\n", serde_json::json!({ "to": number.text(), "text": text })));
        let program = self.program.clone();
        let ended = tokio::task::spawn_blocking(move || run(&program, line.as_bytes())).await;
        ended.unwrap_or(Err(NotSent::Failed))
    }
}

/// One line on its standard input. Of our environment it gets the path and nothing else: a key may be in it.
fn run(program: &[String], line: &[u8]) -> Result<(), NotSent> {
    let (name, words) = program.split_first().ok_or(NotSent::Off)?;
    let mut command = Command::new(name);
    command.args(words).env_clear().stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    let mut child = command.spawn().map_err(|_| NotSent::NotStarted)?;
    let begun = Instant::now();
    // A line is far shorter than a pipe is deep: writing it waits for nobody. Dropped, so that it sees the end.
    let written = child.stdin.take().map(|mut input| input.write_all(line));
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() && matches!(written, Some(Ok(()))) => return Ok(()),
            Ok(Some(status)) if status.success() => return Err(NotSent::NotTaken),
            Ok(Some(_)) | Err(_) => return Err(NotSent::Failed),
            Ok(None) if begun.elapsed() >= PATIENCE => {
                drop(child.kill());
                drop(child.wait());
                return Err(NotSent::Late);
            }
            Ok(None) => std::thread::park_timeout(LOOK),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    fn user(n: u128) -> UserId {
        UserId::new(1, n)
    }
    fn bind() -> Goal {
        Goal::Bind { session: SessionId::new(1, 1), number: Number::parse("+4915123456789").unwrap() }
    }
    fn waits(texts: &Texts, goal: Goal) -> (SmsCode, String) {
        let code = SmsCode::random().unwrap();
        let ceremony = texts.wait(code.clone(), goal, &Token::random().unwrap(), NOW);
        (code, ceremony)
    }
    fn other(code: &SmsCode) -> &'static str {
        if code.is("000000") { "000001" } else { "000000" }
    }

    #[test]
    fn a_code_is_taken_once_in_time_and_only_for_what_it_is_for_ni_11() {
        let texts = Texts::default();
        let (code, ceremony) = waits(&texts, bind());
        assert!(matches!(texts.try_code(&ceremony, code.text(), NOW, |_| false), Tried::Wrong));
        assert!(matches!(texts.try_code(&ceremony, code.text(), NOW, |_| true), Tried::Right(Goal::Bind { .. })));
        assert!(matches!(texts.try_code(&ceremony, code.text(), NOW, |_| true), Tried::Over));
        let (code, ceremony) = waits(&texts, bind());
        let late = NOW.plus_ms(CODE_LIFE_MS);
        assert!(matches!(texts.try_code(&ceremony, code.text(), late, |_| true), Tried::Over));
        for odd in ["", ".", "1.x", "nonsense", &ceremony[1..]] {
            assert!(matches!(texts.try_code(odd, code.text(), NOW, |_| true), Tried::Over), "{odd}");
        }
    }

    #[test]
    fn five_are_tried_and_where_nobody_is_to_come_in_it_looks_the_same() {
        for goal in [bind(), Goal::Nothing] {
            let texts = Texts::default();
            let (code, ceremony) = waits(&texts, goal.clone());
            let told: Vec<bool> = (0..TRIES)
                .map(|_| matches!(texts.try_code(&ceremony, other(&code), NOW, |_| true), Tried::Over))
                .collect();
            assert_eq!(told, [false, false, false, false, true]);
            assert!(matches!(texts.try_code(&ceremony, code.text(), NOW, |_| true), Tried::Over));
        }
        let texts = Texts::default();
        let (code, ceremony) = waits(&texts, Goal::Nothing);
        assert!(matches!(texts.try_code(&ceremony, code.text(), NOW, |_| true), Tried::Wrong));
    }

    #[test]
    fn sent_are_so_many_in_an_hour_and_none_without_a_program() {
        let texts = Texts::by(vec!["true".to_owned()]);
        assert_eq!((0..8).filter(|_| texts.may_send(user(1), NOW).is_ok()).count(), 5);
        assert_eq!(texts.may_send(user(1), NOW), Err(NotSent::TooMany));
        assert_eq!(Texts::default().may_send(user(1), NOW), Err(NotSent::Off));
    }

    #[test]
    fn however_many_wait_the_oldest_give_way() {
        let texts = Texts::default();
        for n in 0..i64::try_from(2 * MOST).unwrap() {
            texts.wait(SmsCode::random().unwrap(), Goal::Nothing, &Token::random().unwrap(), NOW.plus_ms(n));
        }
        assert_eq!(hold(&texts.waiting).len(), MOST);
    }

    #[test]
    fn the_program_gets_one_line_no_shell_and_nothing_of_our_environment() {
        let path = std::env::temp_dir().join(format!("portreeve-texts-{}", std::process::id()));
        let out = path.display().to_string();
        let program = |script: &str| ["sh", "-c", script, "sh", &out].map(str::to_owned).to_vec();
        run(&program("cat > \"$1\"; env >> \"$1\""), b"{\"to\":\"$(id)\"}\n").unwrap();
        let told = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(told.starts_with("{\"to\":\"$(id)\"}\n"), "{told}");
        assert!(!told.contains("CARGO"), "{told}");
        assert_eq!(run(&program("exit 3"), b"x\n"), Err(NotSent::Failed));
        assert_eq!(run(&["/nonexistent/program".to_owned()], b"x\n"), Err(NotSent::NotStarted));
        assert_eq!(run(&[], b"x\n"), Err(NotSent::Off));
    }
}
