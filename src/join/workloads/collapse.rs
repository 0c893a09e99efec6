//! Which units a resource belongs to: its own, and those of whatever made it.

use std::collections::BTreeMap;

use crate::model::attachment::{Attachment, AttachmentKind, OwnerHint};
use crate::model::names::{GkeWorkload, ProjectId};

use super::kinds::is_run;
use super::stem::stem;
use super::unit::{Unit, behind, last};

pub(super) const APP_ENGINE_APPLICATION: &str = "appengine.googleapis.com/Application";
pub(super) const APP_ENGINE_SERVICE: &str = "appengine.googleapis.com/Service";
pub(super) const CLUSTER: &str = "container.googleapis.com/Cluster";
pub(super) const DATAFLOW_JOB: &str = "dataflow.googleapis.com/Job";
pub(super) const FUNCTION: &str = "cloudfunctions.googleapis.com/Function";
pub(super) const GROUP: &str = "compute.googleapis.com/InstanceGroupManager";
pub(super) const INSTANCE: &str = "compute.googleapis.com/Instance";
pub(super) const REVISION: &str = "run.googleapis.com/Revision";
pub(super) const RUN_JOB: &str = "run.googleapis.com/Job";
pub(super) const RUN_SERVICE: &str = "run.googleapis.com/Service";
pub(super) const TEMPLATE: &str = "compute.googleapis.com/InstanceTemplate";
pub(super) const WORKBENCH: &str = "notebooks.googleapis.com/Instance";
pub(super) const WORKFLOW: &str = "workflows.googleapis.com/Workflow";

/// Resources that are deployed and retired with another one: their type, and the type of that one.
const OWNED: [(&str, &str); 11] = [
    (
        "aiplatform.googleapis.com/NotebookExecutionJob",
        "aiplatform.googleapis.com/Schedule",
    ),
    (
        "aiplatform.googleapis.com/PipelineJob",
        "aiplatform.googleapis.com/Schedule",
    ),
    (
        "apigateway.googleapis.com/ApiConfig",
        "apigateway.googleapis.com/Api",
    ),
    ("appengine.googleapis.com/Version", APP_ENGINE_SERVICE),
    (
        "cloudbuild.googleapis.com/Build",
        "cloudbuild.googleapis.com/BuildTrigger",
    ),
    (
        "clouddeploy.googleapis.com/Automation",
        "clouddeploy.googleapis.com/DeliveryPipeline",
    ),
    (
        "cloudtasks.googleapis.com/Task",
        "cloudtasks.googleapis.com/Queue",
    ),
    ("container.googleapis.com/NodePool", CLUSTER),
    (
        "dataform.googleapis.com/WorkflowConfig",
        "dataform.googleapis.com/Repository",
    ),
    ("run.googleapis.com/Execution", RUN_JOB),
    (REVISION, RUN_SERVICE),
];

/// Labels that Google's products set on what they make: the label, and the type of the maker that it names.
///
/// Source: <https://cloud.google.com/compute/docs/labeling-resources#label-added-by-google-cloud> and the products' own
/// pages. Dataflow's name a run and stand in [`Known::dataflow`].
const MAKERS: [(&str, &str); 4] = [
    ("batch-job-id", "batch.googleapis.com/Job"),
    (
        "goog-composer-environment",
        "composer.googleapis.com/Environment",
    ),
    (
        "goog-dataproc-cluster-name",
        "dataproc.googleapis.com/Cluster",
    ),
    ("goog-k8s-cluster-name", CLUSTER),
];

/// What the attachments of the whole snapshot tell of each other.
#[derive(Debug, Default)]
pub(super) struct Known<'a> {
    /// The managed groups of each instance template, by project and name.
    groups: BTreeMap<(&'a ProjectId, &'a str), Vec<Unit>>,
    /// The name of each Dataflow job, by project and id.
    dataflow: BTreeMap<(&'a ProjectId, &'a str), &'a str>,
}

impl<'a> Known<'a> {
    /// Returns what `attachments` tell of each other.
    pub(super) fn of(attachments: &'a [Attachment]) -> Self {
        let mut known = Self::default();
        for attachment in attachments {
            let Attachment {
                project,
                resource,
                asset_type,
                owners,
                ..
            } = attachment;
            let name = last(resource.as_str());
            for owner in owners {
                match owner {
                    OwnerHint::InstanceTemplate(template) if asset_type == GROUP => {
                        let groups = known.groups.entry((project, last(template))).or_default();
                        groups.push(Unit::resource(GROUP, project, name));
                    }
                    OwnerHint::RunName(run) if asset_type == DATAFLOW_JOB => {
                        known.dataflow.insert((project, name), run);
                    }
                    OwnerHint::InstanceTemplate(_)
                    | OwnerHint::RunName(_)
                    | OwnerHint::DisplayName(_)
                    | OwnerHint::CreatedBy(_)
                    | OwnerHint::Parent(_)
                    | OwnerHint::Target(_) => {}
                }
            }
        }
        known
    }

