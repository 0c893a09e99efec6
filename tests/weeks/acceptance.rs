//! What is accepted: by identity, until a day, for the evidence that it was accepted for. Never inherited.

use chrono::NaiveDate;

use sa_audit::model::acceptance::{Acceptance, Accepted, GapAcceptance, GapPlace, Terms};
use sa_audit::model::coverage::Dataset;
use sa_audit::model::finding::Fingerprint;
use sa_audit::model::names::{Email, KeyId, OrganizationId, ProjectId, UniqueId};
use sa_audit::model::rule::Severity;
use sa_audit::model::scope::Root;
use sa_audit::model::settings::{FailOn, Settings};
use sa_audit::model::snapshot::Snapshot;
use sa_audit::report::{Past, Report, Status};

use crate::support::quarter::{APP_ID, Company, ETL, ETL_ID, settings};
use crate::{evaluated, report};

fn terms(until: &str) -> Terms {
    Terms {
        reason: "the appliance takes nothing else".to_owned(),
        owner: Some("data".to_owned()),
        until: until.parse::<NaiveDate>().expect("a day"),
    }
}

fn by_id(rule: &str, unique_id: &str, key: Option<&str>) -> Acceptance {
    Acceptance {
        rule: rule.to_owned(),
        of: Accepted::Account {
            unique_id: UniqueId::parse(unique_id).expect("an id"),
            email: None,
        },
        key: key.map(|key| KeyId::parse(key).expect("an id")),
        evidence: None,
        terms: terms("2026-12-31"),
    }
}

fn with(acceptance: Acceptance) -> Settings {
    Settings {
        acceptances: vec![acceptance],
        fail_on: FailOn::AtLeast(Severity::High),
        ..settings()
    }
}

fn in_week(week: u32, settings: &Settings) -> Report {
    report(
        &Company::in_week(week).scan(week),
        settings,
        &Past::default(),
    )
}

/// Returns the findings that are accepted, and why an acceptance is stale.
fn told(report: &Report) -> (Vec<String>, Vec<String>) {
    let of = |take: fn(&sa_audit::report::ReportedFinding) -> bool| {
        let findings = report.findings().filter(|reported| take(reported));
        findings
            .map(|reported| reported.sentence().to_string())
            .collect()
    };
    (
        of(|reported| reported.accepted.is_some()),
        of(|reported| reported.finding.rule == "acceptance-stale"),
    )
}

fn digest(report: &Report, rule: &str) -> Fingerprint {
    let mut findings = report.findings();
    let found = findings.find(|reported| reported.finding.rule == rule);
    found.expect(rule).finding.evidence_digest
}

#[test]
fn an_accepted_finding_stays_and_no_longer_counts() {
    let before = in_week(3, &settings());
    let after = in_week(3, &with(by_id("key-weak", ETL_ID, Some("k2"))));
    assert_eq!(
        told(&after).0,
        [
            "key k2 of etl@acme-data.iam.gserviceaccount.com uses RSA of 1,024 bits, which is too short"
        ]
    );
    assert_eq!(told(&after).1, Vec::<String>::new());
    let (before, after) = (before.summary, after.summary);
    assert_eq!(
        (before.findings - 1, before.accepted + 1),
        (after.findings, after.accepted)
    );
    assert_eq!(before.failing - 1, after.failing);
}

/// A key that is made tomorrow was accepted by nobody: without a key, an acceptance is about the account alone.
#[test]
fn an_acceptance_of_an_account_is_none_of_its_keys() {
    let (accepted, stale) = told(&in_week(3, &with(by_id("key-weak", ETL_ID, None))));
    assert_eq!(accepted, Vec::<String>::new());
    assert_eq!(
        stale,
        [
            "the acceptance of key-weak on account 201 matches nothing: what it accepted is gone; take it out of the configuration"
        ]
    );
}

/// In week 10 the account is deleted and created again under its address, with a key as weak as the old one's.
#[test]
fn an_acceptance_is_not_inherited_by_a_namesake() {
    let of = Accepted::Account {
        unique_id: UniqueId::parse(ETL_ID).expect("an id"),
        email: Some(Email::parse(ETL).expect("an address")),
    };
    // Whatever the key is called, the account is another one.
    for key in ["k2", "k3"] {
        let settings = with(Acceptance {
            of: of.clone(),
            ..by_id("key-weak", ETL_ID, Some(key))
        });
        let (accepted, stale) = told(&in_week(10, &settings));
        assert_eq!(accepted, Vec::<String>::new());
        assert_eq!(
            stale,
            [format!(
                "the acceptance of key-weak on key {key} of {ETL} matches nothing: the account was deleted, and the one that has its address now is another one"
            )]
        );
    }
}

#[test]
fn an_address_alone_covers_nothing_and_the_report_says_which_id_to_add() {
    let settings = with(Acceptance {
        of: Accepted::Address(Email::parse(ETL).expect("an address")),
        ..by_id("key-weak", ETL_ID, Some("k2"))
    });
    let (accepted, stale) = told(&in_week(3, &settings));
    assert_eq!(accepted, Vec::<String>::new());
    assert_eq!(
        stale,
        [format!(
            "the acceptance of key-weak on key k2 of {ETL} covers nothing: an address can be deleted and created again; the account that has it now is unique_id = \"201\""
        )]
    );
}

