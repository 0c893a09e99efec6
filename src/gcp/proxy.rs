//! The way through a company's proxy: which hosts go there, and the tunnel under TLS.

use std::error::Error as StdError;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tower_service::Service;

use super::wire::{CONNECT_LIMIT, cause, is_loopback};

type BoxError = Box<dyn StdError + Send + Sync>;

/// Which proxy stands between this machine and an `https` host.
///
/// Plain `http` never goes through one: it is for loopback and for the metadata server, whose answers are tokens.
#[derive(Clone, Debug, Default)]
pub struct Proxy(Option<Arc<Matcher>>);

impl Proxy {
    /// Returns the proxy that the environment asks for: `HTTPS_PROXY`, else `ALL_PROXY`, but for the hosts of
    /// `NO_PROXY`; each in lower case too, as curl reads them. A user name and password in it go to the proxy alone.
    ///
    /// # Errors
    /// `InvalidInput`, naming the variable and not its value, where it holds no `http` or `https` address: going past
    /// a proxy that somebody meant to set would be worse than stopping.
    pub fn from_lookup(lookup: &dyn Fn(&str) -> Option<String>) -> io::Result<Self> {
        let set = |name: &'static str| {
            lookup(name)
                .filter(|value| !value.is_empty())
                .map(|value| (name, value))
        };
        let Some((name, address)) = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
            .into_iter()
            .find_map(set)
        else {
            return Ok(Self(None));
        };
        let no = ["NO_PROXY", "no_proxy"]
            .into_iter()
            .find_map(set)
            .map_or_else(String::new, |(_, value)| value);
        let usable = Matcher::builder()
            .https(address.as_str())
            .build()
            .intercept(&Uri::from_static("https://googleapis.com/"))
            .is_some_and(|hop| matches!(hop.uri().scheme_str(), Some("http" | "https")));
        if !usable {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{name} is not the address of an http or https proxy"),
            ));
        }
        Ok(Self(Some(Arc::new(
            Matcher::builder().https(address).no(no).build(),
        ))))
    }

    fn intercept(&self, destination: &Uri) -> Option<Intercept> {
        let host = destination.host()?;
        if is_loopback(host) {
            None
        } else {
            self.0.as_ref()?.intercept(destination)
        }
    }
}

/// Opens the connection under TLS: straight to the host, or through the proxy's tunnel.
#[derive(Clone, Debug)]
pub(super) struct Route {
    pub(super) tcp: HttpConnector,
    pub(super) proxy: Proxy,
    pub(super) to_proxy: HttpsConnector<HttpConnector>,
}

impl Service<Uri> for Route {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let Some(hop) = self.proxy.intercept(&destination) else {
            let connecting = self.tcp.call(destination);
            return Box::pin(async move { Ok(MaybeHttpsStream::Http(connecting.await?)) });
        };
        let mut tunnel = Tunnel::new(hop.uri().clone(), self.to_proxy.clone());
        if let Some(credentials) = hop.basic_auth() {
            tunnel = tunnel.with_auth(credentials.clone());
        }
        let connecting = tunnel.call(destination);
        Box::pin(async move {
            match tokio::time::timeout(2 * CONNECT_LIMIT, connecting).await {
                Ok(Ok(stream)) => Ok(stream),
                Ok(Err(error)) => Err(proxy_cause(&error).into()),
                Err(_) => Err(io::Error::new(io::ErrorKind::TimedOut, "proxy: no answer").into()),
            }
        })
    }
}

/// Returns why the proxy gave no tunnel; hyper-util keeps its error type to itself, so its text decides.
fn proxy_cause(error: &(dyn StdError + 'static)) -> io::Error {
    let text = error.to_string();
    match (text.strip_prefix("tunnel error: "), error.source()) {
        (Some("proxy authorization required"), _) => io::Error::new(
            io::ErrorKind::PermissionDenied,
            "proxy: it wants a user name and password (407); put them into HTTPS_PROXY",
        ),
        (Some(_), Some(source)) => {
            let below = cause(source);
            io::Error::new(below.kind(), format!("proxy: {below}"))
        }
        (Some(short), None) => io::Error::new(
            io::ErrorKind::ConnectionAborted,
            format!("proxy: tunnel {short}"),
        ),
        (None, _) => io::Error::new(io::ErrorKind::ConnectionAborted, format!("proxy: {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(variables: &'static [(&str, &str)]) -> io::Result<Proxy> {
        Proxy::from_lookup(&|name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    fn hop(variables: &'static [(&str, &str)], destination: &'static str) -> Option<String> {
        let proxy = proxy(variables).expect("a usable proxy");
        proxy
            .intercept(&Uri::from_static(destination))
            .map(|hop| hop.uri().to_string())
    }

    #[test]
    fn proxy_follows_the_environment_as_curl_does() {
        const SET: &[(&str, &str)] = &[
            ("https_proxy", "http://px.test:3128"),
            ("NO_PROXY", "iam.googleapis.com,.corp.test"),
        ];
        let cases = [
            (
                "https://oauth2.googleapis.com/token",
                Some("http://px.test:3128/"),
            ),
            ("https://iam.googleapis.com/v1", None),
            ("https://git.corp.test/", None),
            ("https://localhost:8443/", None),
            ("https://[::1]:8443/", None),
            ("http://169.254.169.254/computeMetadata/v1/", None),
        ];
        for (destination, expected) in cases {
            assert_eq!(hop(SET, destination).as_deref(), expected, "{destination}");
        }
        assert_eq!(
            hop(&[("HTTPS_PROXY", "")], "https://iam.googleapis.com/"),
            None
        );
        assert_eq!(
            hop(
                &[("HTTP_PROXY", "http://px.test")],
                "https://iam.googleapis.com/"
            ),
            None
        );
        assert_eq!(
            hop(
                &[("ALL_PROXY", "px.test:8080")],
                "https://iam.googleapis.com/"
            )
            .as_deref(),
            Some("http://px.test:8080/")
        );
    }

    #[test]
    fn an_unusable_proxy_is_refused_without_its_value() {
        for bad in [
            &[("HTTPS_PROXY", "socks5://user:hunter2@px.test:1080")],
            &[("HTTPS_PROXY", "http://user:hunter2@px test")],
            &[("HTTPS_PROXY", "ftp://user:hunter2@px.test")],
        ] {
            let error = proxy(bad).expect_err("not an http proxy");
            assert_eq!(
                error.to_string(),
                "HTTPS_PROXY is not the address of an http or https proxy"
            );
        }
        let good =
            proxy(&[("HTTPS_PROXY", "http://user:hunter2@px.test:3128")]).expect("a usable proxy");
        assert!(!format!("{good:?}").contains("hunter2"));
    }
}
