//! Role definitions of Identity and Access Management, v1, with their permissions.

use google_iam1::api::Role;

use crate::gcp::google::Google;
use crate::gcp::paging::{self, Listed, Page};

/// Roles per page; Google gives at most 1,000.
const PAGE_SIZE: i32 = 1_000;

/// The view that has the permissions.
const VIEW: &str = "FULL";

/// Returns every predefined role: about 2,500, in three pages of some megabytes.
///
/// Source: `iam.roles.list`.
pub async fn predefined(google: &Google) -> Listed<Role> {
    paging::all("iam.roles.list", "roles", |token| {
        let mut call = google.iam().roles().list().view(VIEW).page_size(PAGE_SIZE);
        if let Some(token) = token {
            call = call.page_token(&token);
        }
        async {
            let (response, page) = call.doit().await?;
            Ok(Page::of(&response, page.roles, page.next_page_token))
        }
    })
    .await
}

/// Returns the custom roles of a project, those marked for deletion too.
///
/// `project` is a project id or number. Source: `iam.projects.roles.list`.
pub async fn of_project(google: &Google, project: &str) -> Listed<Role> {
    let name = format!("projects/{project}");
    paging::all("iam.projects.roles.list", &name, |token| {
        let mut call = google
            .iam()
            .projects()
            .roles_list(&name)
            .view(VIEW)
            .show_deleted(true)
            .page_size(PAGE_SIZE);
        if let Some(token) = token {
            call = call.page_token(&token);
        }
        async {
            let (response, page) = call.doit().await?;
            Ok(Page::of(&response, page.roles, page.next_page_token))
        }
    })
    .await
}

/// Returns the custom roles of an organization, those marked for deletion too.
///
/// `number` is the organization's. Source: `iam.organizations.roles.list`.
pub async fn of_organization(google: &Google, number: &str) -> Listed<Role> {
    let name = format!("organizations/{number}");
    paging::all("iam.organizations.roles.list", &name, |token| {
        let mut call = google
            .iam()
            .organizations()
            .roles_list(&name)
            .view(VIEW)
            .show_deleted(true)
            .page_size(PAGE_SIZE);
        if let Some(token) = token {
            call = call.page_token(&token);
        }
        async {
            let (response, page) = call.doit().await?;
            Ok(Page::of(&response, page.roles, page.next_page_token))
        }
    })
    .await
}
