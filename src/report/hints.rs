//! What mends a gap: for each way in which a read can end, the one grant or act.

use crate::model::coverage::{Dataset, Reading};
use crate::model::message::Message;
use crate::model::names::{ProjectId, ProjectNumber};
use crate::model::scope::Scope;

use super::not_evaluated::scope_in_words;

/// Returns what mends a read of `dataset` in `scope` that ended as `reading`; `None` where nothing has to be mended.
pub(super) fn for_reading(reading: &Reading, dataset: Dataset, scope: &Scope) -> Option<Message> {
    match reading {
        Reading::Read => None,
        Reading::Skipped => Some(Message::from("ask for it, then scan again")),
        Reading::Malformed { .. } => Some(Message::from(
            "scan again with the newest version of this program; if it stays, report it",
        )),
        Reading::Truncated { .. } => Some(Message::from("scan again")),
        Reading::Denied { permission } => Some(grant(permission.as_deref(), dataset, scope)),
        Reading::ApiDisabled { service, consumer } => {
            Some(enable(service, consumer.as_deref(), scope))
        }
        Reading::Quota { .. } => Some(Message::from(
            "scan again later, or with a smaller --max-in-flight",
        )),
        Reading::Perimeter { .. } => Some(Message::from(
            "add the caller to an access level or an ingress rule of the perimeter, then scan again; \
             the perimeter's log names the refusal by its id",
        )),
        Reading::Failed { .. } => Some(Message::from("scan again; if it stays, report it")),
    }
}

/// Returns what helps where a source was read and does not decide.
pub(super) fn for_undecided(dataset: Dataset) -> Option<Message> {
    match dataset {
        Dataset::AccountActivity | Dataset::KeyActivity => Some(Message::from(
            "no grant mends this: ask the account's owner, or look for it in the audit logs",
        )),
        Dataset::Projects | Dataset::Folders | Dataset::ServiceAccounts | Dataset::Keys => None,
    }
}

/// Returns the sentence that names the role to grant, or the permission where no role of the table has it.
fn grant(permission: Option<&str>, dataset: Dataset, scope: &Scope) -> Message {
    let name = match permission {
        None => role_for_dataset(dataset),
        Some(permission) => role_for_permission(permission).unwrap_or(permission),
    };
    // Service accounts are granted their lists by the project.
    let at = match scope.project() {
        Some(project) => Message::from("project ").project(project),
        None => scope_in_words(scope),
    };
    Message::from("grant the caller ")
        .name(name)
        .text(" on ")
        .append(at)
        .text(", then scan again")
}

/// Returns the smallest predefined role that has the permission, of those that a scan needs.
///
/// Source: <https://cloud.google.com/iam/docs/roles-permissions>.
fn role_for_permission(permission: &str) -> Option<&'static str> {
    let (service, rest) = permission.split_once('.')?;
    match (service, rest) {
        ("policyanalyzer", _) => Some("roles/policyanalyzer.activityAnalysisViewer"),
        (
            "iam",
            "serviceAccounts.list"
            | "serviceAccounts.get"
            | "serviceAccountKeys.list"
            | "serviceAccountKeys.get",
        ) => Some("roles/iam.serviceAccountViewer"),
        ("resourcemanager", _) => Some("roles/browser"),
        ("serviceusage", "services.use") => Some("roles/serviceusage.serviceUsageConsumer"),
        _ => None,
    }
}

fn role_for_dataset(dataset: Dataset) -> &'static str {
    match dataset {
        Dataset::Projects | Dataset::Folders => "roles/browser",
        Dataset::ServiceAccounts | Dataset::Keys => "roles/iam.serviceAccountViewer",
        Dataset::AccountActivity | Dataset::KeyActivity => {
            "roles/policyanalyzer.activityAnalysisViewer"
        }
    }
}

/// Returns the command that switches an API on, where both names are fit to stand in a command.
fn enable(service: &str, consumer: Option<&str>, scope: &Scope) -> Message {
    let consumer = consumer.map(|name| name.strip_prefix("projects/").unwrap_or(name));
    let project = match consumer {
        Some(name) => ProjectNumber::parse(name)
            .map(String::from)
            .or_else(|_| ProjectId::parse(name).map(String::from))
            .ok(),
        None => scope.project().map(|project| project.as_str().to_owned()),
    };
    let plain = |text: &str| {
        let mut bytes = text.bytes();
        !text.is_empty()
            && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-')
    };
    match project {
        Some(project) if plain(service) => Message::from("run ")
            .name(format!(
                "gcloud services enable {service} --project={project}"
            ))
            .text(", then scan again"),
        Some(_) | None => Message::from("switch on ")
            .name(service)
            .text(", then scan again"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> Scope {
        Scope::Project(ProjectId::parse("acme-data").expect("a project id"))
    }

    #[test]
    fn a_denied_read_names_the_role_that_has_the_permission() {
        let table = [
            (
                Some("policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query"),
                "grant the caller roles/policyanalyzer.activityAnalysisViewer on project acme-data, then scan again",
            ),
            (
                Some("iam.serviceAccountKeys.list"),
                "grant the caller roles/iam.serviceAccountViewer on project acme-data, then scan again",
            ),
            (
                Some("resourcemanager.folders.list"),
                "grant the caller roles/browser on project acme-data, then scan again",
            ),
            (
                Some("serviceusage.services.use"),
                "grant the caller roles/serviceusage.serviceUsageConsumer on project acme-data, then scan again",
            ),
            (
                Some("iam.newThings.list"),
                "grant the caller iam.newThings.list on project acme-data, then scan again",
            ),
            (
                None,
                "grant the caller roles/policyanalyzer.activityAnalysisViewer on project acme-data, then scan again",
            ),
        ];
        for (permission, expected) in table {
            let reading = Reading::Denied {
                permission: permission.map(str::to_owned),
            };
            let hint = for_reading(&reading, Dataset::KeyActivity, &project());
            assert_eq!(hint.map(|hint| hint.to_string()), Some(expected.to_owned()));
        }
    }

    #[test]
    fn a_command_is_only_made_of_names_that_are_fit_for_one() {
        let table = [
            (
                "iam.googleapis.com",
                Some("projects/12345"),
                "run gcloud services enable iam.googleapis.com --project=12345, then scan again",
            ),
            (
                "iam.googleapis.com",
                None,
                "run gcloud services enable iam.googleapis.com --project=acme-data, then scan again",
            ),
            ("iam; id", None, "switch on iam; id, then scan again"),
            (
                "iam.googleapis.com",
                Some("projects/$(id)"),
                "switch on iam.googleapis.com, then scan again",
            ),
        ];
        for (service, consumer, expected) in table {
            let reading = Reading::ApiDisabled {
                service: service.to_owned(),
                consumer: consumer.map(str::to_owned),
            };
            let hint = for_reading(&reading, Dataset::ServiceAccounts, &project());
            assert_eq!(hint.map(|hint| hint.to_string()), Some(expected.to_owned()));
        }
    }
}
