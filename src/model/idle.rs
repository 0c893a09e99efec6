//! How long a credential has been idle: its last use against its life, by the rules that keep a wrong "unused" out.

use chrono::{DateTime, TimeDelta, Utc};

use super::usage::{LastUse, UsageSource, WhyUnknown, Window};

/// A source whose window ends longer than this before the scan does not cover the present.
pub const MAX_LAG: TimeDelta = TimeDelta::days(3);

/// Monitoring keeps its counts for six weeks; a window shorter by up to a day still counts as all of it.
const MONITORING_WINDOW: TimeDelta = TimeDelta::days(41);

/// Since when an account or key could be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// When it was made.
    pub created: Creation,
    /// The last time that it, or its account, was switched on again, as far as an activity log tells.
    pub enabled: Option<DateTime<Utc>>,
    /// Since when it is switched off, as far as an activity log tells; `None` where it is not, or where no log tells.
    pub disabled: Option<DateTime<Utc>>,
    /// From when on the activity log of its project was read, without a break up to the scan: since then it was not
    /// switched on but at `enabled`. `None`: it was not read so.
    pub log_since: Option<DateTime<Utc>>,
}

/// When an account or key was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Creation {
    /// Then.
    At(DateTime<Utc>),
    /// It is not known to the moment.
    Between {
        /// Not before this: an uploaded key's certificate begins, or an account of the same address was deleted.
        after: Option<DateTime<Utc>>,
        /// No later than this: it was seen then.
        by: Option<DateTime<Utc>>,
    },
}

/// How long a credential has been idle, as far as that can be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Idle {
    /// It was seen within the threshold.
    Recent,
    /// It could not be used for as long as the threshold: it is younger, or was switched on within it.
    Young,
    /// It was not seen for the whole threshold, by a source that looked at all of it.
    NotSeen {
        /// For how many whole days, counted from the latest of creation, switching on, last use and the window's begin.
        days: i64,
        /// What is missing for "unused", in a fixed order; with any, it is "not observed".
        doubts: Vec<Doubt>,
    },
    /// What was looked at does not cover the threshold.
    Inconclusive {
        /// How many whole days were looked at since the credential could be used or was last seen.
        observed_days: i64,
    },
    /// The sources' data ends too long before the scan.
    Stale {
        /// Where it ends, UTC.
        to: DateTime<Utc>,
    },
    /// It was not seen, and may be younger than the threshold.
    AgeUnknown,
    /// It is not known.
    Unknown(WhyUnknown),
}

/// What keeps "not observed" from being "unused".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// The source did not look, or cannot tell.
    NotChecked(UsageSource),
    /// The source looked at less than it takes, or not up to the scan.
    NotWhole(UsageSource),
    /// When it was made is not known, and may be later than it seems.
    Age,
    /// Since when it is enabled is not known: no activity log was read over the whole threshold.
    Enabled,
    /// Tokens that it signs offline are seen by no source.
    SignsOffline,
    /// Its account has an HMAC key or a bound API key: it works where no source looks, and may do so with this one too.
    OtherCredentials,
    /// Which services its project uses is not known, so that it may sign tokens offline.
    MaySignOffline,
    /// A grant above the account lets federated identities or Kubernetes workloads sign in as every account below it.
    FederatedAbove,
}

impl Life {
    /// Returns the earliest moment since which it can have been usable without a break; `None` where nothing tells.
    #[must_use]
    pub fn usable_since(&self) -> Option<DateTime<Utc>> {
        self.created.not_before().max(self.enabled)
    }
}

impl Creation {
    /// Returns the moment before which it was not there; `None` where nothing tells.
    #[must_use]
    pub fn not_before(self) -> Option<DateTime<Utc>> {
        match self {
            Self::At(at) => Some(at),
            Self::Between { after, .. } => after,
        }
    }

    /// Returns the moment at which it was there for certain; `None` where nothing tells.
    #[must_use]
    pub fn no_later_than(self) -> Option<DateTime<Utc>> {
        match self {
            Self::At(at) => Some(at),
            Self::Between { by, .. } => by,
        }
    }
}

