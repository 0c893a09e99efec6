//! Where things lie: the nodes whose policies reach a resource, under one name each.
//!
//! A log entry, a policy and a plan write one resource in different ways: projects by number or by id, accounts by unique
//! id or by address, buckets below `projects/_` or alone. A [`Node`] is the same for all of them.

use std::fmt;
use std::sync::Arc;

use crate::model::access::PolicyNode;
use crate::model::names::{Email, ProjectId};
use crate::model::project::Parent;

use super::world::World;

/// What a policy is on, by its one name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Node(Arc<str>);

/// The nodes whose policies reach a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reach {
    /// The nodes, from the resource upwards, as far as they are known.
    pub(super) nodes: Vec<Node>,
    /// Whether the resource's project, folder or organization is one that was scanned.
    pub(super) known: bool,
}

/// What contains a resource.
enum Home<'a> {
    Project(&'a ProjectId),
    Container(Parent),
    /// The name tells none.
    Untold,
    /// It was not scanned.
    Outside,
}

const IAM: &str = "iam.googleapis.com";
const STORAGE: &str = "storage.googleapis.com";
const BUCKETS: &str = "projects/_/buckets/";

impl Node {
    pub(super) fn container(parent: &Parent) -> Self {
        Self(parent.to_string().into())
    }

    pub(super) fn project(id: &ProjectId) -> Self {
        Self(format!("projects/{id}").into())
    }

    pub(super) fn account(email: &Email) -> Self {
        Self::account_named(email.as_str())
    }

    fn account_named(name: &str) -> Self {
        Self(format!("//{IAM}/serviceAccounts/{name}").into())
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl World<'_> {
    /// Returns the node that a policy is on.
    pub(super) fn node(&self, on: &PolicyNode) -> Node {
        match on {
            PolicyNode::Organization(id) => Node::container(&Parent::Organization(id.clone())),
            PolicyNode::Folder(id) => Node::container(&Parent::Folder(id.clone())),
            PolicyNode::Project(id) => Node::project(id),
            PolicyNode::Account(account) => Node::account(&account.email),
            PolicyNode::Resource(name) => {
                let whole = || Node(name.as_str().into());
                let rest = name.as_str().strip_prefix("//").unwrap_or(name.as_str());
                let Some((host, path)) = rest.split_once('/') else {
                    return whole();
                };
                let (nodes, _) = self.locate(host, path);
                nodes.into_iter().next().unwrap_or_else(whole)
            }
        }
    }

    /// Returns the nodes whose policies reach a resource that a log entry names beside a permission; `project` is the one
    /// whose log has the entry, where that is known.
    pub(super) fn reach(
        &self,
        permission: &str,
        resource: &str,
        project: Option<&ProjectId>,
    ) -> Reach {
        let (host, path) = match resource.strip_prefix("//") {
            Some(rest) => {
                let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
                (host.to_owned(), path)
            }
            None => (host(permission), resource),
        };
        let (mut nodes, home) = self.locate(&host, path);
        let above = match (home, project) {
            (Home::Project(id), _) => self.chain(id),
            (Home::Container(parent), _) => Some(self.chain_of_container(&parent)),
            (Home::Untold, Some(project)) => self.chain(project),
            (Home::Untold, None) | (Home::Outside, _) => None,
        };
        let known = above.is_some();
        nodes.extend(above.unwrap_or_default());
        Reach { nodes, known }
    }

    /// Returns the nodes that reach an account: its own, and those of its project and above.
    pub(super) fn reach_of_account(&self, email: &Email, project: Option<&ProjectId>) -> Vec<Node> {
        let above = project.and_then(|project| self.chain(project));
        let mut nodes = vec![Node::account(email)];
        nodes.extend(above.unwrap_or_default());
        nodes
    }

    /// Returns the nodes of a resource below its project, itself first, and what contains it.
    fn locate(&self, host: &str, path: &str) -> (Vec<Node>, Home<'_>) {
        if host == STORAGE && !path.is_empty() {
            let bucket = path.strip_prefix(BUCKETS).unwrap_or(path);
            if !bucket.starts_with("projects/") {
                let segments: Vec<&str> = bucket.split('/').collect();
                return (nodes(host, &segments, 0), Home::Untold);
            }
        }
        let segments: Vec<&str> = path.split('/').collect();
        match segments.as_slice() {
            ["projects", named, "serviceAccounts", account, ..] if host == IAM => {
                match self.account_named(account) {
                    Some(found) => (
                        vec![Node::account(&found.facts.email)],
                        Home::Project(&found.facts.project),
                    ),
                    None => (vec![Node::account_named(account)], self.home(named)),
                }
            }
            ["projects", named, ..] => {
                let home = self.home(named);
                let mut segments = segments.clone();
                if let Home::Project(id) = &home {
                    segments[1] = id.as_str();
                }
                (nodes(host, &segments, 2), home)
            }
            // Cloud Run's other API has a project's id for the namespace, and names no region: no policy is found by it.
            ["namespaces", named, ..] => match self.project_named(named) {
                Some(id) => (Vec::new(), Home::Project(id)),
                None => (Vec::new(), Home::Untold),
            },
            ["folders" | "organizations", ..] => (Vec::new(), container(&segments)),
            _ => (Vec::new(), Home::Untold),
        }
    }

    /// Returns the project that a resource's name begins with, by id or number; `-` and `_` stand for any.
    fn home(&self, named: &str) -> Home<'_> {
        match (named, self.project_named(named)) {
            (_, Some(id)) => Home::Project(id),
            ("-" | "_", None) => Home::Untold,
            (_, None) => Home::Outside,
        }
    }
}

/// Returns a name and every shorter one that it lies below, from `top` segments on: names go by collection and id, and a
/// key lies below its ring as a database below its instance.
fn nodes(host: &str, segments: &[&str], top: usize) -> Vec<Node> {
    let lengths = (top + 1..=segments.len()).rev().step_by(2);
    lengths
        .map(|length| Node(format!("//{host}/{}", segments[..length].join("/")).into()))
        .collect()
}

fn container(segments: &[&str]) -> Home<'static> {
    use crate::model::names::{FolderId, OrganizationId};
    let parent = match segments {
        ["folders", id, ..] => FolderId::parse(id).ok().map(Parent::Folder),
        ["organizations", id, ..] => OrganizationId::parse(id).ok().map(Parent::Organization),
        _ => None,
    };
    parent.map_or(Home::Untold, Home::Container)
}

/// Returns the host of the service that a permission is about: its first word, but for Resource Manager's.
fn host(permission: &str) -> String {
    match permission.split('.').next().unwrap_or_default() {
        "resourcemanager" => "cloudresourcemanager.googleapis.com".to_owned(),
        service => format!("{service}.googleapis.com"),
    }
}
