//! The policies of everything below the roots: `assets.list` of the content `IAM_POLICY`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::collect::gap::Payer;
use crate::collect::policies::{Parsed, parsed, policy};
use crate::gcp::api::policies::Part;
use crate::gcp::api::resources;
use crate::gcp::error::Error;
use crate::gcp::google::Google;
use crate::model::access::{Policy, PolicyNode};
use crate::model::coverage::{Dataset, Reading};
use crate::model::names::{
    FolderId, FullResourceName, Member, MemberKind, OrganizationId, ProjectId,
};
use crate::model::project::Project;
use crate::model::scope::{Root, Scope};

use super::{decoded, owner, root, settled, text};

const METHOD: &str = "cloudasset.assets.list";

/// The policies below the roots.
#[derive(Debug)]
pub(super) struct Policies {
    pub(super) projects: BTreeMap<ProjectId, OfProject>,
    /// Those of organizations and folders, each with how many of its elements were dropped.
    pub(super) containers: BTreeMap<PolicyNode, (Option<Policy>, u64)>,
    /// Those of other resources, as far as they speak of accounts or of federated identities.
    pub(super) resources: Vec<Policy>,
    /// The roots that were asked.
    pub(super) asked: BTreeSet<Scope>,
    /// Assets that tell nothing that they belong to, by root and by what they would have told.
    pub(super) strays: Vec<(Scope, Dataset, Reading)>,
    /// How the lists ended, the worst of them.
    pub(super) reading: Reading,
}

/// The policies of a project.
#[derive(Debug, Default)]
pub(super) struct OfProject {
    pub(super) own: Option<Policy>,
    /// By the name that the asset has for the account: its unique id. What they are on is still the resource.
    pub(super) accounts: BTreeMap<String, Policy>,
    pub(super) malformed: u64,
    pub(super) malformed_accounts: u64,
    pub(super) malformed_resources: u64,
}

/// Returns the policies that Asset Inventory has below the roots.
///
/// # Errors
/// Where every further call would fail in the same way.
pub(super) async fn gather(
    google: &Google,
    payer: &Payer,
    roots: &[Root],
    projects: &[Project],
) -> Result<Policies, Error> {
    let mut policies = Policies {
        projects: BTreeMap::new(),
        containers: BTreeMap::new(),
        resources: Vec::new(),
        asked: BTreeSet::new(),
        strays: Vec::new(),
        reading: Reading::Read,
    };
    let numbers: BTreeMap<&str, &Project> = projects
        .iter()
        .map(|project| (project.number.as_str(), project))
        .collect();
    let query = [("contentType", "IAM_POLICY")];
    for asked in roots {
        let (parent, scope) = root(asked);
        let mut strays: BTreeMap<Dataset, u64> = BTreeMap::new();
        let listed = resources::each(google, METHOD, &[parent], &query, |asset| {
            if !policies.place(&numbers, &asset) {
                *strays.entry(dataset(&asset)).or_default() += 1;
            }
        })
        .await;
        let (reading, malformed) = settled(payer, listed)?;
        policies.reading = policies.reading.clone().max(reading);
        if malformed > 0 {
            *strays.entry(Dataset::ResourcePolicies).or_default() += malformed;
        }
        let strays = strays.into_iter().map(|(dataset, count)| {
            let reading = Reading::Malformed { count };
            (scope.clone(), dataset, reading)
        });
        policies.strays.extend(strays);
        policies.asked.insert(scope);
    }
    Ok(policies)
}

/// Returns what an asset would have told.
fn dataset(asset: &Value) -> Dataset {
    match text(asset, "assetType") {
        Some(
            "cloudresourcemanager.googleapis.com/Organization"
            | "cloudresourcemanager.googleapis.com/Folder"
            | "cloudresourcemanager.googleapis.com/Project",
        ) => Dataset::Policies,
        Some("iam.googleapis.com/ServiceAccount") => Dataset::AccountPolicies,
        _ => Dataset::ResourcePolicies,
    }
}

impl Policies {
    /// Puts a policy to its place, and returns whether it tells one. Those of a project that is not in scope (excluded,
    /// inactive) are left out.
    fn place(&mut self, numbers: &BTreeMap<&str, &Project>, asset: &Value) -> bool {
        let (Some(kind), Some(name), Some(owner)) =
            (text(asset, "assetType"), text(asset, "name"), owner(asset))
        else {
            return false;
        };
        let id = name.rsplit('/').next().unwrap_or_default();
        let container = match kind {
            "cloudresourcemanager.googleapis.com/Organization" => {
                OrganizationId::parse(id).map(PolicyNode::Organization)
            }
            "cloudresourcemanager.googleapis.com/Folder" => {
                FolderId::parse(id).map(PolicyNode::Folder)
            }
            _ => return self.of_resource(numbers, asset, (kind, name, owner)),
        };
        let Ok(node) = container else {
            return false;
        };
        self.containers.insert(node.clone(), read(node, asset));
        true
    }

