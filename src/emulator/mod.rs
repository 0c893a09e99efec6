//! Answers like Google from an estate file, for the demo, the tests and the benchmarks.
//!
//! Paths, verbs, parameters and page sizes come from Google's discovery documents (`make_methods.py` writes the table),
//! and nothing here uses sa-audit's client: a misreading in one shows as an error of the other. It is strict: an unknown
//! parameter, a wrong verb or a bad page token is refused as Google refuses it.
//!
//! In memory, [`Emulator::handle`] stands in for the network; over loopback, [`serve()`] listens on one port for all
//! services, by path prefix (`/iam.googleapis.com/v1/…`) or `Host` header.

mod answer;
mod body;
mod effects;
mod errors;
pub mod estate;
pub mod faults;
pub mod generate;
mod index;
pub mod latency;
mod methods;
mod paging;
mod parameters;
pub mod quotas;
mod router;
pub mod serve;
mod services;
mod tally;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, header};
use http_body_util::combinators::BoxBody;
use serde_json::Value;
use tokio::time::{Instant, sleep};

pub use estate::Estate;
pub use faults::{Fault, FaultKind};
pub use latency::Latency;
pub use quotas::Quotas;
pub use serve::serve;

use answer::{Answer, Encoding};
use effects::Effect;
use errors::Refusal;
use index::Index;
use latency::Clockwork;
use paging::Tokens;
use quotas::Meter;
use router::Route;
use services::Call;
use tally::Tally;

/// A response body as it streams: it may break off with an error, or never end.
pub type Body = BoxBody<Bytes, io::Error>;

/// The project to which calls without `x-goog-user-project` count.
const CALLERS_PROJECT: &str = "projects/100200300400";

/// Google Cloud, as far as the estate and the method table go.
#[derive(Debug)]
pub struct Emulator {
    index: Index,
    /// What Asset Inventory sees, where it is behind.
    behind: Option<Index>,
    tokens: Tokens,
    access_token: Option<String>,
    tally: Tally,
    clockwork: Mutex<Clockwork>,
    meter: Mutex<Meter>,
    faults: Mutex<Vec<Fault>>,
}

impl Emulator {
    /// Returns an emulator of the estate: no latency, no quotas, any token, the estate's own faults.
    #[must_use]
    pub fn new(estate: &Estate) -> Self {
        Self {
            index: Index::new(estate),
            behind: None,
            tokens: Tokens::new(&estate.estate),
            access_token: None,
            tally: Tally::default(),
            clockwork: Mutex::new(Clockwork::new(Latency::None)),
            meter: Mutex::new(Meter::new(Quotas::none())),
            faults: Mutex::new(estate.faults.clone()),
        }
    }

    /// Returns the emulator with an Asset Inventory that is behind: it still tells of the `earlier` estate.
    #[must_use]
    pub fn with_assets_of(mut self, earlier: &Estate) -> Self {
        self.behind = Some(Index::new(earlier));
        self
    }

    /// Returns the emulator with that latency before each answer.
    #[must_use]
    pub fn with_latency(mut self, latency: Latency) -> Self {
        self.clockwork = Mutex::new(Clockwork::new(latency));
        self
    }

    /// Returns the emulator with quotas.
    #[must_use]
    pub fn with_quotas(mut self, quotas: Quotas) -> Self {
        self.meter = Mutex::new(Meter::new(quotas));
        self
    }

    /// Returns the emulator with the one access token that it takes.
    #[must_use]
    pub fn with_access_token(mut self, token: &str) -> Self {
        self.access_token = Some(token.to_owned());
        self
    }

    /// Sets one more fault. The first that meets a call strikes it, in the order in which they were set.
    pub fn fault(&self, fault: Fault) {
        lock(&self.faults).push(fault);
    }

