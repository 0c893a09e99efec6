//! From a request's host, verb and path to the method that it calls.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use http::{HeaderMap, Method as Verb, Uri, header};

use super::methods::{Method, decode, table};

/// Where a request goes: the method, and what its path says.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static Method,
    /// The path's variables by name, decoded.
    pub(crate) variables: BTreeMap<String, String>,
    /// The decoded path with its version, such as `/v1/projects/p/serviceAccounts`.
    pub(crate) path: String,
}

impl Route {
    /// Returns the resource that the path names: the value of its variable, such as `projects/p`; empty where the path
    /// has none.
    pub(crate) fn resource(&self) -> &str {
        self.variables.values().next().map_or("", String::as_str)
    }

    /// Returns the path without its slash, its version and its custom verb: where the answer lies in an estate file.
    pub(crate) fn place(&self) -> &str {
        let mut rest = self.path.as_str();
        while let Some((segment, behind)) = rest.split_once('/') {
            rest = behind;
            if is_version(segment) {
                break;
            }
        }
        match &self.method.path.verb {
            Some(verb) => rest
                .strip_suffix(verb.as_str())
                .and_then(|path| path.strip_suffix(':'))
                .unwrap_or(rest),
            None => rest,
        }
    }
}

fn is_version(segment: &str) -> bool {
    segment
        .strip_prefix('v')
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

/// Returns the route of a request; `None` where no API has that path and verb.
///
/// The service is the path's first segment where that is a service's host (one port for all of them), else the URI's
/// or the `Host` header's.
pub(crate) fn route(verb: &Verb, uri: &Uri, headers: &HeaderMap) -> Option<Route> {
    let path = uri.path().strip_prefix('/')?;
    let (first, behind) = path.split_once('/').unwrap_or((path, ""));
    let (host, path) = if HOSTS.contains(first) {
        (first, behind)
    } else {
        (host(uri, headers)?, path)
    };
    let (segments, custom_verb) = segments(host, path);
    table().methods.iter().find_map(|method| {
        if method.host != host
            || *verb != *method.verb
            || method.path.verb.as_deref() != custom_verb
        {
            return None;
        }
        let variables = method.path.fit(&segments)?;
        let path = format!("/{}", decode(path, true)?);
        Some(Route {
            method,
            variables,
            path,
        })
    })
}

fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let host = uri
        .host()
        .or_else(|| headers.get(header::HOST)?.to_str().ok())?;
    Some(host.split_once(':').map_or(host, |(host, _port)| host))
}

static HOSTS: LazyLock<BTreeSet<&str>> = LazyLock::new(|| {
    table()
        .methods
        .iter()
        .map(|method| method.host.as_str())
        .collect()
});

/// Returns the path's segments, and apart from them the custom verb behind the last colon.
///
/// A colon may belong to a name (`example.com:shop`): only what the host has as a verb is one.
fn segments<'a>(host: &str, path: &'a str) -> (Vec<&'a str>, Option<&'a str>) {
    let (path, verb) = match path.rsplit_once(':') {
        Some((before, verb))
            if table()
                .methods
                .iter()
                .any(|method| method.host == host && method.path.verb.as_deref() == Some(verb)) =>
        {
            (before, Some(verb))
        }
        _ => (path, None),
    };
    (path.split('/').collect(), verb)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routed(verb: &str, uri: &str, host: Option<&str>) -> Option<(String, String, String)> {
        let mut headers = HeaderMap::new();
        if let Some(host) = host {
            headers.insert(header::HOST, host.parse().expect("a header"));
        }
        let verb = Verb::from_bytes(verb.as_bytes()).expect("a verb");
        let route = route(&verb, &uri.parse().expect("a URI"), &headers)?;
        Some((
            route.method.id.clone(),
            route.resource().to_owned(),
            route.place().to_owned(),
        ))
    }

    fn to(id: &str, resource: &str, place: &str) -> Option<(String, String, String)> {
        Some((id.to_owned(), resource.to_owned(), place.to_owned()))
    }

    #[test]
    fn the_service_is_a_prefix_or_the_host() {
        let list = to(
            "iam.projects.serviceAccounts.list",
            "projects/p",
            "projects/p/serviceAccounts",
        );
        assert_eq!(
            routed(
                "GET",
                "https://iam.googleapis.com/v1/projects/p/serviceAccounts",
                None
            ),
            list
        );
        assert_eq!(
            routed(
                "GET",
                "/iam.googleapis.com/v1/projects/p/serviceAccounts?x=1",
                None
            ),
            list
        );
        assert_eq!(
            routed(
                "GET",
                "/v1/projects/p/serviceAccounts",
                Some("iam.googleapis.com:443")
            ),
            list
        );
        assert_eq!(
            routed(
                "GET",
                "http://127.0.0.1:1/iam.googleapis.com/v1/projects/p/serviceAccounts",
                None
            ),
            list
        );
        assert_eq!(
            routed("GET", "/v1/projects/p/serviceAccounts", Some("127.0.0.1:1")),
            None
        );
        assert_eq!(
            routed(
                "GET",
                "/v1/projects/p/serviceAccounts",
                Some("run.googleapis.com")
            ),
            None
        );
    }

    #[test]
    fn verbs_and_paths_must_fit() {
        let iam =
            |verb, path: &str| routed(verb, &format!("https://iam.googleapis.com{path}"), None);
        let crm = |verb, path: &str| {
            routed(
                verb,
                &format!("https://cloudresourcemanager.googleapis.com{path}"),
                None,
            )
        };
        assert_eq!(iam("POST", "/v1/projects/p/serviceAccounts"), None);
        assert_eq!(
            iam("DELETE", "/v1/projects/p/serviceAccounts/a@p/keys/k"),
            None
        );
        assert_eq!(iam("GET", "/v1/projects/p/serviceAccounts/"), None);
        assert_eq!(iam("GET", "/v2/projects/p/serviceAccounts"), None);
        assert_eq!(crm("GET", "/v3/projects/p:getIamPolicy"), None);
        assert_eq!(
            crm("POST", "/v3/projects/p:getIamPolicy"),
            to(
                "cloudresourcemanager.projects.getIamPolicy",
                "projects/p",
                "projects/p"
            )
        );
        assert_eq!(
            crm("GET", "/v3/projects:search"),
            to("cloudresourcemanager.projects.search", "", "projects")
        );
        assert_eq!(
            crm("GET", "/v3/projects/example.com:shop"),
            to(
                "cloudresourcemanager.projects.get",
                "projects/example.com:shop",
                "projects/example.com:shop"
            )
        );
        assert_eq!(
            iam("GET", "/v1/projects/p/serviceAccounts/a%40p+x/keys"),
            to(
                "iam.projects.serviceAccounts.keys.list",
                "projects/p/serviceAccounts/a@p+x",
                "projects/p/serviceAccounts/a@p+x/keys"
            )
        );
    }
}
