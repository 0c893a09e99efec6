//! A place in a line of JSON, and how to get past what does not count.
//!
//! Nothing here allocates or recurses: a line may be nested as deep as it likes. `None` is always: odd, not as expected.

use memchr::memchr2;

/// A string with its quotes, as it stands in the line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raw<'a> {
    pub(super) quoted: &'a [u8],
    /// Whether there is an escape in it.
    pub(super) escaped: bool,
}

impl<'a> Raw<'a> {
    /// Returns it without its quotes.
    pub(super) fn inner(self) -> &'a [u8] {
        &self.quoted[1..self.quoted.len() - 1]
    }
}

/// A place in a line.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The members of an object, or the elements of an array, one after the other.
pub(super) struct Members {
    first: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Returns what has not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    /// Returns the next byte that is no space.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.bytes.get(self.at)?;
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    #[inline]
    fn expect(&mut self, wanted: u8) -> Option<()> {
        (self.peek()? == wanted).then(|| self.at += 1)
    }

    /// Makes sure that nothing follows.
    pub(super) fn end(&mut self) -> Option<()> {
        self.peek().is_none().then_some(())
    }

    /// Enters an object.
    #[inline]
    pub(super) fn object(&mut self) -> Option<Members> {
        self.expect(b'{')?;
        Some(Members { first: true })
    }

    /// Enters an array.
    #[inline]
    pub(super) fn array(&mut self) -> Option<Elements> {
        self.expect(b'[')?;
        Some(Elements { first: true })
    }

    /// Gets past `null`; returns whether it was there.
    #[inline]
    pub(super) fn null(&mut self) -> Option<bool> {
        if self.peek()? != b'n' {
            return Some(false);
        }
        self.word(b"null")?;
        Some(true)
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.rest().starts_with(word).then(|| self.at += word.len())
    }

    /// Reads `true`, `false` or `null`, which is false.
    pub(super) fn boolean(&mut self) -> Option<bool> {
        match self.peek()? {
            b't' => self.word(b"true").map(|()| true),
            b'f' => self.word(b"false").map(|()| false),
            b'n' => self.word(b"null").map(|()| false),
            _ => None,
        }
    }

    /// Reads a string; `Some(None)` for `null`.
    #[inline]
    #[expect(clippy::option_option, reason = "odd and null are two answers")]
    pub(super) fn string_or_null(&mut self) -> Option<Option<Raw<'a>>> {
        if self.null()? {
            return Some(None);
        }
        self.string().map(Some)
    }

    #[inline]
    fn string(&mut self) -> Option<Raw<'a>> {
        self.expect(b'"')?;
        let start = self.at - 1;
        let escaped = self.string_end()?;
        Some(Raw {
            quoted: &self.bytes[start..self.at],
            escaped,
        })
    }

    /// Gets past the end of a string whose begin has been read; returns whether there was an escape in it.
    #[inline]
    fn string_end(&mut self) -> Option<bool> {
        let mut escaped = false;
        loop {
            self.at = next_quote_or_backslash(self.bytes, self.at)?;
            if self.bytes[self.at] == b'"' {
                self.at += 1;
                return Some(escaped);
            }
            escaped = true;
            self.at += 2;
        }
    }

    /// Gets past a value.
    #[inline]
    pub(super) fn skip(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => {
                self.at += 1;
                self.string_end().map(drop)
            }
            b'{' => self.skip_to_end(b'{', b'}'),
            b'[' => self.skip_to_end(b'[', b']'),
            _ => self.skip_scalar(),
        }
    }

    /// Gets past an object or `null`.
    pub(super) fn skip_object(&mut self) -> Option<()> {
        match self.peek()? {
            b'{' => self.skip_to_end(b'{', b'}'),
            _ => self.word(b"null"),
        }
    }

    /// Gets past a number, `true`, `false` or `null`.
    fn skip_scalar(&mut self) -> Option<()> {
        let length = self
            .rest()
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.'))
            .count();
        self.at += length;
        (length > 0).then_some(())
    }

    /// Gets past an object or an array by counting its own kind of bracket outside of strings.
    fn skip_to_end(&mut self, open: u8, close: u8) -> Option<()> {
        let (opens, closes) = (every(open), every(close));
        let mut depth = 0_usize;
        loop {
            while let Some(word) = word_at(self.bytes, self.at) {
                let found = zeros(word ^ QUOTES) | zeros(word ^ opens) | zeros(word ^ closes);
                if found != 0 {
                    self.at += first(found);
                    break;
                }
                self.at += 8;
            }
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            if byte == b'"' {
                self.string_end()?;
            } else if byte == open {
                depth += 1;
            } else if byte == close {
                depth -= 1;
                if depth == 0 {
                    return Some(());
                }
            }
        }
    }
}

impl Members {
    /// Returns the next key, and stands before its value; `Some(None)` at the end. A key with an escape is odd.
    #[inline]
    #[expect(clippy::option_option, reason = "odd and the end are two answers")]
    pub(super) fn next<'a>(&mut self, cursor: &mut Cursor<'a>) -> Option<Option<&'a [u8]>> {
        match cursor.peek()? {
            b'}' => {
                cursor.at += 1;
                return Some(None);
            }
            b',' if !self.first => cursor.at += 1,
            _ if self.first => {}
            _ => return None,
        }
        self.first = false;
        let key = cursor.string()?;
        if key.escaped {
            return None;
        }
        cursor.expect(b':')?;
        Some(Some(key.inner()))
    }
}

/// The elements of an array, one after the other.
pub(super) struct Elements {
    first: bool,
}

impl Elements {
    /// Returns whether there is another element, and stands before it.
    pub(super) fn next(&mut self, cursor: &mut Cursor<'_>) -> Option<bool> {
        match cursor.peek()? {
            b']' => {
                cursor.at += 1;
                return Some(false);
            }
            b',' if !self.first => cursor.at += 1,
            _ if self.first => {}
            _ => return None,
        }
        self.first = false;
        Some(true)
    }
}

const ONES: u64 = every(1);
const QUOTES: u64 = every(b'"');
const BACKSLASHES: u64 = every(b'\\');

/// Returns a word of eight equal bytes.
const fn every(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Returns a word whose lowest set bit marks the first byte of `word` that is zero; without one it is zero.
#[inline]
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & (ONES << 7)
}

/// Returns the number of the first byte that is marked.
#[inline]
fn first(marks: u64) -> usize {
    (marks.trailing_zeros() / 8) as usize
}

#[inline]
fn word_at(bytes: &[u8], at: usize) -> Option<u64> {
    let word = bytes.get(at..at.checked_add(8)?)?;
    word.first_chunk().map(|word| u64::from_le_bytes(*word))
}

/// Returns the place of the next quote or backslash at or behind `at`.
///
/// Most strings are short: a call of `memchr` would cost more than the first words.
#[inline]
fn next_quote_or_backslash(bytes: &[u8], at: usize) -> Option<usize> {
    let mut at = at;
    for _ in 0..4 {
        let Some(word) = word_at(bytes, at) else {
            break;
        };
        let found = zeros(word ^ QUOTES) | zeros(word ^ BACKSLASHES);
        if found != 0 {
            return Some(at + first(found));
        }
        at += 8;
    }
    memchr2(b'"', b'\\', bytes.get(at..)?).map(|found| at + found)
}
