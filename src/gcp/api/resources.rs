//! The resources of any service, as JSON: thin calls over the transport, one function for every row of [`LISTS`].

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::Request;
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::gcp::allow::{checked_name, target};
use crate::gcp::error::{Error, ErrorKind};
use crate::gcp::google::Google;
use crate::gcp::lists::{LISTS, List, Shape};
use crate::gcp::methods::{Method, by_id};
use crate::gcp::paging::{self, Listed, Page};

/// Returns the resources of a list, each a JSON object; see [`each`].
pub async fn list(
    google: &Google,
    method: &str,
    variables: &[(&str, &str)],
    query: &[(&str, &str)],
) -> Listed<Value> {
    let mut items = Vec::new();
    let read = each(google, method, variables, query, |resource| {
        items.push(resource);
    })
    .await;
    Listed {
        items,
        malformed: read.malformed,
        stopped: read.stopped,
    }
}

/// Gives every resource of a list to `take` as its page arrives, so that no list is held whole, and returns how the
/// list was read: as many empty `items` as there were resources.
///
/// `method` is the id of a row of [`LISTS`]; of rows with one id, the one whose path has these variables is called.
/// `variables` are the segments for the path's `{…}`, `query` further parameters. Elements that are no objects count
/// as malformed; a list that names places which did not answer is not whole: it comes with the error in `stopped`.
pub async fn each(
    google: &Google,
    method: &str,
    variables: &[(&str, &str)],
    query: &[(&str, &str)],
    take: impl FnMut(Value) + Send,
) -> Listed<()> {
    let Some((list, path)) = LISTS
        .iter()
        .filter(|list| list.method.id == method)
        .find_map(|list| Some((list, filled(list.method.path, variables)?)))
    else {
        return Listed {
            items: Vec::new(),
            malformed: 0,
            stopped: Some(Error::new(ErrorKind::NotAllowed, "no such list").on(method, "")),
        };
    };
    let name = target(list.method.path, path.trim_start_matches('/'));
    let fixed: Vec<(&str, String)> = list
        .fixed
        .iter()
        .map(|(name, value)| (*name, with_variables(value, variables)))
        .collect();
    // One page is read after the other; the lock is what the compiler needs to know it.
    let state = Mutex::new((take, BTreeSet::new()));
    let mut listed = paging::pages(method, &name, |token| {
        let mut all: Vec<(&str, &str)> = fixed
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        all.extend(query);
        all.extend(token.as_deref().map(|token| ("pageToken", token)));
        let request = request(&list.method, &path, &all);
        let state = &state;
        async move {
            let answer = google.transport().send(request?).await?;
            let mut answer = object(answer.body())?;
            let missing = missing(&answer);
            let (items, malformed) = elements(list, &mut answer)?;
            let (take, unreached) = &mut *state.lock().unwrap_or_else(PoisonError::into_inner);
            unreached.extend(missing);
            let read = vec![(); items.len()];
            items.into_iter().for_each(take);
            Ok(Page {
                items: Some(read),
                next: answer
                    .get("nextPageToken")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
                malformed,
            })
        }
    })
    .await;
    let (_, unreached) = state.into_inner().unwrap_or_else(PoisonError::into_inner);
    if listed.stopped.is_none() && !unreached.is_empty() {
        let places: Vec<String> = unreached.into_iter().collect();
        let why = format!("no answer from {}", places.join(", "));
        listed.stopped = Some(Error::new(ErrorKind::Server, why).on(method, &name));
    }
    listed
}

/// Returns one resource as JSON; `method`, `variables` and `query` as those of [`list`].
///
/// # Errors
/// Whatever the transport gives; [`ErrorKind::NotAllowed`] for a method that is not on the allow list.
pub async fn one(
    google: &Google,
    method: &str,
    variables: &[(&str, &str)],
    query: &[(&str, &str)],
) -> Result<Value, Error> {
    let found = by_id(method).and_then(|row| Some((row, filled(row.path, variables)?)));
    let (row, path) =
        found.ok_or_else(|| Error::new(ErrorKind::NotAllowed, "no such method").on(method, ""))?;
    checked_name(method, &target(row.path, path.trim_start_matches('/')))?;
    let answer = google.transport().send(request(row, &path, query)?).await?;
    Ok(Value::Object(object(answer.body())?))
}

/// Returns the path with its variables in place; `None` where it has one that is not given.
fn filled(path: &str, variables: &[(&str, &str)]) -> Option<String> {
    let filled = with_variables(path, variables);
    (!filled.contains('{')).then_some(filled)
}

/// Returns the text with those variables in place.
fn with_variables(text: &str, variables: &[(&str, &str)]) -> String {
    variables
        .iter()
        .fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), value)
        })
}

