//! Where an object or an array ends, 64 bytes at a time.
//!
//! Only its own kind of bracket is counted, outside of strings; nothing recurses, however deep it is nested.

use super::lane::SixtyFour;

/// Returns the place behind the bracket that closes the one at `at`; `None` where none does.
#[inline]
pub(super) fn close(bytes: &[u8], at: usize, open: u8, close: u8) -> Option<usize> {
    if bytes.get(at + 1) == Some(&close) {
        return Some(at + 2);
    }
    let mut strings = Strings::default();
    let mut depth = 0;
    let mut at = at;
    loop {
        let block = SixtyFour::at(bytes, at)?;
        let outside = !strings.inside(&block);
        if outside != 0 {
            let opens = block.equal(open) & outside;
            let mut closes = block.equal(close) & outside;
            if closes == 0 {
                depth += opens.count_ones();
            } else if closes.count_ones() < depth {
                depth = depth + opens.count_ones() - closes.count_ones();
            } else {
                let mut closed = 0;
                while closes != 0 {
                    let place = closes.trailing_zeros();
                    closed += 1;
                    if depth + (opens & ((1 << place) - 1)).count_ones() == closed {
                        return Some(at + place as usize + 1);
                    }
                    closes &= closes - 1;
                }
                depth = depth + opens.count_ones() - closed;
            }
        }
        at += SixtyFour::LENGTH;
    }
}

/// What a block leaves open for the next one.
#[derive(Default)]
struct Strings {
    /// All ones where the next block starts inside of a string.
    inside: u64,
    /// One where the first byte of the next block is escaped.
    escaped: u64,
}

impl Strings {
    /// Returns which bytes stand inside of strings: the opening quotes do, the closing ones do not.
    #[inline]
    fn inside(&mut self, block: &SixtyFour) -> u64 {
        if self.escaped == 0 && !block.has_ends() {
            return self.inside;
        }
        let backslashes = block.equal(b'\\');
        let mut quotes = block.equal(b'"');
        if backslashes | self.escaped != 0 {
            quotes &= !self.escaped_by(backslashes);
        }
        if quotes == 0 {
            return self.inside;
        }
        let inside = odd_so_far(quotes) ^ self.inside;
        self.inside = (inside.cast_signed() >> 63).cast_unsigned();
        inside
    }

    /// Returns which bytes are escaped: those that follow an odd number of backslashes.
    ///
    /// Source: Langdale and Lemire, "Parsing gigabytes of JSON per second", 3.1.1.
    #[inline]
    fn escaped_by(&mut self, backslashes: u64) -> u64 {
        const EVEN: u64 = 0x5555_5555_5555_5555;
        let backslashes = backslashes & !self.escaped;
        let follows = backslashes << 1 | self.escaped;
        let odd_starts = backslashes & !EVEN & !follows;
        let (ends, carried) = odd_starts.overflowing_add(backslashes);
        self.escaped = u64::from(carried);
        (EVEN ^ (ends << 1)) & follows
    }
}

/// Returns a one in each place up to which, with itself, there is an odd number of ones.
#[inline]
fn odd_so_far(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Looks at each byte.
    fn slow(bytes: &[u8]) -> Option<usize> {
        let (mut depth, mut in_string, mut escaped) = (0, false, false);
        for (at, byte) in bytes.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'"' => in_string = !in_string,
                b'{' if !in_string => depth += 1,
                b'}' if !in_string => {
                    depth -= 1;
                    if depth == 0 {
                        return Some(at + 1);
                    }
                }
                _ => {}
            }
        }
        None
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn the_end_is_where_a_look_at_each_byte_finds_it(
            parts in prop::collection::vec(
                prop_oneof![
                    Just("{".to_owned()),
                    Just("}".to_owned()),
                    Just("x".repeat(61)),
                    r#"[a-z{}\[\],: ]{0,9}"#,
                    r#""([a-z{}\[\]é]|\\["\\n]|\\\\){0,40}""#,
                    r#"(\\\\){0,70}"#.prop_map(|text| format!("\"{text}\"")),
                ],
                0..40,
            ),
            cut: prop::sample::Index,
        ) {
            let text = format!("{{{}", parts.concat());
            let bytes = &text.as_bytes()[..=cut.index(text.len())];
            prop_assert_eq!(close(bytes, 0, b'{', b'}'), slow(bytes), "{}", text);
        }
    }
}
