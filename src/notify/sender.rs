//! The way out, as a value: what is sent, and what comes back.

use std::io;

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};

/// What a receiver answered, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as far as it was read.
    pub body: Bytes,
}

/// Sends one request, once, within a time limit; follows no redirect.
#[async_trait::async_trait]
pub trait Sender: Send + Sync {
    /// Returns the answer.
    ///
    /// # Errors
    /// An I/O error where none came. `ConnectionRefused` and `HostUnreachable` say that nothing was sent.
    async fn send(&self, request: Request<Bytes>) -> io::Result<Answer>;
}
