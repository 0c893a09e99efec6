//! What each source may have said of one credential, as facts.

use chrono::{DateTime, Utc};

use sa_audit::model::call::{CredentialEvent, CredentialEventKind, LogWindow};
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::names::{KeyId, ProjectId, UniqueId};
use sa_audit::model::scope::Scope;
use sa_audit::model::snapshot::Facts;
use sa_audit::model::usage::{
    AccountInsight, Activity, AuthenticationCount, Authentications, Period, UsageSource,
};

use crate::support::callers::call;
use crate::support::estate::days_ago;

pub(crate) const EMAIL: &str = "etl@acme-prod.iam.gserviceaccount.com";
pub(crate) const BYSTANDER: &str = "110000000000000000099";

/// The credential that a case is about.
pub(crate) struct Credential {
    pub(crate) account: UniqueId,
    pub(crate) key: Option<KeyId>,
    pub(crate) project: ProjectId,
}

impl Credential {
    fn scope(&self) -> Scope {
        Scope::Project(self.project.clone())
    }
}

pub(crate) fn period(from: i64, to: i64) -> Period {
    Period {
        from: days_ago(from),
        to: days_ago(to),
    }
}

fn denied() -> Reading {
    Reading::Denied { permission: None }
}

fn off(service: &str) -> Reading {
    Reading::ApiDisabled {
        service: service.to_owned(),
        consumer: None,
    }
}

fn broken() -> Reading {
    Reading::Truncated {
        message: "connection reset".to_owned(),
    }
}

/// What Policy Analyzer said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Analyzer {
    SeenRecently,
    SeenLongAgo,
    NotSeen,
    NotSeenBeforeTheReadBroke,
    NoRow,
    RowOfADeadNamesake,
    RowWithoutPeriod,
    ShortWindow,
    StaleEnd,
    Denied,
    ApiDisabled,
    Malformed,
    Truncated,
    Skipped,
}

pub(crate) const ANALYZER: [Analyzer; 14] = [
    Analyzer::SeenRecently,
    Analyzer::SeenLongAgo,
    Analyzer::NotSeen,
    Analyzer::NotSeenBeforeTheReadBroke,
    Analyzer::NoRow,
    Analyzer::RowOfADeadNamesake,
    Analyzer::RowWithoutPeriod,
    Analyzer::ShortWindow,
    Analyzer::StaleEnd,
    Analyzer::Denied,
    Analyzer::ApiDisabled,
    Analyzer::Malformed,
    Analyzer::Truncated,
    Analyzer::Skipped,
];

impl Analyzer {
    /// Returns whether it looked at this very credential over the whole threshold, up to the scan, and saw no use in it.
    pub(crate) fn proves_silence(self) -> bool {
        match self {
            Self::SeenLongAgo | Self::NotSeen | Self::NotSeenBeforeTheReadBroke => true,
            Self::SeenRecently
            | Self::NoRow
            | Self::RowOfADeadNamesake
            | Self::RowWithoutPeriod
            | Self::ShortWindow
            | Self::StaleEnd
            | Self::Denied
            | Self::ApiDisabled
            | Self::Malformed
            | Self::Truncated
            | Self::Skipped => false,
        }
    }

    pub(crate) fn add(self, facts: &mut Facts, of: &Credential) {
        let dataset = if of.key.is_some() {
            Dataset::KeyActivity
        } else {
            Dataset::AccountActivity
        };
        facts.coverage.record(of.scope(), dataset, self.reading());
        let row: Option<(Option<Period>, Option<DateTime<Utc>>)> = match self {
            Self::SeenRecently => Some((Some(period(400, 1)), Some(days_ago(5)))),
            Self::SeenLongAgo => Some((Some(period(400, 1)), Some(days_ago(120)))),
            Self::NotSeen | Self::NotSeenBeforeTheReadBroke => Some((Some(period(400, 1)), None)),
            Self::RowOfADeadNamesake => Some((Some(period(400, 1)), Some(days_ago(5)))),
            Self::RowWithoutPeriod => Some((None, None)),
            Self::ShortWindow => Some((Some(period(43, 1)), None)),
            Self::StaleEnd => Some((Some(period(400, 10)), None)),
            Self::NoRow
            | Self::Denied
            | Self::ApiDisabled
            | Self::Malformed
            | Self::Truncated
            | Self::Skipped => None,
        };
        facts
            .activities
            .extend(row.map(|(period, last_authenticated)| Activity {
                account: if self == Self::RowOfADeadNamesake {
                    UniqueId::parse("99").expect("an id")
                } else {
                    of.account.clone()
                },
                key: of.key.clone(),
                period,
                last_authenticated,
            }));
    }

