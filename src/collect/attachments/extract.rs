//! One resource's JSON → the accounts that it names, by a row of the table: the same for every service and both routes.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::model::attachment::{AttachedAccount, Attachment, AttachmentKind, OwnerHint};
use crate::model::names::{Email, FullResourceName, ProjectId, UniqueId};
use crate::model::project::Project;
use crate::model::reference::{Reference, ReferenceKind};

use super::path::Path;
use super::table::{DefaultAccount, Row};

/// A resource of a project.
#[derive(Debug, Clone, Copy)]
pub struct Resource<'a> {
    /// Its full name, its project by id.
    pub name: &'a FullResourceName,
    /// What its service says of it.
    pub json: &'a Value,
}

/// What a row finds in a resource, or in many.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extracted {
    /// The accounts that are named.
    pub attachments: Vec<Attachment>,
    /// How often something else lay where an account belongs.
    pub malformed: u64,
}

/// Returns the accounts that the resource names in the row's fields, each once.
///
/// Of an indirect row the values name other resources: its attachments come from [`resolve`]. What does not run as the
/// account is no attachment: it comes from [`references`] or, where it is a credential, from
/// [`credential`](super::credentials::credential).
#[must_use]
pub fn extract(row: &Row, resource: Resource<'_>, project: &Project) -> Extracted {
    let mut extracted = Extracted::default();
    if matches!(
        row.kind,
        AttachmentKind::Indirect
            | AttachmentKind::Reference
            | AttachmentKind::Credential
            | AttachmentKind::Address
    ) {
        return extracted;
    }
    let mut named = Vec::new();
    let mut empty = true;
    for path in &row.accounts {
        let Ok(values) = path.find(resource.json) else {
            (extracted.malformed, empty) = (extracted.malformed + 1, false);
            continue;
        };
        for value in values
            .into_iter()
            .filter(|value| value.as_str() != Some(""))
        {
            empty = false;
            match account(value, row, resource.json, project) {
                Some(account) => named.push((account, path)),
                None => extracted.malformed += 1,
            }
        }
    }
    if empty
        && let (Some(path), Some(default)) =
            (row.accounts.first(), default(row, resource.json, project))
    {
        named.push((AttachedAccount::Default(default), path));
    }
    let mut seen = BTreeSet::new();
    named.retain(|(account, _)| seen.insert(account.clone()));
    extracted.attachments = named
        .into_iter()
        .map(|(account, path)| attachment(row, resource, project, account, path.text()))
        .collect();
    extracted
}

/// Returns the attachments of the resources that name others which name accounts: of managed groups, whose templates
/// are among `known`. A group of size 0 is attached too.
#[must_use]
pub fn resolve(
    row: &Row,
    resource: Resource<'_>,
    project: &Project,
    known: &[Attachment],
) -> Extracted {
    let mut extracted = Extracted::default();
    for path in &row.accounts {
        let Ok(values) = path.find(resource.json) else {
            extracted.malformed += 1;
            continue;
        };
        for value in values {
            let Some(target) = value
                .as_str()
                .and_then(|text| full_name(row.service(), text, project))
            else {
                extracted.malformed += 1;
                continue;
            };
            let through = known
                .iter()
                .filter(|attachment| attachment.resource == target);
            extracted.attachments.extend(through.map(|through| {
                attachment(row, resource, project, through.account.clone(), path.text())
            }));
        }
    }
    let mut seen = BTreeSet::new();
    extracted
        .attachments
        .retain(|attachment| seen.insert(attachment.account.clone()));
    extracted
}

/// Returns the full name of a resource from its relative name or its address, its project by id:
/// `projects/1001/zones/…` and `https://www.googleapis.com/compute/v1/projects/acme-prod/zones/…` name the same.
#[must_use]
pub fn full_name(service: &str, text: &str, project: &Project) -> Option<FullResourceName> {
    let relative = match text.split_once("projects/") {
        Some((before, behind)) if before.is_empty() || before.ends_with('/') => {
            let (name, behind) = behind.split_once('/')?;
            let name = if name == project.number.as_str() {
                project.id.as_str()
            } else {
                name
            };
            format!("projects/{name}/{behind}")
        }
        _ => text
            .strip_prefix(&format!("//{service}/"))
            .unwrap_or(text)
            .to_owned(),
    };
    FullResourceName::parse(&format!("//{service}/{relative}")).ok()
}

