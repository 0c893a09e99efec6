//! One resource's JSON → the addresses that it has: a subnetwork's ranges, a VM's interfaces.
//!
//! Source: <https://cloud.google.com/compute/docs/reference/rest/v1/subnetworks>,
//! <https://cloud.google.com/compute/docs/reference/rest/v1/instances>.

use core::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;

use crate::model::address::{AddressHolder, AddressSpace};
use crate::model::names::Email;
use crate::model::project::Project;

use super::extract::{Resource, first, full_name, time};
use super::path::Path;
use super::table::Row;

/// The fields of an interface that hold addresses of the VM, and those lists of it whose elements do.
const OF_INTERFACE: [&str; 2] = ["networkIP", "ipv6Address"];
const IN_INTERFACE: [(&str, &str); 3] = [
    ("accessConfigs", "natIP"),
    ("ipv6AccessConfigs", "externalIpv6"),
    ("aliasIpRanges", "ipCidrRange"),
];

/// Returns the addresses that the resource has, and how many of its texts are none. Of a VM with several interfaces each
/// comes by itself, since each may be in another network.
#[must_use]
pub fn addresses(row: &Row, resource: Resource<'_>, project: &Project) -> (Vec<AddressSpace>, u64) {
    let (mut spaces, mut malformed) = (Vec::new(), 0);
    let mut add = |holder: AddressHolder, network: Option<&Value>, texts: Vec<&Value>| {
        let mut ranges: Vec<IpNet> = Vec::new();
        // An interface may have an entry for an external address, and no address.
        for text in texts.into_iter().filter(|text| text.as_str() != Some("")) {
            match text.as_str().and_then(range) {
                Some(range) => ranges.push(range),
                None => malformed += 1,
            }
        }
        ranges.sort();
        ranges.dedup();
        if ranges.is_empty() {
            return;
        }
        let network = network.and_then(Value::as_str);
        spaces.push(AddressSpace {
            project: project.id.clone(),
            resource: resource.name.clone(),
            holder,
            network: network.and_then(|name| full_name(row.service(), name, project)),
            ranges,
            created: first(&row.created, resource.json, time),
        });
    };
    match resource.json.get("networkInterfaces") {
        None => {
            let found = row.accounts.iter().flat_map(|path| found(path, resource));
            let texts = found.collect();
            let network = resource.json.get("network");
            add(AddressHolder::Subnetwork, network, texts);
        }
        Some(interfaces) => {
            let account = resource.json.pointer("/serviceAccounts/0/email");
            let account = account.and_then(Value::as_str);
            let account = account.and_then(|email| Email::parse(email).ok());
            for interface in interfaces.as_array().into_iter().flatten() {
                let holder = AddressHolder::Vm {
                    account: account.clone(),
                };
                add(holder, interface.get("network"), of_interface(interface));
            }
        }
    }
    (spaces, malformed)
}

fn found<'a>(path: &Path, resource: Resource<'a>) -> Vec<&'a Value> {
    path.find(resource.json).unwrap_or_default()
}

fn of_interface(interface: &Value) -> Vec<&Value> {
    let own = OF_INTERFACE.iter().filter_map(|field| interface.get(field));
    let inner = IN_INTERFACE.iter().flat_map(|(list, field)| {
        let elements = interface.get(list).and_then(Value::as_array);
        let elements = elements.into_iter().flatten();
        elements.filter_map(move |element| element.get(field))
    });
    own.chain(inner).collect()
}

/// Returns the range that a text is: `10.0.0.0/20`, or one address.
fn range(text: &str) -> Option<IpNet> {
    let range = text.parse().ok();
    range.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use crate::collect::attachments::table::rows;
    use crate::model::names::{ProjectId, ProjectNumber};

    use super::*;

    fn told(row: &str, json: &Value) -> (Vec<String>, u64) {
        let project = Project {
            id: ProjectId::parse("acme-net").expect("an id"),
            number: ProjectNumber::parse("1001").expect("a number"),
            parent: None,
            display_name: String::new(),
            labels: BTreeMap::new(),
            created: None,
        };
        let row = rows().iter().find(|known| known.name == row);
        let row = row.expect("a row");
        let name = full_name(row.service(), "projects/acme-net/x/y", &project).expect("a name");
        let (spaces, malformed) = addresses(row, Resource { name: &name, json }, &project);
        let told = spaces.iter().map(|space| {
            let ranges: Vec<String> = space.ranges.iter().map(ToString::to_string).collect();
            let network = space.network.as_ref().map_or("-", |name| name.as_str());
            format!("{:?} {network} {}", space.holder, ranges.join(" "))
        });
        (told.collect(), malformed)
    }

    #[test]
    fn a_subnetwork_has_its_ranges_and_a_vm_has_the_addresses_of_each_interface() {
        let network =
            "https://www.googleapis.com/compute/v1/projects/acme-net/global/networks/core";
        let subnet = json!({
            "network": network, "ipCidrRange": "10.20.0.0/20", "ipv6CidrRange": "",
            "secondaryIpRanges": [{ "rangeName": "pods", "ipCidrRange": "10.64.0.0/14" }, { "ipCidrRange": "ten" }],
        });
        let core = "//compute.googleapis.com/projects/acme-net/global/networks/core";
        let expected = vec![format!("Subnetwork {core} 10.20.0.0/20 10.64.0.0/14")];
        assert_eq!(told("compute-subnetwork", &subnet), (expected, 1));
        let vm = json!({
            "serviceAccounts": [{ "email": "vm@acme-net.iam.gserviceaccount.com" }],
            "networkInterfaces": [
                { "network": network, "networkIP": "10.20.0.9", "accessConfigs": [{ "type": "ONE_TO_ONE_NAT", "natIP": "198.51.100.7" }, {}] },
                { "networkIP": "192.168.0.9", "aliasIpRanges": [{ "ipCidrRange": "192.168.9.0/24" }] },
                {},
            ],
        });
        let holder = r#"Vm { account: Some(Email("vm@acme-net.iam.gserviceaccount.com")) }"#;
        let expected = vec![
            format!("{holder} {core} 10.20.0.9/32 198.51.100.7/32"),
            format!("{holder} - 192.168.0.9/32 192.168.9.0/24"),
        ];
        assert_eq!(told("compute-instance-address", &vm), (expected, 0));
        let without = json!({ "networkInterfaces": [{ "networkIP": 7 }] });
        assert_eq!(told("compute-instance-address", &without), (Vec::new(), 1));
    }
}
