//! A table of groups that several threads fill: rows by fingerprint, in shards.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::fingerprint::Fingerprint;
use super::pool::{SHARDS, place};

/// How many rows are laid together; tables grow by pieces, so that no row is ever moved.
const CHUNK: usize = 256;

/// Rows by fingerprint.
pub(super) struct Table<R> {
    shards: Vec<Mutex<Shard<R>>>,
    /// The most rows in one shard.
    limit: usize,
    /// Values that found no room.
    refused: AtomicU64,
}

struct Shard<R> {
    /// Indexes of rows, plus one; zero is free. A power of two, never full.
    slots: Vec<u32>,
    chunks: Vec<Vec<(Fingerprint, R)>>,
    count: usize,
}

/// Where a row lies: it stays there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot(u32);

impl<R> Table<R> {
    /// Returns an empty table that takes in about `limit` rows.
    pub(super) fn new(limit: usize) -> Self {
        let shard = || {
            Mutex::new(Shard {
                slots: Vec::new(),
                chunks: Vec::new(),
                count: 0,
            })
        };
        Self {
            shards: (0..SHARDS).map(|_| shard()).collect(),
            limit: limit.div_ceil(SHARDS),
            refused: AtomicU64::new(0),
        }
    }

    /// Returns the place of the row of `fingerprint`, which is made where there is none; `None` where the table is full,
    /// or no row was made.
    pub(super) fn find_or_insert(
        &self,
        fingerprint: Fingerprint,
        make: impl FnOnce() -> Option<R>,
    ) -> Option<Slot> {
        let shard = place(fingerprint.low);
        let mut held = self.shards[shard]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let index = held.find_or_insert(fingerprint, self.limit, make)?;
        Some(Slot((index * SHARDS + shard) as u32))
    }

    /// Adds to a row by its place.
    pub(super) fn merge(&self, slot: Slot, merge: impl FnOnce(&mut R)) {
        let slot = slot.0 as usize;
        let mut shard = self.shards[slot % SHARDS]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        merge(shard.row(slot / SHARDS));
    }

    /// Counts values that found no room.
    pub(super) fn refuse(&self, count: u64) {
        self.refused.fetch_add(count, Ordering::Relaxed);
    }

    /// Returns how many values found no room.
    pub(super) fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// Returns how many rows there are.
    pub(super) fn len(&self) -> usize {
        let count =
            |shard: &Mutex<Shard<R>>| shard.lock().unwrap_or_else(PoisonError::into_inner).count;
        self.shards.iter().map(count).sum()
    }

    /// Hands every row to `read`, in no order.
    pub(super) fn each(&self, mut read: impl FnMut(&R)) {
        for shard in &self.shards {
            let shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.chunks.iter().flatten().for_each(|(_, row)| read(row));
        }
    }
}

impl<R> Shard<R> {
    fn row(&mut self, index: usize) -> &mut R {
        &mut self.chunks[index / CHUNK][index % CHUNK].1
    }

    fn find_or_insert(
        &mut self,
        fingerprint: Fingerprint,
        limit: usize,
        make: impl FnOnce() -> Option<R>,
    ) -> Option<usize> {
        if self.count * 4 >= self.slots.len() * 3 {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut at = fingerprint.low as usize & mask;
        while let Some(index) = (self.slots[at] as usize).checked_sub(1) {
            if self.chunks[index / CHUNK][index % CHUNK].0 == fingerprint {
                return Some(index);
            }
            at = (at + 1) & mask;
        }
        if self.count >= limit {
            return None;
        }
        let row = make()?;
        if self.count.is_multiple_of(CHUNK) {
            // A first piece grows with what is in it: most logs hold few groups.
            let size = if self.count == 0 { 0 } else { CHUNK };
            self.chunks.push(Vec::with_capacity(size));
        }
        let last = self.chunks.len() - 1;
        self.chunks[last].push((fingerprint, row));
        self.count += 1;
        self.slots[at] = self.count as u32;
        Some(self.count - 1)
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(16);
        let mut slots = vec![0; size];
        for (index, (fingerprint, _)) in self.chunks.iter().flatten().enumerate() {
            let mut at = fingerprint.low as usize & (size - 1);
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
    use crate::usage::logs::fingerprint::Key;

    #[test]
    fn rows_are_found_again_and_a_full_table_takes_in_no_more() {
        let key = Key::random();
        let of = |n: u64| key.start().number(key, n);
        let table: Table<u64> = Table::new(1_000_000);
        for round in 1..=3 {
            for n in 0..20_000 {
                let slot = table.find_or_insert(of(n), || Some(0)).expect("a row");
                table.merge(slot, |row| *row += n + u64::from(round == 3));
            }
        }
        let mut rows = Vec::new();
        table.each(|row| rows.push(*row));
        rows.sort_unstable();
        assert_eq!(rows, (0..20_000).map(|n| n * 3 + 1).collect::<Vec<_>>());
        assert_eq!(table.len(), 20_000);

        let full: Table<u64> = Table::new(SHARDS);
        let found = (0..20_000)
            .filter(|n| full.find_or_insert(of(*n), || Some(0)).is_some())
            .count();
        assert_eq!((full.len(), found), (SHARDS, SHARDS));
        let again = (0..20_000)
            .filter(|n| full.find_or_insert(of(*n), || Some(0)).is_some())
            .count();
        assert_eq!(again, SHARDS, "what has a row still finds it");
    }
}
