//! JSON values of any form → entries → groups.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memchr;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::entry::{Entry, Parsed};
use super::recorder::{BATCH, Recorder};
use super::scan::{Line, Scanner};

/// How deep entries may be wrapped: a list of messages that hold lists of entries.
const DEEPEST: u8 = 4;

/// What a piece of a file held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Count {
    /// Lines, the empty ones too.
    pub(super) lines: u64,
    /// Lines or values that are no JSON of a known form.
    pub(super) malformed: u64,
    /// The first of them, counted from one at the beginning of the piece; zero: none.
    pub(super) first_malformed: u64,
}

impl Count {
    /// Counts a malformed value that starts on `line` of the piece.
    pub(super) fn malformed(&mut self, line: u64) {
        self.malformed += 1;
        if self.first_malformed == 0 {
            self.first_malformed = line;
        }
    }
}

/// What became of a value.
enum Taken {
    /// It is an entry that is still to be counted.
    Held,
    /// It is counted.
    Whole,
    /// It could not be read.
    Malformed,
}

/// One thread's reader of values.
pub(super) struct Feed<'g> {
    recorder: Recorder<'g>,
    scanner: Scanner,
    strict: bool,
}

impl<'g> Feed<'g> {
    pub(super) fn new(recorder: Recorder<'g>, strict: bool) -> Self {
        Self {
            recorder,
            scanner: Scanner::new(),
            strict,
        }
    }

    /// Hands over what is held back.
    pub(super) fn finish(self) {
        self.recorder.finish();
    }

    /// Takes in whole lines, one value each.
    pub(super) fn lines(&mut self, block: &[u8]) -> Count {
        let mut count = Count::default();
        // One look at all of it is quicker than one at each line; only a block that is no text is looked at by lines.
        let text = str::from_utf8(block).ok();
        let mut entries: [Entry<'_>; BATCH] = Default::default();
        let mut filled = 0;
        let mut start = 0;
        while start < block.len() {
            let end = memchr(b'\n', &block[start..]).map_or(block.len(), |length| start + length);
            let line = &block[start..end];
            let text = match text {
                Some(text) => text.get(start..end),
                None => str::from_utf8(line).ok(),
            };
            count.lines += 1;
            match self.line(line, text, &mut entries[filled]) {
                Taken::Held => filled += 1,
                Taken::Whole => {}
                Taken::Malformed => count.malformed(count.lines),
            }
            if filled == BATCH {
                self.recorder.add_all(&entries);
                filled = 0;
            }
            start = end + 1;
        }
        self.recorder.add_all(&entries[..filled]);
        count
    }

    /// Takes in one JSON value; returns whether it could be read. An empty one can.
    pub(super) fn value(&mut self, json: &[u8]) -> bool {
        let mut entry = Entry::default();
        match self.line(json, str::from_utf8(json).ok(), &mut entry) {
            Taken::Held => self.recorder.add(&entry),
            Taken::Whole => {}
            Taken::Malformed => return false,
        }
        true
    }

    /// Reads one JSON value, `text` where it is one.
    fn line<'a>(&mut self, json: &[u8], text: Option<&'a str>, entry: &mut Entry<'a>) -> Taken {
        let line = match text {
            Some(text) if !self.strict => self.scanner.line(text, entry),
            Some(_) | None => Line::Odd,
        };
        match line {
            Line::Audit => return Taken::Held,
            Line::PassedOver => self.recorder.passed_over(),
            Line::Other => self.recorder.other_log(),
            Line::Odd => {
                // Programs of Windows start a file with a byte order mark.
                let json = json
                    .strip_prefix(b"\xef\xbb\xbf")
                    .unwrap_or(json)
                    .trim_ascii();
                if !json.is_empty() && !self.value_in(json, 0) {
                    return Taken::Malformed;
                }
            }
        }
        Taken::Whole
    }

    /// Takes in one JSON value by the reference path; returns whether it could be read.
    fn value_in(&mut self, json: &[u8], depth: u8) -> bool {
        match Entry::parse(json) {
            Ok(Parsed::Audit(entry)) => self.recorder.add(&entry),
            Ok(Parsed::Other) => return self.wrapped(json, depth),
            Err(_) => return false,
        }
        true
    }

    /// Takes in what a value without an audit log holds: entries, messages of Pub/Sub, or nothing that counts.
    fn wrapped(&mut self, json: &[u8], depth: u8) -> bool {
        let wrapper: Wrapper<'_> = serde_json::from_slice(json).unwrap_or_default();
        let Wrapper {
            entries,
            messages,
            received,
            message,
            data,
        } = wrapper;
        let inner: Vec<&RawValue> = [entries, messages, received]
            .into_iter()
            .flatten()
            .flatten()
            .chain(message)
            .collect();
        if inner.is_empty() && data.is_none() {
            self.recorder.other_log();
            return true;
        }
        if depth == DEEPEST {
            return false;
        }
        let mut all = true;
        for value in inner {
            all &= self.value_in(value.get().as_bytes(), depth + 1);
        }
        if let Some(data) = data {
            all &= STANDARD
                .decode(data)
                .is_ok_and(|json| self.value_in(&json, depth + 1));
        }
        all
    }
}

/// What may hold entries: an answer of the Logging API, a message of Pub/Sub as a push subscription delivers it, as
/// `gcloud pubsub subscriptions pull` prints it, or a list of such.
///
/// Source: <https://cloud.google.com/pubsub/docs/push#receive_push> and
/// <https://cloud.google.com/pubsub/docs/reference/rest/v1/PubsubMessage>.
#[derive(Deserialize, Default)]
struct Wrapper<'a> {
    #[serde(borrow)]
    entries: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    messages: Option<Vec<&'a RawValue>>,
    #[serde(rename = "receivedMessages", borrow)]
    received: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    /// The entry, in base64.
    data: Option<String>,
}
