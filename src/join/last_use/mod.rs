//! When an account or key was last used: what every source says of it, fused into one of three answers.
//!
//! The latest sighting wins, whatever its source. Silence counts only of a source that looked at this very credential
//! and can tell silence: audit logs never do, since Data Access logging may be off, the account exempted, or the call
//! made in another project.

mod analyzer;
mod monitoring;
mod recommender;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::account::ServiceAccount;
use crate::model::coverage::Reading;
use crate::model::key::ServiceAccountKey;
use crate::model::place::PlacedCaller;
use crate::model::snapshot::Facts;
use crate::model::usage::{LastUse, Period, UsageSource, WhyUnknown, Window};

use analyzer::Activities;
use monitoring::Counts;
use recommender::Insights;

/// The sources that tell of single credentials.
pub(super) struct Sources<'a> {
    analyzer: Activities<'a>,
    monitoring: Counts<'a>,
    recommender: Insights<'a>,
}

/// What one source says of one credential.
pub(super) struct Answer {
    seen: Option<Sighting>,
    /// Over which stretch the source looked, where its silence outside of the sighting tells something.
    window: Option<Window>,
    /// Why it cannot tell, where it neither saw nor looked.
    why: Option<WhyUnknown>,
}

/// A use that a source saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Sighting {
    /// As the source stamps it.
    at: DateTime<Utc>,
    /// The latest moment that the stamp may mean.
    latest: DateTime<Utc>,
    source: UsageSource,
}

impl Answer {
    fn unknown(why: WhyUnknown) -> Self {
        Self {
            seen: None,
            window: None,
            why: Some(why),
        }
    }
}

impl<'a> Sources<'a> {
    pub(super) fn of(facts: &'a Facts, observed_at: DateTime<Utc>) -> Self {
        Self {
            analyzer: Activities::of(facts, observed_at),
            monitoring: Counts::of(facts, observed_at),
            recommender: Insights::of(facts, observed_at),
        }
    }

    /// Returns when a key was last used; `callers` are those that log entries name with it.
    pub(super) fn of_key(
        &self,
        account: &ServiceAccount,
        key: &ServiceAccountKey,
        callers: &[PlacedCaller],
    ) -> LastUse {
        let logged = logged(callers);
        let answers = [
            self.analyzer.of_key(account, key),
            self.monitoring.of_key(account, key),
        ];
        // A system that lists an account's keys, to check a signature, looks like a use of each of them:
        // https://cloud.google.com/iam/docs/service-account-usage-tools
        fuse(answers, logged, |seen| {
            !seen.source.is_audit_log() && !logged.is_some_and(|line| agrees(line, seen))
        })
    }

    /// Returns when an account was last used, by itself or by one of its keys.
    pub(super) fn of_account<'k>(
        &self,
        account: &ServiceAccount,
        callers: &[PlacedCaller],
        keys: impl IntoIterator<Item = &'k LastUse>,
    ) -> LastUse {
        let answers = [
            self.analyzer.of_account(account),
            self.monitoring.of_account(account),
            self.recommender.of_account(account),
        ];
        let by_itself = fuse(answers, logged(callers), |_| false);
        let by_keys = keys.into_iter().filter_map(|of_key| match of_key {
            LastUse::Seen {
                at,
                latest,
                source,
                weak,
                ..
            } => Some((*at, *latest, *source, *weak)),
            LastUse::NotSeen { .. } | LastUse::Unknown { .. } => None,
        });
        by_keys.fold(by_itself, seen_too)
    }
}

/// Returns the last use with a sighting of one of the account's keys: the later one counts, and of both the latest moment
/// that either may mean.
fn seen_too(
    held: LastUse,
    (at, latest, source, weak): (DateTime<Utc>, DateTime<Utc>, UsageSource, bool),
) -> LastUse {
    let by_key = |latest, windows| LastUse::Seen {
        at,
        latest,
        source,
        weak,
        windows,
    };
    match held {
        LastUse::Seen {
            at: held_at,
            latest: held_latest,
            source,
            weak,
            windows,
        } => {
            let latest = latest.max(held_latest);
            if held_at < at {
                return by_key(latest, windows);
            }
            LastUse::Seen {
                at: held_at,
                latest,
                source,
                weak,
                windows,
            }
        }
        LastUse::NotSeen { windows } => by_key(latest, windows),
        LastUse::Unknown { .. } => by_key(latest, Vec::new()),
    }
}

/// Returns the answer that the sources give together; `weak` says whether a sighting may be a mere listing of keys.
fn fuse(
    answers: impl IntoIterator<Item = Answer>,
    logged: Option<Sighting>,
    weak: impl Fn(Sighting) -> bool,
) -> LastUse {
    let mut seen: Vec<Sighting> = logged.into_iter().collect();
    let (mut windows, mut why) = (Vec::new(), None);
    for answer in answers {
        seen.extend(answer.seen);
        windows.extend(answer.window);
        why = match (why, answer.why) {
            // What was asked for and gave nothing says more than what was not asked for.
            (None | Some(WhyUnknown::NotRead(Reading::Skipped)), Some(next)) => Some(next),
            (held, _) => held,
        };
    }
    let latest = seen.iter().map(|seen| seen.latest).max();
    let last = seen
        .into_iter()
        .max_by_key(|seen| (seen.at, seen.source.is_audit_log(), seen.source));
    match (last, latest) {
        (Some(last), Some(latest)) => LastUse::Seen {
            at: last.at,
            latest,
            source: last.source,
            weak: weak(last),
            windows,
        },
        _ if windows.is_empty() => LastUse::Unknown {
            why: why.unwrap_or(WhyUnknown::NotRead(Reading::Skipped)),
        },
        _ => LastUse::NotSeen { windows },
    }
}

/// Returns the last call that a log tells of.
fn logged(callers: &[PlacedCaller]) -> Option<Sighting> {
    let calls = callers.iter().map(|caller| &caller.call);
    calls
        .map(|call| Sighting {
            at: call.seen.to,
            latest: call.seen.to,
            source: call.source,
        })
        .max()
}

/// Returns whether a log line shows that a sighting was a use and no listing: both are of one day, or the line is later.
fn agrees(line: Sighting, seen: Sighting) -> bool {
    seen.at - line.at <= TimeDelta::days(1)
}

/// Returns the period up to `observed_at`: nobody has looked at the days to come, whatever the source says.
fn up_to(period: Period, observed_at: DateTime<Utc>) -> Option<Period> {
    let Period { from, to } = period;
    let to = to.min(observed_at);
    (from <= to).then_some(Period { from, to })
}
