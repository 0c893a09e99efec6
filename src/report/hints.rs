//! What mends a gap: for each way in which a read can end, the one grant or act.

use crate::model::coverage::{Dataset, Reading};
use crate::model::message::Message;
use crate::model::names::{ProjectId, ProjectNumber};
use crate::model::scope::Scope;

use super::not_evaluated::Hint;

/// Returns what mends a read of `dataset` in `scope` that ended as `reading`; `None` where nothing has to be mended.
pub(super) fn for_reading(reading: &Reading, dataset: Dataset, scope: &Scope) -> Option<Hint> {
    match reading {
        Reading::Read | Reading::Stale { .. } => None,
        Reading::Skipped => Some(ask_for(dataset)),
        Reading::NotCovered { .. } if dataset == Dataset::OtherCredentials => Some(same(
            "switch these APIs on and scan again, or look for such keys by hand",
        )),
        Reading::NotCovered { .. } => Some(same(
            "look at these by hand: what runs there is not in this report",
        )),
        Reading::Malformed { .. } => Some(same(
            "scan again with the newest version of this program; if it stays, report it",
        )),
        Reading::Truncated { .. } => Some(same("scan again")),
        Reading::Denied { permission } => Some(grant(permission.as_deref(), dataset, scope)),
        Reading::ApiDisabled { service, consumer } => {
            Some(enable(service, consumer.as_deref(), scope))
        }
        Reading::Quota { .. } => Some(same("scan again later, or with a smaller --max-in-flight")),
        Reading::Perimeter { uid } => Some(admit(uid.as_deref())),
        Reading::Failed { .. } => Some(same("scan again; if it stays, report it")),
    }
}

/// Returns what helps where a source was read and does not decide.
pub(super) fn for_undecided(dataset: Dataset) -> Option<Hint> {
    match dataset {
        Dataset::AccountActivity
        | Dataset::KeyActivity
        | Dataset::Metrics
        | Dataset::AccountInsights
        | Dataset::PolicyInsights
        | Dataset::AuditLogs => Some(same(
            "no grant mends this: ask the account's owner, look in the audit logs, or scan again later",
        )),
        // A pool may be younger than Asset Inventory's data, a state newer than this program.
        Dataset::Federation => Some(same("scan again with --via iam and the newest sa-audit")),
        Dataset::Projects
        | Dataset::Folders
        | Dataset::ServiceAccounts
        | Dataset::Keys
        | Dataset::Policies
        | Dataset::AccountPolicies
        | Dataset::ResourcePolicies
        | Dataset::CreationTimes
        | Dataset::Roles
        | Dataset::Attachments
        | Dataset::References
        | Dataset::OtherCredentials
        | Dataset::Addresses
        | Dataset::OrgPolicies => None,
    }
}

/// Returns how to ask for what was not asked for.
fn ask_for(dataset: Dataset) -> Hint {
    match dataset {
        Dataset::AccountActivity | Dataset::KeyActivity => {
            same("scan again with --usage policy-analyzer")
        }
        Dataset::Metrics => same("scan again with --usage monitoring"),
        Dataset::AccountInsights | Dataset::PolicyInsights => {
            same("scan again with --usage recommender")
        }
        Dataset::AuditLogs => same("scan again with --usage logging"),
        Dataset::Projects
        | Dataset::Folders
        | Dataset::ServiceAccounts
        | Dataset::Keys
        | Dataset::Policies
        | Dataset::AccountPolicies
        | Dataset::ResourcePolicies
        | Dataset::CreationTimes
        | Dataset::Roles
        | Dataset::Federation
        | Dataset::Attachments
        | Dataset::References
        | Dataset::OtherCredentials
        | Dataset::Addresses
        | Dataset::OrgPolicies => same("scan again, without leaving it out"),
    }
}

/// Returns a hint that names no place.
fn same(words: &str) -> Hint {
    Hint {
        here: Message::from(words),
        in_many: Message::from(words),
    }
}

/// Returns which role to grant, or which permission where no role of the table has it.
fn grant(permission: Option<&str>, dataset: Dataset, scope: &Scope) -> Hint {
    let name = match permission.filter(|text| is_permission(text)) {
        None => role_for_dataset(dataset),
        Some(permission) => role_for_permission(permission).unwrap_or(permission),
    };
    let grant = Message::from("grant the caller ").name(name).text(" on ");
    let again = Message::from(", then scan again");
    let every = Message::from("each of them, or on a folder or the organization above");
    Hint {
        here: grant
            .clone()
            .append(granted_on(scope))
            .append(again.clone()),
        in_many: grant.append(every).append(again),
    }
}

/// Returns whether a text has a permission's form, `service.things.verb`: advice repeats nothing else from outside.
fn is_permission(text: &str) -> bool {
    text.bytes().filter(|b| *b == b'.').count() == 2
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'.')
}

