//! Asset Inventory: the estate's own resources and policies, seen from above.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::asset_types::{ASSET_TYPES, type_of};
use super::storage;
use super::{Call, Reply};
use crate::emulator::errors::{self, Refusal};
use crate::emulator::index::{Element, Index, ORGANIZATIONS, PROJECTS};

const MANAGER: &str = "cloudresourcemanager.googleapis.com";
const FOLDERS: &str = "cloudresourcemanager.googleapis.com/folders";
const IAM: &str = "iam.googleapis.com";
const POLICY: &str = ":getIamPolicy";

/// An asset of one content.
#[derive(Debug)]
pub(crate) struct Asset {
    kind: &'static str,
    /// What it belongs to, the nearest first.
    ancestors: Arc<[String]>,
    element: Arc<Element>,
}

/// Every asset of an estate, by content.
#[derive(Debug)]
pub(crate) struct Assets {
    resources: Vec<Asset>,
    policies: Vec<Asset>,
}

pub(super) fn answer(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    let wanted = call.query.all("assetTypes");
    for kind in wanted {
        if !ASSET_TYPES.iter().any(|(known, _)| known == kind) {
            return Err(errors::invalid_argument(format!(
                "Invalid asset type: {kind}."
            )));
        }
    }
    let parent =
        parent(index, call.route.resource()).ok_or_else(errors::caller_lacks_permission)?;
    let below = |assets: &'static str| {
        let all = match assets {
            "IAM_POLICY" => &index.assets().policies,
            _ => &index.assets().resources,
        };
        let parent = parent.clone();
        all.iter().filter(move |asset| {
            (wanted.is_empty() || wanted.iter().any(|kind| kind == asset.kind))
                && asset.ancestors.contains(&parent)
        })
    };
    if call.id() == "cloudasset.searchAllResources" {
        if call
            .query
            .text("query")
            .is_some_and(|query| !query.is_empty())
        {
            let message = "the emulator does not support the parameter query";
            return Err(errors::invalid_argument(message));
        }
        let found =
            below("RESOURCE").map(|asset| result(index, asset, call.query.text("readMask")));
        return Ok(Reply::List(found.collect()));
    }
    Ok(Reply::List(match call.query.text("contentType") {
        None | Some("CONTENT_TYPE_UNSPECIFIED") => below("RESOURCE").map(named).collect(),
        Some("RESOURCE") => below("RESOURCE").map(|a| Arc::clone(&a.element)).collect(),
        Some("IAM_POLICY") => below("IAM_POLICY")
            .map(|a| Arc::clone(&a.element))
            .collect(),
        Some(other) => {
            let message = format!("the emulator does not support contentType={other}");
            return Err(errors::invalid_argument(message));
        }
    }))
}

/// Returns the parent by the name that ancestors bear: a project's by number.
fn parent(index: &Index, name: &str) -> Option<String> {
    match name.split_once('/')? {
        ("projects", id) => {
            let project = index.project(index.project_id(id)?)?;
            project.text("name").map(str::to_owned)
        }
        ("folders" | "organizations", _) => {
            let (kind, _) = name.split_once('/')?;
            let known = index.collection(&format!("{MANAGER}/{kind}"));
            let there = known
                .iter()
                .any(|element| element.text("name") == Some(name));
            (there || name == index.organization).then(|| name.to_owned())
        }
        _ => None,
    }
}

impl Assets {
    /// Returns every asset of the estate, in the order of its collections.
    pub(crate) fn of(index: &Index) -> Self {
        let mut assets = Self {
            resources: Vec::new(),
            policies: Vec::new(),
        };
        for (key, elements) in index.all() {
            if let Some(resource) = key.strip_suffix(POLICY) {
                let policies = elements.iter();
                assets
                    .policies
                    .extend(policies.filter_map(|policy| of_policy(index, resource, policy)));
                continue;
            }
            let Some(kind) = kind_of(key) else { continue };
            let shared = ancestors(index, key, None);
            assets.resources.extend(elements.iter().map(|element| {
                let ancestors = match key {
                    PROJECTS | FOLDERS | ORGANIZATIONS => ancestors(index, key, Some(element)),
                    storage::BUCKETS | storage::TRANSFER_JOBS => {
                        let owner = storage::owner(index, key, element);
                        let owner = owner.and_then(|id| index.project(id));
                        owner.map_or_else(
                            || Arc::from([]),
                            |owner| ancestors(index, PROJECTS, Some(owner)),
                        )
                    }
                    _ => Arc::clone(&shared),
                };
                let name = name(index, key, kind, element);
                Asset {
                    kind,
                    element: with_data(kind, &name, element, &ancestors),
                    ancestors,
                }
            }));
        }
        assets
    }
}

