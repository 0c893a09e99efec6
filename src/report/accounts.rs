//! Accounts in the order in which they are to be looked at, each with one line per subject.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::model::account::ServiceAccount;
use crate::model::action::{Action, Risk};
use crate::model::coverage::{Coverage, Dataset};
use crate::model::estate::{Account, Estate, Key};
use crate::model::finding::{Evidence, Finding, Subject};
use crate::model::names::{ProjectId, UniqueId};
use crate::model::rule::{Confidence, Severity};
use crate::model::scope::Scope;
use crate::model::usage::LastUse;

/// A project and the counts that stand in its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectReport {
    /// The project.
    pub id: ProjectId,
    /// Its accounts.
    pub accounts: u64,
    /// Of `accounts`, those with at least one [`Line`] in [`AccountReport::lines`].
    pub with_findings: u64,
}

/// An account with everything that is said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountReport {
    /// What IAM lists.
    pub facts: ServiceAccount,
    /// When it was last used.
    pub last_use: LastUse,
    /// Its user-managed keys, by id.
    pub keys: Vec<Key>,
    /// Whether `keys` are all of them; otherwise the coverage says what is missing.
    pub keys_complete: bool,
    /// The worst severity in `lines`.
    pub worst: Option<Severity>,
    /// What was found, one line per subject, worst first.
    pub lines: Vec<Line>,
    /// What is to be found out first: the findings of confidence low, one line per subject, worst first.
    pub to_find_out: Vec<Line>,
    /// What somebody has accepted, by subject, then rule.
    pub accepted: Vec<ReportedFinding>,
}

/// Everything found about one subject: an account, or a key. One key with six findings is one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The account or key.
    pub subject: Subject,
    /// The worst severity of `findings`.
    pub worst: Severity,
    /// The findings, worst first, then by rule; at least one.
    pub findings: Vec<ReportedFinding>,
    /// What the findings rest on, each fact once.
    pub evidence: Vec<Evidence>,
    /// What to do about all of them, each step once, in the order of the worst finding.
    pub steps: Vec<Action>,
}

/// A finding and what people and earlier runs know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedFinding {
    /// What the rule says.
    pub finding: Finding,
    /// How it stands against the baseline; `None` without one.
    pub status: Option<Status>,
    /// The first run that had it, UTC; `None` without a baseline.
    pub first_seen: Option<DateTime<Utc>>,
    /// Who accepted it, and why.
    pub accepted: Option<Accepted>,
    /// The team that it belongs to.
    pub owner: Option<String>,
}

/// How a finding stands against the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The baseline does not have it.
    New,
    /// The baseline has it, with the same evidence.
    Known,
    /// The baseline has it as gone.
    Reopened,
    /// The baseline has it with other evidence.
    Changed,
}

/// A risk that somebody has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Why.
    pub reason: String,
    /// Who.
    pub owner: Option<String>,
    /// Until when, UTC.
    pub until: Option<DateTime<Utc>>,
}

impl AccountReport {
    /// Returns the account's findings that are not accepted, in the order of its lines.
    pub fn open_findings(&self) -> impl Iterator<Item = &ReportedFinding> {
        self.lines
            .iter()
            .chain(&self.to_find_out)
            .flat_map(|line| &line.findings)
    }
}

/// Returns every account of the estate with its findings, worst first.
pub(super) fn with_findings(estate: &Estate, findings: Vec<Finding>) -> Vec<AccountReport> {
    let mut by_account: BTreeMap<UniqueId, Vec<ReportedFinding>> = BTreeMap::new();
    for finding in findings {
        let account = finding.subject.account.unique_id.clone();
        by_account
            .entry(account)
            .or_default()
            .push(unknown(finding));
    }
    let mut accounts: Vec<AccountReport> = estate
        .accounts
        .iter()
        .map(|account| {
            let findings = by_account.remove(&account.facts.unique_id);
            report(account, findings.unwrap_or_default(), &estate.coverage)
        })
        .collect();
    debug_assert!(
        by_account.is_empty(),
        "rules see no account but the estate's"
    );
    accounts.sort_by(|a, b| rank(a).cmp(&rank(b)));
    accounts
}

/// Returns every project with its counts, the one with the worst account first, those without findings last.
pub(super) fn by_project(estate: &Estate, accounts: &[AccountReport]) -> Vec<ProjectReport> {
    let mut tallies: BTreeMap<&ProjectId, (usize, ProjectReport)> = BTreeMap::new();
    let tally = |id: &ProjectId| ProjectReport {
        id: id.clone(),
        accounts: 0,
        with_findings: 0,
    };
    for project in &estate.projects {
        tallies.insert(&project.id, (usize::MAX, tally(&project.id)));
    }
    for (position, account) in accounts.iter().enumerate() {
        let id = &account.facts.project;
        let (first, tally) = tallies.entry(id).or_insert_with(|| (usize::MAX, tally(id)));
        tally.accounts += 1;
        if !account.lines.is_empty() {
            tally.with_findings += 1;
            *first = position.min(*first);
        }
    }
    let mut projects: Vec<(usize, ProjectReport)> = tallies.into_values().collect();
    // Stable: projects without findings stay in the order of their ids.
    projects.sort_by_key(|(first, _)| *first);
    projects.into_iter().map(|(_, project)| project).collect()
}

/// Returns the finding without anything that a baseline, an acceptance or a list of owners would add.
fn unknown(finding: Finding) -> ReportedFinding {
    ReportedFinding {
        finding,
        status: None,
        first_seen: None,
        accepted: None,
        owner: None,
    }
}

fn report(account: &Account, findings: Vec<ReportedFinding>, coverage: &Coverage) -> AccountReport {
    let (mut accepted, open): (Vec<_>, Vec<_>) = findings
        .into_iter()
        .partition(|finding| finding.accepted.is_some());
    accepted.sort_by(|a, b| {
        (&a.finding.subject, a.finding.rule).cmp(&(&b.finding.subject, b.finding.rule))
    });
    let (to_find_out, sure): (Vec<_>, Vec<_>) = open
        .into_iter()
        .partition(|finding| finding.finding.confidence == Confidence::Low);
    let lines = lines(sure);
    let unread = |scope: Scope| coverage.reading(&scope, Dataset::Keys).is_gap();
    let project = Scope::Project(account.facts.project.clone());
    AccountReport {
        facts: account.facts.clone(),
        last_use: account.last_use.clone(),
        keys: account.user_managed_keys().cloned().collect(),
        keys_complete: !unread(account.scope()) && !unread(project),
        worst: lines.first().map(|line| line.worst),
        lines,
        to_find_out: self::lines(to_find_out),
        accepted,
    }
}

/// Returns one line per subject, worst first, then the account before its keys.
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

/// Returns each fact once, where it stands first.
fn once(evidence: impl Iterator<Item = Evidence>) -> Vec<Evidence> {
    let mut seen = BTreeSet::new();
    evidence.filter(|fact| seen.insert(fact.clone())).collect()
}

/// Returns what the order of accounts goes by, least first.
fn rank(account: &AccountReport) -> impl Ord + use<'_> {
    let count = |lines: &[Line]| lines.iter().map(|line| line.findings.len()).sum::<usize>();
    (
        Reverse(account.worst),
        Reverse(count(&account.lines)),
        Reverse(count(&account.to_find_out)),
        (
            &account.facts.project,
            &account.facts.email,
            &account.facts.unique_id,
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::names::{Email, KeyId};
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
