//! The report as CSV (RFC 4180: lines end in CR LF): three tables, one each of accounts, keys and findings.
//!
//! Every value is the JSON report's own, in its words; what is not known is empty. Whatever a spreadsheet would compute is
//! made text.

mod accounts;
mod findings;
mod keys;

use std::io;

use serde::Serialize;
use serde_json::Value;

use super::escape::Csv;

pub use accounts::accounts;
pub use findings::findings;
pub use keys::keys;

/// Writes one line.
fn record<const N: usize>(out: &mut dyn io::Write, fields: &[String; N]) -> io::Result<()> {
    for (index, field) in fields.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(out, "{comma}{}", Csv(field))?;
    }
    out.write_all(b"\r\n")
}

/// Writes the names of the columns.
fn header<const N: usize>(out: &mut dyn io::Write, names: &[&str; N]) -> io::Result<()> {
    record(out, &names.map(str::to_owned))
}

/// Returns a value as the JSON report writes it, without quotes; of null nothing.
fn cell(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        Ok(Value::Null) | Err(_) => String::new(),
        Ok(value) => value.to_string(),
    }
}
