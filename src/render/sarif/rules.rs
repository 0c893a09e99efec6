//! The rules that ran, with their documents.

use serde::Serialize;

use super::document::{Level, Text};
use crate::model::rule::{Cis, Severity};
use crate::report::RuleReport;

/// Tags of one rule, at most: GitHub's cap.
const MOST_TAGS: usize = 20;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    pub(super) id: &'static str,
    short_description: Text,
    full_description: Text,
    help: Help,
    default_configuration: Configuration,
    properties: Properties,
}

/// A rule's document; for readers that know no Markdown, where it is.
#[derive(Debug, Serialize)]
struct Help {
    text: String,
    markdown: &'static str,
}

#[derive(Debug, Serialize)]
struct Configuration {
    level: Level,
}

#[derive(Debug, Serialize)]
struct Properties {
    tags: Vec<String>,
    /// From 0.1 to 10, which GitHub turns into a severity; none where there is nothing to do.
    #[serde(rename = "security-severity", skip_serializing_if = "Option::is_none")]
    security_severity: Option<&'static str>,
}

impl From<&RuleReport> for Rule {
    fn from(rule: &RuleReport) -> Self {
        let title = || Text {
            text: rule.title.to_owned(),
        };
        Self {
            id: rule.id,
            short_description: title(),
            full_description: title(),
            help: Help {
                text: format!("{}: `sa-audit rules {}` tells more", rule.title, rule.id),
                markdown: rule.docs,
            },
            default_configuration: Configuration {
                level: level(rule.severity),
            },
            properties: Properties {
                tags: tags(rule),
                security_severity: security_severity(rule.severity),
            },
        }
    }
}

fn tags(rule: &RuleReport) -> Vec<String> {
    let cis = rule.cis.iter().flat_map(|Cis { v2_to_v4, v5 }| {
        let older = v2_to_v4.map(|number| format!("cis-gcp-v2-to-v4-{number}"));
        older.into_iter().chain([format!("cis-gcp-v5-{v5}")])
    });
    let owasp = rule.owasp.iter().map(|entry| format!("owasp-{entry}"));
    let ours = ["security", "gcp", "service-account"].map(str::to_owned);
    ours.into_iter()
        .chain(cis)
        .chain(owasp)
        .take(MOST_TAGS)
        .collect()
}

/// Returns how loud a severity is told.
pub(super) fn level(severity: Severity) -> Level {
    match severity {
        Severity::Critical | Severity::High => Level::Error,
        Severity::Medium => Level::Warning,
        Severity::Low | Severity::Info => Level::Note,
    }
}

/// Returns a number that GitHub turns into the same severity: above 9 critical, from 7 high, from 4 medium, else low.
fn security_severity(severity: Severity) -> Option<&'static str> {
    match severity {
        Severity::Critical => Some("9.5"),
        Severity::High => Some("8.0"),
        Severity::Medium => Some("5.5"),
        Severity::Low => Some("2.0"),
        Severity::Info => None,
    }
}
