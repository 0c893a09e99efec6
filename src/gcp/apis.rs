//! The Google APIs that the client knows: host, name of the endpoint override, quota.

use serde::{Deserialize, Serialize};

/// One Google API, with its own host, endpoint override and token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Api {
    /// Identity and Access Management, v1.
    Iam,
    /// Resource Manager, v3.
    ResourceManager,
    /// Policy Analyzer, v1.
    PolicyAnalyzer,
    /// Monitoring, v3.
    Monitoring,
    /// Recommender, v1.
    Recommender,
    /// Logging, v2.
    Logging,
    /// Cloud Asset Inventory, v1.
    CloudAsset,
    /// Service Usage, v1.
    ServiceUsage,
    /// Compute Engine, v1.
    Compute,
    /// Cloud Run, v2 (its locations: v1).
    Run,
    /// Kubernetes Engine, v1.
    Container,
    /// Cloud Composer, v1.
    Composer,
    /// Dataflow, v1b3.
    Dataflow,
    /// Cloud Run functions, v2.
    CloudFunctions,
    /// App Engine, v1.
    AppEngine,
    /// Cloud Scheduler, v1.
    CloudScheduler,
    /// Pub/Sub, v1.
    PubSub,
    /// Cloud Build, v1 (its locations: v2).
    CloudBuild,
    /// Workflows, v1.
    Workflows,
    /// Eventarc, v1.
    Eventarc,
    /// Dataproc, v1.
    Dataproc,
    /// Workbench, v2.
    Notebooks,
    /// Batch, v1.
    Batch,
    /// Cloud Deploy, v1.
    CloudDeploy,
    /// Data Fusion, v1.
    DataFusion,
    /// API Gateway, v1.
    ApiGateway,
    /// Infrastructure Manager, v1.
    Config,
    /// Integration Connectors, v1.
    Connectors,
    /// Cloud TPU, v2.
    Tpu,
    /// Firebase App Hosting, v1.
    FirebaseAppHosting,
    /// Storage Transfer, v1.
    StorageTransfer,
    /// AI Platform (legacy), v1.
    Ml,
    /// Cloud SQL, v1.
    SqlAdmin,
    /// Cloud Storage, v1.
    Storage,
    /// `BigQuery`, v2.
    BigQuery,
    /// API Keys, v2.
    ApiKeys,
    /// Organization Policy, v2.
    OrgPolicy,
}

/// What the client must know of an API.
struct Facts {
    host: &'static str,
    variable: &'static str,
    reads_per_minute: u32,
}

impl Api {
    /// Every API, in the order of the enum.
    pub const ALL: [Self; 37] = [
        Self::Iam,
        Self::ResourceManager,
        Self::PolicyAnalyzer,
        Self::Monitoring,
        Self::Recommender,
        Self::Logging,
        Self::CloudAsset,
        Self::ServiceUsage,
        Self::Compute,
        Self::Run,
        Self::Container,
        Self::Composer,
        Self::Dataflow,
        Self::CloudFunctions,
        Self::AppEngine,
        Self::CloudScheduler,
        Self::PubSub,
        Self::CloudBuild,
        Self::Workflows,
        Self::Eventarc,
        Self::Dataproc,
        Self::Notebooks,
        Self::Batch,
        Self::CloudDeploy,
        Self::DataFusion,
        Self::ApiGateway,
        Self::Config,
        Self::Connectors,
        Self::Tpu,
        Self::FirebaseAppHosting,
        Self::StorageTransfer,
        Self::Ml,
        Self::SqlAdmin,
        Self::Storage,
        Self::BigQuery,
        Self::ApiKeys,
        Self::OrgPolicy,
    ];

