//! What runs as an account, what it holds and who may act as it: one phrase for each.

use crate::model::access::{Condition, PolicyNode};
use crate::model::account::ServiceAccount;
use crate::model::credential::{CredentialKind, CredentialState, OtherCredential};
use crate::model::grant::{ActAs, Actor, Grant};
use crate::model::message::Message;
use crate::model::reference::{Reference, ReferenceKind};
use crate::model::rule::Confidence;
use crate::model::workload::Workload;

use super::words;

/// How many characters of a condition are shown; a stranger writes it, up to 12 KB long.
const CONDITION: usize = 160;

/// Returns a workload: "Cloud Run service catalog-feed in acme-prod (europe-west1)".
pub(super) fn workload(workload: &Workload) -> Message {
    let mut phrase = Message::default().name(&workload.name);
    if let Some(project) = &workload.project {
        phrase = phrase.text(" in ").project(project);
    }
    if !workload.locations.is_empty() {
        let locations = workload.locations.join(", ");
        phrase = phrase.text(" (").name(locations).text(")");
    }
    if workload.resources > 1 {
        phrase = phrase.text(format!(", {} resources", workload.resources));
    }
    match workload.confidence {
        Confidence::Low => phrase.text(", confidence low: not counted"),
        Confidence::Medium | Confidence::High => phrase,
    }
}

/// Returns what names an account: "firewall rule allow-web in acme-prod, by targetServiceAccounts[]".
pub(super) fn reference(reference: &Reference) -> Message {
    let path = reference.resource.as_str();
    let last = path.rsplit('/').next().unwrap_or_default();
    let mut phrase = Message::from(format!("{} ", named_by(reference)));
    // A user of a database says little without its instance.
    phrase = match path.split_once("/instances/") {
        Some((_, within)) if within.contains("/users/") => phrase.name(within),
        _ => phrase.name(last),
    };
    if let Some(project) = &reference.project {
        phrase = phrase.text(" in ").project(project);
    }
    phrase.text(", by ").name(&reference.field)
}

/// Returns the words for the resource of a reference; a type without words of its own is told by its kind.
fn named_by(reference: &Reference) -> &'static str {
    match reference.asset_type.as_str() {
        "bigquery.googleapis.com/Dataset" => "BigQuery dataset",
        "compute.googleapis.com/Firewall" => "firewall rule",
        "identity.accesscontextmanager.googleapis.com/AccessLevel" => "access level",
        "sqladmin.googleapis.com/User" => "Cloud SQL user",
        "storage.googleapis.com/Bucket" => "access list of bucket",
        _ => match reference.kind {
            ReferenceKind::Address => "resource",
            ReferenceKind::Template => "template",
            ReferenceKind::Group => "managed group",
            ReferenceKind::Build => "builds of",
            ReferenceKind::Encryption => "encryption of",
        },
    }
}

/// Returns a credential that is no key of IAM's: "HMAC key GOOG1E2X in acme-prod, inactive, made 2024-05-06".
pub(super) fn credential(credential: &OtherCredential) -> Message {
    let kind = match credential.kind {
        CredentialKind::HmacKey => "HMAC key ",
        CredentialKind::ApiKey => "API key ",
    };
    let state = match credential.state {
        CredentialState::Active => "",
        CredentialState::Inactive => ", inactive",
        CredentialState::Unknown => ", in an unknown state",
    };
    let phrase = Message::from(kind)
        .name(credential.id.as_str())
        .text(" in ")
        .project(&credential.project)
        .text(state);
    match credential.created {
        Some(created) => phrase.text(format!(", made {}", words::date(created))),
        None => phrase,
    }
}

/// Returns what an account holds: "roles/viewer on folder 12 and all below it".
pub(super) fn grant(grant: &Grant, holder: &ServiceAccount) -> Message {
    let below = match grant.on {
        PolicyNode::Organization(_) | PolicyNode::Folder(_) => " and all below it",
        PolicyNode::Project(_) | PolicyNode::Account(_) | PolicyNode::Resource(_) => "",
    };
    let phrase = Message::default()
        .name(&grant.role)
        .text(" on ")
        .append(node(&grant.on, holder))
        .text(below);
    let phrase = if grant.through.account() == Some(&holder.email) {
        phrase
    } else {
        phrase.text(", through ").member(&grant.through)
    };
    phrase.append(condition(grant.condition.as_ref()))
}

/// Returns who may act as an account: "group:data@acme.example (mint tokens) through roles/… on project acme-prod".
pub(super) fn actor(actor: &Actor, acted_as: &ServiceAccount) -> Message {
    let mut ways: Vec<&str> = actor.ways.iter().copied().map(way).collect();
    ways.dedup();
    let mut phrase = Message::default()
        .member(&actor.member)
        .text(format!(" ({}) through ", ways.join(", ")))
        .name(&actor.role)
        .text(" on ")
        .append(node(&actor.on, acted_as));
    for (index, between) in actor.path.iter().enumerate() {
        let glue = if index == 0 { ", inherited by " } else { ", " };
        phrase = phrase.text(glue).append(node(between, acted_as));
    }
    phrase.append(condition(actor.condition.as_ref()))
}

/// Returns a place of a policy; `account`, of which the phrase is, is "the account itself".
fn node(node: &PolicyNode, account: &ServiceAccount) -> Message {
    match node {
        PolicyNode::Organization(id) => Message::from("organization ").name(id.as_str()),
        PolicyNode::Folder(id) => Message::from("folder ").name(id.as_str()),
        PolicyNode::Project(id) => Message::from("project ").project(id),
        PolicyNode::Account(other) if other.unique_id == account.unique_id => {
            Message::from("the account itself")
        }
        PolicyNode::Account(other) => Message::from("account ").account(&other.email),
        PolicyNode::Resource(name) => Message::default().name(name.as_str().trim_matches('/')),
    }
}

/// Returns the end of a phrase about something that holds under a condition.
fn condition(condition: Option<&Condition>) -> Message {
    let Some(condition) = condition else {
        return Message::default();
    };
    let text = if condition.expression.is_empty() {
        &condition.title
    } else {
        &condition.expression
    };
    Message::from(", only if ").name(words::clipped(text, CONDITION))
}

/// Returns the word for a way to act as an account; several ways may have the same word.
fn way(way: ActAs) -> &'static str {
    match way {
        ActAs::Attach => "attach it",
        ActAs::AccessToken | ActAs::IdToken => "mint tokens",
        ActAs::Delegate => "delegate",
        ActAs::SignBlob | ActAs::SignJwt => "sign",
    }
}
