//! What a scan was asked to look at, as the JSON report writes it.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::coverage::ScopeKind;
use super::vocabulary::Source;
use crate::model;

/// What a scan was asked to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScanScope {
    /// The roots, sorted; none: every project that the caller sees.
    pub roots: Vec<Root>,
    /// Globs over project ids that the user left out, sorted.
    pub exclude: Vec<String>,
}

/// One root of a scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Root {
    /// What it is: an organization, a folder or a project.
    pub kind: ScopeKind,
    /// Its number; for a project, the id or the number that the user gave.
    pub id: String,
}

/// Projects that a scan saw and left out, by reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LeftOut {
    /// Projects that are not active.
    pub inactive: u64,
    /// Projects that Apps Script made.
    pub apps_script: u64,
    /// Projects that a glob of the user's left out.
    pub excluded: u64,
}

/// A stretch of time that a source looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Window {
    /// Who looked.
    pub source: Source,
    /// From when.
    pub from: DateTime<Utc>,
    /// Until when.
    pub to: DateTime<Utc>,
}

impl From<&model::scope::ScanScope> for ScanScope {
    fn from(scope: &model::scope::ScanScope) -> Self {
        Self {
            roots: scope.roots.iter().map(Root::from).collect(),
            exclude: scope.exclude.clone(),
        }
    }
}

impl From<&model::scope::Root> for Root {
    fn from(root: &model::scope::Root) -> Self {
        let (kind, id) = match root {
            model::scope::Root::Organization(id) => (ScopeKind::Organization, id.to_string()),
            model::scope::Root::Folder(id) => (ScopeKind::Folder, id.to_string()),
            model::scope::Root::Project(id) => (ScopeKind::Project, id.to_string()),
        };
        Self { kind, id }
    }
}

impl From<model::scope::LeftOut> for LeftOut {
    fn from(left_out: model::scope::LeftOut) -> Self {
        let model::scope::LeftOut {
            inactive,
            apps_script,
            excluded,
        } = left_out;
        Self {
            inactive,
            apps_script,
            excluded,
        }
    }
}

impl From<model::usage::Window> for Window {
    fn from(window: model::usage::Window) -> Self {
        let model::usage::Window { source, from, to } = window;
        Self {
            source: source.into(),
            from,
            to,
        }
    }
}
