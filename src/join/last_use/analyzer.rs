//! What Policy Analyzer said of one account or key.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::model::account::ServiceAccount;
use crate::model::coverage::{Coverage, Dataset};
use crate::model::key::ServiceAccountKey;
use crate::model::names::{KeyId, UniqueId};
use crate::model::scope::Scope;
use crate::model::snapshot::Facts;
use crate::model::usage::{Activity, Period, UsageSource, WhyUnknown, Window};

use super::{Answer, Sighting, up_to};

/// The rows of Policy Analyzer, found by account and key.
pub(in crate::join) struct Activities<'a> {
    rows: BTreeMap<(&'a UniqueId, Option<&'a KeyId>), &'a Activity>,
    coverage: &'a Coverage,
    observed_at: DateTime<Utc>,
}

impl<'a> Activities<'a> {
    pub(in crate::join) fn of(facts: &'a Facts, observed_at: DateTime<Utc>) -> Self {
        let mut rows: BTreeMap<_, &Activity> = BTreeMap::new();
        for row in &facts.activities {
            let held = rows.entry((&row.account, row.key.as_ref())).or_insert(row);
            if rank(row, observed_at) > rank(held, observed_at) {
                *held = row;
            }
        }
        Self {
            rows,
            coverage: &facts.coverage,
            observed_at,
        }
    }

    pub(in crate::join) fn of_account(&self, account: &ServiceAccount) -> Answer {
        match self.rows.get(&(&account.unique_id, None)) {
            Some(row) => of_row(row, self.observed_at),
            None => Answer::unknown(self.why_no_row(account, Dataset::AccountActivity)),
        }
    }

    pub(in crate::join) fn of_key(
        &self,
        account: &ServiceAccount,
        key: &ServiceAccountKey,
    ) -> Answer {
        match self.rows.get(&(&key.account, Some(&key.id))) {
            Some(row) => of_row(row, self.observed_at),
            None if key.disabled => Answer::unknown(WhyUnknown::DisabledKeysLeftOut),
            None => Answer::unknown(self.why_no_row(account, Dataset::KeyActivity)),
        }
    }

    fn why_no_row(&self, account: &ServiceAccount, dataset: Dataset) -> WhyUnknown {
        let reading = self
            .coverage
            .reading(&Scope::Project(account.project.clone()), dataset);
        if reading.is_whole() {
            WhyUnknown::NoRow
        } else {
            WhyUnknown::NotRead(reading.clone())
        }
    }
}

/// Of two rows about one credential, the one that saw the later use counts, then the one that looks nearer to now, then
/// the one that claims the shorter past.
fn rank(row: &Activity, observed_at: DateTime<Utc>) -> impl Ord + use<> {
    let period = looked_at(row, observed_at);
    (
        row.last_authenticated,
        period.map(|period| (period.to, period.from)),
    )
}

/// Returns the row's period up to the scan.
fn looked_at(row: &Activity, observed_at: DateTime<Utc>) -> Option<Period> {
    up_to(row.period?, observed_at)
}

