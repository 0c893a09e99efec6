//! Every number of the marked tables of `fixtures/README.md` is true of the snapshot and the report.

use std::collections::{BTreeMap, BTreeSet};

use sa_audit::emulator::Estate;
use sa_audit::join::join;
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::key::KeyState;
use sa_audit::model::rule::{Confidence, Severity};
use sa_audit::model::scope::Scope;
use sa_audit::model::settings::{RuleSetting, Settings};
use sa_audit::model::snapshot::Snapshot;
use sa_audit::report::{ReportedFinding, Verdict};
use sa_audit::rules::{RULES, evaluate};
use serde_json::Value;

use crate::support::emulator::{Scan, named, report};
use crate::tables::{marked, section};

fn numbers(name: &str, numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    let numbers = numbers.into_iter().map(|number| number.to_string());
    std::iter::once(name.to_owned()).chain(numbers).collect()
}

fn keys_in(snapshot: &Snapshot, state: KeyState) -> usize {
    let now = snapshot.header.observed_at;
    let keys = snapshot.facts.keys.iter();
    keys.filter(|key| key.state(now) == state).count()
}

#[tokio::test(start_paused = true)]
async fn the_counts_are_true_by_search_and_by_walk() {
    let (mut searched, mut walked) = (Vec::new(), Vec::new());
    for name in ["retail", "clean", "hostile"] {
        let estate = named(name);
        for (scan, rows) in [
            (Scan::of(&estate).roots([]), &mut searched),
            (Scan::of(&estate), &mut walked),
        ] {
            let snapshot = scan.take().await.expect("a snapshot");
            let left_out = snapshot.header.left_out;
            let (inactive, apps_script) =
                (left_out.inactive as usize, left_out.apps_script as usize);
            let facts = &snapshot.facts;
            let scanned = facts.projects.len();
            rows.push(numbers(
                name,
                [
                    scanned + inactive + apps_script,
                    scanned,
                    inactive,
                    apps_script,
                    facts.accounts.len(),
                    facts
                        .accounts
                        .iter()
                        .filter(|account| account.disabled)
                        .count(),
                    facts.keys.len(),
                    keys_in(&snapshot, KeyState::Enabled),
                    keys_in(&snapshot, KeyState::Disabled),
                    keys_in(&snapshot, KeyState::Expired),
                ],
            ));
        }
    }
    assert_eq!(searched, marked("counts"));
    assert_eq!(walked, marked("counts"));
}

/// Returns one row of the table of findings.
fn row(name: &str, findings: &[&ReportedFinding]) -> Vec<String> {
    let sure = |severity: Severity| {
        findings
            .iter()
            .filter(|f| f.finding.severity == severity && f.finding.confidence != Confidence::Low)
            .count()
    };
    let low = findings
        .iter()
        .filter(|f| f.finding.confidence == Confidence::Low);
    numbers(
        name,
        [
            findings.len(),
            sure(Severity::Critical),
            sure(Severity::High),
            sure(Severity::Medium),
            sure(Severity::Low),
            sure(Severity::Info),
            low.count(),
        ],
    )
}

#[tokio::test(start_paused = true)]
async fn the_findings_of_retail_are_true() {
    let snapshot = Scan::of(&named("retail")).take().await.expect("a snapshot");
    let report = report(&snapshot);
    let all: Vec<&ReportedFinding> = report.findings().collect();
    let table = marked("findings retail");
    let mut rows: Vec<Vec<String>> = Vec::new();
    for written in &table[..table.len() - 1] {
        let rule = written[0].trim_matches('`');
        let of_rule = |f: &&&ReportedFinding| f.finding.rule == rule;
        let found: Vec<&ReportedFinding> = all.iter().filter(of_rule).copied().collect();
        rows.push(row(&written[0], &found));
    }
    rows.push(row("**all**", &all));
    assert_eq!(rows, table);
    let listed: BTreeSet<&str> = table.iter().map(|row| row[0].trim_matches('`')).collect();
    for rule in RULES {
        assert!(
            listed.contains(rule.meta().id),
            "{} has a row",
            rule.meta().id
        );
    }
}

#[tokio::test(start_paused = true)]
async fn switched_on_the_rule_of_keys_without_an_end_finds_as_many_as_the_readme_says() {
    let snapshot = Scan::of(&named("retail")).take().await.expect("a snapshot");
    let on = RuleSetting {
        enabled: Some(true),
        severity: None,
    };
    let settings = Settings {
        rules: BTreeMap::from([("key-never-expires".to_owned(), on)]),
        ..Settings::default()
    };
    let evaluation = evaluate(&join(&snapshot), &settings);
    let found = evaluation
        .findings
        .iter()
        .filter(|f| f.rule == "key-never-expires")
        .count();
    let text = section("#### key-never-expires");
    assert!(
        text.contains(&format!("Switched on: {found} keys")),
        "{found}: {text}"
    );
    let counts = section("## Counts");
    assert!(
        counts.contains(&format!("it fires for {found} keys")),
        "{found}"
    );
}

#[tokio::test(start_paused = true)]
async fn on_the_clean_estate_there_is_nothing_to_say() {
    let snapshot = Scan::of(&named("clean")).take().await.expect("a snapshot");
    let report = report(&snapshot);
    assert_eq!(report.findings().count(), 0);
    assert_eq!(report.not_evaluated, Vec::new());
    assert_eq!(report.summary.gaps, 0);
    assert_eq!(
        (report.summary.verdict, report.summary.exit_code),
        (Verdict::Pass, 0)
    );
}

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
        let Reading::Malformed { count } = reading else {
            panic!("another gap: {scope} {dataset:?} {reading:?}");
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
        };
        rows.push(vec![scope, dataset.to_owned(), count.to_string()]);
    }
    rows.sort();
    let mut written = marked("malformed hostile");
    written.sort();
    assert_eq!(rows, written);
    assert_eq!(report(&snapshot).summary.gaps as usize, rows.len());
}
