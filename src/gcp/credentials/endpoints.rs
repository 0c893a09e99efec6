//! Where tokens are exchanged: Google's endpoints, or those that a person put in their place.

use http::Uri;

use super::error::{CredentialError, FailureKind};
use super::hosts::{Trust, by_hand};

/// Google's token endpoint for keys and for logins.
pub(super) const OAUTH_TOKEN: &str = "https://oauth2.googleapis.com/token";
const IAM_CREDENTIALS: &str = "https://iamcredentials.googleapis.com/";

/// The endpoints, and which others a credentials file may name.
#[derive(Clone, Debug)]
pub(super) struct Endpoints {
    pub(super) trust: Trust,
    /// Takes the place of every OAuth token endpoint.
    pub(super) token: Option<Uri>,
    /// Takes the place of every IAM Credentials endpoint; ends in a slash.
    iam_credentials: Option<String>,
}

impl Endpoints {
    /// Returns the endpoints after what was set by hand: an OAuth token endpoint, a base address of IAM Credentials,
    /// and hosts that credentials files may name although they are not Google's.
    pub(super) fn new(
        token: Option<&str>,
        iam_credentials: Option<&str>,
        allow_hosts: &[String],
    ) -> Result<Self, CredentialError> {
        let checked = |setting: &str, address: &str| {
            by_hand(address).map_err(|why| {
                CredentialError::new(
                    FailureKind::UntrustedHost,
                    format!("{setting} set by hand: {why}"),
                    "give an https address, or http on this machine",
                )
            })
        };
        let token = token
            .map(|address| checked("the token endpoint", address))
            .transpose()?;
        let iam_credentials = iam_credentials
            .map(|address| checked("the IAM Credentials endpoint", address))
            .transpose()?
            .map(|uri| format!("{}/", uri.to_string().trim_end_matches('/')));
        Ok(Self {
            trust: Trust::new(allow_hosts.to_vec()),
            token,
            iam_credentials,
        })
    }

    /// Returns the base address of IAM Credentials, ending in a slash: the one set by hand, else the one that a
    /// credentials file names, else Google's.
    pub(super) fn iam_credentials(&self, from_file: Option<&str>) -> String {
        self.iam_credentials
            .as_deref()
            .or(from_file)
            .unwrap_or(IAM_CREDENTIALS)
            .to_owned()
    }
}
