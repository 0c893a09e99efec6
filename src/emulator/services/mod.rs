//! What each service answers. A service without a file of its own has workloads: lists of resources in projects.

mod asset_types;
mod assets;
mod credentials;
mod federation;
mod iam;
mod policies;
mod policy_analyzer;
mod resource_manager;
mod roles;
mod search_query;
mod storage;
mod workloads;

pub(crate) use assets::Assets;

use std::sync::Arc;

use serde_json::Value;

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
    /// The message in the request's body; an empty one where it has none.
    pub(crate) body: &'a Value,
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
        "apikeys.googleapis.com" => credentials::api_keys(index, call),
        "storage.googleapis.com" if call.id() == "storage.projects.hmacKeys.list" => {
            credentials::hmac_keys(index, call)
        }
        "storage.googleapis.com" | "storagetransfer.googleapis.com" => storage::answer(index, call),
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
        return policies::policy(index, call, &key);
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

/// Returns the element without those fields; one that has none of them keeps its text.
fn without(element: &Arc<Element>, hidden: &[&str]) -> Arc<Element> {
    match element.view().as_object() {
        Some(fields) if hidden.iter().any(|name| fields.contains_key(*name)) => {
            let mut fields = fields.clone();
            fields.retain(|name, _| !hidden.contains(&name.as_str()));
            Element::from_value(&Value::Object(fields))
        }
        Some(_) | None => Arc::clone(element),
    }
}
