//! Bindings as the rules about access see them: one member's share of one binding, in words, facts and steps.

pub(in crate::rules) use crate::model::access::Held;
use crate::model::access::{Condition, Policy, PolicyNode};
use crate::model::action::HeldRole;
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Estate};
use crate::model::finding::{Evidence, Subject, Undecided};
use crate::model::grant::{Actor, Grant};
use crate::model::message::Message;
use crate::model::rule::{Confidence, RuleMeta};

use crate::rules::{Outcome, words};

/// Returns every member's share of every binding of the estate, by what its policy is on.
pub(in crate::rules) fn all(estate: &Estate) -> impl Iterator<Item = Held<'_>> {
    estate.policies.iter().flat_map(Policy::held)
}

/// Returns whether a node stands at a project or above, so that its policy reaches everything in there.
pub(in crate::rules) fn is_wide(node: &PolicyNode) -> bool {
    match node {
        PolicyNode::Organization(_) | PolicyNode::Folder(_) | PolicyNode::Project(_) => true,
        PolicyNode::Account(_) | PolicyNode::Resource(_) => false,
    }
}

/// Returns whether a node stands above projects.
pub(in crate::rules) fn is_above_projects(node: &PolicyNode) -> bool {
    match node {
        PolicyNode::Organization(_) | PolicyNode::Folder(_) => true,
        PolicyNode::Project(_) | PolicyNode::Account(_) | PolicyNode::Resource(_) => false,
    }
}

/// Returns what a finding about a node is about; `None` for a resource, whose policies no rule judges.
pub(in crate::rules) fn subject(node: &PolicyNode) -> Option<Subject> {
    match node {
        PolicyNode::Organization(id) => Some(Subject::Organization(id.clone())),
        PolicyNode::Folder(id) => Some(Subject::Folder(id.clone())),
        PolicyNode::Project(id) => Some(Subject::Project(id.clone())),
        PolicyNode::Account(account) => Some(Subject::Account(account.clone())),
        PolicyNode::Resource(_) => None,
    }
}

/// Returns a node's name in words: `project acme-prod`.
pub(in crate::rules) fn place(node: &PolicyNode) -> Message {
    match node {
        PolicyNode::Organization(id) => Message::from("organization ").name(id.as_str()),
        PolicyNode::Folder(id) => Message::from("folder ").name(id.as_str()),
        PolicyNode::Project(id) => Message::from("project ").project(id),
        PolicyNode::Account(account) => Message::from("account ").account(&account.email),
        PolicyNode::Resource(name) => Message::default().name(words::cut(name.as_str())),
    }
}

/// Returns a condition as a clause, with its expression cut to 200 characters; nothing where there is none.
pub(in crate::rules) fn under(condition: Option<&Condition>) -> Message {
    match condition {
        None => Message::default(),
        Some(condition) => {
            Message::from(", under the condition ").name(words::cut(&condition.expression))
        }
    }
}

/// Returns how sure a finding is that rests on these bindings: conditions are never evaluated.
pub(in crate::rules) fn confidence<'a>(held: impl IntoIterator<Item = Held<'a>>) -> Confidence {
    if held.into_iter().all(|held| held.condition.is_some()) {
        Confidence::Medium
    } else {
        Confidence::High
    }
}

/// Returns the texts on which a finding rests that rests on these bindings: a role that moves to another place is another.
pub(in crate::rules) fn rests_on<'a>(held: &[Held<'a>]) -> Vec<&'a str> {
    held.iter()
        .flat_map(|held| {
            let [kind, id] = identity(held.on);
            let condition = held.condition.map_or("", |c| c.expression.as_str());
            [kind, id, held.member.as_str(), held.role, condition]
        })
        .collect()
}

/// Returns what kind of node it is, and which; of an account its unique id.
fn identity(node: &PolicyNode) -> [&str; 2] {
    match node {
        PolicyNode::Organization(id) => ["organization", id.as_str()],
        PolicyNode::Folder(id) => ["folder", id.as_str()],
        PolicyNode::Project(id) => ["project", id.as_str()],
        PolicyNode::Account(account) => ["account", account.unique_id.as_str()],
        PolicyNode::Resource(name) => ["resource", name.as_str()],
    }
}

/// Returns that a rule cannot decide what a role on a node gives.
pub(in crate::rules) fn unknown_role(rule: &RuleMeta, subject: Subject, role: &str) -> Outcome {
    Outcome::Undecided(Undecided {
        rule: rule.id,
        subject,
        dataset: Dataset::Roles,
        reason: Message::from("what ")
            .name(words::cut(role))
            .text(" gives is not known: its definition was not read"),
    })
}

impl<'a> Held<'a> {
    /// Returns the share of an account that holds a role.
    pub(in crate::rules) fn by(grant: &'a Grant) -> Self {
        Self {
            on: &grant.on,
            member: &grant.through,
            role: &grant.role,
            condition: grant.condition.as_ref(),
        }
    }

    /// Returns the share of somebody who may act as an account.
    pub(in crate::rules) fn of(actor: &'a Actor) -> Self {
        Self {
            on: &actor.on,
            member: &actor.member,
            role: &actor.role,
            condition: actor.condition.as_ref(),
        }
    }

    /// Returns the share as steps name it.
    pub(in crate::rules) fn step(self) -> HeldRole {
        HeldRole {
            member: self.member.clone(),
            role: self.role.to_owned(),
            on: self.on.clone(),
            condition: self.condition.cloned(),
        }
    }

    /// Returns the share as a fact: `user:eve@example.com holds roles/editor on project acme-prod`.
    pub(in crate::rules) fn fact(self) -> Evidence {
        Evidence {
            fact: Message::default()
                .name(words::cut(self.member.as_str()))
                .text(" holds ")
                .append(self.words()),
            source: match self.on {
                PolicyNode::Organization(_) => "cloudresourcemanager.organizations.getIamPolicy",
                PolicyNode::Folder(_) => "cloudresourcemanager.folders.getIamPolicy",
                PolicyNode::Project(_) => "cloudresourcemanager.projects.getIamPolicy",
                PolicyNode::Account(_) => "iam.projects.serviceAccounts.getIamPolicy",
                PolicyNode::Resource(_) => "cloudasset.assets.list",
            },
            at: None,
        }
    }

    /// Returns the role with its place and its condition: `roles/editor on project acme-prod`.
    pub(in crate::rules) fn words(self) -> Message {
        Message::default()
            .name(words::cut(self.role))
            .text(" on ")
            .append(place(self.on))
            .append(under(self.condition))
    }
}

/// Returns how an account of a project comes by a role on a node, as a clause; nothing where the node is the project
/// itself.
pub(in crate::rules) fn inherited(
    estate: &Estate,
    account: &Account,
    node: &PolicyNode,
) -> Message {
    let above = estate.ancestors(&account.facts.project);
    match above.iter().position(|held| held == node) {
        None => Message::default(),
        Some(0) => Message::from(", inherited by the account's project"),
        Some(nth) => {
            let through = above[..nth].iter().rev().enumerate();
            through.fold(
                Message::from(", inherited through "),
                |message, (nth, node)| {
                    let message = if nth == 0 {
                        message
                    } else {
                        message.text(" and ")
                    };
                    message.append(place(node))
                },
            )
        }
    }
}