fn of_row(row: &Activity, observed_at: DateTime<Utc>) -> Answer {
    let source = UsageSource::PolicyAnalyzer;
    let period = looked_at(row, observed_at);
    let seen = row.last_authenticated.zip(row.latest_authentication());
    Answer {
        seen: seen.map(|(at, latest)| Sighting { at, latest, source }),
        window: period.map(|Period { from, to }| Window { source, from, to }),
        why: (seen.is_none() && period.is_none()).then_some(WhyUnknown::NoPeriod),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fuse;
    use super::*;
    use crate::model::coverage::Reading;
    use crate::model::key::{KeyAlgorithm, KeyManagement, KeyOrigin};
    use crate::model::names::{Email, ProjectId};
    use crate::model::usage::LastUse;

    const FROM: &str = "2025-10-18T07:00:00Z";
    const TO: &str = "2026-11-20T07:00:00Z";
    const NOW: &str = "2026-11-22T09:00:00Z";

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    fn account() -> ServiceAccount {
        ServiceAccount {
            unique_id: UniqueId::parse("101").expect("an id"),
            email: Email::parse("etl@acme-prod.iam.gserviceaccount.com").expect("an address"),
            project: ProjectId::parse("acme-prod").expect("an id"),
            display_name: String::new(),
            description: String::new(),
            disabled: false,
            created: None,
        }
    }

    fn key(disabled: bool) -> ServiceAccountKey {
        ServiceAccountKey {
            id: KeyId::parse("4f1c").expect("an id"),
            account: account().unique_id,
            management: KeyManagement::User,
            origin: KeyOrigin::Google,
            algorithm: KeyAlgorithm::Rsa2048,
            valid_after: None,
            valid_before: None,
            disabled,
            disable_reason: None,
            extended_status: Vec::new(),
        }
    }

    fn row(account: &str, key: Option<&str>, to: &str, last: Option<&str>) -> Activity {
        Activity {
            account: UniqueId::parse(account).expect("an id"),
            key: key.map(|id| KeyId::parse(id).expect("an id")),
            period: Some(Period {
                from: time(FROM),
                to: time(to),
            }),
            last_authenticated: last.map(time),
        }
    }

    fn facts(activities: Vec<Activity>, reading: Reading) -> Facts {
        let mut facts = Facts {
            activities,
            ..Facts::default()
        };
        let scope = Scope::Project(account().project);
        facts
            .coverage
            .record(scope.clone(), Dataset::AccountActivity, reading.clone());
        facts.coverage.record(scope, Dataset::KeyActivity, reading);
        facts
    }

    /// What the rows say, as an answer of this source alone.
    struct Alone<'a>(Activities<'a>);

    impl Alone<'_> {
        fn of_account(&self, account: &ServiceAccount) -> LastUse {
            fuse([self.0.of_account(account)], None, |_| false)
        }

        fn of_key(&self, account: &ServiceAccount, key: &ServiceAccountKey) -> LastUse {
            fuse([self.0.of_key(account, key)], None, |_| true)
        }
    }

    fn activities(facts: &Facts) -> Alone<'_> {
        Alone(Activities::of(facts, time(NOW)))
    }

    fn window(to: &str) -> Vec<Window> {
        vec![Window {
            source: UsageSource::PolicyAnalyzer,
            from: time(FROM),
            to: time(to),
        }]
    }

    #[test]
    fn a_row_with_a_day_is_seen_until_the_end_of_that_day_in_california() {
        let facts = facts(
            vec![row("101", Some("4f1c"), TO, Some("2026-11-19T07:00:00Z"))],
            Reading::Read,
        );
        assert_eq!(
            activities(&facts).of_key(&account(), &key(false)),
            LastUse::Seen {
                at: time("2026-11-19T07:00:00Z"),
                latest: time("2026-11-20T08:00:00Z"),
                source: UsageSource::PolicyAnalyzer,
                weak: true,
                windows: window(TO),
            }
        );
    }

    #[test]
    fn a_row_without_a_day_is_not_seen_and_no_row_is_unknown() {
        let facts = facts(vec![row("101", None, TO, None)], Reading::Read);
        let activities = activities(&facts);
        assert_eq!(
            activities.of_account(&account()),
            LastUse::NotSeen {
                windows: window(TO)
            }
        );
        assert_eq!(
            activities.of_key(&account(), &key(false)),
            LastUse::Unknown {
                why: WhyUnknown::NoRow
            }
        );
        let disabled = LastUse::Unknown {
            why: WhyUnknown::DisabledKeysLeftOut,
        };
        assert_eq!(activities.of_key(&account(), &key(true)), disabled);
    }

    #[test]
    fn a_row_without_a_period_proves_no_silence_but_a_use_in_it_stands() {
        let mut silent = row("101", None, TO, None);
        silent.period = None;
        let seen = Activity {
            last_authenticated: Some(time("2026-11-19T07:00:00Z")),
            ..silent.clone()
        };
        let silent = facts(vec![silent], Reading::Read);
        let unknown = LastUse::Unknown {
            why: WhyUnknown::NoPeriod,
        };
        assert_eq!(activities(&silent).of_account(&account()), unknown);
        let seen = facts(vec![seen], Reading::Read);
        let at = match activities(&seen).of_account(&account()) {
            LastUse::Seen { at, .. } => Some(at),
            LastUse::NotSeen { .. } | LastUse::Unknown { .. } => None,
        };
        assert_eq!(at, Some(time("2026-11-19T07:00:00Z")));
    }

    #[test]
    fn without_a_row_a_gap_says_why() {
        let denied = Reading::Denied { permission: None };
        let facts = facts(Vec::new(), denied.clone());
        let unknown = LastUse::Unknown {
            why: WhyUnknown::NotRead(denied),
        };
        assert_eq!(activities(&facts).of_account(&account()), unknown);
    }

    #[test]
    fn a_row_that_was_read_before_a_gap_stands() {
        let truncated = Reading::Truncated {
            message: "cut".to_owned(),
        };
        let facts = facts(vec![row("101", None, TO, None)], truncated);
        assert_eq!(
            activities(&facts).of_account(&account()),
            LastUse::NotSeen {
                windows: window(TO)
            }
        );
    }

    #[test]
    fn a_row_of_the_dead_namesake_says_nothing_of_the_account() {
        let facts = facts(
            vec![row("99", None, TO, Some("2026-11-19T07:00:00Z"))],
            Reading::Read,
        );
        assert_eq!(
            activities(&facts).of_account(&account()),
            LastUse::Unknown {
                why: WhyUnknown::NoRow
            }
        );
    }

    #[test]
    fn of_two_rows_the_one_that_saw_a_use_counts_in_either_order() {
        let seen = row(
            "101",
            None,
            "2026-11-01T07:00:00Z",
            Some("2026-10-30T07:00:00Z"),
        );
        let silent = row("101", None, TO, None);
        for rows in [vec![seen.clone(), silent.clone()], vec![silent, seen]] {
            let facts = facts(rows, Reading::Read);
            let LastUse::Seen { at, .. } = activities(&facts).of_account(&account()) else {
                panic!("a use was seen");
            };
            assert_eq!(at, time("2026-10-30T07:00:00Z"));
        }
    }

    #[test]
    fn a_row_proves_nothing_of_the_days_after_the_scan() {
        let table = [
            (
                FROM,
                LastUse::NotSeen {
                    windows: window(NOW),
                },
            ),
            (
                "2026-12-01T07:00:00Z",
                LastUse::Unknown {
                    why: WhyUnknown::NoPeriod,
                },
            ),
        ];
        for (from, expected) in table {
            let mut row = row("101", None, "2027-01-31T07:00:00Z", None);
            row.period = row.period.map(|period| Period {
                from: time(from),
                ..period
            });
            let facts = facts(vec![row], Reading::Read);
            assert_eq!(activities(&facts).of_account(&account()), expected);
        }
    }
}
