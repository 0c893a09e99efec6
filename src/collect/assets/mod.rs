//! Asset Inventory: what a whole organization or folder has, in pages of a thousand, instead of project by project.
//!
//! Three lists tell everything: the resources (accounts, keys, pools, roles, and what may name accounts), the policies,
//! and the creation times, which only the search has. They are behind: accounts, keys, pools and roles by up to seven
//! days, policies by about 36 hours (<https://cloud.google.com/asset-inventory/docs/asset-types>). So what comes from here
//! is recorded as [`Reading::Stale`], and the keys of every account with a key are asked for again.

mod creation;
mod policies;
mod resources;

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::try_join3;
use serde_json::Value;

use crate::gcp::error::Error;
use crate::gcp::google::Google;
use crate::gcp::paging::Listed;
use crate::model::access::{PolicyNode, Role};
use crate::model::account::ServiceAccount;
use crate::model::coverage::{Dataset, Reading};
use crate::model::federation::Pool;
use crate::model::names::{FolderId, ProjectId, UniqueId};
use crate::model::project::{Parent, Project};
use crate::model::scope::{Root, ScanScope, Scope};
use crate::model::snapshot::Facts;

use super::attachments::gathered::Gathered;
use super::gap::Payer;
use super::inventory::Accounts;
use super::org_policies::Settings;
use super::projects::InScope;
use creation::Creation;
use policies::Policies;
use resources::{OfProject, Resources};

/// The route of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Via {
    /// Asset Inventory where every root is an organization or a folder and the caller may use it, else project by
    /// project.
    #[default]
    Auto,
    /// Project by project, through IAM and the services' own lists.
    Iam,
    /// Asset Inventory.
    AssetInventory,
}

/// How far Asset Inventory may be behind with what IAM has.
const RESOURCES_BEHIND: TimeDelta = TimeDelta::days(7);

/// How far Asset Inventory may be behind with policies: "approximately 36 hours".
const POLICIES_BEHIND: TimeDelta = TimeDelta::hours(36);

/// What Asset Inventory has of the projects in scope.
#[derive(Debug)]
pub struct Assets {
    /// Whether what it does not tell is asked project by project.
    falls_back: bool,
    observed_at: DateTime<Utc>,
    resources: Resources,
    policies: Policies,
    creation: Creation,
}

/// Returns what Asset Inventory has of the projects; `None` on the other route, which needs nothing beforehand.
///
/// `observed_at` is the scan's "now", from which it is counted how far the lists may be behind.
///
/// # Errors
/// Where every further call would fail in the same way.
pub async fn assets(
    google: &Google,
    payer: &Payer,
    via: Via,
    scope: &ScanScope,
    projects: &[Project],
    observed_at: DateTime<Utc>,
) -> Result<Option<Assets>, Error> {
    let wide = !scope.roots.is_empty()
        && scope.roots.iter().all(|root| match root {
            Root::Organization(_) | Root::Folder(_) => true,
            Root::Project(_) => false,
        });
    let roots = match via {
        Via::Iam => return Ok(None),
        Via::Auto if !wide => return Ok(None),
        Via::AssetInventory if scope.roots.is_empty() => projects
            .iter()
            .map(|project| Root::Project(project.id.clone()))
            .collect(),
        Via::Auto | Via::AssetInventory => scope.roots.clone(),
    };
    let (resources, policies, creation) = try_join3(
        resources::gather(google, payer, &roots, projects),
        policies::gather(google, payer, &roots, projects),
        creation::gather(google, payer, &roots),
    )
    .await?;
    Ok(Some(Assets {
        falls_back: via == Via::Auto,
        observed_at,
        resources,
        policies,
        creation,
    }))
}

impl Assets {
    /// Returns the accounts of a project, with which of them have a key; `None`: IAM is to be asked, as where no project at
    /// all has an account here.
    pub(super) fn accounts(&self, project: &Project) -> Option<Accounts> {
        let reading = self.ended(&self.resources.reading, RESOURCES_BEHIND)?;
        // That nothing below the roots has any account is hardly so, and an empty answer is what an index that is not there
        // yet gives as well: the projects have the last word.
        let is_empty =
            |found: &OfProject| found.accounts.is_empty() && found.malformed_accounts == 0;
        if reading.is_known() && self.resources.projects.values().all(is_empty) {
            return None;
        }
        let mut accounts = Accounts {
            accounts: Vec::new(),
            reading,
            with_keys: Some(BTreeSet::new()),
        };
        let Some(found) = self.resources.projects.get(&project.id) else {
            return Some(accounts);
        };
        accounts.reading = accounts.reading.max(malformed(found.malformed_accounts));
        accounts.accounts.clone_from(&found.accounts);
        let has_key = |account: &&ServiceAccount| {
            let names = [account.unique_id.as_str(), account.email.as_str()];
            names.iter().any(|name| found.with_keys.contains(*name))
        };
        let with_keys = accounts.accounts.iter().filter(has_key);
        accounts.with_keys = Some(with_keys.map(|a| a.unique_id.clone()).collect());
        Some(accounts)
    }

