//! The inventory's word for where an address is: inside a subnetwork, or a VM's.
//!
//! Networks that do not know each other hold the same private addresses. So the network that the entry names picks among
//! them, and where none is named and several have the address, no single one is told.

use core::net::IpAddr;
use std::collections::BTreeSet;

use crate::model::address::{AddressHolder, AddressSpace};
use crate::model::call::Caller;
use crate::model::coverage::{Coverage, Dataset};
use crate::model::message::Message;
use crate::model::names::{FullResourceName, ProjectId};
use crate::model::place::PlaceKind;
use crate::model::rule::Confidence;

use super::{Sign, UNTOLD};

/// Returns what the inventory says of the calls' addresses; `None` where it does not have all of them.
///
/// What was made after the last call is not where it came from. Sure is what Google's own word for the network agrees
/// with; a network elsewhere may have the same private addresses, and a public one may have been somebody else's.
pub(super) fn sign(call: &Caller, spaces: &[AddressSpace]) -> Option<Sign> {
    let first = call.addresses.first()?;
    let network = network(call);
    let fits = |space: &&AddressSpace| {
        let of_the_network = network
            .as_ref()
            .is_none_or(|name| space.network.as_ref() == Some(name));
        of_the_network && space.created.is_none_or(|made| made <= call.seen.to)
    };
    let near: Vec<&AddressSpace> = spaces.iter().filter(fits).collect();
    let of = |address: &IpAddr| -> Vec<&AddressSpace> {
        let holds = near.iter().filter(|space| space.contains(address));
        holds.copied().collect()
    };
    let per_address: Vec<Vec<&AddressSpace>> = call.addresses.iter().map(of).collect();
    if per_address.iter().any(Vec::is_empty) {
        return None;
    }
    let all: Vec<&AddressSpace> = per_address.concat();
    let networks: BTreeSet<_> = all.iter().map(|space| &space.network).collect();
    let one = if networks.len() == 1 {
        one(&all, &per_address)
    } else {
        None
    };
    let reason = Message::default().name(first.to_string());
    let (name, reason) = match one {
        Some(space) => (Some(named(space)), reason.append(told(space))),
        None => (None, reason.append(one_of(&all))),
    };
    let sure = network.is_some() && one.is_some() && !call.more_addresses;
    Some(Sign {
        kind: PlaceKind::GoogleCloud,
        name,
        network: one.and_then(|space| space.network.clone()),
        confidence: if sure {
            Confidence::High
        } else {
            Confidence::Medium
        },
        reason,
    })
}

/// Returns in how many projects the addresses are not known.
pub(super) fn unread(coverage: &Coverage) -> usize {
    let gaps = coverage.gaps();
    gaps.filter(|(_, dataset, _)| *dataset == Dataset::Addresses)
        .count()
}

/// Returns what is said of an internal address that the inventory cannot tell, where a part of it could not be read.
pub(super) fn missing(projects: usize) -> Message {
    let words = match projects {
        0 => return Message::default(),
        1 => "; the subnetworks and VMs of 1 project could not be read".to_owned(),
        _ => format!("; the subnetworks and VMs of {projects} projects could not be read"),
    };
    Message::from(words)
}

/// Returns the network that the entries name.
fn network(call: &Caller) -> Option<FullResourceName> {
    let name = call.network.as_deref()?;
    let names_one = name.contains("/global/networks/") && !name.ends_with(UNTOLD);
    names_one
        .then(|| FullResourceName::parse(name).ok())
        .flatten()
}

/// Returns the one VM that has all the addresses, else the one subnetwork.
fn one<'a>(
    all: &[&'a AddressSpace],
    per_address: &[Vec<&'a AddressSpace>],
) -> Option<&'a AddressSpace> {
    let has_all = |space: &&&AddressSpace| {
        let mut addresses = per_address.iter();
        addresses.all(|of_address| {
            let mut resources = of_address.iter().map(|held| &held.resource);
            resources.any(|resource| *resource == space.resource)
        })
    };
    let only = |is_vm: bool| {
        let kind = all.iter().filter(|space| vm(space) == is_vm);
        let held: Vec<&&AddressSpace> = kind.filter(has_all).collect();
        let first = held.first()?;
        let same = held.iter().all(|space| space.resource == first.resource);
        same.then_some(**first)
    };
    only(true).or_else(|| only(false))
}

fn vm(space: &AddressSpace) -> bool {
    matches!(space.holder, AddressHolder::Vm { .. })
}

fn short(space: &AddressSpace) -> &str {
    let name = space.resource.as_str();
    name.rsplit('/').next().unwrap_or(name)
}

fn named(space: &AddressSpace) -> String {
    let kind = if vm(space) { "VM" } else { "subnet" };
    format!("{kind} {} of {}", short(space), space.project)
}

fn told(space: &AddressSpace) -> Message {
    let (before, account) = match &space.holder {
        AddressHolder::Vm { account } => (" is an address of VM ", account.as_ref()),
        AddressHolder::Subnetwork => (" is inside subnet ", None),
    };
    let told = Message::from(before)
        .name(short(space))
        .text(" of project ")
        .name(space.project.as_str());
    match account {
        Some(account) => told.text(", which runs as ").name(account.as_str()),
        None => told,
    }
}

