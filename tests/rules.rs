//! Every rule, over every kind of account and key: when it speaks, what it says, and that it keeps silent elsewhere.

mod support;

#[path = "rules/access.rs"]
mod access;
#[path = "rules/callers.rs"]
mod callers;
#[path = "rules/credentials.rs"]
mod credentials;
#[path = "rules/defects.rs"]
mod defects;
#[path = "rules/documents.rs"]
mod documents;
#[path = "rules/edges.rs"]
mod edges;
#[path = "rules/federation.rs"]
mod federation;
#[path = "rules/identity.rs"]
mod identity;
#[path = "rules/matrix.rs"]
mod matrix;
#[path = "rules/messages.rs"]
mod messages;
#[path = "rules/org_policies.rs"]
mod org_policies;
#[path = "rules/overprivileged.rs"]
mod overprivileged;
#[path = "rules/retail.rs"]
mod retail;
#[path = "rules/sharing.rs"]
mod sharing;

use sa_audit::model::estate::Estate;
use sa_audit::model::settings::{RuleSetting, Settings};
use sa_audit::rules::{Evaluation, RULES, evaluate};

use support::estate::{estate, key};

/// Returns what every rule says, the rules that are off by default among them.
fn evaluate_all(estate: &Estate) -> Evaluation {
    evaluate(estate, &every_rule())
}

/// Returns the settings under which every rule is on.
fn every_rule() -> Settings {
    let on = RuleSetting {
        enabled: Some(true),
        severity: None,
    };
    let rules = RULES.iter().map(|rule| (rule.meta().id.to_owned(), on));
    Settings {
        rules: rules.collect(),
        ..Settings::default()
    }
}

/// Returns what one rule says, in short: `high/low` is a finding's severity and confidence, `?` an open question, `-`
/// nothing.
fn verdict(rule: &str, estate: &Estate) -> String {
    let evaluation = evaluate_all(estate);
    let findings = evaluation.findings.iter().filter(|f| f.rule == rule);
    let undecided = evaluation.undecided.iter().filter(|u| u.rule == rule);
    let said: Vec<String> = findings
        .map(|f| format!("{:?}/{:?}", f.severity, f.confidence).to_lowercase())
        .chain(undecided.map(|_| "?".to_owned()))
        .collect();
    if said.is_empty() {
        "-".to_owned()
    } else {
        said.join(" ")
    }
}

#[test]
fn nothing_fires_on_a_clean_estate() {
    let clean = estate()
        .project("acme-prod")
        .account("api")
        .in_use()
        .account("100000000001-compute@developer.gserviceaccount.com")
        .in_use()
        .key(key().system_managed())
        .account("backup")
        .in_use()
        .key(key().age_days(20))
        .account("etl")
        .in_use()
        .key(key().age_days(20).expires_in_days(70))
        .project("example.com:acme")
        .account("web")
        .in_use()
        .build();
    assert_eq!(
        evaluate(&clean, &Settings::default()),
        Evaluation::default()
    );
}
