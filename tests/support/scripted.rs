//! A backend in memory that answers by a script and keeps what it was sent.

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::body::Frame;
use sa_audit::gcp::backend::{Backend, Body};
use serde_json::Value;
use tokio::time::sleep;

/// What the backend does with one request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// A whole answer.
    Answer {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// The connection breaks before an answer.
    Broken(io::ErrorKind),
    /// Nothing ever comes.
    Silence,
    /// The head and half of the body come, then the connection breaks.
    Cut(Vec<u8>),
    /// The head and half of the body come, then nothing more.
    Stalled(Vec<u8>),
}

impl Reply {
    pub(crate) fn ok(body: &Value) -> Self {
        Self::status(200, body)
    }

    pub(crate) fn status(status: u16, body: &Value) -> Self {
        Self::text(status, &body.to_string())
    }

    pub(crate) fn text(status: u16, body: &str) -> Self {
        Self::Answer {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    /// Returns a success whose body is packed.
    pub(crate) fn gzip(body: &[u8]) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(body).expect("to memory");
        Self::Answer {
            status: 200,
            headers: vec![("content-encoding", "gzip".to_owned())],
            body: encoder.finish().expect("to memory"),
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value.to_owned()));
        }
        self
    }
}

/// A backend that answers by a script.
pub(crate) struct Scripted {
    script: Mutex<VecDeque<Reply>>,
    afterwards: Option<Reply>,
    latency: Duration,
    requests: Mutex<Vec<Request<Bytes>>>,
    in_flight: Mutex<(usize, usize)>,
}

impl Scripted {
    /// Returns a backend that gives one reply after the other.
    pub(crate) fn new(script: impl IntoIterator<Item = Reply>) -> Self {
        Self {
            script: Mutex::new(script.into_iter().collect()),
            afterwards: None,
            latency: Duration::ZERO,
            requests: Mutex::default(),
            in_flight: Mutex::default(),
        }
    }

    /// Returns a backend that gives the same reply for ever.
    pub(crate) fn always(reply: Reply) -> Self {
        Self {
            afterwards: Some(reply),
            ..Self::new([])
        }
    }

    /// Returns the backend, answering after that time.
    pub(crate) fn slow(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    pub(crate) fn shared(self) -> Arc<Self> {
        Arc::new(self)
    }

    /// Returns what was sent, one line per request: verb and address.
    pub(crate) fn sent(&self) -> Vec<String> {
        let requests = self.requests.lock().expect("requests");
        requests
            .iter()
            .map(|request| format!("{} {}", request.method(), request.uri()))
            .collect()
    }

    /// Returns the body of each request that was sent, as text.
    pub(crate) fn bodies(&self) -> Vec<String> {
        let requests = self.requests.lock().expect("requests");
        requests
            .iter()
            .map(|request| String::from_utf8_lossy(request.body()).into_owned())
            .collect()
    }

    /// Returns a header of each request that was sent, empty where it was not there.
    pub(crate) fn header(&self, name: &str) -> Vec<String> {
        let requests = self.requests.lock().expect("requests");
        requests
            .iter()
            .map(|request| {
                let value = request.headers().get(name);
                value
                    .and_then(|value| value.to_str().ok())
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect()
    }

    /// Returns the most requests that were here at one moment.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.in_flight.lock().expect("a count").1
    }

    async fn reply(&self, request: Request<Bytes>) -> Reply {
        self.requests.lock().expect("requests").push(request);
        {
            let mut count = self.in_flight.lock().expect("a count");
            count.0 += 1;
            count.1 = count.1.max(count.0);
        }
        sleep(self.latency).await;
        self.in_flight.lock().expect("a count").0 -= 1;
        let next = self.script.lock().expect("a script").pop_front();
        next.or_else(|| self.afterwards.clone())
            .unwrap_or_else(|| Reply::text(400, "the script has ended"))
    }
}

#[async_trait::async_trait]
impl Backend for Scripted {
    async fn send(&self, request: Request<Bytes>) -> io::Result<Response<Body>> {
        let (head, body) = match self.reply(request).await {
            Reply::Answer {
                status,
                headers,
                body,
            } => {
                let mut head = Response::new(());
                *head.status_mut() = StatusCode::from_u16(status).expect("a status");
                for (name, value) in headers {
                    head.headers_mut()
                        .insert(name, value.parse().expect("a header"));
                }
                let body = Full::new(Bytes::from(body)).map_err(|never| match never {});
                (head, body.boxed())
            }
            Reply::Broken(kind) => return Err(io::Error::from(kind)),
            Reply::Silence => std::future::pending().await,
            Reply::Cut(body) => (Response::new(()), half_of(&body, true)),
            Reply::Stalled(body) => (Response::new(()), half_of(&body, false)),
        };
        Ok(head.map(|()| body))
    }
}

/// Returns the first half of the body, followed by an error or by nothing for ever.
fn half_of(body: &[u8], breaks: bool) -> Body {
    let half = Frame::data(Bytes::copy_from_slice(&body[..body.len() / 2]));
    let stream = futures_util::stream::unfold(Some(half), move |half| async move {
        match half {
            Some(half) => Some((Ok(half), None)),
            None if breaks => Some((Err(io::Error::from(io::ErrorKind::ConnectionReset)), None)),
            None => std::future::pending().await,
        }
    });
    StreamBody::new(stream).boxed()
}
