//! Why there is no access token.

use thiserror::Error;

/// What was tried, on what, what came back, and what to do about it: two texts, printed as one line.
///
/// Holds no token, key or secret, and nothing of a credentials file but its path and the names of its fields.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{story}; {remedy}")]
pub struct CredentialError {
    /// What kind of failure it is.
    pub kind: FailureKind,
    /// What was tried, on what, and what came back.
    pub story: String,
    /// What to do about it.
    pub remedy: String,
}

/// The kinds of failure that a caller may want to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// There are no credentials in any of the usual places.
    Missing,
    /// The credentials, or a setting about them, cannot be read or lack something.
    Malformed,
    /// They are of a type, source or universe that this program does not speak.
    Unsupported,
    /// They name a host to which no token may be sent.
    UntrustedHost,
    /// The login has expired or was revoked: only signing in again helps.
    DeadLogin,
    /// The server answered, and gave no token.
    Refused {
        /// HTTP status.
        status: u16,
    },
    /// No usable answer came: connection errors, time limits, a server that stays in error, a program that fails.
    Unreachable,
}

impl CredentialError {
    pub(super) fn new(
        kind: FailureKind,
        story: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            story: story.into(),
            remedy: remedy.into(),
        }
    }
}
