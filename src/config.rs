//! `sa-audit.toml`: where it is found, what it may say, and the settings that it makes with the flags.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::model::rule::{RuleMeta, Severity};
use crate::model::settings::{FailOn, Grouping, RuleSetting, Settings, Thresholds};

/// The file's name.
pub const FILE_NAME: &str = "sa-audit.toml";

/// The longest threshold, in days: ten years.
const MAX_DAYS: u32 = 3_650;

/// A configuration that cannot be used: the file, the place in it, what is wrong, what was meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{place}: {what}", path.display())]
pub struct ConfigError {
    path: PathBuf,
    /// `:line:column`, or nothing.
    place: String,
    what: String,
}

/// Flags of the command line that outrank the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overrides {
    /// `--fail-on`.
    pub fail_on: Option<FailOn>,
    /// `--allow-incomplete`.
    pub allow_incomplete: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct File {
    thresholds: Thresholds,
    report: ReportSection,
    rules: BTreeMap<Spanned<String>, RuleSetting>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ReportSection {
    fail_on: Option<FailOnText>,
    allow_incomplete: bool,
}

/// The values of `fail_on`, as text, so that a wrong one is answered with the right ones.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum FailOnText {
    Critical,
    High,
    Medium,
    Low,
    Info,
    Never,
}

/// Returns the nearest [`FILE_NAME`] in `folder` or above it.
#[must_use]
pub fn find(folder: &Path) -> Option<PathBuf> {
    folder
        .ancestors()
        .map(|folder| folder.join(FILE_NAME))
        .find(|path| path.is_file())
}

/// Returns the settings that the text of a configuration file makes with the flags; `rules` are those that exist.
///
/// # Errors
/// Where the text is no TOML, holds a key or a rule that does not exist, or a value out of its range.
pub fn parse(
    path: &Path,
    text: &str,
    rules: &[&RuleMeta],
    flags: Overrides,
) -> Result<Settings, ConfigError> {
    let wrong = |at: Option<usize>, what: String| ConfigError {
        path: path.to_owned(),
        place: at.map(|offset| place(text, offset)).unwrap_or_default(),
        what,
    };
    let file: File = toml::from_str(text).map_err(|error| {
        wrong(
            error.span().map(|span| span.start),
            explain(error.message()),
        )
    })?;
    for (name, days) in days(&file.thresholds) {
        if !(1..=MAX_DAYS).contains(&days) {
            return Err(wrong(
                None,
                format!("thresholds.{name} is {days} days: 1 to {MAX_DAYS} can be used"),
            ));
        }
    }
    let ids: Vec<&str> = rules.iter().map(|rule| rule.id).collect();
    if let Some(name) = file
        .rules
        .keys()
        .find(|name| !ids.contains(&name.get_ref().as_str()))
    {
        let what = format!(
            "there is no rule {:?}{}",
            name.get_ref(),
            did_you_mean(name.get_ref(), &ids)
        );
        return Err(wrong(Some(name.span().start), what));
    }
    Ok(settings(file, flags))
}

/// Returns the settings where there is no file.
#[must_use]
pub fn defaults(flags: Overrides) -> Settings {
    settings(File::default(), flags)
}

fn settings(file: File, flags: Overrides) -> Settings {
    let from_file = file.report.fail_on.map(|text| match text {
        FailOnText::Critical => FailOn::AtLeast(Severity::Critical),
        FailOnText::High => FailOn::AtLeast(Severity::High),
        FailOnText::Medium => FailOn::AtLeast(Severity::Medium),
        FailOnText::Low => FailOn::AtLeast(Severity::Low),
        FailOnText::Info => FailOn::AtLeast(Severity::Info),
        FailOnText::Never => FailOn::Never,
    });
    Settings {
        thresholds: file.thresholds,
        rules: file
            .rules
            .into_iter()
            .map(|(name, setting)| (name.into_inner(), setting))
            .collect(),
        grouping: Grouping::default(),
        fail_on: flags.fail_on.or(from_file).unwrap_or_default(),
        allow_incomplete: flags.allow_incomplete || file.report.allow_incomplete,
    }
}

/// Returns each threshold under the name that the file knows it by.
fn days(thresholds: &Thresholds) -> [(&'static str, u32); 5] {
    let Thresholds {
        max_key_age,
        active_within,
        max_key_idle,
        expires_within,
        grace,
    } = *thresholds;
    [
        ("max_key_age", max_key_age),
        ("active_within", active_within),
        ("max_key_idle", max_key_idle),
        ("expires_within", expires_within),
        ("grace", grace),
    ]
}

/// Returns `:line:column`, both from 1, of a byte offset.
fn place(text: &str, offset: usize) -> String {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
    format!(":{line}:{column}")
}

/// Returns serde's message in one line; of an unknown key, with the nearest that exists.
fn explain(message: &str) -> String {
    let message = message.lines().next().unwrap_or_default();
    let mut quoted = message.split('`').skip(1).step_by(2);
    let known: Vec<&str> = quoted.clone().skip(1).collect();
    match (message.starts_with("unknown field"), quoted.next()) {
        (true, Some(name)) => format!(
            "there is no key {name:?} here{}",
            did_you_mean(name, &known)
        ),
        _ => message.to_owned(),
    }
}

fn did_you_mean(name: &str, known: &[&str]) -> String {
    let near = known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(3))
        .min();
    match near {
        Some((_, candidate)) => format!("; did you mean {candidate:?}?"),
        None => format!("; there are {}", known.join(", ")),
    }
}

/// Returns the configuration that `sa-audit init` writes: every key with its default, explained and commented out.
#[must_use]
pub fn template(rules: &[&RuleMeta]) -> String {
    let mut text = String::from(TEMPLATE_HEAD);
    let defaults = Thresholds::default();
    for ((name, days), why) in days(&defaults).into_iter().zip(THRESHOLD_WORDS) {
        let _ = writeln!(text, "# {why}\n#{name} = {days}");
    }
    text.push_str(TEMPLATE_REPORT);
    for rule in rules {
        let _ = writeln!(
            text,
            "\n# {}\n#[rules.{}]\n#enabled = {}",
            rule.title, rule.id, rule.on_by_default
        );
        let _ = writeln!(text, "#severity = \"{}\"", severity(rule.severity));
    }
    text
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Info => "info",
    }
}

/// What each threshold means, in the order of [`days`].
const THRESHOLD_WORDS: [&str; 5] = [
    "An enabled key older than this is old.",
    "A key seen within this is active.",
    "A key not seen for this is idle.",
    "A key that is seen and expires within this expires soon.",
    "Something disabled for longer than this is due for its next step.",
];

const TEMPLATE_HEAD: &str = "\
# sa-audit.toml: what counts as a finding, and when a run fails.
# sa-audit looks for this file in the current folder and above it; --config and SA_AUDIT_CONFIG name another one.
# Every key is here with its default. Remove the # to change one.

# Days.
[thresholds]
";

const TEMPLATE_REPORT: &str = "
[report]
# Exit code 1 from this severity on: critical, high, medium, low, info, or never.
#fail_on = \"high\"
# Exit code 0 instead of 3 where something could not be read.
#allow_incomplete = false

# Rules: `sa-audit rules` lists them, `sa-audit rules ID` explains one.
# A severity set here replaces the rule's own for all of its findings.
";
