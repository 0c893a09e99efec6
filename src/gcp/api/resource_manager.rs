//! Resource Manager, v3: folders and projects.

use google_cloudresourcemanager3::api::{Folder, Project};

use crate::gcp::error::Error;
use crate::gcp::google::Google;
use crate::gcp::paging::{self, Listed, Page};

/// Elements per page. Google documents no maximum and gives fewer where it likes.
const PAGE_SIZE: i32 = 500;

/// Returns every project that the caller may see, in any state but deleted, in no order.
///
/// Source: `cloudresourcemanager.projects.search`, which is eventually consistent.
pub async fn search_projects(google: &Google) -> Listed<Project> {
    paging::all(
        "cloudresourcemanager.projects.search",
        "projects",
        |token| {
            let mut call = google
                .resource_manager()
                .projects()
                .search()
                .page_size(PAGE_SIZE);
            if let Some(token) = token {
                call = call.page_token(&token);
            }
            async {
                let (response, page) = call.doit().await?;
                Ok(Page::of(&response, page.projects, page.next_page_token))
            }
        },
    )
    .await
}

/// Returns the projects directly in a folder or organization, those marked for deletion too, as the search does.
///
/// `parent` is `folders/NUMBER` or `organizations/NUMBER`. Source: `cloudresourcemanager.projects.list`.
pub async fn projects_in(google: &Google, parent: &str) -> Listed<Project> {
    paging::all("cloudresourcemanager.projects.list", parent, |token| {
        let mut call = google
            .resource_manager()
            .projects()
            .list()
            .parent(parent)
            .show_deleted(true)
            .page_size(PAGE_SIZE);
        if let Some(token) = token {
            call = call.page_token(&token);
        }
        async {
            let (response, page) = call.doit().await?;
            Ok(Page::of(&response, page.projects, page.next_page_token))
        }
    })
    .await
}

/// Returns the folders directly in a folder or organization, those marked for deletion left out.
///
/// `parent` is `folders/NUMBER` or `organizations/NUMBER`. Source: `cloudresourcemanager.folders.list`.
pub async fn folders_in(google: &Google, parent: &str) -> Listed<Folder> {
    paging::all("cloudresourcemanager.folders.list", parent, |token| {
        let mut call = google
            .resource_manager()
            .folders()
            .list()
            .parent(parent)
            .page_size(PAGE_SIZE);
        if let Some(token) = token {
            call = call.page_token(&token);
        }
        async {
            let (response, page) = call.doit().await?;
            Ok(Page::of(&response, page.folders, page.next_page_token))
        }
    })
    .await
}

/// Returns a project by its id or number.
///
/// # Errors
/// Whatever the transport gives; Google says "permission denied" also of a project that does not exist.
pub async fn project(google: &Google, id_or_number: &str) -> Result<Project, Error> {
    let name = format!("projects/{id_or_number}");
    paging::one("cloudresourcemanager.projects.get", &name, || {
        google.resource_manager().projects().get(&name).doit()
    })
    .await
}

/// Returns a folder by its number.
///
/// # Errors
/// Whatever the transport gives; Google says "permission denied" also of a folder that does not exist.
pub async fn folder(google: &Google, number: &str) -> Result<Folder, Error> {
    let name = format!("folders/{number}");
    paging::one("cloudresourcemanager.folders.get", &name, || {
        google.resource_manager().folders().get(&name).doit()
    })
    .await
}
