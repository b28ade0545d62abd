//! Two ways to pass bytes on: the raw copy proxy, and a tap that notes when an order passes on its way up.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The whole of the process that is compared with: accept, connect, copy both ways.
pub fn run(listen: u16, to: u16) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", listen)).await.unwrap();
        eprintln!("{}", benches::process::LISTENS);
        loop {
            let (mut near, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut far = tokio::net::TcpStream::connect(("127.0.0.1", to)).await.unwrap();
                near.set_nodelay(true).unwrap();
                far.set_nodelay(true).unwrap();
                drop(tokio::io::copy_bidirectional(&mut near, &mut far).await);
            });
        }
    });
}

/// A copy of everything, and the moment at which the first bytes came after it was armed.
#[derive(Clone, Debug)]
pub struct Tap {
    pub port: u16,
    to: Arc<AtomicU16>,
    born: Instant,
    /// Nanoseconds since it was born; 0 while nothing has passed.
    passed: Arc<AtomicU64>,
}

impl Tap {
    /// Copies until the process ends.
    pub fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let tap = Self { port, to: Arc::default(), born: Instant::now(), passed: Arc::default() };
        let own = tap.clone();
        std::thread::spawn(move || {
            for near in listener.incoming() {
                own.connect(near.unwrap());
            }
        });
        tap
    }

    /// Where new connections lead to.
    pub fn aim(&self, to: u16) {
        self.to.store(to, Ordering::SeqCst);
    }

    fn connect(&self, near: TcpStream) {
        let far = TcpStream::connect(("127.0.0.1", self.to.load(Ordering::SeqCst))).unwrap();
        near.set_nodelay(true).unwrap();
        far.set_nodelay(true).unwrap();
        let (near_again, far_again) = (near.try_clone().unwrap(), far.try_clone().unwrap());
        let stamping = self.clone();
        std::thread::spawn(move || copy(near, far, || stamping.stamp()));
        std::thread::spawn(move || copy(far_again, near_again, || {}));
    }

    fn stamp(&self) {
        let now = u64::try_from(self.born.elapsed().as_nanos()).unwrap();
        // Only the first bytes count.
        let _ = self.passed.compare_exchange(0, now, Ordering::SeqCst, Ordering::SeqCst);
    }

    pub fn arm(&self) {
        self.passed.store(0, Ordering::SeqCst);
    }

    /// How long after `start` the first bytes passed; none if nothing passed.
    pub fn since(&self, start: Instant) -> Option<Duration> {
        let passed = Duration::from_nanos(self.passed.load(Ordering::SeqCst));
        if passed.is_zero() { None } else { passed.checked_sub(start.duration_since(self.born)) }
    }
}

fn copy(mut from: TcpStream, mut to: TcpStream, seen: impl Fn()) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count) = from.read(&mut bytes) {
        seen();
        if count == 0 || to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    drop(to.shutdown(Shutdown::Both));
}
