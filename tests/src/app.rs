//! A folder with a store, in which the command is run.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::{fixture, repository};

/// A temporary folder in which `newsprint` runs, with the shipped configuration changed as a test needs it.
#[derive(Debug)]
pub struct TestApp {
    folder: TempDir,
}

/// What a run of the command came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Exit code; -1 where a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl TestApp {
    /// An empty folder without configuration: the built-in one applies.
    ///
    /// # Panics
    /// Where no temporary folder can be made.
    #[expect(clippy::new_without_default, reason = "it makes a folder")]
    pub fn new() -> Self {
        Self {
            folder: TempDir::new()
                .unwrap_or_else(|error| panic!("make a temporary folder: {error}")),
        }
    }

    /// The folder with a copy of the shipped configuration that lets this machine's own servers be asked, without waiting between
    /// requests, and the word lists as its model.
    pub fn for_loopback() -> Self {
        let app = Self::new();
        app.run(&["init"]).expect_code(0);
        app.edit_config("allow_loopback = false", "allow_loopback = true");
        app.edit_config("gap_seconds = 2.0", "gap_seconds = 0.0");
        app.edit_config("\"full\"", "\"lexicon\"");
        app
    }

    /// The folder with a copy of the shipped configuration, the fixture's 20 pages as its only source, closes to import and
    /// tables to write.
    pub fn with_fixture_pages() -> Self {
        let app = Self::new();
        app.run(&["init"]).expect_code(0);
        app.edit_config(
            "folder = \"\" # every CSV",
            "folder = \"prices\" # every CSV",
        );
        app.edit_config(
            "folder = \"\" # `newsprint run`",
            "folder = \"reports\" # `newsprint run`",
        );
        let publishers = read(&repository().join("demo/publishers.toml"));
        let sources = format!(
            "\n[[publisher.source]]\nkind = \"folder\"\npath = \"{}\"\n",
            fixture("pages").display()
        );
        app.write("config/publishers.toml", &(publishers + &sources));
        for index in ["RUT", "GSPC"] {
            let closes = read(&repository().join(format!("demo/prices/{index}.csv")));
            let of_2024 = closes
                .lines()
                .filter(|line| line.starts_with("Date") || line.starts_with("2024"));
            app.write(
                &format!("prices/{index}.csv"),
                &of_2024.collect::<Vec<_>>().join("\n"),
            );
        }
        app
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file in the folder.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        let parent = path.parent().unwrap_or(self.path());
        std::fs::create_dir_all(parent)
            .unwrap_or_else(|error| panic!("create {}: {error}", parent.display()));
        std::fs::write(&path, text)
            .unwrap_or_else(|error| panic!("write {}: {error}", path.display()));
    }

    /// Reads a file in the folder.
    pub fn read(&self, name: &str) -> String {
        read(&self.path().join(name))
    }

    /// Replaces text in `config/newsprint.toml`, which must hold it.
    ///
    /// # Panics
    /// Where it does not.
    pub fn edit_config(&self, from: &str, to: &str) {
        let text = self.read("config/newsprint.toml");
        assert!(text.contains(from), "newsprint.toml holds no {from}");
        self.write("config/newsprint.toml", &text.replace(from, to));
    }

    /// Runs the command to its end.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = self
            .command(arguments)
            .output()
            .unwrap_or_else(|error| panic!("run newsprint: {error}"));
        Output {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Starts the command, to be killed or awaited by the test.
    ///
    /// # Panics
    /// Where it cannot be started.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments)
            .spawn()
            .unwrap_or_else(|error| panic!("start newsprint: {error}"))
    }

    /// Answers of `newsprint probe KIND` to `lines`.
    pub fn probe(&self, kind: &[&str], lines: &[serde_json::Value]) -> Vec<serde_json::Value> {
        let batch: Vec<String> = lines.iter().map(ToString::to_string).collect();
        self.write("batch.jsonl", &batch.join("\n"));
        let output = self.run(&[&["probe"], kind, &["--batch", "batch.jsonl"]].concat());
        let answers = output.stdout.lines().map(|line| {
            serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("probe printed {line}: {error}"))
        });
        answers.collect()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .current_dir(self.path())
            .env("NO_COLOR", "1")
            .env_remove("NEWSPRINT_LOG");
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}

impl Output {
    /// The output, where the exit code is the expected one.
    ///
    /// # Panics
    /// Where it is another.
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(
            self.code, code,
            "stdout:\n{}\nstderr:\n{}",
            self.stdout, self.stderr
        );
        self
    }

    /// Standard output as JSON.
    ///
    /// # Panics
    /// Where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in {}", self.stdout))
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("read {}: {error}", path.display()))
}

/// The command beside the test's own executable: `target/PROFILE/newsprint`, which `scripts/test` builds first.
fn binary() -> PathBuf {
    let test =
        std::env::current_exe().unwrap_or_else(|error| panic!("find the test's own file: {error}"));
    let profile = test.ancestors().nth(2).unwrap_or(&test);
    let binary = profile.join(format!("newsprint{}", std::env::consts::EXE_SUFFIX));
    assert!(
        binary.exists(),
        "{} is missing: run `cargo build -p newsprint` first",
        binary.display()
    );
    binary
}