    fn of_resource(
        &mut self,
        numbers: &BTreeMap<&str, &Project>,
        asset: &Value,
        (kind, name, owner): (&str, &str, &str),
    ) -> bool {
        let Ok(full_name) = FullResourceName::parse(name) else {
            return false;
        };
        let resource = PolicyNode::Resource(full_name);
        let Some(number) = owner.strip_prefix("projects/") else {
            let (policy, _) = read(resource, asset);
            self.resources.extend(policy.and_then(about_accounts));
            return true;
        };
        let Some(project) = numbers.get(number) else {
            return true;
        };
        let of_project = self.projects.entry(project.id.clone()).or_default();
        match kind {
            "cloudresourcemanager.googleapis.com/Project" => {
                let (own, lost) = read(PolicyNode::Project(project.id.clone()), asset);
                of_project.own = own;
                of_project.malformed = lost;
            }
            "iam.googleapis.com/ServiceAccount" => {
                let (policy, lost) = read(resource, asset);
                let (_, account) = name.rsplit_once('/').unwrap_or_default();
                let policy = policy.map(|policy| (account.to_owned(), policy));
                of_project.accounts.extend(policy);
                of_project.malformed_accounts += lost;
            }
            _ => {
                let (policy, lost) = read(resource, asset);
                self.resources.extend(policy.and_then(about_accounts));
                of_project.malformed_resources += lost;
            }
        }
        true
    }
}

/// Returns the policy of an asset, where there is anything in it, and how many of its elements were dropped: bindings,
/// their members, audit configurations.
fn read(on: PolicyNode, asset: &Value) -> (Option<Policy>, u64) {
    // Something else in the place of a policy is no empty one.
    let raw = match asset.get("iamPolicy") {
        None | Some(Value::Null) => return (None, 0),
        Some(Value::Object(raw)) => raw,
        Some(_) => return (None, 1),
    };
    let list = |field: &str| match raw.get(field) {
        None | Some(Value::Null) => (&[][..], 0),
        Some(Value::Array(list)) => (list.as_slice(), 0),
        Some(_) => (&[][..], 1),
    };
    let (bindings, no_bindings) = list("bindings");
    let (configs, no_configs) = list("auditConfigs");
    let mut lost = no_bindings + no_configs;
    let mut parts = Vec::new();
    let mut take = |part: Option<Parsed>| match part {
        Some(part) => parts.push(part),
        None => lost += 1,
    };
    let mut strange_members = 0;
    for binding in bindings {
        let mut binding = binding.clone();
        if let Some(members) = binding.get_mut("members").and_then(Value::as_array_mut) {
            let before = members.len();
            members.retain(Value::is_string);
            strange_members += (before - members.len()) as u64;
        }
        take(decoded(&binding).map(Part::Binding).and_then(parsed));
    }
    for config in configs {
        take(decoded(config).map(Part::Audit).and_then(parsed));
    }
    (policy(on, parts), lost + strange_members)
}

/// Returns the policy of a resource with the bindings that give a role to an account or to a federated identity: a
/// company has a hundred policies of resources for each account, and most of them are about people.
fn about_accounts(mut policy: Policy) -> Option<Policy> {
    policy
        .bindings
        .retain(|binding| binding.members.iter().any(is_account));
    policy.audit.clear();
    (!policy.bindings.is_empty()).then_some(policy)
}

fn is_account(member: &Member) -> bool {
    match member.kind() {
        MemberKind::Account(_)
        | MemberKind::EveryAccountBelow { agents: false, .. }
        | MemberKind::GkeWorkload(_)
        | MemberKind::Federated(_)
        | MemberKind::FederatedSet(_) => true,
        MemberKind::Agent(_)
        | MemberKind::EveryAccountBelow { agents: true, .. }
        | MemberKind::User(_)
        | MemberKind::Group(_)
        | MemberKind::Domain(_)
        | MemberKind::AllUsers
        | MemberKind::AllAuthenticatedUsers
        | MemberKind::Workforce(_)
        | MemberKind::BasicRoleHolders { .. }
        | MemberKind::Deleted { .. }
        | MemberKind::Unknown => false,
    }
}
