//! What a change mentions: the account that it is for, and the variables in it.

use crate::model::access::PolicyNode;
use crate::model::names::Email;
use crate::model::plan::{
    Becomes, Change, Federate, Holder, Identities, PlannedGrant, PlannedIssuer, Value,
};

/// Returns the account that something comes to run as, or sign in as, by the change.
pub(super) fn becomes(change: &Change) -> Option<&Email> {
    match change {
        Change::Switch(switch) => Some(&switch.to),
        Change::Federate(Federate {
            becomes: Becomes::Account { email, .. },
            ..
        }) => Some(email),
        Change::UsePersonalLogin { to, .. } | Change::UseAttachedAccount { to, .. } => Some(to),
        Change::RotateKey { account, .. } => Some(account),
        Change::Federate(Federate {
            becomes: Becomes::Itself(_),
            ..
        })
        | Change::CreateAccount(_)
        | Change::Grant(_)
        | Change::Revoke(_)
        | Change::CreatePool(_)
        | Change::CreateProvider(_)
        | Change::DisableKey(_)
        | Change::EnableKey(_)
        | Change::DeleteKey(_)
        | Change::DisableAccount(_)
        | Change::EnableAccount(_)
        | Change::DeleteAccount(_)
        | Change::UndeleteAccount(_)
        | Change::CreateAlert(_)
        | Change::EnableAuditLogs(_)
        | Change::EnforceConstraint(_)
        | Change::ByHand(_) => None,
    }
}

/// Returns the binding that a change gives or takes.
pub(super) fn binding(change: &Change) -> Option<&PlannedGrant> {
    match change {
        Change::Grant(grant) | Change::Revoke(grant) => Some(grant),
        Change::CreateAccount(_)
        | Change::Switch(_)
        | Change::CreatePool(_)
        | Change::CreateProvider(_)
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
        | Change::EnableAuditLogs(_)
        | Change::EnforceConstraint(_)
        | Change::ByHand(_) => None,
    }
}

/// Returns whether a binding is one of the account's: it holds the role.
pub(super) fn is_held_by(grant: &PlannedGrant, email: &Email) -> bool {
    match &grant.member {
        Holder::Member(member) => member.address() == Some(email),
        Holder::Group(_) | Holder::Federated { .. } => false,
    }
}

/// Returns whether a binding stands on the account.
pub(super) fn is_on(grant: &PlannedGrant, email: &Email) -> bool {
    match &grant.on {
        PolicyNode::Account(account) => account.email == *email,
        PolicyNode::Resource(name) => name
            .as_str()
            .strip_prefix("//iam.googleapis.com/")
            .and_then(|path| path.rsplit_once("/serviceAccounts/"))
            .is_some_and(|(_, name)| name == email.as_str()),
        PolicyNode::Organization(_) | PolicyNode::Folder(_) | PolicyNode::Project(_) => false,
    }
}

/// Returns the names of the variables that a change names.
pub(super) fn variables(change: &Change) -> Vec<&str> {
    let mut values: Vec<&Value> = Vec::new();
    match change {
        Change::Grant(grant) | Change::Revoke(grant) => holder(&grant.member, &mut values),
        Change::CreateProvider(provider) => {
            match &provider.issuer {
                PlannedIssuer::Oidc(value) | PlannedIssuer::Aws(value) => values.push(value),
            }
            values.extend(&provider.audiences);
            values.extend(provider.condition.iter().map(|claim| &claim.value));
        }
        Change::Federate(federate) => {
            values.push(&federate.project_number);
            match &federate.becomes {
                Becomes::Itself(held) | Becomes::Account { holder: held, .. } => {
                    holder(held, &mut values);
                }
            }
        }
        Change::CreateAccount(_)
        | Change::Switch(_)
        | Change::CreatePool(_)
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
        | Change::EnableAuditLogs(_)
        | Change::EnforceConstraint(_)
        | Change::ByHand(_) => {}
    }
    let names = values.into_iter().filter_map(|value| match value {
        Value::Variable(name) => Some(name.as_str()),
        Value::Known(_) => None,
    });
    names.collect()
}

fn holder<'a>(held: &'a Holder, values: &mut Vec<&'a Value>) {
    match held {
        Holder::Member(_) => {}
        Holder::Group(value) => values.push(value),
        Holder::Federated {
            project_number,
            pool: _,
            identities,
        } => {
            values.push(project_number);
            match identities {
                Identities::Subject(value) | Identities::Attribute { value, .. } => {
                    values.push(value);
                }
            }
        }
    }
}
