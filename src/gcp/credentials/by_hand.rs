//! An access token that somebody gave: in a file, or in a variable of the environment.

use std::path::PathBuf;

use gcp_auth::Token;

use super::cache::TokenSource;
use super::error::{CredentialError, FailureKind};
use super::fields::read_small;
use super::secret::Secret;
use super::token::{UNKNOWN_LIFE, access_token};

/// A file that holds an access token; read again every few minutes, as what wrote it may write a newer one.
pub(super) struct TokenFile(pub(super) PathBuf);

/// A token as it stands.
pub(super) struct FixedToken {
    /// The variable that holds it.
    pub(super) variable: &'static str,
    pub(super) token: Secret,
}

#[async_trait::async_trait]
impl TokenSource for TokenFile {
    async fn fetch(&self) -> Result<Token, CredentialError> {
        let Self(path) = self;
        let problem = |problem: &str| {
            CredentialError::new(
                FailureKind::Malformed,
                format!("access token file {}: {problem}", path.display()),
                "write what `gcloud auth print-access-token` prints into it",
            )
        };
        let content = read_small(path).await.map_err(|reason| problem(&reason))?;
        let text = std::str::from_utf8(&content).map_err(|_| problem("not a token"))?;
        access_token(&Secret::new(text.trim()), UNKNOWN_LIFE).ok_or_else(|| problem("not a token"))
    }
}

#[async_trait::async_trait]
impl TokenSource for FixedToken {
    async fn fetch(&self) -> Result<Token, CredentialError> {
        access_token(&self.token, UNKNOWN_LIFE).ok_or_else(|| {
            CredentialError::new(
                FailureKind::Malformed,
                format!("{} holds no access token", self.variable),
                "set it to what `gcloud auth print-access-token` prints, or unset it",
            )
        })
    }
}
