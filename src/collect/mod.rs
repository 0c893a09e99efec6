//! Google's answers → facts and coverage: which projects there are, which accounts and keys they
//! hold, and which resources name the accounts.
//!
//! One failure never touches its neighbours: it is recorded where it happened, and the rest goes on. Only what no
//! further call could get past ends a scan: see [`Payer`].

pub mod attachments;
mod gap;
mod inventory;
mod projects;

pub use gap::Payer;
pub use inventory::inventory;
pub use projects::{InScope, projects};
