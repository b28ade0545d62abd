//! Disk: full, or read-only, under the gate: trading refuses in plain words, a kill acts, nothing is corrupt.

use super::check;
use super::process::{World, until};
use super::program::{Program, percent, place};
use super::record::{Ours, Theirs};
use crate::served::Home;
use kernel::id::OrderId;
use rust_decimal::Decimal;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A small file system of its own, which goes away with its test.
struct Disk {
    at: PathBuf,
    /// Where it is kept; absent where it is memory.
    image: Option<PathBuf>,
}

/// As root, or as someone who may become root without being asked.
fn as_root(words: &[&str]) -> Result<(), String> {
    let run = |program: &str, words: &[&str]| {
        let ended = Command::new(program).args(words).output().map_err(|why| format!("{program}: {why}"))?;
        let said = String::from_utf8_lossy(&ended.stderr).trim().to_owned();
        if ended.status.success() { Ok(()) } else { Err(format!("{program} {words:?}: {said}")) }
    };
    let sudo: Vec<&str> = ["-n"].into_iter().chain(words.iter().copied()).collect();
    run(words[0], &words[1..]).or_else(|own| run("sudo", &sudo).map_err(|other| format!("{own}; {other}")))
}

impl Disk {
    /// Memory of twelve megabytes.
    fn small(home: &Home) -> Self {
        let disk = Self::directory(home, None);
        let at = disk.at.display().to_string();
        as_root(&["mount", "-t", "tmpfs", "-o", "size=12m,mode=0777", "tmpfs", &at])
            .unwrap_or_else(|why| panic!("a full disk needs a small tmpfs, which cannot be mounted here: {why}"));
        println!("full disk: a tmpfs of 12 MB");
        disk
    }

    /// A file system that can be told that it has failed: it becomes read-only under those who write.
    fn failing(home: &Home) -> Self {
        let image = home.0.join("image");
        std::fs::File::create(&image).unwrap().set_len(48 << 20).unwrap();
        let disk = Self::directory(home, Some(image.clone()));
        let path = image.display().to_string();
        as_root(&["mkfs.ext4", "-q", "-F", "-E", "root_owner", &path])
            .and_then(|()| disk.mount())
            .unwrap_or_else(|why| panic!("a read-only disk needs an ext4 on a loop device, not to be had here: {why}"));
        println!("read-only disk: ext4 on a loop device, remounted with abort");
        disk
    }

    fn directory(home: &Home, image: Option<PathBuf>) -> Self {
        let at = home.0.join("disk");
        std::fs::create_dir_all(&at).unwrap();
        Self { at, image }
    }

    fn mount(&self) -> Result<(), String> {
        let image = self.image.as_ref().unwrap().display().to_string();
        as_root(&["mount", "-o", "loop,errors=remount-ro", &image, &self.at.display().to_string()])
    }

    fn unmount(&self) -> Result<(), String> {
        as_root(&["umount", &self.at.display().to_string()])
    }

    /// From now on every write is refused, those of open files too.
    fn fail(&self) {
        as_root(&["mount", "-o", "remount,abort", &self.at.display().to_string()]).unwrap();
        assert!(std::fs::write(self.at.join("probe"), "x").is_err(), "the disk is read-only");
    }

    /// Takes what is left, to the last block.
    fn fill(&self) {
        let mut filler = std::fs::OpenOptions::new().create(true).append(true).open(self.filler()).unwrap();
        for block in [64 * 1024, 4 * 1024, 1] {
            while filler.write_all(&vec![0x5a; block]).is_ok() {}
        }
    }

    fn filler(&self) -> PathBuf {
        self.at.join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(as_root(&["umount", "-l", &self.at.display().to_string()]));
    }
}

/// A gate on such a disk, three orders of its program at rest at the broker.
pub struct Scene {
    pub world: World,
    program: Program,
    bid: Decimal,
    resting: BTreeSet<OrderId>,
}

impl Scene {
    fn new(home: &Home, disk: &Disk) -> Self {
        Self::over(World::start(&home.0, disk.at.join("data")))
    }

