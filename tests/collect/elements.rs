//! Every element of `hostile` is accounted for: usable, or dropped and counted where it was met.

use std::collections::BTreeSet;

use sa_audit::emulator::Estate;
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::scope::Scope;
use sa_audit::model::snapshot::Snapshot;
use serde_json::Value;

use crate::support::emulator::{Scan, named, report};
use crate::tables::{marked, numbers};

/// The elements of the collections whose path fits, as JSON.
fn elements(estate: &Estate, fits: impl Fn(&str) -> bool) -> Vec<(String, Value)> {
    let collections = estate.resources.iter().filter(|(path, _)| fits(path));
    collections
        .flat_map(|(path, elements)| {
            elements.iter().map(move |element| {
                let value = serde_json::from_str(element.get()).expect("JSON");
                (path.clone(), value)
            })
        })
        .collect()
}

/// Returns how many elements come again: those of a collection with the text in `field` of an earlier one.
fn repeated(elements: &[(String, Value)], field: &str) -> usize {
    let mut seen = BTreeSet::new();
    let named = elements
        .iter()
        .filter_map(|(path, element)| Some((path, element[field].as_str()?)));
    named.filter(|name| !seen.insert(*name)).count()
}

fn malformed(snapshot: &Snapshot, of: Dataset) -> usize {
    let readings = snapshot
        .facts
        .coverage
        .gaps()
        .filter(|(_, dataset, _)| *dataset == of);
    readings
        .map(|(_, _, reading)| {
            let Reading::Malformed { count } = reading else {
                panic!("hostile breaks elements, not reads: {reading:?}");
            };
            *count as usize
        })
        .sum()
}

#[tokio::test(start_paused = true)]
async fn every_element_of_hostile_is_accounted_for() {
    let estate = named("hostile");
    let snapshot = Scan::of(&estate).take().await.expect("a snapshot");
    let facts = &snapshot.facts;
    let resource_manager = |name: &str| format!("cloudresourcemanager.googleapis.com/{name}");
    let projects = elements(&estate, |path| path == resource_manager("projects"));
    let folders = elements(&estate, |path| path == resource_manager("folders"));
    let accounts = elements(&estate, |path| path.ends_with("/serviceAccounts"));
    let mut keys = elements(&estate, |path| path.ends_with("/keys"));
    keys.retain(|(_, key)| key["keyType"] != "SYSTEM_MANAGED");
    let of_accounts = elements(&estate, |path| {
        path.ends_with("/serviceAccountLastAuthentication/activities")
    });
    let of_keys = elements(&estate, |path| {
        path.ends_with("/serviceAccountKeyLastAuthentication/activities")
    });

    let ids: BTreeSet<_> = facts
        .accounts
        .iter()
        .map(|account| &account.unique_id)
        .collect();
    let key_ids: BTreeSet<_> = facts
        .keys
        .iter()
        .map(|key| (&key.account, &key.id))
        .collect();
    let (mut account_rows, mut key_rows) = ([0, 0], [0, 0]);
    for row in &facts.activities {
        match &row.key {
            None => account_rows[usize::from(!ids.contains(&row.account))] += 1,
            Some(key) => key_rows[usize::from(!key_ids.contains(&(&row.account, key)))] += 1,
        }
    }
    let visited = facts.coverage.iter().filter(|(scope, dataset, _)| {
        *dataset == Dataset::Folders && matches!(scope, Scope::Folder(_))
    });
    let unmanaged = keys
        .iter()
        .filter(|(_, key)| key["keyType"] == "HARDWARE_MANAGED");
    let other = of_keys
        .iter()
        .filter(|(_, row)| row["activityType"] == "serviceAccountColdStart");
    let rows = [
        (
            "projects",
            projects.len(),
            facts.projects.len(),
            snapshot.header.left_out.inactive as usize,
            repeated(&projects, "projectId"),
            malformed(&snapshot, Dataset::Projects),
            0,
            0,
            0,
        ),
        (
            "accounts",
            accounts.len(),
            facts.accounts.len(),
            0,
            repeated(&accounts, "uniqueId"),
            malformed(&snapshot, Dataset::ServiceAccounts),
            0,
            0,
            0,
        ),
        (
            "keys",
            keys.len(),
            facts.keys.len(),
            0,
            repeated(&keys, "name"),
            malformed(&snapshot, Dataset::Keys),
            unmanaged.count(),
            0,
            0,
        ),
        (
            "account activity",
            of_accounts.len(),
            account_rows[0],
            0,
            0,
            malformed(&snapshot, Dataset::AccountActivity),
            0,
            account_rows[1],
            0,
        ),
        (
            "key activity",
            of_keys.len(),
            key_rows[0],
            0,
            0,
            malformed(&snapshot, Dataset::KeyActivity),
            0,
            key_rows[1],
            other.count(),
        ),
        (
            "folders",
            folders.len(),
            visited.count(),
            0,
            repeated(&folders, "name"),
            malformed(&snapshot, Dataset::Folders),
            0,
            0,
            0,
        ),
    ];
    let mut written = Vec::new();
    for (name, file, usable, skipped, duplicate, malformed, unmanaged, nobody, other) in rows {
        let parts = [
            usable, skipped, duplicate, malformed, unmanaged, nobody, other,
        ];
        assert_eq!(parts.iter().sum::<usize>(), file, "{name}: {parts:?}");
        written.push(numbers(name, std::iter::once(file).chain(parts)));
    }
    assert_eq!(written, marked("elements hostile"));
}

