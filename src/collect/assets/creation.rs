//! When accounts were created, by Asset Inventory's search: no list tells it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::collect::gap::Payer;
use crate::gcp::api::resources;
use crate::gcp::error::Error;
use crate::gcp::google::Google;
use crate::model::coverage::Reading;
use crate::model::names::UniqueId;
use crate::model::scope::Root;

use super::{root, settled, text};

const METHOD: &str = "cloudasset.searchAllResources";

/// When accounts were created.
#[derive(Debug)]
pub(super) struct Creation {
    pub(super) times: BTreeMap<UniqueId, DateTime<Utc>>,
    /// How the searches ended, the worst of them.
    pub(super) reading: Reading,
}

/// Returns when the accounts below the roots were created, five hundred a page.
///
/// # Errors
/// Where every further call would fail in the same way.
pub(super) async fn gather(
    google: &Google,
    payer: &Payer,
    roots: &[Root],
) -> Result<Creation, Error> {
    let mut creation = Creation {
        times: BTreeMap::new(),
        reading: Reading::Read,
    };
    for asked in roots {
        let (parent, _) = root(asked);
        let query = [("assetTypes", "iam.googleapis.com/ServiceAccount")];
        let mut lost = 0;
        let listed = resources::each(google, METHOD, &[parent], &query, |found| {
            match created(&found) {
                Some((account, at)) => {
                    creation.times.insert(account, at);
                }
                None => lost += 1,
            }
        })
        .await;
        let (reading, malformed) = settled(payer, listed)?;
        let count = lost + malformed;
        let dropped = if count > 0 {
            Reading::Malformed { count }
        } else {
            Reading::Read
        };
        creation.reading = creation.reading.max(reading).max(dropped);
    }
    Ok(creation)
}

/// Returns an account's unique id, by which the search names it, and when it was created.
fn created(found: &Value) -> Option<(UniqueId, DateTime<Utc>)> {
    let name = text(found, "name")?;
    let (_, id) = name.rsplit_once("/serviceAccounts/")?;
    let at = text(found, "createTime")?.parse().ok()?;
    Some((UniqueId::parse(id).ok()?, at))
}
