//! The estate as the prover asks for it, indexed once for the plans of all accounts.

use std::collections::BTreeMap;

use crate::model::access::{Condition, Folder, Policy};
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Estate};
use crate::model::names::{Email, FolderId, ProjectId};
use crate::model::place::ExercisedPermission;
use crate::model::project::{Parent, Project};
use crate::model::scope::Scope;

use super::evaluate::Stage;
use super::logged::Logs;
use super::place::Node;
use super::who::{self, Who};

/// An estate, by who holds what where and by what was seen.
pub struct World<'a> {
    pub(super) estate: &'a Estate,
    /// By id and by number.
    projects: BTreeMap<&'a str, &'a Project>,
    folders: BTreeMap<&'a FolderId, &'a Folder>,
    /// By address and by unique id.
    accounts: BTreeMap<&'a str, &'a Account>,
    /// Each project's node and those above it.
    chains: BTreeMap<&'a ProjectId, Vec<Node>>,
    /// The sets of accounts below a project's chain that hold anything.
    sets: BTreeMap<&'a ProjectId, Vec<Who>>,
    /// Of everybody and everybody who is signed in those that hold anything.
    crowds: Vec<Who>,
    held: BTreeMap<Who, BTreeMap<Node, Vec<Share<'a>>>>,
    /// What others were seen to do with each account, with the one who did it.
    handled: BTreeMap<&'a Email, Vec<(&'a Account, &'a ExercisedPermission)>>,
    policies: BTreeMap<Node, &'a Policy>,
    pub(super) logs: Logs<'a>,
    pub(super) stage: Stage<'a>,
}

/// One share of a binding: its member and its node are known from where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Share<'a> {
    pub(super) role: &'a str,
    pub(super) condition: Option<&'a Condition>,
}

/// What the roles give that plans hand out and that no policy of the estate may name yet, sorted.
///
/// Source: <https://cloud.google.com/iam/docs/service-account-permissions>.
const SIGN_IN_ROLES: [(&str, &[&str]); 3] = [
    (
        "roles/iam.serviceAccountTokenCreator",
        &[
            "iam.serviceAccounts.getAccessToken",
            "iam.serviceAccounts.getOpenIdToken",
            "iam.serviceAccounts.implicitDelegation",
            "iam.serviceAccounts.signBlob",
            "iam.serviceAccounts.signJwt",
        ],
    ),
    (
        "roles/iam.serviceAccountUser",
        &["iam.serviceAccounts.actAs"],
    ),
    (
        "roles/iam.workloadIdentityUser",
        &[
            "iam.serviceAccounts.getAccessToken",
            "iam.serviceAccounts.getOpenIdToken",
        ],
    ),
];

impl<'a> World<'a> {
    /// Returns the index of an estate.
    #[must_use]
    pub fn of(estate: &'a Estate) -> Self {
        let by_id = estate.projects.iter().map(|p| (p.id.as_str(), p));
        let by_number = estate.projects.iter().map(|p| (p.number.as_str(), p));
        let by_address = estate.accounts.iter().map(|a| (a.facts.email.as_str(), a));
        let by_unique_id = estate
            .accounts
            .iter()
            .map(|a| (a.facts.unique_id.as_str(), a));
        let mut world = Self {
            estate,
            projects: by_number.chain(by_id).collect(),
            folders: estate.folders.iter().map(|f| (&f.id, f)).collect(),
            accounts: by_unique_id.chain(by_address).collect(),
            chains: BTreeMap::new(),
            sets: BTreeMap::new(),
            crowds: Vec::new(),
            held: BTreeMap::new(),
            handled: BTreeMap::new(),
            policies: BTreeMap::new(),
            logs: Logs::of(estate),
            stage: Stage::of(estate),
        };
        world.index_policies();
        world.index_projects();
        world.index_handled();
        world
    }

    fn index_policies(&mut self) {
        for policy in &self.estate.policies {
            let node = self.node(&policy.on);
            for held in policy.held() {
                let Some(who) = Who::member(held.member) else {
                    continue;
                };
                let shares = self.held.entry(who).or_default();
                shares.entry(node.clone()).or_default().push(Share {
                    role: held.role,
                    condition: held.condition,
                });
            }
            self.policies.insert(node, policy);
        }
        let crowds = who::crowds().into_iter();
        self.crowds = crowds.filter(|who| self.held.contains_key(who)).collect();
    }

