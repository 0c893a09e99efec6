//! What holds for every report: numbers add up, nothing is lost, the same world gives the same report.

use proptest::prelude::*;
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::estate::Account;
use sa_audit::model::finding::Subject;
use sa_audit::model::names::ProjectId;
use sa_audit::model::rule::{Confidence, Severity};
use sa_audit::model::settings::FailOn;
use sa_audit::model::workload::Workload;
use sa_audit::render::json::Document;
use sa_audit::report::{AccountReport, Verdict};

use crate::support::report::{Found, RULES, World, as_json, found, workload, world};

const SEVERITIES: [Severity; 5] = [
    Severity::Info,
    Severity::Low,
    Severity::Medium,
    Severity::High,
    Severity::Critical,
];
const CONFIDENCES: [Confidence; 3] = [Confidence::Low, Confidence::Medium, Confidence::High];

/// A finding: rule, severity, confidence, by their numbers.
type Pick = (usize, usize, usize);

/// Returns worlds of up to three projects, each with up to four accounts of up to three keys and three workloads,
/// findings on any of them and on the projects.
pub(crate) fn worlds() -> impl Strategy<Value = World> {
    let finding = (0..RULES.len(), 0..5usize, 0..3usize);
    let findings = proptest::collection::vec(finding, 0..3);
    let account = (
        any::<bool>(),
        proptest::collection::vec(findings.clone(), 0..4),
        proptest::collection::vec(0..3usize, 0..4),
    );
    let project = (0..4u8, proptest::collection::vec(account, 0..5), findings);
    let settings = (0..6usize, any::<bool>());
    (proptest::collection::vec(project, 0..4), settings).prop_map(|(projects, settings)| {
        let mut world = build(projects);
        world.settings.fail_on = SEVERITIES
            .get(settings.0)
            .map_or(FailOn::Never, |severity| FailOn::AtLeast(*severity));
        world.settings.allow_incomplete = settings.1;
        world
    })
}

/// Accounts: disabled or not, the findings of each key, the confidence of each workload.
type Accounts = Vec<(bool, Vec<Vec<Pick>>, Vec<usize>)>;

fn picked((rule, severity, confidence): Pick) -> Found {
    found(RULES[rule].id, "is odd")
        .severity(SEVERITIES[severity])
        .confidence(CONFIDENCES[confidence])
}

fn build(projects: Vec<(u8, Accounts, Vec<Pick>)>) -> World {
    let mut world = world();
    for (number, (reading, accounts, findings)) in projects.into_iter().enumerate() {
        let id = format!("acme-{number}");
        world = world.project(&id);
        for finding in findings {
            let subject = Subject::Project(ProjectId::parse(&id).expect("an id"));
            world = world.finding_on(subject, picked(finding));
        }
        world = match reading {
            0 => world.project_reading(
                Dataset::KeyActivity,
                Reading::Denied { permission: None },
                &["key-unused"],
            ),
            1 => world.project_reading(Dataset::KeyActivity, Reading::Skipped, &["key-unused"]),
            _ => world,
        };
        for (index, (disabled, keys, workloads)) in accounts.into_iter().enumerate() {
            world = world.account(&format!("job-{index}"));
            if disabled {
                world = world.disabled();
            }
            for confidence in workloads {
                world = world.workload(Workload {
                    confidence: CONFIDENCES[confidence],
                    ..workload("Cloud Run service shop")
                });
            }
            for (index, findings) in keys.into_iter().enumerate() {
                world = world.key(&format!("key{index}"));
                for finding in findings {
                    world = world.finding(picked(finding));
                }
            }
        }
    }
    world
}

fn total(accounts: &[AccountReport], number: impl Fn(&AccountReport) -> usize) -> u64 {
    accounts.iter().map(|account| number(account) as u64).sum()
}

/// By severity, then number of findings, then doubts, then project and address; the project of the worst comes first.
#[test]
fn the_order_is_fixed() {
    let low = |rule| found(rule, "is odd").severity(Severity::Low);
    let doubt = || {
        found("key-old", "is odd")
            .severity(Severity::Critical)
            .confidence(Confidence::Low)
    };
    let world = world()
        .project("acme-a")
        .account("well")
        .account("low-once")
        .finding(low("key-old"))
        .account("doubtful")
        .finding(doubt())
        .project("acme-b")
        .account("low-twice")
        .finding(low("key-old"))
        .finding(low("key-unused"))
        .account("critical")
        .finding(found("key-old", "is odd").severity(Severity::Critical))
        .project("acme-c")
        .account("low-once")
        .finding(low("key-old"));
    let report = world.report();
    let accounts: Vec<String> = report
        .accounts
        .iter()
        .map(|account| account.facts.email.short())
        .collect();
    let projects: Vec<&str> = report
        .projects
        .iter()
        .map(|project| project.id.as_str())
        .collect();
    assert_eq!(
        accounts,
        [
            "critical@acme-b",
            "low-twice@acme-b",
            "low-once@acme-a",
            "low-once@acme-c",
            "doubtful@acme-a",
            "well@acme-a",
        ]
    );
    assert_eq!(projects, ["acme-b", "acme-a", "acme-c"]);
    // The doubt stands apart, and does not fail the run; the critical finding does.
    let summary = report.summary;
    assert_eq!(
        (
            summary.by_severity.critical,
            summary.failing,
            summary.to_find_out
        ),
        (1, 1, 1)
    );
}

