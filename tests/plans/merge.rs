//! Several accounts and several parts: nothing twice, nothing that contradicts, nothing that depends on order.

use insta::assert_snapshot;
use sa_audit::model::place::PlaceKind;
use sa_audit::model::plan::{Change, Proof, Stage};
use sa_audit::model::settings::Settings;
use sa_audit::plan::plans_proved_by;
use sa_audit::rules::evaluate;

use crate::support::estate::{EstateBuilder, estate, key};
use crate::{ETL, from, planned, plans};

fn several() -> EstateBuilder {
    let github = || from(PlaceKind::Ci, "GitHub Actions");
    let laptop = || from(PlaceKind::Workstation, "macOS");
    let old = |id: &str| key().id(id).age_days(400).seen_days_ago(2);
    estate()
        .project("acme-prod")
        .role("roles/bigquery.user", &["bigquery.jobs.create"])
        .account("etl")
        .key(old("4f1c").caller(github()))
        .key(old("5a2b").caller(laptop()))
        .key(key().id("6c3d").age_days(400).monitored())
        .project_grant("roles/bigquery.user", &format!("serviceAccount:{ETL}"))
        .account("web")
        .key(old("7e4f").caller(laptop()))
}

/// Two keys of one account, one place: the right to impersonate is given once, for both reasons.
#[test]
fn the_same_change_is_one_step_with_all_reasons() {
    let laptop = || from(PlaceKind::Workstation, "macOS");
    let old = |id: &str| key().id(id).age_days(400).seen_days_ago(2);
    let estate = estate()
        .project("acme-prod")
        .account("etl")
        .key(old("4f1c").caller(laptop()))
        .key(old("5a2b").caller(laptop()))
        .build();
    let plans = plans(&estate, &Settings::default());
    let grants = plans[0]
        .steps
        .iter()
        .filter(|step| matches!(step.change, Change::Grant(_)));
    let reasons: Vec<usize> = grants.map(|step| step.reasons.len()).collect();
    // key-active, key-old and key-on-workstation of each.
    assert_eq!(reasons, [6]);
    assert_eq!(plans[0].reasons.len(), 6);
    assert_eq!(plans[0].variables.len(), 1);
}

#[test]
fn stages_stand_in_order_and_a_wait_counts_once() {
    let text = planned(&several().build());
    let lines = text.lines().take_while(|line| !line.starts_with("web"));
    assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @r"
    etl@acme-prod
     1 Prepare: find the owner | key-unused
     2 Prepare: alert on key 6c3d | key-unused
     3 Replace: pool github-actions in acme-prod | key-active, key-old
     4 Replace: provider github-actions/github-actions in acme-prod of https://token.actions.githubusercontent.com where assertion.repository_owner_id Equals $github_owner_id | key-active, key-old
     5 Replace: grant roles/bigquery.user on acme-prod to 100000000001/github-actions repository_id $github_repository_id (Copied) | key-active, key-old
     6 Replace: grant roles/iam.serviceAccountTokenCreator on etl@acme-prod to group $developers_group | key-active, key-old, key-on-workstation
     7 Switch: federate 4f1c by github-actions/github-actions as itself | after 10 min (Propagation) | then silent | key-active, key-old
     8 Switch: personal login for 5a2b, impersonating etl@acme-prod | then silent | key-active, key-old, key-on-workstation
     9 Disable: alert on key 4f1c | key-active, key-old
    10 Disable: alert on key 5a2b | key-active, key-old, key-on-workstation
    11 Disable: disable key 6c3d | if key not used since 2026-11-22 | then silent | key-unused
    12 Disable: disable key 4f1c | after 30 d (BusinessCycle) | if key not used since 2026-11-22 | then silent | key-active, key-old
    13 Disable: disable key 5a2b | if key not used since 2026-11-22 | then silent | key-active, key-old, key-on-workstation
    14 Delete: delete key 4f1c | after 30 d (BusinessCycle) | if key disabled | key-active, key-old
    15 Delete: delete key 5a2b | if key disabled | key-active, key-old, key-on-workstation
    16 Delete: delete key 6c3d | after 60 d (Quiet) | if key disabled | key-unused
     ? developers_group ^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$
     ? github_owner_id ^[0-9]+$
     ? github_repository_id ^[0-9]+$
     ! roles that etl@acme-prod.iam.gserviceaccount.com has through a group are not seen, and are not given to the federated identity
     ! a disabled key mints no more tokens, and those that it has minted live on for an hour, or for up to twelve where the organization allows it: only disabling the account ends them at once
     ! iam.disableServiceAccountKeyCreation is enforced on acme-prod in the plan of web@acme-prod.iam.gserviceaccount.com, once those of all accounts are done
     ! iam.disableServiceAccountKeyUpload is enforced on acme-prod in the plan of web@acme-prod.iam.gserviceaccount.com, once those of all accounts are done
    ");
    for plan in plans(&several().build(), &Settings::default()) {
        let stages: Vec<Stage> = plan.steps.iter().map(|step| step.stage).collect();
        assert!(stages.is_sorted(), "{stages:?}");
    }
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    let settings = Settings::default();
    let estate = several().build();
    let mut turned = estate.clone();
    turned.accounts.reverse();
    turned.policies.reverse();
    turned.projects.reverse();
    for account in &mut turned.accounts {
        account.keys.reverse();
        account.grants.reverse();
    }
    let mut findings = evaluate(&estate, &settings).findings;
    let prove = |_: &_, _: &[_]| Proof::default();
    let expected = plans_proved_by(&estate, &findings, &settings, &prove);
    findings.reverse();
    assert_eq!(
        expected,
        plans_proved_by(&turned, &findings, &settings, &prove)
    );
    assert_eq!(expected.len(), 2);
}