    pub fn over(world: World) -> Self {
        let port = world.wide_credential("one");
        let mut program = Program::connect(port, 1).unwrap();
        let bid = program.bid();
        let mut scene = Self { world, program, bid, resting: BTreeSet::new() };
        for _ in 0..3 {
            let (refused, told) = scene.place();
            assert!(!refused, "{told}");
        }
        scene.resting = until("three orders rest at the broker", || {
            let theirs = Theirs::read(&scene.world.paper_data);
            if theirs.open.len() == 3 { Ok(theirs.open) } else { Err(format!("{:?}", theirs.open)) }
        });
        until("the gate knows it", || check::all(&scene.world, &BTreeSet::new()));
        scene
    }

    pub fn place(&mut self) -> (bool, String) {
        let number = self.program.next_number;
        self.program.next_number += 1;
        let price = percent(self.bid, 92, number % 500);
        self.program.ask(&[place(number, "BUY", 1, price, "GTC")]).unwrap();
        self.program.refused(number)
    }

    /// Refused, in words that say why, and nothing of it reaches the broker.
    pub fn trading_refuses(&mut self) {
        let told = self.world.wire.told();
        for _ in 0..5 {
            let (refused, why) = self.place();
            assert!(refused && why.contains("not_recorded"), "{why}");
        }
        assert_eq!(self.world.wire.told(), told, "what is not recorded is not sent");
    }

    /// The switch answers that it is not recorded, and acts: the cancels are seen at the broker.
    pub fn a_kill_acts(&mut self) {
        let killed = self.world.ask("kill --credential one");
        assert_eq!(killed["durable"], false, "{killed}");
        until("the cancels are at the broker", || {
            let theirs = Theirs::read(&self.world.paper_data);
            let left: Vec<_> = self.resting.difference(&theirs.cancelled).collect();
            if left.is_empty() && theirs.open.is_empty() { Ok(()) } else { Err(format!("not cancelled: {left:?}")) }
        });
        let (refused, why) = self.place();
        assert!(refused, "{why}");
    }

    /// With the disk as it should be: the journal verifies, and the three ended as the broker says.
    pub fn nothing_is_corrupt(&mut self) {
        until("everything holds again", || check::all(&self.world, &self.resting));
        let verified = self.world.ask("journal verify");
        assert_eq!(verified["sound"], true, "{verified}");
        let ours = Ours::read(&self.world.gate_data);
        assert!(self.resting.iter().all(|id| ours.ended.contains_key(id)), "{:?}", ours.ended);
    }
}

#[test]
fn on_a_full_disk_trading_refuses_and_a_kill_acts_and_says_that_it_is_not_durable() {
    let home = Home::new();
    let disk = Disk::small(&home);
    let mut scene = Scene::new(&home, &disk);
    take_all(&disk, &scene.world.gate_data);
    scene.trading_refuses();
    scene.a_kill_acts();
    std::fs::remove_file(disk.filler()).unwrap();
    until("the kill is recorded as soon as the disk allows", || {
        let kills = Ours::read(&scene.world.gate_data).state.customer.kills;
        if kills.len() == 1 { Ok(()) } else { Err(format!("{kills:?}")) }
    });
    scene.nothing_is_corrupt();
    scene.world.gate.kill();
    scene.world.restart_gate();
    scene.nothing_is_corrupt();
}

/// The space kept in reserve too: what is written into it would be durable.
fn take_all(disk: &Disk, data: &Path) {
    std::fs::remove_file(data.join("portreeve.reserve")).unwrap();
    disk.fill();
}

#[test]
fn on_a_read_only_disk_trading_refuses_and_a_kill_acts_and_says_that_it_is_not_durable() {
    let home = Home::new();
    let disk = Disk::failing(&home);
    let mut scene = Scene::new(&home, &disk);
    disk.fail();
    scene.trading_refuses();
    scene.a_kill_acts();
    scene.world.gate.kill();
    disk.unmount().unwrap();
    disk.mount().unwrap();
    scene.world.restart_gate();
    scene.nothing_is_corrupt();
}
