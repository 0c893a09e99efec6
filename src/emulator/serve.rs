//! The emulator over loopback.

use std::io;
use std::sync::Arc;

use http::Request;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;

use super::Emulator;

/// The longest request body that is read, in bytes.
const LONGEST_BODY: usize = 1 << 20;

/// Answers every connection, HTTP/1.1 or HTTP/2 without TLS, for as long as the future is polled.
///
/// # Errors
/// Where the listener fails. A connection that fails ends by itself.
pub async fn serve(emulator: Arc<Emulator>, listener: TcpListener) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let emulator = Arc::clone(&emulator);
        tokio::spawn(async move {
            let service = service_fn(move |request: Request<Incoming>| {
                let emulator = Arc::clone(&emulator);
                async move {
                    let (head, body) = request.into_parts();
                    let body = Limited::new(body, LONGEST_BODY)
                        .collect()
                        .await
                        .map_err(io::Error::other)?;
                    emulator
                        .handle(Request::from_parts(head, body.to_bytes()))
                        .await
                }
            });
            // A client that goes away, and a fault that breaks the connection, both end here: there is nobody to tell.
            let _ended = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
