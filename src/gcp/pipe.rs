//! The connector under the generated hubs: an in-memory pipe in place of a connection.
//!
//! A hub can set no header, unpack nothing, wait for nothing and keep no status. But it takes any connector. This one
//! gives it one end of a pipe; at the other end a small HTTP server hands each request to the [`Transport`]. Dropping
//! the hub's call closes the pipe, which drops the request.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::rt::ReadBufCursor;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::io::DuplexStream;
use tower_service::Service;

use super::error::{self, Error, ErrorKind, Fault};
use super::transport::Transport;

/// Bytes that a pipe holds per direction before its writer waits.
const CAPACITY: usize = 64 << 10;

/// A connector whose every connection ends in the transport.
#[derive(Debug, Clone)]
pub(super) struct Pipe(Transport);

impl Pipe {
    /// Returns a connector to the transport.
    pub(super) fn new(transport: Transport) -> Self {
        Self(transport)
    }
}

impl Service<Uri> for Pipe {
    type Response = PipeEnd;
    type Error = io::Error;
    type Future = Ready<io::Result<PipeEnd>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, origin: Uri) -> Self::Future {
        let (ours, theirs) = tokio::io::duplex(CAPACITY);
        let transport = self.0.clone();
        tokio::spawn(async move {
            let service =
                service_fn(move |request| answer(transport.clone(), origin.clone(), request));
            // An error here means that the hub has dropped its end: nobody is left to be told.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(ours), service)
                .await;
        });
        ready(Ok(PipeEnd(TokioIo::new(theirs))))
    }
}

/// Returns the transport's answer, or its error in the envelope that survives the hub.
async fn answer(
    transport: Transport,
    origin: Uri,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let outcome = match absolute(&origin, request).await {
        Ok(request) => transport.send(request).await,
        Err(error) => Err(error),
    };
    Ok(outcome
        .map(|response| response.map(Full::new))
        .unwrap_or_else(|error| {
            let mut response = Response::new(Full::new(error::envelope(&error)));
            *response.status_mut() = StatusCode::BAD_GATEWAY;
            response
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            response
        }))
}

/// Returns the request with its whole body and its absolute address, of which HTTP/1 carries the path alone.
async fn absolute(origin: &Uri, request: Request<Incoming>) -> Result<Request<Bytes>, Error> {
    let broken = |why: &str| {
        Error::new(
            ErrorKind::Transport {
                fault: Fault::Reset,
            },
            why,
        )
    };
    let (mut parts, body) = request.into_parts();
    let mut uri = parts.uri.into_parts();
    uri.scheme = origin.scheme().cloned();
    uri.authority = origin.authority().cloned();
    parts.uri = Uri::from_parts(uri).map_err(|_| broken("the hub sent no address"))?;
    let body = body
        .collect()
        .await
        .map_err(|_| broken("the hub sent no whole body"))?;
    Ok(Request::from_parts(parts, body.to_bytes()))
}

/// The hub's end of a pipe.
#[derive(Debug)]
pub(super) struct PipeEnd(TokioIo<DuplexStream>);

impl Connection for PipeEnd {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl hyper::rt::Read for PipeEnd {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl hyper::rt::Write for PipeEnd {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
