//! The attachments of a whole organization or folder by Asset Inventory: `assets.list`, a thousand a page.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::collect::gap::Payer;
use crate::gcp::api::resources;
use crate::gcp::error::Error;
use crate::gcp::google::Google;
use crate::gcp::paging::Listed;
use crate::model::coverage::{Dataset, Reading};
use crate::model::names::{FullResourceName, ProjectId};
use crate::model::project::Project;
use crate::model::scope::{Root, Scope};
use crate::model::snapshot::Facts;

use super::extract::full_name;
use super::gathered::Gathered;
use super::table::{Inventory, Row, rows};

const METHOD: &str = "cloudasset.assets.list";

/// What Asset Inventory has of the projects in scope.
#[derive(Debug, Clone, Default)]
pub struct Assets {
    projects: BTreeMap<ProjectId, Gathered>,
    /// How the lists ended, the worst of them.
    reading: Option<Reading>,
    /// What no project has: the references of organizations, and assets that tell no project, as gaps of their root.
    above: Facts,
    /// Whether an organization was asked, which alone has what no project has.
    has_organization: bool,
}

impl Assets {
    /// Returns what no project has: the references of organizations, and how many assets tell no project that they belong
    /// to, as gaps of the roots that have them.
    #[must_use]
    pub fn above(&self) -> &Facts {
        &self.above
    }

    /// Returns whether what organizations have was looked at.
    pub(super) fn has_organization(&self) -> bool {
        self.has_organization
    }

    /// Returns what was gathered of a project, with how the list ended.
    pub(super) fn of(&self, project: &ProjectId) -> Gathered {
        let mut gathered = self.projects.get(project).cloned().unwrap_or_default();
        if let Some(reading) = &self.reading {
            gathered.reading_of_all("Asset Inventory", reading);
        }
        gathered
    }
}

/// Returns what Asset Inventory has of the projects, asked root by root.
///
/// Its lists are as old as Google says: minutes for Compute Engine, up to seven hours for functions, Dataflow, Workflows
/// and Vertex AI (<https://cloud.google.com/asset-inventory/docs/asset-types>). That one cannot be read is a gap of every
/// project.
///
/// # Errors
/// Where every further call would fail in the same way.
pub(super) async fn gather(
    google: &Google,
    payer: &Payer,
    roots: &[Root],
    projects: &[Project],
) -> Result<Assets, Error> {
    let numbers: BTreeMap<&str, &Project> = projects
        .iter()
        .map(|project| (project.number.as_str(), project))
        .collect();
    let mut types: BTreeMap<&str, Vec<&'static Row>> = BTreeMap::new();
    for row in rows().iter().filter(|row| match row.inventory {
        Inventory::Asked | Inventory::Organization => true,
        Inventory::Lacks | Inventory::Unread => false,
    }) {
        types.entry(row.asset_type).or_default().push(row);
    }
    let query: Vec<(&str, &str)> = types.keys().map(|kind| ("assetTypes", *kind)).collect();
    let mut assets = Assets::default();
    let mut seen = BTreeSet::new();
    for root in roots {
        let (parent, scope) = match root {
            Root::Organization(id) => (
                ("organization", id.as_str()),
                Scope::Organization(id.clone()),
            ),
            Root::Folder(id) => (("folder", id.as_str()), Scope::Folder(id.clone())),
            Root::Project(id) => (("project", id.as_str()), Scope::Project(id.clone())),
        };
        let mut strays = 0;
        let mut above = Gathered::default();
        let listed = resources::each(google, METHOD, &[parent], &query, |asset| {
            let known = above_projects(&mut above, &types, &asset)
                || place(&mut assets, &mut seen, &numbers, &types, &asset);
            strays += u64::from(!known);
        })
        .await;
        strays += listed.malformed as u64;
        let whole = Listed {
            malformed: 0,
            ..listed
        };
        let (_, reading) = payer.settle_service(whole, None, Some)?;
        if let Root::Organization(_) = root {
            above.reading_of_all("Asset Inventory", &reading);
            assets.above.absorb(above.finish_above(scope.clone()));
            assets.has_organization = true;
        }
        if reading.is_gap() && assets.reading.as_ref().is_none_or(|held| *held < reading) {
            assets.reading = Some(reading);
        }
        if strays > 0 {
            let reading = Reading::Malformed { count: strays };
            let coverage = &mut assets.above.coverage;
            coverage.record(scope, Dataset::Attachments, reading);
        }
    }
    Ok(assets)
}

/// Takes in an asset of a type that organizations have, and returns whether it is one.
fn above_projects(
    above: &mut Gathered,
    types: &BTreeMap<&str, Vec<&'static Row>>,
    asset: &Value,
) -> bool {
    let text = |field: &str| asset.get(field).and_then(Value::as_str);
    let Some(rows) = text("assetType").and_then(|kind| types.get(kind)) else {
        return false;
    };
    let mut rows = rows
        .iter()
        .filter(|row| row.inventory == Inventory::Organization)
        .peekable();
    if rows.peek().is_none() {
        return false;
    }
    let name = text("name").and_then(|name| FullResourceName::parse(name).ok());
    match (name, asset.pointer("/resource/data")) {
        (Some(name), Some(json)) => rows.for_each(|row| above.reference(row, &name, json, None)),
        _ => above.malformed(Dataset::References, 1),
    }
    true
}

/// Puts an asset to its project, and returns whether it tells one. Assets of a project that is not in scope (excluded,
/// inactive) are left out.
fn place(
    assets: &mut Assets,
    seen: &mut BTreeSet<(String, String)>,
    numbers: &BTreeMap<&str, &Project>,
    types: &BTreeMap<&str, Vec<&'static Row>>,
    asset: &Value,
) -> bool {
    let text = |field: &str| asset.get(field).and_then(Value::as_str);
    let number = asset
        .pointer("/ancestors/0")
        .and_then(Value::as_str)
        .and_then(|ancestor| ancestor.strip_prefix("projects/"));
    let Some(number) = number else {
        return false;
    };
    let Some(project) = numbers.get(number) else {
        return true;
    };
    let gathered = assets.projects.entry(project.id.clone()).or_default();
    let kind = text("assetType").and_then(|kind| types.get_key_value(kind));
    let (Some((kind, rows)), Some(name), Some(json)) =
        (kind, text("name"), asset.pointer("/resource/data"))
    else {
        gathered.malformed(Dataset::Attachments, 1);
        return true;
    };
    // A folder and the organization above it, both named as roots, have the same assets.
    if !seen.insert(((*kind).to_owned(), name.to_owned())) {
        return true;
    }
    let service = kind.split_once('/').map_or(*kind, |(service, _)| service);
    let name = match name.strip_prefix("//") {
        // Objects of Kubernetes are named by their cluster, on the cluster's host.
        Some(path) if service.ends_with("k8s.io") => {
            let host = path.split('/').next().unwrap_or_default();
            full_name(host, name, project)
        }
        _ => full_name(service, name, project),
    };
    gathered.resource(rows, name, json, project);
    true
}
