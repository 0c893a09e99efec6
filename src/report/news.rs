//! What there is to tell people after a scan: everybody what changed, and each owner with a channel what is theirs.
//!
//! News, not a list: whoever is told the same forty lines every week reads none of them.

use std::collections::BTreeSet;

use crate::model::action::Action;
use crate::model::coverage::CoverageEntry;
use crate::model::estate::Estate;
use crate::model::finding::Subject;
use crate::model::scope::AccountRef;
use crate::model::settings::Settings;

use super::acceptance::{self, Expiring};
use super::diff::{Diff, diff};
use super::owners::Owners;
use super::{Evaluated, Past, Report, ReportedFinding, Selection, Summary, build_since, select};

/// How many steps are told.
const STEPS: usize = 3;

/// What there is to tell one audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// Whom it is for; `None`: everybody, of everything.
    pub audience: Option<Audience>,
    /// Whether there is no older scan: everything is new then.
    pub is_first: bool,
    /// What changed. Findings that somebody has accepted are new, changed or back to nobody, and left out of those lists.
    pub diff: Diff,
    /// Acceptances that have ended since the older scan, the first to end first.
    pub overdue: Vec<Expiring>,
    /// The counts of the report as it is now.
    pub summary: Summary,
    /// What to do next: the first steps about what changed, then about what was there before, the worst first; one an
    /// account, at most three.
    pub steps: Vec<Step>,
}

/// An owner that has a channel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Audience {
    /// The owner's name.
    pub owner: String,
    /// The Slack channel that hears of its findings, as the configuration writes it: `#data-platform`.
    pub channel: String,
}

/// The next step about one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it is about.
    pub subject: Subject,
    /// What to do.
    pub action: Action,
}

impl News {
    /// Returns whether there is nothing to tell: nothing has changed, and nothing is overdue or newly out of sight.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        is_quiet(&self.diff, &self.overdue)
    }
}

fn is_quiet(diff: &Diff, overdue: &[Expiring]) -> bool {
    diff.is_empty() && diff.hidden.is_empty() && diff.unreadable.is_empty() && overdue.is_empty()
}

/// Returns the news since the baseline of `past`: everybody's first, then those of each owner that has a channel and to
/// whom there is something to tell, by name.
#[must_use]
pub fn news(past: &Past, now: &Evaluated, settings: &Settings, tool: &str) -> Vec<News> {
    let mut diff = diff(past, now, settings, tool);
    for list in [&mut diff.new, &mut diff.changed, &mut diff.reopened] {
        list.retain(|reported| reported.accepted.is_none());
    }
    let since = past.baseline.as_ref().map(|old| old.estate.observed_at);
    let overdue = acceptance::ended(settings, since, now.estate.observed_at);
    let told = |audience: Option<Audience>, diff: Diff, overdue: Vec<Expiring>| {
        let selection = Selection {
            account: None,
            owner: audience.as_ref().map(|audience| audience.owner.clone()),
        };
        let part = select(now.clone(), &selection, settings);
        let report = build_since(past, part, settings, tool);
        News {
            is_first: since.is_none(),
            steps: steps(&diff, &report),
            summary: report.summary,
            audience,
            diff,
            overdue,
        }
    };
    let owned = audiences(settings).into_iter().filter_map(|audience| {
        let diff = of_owner(&diff, &audience.owner, past, now, settings);
        let is_theirs = |ended: &&Expiring| ended.terms.owner.as_ref() == Some(&audience.owner);
        let overdue: Vec<_> = overdue.iter().filter(is_theirs).cloned().collect();
        (!is_quiet(&diff, &overdue)).then(|| told(Some(audience), diff, overdue))
    });
    let everybodys = told(None, diff.clone(), overdue.clone());
    std::iter::once(everybodys).chain(owned).collect()
}

/// Returns the owners that have a channel, by name.
fn audiences(settings: &Settings) -> BTreeSet<Audience> {
    let named = settings.owners.named.iter();
    let with_channel = named.filter_map(|owner| {
        Some(Audience {
            owner: owner.team.clone(),
            channel: owner.slack.clone()?,
        })
    });
    with_channel.collect()
}

/// Returns the part of a difference that belongs to one owner.
fn of_owner(whole: &Diff, owner: &str, past: &Past, now: &Evaluated, settings: &Settings) -> Diff {
    let mut diff = whole.clone();
    for list in [
        &mut diff.new,
        &mut diff.changed,
        &mut diff.reopened,
        &mut diff.fixed,
        &mut diff.hidden,
    ] {
        list.retain(|reported| is_owners(reported, owner));
    }
    let owners = Owners::of(&now.estate, &settings.owners);
    let owns = |account: &AccountRef| {
        let owned = owners.of_subject(&Subject::Account(account.clone()));
        owned.is_some_and(|owned| owned.name == owner)
    };
    diff.active_again.retain(|again| owns(&again.account));
    diff.recreated.retain(|again| {
        let mut accounts = now.estate.accounts.iter();
        let account = accounts.find(|account| account.facts.unique_id == again.now);
        account.is_some_and(|account| owns(&account.reference()))
    });
    let old = past.baseline.as_ref().map(|old| &old.estate);
    let estates = [Some(&now.estate), old];
    let is_near = |gap: &CoverageEntry| {
        let project = gap.scope.project();
        let of = |estate: &Estate| {
            let mut accounts = estate.accounts.iter();
            accounts.any(|account| {
                Some(&account.facts.project) == project && owns(&account.reference())
            })
        };
        estates.into_iter().flatten().any(of)
    };
    diff.unreadable.retain(is_near);
    diff.readable_again.retain(is_near);
    diff
}

fn is_owners(reported: &ReportedFinding, owner: &str) -> bool {
    let held = reported.owner.as_ref();
    held.is_some_and(|held| held.name == owner)
}

/// Returns the next steps.
fn steps(diff: &Diff, report: &Report) -> Vec<Step> {
    let changed = [&diff.new, &diff.reopened, &diff.changed];
    let changed = changed.into_iter().flatten();
    let standing = report
        .findings()
        .filter(|reported| reported.accepted.is_none());
    let mut seen = BTreeSet::new();
    let first = changed.chain(standing).filter_map(|reported| {
        let finding = &reported.finding;
        let action = finding.actions.first()?;
        let of = match finding.subject.account() {
            Some(account) => Subject::Account(account.clone()),
            None => finding.subject.clone(),
        };
        seen.insert(of.clone()).then(|| Step {
            subject: of,
            action: action.clone(),
        })
    });
    first.take(STEPS).collect()
}
