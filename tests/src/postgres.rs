//! A PostgreSQL server of a test's own, from the system's packages: no shared server, no network, nothing left behind.

use std::cmp::Reverse;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where Debian and its like put the programs of each version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The programs that a test needs, all of one version.
const PROGRAMS: [&str; 4] = ["postgres", "initdb", "pg_ctl", "createdb"];
/// Port in the socket's name: the default, told everywhere lest `PGPORT` change it.
const PORT: &str = "5432";

/// How a server is set up. The default is not durable and sorts texts by a language's rules.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    /// How texts are sorted where a statement does not say.
    pub order: Order,
    /// Whether commits reach the disk (`fsync`). What is committed outlasts [`PrivatePostgres::stop_immediate`] without it too; it costs
    /// what it costs in use, and is for tests that measure.
    pub is_durable: bool,
}

/// The order of texts in a cluster's databases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// By English rules (a, B, c), so that a statement that relies on the order of bytes without saying so is found out.
    #[default]
    Language,
    /// By bytes (B, a, c): the locale C.
    Bytes,
}

impl Order {
    fn as_str(self) -> &'static str {
        match self {
            Self::Language => "language",
            Self::Bytes => "bytes",
        }
    }
}

/// A server that listens on a socket in a folder of its own. Dropping it stops the server and removes the folder, and so does any end
/// of the test process, SIGKILL included.
#[derive(Debug)]
pub struct PrivatePostgres {
    programs: PathBuf,
    folder: PathBuf,
    n_databases: AtomicUsize,
    /// A shell that runs `keeper.sh` as a user who is not root.
    keeper: Child,
    /// `None` only while it is dropped.
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl PrivatePostgres {
    /// Starts a server; about a second. Run as root, it is of the user `postgres`, since PostgreSQL refuses root.
    ///
    /// # Panics
    /// Where PostgreSQL is not installed, and where it does not start: with what it said.
    pub fn start(settings: Settings) -> Self {
        let programs = newest(candidates()).unwrap_or_else(|| {
            panic!("find PostgreSQL: install it (Debian: apt-get install postgresql), or put its {PROGRAMS:?} on PATH")
        });
        let mut keeper = keeper(&programs, settings)
            .spawn()
            .unwrap_or_else(|error| panic!("run sh: {error}"));
        let (Some(commands), Some(answers)) = (keeper.stdin.take(), keeper.stdout.take()) else {
            panic!("talk to sh");
        };
        let mut server = Self {
            programs,
            folder: PathBuf::new(),
            n_databases: AtomicUsize::new(0),
            keeper,
            commands: Some(commands),
            answers: BufReader::new(answers),
        };
        server.folder = server.answer().into();
        server.expect_ok("make a PostgreSQL cluster");
        server.start_again();
        server
    }

    /// The folder of the socket, the data and the log (`log`).
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Address of a database of this name, whether or not there is one.
    pub fn url(&self, database: &str) -> String {
        let folder = self.folder.display();
        format!("postgres://newsprint@localhost:{PORT}/{database}?host={folder}")
    }

    /// Makes an empty database; its address.
    ///
    /// # Panics
    /// Where the server does not answer.
    pub fn create_database(&self) -> String {
        let number = self.n_databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{number}");
        let created = Command::new(self.programs.join("createdb"))
            .args(["--username", "newsprint", "--port", PORT, "--host"])
            .args([self.folder.as_os_str(), name.as_ref()])
            .output();
        match created {
            Ok(output) if output.status.success() => self.url(&name),
            other => panic!("create a database: {other:?}"),
        }
    }

    /// Stops the server as a crash does (`pg_ctl stop -m immediate`): every connection is cut, and the next start recovers from the log.
    ///
    /// # Panics
    /// Where it does not run.
    pub fn stop_immediate(&mut self) {
        self.command("stop");
        self.expect_ok("stop PostgreSQL");
    }

    /// Starts the server after [`PrivatePostgres::stop_immediate`]; it takes connections when this returns.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn start_again(&mut self) {
        self.command("start");
        self.expect_ok("start PostgreSQL");
    }

    fn command(&mut self, command: &str) {
        let sent = self.commands.as_mut().map(|to| writeln!(to, "{command}"));
        assert!(matches!(sent, Some(Ok(()))), "{command}: {sent:?}");
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        if let Err(error) = self.answers.read_line(&mut line) {
            panic!("read what sh says: {error}");
        }
        line.trim_end().to_owned()
    }

