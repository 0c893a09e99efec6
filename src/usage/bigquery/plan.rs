//! What the queries will read and cost, told before they run.

use std::fmt;

use crate::gcp::statements::{DatasetName, Statement, Table};

/// What Google takes for a TiB that a query reads, on demand, in US dollars: the price in the United States, without the
/// first TiB of each month and without reservations; other regions differ.
///
/// Source: <https://cloud.google.com/bigquery/pricing#on_demand_pricing>, as of July 2023, when it was last changed.
const DOLLARS_PER_TIB: f64 = 6.25;

const TIB: f64 = (1_u64 << 40) as f64;

/// What will be read; its text is one line for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The dataset.
    pub dataset: DatasetName,
    /// The queries, in the order in which they run.
    pub steps: Vec<Step>,
    /// Bytes that may be billed at most.
    pub max_bytes: u64,
}

/// One query of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The table, or all shards of one log.
    pub table: Table,
    /// What is asked.
    pub statement: Statement,
    /// Bytes that it will read, by `BigQuery`'s dry run.
    pub bytes: u64,
}

impl Plan {
    pub(super) fn new(dataset: &DatasetName, max_bytes: u64) -> Self {
        Self {
            dataset: dataset.clone(),
            steps: Vec::new(),
            max_bytes,
        }
    }

    /// Returns the bytes that all queries together will read.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.steps
            .iter()
            .fold(0, |sum, step| sum.saturating_add(step.bytes))
    }

    /// Returns about what they cost, in US dollars, by Google's price on demand.
    #[must_use]
    pub fn dollars(&self) -> f64 {
        in_floating_point(self.bytes()) / TIB * DOLLARS_PER_TIB
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "BigQuery {}: {} queries read {}, about {:.2} US dollars on demand (at most {})",
            self.dataset,
            self.steps.len(),
            size(self.bytes()),
            self.dollars(),
            size(self.max_bytes)
        )
    }
}

/// Returns a number of bytes in the largest unit of which there is one.
fn size(bytes: u64) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let mut value = in_floating_point(bytes);
    let mut unit = "bytes";
    for larger in units {
        if value < 1024.0 {
            break;
        }
        value /= 1024.0;
        unit = larger;
    }
    if unit == "bytes" {
        format!("{bytes} bytes")
    } else {
        format!("{value:.1} {unit}")
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "for display: sixteen digits of a size are enough"
)]
fn in_floating_point(bytes: u64) -> f64 {
    bytes as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_says_what_it_reads_and_costs() {
        let dataset = DatasetName::parse("acme-logs.audit").expect("a dataset");
        let mut plan = Plan::new(&dataset, 1 << 40);
        for bytes in [300 << 30, 12 << 30] {
            plan.steps.push(Step {
                table: Table::Activity,
                statement: Statement::Callers,
                bytes,
            });
        }
        assert_eq!(
            plan.to_string(),
            "BigQuery acme-logs.audit: 2 queries read 312.0 GiB, about 1.90 US dollars on demand (at most 1.0 TiB)"
        );
    }

    #[test]
    fn sizes() {
        let sizes = [0, 1023, 1024, 1536, 10 << 20, u64::MAX].map(size);
        assert_eq!(
            sizes,
            [
                "0 bytes",
                "1023 bytes",
                "1.0 KiB",
                "1.5 KiB",
                "10.0 MiB",
                "16.0 EiB"
            ]
        );
    }
}
