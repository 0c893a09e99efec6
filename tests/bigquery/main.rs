//! Audit logs in `BigQuery`: what is asked, what it may cost, and the rows that come back.

#![allow(
    unreachable_pub,
    reason = "the helpers are shared with other test binaries"
)]

#[cfg(feature = "external")]
mod entries;
#[cfg(feature = "external")]
mod external;
mod scan;

#[path = "../support/tokens.rs"]
mod tokens;
