//! People at the portal: sessions checked, pages read, passkeys and passwords shown, each second and in processor time,
//! beside a bare axum server, a bare Argon2id and a bare signature in the same rounds.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    clippy::panic
)]

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::UnparsedPublicKey;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use axum::http::header::LOCATION;
use axum::routing::get;
use benches::floor::{Disk, Shape};
use benches::process::{LISTENS, Running, Server, cpu, free_port};
use benches::rounds::{self, Leg};
use benches::storm;
use benches::visitor::Visitor;
use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};
use vault::hasher::{Hasher, Settings};
use vault::password::{Cost, Password};

const ROUND: Duration = Duration::from_millis(1_000);
const ROUNDS: usize = 10;
/// Connections at once.
const VISITORS: usize = 8;
/// Attempts by password at once.
const STORM: usize = 12;
const G6: f64 = 0.80;
const G7: f64 = 0.95;

/// Something that is asked again and again over HTTP.
struct Asked {
    each: Leg,
    cpu: Leg,
    visitors: Vec<Visitor>,
    pid: u32,
    path: &'static str,
    status: u16,
}

impl Asked {
    fn new(name: &str, (port, pid): (u16, u32), path: &'static str, status: u16, cookies: &[(String, String)]) -> Self {
        let visitors = (0..VISITORS).map(|_| Visitor::new(port).with(cookies)).collect();
        Self { each: Leg::named(name), cpu: Leg::named(name), visitors, pid, path, status }
    }