    fn expect_ok(&mut self, what: &str) {
        let answer = self.answer();
        assert!(answer == "ok", "{what}: {answer}");
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        // The keeper ends with its input, when it has tidied up.
        self.commands = None;
        let ended = self.keeper.wait();
        if !std::thread::panicking() {
            assert!(ended.is_ok(), "wait for sh: {ended:?}");
        }
    }
}

/// The command that keeps a server. It has a process group of its own, so that what kills a test's group leaves it to tidy up.
fn keeper(programs: &Path, settings: Settings) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
        command.arg("sh");
        command
    } else {
        Command::new("sh")
    };
    let fsync = if settings.is_durable { "on" } else { "off" };
    command
        .args(["-c", include_str!("postgres/keeper.sh"), "keeper"])
        .arg(programs)
        .args([settings.order.as_str(), fsync])
        // PostgreSQL's programs want a folder that they can enter.
        .current_dir("/tmp")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0);
    command
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Folders that may hold PostgreSQL's programs: those of PATH, with links followed, and Debian's.
fn candidates() -> Vec<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "programs are found as a shell finds them"
    )]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let linked = std::env::split_paths(&path).filter_map(|folder| {
        let program = folder.join("postgres").canonicalize().ok()?;
        Some(program.parent()?.to_owned())
    });
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    linked
        .chain(versions.map(|version| version.path().join("bin")))
        .collect()
}

/// The folder with the newest version, of those that hold all programs in working order.
fn newest(folders: Vec<PathBuf>) -> Option<PathBuf> {
    let versioned = folders
        .into_iter()
        .filter_map(|folder| Some((version(&folder)?, folder)));
    versioned
        .min_by_key(|(version, _)| Reverse(*version))
        .map(|(_, folder)| folder)
}

/// Version of the programs in a folder; `None` where one is missing, does not run, or is of another version.
fn version(folder: &Path) -> Option<(u32, u32)> {
    let mut versions = PROGRAMS.map(|program| program_version(&folder.join(program)));
    versions.sort();
    let [first, .., last] = versions;
    if first == last { first } else { None }
}

