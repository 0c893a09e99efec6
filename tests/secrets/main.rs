//! No secret in what a user, a log or a bug report could show.
//!
//! A binary of its own: its tests listen to the log of the whole process.

mod client;
mod credentials;
#[path = "../support/mod.rs"]
mod support;
