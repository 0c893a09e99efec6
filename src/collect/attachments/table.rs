//! The table of attachments, `table.tsv`: which field of which resource names an account, and how it is read.
//!
//! A new service is a new row; one that is to be listed per project also needs its list method among the
//! [`LISTS`](crate::gcp::lists::LISTS). The paths come from Google's discovery documents, `inventory` from
//! <https://cloud.google.com/asset-inventory/docs/asset-types>.

use std::sync::LazyLock;

use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value::{Error as ValueError, StrDeserializer};

use crate::model::attachment::{AttachmentKind, OwnerHint};
use crate::model::coverage::Dataset;

use super::path::Path;

/// One row: some fields of the resources of one type that name accounts, all to one purpose.
#[derive(Debug)]
pub struct Row {
    /// Its name, which no other row has.
    pub name: &'static str,
    /// The type of the resources, as Asset Inventory names it or would.
    pub asset_type: &'static str,
    /// The name of the attachment for people: `Cloud Run service`.
    pub label: &'static str,
    /// What the attachment is.
    pub kind: AttachmentKind,
    /// Where the accounts stand; of an indirect row, where the resource stands that names them, and of a row of addresses,
    /// where these stand.
    pub accounts: Vec<Path>,
    /// Whom the resource runs as where it names nobody.
    pub default: DefaultAccount,
    /// Whether Asset Inventory is asked for it.
    pub inventory: Inventory,
    /// How a project's resources are listed; `None`: they are not.
    pub list: Option<List>,
    /// Where the state stands; the first that is there counts, here and below.
    pub state: Vec<Path>,
    /// Where the labels stand.
    pub labels: Vec<Path>,
    /// Where the time stands at which the resource was made.
    pub created: Vec<Path>,
    /// Where the names of its owners stand.
    pub owners: Vec<(Hint, Path)>,
}

/// Whom a resource runs as that names no account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultAccount {
    /// Nobody: there is no attachment.
    Nobody,
    /// A service agent of Google's, which is never a workload: there is no attachment.
    Agent,
    /// An account that the resource does not tell, such as one that the organization's age decides.
    Unknown,
    /// Compute Engine's default account of the project.
    Compute,
    /// App Engine's default account of the project.
    AppEngine,
    /// Of a function: App Engine's in the first generation, else Compute Engine's.
    Function,
    /// Of an indirect row: the revision of Cloud Run that it names, which is asked for by itself.
    Revision,
}

/// Whether Asset Inventory is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inventory {
    /// Yes.
    Asked,
    /// Yes, and no project has it: an organization has.
    Organization,
    /// It does not have the type, or has it without the field.
    Lacks,
    /// Neither it nor the service is asked: another row reads the same, or the field tells nothing of workloads.
    Unread,
}

/// How the resources of a project are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct List {
    /// The list's method.
    pub method: &'static str,
    /// What it is asked for one after the other.
    pub over: Over,
    /// The method that reads one resource, where the list leaves the account out.
    pub detail: Option<&'static str>,
    /// The resource's relative name: a field, or a text with fields in braces.
    pub resource: &'static str,
    /// The permission that the list takes.
    pub permission: &'static str,
}

/// What a list is asked for one after the other: its `{location}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Over {
    /// Nothing: one call has all.
    Nothing,
    /// The location `-`, which stands for all of them.
    AnyLocation,
    /// What another list has in a field, and the location `global` where it is said.
    Listed {
        /// The other list's method.
        method: &'static str,
        /// The field.
        field: &'static str,
        /// Whether `global` is asked for too.
        global: bool,
    },
}

/// A kind of [`OwnerHint`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hint {
    /// [`OwnerHint::CreatedBy`].
    CreatedBy,
    /// [`OwnerHint::InstanceTemplate`].
    InstanceTemplate,
    /// [`OwnerHint::Parent`].
    Parent,
    /// [`OwnerHint::Target`].
    Target,
    /// [`OwnerHint::RunName`].
    RunName,
    /// [`OwnerHint::DisplayName`].
    DisplayName,
}

impl Hint {
    /// Returns the hint with its text.
    #[must_use]
    pub fn of(self, text: String) -> OwnerHint {
        match self {
            Self::CreatedBy => OwnerHint::CreatedBy(text),
            Self::InstanceTemplate => OwnerHint::InstanceTemplate(text),
            Self::Parent => OwnerHint::Parent(text),
            Self::Target => OwnerHint::Target(text),
            Self::RunName => OwnerHint::RunName(text),
            Self::DisplayName => OwnerHint::DisplayName(text),
        }
    }
}

