//! Credentials of every kind, end to end: files on disk, tokens from servers on loopback, through the real network
//! client.

mod discovery;
mod failures;
mod federation;
mod files;
mod impersonation;
mod keys_and_logins;
#[path = "../support/mod.rs"]
mod support;
