//! When a credential was last used: what each source said, and the answer with its three forms.

use chrono::{DateTime, Days, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::access::PolicyNode;
use super::coverage::Reading;
use super::names::{KeyId, Member, ProjectId, UniqueId};

/// A source of last use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UsageSource {
    /// Policy Analyzer's last authentication activities: Google Cloud APIs, by the day, one to two days late.
    PolicyAnalyzer,
    /// Monitoring's count of authentications: any Google API, kept for six weeks.
    Monitoring,
    /// Recommender's insights: accounts idle for 90 days, and the permissions that bindings were used for.
    Recommender,
    /// Audit logs, through the Logging API.
    Logging,
    /// Audit logs, from files that a log sink has written.
    Logs,
    /// Audit logs, from a sink's tables in `BigQuery`.
    #[serde(rename = "bigquery")]
    BigQuery,
}

impl UsageSource {
    /// Returns whether the source is an audit log. Logs only ever show a use, never that there was none: Data Access
    /// logging may be off, the account exempted, or the call made in another project.
    #[must_use]
    pub fn is_audit_log(self) -> bool {
        match self {
            Self::Logging | Self::Logs | Self::BigQuery => true,
            Self::PolicyAnalyzer | Self::Monitoring | Self::Recommender => false,
        }
    }
}

/// What Monitoring counted in one project.
///
/// Source: `iam.googleapis.com/service_account/authn_events_count` and `…/key/authn_events_count`,
/// <https://cloud.google.com/iam/docs/service-account-monitoring>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Authentications {
    /// The project of the accounts.
    pub project: ProjectId,
    /// The stretch that was asked about, at most the six weeks that are kept.
    pub period: Period,
    /// What was counted, by account, then key; without any, the answer was empty altogether, and proves nothing.
    pub counts: Vec<AuthenticationCount>,
}

/// How often an account, or one of its keys, has authenticated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AuthenticationCount {
    /// The account.
    pub account: UniqueId,
    /// The key; `None` for the account as a whole.
    pub key: Option<KeyId>,
    /// The end of the last interval with an authentication, UTC; `None`: counted, and always zero.
    pub last: Option<DateTime<Utc>>,
    /// How many authentications there were.
    pub count: u64,
}

/// Recommender's insight about an account that has been idle for 90 days.
///
/// Source: <https://cloud.google.com/policy-intelligence/docs/service-account-insights>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccountInsight {
    /// The account.
    pub account: UniqueId,
    /// What was observed; `None` where the insight does not say.
    pub period: Option<Period>,
    /// The last authentication before; `None`: none is known.
    pub last_authenticated: Option<DateTime<Utc>>,
}

/// Recommender's insight about what a binding was used for.
///
/// Source: <https://cloud.google.com/policy-intelligence/docs/policy-insights>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PolicyInsight {
    /// What the policy is on.
    pub on: PolicyNode,
    /// The member of the binding.
    pub member: Member,
    /// The role of the binding.
    pub role: String,
    /// The expression of the binding's condition; `None`: it has none.
    pub condition: Option<String>,
    /// The permissions that were used, sorted.
    pub exercised: Vec<String>,
    /// The permissions that Google infers to be needed, sorted.
    pub inferred: Vec<String>,
    /// What was observed; `None` where the insight does not say.
    pub period: Option<Period>,
}

/// A row of Policy Analyzer: what it saw of one account or key.
///
/// Source: <https://cloud.google.com/policy-intelligence/docs/activity-analyzer-service-account-authentication>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Activity {
    /// The account, by the unique id inside the row: an address may be a dead namesake's.
    pub account: UniqueId,
    /// The key; `None` for a row about the account as a whole.
    pub key: Option<KeyId>,
    /// Over which time the row observed; each row has its own. `None` where the row does not say: it then proves no
    /// silence.
    pub period: Option<Period>,
    /// The day of the last authentication, as Google stamps it; `None`: not one in the period.
    pub last_authenticated: Option<DateTime<Utc>>,
}

impl Activity {
    /// Returns the latest moment that the stamp of the last authentication may mean.
    ///
    /// Policy Analyzer tells days, and its day is UTC−8 all year: the stamp of day D covers the time up to
    /// D+1, 08:00 UTC. `None` where nothing was seen; a day that has no next one means the stamp itself.
    #[must_use]
    pub fn latest_authentication(&self) -> Option<DateTime<Utc>> {
        let stamp = self.last_authenticated?;
        let next = stamp.date_naive().checked_add_days(Days::new(1));
        let latest = next.and_then(|day| day.and_hms_opt(8, 0, 0));
        Some(latest.map_or(stamp, |latest| latest.and_utc()))
    }
}

/// A stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Period {
    /// Its begin, UTC.
    pub from: DateTime<Utc>,
    /// Its end, UTC; never before its begin.
    pub to: DateTime<Utc>,
}

/// A stretch of time that a source has looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Window {
    /// Who looked.
    pub source: UsageSource,
    /// From when, UTC.
    pub from: DateTime<Utc>,
    /// Until when, UTC.
    pub to: DateTime<Utc>,
}

