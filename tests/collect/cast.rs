//! The story of `retail` in `fixtures/README.md`: what a reader sees of each account is what the rules say.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sa_audit::collect::assets::Via;
use sa_audit::model::estate::Key;
use sa_audit::model::finding::Finding;
use sa_audit::model::key::{ExtendedStatusKind, KeyAlgorithm, KeyOrigin, KeyState};
use sa_audit::model::rule::Confidence;
use sa_audit::model::usage::{LastUse, WhyUnknown};
use sa_audit::report::{AccountReport, Report};
use sa_audit::rules::find;

use crate::support::emulator::{Scan, named, report};
use crate::tables::{all_right, quoted, section, subsections, tables};

pub(crate) async fn retail() -> Report {
    let scan = Scan::of(&named("retail")).via(Via::Auto);
    report(&scan.take().await.expect("a snapshot"))
}

/// What a rule says about one key, or about an account as a whole: `709c775c key-old (high)`.
fn told(finding: &Finding, with_key: bool) -> String {
    let low = match finding.confidence {
        Confidence::Low => ", low confidence",
        Confidence::Medium | Confidence::High => "",
    };
    let severity = format!("{:?}", finding.severity).to_lowercase();
    let said = format!("{} ({severity}{low})", finding.rule);
    match finding.subject.key() {
        Some(key) if with_key => format!("{} {said}", &key.as_str()[..8]),
        Some(_) | None => said,
    }
}

/// Returns what a cell says, each rule with its key where the cell names one; the rest of the cell is prose.
fn written(cell: &str) -> BTreeSet<String> {
    let mut said = BTreeSet::new();
    for part in cell.split("<br>") {
        let (key, rules) = match part
            .strip_prefix('`')
            .and_then(|part| part.split_once("`: "))
        {
            Some((key, rules)) => (format!("{key} "), rules),
            None => (String::new(), part),
        };
        let rules = rules
            .split_inclusive(')')
            .map(|rule| rule.trim_start_matches(", "));
        let is_rule = |rule: &&str| rule.split(' ').next().is_some_and(|id| find(id).is_some());
        said.extend(rules.take_while(is_rule).map(|rule| format!("{key}{rule}")));
    }
    said
}

#[tokio::test(start_paused = true)]
async fn a_reader_sees_what_the_rules_say() {
    let report = retail().await;
    let (mut told_of, mut wrong) = (BTreeSet::new(), Vec::new());
    for (project, text) in subsections(&section("### The cast"), "####") {
        let rows = tables(&text).into_iter().flat_map(|table| table.rows);
        for row in rows {
            let name = quoted(&row[0])[0].to_owned();
            let is_it = |account: &&AccountReport| {
                let email = account.facts.email.as_str();
                let same = email == name || email.split('@').next() == Some(name.as_str());
                account.facts.project.as_str() == project && same
            };
            let account = report
                .accounts
                .iter()
                .find(is_it)
                .unwrap_or_else(|| panic!("{name} of {project}"));
            let expected = written(&row[3]);
            assert_eq!(
                expected.is_empty(),
                row[3].starts_with("nothing"),
                "{name}: {}",
                row[3]
            );
            let with_key = row[3].starts_with('`');
            let open = account.open_findings();
            let said: BTreeSet<String> = open.map(|f| told(&f.finding, with_key)).collect();
            if said != expected {
                wrong.push(format!("{name} of {project}: {said:?}, not {expected:?}"));
            }
            let keys: BTreeSet<&str> = account
                .keys
                .iter()
                .map(|key| &key.facts.id.as_str()[..8])
                .collect();
            let parts = row[2]
                .split("<br>")
                .flat_map(|part| quoted(part).into_iter().next());
            let named: BTreeSet<&str> = parts.collect();
            assert_eq!(keys, named, "the keys of {name} of {project}");
            assert_eq!(
                account.facts.disabled,
                row[0].ends_with("(disabled)"),
                "{name} of {project}"
            );
            told_of.insert(&account.facts.unique_id);
        }
    }
    all_right(&wrong);
    assert_eq!(
        told_of.len(),
        report.accounts.len(),
        "every account has its row"
    );
}

