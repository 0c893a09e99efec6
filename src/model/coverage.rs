//! What was read, and what was not: not knowing is a value.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::scope::Scope;

/// A kind of fact that a scan reads. Rules declare those that they need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dataset {
    /// The projects below an organization, a folder or the caller.
    Projects,
    /// The folders below an organization or a folder.
    Folders,
    /// The service accounts of a project.
    ServiceAccounts,
    /// The user-managed keys of an account.
    Keys,
    /// The last authentication of a project's accounts (Policy Analyzer).
    AccountActivity,
    /// The last authentication of a project's keys (Policy Analyzer).
    KeyActivity,
    /// The counts of authentications of a project's accounts and keys (Monitoring).
    Metrics,
    /// The insights about a project's idle accounts (Recommender).
    AccountInsights,
    /// The insights about what a project's bindings were used for (Recommender).
    PolicyInsights,
    /// The audit logs, as far as a source of calls was asked for.
    AuditLogs,
    /// The policy of an organization, a folder or a project.
    Policies,
    /// The policies of a project's accounts: who may act as each.
    AccountPolicies,
    /// The policies of a project's other resources: buckets, datasets, topics, secrets.
    ResourcePolicies,
    /// When a project's accounts were created.
    CreationTimes,
    /// The definitions of the roles that policies name.
    Roles,
    /// The workload identity pools of a project, with their providers.
    Federation,
    /// The resources of a project that run as accounts.
    Attachments,
    /// The resources that name accounts and do not run as them: firewall rules, access lists, database users.
    References,
    /// The HMAC keys of a project, and its API keys that are bound to accounts.
    OtherCredentials,
    /// The addresses of a project's subnetworks and VMs.
    Addresses,
    /// The organization policies of an organization, a folder or a project.
    OrgPolicies,
}

impl Dataset {
    /// Returns the name by which configuration and reports give it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Projects => "projects",
            Self::Folders => "folders",
            Self::ServiceAccounts => "service-accounts",
            Self::Keys => "keys",
            Self::AccountActivity => "account-activity",
            Self::KeyActivity => "key-activity",
            Self::Metrics => "metrics",
            Self::AccountInsights => "account-insights",
            Self::PolicyInsights => "policy-insights",
            Self::AuditLogs => "audit-logs",
            Self::Policies => "policies",
            Self::AccountPolicies => "account-policies",
            Self::ResourcePolicies => "resource-policies",
            Self::CreationTimes => "creation-times",
            Self::Roles => "roles",
            Self::Federation => "federation",
            Self::Attachments => "attachments",
            Self::References => "references",
            Self::OtherCredentials => "other-credentials",
            Self::Addresses => "addresses",
            Self::OrgPolicies => "org-policies",
        }
    }
}

/// How the read of one dataset in one scope ended.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Reading {
    /// It was read, whole.
    Read,
    /// The user did not ask for it.
    Skipped,
    /// It was read, whole, from a source that may be behind: what changed after `as_of` may be missing.
    Stale {
        /// The last moment of which the source is known to tell everything, UTC.
        as_of: DateTime<Utc>,
    },
    /// What this version reads was read, and there may be more that it does not look at: no failure, and not all.
    NotCovered {
        /// What is not looked at: `Batch job, Cloud Deploy target`.
        what: String,
    },
    /// It was read, but for elements that could not be understood.
    Malformed {
        /// How many elements were dropped.
        count: u64,
    },
    /// It broke off: what was read before stands, and is not all.
    Truncated {
        /// What ended it.
        message: String,
    },
    /// The caller may not read it.
    Denied {
        /// The permission that Google names as missing, where it names one.
        permission: Option<String>,
    },
    /// The API is switched off.
    ApiDisabled {
        /// The API: `policyanalyzer.googleapis.com`.
        service: String,
        /// The project in which it is off, as Google names it: `projects/12345`.
        consumer: Option<String>,
    },
    /// Google's quota was used up for longer than the scan waits.
    Quota {
        /// What Google said.
        message: String,
    },
    /// A VPC Service Controls perimeter refused it.
    Perimeter {
        /// The id by which the perimeter's log names the refusal.
        uid: Option<String>,
    },
    /// It failed in another way.
    Failed {
        /// The HTTP status, `None` where no answer came.
        status: Option<u16>,
        /// What happened, in one line.
        message: String,
    },
}

