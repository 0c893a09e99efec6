//! What was read and what was not evaluated, as the JSON report writes it.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::finding::Accepted;
use super::vocabulary::{Cause, Dataset};
use crate::model;
use crate::model::coverage::Reading;
use crate::report;

/// How the read of one dataset in one scope ended. The other fields are null where `state` has no use for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// What the read was about.
    pub scope: Scope,
    /// What was read.
    pub dataset: Dataset,
    /// How it ended.
    pub state: ReadingState,
    /// `denied`: the permission that Google names as missing.
    pub permission: Option<String>,
    /// `api-disabled`: the API.
    pub service: Option<String>,
    /// `api-disabled`: the project in which it is off, as Google names it.
    pub consumer: Option<String>,
    /// `perimeter`: the id by which the perimeter's log names the refusal.
    pub uid: Option<String>,
    /// `failed`: the HTTP status; null where no answer came.
    pub status: Option<u16>,
    /// `truncated`, `quota`, `failed`: what happened, in one line; `not-covered`: what is not looked at.
    pub message: Option<String>,
    /// `stale`: the last moment of which the source is known to tell everything.
    pub as_of: Option<DateTime<Utc>>,
    /// `malformed`: how many elements were dropped.
    pub count: Option<u64>,
}

/// How a read ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReadingState {
    /// It was read, whole.
    Read,
    /// The user did not ask for it.
    Skipped,
    /// It was read, whole, from a source that may be behind: what changed after `as_of` may be missing. No gap.
    Stale,
    /// What this version reads was read; what it does not look at may hold more. No gap.
    NotCovered,
    /// It was read, but for elements that could not be understood.
    Malformed,
    /// It broke off: what was read before stands, and is not all.
    Truncated,
    /// The caller may not read it.
    Denied,
    /// The API is switched off.
    ApiDisabled,
    /// Google's quota was used up for longer than the scan waits.
    Quota,
    /// A VPC Service Controls perimeter refused it.
    Perimeter,
    /// It failed in another way.
    Failed,
}

/// What one read was about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Scope {
    /// What it is.
    pub kind: ScopeKind,
    /// Its name as Google's APIs take it: `organizations/1`, `projects/acme-prod`; null for the caller.
    pub name: Option<String>,
    /// The project that it is or lies in; null above projects.
    pub project: Option<String>,
    /// The account's address; null for anything else.
    pub email: Option<String>,
    /// The account's unique id; null for anything else.
    pub unique_id: Option<String>,
}

/// The kinds of scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeKind {
    /// Everything that the caller sees.
    Caller,
    /// An organization.
    Organization,
    /// A folder.
    Folder,
    /// A project.
    Project,
    /// A service account.
    Account,
}

/// Something that could not be evaluated. Never a pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotEvaluated {
    /// Where.
    pub scope: Scope,
    /// The ids of the keys that it is about, sorted; none: everything in `scope`.
    pub keys: Vec<String>,
    /// What is missing.
    pub dataset: Dataset,
    /// The rules that could not be evaluated, sorted; none where no rule that is switched on needs `dataset`.
    pub rules: Vec<String>,
    /// What kind of lack it is.
    pub cause: Cause,
    /// Why, in one sentence.
    pub reason: String,
    /// The one grant or act that mends it; null where there is none.
    pub hint: Option<String>,
    /// Who accepted it, of a gap, and why; null where nobody did.
    pub accepted: Option<Accepted>,
}

impl From<&model::coverage::CoverageEntry> for Coverage {
    fn from(entry: &model::coverage::CoverageEntry) -> Self {
        let whole = Self {
            scope: Scope::from(&entry.scope),
            dataset: entry.dataset.into(),
            state: ReadingState::Read,
            permission: None,
            service: None,
            consumer: None,
            uid: None,
            status: None,
            message: None,
            as_of: None,
            count: None,
        };
        match entry.reading.clone() {
            Reading::Read => whole,
            Reading::Skipped => Self {
                state: ReadingState::Skipped,
                ..whole
            },
            Reading::Stale { as_of } => Self {
                state: ReadingState::Stale,
                as_of: Some(as_of),
                ..whole
            },
            Reading::NotCovered { what } => Self {
                state: ReadingState::NotCovered,
                message: Some(what),
                ..whole
            },
            Reading::Malformed { count } => Self {
                state: ReadingState::Malformed,
                count: Some(count),
                ..whole
            },
            Reading::Truncated { message } => Self {
                state: ReadingState::Truncated,
                message: Some(message),
                ..whole
            },
            Reading::Denied { permission } => Self {
                state: ReadingState::Denied,
                permission,
                ..whole
            },
            Reading::ApiDisabled { service, consumer } => Self {
                state: ReadingState::ApiDisabled,
                service: Some(service),
                consumer,
                ..whole
            },
            Reading::Quota { message } => Self {
                state: ReadingState::Quota,
                message: Some(message),
                ..whole
            },
            Reading::Perimeter { uid } => Self {
                state: ReadingState::Perimeter,
                uid,
                ..whole
            },
            Reading::Failed { status, message } => Self {
                state: ReadingState::Failed,
                status,
                message: Some(message),
                ..whole
            },
        }
    }
}

impl From<&model::scope::Scope> for Scope {
    fn from(scope: &model::scope::Scope) -> Self {
        use model::scope::Scope as S;
        let project = scope.project().map(ToString::to_string);
        let (kind, name, account) = match scope {
            S::Caller => (ScopeKind::Caller, None, None),
            S::Organization(id) => (
                ScopeKind::Organization,
                Some(format!("organizations/{id}")),
                None,
            ),
            S::Folder(id) => (ScopeKind::Folder, Some(format!("folders/{id}")), None),
            S::Project(id) => (ScopeKind::Project, Some(format!("projects/{id}")), None),
            S::Account(account) => {
                let (project, id) = (&account.project, &account.unique_id);
                let name = format!("projects/{project}/serviceAccounts/{id}");
                (ScopeKind::Account, Some(name), Some(account))
            }
        };
        Self {
            kind,
            name,
            project,
            email: account.map(|account| account.email.to_string()),
            unique_id: account.map(|account| account.unique_id.to_string()),
        }
    }
}

impl From<&report::NotEvaluated> for NotEvaluated {
    fn from(item: &report::NotEvaluated) -> Self {
        Self {
            scope: Scope::from(&item.scope),
            keys: item.keys.iter().map(ToString::to_string).collect(),
            dataset: item.dataset.into(),
            rules: item.rules.iter().map(ToString::to_string).collect(),
            cause: item.cause.into(),
            reason: item.reason.to_string(),
            hint: item.hint.as_ref().map(|hint| hint.here.to_string()),
            accepted: item.accepted.as_ref().map(Accepted::from),
        }
    }
}
