//! Cloud Storage and Storage Transfer: their resources stand outside projects, and tell the project that has them.

use serde_json::Value;

use super::workloads::refuse_off;
use super::{Call, Reply, without};
use crate::emulator::errors::{self, Refusal};
use crate::emulator::index::{Element, Index};

pub(super) const BUCKETS: &str = "storage.googleapis.com/b";
pub(super) const TRANSFER_JOBS: &str = "storagetransfer.googleapis.com/transferJobs";

pub(super) fn answer(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    let host = call.route.method.host.as_str();
    let key = call.key();
    let projects = match call.id() {
        "storage.buckets.list" => vec![call.query.text("project").unwrap_or_default().to_owned()],
        _ => asked(call.query.text("filter").unwrap_or_default())?,
    };
    let mut found = Vec::new();
    for project in &projects {
        let project = index
            .project_id(project)
            .ok_or_else(errors::caller_lacks_permission)?;
        refuse_off(index, host, project)?;
        let elements = index.collection(&key).iter();
        found.extend(
            elements
                .filter(|element| owner(index, &key, element) == Some(project))
                .cloned(),
        );
    }
    if call.id() == "storage.buckets.list" && call.query.text("projection") != Some("full") {
        let hidden = ["acl", "defaultObjectAcl"];
        found = found
            .iter()
            .map(|bucket| without(bucket, &hidden))
            .collect();
    }
    Ok(Reply::List(found))
}

/// Returns the id of the project that has an element of a collection outside of projects.
pub(super) fn owner<'i>(index: &'i Index, key: &str, element: &Element) -> Option<&'i str> {
    let field = match key {
        BUCKETS => "projectNumber",
        TRANSFER_JOBS => "projectId",
        _ => return None,
    };
    index.project_id(element.text(field)?)
}

/// Returns the projects of a filter, which is JSON: `{"projectIds": ["acme-prod"]}`, or with a single `projectId`.
fn asked(filter: &str) -> Result<Vec<String>, Refusal> {
    let wrong = || errors::invalid_argument("Invalid filter: a project id is required.");
    let filter: Value = serde_json::from_str(filter).map_err(|_| wrong())?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    match (filter.get("projectIds"), filter.get("projectId")) {
        (Some(ids), _) => ids
            .as_array()
            .map(|ids| ids.iter().filter_map(text).collect()),
        (None, Some(id)) => text(id).map(|id| vec![id]),
        (None, None) => None,
    }
    .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_names_its_projects_in_either_form() {
        let table = [
            (r#"{"projectIds":["a","b"]}"#, Some(vec!["a", "b"])),
            (
                r#"{"projectId":"a","jobStatuses":["ENABLED"]}"#,
                Some(vec!["a"]),
            ),
            ("{}", None),
            ("projectId=a", None),
        ];
        for (filter, expected) in table {
            let expected = expected.map(|ids| ids.into_iter().map(str::to_owned).collect());
            assert_eq!(asked(filter).ok(), expected, "{filter}");
        }
    }
}
