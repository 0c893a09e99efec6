//! Groups of calls: as a table for people, as CSV for spreadsheets. As JSON: [`crate::render::json::usage`].

mod csv;
mod table;

pub use csv::csv;
pub use table::table;

use crate::model::call::{AddressClass, Caller};
use crate::model::place::{Place, PlaceKind};

/// Returns what kind of place calls came from, and which one; `None` where nothing tells more than the entries' own words
/// for the address.
pub(super) fn site(place: &Place) -> Option<String> {
    let kind = match place.kind {
        PlaceKind::Workstation => "a workstation",
        PlaceKind::Ci => "a pipeline",
        PlaceKind::GoogleCloud => "Google Cloud",
        PlaceKind::OtherCloud => "another cloud",
        PlaceKind::Saas => "a service of others",
        PlaceKind::Network | PlaceKind::Unknown => return None,
    };
    Some(match &place.name {
        Some(name) => format!("{kind} ({name})"),
        None => kind.to_owned(),
    })
}

/// Returns where calls came from, as the entries tell it: addresses, what stands in their place, the network.
pub(super) fn address(caller: &Caller) -> String {
    let mut place = match caller.address {
        AddressClass::Absent => String::new(),
        AddressClass::Private => "private".to_owned(),
        AddressClass::GceInternal => "gce-internal-ip".to_owned(),
        AddressClass::Unreadable => "an address that cannot be read".to_owned(),
        AddressClass::Internal | AddressClass::Public => {
            let addresses: Vec<String> = caller.addresses.iter().map(ToString::to_string).collect();
            addresses.join(", ")
        }
    };
    if caller.more_addresses {
        place.push_str(" and more");
    }
    if let Some(network) = &caller.network {
        let blank = if place.is_empty() { "" } else { " " };
        let name = network
            .strip_prefix("//compute.googleapis.com/")
            .unwrap_or(network);
        place.push_str(&format!("{blank}in {name}"));
    }
    place
}
