//! The services that run something: lists of resources by location, zone and region.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{Call, Reply, plain};
use crate::emulator::errors::{self, Refusal};
use crate::emulator::index::{Element, Index};

/// Services whose lists take the location `-`, as their documentation says. The others refuse it.
const ANY_LOCATION: [&str; 12] = [
    "batch.googleapis.com",
    "clouddeploy.googleapis.com",
    "cloudfunctions.googleapis.com",
    "config.googleapis.com",
    "connectors.googleapis.com",
    "container.googleapis.com",
    "datafusion.googleapis.com",
    "eventarc.googleapis.com",
    "firebaseapphosting.googleapis.com",
    "notebooks.googleapis.com",
    "tpu.googleapis.com",
    "workflows.googleapis.com",
];

/// What a list of Dataflow's tells of a job: `JOB_VIEW_SUMMARY`, whatever view is asked for.
const SUMMARY: [&str; 10] = [
    "createTime",
    "currentState",
    "currentStateTime",
    "id",
    "jobMetadata",
    "location",
    "name",
    "projectId",
    "startTime",
    "type",
];

pub(super) fn answer(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    let host = call.route.method.host.as_str();
    let place = call.route.place();
    let mut segments = place.split('/');
    let (root, name) = (segments.next(), segments.next().unwrap_or_default());
    if root == Some("projects") || root == Some("apps") {
        let project = index
            .project_id(name)
            .ok_or_else(errors::caller_lacks_permission)?;
        if host == "serviceusage.googleapis.com" {
            return services(index, call);
        }
        refuse_off(index, host, project)?;
        if let Some((scope, collection)) = place
            .split_once("/aggregated/")
            .map(|(_, collection)| (project, collection))
        {
            return Ok(Reply::Scoped(scoped(index, host, scope, collection)));
        }
        return match call.id() {
            "compute.regions.list" => Ok(Reply::List(regions(index, call))),
            "dataflow.projects.jobs.aggregated" => {
                let jobs = matching(
                    index,
                    &format!("{host}/projects/{project}/locations/-/jobs"),
                );
                Ok(Reply::List(jobs.iter().map(summary).collect()))
            }
            "dataflow.projects.locations.jobs.get" => job(index, call),
            "appengine.apps.services.list" => app_services(index, call),
            id if id.ends_with(".locations.list") => Ok(Reply::List(locations(index, call))),
            _ if place.split('/').any(|segment| segment == "-") => {
                // What stands in a location may be asked for at once: the configurations of every API.
                if behind(place, "locations") == Some("-") && !ANY_LOCATION.contains(&host) {
                    return Err(errors::invalid_argument(
                        "The location must not be a wildcard.",
                    ));
                }
                Ok(Reply::List(matching(index, &call.key())))
            }
            _ => plain(index, call),
        };
    }
    plain(index, call)
}

/// Returns the services of a project, those that are on where the filter says so.
fn services(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    let wanted = match call.query.text("filter") {
        None => None,
        Some("state:ENABLED") => Some("ENABLED"),
        Some("state:DISABLED") => Some("DISABLED"),
        Some(other) => {
            let message =
                format!("The filter {other} is not one of state:ENABLED and state:DISABLED.");
            return Err(errors::invalid_argument(message));
        }
    };
    let fits = |service: &&Arc<Element>| {
        wanted.is_none() || service.text("state").is_none() || service.text("state") == wanted
    };
    let services = index.collection(&call.key()).iter().filter(fits);
    Ok(Reply::List(services.cloned().collect()))
}

/// Refuses a call to an API that is off in the project. An estate that tells no services of the project leaves it open.
pub(super) fn refuse_off(index: &Index, host: &str, project: &str) -> Result<(), Refusal> {
    let services = index.collection(&format!(
        "serviceusage.googleapis.com/projects/{project}/services"
    ));
    let named = |service: &Arc<Element>| {
        let name = service
            .view()
            .pointer("/config/name")
            .and_then(Value::as_str);
        name == Some(host) && service.text("state") == Some("ENABLED")
    };
    if services.is_empty() || services.iter().any(named) {
        return Ok(());
    }
    let number = index
        .project(project)
        .and_then(|project| project.text("name"))
        .unwrap_or_default();
    Err(errors::api_disabled(host, number))
}

/// Returns the elements of every collection that the key stands for; `-` in it is any one segment.
fn matching(index: &Index, key: &str) -> Vec<Arc<Element>> {
    let found = index.all().filter(|(known, _)| fits(key, known));
    found
        .flat_map(|(_, elements)| elements.iter().cloned())
        .collect()
}

