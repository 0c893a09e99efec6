//! What each service answers. A service without a file of its own has workloads: lists of resources in projects.

mod asset_types;
mod assets;
mod bigquery;
mod credentials;
mod federation;
mod iam;
mod log_filter;
mod logging;
mod monitoring;
mod org_policies;
mod policies;
mod policy_analyzer;
mod recommender;
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

    /// Returns the size of the page that is asked for, in the query or in the body.
    pub(crate) fn page_size(&self, parameter: &str) -> Option<i32> {
        let in_body = || self.body.get(parameter)?.as_i64()?.try_into().ok();
        self.query.number(parameter).or_else(in_body)
    }

    /// Returns the token of the page that is asked for, in the query or in the body; an empty one is none.
    pub(crate) fn page_token(&self) -> Option<&str> {
        let in_body = || self.body.get("pageToken")?.as_str();
        let token = self.query.text("pageToken").or_else(in_body);
        token.filter(|token| !token.is_empty())
    }

    /// Returns the fields of the body but for those, as one text.
    pub(crate) fn body_but_for(&self, names: &[&str]) -> String {
        let fields = self.body.as_object().into_iter().flatten();
        let own = fields.filter(|(name, _)| !names.contains(&name.as_str()));
        own.map(|(name, value)| format!(" {name}={value}"))
            .collect()
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
        "monitoring.googleapis.com" => monitoring::answer(index, call),
        "recommender.googleapis.com" => recommender::answer(index, call),
        "logging.googleapis.com" => logging::answer(index, call),
        "bigquery.googleapis.com" => bigquery::answer(index, call),
        "cloudasset.googleapis.com" => assets::answer(index, call),
        "orgpolicy.googleapis.com" => org_policies::answer(index, call),
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