/// Returns whether the collection holds access levels, which are the organization's.
fn is_access_levels(key: &str) -> bool {
    key.starts_with("accesscontextmanager.googleapis.com/") && key.ends_with("/accessLevels")
}

/// Returns the asset type of a collection.
fn kind_of(key: &str) -> Option<&'static str> {
    match key {
        storage::BUCKETS => return Some("storage.googleapis.com/Bucket"),
        storage::TRANSFER_JOBS => return Some("storagetransfer.googleapis.com/TransferJob"),
        _ if is_access_levels(key) => {
            return Some("identity.accesscontextmanager.googleapis.com/AccessLevel");
        }
        _ => {}
    }
    let (host, path) = key.split_once('/')?;
    let mut segments = path.split('/');
    let lies_somewhere = match segments.next()? {
        "projects" | "apps" | "organizations" | "folders" => segments.next().is_some(),
        _ => false,
    };
    if !lies_somewhere && host != MANAGER {
        return None;
    }
    type_of(host, path.rsplit('/').next()?)
}

/// Returns what holds a collection, or an element of Resource Manager's own: the nearest first, the organization last.
fn ancestors(index: &Index, key: &str, element: Option<&Element>) -> Arc<[String]> {
    let (_, path) = key.split_once('/').unwrap_or_default();
    let mut segments = path.split('/');
    let holder = match (segments.next(), segments.next(), element) {
        (_, _, Some(element)) => element.text("name").map(str::to_owned),
        (Some("projects" | "apps"), Some(project), None) => index
            .project_id(project)
            .and_then(|id| index.project(id)?.text("name").map(str::to_owned)),
        _ if is_access_levels(key) => Some(index.organization.clone()),
        (Some(kind), Some(id), None) => Some(format!("{kind}/{id}")),
        _ => None,
    };
    let mut names: Vec<String> = Vec::new();
    let mut next = holder;
    while let Some(name) = next.filter(|name| !names.contains(name)) {
        let of = |collection: &str| {
            let mut known = index.collection(collection).iter();
            let found = known.find(|element| element.text("name") == Some(&name))?;
            found.text("parent").map(str::to_owned)
        };
        next = of(PROJECTS).or_else(|| of(FOLDERS));
        names.push(name);
    }
    // What no project of Resource Manager's holds belongs to nobody.
    if !names.is_empty() && names.last() != Some(&index.organization) {
        names.push(index.organization.clone());
    }
    names.into()
}

/// Returns the policy of a resource as an asset; `None` where there is no such resource.
fn of_policy(index: &Index, resource: &str, policy: &Element) -> Option<Asset> {
    let (host, path) = resource.split_once('/')?;
    let (collection, id) = path.rsplit_once('/')?;
    let (kind, name, ancestors) = match (host, collection) {
        (MANAGER, "projects") => {
            let project = index.project(index.project_id(id)?)?;
            let name = format!("//{MANAGER}/{}", project.text("name")?);
            let ancestors = ancestors(index, PROJECTS, Some(project));
            (
                "cloudresourcemanager.googleapis.com/Project",
                name,
                ancestors,
            )
        }
        (MANAGER, kind) => (
            type_of(MANAGER, kind)?,
            format!("//{resource}"),
            ancestors(index, resource, None),
        ),
        _ => {
            let kind = type_of(host, collection.rsplit('/').next()?)?;
            (
                kind,
                by_unique_id(index, host, path),
                ancestors(index, resource, None),
            )
        }
    };
    let mut asset = head(&name, kind, &ancestors);
    asset["iamPolicy"] = policy.view().clone();
    Some(Asset {
        kind,
        ancestors,
        element: Element::from_value(&asset),
    })
}

fn head(name: &str, kind: &str, ancestors: &[String]) -> Value {
    json!({
        "name": name, "assetType": kind, "ancestors": ancestors, "updateTime": "2026-11-22T06:00:00Z",
    })
}

fn with_data(kind: &str, name: &str, element: &Element, ancestors: &[String]) -> Arc<Element> {
    let mut asset = head(name, kind, ancestors);
    let mut data = element.view().clone();
    if let Some(fields) = data.as_object_mut() {
        // "deployedModels: not populated", says the page of asset types; nor has an asset a key's own text.
        let hidden: &[&str] = match kind {
            "aiplatform.googleapis.com/Endpoint" => &["deployedModels"],
            "iam.googleapis.com/ServiceAccountKey" => &["privateKeyData", "publicKeyData"],
            "iam.googleapis.com/ServiceAccount" => &["createTime"],
            _ => &[],
        };
        fields.retain(|name, _| !hidden.contains(&name.as_str()));
    }
    let run = kind.starts_with("run.googleapis.com/");
    // The form of Knative's is Cloud Run's v1.
    let version = if run && data.get("spec").is_none() {
        "v2"
    } else {
        "v1"
    };
    asset["resource"] = json!({ "version": version, "data": data });
    Element::from_value(&asset)
}

