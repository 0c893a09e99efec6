//! What the tests share. Each test binary uses its part of it.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary compiles its own copy and uses its part of it"
)]

pub mod attachments;
pub mod callers;
pub mod cloud;
pub mod desk;
pub mod emulator;
pub mod estate;
pub mod golden;
pub mod log;
pub mod loopback;
pub mod never_real;
pub mod quarter;
pub mod report;
pub mod scripted;
pub mod slack;
pub mod token_server;
pub mod tokens;
pub mod world;