    fn reading(self) -> Reading {
        match self {
            Self::Denied => denied(),
            Self::ApiDisabled => off("policyanalyzer.googleapis.com"),
            Self::Malformed => Reading::Malformed { count: 1 },
            Self::Truncated | Self::NotSeenBeforeTheReadBroke => broken(),
            Self::Skipped => Reading::Skipped,
            Self::SeenRecently
            | Self::SeenLongAgo
            | Self::NotSeen
            | Self::NoRow
            | Self::RowOfADeadNamesake
            | Self::RowWithoutPeriod
            | Self::ShortWindow
            | Self::StaleEnd => Reading::Read,
        }
    }
}

/// What Monitoring counted in the credential's project.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Monitoring {
    SeenRecently,
    Silent,
    CountedZero,
    CountedNothingAtAll,
    Short,
    StaleEnd,
    Denied,
    ApiDisabled,
    Truncated,
    Skipped,
}

pub(crate) const MONITORING: [Monitoring; 10] = [
    Monitoring::SeenRecently,
    Monitoring::Silent,
    Monitoring::CountedZero,
    Monitoring::CountedNothingAtAll,
    Monitoring::Short,
    Monitoring::StaleEnd,
    Monitoring::Denied,
    Monitoring::ApiDisabled,
    Monitoring::Truncated,
    Monitoring::Skipped,
];

impl Monitoring {
    /// Returns whether it was read for its six weeks, is silent for the credential, and not empty altogether.
    pub(crate) fn is_silent(self) -> bool {
        match self {
            Self::Silent | Self::CountedZero => true,
            Self::SeenRecently
            | Self::CountedNothingAtAll
            | Self::Short
            | Self::StaleEnd
            | Self::Denied
            | Self::ApiDisabled
            | Self::Truncated
            | Self::Skipped => false,
        }
    }

    pub(crate) fn add(self, facts: &mut Facts, of: &Credential) {
        let count = |last: Option<i64>| AuthenticationCount {
            account: of.account.clone(),
            key: of.key.clone(),
            last: last.map(days_ago),
            count: last.map_or(0, |_| 3),
        };
        let bystander = AuthenticationCount {
            account: UniqueId::parse(BYSTANDER).expect("an id"),
            key: None,
            last: Some(days_ago(1)),
            count: 9,
        };
        let (reading, answer) = match self {
            Self::SeenRecently => (
                Reading::Read,
                Some((period(42, 0), vec![bystander, count(Some(5))])),
            ),
            Self::Silent => (Reading::Read, Some((period(42, 0), vec![bystander]))),
            Self::CountedZero => (
                Reading::Read,
                Some((period(42, 0), vec![bystander, count(None)])),
            ),
            Self::CountedNothingAtAll => (Reading::Read, Some((period(42, 0), Vec::new()))),
            Self::Short => (Reading::Read, Some((period(40, 0), vec![bystander]))),
            Self::StaleEnd => (Reading::Read, Some((period(52, 10), vec![bystander]))),
            Self::Denied => (denied(), None),
            Self::ApiDisabled => (off("monitoring.googleapis.com"), None),
            Self::Truncated => (broken(), Some((period(42, 0), vec![bystander]))),
            Self::Skipped => (Reading::Skipped, None),
        };
        facts.coverage.record(of.scope(), Dataset::Metrics, reading);
        facts
            .authentications
            .extend(answer.map(|(period, counts)| Authentications {
                project: of.project.clone(),
                period,
                counts,
            }));
    }
}

/// What Recommender says of the account.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Recommender {
    Silent,
    SeenLongAgo,
    NoInsight,
    StaleEnd,
    Denied,
    Skipped,
}

pub(crate) const RECOMMENDER: [Recommender; 6] = [
    Recommender::Silent,
    Recommender::SeenLongAgo,
    Recommender::NoInsight,
    Recommender::StaleEnd,
    Recommender::Denied,
    Recommender::Skipped,
];

impl Recommender {
    /// Returns whether it looked at the account over the whole threshold, up to the scan, and saw no use in it.
    pub(crate) fn proves_silence(self) -> bool {
        match self {
            Self::Silent | Self::SeenLongAgo => true,
            Self::NoInsight | Self::StaleEnd | Self::Denied | Self::Skipped => false,
        }
    }

