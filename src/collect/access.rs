//! Who may do what, in one project and above all of them.

use futures_util::future::try_join3;

use crate::gcp::error::Error;
use crate::gcp::google::Google;
use crate::model::coverage::Dataset;
use crate::model::project::{Parent, Project};
use crate::model::scope::Scope;
use crate::model::snapshot::Facts;

use super::federation::federation;
use super::gap::Payer;
use super::policies;
use super::projects::InScope;

/// Returns the policies of a project and of its accounts, its workload identity pools, and how each of those reads ended.
///
/// # Errors
/// Where every further call would fail in the same way.
pub async fn access(
    google: &Google,
    payer: &Payer,
    project: &Project,
    inventory: &Facts,
) -> Result<Facts, Error> {
    let scope = Scope::Project(project.id.clone());
    let accounts = inventory.coverage.reading(&scope, Dataset::ServiceAccounts);
    let (mut facts, of_accounts, pools) = try_join3(
        policies::of_project(google, payer, project),
        policies::of_accounts(
            google,
            payer,
            project,
            &inventory.accounts,
            accounts.is_whole(),
        ),
        federation(google, payer, project),
    )
    .await?;
    facts.absorb(of_accounts);
    facts.absorb(pools);
    Ok(facts)
}

/// Returns the folders of the scope and above it, the policies of them and of their organizations, and how each of those
/// reads ended: what projects inherit.
///
/// # Errors
/// Where every further call would fail in the same way.
pub async fn inherited(google: &Google, payer: &Payer, in_scope: &InScope) -> Result<Facts, Error> {
    let folders = in_scope.folders.iter().map(|folder| &folder.id);
    let organizations = in_scope.organizations.iter().cloned();
    let containers = organizations
        .map(Parent::Organization)
        .chain(folders.cloned().map(Parent::Folder))
        .collect();
    let mut facts = policies::of_containers(google, payer, containers).await?;
    facts.folders.clone_from(&in_scope.folders);
    Ok(facts)
}
