//! Where a caller is: a workstation, a pipeline, Google Cloud, somewhere else, with what speaks for it.
//!
//! Strong to weak: the platform that Google names as delegate, the subject of a federated identity, the subnetworks and
//! VMs of the inventory, the ranges of addresses that the user knows and Google's own word for a VM's address, then what the user agent says. That is text
//! which the caller chose: evidence, never of confidence high. An address inside a network alone says Google Cloud, or
//! on-premises through it.

mod federated;
mod inventory;
mod platform;
mod user_agent;

use crate::model::address::AddressSpace;
use crate::model::call::{AddressClass, Caller, Principal};
use crate::model::federation::Pool;
use crate::model::message::Message;
use crate::model::names::{Email, FullResourceName, Member};
use crate::model::place::{AddressRange, Place, PlaceKind};
use crate::model::project::Project;
use crate::model::rule::Confidence;
use crate::model::snapshot::Facts;

pub(super) use federated::member;
pub(super) use platform::Platform;

/// How Google ends the name of a network that it does not tell.
const UNTOLD: &str = "/__unknown__";

/// What is known of places: the user's ranges, the inventory's addresses, and what the pools' providers let in.
pub(super) struct Places<'a> {
    ranges: &'a [AddressRange],
    pools: &'a [Pool],
    projects: &'a [Project],
    addresses: &'a [AddressSpace],
    /// In how many projects these are not known.
    unread: usize,
}

/// One thing that speaks for a place.
struct Sign {
    kind: PlaceKind,
    name: Option<String>,
    network: Option<FullResourceName>,
    confidence: Confidence,
    reason: Message,
}

impl<'a> Places<'a> {
    pub(super) fn of(facts: &'a Facts, ranges: &'a [AddressRange]) -> Self {
        Self {
            ranges,
            pools: &facts.pools,
            projects: &facts.projects,
            addresses: &facts.addresses,
            unread: inventory::unread(&facts.coverage),
        }
    }

    /// Returns the place that calls came from. The strongest sign decides the kind; others of that kind add their
    /// reasons, and a name where it has none.
    pub(super) fn place(&self, call: &Caller) -> Place {
        let signs = [
            self.delegate(call),
            inventory::sign(call, self.addresses),
            self.range(call),
            vm_address(call),
            user_agent::sign(&call.user_agent),
            network(call, self.unread),
        ];
        let mut signs = signs.into_iter().flatten();
        let Some(first) = signs.next() else {
            return Place::unknown();
        };
        let mut place = Place {
            kind: first.kind,
            name: first.name,
            network: first.network,
            confidence: first.confidence,
            reasons: vec![first.reason],
        };
        for sign in signs {
            if sign.kind == place.kind {
                place.name = place.name.or(sign.name);
            }
            // Inside a network is where all of Google Cloud is; where the inventory has the address, that says no more.
            let inside = sign.kind == PlaceKind::Network && place.network.is_none();
            let agrees = sign.kind == place.kind || inside;
            if agrees {
                place.reasons.push(sign.reason);
            }
            if place.kind == PlaceKind::GoogleCloud && sign.kind == PlaceKind::Network {
                place.confidence = place.confidence.max(Confidence::Medium);
            }
        }
        place
    }

    fn delegate(&self, call: &Caller) -> Option<Sign> {
        let delegate = call.delegate.as_deref();
        if let Some(platform) = delegate.and_then(Platform::of) {
            return Some(Sign {
                kind: PlaceKind::GoogleCloud,
                name: Some(platform.name.clone()),
                network: None,
                confidence: Confidence::High,
                reason: Message::from("the platform that called for it is ").name(platform.name),
            });
        }
        let subject = match &call.principal {
            Principal::Federated(subject) => Some(subject.as_str()),
            Principal::Account(_) | Principal::Other(_) => delegate,
        };
        federated::sign(&member(subject?)?, self.pools, self.projects)
    }

    /// Returns the user's range that has all addresses of the calls. Where there were more than are kept, it is no more
    /// than likely.
    fn range(&self, call: &Caller) -> Option<Sign> {
        let (first, rest) = call.addresses.split_first()?;
        let range = self.ranges.iter().find(|range| range.contains(first))?;
        let all = rest.iter().all(|address| range.contains(address));
        all.then(|| Sign {
            kind: range.kind,
            name: Some(range.name.clone()),
            network: None,
            confidence: if call.more_addresses {
                Confidence::Medium
            } else {
                Confidence::High
            },
            reason: Message::default()
                .name(first.to_string())
                .text(" is in the range ")
                .name(&range.name),
        })
    }
}

/// Returns the sign of an address that Google writes for VMs of other projects.
fn vm_address(call: &Caller) -> Option<Sign> {
    (call.address == AddressClass::GceInternal).then(|| Sign {
        kind: PlaceKind::GoogleCloud,
        name: None,
        network: None,
        confidence: Confidence::High,
        reason: Message::from("Google writes its address as gce-internal-ip: a VM's"),
    })
}

