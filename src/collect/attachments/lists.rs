//! The attachments of one project by its services' own lists.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};
use serde_json::Value;

use crate::collect::gap::{Payer, reading};
use crate::gcp::api::resources;
use crate::gcp::error::{Error, ErrorKind};
use crate::gcp::google::Google;
use crate::gcp::paging::Listed;
use crate::model::coverage::Reading;
use crate::model::names::FullResourceName;
use crate::model::project::Project;

use super::extract::full_name;
use super::gathered::Gathered;
use super::table::{List, Over, Row};

/// Lists asked for at once; the transport has the last word.
pub(super) const ABREAST: usize = 16;

/// Returns what the lists of the rows hold, those of services that are on in the project. An API that is off is no gap:
/// nothing runs under it; of credentials it is told, see [`Gathered::off`].
///
/// # Errors
/// Where every further call would fail in the same way.
pub(super) async fn gather(
    google: &Google,
    payer: &Payer,
    project: &Project,
    rows: &[&'static Row],
) -> Result<Gathered, Error> {
    let mut gathered = Gathered::default();
    let Some(on) = services(google, payer, project, &mut gathered).await? else {
        return Ok(gathered);
    };
    let mut methods: BTreeMap<&str, (List, Vec<&'static Row>)> = BTreeMap::new();
    for row in rows {
        if !on.contains(row.service()) {
            gathered.off(row);
            continue;
        }
        match row.list {
            Some(list) => methods
                .entry(list.method)
                .or_insert((list, Vec::new()))
                .1
                .push(row),
            None if row.is_needed() => gathered.unseen(row),
            None => {}
        }
    }
    let overs: BTreeSet<Over> = methods.values().map(|(list, _)| list.over).collect();
    let mut places: BTreeMap<Over, Vec<String>> = BTreeMap::new();
    for over in overs {
        let (found, ended) = places_of(google, payer, project, over).await?;
        if !ended.is_whole() {
            for (_, rows) in methods.values().filter(|(list, _)| list.over == over) {
                gathered.reading_of(rows, &ended);
            }
        }
        places.insert(over, found);
    }
    let calls = methods.values().flat_map(|(list, rows)| {
        let places = places.get(&list.over).map_or(&[][..], Vec::as_slice);
        places.iter().map(move |place| (list, rows, place))
    });
    let calls: Vec<_> = calls.collect();
    let mut answers =
        stream::iter(calls)
            .map(|(list, rows, place)| async move {
                one(google, payer, project, list, rows, place).await
            })
            .buffer_unordered(ABREAST);
    while let Some(answer) = answers.next().await {
        gathered.absorb(answer?);
    }
    drop(answers);
    Ok(gathered)
}

/// Returns the services that are on in the project; `None` where that cannot be known.
async fn services(
    google: &Google,
    payer: &Payer,
    project: &Project,
    gathered: &mut Gathered,
) -> Result<Option<BTreeSet<String>>, Error> {
    let variables = [("project", project.id.as_str())];
    let listed = resources::list(google, "serviceusage.services.list", &variables, &[]).await;
    let (services, ended) = payer.settle_service(listed, Some(project), |service| {
        Some(service.pointer("/config/name")?.as_str()?.to_owned())
    })?;
    let whole = matches!(ended, Reading::Read | Reading::Malformed { .. });
    let on: BTreeSet<String> = services.into_iter().collect();
    if ended.is_whole() {
        gathered.services(on.iter().cloned().collect());
    }
    gathered.reading_of_all("which services are on", &ended);
    Ok(whole.then_some(on))
}

/// Returns what a list is asked for one after the other, and how that was read.
async fn places_of(
    google: &Google,
    payer: &Payer,
    project: &Project,
    over: Over,
) -> Result<(Vec<String>, Reading), Error> {
    match over {
        // A text that stands for nothing, where the path has no place for it.
        Over::Nothing => Ok((vec![String::new()], Reading::Read)),
        Over::AnyLocation => Ok((vec!["-".to_owned()], Reading::Read)),
        Over::Listed {
            method,
            field,
            global,
        } => {
            let variables = [("project", project.id.as_str())];
            let listed = resources::list(google, method, &variables, &[]).await;
            let (mut places, ended) =
                payer.settle_service(nothing_there(method, listed), Some(project), |place| {
                    plain(place.get(field)?.as_str()?)
                })?;
            if global {
                places.push("global".to_owned());
            }
            places.sort();
            places.dedup();
            Ok((places, ended))
        }
    }
}

/// Returns what one list holds in one place.
async fn one(
    google: &Google,
    payer: &Payer,
    project: &Project,
    list: &List,
    rows: &[&'static Row],
    place: &str,
) -> Result<Gathered, Error> {
    let mut gathered = Gathered::default();
    let id = project.id.as_str();
    let variables = [("project", id), ("location", place)];
    let mut found = Vec::new();
    let listed = resources::each(
        google,
        list.method,
        &variables,
        &[],
        |resource| match list.detail {
            Some(_) => found.push(resource),
            None => take(&mut gathered, list, rows, project, place, &resource),
        },
    )
    .await;
    let listed = nothing_there(list.method, listed);
    let (_, ended) = payer.settle_service(listed, Some(project), Some)?;
    gathered.reading_of(rows, &denied(ended, list.permission));
    if let Some(method) = list.detail {
        let details: Vec<_> = stream::iter(&found)
            .map(|resource| detail(google, project, method, resource))
            .buffer_unordered(ABREAST)
            .collect()
            .await;
        for answer in details {
            match answer {
                None => gathered.malformed(rows[0].dataset(), 1),
                Some(Ok(resource)) => take(&mut gathered, list, rows, project, place, &resource),
                // It went between the two calls.
                Some(Err(error)) if *error.kind() == ErrorKind::NotFound => {}
                Some(Err(error)) if payer.ends_all(&error, Some(project)) => return Err(error),
                Some(Err(error)) => gathered.reading(rows[0], reading(&error)),
            }
        }
    }
    Ok(gathered)
}

fn take(
    gathered: &mut Gathered,
    list: &List,
    rows: &[&'static Row],
    project: &Project,
    place: &str,
    resource: &Value,
) {
    let name = named(list, rows[0].service(), project, place, resource);
    gathered.resource(rows, name, resource, project);
}

/// Returns the resource as its own method has it, the whole of it; `None` where the list tells no usable id.
async fn detail(
    google: &Google,
    project: &Project,
    method: &str,
    resource: &Value,
) -> Option<Result<Value, Error>> {
    let text = |field: &str| plain(resource.get(field)?.as_str()?);
    let (location, job) = (text("location")?, text("id")?);
    let variables = [
        ("project", project.id.as_str()),
        ("location", &location),
        ("job", &job),
    ];
    Some(resources::one(google, method, &variables, &[("view", "JOB_VIEW_ALL")]).await)
}

/// Returns the resource's full name: of the field that the row says, or of the text with fields in braces.
fn named(
    list: &List,
    service: &str,
    project: &Project,
    place: &str,
    resource: &Value,
) -> Option<FullResourceName> {
    let field = |name: &str| resource.get(name).and_then(Value::as_str);
    if !list.resource.contains('{') {
        return full_name(service, field(list.resource)?, project);
    }
    let mut name = String::new();
    let mut rest = list.resource;
    while let Some((before, behind)) = rest.split_once('{') {
        let (variable, behind) = behind.split_once('}')?;
        name.push_str(before);
        name.push_str(match variable {
            "project" => project.id.as_str(),
            "over" => place,
            variable => field(variable)?,
        });
        rest = behind;
    }
    full_name(service, &(name + rest), project)
}

/// Returns the list without "not found", where App Engine says so: of a project that has no application. Of any other
/// service it is no answer.
fn nothing_there<T>(method: &str, mut listed: Listed<T>) -> Listed<T> {
    if method.starts_with("appengine.") {
        listed.stopped = listed
            .stopped
            .filter(|error| *error.kind() != ErrorKind::NotFound);
    }
    listed
}

/// Returns the reading with the permission that the call takes, where Google does not name it.
pub(super) fn denied(ended: Reading, permission: &str) -> Reading {
    if ended == (Reading::Denied { permission: None }) {
        Reading::Denied {
            permission: Some(permission.to_owned()),
        }
    } else {
        ended
    }
}

/// Returns the text if it can stand as one segment of a path: it comes from an answer, and goes into an address.
pub(super) fn plain(text: &str) -> Option<String> {
    let fine = !text.is_empty()
        && text.len() <= 200
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    fine.then(|| text.to_owned())
}
