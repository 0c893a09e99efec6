//! Sixteen or 64 bytes at once: which of them are what, one bit a byte, the first byte's lowest.
//!
//! By the vector instructions that every processor of its kind has (SSE2, NEON), which the crate `wide` gives without
//! anything unsafe here.

use wide::u8x16;

/// Sixteen bytes, of them those that there are: what stands behind the end of a text is zero.
#[derive(Clone, Copy)]
pub(super) struct Sixteen(u8x16);

/// 64 bytes, of them those that there are: what stands behind the end of a text is zero.
#[derive(Clone, Copy)]
pub(super) struct SixtyFour([u8x16; 4]);

impl Sixteen {
    pub(super) const LENGTH: usize = 16;

    /// Returns the bytes from `at` on; `None` where there is none.
    #[inline]
    pub(super) fn at(bytes: &[u8], at: usize) -> Option<Self> {
        let whole = bytes.get(at..).and_then(|rest| rest.first_chunk());
        match whole {
            Some(sixteen) => Some(Self(u8x16::new(*sixteen))),
            None => rest(bytes, at).map(|rest| Self(u8x16::new(rest))),
        }
    }

    /// Returns which bytes are quotes or backslashes.
    #[inline]
    pub(super) fn quotes_and_backslashes(self) -> u32 {
        self.ends().to_bitmask()
    }

    /// Returns which bytes are quotes, backslashes, or control characters, which have no place in a string.
    #[inline]
    pub(super) fn ends_and_controls(self) -> u32 {
        let controls = self.0.min(u8x16::splat(b' ' - 1)).simd_eq(self.0);
        (self.ends() | controls).to_bitmask()
    }

    #[inline]
    fn ends(self) -> u8x16 {
        ends(self.0)
    }
}

impl SixtyFour {
    pub(super) const LENGTH: usize = 64;

    /// Returns the bytes from `at` on; `None` where there is none.
    #[inline]
    pub(super) fn at(bytes: &[u8], at: usize) -> Option<Self> {
        let whole = bytes.get(at..).and_then(|rest| rest.first_chunk());
        match whole {
            Some(block) => Some(Self::new(block)),
            None => rest(bytes, at).map(|rest| Self::new(&rest)),
        }
    }

    #[inline]
    fn new(bytes: &[u8; 64]) -> Self {
        let (lanes, _) = bytes.as_chunks();
        Self(std::array::from_fn(|at| u8x16::new(lanes[at])))
    }

    /// Returns whether there is a quote or a backslash.
    #[inline]
    pub(super) fn has_ends(&self) -> bool {
        let [a, b, c, d] = self.0.map(ends);
        ((a | b) | (c | d)).to_bitmask() != 0
    }

    /// Returns which bytes are `byte`.
    #[inline]
    pub(super) fn equal(&self, byte: u8) -> u64 {
        let byte = u8x16::splat(byte);
        let [a, b, c, d] = self
            .0
            .map(|lane| u64::from(lane.simd_eq(byte).to_bitmask()));
        a | b << 16 | c << 32 | d << 48
    }
}

#[inline]
fn ends(lane: u8x16) -> u8x16 {
    lane.simd_eq(u8x16::splat(b'"')) | lane.simd_eq(u8x16::splat(b'\\'))
}

/// Returns the last bytes of a text, fewer than `N`, with zeros behind them.
#[cold]
fn rest<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
    let mut padded = [0; N];
    padded[..rest.len()].copy_from_slice(rest);
    Some(padded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns the marks of bytes, one by one.
    fn marks(bytes: &[u8], is: impl Fn(u8) -> bool) -> u64 {
        let bits = bytes.iter().enumerate();
        bits.fold(0, |marks, (at, byte)| marks | u64::from(is(*byte)) << at)
    }

    proptest! {
        #[test]
        fn blocks_end_in_zeros(bytes in prop::collection::vec(any::<u8>(), 0..130), at in 0..140_usize) {
            let held = bytes.get(at..).unwrap_or_default();
            let mut padded = held.to_vec();
            padded.resize(held.len().max(64), 0);
            let block = SixtyFour::at(&bytes, at);
            prop_assert_eq!(block.is_some(), !held.is_empty());
            if let Some(block) = block {
                prop_assert_eq!(block.equal(7), marks(&padded[..64], |byte| byte == 7));
                prop_assert_eq!(block.equal(0), marks(&padded[..64], |byte| byte == 0));
            }
            let sixteen = Sixteen::at(&bytes, at);
            prop_assert_eq!(sixteen.is_some(), !held.is_empty());
            if let Some(sixteen) = sixteen {
                let ends = |byte| byte == b'"' || byte == b'\\';
                let controls = |byte| ends(byte) || byte < b' ';
                prop_assert_eq!(sixteen.quotes_and_backslashes(), marks(&padded[..16], ends) as u32);
                prop_assert_eq!(sixteen.ends_and_controls(), marks(&padded[..16], controls) as u32);
            }
        }
    }
}
