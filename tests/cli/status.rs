//! `plan --status`: a plan followed over two snapshots, and what is refused.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use sa_audit::model::account::ServiceAccount;
use sa_audit::model::names::{Email, UniqueId};
use sa_audit::store::{self, Store};
use serde_json::Value;

use crate::support::desk::Desk;
use crate::support::loopback::Loopback;

const SCAN: &str =
    "scan --project oddbasket-ci --fail-on never --now 2026-11-22T09:00:00Z --quiet --store store";

fn json(desk: &Desk, arguments: &str) -> Value {
    let output = desk.sa_audit(arguments).output();
    serde_json::from_str(&output.stdout).expect("JSON")
}

/// Writes the scan of a week later, in which the account is there that the plan makes, and returns its path.
fn a_week_later(desk: &Desk, old: &Path, email: &str, created: DateTime<Utc>) -> PathBuf {
    let mut snapshot = store::read(old).expect("a snapshot");
    snapshot.header.observed_at += TimeDelta::days(7);
    let email = Email::parse(email).expect("an address");
    snapshot.facts.accounts.push(ServiceAccount {
        unique_id: UniqueId::parse("109999999999999999999").expect("an id"),
        project: email.project().expect("a project"),
        email,
        display_name: String::new(),
        description: String::new(),
        disabled: false,
        created: Some(created),
    });
    snapshot.facts.sort();
    let path = Store::new(desk.path("store")).path_of(&snapshot.header);
    store::write(&path, &snapshot).expect("a snapshot");
    path
}

#[test]
fn a_plan_is_followed_by_the_next_snapshot() {
    let (desk, google) = (Desk::new(), Loopback::of("retail"));
    desk.at(&google, SCAN).output();
    let store = Store::new(desk.path("store"));
    let old = store.newest().expect("a snapshot");
    let shown = old.display();
    let none = desk.sa_audit(&format!("plan {shown} --status --store store"));
    let none = none.output().refusal();
    assert!(
        none.contains("no snapshot of the same scope that is later"),
        "{none}"
    );

    let plans = json(&desk, &format!("plan {shown} --format json"));
    let plans = plans["plans"].as_array().expect("plans");
    let made = plans.iter().find_map(|plan| {
        let mut steps = plan["steps"].as_array().expect("steps").iter();
        let step = steps.find(|step| step["kind"] == "create-account")?;
        Some((plan["email"].clone(), step.clone()))
    });
    let (account, step) = made.expect("a plan that makes an account");
    let email = step["about"]["email"].as_str().expect("an address");
    let created = "2026-11-25T10:00:00Z".parse().expect("a time");
    let new = a_week_later(&desk, &old, email, created);

    let by_store = json(
        &desk,
        &format!("plan {shown} --status --store store --format json"),
    );
    let by_name = format!("plan {shown} --status {} --format json", new.display());
    assert_eq!(by_store, json(&desk, &by_name));
    assert_eq!(by_store["planned_at"], "2026-11-22T09:00:00Z");
    assert_eq!(by_store["seen_at"], "2026-11-29T09:00:00Z");
    let mut plans = by_store["plans"].as_array().expect("plans").iter();
    let plan = plans
        .find(|plan| plan["email"] == account)
        .expect("the plan");
    let mut steps = plan["steps"].as_array().expect("steps").iter();
    let seen = steps
        .find(|seen| seen["number"] == step["number"])
        .expect("the step");
    assert_eq!(
        (&seen["state"], &seen["since"]),
        (&Value::from("done"), &Value::from("2026-11-25T10:00:00Z"))
    );
    let done = plan["steps"].as_array().expect("steps").iter();
    let done: Vec<&Value> = done
        .filter(|seen| seen["state"] == "done")
        .map(|seen| &seen["title"])
        .collect();
    assert_eq!(done, [&step["title"]]);

    let text = desk
        .sa_audit(&format!("plan {shown} --status --store store"))
        .output();
    let text = text.expect_code(0).stdout;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("since 2026-11-25 10:00 UTC"), "{text}");
    let turned = desk.sa_audit(&format!("plan {} --status {shown}", new.display()));
    let turned = turned.output().refusal();
    assert!(
        turned.contains("is not later than the snapshot"),
        "{turned}"
    );
    let form = desk.sa_audit(&format!("plan {shown} --status --format gcloud"));
    let form = form.output().refusal();
    assert!(
        form.contains("--status has the forms terminal and json"),
        "{form}"
    );
}
