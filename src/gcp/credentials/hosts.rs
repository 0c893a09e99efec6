//! Which hosts may be sent a token, an assertion or a secret.
//!
//! A credentials file is input: whoever can place one names the address to which this program sends what it signs or
//! holds. Google asks clients to [validate such configurations][1], so the addresses in a file must be Google's own,
//! unless a person overrode them by hand.
//!
//! [1]: https://cloud.google.com/docs/authentication/external/externally-sourced-credentials

use http::Uri;
use thiserror::Error;
use url::Url;

use crate::gcp::wire::is_loopback;

/// The address of the metadata server, on Google Cloud and on the clouds that copied it.
pub(super) const METADATA_IP: &str = "169.254.169.254";

/// Why an address may not be used. Names the host, never the rest of the address.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(super) enum UntrustedHost {
    /// It does not parse, or lacks a host.
    #[error("not a web address")]
    NotAnAddress,
    /// It is neither `https` nor `http` to loopback.
    #[error("`{0}` may only be reached over https")]
    NotHttps(String),
    /// It holds a user name, a password or a fragment, which an address of Google's never does.
    #[error("the address of `{0}` holds a user name or a fragment")]
    Decorated(String),
    /// It lies outside `googleapis.com`.
    #[error("`{0}` is not a host under googleapis.com")]
    NotGoogle(String),
}

/// Decides where tokens may go.
#[derive(Clone, Debug, Default)]
pub(super) struct Trust {
    allowed: Vec<String>,
}

impl Trust {
    /// Returns the rule "Google's hosts, and these": `host` for port 443, or `host:port`.
    pub(super) fn new(allowed: Vec<String>) -> Self {
        Self { allowed }
    }

    /// Returns an address that a credentials file names for a token call.
    ///
    /// # Errors
    /// Anything but `https` on port 443 under `googleapis.com`, or a host that is allowed by hand.
    pub(super) fn google(&self, address: &str) -> Result<Uri, UntrustedHost> {
        let (url, host) = parse(address)?;
        let here = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.clone(),
        };
        if self
            .allowed
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(&here))
        {
            return over_https_or_loopback(&url, host);
        }
        if url.scheme() != "https" {
            return Err(UntrustedHost::NotHttps(host));
        }
        if !is_googles(&host) || url.port().is_some() {
            return Err(UntrustedHost::NotGoogle(here));
        }
        to_uri(&url)
    }
}

/// Returns an address that a person gave on the command line or in the environment: any host over `https`, loopback
/// over `http`.
pub(super) fn by_hand(address: &str) -> Result<Uri, UntrustedHost> {
    let (url, host) = parse(address)?;
    over_https_or_loopback(&url, host)
}

/// Returns the address of an identity provider, which hands out a subject token: any host over `https`; over `http`
/// this machine and the metadata address, where Azure's managed identities live.
pub(super) fn identity_provider(address: &str) -> Result<Uri, UntrustedHost> {
    let (url, host) = parse(address)?;
    if host == METADATA_IP && url.port().is_none() {
        to_uri(&url)
    } else {
        over_https_or_loopback(&url, host)
    }
}

/// Returns the address as browsers read it, so that no reader further on can take it for another host's.
fn parse(address: &str) -> Result<(Url, String), UntrustedHost> {
    let url = Url::parse(address).map_err(|_| UntrustedHost::NotAnAddress)?;
    let host = url
        .host_str()
        .filter(|host| !host.is_empty())
        .ok_or(UntrustedHost::NotAnAddress)?
        .to_owned();
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(UntrustedHost::Decorated(host));
    }
    Ok((url, host))
}

fn over_https_or_loopback(url: &Url, host: String) -> Result<Uri, UntrustedHost> {
    if url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&host)) {
        to_uri(url)
    } else {
        Err(UntrustedHost::NotHttps(host))
    }
}

fn to_uri(url: &Url) -> Result<Uri, UntrustedHost> {
    url.as_str()
        .parse()
        .map_err(|_| UntrustedHost::NotAnAddress)
}

