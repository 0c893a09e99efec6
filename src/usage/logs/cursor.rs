//! A place in a line of JSON, and how to get past what does not count.
//!
//! Nothing here allocates or recurses: a line may be nested as deep as it likes. `None` is always: odd, not as expected.

use memchr::memchr2;

use super::brackets;
use super::lane::Sixteen;

/// How far a string is looked through in sixteens before a search of its own is worth its start, bytes.
const SHORT: usize = 128;

/// A string with its quotes, as it stands in the line. There is no control character in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Raw<'a> {
    pub(super) quoted: &'a str,
    /// Whether there is an escape in it.
    pub(super) escaped: bool,
}

impl<'a> Raw<'a> {
    /// Returns it without its quotes.
    #[inline]
    pub(super) fn inner(self) -> &'a str {
        &self.quoted[1..self.quoted.len() - 1]
    }
}

/// A place in a line.
pub(super) struct Cursor<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

/// The members of an object, or the elements of an array, one after the other.
pub(super) struct Members {
    first: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
        }
    }

    /// Returns what has not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
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
        let rest = self.bytes.get(self.at..)?;
        rest.starts_with(word).then(|| self.at += word.len())
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
        let (start, mut escaped) = (self.at - 1, false);
        loop {
            let ends = Sixteen::at(self.bytes, self.at)?.ends_and_controls();
            if ends == 0 {
                self.at += Sixteen::LENGTH;
                continue;
            }
            self.at += ends.trailing_zeros() as usize;
            match self.bytes.get(self.at)? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.at += 2;
                }
                _ => return None,
            }
        }
        self.at += 1;
        Some(Raw {
            quoted: self.text.get(start..self.at)?,
            escaped,
        })
    }

    /// Gets past the end of a string whose begin has been read.
    #[inline]
    fn skip_string(&mut self) -> Option<()> {
        let mut far = self.at + SHORT;
        loop {
            let ends = Sixteen::at(self.bytes, self.at)?.quotes_and_backslashes();
            if ends != 0 {
                self.at += ends.trailing_zeros() as usize;
            } else if self.at < far {
                self.at += Sixteen::LENGTH;
                continue;
            } else {
                self.at += memchr2(b'"', b'\\', self.bytes.get(self.at..)?)?;
                far = self.at + SHORT;
            }
            if self.bytes[self.at] == b'"' {
                self.at += 1;
                return Some(());
            }
            self.at += 2;
        }
    }

    /// Gets past a value.
    #[inline]
    pub(super) fn skip(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => {
                self.at += 1;
                self.skip_string()
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
        let length = self.bytes[self.at..]
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.'))
            .count();
        self.at += length;
        (length > 0).then_some(())
    }

    /// Gets past an object or an array.
    #[inline]
    fn skip_to_end(&mut self, open: u8, close: u8) -> Option<()> {
        self.at = brackets::close(self.bytes, self.at, open, close)?;
        Some(())
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
        Some(Some(key.inner().as_bytes()))
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
