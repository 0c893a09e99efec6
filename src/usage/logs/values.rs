//! JSON values one by one out of a stream: of arrays as `gcloud logging read --format=json` prints them, of
//! `{"entries": […]}`, and of values over several lines. Never more than one value is held.

use std::io::{self, Read};

/// How much is read at once, bytes.
const CHUNK: usize = 256 * 1024;

/// A value of a stream, or what stands in the place of one.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// An object, and the line on which it starts.
    Value(&'a [u8], u64),
    /// Something else than an object, or one that is longer than is held; the line on which it starts.
    Malformed(u64),
}

/// The values of a stream.
pub(super) struct Values<R> {
    source: R,
    buffer: Vec<u8>,
    /// Where the value starts that is held.
    start: usize,
    /// What has been looked at.
    at: usize,
    /// Newlines before `at`, plus one.
    line: u64,
    /// The most bytes that a value may have.
    longest: usize,
    /// Whether the values stand in the array of `{"entries": […]}`.
    wrapped: bool,
    /// How many other arrays around values are open.
    open: u64,
    /// Whether the stream has ended.
    ended: bool,
}

impl<R: Read> Values<R> {
    pub(super) fn new(source: R, longest: usize) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            start: 0,
            at: 0,
            line: 1,
            longest,
            wrapped: false,
            open: 0,
            ended: false,
        }
    }

    /// Returns the number of lines so far.
    pub(super) fn lines(&self) -> u64 {
        self.line
    }

    /// Returns the next value; `None` at the end.
    ///
    /// # Errors
    /// Where the stream breaks off: it cannot be read further, or ends in the middle of a value or of a list.
    pub(super) fn next(&mut self) -> io::Result<Option<Piece<'_>>> {
        let Some(first) = self.next_start()? else {
            return Ok(None);
        };
        let line = self.line;
        if first != b'{' {
            self.skip_line()?;
            // Brackets in what is no list of values say nothing of its end.
            self.open = 0;
            return Ok(Some(Piece::Malformed(line)));
        }
        let whole = self.close(0)?;
        Ok(Some(if whole {
            Piece::Value(&self.buffer[self.start..self.at], line)
        } else {
            Piece::Malformed(line)
        }))
    }

    /// Goes to where the next value starts: over spaces, commas, and the brackets around values.
    fn next_start(&mut self) -> io::Result<Option<u8>> {
        loop {
            self.start = self.at;
            let Some(byte) = self.byte()? else {
                return if self.wrapped || self.open > 0 {
                    Err(ends("it ends in the middle of a list of entries"))
                } else {
                    Ok(None)
                };
            };
            match byte {
                b'{' if self.wraps_entries()? => self.wrapped = true,
                b']' if self.wrapped => {
                    self.step(byte);
                    // What follows the array ends with its object: `"nextPageToken": "…"}`.
                    self.close(1)?;
                    self.wrapped = false;
                }
                b'[' => {
                    self.open += 1;
                    self.step(byte);
                }
                b']' => {
                    self.open = self.open.saturating_sub(1);
                    self.step(byte);
                }
                b',' | b'}' | b' ' | b'\t' | b'\r' | b'\n' | 0xef | 0xbb | 0xbf => {
                    self.step(byte);
                }
                _ => return Ok(Some(byte)),
            }
        }
    }

    /// Gets past `{"entries":`, where that is what follows; returns whether it was.
    fn wraps_entries(&mut self) -> io::Result<bool> {
        let mut ahead = 0;
        for wanted in b"{\"entries\":[" {
            loop {
                if self.at + ahead >= self.buffer.len() && !self.fill()? {
                    return Ok(false);
                }
                let byte = self.buffer[self.at + ahead];
                if byte == *wanted {
                    break;
                }
                if !byte.is_ascii_whitespace() || ahead > CHUNK {
                    return Ok(false);
                }
                ahead += 1;
            }
            ahead += 1;
        }
        for _ in 0..ahead {
            self.step(self.buffer[self.at]);
        }
        Ok(true)
    }

    /// Goes behind the bracket that closes the outermost of `depth` open ones, or of those that open here; returns
    /// whether all of it is held.
    fn close(&mut self, mut depth: u64) -> io::Result<bool> {
        let (mut in_string, mut escaped, mut whole) = (false, false, true);
        loop {
            if self.at - self.start >= self.longest {
                // It is only followed to its end from here on.
                self.start = self.at;
                whole = false;
            }
            let Some(byte) = self.byte()? else {
                return Err(ends("it ends in the middle of an entry"));
            };
            self.step(byte);
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'"' => in_string = !in_string,
                b'{' | b'[' if !in_string => depth += 1,
                b'}' | b']' if !in_string => {
                    depth -= 1;
                    if depth == 0 {
                        return Ok(whole);
                    }
                }
                _ => {}
            }
        }
    }

    fn skip_line(&mut self) -> io::Result<()> {
        while let Some(byte) = self.byte()? {
            self.step(byte);
            self.start = self.at;
            if byte == b'\n' {
                break;
            }
        }
        Ok(())
    }

    /// Returns the byte that comes next; `None` at the end.
    #[inline]
    fn byte(&mut self) -> io::Result<Option<u8>> {
        if self.at >= self.buffer.len() && !self.fill()? {
            return Ok(None);
        }
        Ok(Some(self.buffer[self.at]))
    }

    #[inline]
    fn step(&mut self, byte: u8) {
        self.at += 1;
        self.line += u64::from(byte == b'\n');
    }

    /// Reads on; returns whether there was more.
    fn fill(&mut self) -> io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.buffer.drain(..self.start);
        self.at -= self.start;
        self.start = 0;
        let held = self.buffer.len();
        self.buffer.resize(held + CHUNK, 0);
        let read = read_some(&mut self.source, &mut self.buffer[held..]);
        self.buffer
            .truncate(held + read.as_ref().map_or(0, |read| *read));
        self.ended = read? == 0;
        Ok(!self.ended)
    }
}

fn ends(where_: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, where_)
}

/// Reads once, again where it was only interrupted.
pub(super) fn read_some(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}
