//! Where a finding is: an address relative to the repository, though no file stands there, and the resource's full name.
//!
//! The address is the resource's path, by names that a reader knows; GitHub shows it as the alert's file.

use serde::Serialize;

use crate::model::federation::ProviderRef;
use crate::model::finding::{Fingerprint, Subject};
use crate::model::scope::{Root, ScanScope};
use crate::render::escape::Segment;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    physical_location: PhysicalLocation,
    logical_locations: [LogicalLocation; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    region: Region,
}

#[derive(Debug, Serialize)]
struct ArtifactLocation {
    uri: String,
}

/// The first line: GitHub wants one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
    kind: &'static str,
}

impl From<&Subject> for Location {
    fn from(subject: &Subject) -> Self {
        Self {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation { uri: path(subject) },
                region: Region { start_line: 1 },
            },
            logical_locations: [LogicalLocation {
                fully_qualified_name: subject.full_name().as_str().to_owned(),
                kind: "resource",
            }],
        }
    }
}

/// Returns the address of what a finding is about.
fn path(subject: &Subject) -> String {
    let segments: Vec<&str> = match subject {
        Subject::Organization(id) => vec!["organizations", id.as_str()],
        Subject::Folder(id) => vec!["folders", id.as_str()],
        Subject::Project(id) => vec!["projects", id.as_str()],
        Subject::Provider(ProviderRef {
            project,
            pool,
            provider,
        }) => vec![
            "projects",
            project.as_str(),
            "workloadIdentityPools",
            pool,
            "providers",
            provider,
        ],
        Subject::Account(account) => vec![
            "projects",
            account.project.as_str(),
            "serviceAccounts",
            account.email.as_str(),
        ],
        Subject::Key { account, key } => vec![
            "projects",
            account.project.as_str(),
            "serviceAccounts",
            account.email.as_str(),
            "keys",
            key.as_str(),
        ],
        Subject::Acceptance(_) => vec!["sa-audit.toml"],
    };
    let segments = segments.iter().map(|segment| Segment(segment).to_string());
    segments.collect::<Vec<_>>().join("/")
}

/// Returns the category of runs of one scope: GitHub closes the alerts that a category's newest run does not have.
pub(super) fn category(scope: &ScanScope) -> String {
    let root = |root: &Root| match root {
        Root::Organization(id) => format!("organizations-{}", Segment(id.as_str())),
        Root::Folder(id) => format!("folders-{}", Segment(id.as_str())),
        Root::Project(id) => format!("projects-{}", Segment(id.as_str())),
    };
    let of = match scope.roots.as_slice() {
        [] => "all".to_owned(),
        [one] => root(one),
        // However many there are, the name stays short.
        several => {
            let mut names: Vec<String> = several.iter().map(root).collect();
            names.sort_unstable();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            format!("{:.16}", Fingerprint::of(&names).to_string())
        }
    };
    format!("sa-audit/{of}/")
}
