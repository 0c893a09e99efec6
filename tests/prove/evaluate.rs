//! The rules on the planned end.

use sa_audit::model::estate::Estate;
use sa_audit::model::plan::{Change, Readiness, Reason, Step};
use sa_audit::model::settings::Settings;
use sa_audit::rules;

use crate::world::*;

/// Returns the steps as an answer to what the rules find today.
fn answering(estate: &Estate, mut steps: Vec<Step>) -> Vec<Step> {
    let findings = rules::evaluate(estate, &Settings::default()).findings;
    let reasons = findings.iter().map(|finding| Reason {
        rule: finding.rule,
        fingerprint: finding.fingerprint,
    });
    steps[0].reasons = reasons.collect();
    steps
}

fn rules_of(reasons: &[Reason]) -> Vec<&'static str> {
    reasons.iter().map(|reason| reason.rule).collect()
}

#[test]
fn a_shared_account_is_answered_when_no_two_workloads_are_left_on_it() {
    let estate = shared();
    let whole = prove(&estate, &answering(&estate, split(&estate)));
    assert_eq!(rules_of(&whole.unanswered), Vec::<&str>::new());
    let made: Vec<Step> = split(&estate).drain(..5).collect();
    let begun = prove(&estate, &answering(&estate, made));
    assert_eq!(rules_of(&begun.unanswered), ["shared-account"]);
    assert_eq!(begun.readiness(), Readiness::Proved, "it denies nothing");
}

#[test]
fn a_new_account_with_more_power_than_the_old_one_is_worse() {
    let estate = shared();
    let mut steps = split(&estate);
    steps.insert(3, grant(&member("web-app"), "roles/editor"));
    let proof = prove(&estate, &steps);
    assert_eq!(
        rules_of(&proof.worse),
        ["account-privileged", "impersonation-broad"]
    );
    assert_eq!(proof.readiness(), Readiness::Failed);
}

#[test]
fn a_copy_of_power_that_was_there_is_not_worse() {
    let mut estate = acme()
        .project_grant("roles/editor", &member("app"))
        .project_grant(VIEWER, &member("app"))
        .build();
    app(&mut estate).workloads = shared().accounts[0].workloads.clone();
    let mut steps = split(&estate);
    steps.insert(3, grant(&member("web-app"), "roles/editor"));
    let proof = prove(&estate, &answering(&estate, steps));
    assert_eq!(rules_of(&proof.worse), Vec::<&str>::new());
    // The old account is gone; the new one may still act as every account of the project.
    assert_eq!(rules_of(&proof.unanswered), ["impersonation-broad"]);
}

#[test]
fn a_key_is_answered_when_it_is_gone() {
    let mut estate = acme()
        .key(crate::support::estate::key().id("4f1c").age_days(611))
        .build();
    app(&mut estate).last_use = shared().accounts[0].last_use.clone();
    let key = sa_audit::model::plan::KeyRef {
        account: estate.accounts[0].reference(),
        key: estate.accounts[0].keys[0].facts.id.clone(),
    };
    let off = step(Change::DisableKey(key.clone()));
    let gone = step(Change::DeleteKey(key));
    let asked = rules::evaluate(&estate, &Settings::default()).findings;
    let asked: Vec<&str> = asked.iter().map(|finding| finding.rule).collect();
    assert_eq!(asked, ["key-old", "key-unused"]);
    let unanswered = |steps: Vec<Step>| {
        let proof = prove(&estate, &answering(&estate, steps));
        rules_of(&proof.unanswered)
    };
    assert_eq!(unanswered(vec![off, gone]), Vec::<&str>::new());
    let ask = step(Change::ByHand(sa_audit::model::plan::ByHand::FindOwner(
        estate.accounts[0].reference(),
    )));
    assert_eq!(unanswered(vec![ask]), ["key-old", "key-unused"]);
}
