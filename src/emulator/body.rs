//! Response bodies: whole, broken off or never ending.

use std::io;
use std::io::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body::{Frame, SizeHint};

use super::effects::BodyEffect;
use super::tally::InFlight;

/// A body on its way, with what happens after its bytes.
#[derive(Debug)]
pub(super) struct Sending {
    bytes: Option<Bytes>,
    end: End,
    /// The length that the response announced.
    length: u64,
    /// The call is in flight for as long as its body is.
    _in_flight: InFlight,
}

#[derive(Debug, Clone, Copy)]
enum End {
    Whole,
    /// The reader gets one turn to pass on what it has, so that head and bytes leave before the connection breaks.
    BreaksOff,
    BrokenOff,
    Never,
}

impl Sending {
    pub(super) fn new(bytes: Bytes, effect: Option<BodyEffect>, in_flight: InFlight) -> Self {
        let length = bytes.len() as u64;
        let (bytes, end) = match effect {
            None => (bytes, End::Whole),
            // At least one byte is always missing, or nothing would be broken.
            Some(BodyEffect::Cut { after }) => (
                bytes.slice(..after.min(bytes.len().saturating_sub(1))),
                End::BreaksOff,
            ),
            Some(BodyEffect::Stall { after }) => (
                bytes.slice(..after.min(bytes.len().saturating_sub(1))),
                End::Never,
            ),
        };
        Self {
            bytes: Some(bytes).filter(|bytes| !bytes.is_empty()),
            end,
            length,
            _in_flight: in_flight,
        }
    }
}

impl http_body::Body for Sending {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if let Some(bytes) = self.bytes.take() {
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        match self.end {
            End::Whole => Poll::Ready(None),
            End::BreaksOff => {
                self.end = End::BrokenOff;
                context.waker().wake_by_ref();
                Poll::Pending
            }
            End::BrokenOff => {
                self.end = End::Whole;
                Poll::Ready(Some(Err(io::Error::new(
                    io::ErrorKind::ConnectionReset,
                    "the body was cut",
                ))))
            }
            // Nothing will ever wake this task: only the reader's own time limit ends it.
            End::Never => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none() && matches!(self.end, End::Whole)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.length)
    }
}

/// Returns the text compressed.
pub(super) fn gzip(text: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder
        .write_all(text)
        .and_then(|()| encoder.finish())
        .expect("writing to memory cannot fail")
        .into()
}