impl Row {
    /// Returns the service whose API must be on for such a resource to be: `run.googleapis.com`.
    #[must_use]
    pub fn service(&self) -> &'static str {
        match self.asset_type.split_once('/') {
            // Objects of Kubernetes live in clusters.
            Some((host, _)) if host.ends_with("k8s.io") => "container.googleapis.com",
            Some((host, _)) => host,
            None => self.asset_type,
        }
    }

    /// Returns the dataset that the row's resources belong to.
    #[must_use]
    pub fn dataset(&self) -> Dataset {
        match self.kind {
            AttachmentKind::Reference => Dataset::References,
            AttachmentKind::Credential => Dataset::OtherCredentials,
            AttachmentKind::Address => Dataset::Addresses,
            AttachmentKind::Runtime
            | AttachmentKind::RuntimeEphemeral
            | AttachmentKind::RuntimeWi
            | AttachmentKind::RuntimeCi
            | AttachmentKind::RuntimeDev
            | AttachmentKind::Caller
            | AttachmentKind::CallerEphemeral
            | AttachmentKind::Trigger
            | AttachmentKind::Template
            | AttachmentKind::Build
            | AttachmentKind::Cmek
            | AttachmentKind::ServiceAgent
            | AttachmentKind::Indirect
            | AttachmentKind::Lookup => Dataset::Attachments,
        }
    }

    /// Returns whether a scan without it is incomplete: whether it may be a workload, a tie or a credential that nothing
    /// else tells of.
    ///
    /// Whom Workload Identity lets run as an account, the account's policy says too.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        match self.kind {
            AttachmentKind::Runtime
            | AttachmentKind::RuntimeEphemeral
            | AttachmentKind::RuntimeCi
            | AttachmentKind::RuntimeDev
            | AttachmentKind::Caller
            | AttachmentKind::CallerEphemeral
            | AttachmentKind::Trigger
            | AttachmentKind::Indirect
            | AttachmentKind::Reference
            | AttachmentKind::Credential
            | AttachmentKind::Address => true,
            AttachmentKind::RuntimeWi
            | AttachmentKind::Template
            | AttachmentKind::Build
            | AttachmentKind::Cmek
            | AttachmentKind::ServiceAgent
            | AttachmentKind::Lookup => false,
        }
    }
}

/// The columns, in the order of the file.
const COLUMNS: [&str; 16] = [
    "name",
    "asset_type",
    "label",
    "kind",
    "accounts",
    "default",
    "inventory",
    "list",
    "over",
    "detail",
    "resource",
    "state",
    "labels",
    "created",
    "owners",
    "permission",
];

/// Returns every row.
#[must_use]
pub fn rows() -> &'static [Row] {
    static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
        parse(include_str!("table.tsv")).expect("the committed table parses, as the tests show")
    });
    &ROWS
}

/// Returns the rows of a table: a line of column names, then a row a line; lines that start with `#` say why.
///
/// # Errors
/// The line that is no row, and what of it is not understood.
fn parse(text: &'static str) -> Result<Vec<Row>, String> {
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    if columns != COLUMNS {
        return Err(format!("the columns are {columns:?}"));
    }
    lines
        .filter(|line| !line.starts_with('#'))
        .map(|line| row(line).map_err(|what| format!("{line}: {what}")))
        .collect()
}

