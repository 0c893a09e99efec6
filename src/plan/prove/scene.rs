//! What of an estate concerns one account, as it is and as a plan would leave it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use crate::model::access::{AuditConfig, Binding, Folder, Policy, PolicyNode};
use crate::model::estate::Account;
use crate::model::federation::{FederationState, Pool};
use crate::model::idle::Creation;
use crate::model::names::{Email, FolderId, KeyId, Member, OrganizationId, ProjectId};
use crate::model::plan::{Change, Holder, Identities, NewAccount, PlannedPool, Step, Value};
use crate::model::project::{Parent, Project};
use crate::model::scope::AccountRef;
use crate::model::usage::PolicyInsight;

use super::identity::Identity;
use super::place::Node;
use super::planned::{FILLED_IN, filled, leave, newcomer, provider, reference};
use super::state::{State, Switched};
use super::who::Who;
use super::world::{Share, World};

/// How many accounts on the way to an account are looked at.
const MOST_LINKS: usize = 32;

/// The parts of an estate that concern an account: its project and those of its roles, what its policies say of it and of
/// who may act as it, and the accounts on the way to it.
#[derive(Debug, Clone)]
pub(super) struct Scene {
    pub(super) projects: Vec<Project>,
    pub(super) folders: Vec<Folder>,
    pub(super) organizations: BTreeSet<OrganizationId>,
    pub(super) policies: Vec<Policy>,
    pub(super) pools: Vec<Pool>,
    pub(super) services: BTreeMap<ProjectId, BTreeSet<String>>,
    pub(super) accounts: Vec<Account>,
    pub(super) insights: Vec<PolicyInsight>,
    /// The accounts that a plan makes.
    pub(super) made: Vec<AccountRef>,
}

impl Scene {
    /// Returns what concerns an account today, and what the steps of its plan touch.
    pub(super) fn today(world: &World<'_>, account: &Account, steps: &[Step]) -> Self {
        let mut scene = Self {
            projects: Vec::new(),
            folders: Vec::new(),
            organizations: BTreeSet::new(),
            policies: Vec::new(),
            pools: Vec::new(),
            services: BTreeMap::new(),
            accounts: links(world, account),
            insights: Vec::new(),
            made: Vec::new(),
        };
        scene.add_projects(world, account, steps);
        scene.add_policies(world, account);
        let pools: BTreeSet<&str> = steps.iter().filter_map(pool_of).collect();
        let touched = world.estate.pools.iter();
        let touched = touched.filter(|pool| pools.contains(pool.id.as_str()));
        scene.pools = touched.cloned().collect();
        let own = Who::account(&account.facts.email);
        let insights = world.estate.policy_insights.iter();
        let insights = insights.filter(|of| Who::member(&of.member).as_ref() == Some(&own));
        scene.insights = insights.cloned().collect();
        scene
    }

    fn add_projects(&mut self, world: &World<'_>, account: &Account, steps: &[Step]) {
        let mut ids: BTreeSet<&ProjectId> = BTreeSet::from([&account.facts.project]);
        ids.extend(
            account
                .grants
                .iter()
                .filter_map(|grant| project_of(&grant.on)),
        );
        ids.extend(
            account
                .workloads
                .iter()
                .filter_map(|of| of.project.as_ref()),
        );
        ids.extend(steps.iter().filter_map(project_of_step));
        for id in ids {
            let Some(project) = world.project(id) else {
                continue;
            };
            self.projects.push(project.clone());
            if let Some(services) = world.estate.services.get(id) {
                self.services.insert(id.clone(), services.clone());
            }
            let mut next = project.parent.as_ref();
            while let Some(parent) = next {
                next = match parent {
                    Parent::Organization(id) => {
                        self.organizations.insert(id.clone());
                        None
                    }
                    Parent::Folder(id) => self.add_folder(world, id),
                };
            }
        }
    }

