//! Where each API is served: at Google, or where gcloud's endpoint overrides say.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use http::Uri;
use url::{Host, Url};

use super::apis::Api;
use super::error::{Error, ErrorKind};

/// The base URL of every API that is not served by Google's own host.
///
/// gcloud's variables are understood (`CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM` and so on): a base URL with or without a
/// trailing slash. A path in it is kept, so that one local port can serve every API under `/iam.googleapis.com/`, ….
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Endpoints(BTreeMap<Api, String>);

impl Endpoints {
    /// Returns the endpoints that the variables name; `variable` looks one up.
    ///
    /// # Errors
    /// [`ErrorKind::BadEndpoint`] for a value that is no base URL: not https (plain http goes to loopback only), or
    /// with a user, a query or a fragment.
    pub fn from_variables(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let mut bases = BTreeMap::new();
        for api in Api::ALL {
            let name = api.override_variable();
            if let Some(value) = variable(name).filter(|value| !value.trim().is_empty()) {
                let base = base_url(value.trim())
                    .map_err(|why| Error::new(ErrorKind::BadEndpoint, why).on("", name))?;
                bases.insert(api, base);
            }
        }
        Ok(Self(bases))
    }

    /// Returns the address to send the request to; `uri` is the one at Google.
    ///
    /// # Errors
    /// [`ErrorKind::BadEndpoint`] where base and path together make no address.
    pub(super) fn address(&self, api: Api, uri: &Uri) -> Result<Uri, Error> {
        let Some(base) = self.0.get(&api) else {
            return Ok(uri.clone());
        };
        let path = uri
            .path_and_query()
            .map_or("", |path| path.as_str().trim_start_matches('/'));
        format!("{base}{path}").parse().map_err(|_| {
            Error::new(ErrorKind::BadEndpoint, "not an address").on("", api.override_variable())
        })
    }
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.0).finish()
    }
}

/// Returns the base URL with a slash at its end, or why it is none.
fn base_url(text: &str) -> Result<String, &'static str> {
    let url = Url::parse(text).map_err(|_| "not a URL")?;
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => {}
        ("http", Some(host)) if is_loopback(&host) => {}
        ("http", _) => {
            return Err(
                "plain http would send the access token in the clear; it is taken for loopback only",
            );
        }
        _ => return Err("not an https URL"),
    }
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err("a base URL has no user, query or fragment");
    }
    let base = url.as_str();
    Ok(if base.ends_with('/') {
        base.to_owned()
    } else {
        format!("{base}/")
    })
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => IpAddr::V4(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::V6(*address).is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iam_at(value: &str) -> Result<Endpoints, Error> {
        Endpoints::from_variables(&|name| {
            (name == "CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM").then(|| value.to_owned())
        })
    }

    fn address(value: &str) -> String {
        let uri = "https://iam.googleapis.com/v1/projects/p/serviceAccounts?alt=json"
            .parse()
            .expect("a URI");
        iam_at(value)
            .expect(value)
            .address(Api::Iam, &uri)
            .expect("an address")
            .to_string()
    }

    #[test]
    fn without_an_override_the_request_goes_to_google() {
        assert_eq!(
            address(""),
            "https://iam.googleapis.com/v1/projects/p/serviceAccounts?alt=json"
        );
        let uri: Uri = "https://policyanalyzer.googleapis.com/v1/x"
            .parse()
            .expect("a URI");
        let other = iam_at("http://127.0.0.1:9000")
            .expect("endpoints")
            .address(Api::PolicyAnalyzer, &uri);
        assert_eq!(other.expect("an address"), uri);
    }

    #[test]
    fn a_base_url_keeps_its_path_with_or_without_a_slash() {
        let path = "v1/projects/p/serviceAccounts?alt=json";
        for (base, expected) in [
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000/"),
            (
                "http://127.0.0.1:9000/iam.googleapis.com",
                "http://127.0.0.1:9000/iam.googleapis.com/",
            ),
            (
                "http://[::1]:9000/iam.googleapis.com/",
                "http://[::1]:9000/iam.googleapis.com/",
            ),
            ("http://localhost:9000/", "http://localhost:9000/"),
            (
                " https://iam.eu.rep.googleapis.com ",
                "https://iam.eu.rep.googleapis.com/",
            ),
        ] {
            assert_eq!(address(base), format!("{expected}{path}"));
        }
    }

    #[test]
    fn a_bad_url_is_one_clear_error() {
        let messages = [
            "nonsense",
            "http://10.0.0.1:80/",
            "http://localhost.evil.example/",
            "ftp://127.0.0.1/",
            "https://user:secret@iam.googleapis.com/",
            "https://iam.googleapis.com/?x=y",
        ]
        .map(|value| iam_at(value).expect_err(value).to_string())
        .join("\n");
        insta::assert_snapshot!(messages, @r"
        CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM: endpoint override cannot be used: not a URL
        CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM: endpoint override cannot be used: plain http would send the access token in the clear; it is taken for loopback only
        CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM: endpoint override cannot be used: plain http would send the access token in the clear; it is taken for loopback only
        CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM: endpoint override cannot be used: not an https URL
        CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM: endpoint override cannot be used: a base URL has no user, query or fragment
        CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM: endpoint override cannot be used: a base URL has no user, query or fragment
        ");
    }
}
