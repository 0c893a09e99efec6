//! Accounts in the order in which they are to be looked at, each with one line per subject.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::model::account::ServiceAccount;
use crate::model::coverage::Dataset;
use crate::model::credential::OtherCredential;
use crate::model::estate::{Account, Estate, Key};
use crate::model::finding::Subject;
use crate::model::grant::{Actor, Grant};
use crate::model::names::{ProjectId, UniqueId};
use crate::model::owner::Owner;
use crate::model::place::PlacedCaller;
use crate::model::reference::Reference;
use crate::model::rule::Severity;
use crate::model::scope::Scope;
use crate::model::usage::LastUse;
use crate::model::workload::Workload;

use super::access::{AtLeast, Completeness, Everywhere};
use super::lines::{self, Line, ReportedFinding, Sorted};
use super::owners::Owners;

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
    /// Since when it is disabled, where that is known.
    pub disabled_since: Option<DateTime<Utc>>,
    /// Whom it belongs to.
    pub owner: Option<Owner>,
    /// When it was last used.
    pub last_use: LastUse,
    /// Who called as it without one of `keys`, and who took a token or a signature of it.
    pub callers: Vec<PlacedCaller>,
    /// Its user-managed keys, by id.
    pub keys: Vec<Key>,
    /// Whether `keys` are all of them; otherwise the coverage says what is missing.
    pub keys_complete: bool,
    /// Its HMAC keys and the API keys that are bound to it.
    pub credentials: Vec<OtherCredential>,
    /// The workloads that run as it, those of confidence low too.
    pub workloads: Vec<Workload>,
    /// What names it without running as it.
    pub references: Vec<Reference>,
    /// The roles that it holds.
    pub grants: Vec<Grant>,
    /// Who may act as it. Nobody was seen to: no count holds them.
    pub actors: Vec<Actor>,
    /// Whether each of these five lists is all that there is; otherwise the coverage says what is missing.
    pub complete: Completeness,
    /// Which counts are told as "at least".
    pub at_least: AtLeast,
    /// The worst severity in `lines`.
    pub worst: Option<Severity>,
    /// What was found, one line per subject, worst first.
    pub lines: Vec<Line>,
    /// What is to be found out first: the findings of confidence low, one line per subject, worst first.
    pub to_find_out: Vec<Line>,
    /// What somebody has accepted, by subject, then rule.
    pub accepted: Vec<ReportedFinding>,
}

impl AccountReport {
    /// Returns the account's findings that are not accepted, in the order of its lines.
    pub fn open_findings(&self) -> impl Iterator<Item = &ReportedFinding> {
        lines::open(&self.lines, &self.to_find_out)
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

/// Returns every account of the estate with its findings, worst first. Each finding is about one of them, or about a key.
pub(super) fn with_findings(
    estate: &Estate,
    findings: Vec<ReportedFinding>,
    owners: &Owners<'_>,
) -> Vec<AccountReport> {
    let mut by_account: BTreeMap<UniqueId, Vec<ReportedFinding>> = BTreeMap::new();
    for finding in findings {
        if let Some(account) = finding.finding.subject.account() {
            let account = account.unique_id.clone();
            by_account.entry(account).or_default().push(finding);
        }
    }
    let read = Everywhere::of(estate);
    let mut accounts: Vec<AccountReport> = estate
        .accounts
        .iter()
        .map(|account| {
            let findings = by_account.remove(&account.facts.unique_id);
            report(account, findings.unwrap_or_default(), &read, owners)
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

fn report(
    account: &Account,
    findings: Vec<ReportedFinding>,
    read: &Everywhere<'_>,
    owners: &Owners<'_>,
) -> AccountReport {
    let Sorted {
        lines,
        to_find_out,
        accepted,
    } = lines::sorted(findings);
    let unread = |scope: Scope| read.is_gap(&scope, Dataset::Keys);
    let project = Scope::Project(account.facts.project.clone());
    AccountReport {
        facts: account.facts.clone(),
        disabled_since: account.life.disabled,
        owner: owners.of_subject(&Subject::Account(account.reference())),
        last_use: account.last_use.clone(),
        callers: account.callers.clone(),
        keys: account.user_managed_keys().cloned().collect(),
        keys_complete: !unread(account.scope()) && !unread(project),
        credentials: account.other_credentials.clone(),
        workloads: account.workloads.clone(),
        references: account.references.clone(),
        grants: account.grants.clone(),
        actors: account.actors.clone(),
        complete: read.completeness(account),
        at_least: read.at_least(account),
        worst: lines.first().map(|line| line.worst),
        lines,
        to_find_out,
        accepted,
    }
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
