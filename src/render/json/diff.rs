//! What changed between two scans, as JSON: an object whose first key names its schema and version.

use std::io::{self, Write as _};

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};

use super::coverage::Coverage;
use super::finding::Finding;
use super::scan::ScanScope;
use super::vocabulary::KeyActivity;
use crate::report::diff::{self, Diff};
use crate::report::{Expiring, ReportedFinding};

/// What changed from an older scan to a newer one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "sa-audit diff")]
pub struct Document {
    /// The schema of this document.
    pub schema: SchemaName,
    /// The program that made it, and its version.
    pub tool: String,
    /// The moment of the older scan.
    pub from: DateTime<Utc>,
    /// The moment of the newer scan.
    pub to: DateTime<Utc>,
    /// The scope of the older scan, where it is another one; else null.
    pub other_scope: Option<ScanScope>,
    /// The exit code with `--exit-code`: 1 for changes, 3 for what can no longer be read, else 0.
    pub exit_code: u8,
    /// How many findings are in both scans, and the same.
    pub known: u64,
    /// Findings that the older scan does not have.
    pub new: Vec<Finding>,
    /// Findings that it has with other evidence, less severe or less sure, or accepted.
    pub changed: Vec<Finding>,
    /// Findings that were gone and are back.
    pub reopened: Vec<Finding>,
    /// Findings of the older scan that are gone, and that the newer one would have seen.
    pub fixed: Vec<Finding>,
    /// Findings of the older scan that the newer one cannot see: nobody knows whether they are fixed.
    pub hidden: Vec<Finding>,
    /// Gaps that nobody has accepted and that the older scan does not have.
    pub unreadable: Vec<Coverage>,
    /// Gaps of the older scan that the newer one has read.
    pub readable_again: Vec<Coverage>,
    /// Keys that can sign in, or were seen, again.
    pub keys_active_again: Vec<ActiveKey>,
    /// Accounts that were deleted and created again under the same address.
    pub recreated: Vec<Recreated>,
    /// Acceptances that end within thirty days of the newer scan.
    pub expiring: Vec<EndingAcceptance>,
}

/// The schema's name and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SchemaName {
    /// The first version.
    #[serde(rename = "sa-audit.diff/1")]
    Diff1,
}

/// A key that is active again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ActiveKey {
    /// The account's address.
    pub email: String,
    /// The account's unique id.
    pub unique_id: String,
    /// The key's id.
    pub key: String,
    /// What happened.
    pub how: KeyActivity,
}

/// An account that has the address of one that is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Recreated {
    /// The address.
    pub email: String,
    /// The unique id that had it.
    pub before: String,
    /// The unique id that has it.
    pub now: String,
}

/// An acceptance that ends soon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EndingAcceptance {
    /// What it accepts.
    pub of: String,
    /// Why.
    pub reason: String,
    /// Who; null where not said.
    pub owner: Option<String>,
    /// The last day on which it holds, UTC.
    pub until: NaiveDate,
}

/// Writes the difference to `out`, indented, with a newline at the end.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn render(diff: &Diff, out: &mut dyn io::Write) -> io::Result<()> {
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, &Document::from(diff))?;
    writeln!(out)?;
    out.flush()
}

/// Returns the JSON Schema (draft 2020-12) of what [`render`] writes.
#[must_use]
pub fn schema() -> serde_json::Value {
    SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<Document>()
        .into()
}

impl From<&Diff> for Document {
    fn from(diff: &Diff) -> Self {
        let findings = |list: &[ReportedFinding]| list.iter().map(Finding::from).collect();
        Self {
            schema: SchemaName::Diff1,
            tool: diff.tool.clone(),
            from: diff.from,
            to: diff.to,
            other_scope: diff.other_scope.as_ref().map(ScanScope::from),
            exit_code: diff.exit_code(),
            known: diff.known,
            new: findings(&diff.new),
            changed: findings(&diff.changed),
            reopened: findings(&diff.reopened),
            fixed: findings(&diff.fixed),
            hidden: findings(&diff.hidden),
            unreadable: diff.unreadable.iter().map(Coverage::from).collect(),
            readable_again: diff.readable_again.iter().map(Coverage::from).collect(),
            keys_active_again: diff.active_again.iter().map(ActiveKey::from).collect(),
            recreated: diff.recreated.iter().map(Recreated::from).collect(),
            expiring: diff.expiring.iter().map(EndingAcceptance::from).collect(),
        }
    }
}

impl From<&diff::ActiveAgain> for ActiveKey {
    fn from(active: &diff::ActiveAgain) -> Self {
        Self {
            email: active.account.email.to_string(),
            unique_id: active.account.unique_id.to_string(),
            key: active.key.to_string(),
            how: active.how.into(),
        }
    }
}

impl From<&diff::Recreated> for Recreated {
    fn from(recreated: &diff::Recreated) -> Self {
        Self {
            email: recreated.email.to_string(),
            before: recreated.before.to_string(),
            now: recreated.now.to_string(),
        }
    }
}

impl From<&Expiring> for EndingAcceptance {
    fn from(expiring: &Expiring) -> Self {
        Self {
            of: expiring.of.to_string(),
            reason: expiring.terms.reason.clone(),
            owner: expiring.terms.owner.clone(),
            until: expiring.terms.until,
        }
    }
}
