//! `account-overprivileged`: far more given than used, by a source that saw all of it; silence and open questions elsewhere.

use sa_audit::model::access::{AuditConfig, AuditLogType};
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::estate::Estate;
use sa_audit::model::names::{Email, Member};
use sa_audit::model::place::{Attribution, ExercisedPermission, PlaceKind};
use sa_audit::model::rule::Confidence;
use sa_audit::model::scope::Scope;
use sa_audit::model::usage::{Period, PolicyInsight, UsageSource};

use crate::messages::draw;
use crate::support::callers::call;
use crate::support::estate::{EstateBuilder, days_ago, estate, window};
use crate::{evaluate_all, verdict};

const RULE: &str = "account-overprivileged";
const ETL: &str = "serviceAccount:etl@acme-prod.iam.gserviceaccount.com";
const NEIGHBOUR: &str = "reader@acme-prod.iam.gserviceaccount.com";
const WIDE: &str = "roles/wide";

/// An account with a role of 40 permissions on its project.
fn acme() -> EstateBuilder {
    let names: Vec<String> = (0..40).map(|nth| format!("a.things.do{nth:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    estate()
        .role(WIDE, &names)
        .role("roles/narrow", &names[..5])
        .project("acme-prod")
        .account("etl")
        .project_grant(WIDE, ETL)
        .reading(Dataset::PolicyInsights, Reading::Read)
}

/// Says that so many permissions were used, and so many inferred, from a day to a day before the scan.
fn advised(estate: Estate, used: usize, inferred: usize, days: (i64, i64)) -> Estate {
    advised_of(estate, WIDE, used, inferred, days)
}

/// Says it of one of several roles.
fn advised_of(
    mut estate: Estate,
    role: &str,
    used: usize,
    inferred: usize,
    (from, to): (i64, i64),
) -> Estate {
    let mut grants = estate.accounts[0].grants.iter();
    let grant = grants
        .find(|grant| grant.role == role)
        .expect("a grant")
        .clone();
    let names =
        |range: std::ops::Range<usize>| range.map(|nth| format!("a.things.do{nth:02}")).collect();
    estate.policy_insights.push(PolicyInsight {
        on: grant.on,
        member: grant.through,
        role: grant.role,
        condition: grant.condition.map(|condition| condition.expression),
        exercised: names(0..used),
        inferred: names(used..used + inferred),
        period: Some(Period {
            from: days_ago(from),
            to: days_ago(to),
        }),
    });
    estate
}

/// Lets exported logs of so many days tell that so many permissions were used, with every Data Access log on, and a neighbour
/// that reads in the same project all the time.
fn logged(mut estate: Estate, source: UsageSource, days: i64, used: usize) -> Estate {
    estate.windows.push(window(source, days, 1));
    estate
        .coverage
        .record(Scope::Caller, Dataset::AuditLogs, Reading::Read);
    let project = Scope::Project("acme-prod".parse().expect("an id"));
    estate
        .coverage
        .record(project, Dataset::Policies, Reading::Read);
    let policy = estate.policies.first_mut().expect("a policy");
    policy.audit = vec![AuditConfig {
        service: "allServices".to_owned(),
        log_types: vec![
            AuditLogType::AdminRead,
            AuditLogType::DataRead,
            AuditLogType::DataWrite,
        ],
        exempted: Vec::new(),
    }];
    let uses = (0..used).map(|nth| ExercisedPermission {
        project: None,
        permission: format!("a.things.do{nth:02}"),
        resource: String::new(),
        granted: true,
        by: Attribution::AnyOf(Vec::new()),
        source,
        last: days_ago(3),
        count: 1,
    });
    estate.accounts[0].exercised = uses.collect();
    let mut neighbour = estate.accounts[0].clone();
    neighbour.facts.email = Email::parse(NEIGHBOUR).expect("an address");
    neighbour.facts.unique_id = "999".parse().expect("an id");
    neighbour.grants.clear();
    let reads = call(NEIGHBOUR).between(days, 1);
    let mut reads = reads.at(PlaceKind::Unknown, "", Confidence::Low);
    reads.call.source = source;
    neighbour.callers = vec![reads];
    neighbour.exercised = vec![ExercisedPermission {
        project: None,
        permission: "bigquery.tables.getData".to_owned(),
        resource: "projects/acme-prod/datasets/sales".to_owned(),
        granted: true,
        by: Attribution::AnyOf(Vec::new()),
        source,
        last: days_ago(1),
        count: 9,
    }];
    estate.accounts.push(neighbour);
    estate
}

#[test]
fn insights_over_the_whole_threshold_decide() {
    let table = [
        ("none of it used", (0, 0), (91, 1), "medium/high"),
        ("a tenth", (4, 0), (91, 1), "medium/high"),
        ("what is inferred counts", (2, 2), (91, 1), "medium/high"),
        ("more than a tenth", (4, 1), (91, 1), "-"),
        ("a short look", (0, 0), (80, 1), "?"),
        ("an old look", (0, 0), (200, 4), "?"),
    ];
    for (what, (used, inferred), days, expected) in table {
        let estate = advised(acme().build(), used, inferred, days);
        assert_eq!(verdict(RULE, &estate), expected, "{what}");
    }
}

#[test]
fn without_a_source_it_is_silent_or_asks() {
    assert_eq!(
        verdict(RULE, &acme().build()),
        "?",
        "Recommender was asked, and has no insight"
    );
    let denied = Reading::Denied { permission: None };
    let unread = acme().reading(Dataset::PolicyInsights, denied).build();
    assert_eq!(
        verdict(RULE, &unread),
        "-",
        "the engine says it of the project"
    );
    let evaluation = evaluate_all(&unread);
    let is_named = evaluation
        .not_evaluated
        .iter()
        .any(|unread| unread.rule == RULE);
    assert!(is_named);
    let narrow = estate()
        .role("roles/narrow", &["a.things.get"])
        .project("acme-prod")
        .account("etl")
        .project_grant("roles/narrow", ETL)
        .reading(Dataset::PolicyInsights, Reading::Read);
    assert_eq!(
        verdict(RULE, &narrow.build()),
        "-",
        "there is not much to take away"
    );
    let off = advised(acme().disabled().build(), 0, 0, (91, 1));
    assert_eq!(verdict(RULE, &off), "-", "it can do nothing");
}

#[test]
fn exported_logs_decide_where_all_was_logged_and_the_logging_api_never() {
    let of = |source, days, used| verdict(RULE, &logged(acme().build(), source, days, used));
    assert_eq!(of(UsageSource::Logs, 95, 2), "medium/medium");
    assert_eq!(of(UsageSource::BigQuery, 95, 0), "medium/medium");
    assert_eq!(of(UsageSource::Logs, 95, 5), "-");
    assert_eq!(of(UsageSource::Logs, 60, 0), "?");
    assert_eq!(of(UsageSource::Logging, 95, 0), "?");

    let mut exempted = logged(acme().build(), UsageSource::Logs, 95, 0);
    exempted.policies[0].audit[0].exempted = vec![Member::parse(ETL)];
    assert_eq!(verdict(RULE, &exempted), "?");
    let mut partly = logged(acme().build(), UsageSource::Logs, 95, 0);
    partly.policies[0].audit[0].log_types = vec![AuditLogType::DataWrite];
    assert_eq!(verdict(RULE, &partly), "?");
    let mut refused = logged(acme().build(), UsageSource::Logs, 95, 0);
    // What was tried and denied is no use of what was given.
    refused.accounts[0].exercised = logged(acme().build(), UsageSource::Logs, 95, 9).accounts[0]
        .exercised
        .iter()
        .cloned()
        .map(|used| ExercisedPermission {
            granted: false,
            ..used
        })
        .collect();
    assert_eq!(verdict(RULE, &refused), "medium/medium");
}

/// Of a project that an export does not hold, or of which it holds the activity log alone, its silence tells nothing.
#[test]
fn an_export_decides_only_where_it_shows_the_projects_data_access_log() {
    type Change = fn(&mut Estate);
    let table: [(&str, Change); 5] = [
        ("nothing of the project", |estate| {
            estate.accounts[1].callers.clear();
        }),
        ("another project's log", |estate| {
            let other = "acme-data".parse().expect("an id");
            estate.accounts[1].callers[0].call.project = Some(other);
        }),
        ("the project since last week", |estate| {
            estate.accounts[1].callers[0].call.seen.from = days_ago(7);
        }),
        ("the activity log alone", |estate| {
            estate.accounts[1].exercised[0].permission = "bigquery.datasets.create".to_owned();
        }),
        ("another project's reads", |estate| {
            estate.accounts[1].exercised[0].resource = "projects/acme-data/datasets/x".to_owned();
        }),
    ];
    for (what, change) in table {
        let mut estate = logged(acme().build(), UsageSource::Logs, 95, 0);
        assert_eq!(verdict(RULE, &estate), "medium/medium");
        change(&mut estate);
        assert_eq!(verdict(RULE, &estate), "?", "{what}");
    }
}

/// Two roles that give the same permissions give them once.
#[test]
fn a_permission_that_two_roles_give_is_one() {
    let estate = acme().role(
        "roles/also",
        &["a.things.do00", "a.things.do39", "b.things.do"],
    );
    let estate = advised_of(
        advised(
            estate.project_grant("roles/also", ETL).build(),
            1,
            0,
            (91, 1),
        ),
        "roles/also",
        1,
        0,
        (91, 1),
    );
    let findings = evaluate_all(&estate).findings;
    let found = findings.iter().find(|finding| finding.rule == RULE);
    assert_eq!(
        found.map(|finding| finding.message.to_string()),
        Some("uses 1 of 41 permissions that it has by 2 roles".to_owned())
    );
}

#[test]
fn it_says_used_and_given_with_the_roles() {
    let told = advised(acme().build(), 1, 1, (91, 1));
    let findings = evaluate_all(&told).findings;
    let drawn: String = findings
        .iter()
        .filter(|f| f.rule == RULE)
        .map(draw)
        .collect();
    insta::assert_snapshot!(drawn, @"
    Medium, confidence High: uses 2 of 40 permissions that it has by roles/wide on project acme-prod
      roles/wide on project acme-prod: 2 of 40 permissions used from 2026-08-23 to 2026-11-21 [recommender.projects.locations.insightTypes.insights.list]
      → narrow roles/wide of serviceAccount:etl@acme-prod.iam.gserviceaccount.com
    ");
    let both = acme().project_grant("roles/narrow", ETL).build();
    let both = advised(both, 0, 0, (91, 1));
    let both = advised_of(both, "roles/narrow", 3, 1, (91, 1));
    let findings = evaluate_all(&both).findings;
    let drawn: String = findings
        .iter()
        .filter(|f| f.rule == RULE)
        .map(draw)
        .collect();
    insta::assert_snapshot!(drawn, @"
    Medium, confidence High: uses 4 of 40 permissions that it has by 2 roles
      roles/narrow on project acme-prod: 4 of 5 permissions used from 2026-08-23 to 2026-11-21 [recommender.projects.locations.insightTypes.insights.list]
      roles/wide on project acme-prod: 0 of 40 permissions used from 2026-08-23 to 2026-11-21 [recommender.projects.locations.insightTypes.insights.list]
      → narrow roles/wide of serviceAccount:etl@acme-prod.iam.gserviceaccount.com
    ");
}
