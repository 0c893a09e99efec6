//! What earlier scans know of a finding: whether it is new, known, changed or back, and since when it is there.

use std::collections::BTreeMap;
use std::mem::discriminant;

use chrono::{DateTime, Utc};

use crate::model::coverage::{Dataset, Reading};
use crate::model::estate::Estate;
use crate::model::finding::{Finding, Fingerprint};
use crate::model::history::History;
use crate::model::scope::Scope;
use crate::rules::Evaluation;

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

/// Returns whether a scan would have told of the finding that another scan tells of: its place was looked at, and no
/// read that its rule needs failed there. A gap is not a fix.
///
/// A read that brought nothing in both scans hides nothing: the finding does not rest on it.
pub(super) fn could_see(scan: &Evaluated, finding: &Finding, other: &Estate) -> bool {
    let Evaluated { estate, evaluation } = scan;
    let scope = finding.subject.scope();
    let is_listed = match scope.project() {
        None => true,
        Some(project) => estate.projects.iter().any(|known| known.id == *project),
    };
    if !is_listed {
        // A project that is in no list is gone where the same scope was listed, whole.
        let listed = |(_, dataset, _): &(&Scope, Dataset, &Reading)| is_list(*dataset);
        return estate.scope == other.scope && !estate.coverage.gaps().any(|gap| listed(&gap));
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
