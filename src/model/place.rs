//! Where a caller is, and what its calls show: audit logs' groups put on the map of accounts, keys and workloads.

use core::net::IpAddr;

use chrono::{DateTime, Utc};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::call::Caller;
use super::message::Message;
use super::names::{FullResourceName, ProjectId};
use super::rule::Confidence;
use super::usage::UsageSource;

/// Calls of one origin, with the place that they came from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PlacedCaller {
    /// The calls.
    pub call: Caller,
    /// Where they came from.
    pub place: Place,
}

/// Where a caller is, as far as its calls tell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// What kind of place it is.
    pub kind: PlaceKind,
    /// Which one, where that is known: `GitHub Actions`, `macOS`, the name of a range or a network.
    pub name: Option<String>,
    /// The VPC network that it is inside, by the inventory: a name alone would tell the VMs of one group apart.
    pub network: Option<FullResourceName>,
    /// How sure the kind is: high by what Google writes or the user's ranges, medium and low by the caller's own words.
    pub confidence: Confidence,
    /// What speaks for it, strongest first.
    pub reasons: Vec<Message>,
}

/// The kinds of places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceKind {
    /// A person's machine, or a browser.
    Workstation,
    /// A build and delivery service.
    Ci,
    /// Something that runs on Google Cloud.
    GoogleCloud,
    /// Inside a VPC network: on Google Cloud, or on-premises through it.
    Network,
    /// Another cloud.
    OtherCloud,
    /// Somebody else's service.
    Saas,
    /// Nothing tells.
    Unknown,
}

/// Addresses whose place the user knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressRange {
    /// What the user calls the place.
    pub name: String,
    /// What kind of place it is.
    pub kind: PlaceKind,
    /// Its addresses.
    pub networks: Vec<IpNet>,
}

impl AddressRange {
    /// Returns whether the address is one of the range's.
    #[must_use]
    pub fn contains(&self, address: &IpAddr) -> bool {
        self.networks
            .iter()
            .any(|network| network.contains(address))
    }
}

/// A permission that was seen in use on a resource, with the workloads that may have used it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExercisedPermission {
    /// The project whose resource was touched; `None` where the source does not tell.
    pub project: Option<ProjectId>,
    /// The permission: `storage.objects.get`.
    pub permission: String,
    /// The resource, cut to what a policy can be set on; empty where none is named.
    pub resource: String,
    /// Whether it was granted.
    pub granted: bool,
    /// Who used it.
    pub by: Attribution,
    /// Who told it.
    pub source: UsageSource,
    /// The last use, UTC.
    pub last: DateTime<Utc>,
    /// How many uses there were.
    pub count: u64,
}

/// Which of an account's workloads did something; workloads by their ids.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Attribution {
    /// This one: a key, a federated subject or a Kubernetes service account tells.
    Exact(String),
    /// One of these, sorted: calls of several workloads of one account cannot be told apart. None: of nobody known.
    AnyOf(Vec<String>),
}

impl Place {
    /// Returns a place of which nothing tells.
    #[must_use]
    pub fn unknown() -> Self {
        Self {
            kind: PlaceKind::Unknown,
            name: None,
            network: None,
            confidence: Confidence::Low,
            reasons: Vec::new(),
        }
    }

    /// Returns the place in a few words, `GitHub Actions`, `workstation (macOS)`, as the ids of workloads have it; empty
    /// where nothing tells.
    #[must_use]
    pub fn label(&self) -> String {
        let kind = match self.kind {
            PlaceKind::Workstation => "a workstation",
            PlaceKind::Ci => "a pipeline",
            PlaceKind::GoogleCloud => "Google Cloud",
            PlaceKind::Network => "a network",
            PlaceKind::OtherCloud => "another cloud",
            PlaceKind::Saas => "a service of others",
            PlaceKind::Unknown => return String::new(),
        };
        match (&self.name, self.kind) {
            (Some(name), PlaceKind::Network) => format!("network {name}"),
            (Some(name), PlaceKind::Workstation) => format!("workstation ({name})"),
            (Some(name), _) => name.clone(),
            (None, _) => kind.to_owned(),
        }
    }

    /// Returns whether the two may be one place. Unknown is wherever one likes, what has no name is any of its kind, and
    /// a runtime on Google Cloud is inside some network; what the inventory puts inside one network may be one group of VMs.
    #[must_use]
    pub fn may_be(&self, other: &Self) -> bool {
        let site = |place: &Self| match place.kind {
            PlaceKind::GoogleCloud | PlaceKind::Network => PlaceKind::GoogleCloud,
            kind @ (PlaceKind::Workstation
            | PlaceKind::Ci
            | PlaceKind::OtherCloud
            | PlaceKind::Saas
            | PlaceKind::Unknown) => kind,
        };
        if self.kind == PlaceKind::Unknown || other.kind == PlaceKind::Unknown {
            return true;
        }
        if site(self) != site(other) {
            return false;
        }
        match (&self.network, &other.network) {
            (Some(one), Some(another)) => one == another,
            (Some(_), None) | (None, Some(_)) => true,
            (None, None) => {
                self.kind != other.kind
                    || self.name.is_none()
                    || other.name.is_none()
                    || self.name == other.name
            }
        }
    }
}

/// Returns the calls by places that cannot be one and the same, each place with its calls.
///
/// Only what is surer than low tells places apart; calls from anywhere else may have come from any of them, and stand
/// nowhere. One place, or none, is no proof that there was only one.
#[must_use]
pub fn sites(callers: &[PlacedCaller]) -> Vec<Vec<&PlacedCaller>> {
    let is_known = |caller: &&PlacedCaller| {
        caller.place.kind != PlaceKind::Unknown && caller.place.confidence > Confidence::Low
    };
    let mut known: Vec<&PlacedCaller> = callers.iter().filter(is_known).collect();
    // Places with a name first: one without a name is one of them, if it may be.
    known.sort_by_key(|caller| (caller.place.name.is_none(), &caller.place, &caller.call));
    let mut sites: Vec<Vec<&PlacedCaller>> = Vec::new();
    for caller in known {
        let same = |site: &&mut Vec<&PlacedCaller>| {
            site.iter().all(|held| held.place.may_be(&caller.place))
        };
        match sites.iter_mut().find(same) {
            Some(site) => site.push(caller),
            None => sites.push(vec![caller]),
        }
    }
    sites
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vms_of_one_network_may_be_one_place_and_of_two_may_not() {
        let on = |name: &str, network: Option<&str>| Place {
            kind: PlaceKind::GoogleCloud,
            name: Some(name.to_owned()),
            network: network.map(|name| {
                let full = format!("//compute.googleapis.com/projects/p/global/networks/{name}");
                FullResourceName::parse(&full).expect("a name")
            }),
            ..Place::unknown()
        };
        let table = [
            (on("VM a", Some("core")), on("VM b", Some("core")), true),
            (on("VM a", Some("core")), on("VM b", Some("dev")), false),
            (on("VM a", Some("core")), on("Cloud Run", None), true),
            (on("Compute Engine", None), on("Cloud Run", None), false),
        ];
        for (one, another, expected) in table {
            assert_eq!(one.may_be(&another), expected, "{one:?} {another:?}");
            assert_eq!(another.may_be(&one), expected, "{another:?} {one:?}");
        }
    }
}
