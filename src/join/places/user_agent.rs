//! What a user agent says of the place: a table of patterns, the first that matches counts.

use std::sync::LazyLock;

use regex::RegexSet;

use crate::model::message::Message;
use crate::model::place::PlaceKind;
use crate::model::rule::Confidence;

use super::Sign;

/// Patterns longer texts are not worth: what a tool says of itself stands at the begin.
const MAX_LENGTH: usize = 2_000;

/// One row of `user_agents.tsv`.
struct Row {
    pattern: &'static str,
    /// `None`: the tool may run anywhere.
    kind: Option<PlaceKind>,
    name: Option<&'static str>,
    tool: &'static str,
    confidence: Confidence,
    #[cfg(test)]
    example: &'static str,
}

/// The rows, with their patterns compiled together.
struct Table {
    rows: Vec<Row>,
    patterns: RegexSet,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let rows = rows(include_str!("user_agents.tsv"));
    let patterns = RegexSet::new(rows.iter().map(|row| row.pattern));
    Table {
        rows,
        patterns: patterns.expect("the committed patterns compile, as the tests show"),
    }
});

/// Returns what the user agent says of the place; `None` where it says nothing, or nothing of a place.
pub(super) fn sign(user_agent: &str) -> Option<Sign> {
    let table = &*TABLE;
    if user_agent.len() > MAX_LENGTH {
        return None;
    }
    let first = table.patterns.matches(user_agent).iter().next()?;
    let row = table.rows.get(first)?;
    Some(Sign {
        kind: row.kind?,
        name: row.name.map(str::to_owned),
        network: None,
        confidence: row.confidence,
        reason: Message::from("the user agent says ").text(row.tool),
    })
}

fn rows(table: &'static str) -> Vec<Row> {
    let lines = table.lines().skip(1);
    lines.filter_map(|line| row(line.split('\t'))).collect()
}

fn row(mut cells: impl Iterator<Item = &'static str>) -> Option<Row> {
    let (pattern, class, name) = (cells.next()?, cells.next()?, cells.next()?);
    let (tool, strength) = (cells.next()?, cells.next()?);
    let _example = cells.next()?;
    Some(Row {
        pattern,
        kind: kind(class),
        name: Some(name).filter(|name| !name.is_empty()),
        tool,
        // The caller chose the text: it is never sure.
        confidence: match strength {
            "strong" => Confidence::Medium,
            _ => Confidence::Low,
        },
        #[cfg(test)]
        example: _example,
    })
}

/// Returns the kind of place that a class of tools runs in; `None` where it may run anywhere.
fn kind(class: &str) -> Option<PlaceKind> {
    match class {
        "ci" => Some(PlaceKind::Ci),
        "developer" | "developer-agent" | "human-console" => Some(PlaceKind::Workstation),
        "gcp-runtime" | "gcp-service" => Some(PlaceKind::GoogleCloud),
        "saas" => Some(PlaceKind::Saas),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_whole_and_its_example_is_its_own() {
        let table = &*TABLE;
        let lines = include_str!("user_agents.tsv").lines().count();
        assert_eq!(table.rows.len(), lines - 1);
        for (at, row) in table.rows.iter().enumerate() {
            let first = table.patterns.matches(row.example).iter().next();
            assert_eq!(first, Some(at), "{}: {}", row.pattern, row.example);
        }
    }

    #[test]
    fn every_class_is_known() {
        let anywhere = [
            "script",
            "unknown-gcloud",
            "unknown",
            "iac",
            "orchestrator",
            "saas-or-ci",
            "unknown-library",
            "secrets-broker",
            "library",
        ];
        for line in include_str!("user_agents.tsv").lines().skip(1) {
            let class = line.split('\t').nth(1).expect("a class");
            assert_ne!(kind(class).is_some(), anywhere.contains(&class), "{class}");
        }
    }

    #[test]
    fn words_inside_other_words_say_nothing() {
        for text in [
            "orchestrator/1.0",
            "segmentation-job/2",
            "prismatic/1",
            "default/1",
        ] {
            assert!(sign(text).is_none(), "{text}");
        }
        assert!(sign(&format!("{}Jenkins", "x".repeat(MAX_LENGTH))).is_none());
    }
}
