//! The disk of the data directory: room, kind, whether it may be written, and how long a sync takes; and who may read what.

use super::{Found, State, found};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const MIB: u64 = 1 << 20;
/// Below it orders stop soon: what is kept for the brakes is one more.
const SCARCE: u64 = 64 * MIB;
const LITTLE: u64 = 1_024 * MIB;
/// Each order waits for one.
const SLOW: Duration = Duration::from_millis(100);
const TRIES: usize = 5;
/// Directories below the data directory that are looked into.
const DEEP: usize = 4;
const MOST_FILES: usize = 10_000;

pub(super) fn all(data: &Path) -> Vec<Found> {
    let mut all = vec![files(data), room(data)];
    all.extend(kind(data));
    all.push(sync(data));
    all
}

fn room(data: &Path) -> Found {
    let what = "disk space";
    match rustix::fs::statvfs(data) {
        Err(why) => found(what, State::Wrong, format!("{}: {why}", data.display())),
        Ok(disk) => space(disk.f_bavail.saturating_mul(disk.f_frsize), disk.f_files == 0 || disk.f_favail > 0),
    }
}

fn space(free: u64, names: bool) -> Found {
    let (what, mib) = ("disk space", free / MIB);
    match free {
        _ if !names => found(what, State::Wrong, "no more files can be made on it: remove some"),
        0..SCARCE => {
            let told =
                format!("{mib} MiB are free: orders are refused when it is full, kills and cancels are not; make room");
            found(what, State::Wrong, told)
        }
        SCARCE..LITTLE => found(what, State::Look, format!("{mib} MiB are free: make room before it is full")),
        LITTLE.. => found(what, State::Good, format!("{mib} MiB are free")),
    }
}

/// By what the system says of its mounts; elsewhere than on Linux it says nothing here.
fn kind(data: &Path) -> Option<Found> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    let real = std::fs::canonicalize(data).ok()?;
    let Mount { kind, read_only } = mount(&mounts, &real)?;
    let (what, network) = ("file system", ["nfs", "cifs", "smb", "fuse", "9p", "ceph", "glusterfs"]);
    Some(match kind.as_str() {
        _ if read_only => found(what, State::Wrong, format!("{kind}, and it may only be read: mount it for writing")),
        "tmpfs" | "ramfs" | "devtmpfs" => {
            let told = format!("{kind}: it is memory, and gone with the power; take a data directory on a disk");
            found(what, State::Wrong, told)
        }
        "overlay" | "aufs" => {
            found(what, State::Look, format!("{kind}: gone with its container, unless it is a volume of its own"))
        }
        other if network.iter().any(|one| other.starts_with(one)) => {
            let told =
                format!("{kind}: whether a sync there is one, and a lock, is another machine's or program's word");
            found(what, State::Look, told)
        }
        _ => found(what, State::Good, kind),
    })
}

#[derive(Debug, PartialEq, Eq)]
struct Mount {
    kind: String,
    read_only: bool,
}

/// The one that a path is on: of those that it lies below the longest, and of these the last.
fn mount(mounts: &str, path: &Path) -> Option<Mount> {
    let mut best: Option<(usize, Mount)> = None;
    for line in mounts.lines() {
        let Some((before, after)) = line.split_once(" - ") else { continue };
        let words: Vec<&str> = before.split(' ').collect();
        let (Some(at), Some(options)) = (words.get(4), words.get(5)) else { continue };
        let mut of = after.split(' ');
        let (Some(kind), _, options_of_disk) = (of.next(), of.next(), of.next().unwrap_or_default()) else { continue };
        let at = PathBuf::from(unescaped(at));
        let length = at.as_os_str().len();
        if !path.starts_with(&at) || best.as_ref().is_some_and(|(longest, _)| length < *longest) {
            continue;
        }
        let read_only = options.split(',').chain(options_of_disk.split(',')).any(|one| one == "ro");
        best = Some((length, Mount { kind: kind.to_owned(), read_only }));
    }
    best.map(|(_, mount)| mount)
}

/// A blank is written `\040`.
fn unescaped(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
}

/// As an order is written: some bytes, and until they are on the disk.
fn sync(data: &Path) -> Found {
    let what = "sync";
    match synced(data) {
        Err(why) => found(what, State::Wrong, format!("nothing can be written in {}: {why}", data.display())),
        Ok(took) => {
            let told = format!("{}.{:03} ms, of five the middle", took.as_millis(), took.subsec_micros() % 1_000);
            match took >= SLOW {
                true => found(what, State::Look, format!("{told}: each order waits at least so long")),
                false => found(what, State::Good, told),
            }
        }
    }
}

fn synced(data: &Path) -> std::io::Result<Duration> {
    let path = data.join(format!(".doctor-{}", std::process::id()));
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&path)?;
    let mut times = Vec::new();
    let tried = (0..TRIES).try_for_each(|_| {
        let begun = Instant::now();
        file.write_all(&[0x5a; 4_096])?;
        file.sync_all()?;
        times.push(begun.elapsed());
        Ok(())
    });
    let removed = std::fs::remove_file(&path);
    tried.and(removed)?;
    times.sort();
    times.get(TRIES / 2).copied().ok_or_else(|| std::io::Error::other("nothing was measured"))
}