fn fits(pattern: &str, key: &str) -> bool {
    let (mut pattern, mut key) = (pattern.split('/'), key.split('/'));
    loop {
        match (pattern.next(), key.next()) {
            (None, None) => return true,
            (Some(wanted), Some(found)) if wanted == "-" || wanted == found => {}
            _ => return false,
        }
    }
}

/// Returns the elements of a collection in every zone and region and in none, each with its place.
fn scoped(
    index: &Index,
    host: &str,
    project: &str,
    collection: &str,
) -> Vec<(String, Arc<Element>)> {
    let below = format!("{host}/projects/{project}/");
    let behind = format!("/{collection}");
    index
        .all()
        .filter_map(|(key, elements)| {
            let place = key.strip_prefix(&below)?.strip_suffix(&behind)?;
            let fine = place == "global"
                || matches!(place.split_once('/'), Some(("zones" | "regions", _)));
            fine.then_some((place, elements))
        })
        .flat_map(|(place, elements)| {
            elements
                .iter()
                .map(|element| (place.to_owned(), Arc::clone(element)))
        })
        .collect()
}

/// Returns the locations of a service: those that the estate lists, else those where it has anything of the service's.
fn locations(index: &Index, call: &Call<'_>) -> Vec<Arc<Element>> {
    let listed = index.collection(&call.key());
    if !listed.is_empty() {
        return listed.to_vec();
    }
    let host = format!("{}/", call.route.method.host);
    let keys = index.all().filter_map(|(key, _)| key.strip_prefix(&host));
    let names: BTreeSet<&str> = keys.filter_map(|key| behind(key, "locations")).collect();
    names
        .into_iter()
        .map(|name| {
            let full = format!("{}/{name}", call.route.place());
            Element::from_value(&json!({ "name": full, "locationId": name }))
        })
        .collect()
}

/// Returns the regions: those that the estate lists, else those where it has anything of a service in regions or zones.
fn regions(index: &Index, call: &Call<'_>) -> Vec<Arc<Element>> {
    let listed = index.collection(&call.key());
    if !listed.is_empty() {
        return listed.to_vec();
    }
    let mut names = BTreeSet::new();
    for (key, _) in index.all() {
        let Some((host, path)) = key.split_once('/') else {
            continue;
        };
        match host {
            "compute.googleapis.com" | "dataproc.googleapis.com" => {
                names.extend(behind(path, "regions").map(str::to_owned));
                let zone = behind(path, "zones").and_then(|zone| zone.rsplit_once('-'));
                names.extend(zone.map(|(region, _)| region.to_owned()));
            }
            "composer.googleapis.com" => {
                names.extend(behind(path, "locations").map(str::to_owned));
            }
            _ => {}
        }
    }
    names
        .into_iter()
        .map(|name| {
            Element::from_value(&json!({ "kind": "compute#region", "name": name, "status": "UP" }))
        })
        .collect()
}

/// Returns the segment behind the one that is `name`.
fn behind<'a>(path: &'a str, name: &str) -> Option<&'a str> {
    let mut segments = path.split('/');
    segments.find(|segment| *segment == name)?;
    segments.next()
}

fn summary(job: &Arc<Element>) -> Arc<Element> {
    match job.view().as_object() {
        Some(fields) => {
            let mut fields = fields.clone();
            fields.retain(|name, _| SUMMARY.contains(&name.as_str()));
            Element::from_value(&Value::Object(fields))
        }
        None => Arc::clone(job),
    }
}

fn job(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    let key = call.key();
    let (collection, id) = key.rsplit_once('/').unwrap_or((&key, ""));
    let mut jobs = index.collection(collection).iter();
    jobs.find(|job| job.text("id") == Some(id))
        .map(|job| Reply::One(Arc::clone(job)))
        .ok_or_else(|| errors::not_found(format!("Job {id} not found.")))
}

/// Returns the services of a project's App Engine application.
fn app_services(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    let key = call.key();
    let below = format!("{key}/");
    let named: BTreeSet<&str> = index
        .all()
        .filter_map(|(known, _)| known.strip_prefix(&below)?.strip_suffix("/versions"))
        .collect();
    if named.is_empty() {
        return Err(errors::not_found("Could not find Application."));
    }
    let services = named.into_iter().map(|id| {
        let name = format!("{}/{id}", call.route.place());
        Element::from_value(&json!({ "name": name, "id": id }))
    });
    Ok(Reply::List(services.collect()))
}
