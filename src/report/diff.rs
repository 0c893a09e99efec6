//! What changed between two scans: what is new, changed, back or fixed, and what can no longer be seen.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::coverage::{CoverageEntry, Dataset, Reading};
use crate::model::estate::{Account, Estate, Key};
use crate::model::finding::Finding;
use crate::model::names::{Email, KeyId, UniqueId};
use crate::model::scope::{AccountRef, ScanScope, Scope};
use crate::model::settings::Settings;
use crate::model::usage::LastUse;
use crate::rules::Evaluation;

use super::acceptance::{self, Expiring};
use super::past::{self, Evaluated, Past};
use super::{ReportedFinding, Status, owners, reported};

/// What changed from an older scan to a newer one. Each list of findings is worst first, then by subject, then by rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// The program that made it: `sa-audit 0.1.0`.
    pub tool: String,
    /// The moment of the older scan, UTC.
    pub from: DateTime<Utc>,
    /// The moment of the newer scan, UTC.
    pub to: DateTime<Utc>,
    /// The scope of the older scan, where it is another one.
    pub other_scope: Option<ScanScope>,
    /// Findings that the older scan does not have.
    pub new: Vec<ReportedFinding>,
    /// Findings that it has with other evidence, less severe or less sure, or accepted.
    pub changed: Vec<ReportedFinding>,
    /// Findings that were gone and are back.
    pub reopened: Vec<ReportedFinding>,
    /// Findings of the older scan that are gone, and that the newer one would have seen.
    pub fixed: Vec<ReportedFinding>,
    /// Findings of the older scan that the newer one cannot see: nobody knows whether they are fixed.
    pub hidden: Vec<ReportedFinding>,
    /// How many findings are in both, and the same.
    pub known: u64,
    /// Gaps that nobody has accepted and that the older scan does not have.
    pub unreadable: Vec<CoverageEntry>,
    /// Gaps of the older scan that were read, whole, by the newer one.
    pub readable_again: Vec<CoverageEntry>,
    /// Keys that can sign in, or were seen, again.
    pub active_again: Vec<ActiveAgain>,
    /// Accounts that were deleted and created again under the same address.
    pub recreated: Vec<Recreated>,
    /// Acceptances that end within thirty days of the newer scan, the first to end first.
    pub expiring: Vec<Expiring>,
}

/// A key that is active again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActiveAgain {
    /// The key's account.
    pub account: AccountRef,
    /// The key.
    pub key: KeyId,
    /// What happened.
    pub how: Activity,
}

/// How a key has become active again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Activity {
    /// It, or its account, was disabled, and can sign in now.
    Enabled,
    /// It was not seen for the time after which it is no longer active, and was seen since.
    Used,
}

/// An account that has the address of one that is gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recreated {
    /// The address.
    pub email: Email,
    /// The unique id that had it.
    pub before: UniqueId,
    /// The unique id that has it.
    pub now: UniqueId,
}

/// Returns what changed from the baseline of `past` to `now`; without a baseline, everything is new.
#[must_use]
pub fn diff(past: &Past, now: &Evaluated, settings: &Settings, tool: &str) -> Diff {
    let old = &past.baseline.clone().unwrap_or_else(|| empty(now));
    let past = &Past {
        baseline: Some(old.clone()),
        history: past.history.clone(),
    };
    let of = |evaluated: &Evaluated, past: &Past| {
        let Evaluated { estate, evaluation } = evaluated;
        let owners = owners::Owners::of(estate, &settings.owners);
        let mut findings = reported(evaluation.findings.clone(), estate, settings, past, &owners);
        // Stable: of one severity, they stay by subject, then rule.
        findings.sort_by_key(|reported| Reverse(reported.finding.severity));
        findings
    };
    let mut by_status: BTreeMap<Option<Status>, Vec<ReportedFinding>> = BTreeMap::new();
    for finding in of(now, past) {
        by_status.entry(finding.status).or_default().push(finding);
    }
    let mut take = |status| by_status.remove(&Some(status)).unwrap_or_default();
    let found = past::by_fingerprint(&now.evaluation);
    let is_gone = |finding: &Finding| !found.contains_key(&finding.fingerprint);
    let before = Past {
        baseline: None,
        history: past.history.clone(),
    };
    let gone = of(old, &before)
        .into_iter()
        .filter(|reported| is_gone(&reported.finding));
    let (fixed, hidden) =
        gone.partition(|reported| past::could_see(now, &reported.finding, &old.estate));
    let at = now.estate.observed_at;
    Diff {
        tool: tool.to_owned(),
        from: old.estate.observed_at,
        to: at,
        other_scope: (old.estate.scope != now.estate.scope).then(|| old.estate.scope.clone()),
        new: take(Status::New),
        changed: take(Status::Changed),
        reopened: take(Status::Reopened),
        known: take(Status::Known).len() as u64,
        fixed,
        hidden,
        unreadable: only_in(&now.estate, &old.estate)
            .filter(|gap| acceptance::of_gap(&gap.scope, gap.dataset, settings, at).is_none())
            .collect(),
        readable_again: only_in(&old.estate, &now.estate)
            .filter(|gap| is_recorded(&now.estate, gap))
            .collect(),
        active_again: active_again(&old.estate, &now.estate, settings),
        recreated: recreated(&old.estate, &now.estate),
        expiring: acceptance::expiring(settings, at),
    }
}