/// Nobody else may read a key, nor, were the directory open, change anything.
fn files(data: &Path) -> Found {
    let what = "files";
    let (mut open, mut seen) = (Vec::new(), 0_usize);
    if let Err(why) = walk(data, DEEP, &mut seen, &mut open) {
        return found(what, State::Wrong, why);
    }
    // What is worst first; of the same, as it was found.
    open.sort_by_key(|(state, _)| *state != State::Wrong);
    match open.as_slice() {
        [] => found(what, State::Good, format!("{seen} in the data directory, none of them open to others")),
        [(state, first), rest @ ..] => {
            let more = if rest.is_empty() { String::new() } else { format!(", and {} more", rest.len()) };
            found(what, *state, format!("{first}{more}"))
        }
    }
}

fn walk(directory: &Path, deep: usize, seen: &mut usize, open: &mut Vec<(State, String)>) -> Result<(), String> {
    let at = |path: &Path, why: std::io::Error| format!("{}: {why}", path.display());
    for entry in std::fs::read_dir(directory).map_err(|why| at(directory, why))? {
        let path = entry.map_err(|why| at(directory, why))?.path();
        let metadata = match std::fs::symlink_metadata(&path) {
            Ok(metadata) => metadata,
            // A server that runs makes files, and takes them away.
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => continue,
            Err(why) => return Err(at(&path, why)),
        };
        *seen = seen.saturating_add(1);
        if *seen > MOST_FILES {
            return Err(format!("{} holds more than a data directory does", directory.display()));
        }
        if metadata.is_dir() && deep > 0 {
            walk(&path, deep.saturating_sub(1), seen, open)?;
        }
        let (mode, name) = (metadata.mode() & 0o777, path.display());
        let key = path.extension().is_some_and(|extension| extension == "key");
        if metadata.uid() != crate::serve::own_uid() {
            open.push((State::Wrong, format!("{name} belongs to the user with id {}: chown it", metadata.uid())));
        } else if metadata.is_file() && key && mode & 0o077 != 0 {
            let told = format!("{name} can be read by others (mode {mode:o}): chmod 600, and ask who has read it");
            open.push((State::Wrong, told));
        } else if (metadata.is_file() || metadata.is_dir()) && mode & 0o022 != 0 {
            open.push((State::Look, format!("{name} can be written by others (mode {mode:o}): chmod go-w")));
        }
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn little_room_is_told_before_there_is_none() {
        let told = |free, names| space(free, names).state;
        assert_eq!((told(LITTLE, true), told(LITTLE - 1, true)), (State::Good, State::Look));
        assert_eq!(
            (told(SCARCE, true), told(SCARCE - 1, true), told(0, true)),
            (State::Look, State::Wrong, State::Wrong)
        );
        assert_eq!(told(LITTLE, false), State::Wrong);
        assert!(room(Path::new("/nowhere/at/all")).state == State::Wrong);
    }

    #[test]
    fn a_path_is_on_the_longest_mount_that_it_lies_below() {
        let mounts = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n\
                      30 27 0:26 / /mnt/my\\040disk rw - nfs4 host:/x rw\n\
                      31 27 0:27 / /mnt/ro rw,relatime - ext4 /dev/vdb ro\n\
                      32 27 0:28 / /mnt/ro2 ro,relatime - xfs /dev/vdc rw\nnonsense - \n- -\n";
        let on = |path: &str| mount(mounts, Path::new(path)).map(|one| (one.kind, one.read_only));
        assert_eq!(on("/home/maya"), Some(("ext4".to_owned(), false)));
        assert_eq!(on("/mnt/my disk/data"), Some(("nfs4".to_owned(), false)));
        assert_eq!(
            (on("/mnt/ro/a"), on("/mnt/ro2")),
            (Some(("ext4".to_owned(), true)), Some(("xfs".to_owned(), true)))
        );
        assert_eq!(mount("", Path::new("/")), None);
    }

    #[test]
    fn memory_is_told_from_a_disk_and_where_nothing_can_be_written_a_sync_fails() {
        if Path::new("/dev/shm").exists() {
            assert_eq!(kind(Path::new("/dev/shm")).unwrap().state, State::Wrong);
        }
        assert_eq!(sync(Path::new("/proc")).state, State::Wrong);
        assert_ne!(sync(&std::env::temp_dir()).state, State::Wrong);
    }

    #[test]
    fn a_file_that_others_may_change_and_a_key_that_they_may_read_are_found_below_too() {
        let data = std::env::temp_dir().join(format!("portreeve-doctor-{}", std::process::id()));
        std::fs::create_dir_all(data.join("portal/acme")).unwrap();
        for name in ["portreeve.db", "portal/acme/account-1.key"] {
            std::fs::write(data.join(name), "x").unwrap();
        }
        let set =
            |name: &str, mode| std::fs::set_permissions(data.join(name), PermissionsExt::from_mode(mode)).unwrap();
        set("portal", 0o700);
        set("portal/acme", 0o700);
        for (name, sound, open, state) in [
            ("portreeve.db", 0o644, 0o664, State::Look),
            ("portal/acme/account-1.key", 0o600, 0o640, State::Wrong),
            ("portal/acme", 0o700, 0o777, State::Look),
        ] {
            set("portreeve.db", 0o644);
            set("portal/acme/account-1.key", 0o600);
            set(name, open);
            let told = files(&data);
            assert!(told.state == state && told.told.contains(name), "{told:?}");
            set(name, sound);
        }
        assert_eq!(files(&data).state, State::Good);
        std::fs::remove_dir_all(&data).unwrap();
    }
}
