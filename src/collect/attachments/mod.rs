//! Which resources name which accounts: one table, one way of reading a resource, two routes to the resources.
//!
//! `table.tsv` says where the accounts stand; [`extract`] finds them. The route is Asset Inventory for organizations and
//! folders, and each project's own lists otherwise; what Asset Inventory lacks is listed project by project on both. What
//! was not looked at in a project stands in its coverage, service by service. What names an account without running as it
//! is read in the same way, and is a reference, not an attachment.

mod assets;
pub mod extract;
mod gathered;
mod ledger;
mod lists;
pub mod path;
pub mod table;

use crate::gcp::error::Error;
use crate::gcp::google::Google;
use crate::model::project::Project;
use crate::model::scope::{Root, ScanScope};
use crate::model::snapshot::Facts;

use super::gap::Payer;
pub use assets::Assets;
use table::{Inventory, Row, rows};

/// The route to the resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Via {
    /// Asset Inventory where every root is an organization or a folder, else project by project.
    #[default]
    Auto,
    /// Project by project.
    Iam,
    /// Asset Inventory.
    AssetInventory,
}

/// Returns what Asset Inventory has of the projects; `None` on the other route, which needs nothing beforehand.
///
/// # Errors
/// Where every further call would fail in the same way.
pub async fn assets(
    google: &Google,
    payer: &Payer,
    via: Via,
    scope: &ScanScope,
    projects: &[Project],
) -> Result<Option<Assets>, Error> {
    let wide = !scope.roots.is_empty()
        && scope.roots.iter().all(|root| match root {
            Root::Organization(_) | Root::Folder(_) => true,
            Root::Project(_) => false,
        });
    let roots = match via {
        Via::Iam => return Ok(None),
        Via::Auto if !wide => return Ok(None),
        Via::AssetInventory if scope.roots.is_empty() => projects
            .iter()
            .map(|project| Root::Project(project.id.clone()))
            .collect(),
        Via::Auto | Via::AssetInventory => scope.roots.clone(),
    };
    assets::gather(google, payer, &roots, projects)
        .await
        .map(Some)
}

/// Returns the attachments and references of a project, and how the reads ended: the coverage names each service that was not looked at.
///
/// # Errors
/// Where every further call would fail in the same way.
pub async fn attachments(
    google: &Google,
    payer: &Payer,
    project: &Project,
    assets: Option<&Assets>,
) -> Result<Facts, Error> {
    let wanted: Vec<&'static Row> = rows()
        .iter()
        .filter(|row| match row.inventory {
            Inventory::Asked => assets.is_none(),
            Inventory::Lacks => true,
            Inventory::Organization | Inventory::Unread => false,
        })
        .collect();
    let mut gathered = lists::gather(google, payer, project, &wanted).await?;
    if let Some(assets) = assets {
        gathered.absorb(assets.of(&project.id));
    }
    if !assets.is_some_and(Assets::has_organization) {
        let above = |row: &&Row| row.inventory == Inventory::Organization;
        for row in rows().iter().filter(above) {
            gathered.unseen(row);
        }
    }
    Ok(gathered.finish(project))
}
