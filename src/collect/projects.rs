//! Which projects are in scope: by search, by name, or by a walk through folders of any depth.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join;
use futures_util::stream::{self, StreamExt as _};
use globset::GlobSet;
use google_cloudresourcemanager3::api;

use crate::gcp::api::resource_manager;
use crate::gcp::error::Error;
use crate::gcp::google::Google;
use crate::gcp::paging::Listed;
use crate::model::access::Folder;
use crate::model::coverage::{Coverage, Dataset};
use crate::model::names::{FolderId, OrganizationId, ProjectId, ProjectNumber};
use crate::model::project::{Parent, Project};
use crate::model::scope::{LeftOut, Root, ScanScope, Scope};

use super::gap::{Payer, reading};
use super::ways_up::WaysUp;

/// The projects that a scan looks at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InScope {
    /// The active ones, by id.
    pub projects: Vec<Project>,
    /// The folders below the roots, and those on the way up from roots and projects, by number.
    pub folders: Vec<Folder>,
    /// The organizations at the top of those ways, by number.
    pub organizations: Vec<OrganizationId>,
    /// Those that were seen and left out.
    pub left_out: LeftOut,
    /// How the lists of projects and folders were read.
    pub coverage: Coverage,
}

/// Folders asked about at once; the transport has the last word.
const ABREAST: usize = 32;

/// Returns the projects of `scope`, but for those that `exclude` matches.
///
/// A project that is not active is left out and counted; so is one that Apps Script made, unless it was named.
///
/// # Errors
/// Where a root cannot be listed: a scope is never narrowed. What cannot be listed below a root, what cannot be read above
/// it, or one of several projects, is a gap.
pub async fn projects(
    google: &Google,
    payer: &Payer,
    scope: &ScanScope,
    exclude: &GlobSet,
) -> Result<InScope, Error> {
    let mut walk = Walk {
        google,
        payer,
        exclude,
        seen: BTreeMap::new(),
        folders: BTreeMap::new(),
        roots: BTreeSet::new(),
        coverage: Coverage::default(),
    };
    if scope.roots.is_empty() {
        let listed = resource_manager::search_projects(google).await;
        walk.root(Scope::Caller, listed)?;
    }
    for root in &scope.roots {
        match root {
            Root::Organization(id) => walk.below(Parent::Organization(id.clone())).await?,
            Root::Folder(id) => walk.below(Parent::Folder(id.clone())).await?,
            Root::Project(id) => walk.named(id, scope.roots.len() == 1).await?,
        }
    }
    walk.finish().await
}

/// What becomes of a project that was seen.
enum Place {
    In(Box<Project>),
    Inactive,
    AppsScript,
    Excluded,
}

struct Walk<'a> {
    google: &'a Google,
    payer: &'a Payer,
    exclude: &'a GlobSet,
    seen: BTreeMap<ProjectId, Place>,
    folders: BTreeMap<FolderId, Folder>,
    /// The folders and organizations among the roots.
    roots: BTreeSet<Parent>,
    coverage: Coverage,
}

