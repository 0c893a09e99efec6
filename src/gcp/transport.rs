//! The one function that every request to a Google API passes.
//!
//! In order: allow list, token bucket of the API, a place among the requests in flight, access token, headers, endpoint
//! override, backend under a time limit, unpacking, decoding, retry. A retry gives its place back while it waits.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::Utc;
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, USER_AGENT,
};
use http::{Request, Response, StatusCode};
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, timeout};

use super::allow::{self, Call};
use super::backend::Backend;
use super::credentials::TokenCache;
use super::elements::{self, Broken, MALFORMED};
use super::endpoints::Endpoints;
use super::error::{Error, ErrorKind, Fault, decode};
use super::exchange::{Answer, Bounds, exchange};
use super::rate::{Bucket, Quota, Quotas};
use super::retry::{Failure, Next, RetryPolicy, retry_after};
use super::statistics::{Counters, Statistics};

/// Google packs answers only for user agents that say `gzip`.
const AGENT: &str = concat!("sa-audit/", env!("CARGO_PKG_VERSION"), " (gzip)");

/// How the transport behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Bounds on trying again.
    pub retry: RetryPolicy,
    /// Time for one attempt, from the request to the last byte of the body. Default 30 s.
    pub attempt_timeout: Duration,
    /// Requests in flight at once, over all APIs; 0 counts as 1. Default 32.
    pub max_in_flight: usize,
    /// Largest body taken, packed or unpacked, in bytes. Default 64 MiB.
    pub max_body: usize,
    /// The project that pays for the calls, sent as `x-goog-user-project`.
    pub quota_project: Option<String>,
    /// Where the APIs are served.
    pub endpoints: Endpoints,
    /// Requests per minute and API.
    pub quotas: Quotas,
    /// Seed of the jitter; none: another one each time.
    pub jitter_seed: Option<u64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            retry: RetryPolicy::default(),
            attempt_timeout: Duration::from_secs(30),
            max_in_flight: 32,
            max_body: 64 << 20,
            quota_project: None,
            endpoints: Endpoints::default(),
            quotas: Quotas::default(),
            jitter_seed: None,
        }
    }
}

/// The way to Google; clones share one pool of places, buckets and counters.
#[derive(Clone)]
pub struct Transport(Arc<Inner>);

struct Inner {
    backend: Arc<dyn Backend>,
    tokens: Arc<TokenCache>,
    settings: Settings,
    quota_project: Option<HeaderValue>,
    slots: Semaphore,
    buckets: BTreeMap<Quota, Bucket>,
    jitter: Mutex<fastrand::Rng>,
    counters: Counters,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither the token provider nor the backend: what they print is not ours to answer for.
        f.debug_struct("Transport")
            .field("settings", &self.0.settings)
            .finish_non_exhaustive()
    }
}

