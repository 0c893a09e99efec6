//! Owners: the team or the person that something belongs to, and who says so.

use globset::Glob;

/// What the user says about owners.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnerSettings {
    /// The owners that the user names, in the file's order: the first that matches counts.
    pub named: Vec<NamedOwner>,
    /// The keys of project labels whose value names the owner, in order: the first that a project has counts.
    pub labels: Vec<String>,
}

impl Default for OwnerSettings {
    fn default() -> Self {
        Self {
            named: Vec::new(),
            labels: vec!["owner".to_owned(), "team".to_owned()],
        }
    }
}

/// An owner that the user names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedOwner {
    /// Globs over the addresses of accounts, ids of projects and full resource names; `*` matches `/` too.
    pub matches: Vec<Glob>,
    /// The team's name.
    pub team: String,
    /// The Slack channel that hears of its findings.
    pub slack: Option<String>,
}

/// Whom something belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The name of the team or the person; of a label or a log a stranger's text.
    pub name: String,
    /// The Slack channel that hears of its findings, where the configuration names one.
    pub slack: Option<String>,
    /// Who says so.
    pub source: OwnerSource,
}

/// Who says whom something belongs to, from the surest to the least sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OwnerSource {
    /// The configuration.
    Configuration,
    /// A label of the project.
    Label,
    /// The activity log: whoever created the account.
    Creator,
}