impl Reading {
    /// Returns whether something is missing that was asked for: what makes a report incomplete.
    #[must_use]
    pub fn is_gap(&self) -> bool {
        match self {
            Self::Read | Self::Skipped | Self::Stale { .. } | Self::NotCovered { .. } => false,
            Self::Malformed { .. }
            | Self::Truncated { .. }
            | Self::Denied { .. }
            | Self::ApiDisabled { .. }
            | Self::Quota { .. }
            | Self::Perimeter { .. }
            | Self::Failed { .. } => true,
        }
    }

    /// Returns whether an answer came, whole or not.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        match self {
            Self::Read | Self::Stale { .. } | Self::Malformed { .. } | Self::Truncated { .. } => {
                true
            }
            Self::Skipped
            | Self::NotCovered { .. }
            | Self::Denied { .. }
            | Self::ApiDisabled { .. }
            | Self::Quota { .. }
            | Self::Perimeter { .. }
            | Self::Failed { .. } => false,
        }
    }

    /// Returns whether everything is there, so that what is absent from the answer does not exist.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        *self == Self::Read
    }

    /// Returns whether everything is there, as of `lag` before `now` at the earliest: what is absent did not exist then.
    #[must_use]
    pub fn is_whole_within(&self, lag: TimeDelta, now: DateTime<Utc>) -> bool {
        match self {
            Self::Stale { as_of } => now - *as_of <= lag,
            Self::Read
            | Self::Skipped
            | Self::NotCovered { .. }
            | Self::Malformed { .. }
            | Self::Truncated { .. }
            | Self::Denied { .. }
            | Self::ApiDisabled { .. }
            | Self::Quota { .. }
            | Self::Perimeter { .. }
            | Self::Failed { .. } => self.is_whole(),
        }
    }

    /// Returns whether everything is there that the source knew, now or a while ago: enough to judge by, and not to
    /// conclude that what is absent does not exist now.
    #[must_use]
    pub fn is_known(&self) -> bool {
        match self {
            Self::Read | Self::Stale { .. } => true,
            Self::Skipped
            | Self::NotCovered { .. }
            | Self::Malformed { .. }
            | Self::Truncated { .. }
            | Self::Denied { .. }
            | Self::ApiDisabled { .. }
            | Self::Quota { .. }
            | Self::Perimeter { .. }
            | Self::Failed { .. } => false,
        }
    }
}

/// How each read ended, by scope and dataset. What is not in it was not read.
///
/// What is read account by account is recorded once for the project where all of it was read; an account's own record
/// outranks its project's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Coverage(BTreeMap<(Scope, Dataset), Reading>);

/// One entry of a [`Coverage`], as snapshots and reports write it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CoverageEntry {
    /// What the read was about.
    pub scope: Scope,
    /// What was read.
    pub dataset: Dataset,
    /// How it ended.
    #[serde(flatten)]
    pub reading: Reading,
}

impl Coverage {
    /// Records how a read ended; of two records of the same read, the worse stays.
    pub fn record(&mut self, scope: Scope, dataset: Dataset, reading: Reading) {
        let held = self
            .0
            .entry((scope, dataset))
            .or_insert_with(|| reading.clone());
        if *held < reading {
            *held = reading;
        }
    }

    /// Takes over every record of `other`.
    pub fn absorb(&mut self, other: Self) {
        for ((scope, dataset), reading) in other.0 {
            self.record(scope, dataset, reading);
        }
    }

    /// Drops the records of every scope that `keep` refuses.
    pub fn retain(&mut self, keep: impl Fn(&Scope) -> bool) {
        self.0.retain(|(scope, _), _| keep(scope));
    }

