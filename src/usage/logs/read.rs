//! Files over threads: plain files in pieces that end at newlines, packed ones as a whole, with what one thread unpacks
//! read by those that have nothing else to do.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use memchr::{memchr, memrchr};

use super::block::{Block, STREAMED};
use super::feed::{Count, Feed};
use super::groups::Groups;
use super::paths::Input;
use super::source::{Layout, Meter, Packing, Peeked, open};
use super::values::{Piece, Values};

/// The size of a piece, bytes.
const PIECE: usize = 1024 * 1024;

/// The longest line or value that is held, bytes. The Logging API takes in entries of up to 256 KB.
pub(super) const LONGEST: usize = 16 * 1024 * 1024;

/// By how much a piece is read on to the end of its last line, bytes.
const EXTENSION: usize = 64 * 1024;

/// What was read of one input.
#[derive(Debug, Default)]
pub(super) struct State {
    /// What each piece held, by its number.
    pieces: Vec<(u64, Count)>,
    /// What ended the read before the end of the file.
    pub(super) broke_off: Option<String>,
    /// Why it could not be opened.
    pub(super) unreadable: Option<String>,
}

impl State {
    /// Returns what the whole input held.
    pub(super) fn count(&mut self) -> Count {
        self.pieces.sort_unstable_by_key(|(number, _)| *number);
        let mut sum = Count::default();
        for (_, piece) in &self.pieces {
            if sum.first_malformed == 0 && piece.first_malformed > 0 {
                sum.first_malformed = sum.lines + piece.first_malformed;
            }
            sum.lines += piece.lines;
            sum.malformed += piece.malformed;
        }
        sum
    }
}

/// Something to do for a thread.
enum Work {
    /// An input, not looked at yet.
    Input(usize),
    /// A piece of a plain file: its number.
    Piece(usize, u64),
    /// Whole lines: the number of the piece.
    Lines(usize, u64, Block),
}

#[derive(Default)]
struct Queue {
    work: VecDeque<Work>,
    /// Threads that do something, and may bring more to do.
    busy: usize,
    /// Threads that wait for something to do.
    idle: usize,
}

