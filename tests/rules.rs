//! Every rule, over every kind of account and key: when it speaks, what it says, and that it keeps silent elsewhere.

mod support;

use sa_audit::model::estate::Estate;
use sa_audit::model::finding::Finding;
use sa_audit::model::settings::{RuleSetting, Settings};
use sa_audit::rules::{Evaluation, RULES, evaluate};

use support::estate::{estate, key};

/// Returns what every rule says, the rules that are off by default among them.
fn evaluate_all(estate: &Estate) -> Evaluation {
    let on = RuleSetting {
        enabled: Some(true),
        severity: None,
    };
    let rules = RULES.iter().map(|rule| (rule.meta().id.to_owned(), on));
    let settings = Settings {
        rules: rules.collect(),
        ..Settings::default()
    };
    evaluate(estate, &settings)
}

/// Draws what one rule says about an estate: each finding with its facts and steps, each question that stays open.
fn story(rule: &str, estate: &Estate) -> String {
    let evaluation = evaluate_all(estate);
    let findings = evaluation.findings.iter().filter(|f| f.rule == rule);
    let undecided = evaluation.undecided.iter().filter(|u| u.rule == rule);
    findings
        .map(draw)
        .chain(undecided.map(|u| format!("undecided ({:?}): {}\n", u.dataset, u.reason)))
        .collect()
}

fn draw(finding: &Finding) -> String {
    let mut text = format!(
        "{:?}, confidence {:?}: {}\n",
        finding.severity, finding.confidence, finding.message
    );
    for evidence in &finding.evidence {
        text += &format!("  {} [{}]\n", evidence.fact, evidence.source);
    }
    for action in &finding.actions {
        let name = format!("{action:?}");
        let name = name.split(' ').next().expect("a name");
        text += &format!("  → {name}\n");
    }
    text
}

#[test]
fn key_old_tells_the_age_and_whether_the_key_is_in_use() {
    let estate = estate()
        .project("acme-prod")
        .account("etl")
        .key(key().age_days(611).seen_days_ago(2));
    insta::assert_snapshot!(story("key-old", &estate.build()), @"
    High, confidence High: is 611 days old and still in use: seen by Policy Analyzer on 2026-11-20 (weak evidence)
      created on 2025-03-21 [iam.projects.serviceAccounts.keys.list]
      last seen by Policy Analyzer on 2026-11-20 (weak evidence) [policyanalyzer.projects.locations.activityTypes.activities.query]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      → FindCaller
      → ReplaceKey
    ");
}

#[test]
fn key_active_tells_who_saw_the_key_and_that_it_may_be_weak_evidence() {
    let estate = estate()
        .project("acme-prod")
        .account("etl")
        .key(key().seen_days_ago(2));
    insta::assert_snapshot!(story("key-active", &estate.build()), @"
    Medium, confidence Medium: was seen by Policy Analyzer on 2026-11-20 (weak evidence: a system may merely have listed it)
      created on 2026-11-12 [iam.projects.serviceAccounts.keys.list]
      last seen by Policy Analyzer on 2026-11-20 (weak evidence) [policyanalyzer.projects.locations.activityTypes.activities.query]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      → FindCaller
      → ReplaceKey
    ");
}
