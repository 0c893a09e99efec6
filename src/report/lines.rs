//! Findings as they are reported: one line per subject, what is not sure apart from it, what is accepted last.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::model::acceptance::Terms;
use crate::model::action::{Action, Risk};
use crate::model::finding::{Evidence, Finding, Subject};
use crate::model::message::Message;
use crate::model::owner::Owner;
use crate::model::rule::{Confidence, Severity};

/// Everything found about one subject: an account, a key, a place. One key with six findings is one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is about.
    pub subject: Subject,
    /// The worst severity of `findings`.
    pub worst: Severity,
    /// The findings, worst first, then by rule; at least one.
    pub findings: Vec<ReportedFinding>,
    /// What the findings rest on, each fact once.
    pub evidence: Vec<Evidence>,
    /// What to do about all of them, each step once, in order: ask and find out, replace, disable, delete.
    pub steps: Vec<Action>,
}

impl Line {
    /// Returns what the findings say, in order, without those that tell nothing new: a default account that holds editor
    /// is privileged by the same role in the same place, and the workloads that share it are those that run as it.
    ///
    /// A message tells nothing new that has names in it, all of which one message before it has as well.
    pub fn told(&self) -> Vec<&Message> {
        let mut told: Vec<&Message> = Vec::new();
        for reported in &self.findings {
            let message = &reported.finding.message;
            let is_new = |held: &&Message| !message.names_only_what(held);
            if told.iter().all(is_new) {
                told.push(message);
            }
        }
        told
    }
}

/// A finding and what people and earlier runs know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedFinding {
    /// What the rule says.
    pub finding: Finding,
    /// How it stands against the baseline; without one, `Changed` where it has outgrown its acceptance, else `None`.
    pub status: Option<Status>,
    /// The first scan that had it, as far as the store or the baseline reaches, UTC; `None` without either.
    pub first_seen: Option<DateTime<Utc>>,
    /// Who accepted it, and why.
    pub accepted: Option<Terms>,
    /// Whom it belongs to.
    pub owner: Option<Owner>,
}

impl ReportedFinding {
    /// Returns whether it is sure enough to count: what is not is to be found out first.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.finding.confidence > Confidence::Low
    }
}

/// How a finding stands against the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// The baseline does not have it.
    New,
    /// The baseline has it, with the same evidence.
    Known,
    /// The baseline does not have it and could have seen it, and an earlier scan has it: it is back.
    Reopened,
    /// The baseline has it with other evidence, less severe or less sure, or accepted, which it is no more.
    Changed,
}

/// Findings of one account, or of all places.
pub(super) struct Sorted {
    /// One line per subject, worst first.
    pub(super) lines: Vec<Line>,
    /// The findings of confidence low, likewise.
    pub(super) to_find_out: Vec<Line>,
    /// What somebody has accepted, by subject, then rule.
    pub(super) accepted: Vec<ReportedFinding>,
}

/// Returns the findings of both lists of lines, in order.
pub(super) fn open<'a>(
    lines: &'a [Line],
    to_find_out: &'a [Line],
) -> impl Iterator<Item = &'a ReportedFinding> {
    lines
        .iter()
        .chain(to_find_out)
        .flat_map(|line| &line.findings)
}

/// Returns the findings in lines, those to be found out first, and those that are accepted.
pub(super) fn sorted(findings: Vec<ReportedFinding>) -> Sorted {
    let (mut accepted, open): (Vec<_>, Vec<_>) = findings
        .into_iter()
        .partition(|finding| finding.accepted.is_some());
    accepted.sort_by(|a, b| {
        (&a.finding.subject, a.finding.rule).cmp(&(&b.finding.subject, b.finding.rule))
    });
    let (to_find_out, sure): (Vec<_>, Vec<_>) = open
        .into_iter()
        .partition(|finding| finding.finding.confidence == Confidence::Low);
    Sorted {
        lines: lines(sure),
        to_find_out: lines(to_find_out),
        accepted,
    }
}

