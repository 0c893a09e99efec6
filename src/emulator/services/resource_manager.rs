//! Resource Manager: the organization, its folders and its projects.

use std::sync::Arc;

use super::search_query::SearchQuery;
use super::{Call, Reply, plain, policies};
use crate::emulator::errors::{self, Refusal};
use crate::emulator::index::{Element, Index, ORGANIZATIONS, PROJECTS};

const FOLDERS: &str = "cloudresourcemanager.googleapis.com/folders";

pub(super) fn answer(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    match call.id() {
        "cloudresourcemanager.projects.search" => search(index, call, PROJECTS, project_field),
        "cloudresourcemanager.organizations.search" => {
            search(index, call, ORGANIZATIONS, organization_field)
        }
        "cloudresourcemanager.projects.list" => children(index, call, PROJECTS),
        "cloudresourcemanager.folders.list" => children(index, call, FOLDERS),
        "cloudresourcemanager.organizations.get"
        | "cloudresourcemanager.folders.get"
        | "cloudresourcemanager.projects.get" => resource(index, call.route.resource())
            .map(Reply::One)
            .ok_or_else(errors::caller_lacks_permission),
        "cloudresourcemanager.organizations.getIamPolicy"
        | "cloudresourcemanager.folders.getIamPolicy"
        | "cloudresourcemanager.projects.getIamPolicy" => {
            match resource(index, call.route.resource()) {
                Some(_) => policies::policy(index, call, &call.key()),
                None => Err(errors::caller_lacks_permission()),
            }
        }
        _ => plain(index, call),
    }
}

/// Returns the organization, folder or project of that name; a project also by its id.
fn resource(index: &Index, name: &str) -> Option<Arc<Element>> {
    let (kind, id) = name.split_once('/')?;
    let key = format!("cloudresourcemanager.googleapis.com/{kind}");
    let fits = |element: &&Arc<Element>| {
        element.text("name") == Some(name)
            || (kind == "projects" && element.text("projectId") == Some(id))
    };
    index.collection(&key).iter().find(fits).cloned()
}

/// Returns the direct children of the parent, sorted by display name as the documentation says.
///
/// An element without a parent is a broken one, and lies under the organization.
fn children(index: &Index, call: &Call<'_>, collection: &str) -> Result<Reply, Refusal> {
    let parent = call.query.text("parent").unwrap_or_default();
    let kind = parent.split_once('/').map(|(kind, _)| kind);
    if !matches!(kind, Some("folders" | "organizations")) {
        let description =
            "Parent must be of the form `folders/{folder_id}` or `organizations/{org_id}`.";
        return Err(errors::invalid_argument(description));
    }
    if resource(index, parent).is_none() {
        return Err(errors::caller_lacks_permission());
    }
    let show_deleted = call.query.flag("showDeleted");
    let mut children: Vec<Arc<Element>> = index
        .collection(collection)
        .iter()
        .filter(|element| element.text("parent").unwrap_or(&index.organization) == parent)
        .filter(|element| show_deleted || element.text("state") != Some("DELETE_REQUESTED"))
        .cloned()
        .collect();
    children.sort_by(|a, b| a.text("displayName").cmp(&b.text("displayName")));
    Ok(Reply::List(children))
}

/// Returns what the query finds, in the file's order: Google's is unspecified. Projects that are being deleted are found
/// too.
fn search(
    index: &Index,
    call: &Call<'_>,
    collection: &str,
    field: fn(&Element, &str) -> Option<Vec<String>>,
) -> Result<Reply, Refusal> {
    let elements = index.collection(collection);
    let Some(text) = call.query.text("query") else {
        return Ok(Reply::List(elements.to_vec()));
    };
    let query = SearchQuery::parse(text).ok_or_else(|| invalid_query(text))?;
    // A field is known or not whatever the element, so an empty one says which fields there are.
    let none = Element::from_value(&serde_json::json!({}));
    if query.fields().any(|name| field(&none, name).is_none()) {
        return Err(invalid_query(text));
    }
    let found = elements
        .iter()
        .filter(|element| query.finds(|name| field(element, name).unwrap_or_default()));
    Ok(Reply::List(found.cloned().collect()))
}

fn invalid_query(text: &str) -> Refusal {
    errors::invalid_argument(format!("Invalid query: {text}"))
}

/// Returns a project's values in a field of the query language, lower case; `None` for a field that it lacks.
///
/// Source: the description of `projects.search`'s `query` in the discovery document.
fn project_field(project: &Element, name: &str) -> Option<Vec<String>> {
    let text = |field| project.text(field).map(str::to_owned).into_iter().collect();
    let parent = |part: fn((&str, &str)) -> String| {
        project
            .text("parent")
            .and_then(|parent| parent.split_once('/'))
            .map(part)
            .into_iter()
            .collect()
    };
    let labels = project
        .view()
        .get("labels")
        .and_then(serde_json::Value::as_object);
    let label = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    Some(match name {
        "displayname" | "name" => text("displayName"),
        "id" | "projectid" => text("projectId"),
        "state" | "lifecyclestate" => text("state"),
        "parent" => text("parent"),
        "parent.type" => parent(|(kind, _)| kind.trim_end_matches('s').to_owned()),
        "parent.id" => parent(|(_, id)| id.to_owned()),
        "labels" => labels
            .into_iter()
            .flatten()
            .flat_map(|(key, value)| [key.clone(), label(value)])
            .collect(),
        name => {
            let key = name.strip_prefix("labels.")?;
            labels
                .and_then(|labels| labels.get(key))
                .map(label)
                .into_iter()
                .collect()
        }
    })
}

/// Returns an organization's values in a field of the query language; `None` for a field that it lacks.
///
/// Source: the description of `organizations.search`'s `query`. An organization's display name is its domain.
fn organization_field(organization: &Element, name: &str) -> Option<Vec<String>> {
    let text = |field| {
        organization
            .text(field)
            .map(str::to_owned)
            .into_iter()
            .collect()
    };
    match name {
        "domain" => Some(text("displayName")),
        "directorycustomerid" | "owner.directorycustomerid" => Some(text("directoryCustomerId")),
        _ => None,
    }
}
