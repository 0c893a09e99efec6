//! What is known of a rule before it runs.

use serde::{Deserialize, Serialize};

use super::coverage::Dataset;

/// How bad it is, if it is true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; nothing to do.
    Info,
    /// To be tidied.
    Low,
    /// To be planned.
    Medium,
    /// To be done soon.
    High,
    /// To be done today.
    Critical,
}

impl Severity {
    /// Returns the name by which flags, configuration and reports give it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// How sure the fact is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// To be found out first. Never counts for the exit code.
    Low,
    /// One good source says so.
    Medium,
    /// It is read from the resource itself, or by every source that could see it.
    High,
}

/// A rule: its name, its weight, what it needs to know, its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleMeta {
    /// The name: a noun phrase for the smell, in kebab-case, and the name of the rule's file, document and test.
    pub id: &'static str,
    /// What it finds, in a few words.
    pub title: &'static str,
    /// The severity of most of its findings; a finding may say more or less.
    pub severity: Severity,
    /// Whether it runs unless the configuration says otherwise.
    pub on_by_default: bool,
    /// What it has to know: where one is missing, the rule is not evaluated there.
    pub needs: &'static [Dataset],
    /// The document, Markdown.
    pub docs: &'static str,
    /// The recommendation of the CIS Google Cloud Foundations benchmark that it answers to, if any.
    pub cis: Option<Cis>,
    /// The entries of the OWASP Non-Human Identities Top 10 (2025) that it answers to: `NHI7:2025`.
    pub owasp: &'static [&'static str],
}

impl RuleMeta {
    /// Returns whether all that it needs lies in the project of its subject. What another rule finds may rest on what other
    /// projects hold, and what stands above them: a workload that runs elsewhere, a role on a folder, a line in their logs.
    #[must_use]
    pub fn needs_one_project(&self) -> bool {
        self.needs.iter().all(|dataset| match dataset {
            Dataset::ServiceAccounts
            | Dataset::Keys
            | Dataset::AccountActivity
            | Dataset::KeyActivity
            | Dataset::Metrics
            | Dataset::AccountInsights
            | Dataset::CreationTimes
            | Dataset::Federation => true,
            Dataset::Projects
            | Dataset::Folders
            | Dataset::PolicyInsights
            | Dataset::AuditLogs
            | Dataset::Policies
            | Dataset::AccountPolicies
            | Dataset::ResourcePolicies
            | Dataset::Roles
            | Dataset::Attachments
            | Dataset::References
            | Dataset::OtherCredentials
            | Dataset::Addresses
            | Dataset::OrgPolicies => false,
        })
    }
}

/// A recommendation of the CIS Google Cloud Foundations benchmark. Version 5.0 put one about organizations before those of
/// section 1, so that their numbers moved; the other sections kept theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cis {
    /// Its number in versions 2.0, 3.0 and 4.0; `None`: they do not have it.
    pub v2_to_v4: Option<&'static str>,
    /// Its number in version 5.0.
    pub v5: &'static str,
}
