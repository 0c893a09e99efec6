//! The story of `retail` in `fixtures/README.md`: what a reader sees of each account is what the rules say.

use std::collections::BTreeSet;

use sa_audit::model::account::ServiceAccount;
use sa_audit::model::finding::Finding;
use sa_audit::model::rule::Confidence;
use sa_audit::report::{AccountReport, Report};
use sa_audit::rules::find;

use crate::support::emulator::{Scan, named, report};
use crate::tables::{Table, all_right, quoted, section, subsections, tables};

async fn retail() -> Report {
    report(&Scan::of(&named("retail")).take().await.expect("a snapshot"))
}

/// What a rule says about one key, or about an account as a whole: `709c775c key-old (high)`.
fn told(finding: &Finding, with_key: bool) -> String {
    let low = match finding.confidence {
        Confidence::Low => ", low confidence",
        Confidence::Medium | Confidence::High => "",
    };
    let severity = format!("{:?}", finding.severity).to_lowercase();
    let said = format!("{} ({severity}{low})", finding.rule);
    match &finding.subject.key {
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

/// Returns whether the README's short name means the account: its address, cut at a dot.
fn means(short: &str, account: &ServiceAccount) -> bool {
    let rest = account.email.as_str().strip_prefix(short);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A row of what a rule finds: account, key, severity, confidence; `None` for a rule about accounts.
type Found = (String, Option<String>, String, String);

fn found(table: &Table, row: &[String]) -> Found {
    let about_keys = table.heading[1] == "key";
    let at = usize::from(about_keys);
    let key = about_keys.then(|| row[1].trim_matches('`').to_owned());
    (
        row[0].clone(),
        key,
        row[1 + at].clone(),
        row[2 + at].clone(),
    )
}

#[tokio::test(start_paused = true)]
async fn each_rule_finds_what_its_table_says_and_leaves_the_near_misses_alone() {
    let report = retail().await;
    let (mut checked, mut wrong) = (0, Vec::new());
    for (rule, text) in subsections(
        &section("### What each rule finds, and what it must leave alone"),
        "####",
    ) {
        if find(&rule).is_none() {
            continue;
        }
        let findings: Vec<&Finding> = report
            .findings()
            .map(|f| &f.finding)
            .filter(|f| f.rule == rule)
            .collect();
        let about = |f: &Finding, short: &str, key: Option<&str>| {
            let account = report
                .accounts
                .iter()
                .find(|a| a.facts.unique_id == f.subject.account.unique_id);
            let same_key = match (&f.subject.key, key) {
                (Some(key), Some(short)) => key.as_str().starts_with(short),
                (None, None) => true,
                _ => false,
            };
            same_key && account.is_some_and(|account| means(short, &account.facts))
        };
        for table in tables(&text) {
            if table.heading[0] == "fires for" {
                let mut left = findings.clone();
                for row in &table.rows {
                    let (account, key, severity, confidence) = found(&table, row);
                    let at = left.iter().position(|f| about(f, &account, key.as_deref()));
                    let Some(at) = at else {
                        wrong.push(format!("{rule} does not fire for {account} {key:?}"));
                        continue;
                    };
                    let finding = left.swap_remove(at);
                    let said =
                        format!("{:?} {:?}", finding.severity, finding.confidence).to_lowercase();
                    if said != format!("{severity} {confidence}") {
                        wrong.push(format!("{rule} for {account} {key:?}: {said}"));
                    }
                    checked += 1;
                }
                let more = left
                    .iter()
                    .map(|f| format!("{rule} also fires for {:?}", f.subject));
                wrong.extend(more);
                continue;
            }
            assert_eq!(table.heading[0], "does not fire for");
            for row in table
                .rows
                .iter()
                .filter(|row| row[0] != "every other account")
            {
                let of_account: Vec<_> = report
                    .accounts
                    .iter()
                    .filter(|a| means(&row[0], &a.facts))
                    .collect();
                assert_eq!(of_account.len(), 1, "{rule}: {} is one account", row[0]);
                let key = quoted(&row[1])
                    .into_iter()
                    .next()
                    .filter(|_| table.heading[1] == "key");
                if let Some(key) = key {
                    let keys = &of_account[0].keys;
                    assert!(
                        keys.iter()
                            .any(|held| held.facts.id.as_str().starts_with(key)),
                        "{rule}: {key} of {}",
                        row[0]
                    );
                }
                let fires = findings.iter().any(|f| about(f, &row[0], key));
                if fires {
                    wrong.push(format!("{rule} fires for {} {key:?}", row[0]));
                }
            }
        }
    }
    all_right(&wrong);
    assert_eq!(
        checked,
        report.findings().count(),
        "every finding has its row"
    );
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
    project tillwick-pos-acquired AccountActivity: the caller lacks policyanalyzer.serviceAccountLastAuthenticationActivities.query [] grant the caller roles/policyanalyzer.activityAnalysisViewer on project tillwick-pos-acquired, then scan again
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
