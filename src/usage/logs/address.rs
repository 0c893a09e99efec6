//! What kind of address a call came from.

use std::net::IpAddr;

use crate::model::call::AddressClass;

/// Returns the class of `callerIp`, and the address where it is one.
///
/// Source: <https://cloud.google.com/logging/docs/audit/understanding-audit-logs#caller_identity>.
#[must_use]
pub fn classify(text: &str) -> (AddressClass, Option<IpAddr>) {
    match text {
        "" => (AddressClass::Absent, None),
        "private" => (AddressClass::Private, None),
        "gce-internal-ip" => (AddressClass::GceInternal, None),
        _ => match text.parse::<IpAddr>() {
            Ok(address) => {
                let address = address.to_canonical();
                let class = if is_internal(address) {
                    AddressClass::Internal
                } else {
                    AddressClass::Public
                };
                (class, Some(address))
            }
            Err(_) => (AddressClass::Unreadable, None),
        },
    }
}

fn is_internal(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local() || v4.is_loopback(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_its_class() {
        use AddressClass as C;
        let table = [
            ("", C::Absent, None),
            ("private", C::Private, None),
            ("gce-internal-ip", C::GceInternal, None),
            ("10.1.2.3", C::Internal, Some("10.1.2.3")),
            ("172.31.0.1", C::Internal, Some("172.31.0.1")),
            ("172.32.0.1", C::Public, Some("172.32.0.1")),
            ("192.168.0.9", C::Internal, Some("192.168.0.9")),
            ("169.254.1.1", C::Internal, Some("169.254.1.1")),
            ("fd00::1", C::Internal, Some("fd00::1")),
            ("fe80::1", C::Internal, Some("fe80::1")),
            ("::ffff:10.0.0.1", C::Internal, Some("10.0.0.1")),
            ("2001:db8::1", C::Public, Some("2001:db8::1")),
            ("203.0.113.7", C::Public, Some("203.0.113.7")),
            ("203.0.113.7:443", C::Unreadable, None),
            ("Private", C::Unreadable, None),
        ];
        for (text, class, address) in table {
            let address = address.map(|address| address.parse().expect("an address"));
            assert_eq!(classify(text), (class, address), "{text}");
        }
    }
}
