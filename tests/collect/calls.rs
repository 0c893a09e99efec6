//! How many calls a scan takes: no more than there is to ask.

use std::collections::{BTreeMap, BTreeSet};

use sa_audit::model::federation::FederationState;
use sa_audit::model::snapshot::Facts;

use crate::support::emulator::{Scan, named};
use crate::{
    ACCOUNT_POLICIES, ACCOUNTS, ACTIVITIES, ASSETS, FOLDER_POLICIES, FOLDERS, KEYS,
    ORGANIZATION_POLICIES, POOLS, PROJECT_POLICIES, PROJECTS, PROVIDERS, SERVICES,
};

#[tokio::test(start_paused = true)]
async fn retail_takes_the_calls_that_its_size_implies() {
    let estate = named("retail");
    let scan = Scan::of(&estate);
    let snapshot = scan.take().await.expect("a snapshot");
    let folders = estate.resources["cloudresourcemanager.googleapis.com/folders"].len() as u64;
    let projects = snapshot.facts.projects.len() as u64;
    let accounts = snapshot.facts.accounts.len() as u64;
    let project_of: BTreeMap<_, _> = snapshot
        .facts
        .accounts
        .iter()
        .map(|account| (&account.unique_id, &account.project))
        .collect();
    let with_accounts: BTreeSet<_> = project_of.values().collect();
    let with_keys: BTreeSet<_> = snapshot
        .facts
        .keys
        .iter()
        .map(|key| project_of[&key.account])
        .collect();
    let activities = (with_accounts.len() + with_keys.len()) as u64;
    // The organization and each folder: what projects, what folders, its policy. Each project: which accounts. Each
    // account: which keys. Each project: the use of its accounts, of its keys, where it has any, and which services are on
    // in it. The organization: its assets. Every list fits into one page. Asset Inventory lacks the users of databases:
    // Cloud SQL is on in four projects, and one has an instance. One service names two revisions.
    let mut calls = scan.calls();
    calls.retain(|method, _| !method.starts_with("cloudscheduler."));
    let expected = BTreeMap::from([
        (ASSETS.to_owned(), 1),
        (SERVICES.to_owned(), projects),
        (FOLDERS.to_owned(), folders + 1),
        (PROJECTS.to_owned(), folders + 1),
        (ACCOUNTS.to_owned(), projects),
        (KEYS.to_owned(), accounts),
        (ACTIVITIES.to_owned(), activities),
        (FOLDER_POLICIES.to_owned(), folders),
        ("sql.instances.list".to_owned(), 4),
        ("sql.users.list".to_owned(), 1),
        (
            "run.projects.locations.services.revisions.get".to_owned(),
            2,
        ),
    ]);
    assert_eq!(calls, with_access(expected, &snapshot.facts));
    assert_eq!((folders, projects, accounts, activities), (16, 25, 90, 49));
}

#[tokio::test(start_paused = true)]
async fn without_roots_the_hierarchy_is_one_search() {
    let scan = Scan::of(&named("clean")).roots([]);
    let snapshot = scan.take().await.expect("a snapshot");
    let accounts = snapshot.facts.accounts.len() as u64;
    // No key, so nothing is asked about the use of keys. One project lies in a folder. Each project's own lists tell what
    // is attached: Cloud Run is on in two, each with one region, Cloud Scheduler in one, with one, Pub/Sub and Cloud Deploy
    // in one, Cloud SQL in two, without an instance, and Cloud Storage in all.
    let (run, scheduler, pubsub, deploy, sql, storage) = (2, 1, 1, 1, 2, 3);
    let expected = BTreeMap::from([
        ("cloudresourcemanager.projects.search".to_owned(), 1),
        ("cloudresourcemanager.folders.get".to_owned(), 1),
        (FOLDER_POLICIES.to_owned(), 1),
        (ACCOUNTS.to_owned(), 3),
        (KEYS.to_owned(), accounts),
        (ACTIVITIES.to_owned(), 3),
        (SERVICES.to_owned(), 3),
        ("run.projects.locations.list".to_owned(), run),
        ("run.projects.locations.services.list".to_owned(), run),
        ("run.projects.locations.jobs.list".to_owned(), run),
        ("run.projects.locations.workerPools.list".to_owned(), run),
        (
            "run.projects.locations.jobs.executions.list".to_owned(),
            run,
        ),
        (
            "cloudscheduler.projects.locations.list".to_owned(),
            scheduler,
        ),
        (
            "cloudscheduler.projects.locations.jobs.list".to_owned(),
            scheduler,
        ),
        ("pubsub.projects.subscriptions.list".to_owned(), pubsub),
        ("pubsub.projects.topics.list".to_owned(), pubsub),
        (
            "clouddeploy.projects.locations.targets.list".to_owned(),
            deploy,
        ),
        ("sql.instances.list".to_owned(), sql),
        ("storage.buckets.list".to_owned(), storage),
    ]);
    assert_eq!(scan.calls(), with_access(expected, &snapshot.facts));
}

/// Returns the calls with those about access: the organization's policy; each project's policy and pools, each live pool's
/// providers; each account's policy; each list of roles of which a policy names one.
fn with_access(mut calls: BTreeMap<String, u64>, facts: &Facts) -> BTreeMap<String, u64> {
    let (projects, accounts) = (facts.projects.len() as u64, facts.accounts.len() as u64);
    let live = facts
        .pools
        .iter()
        .filter(|pool| pool.state != FederationState::Deleted);
    let bindings = facts.policies.iter().flat_map(|policy| &policy.bindings);
    let homes: BTreeSet<&str> = bindings
        .filter_map(|binding| Some(binding.role.rsplit_once("roles/")?.0))
        .collect();
    let lists_of = |home: &str| homes.iter().filter(|name| name.starts_with(home)).count() as u64;
    let of_access = [
        (ORGANIZATION_POLICIES, 1),
        (PROJECT_POLICIES, projects),
        (ACCOUNT_POLICIES, accounts),
        (POOLS, projects),
        (PROVIDERS, live.count() as u64),
        ("iam.roles.list", u64::from(homes.contains(""))),
        ("iam.projects.roles.list", lists_of("projects/")),
        ("iam.organizations.roles.list", lists_of("organizations/")),
    ];
    let asked = of_access.into_iter().filter(|(_, times)| *times > 0);
    calls.extend(asked.map(|(method, times)| (method.to_owned(), times)));
    calls
}
