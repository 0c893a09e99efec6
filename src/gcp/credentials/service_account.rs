//! `service_account`: signs an assertion with a key and exchanges it for a token.
//!
//! [Google's description of the flow](https://developers.google.com/identity/protocols/oauth2/service-account#httprest).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gcp_auth::{CustomServiceAccount, Token};
use http::Uri;
use serde_json::{Value, json};

use super::cache::TokenSource;
use super::calls::{Calls, Failure, post_form};
use super::endpoints::{Endpoints, OAUTH_TOKEN};
use super::error::{CredentialError, FailureKind};
use super::fields::Fields;
use super::secret::Secret;
use super::token::{HOUR, SCOPE, no_token, token_in};

/// Named in the oldest keys: Google's endpoint too, but under another domain. The present one takes its place.
const LEGACY_TOKEN: &str = "https://accounts.google.com/o/oauth2/token";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const STEP: &str = "exchanging a signed assertion";

/// A service account's key.
pub(super) struct ServiceAccount {
    who: String,
    email: String,
    key_id: Option<String>,
    /// Signs, and does nothing else: its own client knows neither our proxy nor our limits.
    signer: CustomServiceAccount,
    audience: String,
    token_uri: Uri,
    calls: Calls,
}

impl ServiceAccount {
    /// Reads a key from its file; `who` names it in errors.
    pub(super) fn read(
        who: &str,
        fields: &Fields<'_>,
        endpoints: &Endpoints,
        calls: &Calls,
    ) -> Result<Self, CredentialError> {
        let email = fields.required("client_email")?;
        let named = fields
            .optional("token_uri")?
            .filter(|uri| *uri != LEGACY_TOKEN)
            .unwrap_or(OAUTH_TOKEN);
        let (audience, token_uri) = match &endpoints.token {
            Some(by_hand) => (OAUTH_TOKEN, by_hand.clone()),
            None => (
                named,
                endpoints
                    .trust
                    .google(named)
                    .map_err(|why| fields.untrusted("token_uri", &why))?,
            ),
        };
        Ok(Self {
            who: who.to_owned(),
            email: email.to_owned(),
            key_id: fields.optional("private_key_id")?.map(str::to_owned),
            signer: signer(fields, email)?,
            audience: audience.to_owned(),
            token_uri,
            calls: calls.clone(),
        })
    }

    /// Returns a statement of one hour, signed with the key, that this account asks for a token.
    fn assertion(&self) -> Result<Secret, CredentialError> {
        let now = chrono::Utc::now().timestamp();
        let mut header = json!({ "alg": "RS256", "typ": "JWT" });
        if let Some(id) = &self.key_id {
            header["kid"] = json!(id);
        }
        let claims = json!({
            "iss": self.email, "scope": SCOPE, "aud": self.audience, "iat": now, "exp": now + HOUR.cast_signed(),
        });
        let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = self.signer.signer().sign(signed.as_bytes()).map_err(|_| {
            CredentialError::new(
                FailureKind::Malformed,
                format!("{}: the private key cannot sign", self.who),
                "make a new key, or better sign in without one",
            )
        })?;
        Ok(Secret::new(format!(
            "{signed}.{}",
            URL_SAFE_NO_PAD.encode(signature)
        )))
    }
}

/// Returns `gcp_auth`'s signer over the file's private key.
fn signer(fields: &Fields<'_>, email: &str) -> Result<CustomServiceAccount, CredentialError> {
    let key = fields.secret("private_key")?;
    let file =
        json!({ "client_email": email, "private_key": key.expose(), "token_uri": OAUTH_TOKEN });
    CustomServiceAccount::from_json(&file.to_string()).map_err(|error| match error {
        // It loads the root certificates for its client, which is never used.
        gcp_auth::Error::Io(..) => CredentialError::new(
            FailureKind::Unreachable,
            "no root certificates on this machine",
            "install ca-certificates or set SSL_CERT_FILE",
        ),
        gcp_auth::Error::NoAuthMethod(..)
        | gcp_auth::Error::Http(..)
        | gcp_auth::Error::Json(..)
        | gcp_auth::Error::Other(..)
        | gcp_auth::Error::Str(..) => fields.wrong("private_key", "is not an RSA key in PKCS#8"),
    })
}

#[async_trait::async_trait]
impl TokenSource for ServiceAccount {
    async fn fetch(&self) -> Result<Token, CredentialError> {
        let assertion = self.assertion()?;
        let request = post_form(
            &self.token_uri,
            &[("grant_type", GRANT), ("assertion", assertion.expose())],
        );
        let body = self.calls.send(STEP, &request, &[&assertion]).await.map_err(|failure| {
            let remedy = match &failure {
                Failure::Answer(answer) if answer.has_code(&["invalid_grant"]) => {
                    "the key may be deleted or disabled, its account too, or this machine's clock is wrong: \
                     check with `gcloud iam service-accounts keys list`"
                }
                Failure::Answer(_) | Failure::Silence(_) => "check the key's file",
            };
            failure.into_error(&self.who, STEP, remedy)
        })?;
        token_in(&body).ok_or_else(|| no_token(&self.who, STEP))
    }
}
