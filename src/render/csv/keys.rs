//! The table of user-managed keys.

use std::io;

use super::{cell, header, record};
use crate::render::json::{Account, Key};
use crate::report::Report;

/// The columns; `callers` is the length of the JSON's list.
const COLUMNS: [&str; 19] = [
    "project",
    "email",
    "unique_id",
    "key",
    "origin",
    "algorithm",
    "created",
    "valid_after",
    "expires",
    "never_expires",
    "disabled",
    "disabled_since",
    "disable_reason",
    "state",
    "last_use",
    "last_use_at",
    "looked_from",
    "looked_to",
    "callers",
];

/// Writes a header and one line a key, in the report's order of accounts, then by id.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn keys(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    header(out, &COLUMNS)?;
    for account in report
        .accounts
        .iter()
        .filter(|account| !account.keys.is_empty())
    {
        let account = Account::new(account, report.observed_at);
        for key in &account.keys {
            record(out, &line(&account, key))?;
        }
    }
    Ok(())
}

fn line(account: &Account, key: &Key) -> [String; COLUMNS.len()] {
    let last_use = &key.last_use;
    [
        account.project.clone(),
        account.email.clone(),
        account.unique_id.clone(),
        key.id.clone(),
        cell(key.origin),
        cell(key.algorithm),
        cell(key.created),
        cell(key.valid_after),
        cell(key.expires),
        cell(key.never_expires),
        cell(key.disabled),
        cell(key.disabled_since),
        cell(key.disable_reason),
        cell(key.state),
        cell(last_use.state),
        cell(last_use.at),
        cell(last_use.from),
        cell(last_use.to),
        cell(key.callers.len()),
    ]
}