/// A read of several inputs by several threads.
pub(super) struct Reader<'a> {
    inputs: &'a [Input],
    groups: &'a Groups,
    strict: bool,
    progress: &'a (dyn Fn(u64) + Sync),
    queue: Mutex<Queue>,
    changed: Condvar,
    states: Vec<Mutex<State>>,
    /// Room for lines that is used again.
    spare: Mutex<Vec<Block>>,
    /// Bytes taken from files.
    meter: Meter,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        inputs: &'a [Input],
        groups: &'a Groups,
        strict: bool,
        progress: &'a (dyn Fn(u64) + Sync),
    ) -> Self {
        let mut order: Vec<usize> = (0..inputs.len()).collect();
        // The largest first: packed files cannot be cut.
        order.sort_by_key(|input| std::cmp::Reverse(inputs[*input].size));
        Self {
            inputs,
            groups,
            strict,
            progress,
            queue: Mutex::new(Queue {
                work: order.into_iter().map(Work::Input).collect(),
                ..Queue::default()
            }),
            changed: Condvar::new(),
            states: inputs.iter().map(|_| Mutex::default()).collect(),
            spare: Mutex::default(),
            meter: Meter::default(),
        }
    }

    /// Reads everything; returns what was read of each input.
    pub(super) fn run(self, threads: usize) -> (Vec<State>, u64) {
        thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| self.work());
            }
        });
        let states = self.states.into_iter();
        let states = states.map(|state| state.into_inner().unwrap_or_else(PoisonError::into_inner));
        (states.collect(), self.meter.sum())
    }

    /// Does what there is to do, until nothing more can come.
    fn work(&self) {
        let mut feed = Feed::new(self.groups.recorder(), self.strict);
        let mut buffer = Block::default();
        while let Some(work) = self.next() {
            match work {
                Work::Input(input) => self.input(input, &mut feed),
                Work::Piece(input, number) => self.piece(input, number, &mut buffer, &mut feed),
                Work::Lines(input, number, block) => self.lines(input, number, block, &mut feed),
            }
            self.queue().busy -= 1;
            self.changed.notify_all();
        }
        feed.finish();
    }

    /// Returns something to do; waits where others may still bring some.
    fn next(&self) -> Option<Work> {
        let mut queue = self.queue();
        loop {
            if let Some(work) = queue.work.pop_front() {
                queue.busy += 1;
                return Some(work);
            }
            if queue.busy == 0 {
                return None;
            }
            queue.idle += 1;
            queue = self
                .changed
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
            queue.idle -= 1;
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self, input: usize) -> MutexGuard<'_, State> {
        self.states[input]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn took(&self, bytes: u64) {
        (self.progress)(self.meter.add(bytes));
    }

    /// Looks at what an input is, and reads it, or cuts it into pieces.
    fn input(&self, input: usize, feed: &mut Feed<'_>) {
        let Input { path, size } = &self.inputs[input];
        let path = path.as_deref();
        let count = |bytes| self.took(bytes);
        let result = match path.filter(|_| *size > 0).map(look).transpose() {
            Ok(Some((Packing::Plain, Layout::Lines))) => return self.cut(input, *size),
            Ok(_) => open(path, &count),
            Err(error) => Err(error),
        };
        match result {
            Err(error) => self.state(input).unreadable = Some(error.to_string()),
            Ok(stream) => {
                let (peeked, broke_off) = Peeked::new(stream);
                let layout = Layout::of(&peeked.head);
                let stream = peeked.into_stream();
                let read = match layout {
                    Layout::Lines => self.stream(input, stream, feed),
                    Layout::Values => self.values(input, stream, feed),
                };
                if let Err(error) = read.and(broke_off) {
                    self.state(input).broke_off = Some(error.to_string());
                }
            }
        }
    }

    /// Puts the pieces of a plain file before all other work, so that files are read one after the other.
    fn cut(&self, input: usize, size: u64) {
        let mut queue = self.queue();
        for number in (0..size.div_ceil(PIECE as u64)).rev() {
            queue.work.push_front(Work::Piece(input, number));
        }
        drop(queue);
        self.changed.notify_all();
    }

    /// Reads the lines of a plain file that start in one of its pieces.
    fn piece(&self, input: usize, number: u64, buffer: &mut Block, feed: &mut Feed<'_>) {
        let path = self.inputs[input].path.as_deref();
        let read = path.map_or(Ok(Count::default()), |path| {
            let start = number * PIECE as u64;
            let (lines, longer) = read_piece(path, start, buffer)?;
            let mut count = feed.lines(&buffer.bytes()[lines]);
            if longer {
                count.lines += 1;
                count.malformed(count.lines);
            }
            Ok(count)
        });
        self.took((self.inputs[input].size - number * PIECE as u64).min(PIECE as u64));
        match read {
            Ok(count) => self.state(input).pieces.push((number, count)),
            Err(error) => self.broke_off(input, &error),
        }
    }

    fn lines(&self, input: usize, number: u64, block: Block, feed: &mut Feed<'_>) {
        let count = feed.lines(block.bytes());
        self.state(input).pieces.push((number, count));
        self.give_back(block);
    }

    fn broke_off(&self, input: usize, error: &io::Error) {
        self.state(input).broke_off = Some(error.to_string());
    }

    /// Reads a stream of lines. Threads that have nothing to do take over what one thread alone would be slow with.
    fn stream(&self, input: usize, mut stream: impl Read, feed: &mut Feed<'_>) -> io::Result<()> {
        let mut held = self.spare();
        for number in 0.. {
            let more = held.fill(&mut stream, STREAMED);
            let end = match more {
                Ok(false) => held.bytes().len(),
                // Of a stream that breaks off, the last line is not whole.
                Ok(true) | Err(_) => memrchr(b'\n', held.bytes()).map_or(0, |last| last + 1),
            };
            let mut rest = self.spare();
            rest.append(held.split_off(end));
            self.hand_over(input, number, held, feed);
            held = rest;
            if !more? {
                break;
            }
            if held.bytes().len() > LONGEST {
                held.clear();
                self.state(input).pieces.push((number, long_line()));
                held.skip_line(&mut stream)?;
            }
        }
        self.give_back(held);
        Ok(())
    }

    /// Gives whole lines to an idle thread, or reads them here.
    fn hand_over(&self, input: usize, number: u64, block: Block, feed: &mut Feed<'_>) {
        let mut queue = self.queue();
        if queue.idle > queue.work.len() {
            queue.work.push_back(Work::Lines(input, number, block));
            drop(queue);
            self.changed.notify_one();
        } else {
            drop(queue);
            self.lines(input, number, block, feed);
        }
    }

    /// Returns room for lines: room that was used before, where there is some.
    fn spare(&self) -> Block {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        spare.pop().unwrap_or_default()
    }

    fn give_back(&self, mut block: Block) {
        // What a long line took is not kept.
        if block.room() <= 4 * STREAMED {
            block.clear();
            let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
            spare.push(block);
        }
    }

    /// Reads a stream of JSON values over several lines.
    fn values(&self, input: usize, stream: impl Read, feed: &mut Feed<'_>) -> io::Result<()> {
        let mut values = Values::new(stream, LONGEST);
        let mut count = Count::default();
        let end = loop {
            match values.next() {
                Ok(Some(Piece::Value(json, line))) => {
                    if !feed.value(json) {
                        count.malformed(line);
                    }
                }
                Ok(Some(Piece::Malformed(line))) => count.malformed(line),
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        count.lines = values.lines();
        self.state(input).pieces.push((0, count));
        end
    }
}

/// Returns how a file is packed, and its layout where it is not.
fn look(path: &Path) -> io::Result<(Packing, Layout)> {
    let (peeked, read) = Peeked::new(File::open(path)?);
    read?;
    Ok((Packing::of(&peeked.head), Layout::of(&peeked.head)))
}

/// Reads into `block` what starts at byte `start` of a file; returns where in it the lines are that start in this piece,
/// and whether the last of them was left out, since it is longer than is held.
fn read_piece(path: &Path, start: u64, block: &mut Block) -> io::Result<(Range<usize>, bool)> {
    let mut file = File::open(path)?;
    // The byte before tells whether a line starts right here.
    let before = start.min(1);
    file.seek(SeekFrom::Start(start - before))?;
    let piece = PIECE + before as usize;
    block.clear();
    let mut more = block.fill(&mut file, piece)?;
    let first = match memchr(b'\n', block.bytes()) {
        _ if start == 0 => 0,
        Some(newline) if newline + 1 < piece => newline + 1,
        Some(_) | None => return Ok((0..0, false)),
    };
    let mut end = block.bytes().len();
    if block.bytes().ends_with(b"\n") {
        return Ok((first..end, false));
    }
    let last = memrchr(b'\n', block.bytes()).map_or(first, |newline| newline + 1);
    while more {
        more = block.fill(&mut file, EXTENSION)?;
        if let Some(newline) = memchr(b'\n', &block.bytes()[end..]) {
            return Ok((first..end + newline + 1, false));
        }
        end = block.bytes().len();
        if end - last > LONGEST {
            return Ok((first..last, true));
        }
    }
    Ok((first..end, false))
}

/// Returns the count of a line that is longer than is held.
fn long_line() -> Count {
    let mut count = Count {
        lines: 1,
        ..Count::default()
    };
    count.malformed(1);
    count
}
