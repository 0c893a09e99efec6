//! The tables of `hostile` in `fixtures/README.md`: what must come of each odd element is what comes of it.

use std::collections::{BTreeMap, BTreeSet};

use sa_audit::model::finding::Finding;
use sa_audit::model::rule::Confidence;
use sa_audit::model::snapshot::Snapshot;
use sa_audit::report::{AccountReport, Report};
use sa_audit::rules::find;
use serde_json::Value;

use crate::support::emulator::{Scan, named, report};
use crate::tables::{all_right, quoted, section, tables};

/// What a row says of the rules: those that fire, those that must not, and those that may.
#[derive(Default)]
struct Expected<'a> {
    fire: BTreeMap<&'a str, String>,
    silent: BTreeSet<&'a str>,
    free: BTreeSet<&'a str>,
}

/// Reads the rules that a text names; a clause with a "not" in it names those that must keep silent.
fn expected(text: &str) -> Expected<'_> {
    let mut expected = Expected::default();
    for clause in text.split([';', ':']).flat_map(|clause| clause.split(", ")) {
        let rules = quoted(clause)
            .into_iter()
            .filter(|text| find(text).is_some());
        let words: BTreeSet<&str> = clause.split(' ').collect();
        let silent = ["not", "neither", "nor", "without"]
            .iter()
            .any(|word| words.contains(word));
        for rule in rules {
            if silent {
                expected.silent.insert(rule);
            } else if clause.contains("at most") {
                expected.free.insert(rule);
            } else {
                let place = clause.split_once(rule).map_or("", |(_, rest)| rest);
                let place = place
                    .trim_start_matches(['`', ' '])
                    .split(", ")
                    .next()
                    .unwrap_or_default();
                expected.fire.insert(
                    rule,
                    place.strip_prefix("at ").unwrap_or_default().to_owned(),
                );
            }
        }
    }
    expected
}

/// Returns in what the findings differ from what is expected.
fn difference(what: &str, expected: &Expected<'_>, findings: &[&Finding]) -> Option<String> {
    let fired: BTreeSet<&str> = findings.iter().map(|finding| finding.rule).collect();
    let due: BTreeSet<&str> = expected.fire.keys().copied().collect();
    let fired_and_due: BTreeSet<&str> = fired.difference(&expected.free).copied().collect();
    if fired_and_due != due || !expected.silent.is_disjoint(&fired) {
        return Some(format!("{what}: {fired:?}"));
    }
    let misplaced = findings.iter().find(|finding| {
        let severity = format!("{:?}", finding.severity).to_lowercase();
        match expected.fire.get(finding.rule).map_or("", String::as_str) {
            "" => false,
            "confidence low" => finding.confidence != Confidence::Low,
            place => severity != place,
        }
    })?;
    let (severity, confidence) = (misplaced.severity, misplaced.confidence);
    Some(format!(
        "{what}: {} at {severity:?}, {confidence:?}",
        misplaced.rule
    ))
}

async fn hostile() -> (Snapshot, Report) {
    let snapshot = Scan::of(&named("hostile"))
        .take()
        .await
        .expect("a snapshot");
    let report = report(&snapshot);
    (snapshot, report)
}

/// Returns the account of that address, or of that name before the `@`; `None` where it was dropped.
fn account<'a>(report: &'a Report, name: &str) -> Option<&'a AccountReport> {
    report.accounts.iter().find(|account| {
        let email = account.facts.email.as_str();
        email == name || (!name.contains('@') && email.split('@').next() == Some(name))
    })
}

fn findings<'a>(account: &'a AccountReport, key: Option<&str>) -> Vec<&'a Finding> {
    let all = account.open_findings().map(|f| &f.finding);
    all.filter(|finding| match (key, finding.subject.key()) {
        (Some(prefix), Some(key)) => key.as_str().starts_with(prefix),
        (Some(_), None) => false,
        (None, _) => true,
    })
    .collect()
}

#[tokio::test(start_paused = true)]
async fn every_name_that_attacks_a_sink_reaches_the_report() {
    let (_, report) = hostile().await;
    let mut wrong = Vec::new();
    let rows = tables(&section("### Texts that attack a sink"))
        .remove(0)
        .rows;
    for row in &rows {
        let name = quoted(&row[0])[0];
        let account = account(&report, name).unwrap_or_else(|| panic!("{name} was dropped"));
        let mut due = expected(&row[1]);
        due.fire.insert("key-old", "high".to_owned());
        due.fire.insert("key-active", String::new());
        wrong.extend(difference(name, &due, &findings(account, None)));
    }
    let of_sinks = report
        .accounts
        .iter()
        .filter(|account| account.facts.project.as_str() == "hostile-sinks");
    assert_eq!(of_sinks.count(), rows.len(), "every account has its row");
    all_right(&wrong);
}

#[tokio::test(start_paused = true)]
async fn every_odd_address_is_kept_or_dropped_as_its_row_says() {
    let (_, report) = hostile().await;
    let mut wrong = Vec::new();
    for row in tables(&section("### Addresses")).remove(0).rows {
        let what = &row[0];
        let name = quoted(what).into_iter().next().unwrap_or_default();
        let Some(account) = account(&report, name) else {
            assert!(row[1].starts_with("malformed"), "{what} was dropped");
            continue;
        };
        assert!(!row[1].starts_with("malformed"), "{what} was kept");
        let mut due = expected(&row[1]);
        if !row[1].contains("never a finding") {
            due.fire.insert("key-old", "high".to_owned());
            due.fire.insert("key-active", String::new());
        }
        wrong.extend(difference(what, &due, &findings(account, None)));
        if let Some((_, project)) = row[1].split_once("its project is ") {
            assert_eq!(account.facts.project.as_str(), quoted(project)[0], "{what}");
        }
    }
    all_right(&wrong);
}