    /// Returns when an account was created, where the search knows it.
    pub(super) fn created(&self, account: &UniqueId) -> Option<DateTime<Utc>> {
        self.creation.times.get(account).copied()
    }

    /// Returns the workload identity pools of a project; `None`: IAM is to be asked.
    pub(super) fn pools(&self, project: &ProjectId) -> Option<(Vec<Pool>, Reading)> {
        let reading = self.ended(&self.resources.reading, RESOURCES_BEHIND)?;
        Some(match self.resources.projects.get(project) {
            Some(found) => (found.pools(), reading.max(malformed(found.malformed_pools))),
            None => (Vec::new(), reading),
        })
    }

    /// Returns the custom role of that name, where the assets tell its permissions, and how they were read.
    pub(super) fn role(&self, name: &str) -> Option<(&Role, Reading)> {
        let reading = self.ended(&self.resources.reading, RESOURCES_BEHIND)?;
        Some((self.resources.roles.get(name)?, reading))
    }

    /// Returns the constraints that are set on what bears that name, by number, and how they were read; `None`: the
    /// Organization Policy API is to be asked.
    pub(super) fn org_policies(&self, name: &str) -> Option<(Settings, Reading)> {
        let reading = self.ended(&self.resources.reading, RESOURCES_BEHIND)?;
        let set = self.resources.org_policies.get(name).cloned();
        Some((set.unwrap_or_default(), reading))
    }

    /// Returns the policies of a project and of its accounts, and how they were read; `None`: Resource Manager and IAM
    /// are to be asked.
    ///
    /// The policy of an account that is not among `accounts` is left out: the account is gone.
    pub(super) fn policies(&self, project: &Project, accounts: &[ServiceAccount]) -> Option<Facts> {
        let reading = self.ended(&self.policies.reading, POLICIES_BEHIND)?;
        let mut facts = Facts::default();
        let scope = Scope::Project(project.id.clone());
        let found = self.policies.projects.get(&project.id);
        let lost = |of: fn(&policies::OfProject) -> u64| malformed(found.map_or(0, of));
        let own = reading.clone().max(lost(|found| found.malformed));
        facts.coverage.record(scope.clone(), Dataset::Policies, own);
        let of_accounts = reading.max(lost(|found| found.malformed_accounts));
        facts
            .coverage
            .record(scope, Dataset::AccountPolicies, of_accounts);
        if let Some(found) = found {
            facts.policies.extend(found.own.clone());
            facts.policies.extend(accounts.iter().filter_map(|account| {
                let names = [account.unique_id.as_str(), account.email.as_str()];
                let policy = names.iter().find_map(|name| found.accounts.get(*name))?;
                let mut policy = policy.clone();
                policy.on = PolicyNode::Account(account.reference());
                Some(policy)
            }));
        }
        Some(facts)
    }

    /// Returns the policies of those of `containers` that the roots reach, and how they were read; what stands above the
    /// roots, and all of them where Resource Manager is to be asked, is left in `containers`.
    pub(super) fn inherited(&self, in_scope: &InScope, containers: &mut Vec<Parent>) -> Facts {
        let mut facts = Facts::default();
        let Some(reading) = self.ended(&self.policies.reading, POLICIES_BEHIND) else {
            return facts;
        };
        containers.retain(|container| {
            let reached = self.reaches(in_scope, container);
            if reached {
                let (scope, node) = match container {
                    Parent::Organization(id) => (
                        Scope::Organization(id.clone()),
                        PolicyNode::Organization(id.clone()),
                    ),
                    Parent::Folder(id) => {
                        (Scope::Folder(id.clone()), PolicyNode::Folder(id.clone()))
                    }
                };
                let found = self.policies.containers.get(&node);
                let lost = malformed(found.map_or(0, |(_, lost)| *lost));
                facts
                    .policies
                    .extend(found.and_then(|(policy, _)| policy.clone()));
                let reading = reading.clone().max(lost);
                facts.coverage.record(scope, Dataset::Policies, reading);
            }
            !reached
        });
        facts
    }

