//! Words that several renderers share: counts, dates, severities, last use.

use chrono::{DateTime, Utc};

use crate::model::coverage::Dataset;
use crate::model::owner::{Owner, OwnerSource};
use crate::model::rule::Confidence;
use crate::model::usage::{LastUse, UsageSource, WhyUnknown, Window};
use crate::words::reading;

/// Returns a count with its noun: `1 key`, `2 keys`.
pub(super) fn count(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Returns a text of at most `most` characters: of a longer one its begin, and `…`.
pub(super) fn clipped(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or(text)),
    }
}

/// Returns the day of a moment, UTC: `2026-11-20`.
pub(super) fn date(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d").to_string()
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
        UsageSource::Recommender => "Recommender",
        UsageSource::Logging => "Cloud Logging",
        UsageSource::Logs => "exported audit logs",
        UsageSource::BigQuery => "audit logs in BigQuery",
    }
}

/// Returns whom something belongs to, and who says so where it is only a guess.
pub(super) fn owner(owner: &Owner) -> String {
    let name = clipped(&owner.name, 60);
    match owner.source {
        OwnerSource::Configuration | OwnerSource::Label => format!("owner {name}"),
        OwnerSource::Creator => format!("created by {name}"),
    }
}

/// Returns the name of a call as a person would say it: its service and its method, without the path between.
pub(super) fn call(method: &str) -> String {
    method
        .replace(".projects.", ".")
        .replace(".locations.activityTypes.", ".")
}

/// Returns the words for a dataset.
pub(super) fn dataset(dataset: Dataset) -> &'static str {
    match dataset {
        Dataset::Projects => "list of projects",
        Dataset::Folders => "list of folders",
        Dataset::ServiceAccounts => "list of accounts",
        Dataset::Keys => "list of keys",
        Dataset::AccountActivity => "last use of accounts",
        Dataset::KeyActivity => "last use of keys",
        Dataset::Metrics => "counts of authentications",
        Dataset::AccountInsights => "insights about accounts",
        Dataset::PolicyInsights => "insights about bindings",
        Dataset::AuditLogs => "audit logs",
        Dataset::Policies => "policy",
        Dataset::AccountPolicies => "policies of accounts",
        Dataset::ResourcePolicies => "policies of other resources",
        Dataset::CreationTimes => "creation times of accounts",
        Dataset::Roles => "definitions of roles",
        Dataset::Federation => "workload identity pools",
        Dataset::Attachments => "resources that run as accounts",
        Dataset::References => "resources that name accounts",
        Dataset::OtherCredentials => "HMAC keys and bound API keys",
        Dataset::Addresses => "addresses of subnetworks and VMs",
        Dataset::OrgPolicies => "organization policies",
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
                UsageSource::Monitoring
                | UsageSource::Recommender
                | UsageSource::Logging
                | UsageSource::Logs
                | UsageSource::BigQuery => at.format("%Y-%m-%d %H:%M UTC").to_string(),
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
        WhyUnknown::NotRead(reading) => reading::in_short(reading),
        WhyUnknown::NothingCounted => "nothing was counted in the project",
        WhyUnknown::NoRow => "no activity row",
        WhyUnknown::NoInsight => "no insight about it",
        WhyUnknown::NoPeriod => "the activity row has no period",
        WhyUnknown::DisabledKeysLeftOut => "disabled keys are not observed",
    }
}

#[cfg(test)]
mod tests {
    use crate::model::coverage::Reading;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    fn seen(source: UsageSource, weak: bool) -> LastUse {
        LastUse::Seen {
            at: at("2026-11-20T08:05:00Z"),
            latest: at("2026-11-21T08:00:00Z"),
            source,
            weak,
            windows: Vec::new(),
        }
    }

    fn stretch(source: UsageSource, from: &str, to: &str) -> Window {
        Window {
            source,
            from: at(from),
            to: at(to),
        }
    }

    #[test]
    fn a_last_use_is_told_as_exactly_as_its_source_tells_it() {
        use UsageSource::{Monitoring, PolicyAnalyzer};
        let year = stretch(
            PolicyAnalyzer,
            "2025-10-18T08:00:00Z",
            "2026-11-20T08:00:00Z",
        );
        let weeks = stretch(Monitoring, "2026-10-11T00:00:00Z", "2026-11-22T00:00:00Z");
        let unknown = |why| LastUse::Unknown { why };
        let table = [
            (seen(PolicyAnalyzer, false), "last used 2026-11-20"),
            (
                seen(PolicyAnalyzer, true),
                "last used 2026-11-20 (weak evidence)",
            ),
            (seen(Monitoring, false), "last used 2026-11-20 08:05 UTC"),
            (
                LastUse::NotSeen {
                    windows: vec![weeks, year],
                },
                "not seen from 2025-10-18 to 2026-11-20",
            ),
            (
                unknown(WhyUnknown::NoRow),
                "last use unknown: no activity row",
            ),
            (
                unknown(WhyUnknown::NotRead(Reading::Skipped)),
                "last use unknown: not asked for",
            ),
        ];
        for (last_use, words) in table {
            assert_eq!(super::last_use(&last_use), words);
        }
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let cut = ["", "é", "éü", "éüx", "éüxy"].map(|text| clipped(text, 3));
        assert_eq!(cut, ["", "é", "éü", "éüx", "éüx…"]);
    }

    #[test]
    fn one_is_singular() {
        let counts = [0, 1, 2].map(|number| count(number, "key"));
        assert_eq!(counts, ["0 keys", "1 key", "2 keys"]);
    }
}
