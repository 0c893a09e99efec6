//! The resources below the roots: `assets.list` of the content `RESOURCE`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::collect::attachments::extract::full_name;
use crate::collect::attachments::gathered::Gathered;
use crate::collect::attachments::table::{Inventory, Row, rows};
use crate::collect::gap::Payer;
use crate::collect::org_policies::{self, Settings};
use crate::collect::{federation, inventory, roles};
use crate::gcp::api::resources;
use crate::gcp::error::Error;
use crate::gcp::google::Google;
use crate::model::access::Role;
use crate::model::account::ServiceAccount;
use crate::model::coverage::{Dataset, Reading};
use crate::model::federation::{FederationState, Pool, Provider};
use crate::model::names::{FullResourceName, ProjectId};
use crate::model::project::Project;
use crate::model::scope::{Root, Scope};
use crate::model::snapshot::Facts;

use super::{decoded, owner, root, settled, text};

const METHOD: &str = "cloudasset.assets.list";

const ACCOUNT: &str = "iam.googleapis.com/ServiceAccount";
const KEY: &str = "iam.googleapis.com/ServiceAccountKey";
const POOL: &str = "iam.googleapis.com/WorkloadIdentityPool";
const PROVIDER: &str = "iam.googleapis.com/WorkloadIdentityPoolProvider";
const ROLE: &str = "iam.googleapis.com/Role";
const ORG_POLICY: &str = "orgpolicy.googleapis.com/Policy";

/// The resources below the roots.
#[derive(Debug)]
pub(super) struct Resources {
    pub(super) projects: BTreeMap<ProjectId, OfProject>,
    /// Custom roles whose permissions are told, by name.
    pub(super) roles: BTreeMap<String, Role>,
    /// The constraints that are set on a project, folder or organization, by its name and number.
    pub(super) org_policies: BTreeMap<String, Settings>,
    /// The roots that were asked.
    pub(super) asked: Vec<Scope>,
    /// Assets that tell no project that they belong to, by root and by what they would have told.
    pub(super) strays: Vec<(Scope, Dataset, Reading)>,
    /// What no project has: the references of organizations.
    pub(super) above: Facts,
    /// How the lists ended, the worst of them.
    pub(super) reading: Reading,
}

/// The resources of a project.
#[derive(Debug, Default)]
pub(super) struct OfProject {
    pub(super) attachments: Gathered,
    pub(super) accounts: Vec<ServiceAccount>,
    /// The accounts with a key that is not Google's own, by the name that the key's asset has for them: the unique id.
    pub(super) with_keys: BTreeSet<String>,
    pools: Vec<Pool>,
    /// Providers, each by its pool's id.
    providers: Vec<(String, Provider)>,
    pub(super) malformed_accounts: u64,
    pub(super) malformed_pools: u64,
}