/// Returns the references of a resource to accounts, each once; `owner` is the project that has it, if one has.
///
/// People, groups and whole domains stand beside the accounts and are left out; only another shape is malformed.
#[must_use]
pub fn references(
    row: &Row,
    resource: Resource<'_>,
    owner: Option<&ProjectId>,
) -> (Vec<Reference>, u64) {
    let (mut found, mut malformed) = (BTreeSet::new(), 0);
    for path in &row.accounts {
        let Ok(values) = path.find(resource.json) else {
            malformed += 1;
            continue;
        };
        for value in values {
            let Some(text) = value.as_str() else {
                malformed += 1;
                continue;
            };
            let account = match text.strip_suffix(".iam") {
                // A database names its user by the address without its end: PostgreSQL's names are short.
                Some(_) => named(&format!("{text}.gserviceaccount.com")),
                None => named(text),
            };
            found.extend(account.map(|account| Reference {
                kind: ReferenceKind::Address,
                resource: resource.name.clone(),
                asset_type: row.asset_type.to_owned(),
                project: owner.cloned(),
                account,
                field: path.text().to_owned(),
            }));
        }
    }
    (found.into_iter().collect(), malformed)
}

fn attachment(
    row: &Row,
    resource: Resource<'_>,
    project: &Project,
    account: AttachedAccount,
    field: &str,
) -> Attachment {
    Attachment {
        resource: resource.name.clone(),
        asset_type: row.asset_type.to_owned(),
        project: project.id.clone(),
        location: location(resource.name),
        account,
        field: field.to_owned(),
        kind: row.kind,
        state: first(&row.state, resource.json, |value| {
            Some(value.as_str()?.to_owned())
        }),
        labels: first(&row.labels, resource.json, |value| {
            Some(labels(value.as_object()?))
        })
        .unwrap_or_default(),
        owners: owners(row, resource.json),
        created: first(&row.created, resource.json, time),
    }
}

/// Returns the time that a value tells, UTC.
pub(super) fn time(value: &Value) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(value.as_str()?).ok()?;
    Some(time.with_timezone(&Utc))
}

/// Returns the region, zone or multi-region in a full name; `None` where there is none, or `global`.
fn location(name: &FullResourceName) -> Option<String> {
    let mut segments = name.as_str().split('/');
    segments.find(|segment| matches!(*segment, "locations" | "regions" | "zones"))?;
    let location = segments.next()?;
    (location != "global").then(|| location.to_owned())
}

/// Returns what the first path that leads to something gives.
pub(super) fn first<T>(
    paths: &[Path],
    json: &Value,
    read: impl Fn(&Value) -> Option<T>,
) -> Option<T> {
    paths
        .iter()
        .filter_map(|path| path.find(json).ok())
        .flatten()
        .find_map(read)
}

fn labels(fields: &serde_json::Map<String, Value>) -> BTreeMap<String, String> {
    let texts = fields
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    texts.collect()
}

fn owners(row: &Row, json: &Value) -> Vec<OwnerHint> {
    let mut owners: Vec<OwnerHint> = row
        .owners
        .iter()
        .flat_map(|(hint, path)| {
            let texts = path.find(json).unwrap_or_default().into_iter();
            texts
                .filter_map(|value| value.as_str())
                .filter(|text| !text.is_empty())
                .map(|text| hint.of(text.to_owned()))
        })
        .collect();
    owners.sort();
    owners.dedup();
    owners
}

/// Returns the account that a value names, in any of Google's forms; `None` where it is none.
///
/// `a@p.iam.gserviceaccount.com` · `projects/{p|-}/serviceAccounts/{address or unique id}` · a unique id ·
/// `serviceAccount:` or `//iam.googleapis.com/` before any of them · the literal `default`, where the service has one.
fn account(value: &Value, row: &Row, json: &Value, project: &Project) -> Option<AttachedAccount> {
    let text = value.as_str()?;
    if unprefixed(text) == "default" {
        return default(row, json, project).map(AttachedAccount::Default);
    }
    named(text)
}

fn unprefixed(text: &str) -> &str {
    ["serviceAccount:", "//iam.googleapis.com/"]
        .iter()
        .find_map(|prefix| text.strip_prefix(prefix))
        .unwrap_or(text)
}

