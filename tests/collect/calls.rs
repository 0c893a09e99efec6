//! How many calls a scan takes: no more than there is to ask.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::emulator::{Scan, named};
use crate::{ACCOUNTS, ACTIVITIES, ASSETS, FOLDERS, KEYS, PROJECTS, SERVICES};

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
    // The organization and each folder: what projects, what folders. Each project: which accounts. Each account: which
    // keys. Each project: the use of its accounts, of its keys, where it has any, and which services are on in it. The
    // organization: its assets. Every list fits into one page.
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
    ]);
    assert_eq!(calls, expected);
    assert_eq!((folders, projects, accounts, activities), (16, 25, 90, 49));
}

#[tokio::test(start_paused = true)]
async fn without_roots_the_hierarchy_is_one_search() {
    let scan = Scan::of(&named("clean")).roots([]);
    let snapshot = scan.take().await.expect("a snapshot");
    let accounts = snapshot.facts.accounts.len() as u64;
    // No key, so nothing is asked about the use of keys.
    let expected = BTreeMap::from([
        ("cloudresourcemanager.projects.search".to_owned(), 1),
        (ACCOUNTS.to_owned(), 3),
        (KEYS.to_owned(), accounts),
        (ACTIVITIES.to_owned(), 3),
        (SERVICES.to_owned(), 3),
    ]);
    assert_eq!(scan.calls(), expected);
}
