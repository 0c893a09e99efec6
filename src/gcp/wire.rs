//! The network: HTTP/2 over TLS to Google, HTTP/1.1 to loopback and to the metadata server.
//!
//! One client for everything that leaves the machine, so that the proxy, the root certificates and the connect limit
//! hold for the APIs and for the token calls alike. Redirects are not followed: a token must not travel on.

use std::error::Error as StdError;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};

use super::backend::{Backend, Body};
pub use super::proxy::Proxy;
use super::proxy::Route;

/// Time for one TCP connection, and again for the tunnel through a proxy.
pub(super) const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// An idle connection is kept for this long.
const IDLE_LIMIT: Duration = Duration::from_secs(90);
/// Every request shares one HTTP/2 connection, so a dead one must be noticed: ping, and give up without an answer.
const PING_EVERY: Duration = Duration::from_secs(20);
const PING_LIMIT: Duration = Duration::from_secs(10);

type Plain = Client<HttpConnector, Full<Bytes>>;
type Secure = Client<HttpsConnector<Route>, Full<Bytes>>;

/// Sends requests over the network.
///
/// Cheap to make: root certificates are read at the first `https` request, so that a scan of a loopback endpoint also
/// runs in an image that has none.
#[derive(Debug)]
pub struct Wire {
    plain: Plain,
    secure: OnceLock<Result<Secure, String>>,
    proxy: Proxy,
    roots: Option<RootCertStore>,
    protocol: Protocol,
}

/// What is spoken under TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Http1,
    Http2,
}

impl Wire {
    /// Returns a wire that trusts the machine's root certificates (`SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured).
    pub fn new(proxy: Proxy) -> Self {
        Self::with_roots(proxy, None)
    }

    /// Returns a wire as [`Wire::new`] that speaks HTTP/1.1 to every host: for those that are not Google's, of which not
    /// every one speaks HTTP/2.
    pub fn http1(proxy: Proxy) -> Self {
        Self {
            protocol: Protocol::Http1,
            ..Self::new(proxy)
        }
    }

    /// Returns a wire that trusts these root certificates and no others.
    pub fn trusting(proxy: Proxy, roots: RootCertStore) -> Self {
        Self::with_roots(proxy, Some(roots))
    }

    fn with_roots(proxy: Proxy, roots: Option<RootCertStore>) -> Self {
        let plain = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_LIMIT)
            .build(tcp());
        Self {
            plain,
            secure: OnceLock::new(),
            proxy,
            roots,
            protocol: Protocol::Http2,
        }
    }

    fn secure(&self) -> io::Result<&Secure> {
        self.secure
            .get_or_init(|| secure_client(&self.proxy, self.roots.clone(), self.protocol))
            .as_ref()
            .map_err(|problem| io::Error::new(io::ErrorKind::InvalidData, problem.clone()))
    }
}

#[async_trait::async_trait]
impl Backend for Wire {
    /// Sends one request to the host of its URI.
    ///
    /// # Errors
    /// The kind tells what is worth another try: `ConnectionRefused`, `ConnectionReset`, `ConnectionAborted`,
    /// `TimedOut`, `UnexpectedEof`, `HostUnreachable` (no such name, or no route) may pass; `InvalidData` (TLS), `PermissionDenied`
    /// (the proxy wants other credentials) and `InvalidInput` (not an absolute `http` or `https` URI) will not.
    async fn send(&self, request: Request<Bytes>) -> io::Result<Response<Body>> {
        let host = host_and_port(request.uri())?;
        let secure = request.uri().scheme() == Some(&http::uri::Scheme::HTTPS);
        let request = request.map(Full::new);
        let sent = if secure {
            self.secure()?.request(request).await
        } else {
            self.plain.request(request).await
        };
        match sent {
            Ok(response) => Ok(response.map(|body| body.map_err(|error| cause(&error)).boxed())),
            Err(error) => {
                let cause = cause(&error);
                Err(io::Error::new(cause.kind(), format!("{host}: {cause}")))
            }
        }
    }
}

/// Returns `host:port` of an absolute `http` or `https` URI, for error messages: never its path or query.
fn host_and_port(uri: &Uri) -> io::Result<String> {
    let default = match uri.scheme_str() {
        Some("https") => 443,
        Some("http") => 80,
        Some(_) | None => {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "not an http or https address",
            ));
        }
    };
    let host = uri
        .host()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "an address without a host"))?;
    Ok(format!("{host}:{}", uri.port_u16().unwrap_or(default)))
}

fn tcp() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_connect_timeout(Some(CONNECT_LIMIT));
    tcp.set_nodelay(true);
    tcp
}

