//! Allow policies of organizations, folders, projects and service accounts: their bindings, conditions included, and
//! which Data Access logs they switch on.
//!
//! A policy is read as version 3: an older version hides conditions behind made-up role names
//! (<https://cloud.google.com/iam/docs/reference/rest/v1/Policy>). It is never written back, so that nothing
//! else of it is kept; a binding, a member or an audit configuration that does not decode is dropped and counted. All come
//! as IAM's types, of which Resource Manager's are twins.

use google_cloudresourcemanager3::api as manager;
use google_iam1::api::{AuditConfig, AuditLogConfig, Binding, Expr};

use crate::gcp::google::Google;
use crate::gcp::paging::{self, Listed, Page};

/// The version of policies that has conditions.
const VERSION: i32 = 3;

/// One element of a policy.
#[derive(Debug, Clone)]
pub enum Part {
    /// A role that is given to members.
    Binding(Binding),
    /// Data Access logs that are switched on.
    Audit(AuditConfig),
}

/// Returns the policy of an organization.
///
/// `number` is the organization's. Source: `cloudresourcemanager.organizations.getIamPolicy`.
pub async fn of_organization(google: &Google, number: &str) -> Listed<Part> {
    let name = format!("organizations/{number}");
    let method = "cloudresourcemanager.organizations.getIamPolicy";
    paging::all(method, &name, |_| {
        let organizations = google.resource_manager().organizations();
        let call = organizations.get_iam_policy(request(), &name);
        async {
            let (response, policy) = call.doit().await?;
            Ok(Page::of(&response, Some(parts(policy)), None))
        }
    })
    .await
}

/// Returns the policy of a folder.
///
/// `number` is the folder's. Source: `cloudresourcemanager.folders.getIamPolicy`.
pub async fn of_folder(google: &Google, number: &str) -> Listed<Part> {
    let name = format!("folders/{number}");
    let method = "cloudresourcemanager.folders.getIamPolicy";
    paging::all(method, &name, |_| {
        let folders = google.resource_manager().folders();
        let call = folders.get_iam_policy(request(), &name);
        async {
            let (response, policy) = call.doit().await?;
            Ok(Page::of(&response, Some(parts(policy)), None))
        }
    })
    .await
}

/// Returns the policy of a project.
///
/// `project` is a project id or number. Source: `cloudresourcemanager.projects.getIamPolicy`.
pub async fn of_project(google: &Google, project: &str) -> Listed<Part> {
    let name = format!("projects/{project}");
    let method = "cloudresourcemanager.projects.getIamPolicy";
    paging::all(method, &name, |_| {
        let projects = google.resource_manager().projects();
        let call = projects.get_iam_policy(request(), &name);
        async {
            let (response, policy) = call.doit().await?;
            Ok(Page::of(&response, Some(parts(policy)), None))
        }
    })
    .await
}

/// Returns the policy of a service account: who may act as it.
///
/// `account` is its unique id or address, `project` the project that has it. Source:
/// `iam.projects.serviceAccounts.getIamPolicy`, which takes the version in the query, where Resource Manager takes it in
/// the body.
pub async fn of_account(google: &Google, project: &str, account: &str) -> Listed<Part> {
    let name = format!("projects/{project}/serviceAccounts/{account}");
    paging::all("iam.projects.serviceAccounts.getIamPolicy", &name, |_| {
        let call = google
            .iam()
            .projects()
            .service_accounts_get_iam_policy(&name)
            .options_requested_policy_version(VERSION);
        async {
            let (response, policy) = call.doit().await?;
            let bindings = policy.bindings.unwrap_or_default().into_iter();
            let parts = bindings.map(Part::Binding).collect();
            Ok(Page::of(&response, Some(parts), None))
        }
    })
    .await
}

fn request() -> manager::GetIamPolicyRequest {
    manager::GetIamPolicyRequest {
        options: Some(manager::GetPolicyOptions {
            requested_policy_version: Some(VERSION),
        }),
    }
}

fn parts(policy: manager::Policy) -> Vec<Part> {
    let bindings = policy.bindings.unwrap_or_default().into_iter();
    let bindings = bindings.map(|binding| {
        Part::Binding(Binding {
            role: binding.role,
            members: binding.members,
            condition: binding.condition.map(|condition| Expr {
                description: condition.description,
                expression: condition.expression,
                location: condition.location,
                title: condition.title,
            }),
        })
    });
    let configs = policy.audit_configs.unwrap_or_default().into_iter();
    let configs = configs.map(|config| {
        let logs = config.audit_log_configs.unwrap_or_default().into_iter();
        let logs = logs.map(|log| AuditLogConfig {
            exempted_members: log.exempted_members,
            log_type: log.log_type,
        });
        Part::Audit(AuditConfig {
            audit_log_configs: Some(logs.collect()),
            service: config.service,
        })
    });
    bindings.chain(configs).collect()
}