    /// Adds a folder, and returns what stands above it; `None` for one that is there already.
    fn add_folder<'w>(&mut self, world: &World<'w>, id: &FolderId) -> Option<&'w Parent> {
        let folder = world.folder(id)?;
        if self.folders.contains(folder) {
            return None;
        }
        self.folders.push(folder.clone());
        folder.parent.as_ref()
    }

    fn add_policies(&mut self, world: &World<'_>, account: &Account) {
        let email = &account.facts.email;
        let own = Node::account(email);
        let mut nodes: BTreeSet<Node> = BTreeSet::from([own.clone()]);
        for project in &self.projects {
            nodes.extend(world.chain(&project.id).unwrap_or_default());
        }
        let who = Who::account(email);
        nodes.extend(world.nodes_of(&who).cloned());
        for node in nodes {
            let Some(policy) = world.policy(&node) else {
                continue;
            };
            if node == own {
                self.policies.push(policy.clone());
                continue;
            }
            let bindings = world.shares(&who, &node).iter().map(|share| Binding {
                role: share.role.to_owned(),
                members: vec![member_of(email)],
                condition: share.condition.cloned(),
            });
            self.policies.push(Policy {
                on: policy.on.clone(),
                bindings: bindings.collect(),
                audit: policy.audit.clone(),
            });
        }
    }

    /// Returns what a plan would leave of it.
    pub(super) fn behind(
        mut self,
        account: &Account,
        steps: &[Step],
        state: &State<'_>,
        identities: &BTreeMap<String, BTreeSet<Identity>>,
    ) -> Self {
        let made: Vec<&NewAccount> = state.made().collect();
        let mut nth = 0_u32;
        self.made = made
            .iter()
            .map(|new| {
                nth += 1;
                reference(new, nth)
            })
            .collect();
        for step in steps {
            self.add_made(&step.change);
        }
        self.take_and_give(state);
        let email = &account.facts.email;
        for held in &mut self.accounts {
            if held.facts.email == *email {
                leave(held, steps, state, identities);
            }
        }
        let references = self.made.clone();
        let new = references
            .iter()
            .map(|new| newcomer(new, account, state, identities));
        self.accounts.extend(new.collect::<Vec<Account>>());
        self.add_fresh_keys(account, steps, state.world.estate.observed_at);
        let is_gone = |email: &Email| state.account(email) == Some(Switched::Gone);
        self.accounts.retain(|held| !is_gone(&held.facts.email));
        self.policies.retain(|policy| match &policy.on {
            PolicyNode::Account(on) => !is_gone(&on.email),
            PolicyNode::Organization(_)
            | PolicyNode::Folder(_)
            | PolicyNode::Project(_)
            | PolicyNode::Resource(_) => true,
        });
        // The bindings of a deleted account are those of nobody.
        for binding in self
            .policies
            .iter_mut()
            .flat_map(|policy| &mut policy.bindings)
        {
            let is_somebody = |member: &Member| member.address().is_none_or(|of| !is_gone(of));
            binding.members.retain(is_somebody);
        }
        self
    }

    /// Adds the pools, providers and log configurations that a change makes.
    fn add_made(&mut self, change: &Change) {
        match change {
            Change::CreatePool(PlannedPool { project, id }) => self.pools.push(Pool {
                project: project.clone(),
                id: id.clone(),
                display_name: String::new(),
                state: FederationState::Active,
                providers: Vec::new(),
            }),
            Change::CreateProvider(planned) => {
                let mut pools = self.pools.iter_mut();
                let is_its = |pool: &&mut Pool| {
                    (&pool.project, &pool.id) == (&planned.project, &planned.pool)
                };
                if let Some(pool) = pools.find(is_its) {
                    pool.providers.push(provider(planned));
                }
            }
            Change::EnableAuditLogs(logs) => {
                let config = AuditConfig {
                    service: logs.service.clone(),
                    log_types: logs.types.clone(),
                    exempted: Vec::new(),
                };
                let on = PolicyNode::Project(logs.project.clone());
                self.policy(&on).audit.push(config);
            }
            Change::CreateAccount(_)
            | Change::Grant(_)
            | Change::Revoke(_)
            | Change::Switch(_)
            | Change::Federate(_)
            | Change::UsePersonalLogin { .. }
            | Change::UseAttachedAccount { .. }
            | Change::RotateKey { .. }
            | Change::DisableKey(_)
            | Change::EnableKey(_)
            | Change::DeleteKey(_)
            | Change::DisableAccount(_)
            | Change::EnableAccount(_)
            | Change::DeleteAccount(_)
            | Change::UndeleteAccount(_)
            | Change::CreateAlert(_)
            | Change::EnforceConstraint(_)
            | Change::ByHand(_) => {}
        }
    }

    /// Takes the members out of the policies that a plan takes out, and adds those that it gives something.
    fn take_and_give(&mut self, state: &State<'_>) {
        for policy in &mut self.policies {
            let node = state.world.node(&policy.on);
            for binding in &mut policy.bindings {
                let share = Share {
                    role: &binding.role,
                    condition: binding.condition.as_ref(),
                };
                let stands = |member: &Member| {
                    Who::member(member).is_none_or(|who| state.stands(&who, &node, &share))
                };
                binding.members.retain(stands);
            }
        }
        for grant in state.given() {
            let on = self.place(&grant.on);
            let member = self.member(&grant.member);
            self.policy(&on).bindings.push(Binding {
                role: grant.role.clone(),
                members: vec![member],
                condition: grant.condition.clone(),
            });
        }
    }

    /// Adds a fresh key for each that is to be replaced by one, used from where the old one is.
    fn add_fresh_keys(&mut self, account: &Account, steps: &[Step], now: DateTime<Utc>) {
        for step in steps {
            let Change::RotateKey {
                account: on, key, ..
            } = &step.change
            else {
                continue;
            };
            let mut old = account.keys.iter();
            let old = old.find(|held| held.facts.id == *key);
            let held = self
                .accounts
                .iter_mut()
                .find(|held| held.facts.email == *on);
            if let (Some(old), Some(held)) = (old, held) {
                let mut fresh = old.clone();
                fresh.facts.id = KeyId::parse(&format!("fresh-{key}")).unwrap_or(fresh.facts.id);
                fresh.facts.account = held.facts.unique_id.clone();
                fresh.facts.valid_after = Some(now);
                fresh.life.created = Creation::At(now);
                fresh.facts.disabled = false;
                fresh.facts.extended_status.clear();
                held.keys.push(fresh);
            }
        }
    }

    /// Returns the policy on a node, an empty one where there is none.
    fn policy(&mut self, on: &PolicyNode) -> &mut Policy {
        let at = self.policies.iter().position(|policy| policy.on == *on);
        let at = at.unwrap_or_else(|| {
            self.policies.push(Policy {
                on: on.clone(),
                bindings: Vec::new(),
                audit: Vec::new(),
            });
            self.policies.len() - 1
        });
        &mut self.policies[at]
    }

    /// Returns where a planned binding stands: a new account by the name that it has here.
    fn place(&self, on: &PolicyNode) -> PolicyNode {
        let made = |email: &str| self.made.iter().find(|new| new.email.as_str() == email);
        let found = match on {
            PolicyNode::Account(account) => made(account.email.as_str()),
            PolicyNode::Resource(name) => {
                let named = name.as_str().rsplit_once("/serviceAccounts/");
                named.and_then(|(_, email)| made(email))
            }
            PolicyNode::Organization(_) | PolicyNode::Folder(_) | PolicyNode::Project(_) => None,
        };
        found.map_or_else(|| on.clone(), |new| PolicyNode::Account(new.clone()))
    }

    /// Returns a holder as a member. What is to be filled in is a number or an id, as the plan asks for.
    fn member(&self, holder: &Holder) -> Member {
        match holder {
            Holder::Member(member) => member.clone(),
            Holder::Group(Value::Known(group)) => Member::parse(&format!("group:{group}")),
            Holder::Group(Value::Variable(name)) => Member::parse(&format!("group:{name}")),
            Holder::Federated {
                project_number,
                pool,
                identities,
            } => {
                let number = match project_number {
                    Value::Known(number) => number.as_str(),
                    Value::Variable(_) => self.number_of_pool(pool).unwrap_or(FILLED_IN),
                };
                let (set, of, value) = match identities {
                    Identities::Subject(value) => ("principal", "subject".to_owned(), value),
                    Identities::Attribute { name, value } => {
                        ("principalSet", format!("attribute.{name}"), value)
                    }
                };
                Member::parse(&format!(
                    "{set}://iam.googleapis.com/projects/{number}/locations/global/workloadIdentityPools/{pool}/{of}/{}",
                    filled(value)
                ))
            }
        }
    }

    fn number_of_pool(&self, pool: &str) -> Option<&str> {
        let pool = self.pools.iter().find(|held| held.id == pool)?;
        let mut projects = self.projects.iter();
        let project = projects.find(|project| project.id == pool.project)?;
        Some(project.number.as_str())
    }
}

