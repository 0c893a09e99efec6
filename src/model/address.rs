//! The addresses of the inventory: which subnetwork and which VM has which.

use core::net::IpAddr;

use chrono::{DateTime, Utc};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::names::{Email, FullResourceName, ProjectId};

/// The addresses of one subnetwork, or of one interface of a VM.
///
/// Private addresses are no names: networks that do not know each other hold the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AddressSpace {
    /// The project that has the resource. A subnetwork of a Shared VPC is its host project's.
    pub project: ProjectId,
    /// The subnetwork, or the VM.
    pub resource: FullResourceName,
    /// What holds the addresses.
    pub holder: AddressHolder,
    /// The VPC network that they belong to; `None` where the resource tells none.
    pub network: Option<FullResourceName>,
    /// The addresses, sorted.
    #[serde(with = "as_text")]
    pub ranges: Vec<IpNet>,
    /// When the resource was made, UTC: what called before was something else.
    pub created: Option<DateTime<Utc>>,
}

/// What holds addresses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum AddressHolder {
    /// A subnetwork, with its secondary ranges.
    Subnetwork,
    /// A VM.
    Vm {
        /// The account that it runs as, where it runs as one.
        account: Option<Email>,
    },
}

impl AddressSpace {
    /// Returns whether the address is one of these.
    #[must_use]
    pub fn contains(&self, address: &IpAddr) -> bool {
        self.ranges.iter().any(|range| range.contains(address))
    }
}

/// Ranges as texts, `10.0.0.0/20`.
mod as_text {
    use ipnet::IpNet;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(ranges: &[IpNet], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(ranges.iter().map(ToString::to_string))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpNet>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        let ranges = texts.iter().map(|text| text.parse());
        ranges.collect::<Result<_, _>>().map_err(D::Error::custom)
    }
}
