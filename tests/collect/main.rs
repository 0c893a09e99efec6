//! Google's answers → snapshot → report, through the real client over the emulator. Time is paused: waits pass at once.

mod access;
mod addresses;
mod assets;
mod attachments;
mod calls;
mod cast;
mod counts;
mod credentials;
mod elements;
mod equality;
mod fatal;
mod generated;
mod hostile;
mod invariants;
mod isolation;
mod logging;
mod monitoring;
mod near_misses;
mod org_policies;
mod plans;
mod recommender;
mod references;
mod resume;
mod retail;
mod scope;
#[path = "../support/mod.rs"]
mod support;
mod tables;
mod usage;

use sa_audit::model::snapshot::Snapshot;
use support::cloud::{CloudBuilder, cloud};

const PROJECTS: &str = "cloudresourcemanager.projects.list";
const ASSETS: &str = "cloudasset.assets.list";
const SEARCH: &str = "cloudasset.searchAllResources";
const SERVICES: &str = "serviceusage.services.list";
const FOLDERS: &str = "cloudresourcemanager.folders.list";
const ACCOUNTS: &str = "iam.projects.serviceAccounts.list";
const KEYS: &str = "iam.projects.serviceAccounts.keys.list";
const ACCOUNT_POLICIES: &str = "iam.projects.serviceAccounts.getIamPolicy";
const PROJECT_POLICIES: &str = "cloudresourcemanager.projects.getIamPolicy";
const FOLDER_POLICIES: &str = "cloudresourcemanager.folders.getIamPolicy";
const ORGANIZATION_POLICIES: &str = "cloudresourcemanager.organizations.getIamPolicy";
const POOLS: &str = "iam.projects.locations.workloadIdentityPools.list";
const PROVIDERS: &str = "iam.projects.locations.workloadIdentityPools.providers.list";
const ACTIVITIES: &str = "policyanalyzer.projects.locations.activityTypes.activities.query";

/// Three projects, one of them two folders deep; nothing in them fails a run. Accounts are numbered in this order.
fn acme() -> CloudBuilder {
    cloud()
        .project("acme-lab")
        .account("lab")
        .key("a1")
        .folder("11", "organizations/4711")
        .project("acme-prod")
        .account("etl")
        .key("b1")
        .account("web")
        .key("c1")
        .key("c2")
        .account("api")
        .folder("12", "folders/11")
        .project("acme-data")
        .account("load")
        .key("d1")
}

/// Returns the inventory in one line: `acme-prod: etl[b1] api[]; …`.
fn inventory(snapshot: &Snapshot) -> String {
    let facts = &snapshot.facts;
    let projects = facts.projects.iter().map(|project| {
        let accounts = facts
            .accounts
            .iter()
            .filter(|account| account.project == project.id);
        let accounts = accounts.map(|account| {
            let keys = facts
                .keys
                .iter()
                .filter(|key| key.account == account.unique_id);
            let keys: Vec<&str> = keys.map(|key| key.id.as_str()).collect();
            let name = account.email.as_str().split('@').next().unwrap_or_default();
            format!(" {name}[{}]", keys.join(" "))
        });
        format!("{}:{}", project.id, accounts.collect::<String>())
    });
    projects.collect::<Vec<_>>().join("; ")
}

/// Returns every gap, one a line: where, what, how it ended.
fn gaps(snapshot: &Snapshot) -> String {
    let gaps = snapshot.facts.coverage.gaps();
    let lines = gaps.map(|(scope, dataset, reading)| format!("{scope}, {dataset:?}: {reading:?}"));
    lines.collect::<Vec<_>>().join("\n")
}
