//! What Recommender says of one account. It speaks of idle accounts only: where it says nothing, nothing is known.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::model::account::ServiceAccount;
use crate::model::coverage::{Coverage, Dataset};
use crate::model::names::UniqueId;
use crate::model::scope::Scope;
use crate::model::snapshot::Facts;
use crate::model::usage::{AccountInsight, Activity, Period, UsageSource, WhyUnknown, Window};

use super::{Answer, Sighting, up_to};

/// The insights about accounts, found by account.
pub(super) struct Insights<'a> {
    insights: BTreeMap<&'a UniqueId, &'a AccountInsight>,
    coverage: &'a Coverage,
    observed_at: DateTime<Utc>,
}

impl<'a> Insights<'a> {
    pub(super) fn of(facts: &'a Facts, observed_at: DateTime<Utc>) -> Self {
        let mut insights: BTreeMap<&UniqueId, &AccountInsight> = BTreeMap::new();
        for insight in &facts.account_insights {
            // Of two, the one that saw the later use counts, then the one that looks nearer to now.
            let rank = |of: &AccountInsight| (of.last_authenticated, of.period.map(|p| p.to));
            let held = insights.entry(&insight.account).or_insert(insight);
            if rank(insight) > rank(held) {
                *held = insight;
            }
        }
        Self {
            insights,
            coverage: &facts.coverage,
            observed_at,
        }
    }

    pub(super) fn of_account(&self, account: &ServiceAccount) -> Answer {
        let source = UsageSource::Recommender;
        let Some(insight) = self.insights.get(&account.unique_id) else {
            let scope = Scope::Project(account.project.clone());
            let reading = self.coverage.reading(&scope, Dataset::AccountInsights);
            return Answer::unknown(if reading.is_whole() {
                WhyUnknown::NoInsight
            } else {
                WhyUnknown::NotRead(reading.clone())
            });
        };
        // It rests on Policy Analyzer's data, and its stamps are days as well.
        let day = Activity {
            account: insight.account.clone(),
            key: None,
            period: insight.period,
            last_authenticated: insight.last_authenticated,
        };
        let seen = day.last_authenticated.zip(day.latest_authentication());
        let period = insight
            .period
            .and_then(|period| up_to(period, self.observed_at));
        Answer {
            seen: seen.map(|(at, latest)| Sighting { at, latest, source }),
            window: period.map(|Period { from, to }| Window { source, from, to }),
            why: (seen.is_none() && period.is_none()).then_some(WhyUnknown::NoPeriod),
        }
    }
}
