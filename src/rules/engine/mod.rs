//! Runs the rules that are switched on, and says where they could not be evaluated.

use std::collections::BTreeSet;

use crate::model::coverage::{Dataset, Reading};
use crate::model::estate::Estate;
use crate::model::finding::{Finding, Undecided};
use crate::model::rule::RuleMeta;
use crate::model::scope::Scope;
use crate::model::settings::Settings;

use super::{Context, Outcome, RULES};

/// What all rules said, in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evaluation {
    /// What was found, by subject, then rule.
    pub findings: Vec<Finding>,
    /// What could not be decided for one subject, by rule, then subject.
    pub undecided: Vec<Undecided>,
    /// Where a rule could not be evaluated at all, by scope, then dataset, then rule.
    pub not_evaluated: Vec<NotEvaluated>,
}

/// A rule that could not be evaluated in a scope, because a dataset that it needs was not read there, or not whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotEvaluated {
    /// Where.
    pub scope: Scope,
    /// What was not read.
    pub dataset: Dataset,
    /// How its read ended.
    pub reading: Reading,
    /// The rule's id.
    pub rule: &'static str,
}

/// What every rule needs: without it there is nothing to look at.
const INVENTORY: [Dataset; 3] = [
    Dataset::Projects,
    Dataset::Folders,
    Dataset::ServiceAccounts,
];

/// Returns what every rule that is switched on says about the estate.
///
/// A gap never ends an evaluation: what was read is judged, and the gap is named beside it.
#[must_use]
pub fn evaluate(estate: &Estate, settings: &Settings) -> Evaluation {
    let cx = Context {
        estate,
        thresholds: &settings.thresholds,
        settings,
    };
    let mut evaluation = Evaluation::default();
    let on = || RULES.iter().filter(|rule| is_on(rule.meta(), settings));
    for rule in on() {
        let meta = rule.meta();
        evaluation.not_evaluated.extend(unread(meta, estate));
        evaluation.add(meta, settings, rule.check(&cx));
    }
    let said: Vec<_> = on()
        .map(|rule| (rule.meta(), rule.check_said(&cx, &evaluation)))
        .collect();
    for (meta, outcomes) in said {
        evaluation.add(meta, settings, outcomes);
    }
    evaluation
        .findings
        .sort_by(|a, b| (&a.subject, a.rule).cmp(&(&b.subject, b.rule)));
    evaluation.undecided.sort();
    evaluation.not_evaluated.sort();
    evaluation
}

fn is_on(meta: &RuleMeta, settings: &Settings) -> bool {
    let setting = settings.rules.get(meta.id).copied().unwrap_or_default();
    setting.enabled.unwrap_or(meta.on_by_default)
}

impl Evaluation {
    /// Adds what a rule said, its findings with the severity that the user gives them.
    fn add(&mut self, meta: &RuleMeta, settings: &Settings, outcomes: Vec<Outcome>) {
        let setting = settings.rules.get(meta.id).copied().unwrap_or_default();
        for outcome in outcomes {
            match outcome {
                Outcome::Finding(mut finding) => {
                    finding.severity = setting.severity.unwrap_or(finding.severity);
                    self.findings.push(finding);
                }
                Outcome::Undecided(undecided) => self.undecided.push(undecided),
            }
        }
    }
}

fn unread(meta: &RuleMeta, estate: &Estate) -> Vec<NotEvaluated> {
    let needs: BTreeSet<Dataset> = meta.needs.iter().copied().chain(INVENTORY).collect();
    let records = estate
        .coverage
        .iter()
        .filter(|(_, dataset, reading)| needs.contains(dataset) && !reading.is_known());
    records
        .map(|(scope, dataset, reading)| NotEvaluated {
            scope: scope.clone(),
            dataset,
            reading: reading.clone(),
            rule: meta.id,
        })
        .collect()
}