/// Returns what Asset Inventory has of the projects, asked root by root.
///
/// # Errors
/// Where every further call would fail in the same way.
pub(super) async fn gather(
    google: &Google,
    payer: &Payer,
    roots: &[Root],
    projects: &[Project],
) -> Result<Resources, Error> {
    let mut types: BTreeMap<&str, Vec<&'static Row>> = BTreeMap::new();
    for row in rows().iter().filter(|row| match row.inventory {
        Inventory::Asked | Inventory::Organization => true,
        Inventory::Lacks | Inventory::Unread => false,
    }) {
        types.entry(row.asset_type).or_default().push(row);
    }
    let mut query = vec![("contentType", "RESOURCE")];
    let own = [ACCOUNT, KEY, POOL, PROVIDER, ROLE, ORG_POLICY];
    query.extend(own.map(|kind| ("assetTypes", kind)));
    query.extend(types.keys().map(|kind| ("assetTypes", *kind)));
    let numbers = projects
        .iter()
        .map(|project| (project.number.as_str(), project))
        .collect();
    let mut placing = Placing {
        numbers,
        types,
        seen: BTreeSet::new(),
        found: Resources {
            projects: BTreeMap::new(),
            roles: BTreeMap::new(),
            org_policies: BTreeMap::new(),
            asked: Vec::new(),
            strays: Vec::new(),
            above: Facts::default(),
            reading: Reading::Read,
        },
    };
    for asked in roots {
        let (parent, scope) = root(asked);
        let mut strays: BTreeMap<Dataset, u64> = BTreeMap::new();
        let mut above = Gathered::default();
        let listed = resources::each(google, METHOD, &[parent], &query, |asset| {
            let known = match text(&asset, "assetType") {
                Some(ORG_POLICY) => placing.found.org_policy(&asset),
                _ => above_projects(&mut above, &placing.types, &asset) || placing.place(&asset),
            };
            if !known {
                *strays.entry(dataset(&asset)).or_default() += 1;
            }
        })
        .await;
        let (reading, malformed) = settled(payer, listed)?;
        let found = &mut placing.found;
        if let Root::Organization(_) = asked {
            above.reading_of_all("Asset Inventory", &reading);
            found.above.absorb(above.finish_above(scope.clone()));
        }
        found.reading = found.reading.clone().max(reading);
        if malformed > 0 {
            *strays.entry(Dataset::Attachments).or_default() += malformed;
        }
        let strays = strays.into_iter().map(|(dataset, count)| {
            let reading = Reading::Malformed { count };
            (scope.clone(), dataset, reading)
        });
        found.strays.extend(strays);
        found.asked.push(scope);
    }
    Ok(placing.found)
}

impl Resources {
    pub(super) fn is_empty(&self) -> bool {
        self.projects.is_empty() && self.roles.is_empty()
    }

    /// Takes in an organization policy, and returns whether it tells what it sets, and where.
    fn org_policy(&mut self, asset: &Value) -> bool {
        let setting = asset
            .pointer("/resource/data")
            .and_then(org_policies::setting);
        let (Some(owner), Some(setting)) = (owner(asset), setting) else {
            return false;
        };
        let of_owner = self.org_policies.entry(owner.to_owned()).or_default();
        of_owner.extend(setting);
        true
    }
}

impl OfProject {
    /// Returns the pools with their providers; a deleted pool comes without: it takes no tokens.
    pub(super) fn pools(&self) -> Vec<Pool> {
        let mut pools = self.pools.clone();
        for pool in &mut pools {
            if pool.state == FederationState::Deleted {
                continue;
            }
            let providers = self.providers.iter().filter(|(of, _)| *of == pool.id);
            pool.providers = providers.map(|(_, provider)| provider.clone()).collect();
            pool.providers.sort();
        }
        pools
    }
}

/// Returns what an asset would have told.
fn dataset(asset: &Value) -> Dataset {
    match text(asset, "assetType") {
        Some(ACCOUNT) => Dataset::ServiceAccounts,
        Some(KEY) => Dataset::Keys,
        Some(POOL | PROVIDER) => Dataset::Federation,
        Some(ROLE) => Dataset::Roles,
        Some(ORG_POLICY) => Dataset::OrgPolicies,
        _ => Dataset::Attachments,
    }
}

/// Takes in an asset of a type that organizations have, and returns whether it is one.
fn above_projects(
    above: &mut Gathered,
    types: &BTreeMap<&str, Vec<&'static Row>>,
    asset: &Value,
) -> bool {
    let Some(rows) = text(asset, "assetType").and_then(|kind| types.get(kind)) else {
        return false;
    };
    let mut rows = rows
        .iter()
        .filter(|row| row.inventory == Inventory::Organization)
        .peekable();
    if rows.peek().is_none() {
        return false;
    }
    let name = text(asset, "name").and_then(|name| FullResourceName::parse(name).ok());
    match (name, asset.pointer("/resource/data")) {
        (Some(name), Some(json)) => rows.for_each(|row| above.reference(row, &name, json, None)),
        _ => above.malformed(Dataset::References, 1),
    }
    true
}

/// The way of assets to their projects.
struct Placing<'a> {
    numbers: BTreeMap<&'a str, &'a Project>,
    types: BTreeMap<&'a str, Vec<&'static Row>>,
    /// Types and names: a folder and the organization above it, both named as roots, have the same assets.
    seen: BTreeSet<(String, String)>,
    found: Resources,
}