    /// Makes everything that was read whole be known as of `at`, UTC, and no later: it was read then.
    pub fn date(&mut self, at: DateTime<Utc>) {
        for reading in self.0.values_mut() {
            if reading.is_whole() {
                *reading = Reading::Stale { as_of: at };
            }
        }
    }

    /// Returns how the read of `dataset` in `scope` ended; of an account without a record, how its project's did;
    /// `Skipped` where there was none.
    #[must_use]
    pub fn reading(&self, scope: &Scope, dataset: Dataset) -> &Reading {
        let of = |scope: Scope| self.0.get(&(scope, dataset));
        of(scope.clone())
            .or_else(|| of(Scope::Project(scope.project()?.clone())))
            .unwrap_or(&Reading::Skipped)
    }

    /// Returns every record, by scope, then dataset.
    pub fn iter(&self) -> impl Iterator<Item = (&Scope, Dataset, &Reading)> {
        self.0
            .iter()
            .map(|((scope, dataset), reading)| (scope, *dataset, reading))
    }

    /// Returns the records that are gaps, by scope, then dataset.
    pub fn gaps(&self) -> impl Iterator<Item = (&Scope, Dataset, &Reading)> {
        self.iter().filter(|(_, _, reading)| reading.is_gap())
    }
}

impl FromIterator<CoverageEntry> for Coverage {
    fn from_iter<I: IntoIterator<Item = CoverageEntry>>(entries: I) -> Self {
        let mut coverage = Self::default();
        for entry in entries {
            coverage.record(entry.scope, entry.dataset, entry.reading);
        }
        coverage
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_version_does_not_look_at_is_neither_a_gap_nor_the_whole() {
        let not_covered = Reading::NotCovered {
            what: "Batch job".to_owned(),
        };
        assert!(!not_covered.is_gap() && !not_covered.is_whole());
        assert!(Reading::Skipped < not_covered);
        assert!(not_covered < Reading::Malformed { count: 0 });
        let json = serde_json::to_string(&not_covered).expect("JSON");
        assert_eq!(json, r#"{"state":"not-covered","what":"Batch job"}"#);
    }

    #[test]
    fn what_is_behind_is_known_and_neither_a_gap_nor_the_whole() {
        let as_of = "2026-11-15T09:00:00Z".parse().expect("a time");
        let stale = Reading::Stale { as_of };
        assert!(!stale.is_gap() && !stale.is_whole() && stale.is_known());
        let days = TimeDelta::days;
        let now = as_of + days(2);
        assert!(stale.is_whole_within(days(2), now) && !stale.is_whole_within(days(1), now));
        let denied = Reading::Denied { permission: None };
        assert!(Reading::Read.is_whole_within(days(0), now));
        assert!(!denied.is_whole_within(days(9), now));
        assert!(Reading::Read < stale && stale < Reading::Malformed { count: 0 });
        let json = serde_json::to_string(&stale).expect("JSON");
        assert_eq!(json, r#"{"state":"stale","as_of":"2026-11-15T09:00:00Z"}"#);
    }

    #[test]
    fn a_dataset_is_named_as_it_is_written() {
        for dataset in [
            Dataset::Projects,
            Dataset::KeyActivity,
            Dataset::OtherCredentials,
        ] {
            let written = serde_json::to_value(dataset).expect("JSON");
            assert_eq!(written, dataset.name());
        }
    }

    #[test]
    fn the_worse_of_two_records_stays() {
        let mut coverage = Coverage::default();
        let denied = Reading::Denied { permission: None };
        coverage.record(Scope::Caller, Dataset::Projects, denied.clone());
        coverage.record(Scope::Caller, Dataset::Projects, Reading::Read);
        assert_eq!(coverage.reading(&Scope::Caller, Dataset::Projects), &denied);
        assert_eq!(
            coverage.reading(&Scope::Caller, Dataset::Folders),
            &Reading::Skipped
        );
        assert_eq!(coverage.gaps().count(), 1);
    }
}
