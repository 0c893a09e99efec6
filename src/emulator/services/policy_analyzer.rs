//! Policy Analyzer: activities, by type and filter.

use super::{Call, Reply, plain};
use crate::emulator::errors::{self, Refusal};
use crate::emulator::index::Index;

/// Restrictions that a filter may hold, by Policy Analyzer's documentation.
const MAX_RESTRICTIONS: usize = 10;

pub(super) fn answer(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    let mut segments = call.route.resource().split('/');
    let (Some(project), Some(location), Some(activity)) =
        (segments.nth(1), segments.nth(1), segments.nth(1))
    else {
        return Err(errors::invalid_argument(
            "Request contains an invalid argument.",
        ));
    };
    let permission = match activity {
        "serviceAccountLastAuthentication" => {
            "policyanalyzer.serviceAccountLastAuthenticationActivities.query"
        }
        "serviceAccountKeyLastAuthentication" => {
            "policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query"
        }
        _ => {
            return Err(errors::invalid_argument(format!(
                "Activity type {activity} is not supported."
            )));
        }
    };
    if location != "global" {
        return Err(errors::invalid_argument(format!(
            "Location {location} is not supported."
        )));
    }
    if index
        .project_at("policyanalyzer.googleapis.com", project)
        .is_none()
    {
        let resource = format!("//cloudresourcemanager.googleapis.com/projects/{project}");
        return Err(errors::permission_denied(permission, Some(&resource)));
    }
    let wanted = match call.query.text("filter") {
        None => None,
        Some(filter) => {
            let wanted = names(filter).filter(|names| names.len() <= MAX_RESTRICTIONS);
            Some(
                wanted
                    .ok_or_else(|| errors::invalid_argument(format!("Invalid filter: {filter}")))?,
            )
        }
    };
    match (plain(index, call)?, wanted) {
        (Reply::List(rows), Some(wanted)) => Ok(Reply::List(
            rows.into_iter()
                .filter(|row| {
                    row.text("fullResourceName")
                        .is_some_and(|name| wanted.iter().any(|wanted| wanted == name))
                })
                .collect(),
        )),
        (reply, _) => Ok(reply),
    }
}

/// Returns the full resource names of a filter `activities.full_resource_name="…" OR …`; `None` for any other text.
fn names(filter: &str) -> Option<Vec<String>> {
    filter
        .split(" OR ")
        .map(|restriction| {
            let (field, value) = restriction.split_once('=')?;
            let field = field.trim();
            let known = [
                "activities.full_resource_name",
                "activities.fullResourceName",
            ]
            .contains(&field);
            let value = value.trim().strip_prefix('"')?.strip_suffix('"')?;
            known.then(|| value.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters() {
        assert_eq!(
            names(r#"activities.full_resource_name="//a""#),
            Some(vec!["//a".to_owned()])
        );
        assert_eq!(
            names(r#"activities.fullResourceName = "//a" OR activities.full_resource_name="//b""#),
            Some(vec!["//a".to_owned(), "//b".to_owned()])
        );
        for filter in [
            "//a",
            r#"name="//a""#,
            "activities.full_resource_name=//a",
            r#"activities.full_resource_name:"//a""#,
        ] {
            assert_eq!(names(filter), None, "{filter}");
        }
    }
}
