//! `external_account`: workload and workforce identity federation, as google-github-actions/auth, GitLab and
//! `gcloud iam workload-identity-pools create-cred-config` write it.
//!
//! Exchanges a subject token at Google's Security Token Service; impersonation, if the file asks for it, lies on top.
//! [The exchange](https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gcp_auth::Token;
use http::Uri;
use http::header::AUTHORIZATION;
use serde_json::json;

use super::cache::TokenSource;
use super::calls::{Calls, authorization, post_form};
use super::endpoints::Endpoints;
use super::error::CredentialError;
use super::fields::Fields;
use super::secret::Secret;
use super::subject::SubjectSource;
use super::token::{SCOPE, no_token, token_in};

const STEP: &str = "exchanging the subject token";
const REMEDY: &str =
    "check the file's audience, and the pool provider's issuer, allowed audiences and condition";

/// A federated identity.
pub(super) struct ExternalAccount {
    who: String,
    audience: String,
    subject_token_type: String,
    subject: SubjectSource,
    token_url: Uri,
    /// The project that pays for a workforce identity's calls.
    user_project: Option<String>,
    client: Option<(String, Secret)>,
    calls: Calls,
}

impl ExternalAccount {
    /// Reads a federation from its file; `who` names it in errors.
    pub(super) fn read(
        who: &str,
        fields: &Fields<'_>,
        endpoints: &Endpoints,
        calls: &Calls,
    ) -> Result<Self, CredentialError> {
        let token_url = fields.required("token_url")?;
        let client = match (
            fields.optional("client_id")?,
            fields.optional("client_secret")?,
        ) {
            (Some(id), secret) => Some((id.to_owned(), Secret::new(secret.unwrap_or_default()))),
            (None, _) => None,
        };
        Ok(Self {
            who: who.to_owned(),
            subject: SubjectSource::read(fields)?,
            audience: fields.required("audience")?.to_owned(),
            subject_token_type: fields.required("subject_token_type")?.to_owned(),
            token_url: endpoints
                .trust
                .google(token_url)
                .map_err(|why| fields.untrusted("token_url", &why))?,
            user_project: fields
                .optional("workforce_pool_user_project")?
                .map(str::to_owned),
            client,
            calls: calls.clone(),
        })
    }
}

#[async_trait::async_trait]
impl TokenSource for ExternalAccount {
    async fn fetch(&self) -> Result<Token, CredentialError> {
        let subject = self.subject.fetch(&self.who, &self.calls).await?;
        let options = json!({ "userProject": self.user_project }).to_string();
        let mut form = vec![
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:token-exchange",
            ),
            ("audience", self.audience.as_str()),
            ("scope", SCOPE),
            (
                "requested_token_type",
                "urn:ietf:params:oauth:token-type:access_token",
            ),
            ("subject_token_type", self.subject_token_type.as_str()),
            ("subject_token", subject.expose()),
        ];
        // With a client of its own the project is that client's.
        if self.user_project.is_some() && self.client.is_none() {
            form.push(("options", &options));
        }
        let mut request = post_form(&self.token_url, &form);
        let mut secrets = vec![&subject];
        if let Some((id, secret)) = &self.client {
            let basic = STANDARD.encode(format!("{id}:{}", secret.expose()));
            request
                .headers_mut()
                .extend(authorization("Basic", &basic).map(|value| (AUTHORIZATION, value)));
            secrets.push(secret);
        }
        let body = self
            .calls
            .send(STEP, &request, &secrets)
            .await
            .map_err(|failure| failure.into_error(&self.who, STEP, REMEDY))?;
        token_in(&body).ok_or_else(|| no_token(&self.who, STEP))
    }
}
