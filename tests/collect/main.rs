//! Google's answers → snapshot → report, through the real client over the emulator. Time is paused: waits pass at once.

mod cast;
mod counts;
mod hostile;
#[path = "../support/mod.rs"]
mod support;
mod tables;
