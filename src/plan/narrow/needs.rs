//! What a workload was seen to use, and where: each need with the nodes on which a binding would meet it.

use std::collections::BTreeSet;

use crate::model::access::PolicyNode;
use crate::model::estate::Account;
use crate::model::names::{Email, ProjectId};
use crate::model::place::{Attribution, ExercisedPermission};
use crate::plan::Context;

/// A permission that is needed somewhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Need {
    /// The permission.
    pub(super) permission: String,
    /// The nodes on which a binding would meet it, nearest first, as [`key`] names them; none: where it was used is not
    /// known.
    pub(super) nodes: Vec<String>,
}

/// What a workload needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Needs {
    /// Sorted.
    pub(super) all: BTreeSet<Need>,
    /// Whether every use as the account is known to be one workload's.
    pub(super) exact: bool,
}

/// Returns what the workload was seen to use, or may have: what any of several used, each of them may.
pub(super) fn of(cx: &Context<'_>, account: &Account, workload: &str) -> Needs {
    let alone = account.counted_workloads().count() <= 1;
    let mut needs = Needs {
        all: BTreeSet::new(),
        exact: true,
    };
    for used in account.exercised.iter().filter(|used| used.granted) {
        let (is_its, is_exact) = match &used.by {
            Attribution::Exact(by) => (by == workload, true),
            Attribution::AnyOf(by) => (by.is_empty() || by.iter().any(|id| id == workload), alone),
        };
        needs.exact &= is_exact;
        if is_its || alone {
            needs.all.insert(Need {
                permission: used.permission.clone(),
                nodes: place(cx, used).unwrap_or_default(),
            });
        }
    }
    needs
}

/// Returns the nodes on which a binding would let the use pass, nearest first; `None` where they are not known.
fn place(cx: &Context<'_>, used: &ExercisedPermission) -> Option<Vec<String>> {
    let path = path(cx, &used.resource);
    if path.is_empty() {
        return None;
    }
    let mut segments = path.split('/');
    let project = match (segments.next(), segments.next()) {
        (Some("projects"), Some(name)) => cx.index.project_named(name),
        (_, _) => None,
    };
    // Where both are known the log is right: a resource may be named by the project of its caller.
    let project = used.project.as_ref().or(project)?;
    let project = &cx.index.project(project)?.id;
    let mut nodes = containers(cx, project)?;
    if nodes.first() != Some(&path) {
        nodes.insert(0, path);
    }
    Some(nodes)
}

/// Returns a project and what stands above it; `None` where it is out of scope, so that what stands above is not known.
pub(super) fn containers(cx: &Context<'_>, project: &ProjectId) -> Option<Vec<String>> {
    let id = &cx.index.project(project)?.id;
    let above = cx.index.above(id).iter().map(|node| key(cx, node));
    Some(
        [format!("projects/{id}")]
            .into_iter()
            .chain(above)
            .collect(),
    )
}

/// Returns the nodes on which a binding holds for all that a binding on `node` holds for, itself first.
pub(super) fn chain(cx: &Context<'_>, node: &PolicyNode) -> Vec<String> {
    let own = key(cx, node);
    let above = match node {
        PolicyNode::Project(project) => containers(cx, project).unwrap_or_default(),
        PolicyNode::Account(account) => containers(cx, &account.project).unwrap_or_default(),
        PolicyNode::Resource(_) => project_in(cx, &own)
            .and_then(|project| containers(cx, project))
            .unwrap_or_default(),
        PolicyNode::Folder(_) | PolicyNode::Organization(_) => {
            let above = cx.index.above_folder(node).iter();
            above.map(|node| key(cx, node)).collect()
        }
    };
    let above = above.into_iter().filter(|held| *held != own);
    [own.clone()].into_iter().chain(above).collect()
}

/// Returns the project in whose name the resource lies, where its name tells.
pub(super) fn project_in<'a>(cx: &Context<'a>, key: &str) -> Option<&'a ProjectId> {
    let name = key.strip_prefix("projects/")?.split('/').next()?;
    cx.index.project_named(name)
}

/// Returns a node's name as calls name resources: `projects/P`, `folders/1`, `projects/_/buckets/B`.
pub(super) fn key(cx: &Context<'_>, node: &PolicyNode) -> String {
    match node {
        PolicyNode::Organization(id) => format!("organizations/{id}"),
        PolicyNode::Folder(id) => format!("folders/{id}"),
        PolicyNode::Project(id) => format!("projects/{id}"),
        PolicyNode::Account(account) => {
            format!(
                "projects/{}/serviceAccounts/{}",
                account.project, account.unique_id
            )
        }
        PolicyNode::Resource(name) => path(cx, name.as_str()),
    }
}

/// Returns a resource's path without its service, the project by its id, an account by its unique id: one form of all
/// that logs and policies write.
fn path(cx: &Context<'_>, name: &str) -> String {
    let path = match name.strip_prefix("//") {
        Some(rest) => {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            if host == "storage.googleapis.com" && !path.starts_with("projects/") {
                return format!("projects/_/buckets/{path}");
            }
            path
        }
        None => name,
    };
    let Some((project, rest)) = path
        .strip_prefix("projects/")
        .map(|path| path.split_once('/').unwrap_or((path, "")))
    else {
        return path.to_owned();
    };
    if let Some(account) = rest.strip_prefix("serviceAccounts/") {
        let by_address = Email::parse(account).ok();
        let known = by_address.and_then(|email| cx.index.account(&email));
        if let Some(known) = known {
            let facts = &known.facts;
            return format!(
                "projects/{}/serviceAccounts/{}",
                facts.project, facts.unique_id
            );
        }
    }
    let project = cx
        .index
        .project_named(project)
        .map_or(project, ProjectId::as_str);
    if rest.is_empty() {
        format!("projects/{project}")
    } else {
        format!("projects/{project}/{rest}")
    }
}
