//! The table of accounts.

use std::io;

use super::{cell, header, record};
use crate::render::json::{Account, Owner};
use crate::report::Report;

/// The columns; those from `keys` to `findings` are the lengths of the JSON's lists.
const COLUMNS: [&str; 25] = [
    "project",
    "email",
    "unique_id",
    "kind",
    "display_name",
    "description",
    "disabled",
    "disabled_since",
    "created",
    "owner",
    "last_use",
    "last_use_at",
    "looked_from",
    "looked_to",
    "last_use_unknown_why",
    "worst",
    "keys",
    "keys_complete",
    "credentials",
    "workloads",
    "references",
    "grants",
    "actors",
    "callers",
    "findings",
];

/// Writes a header and one line an account, in the report's order.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn accounts(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    header(out, &COLUMNS)?;
    report.accounts.iter().try_for_each(|account| {
        let account = Account::new(account, report.observed_at);
        record(out, &line(&account))
    })
}

fn line(account: &Account) -> [String; COLUMNS.len()] {
    let last_use = &account.last_use;
    [
        account.project.clone(),
        account.email.clone(),
        account.unique_id.clone(),
        cell(account.kind),
        account.display_name.clone(),
        account.description.clone(),
        cell(account.disabled),
        cell(account.disabled_since),
        cell(account.created),
        account.owner.as_ref().map(name).unwrap_or_default(),
        cell(last_use.state),
        cell(last_use.at),
        cell(last_use.from),
        cell(last_use.to),
        cell(last_use.why),
        cell(account.worst),
        cell(account.keys.len()),
        cell(account.keys_complete),
        cell(account.credentials.len()),
        cell(account.workloads.len()),
        cell(account.references.len()),
        cell(account.grants.len()),
        cell(account.actors.len()),
        cell(account.callers.len()),
        cell(account.findings.len()),
    ]
}

fn name(owner: &Owner) -> String {
    owner.name.clone()
}