/// In week 9 a fifth workload joins: nobody has accepted that one.
#[test]
fn an_acceptance_does_not_cover_what_changed_since() {
    let accepted = digest(&in_week(8, &settings()), "shared-account");
    let settings = with(Acceptance {
        evidence: Some(accepted),
        ..by_id("shared-account", APP_ID, None)
    });
    assert_eq!(told(&in_week(8, &settings)).0.len(), 1);
    let after = in_week(9, &settings);
    let (accepted, stale) = told(&after);
    assert_eq!(accepted, Vec::<String>::new());
    let now = digest(&after, "shared-account");
    assert_eq!(
        stale,
        [format!(
            "the acceptance of shared-account on account 301 with evidence {} is outgrown: what the finding rests on has changed since, and it counts again; its evidence is now {now}",
            &settings.acceptances[0]
                .evidence
                .expect("a digest")
                .to_string()[..8]
        )]
    );
    let mut findings = after.findings();
    let shared = findings.find(|reported| reported.finding.rule == "shared-account");
    assert_eq!(
        shared.map(|reported| reported.status),
        Some(Some(Status::Changed))
    );
}

/// The last day of an acceptance is the Sunday before week 6; a baseline of week 5 had it accepted.
#[test]
fn an_acceptance_ends_with_its_day_and_what_it_covered_is_news() {
    let settings = with(Acceptance {
        terms: terms("2026-10-11"),
        ..by_id("key-weak", ETL_ID, Some("k2"))
    });
    assert_eq!(told(&in_week(5, &settings)).0.len(), 1);
    let past = |week: u32| Past {
        baseline: Some(evaluated(&Company::in_week(week).scan(week), &settings)),
        history: None,
    };
    let status = |week: u32| {
        let report = report(
            &Company::in_week(week).scan(week),
            &settings,
            &past(week - 1),
        );
        let mut findings = report.findings();
        let weak = findings.find(|reported| reported.finding.rule == "key-weak");
        weak.and_then(|reported| reported.status)
    };
    assert_eq!(
        [5, 6, 7].map(status),
        [Status::Known, Status::Changed, Status::Known].map(Some)
    );
    assert_eq!(
        told(&in_week(6, &settings)).1,
        [
            "the acceptance of key-weak on key k2 of account 201 has expired on 2026-10-11: what it covered counts again"
        ]
    );
}

/// Where a project cannot be read, nobody knows whether what was accepted there is gone.
#[test]
fn what_cannot_be_seen_makes_no_acceptance_stale() {
    let settings = with(Acceptance {
        of: Accepted::Account {
            unique_id: UniqueId::parse("401").expect("an id"),
            email: Some(
                Email::parse("vault@acme-vault.iam.gserviceaccount.com").expect("an address"),
            ),
        },
        ..by_id("key-old", "401", Some("v1"))
    });
    for week in [6, 7, 8] {
        assert_eq!(
            told(&in_week(week, &settings)).1,
            Vec::<String>::new(),
            "{week}"
        );
    }
}

/// Week 7 has a gap; then what the exit code is, and what is said of the acceptance.
#[test]
fn an_accepted_gap_leaves_the_exit_code_alone() {
    let of = |until: &str| Settings {
        gap_acceptances: vec![GapAcceptance {
            place: GapPlace::Project(ProjectId::parse("acme-vault").expect("an id")),
            dataset: Dataset::ServiceAccounts,
            terms: terms(until),
        }],
        fail_on: FailOn::Never,
        ..settings()
    };
    let told_of = |week, settings: &Settings| {
        let report = in_week(week, settings);
        let summary = report.summary;
        (
            summary.gaps,
            summary.gaps_accepted,
            summary.exit_code,
            told(&report).1,
        )
    };
    let none = Settings {
        gap_acceptances: Vec::new(),
        ..of("2026-12-31")
    };
    assert_eq!(told_of(7, &none), (1, 0, 3, Vec::new()));
    assert_eq!(told_of(7, &of("2026-12-31")), (1, 1, 0, Vec::new()));
    let name = "the acceptance of the gap service-accounts in projects/acme-vault";
    assert_eq!(
        told_of(7, &of("2026-10-01")),
        (
            1,
            0,
            3,
            vec![format!(
                "{name} has expired on 2026-10-01: the gap counts again"
            )]
        )
    );
    assert_eq!(
        told_of(8, &of("2026-12-31")),
        (
            0,
            0,
            0,
            vec![format!(
                "{name} matches nothing: it was read, whole; take it out of the configuration"
            )]
        )
    );
}

/// Whether several workloads share an account is told by every project: a scan of some of them does not call what was
/// accepted gone.
#[test]
fn a_scan_of_some_projects_calls_no_acceptance_stale_that_rests_on_others() {
    let settings = with(by_id("shared-account", ETL_ID, None));
    let mut snapshot = Company::in_week(3).scan(3);
    let stale = |snapshot: &Snapshot| told(&report(snapshot, &settings, &Past::default())).1;
    assert_eq!(stale(&snapshot), Vec::<String>::new());
    let id = OrganizationId::parse("1").expect("a number");
    snapshot.header.scope.roots = vec![Root::Organization(id)];
    assert_eq!(
        stale(&snapshot),
        [
            "the acceptance of shared-account on account 201 matches nothing: what it accepted is gone; take it out of the configuration"
        ]
    );
}
