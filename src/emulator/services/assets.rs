//! Asset Inventory: the estate's own resources, seen from above.

use std::sync::Arc;

use serde_json::{Value, json};

use super::asset_types::ASSET_TYPES;
use super::storage;
use super::{Call, Reply};
use crate::emulator::errors::{self, Refusal};
use crate::emulator::index::{Element, Index, PROJECTS};

const MANAGER: &str = "cloudresourcemanager.googleapis.com";

pub(super) fn answer(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    let wanted = call.query.all("assetTypes");
    for kind in wanted {
        if !ASSET_TYPES.iter().any(|(known, _)| known == kind) {
            return Err(errors::invalid_argument(format!(
                "Invalid asset type: {kind}."
            )));
        }
    }
    let with_data = match call.query.text("contentType") {
        None | Some("CONTENT_TYPE_UNSPECIFIED") => false,
        Some("RESOURCE") => true,
        Some(other) => {
            let message = format!("the emulator does not support contentType={other}");
            return Err(errors::invalid_argument(message));
        }
    };
    let parent =
        parent(index, call.route.resource()).ok_or_else(errors::caller_lacks_permission)?;
    let mut assets = Vec::new();
    for (key, elements) in index.all() {
        let Some((kind, holder)) = kind_of(key) else {
            continue;
        };
        if !wanted.is_empty() && !wanted.iter().any(|wanted| wanted == kind) {
            continue;
        }
        for element in elements {
            let above = |project: &Element| ancestors(index, project);
            let of = |id| index.project(id).map(above).unwrap_or_default();
            let ancestors = match holder {
                Holder::Project(project) => index.project_id(project).map_or_else(Vec::new, of),
                Holder::Told => storage::owner(index, key, element).map_or_else(Vec::new, of),
                Holder::Itself => above(element),
                Holder::Organization => vec![index.organization.clone()],
            };
            if ancestors.contains(&parent) {
                assets.push(asset(key, kind, element, &ancestors, with_data));
            }
        }
    }
    Ok(Reply::List(assets))
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

/// Who has the elements of a collection.
enum Holder<'a> {
    /// The project that the collection's key names.
    Project(&'a str),
    /// The project that each element tells.
    Told,
    /// Each is a project.
    Itself,
    /// The organization.
    Organization,
}

/// Returns the asset type of a collection, and who has its elements.
fn kind_of(key: &str) -> Option<(&'static str, Holder<'_>)> {
    match key {
        PROJECTS => {
            let kind = "cloudresourcemanager.googleapis.com/Project";
            return Some((kind, Holder::Itself));
        }
        storage::BUCKETS => return Some(("storage.googleapis.com/Bucket", Holder::Told)),
        storage::TRANSFER_JOBS => {
            let kind = "storagetransfer.googleapis.com/TransferJob";
            return Some((kind, Holder::Told));
        }
        _ => {}
    }
    if key.starts_with("accesscontextmanager.googleapis.com/") && key.ends_with("/accessLevels") {
        let kind = "identity.accesscontextmanager.googleapis.com/AccessLevel";
        return Some((kind, Holder::Organization));
    }
    let (host, path) = key.split_once('/')?;
    let mut segments = path.split('/');
    let project = match (segments.next()?, segments.next()?) {
        ("projects" | "apps", project) => project,
        _ => return None,
    };
    let collection = path.rsplit('/').next()?;
    let (kind, _) = ASSET_TYPES.iter().find(|(kind, known)| {
        // Objects of Kubernetes lie under their cluster.
        let at = if kind.starts_with("k8s.io/") {
            "container.googleapis.com"
        } else {
            kind.split('/').next().unwrap_or_default()
        };
        *known == collection && at == host
    })?;
    Some((kind, Holder::Project(project)))
}

/// Returns the project, its folders and its organization, the nearest first.
fn ancestors(index: &Index, project: &Element) -> Vec<String> {
    let mut names: Vec<String> = project
        .text("name")
        .map(str::to_owned)
        .into_iter()
        .collect();
    let mut above = project.text("parent").map(str::to_owned);
    while let Some(name) = above.filter(|name| !names.contains(name)) {
        above = index
            .collection(&format!("{MANAGER}/folders"))
            .iter()
            .find(|folder| folder.text("name") == Some(&name))
            .and_then(|folder| folder.text("parent"))
            .map(str::to_owned);
        names.push(name);
    }
    if names.last() != Some(&index.organization) {
        names.push(index.organization.clone());
    }
    names
}

fn asset(
    key: &str,
    kind: &str,
    element: &Arc<Element>,
    ancestors: &[String],
    with_data: bool,
) -> Arc<Element> {
    let mut asset = json!({
        "name": name(key, kind, element), "assetType": kind, "ancestors": ancestors,
        "updateTime": "2026-11-22T06:00:00Z",
    });
    if with_data {
        let mut data = element.view().clone();
        // "deployedModels: not populated", says the page of asset types.
        if let (true, Some(fields)) = (kind.ends_with("/Endpoint"), data.as_object_mut()) {
            fields.remove("deployedModels");
        }
        let run = kind.starts_with("run.googleapis.com/");
        // The form of Knative's is Cloud Run's v1.
        let version = if run && data.get("spec").is_none() {
            "v2"
        } else {
            "v1"
        };
        asset["resource"] = json!({ "version": version, "data": data });
    }
    Element::from_value(&asset)
}

/// Returns the asset's full name, as Google writes it: by the resource's own name or address where it has one.
fn name(key: &str, kind: &str, element: &Element) -> String {
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
    let own = own.unwrap_or_else(|| format!("{path}/{id}"));
    format!("//{host}/{own}")
}