/// Returns the asset without what its content adds.
fn named(asset: &Asset) -> Arc<Element> {
    let mut fields = asset
        .element
        .view()
        .as_object()
        .cloned()
        .unwrap_or_default();
    fields.remove("resource");
    Element::from_value(&Value::Object(fields))
}

/// Returns the asset as the search finds it, with the fields that the mask names; all of them without one.
///
/// An account was created when its element says so, in a field that IAM does not answer, else with its project.
fn result(index: &Index, asset: &Asset, mask: Option<&str>) -> Arc<Element> {
    let view = asset.element.view();
    let data = view.pointer("/resource/data").cloned().unwrap_or_default();
    let project = asset
        .ancestors
        .first()
        .filter(|name| name.starts_with("projects/"));
    let known = project
        .and_then(|name| index.project_id(name.trim_start_matches("projects/")))
        .and_then(|id| index.project(id));
    let own = data["uniqueId"]
        .as_str()
        .and_then(|id| index.account("-", id))
        .and_then(|account| account.element.text("createTime"));
    let created = own
        .or_else(|| data["createTime"].as_str())
        .or_else(|| known.and_then(|project| project.text("createTime")));
    let folders: Vec<&String> = asset
        .ancestors
        .iter()
        .filter(|name| name.starts_with("folders/"))
        .collect();
    let found = json!({
        "name": view["name"], "assetType": asset.kind, "project": project, "folders": folders,
        "organization": asset.ancestors.last(), "displayName": data["displayName"], "createTime": created,
    });
    let mask: Option<Vec<&str>> = mask.map(|mask| mask.split(',').map(str::trim).collect());
    let is_wanted = |name: &str, value: &Value| {
        !value.is_null() && mask.as_ref().is_none_or(|mask| mask.contains(&name))
    };
    let fields: Map<String, Value> = found
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, value)| is_wanted(name, value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Element::from_value(&Value::Object(fields))
}

/// Returns the asset's full name, as Google writes it: by the resource's own name or address where it has one.
fn name(index: &Index, key: &str, kind: &str, element: &Element) -> String {
    let (host, path) = key.split_once('/').unwrap_or((key, ""));
    match (key, element.text("name"), element.text("projectId")) {
        (storage::BUCKETS, Some(name), _) => return format!("//{host}/{name}"),
        (storage::TRANSFER_JOBS, Some(name), Some(project)) => {
            return format!("//{host}/projects/{project}/{name}");
        }
        _ => {}
    }
    if let Some(dataset) = element.view().pointer("/datasetReference/datasetId") {
        return format!("//{host}/{path}/{}", dataset.as_str().unwrap_or_default());
    }
    let relative = |text: &str| -> Option<String> {
        let own = ["projects/", "apps/", "accessPolicies/"];
        if own.iter().any(|root| text.starts_with(root)) {
            return Some(text.to_owned());
        }
        let (_, behind) = text.split_once("/projects/")?;
        Some(format!("projects/{behind}"))
    };
    // An account is named by its unique id; what else has no name of its own by the last of these.
    let own = ["selfLink", "resourceName", "name"]
        .iter()
        .filter(|_| kind != "iam.googleapis.com/ServiceAccount")
        .find_map(|field| relative(element.text(field)?));
    let id = ["uniqueId", "id", "clusterName", "name"]
        .iter()
        .find_map(|field| element.text(field))
        .or_else(|| {
            element
                .view()
                .pointer("/metadata/name")
                .and_then(Value::as_str)
        })
        .unwrap_or_default();
    match own {
        Some(own) => by_unique_id(index, host, &own),
        // Folders, organizations and their roles bear their whole names.
        None if id.starts_with("folders/") || id.starts_with("organizations/") => {
            format!("//{host}/{id}")
        }
        None => format!("//{host}/{path}/{id}"),
    }
}

/// Returns the full name of a resource of that path. Accounts are named by unique id, and their keys with them; buckets
/// by their own name alone.
fn by_unique_id(index: &Index, host: &str, path: &str) -> String {
    let mut segments: Vec<&str> = path.split('/').collect();
    match (host, segments.as_slice()) {
        (IAM, [_, project, "serviceAccounts", email, ..]) => {
            let account = index.account(project, email);
            let id = account.and_then(|account| account.element.text("uniqueId"));
            if let Some(id) = id {
                segments[3] = id;
            }
            format!("//{host}/{}", segments.join("/"))
        }
        ("storage.googleapis.com", [.., "buckets", bucket]) => format!("//{host}/{bucket}"),
        _ => format!("//{host}/{path}"),
    }
}
