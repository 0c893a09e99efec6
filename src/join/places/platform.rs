//! The platforms of Google Cloud that call as an account which is attached to something: the log names their agents.

use crate::model::names::{AccountClass, Email, ProjectNumber};

/// A platform in a project, as a delegate names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::join) struct Platform {
    /// The platform's name for people.
    pub(in crate::join) name: String,
    /// The number of the project that it runs in, where the agent's address tells it.
    pub(in crate::join) project: Option<ProjectNumber>,
}

/// The projects of Google's that agents of platforms live in, with the platform's name.
///
/// Source: <https://cloud.google.com/iam/docs/service-agents>.
const PLATFORMS: [(&str, &str); 19] = [
    ("cloudcomposer-accounts", "Cloud Composer"),
    ("cloudbuild", "Cloud Build"),
    ("compute-system", "Compute Engine"),
    ("container-engine-robot", "Google Kubernetes Engine"),
    ("dataflow-service-producer-prod", "Dataflow"),
    ("dataproc-accounts", "Dataproc"),
    ("gae-api-prod", "App Engine"),
    ("gcf-admin-robot", "Cloud Functions"),
    ("gcp-gae-service", "App Engine"),
    ("gcp-sa-aiplatform", "Vertex AI"),
    ("gcp-sa-cloudbatch", "Batch"),
    ("gcp-sa-cloudbuild", "Cloud Build"),
    ("gcp-sa-cloudscheduler", "Cloud Scheduler"),
    ("gcp-sa-cloudtasks", "Cloud Tasks"),
    ("gcp-sa-eventarc", "Eventarc"),
    ("gcp-sa-pubsub", "Pub/Sub"),
    ("gcp-sa-workflows", "Workflows"),
    ("serverless-robot-prod", "Cloud Run"),
    ("storage-transfer-service", "Storage Transfer"),
];

impl Platform {
    /// Returns the platform whose agent a delegate is; `None` where it is none, or one that is not known to run anything.
    pub(in crate::join) fn of(delegate: &str) -> Option<Self> {
        let address = delegate.strip_prefix("serviceAccount:").unwrap_or(delegate);
        let email = Email::parse(address).ok()?;
        if email.class() != AccountClass::ServiceAgent {
            return None;
        }
        let (local, host) = address.split_once('@')?;
        let home = host.split('.').next()?;
        let (_, name) = PLATFORMS.iter().find(|(project, _)| *project == home)?;
        let number = local.rsplit('-').next()?;
        Some(Self {
            name: (*name).to_owned(),
            project: ProjectNumber::parse(number).ok(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_names_its_platform_and_project() {
        let table = [
            (
                "service-123@compute-system.iam.gserviceaccount.com",
                Some(("Compute Engine", Some("123"))),
            ),
            (
                "123@cloudbuild.gserviceaccount.com",
                Some(("Cloud Build", Some("123"))),
            ),
            ("service-123@gcp-sa-logging.iam.gserviceaccount.com", None),
            ("etl@acme-prod.iam.gserviceaccount.com", None),
            ("ann@acme.example", None),
        ];
        for (delegate, expected) in table {
            let platform = Platform::of(delegate);
            let told = platform.as_ref().map(|platform| {
                let project = platform.project.as_ref().map(ProjectNumber::as_str);
                (platform.name.as_str(), project)
            });
            assert_eq!(told, expected, "{delegate}");
        }
    }
}
