//! How many calls a scan takes: no more than there is to ask.

use std::collections::{BTreeMap, BTreeSet};

use sa_audit::collect::assets::Via;
use sa_audit::emulator::Estate;
use sa_audit::emulator::generate::{Generated, Shape};
use sa_audit::model::federation::FederationState;
use sa_audit::model::snapshot::Facts;

use crate::support::emulator::{Scan, named};
use crate::{
    ACCOUNT_POLICIES, ACCOUNTS, ACTIVITIES, ASSETS, FOLDER_POLICIES, FOLDERS, KEYS,
    ORGANIZATION_POLICIES, POOLS, PROJECT_POLICIES, PROJECTS, PROVIDERS, SEARCH, SERVICES,
};

/// Asset Inventory: its pages, each account with a key that it knows, and each project for what it lacks. All else is the
/// hierarchy, Google's roles and Policy Analyzer.
#[tokio::test(start_paused = true)]
async fn an_organization_takes_its_pages_and_one_call_for_each_account_with_a_key() {
    let large = Shape {
        projects: 4,
        folders: 3,
        accounts: 300,
        keys: 1,
    };
    // Asset Inventory lacks the users of databases: Cloud SQL is on in four projects, and one has an instance. One service
    // names two revisions. It lacks HMAC keys too: Cloud Storage is on in all projects.
    let lacked: &[(&str, u64)] = &[
        ("sql.instances.list", 4),
        ("sql.users.list", 1),
        ("run.projects.locations.services.revisions.get", 2),
        ("storage.projects.hmacKeys.list", 25),
    ];
    for (estate, pages, lacked) in [
        (named("retail"), [1, 1, 1], lacked),
        (
            Generated::new(3, large).estate,
            [5, 1, 3],
            &[("storage.projects.hmacKeys.list", 4)],
        ),
    ] {
        let scan = Scan::of(&estate).via(Via::Auto);
        let snapshot = scan.take().await.expect("a snapshot");
        let facts = &snapshot.facts;
        let folders = count(&estate, |key| {
            key == "cloudresourcemanager.googleapis.com/folders"
        });
        let projects = facts.projects.len() as u64;
        let with_keys: BTreeSet<_> = facts.keys.iter().map(|key| &key.account).collect();
        // The estate's own resources, but for those of services that Asset Inventory lacks, and those of Google's.
        let lacking = [
            "cloudscheduler.",
            "policyanalyzer.",
            "serviceusage.",
            "cloudresourcemanager.",
        ];
        let resources = count(&estate, |key| {
            !lacking.iter().any(|host| key.starts_with(host))
                && key != "iam.googleapis.com/roles"
                && !key.ends_with(":getIamPolicy")
        });
        let policies = count(&estate, |key| key.ends_with(":getIamPolicy"));
        let accounts = count(&estate, |key| key.ends_with("/serviceAccounts"));
        let of_assets = [
            resources.div_ceil(1_000),
            policies.div_ceil(1_000).max(1),
            accounts.div_ceil(500),
        ];
        assert_eq!(of_assets, pages, "{}", estate.estate);
        let mut calls = scan.calls();
        calls.retain(|method, _| !method.starts_with("cloudscheduler."));
        let expected = [
            (ASSETS, of_assets[0] + of_assets[1]),
            (SEARCH, of_assets[2]),
            (KEYS, with_keys.len() as u64),
            (SERVICES, projects),
            (FOLDERS, folders + 1),
            (PROJECTS, folders + 1),
            ("iam.roles.list", 1),
            (ACTIVITIES, activities(&snapshot.facts)),
        ];
        let expected: BTreeMap<String, u64> = expected
            .into_iter()
            .chain(lacked.iter().copied())
            .filter(|(_, times)| *times > 0)
            .map(|(method, times)| (method.to_owned(), times))
            .collect();
        assert_eq!(calls, expected, "{}", estate.estate);
    }
}

/// Returns how many elements the collections have whose key `is_counted`.
fn count(estate: &Estate, is_counted: impl Fn(&str) -> bool) -> u64 {
    let counted = estate.resources.iter().filter(|(key, _)| is_counted(key));
    counted.map(|(_, elements)| elements.len() as u64).sum()
}

/// Returns how often Policy Analyzer is asked: of the accounts of each project that has any, in pages of a thousand, and
/// of their keys.
fn activities(facts: &Facts) -> u64 {
    let project_of: BTreeMap<_, _> = facts
        .accounts
        .iter()
        .map(|account| (&account.unique_id, &account.project))
        .collect();
    let with_accounts: BTreeSet<_> = project_of.values().collect();
    let keys = facts.keys.iter().map(|key| project_of[&key.account]);
    let with_keys: BTreeSet<_> = keys.collect();
    (with_accounts.len() + with_keys.len()) as u64
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
        ("storage.projects.hmacKeys.list".to_owned(), storage),
    ]);
    assert_eq!(scan.calls(), with_access(expected, &snapshot.facts));
}

/// Returns the calls with those about access: the organization's policy; each project's policy and pools, each live pool's
/// providers; each account's policy; Google's list of roles, and each other of which a policy names one.
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
        ("iam.roles.list", 1),
        ("iam.projects.roles.list", lists_of("projects/")),
        ("iam.organizations.roles.list", lists_of("organizations/")),
    ];
    let asked = of_access.into_iter().filter(|(_, times)| *times > 0);
    calls.extend(asked.map(|(method, times)| (method.to_owned(), times)));
    calls
}
