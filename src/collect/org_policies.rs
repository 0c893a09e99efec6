//! The organization policies about service accounts: what is set where, and what is in force there.
//!
//! Nine constraints of each of a thousand projects would be nine thousand calls. A project that sets none of them has
//! what stands above it, so that one list a project tells where to ask: what is in force is asked for at the top, for
//! every constraint, and further down only for those that something is set of. Asset Inventory has all that is set, and
//! then no project is asked.
//!
//! What is in force is Google's answer and never computed here: defaults, merges of lists and tags are Google's matter.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use futures_util::stream::{self, StreamExt as _};
use serde_json::Value;

use crate::gcp::api::resources;
use crate::gcp::error::Error;
use crate::gcp::google::Google;
use crate::model::access::PolicyNode;
use crate::model::coverage::{Dataset, Reading};
use crate::model::org_policy::{Constraint, Effect, OrgPolicy};
use crate::model::project::{Parent, Project};
use crate::model::scope::Scope;
use crate::model::snapshot::Facts;

use super::assets::Assets;
use super::gap::{Payer, both};
use super::projects::InScope;

/// Folders and organizations asked about at once; the transport has the last word.
const ABREAST: usize = 32;

/// The constraints that something is set of, each with whether that has conditions.
pub(super) type Settings = BTreeMap<Constraint, bool>;

/// One organization, folder or project.
struct Place<'a> {
    on: PolicyNode,
    scope: Scope,
    /// The segment of a path and its value: `project`, `acme-prod`.
    variable: (&'static str, &'a str),
    /// Whether nothing above it is known.
    is_top: bool,
    project: Option<&'a Project>,
}

/// Returns the organization policies of a project, and how they were read.
///
/// # Errors
/// Where every further call would fail in the same way.
pub(super) async fn of_project(
    google: &Google,
    payer: &Payer,
    project: &Project,
    assets: Option<&Assets>,
) -> Result<Facts, Error> {
    let place = Place {
        on: PolicyNode::Project(project.id.clone()),
        scope: Scope::Project(project.id.clone()),
        variable: ("project", project.id.as_str()),
        is_top: project.parent.is_none(),
        project: Some(project),
    };
    let owner = format!("projects/{}", project.number);
    let known = assets.and_then(|assets| assets.org_policies(&owner));
    of_place(google, payer, &place, known).await
}

/// Returns the organization policies of the folders of the scope and above it and of their organizations, and how they
/// were read.
///
/// # Errors
/// Where every further call would fail in the same way.
pub(super) async fn of_containers(
    google: &Google,
    payer: &Payer,
    in_scope: &InScope,
    assets: Option<&Assets>,
) -> Result<Facts, Error> {
    let organizations = in_scope.organizations.iter().cloned();
    let folders = in_scope.folders.iter().map(|folder| {
        let is_top = folder.parent.is_none();
        (Parent::Folder(folder.id.clone()), is_top)
    });
    let containers = organizations
        .map(|id| (Parent::Organization(id), true))
        .chain(folders);
    let mut answers = stream::iter(containers)
        .map(|(container, is_top)| async move {
            let known = assets
                .filter(|assets| assets.reaches(in_scope, &container))
                .and_then(|assets| assets.org_policies(&container.to_string()));
            let (on, scope, variable) = match &container {
                Parent::Organization(id) => (
                    PolicyNode::Organization(id.clone()),
                    Scope::Organization(id.clone()),
                    ("organization", id.as_str()),
                ),
                Parent::Folder(id) => (
                    PolicyNode::Folder(id.clone()),
                    Scope::Folder(id.clone()),
                    ("folder", id.as_str()),
                ),
            };
            let place = Place {
                on,
                scope,
                variable,
                is_top,
                project: None,
            };
            of_place(google, payer, &place, known).await
        })
        .buffer_unordered(ABREAST);
    let mut facts = Facts::default();
    while let Some(answer) = answers.next().await {
        facts.absorb(answer?);
    }
    Ok(facts)
}

/// Returns what is in force in a place; `known` is what is set there, where that need not be asked.
async fn of_place(
    google: &Google,
    payer: &Payer,
    place: &Place<'_>,
    known: Option<(Settings, Reading)>,
) -> Result<Facts, Error> {
    let (set, reading) = match known {
        Some(known) => known,
        None => listed(google, payer, place).await?,
    };
    let mut facts = Facts::default();
    // Of a place whose list was refused nothing is asked: what is set there would be refused too.
    let is_wanted = |constraint: &Constraint| place.is_top || set.contains_key(constraint);
    let wanted = Constraint::ALL
        .into_iter()
        .filter(|constraint| reading.is_answered() && is_wanted(constraint));
    let wanted: Vec<Constraint> = wanted.collect();
    let asked = wanted
        .into_iter()
        .map(|constraint| effective(google, payer, place, constraint));
    let mut readings = reading;
    for (constraint, effect, reading) in try_join_all(asked).await? {
        readings = both(readings, reading);
        facts.org_policies.extend(effect.map(|effect| OrgPolicy {
            on: place.on.clone(),
            constraint,
            effect,
            conditional: set.get(&constraint).copied().unwrap_or_default(),
        }));
    }
    facts
        .coverage
        .record(place.scope.clone(), Dataset::OrgPolicies, readings);
    Ok(facts)
}

/// Returns what is set in a place, and how the list was read.
async fn listed(
    google: &Google,
    payer: &Payer,
    place: &Place<'_>,
) -> Result<(Settings, Reading), Error> {
    let method = match place.variable.0 {
        "organization" => "orgpolicy.organizations.policies.list",
        "folder" => "orgpolicy.folders.policies.list",
        _ => "orgpolicy.projects.policies.list",
    };
    let listed = resources::list(google, method, &[place.variable], &[]).await;
    let (set, reading) = payer.settle_service(listed, place.project, |raw| setting(&raw))?;
    Ok((set.into_iter().flatten().collect(), reading))
}

