//! Impersonation: one identity asks for a token of a service account.
//!
//! [`generateAccessToken`](https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken)
//! is only ever called for the account that the command line or the credentials file names.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use gcp_auth::Token;
use http::Uri;
use http::header::AUTHORIZATION;
use serde::Deserialize;
use serde_json::json;

use super::cache::{TokenCache, TokenSource};
use super::calls::{Calls, Failure, authorization, post_json};
use super::error::{CredentialError, FailureKind};
use super::secret::Secret;
use super::target::{Impersonate, Target};
use super::token::{SCOPE, access_token, no_token};

const STEP: &str = "generateAccessToken";

/// A service account that another identity acts as.
pub(super) struct Impersonation {
    who: String,
    caller: Arc<TokenCache>,
    target: Target,
    uri: Uri,
    calls: Calls,
}

impl Impersonation {
    /// Returns the target as the caller may act as it; `who` names both in errors.
    pub(super) fn new(
        who: &str,
        caller: Arc<TokenCache>,
        target: Target,
        calls: &Calls,
    ) -> Result<Self, CredentialError> {
        let uri = target.uri().ok_or_else(|| {
            CredentialError::new(
                FailureKind::Malformed,
                format!("{who}: no address to ask"),
                "check the endpoint",
            )
        })?;
        Ok(Self {
            who: who.to_owned(),
            caller,
            target,
            uri,
            calls: calls.clone(),
        })
    }

    async fn ask(&self, caller: &Token) -> Result<bytes::Bytes, Failure> {
        let name = |account: &String| format!("projects/-/serviceAccounts/{account}");
        let mut body =
            json!({ "scope": [SCOPE], "lifetime": format!("{}s", self.target.lifetime) });
        if !self.target.chain.delegates.is_empty() {
            body["delegates"] = self.target.chain.delegates.iter().map(name).collect();
        }
        let mut request = post_json(&self.uri, &body);
        request
            .headers_mut()
            .extend(authorization("Bearer", caller.as_str()).map(|value| (AUTHORIZATION, value)));
        self.calls
            .send(STEP, &request, &[&Secret::new(caller.as_str())])
            .await
    }

    fn explain(&self, failure: Failure) -> CredentialError {
        let Impersonate { target, delegates } = &self.target.chain;
        let remedy = match &failure {
            Failure::Answer(answer) if answer.has_code(&["SERVICE_DISABLED"]) => {
                "enable iamcredentials.googleapis.com in the project that the answer names"
                    .to_owned()
            }
            Failure::Answer(answer) if answer.status == 403 && delegates.is_empty() => {
                format!("grant the caller roles/iam.serviceAccountTokenCreator on {target}")
            }
            Failure::Answer(answer) if answer.status == 403 => format!(
                "grant roles/iam.serviceAccountTokenCreator along the chain: caller on {}, each on the next, to {target}",
                delegates[0]
            ),
            Failure::Answer(_) | Failure::Silence(_) => {
                format!("check that {target} exists and is enabled")
            }
        };
        failure.into_error(&self.who, STEP, remedy)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Generated {
    access_token: Secret,
    expire_time: DateTime<Utc>,
}

#[async_trait::async_trait]
impl TokenSource for Impersonation {
    async fn fetch(&self) -> Result<Token, CredentialError> {
        let caller = self.caller.token().await?;
        let body = match self.ask(&caller).await {
            // The caller's own token was revoked meanwhile: once more with a new one.
            Err(Failure::Answer(answer)) if answer.status == 401 => {
                self.caller.invalidate(&caller).await;
                self.ask(&*self.caller.token().await?).await
            }
            outcome => outcome,
        };
        let body = body.map_err(|failure| self.explain(failure))?;
        serde_json::from_slice::<Generated>(&body)
            .ok()
            .and_then(|generated| {
                let seconds = (generated.expire_time - Utc::now()).num_seconds();
                access_token(
                    &generated.access_token,
                    u64::try_from(seconds).unwrap_or_default(),
                )
            })
            .ok_or_else(|| no_token(&self.who, STEP))
    }
}
