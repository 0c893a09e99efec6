//! Where a role can be given: for each type of resource the Terraform resource and the command that give one.
//!
//! Sources: the arguments of the `*_iam_member` resources in the documentation of the Google provider,
//! <https://registry.terraform.io/providers/hashicorp/google/latest/docs>, and the help of
//! `gcloud … add-iam-policy-binding`.

use std::collections::BTreeMap;

use crate::model::access::PolicyNode;
use crate::model::names::FullResourceName;

/// A type of resource that has a policy.
#[derive(Debug)]
pub(super) struct Kind {
    /// Its full resource name, `{name}` standing for one part of the path.
    pattern: &'static str,
    /// The resource in Terraform that gives one role to one member; `None`: there is none.
    pub(super) terraform: Option<Terraform>,
    /// The command; `None`: there is none.
    pub(super) command: Option<Command>,
}

/// A resource in Terraform that gives one role to one member.
#[derive(Debug)]
pub(super) struct Terraform {
    /// Its type.
    pub(super) resource: &'static str,
    /// What says where, argument by argument: the value in the parts of the name.
    pub(super) arguments: &'static [(&'static str, &'static str)],
    /// Whether it takes a condition.
    pub(super) conditions: bool,
}

/// A command that gives or takes a role.
#[derive(Debug)]
pub(super) struct Command {
    /// The program, and the group of `add-iam-policy-binding` and `remove-iam-policy-binding`.
    pub(super) group: &'static [&'static str],
    /// What says where, in the parts of the name.
    pub(super) resource: &'static str,
    /// What says where too, flag by flag.
    pub(super) flags: &'static [(&'static str, &'static str)],
    /// Whether it takes a condition, and then has to be told that there is none.
    pub(super) conditions: bool,
}

/// A resource of a known type, with the parts of its name.
#[derive(Debug)]
pub(super) struct Found {
    /// Its type.
    pub(super) kind: &'static Kind,
    parts: BTreeMap<&'static str, String>,
}

impl Found {
    /// Returns the kind of what a policy is on, with the parts of its name; `None` where it is of no known type.
    pub(super) fn of(on: &PolicyNode) -> Option<Self> {
        let name = match on {
            // By address: the unique id is no name that Terraform takes.
            PolicyNode::Account(account) => format!(
                "//iam.googleapis.com/projects/{}/serviceAccounts/{}",
                account.project, account.email
            ),
            PolicyNode::Organization(_)
            | PolicyNode::Folder(_)
            | PolicyNode::Project(_)
            | PolicyNode::Resource(_) => on.full_name().as_str().to_owned(),
        };
        KINDS.iter().find_map(|kind| {
            let parts = parts(kind.pattern, &name)?;
            Some(Self { kind, parts })
        })
    }

    /// Returns a template with the parts of the name in it.
    pub(super) fn fill(&self, template: &str) -> String {
        fill(template, &self.parts)
    }

    /// Returns one part of the name.
    pub(super) fn part(&self, name: &str) -> Option<&str> {
        self.parts.get(name).map(String::as_str)
    }
}

/// Returns the parts of a name that has the form of `pattern`, by the names that the pattern gives them.
pub(super) fn parts(pattern: &'static str, name: &str) -> Option<BTreeMap<&'static str, String>> {
    let (pattern, name) = (pattern.split('/'), name.split('/'));
    if pattern.clone().count() != name.clone().count() {
        return None;
    }
    let mut parts = BTreeMap::new();
    for (pattern, text) in pattern.zip(name) {
        match pattern
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
        {
            Some(_) if text.is_empty() => return None,
            Some(part) => drop(parts.insert(part, text.to_owned())),
            None if pattern == text => {}
            None => return None,
        }
    }
    Some(parts)
}

/// Returns the parts of a resource's name that has the form of `pattern`.
pub(super) fn parts_of(
    pattern: &'static str,
    name: &FullResourceName,
) -> Option<BTreeMap<&'static str, String>> {
    parts(pattern, name.as_str())
}

/// Returns a template with parts in it. A part is never looked at again: `{project}` as a part stays what it is.
pub(super) fn fill(template: &str, parts: &BTreeMap<&'static str, String>) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        text.push_str(before);
        let Some((name, after)) = behind.split_once('}') else {
            text.push('{');
            rest = behind;
            continue;
        };
        text.push_str(parts.get(name).map_or("", String::as_str));
        rest = after;
    }
    text.push_str(rest);
    text
}