    /// Returns what is no project's own part of a scan: the policies of other resources, the references of organizations,
    /// and how these, the creation times and the lists themselves were read.
    #[must_use]
    pub fn beside(&self, projects: &[Project]) -> Facts {
        let mut facts = Facts {
            policies: self.policies.resources.clone(),
            ..Facts::default()
        };
        if !self.is_refused() {
            facts.absorb(self.resources.above.clone());
        }
        let policies = stale(&self.policies.reading, self.observed_at - POLICIES_BEHIND);
        let times = stale(&self.creation.reading, self.observed_at - RESOURCES_BEHIND);
        for project in projects {
            let scope = Scope::Project(project.id.clone());
            let found = self.policies.projects.get(&project.id);
            let lost = malformed(found.map_or(0, |found| found.malformed_resources));
            let policies = policies.clone().max(lost);
            let coverage = &mut facts.coverage;
            coverage.record(scope.clone(), Dataset::ResourcePolicies, policies);
            coverage.record(scope, Dataset::CreationTimes, times.clone());
        }
        for (root, dataset, reading) in self.resources.strays.iter().chain(&self.policies.strays) {
            let reading = reading.clone();
            facts.coverage.record(root.clone(), *dataset, reading);
        }
        if self.is_refused() {
            for root in &self.resources.asked {
                let reading = self.resources.reading.clone();
                let coverage = &mut facts.coverage;
                coverage.record(root.clone(), Dataset::Attachments, reading);
            }
        }
        facts
    }

    /// Returns what was gathered of a project's attachments, with how the list ended; `None`: the services are to be
    /// asked.
    pub(super) fn attachments(&self, project: &ProjectId) -> Option<Gathered> {
        if self.is_refused() {
            return None;
        }
        let found = self.resources.projects.get(project);
        let mut gathered = found
            .map(|found| found.attachments.clone())
            .unwrap_or_default();
        if self.resources.reading.is_gap() {
            gathered.reading_of_all("Asset Inventory", &self.resources.reading);
        }
        gathered.credentials_behind(self.observed_at - RESOURCES_BEHIND);
        Some(gathered)
    }

    /// Returns whether what organizations alone have was looked at.
    pub(super) fn has_organization(&self) -> bool {
        let is_one = |scope: &Scope| matches!(scope, Scope::Organization(_));
        !self.is_refused() && self.resources.asked.iter().any(is_one)
    }

    /// Returns whether nothing of the resources could be read, and they are asked for elsewhere.
    fn is_refused(&self) -> bool {
        self.falls_back && self.resources.reading.is_gap() && self.resources.is_empty()
    }

    /// Returns how a list was read; `None` where it was not read to its end and others are to be asked.
    fn ended(&self, reading: &Reading, behind: TimeDelta) -> Option<Reading> {
        if reading.is_gap() && self.falls_back {
            return None;
        }
        Some(stale(reading, self.observed_at - behind))
    }

    /// Returns whether a container is a root, or below one.
    pub(super) fn reaches(&self, in_scope: &InScope, container: &Parent) -> bool {
        let mut passed: BTreeSet<&FolderId> = BTreeSet::new();
        let mut next = Some(container);
        while let Some(parent) = next {
            let (scope, above) = match parent {
                Parent::Organization(id) => (Scope::Organization(id.clone()), None),
                // Folders that name each other are no tree: what was passed already ends the walk.
                Parent::Folder(id) if !passed.insert(id) => return false,
                Parent::Folder(id) => {
                    let folder = in_scope.folders.iter().find(|folder| folder.id == *id);
                    let above = folder.and_then(|folder| folder.parent.as_ref());
                    (Scope::Folder(id.clone()), above)
                }
            };
            if self.policies.asked.contains(&scope) {
                return true;
            }
            next = above;
        }
        false
    }
}

/// Returns how a list of Asset Inventory was read that may be behind by as much.
fn stale(reading: &Reading, as_of: DateTime<Utc>) -> Reading {
    if reading.is_whole() {
        Reading::Stale { as_of }
    } else {
        reading.clone()
    }
}

fn malformed(count: u64) -> Reading {
    if count == 0 {
        Reading::Read
    } else {
        Reading::Malformed { count }
    }
}

/// Returns the root as a variable of a path, and as a scope.
fn root(root: &Root) -> ((&'static str, &str), Scope) {
    match root {
        Root::Organization(id) => (
            ("organization", id.as_str()),
            Scope::Organization(id.clone()),
        ),
        Root::Folder(id) => (("folder", id.as_str()), Scope::Folder(id.clone())),
        Root::Project(id) => (("project", id.as_str()), Scope::Project(id.clone())),
    }
}

/// Returns how a list of assets ended, and how many of its elements were none: those are no reason to ask elsewhere.
fn settled(payer: &Payer, listed: Listed<()>) -> Result<(Reading, u64), Error> {
    let lost = listed.malformed as u64;
    let whole = Listed {
        malformed: 0,
        ..listed
    };
    let (_, reading) = payer.settle_service(whole, None, Some)?;
    Ok((reading, lost))
}

fn text<'a>(asset: &'a Value, field: &str) -> Option<&'a str> {
    asset.get(field).and_then(Value::as_str)
}

/// Returns what an asset belongs to: `projects/NUMBER`, a folder or an organization.
fn owner(asset: &Value) -> Option<&str> {
    asset.pointer("/ancestors/0").and_then(Value::as_str)
}

/// Returns the value as one of a hub's types, which can be read from text alone.
fn decoded<T: serde::de::DeserializeOwned>(value: &Value) -> Option<T> {
    serde_json::from_str(&value.to_string()).ok()
}
