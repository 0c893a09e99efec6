//! What the user has decided otherwise than by default, so that a report tells under which settings it was made.

use crate::model::settings::{Settings, Thresholds};
use crate::render::words;
use crate::report::Report;

/// Returns the settings that differ from the defaults, in one line; nothing where none does.
pub(super) fn line(report: &Report) -> Option<String> {
    let settings = &report.settings;
    let mut parts = thresholds(&settings.thresholds);
    parts.extend(rules(settings));
    let acceptances = settings.acceptances.len() + settings.gap_acceptances.len();
    if acceptances > 0 {
        parts.push(words::count(acceptances as u64, "acceptance"));
    }
    if settings.fail_on_known {
        parts.push("known findings fail too".to_owned());
    }
    (!parts.is_empty()).then(|| format!("in force: {}", parts.join(", ")))
}

/// Returns what the report is cut to, in one line; nothing where it is whole.
pub(super) fn selection(report: &Report) -> Option<String> {
    let account = report.selection.account.as_ref();
    let parts = [
        account.map(|glob| format!("accounts that match {glob}")),
        report
            .selection
            .owner
            .as_ref()
            .map(|owner| format!("what belongs to {owner}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("only {}", parts.join(", ")))
}

fn thresholds(thresholds: &Thresholds) -> Vec<String> {
    let named = |thresholds: &Thresholds| {
        let Thresholds {
            max_key_age,
            active_within,
            max_key_idle,
            max_account_idle,
            expires_within,
            grace,
        } = *thresholds;
        [
            ("max_key_age", max_key_age),
            ("active_within", active_within),
            ("max_key_idle", max_key_idle),
            ("max_account_idle", max_account_idle),
            ("expires_within", expires_within),
            ("grace", grace),
        ]
    };
    let defaults = named(&Thresholds::default());
    let changed = named(thresholds)
        .into_iter()
        .zip(defaults)
        .filter(|(set, default)| set != default);
    changed
        .map(|((name, days), _)| format!("{name} {}", words::count(days.into(), "day")))
        .collect()
}

fn rules(settings: &Settings) -> Vec<String> {
    let set = settings.rules.iter().flat_map(|(rule, setting)| {
        let switched = setting.enabled.map(|on| if on { "on" } else { "off" });
        let weighed = setting.severity.map(|severity| severity.name());
        let words = [switched, weighed].into_iter().flatten();
        words.map(move |word| format!("{rule} {word}"))
    });
    set.collect()
}
