//! A server on loopback that plays Google's token endpoints, an identity provider and the metadata server, and keeps
//! what it was asked.

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    /// Returns a form field of the body, decoded.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.body.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// The whole request as text, but for what HTTP itself adds: line, headers in order of name, and the body, of a form
/// one decoded field per line.
impl std::fmt::Display for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.line)?;
        let mut headers: Vec<_> = self
            .headers
            .iter()
            .filter(|(name, _)| !["host", "content-length", "user-agent"].contains(&name.as_str()))
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or("?")))
            .collect();
        headers.sort();
        for header in headers {
            writeln!(f, "{header}")?;
        }
        if self.header("content-type") == Some("application/x-www-form-urlencoded") {
            for (key, value) in url::form_urlencoded::parse(self.body.as_bytes()) {
                writeln!(f, "  {key} = {value}")?;
            }
        } else if !self.body.is_empty() {
            writeln!(f, "  {}", self.body)?;
        }
        Ok(())
    }
}

/// One answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
    after: Duration,
    echoes: bool,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl ToString) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.to_string(),
            after: Duration::ZERO,
            echoes: false,
        }
    }

    /// Returns 400, with the request's secrets in every part of the error, as a hostile or careless server might.
    pub(crate) fn echo() -> Self {
        Self {
            echoes: true,
            ..Self::new(400, "")
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.after = delay;
        self
    }

    fn body_for(&self, seen: &Seen) -> String {
        if !self.echoes {
            return self.body.clone();
        }
        let authorization = seen.header("authorization").unwrap_or_default();
        let fields: Vec<_> = url::form_urlencoded::parse(seen.body.as_bytes())
            .map(|(_, value)| value.into_owned())
            .collect();
        serde_json::json!({
            "error": fields.last(),
            "error_subtype": authorization,
            "error_description": format!("{authorization} {} {}", seen.body, fields.join(" ")),
        })
        .to_string()
    }
}

type Routes = Arc<Mutex<HashMap<String, VecDeque<Reply>>>>;

/// The server; it ends with the test's runtime.
pub(crate) struct TokenServer {
    address: SocketAddr,
    routes: Routes,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl TokenServer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let server = Self {
            address: listener.local_addr().expect("its address"),
            routes: Arc::default(),
            seen: Arc::default(),
        };
        let (routes, seen) = (server.routes.clone(), server.seen.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (routes, seen) = (routes.clone(), seen.clone());
                let service =
                    service_fn(move |request| answer(request, routes.clone(), seen.clone()));
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service),
                );
            }
        });
        server
    }

    /// Answers a method and path with these replies in turn, and with the last one from then on.
    pub(crate) fn on(&self, route: &str, replies: impl IntoIterator<Item = Reply>) {
        self.routes
            .lock()
            .expect("routes")
            .insert(route.to_owned(), replies.into_iter().collect());
    }

    /// Returns `host:port`.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns the requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("seen").clone()
    }

    /// Returns method and path of the requests so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|seen| seen.line).collect()
    }

    /// Returns the requests so far as text, the server's own address left out.
    pub(crate) fn told(&self) -> String {
        let told: Vec<_> = self.seen().iter().map(Seen::to_string).collect();
        told.join("\n").replace(&self.host(), "SERVER")
    }
}

async fn answer(
    request: Request<Incoming>,
    routes: Routes,
    seen: Arc<Mutex<Vec<Seen>>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    let request = Seen {
        line: format!("{} {}", head.method, head.uri),
        headers: head.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    seen.lock().expect("seen").push(request.clone());
    let reply = {
        let mut routes = routes.lock().expect("routes");
        match routes.get_mut(&format!("{} {}", head.method, head.uri.path())) {
            Some(replies) if replies.len() > 1 => replies.pop_front(),
            Some(replies) => replies.front().cloned(),
            None => None,
        }
    };
    let reply = reply.unwrap_or_else(|| Reply::new(404, "no such route"));
    tokio::time::sleep(reply.after).await;
    let mut response = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        response = response.header(*name, *value);
    }
    Ok(response
        .body(Full::from(reply.body_for(&request)))
        .expect("a response"))
}
