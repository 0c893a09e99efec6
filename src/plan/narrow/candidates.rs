//! The bindings that could stand in place of broad ones: which roles a plan may choose, and where each can be granted.

use std::collections::BTreeMap;

use crate::model::access::{PolicyNode, Role};
use crate::model::estate::Estate;
use crate::model::names::FullResourceName;

/// How many of the roles that give one permission are looked at, the smallest of them.
const PER_PERMISSION: usize = 64;

/// Roles that Google made before IAM; none is ever proposed.
const BASIC: [&str; 3] = ["roles/editor", "roles/owner", "roles/viewer"];

/// Begins of the names of roles that no project takes: they are of buckets, folders, organizations or billing accounts.
///
/// Source: <https://cloud.google.com/iam/docs/understanding-roles>, the lowest resources of each role.
const NOT_ON_PROJECTS: [&str; 8] = [
    "roles/accesscontextmanager.",
    "roles/assuredworkloads.",
    "roles/billing.",
    "roles/orgpolicy.",
    "roles/resourcemanager.folder",
    "roles/resourcemanager.organization",
    "roles/resourcemanager.projectCreator",
    "roles/storage.legacy",
];

/// A type of resource whose policy takes roles.
struct Grantable {
    /// Its path, `*` for one name.
    path: &'static str,
    /// The host of its full name.
    host: &'static str,
    /// The roles that are known to be granted there.
    roles: &'static [&'static str],
}

/// What can be granted below a project.
///
/// Source: <https://cloud.google.com/storage/docs/access-control/iam-roles>,
/// <https://cloud.google.com/bigquery/docs/access-control>, <https://cloud.google.com/pubsub/docs/access-control>,
/// <https://cloud.google.com/secret-manager/docs/access-control>.
const GRANTABLE: &[Grantable] = &[
    Grantable {
        path: "projects/_/buckets/*",
        host: "storage.googleapis.com",
        roles: &[
            "roles/storage.legacyBucketReader",
            "roles/storage.legacyBucketWriter",
            "roles/storage.objectAdmin",
            "roles/storage.objectCreator",
            "roles/storage.objectUser",
            "roles/storage.objectViewer",
        ],
    },
    Grantable {
        path: "projects/*/datasets/*",
        host: "bigquery.googleapis.com",
        roles: &[
            "roles/bigquery.dataEditor",
            "roles/bigquery.dataOwner",
            "roles/bigquery.dataViewer",
            "roles/bigquery.metadataViewer",
        ],
    },
    Grantable {
        path: "projects/*/topics/*",
        host: "pubsub.googleapis.com",
        roles: &[
            "roles/pubsub.editor",
            "roles/pubsub.publisher",
            "roles/pubsub.viewer",
        ],
    },
    Grantable {
        path: "projects/*/subscriptions/*",
        host: "pubsub.googleapis.com",
        roles: &[
            "roles/pubsub.editor",
            "roles/pubsub.subscriber",
            "roles/pubsub.viewer",
        ],
    },
    Grantable {
        path: "projects/*/secrets/*",
        host: "secretmanager.googleapis.com",
        roles: &[
            "roles/secretmanager.secretAccessor",
            "roles/secretmanager.secretVersionAdder",
            "roles/secretmanager.viewer",
        ],
    },
];

/// Returns the predefined roles that a plan may choose, by each permission that they give, the smallest first: none that
/// is basic, a service agent's, not yet or no longer for use.
pub(in crate::plan) fn choosable(estate: &Estate) -> BTreeMap<&str, Vec<&Role>> {
    let mut roles: Vec<&Role> = estate
        .roles
        .values()
        .filter(|role| is_choosable(role))
        .collect();
    roles.sort_by_key(|role| (role.permissions.len(), &role.name));
    let mut by_permission: BTreeMap<&str, Vec<&Role>> = BTreeMap::new();
    for role in roles {
        for permission in &role.permissions {
            let held = by_permission.entry(permission).or_default();
            if held.len() < PER_PERMISSION {
                held.push(role);
            }
        }
    }
    by_permission
}

/// Returns whether a plan may propose the role.
pub(super) fn is_choosable(role: &Role) -> bool {
    let name = role.name.as_str();
    name.starts_with("roles/")
        && !is_basic(name)
        && !name.to_ascii_lowercase().contains("serviceagent")
        && !role.deleted
        && matches!(role.stage.as_str(), "GA" | "BETA")
}

/// Returns whether the role is a basic one.
pub(super) fn is_basic(role: &str) -> bool {
    BASIC.contains(&role)
}

/// Returns whether a predefined role can be granted on a project, a folder or an organization.
pub(super) fn is_for_containers(role: &str) -> bool {
    !NOT_ON_PROJECTS.iter().any(|begin| role.starts_with(begin))
}

/// Returns the resource of that path as a place of a policy, where the role can be granted on it.
pub(super) fn on_resource(role: &str, path: &str) -> Option<PolicyNode> {
    let row = GRANTABLE.iter().find(|row| fits(row.path, path))?;
    if !row.roles.contains(&role) {
        return None;
    }
    let name = match path.strip_prefix("projects/_/buckets/") {
        Some(bucket) => format!("//{}/{bucket}", row.host),
        None => format!("//{}/{path}", row.host),
    };
    FullResourceName::parse(&name)
        .ok()
        .map(PolicyNode::Resource)
}

fn fits(pattern: &str, path: &str) -> bool {
    let mut names = path.split('/');
    let is_same = |wanted: &str| {
        names.next().is_some_and(|name| {
            if wanted == "*" {
                !name.is_empty()
            } else {
                name == wanted
            }
        })
    };
    pattern.split('/').all(is_same) && names.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_granted_where_they_can_be() {
        let bucket = on_resource("roles/storage.objectViewer", "projects/_/buckets/raw");
        let name = bucket.map(|node| node.full_name().to_string());
        assert_eq!(name.as_deref(), Some("//storage.googleapis.com/raw"));
        let nowhere = [
            ("roles/storage.admin", "projects/_/buckets/raw"),
            ("roles/bigquery.jobUser", "projects/acme/datasets/sales"),
            ("roles/storage.objectViewer", "projects/acme"),
            (
                "roles/bigquery.dataViewer",
                "projects/acme/datasets/sales/tables/x",
            ),
        ];
        for (role, path) in nowhere {
            assert_eq!(on_resource(role, path), None, "{role} {path}");
        }
        assert!(is_for_containers("roles/storage.objectViewer"));
        assert!(!is_for_containers("roles/storage.legacyBucketReader"));
    }

    #[test]
    fn a_plan_never_proposes_what_is_basic_an_agents_or_not_for_use() {
        let role = |name: &str, stage: &str| Role {
            name: name.to_owned(),
            title: String::new(),
            stage: stage.to_owned(),
            deleted: false,
            permissions: Vec::new(),
        };
        assert!(is_choosable(&role("roles/storage.objectViewer", "GA")));
        for (name, stage) in [
            ("roles/editor", "GA"),
            ("roles/run.serviceAgent", "GA"),
            ("roles/compute.instanceGroupManagerServiceAgent", "GA"),
            ("roles/composer.ServiceAgentV2Ext", "GA"),
            ("roles/storage.untold", ""),
            ("roles/storage.new", "ALPHA"),
            ("roles/storage.old", "DEPRECATED"),
            ("roles/storage.off", "DISABLED"),
            ("projects/acme/roles/own", "GA"),
        ] {
            assert!(!is_choosable(&role(name, stage)), "{name} {stage}");
        }
    }
}
