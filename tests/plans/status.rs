//! How far a plan is done, by later scans: what is seen done, what is next and when, and what no scan shows.

use chrono::{DateTime, TimeDelta, Utc};
use insta::assert_snapshot;
use sa_audit::model::access::PolicyNode;
use sa_audit::model::call::{Calls, CredentialEvent, CredentialEventKind};
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::estate::Estate;
use sa_audit::model::names::{Email, FullResourceName, Member, ProjectId};
use sa_audit::model::plan::{
    Change, Holder, NewAccount, Plan, PlannedGrant, Stage, Step, Switch, SwitchHow, Wait, WaitFor,
};
use sa_audit::model::progress::{Progress, StepState, When};
use sa_audit::model::reference::{Reference, ReferenceKind};
use sa_audit::model::settings::Settings;
use sa_audit::plan::progress::{World, progress};

use crate::support::estate::{EstateBuilder, estate, key, now};
use crate::{ETL, plans, told};

/// An account with a key that nothing uses: find the owner, alert, disable, 90 days, delete, guard.
fn unused_key(key_is: fn(&mut Estate)) -> Estate {
    let key = key().id("4f1c").age_days(400).monitored();
    let estate = estate()
        .project("acme-prod")
        .account("etl")
        .in_use()
        .key(key);
    let mut estate = estate.build();
    key_is(&mut estate);
    estate
}

fn plan_of_key() -> Plan {
    let mut plans = plans(&unused_key(|_| {}), &Settings::default());
    plans.remove(0)
}

/// Returns the estate as it is seen so many days after the plan.
fn after(days: i64, mut estate: Estate) -> Estate {
    estate.observed_at = now() + TimeDelta::days(days);
    estate
}

fn disabled(estate: &mut Estate) {
    estate.accounts[0].keys[0].facts.disabled = true;
}

/// Returns what the activity log tells: the key was disabled so many days after the plan.
fn told_disabled(estate: &Estate, days: i64) -> Calls {
    let account = &estate.accounts[0];
    let event = CredentialEvent {
        kind: CredentialEventKind::KeyDisabled,
        email: Some(account.facts.email.clone()),
        unique_id: Some(account.facts.unique_id.clone()),
        key: account.keys.first().map(|key| key.facts.id.clone()),
        at: now() + TimeDelta::days(days),
        by: "ana@acme.example".to_owned(),
    };
    Calls {
        events: vec![event],
        ..Calls::default()
    }
}

fn seen(plan: &Plan, estate: &Estate, calls: &Calls, before: Option<&Progress>) -> Progress {
    progress(plan, &World::of(estate, calls), before)
}

fn drawn(plan: &Plan, progress: &Progress) -> String {
    let lines = plan.steps.iter().zip(&progress.steps).enumerate();
    let line = |(index, (step, state)): (usize, (&Step, &StepState))| {
        let state = match state {
            StepState::Done { since } => format!("done since {}", day(*since)),
            StepState::Unseen(why) => format!("unseen: {why}"),
            StepState::NotYet(due) => {
                let when = match due.when {
                    When::Now => "now".to_owned(),
                    When::Behind(step) => format!("behind {}", step + 1),
                    When::From(at) => format!("from {}", day(at)),
                    When::Overdue(at) => format!("overdue since {}", day(at)),
                };
                let first: Vec<usize> = due.look_first.iter().map(|step| step + 1).collect();
                format!("not yet, {when}, look first at {first:?}")
            }
        };
        let what = told::step(step);
        let what = what.split(['|', '(']).next().unwrap_or_default().trim_end();
        format!("{} {what} -> {state}\n", index + 1)
    };
    lines.map(line).collect()
}

fn day(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d").to_string()
}