    pub(crate) fn add(self, facts: &mut Facts, of: &Credential) {
        let (reading, insight) = match self {
            Self::Silent => (Reading::Read, Some((period(220, 1), None))),
            Self::SeenLongAgo => (Reading::Read, Some((period(220, 1), Some(days_ago(120))))),
            Self::StaleEnd => (Reading::Read, Some((period(220, 10), None))),
            Self::NoInsight => (Reading::Read, None),
            Self::Denied => (denied(), None),
            Self::Skipped => (Reading::Skipped, None),
        };
        facts
            .coverage
            .record(of.scope(), Dataset::AccountInsights, reading);
        facts
            .account_insights
            .extend(insight.map(|(period, last_authenticated)| AccountInsight {
                account: of.account.clone(),
                period: Some(period),
                last_authenticated,
            }));
    }
}

/// What audit logs say of calls. They never tell silence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Calls {
    None,
    SeenRecently,
    SeenLongAgo,
}

pub(crate) const CALLS: [Calls; 3] = [Calls::None, Calls::SeenRecently, Calls::SeenLongAgo];

impl Calls {
    pub(crate) fn add(self, facts: &mut Facts, of: &Credential) {
        let days = match self {
            Self::None => return,
            Self::SeenRecently => 5,
            Self::SeenLongAgo => 120,
        };
        let line = call(EMAIL).between(days, days);
        let line = match &of.key {
            Some(key) => line.key(key.as_str()),
            None => line,
        };
        facts.calls.callers.push(line.build());
    }
}

/// What the activity log of the project tells of switching on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ActivityLog {
    Quiet,
    EnabledRecently,
    EnabledLongAgo,
    BroughtBackRecently,
    Short,
    StaleEnd,
    Denied,
    Truncated,
    FilesOnly,
    Skipped,
}

pub(crate) const ACTIVITY_LOG: [ActivityLog; 10] = [
    ActivityLog::Quiet,
    ActivityLog::EnabledRecently,
    ActivityLog::EnabledLongAgo,
    ActivityLog::BroughtBackRecently,
    ActivityLog::Short,
    ActivityLog::StaleEnd,
    ActivityLog::Denied,
    ActivityLog::Truncated,
    ActivityLog::FilesOnly,
    ActivityLog::Skipped,
];

impl ActivityLog {
    /// Returns whether it tells that the credential was on for the whole threshold.
    pub(crate) fn proves_enabled(self) -> bool {
        match self {
            Self::Quiet | Self::EnabledLongAgo => true,
            Self::EnabledRecently
            | Self::BroughtBackRecently
            | Self::Short
            | Self::StaleEnd
            | Self::Denied
            | Self::Truncated
            | Self::FilesOnly
            | Self::Skipped => false,
        }
    }

    /// Returns whether it tells that the credential could be used for a few days only.
    pub(crate) fn tells_of_recent_enabling(self) -> bool {
        matches!(self, Self::EnabledRecently | Self::BroughtBackRecently)
    }

    pub(crate) fn add(self, facts: &mut Facts, of: &Credential) {
        let (source, read, reading) = match self {
            Self::Quiet
            | Self::EnabledRecently
            | Self::EnabledLongAgo
            | Self::BroughtBackRecently => {
                (UsageSource::Logging, Some(period(400, 0)), Reading::Read)
            }
            Self::Short => (UsageSource::Logging, Some(period(60, 0)), Reading::Read),
            Self::StaleEnd => (UsageSource::Logging, Some(period(400, 10)), Reading::Read),
            Self::Denied => (UsageSource::Logging, None, denied()),
            Self::Truncated => (UsageSource::Logging, Some(period(400, 0)), broken()),
            Self::FilesOnly => (UsageSource::Logs, Some(period(400, 0)), Reading::Read),
            Self::Skipped => (UsageSource::Logging, None, Reading::Skipped),
        };
        facts
            .coverage
            .record(of.scope(), Dataset::AuditLogs, reading);
        facts.calls.windows.extend(read.map(|period| LogWindow {
            source,
            project: (source == UsageSource::Logging).then(|| of.project.clone()),
            period,
            entries: 7,
        }));
        let event = |kind, key, days| CredentialEvent {
            kind,
            email: None,
            unique_id: Some(of.account.clone()),
            key,
            at: days_ago(days),
            by: String::new(),
        };
        let enabled = match of.key {
            Some(_) => CredentialEventKind::KeyEnabled,
            None => CredentialEventKind::AccountEnabled,
        };
        let event = match self {
            Self::EnabledRecently => event(enabled, of.key.clone(), 20),
            Self::EnabledLongAgo => event(enabled, of.key.clone(), 200),
            Self::BroughtBackRecently => event(CredentialEventKind::AccountUndeleted, None, 20),
            Self::Quiet
            | Self::Short
            | Self::StaleEnd
            | Self::Denied
            | Self::Truncated
            | Self::FilesOnly
            | Self::Skipped => return,
        };
        facts.calls.events.push(event);
    }
}
