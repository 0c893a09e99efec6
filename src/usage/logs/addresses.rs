//! The lowest few addresses of a group.

use std::net::{IpAddr, Ipv4Addr};

use crate::model::call::MAX_ADDRESSES;

/// The lowest [`MAX_ADDRESSES`] addresses, and whether there were more. One address, as most groups have, takes no room
/// of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) enum Addresses {
    #[default]
    None,
    One(IpAddr),
    Several(Box<Lowest>),
}

/// The lowest addresses in place, for a cache that is emptied and filled again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lowest {
    list: [IpAddr; MAX_ADDRESSES],
    count: u8,
    more: bool,
}

impl Default for Lowest {
    fn default() -> Self {
        Self {
            list: [IpAddr::V4(Ipv4Addr::UNSPECIFIED); MAX_ADDRESSES],
            count: 0,
            more: false,
        }
    }
}

impl Lowest {
    /// Takes an address in, where it is new and among the lowest.
    pub(super) fn insert(&mut self, address: IpAddr) {
        let held = &self.list[..self.count.into()];
        let Err(at) = held.binary_search(&address) else {
            return;
        };
        if held.len() == MAX_ADDRESSES {
            self.more = true;
            if at == MAX_ADDRESSES {
                return;
            }
        } else {
            self.count += 1;
        }
        let end = usize::from(self.count);
        self.list[at..end].rotate_right(1);
        self.list[at] = address;
    }

    fn held(&self) -> &[IpAddr] {
        &self.list[..self.count.into()]
    }
}

impl Addresses {
    /// Takes in what another list holds.
    pub(super) fn absorb(&mut self, other: &Lowest) {
        match (&mut *self, other.held()) {
            (_, []) => {}
            (Self::None, [address]) => *self = Self::One(*address),
            (Self::One(held), [address]) if held == address => {}
            (Self::Several(held), addresses) => {
                addresses.iter().for_each(|address| held.insert(*address));
                held.more |= other.more;
            }
            (Self::None | Self::One(_), addresses) => {
                let mut all = *other;
                self.list().iter().for_each(|address| all.insert(*address));
                debug_assert!(all.held().len() >= addresses.len());
                *self = Self::Several(Box::new(all));
            }
        }
    }

    /// Returns the addresses, sorted.
    pub(super) fn list(&self) -> &[IpAddr] {
        match self {
            Self::None => &[],
            Self::One(address) => std::slice::from_ref(address),
            Self::Several(all) => all.held(),
        }
    }

    /// Returns whether there were more than these.
    pub(super) fn more(&self) -> bool {
        match self {
            Self::None | Self::One(_) => false,
            Self::Several(all) => all.more,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_lowest_stay_in_whatever_order_they_come(batches in prop::collection::vec(prop::collection::vec(0_u8..9, 0..7), 0..5)) {
            let address = |n: u8| if n < 5 { IpAddr::from([10, 0, 0, n]) } else { IpAddr::from([0, 0, 0, 0, 0, 0, 0, u16::from(n)]) };
            let mut addresses = Addresses::default();
            for batch in &batches {
                let mut lowest = Lowest::default();
                batch.iter().for_each(|n| lowest.insert(address(*n)));
                addresses.absorb(&lowest);
            }
            let all: BTreeSet<IpAddr> = batches.iter().flatten().map(|n| address(*n)).collect();
            let lowest: Vec<IpAddr> = all.iter().take(MAX_ADDRESSES).copied().collect();
            prop_assert_eq!(addresses.list(), &lowest[..]);
            prop_assert_eq!(addresses.more(), all.len() > MAX_ADDRESSES);
        }
    }
}
