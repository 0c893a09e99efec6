//! Google's answers → facts and coverage: which projects there are, which accounts and keys they hold, who may do what,
//! and which resources name the accounts.
//!
//! One failure never touches its neighbours: it is recorded where it happened, and the rest goes on. Only what no
//! further call could get past ends a scan: see [`Payer`].

mod access;
pub mod assets;
pub mod attachments;
mod federation;
mod gap;
mod inventory;
mod org_policies;
mod policies;
mod projects;
mod roles;
mod ways_up;

pub use access::{access, inherited};
pub use gap::{Payer, both};
pub use inventory::inventory;
pub use projects::{InScope, projects};
pub use roles::roles;
