//! Audit logs in BigQuery: what is asked, what it may cost, and the rows that come back.

mod entries;
#[cfg(feature = "external")]
mod external;
mod scan;

#[path = "../support/tokens.rs"]
mod tokens;
