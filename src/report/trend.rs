//! How an estate develops: the counts of one scan a week.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, Utc};

use crate::model::estate::Estate;

use super::{BySeverity, Report};

/// The counts of one scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrendPoint {
    /// The moment of the scan, UTC.
    pub observed_at: DateTime<Utc>,
    /// Findings that count, by severity.
    pub by_severity: BySeverity,
    /// Findings that are to be found out first.
    pub to_find_out: u64,
    /// Findings that somebody has accepted.
    pub accepted: u64,
    /// Accounts.
    pub accounts: u64,
    /// Of `accounts`, those that several workloads share.
    pub shared_accounts: u64,
    /// User-managed keys that can sign in.
    pub keys_enabled: u64,
    /// The age of the oldest of them, days; `None` where there is none, or no age is known.
    pub oldest_key: Option<u32>,
    /// Reads that were asked for and did not end whole.
    pub gaps: u64,
}

impl TrendPoint {
    /// Returns the counts of a report, and of the estate that it is about.
    #[must_use]
    pub fn of(report: &Report, estate: &Estate) -> Self {
        let summary = &report.summary;
        let ages = estate
            .live_keys()
            .filter_map(|(_, key)| key.facts.age_days(estate.observed_at));
        Self {
            observed_at: report.observed_at,
            by_severity: summary.by_severity,
            to_find_out: summary.to_find_out,
            accepted: summary.accepted,
            accounts: summary.accounts,
            shared_accounts: summary.shared_accounts,
            keys_enabled: summary.keys_enabled,
            oldest_key: ages.max().and_then(|days| u32::try_from(days).ok()),
            gaps: summary.gaps,
        }
    }
}

/// Returns the last point of each week (ISO 8601), by time.
#[must_use]
pub fn by_week(points: Vec<TrendPoint>) -> Vec<TrendPoint> {
    let mut weeks: BTreeMap<(i32, u32), TrendPoint> = BTreeMap::new();
    for point in points {
        let week = point.observed_at.iso_week();
        let held = weeks.entry((week.year(), week.week())).or_insert(point);
        if held.observed_at < point.observed_at {
            *held = point;
        }
    }
    weeks.into_values().collect()
}