    /// Returns how often each method was called, refused calls too.
    #[must_use]
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.tally.calls()
    }

    /// Returns the most calls that were in flight at once: from the request to the last of the body.
    #[must_use]
    pub fn most_in_flight(&self) -> usize {
        self.tally.most_in_flight()
    }

    /// Returns how many calls were refused because a quota was used up.
    #[must_use]
    pub fn refused_for_quota(&self) -> u64 {
        lock(&self.meter).refused
    }

    /// Returns what Google would answer.
    ///
    /// The request names its service by URI, by `Host` header or by the first segment of its path.
    ///
    /// # Errors
    /// Only where a fault breaks the connection before the answer's head.
    pub async fn handle(&self, request: Request<Bytes>) -> io::Result<Response<Body>> {
        let in_flight = self.tally.begin();
        let encoding = Encoding::of(request.headers());
        let latency = lock(&self.clockwork).next();
        if !latency.is_zero() {
            sleep(latency).await;
        }
        let Some(route) = router::route(request.method(), request.uri(), request.headers()) else {
            let refusal = errors::no_such_path(request.uri().path());
            return Ok(Answer::Refused(refusal).send(true, encoding, None, in_flight));
        };
        self.tally.called(&route.method.id);
        let (query, body) = match self.admit(&route, &request) {
            Ok(admitted) => admitted,
            Err(refusal) => {
                return Ok(Answer::Refused(refusal).send(true, encoding, None, in_flight));
            }
        };
        let (mut body_effect, mut page_effect) = (None, None);
        match self.strike(&route, &body, request.headers()) {
            None => {}
            Some(Effect::Refuse(refusal)) => {
                return Ok(Answer::Refused(refusal).send(query.pretty, encoding, None, in_flight));
            }
            Some(Effect::Reset) => return Err(io::ErrorKind::ConnectionReset.into()),
            Some(Effect::Delay(time)) => sleep(time).await,
            Some(Effect::Body(effect)) => body_effect = Some(effect),
            Some(Effect::Page(effect)) => page_effect = Some(effect),
        }
        let call = Call {
            route: &route,
            query: &query,
            body: &body,
        };
        let index = match &self.behind {
            Some(behind) if route.method.host == "cloudasset.googleapis.com" => behind,
            Some(_) | None => &self.index,
        };
        let answer = services::answer(index, &call)
            .and_then(|reply| Answer::new(reply, &call, &self.tokens, page_effect))
            .unwrap_or_else(Answer::Refused);
        Ok(answer.send(query.pretty, encoding, body_effect, in_flight))
    }

    /// Checks what Google checks before the service sees a request: credential, quota, parameters, body.
    fn admit(
        &self,
        route: &Route,
        request: &Request<Bytes>,
    ) -> Result<(parameters::Query, Value), Refusal> {
        let (service, method) = (route.method.host.as_str(), route.method.id.as_str());
        let text = request.uri().query().unwrap_or_default();
        match bearer(request.headers()).or_else(|| parameters::access_token(text)) {
            None => return Err(errors::credentials_missing(service, method)),
            Some(token)
                if token.is_empty()
                    || self
                        .access_token
                        .as_ref()
                        .is_some_and(|known| *known != token) =>
            {
                return Err(errors::credentials_invalid(service, method));
            }
            Some(_) => {}
        }
        let consumer = consumer(request.headers());
        lock(&self.meter)
            .take(quotas::quota_of(service, method), &consumer, Instant::now())
            .map_err(|limit| errors::quota_exceeded(service, &consumer, Some(limit)))?;
        let query = parameters::query(route.method, text)?;
        let body = parameters::body(route.method, request.body())?;
        Ok((query, body))
    }

    fn strike(&self, route: &Route, body: &Value, headers: &HeaderMap) -> Option<Effect> {
        let other = self.index.path_by_other_name(&route.path);
        let named = body.get("resourceNames").and_then(Value::as_array);
        let paths: Vec<&str> = [route.path.as_str()]
            .into_iter()
            .chain(other.as_deref())
            .chain(named.into_iter().flatten().filter_map(Value::as_str))
            .collect();
        let mut faults = lock(&self.faults);
        effects::strike(
            &mut faults,
            &route.method.host,
            &route.method.id,
            &paths,
            &consumer(headers),
        )
    }
}

/// Returns the token of `Authorization: Bearer TOKEN`; `None` without that header.
fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    Some(
        value
            .strip_prefix("Bearer")
            .unwrap_or_default()
            .trim()
            .to_owned(),
    )
}

/// Returns the project to which the call counts, `projects/ID`.
fn consumer(headers: &HeaderMap) -> String {
    match headers
        .get("x-goog-user-project")
        .and_then(|value| value.to_str().ok())
    {
        Some(project) => format!("projects/{project}"),
        None => CALLERS_PROJECT.to_owned(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is locked here is consistent after every statement, whoever panicked.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
