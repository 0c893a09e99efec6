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
        let listed = resources::each(google, METHOD, &[parent], &query, |found| {
            creation.times.extend(created(&found));
        })
        .await;
        // An account that is not found, or without a time, has none here: that is a value, and no gap.
        let (reading, _) = settled(payer, listed)?;
        creation.reading = creation.reading.max(reading);
    }
    Ok(creation)
}

/// Returns an account's unique id, by which the search names it, and when it was created; `None` where it does not tell.
fn created(found: &Value) -> Option<(UniqueId, DateTime<Utc>)> {
    let name = text(found, "name")?;
    let (_, id) = name.rsplit_once("/serviceAccounts/")?;
    let at = text(found, "createTime")?.parse().ok()?;
    Some((UniqueId::parse(id).ok()?, at))
}