    fn round(&mut self) {
        let before = cpu(self.pid);
        let begun = Instant::now();
        let (path, status) = (self.path, self.status);
        let asked: usize = std::thread::scope(|scope| {
            let ask = |visitor: &mut Visitor| {
                let mut asked = 0;
                while begun.elapsed() < ROUND {
                    assert_eq!(visitor.get(path).status, status, "{path}");
                    asked += 1;
                }
                asked
            };
            let threads: Vec<_> = self.visitors.iter_mut().map(|visitor| scope.spawn(move || ask(visitor))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        self.each.rounds.push(asked as f64 / begun.elapsed().as_secs_f64());
        self.cpu.rounds.push((cpu(self.pid) - before).as_secs_f64() * 1e6 / asked as f64);
    }
}

/// axum and nothing else: the answers that the portal gives, as constants.
#[tokio::main]
async fn floor(port: u16, bytes: usize) {
    let page: &'static str = "x".repeat(bytes).leak();
    let router = axum::Router::new()
        .route("/", get(move || async move { page }))
        .route("/turned", get(|| async { (axum::http::StatusCode::SEE_OTHER, [(LOCATION, "/sign-in?reason=ended")]) }));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    eprintln!("{LISTENS}");
    axum::serve(listener, router).await.unwrap();
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [what, port, bytes] = arguments.as_slice()
        && what == "floor"
    {
        return floor(port.parse().unwrap(), bytes.parse().unwrap());
    }
    let rounds = arguments.first().map_or(ROUNDS, |rounds| rounds.parse().unwrap());
    println!("{}", benches::machine());
    let server = Server::start();
    let mut owner = Visitor::new(server.portal);
    drop(owner.enrol(&server.link));
    sessions(&server, &owner, rounds);
    passwords(rounds);
    stormed(&server, &owner, rounds);
    drop(server);
    passkeys(rounds);
    println!("{}", benches::machine());
}

/// G6.
fn sessions(server: &Server, owner: &Visitor, rounds: usize) {
    let cookies: Vec<_> = owner.cookies.clone().into_iter().collect();
    // All of a session check but its last byte: the rest of the way is a redirect and no page.
    let wrong =
        |text: &String| format!("{}{}", &text[..text.len() - 2], if text.ends_with("AA") { "BA" } else { "AA" });
    let others: Vec<_> = cookies.iter().map(|(name, text)| (name.clone(), wrong(text))).collect();
    let bytes = Visitor::new(server.portal).with(&cookies).get("/").body.len();
    let port = free_port();
    let mut bare = Command::new(std::env::current_exe().unwrap());
    let bare = Running::start(bare.args(["floor", &port.to_string(), &bytes.to_string()]), LISTENS);
    let (portal, floor) = ((server.portal, server.id()), (port, bare.id()));
    let mut legs = [
        Asked::new("bare axum, a redirect", floor, "/turned", 303, &cookies),
        Asked::new("bare axum, again", floor, "/turned", 303, &cookies),
        Asked::new("the portal, a session checked and turned away", portal, "/", 303, &others),
        Asked::new("bare axum, as many bytes as the security home", floor, "/", 200, &cookies),
        Asked::new("the portal, the security home", portal, "/", 200, &cookies),
    ];
    for nth in 0..rounds {
        for leg in rounds::order(legs.len(), nth) {
            legs[leg].round();
        }
    }
    println!("\n| {VISITORS} connections | A second | To bare axum | Processor, us each | To bare axum | Rounds |");
    println!("|---|---|---|---|---|---|");
    for (leg, asked) in legs.iter().enumerate() {
        let floor = &legs[if leg < 3 { 0 } else { 3 }];
        let (each, cpu) = (asked.each.ratio(&floor.each), asked.cpu.ratio(&floor.cpu));
        println!(
            "| {} | {:.0} | {each:.2} | {:.1} | {cpu:.2} | {} |",
            asked.each.name,
            asked.each.middle(),
            asked.cpu.middle(),
            asked.each.listed()
        );
    }
    println!("\nthe security home has {bytes} bytes");
    println!("G6: {:.2} of bare axum; the goal is {G6}", legs[2].each.ratio(&legs[0].each));
    println!("{}", rounds::control(&legs[0].each, &legs[1].each));
}

/// From the page that is read to the session that is recorded, one signature each. A passkey signs in 64 times within
/// five minutes at the most, so each round has a server and an owner of its own.
fn passkeys(rounds: usize) {
    let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let signature = key.sign(&SystemRandom::new(), b"challenge").unwrap();
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key.public_key().as_ref().to_vec());
    let mut disk = Disk::open(&std::env::temp_dir(), Shape::InPlace);
    let names =
        ["ES256 verified, one core", "fdatasync alone, in place", "signed in, 1 at once", "signed in, 8 at once"];
    let mut legs = names.map(Leg::named);
    let mut spent = Leg::default();
    for _ in 0..rounds {
        let server = Server::start();
        let mut owner = Visitor::new(server.portal);
        let authenticator = owner.enrol(&server.link);
        let cookies: Vec<_> = owner.cookies.clone().into_iter().collect();
        let mut visitors: Vec<Visitor> = (0..VISITORS).map(|_| Visitor::new(server.portal).with(&cookies)).collect();
        for (leg, figures) in legs.iter_mut().enumerate() {
            let (before, begun) = (cpu(server.id()), Instant::now());
            let times = match leg {
                0 => until(begun, || public.verify(b"challenge", signature.as_ref()).unwrap()),
                1 => disk.syncs(ROUND, usize::MAX).len(),
                2 => (0..16).map(|_| visitors[0].sign_in(&authenticator)).count(),
                _ => {
                    let sign_in = |visitor: &mut Visitor| (0..5).for_each(|_| visitor.sign_in(&authenticator));
                    std::thread::scope(|scope| {
                        visitors.iter_mut().for_each(|one| drop(scope.spawn(move || sign_in(one))))
                    });
                    5 * VISITORS
                }
            };
            figures.rounds.push(times as f64 / begun.elapsed().as_secs_f64());
            if leg == 3 {
                spent.rounds.push((cpu(server.id()) - before).as_secs_f64() * 1e6 / times as f64);
            }
        }
    }
    println!("\n| Passkeys | A second | To fdatasync alone | Rounds |\n|---|---|---|---|");
    for leg in &legs {
        println!("| {} | {:.0} | {:.2} | {} |", leg.name, leg.middle(), leg.ratio(&legs[1]), leg.listed());
    }
    println!(
        "\na sign-in takes {:.0} us of the server's processor time, the page that begins it included",
        spent.middle()
    );
}

fn until(begun: Instant, mut each: impl FnMut()) -> usize {
    let mut times = 0;
    while begun.elapsed() < ROUND {
        each();
        times += 1;
    }
    times
}

/// G7: the pool that passwords are hashed in, beside as many threads that do nothing else.
fn passwords(rounds: usize) {
    let settings = Settings::of_machine(None);
    let (threads, cost) = (settings.threads.get(), settings.cost);
    let hasher = Hasher::start(settings).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let kept = runtime.block_on(hasher.hash(Password::offered("four unrelated words here").unwrap())).unwrap();
    let mut legs = [Leg::named("Argon2id alone"), Leg::named("Argon2id alone, again"), Leg::named("the pool")];
    for nth in 0..rounds {
        for leg in rounds::order(legs.len(), nth) {
            let begun = Instant::now();
            let hashed = if leg < 2 {
                alone(threads, cost, begun)
            } else {
                let wrong = || hasher.verify_or_pretend(Some(&kept), Password::offered("another four words").unwrap());
                let ask = || async {
                    let mut hashed = 0_u32;
                    while begun.elapsed() < ROUND {
                        wrong().await.unwrap();
                        hashed += 1;
                    }
                    hashed
                };
                // One more than threads: the next one waits when a thread is done.
                let all = (0..=threads).map(|_| ask());
                runtime.block_on(async { futures_util::future::join_all(all).await.into_iter().sum() })
            };
            legs[leg].rounds.push(f64::from(hashed) / begun.elapsed().as_secs_f64());
        }
    }
    println!("\n| Passwords, {threads} threads, {cost} | A second | To Argon2id alone | Rounds |\n|---|---|---|---|");
    for leg in &legs {
        println!("| {} | {:.1} | {:.2} | {} |", leg.name, leg.middle(), leg.ratio(&legs[0]), leg.listed());
    }
    println!("\nG7: {:.2} of Argon2id alone; the goal is {G7}", legs[2].ratio(&legs[0]));
    println!("{}", rounds::control(&legs[0], &legs[1]));
}

/// G7 over HTTP: names that nobody has, whose passwords are hashed all the same, and what a session feels of it.
fn stormed(server: &Server, owner: &Visitor, rounds: usize) {
    let settings = Settings::of_machine(None);
    let (threads, cost) = (settings.threads.get(), settings.cost);
    let cookies: Vec<_> = owner.cookies.clone().into_iter().collect();
    let mut session = Visitor::new(server.portal).with(&cookies);
    let mut visitors: Vec<Visitor> = (0..STORM).map(|_| Visitor::new(server.portal)).collect();
    let mut legs = [Leg::named("Argon2id alone"), Leg::named("judged at the portal")];
    let names = ["quiet", "quiet, again", "beside Argon2id alone", "in the storm"];
    let (mut felt, mut refused, mut slowest) = (names.map(Leg::named), 0, Leg::default());
    let look = |session: &mut Visitor| storm::looks(session, "/", 200, ROUND);
    for _ in 0..rounds {
        for leg in &mut felt[..2] {
            leg.rounds.push(rounds::within(&look(&mut session), 990));
        }
        let begun = Instant::now();
        let (hashed, looks) = std::thread::scope(|scope| {
            let hashing = scope.spawn(|| alone(threads, cost, begun));
            let looks = look(&mut session);
            (hashing.join().unwrap(), looks)
        });
        legs[0].rounds.push(f64::from(hashed) / begun.elapsed().as_secs_f64());
        felt[2].rounds.push(rounds::within(&looks, 990));
        let begun = Instant::now();
        let (storm, looks) = storm::storm(&mut visitors, ROUND, || look(&mut session));
        legs[1].rounds.push(storm.judged.len() as f64 / begun.elapsed().as_secs_f64());
        felt[3].rounds.push(rounds::within(&looks, 990));
        slowest.rounds.push(rounds::within(&storm.judged, 990));
        refused += storm.turned_away;
    }
    println!("\n| {STORM} connections | A second | To Argon2id alone | Rounds |\n|---|---|---|---|");
    for leg in &legs {
        println!("| {} | {:.1} | {:.2} | {} |", leg.name, leg.middle(), leg.ratio(&legs[0]), leg.listed());
    }
    println!("\n| The security home meanwhile | p99, us | To quiet | Rounds |\n|---|---|---|---|");
    for leg in &felt {
        println!("| {} | {:.0} | {:.2} | {} |", leg.name, leg.middle(), leg.ratio(&felt[0]), leg.listed());
    }
    // Whoever is let in waits for those before, and is then hashed; one more is being hashed already.
    let bound = (vault::hasher::WAITING * threads + 1 + threads) as f64 * 1e6 / legs[0].middle();
    let p99 = slowest.middle();
    println!("\nG7 over HTTP: {:.2} of Argon2id alone; the goal is {G7}", legs[1].ratio(&legs[0]));
    println!(
        "G7, p99 of those judged: {p99:.0} us, {:.2} of the queue's bound ({bound:.0} us); the goal is 1.2",
        p99 / bound
    );
    println!("G7, p99 of a session's page: {:.2} of quiet; the goal is 1.5", felt[3].ratio(&felt[0]));
    println!("turned away because the pool was full: {refused}");
    println!("{}", rounds::control(&felt[0], &felt[1]));
}

fn alone(threads: usize, cost: Cost, begun: Instant) -> u32 {
    let total = Mutex::new(0_u32);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let parameters = argon2::Params::new(cost.memory_kib(), cost.passes(), cost.lanes(), Some(32)).unwrap();
                let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, parameters);
                let mut memory = vec![argon2::Block::default(); cost.memory_kib() as usize];
                let (mut output, mut hashed) = ([0; 32], 0);
                while begun.elapsed() < ROUND {
                    argon
                        .hash_password_into_with_memory(b"another four words", &[7; 16], &mut output, &mut memory)
                        .unwrap();
                    hashed += 1;
                }
                *total.lock().unwrap() += hashed;
            });
        }
    });
    total.into_inner().unwrap()
}