/// Returns that the addresses are of Google Cloud, and which projects have them.
fn one_of(all: &[&AddressSpace]) -> Message {
    let projects: BTreeSet<&ProjectId> = all.iter().map(|space| &space.project).collect();
    let mut projects = projects.into_iter().peekable();
    let mut told = Message::from(" is inside a subnet of Google Cloud that ");
    let mut first = true;
    while let Some(project) = projects.next() {
        let before = match (first, projects.peek()) {
            (true, _) => "",
            (false, Some(_)) => ", ",
            (false, None) => " or ",
        };
        told = told.text(before).name(project.as_str());
        first = false;
    }
    told.text(" has")
}

#[cfg(test)]
mod tests {
    use crate::model::call::{AddressClass, Principal};
    use crate::model::names::Email;
    use crate::model::usage::{Period, UsageSource};

    use super::*;

    fn space(project: &str, path: &str, network: &str, range: &str, vm: bool) -> AddressSpace {
        let full = |path: String| {
            let name = format!("//compute.googleapis.com/projects/{project}/{path}");
            FullResourceName::parse(&name).expect("a name")
        };
        AddressSpace {
            project: ProjectId::parse(project).expect("an id"),
            resource: full(path.to_owned()),
            holder: if vm {
                let account = Email::parse("vm@acme-prod.iam.gserviceaccount.com").ok();
                AddressHolder::Vm { account }
            } else {
                AddressHolder::Subnetwork
            },
            network: Some(full(format!("global/networks/{network}"))),
            ranges: vec![range.parse().expect("a range")],
            created: Some("2026-01-01T00:00:00Z".parse().expect("a time")),
        }
    }

    fn told_of(addresses: &[&str], network: Option<&str>, at: &str) -> Option<String> {
        let spaces = [
            space(
                "acme-dev",
                "regions/r/subnetworks/dev",
                "dev",
                "10.0.0.0/24",
                false,
            ),
            space(
                "acme-prod",
                "regions/r/subnetworks/prod",
                "core",
                "10.0.0.0/24",
                false,
            ),
            space(
                "acme-prod",
                "regions/r/subnetworks/more",
                "core",
                "10.0.1.0/24",
                false,
            ),
            space(
                "acme-prod",
                "zones/z/instances/etl-1",
                "core",
                "10.0.1.7/32",
                true,
            ),
        ];
        let at = at.parse().expect("a time");
        let call = Caller {
            source: UsageSource::Logs,
            principal: Principal::Other("ann@acme.example".to_owned()),
            key: None,
            delegate: None,
            target: None,
            user_agent: String::new(),
            address: AddressClass::Internal,
            addresses: addresses
                .iter()
                .map(|text| text.parse().expect("an address"))
                .collect(),
            more_addresses: false,
            network: network.map(str::to_owned),
            service: String::new(),
            project: None,
            seen: Period { from: at, to: at },
            count: 1,
        };
        let sign = sign(&call, &spaces)?;
        let name = sign.name.as_deref().unwrap_or("-");
        Some(format!("{name} {:?}: {}", sign.confidence, sign.reason))
    }

    #[test]
    fn one_network_tells_the_subnet_and_the_vm_and_two_tell_neither() {
        const AT: &str = "2026-11-20T08:00:00Z";
        const CORE: &str = "//compute.googleapis.com/projects/acme-prod/global/networks/core";
        const ELSEWHERE: &str = "//compute.googleapis.com/projects/acme-lab/global/networks/lab";
        const UNKNOWN: &str = "//compute.googleapis.com/projects/x/global/networks/__unknown__";
        let subnets =
            "- Medium: 10.0.0.9 is inside a subnet of Google Cloud that acme-dev or acme-prod has";
        let vm = "10.0.1.7 is an address of VM etl-1 of project acme-prod, which runs as vm@acme-prod.iam.gserviceaccount.com";
        let vm_likely = format!("VM etl-1 of acme-prod Medium: {vm}");
        let vm_sure = format!("VM etl-1 of acme-prod High: {vm}");
        type Row<'a> = (&'a [&'a str], Option<&'a str>, &'a str, Option<&'a str>);
        let table: [Row<'_>; 10] = [
            (&["10.0.0.9"], None, AT, Some(subnets)),
            (&["10.0.0.9"], Some(UNKNOWN), AT, Some(subnets)),
            (
                &["10.0.0.9"],
                Some(CORE),
                AT,
                Some(
                    "subnet prod of acme-prod High: 10.0.0.9 is inside subnet prod of project acme-prod",
                ),
            ),
            (&["10.0.0.9"], Some(ELSEWHERE), AT, None),
            (&["10.0.1.7"], None, AT, Some(vm_likely.as_str())),
            (&["10.0.1.7"], Some(CORE), AT, Some(vm_sure.as_str())),
            (
                &["10.0.1.7", "10.0.1.8"],
                Some(CORE),
                AT,
                Some(
                    "subnet more of acme-prod High: 10.0.1.7 is inside subnet more of project acme-prod",
                ),
            ),
            (
                &["10.0.0.9", "10.0.1.8"],
                Some(CORE),
                AT,
                Some("- Medium: 10.0.0.9 is inside a subnet of Google Cloud that acme-prod has"),
            ),
            (&["10.0.0.9", "10.9.0.9"], Some(CORE), AT, None),
            // Before any of them was made.
            (&["10.0.1.7"], Some(CORE), "2025-12-31T08:00:00Z", None),
        ];
        for (addresses, network, at, expected) in table {
            assert_eq!(
                told_of(addresses, network, at).as_deref(),
                expected,
                "{addresses:?} {network:?}"
            );
        }
    }
}
