//! Identity and Access Management, v1: service accounts and their keys.

use google_iam1::api::{ServiceAccount, ServiceAccountKey};

use crate::gcp::google::Google;
use crate::gcp::paging::{self, Listed, Page};

/// Accounts per page; Google gives at most 100.
const PAGE_SIZE: i32 = 100;

/// Returns the service accounts of a project, default ones included, service agents not.
///
/// `project` is a project id or number. Source: `iam.projects.serviceAccounts.list`.
pub async fn service_accounts(google: &Google, project: &str) -> Listed<ServiceAccount> {
    let name = format!("projects/{project}");
    paging::all("iam.projects.serviceAccounts.list", &name, |token| {
        let mut call = google
            .iam()
            .projects()
            .service_accounts_list(&name)
            .page_size(PAGE_SIZE);
        if let Some(token) = token {
            call = call.page_token(&token);
        }
        async {
            let (response, page) = call.doit().await?;
            Ok(Page::of(&response, page.accounts, page.next_page_token))
        }
    })
    .await
}

/// Returns the user-managed keys of a service account, disabled and expired ones included.
///
/// `account` is its unique id or address, `project` the project that has it: the wildcard `-` would turn "not found"
/// into "permission denied". An account has at most ten such keys, in one page. Source:
/// `iam.projects.serviceAccounts.keys.list`.
pub async fn user_managed_keys(
    google: &Google,
    project: &str,
    account: &str,
) -> Listed<ServiceAccountKey> {
    let name = format!("projects/{project}/serviceAccounts/{account}");
    paging::all("iam.projects.serviceAccounts.keys.list", &name, |_| {
        let call = google
            .iam()
            .projects()
            .service_accounts_keys_list(&name)
            .add_key_types("USER_MANAGED");
        async {
            let (response, page) = call.doit().await?;
            Ok(Page::of(&response, page.keys, None))
        }
    })
    .await
}
