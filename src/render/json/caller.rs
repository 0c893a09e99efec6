//! Callers of accounts and keys, as the JSON report writes them.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::vocabulary::{Confidence, PlaceKind, Source};
use crate::model;
use crate::model::call::Principal;

/// Calls of one origin, as a source of audit logs tells them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Caller {
    /// Who told it.
    pub source: Source,
    /// As whom the call was made: an address, a federated principal, or whoever took a token of the account.
    pub principal: String,
    /// The last of the entry's delegates; null where it names none.
    pub delegate: Option<String>,
    /// The user agent without what differs from run to run: text that the caller chose.
    pub user_agent: String,
    /// Where it came from.
    pub place: Place,
    /// The lowest addresses that it came from, at most four.
    pub addresses: Vec<String>,
    /// Whether there were more.
    pub more_addresses: bool,
    /// The VPC network that the entry names.
    pub network: Option<String>,
    /// The service that was called.
    pub service: String,
    /// The project whose resource was touched.
    pub project: Option<String>,
    /// The first call.
    pub first: DateTime<Utc>,
    /// The last call.
    pub last: DateTime<Utc>,
    /// How many entries there were.
    pub count: u64,
}

/// Where a caller is, as far as its calls tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// What kind of place it is.
    pub kind: PlaceKind,
    /// Which one; null where that is not known.
    pub name: Option<String>,
    /// How sure the kind is.
    pub confidence: Confidence,
    /// What speaks for it, strongest first.
    pub reasons: Vec<String>,
}

impl From<&model::place::Place> for Place {
    fn from(place: &model::place::Place) -> Self {
        Self {
            kind: place.kind.into(),
            name: place.name.clone(),
            confidence: place.confidence.into(),
            reasons: place.reasons.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<&model::place::PlacedCaller> for Caller {
    fn from(caller: &model::place::PlacedCaller) -> Self {
        let (call, place) = (&caller.call, &caller.place);
        Self {
            source: call.source.into(),
            principal: match &call.principal {
                Principal::Account(email) => email.to_string(),
                Principal::Federated(text) | Principal::Other(text) => text.clone(),
            },
            delegate: call.delegate.clone(),
            user_agent: call.user_agent.clone(),
            place: Place::from(place),
            addresses: call.addresses.iter().map(ToString::to_string).collect(),
            more_addresses: call.more_addresses,
            network: call.network.clone(),
            service: call.service.clone(),
            project: call.project.as_ref().map(ToString::to_string),
            first: call.seen.from,
            last: call.seen.to,
            count: call.count,
        }
    }
}
