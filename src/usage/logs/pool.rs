//! Texts held once, by small numbers.

use std::sync::{Mutex, PoisonError};

use super::fingerprint::Key;

/// How many parts a pool or a table has, each behind its own lock.
pub(super) const SHARDS: usize = 64;

/// The size of the pieces that texts are laid into, bytes.
const CHUNK: usize = 32 * 1024;

/// A text in a [`Pool`]; the empty text is always [`TextId::EMPTY`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextId(u32);

impl TextId {
    /// The empty text.
    pub(super) const EMPTY: Self = Self(0);
}

/// Texts, each held once. Several threads may add to it.
pub(super) struct Pool {
    key: Key,
    shards: Vec<Mutex<Shard>>,
}

#[derive(Default)]
struct Shard {
    /// Indexes of `spans`, plus one; zero is free. A power of two, never full.
    slots: Vec<u32>,
    spans: Vec<Span>,
    chunks: Vec<String>,
}

#[derive(Clone, Copy)]
struct Span {
    chunk: u32,
    start: u32,
    length: u32,
}

impl Pool {
    pub(super) fn new(key: Key) -> Self {
        Self {
            key,
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }

    /// Returns the number of `text`, which is taken in where it is new.
    pub(super) fn intern(&self, text: &str) -> TextId {
        if text.is_empty() {
            return TextId::EMPTY;
        }
        let hash = self.hash(text);
        let place = place(hash);
        let mut shard = self.shards[place]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let index = shard.intern(text, hash, |text| self.hash(text));
        TextId((index * SHARDS + place + 1) as u32)
    }

    /// Hands `text` of a number to `read`.
    pub(super) fn with<T>(&self, id: TextId, read: impl FnOnce(&str) -> T) -> T {
        let Some(number) = (id.0 as usize).checked_sub(1) else {
            return read("");
        };
        let shard = self.shards[number % SHARDS]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        read(shard.text(number / SHARDS))
    }

    fn hash(&self, text: &str) -> u64 {
        self.key.start().text(self.key, text).low
    }
}

/// Returns the shard of a hash, by its upper bits; slots go by the lower ones.
pub(super) fn place(hash: u64) -> usize {
    (hash >> 58) as usize
}

impl Shard {
    fn text(&self, index: usize) -> &str {
        let Span {
            chunk,
            start,
            length,
        } = self.spans[index];
        &self.chunks[chunk as usize][start as usize..(start + length) as usize]
    }

    fn intern(&mut self, text: &str, hash: u64, hash_of: impl Fn(&str) -> u64) -> usize {
        if self.spans.len() * 4 >= self.slots.len() * 3 {
            self.grow(hash_of);
        }
        let mask = self.slots.len() - 1;
        let mut at = hash as usize & mask;
        while let Some(index) = (self.slots[at] as usize).checked_sub(1) {
            if self.text(index) == text {
                return index;
            }
            at = (at + 1) & mask;
        }
        let span = self.lay(text);
        self.spans.push(span);
        self.slots[at] = self.spans.len() as u32;
        self.spans.len() - 1
    }

    /// Lays a new text into the last piece that has room for it.
    fn lay(&mut self, text: &str) -> Span {
        let fits = |chunk: &String| chunk.capacity() - chunk.len() >= text.len();
        if !self.chunks.last().is_some_and(fits) {
            // The first pieces are small: most logs hold few texts.
            let size = (1024 << self.chunks.len().min(8)).min(CHUNK);
            self.chunks
                .push(String::with_capacity(size.max(text.len())));
        }
        let number = self.chunks.len() - 1;
        let chunk = &mut self.chunks[number];
        let start = chunk.len();
        chunk.push_str(text);
        Span {
            chunk: number as u32,
            start: start as u32,
            length: text.len() as u32,
        }
    }

    fn grow(&mut self, hash_of: impl Fn(&str) -> u64) {
        let size = (self.slots.len() * 2).max(16);
        let mut slots = vec![0; size];
        for index in 0..self.spans.len() {
            let mut at = hash_of(self.text(index)) as usize & (size - 1);
            while slots[at] != 0 {
                at = (at + 1) & (size - 1);
            }
            slots[at] = index as u32 + 1;
        }
        self.slots = slots;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_has_one_number_and_comes_back() {
        let pool = Pool::new(Key::random());
        let long = "x".repeat(CHUNK + 1);
        let texts: Vec<String> = (0..5_000)
            .map(|n| format!("text {n}"))
            .chain([long, String::new()])
            .collect();
        let ids: Vec<TextId> = texts.iter().map(|text| pool.intern(text)).collect();
        for (text, id) in texts.iter().zip(&ids) {
            assert_eq!(pool.intern(text), *id);
            assert_eq!(pool.with(*id, str::to_owned), *text);
        }
    }
}
