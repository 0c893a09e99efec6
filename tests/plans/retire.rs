//! Keys and accounts that nothing uses any more, and those that strangers hold.

use insta::assert_snapshot;
use sa_audit::model::access::PolicyNode;
use sa_audit::model::attachment::AttachmentKind;
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::estate::Estate;
use sa_audit::model::grant::Grant;
use sa_audit::model::key::{DisableReason, ExtendedStatusKind};
use sa_audit::model::names::{FullResourceName, ProjectId};
use sa_audit::model::place::PlaceKind;
use sa_audit::model::plan::Change;
use sa_audit::model::rule::Confidence;
use sa_audit::model::settings::Settings;
use sa_audit::model::usage::{LastUse, UsageSource};
use sa_audit::model::workload::{Workload, WorkloadKind, WorkloadPart};

use crate::support::estate::{EstateBuilder, KeyBuilder, estate, key, window};
use crate::{ETL, from, planned, planned_with, plans};

fn with_key(key: KeyBuilder) -> EstateBuilder {
    estate()
        .project("acme-prod")
        .account("etl")
        .in_use()
        .key(key)
}

fn idle() -> KeyBuilder {
    key().id("4f1c").age_days(400)
}

#[test]
fn an_unused_key_is_disabled_and_deleted_long_after() {
    assert_snapshot!(planned(&with_key(idle().monitored()).build()), @"
    etl@acme-prod
     1 Prepare: find the owner | key-unused
     2 Prepare: alert on key 4f1c | key-unused
     3 Disable: disable key 4f1c | if key not used since 2026-11-22 | then silent | key-unused
     4 Delete: delete key 4f1c | after 90 d (Quiet) | if key disabled | key-unused
     5 Guard: enforce iam.disableServiceAccountKeyCreation on acme-prod | key-unused
     6 Guard: enforce iam.disableServiceAccountKeyUpload on acme-prod | key-unused
     ! a disabled key mints no more tokens, and those that it has minted live on for an hour, or for up to twelve where the organization allows it: only disabling the account ends them at once
    ");
}

/// Not seen by one source is not unused: the owner is asked, and that is all.
#[test]
fn a_key_that_was_not_observed_is_left_alone() {
    assert_snapshot!(planned(&with_key(idle()).build()), @"
    etl@acme-prod
     1 Prepare: find the owner | key-old
    ");
}

#[test]
fn what_runs_rarely_is_waited_for_longer() {
    let mut settings = Settings::default();
    settings.plans.rare = vec!["etl@*".to_owned()];
    let text = planned_with(&with_key(idle().monitored()).build(), &settings);
    assert!(
        text.contains("delete key 4f1c | after 400 d (Quiet)"),
        "{text}"
    );
    let used = idle()
        .seen_days_ago(2)
        .caller(from(PlaceKind::Workstation, "macOS"));
    let text = planned_with(&with_key(used).build(), &settings);
    assert!(
        text.contains("disable key 4f1c | after 400 d (BusinessCycle)"),
        "{text}"
    );
}

/// Whoever uses it: strangers do.
#[test]
fn an_exposed_key_is_disabled_before_anything_else() {
    let exposed = idle()
        .seen_days_ago(2)
        .status(ExtendedStatusKind::Exposed, "https://example.com/key.json")
        .caller(from(PlaceKind::Workstation, "macOS"));
    assert_snapshot!(planned(&with_key(exposed).build()), @r"
    etl@acme-prod
     1 Prepare: disable key 4f1c | then silent | key-exposed
     2 Prepare: alert on key 4f1c | key-exposed
     3 Replace: grant roles/iam.serviceAccountTokenCreator on etl@acme-prod to group $developers_group | key-active, key-exposed, key-old, key-on-workstation
     4 Switch: personal login for 4f1c, impersonating etl@acme-prod | after 10 min (Propagation) | then silent | key-active, key-exposed, key-old, key-on-workstation
     5 Delete: delete key 4f1c | after 30 d (BusinessCycle) | if key disabled | key-exposed
     6 Guard: enforce iam.disableServiceAccountKeyCreation on acme-prod | key-exposed
     7 Guard: enforce iam.disableServiceAccountKeyUpload on acme-prod | key-exposed
     ? developers_group ^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$
     ! a disabled key mints no more tokens, and those that it has minted live on for an hour, or for up to twelve where the organization allows it: only disabling the account ends them at once
     ! look in the audit logs for what key 4f1c was used for since it became public
    ");
}

#[test]
fn a_key_that_is_off_for_good_is_deleted() {
    let exposed = idle().disabled().disable_reason(DisableReason::Exposed);
    assert_snapshot!(planned(&with_key(exposed).build()), @"
    etl@acme-prod
     1 Prepare: find the owner | key-exposed
     2 Delete: delete key 4f1c | after 12 h (Tokens) | if key disabled | key-exposed
     3 Guard: enforce iam.disableServiceAccountKeyCreation on acme-prod | key-exposed
     4 Guard: enforce iam.disableServiceAccountKeyUpload on acme-prod | key-exposed
    ");
    let dead = idle().disabled().expires_in_days(-10);
    assert_snapshot!(planned(&with_key(dead).build()), @"
    etl@acme-prod
     1 Prepare: find the owner | key-disabled
     2 Delete: delete key 4f1c | key-disabled
     3 Guard: enforce iam.disableServiceAccountKeyCreation on acme-prod | key-disabled
     4 Guard: enforce iam.disableServiceAccountKeyUpload on acme-prod | key-disabled
    ");
    // Since when it is disabled is not known.
    assert_eq!(planned(&with_key(idle().disabled()).build()), "");
}

/// Returns an account of which every source says that nothing uses it, by its name.
fn unused(name: &str) -> Estate {
    let mut estate = estate()
        .project("acme-prod")
        .role("roles/bigquery.user", &["bigquery.jobs.create"])
        .account(name)
        .last_use(LastUse::NotSeen {
            windows: vec![
                window(UsageSource::PolicyAnalyzer, 400, 1),
                window(UsageSource::Monitoring, 42, 0),
            ],
        })
        .key(idle().monitored())
        .project_grant("roles/bigquery.user", &format!("serviceAccount:{ETL}"))
        .reading(Dataset::Attachments, Reading::Read)
        .reading(Dataset::References, Reading::Read)
        .reading(Dataset::OtherCredentials, Reading::Read)
        .build();
    let scope = estate.accounts[0].scope();
    estate
        .coverage
        .record(scope, Dataset::AccountPolicies, Reading::Read);
    estate
}

/// Its keys go with it, and its bindings last of all.
#[test]
fn an_unused_account_is_disabled_deleted_and_forgotten() {
    assert_snapshot!(planned(&unused("etl")), @"
    etl@acme-prod
     1 Prepare: find the owner | account-unused
     2 Prepare: alert on etl@acme-prod | account-unused
     3 Disable: disable etl@acme-prod | if not used since 2026-11-22 | if no delegation | then silent | account-unused
     4 Delete: delete etl@acme-prod | after 90 d (Quiet) | if disabled | if not used since 2026-11-22 | if no delegation | if no references | if no disks | account-unused
     5 Delete: revoke roles/bigquery.user on acme-prod to deleted:serviceAccount:etl@acme-prod.iam.gserviceaccount.com?uid=110000000000000000001 | after 30 d (Undelete) | account-unused
     6 Guard: enforce iam.disableServiceAccountKeyCreation on acme-prod | account-unused
     7 Guard: enforce iam.disableServiceAccountKeyUpload on acme-prod | account-unused
     ! for 30 days the deletion can be taken back, by the unique id 110000000000000000001 and not by the address; an account made anew under the same address has none of its roles
    ");
}

#[test]
fn a_default_account_is_disabled_and_never_deleted() {
    let text = planned(&unused(
        "100000000001-compute@developer.gserviceaccount.com",
    ));
    assert!(
        text.contains("Disable: disable 100000000001-compute@developer"),
        "{text}"
    );
    assert!(!text.contains("Delete: "), "{text}");
    assert!(
        text.contains("is a default account: it stays disabled"),
        "{text}"
    );
}

/// What stood on the account went with it, and Google takes no binding of a deleted account.
#[test]
fn what_names_a_deleted_account_is_taken_for_good() {
    let mut estate = unused("etl");
    let account = &mut estate.accounts[0];
    let on = PolicyNode::Account(account.reference());
    let own = account.grants[0].clone();
    account.grants.push(Grant { on, ..own });
    let plans = plans(&estate, &Settings::default());
    let mut revokes = Vec::new();
    for step in &plans[0].steps {
        if let Change::Revoke(grant) = &step.change {
            revokes.push((&grant.on, step.change.undo()));
        }
    }
    let project = PolicyNode::Project(ProjectId::parse("acme-prod").expect("an id"));
    assert_eq!(revokes, [(&project, None)]);
}

/// Each workload gets an account of its own; the old one goes only where everything that may run as it was looked for.
#[test]
fn an_account_that_something_unseen_may_use_stays() {
    let told = |dataset, reading| {
        let mut estate = estate()
            .project("acme-prod")
            .account("etl")
            .reading(Dataset::Attachments, Reading::Read)
            .reading(Dataset::OtherCredentials, Reading::Read)
            .reading(dataset, reading)
            .build();
        estate.accounts[0].workloads = ["a", "b"].map(service).to_vec();
        let text = planned(&estate);
        let lines = text
            .lines()
            .filter(|line| line.contains("isable") || line.contains("stays"));
        lines.map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(told(Dataset::Attachments, Reading::Read), @"
    5 Disable: alert on etl@acme-prod | shared-account
    6 Disable: disable etl@acme-prod | after 30 d (BusinessCycle) | if switched: run.googleapis.com/Service/acme-prod/a, run.googleapis.com/Service/acme-prod/b | if not used since 2026-11-22 | if no delegation | then silent | shared-account
    7 Delete: delete etl@acme-prod | after 90 d (Quiet) | if disabled | if not used since 2026-11-22 | if no delegation | if no references | if no disks | shared-account
    ");
    assert_snapshot!(told(Dataset::Attachments, Reading::Denied { permission: None }), @" ! etl@acme-prod.iam.gserviceaccount.com stays for now: what runs as it in acme-prod could not be read whole");
    assert_snapshot!(told(Dataset::OtherCredentials, Reading::Denied { permission: None }), @" ! etl@acme-prod.iam.gserviceaccount.com stays for now: HMAC and API keys in acme-prod could not be read, and no source sees their use");
}

fn service(id: &str) -> Workload {
    let kind = "run.googleapis.com/Service";
    let resource =
        format!("//run.googleapis.com/projects/acme-prod/locations/europe-west1/services/{id}");
    let project = ProjectId::parse("acme-prod").expect("an id");
    Workload {
        id: format!("{kind}/acme-prod/{id}"),
        kind: WorkloadKind::Attached(kind.to_owned()),
        name: format!("Cloud Run service {id}"),
        project: Some(project.clone()),
        locations: Vec::new(),
        application: None,
        confidence: Confidence::High,
        evidence: Vec::new(),
        resources: 1,
        parts: vec![WorkloadPart::Resource {
            resource: FullResourceName::parse(&resource).expect("a name"),
            asset_type: kind.to_owned(),
            project,
            location: Some("europe-west1".to_owned()),
            kind: AttachmentKind::Runtime,
        }],
    }
}
