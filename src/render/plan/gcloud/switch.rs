//! The commands that let a resource run as another account.
//!
//! Only what one command changes, and nothing else with it, has one. `gcloud functions deploy` is left out: without
//! `--source` it deploys the current folder. So are Scheduler jobs, push subscriptions, workflows and build triggers: their update
//! needs to be told what else the resource holds. For those the reader is told what to do.

use std::collections::BTreeMap;

use crate::model::plan::{Switch, SwitchHow};
use crate::render::plan::places::{fill, parts_of};

use super::command::Line;

/// How a type of resource is switched by command.
struct Row {
    asset_type: &'static str,
    /// The resource's name, `{name}` standing for one part of the path.
    pattern: &'static str,
    by: By,
}

enum By {
    /// One command: its words, the resource, and flags for where it is. The account goes into `--service-account`.
    Update {
        words: &'static [&'static str],
        resource: &'static str,
        flags: &'static [(&'static str, &'static str)],
    },
    /// A virtual machine is stopped first and started behind.
    Machine,
    /// An annotation of a Kubernetes service account.
    Annotation,
}

const CLUSTER: &str = "//container.googleapis.com/projects/{project}/locations/{location}/clusters/{cluster}/k8s/namespaces/{namespace}/serviceaccounts/{account}";

static ROWS: &[Row] = &[
    Row {
        asset_type: "run.googleapis.com/Service",
        pattern: "//run.googleapis.com/projects/{project}/locations/{location}/services/{name}",
        by: By::Update {
            words: &["gcloud", "run", "services", "update"],
            resource: "{name}",
            flags: &[("region", "{location}"), ("project", "{project}")],
        },
    },
    Row {
        asset_type: "run.googleapis.com/Job",
        pattern: "//run.googleapis.com/projects/{project}/locations/{location}/jobs/{name}",
        by: By::Update {
            words: &["gcloud", "run", "jobs", "update"],
            resource: "{name}",
            flags: &[("region", "{location}"), ("project", "{project}")],
        },
    },
    Row {
        asset_type: "eventarc.googleapis.com/Trigger",
        pattern: "//eventarc.googleapis.com/projects/{project}/locations/{location}/triggers/{name}",
        by: By::Update {
            words: &["gcloud", "eventarc", "triggers", "update"],
            resource: "projects/{project}/locations/{location}/triggers/{name}",
            flags: &[],
        },
    },
    Row {
        asset_type: "compute.googleapis.com/Instance",
        pattern: "//compute.googleapis.com/projects/{project}/zones/{zone}/instances/{name}",
        by: By::Machine,
    },
    Row {
        asset_type: "k8s.io/ServiceAccount",
        pattern: CLUSTER,
        by: By::Annotation,
    },
];

/// Returns the commands that switch a resource; `None` where no command is known that changes the account alone.
pub(super) fn commands(switch: &Switch) -> Option<Vec<Line>> {
    let row = ROWS
        .iter()
        .find(|row| row.asset_type == switch.asset_type)?;
    let parts = parts_of(row.pattern, &switch.resource)?;
    let to = switch.to.as_str();
    match (switch.how, &row.by) {
        (
            SwitchHow::Update,
            By::Update {
                words,
                resource,
                flags,
            },
        ) => {
            let line = Line::of(words).value(fill(resource, &parts));
            let line = flags.iter().fold(line, |line, (flag, text)| {
                line.flag(flag, fill(text, &parts))
            });
            Some(vec![line.flag("service-account", to)])
        }
        (SwitchHow::StopAndStart, By::Machine) => Some(machine(&parts, to)),
        (SwitchHow::Annotate, By::Annotation) => Some(annotation(&parts, to)),
        (
            SwitchHow::Update
            | SwitchHow::StopAndStart
            | SwitchHow::Recreate
            | SwitchHow::NextLaunch
            | SwitchHow::Annotate
            | SwitchHow::ByHand,
            By::Update { .. } | By::Machine | By::Annotation,
        ) => None,
    }
}

fn machine(parts: &BTreeMap<&'static str, String>, to: &str) -> Vec<Line> {
    let line = |verb: &'static str| {
        Line::of(&["gcloud", "compute", "instances"])
            .word(verb)
            .value(fill("{name}", parts))
            .flag("zone", fill("{zone}", parts))
            .flag("project", fill("{project}", parts))
    };
    vec![
        line("stop"),
        line("set-service-account")
            .flag("service-account", to)
            .flag("scopes", "cloud-platform"),
        line("start"),
    ]
}

fn annotation(parts: &BTreeMap<&'static str, String>, to: &str) -> Vec<Line> {
    let credentials = Line::of(&["gcloud", "container", "clusters", "get-credentials"])
        .value(fill("{cluster}", parts))
        .flag("location", fill("{location}", parts))
        .flag("project", fill("{project}", parts));
    let annotate = Line::of(&["kubectl", "annotate", "serviceaccount"])
        .value(fill("{account}", parts))
        .value(format!("iam.gke.io/gcp-service-account={to}"))
        .flag("namespace", fill("{namespace}", parts))
        .word("--overwrite");
    vec![credentials, annotate]
}

/// Returns in one sentence what is done by hand to switch a resource, where a hint is known for its type.
pub(super) fn hint(asset_type: &str) -> Option<&'static str> {
    Some(match asset_type {
        "cloudfunctions.googleapis.com/Function"
        | "cloudfunctions.googleapis.com/CloudFunction" => {
            "deploy it again with --service-account from the folder of its source: without --source, gcloud functions \
             deploy takes the current folder for it"
        }
        "cloudscheduler.googleapis.com/Job" => {
            "gcloud scheduler jobs update http with --oidc-service-account-email and the audience that it has, or with \
             --oauth-service-account-email, whichever it uses today"
        }
        "pubsub.googleapis.com/Subscription" => {
            "gcloud pubsub subscriptions update with --push-auth-service-account, and with the --push-endpoint and \
             --push-auth-token-audience that it has"
        }
        "cloudbuild.googleapis.com/BuildTrigger" => {
            "gcloud builds triggers export, change serviceAccount in the file, gcloud builds triggers import"
        }
        "container.googleapis.com/Cluster" | "container.googleapis.com/NodePool" => {
            "make a node pool with --service-account beside the old one, drain the old one's nodes, delete it"
        }
        "composer.googleapis.com/Environment" => {
            "make a new environment with the new account, move DAGs, variables and connections over, delete the old one"
        }
        "compute.googleapis.com/InstanceGroupManager" => {
            "make a new instance template with the new account, and gcloud compute instance-groups managed \
             rolling-action start-update with it"
        }
        "dataflow.googleapis.com/Job" => {
            "launch the next job with --service-account-email; a streaming job is drained and launched again"
        }
        "dataproc.googleapis.com/Cluster" => {
            "make the next cluster with --service-account, and delete the old one when its jobs have ended"
        }
        "workflows.googleapis.com/Workflow" => {
            "gcloud workflows deploy with --service-account and the --call-log-level that it has, which is reset to none \
             where it is not given"
        }
        "appengine.googleapis.com/Version" => {
            "gcloud app deploy --service-account makes a new version; move the traffic to it"
        }
        _ => return None,
    })
}
