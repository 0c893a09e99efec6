//! Counts, verdict, thresholds and rules, as the JSON report writes them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::vocabulary::{FailOn, Severity, Verdict};
use crate::{model, report};

/// The thresholds in force, in days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

/// Every count of a report, its verdict and its exit code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Projects that were looked at.
    pub projects: u64,
    /// Projects that were seen and left out, for whatever reason.
    pub left_out: u64,
    /// Service accounts.
    pub accounts: u64,
    /// Of `accounts`, those that two or more workloads of confidence medium or high run as.
    pub shared_accounts: u64,
    /// User-managed keys in any state.
    pub keys: u64,
    /// Of `keys`, those that can sign in: neither they nor their account disabled, nor expired.
    pub keys_enabled: u64,
    /// Whether every project, account and key in scope could be listed, as of the scan; otherwise the counts above are what
    /// was seen. Asset Inventory may be a week behind: where it told the accounts, `coverage` says as of when.
    pub inventory_complete: bool,
    /// Findings of confidence medium or high that nobody has accepted. The list of findings holds these, and those of
    /// `to_find_out` and `accepted` besides.
    pub findings: u64,
    /// `findings` by severity.
    pub by_severity: BySeverity,
    /// Findings of confidence low, to be found out first; not part of `findings`.
    pub to_find_out: u64,
    /// Findings that somebody has accepted; not part of `findings`.
    pub accepted: u64,
    /// Of `findings`, those that fail the run.
    pub failing: u64,
    /// Entries of `not_evaluated`.
    pub not_evaluated: u64,
    /// Reads that were asked for and did not end whole.
    pub gaps: u64,
    /// Of `gaps`, those that somebody has accepted: they leave the exit code alone.
    pub gaps_accepted: u64,
    /// `findings` by how they stand against the baseline; null without one.
    pub against_baseline: Option<ByStatus>,
    /// What it comes to.
    pub verdict: Verdict,
    /// From which severity on findings fail the run.
    pub fail_on: FailOn,
    /// Whether gaps leave the exit code alone.
    pub allow_incomplete: bool,
    /// Whether findings that the baseline knows fail the run as well.
    pub fail_on_known: bool,
    /// The exit code of the run: 0, 1 or 3.
    pub exit_code: u8,
}

/// A count for each status of a finding against the baseline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ByStatus {
    /// Findings that the baseline does not have.
    pub new: u64,
    /// Findings that it has with other evidence, less severe or less sure, or accepted.
    pub changed: u64,
    /// Findings that were gone and are back.
    pub reopened: u64,
    /// Findings that it has.
    pub known: u64,
}

/// A count for each severity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BySeverity {
    /// Findings of severity critical.
    pub critical: u64,
    /// Findings of severity high.
    pub high: u64,
    /// Findings of severity medium.
    pub medium: u64,
    /// Findings of severity low.
    pub low: u64,
    /// Findings of severity info.
    pub info: u64,
}

/// A project and its counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Project {
    /// The project's id.
    pub id: String,
    /// Its accounts.
    pub accounts: u64,
    /// Of `accounts`, those with a finding of confidence medium or high.
    pub with_findings: u64,
}

/// A rule as it ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// The rule's id.
    pub id: String,
    /// What it finds, in a few words.
    pub title: String,
    /// Whether it ran.
    pub enabled: bool,
    /// The severity in force: the user's, else the rule's own, from which a finding may differ.
    pub severity: Severity,
    /// Its findings that are not accepted.
    pub findings: u64,
    /// The recommendation of the CIS Google Cloud Foundations benchmark that it answers to; null where there is none.
    pub cis: Option<Cis>,
    /// The entries of the OWASP Non-Human Identities Top 10 that it answers to.
    pub owasp: Vec<String>,
}

/// A recommendation of the CIS Google Cloud Foundations benchmark, whose numbers partly moved in version 5.0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cis {
    /// Its number in versions 2.0, 3.0 and 4.0; null: they do not have it.
    pub v2_to_v4: Option<String>,
    /// Its number in version 5.0.
    pub v5: String,
}

impl From<model::settings::Thresholds> for Thresholds {
    fn from(thresholds: model::settings::Thresholds) -> Self {
        let model::settings::Thresholds {
            max_key_age,
            active_within,
            max_key_idle,
            max_account_idle,
            expires_within,
            grace,
        } = thresholds;
        Self {
            max_key_age,
            active_within,
            max_key_idle,
            max_account_idle,
            expires_within,
            grace,
        }
    }
}

impl From<report::Summary> for Summary {
    fn from(summary: report::Summary) -> Self {
        let report::Summary {
            projects,
            left_out,
            accounts,
            shared_accounts,
            keys,
            keys_enabled,
            inventory_complete,
            inventory_stale,
            findings,
            by_severity,
            accepted,
            to_find_out,
            failing,
            not_evaluated,
            gaps,
            gaps_accepted,
            against_baseline,
            verdict,
            fail_on,
            allow_incomplete,
            fail_on_known,
            exit_code,
        } = summary;
        Self {
            projects,
            left_out,
            accounts,
            shared_accounts,
            keys,
            keys_enabled,
            inventory_complete: inventory_complete && !inventory_stale,
            findings,
            by_severity: BySeverity::from(by_severity),
            accepted,
            to_find_out,
            failing,
            not_evaluated,
            gaps,
            gaps_accepted,
            against_baseline: against_baseline.map(ByStatus::from),
            verdict: verdict.into(),
            fail_on: fail_on.into(),
            allow_incomplete,
            fail_on_known,
            exit_code,
        }
    }
}

impl From<report::ByStatus> for ByStatus {
    fn from(counts: report::ByStatus) -> Self {
        let report::ByStatus {
            new,
            changed,
            reopened,
            known,
        } = counts;
        Self {
            new,
            changed,
            reopened,
            known,
        }
    }
}

impl From<report::BySeverity> for BySeverity {
    fn from(counts: report::BySeverity) -> Self {
        let report::BySeverity {
            critical,
            high,
            medium,
            low,
            info,
        } = counts;
        Self {
            critical,
            high,
            medium,
            low,
            info,
        }
    }
}

impl From<&report::ProjectReport> for Project {
    fn from(project: &report::ProjectReport) -> Self {
        Self {
            id: project.id.to_string(),
            accounts: project.accounts,
            with_findings: project.with_findings,
        }
    }
}

impl From<&report::RuleReport> for Rule {
    fn from(rule: &report::RuleReport) -> Self {
        Self {
            id: rule.id.to_owned(),
            title: rule.title.to_owned(),
            enabled: rule.enabled,
            severity: rule.severity.into(),
            findings: rule.findings,
            cis: rule.cis.map(|cis| Cis {
                v2_to_v4: cis.v2_to_v4.map(str::to_owned),
                v5: cis.v5.to_owned(),
            }),
            owasp: rule.owasp.iter().map(ToString::to_string).collect(),
        }
    }
}