    /// Returns the units that an attachment's resource belongs to, its own first.
    pub(super) fn units(&self, attachment: &Attachment) -> Vec<Unit> {
        let mut units = vec![own(attachment)];
        let Attachment {
            project,
            resource,
            asset_type,
            ..
        } = attachment;
        let unit = |asset_type, name: &str| Unit::resource(asset_type, project, name);
        match asset_type.as_str() {
            // The service behind a 2nd gen function bears its name, in the letters that a service may have.
            FUNCTION => units.push(unit(RUN_SERVICE, &service_name(last(resource.as_str())))),
            // The VM behind a Workbench instance bears its name.
            WORKBENCH => units.push(unit(INSTANCE, last(resource.as_str()))),
            _ => {}
        }
        for owner in &attachment.owners {
            match owner {
                OwnerHint::CreatedBy(group) if behind(group, "instanceGroupManagers").is_some() => {
                    units.push(unit(GROUP, last(group)));
                }
                OwnerHint::InstanceTemplate(template) => {
                    units.push(unit(TEMPLATE, last(template)));
                    let groups = self.groups.get(&(project, last(template)));
                    units.extend(groups.into_iter().flatten().cloned());
                }
                OwnerHint::CreatedBy(_)
                | OwnerHint::Parent(_)
                | OwnerHint::Target(_)
                | OwnerHint::RunName(_)
                | OwnerHint::DisplayName(_) => {}
            }
        }
        units.extend(self.makers(attachment));
        units
    }

    fn makers(&self, attachment: &Attachment) -> Vec<Unit> {
        let Attachment {
            project, labels, ..
        } = attachment;
        let label = |key: &str| labels.get(key).map(String::as_str);
        let mut makers: Vec<Unit> = MAKERS
            .iter()
            .filter_map(|(key, asset_type)| {
                let name = label(key)?;
                // A Batch job's name may bear the date of its run.
                let name = if *key == "batch-job-id" {
                    stem(name)
                } else {
                    name
                };
                Some(Unit::resource(asset_type, project, name))
            })
            .collect();
        let id = label("goog-dataflow-job-id").or_else(|| label("dataflow_job_id"));
        let name = label("goog-dataflow-job-name").or_else(|| label("dataflow_job_name"));
        let listed = id.and_then(|id| self.dataflow.get(&(project, id)).copied());
        if let Some(name) = listed.or(name).or(id) {
            makers.push(Unit::resource(DATAFLOW_JOB, project, stem(name)));
        }
        makers
    }
}

/// Returns the unit of the resource itself: its top-most owner's where it has one, its job's where it is a run.
fn own(attachment: &Attachment) -> Unit {
    let Attachment {
        project,
        resource,
        asset_type,
        owners,
        ..
    } = attachment;
    let path = resource.as_str();
    if attachment.kind == AttachmentKind::RuntimeWi
        && let Some(workload) = kubernetes(project, path)
    {
        return Unit::Kubernetes(workload);
    }
    let parent = owners.iter().find_map(|owner| match owner {
        OwnerHint::Parent(parent) => Some(last(parent)),
        OwnerHint::CreatedBy(_)
        | OwnerHint::InstanceTemplate(_)
        | OwnerHint::Target(_)
        | OwnerHint::RunName(_)
        | OwnerHint::DisplayName(_) => None,
    });
    if let Some((_, owner)) = OWNED.iter().find(|(owned, _)| owned == asset_type) {
        if let Some(name) = parent {
            return Unit::resource(owner, project, name);
        }
        if let Some(unit) = Unit::by_name(owner, project, resource) {
            return unit;
        }
    }
    // Asset Inventory lists functions of both generations under the newer type, the first generation's also under its own.
    let asset_type = match asset_type.as_str() {
        "cloudfunctions.googleapis.com/CloudFunction" => FUNCTION,
        other => other,
    };
    match (parent, is_run(attachment)) {
        (Some(launcher), true) => Unit::resource(asset_type, project, launcher),
        (None, true) => Unit::resource(asset_type, project, stem(run_name(attachment))),
        (_, false) => Unit::resource(asset_type, project, last(path)),
    }
}

fn run_name(attachment: &Attachment) -> &str {
    let named = attachment.owners.iter().find_map(|owner| match owner {
        OwnerHint::RunName(name) => Some(name.as_str()),
        OwnerHint::CreatedBy(_)
        | OwnerHint::InstanceTemplate(_)
        | OwnerHint::Target(_)
        | OwnerHint::DisplayName(_)
        | OwnerHint::Parent(_) => None,
    });
    named.unwrap_or_else(|| last(attachment.resource.as_str()))
}

/// Returns the Kubernetes service account that a resource name of Asset Inventory names:
/// `…/clusters/C/k8s/namespaces/NS/serviceaccounts/KSA`.
fn kubernetes(project: &ProjectId, path: &str) -> Option<GkeWorkload> {
    let account = behind(path, "serviceaccounts").or_else(|| behind(path, "serviceAccounts"))?;
    Some(GkeWorkload {
        project: project.clone(),
        namespace: behind(path, "namespaces")?.to_owned(),
        account: account.to_owned(),
    })
}

/// Returns the name of the Cloud Run service behind a function of that name.
pub(super) fn service_name(function: &str) -> String {
    function.to_ascii_lowercase().replace('_', "-")
}

/// Drops what only repeats, or merely once was: an App Engine application where services of it are there, and revisions
/// of services that name another account by now.
pub(super) fn without_shadows(attachments: Vec<&Attachment>) -> Vec<&Attachment> {
    let of_type = |asset_type: &str| {
        let found = attachments.iter().filter(|a| a.asset_type == asset_type);
        found.map(|a| own(a)).collect::<Vec<Unit>>()
    };
    let services = of_type(RUN_SERVICE);
    let versions = of_type("appengine.googleapis.com/Version");
    let stands = |attachment: &Attachment| match attachment.asset_type.as_str() {
        REVISION => services.contains(&own(attachment)),
        APP_ENGINE_APPLICATION => !versions
            .iter()
            .any(|version| version.project() == Some(&attachment.project)),
        _ => true,
    };
    attachments
        .iter()
        .copied()
        .filter(|attachment| stands(attachment))
        .collect()
}
