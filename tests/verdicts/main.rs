//! The truth tables of last use: the one mistake that the program may not make is a wrong "unused".
//!
//! What may be said is written down here a second time, as the domain has it, and compared over every combination of
//! what the sources said, how old the key or account is, and what state and kind it is in. Every case goes from raw
//! facts through the join to the rule.

#[path = "../support/mod.rs"]
mod support;

mod accounts;
mod fusion;
mod keys;
mod sources;

use sa_audit::join::join;
use sa_audit::model::action::Action;
use sa_audit::model::rule::Confidence;
use sa_audit::model::scope::{LeftOut, ScanScope};
use sa_audit::model::settings::{RuleSetting, Settings};
use sa_audit::model::snapshot::{Facts, Header, Snapshot};
use sa_audit::rules::{RULES, evaluate};

use support::estate::now;

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Silent,
    Undecided,
    NotObserved,
    Unused,
}

/// Returns a snapshot of the facts, as of the moment of every test's scan.
fn snapshot(facts: Facts) -> Snapshot {
    Snapshot {
        header: Header {
            tool: "sa-audit 0.0.0".to_owned(),
            observed_at: now(),
            scope: ScanScope::default(),
            sources: Vec::new(),
            left_out: LeftOut::default(),
            statistics: None,
        },
        facts,
    }
}

/// Returns settings that switch every rule off but one.
fn only(rule: &str) -> Settings {
    let rules = RULES.iter().map(|held| {
        let id = held.meta().id;
        let setting = RuleSetting {
            enabled: Some(id == rule),
            severity: None,
        };
        (id.to_owned(), setting)
    });
    Settings {
        rules: rules.collect(),
        ..Settings::default()
    }
}

/// Returns what the rule says of the facts, after checking that its words and steps claim no more than its confidence.
fn verdict(settings: &Settings, facts: Facts) -> Verdict {
    let evaluation = evaluate(&join(&snapshot(facts), settings), settings);
    let finding = match (
        evaluation.findings.as_slice(),
        evaluation.undecided.as_slice(),
    ) {
        ([], []) => return Verdict::Silent,
        ([], [_]) => return Verdict::Undecided,
        ([finding], []) => finding,
        said => panic!("more than one answer: {said:?}"),
    };
    let text = finding.message.to_string();
    let says_unused = ["unused", "not been used", "never used", "never been used"]
        .iter()
        .any(|words| text.contains(words));
    let only_asks = finding
        .actions
        .iter()
        .all(|action| matches!(action, Action::FindOwner { .. }));
    match finding.confidence {
        Confidence::Low => {
            assert!(!says_unused && only_asks, "{text}");
            Verdict::NotObserved
        }
        Confidence::Medium | Confidence::High => {
            assert!(says_unused && !only_asks, "{text}");
            assert!(
                matches!(finding.actions[0], Action::FindOwner { .. }),
                "{text}"
            );
            Verdict::Unused
        }
    }
}
