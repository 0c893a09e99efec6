//! Recommender: insights, by type and state.

use super::{Call, Reply, plain};
use crate::emulator::errors::{self, Refusal};
use crate::emulator::index::Index;

pub(super) fn answer(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    let segments: Vec<&str> = call.route.resource().split('/').collect();
    let [kind, name, _, location, _, insight] = segments.as_slice() else {
        return Err(errors::invalid_argument(
            "Request contains an invalid argument.",
        ));
    };
    let permission = match *insight {
        "google.iam.serviceAccount.Insight" => "recommender.iamServiceAccountInsights.list",
        "google.iam.policy.Insight" => "recommender.iamPolicyInsights.list",
        "google.iam.policy.LateralMovementInsight" => {
            "recommender.iamPolicyLateralMovementInsights.list"
        }
        other => {
            return Err(errors::invalid_argument(format!(
                "Insight type {other} is not supported."
            )));
        }
    };
    if *location != "global" {
        return Err(errors::invalid_argument(format!(
            "Location {location} is not supported."
        )));
    }
    if !index.has_container(&call.route.method.host, kind, name) {
        let resource = format!("{kind}/{name}");
        return Err(errors::permission_denied(permission, Some(&resource)));
    }
    let wanted = match call.query.text("filter") {
        None => None,
        Some(filter) => {
            let (field, state) = filter.split_once('=').unwrap_or_default();
            if field.trim() != "stateInfo.state" || !STATES.contains(&state.trim()) {
                let message = format!("the emulator does not support the filter {filter}");
                return Err(errors::invalid_argument(message));
            }
            Some(state.trim())
        }
    };
    let (Reply::List(mut insights), Some(wanted)) = (plain(index, call)?, wanted) else {
        return plain(index, call);
    };
    insights.retain(|insight| {
        let state = insight.view().pointer("/stateInfo/state");
        // What a fault or an odd estate puts in is answered as it is.
        state.is_none_or(|state| state == wanted)
    });
    Ok(Reply::List(insights))
}

/// The states of an insight.
const STATES: [&str; 3] = ["ACTIVE", "ACCEPTED", "DISMISSED"];
