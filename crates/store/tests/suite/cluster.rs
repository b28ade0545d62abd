//! A PostgreSQL of the tests' own: a temporary cluster of Debian's package, on a socket in its directory, never as root.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};

/// Ends with whoever holds its standard input, however that ends: then the server is stopped by its number and the
/// directory removed. `$1` is where the programs are, `$2` settings of the server.
const KEEPER: &str = r#"
set -eu
export LC_ALL=C PATH="$1:/usr/bin:/bin"
dir=$(mktemp -d "${TMPDIR:-/tmp}/portreeve-pg-XXXXXX")
cd "$dir"
trap 'pg_ctl -D data -m immediate -w stop >/dev/null 2>&1 || true; cd /; rm -rf "$dir"' EXIT
initdb -D data -U postgres -E UTF8 --locale=C --auth=trust --no-sync >init.log 2>&1 || { cat init.log >&2; exit 1; }
printf 'local all guarded scram-sha-256\nlocal all all trust\n' > data/pg_hba.conf
start() { pg_ctl -D data -w -l server.log -o "-k $dir -c listen_addresses='' $1" start >/dev/null; }
start "$2" || { cat server.log >&2; exit 1; }
echo "$dir"
while read -r word rest; do
  case $word in
    stop) pg_ctl -D data -m immediate -w stop >/dev/null ;;
    start) start "$2 $rest" ;;
  esac
  echo done
done
"#;

/// Held, not read, by everyone who has a place in it.
#[derive(Debug)]
#[allow(dead_code)]
pub struct Cluster {
    directory: PathBuf,
    keeper: Mutex<(Child, BufReader<ChildStdout>)>,
}

fn programs() -> PathBuf {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let mut found: Vec<PathBuf> = debian.map(|version| version.path().join("bin")).collect();
    found.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let candidates = found.into_iter().rev().chain(std::env::split_paths(&path));
    let has_both = |folder: &PathBuf| ["initdb", "pg_ctl"].iter().all(|program| folder.join(program).is_file());
    let why = "these tests need PostgreSQL's programs (Debian: postgresql), which were not found";
    candidates.into_iter().find(has_both).unwrap_or_else(|| panic!("{why}"))
}

/// PostgreSQL does not run as root; Debian's package brings a user for it.
fn keeper() -> Command {
    let root = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap()) == 0;
    let mut command = Command::new(if root { "runuser" } else { "sh" });
    if root {
        command.args(["-u", "postgres", "--", "sh"]);
    }
    command
}

#[allow(dead_code)]
impl Cluster {
    pub fn start(settings: &str) -> Cluster {
        let mut command = keeper();
        command.args(["-c", KEEPER, "keeper"]).arg(programs()).arg(settings);
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|why| panic!("a PostgreSQL for the tests: {why}"));
        let mut told = BufReader::new(child.stdout.take().unwrap());
        let mut directory = String::new();
        told.read_line(&mut directory).unwrap();
        assert!(!directory.is_empty(), "a PostgreSQL for the tests did not start");
        Cluster { directory: PathBuf::from(directory.trim()), keeper: Mutex::new((child, told)) }
    }

    /// One for the whole binary.
    pub fn shared() -> &'static Cluster {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(|| Cluster::start(""))
    }

    pub fn directory(&self) -> &Path {
        &self.directory
    }

    pub fn tell(&self, word: &str) {
        let mut keeper = self.keeper.lock().unwrap();
        let (child, told) = &mut *keeper;
        child.stdin.as_mut().unwrap().write_all(format!("{word}\n").as_bytes()).unwrap();
        let mut answer = String::new();
        told.read_line(&mut answer).unwrap();
        assert_eq!(answer, "done\n", "{word}");
    }

    /// A statement, as the one who may do everything there.
    pub fn sql(&self, text: &str) {
        self.ask(text);
    }

    /// What it answers, without headings.
    pub fn ask(&self, text: &str) -> String {
        let ended = self.psql(text).output().unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        String::from_utf8(ended.stdout).unwrap().trim().to_owned()
    }

    pub fn psql(&self, text: &str) -> Command {
        let mut psql = Command::new(programs().join("psql"));
        let host = self.directory.display().to_string();
        let words = ["-h", &host, "-U", "postgres", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-qAt", "-c", text];
        psql.args(words);
        psql
    }

    /// The URL of a schema that nobody else uses.
    pub fn url(&self) -> String {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        self.url_of(&format!("test_{number}"))
    }

    pub fn url_of(&self, schema: &str) -> String {
        format!("postgres:///postgres?host={}&user=postgres&schema={schema}", self.directory.display())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let keeper = self.keeper.get_mut().unwrap();
        drop(keeper.0.stdin.take());
        drop(keeper.0.wait());
    }
}