#[tokio::test(start_paused = true)]
async fn the_gaps_of_hostile_lie_where_the_broken_elements_do() {
    let snapshot = Scan::of(&named("hostile"))
        .take()
        .await
        .expect("a snapshot");
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (scope, dataset, reading) in snapshot.facts.coverage.gaps() {
        let what = match reading {
            Reading::Malformed { count } => count.to_string(),
            // Beside what could not be understood, this stands for what this version has no list for.
            Reading::Truncated { message } if message.starts_with("not looked at: ") => {
                let count = message.rsplit_once("; ").expect("what was dropped").1;
                count.trim_end_matches(" not understood").to_owned()
            }
            // An answer without elements to tell apart: it is of another shape as a whole, and not asked for again.
            Reading::Failed {
                status: Some(200),
                message,
            } if !message.contains("attempts") => "the whole".to_owned(),
            Reading::Read
            | Reading::Skipped
            | Reading::Stale { .. }
            | Reading::NotCovered { .. }
            | Reading::Truncated { .. }
            | Reading::Denied { .. }
            | Reading::ApiDisabled { .. }
            | Reading::Quota { .. }
            | Reading::Perimeter { .. }
            | Reading::Failed { .. } => panic!("another gap: {scope} {dataset:?} {reading:?}"),
        };
        let scope = match scope {
            Scope::Organization(_) => "the organization".to_owned(),
            Scope::Account(account) => {
                let name = account.email.as_str().split('.').next().unwrap_or_default();
                format!("`{name}`")
            }
            Scope::Caller | Scope::Folder(_) | Scope::Project(_) => {
                format!(
                    "`{}`",
                    scope.project().map_or("", |project| project.as_str())
                )
            }
        };
        let dataset = match dataset {
            Dataset::Projects => "projects",
            Dataset::Folders => "folders",
            Dataset::ServiceAccounts => "accounts",
            Dataset::Keys => "keys",
            Dataset::AccountActivity => "account activity",
            Dataset::KeyActivity => "key activity",
            Dataset::Metrics => "metrics",
            Dataset::AccountInsights => "account insights",
            Dataset::PolicyInsights => "policy insights",
            Dataset::AuditLogs => "audit logs",
            Dataset::Policies => "policy",
            Dataset::AccountPolicies => "account policies",
            Dataset::ResourcePolicies => "policies of other resources",
            Dataset::CreationTimes => "creation times",
            Dataset::Roles => "roles",
            Dataset::Federation => "pools and providers",
            Dataset::Attachments => "attachments",
            Dataset::References => "references",
            Dataset::OtherCredentials => "credentials",
            Dataset::Addresses => "addresses",
            Dataset::OrgPolicies => "organization policies",
        };
        rows.push(vec![scope, dataset.to_owned(), what]);
    }
    rows.sort();
    let mut written = marked("malformed hostile");
    written.sort();
    assert_eq!(rows, written);
    assert_eq!(report(&snapshot).summary.gaps as usize, rows.len());
}
