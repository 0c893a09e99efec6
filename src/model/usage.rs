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
        /// Every stretch over which a source looked that can tell silence; audit logs cannot, and have none here.
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
    /// Recommender has no insight about the account; it speaks of idle ones only.
    NoInsight,
    /// The source has a row of this credential that does not say over which time it looked.
    NoPeriod,
    /// The key is disabled, and the source leaves disabled keys out.
    DisabledKeysLeftOut,
    /// The source counted nothing at all in the project, which proves nothing of one credential.
    NothingCounted,
}

impl LastUse {
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
