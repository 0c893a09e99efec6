//! Which resources name which accounts: one table, one way of reading a resource, two routes to the resources.
//!
//! `table.tsv` says where the accounts stand; [`extract`] finds them. The route is Asset Inventory for organizations and
//! folders, and each project's own lists otherwise; what Asset Inventory lacks is listed project by project on both. What
//! was not looked at in a project stands in its coverage, service by service. What names an account without running as it
//! is read in the same way, and is a reference, not an attachment; so is a long-lived credential of an account that is no
//! service account key; so
//! are the addresses that subnetworks and VMs have.

pub mod addresses;
pub mod credentials;
pub mod extract;
pub(super) mod gathered;
mod ledger;
mod lists;
pub mod path;
mod revisions;
pub mod table;

use crate::gcp::error::Error;
use crate::gcp::google::Google;
use crate::model::project::Project;
use crate::model::snapshot::Facts;

use super::assets::Assets;
use super::gap::Payer;
use table::{Inventory, Row, rows};

/// Returns which resources of the project run as accounts or name them, with the other credentials, the addresses and the
/// services that were read on the way.
///
/// # Errors
/// Where every further call would fail in the same way.
pub async fn attachments(
    google: &Google,
    payer: &Payer,
    project: &Project,
    assets: Option<&Assets>,
) -> Result<Facts, Error> {
    let known = assets.and_then(|assets| assets.attachments(&project.id));
    let wanted: Vec<&'static Row> = rows()
        .iter()
        .filter(|row| match row.inventory {
            Inventory::Asked => known.is_none(),
            Inventory::Lacks => true,
            Inventory::Organization | Inventory::Unread => false,
        })
        .collect();
    let mut gathered = lists::gather(google, payer, project, &wanted).await?;
    if let Some(known) = known {
        gathered.absorb(known);
    }
    if !assets.is_some_and(Assets::has_organization) {
        let above = |row: &&Row| row.inventory == Inventory::Organization;
        for row in rows().iter().filter(above) {
            gathered.unseen(row);
        }
    }
    let revisions = revisions::gather(google, payer, project, gathered.revisions()).await?;
    gathered.absorb(revisions);
    Ok(gathered.finish(project))
}