fn row(line: &'static str) -> Result<Row, &'static str> {
    let cells: Vec<&'static str> = line.split('\t').collect();
    let Ok(cells) = <[&'static str; 16]>::try_from(cells) else {
        return Err("not sixteen cells");
    };
    let [
        name,
        asset_type,
        label,
        kind,
        accounts,
        default,
        inventory,
        method,
        over,
        detail,
        resource,
        state,
        labels,
        created,
        owners,
        permission,
    ] = cells;
    let kind: StrDeserializer<'_, ValueError> = kind.into_deserializer();
    let list = |method| {
        Ok::<_, &str>(List {
            method,
            over: over_of(over)?,
            detail: there(detail),
            resource: there(resource).ok_or("a list without the resource's name")?,
            permission: there(permission).ok_or("a list without its permission")?,
        })
    };
    Ok(Row {
        name,
        asset_type,
        label,
        kind: AttachmentKind::deserialize(kind).map_err(|_| "the kind")?,
        accounts: paths(accounts)?,
        default: match default {
            "none" => DefaultAccount::Nobody,
            "agent" => DefaultAccount::Agent,
            "unknown" => DefaultAccount::Unknown,
            "compute" => DefaultAccount::Compute,
            "appengine" => DefaultAccount::AppEngine,
            "function" => DefaultAccount::Function,
            "revision" => DefaultAccount::Revision,
            _ => return Err("the default"),
        },
        inventory: match inventory {
            "yes" => Inventory::Asked,
            "organization" => Inventory::Organization,
            "no" => Inventory::Lacks,
            "unread" => Inventory::Unread,
            _ => return Err("whether it is in Asset Inventory"),
        },
        list: there(method).map(list).transpose()?,
        state: paths(state)?,
        labels: paths(labels)?,
        created: paths(created)?,
        owners: alternatives(owners).map(owner).collect::<Result<_, _>>()?,
    })
}

fn there(cell: &'static str) -> Option<&'static str> {
    Some(cell).filter(|cell| *cell != "-")
}

fn alternatives(cell: &'static str) -> impl Iterator<Item = &'static str> {
    there(cell).into_iter().flat_map(|cell| cell.split('|'))
}

fn paths(cell: &'static str) -> Result<Vec<Path>, &'static str> {
    alternatives(cell)
        .map(|text| Path::parse(text).ok_or("a path"))
        .collect()
}

fn over_of(cell: &'static str) -> Result<Over, &'static str> {
    Ok(match cell {
        "-" => Over::Nothing,
        "any" => Over::AnyLocation,
        cell => {
            let (method, field) = cell.split_once(':').ok_or("what the list is over")?;
            let (field, global) = field
                .split_once('+')
                .map_or((field, false), |(field, also)| (field, also == "global"));
            Over::Listed {
                method,
                field,
                global,
            }
        }
    })
}

fn owner(text: &'static str) -> Result<(Hint, Path), &'static str> {
    let (hint, path) = text.split_once('=').ok_or("an owner")?;
    let hint = match hint {
        "created-by" => Hint::CreatedBy,
        "instance-template" => Hint::InstanceTemplate,
        "parent" => Hint::Parent,
        "target" => Hint::Target,
        "run-name" => Hint::RunName,
        "display-name" => Hint::DisplayName,
        _ => return Err("an owner's kind"),
    };
    Ok((hint, Path::parse(path).ok_or("an owner's path")?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::gcp::apis::Api;
    use crate::gcp::lists::LISTS;
    use crate::gcp::methods::by_id;

    use super::*;

    #[test]
    fn every_row_parses_names_accounts_and_has_a_name_of_its_own() {
        let rows = parse(include_str!("table.tsv")).expect("the table");
        let names: BTreeSet<&str> = rows.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), rows.len());
        for row in &rows {
            assert!(!row.accounts.is_empty(), "{}", row.name);
            assert!(row.asset_type.contains('/'), "{}", row.name);
        }
    }

    #[test]
    fn every_method_of_the_table_may_be_called_and_no_list_is_without_a_row() {
        let mut used = BTreeSet::from([
            "serviceusage.services.list",
            "cloudasset.assets.list",
            "cloudasset.searchAllResources",
            // Read by `usage/bigquery`.
            "bigquery.tables.list",
        ]);
        for list in rows().iter().filter_map(|row| row.list) {
            used.insert(list.method);
            if let Some(detail) = list.detail {
                assert!(by_id(detail).is_some(), "{detail}");
            }
            if let Over::Listed { method, .. } = list.over {
                used.insert(method);
            }
        }
        // The lists of what accounts and bindings were used for, and of what is set, are no lists of resources.
        let of_use = [Api::Monitoring, Api::Recommender, Api::OrgPolicy];
        let of_resources = LISTS.iter().map(|list| &list.method);
        let allowed: BTreeSet<&str> = of_resources
            .filter(|method| !of_use.contains(&method.api))
            .map(|method| method.id)
            .collect();
        assert_eq!(used, allowed);
    }

    #[test]
    fn rows_of_one_type_are_read_in_one_way() {
        for row in rows() {
            for other in rows()
                .iter()
                .filter(|other| other.asset_type == row.asset_type)
            {
                assert_eq!(
                    (row.inventory, row.list),
                    (other.inventory, other.list),
                    "{}",
                    row.name
                );
            }
        }
    }

    #[test]
    fn a_line_that_is_no_row_says_what_is_wrong() {
        let header = "name\tasset_type\tlabel\tkind\taccounts\tdefault\tinventory\tlist\tover\tdetail\tresource\tstate\tlabels\tcreated\towners\tpermission\n";
        let table: [(&'static str, &str); 3] = [
            ("a\tb", "not sixteen cells"),
            (
                "a\tb/C\tc\tflying\tx\tnone\tyes\t-\t-\t-\t-\t-\t-\t-\t-\t-",
                "the kind",
            ),
            (
                "a\tb/C\tc\truntime\tx.\tnone\tyes\t-\t-\t-\t-\t-\t-\t-\t-\t-",
                "a path",
            ),
        ];
        for (line, expected) in table {
            let text = format!("{header}{line}").leak();
            let error = parse(text).expect_err(expected);
            assert!(error.ends_with(expected), "{error}");
        }
    }
}
