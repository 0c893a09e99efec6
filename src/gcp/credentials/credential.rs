//! What was found: a way to get tokens, and what is known of the identity behind it.

use std::sync::Arc;

use gcp_auth::Token;

use super::cache::{TokenCache, TokenSource};
use super::calls::Calls;
use super::error::CredentialError;
use super::impersonation::Impersonation;
use super::target::Target;

/// Credentials, ready to hand out tokens.
#[derive(Clone, Debug)]
pub struct Credential {
    /// Hands out tokens; shared by everything that calls Google.
    pub provider: Arc<TokenCache>,
    /// What signs in.
    pub kind: CredentialKind,
    /// The same in words, with the file or variable it comes from, for messages: `authorized_user from /path`.
    pub described: String,
    /// The identity's address, where the credentials tell it.
    pub email: Option<String>,
    /// The project that the credentials name to be charged for API calls.
    pub quota_project: Option<String>,
    /// The identity's own project, where the credentials tell it.
    pub project: Option<String>,
}

/// The kinds of credentials, by what Google calls them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// An access token given by hand.
    AccessToken,
    /// A service account's key.
    ServiceAccount,
    /// A person's login.
    AuthorizedUser,
    /// Workload or workforce identity federation.
    ExternalAccount,
    /// A service account that another identity acts as.
    ImpersonatedServiceAccount,
    /// The service account attached to this machine.
    Metadata,
    /// gcloud's active account.
    Gcloud,
}

impl Credential {
    pub(super) fn new(
        kind: CredentialKind,
        described: String,
        source: Box<dyn TokenSource>,
        email: Option<String>,
        project: Option<String>,
    ) -> Self {
        let provider = TokenCache::new(source).with_project(project.as_deref());
        Self {
            provider: Arc::new(provider),
            kind,
            described,
            email,
            quota_project: None,
            project,
        }
    }

    /// Returns credentials of which nothing is known but a token that was fetched already.
    pub(super) fn with_token(
        kind: CredentialKind,
        described: String,
        source: Box<dyn TokenSource>,
        token: Token,
    ) -> Self {
        let provider = Arc::new(TokenCache::new(source).with_token(token));
        Self {
            provider,
            kind,
            described,
            email: None,
            quota_project: None,
            project: None,
        }
    }

    /// Returns the target's credentials as these may act as it.
    ///
    /// The quota project is left behind: it is one that the caller may use, and the target need not.
    pub(super) fn impersonating(
        self,
        target: Target,
        calls: &Calls,
    ) -> Result<Self, CredentialError> {
        let email = target.chain.target.clone();
        let described = format!("{email} impersonated by {}", self.described);
        let source = Impersonation::new(&described, self.provider, target, calls)?;
        Ok(Self::new(
            self.kind,
            described,
            Box::new(source),
            Some(email),
            None,
        ))
    }
}
