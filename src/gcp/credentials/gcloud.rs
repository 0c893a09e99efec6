//! gcloud's own login, by `gcloud auth print-access-token`: the last resort.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use gcp_auth::Token;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;
use tokio::time::timeout;

use super::cache::TokenSource;
use super::calls::Limits;
use super::clean::clean;
use super::error::{CredentialError, FailureKind};
use super::secret::Secret;
use super::token::{UNKNOWN_LIFE, access_token};

const LARGEST_OUTPUT: u64 = 64 * 1024;
const LOGIN: &str = "run `gcloud auth login`";

/// The name under which gcloud is started.
pub(super) const PROGRAM: &str = if cfg!(windows) {
    "gcloud.cmd"
} else {
    "gcloud"
};

/// gcloud's active account.
pub(super) struct Gcloud {
    program: PathBuf,
    limits: Limits,
}

/// What became of one run.
pub(super) enum Failure {
    /// There is no such program.
    NotInstalled,
    /// It gave no token, for this reason.
    NoToken(CredentialError),
}

impl Gcloud {
    pub(super) fn new(program: &Path, limits: Limits) -> Self {
        Self {
            program: program.to_owned(),
            limits,
        }
    }

    /// Runs gcloud once. How long the token still lives is unknown, so that it is asked for every few minutes; gcloud
    /// has a cache of its own.
    pub(super) async fn run(&self) -> Result<Token, Failure> {
        let problem = |kind, story: String, remedy: &str| {
            Failure::NoToken(CredentialError::new(
                kind,
                format!("gcloud auth print-access-token: {story}"),
                remedy,
            ))
        };
        let output = match timeout(self.limits.gcloud, self.output()).await {
            Ok(Ok(output)) => output,
            Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Failure::NotInstalled);
            }
            Ok(Err(error)) => {
                return Err(problem(
                    FailureKind::Unreachable,
                    error.kind().to_string(),
                    "check gcloud",
                ));
            }
            Err(_) => {
                return Err(problem(
                    FailureKind::Unreachable,
                    "no answer in time".to_owned(),
                    "check gcloud",
                ));
            }
        };
        if !output.success {
            let said = complaint(&output.stderr);
            let ended = [
                "Reauthentication",
                "invalid_grant",
                "invalid_rapt",
                "active account",
            ];
            let kind = if ended.iter().any(|word| said.contains(word)) {
                FailureKind::DeadLogin
            } else {
                FailureKind::Unreachable
            };
            return Err(problem(kind, said, LOGIN));
        }
        std::str::from_utf8(&output.stdout)
            .ok()
            .and_then(|text| access_token(&Secret::new(text.trim()), UNKNOWN_LIFE))
            .ok_or_else(|| {
                problem(
                    FailureKind::Unreachable,
                    "it printed no token".to_owned(),
                    LOGIN,
                )
            })
    }

    async fn output(&self) -> io::Result<Output> {
        let mut gcloud = Command::new(&self.program)
            .args(["auth", "print-access-token", "--quiet"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let (stdout, stderr) = (gcloud.stdout.take(), gcloud.stderr.take());
        let (stdout, stderr) = tokio::try_join!(bounded(stdout), bounded(stderr))?;
        Ok(Output {
            success: gcloud.wait().await?.success(),
            stdout,
            stderr,
        })
    }
}

struct Output {
    success: bool,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

async fn bounded(stream: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(stream) = stream {
        stream.take(LARGEST_OUTPUT).read_to_end(&mut bytes).await?;
    }
    Ok(bytes)
}

/// Returns the line in which gcloud says what is wrong: the one that begins with `ERROR:`, else the last one.
fn complaint(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let line = lines
        .clone()
        .find_map(|line| line.strip_prefix("ERROR: "))
        .or_else(|| lines.next_back());
    clean(line.unwrap_or("it failed without a word"), &[], 240)
}

#[async_trait::async_trait]
impl TokenSource for Gcloud {
    async fn fetch(&self) -> Result<Token, CredentialError> {
        self.run().await.map_err(|failure| match failure {
            Failure::NoToken(error) => error,
            Failure::NotInstalled => CredentialError::new(
                FailureKind::Missing,
                "gcloud auth print-access-token: gcloud is gone",
                "sign in some other way",
            ),
        })
    }
}