    fn index_projects(&mut self) {
        for project in &self.estate.projects {
            let mut chain = vec![Node::project(&project.id)];
            let above = project.parent.as_ref();
            chain.extend(above.map_or_else(Vec::new, |parent| self.chain_of_container(parent)));
            let sets = who::sets(&project.id, project.number.as_str(), &chain[1..]);
            let sets = sets.into_iter().filter(|set| self.held.contains_key(set));
            self.sets.insert(&project.id, sets.collect());
            self.chains.insert(&project.id, chain);
        }
    }

    fn index_handled(&mut self) {
        for account in &self.estate.accounts {
            for used in &account.exercised {
                let target = used
                    .resource
                    .split_once("/serviceAccounts/")
                    .and_then(|(_, name)| self.account_named(name));
                if let Some(target) = target
                    && target.facts.unique_id != account.facts.unique_id
                {
                    let handled = self.handled.entry(&target.facts.email).or_default();
                    handled.push((account, used));
                }
            }
        }
    }

    /// Returns the id of the project of that id or number.
    pub(super) fn project_named(&self, name: &str) -> Option<&'a ProjectId> {
        self.projects.get(name).map(|project| &project.id)
    }

    /// Returns a project by its id.
    pub(super) fn project(&self, id: &ProjectId) -> Option<&'a Project> {
        self.projects.get(id.as_str()).copied()
    }

    /// Returns a folder by its number.
    pub(super) fn folder(&self, id: &FolderId) -> Option<&'a Folder> {
        self.folders.get(id).copied()
    }

    /// Returns the account of that address or unique id.
    pub(super) fn account_named(&self, name: &str) -> Option<&'a Account> {
        self.accounts.get(name).copied()
    }

    /// Returns whether every account of the project is known that an address names. Google's own are in no project.
    pub(super) fn knows_all_of(&self, email: &Email) -> bool {
        let project = email.project().and_then(|id| self.project(&id));
        project.is_some_and(|project| {
            let scope = Scope::Project(project.id.clone());
            let coverage = &self.estate.coverage;
            coverage
                .reading(&scope, Dataset::ServiceAccounts)
                .is_whole()
        })
    }

    /// Returns the nodes from a project upwards; `None` for one that was not scanned.
    pub(super) fn chain(&self, project: &ProjectId) -> Option<Vec<Node>> {
        self.chains.get(project).cloned()
    }

    /// Returns the nodes from a folder or an organization upwards, as far as is known.
    pub(super) fn chain_of_container(&self, container: &Parent) -> Vec<Node> {
        let mut chain = Vec::new();
        let mut next = Some(container);
        while let Some(parent) = next {
            let node = Node::container(parent);
            // Folders that name each other are no tree.
            if chain.contains(&node) {
                break;
            }
            chain.push(node);
            next = match parent {
                Parent::Folder(id) => self.folder(id).and_then(|folder| folder.parent.as_ref()),
                Parent::Organization(_) => None,
            };
        }
        chain
    }

    pub(super) fn crowds(&self) -> &[Who] {
        &self.crowds
    }

    pub(super) fn sets(&self, project: &ProjectId) -> &[Who] {
        self.sets.get(project).map_or(&[], Vec::as_slice)
    }

    /// Returns what a member holds on a node.
    pub(super) fn shares(&self, who: &Who, node: &Node) -> &[Share<'a>] {
        let held = self.held.get(who).and_then(|held| held.get(node));
        held.map_or(&[], Vec::as_slice)
    }

    /// Returns the nodes on which a member holds anything.
    pub(super) fn nodes_of(&self, who: &Who) -> impl Iterator<Item = &Node> {
        self.held.get(who).into_iter().flat_map(BTreeMap::keys)
    }

    /// Returns the policy on a node, as it was read.
    pub(super) fn policy(&self, node: &Node) -> Option<&'a Policy> {
        self.policies.get(node).copied()
    }

    /// Returns what other accounts were seen to do with an account, each with the one who did it.
    pub(super) fn handled(&self, email: &Email) -> &[(&'a Account, &'a ExercisedPermission)] {
        self.handled.get(email).map_or(&[], Vec::as_slice)
    }

    /// Returns whether a role gives a permission; `None` where its definition is not known.
    pub(super) fn gives(&self, role: &str, permission: &str) -> Option<bool> {
        if let Some(gives) = self.estate.permissions(role) {
            let found = gives.binary_search_by(|held| held.as_str().cmp(permission));
            return Some(found.is_ok());
        }
        let known = SIGN_IN_ROLES.iter().find(|(name, _)| *name == role);
        known.map(|(_, gives)| gives.contains(&permission))
    }
}
