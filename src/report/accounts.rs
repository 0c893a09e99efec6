//! Accounts in the order in which they are to be looked at, each with one line per subject.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::model::account::ServiceAccount;
use crate::model::action::Action;
use crate::model::coverage::{Coverage, Dataset};
use crate::model::estate::{Account, Estate, Key};
use crate::model::finding::{Evidence, Finding, Subject};
use crate::model::grant::{Actor, Grant};
use crate::model::names::{ProjectId, UniqueId};
use crate::model::rule::{Confidence, Severity};
use crate::model::scope::Scope;
use crate::model::usage::LastUse;
use crate::model::workload::Workload;

use super::access::{self, Completeness};

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
    /// The workloads that run as it, those of confidence low too.
    pub workloads: Vec<Workload>,
    /// The roles that it holds.
    pub grants: Vec<Grant>,
    /// Who may act as it. Nobody was seen to: no count holds them.
    pub actors: Vec<Actor>,
    /// Whether each of these three lists is all that there is; otherwise the coverage says what is missing.
    pub complete: Completeness,
    /// The worst severity in `lines`.
    pub worst: Option<Severity>,
    /// What was found, one line per subject, worst first.
    pub lines: Vec<Line>,
    /// What is to be found out first: the findings of confidence low, one line per subject, worst first.
    pub to_find_out: Vec<Line>,
    /// What somebody has accepted, by subject, then rule.
    pub accepted: Vec<ReportedFinding>,
}

/// What was found about places and providers: what belongs to no single account.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PlaceReport {
    /// What was found, one line per subject, worst first.
    pub lines: Vec<Line>,
    /// What is to be found out first: the findings of confidence low, one line per subject, worst first.
    pub to_find_out: Vec<Line>,
    /// What somebody has accepted, by subject, then rule.
    pub accepted: Vec<ReportedFinding>,
}

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

impl PlaceReport {
    /// Returns the findings that are not accepted, in the order of the lines.
    pub fn open_findings(&self) -> impl Iterator<Item = &ReportedFinding> {
        open(&self.lines, &self.to_find_out)
    }
}

impl AccountReport {
    /// Returns the account's findings that are not accepted, in the order of its lines.
    pub fn open_findings(&self) -> impl Iterator<Item = &ReportedFinding> {
        open(&self.lines, &self.to_find_out)
    }

    /// Returns how many workloads count: those of confidence medium or better.
    #[must_use]
    pub fn counting_workloads(&self) -> u64 {
        self.workloads
            .iter()
            .filter(|workload| workload.counts())
            .count() as u64
    }

    /// Returns whether several workloads run as the account.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.counting_workloads() >= 2
    }

    /// Returns how many roles the account holds, each once, on however many places it holds it.
    #[must_use]
    pub fn roles(&self) -> u64 {
        let roles: BTreeSet<&str> = self
            .grants
            .iter()
            .map(|grant| grant.role.as_str())
            .collect();
        roles.len() as u64
    }
}

fn open<'a>(
    lines: &'a [Line],
    to_find_out: &'a [Line],
) -> impl Iterator<Item = &'a ReportedFinding> {
    lines
        .iter()
        .chain(to_find_out)
        .flat_map(|line| &line.findings)
}

/// Returns every account of the estate with its findings, worst first, and what was found about no account.
pub(super) fn with_findings(
    estate: &Estate,
    findings: Vec<Finding>,
) -> (Vec<AccountReport>, PlaceReport) {
    let mut by_account: BTreeMap<UniqueId, Vec<ReportedFinding>> = BTreeMap::new();
    let mut of_places = Vec::new();
    for finding in findings {
        match finding.subject.account() {
            Some(account) => by_account
                .entry(account.unique_id.clone())
                .or_default()
                .push(unknown(finding)),
            None => of_places.push(unknown(finding)),
        }
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
    let (lines, to_find_out, accepted) = sorted(of_places);
    let places = PlaceReport {
        lines,
        to_find_out,
        accepted,
    };
    (accounts, places)
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

/// Returns the findings in lines, those to be found out first, and those that are accepted.
fn sorted(findings: Vec<ReportedFinding>) -> (Vec<Line>, Vec<Line>, Vec<ReportedFinding>) {
    let (mut accepted, open): (Vec<_>, Vec<_>) = findings
        .into_iter()
        .partition(|finding| finding.accepted.is_some());
    accepted.sort_by(|a, b| {
        (&a.finding.subject, a.finding.rule).cmp(&(&b.finding.subject, b.finding.rule))
    });
    let (to_find_out, sure): (Vec<_>, Vec<_>) = open
        .into_iter()
        .partition(|finding| finding.finding.confidence == Confidence::Low);
    (lines(sure), lines(to_find_out), accepted)
}

fn report(account: &Account, findings: Vec<ReportedFinding>, coverage: &Coverage) -> AccountReport {
    let (lines, to_find_out, accepted) = sorted(findings);
    let unread = |scope: Scope| coverage.reading(&scope, Dataset::Keys).is_gap();
    let project = Scope::Project(account.facts.project.clone());
    AccountReport {
        facts: account.facts.clone(),
        last_use: account.last_use.clone(),
        keys: account.user_managed_keys().cloned().collect(),
        keys_complete: !unread(account.scope()) && !unread(project),
        workloads: account.workloads.clone(),
        grants: account.grants.clone(),
        actors: account.actors.clone(),
        complete: access::completeness(account, coverage),
        worst: lines.first().map(|line| line.worst),
        lines,
        to_find_out,
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
            let steps: BTreeSet<Action> = all.flat_map(|finding| finding.actions.clone()).collect();
            Some(Line {
                subject,
                worst,
                evidence: once(evidence),
                steps: steps.into_iter().collect(),
                findings,
            })
        })
        .collect();
    lines.sort_by(|a, b| (Reverse(a.worst), &a.subject).cmp(&(Reverse(b.worst), &b.subject)));
    lines
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