/// What a program answers to `--version`: "postgres (PostgreSQL) 15.18 (Debian …)", or "17beta1".
fn program_version(program: &Path) -> Option<(u32, u32)> {
    let output = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .output();
    let output = output.ok().filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (_, number) = text.trim_end().split_once("(PostgreSQL) ")?;
    let mut parts = number.split(|character: char| !character.is_ascii_digit());
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next().and_then(|minor| minor.parse().ok());
    Some((major, minor.unwrap_or(0)))
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::time::{Duration, Instant};

    use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

    use super::*;

    async fn ask(url: &str, query: &str) -> Result<Vec<String>, sqlx::Error> {
        let mut connection = PgConnection::connect(url).await?;
        let query = sqlx::query_scalar(AssertSqlSafe(query.to_owned()));
        let rows = query.fetch_all(&mut connection).await;
        connection.close().await?;
        rows
    }

    const SORTED: &str = "SELECT x FROM (VALUES ('c'), ('B'), ('a')) AS texts (x) ORDER BY x";

    fn socket(folder: &Path) -> PathBuf {
        folder.join(format!(".s.PGSQL.{PORT}"))
    }

    /// Command lines of processes that name the folder.
    fn processes(folder: &Path) -> Vec<String> {
        let name = folder.display().to_string();
        let all = fs::read_dir("/proc").unwrap().flatten();
        let lines = all.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
        lines
            .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
            .filter(|line| line.contains(&name))
            .collect()
    }

    fn is_gone_within(folder: &Path, seconds: u64) -> bool {
        let end = Instant::now() + Duration::from_secs(seconds);
        let is_gone = || !folder.exists() && processes(folder).is_empty();
        while !is_gone() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
        is_gone()
    }

    #[tokio::test]
    async fn two_servers_are_apart_outlast_a_crash_and_leave_nothing() {
        let mut first = PrivatePostgres::start(Settings::default());
        let second = PrivatePostgres::start(Settings {
            order: Order::Bytes,
            is_durable: true,
        });
        let url = first.create_database();
        assert_ne!(first.folder(), second.folder());
        assert_ne!(url, first.create_database());
        assert_eq!(ask(&url, SORTED).await.unwrap(), ["a", "B", "c"]);
        let other = second.create_database();
        assert_eq!(ask(&other, SORTED).await.unwrap(), ["B", "a", "c"]);
        assert_eq!(ask(&url, "SHOW fsync").await.unwrap(), ["off"]);
        assert_eq!(ask(&other, "SHOW fsync").await.unwrap(), ["on"]);
        assert_eq!(ask(&other, "SHOW listen_addresses").await.unwrap(), [""]);

        let write = "CREATE TABLE kept AS SELECT 'word' AS word";
        ask(&url, write).await.unwrap();
        first.stop_immediate();
        assert!(ask(&url, SORTED).await.is_err());
        assert_eq!(ask(&other, SORTED).await.unwrap().len(), 3);
        first.start_again();
        assert_eq!(ask(&url, "SELECT word FROM kept").await.unwrap(), ["word"]);

        let folders = [first.folder().to_owned(), second.folder().to_owned()];
        assert!(folders.iter().all(|folder| !processes(folder).is_empty()));
        drop(first);
        assert!(is_gone_within(&folders[0], 0), "{folders:?}");
        assert!(UnixStream::connect(socket(&folders[1])).is_ok());
        drop(second);
        assert!(is_gone_within(&folders[1], 0), "{folders:?}");
    }

    /// Tells the copy of this test that it is the one to be killed.
    const VICTIM: &str = "NEWSPRINT_TEST_POSTGRES_VICTIM";

    #[test]
    #[expect(
        clippy::disallowed_methods,
        clippy::print_stderr,
        reason = "the test runs itself, and hears from itself"
    )]
    fn a_test_that_is_killed_leaves_no_server() {
        if std::env::var_os(VICTIM).is_some() {
            // The thread that starts the server is gone long before the process is.
            let started = std::thread::spawn(|| PrivatePostgres::start(Settings::default()));
            let server = started.join().unwrap();
            eprintln!("{}", server.folder().display());
            loop {
                std::thread::park();
            }
        }
        let name = "postgres::tests::a_test_that_is_killed_leaves_no_server";
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(VICTIM, "1")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(victim.stderr.take().unwrap());
        said.read_line(&mut line).unwrap();
        let folder = PathBuf::from(line.trim());
        assert!(UnixStream::connect(socket(&folder)).is_ok(), "{line}");
        victim.kill().unwrap();
        victim.wait().unwrap();
        assert!(is_gone_within(&folder, 30), "{:?}", processes(&folder));
    }

    #[test]
    fn postgres_programs_that_do_not_work_are_not_taken() {
        let sound = newest(candidates()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        // Written by another process: a program that this one has open for writing cannot be run, nor while a child of another
        // thread still has it.
        let write = r#"printf '#!/bin/sh\n%s\n' "$2" >"$1" && chmod +x "$1""#;
        let write = |path: PathBuf, script: &str| {
            let written = Command::new("sh")
                .args(["-c", write, "sh"])
                .args([path.as_os_str(), script.as_ref()])
                .status();
            assert!(written.unwrap().success());
        };
        let programs = |name: &str, script: &str| {
            let programs = folder.path().join(name);
            fs::create_dir(&programs).unwrap();
            for program in PROGRAMS {
                write(programs.join(program), script);
            }
            programs
        };
        let newer = programs("newer", "echo \"$0 (PostgreSQL) 99beta1\"");
        let fails = programs("fails", "echo 'postgres (PostgreSQL) 99.1'; exit 1");
        let silent = programs("silent", "");
        let mixed = programs("mixed", "echo 'postgres (PostgreSQL) 99.1'");
        write(mixed.join("postgres"), "echo 'postgres (PostgreSQL) 98.1'");
        let lacking = programs("lacking", "echo 'postgres (PostgreSQL) 99.1'");
        fs::remove_file(lacking.join("pg_ctl")).unwrap();
        let broken = [&fails, &silent, &mixed, &lacking].map(Clone::clone);
        assert_eq!(newest(broken.to_vec()), None);
        let some = [broken.to_vec(), vec![sound.clone()]].concat();
        assert_eq!(newest(some.clone()), Some(sound));
        assert_eq!(newest([some, vec![newer.clone()]].concat()), Some(newer));
    }
}
