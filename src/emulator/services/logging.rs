//! Logging: entries of projects, folders and organizations, by filter and order.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::log_filter::LogFilter;
use super::{Call, Reply};
use crate::emulator::errors::{self, Refusal};
use crate::emulator::index::{Element, Index};

/// Resource names in a request at most.
const MAX_NAMES: usize = 100;

/// Characters of a filter at most.
const MAX_FILTER: usize = 20_000;

pub(super) fn answer(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    let host = call.route.method.host.as_str();
    if call.body.get("projectIds").is_some() {
        return Err(errors::invalid_argument(
            "the emulator does not support projectIds, which is deprecated",
        ));
    }
    let names = names(call.body)?;
    let text = |field: &str| call.body.get(field).and_then(Value::as_str);
    let filter = text("filter").unwrap_or_default();
    if filter.len() > MAX_FILTER {
        return Err(errors::invalid_argument(
            "The filter is longer than 20000 characters.",
        ));
    }
    let filter = LogFilter::parse(filter)
        .map_err(|why| errors::invalid_argument(format!("Unparseable filter: {why}")))?;
    let newest_first = match text("orderBy") {
        None | Some("" | "timestamp asc") => false,
        Some("timestamp desc") => true,
        Some(other) => {
            return Err(errors::invalid_argument(format!(
                "Unsupported order by: {other}"
            )));
        }
    };
    let mut found = Vec::new();
    for name in names {
        let known = name
            .split_once('/')
            .is_some_and(|(kind, id)| index.has_container(host, kind, id));
        if !known {
            return Err(errors::permission_denied(
                "logging.logEntries.list",
                Some(name),
            ));
        }
        let entries = index.collection(&format!("{host}/{name}/entries"));
        found.extend(
            entries
                .iter()
                .filter(|entry| filter.finds(entry.view()))
                .cloned(),
        );
    }
    // Entries of one moment go by their ids, whichever way time goes.
    found.sort_by_cached_key(order);
    if newest_first {
        found.sort_by_key(|entry| std::cmp::Reverse(order(entry).0));
    }
    Ok(Reply::List(found))
}

fn order(entry: &Arc<Element>) -> (Option<DateTime<Utc>>, String) {
    let at = entry.text("timestamp").and_then(|text| text.parse().ok());
    (at, entry.text("insertId").unwrap_or_default().to_owned())
}

/// Returns the resource names of a request.
fn names(body: &Value) -> Result<Vec<&str>, Refusal> {
    let names = body.get("resourceNames").and_then(Value::as_array);
    let names: Vec<&str> = names
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if names.is_empty() || names.len() > MAX_NAMES {
        return Err(errors::invalid_argument(format!(
            "A request names 1 to {MAX_NAMES} resources, this one {}.",
            names.len()
        )));
    }
    let container = |name: &&str| {
        matches!(
            name.split_once('/'),
            Some(("projects" | "folders" | "organizations", id)) if !id.is_empty() && !id.contains('/')
        )
    };
    match names.iter().find(|name| !container(name)) {
        None => Ok(names),
        Some(odd) => Err(errors::invalid_argument(format!(
            "the emulator does not support the resource name {odd}"
        ))),
    }
}
