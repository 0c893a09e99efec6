//! The estate: what a snapshot says, joined. Rules read nothing else.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::access::{Folder, Policy, PolicyNode, Role};
use super::account::ServiceAccount;
use super::call::LogWindow;
use super::coverage::Coverage;
use super::credential::OtherCredential;
use super::federation::Pool;
use super::grant::{Actor, Grant};
use super::idle::Life;
use super::key::{KeyManagement, KeyState, ServiceAccountKey};
use super::names::ProjectId;
use super::place::{ExercisedPermission, PlacedCaller};
use super::project::{Parent, Project};
use super::reference::Reference;
use super::scope::{AccountRef, LeftOut, ScanScope, Scope};
use super::usage::{LastUse, PolicyInsight, Window};
use super::workload::Workload;

/// Everything that is known of the scanned projects at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Estate {
    /// The moment of the scan, UTC: "now" for every rule.
    pub observed_at: DateTime<Utc>,
    /// What the scan was asked to look at.
    pub scope: ScanScope,
    /// What it saw and left out.
    pub left_out: LeftOut,
    /// The active projects, by id.
    pub projects: Vec<Project>,
    /// The folders on the way to the projects, by number.
    pub folders: Vec<Folder>,
    /// The definitions of Google's own roles, and of the custom ones that policies name, by name.
    pub roles: BTreeMap<String, Role>,
    /// Every policy that was read, by what it is on.
    pub policies: Vec<Policy>,
    /// The workload identity pools.
    pub pools: Vec<Pool>,
    /// The services that are on, of each project of which that was read: `iap.googleapis.com`.
    pub services: BTreeMap<ProjectId, BTreeSet<String>>,
    /// Every account of those projects, by project, then address, then unique id.
    pub accounts: Vec<Account>,
    /// The stretch that each source looked at, over all of its rows: from the earliest begin to the latest end.
    pub windows: Vec<Window>,
    /// What each source of audit logs was read over, project by project.
    pub log_windows: Vec<LogWindow>,
    /// What Recommender says of the use of bindings.
    pub policy_insights: Vec<PolicyInsight>,
    /// What was read and what was not.
    pub coverage: Coverage,
}

/// An account with its keys and its last use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What IAM lists.
    pub facts: ServiceAccount,
    /// Its keys, by id. Where they could not be read, none, and the coverage says so.
    pub keys: Vec<Key>,
    /// Its HMAC keys and the API keys that are bound to it, sorted.
    pub other_credentials: Vec<OtherCredential>,
    /// When the account was last used.
    pub last_use: LastUse,
    /// Since when it could be used.
    pub life: Life,
    /// Who called as it without one of `keys`, and who took a token or a signature of it, sorted.
    pub callers: Vec<PlacedCaller>,
    /// The permissions that were seen in use as it, sorted.
    pub exercised: Vec<ExercisedPermission>,
    /// The roles that it holds, sorted.
    pub grants: Vec<Grant>,
    /// Who may act as it, service agents left out, sorted.
    pub actors: Vec<Actor>,
    /// The workloads that run as it, sorted. Those of confidence medium or better count for sharing.
    pub workloads: Vec<Workload>,
    /// What names it without running as it, sorted: what a deletion would break beside the workloads.
    pub references: Vec<Reference>,
}

/// A key with its last use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// What IAM lists.
    pub facts: ServiceAccountKey,
    /// When the key was last used.
    pub last_use: LastUse,
    /// Since when it could be used.
    pub life: Life,
    /// Who called with it, sorted.
    pub callers: Vec<PlacedCaller>,
}

impl Estate {
    /// Returns what stands above a project, nearest first: its folders, then its organization. It ends where the caller
    /// may not see further.
    #[must_use]
    pub fn ancestors(&self, project: &ProjectId) -> Vec<PolicyNode> {
        let mut above = Vec::new();
        let project = self.projects.iter().find(|known| known.id == *project);
        let mut next = project.and_then(|project| project.parent.as_ref());
        while let Some(parent) = next {
            let node = match parent {
                Parent::Folder(id) => PolicyNode::Folder(id.clone()),
                Parent::Organization(id) => PolicyNode::Organization(id.clone()),
            };
            // Folders that name each other are no tree: what was walked already ends the walk.
            if above.contains(&node) {
                break;
            }
            above.push(node);
            next = match parent {
                Parent::Folder(id) => self
                    .folders
                    .iter()
                    .find(|folder| folder.id == *id)
                    .and_then(|folder| folder.parent.as_ref()),
                Parent::Organization(_) => None,
            };
        }
        above
    }

    /// Returns the permissions that a role gives, sorted; none where it is deleted or disabled. `None`: its definition is
    /// not known, and what it gives cannot be told from its name.
    ///
    /// Source: <https://cloud.google.com/iam/docs/reference/rest/v1/organizations.roles#rolelaunchstage>.
    #[must_use]
    pub fn permissions(&self, role: &str) -> Option<&[String]> {
        let role = self.roles.get(role)?;
        Some(if role.deleted || role.stage == "DISABLED" {
            &[]
        } else {
            &role.permissions
        })
    }

    /// Returns every user-managed key that can sign in now: neither it nor its account is disabled, nor has it expired.
    pub fn live_keys(&self) -> impl Iterator<Item = (&Account, &Key)> {
        self.user_managed_keys()
            .filter(|(account, key)| !account.facts.disabled && key.is_enabled(self.observed_at))
    }

    /// Returns every account with each of its user-managed keys, in order.
    pub fn user_managed_keys(&self) -> impl Iterator<Item = (&Account, &Key)> {
        self.accounts
            .iter()
            .flat_map(|account| account.user_managed_keys().map(move |key| (account, key)))
    }
}

impl Account {
    /// Returns the keys whose private half a user keeps, in any state.
    pub fn user_managed_keys(&self) -> impl Iterator<Item = &Key> {
        self.keys
            .iter()
            .filter(|key| key.facts.management == KeyManagement::User)
    }

    /// Returns the workloads that are sure enough to be counted: those of confidence medium or better.
    pub fn counted_workloads(&self) -> impl Iterator<Item = &Workload> {
        self.workloads.iter().filter(|workload| workload.counts())
    }

    /// Returns the account as coverage and findings name it.
    #[must_use]
    pub fn reference(&self) -> AccountRef {
        self.facts.reference()
    }

    /// Returns the account as a scope.
    #[must_use]
    pub fn scope(&self) -> Scope {
        Scope::Account(self.reference())
    }
}

impl Key {
    /// Returns whether the key is neither disabled nor expired at `now`; its account may be disabled all the same.
    #[must_use]
    pub fn is_enabled(&self, now: DateTime<Utc>) -> bool {
        self.facts.state(now) == KeyState::Enabled
    }
}