#[tokio::test(start_paused = true)]
async fn every_odd_field_of_an_account_is_borne() {
    let (snapshot, report) = hostile().await;
    let mut wrong = Vec::new();
    for row in tables(&section("### Fields of accounts")).remove(0).rows {
        let Some(name) = quoted(&row[0])
            .into_iter()
            .next()
            .filter(|_| row[0].starts_with('`'))
        else {
            assert!(row[1].starts_with("malformed"), "{}", row[0]);
            continue;
        };
        let kept = account(&report, name);
        assert_eq!(
            kept.is_none(),
            row[1].starts_with("malformed"),
            "{}",
            row[0]
        );
        let Some(kept) = kept else { continue };
        assert!(!kept.facts.disabled, "{name} is enabled");
        wrong.extend(difference(name, &expected(&row[1]), &findings(kept, None)));
        let listed = snapshot
            .facts
            .accounts
            .iter()
            .filter(|a| a.unique_id == kept.facts.unique_id);
        assert_eq!(listed.count(), 1, "{name} is there once");
        if row[1].contains("by its address") {
            assert_eq!(kept.facts.display_name, "", "{name}");
        }
        if row[1].contains("one set of keys") {
            assert_eq!(kept.keys.len(), 1, "{name}");
        }
    }
    all_right(&wrong);
}

#[tokio::test(start_paused = true)]
async fn every_odd_field_of_a_key_means_what_its_row_says() {
    let (snapshot, report) = hostile().await;
    let mut wrong = Vec::new();
    let mut told = 0;
    for row in tables(&section("### Fields of keys")).remove(0).rows {
        let names = quoted(&row[0]);
        let owner = account(&report, names[0]).expect("the keys' account");
        let id = names.get(1).copied().filter(|_| {
            row[0]
                .split(':')
                .next()
                .is_some_and(|head| head.matches('`').count() == 4)
        });
        let kept = id.and_then(|id| {
            owner
                .keys
                .iter()
                .find(|key| key.facts.id.as_str().starts_with(id))
        });
        let gone = row[1].starts_with("malformed") || row[1].starts_with("not asked for");
        assert_eq!(kept.is_none(), gone, "{}", row[0]);
        let Some(key) = kept else { continue };
        told += 1;
        let found = findings(owner, Some(key.facts.id.as_str()));
        wrong.extend(difference(&row[0], &expected(&row[1]), &found));
        if let Some((days, _)) = row[1].split_once(" days old") {
            let age = key
                .facts
                .age_days(snapshot.header.observed_at)
                .expect("an age");
            assert_eq!(age.to_string(), days, "{}", row[0]);
        }
    }
    let odd = report
        .accounts
        .iter()
        .filter(|account| account.facts.email.as_str().starts_with("odd-"));
    let keys: usize = odd.map(|account| account.keys.len()).sum();
    assert_eq!(told, keys, "every key has its row");
    all_right(&wrong);
}

#[tokio::test(start_paused = true)]
async fn every_odd_row_of_activity_says_as_much_as_its_row_says() {
    let (_, report) = hostile().await;
    let mut wrong = Vec::new();
    for row in tables(&section("### Rows of activity")).remove(0).rows {
        if !row[0].starts_with('`') {
            continue;
        }
        let name = quoted(&row[0])[0];
        let account = account(&report, name).unwrap_or_else(|| panic!("{name} was dropped"));
        wrong.extend(difference(
            &row[0],
            &expected(&row[1]),
            &findings(account, None),
        ));
        assert_eq!(account.keys.len(), 1, "{name}");
    }
    all_right(&wrong);
}

#[tokio::test(start_paused = true)]
async fn no_request_names_what_was_dropped() {
    let estate = named("hostile");
    let scan = Scan::of(&estate);
    let snapshot = scan.take().await.expect("a snapshot");
    let mut paths = scan.paths();
    // Asset Inventory is asked by types of its own, the same for every estate.
    paths.retain(|path| !path.contains("/assets?"));
    let kept: BTreeSet<&str> = snapshot
        .facts
        .accounts
        .iter()
        .map(|account| account.unique_id.as_str())
        .collect();
    let accounts = estate
        .resources
        .iter()
        .filter(|(path, _)| path.ends_with("/serviceAccounts"));
    let listed = accounts.flat_map(|(_, elements)| elements);
    let mut dropped = 0;
    for element in listed {
        let value: Value = serde_json::from_str(element.get()).expect("JSON");
        let Some(id) = value["uniqueId"].as_str().filter(|id| !kept.contains(id)) else {
            continue;
        };
        dropped += 1;
        assert!(!paths.iter().any(|path| path.contains(id)), "{id}");
    }
    assert!(dropped >= 8, "the malformed addresses: {dropped}");
    // A collection's own name holds one of the texts.
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.replace("/subscriptions", "/"))
        .collect();
    for text in [
        "victim",
        "..",
        "%2e",
        "script",
        "gserviceaccount.com",
        "hostile-nameless",
    ] {
        assert!(!paths.iter().any(|path| path.contains(text)), "{text}");
    }
}
