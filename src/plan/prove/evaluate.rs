//! The rules on the planned end: what they find there that they do not find today, and what the plan was to end.
//!
//! Judged is the end of all steps, as if no time had passed: what has to wait for a delete is deleted there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use crate::model::coverage::{Coverage, CoverageEntry, Dataset, Reading};
use crate::model::estate::{Account, Estate};
use crate::model::finding::Finding;
use crate::model::plan::{Reason, Step};
use crate::model::rule::{Confidence, Severity};
use crate::model::scope::Scope;
use crate::model::settings::Settings;
use crate::rules;

use super::replay::Replay;
use super::scene::Scene;
use super::state::State;

/// An estate on which scenes are put, one after the other: roles have thousands of permissions, and no plan changes them.
pub(super) struct Stage<'a> {
    empty: Mutex<Estate>,
    coverage: BTreeMap<&'a Scope, Vec<(Dataset, &'a Reading)>>,
}

/// What the rules say of a plan's end.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) worse: Vec<Reason>,
    pub(super) unanswered: Vec<Reason>,
}

impl<'a> Stage<'a> {
    pub(super) fn of(estate: &'a Estate) -> Self {
        let mut coverage: BTreeMap<&'a Scope, Vec<(Dataset, &'a Reading)>> = BTreeMap::new();
        for (scope, dataset, reading) in estate.coverage.iter() {
            coverage.entry(scope).or_default().push((dataset, reading));
        }
        Self {
            empty: Mutex::new(Estate {
                observed_at: estate.observed_at,
                scope: estate.scope.clone(),
                left_out: estate.left_out,
                projects: Vec::new(),
                folders: Vec::new(),
                roles: estate.roles.clone(),
                policies: Vec::new(),
                org_policies: Vec::new(),
                creators: BTreeMap::new(),
                pools: Vec::new(),
                services: BTreeMap::new(),
                accounts: Vec::new(),
                windows: estate.windows.clone(),
                log_windows: Vec::new(),
                policy_insights: Vec::new(),
                coverage: Coverage::default(),
            }),
            coverage,
        }
    }

    /// Returns what the rules that are switched on find in a scene.
    fn findings(&self, scene: Scene, settings: &Settings) -> Vec<Finding> {
        let mut estate = self.empty.lock().unwrap_or_else(PoisonError::into_inner);
        estate.coverage = self.coverage(&scene);
        estate.projects = scene.projects;
        estate.folders = scene.folders;
        estate.policies = scene.policies;
        estate.pools = scene.pools;
        estate.services = scene.services;
        estate.accounts = scene.accounts;
        estate.policy_insights = scene.insights;
        rules::evaluate(&estate, settings).findings
    }

    /// Returns how what is in the scene was read. What a plan makes is known as well as what was there.
    fn coverage(&self, scene: &Scene) -> Coverage {
        let mut scopes: BTreeSet<Scope> = BTreeSet::from([Scope::Caller]);
        scopes.extend(scene.projects.iter().map(|p| Scope::Project(p.id.clone())));
        scopes.extend(scene.folders.iter().map(|f| Scope::Folder(f.id.clone())));
        scopes.extend(scene.organizations.iter().cloned().map(Scope::Organization));
        scopes.extend(scene.accounts.iter().map(Account::scope));
        let known = scopes.iter().flat_map(|scope| {
            let records = self.coverage.get(scope).into_iter().flatten();
            records.map(move |(dataset, reading)| CoverageEntry {
                scope: scope.clone(),
                dataset: *dataset,
                reading: (*reading).clone(),
            })
        });
        let made = scene.made.iter().map(|account| CoverageEntry {
            scope: Scope::Account(account.clone()),
            dataset: Dataset::Keys,
            reading: Reading::Read,
        });
        known.chain(made).collect()
    }
}

/// Evaluates the rules on what concerns an account, today and behind the last step.
pub(super) fn evaluate(
    settings: &Settings,
    account: &Account,
    steps: &[Step],
    state: &State<'_>,
    replay: &Replay,
) -> Verdict {
    let stage = &state.world.stage;
    let today = Scene::today(state.world, account, steps);
    let planned = today
        .clone()
        .behind(account, steps, state, &replay.identities);
    let before = stage.findings(today, settings);
    let after = stage.findings(planned, settings);
    Verdict {
        worse: worse(&before, &after),
        unanswered: unanswered(steps, &after),
    }
}

/// Returns the findings of the planned end that are worse than any of their rule's today. A new account that holds what
/// the old one held smells as it did; that is not worse. What is not sure is not held against a plan.
fn worse(before: &[Finding], after: &[Finding]) -> Vec<Reason> {
    let mut worst: BTreeMap<&str, Severity> = BTreeMap::new();
    for finding in before {
        let held = worst.entry(finding.rule).or_insert(finding.severity);
        *held = finding.severity.max(*held);
    }
    let sure = after
        .iter()
        .filter(|finding| finding.confidence > Confidence::Low);
    let worse = sure.filter(|finding| {
        let held = worst.get(finding.rule);
        held.is_none_or(|held| finding.severity > *held)
    });
    reasons(worse)
}

/// Returns the findings that a step answers and that are there in the end.
fn unanswered(steps: &[Step], after: &[Finding]) -> Vec<Reason> {
    let answered: BTreeSet<&Reason> = steps.iter().flat_map(|step| &step.reasons).collect();
    let left = reasons(after.iter()).into_iter();
    left.filter(|reason| answered.contains(reason)).collect()
}

fn reasons<'f>(findings: impl Iterator<Item = &'f Finding>) -> Vec<Reason> {
    let reasons = findings.map(|finding| Reason {
        rule: finding.rule,
        fingerprint: finding.fingerprint,
    });
    let reasons: BTreeSet<Reason> = reasons.collect();
    reasons.into_iter().collect()
}
