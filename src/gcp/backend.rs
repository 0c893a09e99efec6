//! Where a request finally goes: the network, or an emulator in memory.

use std::io;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::BoxBody;

/// A response body as it arrives: frames, and an I/O error where it was cut.
pub type Body = BoxBody<Bytes, io::Error>;

/// Sends one request, once: no token, no retry, no time limit. Those belong to the transport above it.
#[async_trait::async_trait]
pub trait Backend: Send + Sync + 'static {
    /// Returns the response's head and its body as it streams in.
    ///
    /// The request carries an absolute URI and its whole body.
    ///
    /// # Errors
    /// An I/O error where no response head arrived: refused, reset, no such host, TLS refused.
    async fn send(&self, request: Request<Bytes>) -> io::Result<Response<Body>>;
}