fn is_googles(host: &str) -> bool {
    host == "googleapis.com" || host.ends_with(".googleapis.com")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn googles_hosts_are_taken_and_look_alikes_are_not() {
        let trust = Trust::new(vec![
            "127.0.0.1:8085".into(),
            "sts.corp.test".into(),
            "10.0.0.7:80".into(),
        ]);
        for good in [
            "https://oauth2.googleapis.com/token",
            "https://OAUTH2.googleapis.COM:443/token",
            "https://sts.us-east1.rep.googleapis.com/v1/token",
            "https://googleapis.com/token",
            "http://127.0.0.1:8085/token",
            "https://sts.corp.test/v1/token",
        ] {
            assert!(trust.google(good).is_ok(), "{good}");
        }
        let not_google = |host: &str| UntrustedHost::NotGoogle(host.to_owned());
        let not_https = |host: &str| UntrustedHost::NotHttps(host.to_owned());
        let decorated = |host: &str| UntrustedHost::Decorated(host.to_owned());
        for (bad, why) in [
            (
                "https://evilgoogleapis.com/token",
                not_google("evilgoogleapis.com"),
            ),
            (
                "https://googleapis.com.evil.test/token",
                not_google("googleapis.com.evil.test"),
            ),
            (
                "https://googleapis.com%2eevil.test/token",
                not_google("googleapis.com.evil.test"),
            ),
            (
                "https://oauth2.googleapis.com./token",
                not_google("oauth2.googleapis.com."),
            ),
            (
                "https://oauth2.googleapis.com:8443/token",
                not_google("oauth2.googleapis.com:8443"),
            ),
            (
                "https://oauth2.googleapis.com:80/token",
                not_google("oauth2.googleapis.com:80"),
            ),
            (
                "https://evil.test\\@oauth2.googleapis.com/",
                not_google("evil.test"),
            ),
            (
                "https://evil.test/oauth2.googleapis.com",
                not_google("evil.test"),
            ),
            ("https://evil.test?.googleapis.com", not_google("evil.test")),
            ("https://evil.test#.googleapis.com", decorated("evil.test")),
            (
                "https://oauth2.googleapis.com@evil.test/token",
                decorated("evil.test"),
            ),
            (
                "https://user:pass@oauth2.googleapis.com/token",
                decorated("oauth2.googleapis.com"),
            ),
            (
                "https://oauth2.gооgleapis.com/token",
                not_google("oauth2.xn--ggleapis-nbha.com"),
            ),
            (
                "http://oauth2.googleapis.com/token",
                not_https("oauth2.googleapis.com"),
            ),
            (
                "ftp://oauth2.googleapis.com/token",
                not_https("oauth2.googleapis.com"),
            ),
            (
                "https://127.0.0.1:8085.evil.test/",
                UntrustedHost::NotAnAddress,
            ),
            ("http://127.0.0.1:9999/token", not_https("127.0.0.1")),
            ("http://10.0.0.7/token", not_https("10.0.0.7")),
            (
                "https://sts.corp.test:444/v1/token",
                not_google("sts.corp.test:444"),
            ),
            ("//oauth2.googleapis.com/token", UntrustedHost::NotAnAddress),
            ("file:///etc/passwd", UntrustedHost::NotAnAddress),
            ("", UntrustedHost::NotAnAddress),
        ] {
            assert_eq!(trust.google(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn an_identity_provider_may_be_anywhere_but_in_the_clear() {
        for good in [
            "https://pipelines.actions.test/idtoken?audience=x",
            "http://127.0.0.1:41/token",
            "http://localhost/token",
            "http://169.254.169.254/metadata/identity/oauth2/token",
        ] {
            assert!(identity_provider(good).is_ok(), "{good}");
        }
        for bad in [
            "http://idp.test/token",
            "http://169.254.169.254:8080/token",
            "http://169.254.169.254.evil.test/",
            "https://user@idp.test/token",
            "idp.test/token",
        ] {
            assert!(identity_provider(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_override_by_hand_may_name_any_host_over_https() {
        assert!(by_hand("https://oauth2.corp.test/token").is_ok());
        assert!(by_hand("http://127.0.0.1:9000/iamcredentials.googleapis.com/").is_ok());
        assert_eq!(
            by_hand("http://oauth2.corp.test/"),
            Err(UntrustedHost::NotHttps("oauth2.corp.test".into()))
        );
    }
}
