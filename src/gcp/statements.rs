//! The SQL that `BigQuery` may be asked to run: part of the allow list (`allow.rs`).
//!
//! A job can do anything that its SQL says, so that a verb and a path are not enough to keep the client read-only. Every
//! text is compiled into the program, and the one thing that varies in it, the name of the dataset, is checked letter by
//! letter. Values travel as parameters.

use std::fmt;

const ENTRIES_SINK: &str = include_str!("../usage/bigquery/entries_sink.sql");
const ENTRIES_ALL_LOGS: &str = include_str!("../usage/bigquery/entries_all_logs.sql");
const CALLERS: &str = include_str!("../usage/bigquery/callers.sql");
const PERMISSIONS: &str = include_str!("../usage/bigquery/permissions.sql");
const EVENTS_SINK: &str = include_str!("../usage/bigquery/events_sink.sql");
const EVENTS_ALL_LOGS: &str = include_str!("../usage/bigquery/events_all_logs.sql");

/// Reads no shard that lies outside of the days; `_TABLE_SUFFIX` is `YYYYMMDD`.
const DAYS: &str = "\n    AND sink._TABLE_SUFFIX BETWEEN @first_day AND @last_day";

/// The condition on a column that a sink has only once a call of any kind has failed.
const SUCCEEDED: &str = "\n  AND COALESCE(sink.protopayload_auditlog.status.code, 0) = 0";

/// A question to a table of audit logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Statement {
    /// Who called, from where, and how often: groups.
    Callers,
    /// Which permissions were checked on what: groups.
    Permissions,
    /// What happened to accounts and keys: entries.
    Events,
    /// [`Statement::Events`] of a table without a status: nothing has failed in it yet.
    EventsWithoutStatus,
}

impl Statement {
    const ALL: [Self; 4] = [
        Self::Callers,
        Self::Permissions,
        Self::Events,
        Self::EventsWithoutStatus,
    ];

    /// Returns what the statement asks for, for messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Callers => "callers",
            Self::Permissions => "permissions",
            Self::Events | Self::EventsWithoutStatus => "events",
        }
    }

    /// Returns the statement's text, with `{dataset}` where the dataset's name belongs.
    fn template(self, table: Table) -> String {
        let entries = match table {
            Table::AllLogs => ENTRIES_ALL_LOGS,
            Table::Activity
            | Table::ActivityShards
            | Table::DataAccess
            | Table::DataAccessShards => ENTRIES_SINK,
        };
        let text = match (self, table) {
            (Self::Callers, _) => CALLERS.replace("{entries}", entries),
            (Self::Permissions, _) => PERMISSIONS.replace("{entries}", entries),
            (Self::Events | Self::EventsWithoutStatus, Table::AllLogs) => {
                EVENTS_ALL_LOGS.to_owned()
            }
            (Self::Events, _) => EVENTS_SINK.to_owned(),
            (Self::EventsWithoutStatus, _) => EVENTS_SINK.replace(SUCCEEDED, ""),
        };
        text.replace("{days}", if table.is_sharded() { DAYS } else { "" })
            .replace("{table}", &format!("{{dataset}}.{}", table.id()))
    }
}

/// The tables that hold audit logs.
///
/// Source: <https://cloud.google.com/logging/docs/export/bigquery> and
/// <https://cloud.google.com/logging/docs/analyze/query-linked-dataset>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// A sink's partitioned table of Admin Activity logs.
    Activity,
    /// A sink's tables of Admin Activity logs, one a day.
    ActivityShards,
    /// A sink's partitioned table of Data Access logs.
    DataAccess,
    /// A sink's tables of Data Access logs, one a day.
    DataAccessShards,
    /// The view over all logs of a bucket, in the dataset that Log Analytics links to it.
    AllLogs,
}

impl Table {
    /// Every kind of table.
    pub const ALL: [Self; 5] = [
        Self::Activity,
        Self::ActivityShards,
        Self::DataAccess,
        Self::DataAccessShards,
        Self::AllLogs,
    ];

    /// Returns the table's name as a query has it; all shards are one wildcard.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Activity => "cloudaudit_googleapis_com_activity",
            Self::ActivityShards => "cloudaudit_googleapis_com_activity_*",
            Self::DataAccess => "cloudaudit_googleapis_com_data_access",
            Self::DataAccessShards => "cloudaudit_googleapis_com_data_access_*",
            Self::AllLogs => "_AllLogs",
        }
    }

    /// Returns whether it is one table a day.
    #[must_use]
    pub fn is_sharded(self) -> bool {
        self.id().ends_with('*')
    }

    /// Returns which of these a table of that name is, or is a shard of; `None` for any other.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|table| match table.id().strip_suffix('*') {
                None => table.id() == name,
                Some(prefix) => name.strip_prefix(prefix).is_some_and(|suffix| {
                    suffix.len() == 8 && suffix.bytes().all(|byte| byte.is_ascii_digit())
                }),
            })
    }
}

/// A dataset of `BigQuery`, by names that can stand in SQL between backticks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DatasetName {
    project: String,
    dataset: String,
}

