//! Organization Policy: what is set, and what is in force.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Call, Reply, plain};
use crate::emulator::errors::{self, Refusal};
use crate::emulator::index::{Element, Index};

const HOST: &str = "orgpolicy.googleapis.com";
const FOLDERS: &str = "cloudresourcemanager.googleapis.com/folders";

/// The constraints that the emulator knows, each with whether it takes a list of values, and with its rule where nothing is
/// set.
///
/// Source: <https://cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints>. The page does not
/// say in which form a list's default is answered: the form here is the emulator's choice.
const CONSTRAINTS: [(&str, bool, Default); 9] = [
    (
        "iam.automaticIamGrantsForDefaultServiceAccounts",
        false,
        Default::Off,
    ),
    (
        "iam.disableCrossProjectServiceAccountUsage",
        false,
        Default::On,
    ),
    ("iam.disableServiceAccountKeyCreation", false, Default::Off),
    ("iam.disableServiceAccountKeyUpload", false, Default::Off),
    (
        "iam.managed.disableServiceAccountKeyCreation",
        false,
        Default::Off,
    ),
    (
        "iam.managed.disableServiceAccountKeyUpload",
        false,
        Default::Off,
    ),
    (
        "iam.managed.preventPrivilegedBasicRolesForDefaultServiceAccounts",
        false,
        Default::Off,
    ),
    (
        "iam.serviceAccountKeyExposureResponse",
        true,
        Default::Allow("DISABLE_KEY"),
    ),
    ("iam.workloadIdentityPoolProviders", true, Default::AllowAll),
];

/// What holds where nothing is set.
#[derive(Debug, Clone, Copy)]
enum Default {
    Off,
    On,
    AllowAll,
    Allow(&'static str),
}

impl Default {
    fn rules(self) -> Value {
        match self {
            Self::Off => json!([{ "enforce": false }]),
            Self::On => json!([{ "enforce": true }]),
            Self::AllowAll => json!([{ "allowAll": true }]),
            Self::Allow(value) => json!([{ "values": { "allowedValues": [value] } }]),
        }
    }
}

pub(super) fn answer(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    let mut segments = call.route.resource().split('/');
    let (kind, name) = (segments.next(), segments.next());
    let (kind, name) = (kind.unwrap_or_default(), name.unwrap_or_default());
    let effective = call.route.method.path.verb.is_some();
    if !index.has_container(HOST, kind, name) {
        let permission = if effective {
            "orgpolicy.policy.get"
        } else {
            "orgpolicy.policies.list"
        };
        let resource = format!("{kind}/{name}");
        return Err(errors::permission_denied(permission, Some(&resource)));
    }
    if !effective {
        return plain(index, call);
    }
    let constraint = segments.nth(1).unwrap_or_default();
    let known = CONSTRAINTS.iter().find(|(known, ..)| *known == constraint);
    let (constraint, is_list, default) =
        known.ok_or_else(|| errors::not_found("Requested entity was not found."))?;
    let chain = chain(index, kind, name);
    let rules = rules(index, &chain, constraint, *is_list).unwrap_or_else(|| default.rules());
    let own = chain.first().map_or("", |(_, name)| name);
    Ok(Reply::One(Element::from_value(&json!({
        "name": format!("{own}/policies/{constraint}"), "spec": { "rules": rules },
    }))))
}

/// Returns what a place inherits from, itself first: where its policies lie in an estate file, and its name by number.
fn chain(index: &Index, kind: &str, name: &str) -> Vec<(String, String)> {
    let mut chain: Vec<(String, String)> = Vec::new();
    let project = index.project_id(name).and_then(|id| index.project(id));
    let mut next = match (kind, project) {
        ("projects", Some(project)) => {
            let number = project.text("name").unwrap_or_default();
            chain.push((
                format!("{HOST}/projects/{name}/policies"),
                number.to_owned(),
            ));
            let parent = project.text("parent").unwrap_or(&index.organization);
            Some(parent.to_owned())
        }
        _ => Some(format!("{kind}/{name}")),
    };
    while let Some(place) = next {
        if chain.iter().any(|(_, name)| *name == place) {
            break;
        }
        let folder = index
            .collection(FOLDERS)
            .iter()
            .find(|folder| folder.text("name") == Some(&place));
        next = folder.and_then(|folder| folder.text("parent").map(str::to_owned));
        chain.push((format!("{HOST}/{place}/policies"), place));
    }
    chain
}

/// Returns the rules in force: of a boolean constraint those of the nearest policy, of a list those of all up to the one
/// that inherits nothing; `None` where nothing is set, or a policy puts it back to the default.
///
/// The emulator has no tags: rules with a condition hold nowhere.
fn rules(
    index: &Index,
    chain: &[(String, String)],
    constraint: &str,
    is_list: bool,
) -> Option<Value> {
    let mut merged: Vec<Value> = Vec::new();
    for (key, _) in chain {
        let ends = format!("/policies/{constraint}");
        let policy = index.collection(key).iter().find(|policy| {
            policy
                .text("name")
                .is_some_and(|name| name.ends_with(&ends))
        });
        let Some(spec) = policy.and_then(|policy: &Arc<Element>| policy.view().get("spec")) else {
            continue;
        };
        let says = |field: &str| spec.get(field).and_then(Value::as_bool) == Some(true);
        if says("reset") {
            break;
        }
        let own = spec.get("rules").and_then(Value::as_array);
        let own = own.into_iter().flatten();
        merged.extend(own.filter(|rule| rule.get("condition").is_none()).cloned());
        if !is_list || !says("inheritFromParent") {
            break;
        }
    }
    (!merged.is_empty()).then_some(Value::Array(merged))
}
