//! Whether somebody has accepted a finding or a gap.

use chrono::{DateTime, Utc};

use crate::model::acceptance::{Standing, Terms};
use crate::model::coverage::Dataset;
use crate::model::finding::Finding;
use crate::model::message::Message;
use crate::model::scope::Scope;
use crate::model::settings::Settings;

/// How long before its last day an acceptance is said to be about to expire, days.
const SOON: i64 = 30;

/// What the acceptances come to for one finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Nobody has accepted it.
    Open,
    /// Somebody has, on these terms.
    Accepted(Terms),
    /// Somebody had, until that moment: its day is over, or what the finding rests on has changed. It counts again.
    Lapsed {
        /// The end of the acceptance; `None`: what it rests on has changed.
        at: Option<DateTime<Utc>>,
    },
}

/// Returns what the user's acceptances come to for a finding at `now`: the first that covers it counts.
pub(super) fn decide(finding: &Finding, settings: &Settings, now: DateTime<Utc>) -> Decision {
    let mut decision = Decision::Open;
    for acceptance in &settings.acceptances {
        match acceptance.standing(finding, now) {
            Some(Standing::Covers) => return Decision::Accepted(acceptance.terms.clone()),
            Some(Standing::Expired) => {
                decision = Decision::Lapsed {
                    at: Some(acceptance.terms.end()),
                }
            }
            Some(Standing::Outgrown) if !finding.is_one_of_several() => {
                decision = Decision::Lapsed { at: None }
            }
            Some(Standing::Outgrown | Standing::NoIdentity | Standing::NoEvidence) | None => {}
        }
    }
    decision
}

/// Returns the terms on which somebody has accepted a gap at `now`.
pub(super) fn of_gap(
    scope: &Scope,
    dataset: Dataset,
    settings: &Settings,
    now: DateTime<Utc>,
) -> Option<Terms> {
    let mut acceptances = settings.gap_acceptances.iter();
    let covering = acceptances.find(|acceptance| acceptance.covers(scope, dataset, now))?;
    Some(covering.terms.clone())
}

/// An acceptance that is in force for a short while only, or that has just ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiring {
    /// What it accepts.
    pub of: Message,
    /// Why, by whom, until when.
    pub terms: Terms,
}

/// Returns the acceptances that hold at `now` and end within thirty days, the first to end first.
pub(super) fn expiring(settings: &Settings, now: DateTime<Utc>) -> Vec<Expiring> {
    those(settings, |terms| {
        terms.hold(now) && (terms.end() - now).num_days() <= SOON
    })
}

/// Returns the acceptances that have ended by `now` and held at `since`, the first to end first; without `since`, all that
/// have ended.
pub(super) fn ended(
    settings: &Settings,
    since: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Vec<Expiring> {
    those(settings, |terms| {
        !terms.hold(now) && since.is_none_or(|since| terms.hold(since))
    })
}

/// Returns the acceptances whose terms are wanted, the first to end first.
fn those(settings: &Settings, is_wanted: impl Fn(&Terms) -> bool) -> Vec<Expiring> {
    let findings = settings.acceptances.iter();
    let findings = findings.map(|acceptance| (acceptance.name(), &acceptance.terms));
    let gaps = settings.gap_acceptances.iter();
    let gaps = gaps.map(|acceptance| (acceptance.name(), &acceptance.terms));
    let wanted = findings.chain(gaps).filter(|(_, terms)| is_wanted(terms));
    let mut wanted: Vec<Expiring> = wanted
        .map(|(of, terms)| Expiring {
            of,
            terms: terms.clone(),
        })
        .collect();
    wanted.sort_by(|a, b| (a.terms.until, &a.of).cmp(&(b.terms.until, &b.of)));
    wanted
}
