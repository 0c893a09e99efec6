//! Policies, seen from the account's side: what it holds, and who may act as it.
//!
//! A policy names accounts by address. The address is the living account's: when an account is deleted, Google renames
//! it in every policy to `deleted:…?uid=`, and such a member is nobody.
//! Source: <https://cloud.google.com/iam/docs/principal-identifiers>.

use std::collections::BTreeMap;

use crate::model::access::{Held, Policy, PolicyNode};
use crate::model::estate::{Account, Estate};
use crate::model::grant::{ActAs, Actor, Grant};
use crate::model::names::{Email, ProjectId, UniqueId};
use crate::model::project::Project;

/// Gives every account of the estate its grants and its actors.
pub fn fill(estate: &mut Estate) {
    let access = Access::of(estate);
    let of_accounts: Vec<(Vec<Grant>, Vec<Actor>)> = estate
        .accounts
        .iter()
        .map(|account| (access.grants(account), access.actors(account)))
        .collect();
    for (account, (grants, actors)) in estate.accounts.iter_mut().zip(of_accounts) {
        account.grants = grants;
        account.actors = actors;
    }
}

/// The policies of an estate, by what accounts ask of them.
struct Access<'a> {
    /// What each binding gives to the account of an address, everywhere.
    by_address: BTreeMap<&'a Email, Vec<Grant>>,
    /// What each binding gives to all accounts below a container: `projects/1`, `folders/1`, `organizations/1`.
    by_container: BTreeMap<&'a str, Vec<Grant>>,
    /// Who may act as the accounts at and below each node, by the policy of that node alone.
    actors: BTreeMap<Node<'a>, Vec<Actor>>,
    /// What stands above each project, nearest first.
    above: BTreeMap<&'a ProjectId, Vec<PolicyNode>>,
    projects: BTreeMap<&'a ProjectId, &'a Project>,
}

/// A node, an account by its identity alone.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Node<'a> {
    Account(&'a UniqueId),
    Other(&'a PolicyNode),
}

impl<'a> Node<'a> {
    fn of(node: &'a PolicyNode) -> Self {
        match node {
            PolicyNode::Account(account) => Self::Account(&account.unique_id),
            PolicyNode::Organization(_)
            | PolicyNode::Folder(_)
            | PolicyNode::Project(_)
            | PolicyNode::Resource(_) => Self::Other(node),
        }
    }
}

impl<'a> Access<'a> {
    fn of(estate: &'a Estate) -> Self {
        let mut access = Self {
            by_address: BTreeMap::new(),
            by_container: BTreeMap::new(),
            actors: BTreeMap::new(),
            above: estate
                .projects
                .iter()
                .map(|project| (&project.id, estate.ancestors(&project.id)))
                .collect(),
            projects: estate.projects.iter().map(|p| (&p.id, p)).collect(),
        };
        let mut ways: BTreeMap<&str, Vec<ActAs>> = BTreeMap::new();
        for held in estate.policies.iter().flat_map(Policy::held) {
            access.add_grant(held);
            let ways = ways
                .entry(held.role)
                .or_insert_with(|| ways_by(held.role, estate));
            if !ways.is_empty() && held.member.is_somebody() {
                let actors = access.actors.entry(Node::of(held.on)).or_default();
                actors.push(Actor {
                    member: held.member.clone(),
                    ways: ways.clone(),
                    role: held.role.to_owned(),
                    on: held.on.clone(),
                    path: Vec::new(),
                    condition: held.condition.cloned(),
                });
            }
        }
        access
    }

    /// Adds what a share gives to accounts. What everybody holds says nothing of one account.
    fn add_grant(&mut self, held: Held<'a>) {
        let holders = if let Some(email) = held.member.address() {
            self.by_address.entry(email).or_default()
        } else if let Some(container) = held.member.accounts_below() {
            self.by_container.entry(container).or_default()
        } else {
            return;
        };
        holders.push(Grant {
            role: held.role.to_owned(),
            on: held.on.clone(),
            through: held.member.clone(),
            condition: held.condition.cloned(),
        });
    }

    fn above(&self, account: &Account) -> &[PolicyNode] {
        self.above
            .get(&account.facts.project)
            .map_or(&[], Vec::as_slice)
    }

    fn grants(&self, account: &Account) -> Vec<Grant> {
        let mut containers = vec![format!("projects/{}", account.facts.project)];
        containers.extend(
            self.projects
                .get(&account.facts.project)
                .map(|project| format!("projects/{}", project.number)),
        );
        containers.extend(self.above(account).iter().filter_map(container));
        let by_set = containers
            .iter()
            .filter_map(|container| self.by_container.get(container.as_str()));
        let by_address = self.by_address.get(&account.facts.email);
        let mut grants: Vec<Grant> = by_address
            .into_iter()
            .chain(by_set)
            .flatten()
            .cloned()
            .collect();
        grants.sort();
        grants.dedup();
        grants
    }

    fn actors(&self, account: &Account) -> Vec<Actor> {
        let project = PolicyNode::Project(account.facts.project.clone());
        // Nearest first, so that what lies between a node and the account has been passed when the node is met.
        let nodes: Vec<&PolicyNode> = [&project].into_iter().chain(self.above(account)).collect();
        let own = self.actors.get(&Node::Account(&account.facts.unique_id));
        let mut actors: Vec<Actor> = own.into_iter().flatten().cloned().collect();
        for (nth, node) in nodes.iter().enumerate() {
            let path = || nodes[..nth].iter().rev().copied().cloned().collect();
            let inherited = self.actors.get(&Node::Other(node));
            actors.extend(inherited.into_iter().flatten().map(|actor| Actor {
                path: path(),
                ..actor.clone()
            }));
        }
        actors.sort();
        actors.dedup();
        actors
    }
}

/// Returns a node as members that are sets of accounts name it; `None` where none does.
fn container(node: &PolicyNode) -> Option<String> {
    match node {
        PolicyNode::Organization(id) => Some(format!("organizations/{id}")),
        PolicyNode::Folder(id) => Some(format!("folders/{id}")),
        PolicyNode::Project(_) | PolicyNode::Account(_) | PolicyNode::Resource(_) => None,
    }
}

const ABOUT_ACCOUNTS: &str = "iam.serviceAccounts.";

/// Returns the ways to act as an account that a role gives, sorted; none where its definition is not known.
fn ways_by(role: &str, estate: &Estate) -> Vec<ActAs> {
    let permissions = estate.permissions(role).unwrap_or(&[]);
    // Basic roles have thousands of permissions, in order: those about accounts stand together.
    let first = permissions.partition_point(|permission| permission.as_str() < ABOUT_ACCOUNTS);
    let mut ways: Vec<ActAs> = permissions[first..]
        .iter()
        .take_while(|permission| permission.starts_with(ABOUT_ACCOUNTS))
        .filter_map(|permission| ActAs::of_permission(permission))
        .collect();
    ways.sort();
    ways.dedup();
    ways
}
