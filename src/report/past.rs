//! What earlier scans know of a finding: whether it is new, known, changed or back, and since when it is there.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::discriminant;

use chrono::{DateTime, Utc};

use crate::model::coverage::{Dataset, Reading};
use crate::model::estate::Estate;
use crate::model::finding::{Finding, Fingerprint};
use crate::model::history::History;
use crate::model::names::ProjectId;
use crate::model::scope::{Root, Scope};
use crate::rules::{self, Evaluation};

use super::acceptance::Decision;
use super::lines::Status;

/// What earlier scans know. Without anything, no finding has a status.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Past {
    /// An earlier scan, evaluated by the same rules under the same settings.
    pub baseline: Option<Evaluated>,
    /// When each finding was seen first.
    pub history: Option<History>,
}

/// An estate and what the rules said about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluated {
    /// The estate.
    pub estate: Estate,
    /// What the rules said.
    pub evaluation: Evaluation,
}

/// A past, ready to be asked about one finding after the other.
pub(super) struct Known<'a> {
    baseline: Option<(&'a Evaluated, BTreeMap<Fingerprint, &'a Finding>)>,
    history: Option<&'a History>,
    estate: &'a Estate,
}

impl<'a> Known<'a> {
    /// Returns what the past knows of the findings of `estate`.
    pub(super) fn of(past: &'a Past, estate: &'a Estate) -> Self {
        Self {
            baseline: past
                .baseline
                .as_ref()
                .map(|old| (old, by_fingerprint(&old.evaluation))),
            history: past.history.as_ref(),
            estate,
        }
    }

    /// Returns how a finding stands against the baseline; without one, changed or nothing: an acceptance that it has
    /// outgrown knows what it was.
    pub(super) fn status(&self, finding: &Finding, decision: &Decision) -> Option<Status> {
        let Some((old, found)) = &self.baseline else {
            let is_outgrown = *decision == Decision::Lapsed { at: None };
            return is_outgrown.then_some(Status::Changed);
        };
        let before = old.estate.observed_at;
        if let Some(held) = found.get(&finding.fingerprint) {
            let is_worse = finding.severity > held.severity || finding.confidence > held.confidence;
            let is_other = finding.evidence_digest != held.evidence_digest;
            let has_lapsed = match decision {
                Decision::Lapsed { at } => at.is_none_or(|at| before < at),
                Decision::Open | Decision::Accepted(_) => false,
            };
            return Some(if is_worse || is_other || has_lapsed {
                Status::Changed
            } else {
                Status::Known
            });
        }
        let earlier = |history: &&History| history.evidence_before(&finding.fingerprint, before);
        let earlier = self.history.as_ref().and_then(earlier);
        Some(match earlier {
            None => Status::New,
            // It was there before, and the baseline could have seen it: it was gone, and is back.
            Some(_) if could_see(old, finding, self.estate) => Status::Reopened,
            Some(digest) if digest == finding.evidence_digest => Status::Known,
            Some(_) => Status::Changed,
        })
    }

    /// Returns when a finding was seen first, as far as the past reaches; `None` without a past.
    pub(super) fn first_seen(&self, finding: &Finding) -> Option<DateTime<Utc>> {
        let now = self.estate.observed_at;
        let in_history = self
            .history
            .map(|history| history.first_seen(&finding.fingerprint));
        let in_baseline = self.baseline.as_ref().map(|(old, found)| {
            found
                .contains_key(&finding.fingerprint)
                .then_some(old.estate.observed_at)
        });
        let known = [in_history, in_baseline].into_iter().flatten();
        known.map(|seen| seen.unwrap_or(now).min(now)).min()
    }
}

/// Returns the findings by fingerprint.
pub(super) fn by_fingerprint(evaluation: &Evaluation) -> BTreeMap<Fingerprint, &Finding> {
    let findings = evaluation.findings.iter();
    findings
        .map(|finding| (finding.fingerprint, finding))
        .collect()
}