#[test]
fn nothing_is_done_yet() {
    let (plan, estate) = (plan_of_key(), after(7, unused_key(|_| {})));
    let progress = seen(&plan, &estate, &Calls::default(), None);
    assert_snapshot!(drawn(&plan, &progress), @"
    1 Prepare: find the owner -> unseen: a person does it
    2 Prepare: alert on key 4f1c -> unseen: a scan reads no alert policies
    3 Disable: disable key 4f1c -> not yet, now, look first at [1, 2]
    4 Delete: delete key 4f1c -> not yet, behind 3, look first at [1, 2]
    5 Guard: enforce iam.disableServiceAccountKeyCreation on acme-prod -> unseen: the organization policies could not all be read
    6 Guard: enforce iam.disableServiceAccountKeyUpload on acme-prod -> unseen: the organization policies could not all be read
    ");
    assert_eq!(progress.next().map(|(index, _)| index), Some(2));
}

/// The log tells when the key was disabled: the wait is counted from there, and then it is overdue.
#[test]
fn a_wait_is_counted_from_the_event_and_runs_out() {
    let plan = plan_of_key();
    let estate = after(30, unused_key(disabled));
    let calls = told_disabled(&estate, 9);
    assert_snapshot!(drawn(&plan, &seen(&plan, &estate, &calls, None)), @"
    1 Prepare: find the owner -> unseen: a person does it
    2 Prepare: alert on key 4f1c -> unseen: a scan reads no alert policies
    3 Disable: disable key 4f1c -> done since 2026-12-01
    4 Delete: delete key 4f1c -> not yet, from 2027-03-01, look first at [1, 2]
    5 Guard: enforce iam.disableServiceAccountKeyCreation on acme-prod -> unseen: the organization policies could not all be read
    6 Guard: enforce iam.disableServiceAccountKeyUpload on acme-prod -> unseen: the organization policies could not all be read
    ");
    let late = after(120, unused_key(disabled));
    let progress = seen(&plan, &late, &calls, None);
    assert_snapshot!(drawn(&plan, &progress), @"
    1 Prepare: find the owner -> unseen: a person does it
    2 Prepare: alert on key 4f1c -> unseen: a scan reads no alert policies
    3 Disable: disable key 4f1c -> done since 2026-12-01
    4 Delete: delete key 4f1c -> not yet, overdue since 2027-03-01, look first at [1, 2]
    5 Guard: enforce iam.disableServiceAccountKeyCreation on acme-prod -> unseen: the organization policies could not all be read
    6 Guard: enforce iam.disableServiceAccountKeyUpload on acme-prod -> unseen: the organization policies could not all be read
    ");
}

/// No log tells: it counts from the first scan that showed it, and anew where it was undone between.
#[test]
fn without_an_event_a_wait_is_counted_from_the_first_scan_that_showed_it() {
    let plan = plan_of_key();
    let since = |progress: &Progress| match progress.steps[2] {
        StepState::Done { since } => Some(day(since)),
        StepState::NotYet(_) | StepState::Unseen(_) => None,
    };
    type Scan = (i64, fn(&mut Estate), Option<&'static str>);
    let scans: [Scan; 5] = [
        (10, |_| {}, None),
        (20, disabled, Some("2026-12-12")),
        (30, disabled, Some("2026-12-12")),
        (40, |_| {}, None),
        (50, disabled, Some("2027-01-11")),
    ];
    let mut before = None;
    for (days, key_is, expected) in scans {
        let estate = after(days, unused_key(key_is));
        let now = seen(&plan, &estate, &Calls::default(), before.as_ref());
        assert_eq!(since(&now).as_deref(), expected, "day {days}");
        before = Some(now);
    }
}

#[test]
fn what_is_gone_is_done_only_where_all_was_read() {
    let plan = plan_of_key();
    let gone: fn(&mut Estate) = |estate| estate.accounts[0].keys.clear();
    let read = seen(
        &plan,
        &after(120, unused_key(gone)),
        &Calls::default(),
        None,
    );
    let states = |progress: &Progress| {
        drawn(&plan, progress)
            .lines()
            .skip(2)
            .take(2)
            .fold(String::new(), |text, line| text + line + "\n")
    };
    assert_snapshot!(states(&read), @"
    3 Disable: disable key 4f1c -> done since 2027-03-22
    4 Delete: delete key 4f1c -> done since 2027-03-22
    ");
    let unread = |estate: &mut Estate| {
        estate.accounts[0].keys.clear();
        let scope = estate.accounts[0].scope();
        let denied = Reading::Denied { permission: None };
        estate.coverage.record(scope, Dataset::Keys, denied);
    };
    let unread = seen(
        &plan,
        &after(120, unused_key(unread)),
        &Calls::default(),
        None,
    );
    assert_snapshot!(states(&unread), @"
    3 Disable: disable key 4f1c -> unseen: the account's keys could not all be read
    4 Delete: delete key 4f1c -> unseen: the account's keys could not all be read
    ");
}

const SERVICE: &str =
    "//run.googleapis.com/projects/acme-prod/locations/europe-west1/services/feed";

fn email(text: &str) -> Email {
    Email::parse(text).expect("an address")
}

/// Make an account for a workload, give it a role, let its resource run as it.
fn split() -> Plan {
    let to = email("feed@acme-prod.iam.gserviceaccount.com");
    let step = |stage, change, wait: Option<i64>| Step {
        stage,
        change,
        why: "so".into(),
        reasons: Vec::new(),
        checks: Vec::new(),
        wait: wait.map(|minutes| Wait {
            at_least: TimeDelta::minutes(minutes),
            until: WaitFor::Propagation,
        }),
        verify: Vec::new(),
    };
    let project = ProjectId::parse("acme-prod").expect("an id");
    let create = Change::CreateAccount(NewAccount {
        project: project.clone(),
        id: "feed".to_owned(),
        email: to.clone(),
        workload: "run/feed".to_owned(),
        workload_name: "feed".to_owned(),
    });
    let grant = Change::Grant(PlannedGrant {
        member: Holder::Member(Member::parse(&format!("serviceAccount:{to}"))),
        role: "roles/storage.objectViewer".to_owned(),
        on: PolicyNode::Project(project),
        condition: None,
        kept: None,
    });
    let switch = Change::Switch(Switch {
        workload: "run/feed".to_owned(),
        resource: FullResourceName::parse(SERVICE).expect("a name"),
        asset_type: "run.googleapis.com/Service".to_owned(),
        location: Some("europe-west1".to_owned()),
        from: email(ETL),
        to,
        how: SwitchHow::Update,
    });
    Plan {
        steps: vec![
            step(Stage::Replace, create, None),
            step(Stage::Replace, grant, None),
            step(Stage::Switch, switch, Some(10)),
        ],
        ..plan_of_key()
    }
}

/// Returns the estate with the service running as the account of that place.
fn running_as(nth: usize, builder: EstateBuilder) -> Estate {
    let mut estate = after(7, builder.build());
    let names = Reference {
        kind: ReferenceKind::Group,
        resource: FullResourceName::parse(SERVICE).expect("a name"),
        asset_type: "run.googleapis.com/Service".to_owned(),
        project: None,
        account: sa_audit::model::attachment::AttachedAccount::Email(
            estate.accounts[nth].facts.email.clone(),
        ),
        field: "template.serviceAccount".to_owned(),
    };
    estate.accounts[nth].references.push(names);
    estate
}

/// The account may have been made under another address: its description names the workload.
#[test]
fn a_new_account_its_role_and_its_workload_are_seen() {
    let plan = split();
    let old = || {
        let old = estate().project("acme-prod").account("etl").in_use();
        old.reading(Dataset::Policies, Reading::Read)
    };
    let begun = seen(&plan, &running_as(0, old()), &Calls::default(), None);
    assert_snapshot!(drawn(&plan, &begun), @"
    1 Replace: CreateAccount -> not yet, now, look first at []
    2 Replace: grant roles/storage.objectViewer on acme-prod to serviceAccount:feed@acme-prod -> not yet, behind 1, look first at []
    3 Switch: Switch -> not yet, behind 1, look first at []
    ");

    let role = "roles/storage.objectViewer";
    let made = || old().account("catalog-feed");
    let mut marked = running_as(
        1,
        made().project_grant(
            role,
            "serviceAccount:catalog-feed@acme-prod.iam.gserviceaccount.com",
        ),
    );
    marked.accounts[1].facts.description = format!("for feed ({})", NewAccount::mark("run/feed"));
    assert_snapshot!(drawn(&plan, &seen(&plan, &marked, &Calls::default(), None)), @"
    1 Replace: CreateAccount -> done since 2026-11-29
    2 Replace: grant roles/storage.objectViewer on acme-prod to serviceAccount:feed@acme-prod -> done since 2026-11-29
    3 Switch: Switch -> done since 2026-11-29
    ");

    let mut unread = after(
        7,
        made()
            .reading(Dataset::Policies, Reading::Denied { permission: None })
            .reading(
                Dataset::ServiceAccounts,
                Reading::Denied { permission: None },
            )
            .build(),
    );
    unread.accounts.truncate(1);
    assert_snapshot!(drawn(&plan, &seen(&plan, &unread, &Calls::default(), None)), @"
    1 Replace: CreateAccount -> unseen: the accounts of its project could not all be read
    2 Replace: grant roles/storage.objectViewer on acme-prod to serviceAccount:feed@acme-prod -> unseen: the policy could not all be read
    3 Switch: Switch -> unseen: the resource is not there any more, or was not read
    ");
}