const GCLOUD: &str = "gcloud";

/// Every type, the one that Google's own documents name first.
pub(super) static KINDS: &[Kind] = &[
    Kind {
        pattern: "//cloudresourcemanager.googleapis.com/projects/{project}",
        terraform: Some(Terraform {
            resource: "google_project_iam_member",
            arguments: &[("project", "{project}")],
            conditions: true,
        }),
        command: Some(Command {
            group: &[GCLOUD, "projects"],
            resource: "{project}",
            flags: &[],
            conditions: true,
        }),
    },
    Kind {
        pattern: "//cloudresourcemanager.googleapis.com/folders/{folder}",
        terraform: Some(Terraform {
            resource: "google_folder_iam_member",
            arguments: &[("folder", "folders/{folder}")],
            conditions: true,
        }),
        command: Some(Command {
            group: &[GCLOUD, "resource-manager", "folders"],
            resource: "{folder}",
            flags: &[],
            conditions: true,
        }),
    },
    Kind {
        pattern: "//cloudresourcemanager.googleapis.com/organizations/{organization}",
        terraform: Some(Terraform {
            resource: "google_organization_iam_member",
            arguments: &[("org_id", "{organization}")],
            conditions: true,
        }),
        command: Some(Command {
            group: &[GCLOUD, "organizations"],
            resource: "{organization}",
            flags: &[],
            conditions: true,
        }),
    },
    Kind {
        pattern: "//iam.googleapis.com/projects/{project}/serviceAccounts/{account}",
        terraform: Some(Terraform {
            resource: "google_service_account_iam_member",
            arguments: &[(
                "service_account_id",
                "projects/{project}/serviceAccounts/{account}",
            )],
            conditions: true,
        }),
        command: Some(Command {
            group: &[GCLOUD, "iam", "service-accounts"],
            resource: "{account}",
            flags: &[("project", "{project}")],
            conditions: true,
        }),
    },
    Kind {
        pattern: "//storage.googleapis.com/{bucket}",
        terraform: Some(BUCKET_IN_TERRAFORM),
        command: Some(BUCKET),
    },
    // The form in which conditions name buckets.
    Kind {
        pattern: "//storage.googleapis.com/projects/_/buckets/{bucket}",
        terraform: Some(BUCKET_IN_TERRAFORM),
        command: Some(BUCKET),
    },
    Kind {
        pattern: "//bigquery.googleapis.com/projects/{project}/datasets/{dataset}",
        terraform: Some(Terraform {
            resource: "google_bigquery_dataset_iam_member",
            arguments: &[("project", "{project}"), ("dataset_id", "{dataset}")],
            conditions: false,
        }),
        // `bq add-iam-policy-binding` says of itself that it fully supports tables and views alone.
        command: None,
    },
    Kind {
        pattern: "//bigquery.googleapis.com/projects/{project}/datasets/{dataset}/tables/{table}",
        terraform: Some(Terraform {
            resource: "google_bigquery_table_iam_member",
            arguments: &[
                ("project", "{project}"),
                ("dataset_id", "{dataset}"),
                ("table_id", "{table}"),
            ],
            conditions: true,
        }),
        command: Some(Command {
            group: &["bq"],
            resource: "{project}:{dataset}.{table}",
            flags: &[("table", "true")],
            conditions: false,
        }),
    },
    Kind {
        pattern: "//pubsub.googleapis.com/projects/{project}/topics/{topic}",
        terraform: Some(Terraform {
            resource: "google_pubsub_topic_iam_member",
            arguments: &[("project", "{project}"), ("topic", "{topic}")],
            conditions: false,
        }),
        command: Some(Command {
            group: &[GCLOUD, "pubsub", "topics"],
            resource: "projects/{project}/topics/{topic}",
            flags: &[],
            conditions: false,
        }),
    },
    Kind {
        pattern: "//pubsub.googleapis.com/projects/{project}/subscriptions/{subscription}",
        terraform: Some(Terraform {
            resource: "google_pubsub_subscription_iam_member",
            arguments: &[("project", "{project}"), ("subscription", "{subscription}")],
            conditions: false,
        }),
        command: Some(Command {
            group: &[GCLOUD, "pubsub", "subscriptions"],
            resource: "projects/{project}/subscriptions/{subscription}",
            flags: &[],
            conditions: false,
        }),
    },
    Kind {
        pattern: "//secretmanager.googleapis.com/projects/{project}/secrets/{secret}",
        terraform: Some(Terraform {
            resource: "google_secret_manager_secret_iam_member",
            arguments: &[("project", "{project}"), ("secret_id", "{secret}")],
            conditions: true,
        }),
        command: Some(Command {
            group: &[GCLOUD, "secrets"],
            resource: "projects/{project}/secrets/{secret}",
            flags: &[],
            conditions: true,
        }),
    },
    Kind {
        pattern: "//cloudkms.googleapis.com/projects/{project}/locations/{location}/keyRings/{ring}",
        terraform: Some(Terraform {
            resource: "google_kms_key_ring_iam_member",
            arguments: &[("key_ring_id", "{project}/{location}/{ring}")],
            conditions: true,
        }),
        command: Some(Command {
            group: &[GCLOUD, "kms", "keyrings"],
            resource: "projects/{project}/locations/{location}/keyRings/{ring}",
            flags: &[],
            conditions: true,
        }),
    },
    Kind {
        pattern: "//cloudkms.googleapis.com/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}",
        terraform: Some(Terraform {
            resource: "google_kms_crypto_key_iam_member",
            arguments: &[("crypto_key_id", "{project}/{location}/{ring}/{key}")],
            conditions: true,
        }),
        command: Some(Command {
            group: &[GCLOUD, "kms", "keys"],
            resource: "projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}",
            flags: &[],
            conditions: true,
        }),
    },
    Kind {
        pattern: "//artifactregistry.googleapis.com/projects/{project}/locations/{location}/repositories/{repository}",
        terraform: Some(Terraform {
            resource: "google_artifact_registry_repository_iam_member",
            arguments: &[
                ("project", "{project}"),
                ("location", "{location}"),
                ("repository", "{repository}"),
            ],
            conditions: false,
        }),
        command: Some(Command {
            group: &[GCLOUD, "artifacts", "repositories"],
            resource: "projects/{project}/locations/{location}/repositories/{repository}",
            flags: &[],
            conditions: true,
        }),
    },
    Kind {
        pattern: "//run.googleapis.com/projects/{project}/locations/{location}/services/{service}",
        terraform: Some(Terraform {
            resource: "google_cloud_run_v2_service_iam_member",
            arguments: &[
                ("project", "{project}"),
                ("location", "{location}"),
                ("name", "{service}"),
            ],
            conditions: false,
        }),
        command: Some(Command {
            group: &[GCLOUD, "run", "services"],
            resource: "{service}",
            flags: &[("region", "{location}"), ("project", "{project}")],
            conditions: true,
        }),
    },
    Kind {
        pattern: "//run.googleapis.com/projects/{project}/locations/{location}/jobs/{job}",
        terraform: Some(Terraform {
            resource: "google_cloud_run_v2_job_iam_member",
            arguments: &[
                ("project", "{project}"),
                ("location", "{location}"),
                ("name", "{job}"),
            ],
            conditions: false,
        }),
        command: Some(Command {
            group: &[GCLOUD, "run", "jobs"],
            resource: "{job}",
            flags: &[("region", "{location}"), ("project", "{project}")],
            conditions: false,
        }),
    },
    Kind {
        pattern: "//cloudtasks.googleapis.com/projects/{project}/locations/{location}/queues/{queue}",
        terraform: Some(Terraform {
            resource: "google_cloud_tasks_queue_iam_member",
            arguments: &[
                ("project", "{project}"),
                ("location", "{location}"),
                ("name", "{queue}"),
            ],
            conditions: false,
        }),
        command: Some(Command {
            group: &[GCLOUD, "tasks", "queues"],
            resource: "projects/{project}/locations/{location}/queues/{queue}",
            flags: &[],
            conditions: false,
        }),
    },
    Kind {
        pattern: "//spanner.googleapis.com/projects/{project}/instances/{instance}",
        terraform: Some(Terraform {
            resource: "google_spanner_instance_iam_member",
            arguments: &[("project", "{project}"), ("instance", "{instance}")],
            conditions: false,
        }),
        command: Some(Command {
            group: &[GCLOUD, "spanner", "instances"],
            resource: "projects/{project}/instances/{instance}",
            flags: &[],
            conditions: true,
        }),
    },
    Kind {
        pattern: "//spanner.googleapis.com/projects/{project}/instances/{instance}/databases/{database}",
        terraform: Some(Terraform {
            resource: "google_spanner_database_iam_member",
            arguments: &[
                ("project", "{project}"),
                ("instance", "{instance}"),
                ("database", "{database}"),
            ],
            conditions: false,
        }),
        command: Some(Command {
            group: &[GCLOUD, "spanner", "databases"],
            resource: "projects/{project}/instances/{instance}/databases/{database}",
            flags: &[],
            conditions: true,
        }),
    },
    Kind {
        pattern: "//bigtable.googleapis.com/projects/{project}/instances/{instance}",
        terraform: Some(Terraform {
            resource: "google_bigtable_instance_iam_member",
            arguments: &[("project", "{project}"), ("instance", "{instance}")],
            conditions: false,
        }),
        command: Some(Command {
            group: &[GCLOUD, "bigtable", "instances"],
            resource: "projects/{project}/instances/{instance}",
            flags: &[],
            conditions: true,
        }),
    },
    Kind {
        pattern: "//compute.googleapis.com/projects/{project}/zones/{zone}/instances/{instance}",
        terraform: Some(Terraform {
            resource: "google_compute_instance_iam_member",
            arguments: &[
                ("project", "{project}"),
                ("zone", "{zone}"),
                ("instance_name", "{instance}"),
            ],
            conditions: true,
        }),
        command: Some(Command {
            group: &[GCLOUD, "compute", "instances"],
            resource: "{instance}",
            flags: &[("zone", "{zone}"), ("project", "{project}")],
            conditions: true,
        }),
    },
    Kind {
        pattern: "//compute.googleapis.com/projects/{project}/regions/{region}/subnetworks/{subnetwork}",
        terraform: Some(Terraform {
            resource: "google_compute_subnetwork_iam_member",
            arguments: &[
                ("project", "{project}"),
                ("region", "{region}"),
                ("subnetwork", "{subnetwork}"),
            ],
            conditions: true,
        }),
        command: Some(Command {
            group: &[GCLOUD, "compute", "networks", "subnets"],
            resource: "{subnetwork}",
            flags: &[("region", "{region}"), ("project", "{project}")],
            conditions: false,
        }),
    },
    Kind {
        pattern: "//cloudbilling.googleapis.com/billingAccounts/{account}",
        terraform: Some(Terraform {
            resource: "google_billing_account_iam_member",
            arguments: &[("billing_account_id", "{account}")],
            conditions: true,
        }),
        command: Some(Command {
            group: &[GCLOUD, "billing", "accounts"],
            resource: "{account}",
            flags: &[],
            conditions: false,
        }),
    },
];

