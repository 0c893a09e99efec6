//! Credentials of every kind, end to end: files on disk, tokens from servers on loopback, through the real network
//! client.

#[path = "../support/never_real.rs"]
mod never_real;
#[path = "../support/token_server.rs"]
#[allow(dead_code, reason = "tests/secrets.rs uses the rest")]
mod token_server;
#[path = "../support/world.rs"]
mod world;

mod discovery;
mod failures;
mod federation;
mod files;
mod impersonation;
mod keys_and_logins;
