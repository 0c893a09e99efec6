//! How an estate develops, as JSON: an object whose first key names its schema and version.

use std::io::{self, Write as _};

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};

use super::scan::ScanScope;
use super::summary::BySeverity;
use crate::model;
use crate::report::trend::TrendPoint;

/// The counts of one scan a week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "sa-audit trend")]
pub struct Document {
    /// The schema of this document.
    pub schema: SchemaName,
    /// The scope of the scans.
    pub scope: ScanScope,
    /// The last scan of each week (ISO 8601), by time; weeks without one are left out.
    pub weeks: Vec<Week>,
}

/// The schema's name and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SchemaName {
    /// The first version.
    #[serde(rename = "sa-audit.trend/1")]
    Trend1,
}

/// The counts of one scan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Week {
    /// The moment of the scan.
    pub observed_at: DateTime<Utc>,
    /// Findings of confidence medium or high that nobody has accepted, by severity.
    pub by_severity: BySeverity,
    /// Findings of confidence low, to be found out first.
    pub to_find_out: u64,
    /// Findings that somebody has accepted.
    pub accepted: u64,
    /// Service accounts.
    pub accounts: u64,
    /// Of `accounts`, those that several workloads share.
    pub shared_accounts: u64,
    /// User-managed keys that can sign in.
    pub keys_enabled: u64,
    /// The age of the oldest of them, in days; null where there is none, or no age is known.
    pub oldest_key: Option<u32>,
    /// Reads that were asked for and did not end whole: what stands above is then what was seen.
    pub gaps: u64,
}

/// Writes the trend to `out`, indented, with a newline at the end.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn render(
    scope: &model::scope::ScanScope,
    weeks: &[TrendPoint],
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let document = Document {
        schema: SchemaName::Trend1,
        scope: ScanScope::from(scope),
        weeks: weeks.iter().copied().map(Week::from).collect(),
    };
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, &document)?;
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

impl From<TrendPoint> for Week {
    fn from(point: TrendPoint) -> Self {
        let TrendPoint {
            observed_at,
            by_severity,
            to_find_out,
            accepted,
            accounts,
            shared_accounts,
            keys_enabled,
            oldest_key,
            gaps,
        } = point;
        Self {
            observed_at,
            by_severity: BySeverity::from(by_severity),
            to_find_out,
            accepted,
            accounts,
            shared_accounts,
            keys_enabled,
            oldest_key,
            gaps,
        }
    }
}