/// Returns how a key differs from what a cell says of it: `611 d, seen 2026-11-20; in Jenkins`.
fn differs(key: &Key, said: &str, now: DateTime<Utc>) -> Vec<String> {
    let facts = &key.facts;
    let seen = match &key.last_use {
        LastUse::Seen { at, .. } => format!("seen {}", at.date_naive()),
        LastUse::NotSeen { .. } => "never seen".to_owned(),
        LastUse::Unknown { why } => match why {
            WhyUnknown::NoRow => "no activity row".to_owned(),
            WhyUnknown::DisabledKeysLeftOut => "no row, as it is disabled".to_owned(),
            WhyUnknown::NotRead(_) => "use unreadable".to_owned(),
            WhyUnknown::NothingCounted => "nothing counted".to_owned(),
            WhyUnknown::NoInsight => "no insight".to_owned(),
            WhyUnknown::NoPeriod => "no period".to_owned(),
        },
    };
    let mut true_of_it = vec![seen];
    true_of_it.extend(facts.age_days(now).map(|days| format!("{days} d")));
    let state = facts.state(now);
    let end = |verb: &str| {
        facts
            .expires()
            .map(|end| format!("{verb} {}", end.date_naive()))
    };
    match state {
        KeyState::Enabled => true_of_it.extend(end("expires")),
        KeyState::Disabled => true_of_it.push("**disabled**".to_owned()),
        KeyState::Expired => {
            true_of_it.extend(end("expired").into_iter().chain(["**expired**".to_owned()]));
        }
    }
    let status = |kind| {
        facts
            .extended_status
            .iter()
            .any(|status| status.kind == kind)
    };
    for (holds, word) in [
        (facts.origin == KeyOrigin::Uploaded, "uploaded"),
        (facts.algorithm == KeyAlgorithm::Rsa1024, "RSA 1024"),
        (status(ExtendedStatusKind::Exposed), "exposed"),
        (
            status(ExtendedStatusKind::Compromised),
            "compromise detected",
        ),
        (
            facts.is_exposed() && state == KeyState::Enabled,
            "enabled again",
        ),
    ] {
        true_of_it.extend(holds.then(|| word.to_owned()));
    }
    let said = said
        .split(';')
        .next()
        .unwrap_or_default()
        .replace("no row, as", "no row as");
    let said: BTreeSet<String> = said
        .split(", ")
        .skip(1)
        .map(|fact| fact.replace("no row as", "no row, as"))
        .collect();
    let true_of_it = BTreeSet::from_iter(true_of_it);
    said.symmetric_difference(&true_of_it).cloned().collect()
}

#[tokio::test(start_paused = true)]
async fn the_keys_of_the_cast_are_as_told() {
    let report = retail().await;
    let mut keys: BTreeMap<&str, &Key> = BTreeMap::new();
    for key in report.accounts.iter().flat_map(|account| &account.keys) {
        keys.insert(&key.facts.id.as_str()[..8], key);
    }
    let mut wrong = Vec::new();
    for table in tables(&section("### The cast")) {
        let cells = table
            .rows
            .iter()
            .map(|row| row[2].as_str())
            .filter(|cell| *cell != "none");
        for said in cells.flat_map(|cell| cell.split("<br>")) {
            let id = quoted(said)[0];
            let key = keys
                .remove(id)
                .unwrap_or_else(|| panic!("{id} is no key, or told of twice"));
            for difference in differs(key, said, report.observed_at) {
                wrong.push(format!("{id}: {difference}"));
            }
        }
    }
    all_right(&wrong);
    assert!(keys.is_empty(), "without a row: {:?}", keys.keys());
}

#[tokio::test(start_paused = true)]
async fn what_is_not_evaluated_is_as_the_readme_says() {
    let report = retail().await;
    let gaps = report.not_evaluated.iter().filter(|entry| entry.is_gap());
    let gaps: Vec<String> = gaps
        .map(|entry| {
            format!(
                "{} {:?}: {} [{}] {}",
                entry.scope,
                entry.dataset,
                entry.reason,
                entry.rules.join(" "),
                entry.hint.as_ref().expect("a hint").here
            )
        })
        .collect();
    insta::assert_snapshot!(gaps.join("\n"), @"
    project tillwick-pos-acquired AccountActivity: the caller lacks policyanalyzer.serviceAccountLastAuthenticationActivities.query [account-unused] grant the caller roles/policyanalyzer.activityAnalysisViewer on project tillwick-pos-acquired, then scan again
    project tillwick-pos-acquired KeyActivity: the caller lacks policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query [key-active key-expires-soon key-unused] grant the caller roles/policyanalyzer.activityAnalysisViewer on project tillwick-pos-acquired, then scan again
    ");
    let text = section("#### Not evaluated");
    for rule in ["key-active", "key-unused", "key-expires-soon"] {
        assert!(text.contains(&format!("`{rule}`")), "{rule}");
    }
    let denied = report
        .accounts
        .iter()
        .filter(|account| account.facts.project.as_str() == "tillwick-pos-acquired");
    for key in denied.flat_map(|account| &account.keys) {
        assert!(
            text.contains(&key.facts.id.as_str()[..8]),
            "{}",
            key.facts.id
        );
    }
    assert_eq!(report.summary.exit_code, 1);
}