impl DatasetName {
    /// Returns the dataset that `PROJECT.DATASET` names; `None` where it is no such name.
    ///
    /// A project's id may hold dots and a colon (`example.com:audit`), a dataset's name letters, digits and underscores:
    /// <https://cloud.google.com/bigquery/docs/datasets#dataset-naming>.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (project, dataset) = text.rsplit_once('.')?;
        let in_project =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.:".contains(c);
        let valid = (1..=100).contains(&project.len())
            && project.starts_with(|c: char| c.is_ascii_lowercase())
            && project.ends_with(|c: char| c.is_ascii_alphanumeric())
            && project.chars().all(in_project)
            && project.matches(':').count() <= 1
            && (project.contains(':') || !project.contains('.'))
            && !project.contains("..")
            && (1..=1024).contains(&dataset.len())
            && dataset
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_');
        valid.then(|| Self {
            project: project.to_owned(),
            dataset: dataset.to_owned(),
        })
    }

    /// Returns the id of the dataset's project.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.project
    }

    /// Returns the dataset's own name.
    #[must_use]
    pub fn dataset(&self) -> &str {
        &self.dataset
    }
}

impl fmt::Display for DatasetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.project, self.dataset)
    }
}

/// Returns the SQL of the statement over the table.
#[must_use]
pub fn sql(statement: Statement, dataset: &DatasetName, table: Table) -> String {
    statement
        .template(table)
        .replace("{dataset}", &dataset.to_string())
}

/// Returns whether the text is that of a statement over a table of some dataset.
#[must_use]
pub(super) fn is_known(text: &str) -> bool {
    Statement::ALL.into_iter().any(|statement| {
        Table::ALL.into_iter().any(|table| {
            let template = statement.template(table);
            let dataset = template
                .split_once("{dataset}")
                .and_then(|(before, behind)| text.strip_prefix(before)?.strip_suffix(behind));
            dataset.and_then(DatasetName::parse).is_some()
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_names_its_table_once_and_is_known() {
        let dataset = DatasetName::parse("example.com:acme-logs.audit_2026").expect("a dataset");
        for statement in Statement::ALL {
            for table in Table::ALL {
                let text = sql(statement, &dataset, table);
                assert!(is_known(&text), "{statement:?} {table:?}");
                assert!(!text.contains(['{', ';']) || text.contains("{4}"), "{text}");
                let name = format!("`example.com:acme-logs.audit_2026.{}`", table.id());
                assert_eq!(text.matches(&name).count(), 1, "{text}");
                assert_eq!(
                    text.matches("@first_day").count(),
                    usize::from(table.is_sharded())
                );
            }
        }
    }

    #[test]
    fn the_status_is_asked_for_unless_there_is_none() {
        let dataset = DatasetName::parse("acme.audit").expect("a dataset");
        let status = |statement| sql(statement, &dataset, Table::Activity).contains("status");
        assert!(status(Statement::Events));
        assert!(!status(Statement::EventsWithoutStatus));
    }

    #[test]
    fn no_other_text_is_known() {
        let dataset = DatasetName::parse("acme.audit").expect("a dataset");
        let text = sql(Statement::Events, &dataset, Table::Activity);
        for other in [
            String::new(),
            "SELECT 1".to_owned(),
            format!("{text};DROP TABLE `acme.audit.t`"),
            format!("{text} "),
            text.replace("acme.audit", "acme.audit.other` JOIN `acme.secrets"),
            text.replace("acme.audit", "acme.au dit"),
            text.replace("acme.audit", "audit"),
            text.replace("@since", "'2026-01-01'"),
        ] {
            assert!(!is_known(&other), "{other}");
        }
    }

    #[test]
    fn tables_are_known_by_their_names() {
        let table = Table::of_name;
        assert_eq!(
            table("cloudaudit_googleapis_com_activity"),
            Some(Table::Activity)
        );
        assert_eq!(
            table("cloudaudit_googleapis_com_data_access_20261123"),
            Some(Table::DataAccessShards)
        );
        assert_eq!(table("_AllLogs"), Some(Table::AllLogs));
        for other in [
            "cloudaudit_googleapis_com_policy",
            "cloudaudit_googleapis_com_activity_",
            "cloudaudit_googleapis_com_activity_2026112",
            "cloudaudit_googleapis_com_activity_*",
            "export_errors_20261123",
        ] {
            assert_eq!(table(other), None, "{other}");
        }
    }

    #[test]
    fn datasets_are_parsed_letter_by_letter() {
        let parsed = DatasetName::parse("example.com:acme.audit").expect("a dataset");
        assert_eq!(
            (parsed.project(), parsed.dataset()),
            ("example.com:acme", "audit")
        );
        for wrong in [
            "",
            "audit",
            ".audit",
            "acme.",
            "acme.au-dit",
            "acme.a`b",
            "Acme.audit",
            "acme/x.audit",
            "a.b.audit",
            "acme..audit",
            "acme.audit ",
            "acme\n.audit",
            "a:b:c.d",
            "acme-.audit",
        ] {
            assert_eq!(DatasetName::parse(wrong), None, "{wrong}");
        }
    }
}
