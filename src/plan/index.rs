//! The estate by what plans ask of it. Computed once: ten thousand accounts ask, and none walks all policies.

use std::collections::BTreeMap;

use crate::model::access::{Policy, PolicyNode, Role};
use crate::model::estate::{Account, Estate};
use crate::model::names::{Email, ProjectId, ProjectNumber, UniqueId};
use crate::model::plan::NewAccount;
use crate::model::project::Project;

use super::narrow::candidates;
use super::narrow::logged::Logs;
use super::split::ids;

/// The estate, by policies, roles, projects and addresses. What an account holds stands with the account.
#[derive(Debug)]
pub struct Index<'a> {
    policies: BTreeMap<&'a PolicyNode, &'a Policy>,
    of_accounts: BTreeMap<&'a UniqueId, &'a Policy>,
    projects: BTreeMap<&'a ProjectId, &'a Project>,
    numbers: BTreeMap<&'a ProjectNumber, &'a ProjectId>,
    above: BTreeMap<&'a ProjectId, Vec<PolicyNode>>,
    /// The same of the folders on the way.
    above_folders: BTreeMap<PolicyNode, Vec<PolicyNode>>,
    accounts: BTreeMap<&'a Email, &'a Account>,
    per_project: BTreeMap<&'a ProjectId, usize>,
    /// The predefined roles that a plan may choose, by each permission that they give.
    choosable: BTreeMap<&'a str, Vec<&'a Role>>,
    /// The accounts that shared accounts are split into, by the shared account and the workload's id.
    new_accounts: BTreeMap<&'a UniqueId, BTreeMap<&'a str, NewAccount>>,
    /// What was logged.
    logs: Logs<'a>,
}

impl<'a> Index<'a> {
    /// Returns the index of an estate.
    #[must_use]
    pub fn of(estate: &'a Estate) -> Self {
        let mut per_project: BTreeMap<&ProjectId, usize> = BTreeMap::new();
        for account in &estate.accounts {
            *per_project.entry(&account.facts.project).or_default() += 1;
        }
        let on_accounts = estate
            .policies
            .iter()
            .filter_map(|policy| match &policy.on {
                PolicyNode::Account(account) => Some((&account.unique_id, policy)),
                PolicyNode::Organization(_)
                | PolicyNode::Folder(_)
                | PolicyNode::Project(_)
                | PolicyNode::Resource(_) => None,
            });
        let projects = || estate.projects.iter();
        let above: BTreeMap<&ProjectId, Vec<PolicyNode>> = projects()
            .map(|p| (&p.id, estate.ancestors(&p.id)))
            .collect();
        let mut above_folders = BTreeMap::new();
        for way in above.values() {
            for (nth, node) in way.iter().enumerate() {
                let rest = way.get(nth + 1..).unwrap_or_default();
                above_folders
                    .entry(node.clone())
                    .or_insert_with(|| rest.to_vec());
            }
        }
        Self {
            policies: estate.policies.iter().map(|p| (&p.on, p)).collect(),
            of_accounts: on_accounts.collect(),
            projects: projects().map(|p| (&p.id, p)).collect(),
            numbers: projects().map(|p| (&p.number, &p.id)).collect(),
            above,
            above_folders,
            accounts: estate
                .accounts
                .iter()
                .map(|a| (&a.facts.email, a))
                .collect(),
            per_project,
            choosable: candidates::choosable(estate),
            new_accounts: ids::assign(estate),
            logs: Logs::of(estate),
        }
    }

    /// Returns the policy on a node, an account's by its unique id.
    #[must_use]
    pub fn policy(&self, on: &PolicyNode) -> Option<&'a Policy> {
        match on {
            PolicyNode::Account(account) => self.of_accounts.get(&account.unique_id).copied(),
            PolicyNode::Organization(_)
            | PolicyNode::Folder(_)
            | PolicyNode::Project(_)
            | PolicyNode::Resource(_) => self.policies.get(on).copied(),
        }
    }

    /// Returns a project by its id.
    #[must_use]
    pub fn project(&self, id: &ProjectId) -> Option<&'a Project> {
        self.projects.get(id).copied()
    }

    /// Returns the id of a project of that number or id, where it is in scope.
    #[must_use]
    pub fn project_named(&self, text: &str) -> Option<&'a ProjectId> {
        let by_number = ProjectNumber::parse(text).ok();
        let by_number = by_number.and_then(|number| self.numbers.get(&number).copied());
        by_number.or_else(|| Some(&self.project(&ProjectId::parse(text).ok()?)?.id))
    }

    /// Returns what stands above a project, nearest first.
    #[must_use]
    pub fn above(&self, project: &ProjectId) -> &[PolicyNode] {
        self.above.get(project).map_or(&[], Vec::as_slice)
    }

    /// Returns those of a project and what stands above it whose policies could not be read, nearest first: what they
    /// give to the project's accounts is not known.
    #[must_use]
    pub fn unread_above(&self, project: &ProjectId) -> Vec<PolicyNode> {
        let own = PolicyNode::Project(project.clone());
        let nodes = [own].into_iter().chain(self.above(project).iter().cloned());
        nodes.filter(|node| !self.logs.is_read(node)).collect()
    }

    /// Returns what stands above a folder, nearest first.
    #[must_use]
    pub fn above_folder(&self, folder: &PolicyNode) -> &[PolicyNode] {
        self.above_folders.get(folder).map_or(&[], Vec::as_slice)
    }

    /// Returns the account that has an address now.
    #[must_use]
    pub fn account(&self, email: &Email) -> Option<&'a Account> {
        self.accounts.get(email).copied()
    }

    /// Returns how many accounts a project has.
    #[must_use]
    pub fn accounts_of(&self, project: &ProjectId) -> usize {
        self.per_project.get(project).copied().unwrap_or_default()
    }

    /// Returns the predefined roles that give a permission and that a plan may choose, by name.
    #[must_use]
    pub fn roles_with(&self, permission: &str) -> &[&'a Role] {
        self.choosable.get(permission).map_or(&[], Vec::as_slice)
    }

    /// Returns the account that a workload of a shared account gets; `None` where the account is not shared.
    #[must_use]
    pub fn new_account(&self, account: &UniqueId, workload: &str) -> Option<&NewAccount> {
        self.new_accounts.get(account)?.get(workload)
    }

    /// Returns what was logged.
    #[must_use]
    pub(super) fn logs(&self) -> &Logs<'a> {
        &self.logs
    }
}