/// Returns what is in force of a constraint in a place, and how that was read.
async fn effective(
    google: &Google,
    payer: &Payer,
    place: &Place<'_>,
    constraint: Constraint,
) -> Result<(Constraint, Option<Effect>, Reading), Error> {
    let method = match place.variable.0 {
        "organization" => "orgpolicy.organizations.policies.getEffectivePolicy",
        "folder" => "orgpolicy.folders.policies.getEffectivePolicy",
        _ => "orgpolicy.projects.policies.getEffectivePolicy",
    };
    let variables = [place.variable, ("constraint", constraint.name())];
    Ok(
        match resources::one(google, method, &variables, &[]).await {
            Ok(policy) => (constraint, Some(effect(&policy)), Reading::Read),
            Err(error) => (constraint, None, payer.gap(&error, place.project)?),
        },
    )
}

/// Returns the constraint that a policy sets, and whether it has conditions; `Some(None)` where it is none of ours or a
/// dry run alone, `None` where it has no name.
pub(super) fn setting(policy: &Value) -> Option<Option<(Constraint, bool)>> {
    let (_, name) = policy.get("name")?.as_str()?.rsplit_once("/policies/")?;
    let Some(spec) = policy.get("spec") else {
        return Some(None);
    };
    let rules = spec.get("rules").and_then(Value::as_array);
    let conditional = rules
        .into_iter()
        .flatten()
        .any(|rule| rule.get("condition").is_some());
    Some(Constraint::of_name(name).map(|constraint| (constraint, conditional)))
}

/// Returns what an effective policy means.
///
/// Source: <https://cloud.google.com/resource-manager/docs/reference/orgpolicy/rest/v2/organizations.policies#policyrule>.
fn effect(policy: &Value) -> Effect {
    let rules = policy.pointer("/spec/rules").and_then(Value::as_array);
    let rules = rules.map(Vec::as_slice).unwrap_or_default();
    let says = |field: &str, value: bool| {
        rules
            .iter()
            .any(|rule| rule.get(field).and_then(Value::as_bool) == Some(value))
    };
    let texts = |field: &str| {
        let lists = rules
            .iter()
            .filter_map(|rule| rule.pointer(field)?.as_array());
        let mut texts: Vec<String> = lists
            .flatten()
            .filter_map(|value| value.as_str().map(str::to_owned))
            .collect();
        texts.sort();
        texts.dedup();
        texts
    };
    let (allowed, denied) = (
        texts("/values/allowedValues"),
        texts("/values/deniedValues"),
    );
    if says("enforce", true) {
        Effect::Enforced
    } else if says("enforce", false) {
        Effect::NotEnforced
    } else if says("denyAll", true) {
        Effect::DenyAll
    } else if !allowed.is_empty() || !denied.is_empty() {
        Effect::Values { allowed, denied }
    } else if says("allowAll", true) {
        Effect::AllowAll
    } else {
        Effect::Unknown
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_in_force_is_read_in_every_form() {
        let of = |rules: Value| effect(&json!({ "spec": { "rules": rules } }));
        let values = |allowed: &[&str], denied: &[&str]| Effect::Values {
            allowed: allowed.iter().map(|text| (*text).to_owned()).collect(),
            denied: denied.iter().map(|text| (*text).to_owned()).collect(),
        };
        let table = [
            (json!([{ "enforce": true }]), Effect::Enforced),
            (json!([{ "enforce": false }]), Effect::NotEnforced),
            (json!([{ "allowAll": true }]), Effect::AllowAll),
            (json!([{ "denyAll": true }]), Effect::DenyAll),
            (
                json!([{ "values": { "allowedValues": ["b", "a"] } }, { "values": { "deniedValues": ["c", 7] } }]),
                values(&["a", "b"], &["c"]),
            ),
            (json!([]), Effect::Unknown),
            (json!([{ "parameters": {} }]), Effect::Unknown),
            (json!({ "enforce": true }), Effect::Unknown),
        ];
        for (rules, expected) in table {
            assert_eq!(of(rules.clone()), expected, "{rules}");
        }
    }

    #[test]
    fn a_dry_run_sets_nothing_and_a_tag_is_a_condition() {
        let name = "organizations/1/policies/iam.disableServiceAccountKeyUpload";
        let upload = |conditional| Some(Some((Constraint::KeyUpload, conditional)));
        let table = [
            (
                json!({ "name": name, "spec": { "rules": [{ "enforce": true }] } }),
                upload(false),
            ),
            (
                json!({ "name": name, "spec": { "reset": true } }),
                upload(false),
            ),
            (
                json!({ "name": name, "spec": { "rules": [{ "enforce": true }, { "enforce": false, "condition": { "expression": "resource.matchTag('1/env', 'dev')" } }] } }),
                upload(true),
            ),
            (
                json!({ "name": name, "dryRunSpec": { "rules": [{ "enforce": true }] } }),
                Some(None),
            ),
            (
                json!({ "name": "organizations/1/policies/gcp.resourceLocations", "spec": {} }),
                Some(None),
            ),
            (json!({ "spec": {} }), None),
            (
                json!({ "name": "iam.disableServiceAccountKeyUpload", "spec": {} }),
                None,
            ),
        ];
        for (policy, expected) in table {
            assert_eq!(setting(&policy), expected, "{policy}");
        }
    }
}
