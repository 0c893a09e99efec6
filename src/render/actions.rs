//! Steps in words. One sentence per [`Action`], by an exhaustive match: a new one does not compile without its words.

use crate::model::access::PolicyNode;
use crate::model::action::{Action, HeldRole, Replacement, Risk};
use crate::model::message::Message;

use super::words;

/// Returns the step as an instruction: "disable key 4f1c…".
pub(super) fn sentence(action: &Action) -> Message {
    match action {
        Action::FindOwner { account } => Message::from("ask who owns ")
            .account(&account.email)
            .text(" and whether it is still needed"),
        Action::FindCaller { key, .. } => Message::from("find out who signs in with key ")
            .key(key)
            .text(", and from where"),
        Action::FindWhenDisabled { account, key } => {
            let event = match key {
                None => Message::from("find out when ")
                    .account(&account.email)
                    .text(" was disabled: look for DisableServiceAccount"),
                Some(key) => Message::from("find out when key ")
                    .key(key)
                    .text(" was disabled: look for DisableServiceAccountKey"),
            };
            event
                .text(" in the activity log of ")
                .project(&account.project)
        }
        Action::ReviewRole(held) => Message::from("ask whether ").append(holds(held, " needs ")),
        Action::NarrowRole(held) => Message::from("find out what ")
            .member(&held.member)
            .text(" needs, give it that where it needs it, and take ")
            .append(role(held))
            .text(" from it"),
        Action::RestrictProvider(provider) => Message::from("give provider ")
            .name(&provider.provider)
            .text(" of pool ")
            .name(&provider.pool)
            .text(" in ")
            .project(&provider.project)
            .text(
                " a condition on ids that are never given out again, of the tenants that are yours",
            ),
        Action::GrantRole(held) => Message::from("give ")
            .member(&held.member)
            .text(" ")
            .append(role(held)),
        Action::RevokeRole(held) => Message::from("take ")
            .append(role(held))
            .text(" from ")
            .member(&held.member),
        Action::ReplaceKey {
            key, before, with, ..
        } => {
            let replace = Message::from("give the callers of key ")
                .key(key)
                .text(" an identity that needs no key: ")
                .append(replacements(with));
            match before {
                Some(end) => replace.text(format!(", before {}", words::date(*end))),
                None => replace,
            }
        }
        Action::EnforceConstraint { constraint, on } => {
            let set = Message::from("set the constraint ").name(constraint.name());
            place(set.text(" on "), on)
                .text(", first as a dry run, which tells what it would refuse")
        }
        Action::SeparateWorkloads { account } => Message::from("give each workload of ")
            .account(&account.email)
            .text(" an account of its own, with the roles that it needs"),
        Action::DisableAccount { account } => Message::from("disable ").account(&account.email),
        Action::EnableAccount { account } => Message::from("enable ").account(&account.email),
        Action::DisableKey { key, .. } => Message::from("disable key ").key(key),
        Action::EnableKey { key, .. } => Message::from("enable key ").key(key),
        Action::DeleteKey { key, .. } => Message::from("delete key ").key(key),
    }
}

/// Returns what fits the callers, one piece for each kind of place.
fn replacements(with: &[Replacement]) -> Message {
    let mut pieces = with.iter().map(replacement);
    match pieces.next() {
        None => Message::from("an attached account, or workload identity federation"),
        Some(first) => pieces.fold(first, |told, piece| told.text("; ").append(piece)),
    }
}

fn replacement(with: &Replacement) -> Message {
    match with {
        Replacement::AttachedAccount => Message::from(
            "on Google Cloud the account attached to the resource, or Workload Identity Federation for GKE",
        ),
        Replacement::UserCredentials => Message::from(
            "on a workstation the person's own login, and impersonation by their group where an account is needed",
        ),
        Replacement::Federation { provider } => Message::from("for ")
            .append(named(provider.as_deref(), "what runs outside"))
            .text(" workload identity federation with a provider for its tokens"),
        Replacement::OwnAccount { service } => Message::from("for ")
            .append(named(service.as_deref(), "the service"))
            .text(
                " workload identity federation if it can, else an account of its own with one key without expiry, \
                 an owner, a date to rotate it and an alarm",
            ),
    }
}

/// Returns a name, or words where there is none.
fn named(name: Option<&str>, else_words: &str) -> Message {
    match name {
        Some(name) => Message::default().name(name),
        None => Message::from(else_words),
    }
}

fn holds(held: &HeldRole, verb: &str) -> Message {
    Message::default()
        .member(&held.member)
        .text(verb)
        .append(role(held))
}

/// Returns a role with its place and its condition: "roles/editor on project acme-prod, under the condition …".
fn role(held: &HeldRole) -> Message {
    let message = Message::default().name(&held.role).text(" on ");
    let message = place(message, &held.on);
    match &held.condition {
        None => message,
        Some(condition) => message
            .text(", under the condition ")
            .name(&condition.expression),
    }
}

/// Returns the message with the name of a node behind it: "project acme-prod".
fn place(message: Message, on: &PolicyNode) -> Message {
    match on {
        PolicyNode::Organization(id) => message.text("organization ").name(id.as_str()),
        PolicyNode::Folder(id) => message.text("folder ").name(id.as_str()),
        PolicyNode::Project(id) => message.text("project ").project(id),
        PolicyNode::Account(account) => message.account(&account.email),
        PolicyNode::Resource(name) => message.name(name.as_str()),
    }
}

/// Returns what a step can break, in words; `None` where it changes nothing.
pub(super) fn risk(risk: Risk) -> Option<&'static str> {
    match risk {
        Risk::None => None,
        Risk::Reversible => Some("can be taken back at once"),
        Risk::Disruptive => Some("can interrupt what runs"),
        Risk::Irreversible => Some("cannot be taken back"),
    }
}