impl LastUse {
    /// Returns how long a credential of that life has been idle at `now`, measured against `threshold_days`.
    ///
    /// "Unused" takes Policy Analyzer over the whole threshold, up to three days before `now`, Monitoring over its six
    /// weeks, and an activity log that tells since when it is enabled. Whatever is missing stands in the doubts.
    #[must_use]
    pub fn idle(&self, life: &Life, now: DateTime<Utc>, threshold_days: u32) -> Idle {
        // Differences never overflow, sums of a time and a threshold may: Google's times are not ours to choose.
        let threshold = TimeDelta::days(threshold_days.into());
        let is_within = |at: DateTime<Utc>| now - at < threshold;
        let young = life.usable_since().is_some_and(is_within);
        let (windows, seen) = match self {
            Self::Unknown { .. } if young => return Idle::Young,
            Self::Unknown { why } => return Idle::Unknown(why.clone()),
            Self::Seen {
                latest, windows, ..
            } => (windows, Some(*latest)),
            Self::NotSeen { windows } => (windows, None),
        };
        if seen.is_some_and(is_within) {
            return Idle::Recent;
        }
        if young {
            return Idle::Young;
        }
        let fresh = || windows.iter().filter(|window| is_fresh(window, now));
        let covering = || fresh().filter(|window| !is_within(window.from));
        let begin = |window: &Window| life.usable_since().max(seen).max(Some(window.from));
        let Some(widest) = covering().min_by_key(|window| (window.source, window.from)) else {
            let observed = fresh().filter_map(|window| Some(window.to.min(now) - begin(window)?));
            return match (observed.max(), windows.iter().map(|window| window.to).max()) {
                (None, Some(to)) => Idle::Stale { to },
                (observed, _) => Idle::Inconclusive {
                    observed_days: observed.map_or(0, |observed| observed.num_days().max(0)),
                },
            };
        };
        let old = life
            .created
            .no_later_than()
            .is_some_and(|at| !is_within(at));
        if !old && life.created.not_before().is_none() {
            return Idle::AgeUnknown;
        }
        let logged = life.log_since.filter(|since| !is_within(*since));
        let counted = fresh().any(|window| {
            window.source == UsageSource::Monitoring && window.to - window.from >= MONITORING_WINDOW
        });
        let analyzed = covering().any(|window| window.source == UsageSource::PolicyAnalyzer);
        let doubts = [
            (!analyzed).then(|| missing(UsageSource::PolicyAnalyzer, windows)),
            (!counted).then(|| missing(UsageSource::Monitoring, windows)),
            (!old).then_some(Doubt::Age),
            logged.is_none().then_some(Doubt::Enabled),
        ];
        // An older switching on than the log reaches back to would shorten the time by no more than this.
        let begin = begin(widest).max(logged).unwrap_or(now);
        Idle::NotSeen {
            days: (now - begin).num_days(),
            doubts: doubts.into_iter().flatten().collect(),
        }
    }
}

fn is_fresh(window: &Window, now: DateTime<Utc>) -> bool {
    now - window.to <= MAX_LAG
}

fn missing(source: UsageSource, windows: &[Window]) -> Doubt {
    if windows.iter().any(|window| window.source == source) {
        Doubt::NotWhole(source)
    } else {
        Doubt::NotChecked(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::names::UniqueId;
    use crate::model::usage::Activity;

    fn born(at: DateTime<Utc>) -> Life {
        Life {
            created: Creation::At(at),
            enabled: None,
            disabled: None,
            log_since: None,
        }
    }

    #[test]
    fn the_ends_of_time_are_times_like_others() {
        let now: DateTime<Utc> = "2026-11-22T09:00:00Z".parse().expect("a time");
        for at in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let source = UsageSource::PolicyAnalyzer;
            let window = Window {
                source,
                from: at,
                to: at,
            };
            let row = Activity {
                account: UniqueId::parse("101").expect("an id"),
                key: None,
                period: None,
                last_authenticated: Some(at),
            };
            let latest = row
                .latest_authentication()
                .expect("a use that was seen stays one");
            let seen = LastUse::Seen {
                at,
                latest,
                source,
                weak: true,
                windows: vec![window],
            };
            let not_seen = LastUse::NotSeen {
                windows: vec![window],
            };
            for last_use in [seen.clone(), not_seen] {
                for (created, days) in [(at, 90), (at, u32::MAX), (now, 90), (now, u32::MAX)] {
                    let idle = last_use.idle(&born(created), now, days);
                    assert!(!matches!(idle, Idle::NotSeen { .. }), "{idle:?}");
                }
            }
            assert_eq!(seen.seen_within(now, 30), at > now);
        }
    }
}
