//! Words that several renderers share: counts, dates, severities, last use.

use chrono::{DateTime, Utc};

use crate::model::coverage::{Dataset, Reading};
use crate::model::rule::{Confidence, Severity};
use crate::model::usage::{LastUse, UsageSource, WhyUnknown, Window};

/// Returns a count with its noun: `1 key`, `2 keys`.
pub(super) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Returns the day of a moment, UTC: `2026-11-20`.
pub(super) fn date(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d").to_string()
}

/// Returns the word for a severity.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Info => "info",
    }
}

/// Returns the word for a confidence.
pub(super) fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

/// Returns the name of a source of last use.
pub(super) fn source(source: UsageSource) -> &'static str {
    match source {
        UsageSource::PolicyAnalyzer => "Policy Analyzer",
        UsageSource::Monitoring => "Monitoring",
    }
}

/// Returns the words for a dataset.
pub(super) fn dataset(dataset: Dataset) -> &'static str {
    match dataset {
        Dataset::Projects => "projects",
        Dataset::Folders => "folders",
        Dataset::ServiceAccounts => "service accounts",
        Dataset::Keys => "keys",
        Dataset::AccountActivity => "last use of accounts",
        Dataset::KeyActivity => "last use of keys",
    }
}

/// Returns a stretch of time by its days: `from 2025-10-18 to 2026-11-20`.
pub(super) fn window(window: &Window) -> String {
    format!("from {} to {}", date(window.from), date(window.to))
}

/// Returns the longest of several stretches: the shorter ones lie within it, but for a few days.
pub(super) fn longest(windows: &[Window]) -> Option<&Window> {
    windows.iter().max_by_key(|window| window.to - window.from)
}

/// Returns a last use in words: a day where the source tells days, a minute where it tells minutes.
pub(super) fn last_use(last_use: &LastUse) -> String {
    match last_use {
        LastUse::Seen {
            at, source, weak, ..
        } => {
            let when = match source {
                UsageSource::PolicyAnalyzer => date(*at),
                UsageSource::Monitoring => at.format("%Y-%m-%d %H:%M UTC").to_string(),
            };
            let weak = if *weak { " (weak evidence)" } else { "" };
            format!("last used {when}{weak}")
        }
        LastUse::NotSeen { windows } => match longest(windows) {
            Some(longest) => format!("not seen {}", window(longest)),
            None => "not seen".to_owned(),
        },
        LastUse::Unknown { why } => format!("last use unknown: {}", why_unknown(why)),
    }
}

/// Returns in a few words why a last use is not known.
pub(super) fn why_unknown(why: &WhyUnknown) -> &'static str {
    match why {
        WhyUnknown::NotRead(reading) => match reading {
            // The read was whole, so that only the answer itself can be what is missing.
            Reading::Read => "no answer",
            Reading::Skipped => "not asked for",
            Reading::Malformed { .. } => "answer not understood",
            Reading::Truncated { .. } => "read broke off",
            Reading::Denied { .. } => "access denied",
            Reading::ApiDisabled { .. } => "API switched off",
            Reading::Quota { .. } => "quota used up",
            Reading::Perimeter { .. } => "refused by a perimeter",
            Reading::Failed { .. } => "read failed",
        },
        WhyUnknown::NoRow => "no activity row",
        WhyUnknown::NoPeriod => "the activity row has no period",
        WhyUnknown::DisabledKeysLeftOut => "disabled keys are not observed",
    }
}
