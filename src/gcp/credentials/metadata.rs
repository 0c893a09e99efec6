//! The metadata server: the service account attached to this VM, container or function.
//!
//! [The server's protocol](https://cloud.google.com/compute/docs/metadata/querying-metadata).

use bytes::Bytes;
use gcp_auth::Token;
use http::uri::Authority;
use http::{HeaderValue, Request, Response, StatusCode, Uri};
use tokio::time::timeout;

use super::cache::TokenSource;
use super::calls::{Calls, get};
use super::clean::clean;
use super::error::{CredentialError, FailureKind};
use super::hosts::METADATA_IP;
use super::token::{no_token, token_in};

const FLAVOR: &str = "metadata-flavor";
const ACCOUNT: &str = "instance/service-accounts/default/";
const STEP: &str = "asking the metadata server";

/// A metadata server that answered, and whom it speaks for.
pub(super) struct Found {
    pub(super) source: Metadata,
    pub(super) email: Option<String>,
    pub(super) project: Option<String>,
    /// `googleapis.com` but on Google's sovereign clouds.
    pub(super) universe: Option<String>,
}

/// The attached service account.
pub(super) struct Metadata {
    host: Authority,
    calls: Calls,
}

impl Metadata {
    /// Looks for a metadata server and an account attached to this machine; else says why there is none.
    ///
    /// Bounded in all by [`Limits::metadata`](super::Limits): off Google Cloud the address may lead nowhere.
    /// `host` is what `GCE_METADATA_HOST` names. Without it the address is asked for by number, as a name could be
    /// answered by whoever runs the network's DNS.
    pub(super) async fn find(host: Option<&str>, calls: &Calls) -> Result<Found, String> {
        let name = host.unwrap_or(METADATA_IP);
        let host = name
            .parse::<Authority>()
            .ok()
            .filter(|host| !host.as_str().contains('@'))
            .ok_or("GCE_METADATA_HOST is not a host")?;
        let metadata = Self {
            host,
            calls: calls.clone(),
        };
        timeout(calls.limits.metadata, metadata.look())
            .await
            .unwrap_or_else(|_| Err(format!("no metadata server at {name}: no answer in time")))
    }

    async fn look(self) -> Result<Found, String> {
        let email = self.once(&format!("{ACCOUNT}email")).await?;
        let is_googles = email
            .headers()
            .get(FLAVOR)
            .is_some_and(|flavor| flavor == "Google");
        if !is_googles {
            return Err(format!(
                "what answers at {} is not Google's metadata server",
                self.host
            ));
        }
        match email.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => {
                return Err("no service account is attached to this machine".to_owned());
            }
            other => {
                return Err(format!(
                    "the metadata server answered HTTP {}",
                    other.as_u16()
                ));
            }
        }
        let (project, universe) = tokio::join!(
            self.once("project/project-id"),
            self.once("universe/universe-domain")
        );
        let text = |answer: &Response<Bytes>| {
            let text = std::str::from_utf8(answer.body()).ok()?;
            Some(clean(text, &[], 200))
                .filter(|text| answer.status() == StatusCode::OK && !text.is_empty())
        };
        Ok(Found {
            email: text(&email),
            project: project.ok().as_ref().and_then(text),
            universe: universe.ok().as_ref().and_then(text),
            source: self,
        })
    }

    async fn once(&self, path: &str) -> Result<Response<Bytes>, String> {
        let request = self
            .request(path)
            .ok_or("GCE_METADATA_HOST is not a host")?;
        self.calls
            .once(request)
            .await
            .map_err(|error| format!("no metadata server: {error}"))
    }

    fn request(&self, path: &str) -> Option<Request<Bytes>> {
        let uri: Uri = format!("http://{}/computeMetadata/v1/{path}", self.host)
            .parse()
            .ok()?;
        let mut request = get(&uri);
        request
            .headers_mut()
            .insert(FLAVOR, HeaderValue::from_static("Google"));
        Some(request)
    }
}

#[async_trait::async_trait]
impl TokenSource for Metadata {
    async fn fetch(&self) -> Result<Token, CredentialError> {
        const WHO: &str = "attached service account";
        let request = self.request(&format!("{ACCOUNT}token")).ok_or_else(|| {
            CredentialError::new(
                FailureKind::Malformed,
                "GCE_METADATA_HOST is not a host",
                "give a host or host:port",
            )
        })?;
        let body = self
            .calls
            .send(STEP, &request, &[])
            .await
            .map_err(|failure| {
                failure.into_error(WHO, STEP, "attach a service account to this machine")
            })?;
        token_in(&body).ok_or_else(|| no_token(WHO, STEP))
    }
}