/// When an account or key was last used. "Could not see" is never "unused".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LastUse {
    /// A source saw it.
    Seen {
        /// When, as the source stamps it, UTC.
        at: DateTime<Utc>,
        /// The latest moment that the stamp may mean: idle time counts from here.
        latest: DateTime<Utc>,
        /// Who saw it.
        source: UsageSource,
        /// Whether no log line agrees, so that it may be a system that merely listed the key.
        weak: bool,
        /// Every stretch that was looked at, this source's among them.
        windows: Vec<Window>,
    },
    /// Sources looked at this very credential and saw nothing.
    NotSeen {
        /// Every stretch that was looked at; at least one.
        windows: Vec<Window>,
    },
    /// Nobody looked, or nobody could tell.
    Unknown {
        /// Why not.
        why: WhyUnknown,
    },
}

/// Why a last use is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhyUnknown {
    /// The source was not read, or not whole.
    NotRead(Reading),
    /// The source was read and has no row of this credential; that does not mean unused.
    NoRow,
    /// The source has a row of this credential that does not say over which time it looked.
    NoPeriod,
    /// The key is disabled, and the source leaves disabled keys out.
    DisabledKeysLeftOut,
}

/// How long a credential has been idle, as far as that can be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Idle {
    /// It was seen within the threshold.
    Recent,
    /// It is younger than the threshold: whatever is known of its use, it cannot have been idle for so long.
    Young,
    /// It was not seen for the whole threshold, by a source that looked at all of it.
    NotSeen {
        /// For how many whole days, counted from the latest of creation, last use and the window's begin.
        days: i64,
        /// Whether both sources that "unused" takes agree; otherwise it is "not observed".
        confirmed: bool,
    },
    /// What was looked at does not cover the threshold.
    Inconclusive {
        /// How many whole days were looked at since the credential was made or last seen.
        observed_days: i64,
    },
    /// The source's data ends too long before the scan.
    Stale {
        /// Where it ends, UTC.
        to: DateTime<Utc>,
    },
    /// It is not known.
    Unknown(WhyUnknown),
}

/// A source whose window ends longer than this before the scan does not cover the present.
const MAX_LAG: TimeDelta = TimeDelta::days(3);

/// Monitoring keeps its counts for six weeks; a window shorter by up to a day still counts as all of it.
const MONITORING_WINDOW: TimeDelta = TimeDelta::days(41);

impl LastUse {
    /// Returns how long a credential made at `created` has been idle at `now`, measured against `threshold_days`.
    ///
    /// "Unused" takes Policy Analyzer over the whole threshold, up to three days before `now`, and Monitoring over its
    /// six weeks; with one of the two alone it is not confirmed, and Monitoring alone seldom covers the threshold.
    #[must_use]
    pub fn idle(&self, created: DateTime<Utc>, now: DateTime<Utc>, threshold_days: u32) -> Idle {
        let threshold = TimeDelta::days(threshold_days.into());
        // Differences never overflow, sums of a time and a threshold may: Google's times are not ours to choose.
        let young = now - created < threshold;
        let (windows, seen) = match self {
            Self::Unknown { .. } if young => return Idle::Young,
            Self::Unknown { why } => return Idle::Unknown(why.clone()),
            Self::Seen {
                latest, windows, ..
            } => (windows, Some(*latest)),
            Self::NotSeen { windows } => (windows, None),
        };
        if seen.is_some_and(|seen| now - seen < threshold) {
            return Idle::Recent;
        }
        if young {
            return Idle::Young;
        }
        let of = |source| {
            windows
                .iter()
                .find(|window: &&Window| window.source == source)
        };
        let analyzer = of(UsageSource::PolicyAnalyzer);
        let monitoring = of(UsageSource::Monitoring);
        let Some(window) = analyzer.or(monitoring) else {
            return Idle::Inconclusive { observed_days: 0 };
        };
        if now - window.to > MAX_LAG {
            return Idle::Stale { to: window.to };
        }
        let begin = seen.unwrap_or(created).max(created).max(window.from);
        if now - window.from < threshold {
            return Idle::Inconclusive {
                observed_days: (window.to.min(now) - begin).num_days().max(0),
            };
        }
        let confirmed = analyzer.is_some()
            && monitoring.is_some_and(|window| {
                window.to - window.from >= MONITORING_WINDOW && now - window.to <= MAX_LAG
            });
        Idle::NotSeen {
            days: (now - begin).num_days(),
            confirmed,
        }
    }

    /// Returns whether it was seen within `days` before `now`.
    #[must_use]
    pub fn seen_within(&self, now: DateTime<Utc>, days: u32) -> bool {
        match self {
            Self::Seen { latest, .. } => now - *latest < TimeDelta::days(days.into()),
            Self::NotSeen { .. } | Self::Unknown { .. } => false,
        }
    }

    /// Returns the stretches that were looked at; none where it is unknown.
    #[must_use]
    pub fn windows(&self) -> &[Window] {
        match self {
            Self::Seen { windows, .. } | Self::NotSeen { windows } => windows,
            Self::Unknown { .. } => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
                    let idle = last_use.idle(created, now, days);
                    assert!(!matches!(idle, Idle::NotSeen { .. }), "{idle:?}");
                }
            }
            assert_eq!(seen.seen_within(now, 30), at > now);
        }
    }
}
