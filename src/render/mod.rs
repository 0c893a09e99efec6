//! The renderers: a report in, text out. They draw what `report` has decided, and decide nothing.
//!
//! Each writes to a writer that the caller gives; nothing here prints. Whatever came from a cloud is a stranger's text
//! and passes the escaping wrapper of its sink, in [`escape`].

pub mod acceptance;
mod access;
mod actions;
pub mod csv;
pub mod escape;
pub mod json;
pub mod markdown;
pub mod plan;
pub mod rules;
pub mod sarif;
pub mod slack;
pub mod terminal;
pub mod usage;
mod words;