/// Returns one line per subject, worst first, then the wider place before the narrower, the account before its keys.
fn lines(findings: Vec<ReportedFinding>) -> Vec<Line> {
    let mut by_subject: BTreeMap<Subject, Vec<ReportedFinding>> = BTreeMap::new();
    for finding in findings {
        let subject = finding.finding.subject.clone();
        by_subject.entry(subject).or_default().push(finding);
    }
    let mut lines: Vec<Line> = by_subject
        .into_iter()
        .filter_map(|(subject, mut findings)| {
            findings.sort_by_key(|reported| {
                (Reverse(reported.finding.severity), reported.finding.rule)
            });
            let worst = findings.first()?.finding.severity;
            let all = findings.iter().map(|reported| &reported.finding);
            let evidence = all.clone().flat_map(|finding| finding.evidence.clone());
            let steps = merged(all.map(|finding| finding.actions.as_slice()));
            Some(Line {
                subject,
                worst,
                evidence: once(evidence),
                steps,
                findings,
            })
        })
        .collect();
    lines.sort_by(|a, b| (Reverse(a.worst), &a.subject).cmp(&(Reverse(b.worst), &b.subject)));
    lines
}

/// Returns each step once, the worst finding's in its own order. Those of the others stand before whatever they are to
/// be taken before, and before what cannot be taken back; else at the end.
fn merged<'a>(findings: impl Iterator<Item = &'a [Action]>) -> Vec<Action> {
    let mut steps: Vec<Action> = Vec::new();
    for own in findings {
        for (nth, step) in own.iter().enumerate() {
            if steps.contains(step) {
                continue;
            }
            let is_later = |held: &Action| {
                own[nth + 1..].contains(held)
                    || (held.risk() == Risk::Irreversible && step.risk() != Risk::Irreversible)
            };
            let at = steps.iter().position(is_later).unwrap_or(steps.len());
            steps.insert(at, step.clone());
        }
    }
    steps
}

/// Returns each fact once, where it stands first; of two that one rule tells at more length than another, the longer.
fn once(evidence: impl Iterator<Item = Evidence>) -> Vec<Evidence> {
    let mut seen = BTreeSet::new();
    let mut facts: Vec<Evidence> = evidence.filter(|fact| seen.insert(fact.clone())).collect();
    let texts: Vec<(&str, String)> = seen
        .iter()
        .map(|fact| (fact.source, fact.fact.to_string()))
        .collect();
    facts.retain(|fact| {
        let begin = format!("{}; ", fact.fact);
        let is_longer =
            |(source, text): &(&str, String)| *source == fact.source && text.starts_with(&begin);
        !texts.iter().any(is_longer)
    });
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::names::{Email, KeyId};
    use crate::model::names::{ProjectId, UniqueId};
    use crate::model::scope::AccountRef;

    #[test]
    fn the_worst_findings_steps_keep_their_order_and_nothing_comes_after_a_deletion() {
        let account = || AccountRef {
            project: ProjectId::parse("acme-prod").expect("an id"),
            email: Email::parse("etl@acme-prod.iam.gserviceaccount.com").expect("an address"),
            unique_id: UniqueId::parse("101").expect("an id"),
        };
        let key = || KeyId::parse("4f1c").expect("an id");
        let ask = Action::FindOwner { account: account() };
        let find = Action::FindCaller {
            account: account(),
            key: key(),
        };
        let replace = Action::ReplaceKey {
            account: account(),
            key: key(),
            before: None,
            with: Vec::new(),
        };
        let disable = Action::DisableKey {
            account: account(),
            key: key(),
        };
        let delete = Action::DeleteKey {
            account: account(),
            key: key(),
        };
        let merge = |findings: &[&[&Action]]| {
            let findings: Vec<Vec<Action>> = findings
                .iter()
                .map(|steps| steps.iter().copied().cloned().collect())
                .collect();
            merged(findings.iter().map(Vec::as_slice))
        };
        let exposed = [&disable, &replace, &delete];
        assert_eq!(
            merge(&[&exposed, &[&find, &replace], &[&ask]]),
            [&disable, &find, &replace, &ask, &delete].map(Clone::clone)
        );
        assert_eq!(
            merge(&[&[&find, &replace], &exposed]),
            [&find, &disable, &replace, &delete].map(Clone::clone)
        );
    }
}