/// Returns the sign of an address inside a network; `unread` is in how many projects no subnetworks are known.
///
/// `__unknown__`, as Google names a network that it does not tell, may be any of them.
fn network(call: &Caller, unread: usize) -> Option<Sign> {
    let named = call.network.as_deref();
    let named = named.map(|network| Some(network).filter(|name| !name.ends_with(UNTOLD)));
    let reason = match (named, call.address) {
        (Some(Some(network)), _) => Message::from("inside network ")
            .name(network)
            .text(": Google Cloud, or on-premises through it"),
        (Some(None), _) => Message::from(
            "inside a network that Google does not name: Google Cloud, or on-premises through it",
        ),
        (None, AddressClass::Private) => {
            Message::from("its address is private: Google Cloud, or on-premises through a network")
        }
        (None, AddressClass::Internal) => Message::from(
            "its address is of a private network: Google Cloud, or on-premises through it",
        ),
        (
            None,
            AddressClass::Absent
            | AddressClass::GceInternal
            | AddressClass::Public
            | AddressClass::Unreadable,
        ) => return None,
    };
    Some(Sign {
        kind: PlaceKind::Network,
        name: named.flatten().map(network_name),
        network: None,
        confidence: Confidence::High,
        reason: if call.address == AddressClass::Internal {
            reason.append(inventory::missing(unread))
        } else {
            reason
        },
    })
}

/// Returns a network as people name it, `core of acme-net`; another text stays as it is.
fn network_name(network: &str) -> String {
    let path = network.strip_prefix("//compute.googleapis.com/projects/");
    match path.and_then(|path| path.split_once("/global/networks/")) {
        Some((project, name)) => format!("{name} of {project}"),
        None => network.to_owned(),
    }
}

/// Returns the account that a delegate is, if it is one that is not Google's own.
pub(super) fn impersonator(delegate: &str) -> Option<Email> {
    let member = Member::parse(&format!("serviceAccount:{delegate}"));
    member.account().cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::usage::{Period, UsageSource};

    fn call() -> Caller {
        let at = "2026-11-20T08:00:00Z".parse().expect("a time");
        Caller {
            source: UsageSource::Logs,
            principal: Principal::Account(
                Email::parse("etl@acme-prod.iam.gserviceaccount.com").expect("an address"),
            ),
            key: None,
            delegate: None,
            target: None,
            user_agent: String::new(),
            address: AddressClass::Absent,
            addresses: Vec::new(),
            more_addresses: false,
            network: None,
            service: "storage.googleapis.com".to_owned(),
            project: None,
            seen: Period { from: at, to: at },
            count: 1,
        }
    }

    fn told(call: &Caller) -> String {
        let office = AddressRange {
            name: "office".to_owned(),
            kind: PlaceKind::Workstation,
            networks: vec!["203.0.113.0/24".parse().expect("a network")],
        };
        let facts = Facts::default();
        let ranges = [office];
        let place = Places::of(&facts, &ranges).place(call);
        let reasons: Vec<String> = place.reasons.iter().map(ToString::to_string).collect();
        format!(
            "{:?} {} {:?}: {}",
            place.kind,
            place.name.as_deref().unwrap_or("-"),
            place.confidence,
            reasons.join("; ")
        )
    }

    #[test]
    fn the_strongest_sign_decides() {
        const MAC: &str = "google-cloud-sdk gcloud/569.0.0 client-os/MACOSX interactive/True";
        let network =
            || Some("//compute.googleapis.com/projects/acme-net/global/networks/core".to_owned());
        let agent = Some("service-1@compute-system.iam.gserviceaccount.com".to_owned());
        let github = "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/subject/repo:acme/shop:ref:refs/heads/main";
        let address = |text: &str| vec![text.parse().expect("an address")];
        let table = [
            (call(), "Unknown - Low: "),
            (
                Caller {
                    delegate: agent,
                    user_agent: MAC.to_owned(),
                    ..call()
                },
                "GoogleCloud Compute Engine High: the platform that called for it is Compute Engine",
            ),
            (
                Caller {
                    delegate: Some(github.to_owned()),
                    ..call()
                },
                "Ci GitHub Actions High: the federated identity is repo:acme/shop:ref:refs/heads/main",
            ),
            (
                Caller {
                    address: AddressClass::Public,
                    addresses: address("203.0.113.9"),
                    user_agent: MAC.to_owned(),
                    ..call()
                },
                "Workstation office High: 203.0.113.9 is in the range office; the user agent says gcloud on macOS",
            ),
            (
                Caller {
                    address: AddressClass::Public,
                    addresses: address("203.0.113.9"),
                    more_addresses: true,
                    ..call()
                },
                "Workstation office Medium: 203.0.113.9 is in the range office",
            ),
            (
                Caller {
                    address: AddressClass::Public,
                    addresses: address("198.51.100.1"),
                    ..call()
                },
                "Unknown - Low: ",
            ),
            (
                Caller {
                    address: AddressClass::GceInternal,
                    ..call()
                },
                "GoogleCloud - High: Google writes its address as gce-internal-ip: a VM's",
            ),
            (
                Caller {
                    address: AddressClass::Internal,
                    network: network(),
                    ..call()
                },
                "Network core of acme-net High: inside network //compute.googleapis.com/projects/acme-net/global/networks/core: Google Cloud, or on-premises through it",
            ),
            (
                Caller {
                    address: AddressClass::Private,
                    network: Some(
                        "//compute.googleapis.com/projects/acme-net/global/networks/__unknown__"
                            .to_owned(),
                    ),
                    ..call()
                },
                "Network - High: inside a network that Google does not name: Google Cloud, or on-premises through it",
            ),
            (
                Caller {
                    address: AddressClass::Internal,
                    user_agent: "gcloud/514.0.0 environment/GCE interactive/False".to_owned(),
                    ..call()
                },
                "GoogleCloud - Medium: the user agent says gcloud on a GCE VM; its address is of a private network: Google Cloud, or on-premises through it",
            ),
            (
                Caller {
                    address: AddressClass::Private,
                    user_agent: "grpc-go/1.62.2".to_owned(),
                    ..call()
                },
                "Network - High: its address is private: Google Cloud, or on-premises through a network",
            ),
        ];
        for (call, expected) in table {
            assert_eq!(told(&call), expected);
        }
    }
}
