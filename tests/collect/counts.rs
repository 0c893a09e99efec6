//! The counts of `fixtures/README.md` are true of the snapshot and the report.

use std::collections::{BTreeMap, BTreeSet};

use sa_audit::collect::assets::Via;
use sa_audit::join::join;
use sa_audit::model::key::KeyState;
use sa_audit::model::rule::{Confidence, Severity};
use sa_audit::model::settings::{RuleSetting, Settings};
use sa_audit::model::snapshot::Snapshot;
use sa_audit::report::{ReportedFinding, Verdict};
use sa_audit::rules::{RULES, evaluate};

use crate::support::emulator::{Scan, named, report};
use crate::tables::{marked, numbers, section};

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
    let summary = report.summary;
    let counted = [
        summary.projects,
        summary.left_out,
        summary.accounts,
        summary.keys,
    ];
    let counted = counted.map(|count| count.to_string());
    let written = &marked("counts")[0];
    let left_out: u64 = written[3..5]
        .iter()
        .map(|count| count.parse::<u64>().expect("a count"))
        .sum();
    let expected = [&written[2], &left_out.to_string(), &written[5], &written[7]];
    assert_eq!(counted.each_ref(), expected);
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
    let evaluation = evaluate(&join(&snapshot, &settings), &settings);
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
    let snapshot = Scan::of(&named("clean"))
        .via(Via::Auto)
        .take()
        .await
        .expect("a snapshot");
    let report = report(&snapshot);
    assert_eq!(report.findings().count(), 0);
    assert_eq!(report.not_evaluated, Vec::new());
    assert_eq!(report.summary.gaps, 0);
    assert_eq!(
        (report.summary.verdict, report.summary.exit_code),
        (Verdict::Pass, 0)
    );
}
