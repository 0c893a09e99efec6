//! Who may do what, in one project and above all of them.

use futures_util::future::{try_join, try_join3};

use crate::gcp::error::Error;
use crate::gcp::google::Google;
use crate::model::coverage::{Dataset, Reading};
use crate::model::project::{Parent, Project};
use crate::model::scope::Scope;
use crate::model::snapshot::Facts;

use super::assets::Assets;
use super::federation::federation;
use super::gap::Payer;
use super::org_policies;
use super::policies;
use super::projects::InScope;

/// Returns the policies of a project and of its accounts, its organization policies, its workload identity pools, and how
/// each of those reads ended.
///
/// # Errors
/// Where every further call would fail in the same way.
pub async fn access(
    google: &Google,
    payer: &Payer,
    project: &Project,
    inventory: &Facts,
    assets: Option<&Assets>,
) -> Result<Facts, Error> {
    let policies = async {
        match assets.and_then(|assets| assets.policies(project, &inventory.accounts)) {
            Some(facts) => Ok(facts),
            None => of_project(google, payer, project, inventory).await,
        }
    };
    let pools = async {
        let Some((pools, reading)) = assets.and_then(|assets| assets.pools(&project.id)) else {
            return federation(google, payer, project).await;
        };
        let mut facts = Facts {
            pools,
            ..Facts::default()
        };
        let scope = Scope::Project(project.id.clone());
        facts.coverage.record(scope, Dataset::Federation, reading);
        Ok(facts)
    };
    let organization = org_policies::of_project(google, payer, project, assets);
    let (mut facts, organization, pools) = try_join3(policies, organization, pools).await?;
    facts.absorb(organization);
    facts.absorb(pools);
    if assets.is_none() {
        let unseen = [
            (
                Dataset::ResourcePolicies,
                "the policies of buckets, datasets, topics, secrets and other resources",
            ),
            (Dataset::CreationTimes, "when accounts were created"),
        ];
        for (dataset, what) in unseen {
            let scope = Scope::Project(project.id.clone());
            let what = what.to_owned();
            facts
                .coverage
                .record(scope, dataset, Reading::NotCovered { what });
        }
    }
    Ok(facts)
}

async fn of_project(
    google: &Google,
    payer: &Payer,
    project: &Project,
    inventory: &Facts,
) -> Result<Facts, Error> {
    let scope = Scope::Project(project.id.clone());
    let accounts = inventory.coverage.reading(&scope, Dataset::ServiceAccounts);
    let all = accounts.is_known();
    let (mut facts, of_accounts) = try_join(
        policies::of_project(google, payer, project),
        policies::of_accounts(google, payer, project, &inventory.accounts, all),
    )
    .await?;
    facts.absorb(of_accounts);
    Ok(facts)
}

/// Returns the folders of the scope and above it, the policies and organization policies of them and of their
/// organizations, and how each of those reads ended: what projects inherit.
///
/// # Errors
/// Where every further call would fail in the same way.
pub async fn inherited(
    google: &Google,
    payer: &Payer,
    in_scope: &InScope,
    assets: Option<&Assets>,
) -> Result<Facts, Error> {
    let folders = in_scope.folders.iter().map(|folder| &folder.id);
    let organizations = in_scope.organizations.iter().cloned();
    let mut containers = organizations
        .map(Parent::Organization)
        .chain(folders.cloned().map(Parent::Folder))
        .collect();
    let mut facts = Facts {
        folders: in_scope.folders.clone(),
        ..Facts::default()
    };
    if let Some(assets) = assets {
        facts.absorb(assets.inherited(in_scope, &mut containers));
    }
    let (policies, organization) = try_join(
        policies::of_containers(google, payer, containers),
        org_policies::of_containers(google, payer, in_scope, assets),
    )
    .await?;
    facts.absorb(policies);
    facts.absorb(organization);
    Ok(facts)
}