/// Returns on what a role is granted so that it holds in `scope`.
fn granted_on(scope: &Scope) -> Message {
    match scope {
        Scope::Caller => Message::from("the organization"),
        Scope::Organization(id) => Message::from("organization ").name(id.as_str()),
        Scope::Folder(id) => Message::from("folder ").name(id.as_str()),
        Scope::Project(project) => Message::from("project ").project(project),
        // The project's accounts are all read in the same way.
        Scope::Account(account) => Message::from("project ").project(&account.project),
    }
}

/// Returns how to pass a perimeter of VPC Service Controls.
fn admit(uid: Option<&str>) -> Hint {
    let admit = Message::from(
        "add the caller to an access level or an ingress rule of the perimeter, then scan again",
    );
    let here = match uid {
        None => admit.clone(),
        Some(uid) => admit
            .clone()
            .text("; the perimeter's log has the refusal under ")
            .name(uid),
    };
    Hint {
        here,
        in_many: admit,
    }
}

/// Returns the smallest predefined role that has the permission, of those that a scan needs.
///
/// Source: <https://cloud.google.com/iam/docs/roles-permissions>.
fn role_for_permission(permission: &str) -> Option<&'static str> {
    let (service, rest) = permission.split_once('.')?;
    match (service, rest) {
        ("policyanalyzer", _) => Some("roles/policyanalyzer.activityAnalysisViewer"),
        ("monitoring", _) => Some("roles/monitoring.viewer"),
        ("recommender", _) => Some("roles/recommender.iamViewer"),
        ("logging", _) => Some("roles/logging.privateLogViewer"),
        (
            "iam",
            "serviceAccounts.list"
            | "serviceAccounts.get"
            | "serviceAccountKeys.list"
            | "serviceAccountKeys.get",
        ) => Some("roles/iam.serviceAccountViewer"),
        // The basic viewer of the hierarchy sees the policies of projects, and not those above them.
        ("resourcemanager", "folders.getIamPolicy" | "organizations.getIamPolicy")
        | (
            "iam",
            "serviceAccounts.getIamPolicy"
            | "roles.list"
            | "roles.get"
            | "workloadIdentityPools.list"
            | "workloadIdentityPoolProviders.list",
        ) => Some("roles/iam.securityReviewer"),
        ("resourcemanager", _) => Some("roles/browser"),
        ("cloudasset", _) => Some("roles/cloudasset.viewer"),
        ("orgpolicy", _) => Some("roles/orgpolicy.policyViewer"),
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
        Dataset::Metrics => "roles/monitoring.viewer",
        Dataset::AccountInsights | Dataset::PolicyInsights => "roles/recommender.iamViewer",
        Dataset::AuditLogs => "roles/logging.privateLogViewer",
        Dataset::Policies | Dataset::AccountPolicies | Dataset::Roles | Dataset::Federation => {
            "roles/iam.securityReviewer"
        }
        Dataset::ResourcePolicies
        | Dataset::CreationTimes
        | Dataset::Attachments
        | Dataset::References => "roles/cloudasset.viewer",
        Dataset::OtherCredentials => "roles/viewer",
        Dataset::Addresses => "roles/compute.networkViewer",
        Dataset::OrgPolicies => "roles/orgpolicy.policyViewer",
    }
}

/// Returns the command that switches an API on, where the names are fit to stand in a command.
fn enable(service: &str, consumer: Option<&str>, scope: &Scope) -> Hint {
    let consumer = consumer.map(|name| name.strip_prefix("projects/").unwrap_or(name));
    let project = match consumer {
        Some(name) => ProjectNumber::parse(name)
            .map(String::from)
            .or_else(|_| ProjectId::parse(name).map(String::from))
            .ok(),
        None => scope.project().map(|project| project.as_str().to_owned()),
    };
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-';
    let run = |project: &str| {
        let command = format!("gcloud services enable {service} --project={project}");
        Message::from("run ").name(command)
    };
    let by_hand = || Message::from("switch on ").name(service);
    let (here, in_many) = match project {
        Some(project) if service.bytes().all(fits) => {
            (run(&project), run("PROJECT").text(" for each of them"))
        }
        Some(_) | None => (by_hand(), by_hand()),
    };
    Hint {
        here: here.text(", then scan again"),
        in_many: in_many.text(", then scan again"),
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
                Some("monitoring.timeSeries.list"),
                "grant the caller roles/monitoring.viewer on project acme-data, then scan again",
            ),
            (
                Some("recommender.iamPolicyInsights.list"),
                "grant the caller roles/recommender.iamViewer on project acme-data, then scan again",
            ),
            (
                Some("logging.logEntries.list"),
                "grant the caller roles/logging.privateLogViewer on project acme-data, then scan again",
            ),
            (
                Some("iam.newThings.list"),
                "grant the caller iam.newThings.list on project acme-data, then scan again",
            ),
            (
                Some("roles/owner to everybody"),
                "grant the caller roles/policyanalyzer.activityAnalysisViewer on project acme-data, then scan again",
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
            assert_eq!(
                hint.map(|hint| hint.here.to_string()),
                Some(expected.to_owned())
            );
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
            assert_eq!(
                hint.map(|hint| hint.here.to_string()),
                Some(expected.to_owned())
            );
        }
    }
}