impl Diff {
    /// Returns whether nothing has changed but what could be read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let findings = [&self.new, &self.changed, &self.reopened, &self.fixed];
        findings.iter().all(|list| list.is_empty())
            && self.active_again.is_empty()
            && self.recreated.is_empty()
    }

    /// Returns the exit code where changes are asked to make one: 1 for changes, 3 for what can no longer be read, else 0.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match (self.is_empty(), self.unreadable.is_empty()) {
            (false, _) => 1,
            (true, false) => 3,
            (true, true) => 0,
        }
    }
}

/// Returns the scan that saw nothing, of the same scope and time as another one.
fn empty(of: &Evaluated) -> Evaluated {
    let mut estate = of.estate.clone();
    estate.accounts.clear();
    Evaluated {
        estate,
        evaluation: Evaluation::default(),
    }
}

/// Returns the gaps of one estate that are none of another's.
fn only_in<'a>(
    estate: &'a Estate,
    other: &'a Estate,
) -> impl Iterator<Item = CoverageEntry> + use<'a> {
    let is_new = |(scope, dataset, _): &(&Scope, Dataset, &Reading)| {
        !other.coverage.reading(scope, *dataset).is_gap()
    };
    let gaps = estate.coverage.gaps().filter(is_new);
    gaps.map(|(scope, dataset, reading)| CoverageEntry {
        scope: scope.clone(),
        dataset,
        reading: reading.clone(),
    })
}

/// Returns whether an estate's scan read what is a gap in another one's.
fn is_recorded(estate: &Estate, gap: &CoverageEntry) -> bool {
    estate.coverage.reading(&gap.scope, gap.dataset).is_known()
}

fn active_again(old: &Estate, new: &Estate, settings: &Settings) -> Vec<ActiveAgain> {
    let name =
        |account: &Account, key: &Key| (account.facts.unique_id.clone(), key.facts.id.clone());
    let before: BTreeMap<_, _> = old
        .user_managed_keys()
        .map(|(account, key)| (name(account, key), (account, key)))
        .collect();
    let mut active: Vec<ActiveAgain> = new
        .live_keys()
        .filter_map(|(account, key)| {
            let (old_account, old_key) = before.get(&name(account, key))?;
            let was_live = !old_account.facts.disabled && old_key.is_enabled(old.observed_at);
            let how = if !was_live {
                Activity::Enabled
            } else if was_idle(&old_key.last_use, old.observed_at, settings)
                && key
                    .last_use
                    .seen_within(new.observed_at, settings.thresholds.active_within)
            {
                Activity::Used
            } else {
                return None;
            };
            Some(ActiveAgain {
                account: account.reference(),
                key: key.facts.id.clone(),
                how,
            })
        })
        .collect();
    active.sort();
    active
}

/// Returns whether sources looked, and saw nothing for so long that the credential was no longer active.
fn was_idle(last_use: &LastUse, now: DateTime<Utc>, settings: &Settings) -> bool {
    let days = settings.thresholds.active_within;
    match last_use {
        LastUse::Seen { .. } => !last_use.seen_within(now, days),
        LastUse::NotSeen { windows } => windows
            .iter()
            .any(|window| window.to - window.from >= TimeDelta::days(days.into())),
        LastUse::Unknown { .. } => false,
    }
}

fn recreated(old: &Estate, new: &Estate) -> Vec<Recreated> {
    let before: BTreeMap<&Email, &UniqueId> = old
        .accounts
        .iter()
        .map(|account| (&account.facts.email, &account.facts.unique_id))
        .collect();
    let mut recreated: Vec<Recreated> = new
        .accounts
        .iter()
        .filter_map(|account| {
            let before = before.get(&account.facts.email)?;
            (**before != account.facts.unique_id).then(|| Recreated {
                email: account.facts.email.clone(),
                before: (*before).clone(),
                now: account.facts.unique_id.clone(),
            })
        })
        .collect();
    recreated.sort();
    recreated
}
