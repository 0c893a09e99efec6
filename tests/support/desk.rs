//! A user's desk: a home folder, an environment that holds what the test puts there, and the real program.

use sa_audit::gcp::apis::Api;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use super::loopback::Loopback;

/// The token that every run against the emulator signs in with.
pub const TOKEN: &str = "ya29.never-real-desk-token";

/// A folder that is the home and the current folder of every run.
pub struct Desk {
    folder: TempDir,
}

impl Desk {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(&path, content).expect("a file");
        path
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect(name)
    }

    /// Returns every file on the desk, sorted, with `/` between folders.
    pub fn files(&self) -> Vec<String> {
        let mut files = Vec::new();
        self.collect(self.folder.path(), &mut files);
        files.sort();
        files
    }

    fn collect(&self, folder: &Path, files: &mut Vec<String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() && !path.is_symlink() {
                self.collect(&path, files);
            } else {
                let name = path.strip_prefix(self.folder.path()).expect("on the desk");
                files.push(name.display().to_string());
            }
        }
    }

    /// Returns a run of the program with these arguments, separated by spaces.
    pub fn sa_audit(&self, arguments: &str) -> Run {
        self.run(&arguments.split_whitespace().collect::<Vec<_>>())
    }

    /// Returns a run of the program with exactly these arguments.
    pub fn run(&self, arguments: &[&str]) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sa-audit"));
        command
            .args(arguments)
            .env_clear()
            .env("HOME", self.folder.path())
            .env("PATH", "")
            .env("NO_GCE_CHECK", "true")
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Run {
            command,
            hidden: vec![(self.folder.path().display().to_string(), "DESK")],
        }
    }

    /// Returns a run that is signed in and asks the emulator, not Google.
    pub fn at(&self, google: &Loopback, arguments: &str) -> Run {
        self.sa_audit(arguments).at(google)
    }
}

/// A run of the program, about to begin.
pub struct Run {
    command: Command,
    hidden: Vec<(String, &'static str)>,
}

impl Run {
    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub fn current_dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    pub fn stdin(mut self, from: impl Into<Stdio>) -> Self {
        self.command.stdin(from);
        self
    }

    pub fn stdout(mut self, to: impl Into<Stdio>) -> Self {
        self.command.stdout(to);
        self
    }

    pub fn stderr(mut self, to: impl Into<Stdio>) -> Self {
        self.command.stderr(to);
        self
    }

    /// Signs in, and sends every API's calls to the emulator, with gcloud's own variables. Quotas are lifted: the emulator
    /// has none.
    pub fn at(mut self, google: &Loopback) -> Self {
        for api in Api::ALL {
            self = self.env(
                api.override_variable(),
                format!("{}/{}", google.base, api.host()),
            );
        }
        self.env("CLOUDSDK_AUTH_ACCESS_TOKEN", TOKEN)
            .env("SA_AUDIT_API_QUOTA", "all=10000000")
    }

    pub fn spawn(mut self) -> Child {
        self.command.spawn().expect("the program starts")
    }

    /// Runs the program to its end.
    ///
    /// # Panics
    /// Where it panics, or is killed.
    pub fn output(self) -> Output {
        let hidden = self.hidden.clone();
        let output = self.spawn().wait_with_output().expect("an end");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let output = Output {
            code: output.status.code().expect("an exit code"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            hidden,
        };
        assert_ne!(output.code, 101, "{}", output.stderr);
        assert!(!output.stderr.contains("panicked"), "{}", output.stderr);
        output
    }
}

/// What a run has left.
#[derive(Debug)]
pub struct Output {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    hidden: Vec<(String, &'static str)>,
}

impl Output {
    /// Returns the run's output if it ended with this code.
    ///
    /// # Panics
    /// Where it ended with another one.
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stderr: {}", self.stderr);
        self
    }

    /// Returns the one line on standard error with which the run refused: exit code 2, nothing on standard output.
    ///
    /// # Panics
    /// Where it did anything else.
    pub fn refusal(&self) -> String {
        assert_eq!(self.code, 2, "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        let line = self.stderr.strip_suffix('\n').expect("a line");
        assert!(!line.contains('\n'), "one line: {line}");
        self.shown(line)
    }

    /// Returns the text without the desk's own name.
    pub fn shown(&self, text: &str) -> String {
        let hide = |text: String, (from, to): &(String, &str)| text.replace(from, to);
        self.hidden.iter().fold(text.to_owned(), hide)
    }

    /// Returns the report that was printed as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).expect("JSON on standard output")
    }
}