fn request(method: &Method, path: &str, query: &[(&str, &str)]) -> Result<Request<Bytes>, Error> {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(query)
        .finish();
    let mark = if query.is_empty() { "" } else { "?" };
    Request::get(format!("https://{}{path}{mark}{query}", method.api.host()))
        .body(Bytes::new())
        .map_err(|_| {
            Error::new(ErrorKind::NotAllowed, "not the name of a resource").on(method.id, path)
        })
}

fn object(body: &[u8]) -> Result<Map<String, Value>, Error> {
    serde_json::from_slice(body)
        .map_err(|_| Error::new(ErrorKind::Malformed, "JSON that no value can hold"))
}

/// Returns the resources of one answer, and how many elements were none.
fn elements(list: &List, answer: &mut Map<String, Value>) -> Result<(Vec<Value>, usize), Error> {
    let wrong = || {
        Error::new(ErrorKind::Malformed, "no list where the elements belong").on(list.method.id, "")
    };
    let mut elements = match (list.shape, answer.remove(list.items)) {
        (_, None | Some(Value::Null)) => Vec::new(),
        (Shape::Array, Some(Value::Array(elements))) => elements,
        (Shape::Scoped(field), Some(Value::Object(places))) => {
            let mut all = Vec::new();
            for (_, mut place) in places {
                match place.get_mut(field).map(Value::take) {
                    None | Some(Value::Null) => {}
                    Some(Value::Array(elements)) => all.extend(elements),
                    Some(_) => return Err(wrong()),
                }
            }
            all
        }
        (Shape::Array | Shape::Scoped(_), Some(_)) => return Err(wrong()),
    };
    let total = elements.len();
    elements.retain(Value::is_object);
    let malformed = total - elements.len();
    Ok((elements, malformed))
}

/// Returns the places that did not answer, in the forms in which Google's services name them.
///
/// A list over all locations succeeds although some were not reached: <https://google.aip.dev/217>, GKE's
/// `missingZones`, Dataflow's `failedLocation`, and the warnings in Compute Engine's aggregated lists.
fn missing(answer: &Map<String, Value>) -> Vec<String> {
    let lists = [
        "unreachable",
        "unreachables",
        "missingZones",
        "failedLocation",
    ];
    let named = lists
        .iter()
        .filter_map(|field| answer.get(*field)?.as_array())
        .flatten()
        .map(|place| {
            let name = place.as_str().or_else(|| place.get("name")?.as_str());
            name.unwrap_or("a place without a name").to_owned()
        });
    let warned = answer
        .get("items")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(_, scope)| {
            scope.pointer("/warning/code").and_then(Value::as_str) == Some("UNREACHABLE")
        })
        .map(|(place, _)| place.clone());
    named.chain(warned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(id: &str, answer: Value) -> Result<(Vec<Value>, usize), String> {
        let list = LISTS
            .iter()
            .find(|list| list.method.id == id)
            .expect("a row");
        let mut answer = answer.as_object().expect("an object").clone();
        elements(list, &mut answer).map_err(|error| error.to_string())
    }

    #[test]
    fn zones_are_one_list_and_what_is_no_object_is_counted() {
        let vms = "compute.instances.aggregatedList";
        let answer = json!({ "items": {
            "zones/a": { "instances": [{ "name": "one" }, 7] },
            "zones/b": { "warning": { "code": "NO_RESULTS_ON_PAGE" } },
            "zones/c": { "instances": [{ "name": "two" }] },
        } });
        let expected = (vec![json!({ "name": "one" }), json!({ "name": "two" })], 1);
        assert_eq!(of(vms, answer), Ok(expected));
        for odd in [
            json!({ "items": [] }),
            json!({ "items": { "zones/a": { "instances": {} } } }),
        ] {
            let error = of(vms, odd).expect_err("no list");
            assert!(
                error.contains("no list where the elements belong"),
                "{error}"
            );
        }
        let clusters = "container.projects.locations.clusters.list";
        assert_eq!(of(clusters, json!({})), Ok((Vec::new(), 0)));
    }

    #[test]
    fn places_without_an_answer_are_named_in_every_form() {
        let answer = json!({
            "unreachable": ["projects/p/locations/a"], "missingZones": ["b"], "failedLocation": [{ "name": "c" }],
            "items": { "zones/d": { "warning": { "code": "UNREACHABLE" } }, "zones/e": { "warning": { "code": "NO_RESULTS_ON_PAGE" } } },
        });
        let missing = missing(answer.as_object().expect("an object"));
        assert_eq!(missing, ["projects/p/locations/a", "b", "c", "zones/d"]);
    }
}