/// Returns the client for `https`.
///
/// One protocol alone: with both protocols on offer, hyper-util opens a connection for every call that waits until the first
/// one has settled on HTTP/2.
fn secure_client(
    proxy: &Proxy,
    roots: Option<RootCertStore>,
    protocol: Protocol,
) -> Result<Secure, String> {
    let config = tls_config(roots)?;
    let to_proxy = HttpsConnectorBuilder::new()
        .with_tls_config(config.clone())
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp());
    let route = Route {
        tcp: tcp(),
        proxy: proxy.clone(),
        to_proxy,
    };
    let https = HttpsConnectorBuilder::new()
        .with_tls_config(config)
        .https_only();
    let https = match protocol {
        Protocol::Http1 => https.enable_http1().wrap_connector(route),
        Protocol::Http2 => https.enable_http2().wrap_connector(route),
    };
    Ok(Client::builder(TokioExecutor::new())
        .http2_only(protocol == Protocol::Http2)
        .http2_adaptive_window(true)
        .http2_keep_alive_interval(PING_EVERY)
        .http2_keep_alive_timeout(PING_LIMIT)
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_LIMIT)
        .build(https))
}

/// Returns the TLS settings, with ring named: with two providers linked, rustls would panic rather than choose one.
fn tls_config(roots: Option<RootCertStore>) -> Result<ClientConfig, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| format!("TLS: {error}"))?;
    let builder = match roots {
        Some(roots) => builder.with_root_certificates(roots),
        None => builder.with_native_roots().map_err(|error| {
            format!("TLS: no root certificates on this machine ({error}); install ca-certificates or set SSL_CERT_FILE")
        })?,
    };
    Ok(builder.with_no_client_auth())
}

/// Returns whether a URI's host, an IPv6 address in brackets, is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    bare.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

/// Returns the innermost cause of an error as an I/O error of a kind that tells whether another try may help.
pub(super) fn cause(error: &(dyn StdError + 'static)) -> io::Error {
    let mut kind = io::ErrorKind::ConnectionAborted;
    let mut current = error;
    loop {
        if let Some(tls) = current.downcast_ref::<rustls::Error>() {
            return io::Error::new(io::ErrorKind::InvalidData, format!("TLS: {tls}"));
        }
        // Private types of hyper-util and tokio, known by their texts.
        match current.to_string().as_str() {
            text if text.starts_with("dns error") => {
                return io::Error::new(io::ErrorKind::HostUnreachable, "no such host (DNS)");
            }
            "deadline has elapsed" => {
                return io::Error::new(io::ErrorKind::TimedOut, "no connection in time");
            }
            _ => {}
        }
        let below = if let Some(io) = current.downcast_ref::<io::Error>() {
            if io.kind() != io::ErrorKind::Other {
                kind = io.kind();
            }
            // `source` of an I/O error skips the error that it wraps.
            io.get_ref().map(|inner| inner as &(dyn StdError + 'static))
        } else {
            kind = current.downcast_ref().and_then(hyper_kind).unwrap_or(kind);
            current.source()
        };
        let Some(inner) = below else {
            let is_systems = current.downcast_ref::<io::Error>().is_some();
            let text = if is_systems {
                kind.to_string()
            } else {
                current.to_string()
            };
            return io::Error::new(kind, text);
        };
        current = inner;
    }
}

fn hyper_kind(error: &hyper::Error) -> Option<io::ErrorKind> {
    if error.is_incomplete_message() {
        Some(io::ErrorKind::UnexpectedEof)
    } else if error.is_timeout() {
        Some(io::ErrorKind::TimedOut)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_a_name_or_an_address_of_this_machine() {
        for host in [
            "localhost",
            "LOCALHOST",
            "127.0.0.1",
            "127.8.9.1",
            "[::1]",
            "::1",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "localhost.evil.test",
            "127.0.0.1.evil.test",
            "0.0.0.0",
            "10.0.0.1",
            "[::2]",
            "",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn the_innermost_cause_names_the_failure() {
        let refused = io::Error::other(io::Error::from(io::ErrorKind::ConnectionRefused));
        assert_eq!(cause(&refused).kind(), io::ErrorKind::ConnectionRefused);
        let tls = io::Error::new(
            io::ErrorKind::InvalidData,
            rustls::Error::HandshakeNotComplete,
        );
        assert_eq!(cause(&tls).to_string(), "TLS: handshake not complete");
        assert_eq!(
            cause(&io::Error::other("dns error")).kind(),
            io::ErrorKind::HostUnreachable
        );
        assert_eq!(
            cause(&io::Error::other("odd")).kind(),
            io::ErrorKind::ConnectionAborted
        );
    }
}