const BUCKET_IN_TERRAFORM: Terraform = Terraform {
    resource: "google_storage_bucket_iam_member",
    arguments: &[("bucket", "{bucket}")],
    conditions: true,
};

const BUCKET: Command = Command {
    group: &[GCLOUD, "storage", "buckets"],
    resource: "gs://{bucket}",
    flags: &[],
    conditions: true,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_apart_by_the_pattern_of_its_type() {
        let on = |name: &str| PolicyNode::Resource(FullResourceName::parse(name).expect("a name"));
        let found = Found::of(&on(
            "//bigquery.googleapis.com/projects/acme/datasets/{project}",
        ))
        .expect("a dataset");
        assert_eq!(found.fill("{project}:{dataset}"), "acme:{project}");
        for odd in [
            "//bigquery.googleapis.com/projects/acme/datasets/",
            "//bigquery.googleapis.com/projects/acme/datasets/a/b",
            "//newthing.googleapis.com/projects/acme",
        ] {
            assert!(Found::of(&on(odd)).is_none(), "{odd}");
        }
    }

    #[test]
    fn every_template_names_parts_of_its_pattern_and_all_but_the_form_of_a_name() {
        for kind in KINDS {
            let terraform = kind.terraform.iter();
            let arguments = terraform.flat_map(|row| row.arguments.iter().map(|(_, text)| *text));
            let command = kind.command.iter();
            let flags = command.flat_map(|row| {
                row.flags
                    .iter()
                    .map(|(_, text)| *text)
                    .chain([row.resource])
            });
            for template in arguments.chain(flags) {
                for part in template.split('{').skip(1) {
                    let part = part.split('}').next().expect("a part");
                    assert!(
                        kind.pattern.contains(&format!("{{{part}}}")),
                        "{template} of {}",
                        kind.pattern
                    );
                }
            }
        }
    }
}
