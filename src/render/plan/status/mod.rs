//! How far plans are done: for people on a terminal, and for programs.

pub mod json;
pub mod terminal;
