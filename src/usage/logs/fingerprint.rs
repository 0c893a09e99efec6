//! Keyed 128-bit fingerprints: two groups that differ share one with a chance of about 2⁻¹²⁸ each, and nobody who
//! writes into a log can look for a pair, since the key is made anew in each run.

/// The key of a run's fingerprints.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key([u64; 4]);

impl Key {
    /// Returns a random key.
    pub(super) fn random() -> Self {
        Self(std::array::from_fn(|_| fastrand::u64(..)))
    }

    /// Returns the fingerprint of nothing yet.
    pub(super) fn start(self) -> Fingerprint {
        Fingerprint {
            low: self.0[0],
            high: self.0[2],
        }
    }
}

/// The fingerprint of a list of texts, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Fingerprint {
    /// One half, as good a hash as the other.
    pub(super) low: u64,
    high: u64,
}

impl Fingerprint {
    /// Returns the fingerprint with another text behind the ones before: `ab`, `c` differs from `a`, `bc`.
    #[inline]
    pub(super) fn text(self, key: Key, text: &str) -> Self {
        let text = text.as_bytes();
        let mut sum = self.pair(key, text.len() as u64, 0x9e37_79b9_7f4a_7c15);
        let mut chunks = text.chunks_exact(16);
        for chunk in &mut chunks {
            if let Some((first, rest)) = chunk.split_first_chunk::<8>()
                && let Some(second) = rest.first_chunk::<8>()
            {
                sum = sum.pair(key, u64::from_le_bytes(*first), u64::from_le_bytes(*second));
            }
        }
        let rest = chunks.remainder();
        // The two reads of a short rest may overlap: the length is part of the sum.
        if let (Some(first), Some(last)) = (rest.first_chunk::<8>(), rest.last_chunk::<8>()) {
            sum.pair(key, u64::from_le_bytes(*first), u64::from_le_bytes(*last))
        } else if let (Some(first), Some(last)) = (rest.first_chunk::<4>(), rest.last_chunk::<4>())
        {
            let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
            sum.pair(key, first.into(), last.into())
        } else if let [first, .., last] | [first @ last] = *rest {
            let middle = rest[rest.len() / 2];
            sum.pair(key, u64::from(first) << 8 | u64::from(middle), last.into())
        } else {
            sum
        }
    }

    /// Returns the fingerprint with a number behind what came before.
    #[inline]
    pub(super) fn number(self, key: Key, number: u64) -> Self {
        self.pair(key, number, 0xd6e8_feb8_6659_fd93)
    }

    #[inline]
    fn pair(self, Key(key): Key, x: u64, y: u64) -> Self {
        Self {
            low: fold(x ^ self.low, y ^ key[1]),
            high: fold(x ^ key[3], y ^ self.high),
        }
    }
}

/// Returns the two halves of a product, one over the other.
#[inline]
fn fold(x: u64, y: u64) -> u64 {
    let product = u128::from(x) * u128::from(y);
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_list_of_texts_has_its_own() {
        let key = Key([11, 22, 33, 44].map(|seed: u64| seed.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        let long = "abcdefghijklmnopqrstuvwxyz0123456789";
        let mut seen = BTreeSet::new();
        let mut lists = 0;
        for first in 0..=long.len() {
            for second in 0..=long.len() {
                let sum = key
                    .start()
                    .text(key, &long[..first])
                    .text(key, &long[second..]);
                seen.insert((sum.low, sum.high));
                lists += 1;
            }
        }
        assert_eq!(seen.len(), lists);
        for text in [
            "a",
            "ab",
            "abc",
            "abcd",
            "abcdefgh",
            "abcdefghijklmnop",
            long,
        ] {
            for at in 0..text.len() {
                let mut other = text.as_bytes().to_vec();
                other[at] ^= 1;
                let other = String::from_utf8(other).expect("ASCII");
                assert_ne!(
                    key.start().text(key, text),
                    key.start().text(key, &other),
                    "{text} {at}"
                );
            }
        }
    }
}
