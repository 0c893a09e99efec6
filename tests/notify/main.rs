//! `notify`: the real program, and receivers on loopback that take what the real ones take.

#[path = "../support/mod.rs"]
mod support;

mod estates;
mod slack;
