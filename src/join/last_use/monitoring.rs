//! What Monitoring counted of one account or key.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::account::ServiceAccount;
use crate::model::coverage::{Coverage, Dataset};
use crate::model::key::ServiceAccountKey;
use crate::model::names::{KeyId, ProjectId, UniqueId};
use crate::model::scope::Scope;
use crate::model::snapshot::Facts;
use crate::model::usage::{Authentications, Period, UsageSource, WhyUnknown, Window};

use super::{Answer, Sighting, up_to};

/// For how long counts are kept: a question that reaches further back proves nothing of the time before.
///
/// Source: <https://cloud.google.com/monitoring/quotas#data_retention_policy>.
const KEPT: TimeDelta = TimeDelta::weeks(6);

/// The counts of Monitoring, found by project, account and key.
pub(super) struct Counts<'a> {
    projects: BTreeMap<&'a ProjectId, &'a Authentications>,
    /// The last authentication of an account, keys and all, and of each key.
    last: BTreeMap<(&'a UniqueId, Option<&'a KeyId>), DateTime<Utc>>,
    coverage: &'a Coverage,
    observed_at: DateTime<Utc>,
}

impl<'a> Counts<'a> {
    pub(super) fn of(facts: &'a Facts, observed_at: DateTime<Utc>) -> Self {
        let mut projects: BTreeMap<&ProjectId, &Authentications> = BTreeMap::new();
        for of in &facts.authentications {
            // Of two answers about one project the one that looked longer up to now counts; what either saw, stands.
            let held = projects.entry(&of.project).or_insert(of);
            let rank = |of: &Authentications| (of.period.to, of.period.to - of.period.from);
            if rank(of) > rank(held) {
                *held = of;
            }
        }
        let mut last = BTreeMap::new();
        for count in facts.authentications.iter().flat_map(|of| &of.counts) {
            let Some(at) = count.last else { continue };
            for credential in [(&count.account, None), (&count.account, count.key.as_ref())] {
                let held = last.entry(credential).or_insert(at);
                *held = at.max(*held);
            }
        }
        Self {
            projects,
            last,
            coverage: &facts.coverage,
            observed_at,
        }
    }

    pub(super) fn of_account(&self, account: &ServiceAccount) -> Answer {
        self.of_credential(account, None)
    }

    pub(super) fn of_key(&self, account: &ServiceAccount, key: &ServiceAccountKey) -> Answer {
        self.of_credential(account, Some(&key.id))
    }

    fn of_credential(&self, account: &ServiceAccount, key: Option<&KeyId>) -> Answer {
        let source = UsageSource::Monitoring;
        let scope = Scope::Project(account.project.clone());
        let reading = self.coverage.reading(&scope, Dataset::Metrics);
        let counted = self.projects.get(&account.project);
        let counted = counted.filter(|of| !of.counts.is_empty());
        // Of a read that broke off the missing part may be this credential's; of an empty answer everything may be.
        let period = match counted {
            Some(of) if reading.is_whole() => up_to(of.period, self.observed_at),
            Some(_) | None => None,
        };
        let window = period.map(|Period { from, to }| Window {
            source,
            from: to
                .checked_sub_signed(KEPT)
                .map_or(from, |kept| from.max(kept)),
            to,
        });
        let seen = self
            .last
            .get(&(&account.unique_id, key))
            .map(|at| Sighting {
                at: *at,
                latest: *at,
                source,
            });
        let unknown = seen.is_none() && window.is_none();
        Answer {
            seen,
            window,
            why: unknown.then(|| {
                if reading.is_whole() {
                    WhyUnknown::NothingCounted
                } else {
                    WhyUnknown::NotRead(reading.clone())
                }
            }),
        }
    }
}
