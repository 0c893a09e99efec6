//! The sources of last use and of calls that a user chooses, with what each needs to be found.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};

use super::usage::UsageSource;

/// A source that a user chose: a kind, and where it lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SourceSpec {
    /// Policy Analyzer, project by project.
    PolicyAnalyzer,
    /// Monitoring, project by project.
    Monitoring,
    /// Recommender, project by project and for folders and organizations in scope.
    Recommender,
    /// The Logging API, over everything in scope.
    Logging,
    /// Exported audit logs: a file, a folder, a pattern, or `-` for standard input.
    Logs(PathBuf),
    /// Audit logs that a sink wrote into `BigQuery`: the dataset, as `PROJECT.DATASET`.
    BigQuery(String),
}

/// A text that names no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no such source; there are policy-analyzer, monitoring, recommender, logging, logs:PATH, bigquery:PROJECT.DATASET and none"
)]
pub struct SourceError;

impl SourceSpec {
    /// Returns what kind of source it is.
    #[must_use]
    pub fn kind(&self) -> UsageSource {
        match self {
            Self::PolicyAnalyzer => UsageSource::PolicyAnalyzer,
            Self::Monitoring => UsageSource::Monitoring,
            Self::Recommender => UsageSource::Recommender,
            Self::Logging => UsageSource::Logging,
            Self::Logs(_) => UsageSource::Logs,
            Self::BigQuery(_) => UsageSource::BigQuery,
        }
    }

    /// Returns the path of exported logs; `None` for every other source.
    #[must_use]
    pub fn exported(&self) -> Option<&Path> {
        match self {
            Self::Logs(path) => Some(path),
            Self::PolicyAnalyzer
            | Self::Monitoring
            | Self::Recommender
            | Self::Logging
            | Self::BigQuery(_) => None,
        }
    }

    /// Returns the kinds of several sources, sorted, each once.
    #[must_use]
    pub fn kinds(specs: &[Self]) -> Vec<UsageSource> {
        let kinds: BTreeSet<UsageSource> = specs.iter().map(Self::kind).collect();
        kinds.into_iter().collect()
    }
}

impl fmt::Display for SourceSpec {
    /// Writes the source as a user names it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PolicyAnalyzer => f.write_str("policy-analyzer"),
            Self::Monitoring => f.write_str("monitoring"),
            Self::Recommender => f.write_str("recommender"),
            Self::Logging => f.write_str("logging"),
            Self::Logs(path) => write!(f, "logs:{}", path.display()),
            Self::BigQuery(dataset) => write!(f, "bigquery:{dataset}"),
        }
    }
}

impl FromStr for SourceSpec {
    type Err = SourceError;

    /// Returns the source that the text names: `policy-analyzer`, `monitoring`, `recommender`, `logging`, `logs:PATH`,
    /// `bigquery:PROJECT.DATASET`.
    fn from_str(text: &str) -> Result<Self, SourceError> {
        Ok(match text {
            "policy-analyzer" => Self::PolicyAnalyzer,
            "monitoring" => Self::Monitoring,
            "recommender" => Self::Recommender,
            "logging" => Self::Logging,
            _ => match text.split_once(':') {
                Some(("logs", path)) if !path.is_empty() => Self::Logs(path.into()),
                Some(("bigquery", dataset)) if !dataset.is_empty() => {
                    Self::BigQuery(dataset.to_owned())
                }
                Some(_) | None => return Err(SourceError),
            },
        })
    }
}

/// From when on audit logs are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// From a moment on.
    Time(DateTime<Utc>),
    /// From so many days before the scan on.
    Days(u16),
}

/// A text that names no such moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("neither a time (2026-10-01T00:00:00Z) nor days back (90d)")]
pub struct SinceError;

impl Since {
    /// Returns the moment, of a scan at `now`.
    #[must_use]
    pub fn moment(self, now: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Time(at) => at,
            Self::Days(days) => now
                .checked_sub_signed(TimeDelta::days(days.into()))
                .unwrap_or(DateTime::<Utc>::MIN_UTC),
        }
    }
}

impl FromStr for Since {
    type Err = SinceError;

    /// Returns what the text says: a time (RFC 3339), or days back, `90d`.
    fn from_str(text: &str) -> Result<Self, SinceError> {
        let days = text.strip_suffix('d').map(str::parse);
        match days {
            Some(days) => days.map(Self::Days).map_err(|_| SinceError),
            None => text.parse().map(Self::Time).map_err(|_| SinceError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_goes_by_the_name_of_its_kind() {
        for name in ["policy-analyzer", "monitoring", "recommender", "logging"] {
            let spec: SourceSpec = name.parse().expect(name);
            let kind = serde_json::to_value(spec.kind()).expect("JSON");
            assert_eq!(kind, name);
            assert_eq!(spec.to_string(), name);
        }
        let logs: SourceSpec = "logs:C:/logs".parse().expect("a path");
        assert_eq!(logs, SourceSpec::Logs("C:/logs".into()));
        assert_eq!(logs.kind(), UsageSource::Logs);
        assert_eq!(logs.to_string(), "logs:C:/logs");
        let table: SourceSpec = "bigquery:acme.audit".parse().expect("a dataset");
        assert_eq!(table, SourceSpec::BigQuery("acme.audit".to_owned()));
        assert_eq!(table.kind(), UsageSource::BigQuery);
        for name in [
            "",
            "none",
            "Monitoring",
            "monitoring:x",
            "logs",
            "logs:",
            "bigquery:",
        ] {
            assert_eq!(name.parse::<SourceSpec>(), Err(SourceError), "{name}");
        }
    }

    #[test]
    fn since_is_a_time_or_days_back() {
        let now: DateTime<Utc> = "2026-11-22T09:00:00Z".parse().expect("a time");
        let moment = |text: &str| {
            let since: Since = text.parse().expect(text);
            since.moment(now).to_rfc3339()
        };
        assert_eq!(moment("90d"), "2026-08-24T09:00:00+00:00");
        assert_eq!(
            moment("2026-10-01T02:00:00+02:00"),
            "2026-10-01T00:00:00+00:00"
        );
        let all = Since::Days(u16::MAX).moment(DateTime::<Utc>::MIN_UTC);
        assert_eq!(all, DateTime::<Utc>::MIN_UTC);
        for odd in [
            "",
            "d",
            "90",
            "-1d",
            "65536d",
            "1.5d",
            "2026-10-01",
            "yesterday",
        ] {
            assert_eq!(odd.parse::<Since>(), Err(SinceError), "{odd}");
        }
    }

    #[test]
    fn kinds_are_sorted_and_each_is_there_once() {
        let specs = ["logging", "monitoring", "logging"].map(|name| name.parse().expect(name));
        let kinds = [UsageSource::Monitoring, UsageSource::Logging];
        assert_eq!(SourceSpec::kinds(&specs), kinds);
    }
}
