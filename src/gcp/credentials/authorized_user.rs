//! `authorized_user`: a person's login, as `gcloud auth application-default login` leaves it.

use gcp_auth::Token;
use http::Uri;

use super::cache::TokenSource;
use super::calls::{Calls, Failure, post_form};
use super::endpoints::{Endpoints, OAUTH_TOKEN};
use super::error::{CredentialError, FailureKind};
use super::fields::Fields;
use super::secret::Secret;
use super::token::{no_token, token_in};

const STEP: &str = "refreshing the login";
const LOGIN: &str = "run `gcloud auth application-default login`";
/// What Google answers to a login that only a new sign-in mends: revoked or expired, or an administrator's rule that
/// people sign in again every few hours (`rapt`), or a client that is gone.
const DEAD: &[&str] = &[
    "invalid_grant",
    "invalid_rapt",
    "rapt_required",
    "invalid_client",
    "deleted_client",
];

/// A person's refresh token.
pub(super) struct AuthorizedUser {
    who: String,
    client_id: String,
    client_secret: Secret,
    refresh_token: Secret,
    token_uri: Uri,
    calls: Calls,
}

impl AuthorizedUser {
    /// Reads a login from its file; `who` names it in errors.
    pub(super) fn read(
        who: &str,
        fields: &Fields<'_>,
        endpoints: &Endpoints,
        calls: &Calls,
    ) -> Result<Self, CredentialError> {
        Ok(Self {
            who: who.to_owned(),
            client_id: fields.required("client_id")?.to_owned(),
            client_secret: fields.secret("client_secret")?,
            refresh_token: fields.secret("refresh_token")?,
            // A `token_uri` in the file is not looked at, as in Google's own libraries: there is only one.
            token_uri: endpoints
                .token
                .clone()
                .unwrap_or_else(|| Uri::from_static(OAUTH_TOKEN)),
            calls: calls.clone(),
        })
    }
}

#[async_trait::async_trait]
impl TokenSource for AuthorizedUser {
    async fn fetch(&self) -> Result<Token, CredentialError> {
        let request = post_form(
            &self.token_uri,
            &[
                ("grant_type", "refresh_token"),
                ("client_id", &self.client_id),
                ("client_secret", self.client_secret.expose()),
                ("refresh_token", self.refresh_token.expose()),
            ],
        );
        let secrets = [&self.client_secret, &self.refresh_token];
        let body =
            self.calls
                .send(STEP, &request, &secrets)
                .await
                .map_err(|failure| match failure {
                    Failure::Answer(answer) if answer.has_code(DEAD) => CredentialError::new(
                        FailureKind::DeadLogin,
                        format!("{}: the login has ended: {answer}", self.who),
                        LOGIN,
                    ),
                    Failure::Answer(_) | Failure::Silence(_) => {
                        failure.into_error(&self.who, STEP, LOGIN)
                    }
                })?;
        token_in(&body).ok_or_else(|| no_token(&self.who, STEP))
    }
}
