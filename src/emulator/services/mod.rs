//! What each service answers. A service without a file of its own has workloads: lists of resources in projects.

mod asset_types;
mod assets;
mod iam;
mod policy_analyzer;
mod resource_manager;
mod search_query;
mod workloads;

use std::sync::Arc;

use serde_json::json;

use super::errors::{self, Refusal};
use super::index::{Element, Index};
use super::parameters::Query;
use super::router::Route;

/// What a method answers, before it is cut into pages and written.
#[derive(Debug)]
pub(crate) enum Reply {
    /// A whole collection.
    List(Vec<Arc<Element>>),
    /// A collection over zones and regions: the place of each element (`zones/a`, `global`), and the element.
    Scoped(Vec<(String, Arc<Element>)>),
    /// One resource.
    One(Arc<Element>),
}

/// One request that passed every check.
#[derive(Debug)]
pub(crate) struct Call<'a> {
    pub(crate) route: &'a Route,
    pub(crate) query: &'a Query,
}

impl Call<'_> {
    fn id(&self) -> &str {
        &self.route.method.id
    }

    /// Returns where the answer lies in an estate file: host and path without the version.
    fn key(&self) -> String {
        format!("{}/{}", self.route.method.host, self.route.place())
    }
}

/// Returns the service's answer.
///
/// # Errors
/// Google's refusal where the estate lacks what is asked for, or a parameter asks for nonsense.
pub(crate) fn answer(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    match call.route.method.host.as_str() {
        "iam.googleapis.com" => iam::answer(index, call),
        "cloudresourcemanager.googleapis.com" => resource_manager::answer(index, call),
        "policyanalyzer.googleapis.com" => policy_analyzer::answer(index, call),
        "cloudasset.googleapis.com" => assets::answer(index, call),
        _ => workloads::answer(index, call),
    }
}

/// Returns what the estate holds at the request's path.
fn plain(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    let key = call.key();
    if call.route.method.items.is_some() {
        return Ok(Reply::List(index.collection(&key).to_vec()));
    }
    if call.route.method.path.verb.as_deref() == Some("getIamPolicy") {
        return Ok(Reply::One(policy(index, &key)));
    }
    let collection = key
        .rsplit_once('/')
        .map_or(key.as_str(), |(collection, _)| collection);
    index
        .collection(collection)
        .iter()
        .find(|element| element.text("name") == Some(call.route.resource()))
        .map(|element| Reply::One(Arc::clone(element)))
        .ok_or_else(|| errors::not_found("Requested entity was not found."))
}

/// Returns the allow policy of the resource, from `HOST/RESOURCE:getIamPolicy`; the empty policy where none was ever set.
fn policy(index: &Index, key: &str) -> Arc<Element> {
    let set = index.collection(&format!("{key}:getIamPolicy")).first();
    set.map_or_else(
        || Element::from_value(&json!({ "etag": "ACAB" })),
        Arc::clone,
    )
}
