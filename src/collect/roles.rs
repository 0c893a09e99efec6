//! The definitions of roles: Google's own all of them, since a plan chooses among them, and the custom ones that policies
//! name, by Asset Inventory where it tells them, else through IAM.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};
use google_iam1::api;

use crate::gcp::api::roles;
use crate::gcp::error::Error;
use crate::gcp::google::Google;
use crate::model::access::{Policy, Role};
use crate::model::coverage::{Dataset, Reading};
use crate::model::names::OrganizationId;
use crate::model::project::Project;
use crate::model::scope::Scope;
use crate::model::snapshot::Facts;

use super::assets::Assets;
use super::gap::Payer;

/// Lists of custom roles read at once; the transport has the last word.
const ABREAST: usize = 32;

/// Where a role is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Home<'a> {
    Google,
    Organization(&'a str),
    Project(&'a str),
}

/// Returns Google's own roles and those custom ones that `policies` name, and how each list of roles was read.
///
/// Google's own list is always read, and kept whole: what a policy could name in place of a broad role is in it. A list of
/// custom roles is read only where a policy names one of its roles that the assets do not tell: each organization's, and
/// that of each of `projects`; a project's role can be granted in that project alone. A role that is named and in no list,
/// such as one that was deleted for good, is absent.
///
/// # Errors
/// Where every further call would fail in the same way.
pub async fn roles(
    google: &Google,
    payer: &Payer,
    projects: &[Project],
    policies: &[Policy],
    assets: Option<&Assets>,
) -> Result<Facts, Error> {
    let bindings = policies.iter().flat_map(|policy| &policy.bindings);
    let named: BTreeSet<&str> = bindings.map(|binding| binding.role.as_str()).collect();
    let mut facts = Facts::default();
    let mut homes: BTreeMap<Home<'_>, Option<Reading>> = BTreeMap::from([(Home::Google, None)]);
    for name in &named {
        let Some(home) = home(name) else { continue };
        let told = assets.and_then(|assets| assets.role(name));
        let reading = told.as_ref().map(|(_, reading)| reading.clone());
        // For one role that the assets lack, the whole list is read.
        homes
            .entry(home)
            .and_modify(|held| *held = held.take().and(reading.clone()))
            .or_insert(reading);
    }
    for name in &named {
        let told = assets.and_then(|assets| assets.role(name));
        let home = home(name).filter(|home| homes.get(home).is_some_and(Option::is_some));
        if let (Some((role, reading)), Some(home)) = (told, home)
            && let Some((scope, _)) = place(home, projects)
        {
            facts.roles.push(role.clone());
            facts.coverage.record(scope, Dataset::Roles, reading);
        }
    }
    let lists = homes
        .into_iter()
        .filter(|(_, told)| told.is_none())
        .map(|(home, _)| home)
        .filter_map(|home| place(home, projects))
        .map(|(scope, project)| async move {
            let listed = match &scope {
                Scope::Organization(id) => roles::of_organization(google, id.as_str()).await,
                Scope::Project(id) => roles::of_project(google, id.as_str()).await,
                Scope::Caller | Scope::Folder(_) | Scope::Account(_) => {
                    roles::predefined(google).await
                }
            };
            (scope, project, listed)
        });
    let mut lists = stream::iter(lists).buffer_unordered(ABREAST);
    while let Some((scope, project, listed)) = lists.next().await {
        let (found, reading) = payer.settle(listed, project, |raw| role(&named, raw))?;
        facts.roles.extend(found.into_iter().flatten());
        facts.coverage.record(scope, Dataset::Roles, reading);
    }
    Ok(facts)
}

/// Returns where the role of that name is defined, `None` for a name of no known form.
fn home(role: &str) -> Option<Home<'_>> {
    let mut segments = role.split('/');
    Some(match segments.next()? {
        "roles" => Home::Google,
        "organizations" => Home::Organization(segments.next()?),
        "projects" => Home::Project(segments.next()?),
        _ => return None,
    })
}

/// Returns the scope under which the list is recorded, with its project where it is one's.
fn place<'a>(home: Home<'_>, projects: &'a [Project]) -> Option<(Scope, Option<&'a Project>)> {
    Some(match home {
        Home::Google => (Scope::Caller, None),
        Home::Organization(number) => (
            Scope::Organization(OrganizationId::parse(number).ok()?),
            None,
        ),
        Home::Project(id) => {
            let project = projects.iter().find(|project| project.id.as_str() == id)?;
            (Scope::Project(project.id.clone()), Some(project))
        }
    })
}

/// Returns the role; `Some(None)` for a custom one that no policy names, `None` where it has no name.
#[expect(
    clippy::option_option,
    reason = "not wanted and unreadable are two answers"
)]
fn role(named: &BTreeSet<&str>, raw: api::Role) -> Option<Option<Role>> {
    let name = raw.name.as_deref().filter(|name| !name.is_empty())?;
    let is_wanted = home(name) == Some(Home::Google) || named.contains(name);
    if !is_wanted {
        return Some(None);
    }
    definition(raw).map(Some)
}

/// Returns the role, `None` where it has no name.
pub(super) fn definition(raw: api::Role) -> Option<Role> {
    let mut permissions = raw.included_permissions.unwrap_or_default();
    permissions.sort();
    permissions.dedup();
    Some(Role {
        name: raw.name.filter(|name| !name.is_empty())?,
        title: raw.title.unwrap_or_default(),
        stage: raw.stage.unwrap_or_default(),
        deleted: raw.deleted.unwrap_or_default(),
        permissions,
    })
}
