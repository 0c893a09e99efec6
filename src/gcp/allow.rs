//! The allow list: a request that matches no row of [`methods::all`] is refused before anything is sent.
//!
//! This is what makes the client read-only by construction: verb, host, path and query parameters must all be those of
//! a row.

use http::Uri;
use url::form_urlencoded;

use super::error::{Error, ErrorKind};
use super::jobs;
use super::methods::{self, Method};

/// A request that is on the allow list.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: &'static Method,
    /// Relative name of the resource: `projects/acme-prod`, or what a list's `parent` says.
    pub(super) target: String,
}

/// Returns the row that allows the request.
///
/// # Errors
/// [`ErrorKind::NotAllowed`] where no row does; nothing may be sent then.
pub(super) fn find(verb: &http::Method, uri: &Uri) -> Result<Call, Error> {
    let refuse = |why: &str| {
        let tried = format!("{verb} {}{}", uri.host().unwrap_or_default(), uri.path());
        Error::new(ErrorKind::NotAllowed, why).on("", &tried)
    };
    if uri.scheme_str() != Some("https") {
        return Err(refuse("not an https address"));
    }
    let path = uri.path().strip_prefix('/').unwrap_or_default();
    let method = methods::all()
        .filter(|method| {
            method.verb == *verb && Some(method.api.host()) == uri.host() && uri.port().is_none()
        })
        .find(|method| matches(method.path, path))
        .ok_or_else(|| refuse("no such method on the list"))?;

    let mut parent = None;
    for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
        match name.as_ref() {
            "alt" if value == "json" => {}
            "parent" if method.parameters.contains(&"parent") => parent = Some(value.into_owned()),
            name if method.parameters.contains(&name) => {}
            _ => return Err(refuse("a query parameter that is not on the list")),
        }
    }
    Ok(Call {
        method,
        target: parent.unwrap_or_else(|| target(method.path, path)),
    })
}

/// Checks that the body is one that may be sent; only a query job could do more than its method's name says.
///
/// # Errors
/// [`ErrorKind::NotAllowed`] for a job of any SQL that is not compiled in, and of one without a bound; nothing may be
/// sent then.
pub(super) fn check_body(call: &Call, body: &[u8]) -> Result<(), Error> {
    if call.method.id != jobs::QUERY || jobs::may_be_sent(body) {
        return Ok(());
    }
    let why = "a query that is not on the list";
    Err(Error::new(ErrorKind::NotAllowed, why).on(call.method.id, &call.target))
}

/// Returns the name, if every segment of it can stand in a path as it is.
///
/// The hubs resolve `..` while they build an address, so that names must be checked before.
///
/// # Errors
/// [`ErrorKind::NotAllowed`] for an empty or overlong name, `//`, dot segments, and characters that no resource name
/// of the allowed methods has.
pub(super) fn checked_name<'a>(method: &str, name: &'a str) -> Result<&'a str, Error> {
    if name.len() <= 1024 && name.split('/').all(is_segment) {
        Ok(name)
    } else {
        Err(Error::new(ErrorKind::NotAllowed, "not the name of a resource").on(method, name))
    }
}

fn matches(template: &str, path: &str) -> bool {
    let mut template = template.trim_start_matches('/').split('/');
    let mut path = path.split('/');
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(expected), Some(found)) if expected.starts_with('{') => {
                if !found
                    .strip_suffix(custom_verb(expected))
                    .is_some_and(is_segment)
                {
                    return false;
                }
            }
            (Some(expected), Some(found)) if expected == found => {}
            _ => return false,
        }
    }
}

/// Returns what stands behind the variable: `:getIamPolicy` of `{project}:getIamPolicy`, nothing of `{project}`.
fn custom_verb(segment: &str) -> &str {
    segment.split_once('}').map_or("", |(_, verb)| verb)
}

/// Returns whether the text can stand as one segment of a resource name.
///
/// A colon starts a custom verb (`:setIamPolicy`), except in a domain-scoped project id (`example.com:project`).
fn is_segment(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~@+".contains(c);
    let (before, after) = text.split_once(':').unwrap_or((text, "x"));
    !before.is_empty()
        && !after.is_empty()
        && text != "."
        && text != ".."
        && before.chars().all(plain)
        && after.chars().all(plain)
        && (!text.contains(':') || before.contains('.'))
}

