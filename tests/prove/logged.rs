//! Which services were logged: what the replay's silence means.

use sa_audit::model::access::{AuditConfig, AuditLogType, PolicyNode};
use sa_audit::model::call::LogWindow;
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::estate::Estate;
use sa_audit::model::names::{FolderId, Member, OrganizationId, ProjectId};
use sa_audit::model::scope::Scope;
use sa_audit::model::usage::{Period, UsageSource};

use crate::support::estate::{days_ago, now};
use crate::world::*;

/// Returns [`shared`] where every log of every service is on, and was read for 100 days.
fn logged() -> Estate {
    let mut estate = shared();
    let project = ProjectId::parse("acme-prod").expect("an id");
    let services = estate.services.entry(project.clone()).or_default();
    services.extend(["pubsub.googleapis.com", "storage.googleapis.com"].map(str::to_owned));
    for policy in &mut estate.policies {
        policy.audit = vec![AuditConfig {
            service: "allServices".to_owned(),
            log_types: vec![
                AuditLogType::AdminRead,
                AuditLogType::DataRead,
                AuditLogType::DataWrite,
            ],
            exempted: Vec::new(),
        }];
    }
    let scopes = [
        Scope::Project(project.clone()),
        Scope::Folder(FolderId::parse("7").expect("a number")),
        Scope::Organization(OrganizationId::parse("1").expect("a number")),
    ];
    for scope in scopes {
        estate
            .coverage
            .record(scope, Dataset::Policies, Reading::Read);
    }
    estate.coverage.record(
        Scope::Project(project.clone()),
        Dataset::AuditLogs,
        Reading::Read,
    );
    estate.log_windows = vec![window(Some(project), 100)];
    estate
}

fn window(project: Option<ProjectId>, days: i64) -> LogWindow {
    LogWindow {
        source: UsageSource::Logging,
        project,
        period: Period {
            from: days_ago(days),
            to: now(),
        },
        entries: 9,
    }
}

/// Returns the logged services and those that were not, by their first words.
fn services(change: impl FnOnce(&mut Estate)) -> (String, String) {
    let mut estate = logged();
    change(&mut estate);
    let proof = prove(&estate, &[]);
    let words = |names: &[String]| {
        let words = names
            .iter()
            .map(|name| name.split('.').next().unwrap_or_default());
        words.collect::<Vec<_>>().join(" ")
    };
    (words(&proof.logged), words(&proof.unlogged))
}

fn told(logged: &str, unlogged: &str) -> (String, String) {
    (logged.to_owned(), unlogged.to_owned())
}

#[test]
fn a_service_was_logged_where_all_its_logs_were_on_for_the_account_and_read() {
    let exempt = |estate: &mut Estate, member: &str| {
        estate.policies[0].audit[0].exempted = vec![Member::parse(member)];
    };
    let all = told("pubsub storage", "");
    let none = told("", "pubsub storage");
    assert_eq!(services(|_| {}), all);
    assert_eq!(services(|estate| estate.policies[0].audit.clear()), none);
    assert_eq!(
        services(|estate| estate.policies[0].audit[0].service = "storage.googleapis.com".to_owned()),
        told("storage", "pubsub")
    );
    assert_eq!(
        services(|estate| estate.policies[0].audit[0].log_types.truncate(2)),
        none
    );
    assert_eq!(services(|estate| exempt(estate, &member("app"))), none);
    assert_eq!(
        services(|estate| exempt(estate, "group:apps@acme.example")),
        none
    );
    assert_eq!(services(|estate| exempt(estate, &member("other"))), all);
    assert_eq!(services(|estate| estate.log_windows.clear()), none);
    let denied = Reading::Denied { permission: None };
    let read = |estate: &mut Estate, dataset| {
        let scope = Scope::Project(estate.projects[0].id.clone());
        estate.coverage.record(scope, dataset, denied.clone());
    };
    assert_eq!(services(|estate| read(estate, Dataset::AuditLogs)), none);
    assert_eq!(services(|estate| read(estate, Dataset::Policies)), none);
}

/// The Logging API is asked for what happened to accounts over its whole memory, and for calls over less.
#[test]
fn the_shorter_of_two_windows_counts() {
    let project = || ProjectId::parse("acme-prod").ok();
    let windows = |days: &[i64]| {
        let windows = days.iter().map(|days| window(project(), *days)).collect();
        services(|estate| estate.log_windows = windows)
    };
    assert_eq!(windows(&[400, 90]), told("pubsub storage", ""));
    assert_eq!(windows(&[400, 30]), told("", "pubsub storage"));
}

#[test]
fn what_an_account_may_do_counts_as_far_as_the_services_are_on_and_everywhere_it_may() {
    // Nothing calls a service that is off.
    let off = |estate: &mut Estate| {
        let services = estate.services.values_mut().next().expect("services");
        services.remove("pubsub.googleapis.com");
        app(estate).exercised.truncate(1);
    };
    assert_eq!(services(off), told("storage", ""));
    // A role on the folder reaches projects of which nothing is known.
    let wide = |estate: &mut Estate| {
        let folder = PolicyNode::Folder(FolderId::parse("7").expect("a number"));
        let grant = app(estate).grants[1].clone();
        app(estate).grants[1].on = folder;
        assert_eq!(grant.role, VIEWER);
    };
    assert_eq!(services(wide), told("pubsub", "storage"));
}

#[test]
fn what_is_never_read_is_told() {
    let proof = prove(&shared(), &[]);
    insta::assert_debug_snapshot!(proof.not_read, @r#"
    [
        "access lists of buckets and objects",
        "deny policies",
        "members of groups",
        "policies of single resources, such as buckets and datasets",
        "principal access boundaries",
        "service perimeters (VPC Service Controls)",
    ]
    "#);
}
