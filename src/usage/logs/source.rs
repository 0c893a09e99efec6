//! Files as streams of plain bytes: what a file is, its first bytes tell, and not its name.

use std::fs::File;
use std::io::{self, Chain, Cursor, Read};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

/// How much of a stream is looked at to know what it is, bytes.
const HEAD: usize = 64 * 1024;

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zstandard,
}

impl Packing {
    /// Returns how a file is packed that starts with `head`.
    ///
    /// Source: RFC 1952 (gzip) and RFC 8878 (Zstandard, whose files may start with a frame to skip).
    pub(super) fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstandard,
            _ => Self::Plain,
        }
    }
}

/// How the entries stand in plain bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// One JSON value a line.
    Lines,
    /// JSON values over several lines, or in an array.
    Values,
}

impl Layout {
    /// Returns the layout of what starts with `head`. `gcloud` and most programs that print JSON for people put a
    /// bracket alone on the first line.
    pub(super) fn of(head: &[u8]) -> Self {
        let head = head
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(head)
            .trim_ascii_start();
        let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
        let compact: Vec<u8> = line
            .iter()
            .copied()
            .filter(|b| !b.is_ascii_whitespace())
            .take(16)
            .collect();
        let opens = !compact.is_empty() && compact.iter().all(|b| b"[{".contains(b));
        if opens || compact.starts_with(b"[") || compact.starts_with(b"{\"entries\"") {
            Self::Values
        } else {
            Self::Lines
        }
    }
}

/// A stream whose beginning has been looked at.
pub(super) struct Peeked<R> {
    pub(super) head: Vec<u8>,
    rest: R,
}

impl<R: Read> Peeked<R> {
    /// Reads the beginning of a stream; also returns what kept it from being read further.
    pub(super) fn new(mut rest: R) -> (Self, io::Result<()>) {
        let mut head = Vec::new();
        let read = rest
            .by_ref()
            .take(HEAD as u64)
            .read_to_end(&mut head)
            .map(drop);
        (Self { head, rest }, read)
    }

    /// Returns the whole stream, from its beginning.
    pub(super) fn into_stream(self) -> Chain<Cursor<Vec<u8>>, R> {
        Cursor::new(self.head).chain(self.rest)
    }
}

/// A stream that counts the bytes that are taken from it.
struct Counted<'a, R> {
    inner: R,
    count: &'a (dyn Fn(u64) + Sync),
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        (self.count)(read as u64);
        Ok(read)
    }
}

/// Returns the plain bytes of a file, or of standard input; `count` is told how many bytes of it were taken.
///
/// # Errors
/// Where the file cannot be opened, or its beginning cannot be read.
pub(super) fn open<'a>(
    path: Option<&Path>,
    count: &'a (dyn Fn(u64) + Sync),
) -> io::Result<Box<dyn Read + 'a>> {
    let inner: Box<dyn Read> = match path {
        Some(path) => Box::new(File::open(path)?),
        None => Box::new(io::stdin().lock()),
    };
    let (peeked, read) = Peeked::new(Counted { inner, count });
    read?;
    let packing = Packing::of(&peeked.head);
    let stream = peeked.into_stream();
    Ok(match packing {
        Packing::Plain => Box::new(stream),
        Packing::Gzip => Box::new(MultiGzDecoder::new(stream)),
        Packing::Zstandard => Box::new(zstd::stream::read::Decoder::new(stream)?),
    })
}

/// How far a read is, and how far it goes.
#[derive(Debug, Default)]
pub(super) struct Meter(AtomicU64);

impl Meter {
    /// Adds to the bytes taken; returns their sum.
    pub(super) fn add(&self, bytes: u64) -> u64 {
        self.0.fetch_add(bytes, Ordering::Relaxed) + bytes
    }

    pub(super) fn sum(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