/// Returns the account that a text names; `None` where it is none.
fn named(text: &str) -> Option<AttachedAccount> {
    let text = unprefixed(text);
    let name = match text.strip_prefix("projects/") {
        Some(behind) => {
            let (_, name) = behind.split_once("/serviceAccounts/")?;
            name
        }
        None => text,
    };
    match UniqueId::parse(name) {
        Ok(id) => Some(AttachedAccount::UniqueId(id)),
        Err(_) => Email::parse(name).ok().map(AttachedAccount::Email),
    }
}

/// Returns whom the resource runs as where it names nobody.
fn default(row: &Row, json: &Value, project: &Project) -> Option<Email> {
    let first_generation = json.get("environment").and_then(Value::as_str) == Some("GEN_1");
    match row.default {
        DefaultAccount::Nobody
        | DefaultAccount::Agent
        | DefaultAccount::Unknown
        | DefaultAccount::Revision => None,
        DefaultAccount::AppEngine => app_engine(&project.id),
        DefaultAccount::Function if first_generation => app_engine(&project.id),
        DefaultAccount::Compute | DefaultAccount::Function => {
            let number = &project.number;
            Email::parse(&format!("{number}-compute@developer.gserviceaccount.com")).ok()
        }
    }
}

/// Returns App Engine's default account; the id `example.com:acme` is `acme.example.com` in an address.
fn app_engine(project: &ProjectId) -> Option<Email> {
    let local = match project.as_str().split_once(':') {
        Some((domain, id)) => format!("{id}.{domain}"),
        None => project.as_str().to_owned(),
    };
    Email::parse(&format!("{local}@appspot.gserviceaccount.com")).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::collect::attachments::table::rows;
    use crate::model::names::ProjectNumber;

    use super::*;

    fn project() -> Project {
        Project {
            id: ProjectId::parse("acme-prod").expect("an id"),
            number: ProjectNumber::parse("1001").expect("a number"),
            parent: None,
            display_name: String::new(),
            labels: BTreeMap::new(),
            created: None,
        }
    }

    /// Returns the accounts that the row finds in the JSON, as text, and how many values were malformed.
    fn accounts(row: &str, json: Value) -> (Vec<String>, u64) {
        let row = rows()
            .iter()
            .find(|known| known.name == row)
            .expect("a row");
        let name =
            FullResourceName::parse("//x.googleapis.com/projects/acme-prod/y/z").expect("a name");
        let resource = Resource {
            name: &name,
            json: &json,
        };
        let extracted = extract(row, resource, &project());
        let texts = extracted
            .attachments
            .iter()
            .map(|attachment| match &attachment.account {
                AttachedAccount::Email(email) => email.to_string(),
                AttachedAccount::UniqueId(id) => format!("id {id}"),
                AttachedAccount::Default(email) => format!("default {email}"),
            });
        (texts.collect(), extracted.malformed)
    }

    #[test]
    fn every_form_of_a_name_is_one_account() {
        let etl = "etl@acme-prod.iam.gserviceaccount.com";
        let table = [
            (json!({ "serviceAccount": etl }), etl),
            (
                json!({ "serviceAccount": format!("projects/-/serviceAccounts/{etl}") }),
                etl,
            ),
            (
                json!({ "serviceAccount": format!("projects/acme-prod/serviceAccounts/{etl}") }),
                etl,
            ),
            (
                json!({ "serviceAccount": format!("serviceAccount:{etl}") }),
                etl,
            ),
            (
                json!({ "serviceAccount": format!("//iam.googleapis.com/projects/acme-prod/serviceAccounts/{etl}") }),
                etl,
            ),
            (
                json!({ "serviceAccount": "projects/acme-prod/serviceAccounts/110000000000000000001" }),
                "id 110000000000000000001",
            ),
            (
                json!({ "serviceAccount": "110000000000000000001" }),
                "id 110000000000000000001",
            ),
            (
                json!({ "serviceAccount": "default" }),
                "default 1001-compute@developer.gserviceaccount.com",
            ),
            (
                json!({ "serviceAccount": "" }),
                "default 1001-compute@developer.gserviceaccount.com",
            ),
            (
                json!({ "serviceAccount": null }),
                "default 1001-compute@developer.gserviceaccount.com",
            ),
            (
                json!({}),
                "default 1001-compute@developer.gserviceaccount.com",
            ),
        ];
        for (json, expected) in table {
            assert_eq!(
                accounts("workflow", json.clone()),
                (vec![expected.to_owned()], 0),
                "{json}"
            );
        }
    }

    #[test]
    fn what_is_no_account_is_counted_and_its_neighbours_stand() {
        let odd = json!({ "serviceAccounts": [{ "email": 7 }, { "email": "mallory@example.com" }, { "email": "a@acme-prod.iam.gserviceaccount.com" }] });
        let expected = vec!["a@acme-prod.iam.gserviceaccount.com".to_owned()];
        assert_eq!(accounts("compute-instance", odd), (expected, 2));
        let other_shape =
            json!({ "serviceAccounts": { "email": "a@acme-prod.iam.gserviceaccount.com" } });
        assert_eq!(accounts("compute-instance", other_shape), (Vec::new(), 1));
        // A broken field is not an empty one: no default is made up for it.
        assert_eq!(
            accounts("workflow", json!({ "serviceAccount": {} })),
            (Vec::new(), 1)
        );
        assert_eq!(
            accounts("scheduler-job", json!({ "httpTarget": "text" })),
            (Vec::new(), 2)
        );
    }

    #[test]
    fn who_names_nobody_runs_as_the_default_of_its_service() {
        let table = [
            ("compute-instance", json!({}), Vec::new()),
            ("build-trigger", json!({}), Vec::new()),
            ("pubsub-subscription", json!({}), Vec::new()),
            (
                "appengine-version",
                json!({}),
                vec!["default acme-prod@appspot.gserviceaccount.com"],
            ),
            (
                "function",
                json!({ "environment": "GEN_1" }),
                vec!["default acme-prod@appspot.gserviceaccount.com"],
            ),
            (
                "function",
                json!({ "environment": "GEN_2" }),
                vec!["default 1001-compute@developer.gserviceaccount.com"],
            ),
        ];
        for (row, json, expected) in table {
            let expected = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(accounts(row, json), (expected, 0), "{row}");
        }
    }

    #[test]
    fn the_accounts_of_a_cluster_are_told_once_each() {
        let cluster = json!({
            "nodeConfig": { "serviceAccount": "a@acme-prod.iam.gserviceaccount.com" },
            "nodePools": [
                { "config": { "serviceAccount": "a@acme-prod.iam.gserviceaccount.com" } },
                { "config": { "serviceAccount": "default" } },
            ],
        });
        let expected = [
            "a@acme-prod.iam.gserviceaccount.com",
            "default 1001-compute@developer.gserviceaccount.com",
        ];
        assert_eq!(
            accounts("gke-nodes", cluster),
            (expected.map(str::to_owned).into(), 0)
        );
    }

    #[test]
    fn a_resource_has_one_name_whichever_way_it_is_written() {
        let table = [
            (
                "run.googleapis.com",
                "projects/1001/locations/europe-west1/services/web",
                "//run.googleapis.com/projects/acme-prod/locations/europe-west1/services/web",
            ),
            (
                "compute.googleapis.com",
                "https://www.googleapis.com/compute/v1/projects/acme-prod/zones/a/instances/vm",
                "//compute.googleapis.com/projects/acme-prod/zones/a/instances/vm",
            ),
            (
                "compute.googleapis.com",
                "//compute.googleapis.com/projects/1001/zones/a/instances/vm",
                "//compute.googleapis.com/projects/acme-prod/zones/a/instances/vm",
            ),
            (
                "appengine.googleapis.com",
                "apps/acme-prod/services/default/versions/1",
                "//appengine.googleapis.com/apps/acme-prod/services/default/versions/1",
            ),
            (
                "appengine.googleapis.com",
                "//appengine.googleapis.com/apps/acme-prod/services/default/versions/1",
                "//appengine.googleapis.com/apps/acme-prod/services/default/versions/1",
            ),
        ];
        for (service, text, expected) in table {
            let name = full_name(service, text, &project());
            assert_eq!(
                name.as_ref().map(FullResourceName::as_str),
                Some(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn a_run_that_is_named_by_an_id_tells_what_people_call_it() {
        let table = [
            ("dataflow-job", "name"),
            ("vertex-pipeline", "displayName"),
            ("vertex-custom-job", "displayName"),
            ("vertex-tuning-hyperparameters", "displayName"),
            ("vertex-batch-prediction", "displayName"),
            ("vertex-tuning", "tunedModelDisplayName"),
            ("vertex-notebook-execution", "displayName"),
        ];
        for (name, field) in table {
            let row = rows().iter().find(|row| row.name == name).expect("a row");
            let hints = |json: Value| owners(row, &json);
            assert_eq!(
                hints(json!({ field: "nightly-20261120" })),
                [OwnerHint::RunName("nightly-20261120".to_owned())],
                "{name}"
            );
            // The id is a better name than none.
            for none in [json!({ field: "" }), json!({ field: 7 }), json!({})] {
                assert_eq!(hints(none), [], "{name}");
            }
        }
    }

    #[test]
    fn a_reference_is_an_account_in_any_form_and_who_else_is_named_is_no_mistake() {
        let etl = "etl@acme-prod.iam.gserviceaccount.com";
        let table = [
            (
                "firewall-rule",
                json!({ "sourceServiceAccounts": [etl] }),
                vec![etl],
                0,
            ),
            (
                "firewall-rule",
                json!({ "sourceServiceAccounts": [7, etl] }),
                vec![etl],
                1,
            ),
            (
                "firewall-rule",
                json!({ "targetServiceAccounts": etl }),
                vec![],
                1,
            ),
            (
                "bigquery-dataset",
                json!({ "access": [
                    { "iamMember": format!("serviceAccount:{etl}") },
                    { "iamMember": format!("deleted:serviceAccount:{etl}?uid=1") },
                    { "userByEmail": "ana@acme.example" },
                    { "domain": "acme.example" },
                ] }),
                vec![etl],
                0,
            ),
            (
                "sql-user",
                json!({ "type": "CLOUD_IAM_SERVICE_ACCOUNT", "name": "etl@acme-prod.iam" }),
                vec![etl],
                0,
            ),
            (
                "sql-user",
                json!({ "type": "CLOUD_IAM_SERVICE_ACCOUNT", "name": "etl", "iamEmail": etl }),
                vec![etl],
                0,
            ),
            (
                "sql-user",
                json!({ "type": "BUILT_IN", "name": "etl@acme-prod.iam" }),
                vec![],
                0,
            ),
        ];
        let name = FullResourceName::parse("//x.googleapis.com/y").expect("a name");
        for (row, json, expected, malformed) in table {
            let row = rows()
                .iter()
                .find(|known| known.name == row)
                .expect("a row");
            let resource = Resource {
                name: &name,
                json: &json,
            };
            let (found, odd) = references(row, resource, None);
            let accounts: Vec<AttachedAccount> =
                found.into_iter().map(|found| found.account).collect();
            let expected: Vec<AttachedAccount> = expected
                .into_iter()
                .map(|text| AttachedAccount::Email(Email::parse(text).expect("an address")))
                .collect();
            assert_eq!((accounts, odd), (expected, malformed), "{json}");
        }
    }

    #[test]
    fn a_group_runs_as_its_template_does() {
        let row = |name: &str| rows().iter().find(|row| row.name == name).expect("a row");
        let name =
            |text: &str| full_name("compute.googleapis.com", text, &project()).expect("a name");
        let template_name = name("projects/acme-prod/global/instanceTemplates/web-1");
        let template = json!({ "properties": { "serviceAccounts": [{ "email": "web@acme-prod.iam.gserviceaccount.com" }] } });
        let templates = extract(
            row("compute-instance-template"),
            Resource {
                name: &template_name,
                json: &template,
            },
            &project(),
        );
        let group_name = name("projects/acme-prod/zones/europe-west1-b/instanceGroupManagers/web");
        let group = json!({
            "instanceTemplate": "https://www.googleapis.com/compute/v1/projects/acme-prod/global/instanceTemplates/web-1",
            "versions": [{ "instanceTemplate": "https://www.googleapis.com/compute/v1/projects/acme-prod/global/instanceTemplates/web-1" }],
            "targetSize": 0,
        });
        let group = Resource {
            name: &group_name,
            json: &group,
        };
        let found = resolve(
            row("compute-instance-group"),
            group,
            &project(),
            &templates.attachments,
        );
        assert_eq!((found.attachments.len(), found.malformed), (1, 0));
        let group = &found.attachments[0];
        assert_eq!(group.account, templates.attachments[0].account);
        assert_eq!(
            (group.kind, group.location.as_deref()),
            (AttachmentKind::Indirect, Some("europe-west1-b"))
        );
    }
}