/// Returns the account, and those through which somebody may reach it, without what was seen of them.
fn links(world: &World<'_>, account: &Account) -> Vec<Account> {
    let mut found = vec![account.clone()];
    let mut at = 0;
    while at < found.len() && found.len() < MOST_LINKS {
        let actors = found[at].actors.iter();
        let emails: BTreeSet<Email> = actors
            .filter_map(|of| of.member.account().cloned())
            .collect();
        for email in emails {
            let is_there = found.iter().any(|held| held.facts.email == email);
            if let (false, Some(link)) = (is_there, world.account_named(email.as_str())) {
                found.push(Account {
                    facts: link.facts.clone(),
                    keys: Vec::new(),
                    other_credentials: Vec::new(),
                    last_use: link.last_use.clone(),
                    life: link.life.clone(),
                    callers: Vec::new(),
                    exercised: Vec::new(),
                    grants: link.grants.clone(),
                    actors: link.actors.clone(),
                    workloads: Vec::new(),
                    references: Vec::new(),
                });
            }
        }
        at += 1;
    }
    found
}

fn member_of(email: &Email) -> Member {
    Member::parse(&format!("serviceAccount:{email}"))
}

/// Returns the project that a policy's node is, or lies in, as far as the node itself tells.
fn project_of(on: &PolicyNode) -> Option<&ProjectId> {
    match on {
        PolicyNode::Project(project) => Some(project),
        PolicyNode::Account(account) => Some(&account.project),
        PolicyNode::Organization(_) | PolicyNode::Folder(_) | PolicyNode::Resource(_) => None,
    }
}

/// Returns the project in which a step makes something, or gives a role.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a change that makes nothing has no project"
)]
fn project_of_step(step: &Step) -> Option<&ProjectId> {
    match &step.change {
        Change::CreateAccount(new) => Some(&new.project),
        Change::CreatePool(pool) => Some(&pool.project),
        Change::CreateProvider(provider) => Some(&provider.project),
        Change::EnableAuditLogs(logs) => Some(&logs.project),
        Change::Grant(grant) => project_of(&grant.on),
        _ => None,
    }
}

/// Returns the pool that a step makes a provider in, or lets somebody sign in by.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a change about no federated identity has no pool"
)]
fn pool_of(step: &Step) -> Option<&str> {
    match &step.change {
        Change::CreateProvider(provider) => Some(&provider.pool),
        Change::Federate(federate) => Some(&federate.pool),
        Change::Grant(grant) => match &grant.member {
            Holder::Federated { pool, .. } => Some(pool),
            Holder::Member(_) | Holder::Group(_) => None,
        },
        _ => None,
    }
}
