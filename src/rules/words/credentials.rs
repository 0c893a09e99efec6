//! What the rules about credentials that are no service account keys say of them: one finding an account, all of its
//! credentials of a kind in it.

use crate::model::action::Action;
use crate::model::credential::{CredentialKind, CredentialState, OtherCredential};
use crate::model::estate::Account;
use crate::model::finding::{Evidence, Finding};
use crate::model::idle::Creation;
use crate::model::message::Message;
use crate::model::rule::{Confidence, RuleMeta, Severity};

use super::{counted, day, first_few};

/// Returns the finding about an account's credentials of a kind; `None` where it has none.
///
/// Low where none of them signs in now. Of medium confidence where each may be the dead namesake's: they name the
/// account by address, and are all older than it.
pub(in crate::rules) fn finding(
    rule: &RuleMeta,
    account: &Account,
    kind: CredentialKind,
) -> Option<Finding> {
    let held: Vec<&OtherCredential> = account
        .other_credentials
        .iter()
        .filter(|credential| credential.kind == kind)
        .collect();
    if held.is_empty() {
        return None;
    }
    let names: Vec<Message> = held
        .iter()
        .map(|credential| Message::default().key(&credential.id))
        .collect();
    let works = !account.facts.disabled && held.iter().any(|credential| signs_in(credential));
    let (noun, seen_by_none) = match kind {
        CredentialKind::HmacKey => ("HMAC key", "whose use no source sees"),
        CredentialKind::ApiKey => ("API key", "whose use as it no source sees"),
    };
    let message = Message::from(format!("has {} ", counted(held.len(), noun)))
        .text(match kind {
            CredentialKind::HmacKey => "of Cloud Storage, ",
            CredentialKind::ApiKey => "bound to it, ",
        })
        .text(seen_by_none)
        .text(if works { ": " } else { ", switched off: " })
        .append(first_few(&names));
    let rests_on: Vec<&str> = held
        .iter()
        .flat_map(|credential| [credential.id.as_str(), state(credential.state)])
        .chain([if works { "works" } else { "off" }])
        .collect();
    let may_be_own = held.iter().any(|credential| !is_older(credential, account));
    Some(
        Finding::on_account(rule, account, message, &rests_on)
            .severity(if works { rule.severity } else { Severity::Low })
            .confidence(if may_be_own {
                Confidence::High
            } else {
                Confidence::Medium
            })
            .facts(held.iter().map(|credential| fact(credential)))
            .then(Action::FindOwner {
                account: account.reference(),
            }),
    )
}

/// What is not known to be off may sign in.
fn signs_in(credential: &OtherCredential) -> bool {
    match credential.state {
        CredentialState::Active | CredentialState::Unknown => true,
        CredentialState::Inactive => false,
    }
}

fn is_older(credential: &OtherCredential, account: &Account) -> bool {
    match (credential.created, account.life.created) {
        (Some(made), Creation::At(born)) => made < born,
        (Some(made), Creation::Between { after, .. }) => after.is_some_and(|after| made < after),
        (None, _) => false,
    }
}

fn fact(credential: &OtherCredential) -> Evidence {
    let fact = Message::default()
        .key(&credential.id)
        .text(format!(" is {} in ", state(credential.state)))
        .project(&credential.project);
    Evidence {
        fact: match credential.created {
            Some(at) => fact.text(format!(", made on {}", day(at))),
            None => fact,
        },
        source: match credential.kind {
            CredentialKind::HmacKey => "storage.projects.hmacKeys.list",
            CredentialKind::ApiKey => "apikeys.projects.locations.keys.list",
        },
        at: credential.created,
    }
}

fn state(state: CredentialState) -> &'static str {
    match state {
        CredentialState::Active => "active",
        CredentialState::Inactive => "inactive",
        CredentialState::Unknown => "in an unknown state",
    }
}
