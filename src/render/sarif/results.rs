//! Findings as results, worst first: where there are more than fit, the least severe are left out.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::document::{Level, Text};
use super::place::Location;
use super::rules::{Rule, level};
use crate::model::acceptance::Terms;
use crate::render::actions;
use crate::render::escape::Sarif;
use crate::render::json;
use crate::render::terminal::accepted;
use crate::report::{Report, ReportedFinding, Status};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Result {
    rule_id: &'static str,
    /// Where the rule stands in the run's list.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: Level,
    message: Text,
    locations: [Location; 1],
    partial_fingerprints: Fingerprints,
    /// Against the baseline; absent without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<BaselineState>,
    /// Empty where nobody has accepted it: the format wants the list on every result or on none.
    suppressions: Vec<Suppression>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<Provenance>,
    properties: Properties,
}

/// The finding's fingerprint, twice: GitHub tells alerts apart by `primaryLocationLineHash` alone.
#[derive(Debug, Serialize)]
struct Fingerprints {
    #[serde(rename = "primaryLocationLineHash")]
    line_hash: String,
    #[serde(rename = "saAudit/v1")]
    ours: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
enum BaselineState {
    New,
    Updated,
    Unchanged,
}

#[derive(Debug, Serialize)]
struct Suppression {
    kind: &'static str,
    status: &'static str,
    justification: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Provenance {
    first_detection_time_utc: DateTime<Utc>,
}

#[derive(Debug, Serialize)]
struct Properties {
    severity: json::Severity,
    confidence: json::Confidence,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
}

/// Returns at most so many results, and how many are left out.
pub(super) fn of(report: &Report, rules: &[Rule], most: usize) -> (Vec<Result>, usize) {
    let indices: BTreeMap<&str, usize> = (rules.iter().enumerate())
        .map(|(index, rule)| (rule.id, index))
        .collect();
    let mut findings: Vec<&ReportedFinding> = report.findings().collect();
    // Stable: findings of one severity stay in the report's order.
    findings.sort_by_key(|reported| {
        let severity = Reverse(reported.finding.severity);
        (reported.accepted.is_some(), !reported.counts(), severity)
    });
    let left = findings.len().saturating_sub(most);
    let results = findings.into_iter().take(most).map(|reported| {
        let index = indices.get(reported.finding.rule).copied();
        Result::of(reported, index, report.baseline.is_some())
    });
    (results.collect(), left)
}

impl Result {
    fn of(reported: &ReportedFinding, rule_index: Option<usize>, has_baseline: bool) -> Self {
        let finding = &reported.finding;
        let fingerprint = finding.fingerprint.to_string();
        Self {
            rule_id: finding.rule,
            rule_index,
            // What is not sure is no alarm, however bad it would be.
            level: if reported.counts() {
                level(finding.severity)
            } else {
                Level::Note
            },
            message: Text {
                text: message(reported),
            },
            locations: [Location::from(&finding.subject)],
            partial_fingerprints: Fingerprints {
                line_hash: fingerprint.clone(),
                ours: fingerprint,
            },
            baseline_state: reported
                .status
                .filter(|_| has_baseline)
                .map(BaselineState::from),
            suppressions: reported.accepted.iter().map(Suppression::from).collect(),
            provenance: reported.first_seen.map(|first| Provenance {
                first_detection_time_utc: first,
            }),
            properties: Properties {
                severity: finding.severity.into(),
                confidence: finding.confidence.into(),
                owner: reported.owner.as_ref().map(|owner| owner.name.clone()),
            },
        }
    }
}

/// Returns the finding as a sentence, with the first step behind it.
fn message(reported: &ReportedFinding) -> String {
    let sentence = reported.sentence().to_string();
    let sentence = Sarif(&sentence);
    match reported.finding.actions.first() {
        None => format!("{sentence}."),
        Some(step) => {
            let step = actions::sentence(step).to_string();
            format!("{sentence}. Do first: {}.", Sarif(&step))
        }
    }
}

impl From<Status> for BaselineState {
    fn from(status: Status) -> Self {
        match status {
            Status::New | Status::Reopened => Self::New,
            Status::Changed => Self::Updated,
            Status::Known => Self::Unchanged,
        }
    }
}

impl From<&Terms> for Suppression {
    fn from(terms: &Terms) -> Self {
        Self {
            kind: "external",
            status: "accepted",
            justification: Sarif(&accepted::on(terms)).to_string(),
        }
    }
}