    const fn facts(self) -> Facts {
        match self {
            // 6,000 reads a minute and project: https://cloud.google.com/iam/quotas
            Self::Iam => Facts {
                host: "iam.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_IAM",
                reads_per_minute: 6_000,
            },
            // Assumed: Google publishes the names of these quotas, not their defaults.
            Self::ResourceManager => Facts {
                host: "cloudresourcemanager.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER",
                reads_per_minute: 600,
            },
            // Assumed: no figure is published.
            Self::PolicyAnalyzer => Facts {
                host: "policyanalyzer.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_POLICYANALYZER",
                reads_per_minute: 600,
            },
            // Assumed: https://cloud.google.com/monitoring/quotas names no figure for reads.
            Self::Monitoring => Facts {
                host: "monitoring.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_MONITORING",
                reads_per_minute: 600,
            },
            // Assumed: no figure is published.
            Self::Recommender => Facts {
                host: "recommender.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_RECOMMENDER",
                reads_per_minute: 600,
            },
            // 60 lists of entries a minute and project, which Google does not raise: https://cloud.google.com/logging/quotas
            Self::Logging => Facts {
                host: "logging.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_LOGGING",
                reads_per_minute: 60,
            },
            // 100 lists of assets a minute and project: https://cloud.google.com/asset-inventory/docs/quota
            Self::CloudAsset => Facts {
                host: "cloudasset.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDASSET",
                reads_per_minute: 100,
            },
            // From here on assumed: their quotas are published by metric and region, or not at all.
            Self::ServiceUsage => Facts {
                host: "serviceusage.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_SERVICEUSAGE",
                reads_per_minute: 600,
            },
            Self::Compute => Facts {
                host: "compute.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE",
                reads_per_minute: 600,
            },
            Self::Run => Facts {
                host: "run.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN",
                reads_per_minute: 600,
            },
            Self::Container => Facts {
                host: "container.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_CONTAINER",
                reads_per_minute: 600,
            },
            Self::Composer => Facts {
                host: "composer.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPOSER",
                reads_per_minute: 600,
            },
            Self::Dataflow => Facts {
                host: "dataflow.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_DATAFLOW",
                reads_per_minute: 600,
            },
            Self::CloudFunctions => Facts {
                host: "cloudfunctions.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDFUNCTIONS",
                reads_per_minute: 600,
            },
            Self::AppEngine => Facts {
                host: "appengine.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_APPENGINE",
                reads_per_minute: 600,
            },
            Self::CloudScheduler => Facts {
                host: "cloudscheduler.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDSCHEDULER",
                reads_per_minute: 600,
            },
            Self::PubSub => Facts {
                host: "pubsub.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB",
                reads_per_minute: 600,
            },
            Self::CloudBuild => Facts {
                host: "cloudbuild.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDBUILD",
                reads_per_minute: 600,
            },
            Self::Workflows => Facts {
                host: "workflows.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_WORKFLOWS",
                reads_per_minute: 600,
            },
            Self::Eventarc => Facts {
                host: "eventarc.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_EVENTARC",
                reads_per_minute: 600,
            },
            Self::Dataproc => Facts {
                host: "dataproc.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_DATAPROC",
                reads_per_minute: 600,
            },
            Self::Notebooks => Facts {
                host: "notebooks.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_NOTEBOOKS",
                reads_per_minute: 600,
            },
            Self::Batch => Facts {
                host: "batch.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_BATCH",
                reads_per_minute: 600,
            },
            Self::CloudDeploy => Facts {
                host: "clouddeploy.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDDEPLOY",
                reads_per_minute: 600,
            },
            Self::DataFusion => Facts {
                host: "datafusion.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_DATAFUSION",
                reads_per_minute: 600,
            },
            Self::ApiGateway => Facts {
                host: "apigateway.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_APIGATEWAY",
                reads_per_minute: 600,
            },
            Self::Config => Facts {
                host: "config.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_CONFIG",
                reads_per_minute: 600,
            },
            Self::Connectors => Facts {
                host: "connectors.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_CONNECTORS",
                reads_per_minute: 600,
            },
            Self::Tpu => Facts {
                host: "tpu.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_TPU",
                reads_per_minute: 600,
            },
            Self::FirebaseAppHosting => Facts {
                host: "firebaseapphosting.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_FIREBASEAPPHOSTING",
                reads_per_minute: 600,
            },
            Self::StorageTransfer => Facts {
                host: "storagetransfer.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_TRANSFER",
                reads_per_minute: 600,
            },
            Self::Ml => Facts {
                host: "ml.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_ML",
                reads_per_minute: 600,
            },
            Self::SqlAdmin => Facts {
                host: "sqladmin.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_SQL",
                reads_per_minute: 600,
            },
            Self::Storage => Facts {
                host: "storage.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE",
                reads_per_minute: 600,
            },
            // 100 requests a second, user and method: https://cloud.google.com/bigquery/quotas#api_request_quotas
            Self::BigQuery => Facts {
                host: "bigquery.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_BIGQUERY",
                reads_per_minute: 6_000,
            },
            Self::ApiKeys => Facts {
                host: "apikeys.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_APIKEYS",
                reads_per_minute: 600,
            },
            Self::OrgPolicy => Facts {
                host: "orgpolicy.googleapis.com",
                variable: "CLOUDSDK_API_ENDPOINT_OVERRIDES_ORGPOLICY",
                reads_per_minute: 600,
            },
        }
    }

    /// Returns the host that serves the API at Google, without scheme or path.
    #[must_use]
    pub const fn host(self) -> &'static str {
        self.facts().host
    }

    /// Returns the name of gcloud's environment variable for another base URL of the API.
    #[must_use]
    pub const fn override_variable(self) -> &'static str {
        self.facts().variable
    }

    /// Returns the default quota: read requests per minute and quota project.
    ///
    /// IAM's 6,000 (<https://cloud.google.com/iam/quotas>), Asset Inventory's 100
    /// (<https://cloud.google.com/asset-inventory/docs/quota>), Logging's 60 (<https://cloud.google.com/logging/quotas>) and
    /// `BigQuery`'s 6,000, its limit of 100 a second (<https://cloud.google.com/bigquery/quotas#api_request_quotas>), are
    /// published. The 600 of every other API is assumed.
    #[must_use]
    pub const fn reads_per_minute(self) -> u32 {
        self.facts().reads_per_minute
    }
}
