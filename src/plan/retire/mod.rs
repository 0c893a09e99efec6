//! What nothing uses any more → the way out of it: tell, disable, wait, delete.
//!
//! What is disabled comes back by one command, what is deleted does not: so nothing is deleted that was not disabled for
//! long before, and nothing is disabled of which the verdict is not sure.

mod accounts;
mod keys;

use crate::model::estate::Account;

use super::Context;
use super::draft::Draft;

/// Returns how the account's keys, and the account itself, are retired, where that is due.
#[must_use]
pub fn draft(cx: &Context<'_>, account: &Account) -> Draft {
    let mut draft = keys::draft(cx, account);
    draft.absorb(accounts::draft(cx, account));
    draft
}
