//! Room for the lines of a file or a stream, filled again and again: neither is it given back to the system in between, nor is what
//! will be overwritten set to zero each time.

use std::io::{self, Read};

use memchr::memchr;

use super::values::read_some;

/// How much of a stream is read at once, bytes: what one has just unpacked is still near the processor when it is looked at.
pub(super) const STREAMED: usize = 256 * 1024;

/// What was read and not taken in yet.
#[derive(Default)]
pub(super) struct Block {
    /// What was read, and room behind it.
    room: Vec<u8>,
    length: usize,
}

impl Block {
    /// Returns what was read.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.room[..self.length]
    }

    /// Returns how many bytes of memory it takes.
    pub(super) fn room(&self) -> usize {
        self.room.len()
    }

    /// Drops what was read.
    pub(super) fn clear(&mut self) {
        self.length = 0;
    }

    /// Puts bytes behind what was read.
    pub(super) fn append(&mut self, bytes: &[u8]) {
        self.make_room(bytes.len());
        self.room[self.length..][..bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }

    /// Takes off what stands behind `end`; returns it.
    pub(super) fn split_off(&mut self, end: usize) -> &[u8] {
        let length = std::mem::replace(&mut self.length, end);
        &self.room[end..length]
    }

    /// Reads `more` bytes, or to the end of the stream; returns whether it may go on.
    ///
    /// # Errors
    /// Where the stream breaks off; what was read before is held.
    pub(super) fn fill(&mut self, stream: &mut impl Read, more: usize) -> io::Result<bool> {
        self.make_room(more);
        let end = self.length + more;
        while self.length < end {
            match read_some(stream, &mut self.room[self.length..end])? {
                0 => return Ok(false),
                read => self.length += read,
            }
        }
        Ok(true)
    }

    /// Reads to the end of a line; what follows it is held.
    ///
    /// # Errors
    /// Where the stream breaks off.
    pub(super) fn skip_line(&mut self, stream: &mut impl Read) -> io::Result<()> {
        loop {
            let more = self.fill(stream, STREAMED)?;
            if let Some(newline) = memchr(b'\n', self.bytes()) {
                self.room.copy_within(newline + 1..self.length, 0);
                self.length -= newline + 1;
                return Ok(());
            }
            self.clear();
            if !more {
                return Ok(());
            }
        }
    }

    fn make_room(&mut self, more: usize) {
        let needed = self.length + more;
        if self.room.len() < needed {
            self.room.resize(needed, 0);
        }
    }
}
