//! Sends the calls that fetch tokens: bounded in time and size, tried again only where that can help.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderValue, Request, Response, Uri};
use http_body_util::{BodyExt as _, Limited};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::answer::Answer;
use super::error::{CredentialError, FailureKind};
use super::secret::Secret;
use crate::gcp::backend::Backend;

/// No answer of a token endpoint or an identity provider is larger, in bytes.
const LARGEST_ANSWER: usize = 256 * 1024;
const OUR_NAME: &str = concat!("sa-audit/", env!("CARGO_PKG_VERSION"));

/// Limits of everything that fetches a token.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Tries of one call, the first one included.
    pub attempts: u32,
    /// Time for one try.
    pub attempt: Duration,
    /// Time for all tries of one call.
    pub total: Duration,
    /// Pause before the second try; it doubles with each, and half of it is left to chance.
    pub backoff: Duration,
    /// Time to find out whether there is a metadata server, in all.
    pub metadata: Duration,
    /// Time for one run of gcloud.
    pub gcloud: Duration,
}

impl Default for Limits {
    /// Four tries of ten seconds within half a minute; three seconds for the metadata server, twenty for gcloud.
    fn default() -> Self {
        Self {
            attempts: 4,
            attempt: Duration::from_secs(10),
            total: Duration::from_secs(30),
            backoff: Duration::from_millis(250),
            metadata: Duration::from_secs(3),
            gcloud: Duration::from_secs(20),
        }
    }
}

/// Why a call gave no body.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server answered with an error.
    Answer(Answer),
    /// No answer, in a few words.
    Silence(String),
}

impl Failure {
    /// Returns the error for a failure that the caller has no better word for.
    ///
    /// `who` are the credentials, `step` what was done with them; the remedy is for a refusal, as only the network or
    /// time helps against the others.
    pub(super) fn into_error(
        self,
        who: &str,
        step: &str,
        remedy: impl Into<String>,
    ) -> CredentialError {
        match self {
            Self::Answer(answer) if answer.status < 500 => CredentialError::new(
                FailureKind::Refused {
                    status: answer.status,
                },
                format!("{who}: {step}: {answer}"),
                remedy,
            ),
            Self::Answer(answer) => CredentialError::new(
                FailureKind::Unreachable,
                format!("{who}: {step}: {answer}, each time"),
                "try again later",
            ),
            Self::Silence(cause) => CredentialError::new(
                FailureKind::Unreachable,
                format!("{who}: {step}: {cause}"),
                "check the network and, behind a proxy, HTTPS_PROXY",
            ),
        }
    }
}

/// The way to the token endpoints.
#[derive(Clone)]
pub(super) struct Calls {
    backend: Arc<dyn Backend>,
    pub(super) limits: Limits,
}

impl Calls {
    pub(super) fn new(backend: Arc<dyn Backend>, limits: Limits) -> Self {
        Self { backend, limits }
    }

    /// Returns the body of a 2xx answer.
    ///
    /// Tries again after 5xx answers and broken connections, never after another answer. `step` is for the log;
    /// the secrets of the request are kept out of what is told of an error answer.
    pub(super) async fn send(
        &self,
        step: &'static str,
        request: &Request<Bytes>,
        secrets: &[&Secret],
    ) -> Result<Bytes, Failure> {
        let deadline = Instant::now() + self.limits.total;
        let mut pause = self.limits.backoff;
        let mut attempt = 1;
        loop {
            let host = request.uri().host().unwrap_or_default();
            let one_try = timeout(self.limits.attempt, self.once(request.clone()));
            let (failure, hopeless) = match timeout_at(deadline, one_try).await {
                Ok(Ok(Ok(answer))) if answer.status().is_success() => {
                    tracing::debug!(step, host, attempt, "token call answered");
                    return Ok(answer.into_body());
                }
                Ok(Ok(Ok(answer))) => (
                    Failure::Answer(Answer::read(answer.status(), answer.body(), secrets)),
                    !answer.status().is_server_error(),
                ),
                Ok(Ok(Err(error))) => (
                    Failure::Silence(error.to_string()),
                    is_lasting(error.kind()),
                ),
                Ok(Err(_)) | Err(_) => (
                    Failure::Silence(format!("{host}: no answer in time")),
                    false,
                ),
            };
            tracing::debug!(step, host, attempt, ?failure, "token call failed");
            let pause_now = pause / 2 + (pause / 2).mul_f64(fastrand::f64());
            if hopeless || attempt >= self.limits.attempts || Instant::now() + pause_now >= deadline
            {
                return Err(failure);
            }
            sleep(pause_now).await;
            pause *= 2;
            attempt += 1;
        }
    }

    /// Returns one answer of any status, with its whole body.
    pub(super) async fn once(&self, mut request: Request<Bytes>) -> io::Result<Response<Bytes>> {
        request
            .headers_mut()
            .insert(USER_AGENT, HeaderValue::from_static(OUR_NAME));
        let (head, body) = self.backend.send(request).await?.into_parts();
        let body = Limited::new(body, LARGEST_ANSWER)
            .collect()
            .await
            .map_err(|error| {
                error.downcast::<io::Error>().map_or_else(
                    |_| {
                        io::Error::new(
                            io::ErrorKind::InvalidData,
                            "an answer larger than any token",
                        )
                    },
                    |error| io::Error::new(error.kind(), format!("answer cut short: {error}")),
                )
            })?;
        Ok(Response::from_parts(head, body.to_bytes()))
    }
}

/// Whether the same call will fail the same way: TLS, proxy credentials, the address.
fn is_lasting(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::PermissionDenied
    )
}

/// Returns a POST of form fields.
pub(super) fn post_form(uri: &Uri, fields: &[(&str, &str)]) -> Request<Bytes> {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    post(uri, "application/x-www-form-urlencoded", body)
}

/// Returns a POST of a JSON document.
pub(super) fn post_json(uri: &Uri, document: &serde_json::Value) -> Request<Bytes> {
    post(uri, "application/json", document.to_string())
}

fn post(uri: &Uri, content_type: &'static str, body: String) -> Request<Bytes> {
    let mut request = Request::new(Bytes::from(body));
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = uri.clone();
    request
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    request
}

/// Returns a GET.
pub(super) fn get(uri: &Uri) -> Request<Bytes> {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = uri.clone();
    request
}

/// Returns the value of an `Authorization` header, hidden from debug output; the text comes from a checked token or
/// from base64, so nothing means a programming error upstream rather than bad input.
pub(super) fn authorization(scheme: &str, credentials: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("{scheme} {credentials}")).ok()?;
    value.set_sensitive(true);
    Some(value)
}
