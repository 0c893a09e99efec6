//! Workload identity federation of Identity and Access Management, v1: pools and their providers.

use google_iam1::api::{WorkloadIdentityPool, WorkloadIdentityPoolProvider};

use crate::gcp::google::Google;
use crate::gcp::paging::{self, Listed, Page};

/// Pools per page; Google gives at most 1,000.
const POOLS: i32 = 1_000;

/// Providers per page; Google gives at most 100.
const PROVIDERS: i32 = 100;

/// Returns the workload identity pools of a project, disabled and deleted ones included.
///
/// `project` is a project id or number; pools have no other location than `global`. Source:
/// `iam.projects.locations.workloadIdentityPools.list`.
pub async fn pools(google: &Google, project: &str) -> Listed<WorkloadIdentityPool> {
    let name = format!("projects/{project}/locations/global");
    let method = "iam.projects.locations.workloadIdentityPools.list";
    paging::all(method, &name, |token| {
        let mut call = google
            .iam()
            .projects()
            .locations_workload_identity_pools_list(&name)
            .show_deleted(true)
            .page_size(POOLS);
        if let Some(token) = token {
            call = call.page_token(&token);
        }
        async {
            let (response, page) = call.doit().await?;
            let pools = page.workload_identity_pools;
            Ok(Page::of(&response, pools, page.next_page_token))
        }
    })
    .await
}

/// Returns the providers of a workload identity pool, disabled and deleted ones included.
///
/// `project` is a project id or number, `pool` a pool's id. Source:
/// `iam.projects.locations.workloadIdentityPools.providers.list`.
pub async fn providers(
    google: &Google,
    project: &str,
    pool: &str,
) -> Listed<WorkloadIdentityPoolProvider> {
    let name = format!("projects/{project}/locations/global/workloadIdentityPools/{pool}");
    let method = "iam.projects.locations.workloadIdentityPools.providers.list";
    paging::all(method, &name, |token| {
        let mut call = google
            .iam()
            .projects()
            .locations_workload_identity_pools_providers_list(&name)
            .show_deleted(true)
            .page_size(PROVIDERS);
        if let Some(token) = token {
            call = call.page_token(&token);
        }
        async {
            let (response, page) = call.doit().await?;
            let providers = page.workload_identity_pool_providers;
            Ok(Page::of(&response, providers, page.next_page_token))
        }
    })
    .await
}