proptest! {
    #[test]
    fn numbers_add_up(world in worlds()) {
        let report = world.report();
        let summary = report.summary;
        let (accounts, projects) = (&report.accounts, &report.projects);
        let by_severity: u64 = summary.by_severity.worst_first().iter().map(|(_, number)| number).sum();
        let found = |lines: &[sa_audit::report::Line]| lines.iter().map(|line| line.findings.len()).sum::<usize>();

        prop_assert_eq!(
            summary.findings + summary.to_find_out,
            world.evaluation.findings.len() as u64
        );
        prop_assert_eq!(by_severity, summary.findings);
        let places = &report.places;
        let of_places = [&places.lines, &places.to_find_out].map(|lines| found(lines) as u64);
        prop_assert_eq!(total(accounts, |account| found(&account.lines)) + of_places[0], summary.findings);
        prop_assert_eq!(total(accounts, |account| found(&account.to_find_out)) + of_places[1], summary.to_find_out);
        prop_assert_eq!(report.findings().count() as u64, summary.findings + summary.to_find_out);
        let counting = |account: &Account| account.workloads.iter().filter(|w| w.confidence > Confidence::Low).count();
        let shared = world.estate.accounts.iter().filter(|account| counting(account) > 1).count();
        prop_assert_eq!(shared as u64, summary.shared_accounts);
        prop_assert_eq!(
            report.rules.iter().map(|rule| rule.findings).sum::<u64>(),
            summary.findings + summary.to_find_out
        );
        prop_assert_eq!(accounts.len() as u64, summary.accounts);
        prop_assert_eq!(projects.len() as u64, summary.projects);
        prop_assert_eq!(projects.iter().map(|project| project.accounts).sum::<u64>(), summary.accounts);
        prop_assert_eq!(total(accounts, |account| account.keys.len()), summary.keys);
        prop_assert!(summary.keys_enabled <= summary.keys);
        prop_assert!(summary.failing <= summary.findings);
        prop_assert_eq!(report.not_evaluated.len() as u64, summary.not_evaluated);
        prop_assert_eq!(report.not_evaluated.iter().filter(|item| item.is_gap()).count() as u64, summary.gaps);
        let shown: usize = report.sections(None).iter().map(|section| section.accounts.len()).sum();
        prop_assert_eq!(shown as u64, report.accounts_with_findings());
    }

    #[test]
    fn the_verdict_follows_from_the_numbers(world in worlds()) {
        let summary = world.report().summary;
        let expected = if summary.failing > 0 {
            (Verdict::Fail, 1)
        } else if summary.gaps > 0 && !summary.allow_incomplete {
            (Verdict::Incomplete, 3)
        } else {
            (Verdict::Pass, 0)
        };
        prop_assert_eq!((summary.verdict, summary.exit_code), expected);
        prop_assert!(summary.failing == 0 || summary.fail_on != FailOn::Never);
    }

    #[test]
    fn accounts_come_worst_first_and_a_subject_has_one_line(world in worlds()) {
        let report = world.report();
        let worst: Vec<_> = report.accounts.iter().map(|account| account.worst).collect();
        prop_assert!(worst.is_sorted_by(|a, b| a >= b));
        let of_accounts = report.accounts.iter().flat_map(|account| [&account.lines, &account.to_find_out]);
        for lines in of_accounts.chain([&report.places.lines, &report.places.to_find_out]) {
            prop_assert!(lines.is_sorted_by(|a, b| a.worst >= b.worst));
            let subjects: std::collections::BTreeSet<_> = lines.iter().map(|line| &line.subject).collect();
            prop_assert_eq!(subjects.len(), lines.len());
        }
    }

    #[test]
    fn json_reads_back_to_the_same_value(world in worlds()) {
        let report = world.report();
        let read: Document = serde_json::from_str(&as_json(&report)).expect("a document");
        prop_assert_eq!(read, Document::from(&report));
    }
}