impl Walk<'_> {
    /// Takes in the projects of a root, whose list has to be whole.
    fn root(&mut self, scope: Scope, mut listed: Listed<api::Project>) -> Result<(), Error> {
        match listed.stopped.take() {
            Some(error) => Err(error),
            None => self.projects(scope, listed),
        }
    }

    fn projects(&mut self, scope: Scope, listed: Listed<api::Project>) -> Result<(), Error> {
        let (projects, reading) = self.payer.settle(listed, None, project)?;
        self.coverage.record(scope, Dataset::Projects, reading);
        for (project, active) in projects {
            self.place(project, active, false);
        }
        Ok(())
    }

    fn place(&mut self, project: Project, active: bool, named: bool) {
        let id = project.id.clone();
        let place = if !active {
            Place::Inactive
        } else if self.exclude.is_match(id.as_str()) {
            Place::Excluded
        } else if id.as_str().starts_with("sys-") && !named {
            Place::AppsScript
        } else {
            Place::In(Box::new(project))
        };
        self.seen.insert(id, place);
    }

    async fn named(&mut self, id: &ProjectId, alone: bool) -> Result<(), Error> {
        let scope = Scope::Project(id.clone());
        match resource_manager::project(self.google, id.as_str()).await {
            Ok(found) => {
                let listed = Listed {
                    items: vec![found],
                    malformed: 0,
                    stopped: None,
                };
                let (projects, reading) = self.payer.settle(listed, None, project)?;
                // Whoever gave a number finds the project under its id, as everything else about it.
                let scope = match projects.first() {
                    Some((project, _)) => Scope::Project(project.id.clone()),
                    None => scope,
                };
                self.coverage.record(scope, Dataset::Projects, reading);
                for (project, active) in projects {
                    self.place(project, active, true);
                }
            }
            Err(error) if alone || self.payer.is_fatal(&error, None) => return Err(error),
            Err(error) => self
                .coverage
                .record(scope, Dataset::Projects, reading(&error)),
        }
        Ok(())
    }

    /// Walks down from `root`, level by level. A folder is visited once, wherever it is listed.
    async fn below(&mut self, root: Parent) -> Result<(), Error> {
        self.roots.insert(root.clone());
        let mut visited = BTreeSet::from([root.clone()]);
        let mut level = vec![root.clone()];
        while !level.is_empty() {
            let mut answers: Vec<_> = stream::iter(std::mem::take(&mut level))
                .map(|parent| async {
                    let name = parent.to_string();
                    let projects = resource_manager::projects_in(self.google, &name);
                    let (projects, folders) =
                        join(projects, resource_manager::folders_in(self.google, &name)).await;
                    (parent, projects, folders)
                })
                .buffer_unordered(ABREAST)
                .collect()
                .await;
            answers.sort_by(|(a, ..), (b, ..)| a.cmp(b));
            for (parent, projects, mut folders) in answers {
                let scope = scope(&parent);
                if parent == root {
                    self.root(scope.clone(), projects)?;
                    if let Some(error) = folders.stopped.take() {
                        return Err(error);
                    }
                } else {
                    self.projects(scope.clone(), projects)?;
                }
                let (folders, reading) = self
                    .payer
                    .settle(folders, None, |raw| folder(&parent, raw))?;
                self.coverage.record(scope, Dataset::Folders, reading);
                for folder in folders {
                    let below = Parent::Folder(folder.id.clone());
                    if visited.insert(below.clone()) {
                        self.folders.entry(folder.id.clone()).or_insert(folder);
                        level.push(below);
                    }
                }
            }
        }
        Ok(())
    }

    /// Sorts what was seen, and completes the ways up: grants are inherited from there.
    async fn finish(self) -> Result<InScope, Error> {
        let mut in_scope = InScope {
            coverage: self.coverage,
            ..InScope::default()
        };
        for place in self.seen.into_values() {
            match place {
                Place::In(project) => in_scope.projects.push(*project),
                Place::Inactive => in_scope.left_out.inactive += 1,
                Place::AppsScript => in_scope.left_out.apps_script += 1,
                Place::Excluded => in_scope.left_out.excluded += 1,
            }
        }
        let parents = in_scope.projects.iter().filter_map(|p| p.parent.clone());
        let from = self.roots.into_iter().chain(parents).collect();
        let mut ways = WaysUp {
            folders: self.folders,
            organizations: BTreeSet::new(),
        };
        ways.complete(self.google, self.payer, from, &mut in_scope.coverage)
            .await?;
        in_scope.folders = ways.folders.into_values().collect();
        in_scope.organizations = ways.organizations.into_iter().collect();
        Ok(in_scope)
    }
}

fn scope(parent: &Parent) -> Scope {
    match parent {
        Parent::Organization(id) => Scope::Organization(id.clone()),
        Parent::Folder(id) => Scope::Folder(id.clone()),
    }
}

/// Returns a project, and whether it is active; `None` where it has no id or no number.
fn project(raw: api::Project) -> Option<(Project, bool)> {
    let project = Project {
        id: ProjectId::parse(raw.project_id.as_deref()?).ok()?,
        number: ProjectNumber::parse(raw.name?.strip_prefix("projects/")?).ok()?,
        parent: raw.parent.as_deref().and_then(parent),
        display_name: raw.display_name.unwrap_or_default(),
        labels: raw.labels.unwrap_or_default().into_iter().collect(),
        created: raw.create_time,
    };
    Some((project, raw.state.as_deref() == Some("ACTIVE")))
}

fn folder(parent: &Parent, raw: api::Folder) -> Option<Folder> {
    Some(Folder {
        id: FolderId::parse(raw.name?.strip_prefix("folders/")?).ok()?,
        parent: Some(parent.clone()),
        display_name: raw.display_name.unwrap_or_default(),
    })
}

pub(super) fn parent(name: &str) -> Option<Parent> {
    match name.split_once('/')? {
        ("folders", id) => FolderId::parse(id).ok().map(Parent::Folder),
        ("organizations", id) => OrganizationId::parse(id).ok().map(Parent::Organization),
        _ => None,
    }
}
