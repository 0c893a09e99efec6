//! The log, its run, and what the run itself tells: the tool, the scope, what was not evaluated.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::place::category;
use super::results::{self, Result};
use super::rules::Rule;
use crate::render::escape::Sarif;
use crate::render::json::Summary;
use crate::render::{terminal, words};
use crate::report::{NotEvaluatedGroup, Report};

/// A SARIF log.
#[derive(Debug, Serialize)]
pub(super) struct Log {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    automation_details: AutomationDetails,
    invocations: [Invocation; 1],
    results: Vec<Result>,
    column_kind: &'static str,
    properties: Properties,
}

#[derive(Debug, Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    /// The program and its version, as every report names it.
    full_name: String,
    rules: Vec<Rule>,
}

#[derive(Debug, Serialize)]
struct AutomationDetails {
    id: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    exit_code: u8,
    tool_execution_notifications: Vec<Notification>,
}

#[derive(Debug, Serialize)]
struct Notification {
    level: Level,
    message: Text,
}

/// The counts of the report, as the JSON report writes them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Properties {
    observed_at: DateTime<Utc>,
    baseline: Option<DateTime<Utc>>,
    summary: Summary,
}

/// A message without markup.
#[derive(Debug, Serialize)]
pub(super) struct Text {
    pub(super) text: String,
}

/// How loud something is told.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Level {
    Note,
    Warning,
    Error,
}

impl Log {
    /// Returns the log of a report with at most so many results.
    pub(super) fn of(report: &Report, most: usize) -> Self {
        let rules: Vec<Rule> = report
            .rules
            .iter()
            .filter(|rule| rule.enabled)
            .map(Rule::from)
            .collect();
        let (results, left) = results::of(report, &rules, most);
        let groups = report.not_evaluated_groups();
        let mut notifications: Vec<Notification> = groups.iter().map(Notification::from).collect();
        if left > 0 {
            notifications.insert(0, Notification::of_results_left_out(left, most));
        }
        Self {
            schema: "https://json.schemastore.org/sarif-2.1.0.json",
            version: "2.1.0",
            runs: [Run {
                tool: Tool {
                    driver: Driver {
                        name: "sa-audit",
                        full_name: report.tool.clone(),
                        rules,
                    },
                },
                automation_details: AutomationDetails {
                    id: category(&report.scope),
                },
                invocations: [Invocation {
                    execution_successful: true,
                    exit_code: report.summary.exit_code,
                    tool_execution_notifications: notifications,
                }],
                results,
                column_kind: "unicodeCodePoints",
                properties: Properties {
                    observed_at: report.observed_at,
                    baseline: report.baseline,
                    summary: Summary::from(report.summary),
                },
            }],
        }
    }
}

impl Notification {
    fn of_results_left_out(left: usize, most: usize) -> Self {
        let text = format!(
            "{} left out, the least severe: code scanning takes {most} results; the JSON report has all",
            words::count(left as u64, "finding")
        );
        Self {
            level: Level::Warning,
            message: Text { text },
        }
    }
}

impl From<&NotEvaluatedGroup<'_>> for Notification {
    fn from(group: &NotEvaluatedGroup<'_>) -> Self {
        let text = terminal::not_evaluated::told(group).to_string();
        let is_gap = group
            .entries
            .iter()
            .any(|entry| entry.is_gap() && entry.accepted.is_none());
        Self {
            level: if is_gap { Level::Warning } else { Level::Note },
            message: Text {
                text: Sarif(&text).to_string(),
            },
        }
    }
}