impl Transport {
    /// Returns a transport over the backend, with tokens of the provider.
    ///
    /// # Errors
    /// [`ErrorKind::QuotaProjectRefused`] where the quota project cannot be sent as a header.
    pub fn new(
        backend: Arc<dyn Backend>,
        tokens: Arc<TokenCache>,
        settings: Settings,
    ) -> Result<Self, Error> {
        let quota_project = settings
            .quota_project
            .as_deref()
            .map(HeaderValue::from_str)
            .transpose()
            .map_err(|_| {
                Error::new(
                    ErrorKind::QuotaProjectRefused { project: None },
                    "not the id of a project",
                )
            })?;
        let buckets =
            Quota::all().map(|quota| (quota, Bucket::new(settings.quotas.per_minute(quota))));
        Ok(Self(Arc::new(Inner {
            backend,
            tokens,
            quota_project,
            slots: Semaphore::new(settings.max_in_flight.max(1)),
            buckets: buckets.collect(),
            jitter: Mutex::new(
                settings
                    .jitter_seed
                    .map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed),
            ),
            counters: Counters::default(),
            settings,
        })))
    }

    /// Returns what the transport did so far.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.0.counters.read()
    }

    /// Returns Google's answer to the request, unpacked, checked and with a status of success.
    ///
    /// The request is addressed to Google's own host. Of its headers only the content type is sent.
    ///
    /// # Errors
    /// Whatever is left after the attempts that [`RetryPolicy`] allows; [`ErrorKind::NotAllowed`], with nothing sent,
    /// for a request that is not on the allow list.
    pub async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Error> {
        let call = allow::find(request.method(), request.uri())?;
        allow::check_body(&call, request.body())?;
        let outcome = self.until_done(&call, &request).await;
        if outcome.is_err() {
            self.0.counters.failure(call.method.id);
        }
        outcome
    }

    async fn until_done(
        &self,
        call: &Call,
        request: &Request<Bytes>,
    ) -> Result<Response<Bytes>, Error> {
        let policy = &self.0.settings.retry;
        let mut spent = Duration::ZERO;
        let mut renewed = false;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let left = policy.total.saturating_sub(spent);
            let (outcome, took) = self.one_attempt(call, request, attempt, left).await;
            spent += took;
            let failure = match outcome {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            // A token may be revoked or expire on its way; a fresh one has the next word, once.
            if failure.error.status() == Some(401) && !renewed {
                renewed = true;
                continue;
            }
            let error = match policy.next(&failure, attempt, spent, self.random()) {
                Next::Again(wait) => {
                    spent += wait;
                    sleep(wait).await;
                    continue;
                }
                Next::GiveUp => failure.error,
                Next::TooLong(asked) => failure.error.refused_wait(asked.as_secs()),
            };
            return Err(error.on(call.method.id, &call.target).after(attempt));
        }
    }

    /// Returns the outcome of one attempt and how long it took, without the time in our own queues.
    async fn one_attempt(
        &self,
        call: &Call,
        request: &Request<Bytes>,
        attempt: u32,
        left: Duration,
    ) -> (Result<Response<Bytes>, Failure>, Duration) {
        let bucket = self
            .0
            .buckets
            .get(&call.method.quota())
            .expect("there is a bucket for every quota");
        let _slot = bucket.admit(&self.0.slots).await;
        let _in_flight = self.0.counters.attempt(call.method.id, attempt == 1);

        let start = Instant::now();
        let outcome = self
            .attempt(call, request, self.0.settings.attempt_timeout.min(left))
            .await;
        let took = start.elapsed();
        tracing::debug!(
            method = call.method.id,
            resource = call.target,
            attempt,
            status = match &outcome {
                Ok(response) => Some(response.status().as_u16()),
                Err(failure) => failure.error.status(),
            },
            milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "request"
        );
        (outcome, took)
    }

    /// Sends the request once and returns the checked answer.
    async fn attempt(
        &self,
        call: &Call,
        request: &Request<Bytes>,
        time: Duration,
    ) -> Result<Response<Bytes>, Failure> {
        let token = timeout(time, self.0.tokens.token())
            .await
            .map_err(|_| Error::new(ErrorKind::Credentials, "the token did not come in time"))?
            .map_err(|error| Error::new(ErrorKind::Credentials, error.to_string()))?;
        let outgoing = self.outgoing(call, request, token.as_str())?;
        let bounds = Bounds {
            time,
            size: self.0.settings.max_body,
        };
        let answer = exchange(self.0.backend.as_ref(), outgoing, bounds)
            .await
            .map_err(|error| error.without(token.as_str()))?;
        if answer.status.is_success() {
            return self.accepted(call, answer);
        }
        if answer.status == StatusCode::UNAUTHORIZED {
            self.0.tokens.invalidate(&token).await;
        }
        Err(refused(&answer, token.as_str()))
    }

    /// Returns the request as it goes to the backend.
    fn outgoing(
        &self,
        call: &Call,
        request: &Request<Bytes>,
        token: &str,
    ) -> Result<Request<Bytes>, Error> {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| {
            Error::new(
                ErrorKind::Credentials,
                "the access token has characters that no token has",
            )
        })?;
        bearer.set_sensitive(true);

        let mut outgoing = Request::new(request.body().clone());
        *outgoing.method_mut() = request.method().clone();
        *outgoing.uri_mut() = self
            .0
            .settings
            .endpoints
            .address(call.method.api, request.uri())?;
        let headers = outgoing.headers_mut();
        headers.insert(AUTHORIZATION, bearer);
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        if let Some(project) = &self.0.quota_project {
            headers.insert("x-goog-user-project", project.clone());
        }
        if let Some(kind) = request.headers().get(CONTENT_TYPE) {
            headers.insert(CONTENT_TYPE, kind.clone());
        }
        if request.method() == http::Method::POST && request.body().is_empty() {
            // HTTP/1.1 servers, Google's among them, answer 411 to a POST that does not say how long its body is, and
            // hyper says so only of a body that is there.
            headers.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        Ok(outgoing)
    }

    /// Returns a successful answer whose body is a JSON object with elements that decode.
    fn accepted(&self, call: &Call, answer: Answer) -> Result<Response<Bytes>, Failure> {
        let Answer { status, body, .. } = answer;
        let checked = match &call.method.elements {
            Some(elements) => elements.check(body),
            None => elements::object(body),
        };
        let checked = checked.map_err(|broken| {
            let error = match broken {
                Broken::Unreadable => Error::new(
                    ErrorKind::Transport {
                        fault: Fault::NotJson,
                    },
                    "",
                ),
                Broken::NoObject => Error::new(ErrorKind::Malformed, "JSON that is no object"),
                Broken::ListMissing => {
                    Error::new(ErrorKind::Malformed, "no list where the elements belong")
                }
            };
            error.with_status(status.as_u16())
        })?;
        if checked.malformed > 0 {
            self.0.counters.malformed(call.method.id, checked.malformed);
        }
        let mut response = Response::new(checked.body);
        *response.status_mut() = status;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
            .headers_mut()
            .insert(MALFORMED, HeaderValue::from(checked.malformed));
        Ok(response)
    }

    fn random(&self) -> f64 {
        self.0
            .jitter
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .f64()
    }
}

/// Returns what Google's refusal says; `secret` is the access token, which it might repeat.
fn refused(answer: &Answer, secret: &str) -> Failure {
    let status = answer.status.as_u16();
    let decoded = decode(status, &answer.body, secret);
    Failure {
        error: Error::new(decoded.kind, decoded.message).with_status(status),
        asked: retry_after(&answer.headers, Utc::now()).max(decoded.retry_delay),
        rate_limited: decoded.rate_limited,
    }
}
