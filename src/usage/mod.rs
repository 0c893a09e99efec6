//! Sources of last use → facts and coverage, one file a source.

pub mod activity;
pub mod bigquery;
pub mod logs;