/// A constraint is planned where no key is left in the project, else those are named whom it would break.
#[test]
fn keys_are_kept_from_coming_back_where_nobody_needs_one() {
    let guards = |estate: EstateBuilder| {
        let text = planned(&estate.build());
        let lines = text.lines().filter(|line| line.contains("enforce"));
        lines.map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    let old = |id: &str| key().id(id).age_days(400).seen_days_ago(2);
    let replaced = || {
        let laptop = from(PlaceKind::Workstation, "macOS");
        estate()
            .project("acme-prod")
            .account("etl")
            .key(old("4f1c").caller(laptop))
    };
    assert_snapshot!(guards(replaced()), @"
    6 Guard: enforce iam.disableServiceAccountKeyCreation on acme-prod | key-active, key-old, key-on-workstation
    7 Guard: enforce iam.disableServiceAccountKeyUpload on acme-prod | key-active, key-old, key-on-workstation
    ");
    let others = replaced()
        .account("web")
        .key(old("5a2b"))
        .account("hsm")
        .key(key().id("6c3d").uploaded());
    assert_snapshot!(guards(others), @"
    ! iam.disableServiceAccountKeyCreation is not enforced on acme-prod yet: these would get no new key: web@acme-prod.iam.gserviceaccount.com
    ! iam.disableServiceAccountKeyUpload is not enforced on acme-prod yet: these would get no new key: hsm@acme-prod.iam.gserviceaccount.com
    ");
}

/// Two plans that each set it would work against each other: the first switches the logs on, the last keeps keys away.
#[test]
fn what_is_a_projects_stands_in_one_plan() {
    let old = |id: &str| key().id(id).age_days(400).seen_days_ago(2);
    let laptop = || from(PlaceKind::Workstation, "macOS");
    let told = |estate: EstateBuilder, of: &str| {
        let text = planned(&estate.build());
        let lines = text
            .lines()
            .filter(|line| line.contains(of) || !line.starts_with(' '));
        lines.map(str::to_owned).collect::<Vec<_>>().join("\n")
    };
    let unexplained = estate()
        .project("acme-prod")
        .account("etl")
        .key(old("4f1c"))
        .account("web")
        .key(old("5a2b"));
    assert_snapshot!(told(unexplained, "og"), @"
    etl@acme-prod
     1 Prepare: log [AdminRead, DataRead, DataWrite] of allServices in acme-prod | key-active, key-old
    web@acme-prod
     ! Data Access logs of acme-prod are switched on in the plan of etl@acme-prod.iam.gserviceaccount.com
    ");
    let replaced = estate()
        .project("acme-prod")
        .account("etl")
        .key(old("4f1c").caller(laptop()))
        .account("web")
        .key(old("5a2b").caller(laptop()));
    assert_snapshot!(told(replaced, "enforce"), @"
    etl@acme-prod
     ! iam.disableServiceAccountKeyCreation is enforced on acme-prod in the plan of web@acme-prod.iam.gserviceaccount.com, once those of all accounts are done
     ! iam.disableServiceAccountKeyUpload is enforced on acme-prod in the plan of web@acme-prod.iam.gserviceaccount.com, once those of all accounts are done
    web@acme-prod
     6 Guard: enforce iam.disableServiceAccountKeyCreation on acme-prod | key-active, key-old, key-on-workstation
     7 Guard: enforce iam.disableServiceAccountKeyUpload on acme-prod | key-active, key-old, key-on-workstation
    ");
}
