//! The acceptance of a finding, as `sa-audit.toml` takes it.

use std::io;

use toml::Value;

use crate::model::acceptance::Terms;
use crate::report::ReportedFinding;

/// Writes the entry that accepts a finding on these terms: bound to the account's identity and to the evidence that the
/// finding rests on now.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn render(
    reported: &ReportedFinding,
    terms: &Terms,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let finding = &reported.finding;
    writeln!(out, "[[accept]]")?;
    let mut entry = |key: &str, text: &str| {
        // A TOML text in quotes: whatever stands in it, it ends there.
        writeln!(out, "{key} = {}", Value::String(text.to_owned()))
    };
    entry("rule", finding.rule)?;
    match finding.subject.account() {
        Some(account) => {
            entry("account", account.email.as_str())?;
            entry("unique_id", account.unique_id.as_str())?;
        }
        None => entry("resource", finding.subject.full_name().as_str())?,
    }
    if let Some(key) = finding.subject.key() {
        entry("key", key.as_str())?;
    }
    entry("evidence", &finding.evidence_digest.to_string())?;
    entry("reason", &terms.reason)?;
    if let Some(owner) = &terms.owner {
        entry("owner", owner)?;
    }
    writeln!(out, "until = {}", terms.until)
}