/// Returns the path behind the version and without the custom verb, up to the last variable segment.
///
/// The version is not always the first segment: `compute/v1/projects/…`.
pub(super) fn target(template: &str, path: &str) -> String {
    let segments = || template.trim_start_matches('/').split('/');
    let version = segments().position(is_version).map_or(0, |at| at + 1);
    let last = segments()
        .enumerate()
        .filter(|(_, segment)| segment.starts_with('{'))
        .last();
    let Some((last, variable)) = last else {
        return String::new();
    };
    let name: Vec<&str> = path.split('/').take(last + 1).skip(version).collect();
    let name = name.join("/");
    match name.strip_suffix(custom_verb(variable)) {
        Some(name) => name.to_owned(),
        None => name,
    }
}

fn is_version(segment: &str) -> bool {
    segment
        .strip_prefix('v')
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_up(verb: &http::Method, uri: &str) -> String {
        match find(verb, &uri.parse().expect("a URI")) {
            Ok(call) => format!("{} on {:?}", call.method.id, call.target),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn each_row_is_found_by_its_own_path() {
        for method in methods::all() {
            let path = method.path.replace(['{', '}'], "");
            let found = find(
                &method.verb,
                &format!("https://{}{path}?alt=json", method.api.host())
                    .parse()
                    .expect("a URI"),
            );
            assert_eq!(found.expect("allowed").method.id, method.id);
        }
    }

    #[test]
    fn what_is_allowed_names_method_and_resource() {
        let get = http::Method::GET;
        let found = [
            "https://iam.googleapis.com/v1/projects/acme-prod/serviceAccounts?pageSize=100&alt=json",
            "https://iam.googleapis.com/v1/projects/example.com:old/serviceAccounts/etl@old.example.com.iam.gserviceaccount.com/keys?keyTypes=USER_MANAGED&alt=json",
            "https://cloudresourcemanager.googleapis.com/v3/folders?parent=organizations%2F1&alt=json",
            "https://cloudresourcemanager.googleapis.com/v3/projects:search?alt=json",
            "https://policyanalyzer.googleapis.com/v1/projects/acme/locations/global/activityTypes/serviceAccountLastAuthentication/activities:query?alt=json",
        ]
        .map(|uri| look_up(&get, uri))
        .join("\n");
        let post = [
            "https://iam.googleapis.com/v1/projects/acme/serviceAccounts/etl@acme.iam.gserviceaccount.com:getIamPolicy?options.requestedPolicyVersion=3&alt=json",
            "https://cloudresourcemanager.googleapis.com/v3/projects/example.com:old:getIamPolicy?alt=json",
            "https://cloudresourcemanager.googleapis.com/v3/folders/11:getIamPolicy?alt=json",
        ]
        .map(|uri| look_up(&http::Method::POST, uri))
        .join("\n");
        insta::assert_snapshot!(post, @r#"
        iam.projects.serviceAccounts.getIamPolicy on "projects/acme/serviceAccounts/etl@acme.iam.gserviceaccount.com"
        cloudresourcemanager.projects.getIamPolicy on "projects/example.com:old"
        cloudresourcemanager.folders.getIamPolicy on "folders/11"
        "#);
        insta::assert_snapshot!(found, @r#"
        iam.projects.serviceAccounts.list on "projects/acme-prod"
        iam.projects.serviceAccounts.keys.list on "projects/example.com:old/serviceAccounts/etl@old.example.com.iam.gserviceaccount.com"
        cloudresourcemanager.folders.list on "organizations/1"
        cloudresourcemanager.projects.search on ""
        policyanalyzer.projects.locations.activityTypes.activities.query on "projects/acme/locations/global/activityTypes/serviceAccountLastAuthentication"
        "#);
    }

    #[test]
    fn what_is_not_allowed_is_refused() {
        let get = http::Method::GET;
        let refused = [
            (
                http::Method::POST,
                "https://iam.googleapis.com/v1/projects/acme/serviceAccounts",
            ),
            (
                http::Method::POST,
                "https://cloudresourcemanager.googleapis.com/v3/projects/acme:setIamPolicy",
            ),
            (
                http::Method::POST,
                "https://cloudresourcemanager.googleapis.com/v3/projects/example.com:acme:setIamPolicy",
            ),
            (
                http::Method::POST,
                "https://iam.googleapis.com/v1/projects/acme/serviceAccounts/etl@acme.iam.gserviceaccount.com:setIamPolicy",
            ),
            (
                http::Method::POST,
                "https://iam.googleapis.com/v1/projects/acme/serviceAccounts/etl@acme.iam.gserviceaccount.com:signBlob",
            ),
            (
                http::Method::POST,
                "https://iam.googleapis.com/v1/projects/acme/serviceAccounts/:getIamPolicy",
            ),
            (
                get.clone(),
                "https://cloudresourcemanager.googleapis.com/v3/projects/acme:getIamPolicy",
            ),
            (
                http::Method::DELETE,
                "https://iam.googleapis.com/v1/projects/acme/serviceAccounts/1/keys/2",
            ),
            (
                get.clone(),
                "https://iam.googleapis.com/v1/projects/acme/serviceAccounts/1/keys/2",
            ),
            (
                get.clone(),
                "https://iam.googleapis.com/v1/projects/acme/../beta/serviceAccounts",
            ),
            (
                get.clone(),
                "https://iam.googleapis.com/v1/projects//serviceAccounts",
            ),
            (
                get.clone(),
                "https://iam.googleapis.com/v1/projects/%2e%2e/serviceAccounts",
            ),
            (
                get.clone(),
                "https://iam.googleapis.com/v1/projects/acme/serviceAccounts/",
            ),
            (
                get.clone(),
                "https://iam.googleapis.com/v1/projects/acme/serviceAccounts?access_token=x",
            ),
            (
                get.clone(),
                "https://iam.googleapis.com/v1/projects/acme/serviceAccounts?alt=media",
            ),
            (
                get.clone(),
                "https://cloudresourcemanager.googleapis.com/v3/projects:search?query=parent:folders/1",
            ),
            (
                get.clone(),
                "https://cloudresourcemanager.googleapis.com/v3/organizations/1",
            ),
            (
                get.clone(),
                "http://iam.googleapis.com/v1/projects/acme/serviceAccounts",
            ),
            (
                get.clone(),
                "https://iam.googleapis.com:8443/v1/projects/acme/serviceAccounts",
            ),
            (
                get.clone(),
                "https://evil.example/v1/projects/acme/serviceAccounts",
            ),
            (
                get.clone(),
                "https://apikeys.googleapis.com/v2/projects/acme/locations/global/keys/k/keyString",
            ),
            (
                get.clone(),
                "https://cloudresourcemanager.googleapis.com/v3/projects/acme:setIamPolicy",
            ),
            (
                get,
                "https://cloudresourcemanager.googleapis.com/v1/projects/acme",
            ),
        ];
        for (verb, uri) in refused {
            let error = find(&verb, &uri.parse().expect("a URI")).expect_err(uri);
            assert_eq!(error.kind(), &ErrorKind::NotAllowed, "{verb} {uri}");
        }
    }

    #[test]
    fn names_that_would_leave_their_place_are_refused() {
        for name in [
            "projects/a/../b",
            "projects/.",
            "projects//a",
            "projects/",
            "",
            "projects/a?x=y",
            "projects/a%2Fb",
            "projects/ä",
            "projects/a b",
        ] {
            let error = checked_name("iam.projects.serviceAccounts.list", name).expect_err(name);
            assert_eq!(error.kind(), &ErrorKind::NotAllowed, "{name}");
        }
        for name in [
            "projects/acme-prod",
            "projects/example.com:old",
            "projects/p/serviceAccounts/a_b@p.iam.gserviceaccount.com",
        ] {
            assert_eq!(checked_name("", name).expect(name), name);
        }
    }
}
