//! What the tests share. Each test binary uses its part of it.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test binary compiles its own copy and uses its part of it"
)]

pub mod golden;
pub mod report;