/// Returns whether a scan would have told of the finding that another scan tells of: its place was looked at, with every
/// place that its rule looks at beside it, and no read that the rule needs failed there. A gap is not a fix.
///
/// A read that brought nothing in both scans hides nothing: the finding does not rest on it.
pub(super) fn could_see(scan: &Evaluated, finding: &Finding, other: &Estate) -> bool {
    let Evaluated { estate, evaluation } = scan;
    let scope = finding.subject.scope();
    let was_whole = is_whole_organization(estate, other);
    if !is_looked_at(estate, &scope) {
        return was_whole;
    }
    let rule = rules::find(finding.rule);
    let needs_one_project = rule.is_some_and(|rule| rule.meta().needs_one_project());
    if !needs_one_project && !was_whole && !has_every_project(estate, other) {
        return false;
    }
    let hidden = evaluation.not_evaluated.iter().any(|item| {
        let before = other.coverage.reading(&item.scope, item.dataset);
        item.rule == finding.rule
            && concerns(&item.scope, &scope)
            && !(is_list(item.dataset) && scope.project().is_some())
            && hides(&item.reading, before)
    });
    let open = evaluation.undecided.iter().any(|item| {
        let same = item.subject == finding.subject
            || item.subject.scope() == scope && item.subject.key().is_none();
        item.rule == finding.rule && same
    });
    !hidden && !open
}

/// Returns whether a scan looked at a place at all, whatever it could read there.
fn is_looked_at(estate: &Estate, scope: &Scope) -> bool {
    match (scope, scope.project()) {
        (_, Some(project)) => estate.projects.iter().any(|known| known.id == *project),
        (Scope::Organization(_) | Scope::Folder(_), None) => {
            let mut places = estate.coverage.iter().map(|(place, ..)| place);
            places.any(|place| place == scope)
        }
        (Scope::Caller | Scope::Project(_) | Scope::Account(_), None) => true,
    }
}

/// Returns whether both scans were of the same organization, and this one listed all that lies in it: what is in no list
/// is gone then. From a folder it may have been moved out, and what a caller may no longer see is in no search.
fn is_whole_organization(estate: &Estate, other: &Estate) -> bool {
    let mut roots = estate.scope.roots.iter();
    let is_organization = |root: &Root| matches!(root, Root::Organization(_));
    let mut lists = estate.coverage.gaps().map(|(_, dataset, _)| dataset);
    estate.scope == other.scope && roots.any(is_organization) && !lists.any(is_list)
}

/// Returns whether a scan looked at every project that another one looked at.
fn has_every_project(estate: &Estate, other: &Estate) -> bool {
    let listed: BTreeSet<&ProjectId> = estate.projects.iter().map(|known| &known.id).collect();
    other
        .projects
        .iter()
        .all(|project| listed.contains(&project.id))
}

fn is_list(dataset: Dataset) -> bool {
    [Dataset::Projects, Dataset::Folders].contains(&dataset)
}

/// Returns whether what is missing in one scope may hide something in another: above it, in it, or around it.
fn concerns(missing: &Scope, scope: &Scope) -> bool {
    match (missing, scope) {
        (Scope::Account(missing), Scope::Account(account)) => missing == account,
        (Scope::Account(_) | Scope::Project(_), scope) => {
            scope.project().is_none() || missing.project() == scope.project()
        }
        (Scope::Caller | Scope::Organization(_) | Scope::Folder(_), _) => true,
    }
}

/// Returns whether a read that ended so may hide what a scan found whose read of the same ended as in `before`.
fn hides(reading: &Reading, before: &Reading) -> bool {
    match reading {
        Reading::Read | Reading::Stale { .. } | Reading::NotCovered { .. } => false,
        Reading::Malformed { .. } | Reading::Truncated { .. } => true,
        Reading::Skipped
        | Reading::Denied { .. }
        | Reading::ApiDisabled { .. }
        | Reading::Quota { .. }
        | Reading::Perimeter { .. }
        | Reading::Failed { .. } => discriminant(reading) != discriminant(before),
    }
}
