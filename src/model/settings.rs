//! What the user has decided: thresholds, rules, what is accepted, whom things belong to.

use std::collections::BTreeMap;

use globset::Glob;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::acceptance::{Acceptance, GapAcceptance};
use super::names::ProjectId;
use super::owner::OwnerSettings;
use super::place::AddressRange;
use super::rule::Severity;

/// Everything that the user can decide about the evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settings {
    /// From when on a fact is a finding.
    pub thresholds: Thresholds,
    /// Rules that run otherwise than by default, by rule id.
    pub rules: BTreeMap<String, RuleSetting>,
    /// Which resources are one workload.
    pub grouping: Grouping,
    /// Addresses whose place the user knows, in the file's order: the first that has an address counts.
    pub ranges: Vec<AddressRange>,
    /// The findings that somebody has accepted, in the file's order: the first that covers a finding counts.
    pub acceptances: Vec<Acceptance>,
    /// The gaps that somebody has accepted, in the file's order.
    pub gap_acceptances: Vec<GapAcceptance>,
    /// Whom things belong to.
    pub owners: OwnerSettings,
    /// How careful plans are.
    pub plans: PlanSettings,
    /// From which severity on findings fail a run.
    pub fail_on: FailOn,
    /// Whether gaps leave the exit code alone.
    pub allow_incomplete: bool,
    /// Whether findings that the baseline knows fail a run as well.
    pub fail_on_known: bool,
}

/// What the user counts as one workload, beside what the program finds by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grouping {
    /// The key of a label whose value names the workload that a resource belongs to.
    pub label: Option<String>,
    /// The workloads that the user names.
    pub workloads: Vec<NamedWorkload>,
}

/// A workload that the user names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedWorkload {
    /// Its name.
    pub name: String,
    /// Globs over the full names of its resources and the members of policies; `*` matches `/` too.
    pub matches: Vec<Glob>,
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
    /// An account not seen for this is idle.
    pub max_account_idle: u32,
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
            max_account_idle: 90,
            expires_within: 30,
            grace: 30,
        }
    }
}

/// How careful plans are: times in days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlanSettings {
    /// How long an account or key stays disabled before it is deleted.
    pub min_quiet: u32,
    /// The same for what runs rarely.
    pub min_quiet_rare: u32,
    /// After how long everything that runs regularly has run once.
    pub business_cycle: u32,
    /// Globs over the addresses of accounts that run rarely, once a year or in a disaster. Checked where they are parsed.
    pub rare: Vec<String>,
    /// The project that new workload identity pools are made in; `None`: the account's own.
    pub pool_project: Option<ProjectId>,
}

impl Default for PlanSettings {
    fn default() -> Self {
        Self {
            min_quiet: 90,
            min_quiet_rare: 400,
            business_cycle: 30,
            rare: Vec::new(),
            pool_project: None,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailOn {
    /// At none.
    Never,
    /// At or above this severity.
    AtLeast(Severity),
}

impl<'de> Deserialize<'de> for FailOn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let value = Self::ALL.into_iter().find(|value| value.name() == name);
        value.ok_or_else(|| {
            // Serde's own words for the wrong name of an enum's variant.
            let known = Self::ALL.map(|value| format!("`{}`", value.name()));
            let known = known.join(", ");
            D::Error::custom(format_args!(
                "unknown variant `{name}`, expected one of {known}"
            ))
        })
    }
}

impl Default for FailOn {
    fn default() -> Self {
        Self::AtLeast(Severity::High)
    }
}

impl FailOn {
    /// Every value, from the one that fails least on, with none at the end.
    pub const ALL: [Self; 6] = [
        Self::AtLeast(Severity::Critical),
        Self::AtLeast(Severity::High),
        Self::AtLeast(Severity::Medium),
        Self::AtLeast(Severity::Low),
        Self::AtLeast(Severity::Info),
        Self::Never,
    ];

    /// Returns the name by which flags and configuration give it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::AtLeast(severity) => severity.name(),
        }
    }

    /// Returns whether a finding of `severity` fails the run.
    #[must_use]
    pub fn fails(self, severity: Severity) -> bool {
        match self {
            Self::AtLeast(least) => severity >= least,
            Self::Never => false,
        }
    }
}