impl Placing<'_> {
    /// Puts an asset to its project, and returns whether it tells one. Assets of a project that is not in scope
    /// (excluded, inactive) are left out.
    fn place(&mut self, asset: &Value) -> bool {
        let Some(owner) = owner(asset) else {
            return false;
        };
        let (kind, name) = (text(asset, "assetType"), text(asset, "name"));
        let json = asset.pointer("/resource/data");
        let project = owner
            .strip_prefix("projects/")
            .map(|number| self.numbers.get(number));
        let project = match project {
            Some(Some(project)) => Some(*project),
            Some(None) => return true,
            None if kind == Some(ROLE) => None,
            None => return false,
        };
        if let (Some(kind), Some(name)) = (kind, name)
            && !self.seen.insert((kind.to_owned(), name.to_owned()))
        {
            return true;
        }
        if kind == Some(ROLE) {
            // A role that the assets do not tell whole is asked for.
            let role = json.and_then(decoded).and_then(roles::definition);
            let role = role.filter(|role| role.deleted || !role.permissions.is_empty());
            let role = role.map(|role| (role.name.clone(), role));
            self.found.roles.extend(role);
            return true;
        }
        let Some(project) = project else {
            return false;
        };
        let of_project = self.found.projects.entry(project.id.clone()).or_default();
        match (kind, name, json) {
            (Some(kind @ (ACCOUNT | KEY | POOL | PROVIDER)), Some(name), json) => {
                of_project.of_iam(project, kind, name, json);
            }
            (Some(kind), Some(name), Some(json)) => match self.types.get(kind) {
                Some(rows) => {
                    let name = resource_name(kind, name, project);
                    of_project.attachments.resource(rows, name, json, project);
                }
                None => of_project.attachments.malformed(Dataset::Attachments, 1),
            },
            _ => of_project.attachments.malformed(Dataset::Attachments, 1),
        }
        true
    }
}

impl OfProject {
    /// Takes in what IAM has of the project.
    fn of_iam(&mut self, project: &Project, kind: &str, name: &str, json: Option<&Value>) {
        match kind {
            ACCOUNT => {
                let account = json.and_then(decoded);
                match account.and_then(|raw| inventory::account(project, raw)) {
                    Some(account) => self.accounts.push(account),
                    None => self.malformed_accounts += 1,
                }
            }
            // Google keeps and rotates keys of its own; of a key of an unknown kind the account is asked.
            KEY if json.and_then(|json| text(json, "keyType")) == Some("SYSTEM_MANAGED") => {}
            KEY => {
                let account = name
                    .split_once("/serviceAccounts/")
                    .and_then(|(_, name)| name.split_once("/keys/"));
                match account {
                    Some((account, _)) => {
                        self.with_keys.insert(account.to_owned());
                    }
                    None => self.malformed_accounts += 1,
                }
            }
            POOL => {
                let pool = json.and_then(decoded);
                match pool.and_then(|raw| federation::pool(project, raw)) {
                    Some(pool) => self.pools.push(pool),
                    None => self.malformed_pools += 1,
                }
            }
            _ => {
                let provider = json.and_then(decoded).and_then(federation::provider);
                let pool = name
                    .rsplit_once("/providers/")
                    .and_then(|(pool, _)| pool.rsplit_once('/'));
                match (pool, provider) {
                    (Some((_, pool)), Some(provider)) => {
                        self.providers.push((pool.to_owned(), provider));
                    }
                    _ => self.malformed_pools += 1,
                }
            }
        }
    }
}

/// Returns the resource's full name with its project by id.
fn resource_name(kind: &str, name: &str, project: &Project) -> Option<FullResourceName> {
    let service = kind.split_once('/').map_or(kind, |(service, _)| service);
    match name.strip_prefix("//") {
        // Objects of Kubernetes are named by their cluster, on the cluster's host.
        Some(path) if service.ends_with("k8s.io") => {
            let host = path.split('/').next().unwrap_or_default();
            full_name(host, name, project)
        }
        _ => full_name(service, name, project),
    }
}
