//! The revisions of Cloud Run to which a service sends traffic by name: they keep the account of their time.
//!
//! A service has many revisions, and those without traffic run nothing. So they are not listed: the few that a service
//! names are read one by one, on both routes.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt as _};

use crate::collect::gap::{Payer, reading};
use crate::gcp::api::resources;
use crate::gcp::error::{Error, ErrorKind};
use crate::gcp::google::Google;
use crate::model::coverage::Dataset;
use crate::model::names::FullResourceName;
use crate::model::project::Project;

use super::extract::full_name;
use super::gathered::Gathered;
use super::lists::{ABREAST, denied, plain};
use super::table::{Row, rows};

const METHOD: &str = "run.projects.locations.services.revisions.get";
const PERMISSION: &str = "run.revisions.get";

/// Returns what the revisions run as; `named` holds them with the services that send them traffic.
///
/// # Errors
/// Where every further call would fail in the same way.
pub(super) async fn gather(
    google: &Google,
    payer: &Payer,
    project: &Project,
    named: &BTreeSet<(FullResourceName, String)>,
) -> Result<Gathered, Error> {
    let mut gathered = Gathered::default();
    let rows: Vec<&'static Row> = rows()
        .iter()
        .filter(|row| row.asset_type == "run.googleapis.com/Revision")
        .collect();
    let answers: Vec<_> = stream::iter(named)
        .map(|(service, revision)| one(google, project, service, revision))
        .buffer_unordered(ABREAST)
        .collect()
        .await;
    for answer in answers {
        match answer {
            None => gathered.malformed(Dataset::Attachments, 1),
            Some((name, Ok(json))) => gathered.resource(&rows, name, &json, project),
            // A service may name a revision that is deleted.
            Some((_, Err(error))) if *error.kind() == ErrorKind::NotFound => {}
            Some((_, Err(error))) if payer.ends_all(&error, Some(project)) => return Err(error),
            Some((_, Err(error))) => {
                let reading = denied(reading(&error), PERMISSION);
                rows.iter()
                    .for_each(|row| gathered.reading(row, reading.clone()));
            }
        }
    }
    Ok(gathered)
}

type Answer = (Option<FullResourceName>, Result<serde_json::Value, Error>);

/// Returns a revision's full name, and what the service says of it; `None` where the names cannot stand in an address.
async fn one(
    google: &Google,
    project: &Project,
    service: &FullResourceName,
    revision: &str,
) -> Option<Answer> {
    let mut segments = service.as_str().rsplit('/');
    let (service_id, _, location) = (segments.next()?, segments.next()?, segments.next()?);
    let (service_id, location) = (plain(service_id)?, plain(location)?);
    let revision = plain(revision.rsplit('/').next()?)?;
    let variables = [
        ("project", project.id.as_str()),
        ("location", &location),
        ("service", &service_id),
        ("revision", &revision),
    ];
    let name = format!("{service}/revisions/{revision}");
    let name = full_name("run.googleapis.com", &name, project);
    Some((name, resources::one(google, METHOD, &variables, &[]).await))
}
