//! What the user has decided: thresholds and rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::rule::Severity;

/// Everything that the user can decide about the evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// From when on a fact is a finding.
    pub thresholds: Thresholds,
    /// Rules that run otherwise than by default, by rule id.
    pub rules: BTreeMap<String, RuleSetting>,
    /// From which severity on findings fail a run.
    pub fail_on: FailOn,
    /// Whether gaps leave the exit code alone.
    pub allow_incomplete: bool,
}

/// Thresholds, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Thresholds {
    /// An enabled key older than this is old.
    pub max_key_age: u32,
    /// A key seen within this is active.
    pub active_within: u32,
    /// A key not seen for this is idle.
    pub max_key_idle: u32,
    /// A key that is seen and expires within this expires soon.
    pub expires_within: u32,
    /// Something disabled for longer than this is due for its next step.
    pub grace: u32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            max_key_age: 90,
            active_within: 30,
            max_key_idle: 90,
            expires_within: 30,
            grace: 30,
        }
    }
}

/// How one rule runs, where it differs from its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RuleSetting {
    /// Whether it runs; `None`: as the rule says.
    pub enabled: Option<bool>,
    /// The severity of all of its findings; `None`: as each finding says.
    pub severity: Option<Severity>,
}

/// From which severity on findings fail a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// At none.
    Never,
    /// At or above this severity.
    #[serde(untagged)]
    AtLeast(Severity),
}

impl Default for FailOn {
    fn default() -> Self {
        Self::AtLeast(Severity::High)
    }
}

impl FailOn {
    /// Returns whether a finding of `severity` fails the run.
    #[must_use]
    pub fn fails(self, severity: Severity) -> bool {
        match self {
            Self::AtLeast(least) => severity >= least,
            Self::Never => false,
        }
    }
}
