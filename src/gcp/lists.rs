//! The lists of resources that may be read without a hub: more rows of the allow list (`allow.rs`), all of them GET.
//!
//! One row is one list method, its path taken from Google's discovery document. To read the resources of one more
//! service, add a row.

use super::apis::Api;
use super::methods::Method;

/// One list of resources.
#[derive(Debug)]
pub struct List {
    /// The method, as the allow list knows it.
    pub method: Method,
    /// The field of the answer that holds the resources.
    pub items: &'static str,
    /// How they lie in it.
    pub shape: Shape,
    /// Parameters that every call sends; `{…}` in a value stands for a variable of the call.
    pub fixed: &'static [(&'static str, &'static str)],
}

/// How the resources of an answer lie in its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// An array of them.
    Array,
    /// A map of zones and regions, each with an array in this field: Compute Engine's aggregated lists.
    Scoped(&'static str),
}

const PAGED: &[&str] = &["pageSize", "pageToken"];
const COMPUTE: &[&str] = &["maxResults", "pageToken"];

/// Every list of resources that may be read.
pub static LISTS: &[List] = &[
    row(
        "serviceusage.services.list",
        Api::ServiceUsage,
        "/v1/projects/{project}/services",
        "services",
        "listing the services that are on in",
    )
    .with(
        &["filter", "pageSize", "pageToken"],
        &[("filter", "state:ENABLED"), ("pageSize", "200")],
    ),
    row(
        "bigquery.tables.list",
        Api::BigQuery,
        "/bigquery/v2/projects/{project}/datasets/{dataset}/tables",
        "tables",
        "listing the tables of",
    )
    .with(COMPUTE, &[("maxResults", "1000")]),
    assets("/v1/organizations/{organization}/assets"),
    assets("/v1/folders/{folder}/assets"),
    assets("/v1/projects/{project}/assets"),
    search("/v1/organizations/{organization}:searchAllResources"),
    search("/v1/folders/{folder}:searchAllResources"),
    search("/v1/projects/{project}:searchAllResources"),
    row(
        "monitoring.projects.timeSeries.list",
        Api::Monitoring,
        "/v3/projects/{project}/timeSeries",
        "timeSeries",
        "reading the metrics of",
    )
    .with(
        &[
            "aggregation.alignmentPeriod",
            "aggregation.crossSeriesReducer",
            "aggregation.groupByFields",
            "aggregation.perSeriesAligner",
            "filter",
            "interval.endTime",
            "interval.startTime",
            "pageSize",
            "pageToken",
            "view",
        ],
        &[("view", "FULL"), ("pageSize", "100000")],
    ),
    insights(
        "recommender.projects.locations.insightTypes.insights.list",
        "/v1/projects/{project}/locations/global/insightTypes/{type}/insights",
    ),
    insights(
        "recommender.folders.locations.insightTypes.insights.list",
        "/v1/folders/{folder}/locations/global/insightTypes/{type}/insights",
    ),
    insights(
        "recommender.organizations.locations.insightTypes.insights.list",
        "/v1/organizations/{organization}/locations/global/insightTypes/{type}/insights",
    ),
    row(
        "compute.regions.list",
        Api::Compute,
        "/compute/v1/projects/{project}/regions",
        "items",
        "listing the regions of",
    )
    .with(COMPUTE, &[("maxResults", "500")]),
    row(
        "compute.instances.aggregatedList",
        Api::Compute,
        "/compute/v1/projects/{project}/aggregated/instances",
        "items",
        "listing the VMs of",
    )
    .scoped("instances"),
    row(
        "compute.subnetworks.aggregatedList",
        Api::Compute,
        "/compute/v1/projects/{project}/aggregated/subnetworks",
        "items",
        "listing the subnetworks of",
    )
    .scoped("subnetworks"),
    row(
        "compute.instanceGroupManagers.aggregatedList",
        Api::Compute,
        "/compute/v1/projects/{project}/aggregated/instanceGroupManagers",
        "items",
        "listing the instance groups of",
    )
    .scoped("instanceGroupManagers"),
    row(
        "compute.instanceTemplates.aggregatedList",
        Api::Compute,
        "/compute/v1/projects/{project}/aggregated/instanceTemplates",
        "items",
        "listing the instance templates of",
    )
    .scoped("instanceTemplates"),
    row(
        "run.projects.locations.list",
        Api::Run,
        "/v1/projects/{project}/locations",
        "locations",
        "listing the locations of Cloud Run in",
    )
    .with(PAGED, &[]),
    row(
        "run.projects.locations.services.list",
        Api::Run,
        "/v2/projects/{project}/locations/{location}/services",
        "services",
        "listing the Cloud Run services of",
    )
    .with(PAGED, &[]),
    row(
        "run.projects.locations.jobs.list",
        Api::Run,
        "/v2/projects/{project}/locations/{location}/jobs",
        "jobs",
        "listing the Cloud Run jobs of",
    )
    .with(PAGED, &[]),
    row(
        "run.projects.locations.workerPools.list",
        Api::Run,
        "/v2/projects/{project}/locations/{location}/workerPools",
        "workerPools",
        "listing the Cloud Run worker pools of",
    )
    .with(PAGED, &[]),
    row(
        "run.projects.locations.jobs.executions.list",
        Api::Run,
        "/v2/projects/{project}/locations/{location}/jobs/-/executions",
        "executions",
        "listing the executions of Cloud Run jobs of",
    )
    .with(PAGED, &[]),
    row(
        "container.projects.locations.clusters.list",
        Api::Container,
        "/v1/projects/{project}/locations/{location}/clusters",
        "clusters",
        "listing the clusters of",
    ),
    row(
        "composer.projects.locations.environments.list",
        Api::Composer,
        "/v1/projects/{project}/locations/{location}/environments",
        "environments",
        "listing the Composer environments of",
    )
    .with(PAGED, &[]),
    row(
        "dataflow.projects.jobs.aggregated",
        Api::Dataflow,
        "/v1b3/projects/{project}/jobs:aggregated",
        "jobs",
        "listing the Dataflow jobs of",
    )
    .with(PAGED, &[]),
    row(
        "cloudfunctions.projects.locations.functions.list",
        Api::CloudFunctions,
        "/v2/projects/{project}/locations/{location}/functions",
        "functions",
        "listing the functions of",
    )
    .with(PAGED, &[("pageSize", "1000")]),
    row(
        "appengine.apps.services.list",
        Api::AppEngine,
        "/v1/apps/{project}/services",
        "services",
        "listing the App Engine services of",
    )
    .with(PAGED, &[]),
    row(
        "appengine.apps.services.versions.list",
        Api::AppEngine,
        "/v1/apps/{project}/services/{location}/versions",
        "versions",
        "listing the App Engine versions of",
    )
    .with(&["view", "pageSize", "pageToken"], &[("view", "FULL")]),
    row(
        "cloudscheduler.projects.locations.list",
        Api::CloudScheduler,
        "/v1/projects/{project}/locations",
        "locations",
        "listing the locations of Cloud Scheduler in",
    )
    .with(PAGED, &[]),
    row(
        "cloudscheduler.projects.locations.jobs.list",
        Api::CloudScheduler,
        "/v1/projects/{project}/locations/{location}/jobs",
        "jobs",
        "listing the Cloud Scheduler jobs of",
    )
    .with(PAGED, &[("pageSize", "500")]),
    row(
        "pubsub.projects.subscriptions.list",
        Api::PubSub,
        "/v1/projects/{project}/subscriptions",
        "subscriptions",
        "listing the Pub/Sub subscriptions of",
    )
    .with(PAGED, &[]),
    row(
        "pubsub.projects.topics.list",
        Api::PubSub,
        "/v1/projects/{project}/topics",
        "topics",
        "listing the Pub/Sub topics of",
    )
    .with(PAGED, &[]),
    row(
        "cloudbuild.projects.locations.list",
        Api::CloudBuild,
        "/v2/projects/{project}/locations",
        "locations",
        "listing the locations of Cloud Build in",
    )
    .with(PAGED, &[]),
    row(
        "cloudbuild.projects.locations.triggers.list",
        Api::CloudBuild,
        "/v1/projects/{project}/locations/{location}/triggers",
        "triggers",
        "listing the build triggers of",
    )
    .with(
        &["projectId", "pageSize", "pageToken"],
        &[("projectId", "{project}")],
    ),
    row(
        "workflows.projects.locations.workflows.list",
        Api::Workflows,
        "/v1/projects/{project}/locations/{location}/workflows",
        "workflows",
        "listing the workflows of",
    )
    .with(PAGED, &[("pageSize", "1000")]),
    row(
        "eventarc.projects.locations.triggers.list",
        Api::Eventarc,
        "/v1/projects/{project}/locations/{location}/triggers",
        "triggers",
        "listing the Eventarc triggers of",
    )
    .with(PAGED, &[]),
    row(
        "eventarc.projects.locations.pipelines.list",
        Api::Eventarc,
        "/v1/projects/{project}/locations/{location}/pipelines",
        "pipelines",
        "listing the Eventarc pipelines of",
    )
    .with(PAGED, &[]),
    row(
        "dataproc.projects.regions.clusters.list",
        Api::Dataproc,
        "/v1/projects/{project}/regions/{location}/clusters",
        "clusters",
        "listing the Dataproc clusters of",
    )
    .with(PAGED, &[("pageSize", "1000")]),
    row(
        "notebooks.projects.locations.instances.list",
        Api::Notebooks,
        "/v2/projects/{project}/locations/{location}/instances",
        "instances",
        "listing the Workbench instances of",
    )
    .with(PAGED, &[]),
    row(
        "batch.projects.locations.jobs.list",
        Api::Batch,
        "/v1/projects/{project}/locations/{location}/jobs",
        "jobs",
        "listing the Batch jobs of",
    )
    .with(PAGED, &[]),
    row(
        "clouddeploy.projects.locations.targets.list",
        Api::CloudDeploy,
        "/v1/projects/{project}/locations/{location}/targets",
        "targets",
        "listing the Cloud Deploy targets of",
    )
    .with(PAGED, &[("pageSize", "1000")]),
    row(
        "datafusion.projects.locations.instances.list",
        Api::DataFusion,
        "/v1/projects/{project}/locations/{location}/instances",
        "instances",
        "listing the Data Fusion instances of",
    )
    .with(PAGED, &[]),
    row(
        "apigateway.projects.locations.apis.configs.list",
        Api::ApiGateway,
        "/v1/projects/{project}/locations/global/apis/-/configs",
        "apiConfigs",
        "listing the API Gateway configurations of",
    )
    .with(PAGED, &[]),
    row(
        "config.projects.locations.deployments.list",
        Api::Config,
        "/v1/projects/{project}/locations/{location}/deployments",
        "deployments",
        "listing the Infrastructure Manager deployments of",
    )
    .with(PAGED, &[("pageSize", "1000")]),
    row(
        "connectors.projects.locations.connections.list",
        Api::Connectors,
        "/v1/projects/{project}/locations/{location}/connections",
        "connections",
        "listing the connections of",
    )
    .with(PAGED, &[]),
    row(
        "tpu.projects.locations.nodes.list",
        Api::Tpu,
        "/v2/projects/{project}/locations/{location}/nodes",
        "nodes",
        "listing the TPU VMs of",
    )
    .with(PAGED, &[]),
    row(
        "tpu.projects.locations.queuedResources.list",
        Api::Tpu,
        "/v2/projects/{project}/locations/{location}/queuedResources",
        "queuedResources",
        "listing the queued TPU resources of",
    )
    .with(PAGED, &[]),
    row(
        "firebaseapphosting.projects.locations.backends.list",
        Api::FirebaseAppHosting,
        "/v1/projects/{project}/locations/{location}/backends",
        "backends",
        "listing the App Hosting backends of",
    )
    .with(PAGED, &[]),
    row(
        "storagetransfer.transferJobs.list",
        Api::StorageTransfer,
        "/v1/transferJobs",
        "transferJobs",
        "listing the transfer jobs of",
    )
    .with(
        &["filter", "pageSize", "pageToken"],
        &[
            ("filter", r#"{"projectIds":["{project}"]}"#),
            ("pageSize", "256"),
        ],
    ),
    row(
        "ml.projects.jobs.list",
        Api::Ml,
        "/v1/projects/{project}/jobs",
        "jobs",
        "listing the AI Platform jobs of",
    )
    .with(PAGED, &[("pageSize", "100")]),
    row(
        "compute.firewalls.list",
        Api::Compute,
        "/compute/v1/projects/{project}/global/firewalls",
        "items",
        "listing the firewall rules of",
    )
    .with(COMPUTE, &[("maxResults", "500")]),
    row(
        "sql.instances.list",
        Api::SqlAdmin,
        "/v1/projects/{project}/instances",
        "items",
        "listing the Cloud SQL instances of",
    )
    .with(COMPUTE, &[("maxResults", "1000")]),
    row(
        "sql.users.list",
        Api::SqlAdmin,
        "/v1/projects/{project}/instances/{location}/users",
        "items",
        "listing the database users of",
    )
    .with(&["pageToken"], &[]),
    row(
        "storage.buckets.list",
        Api::Storage,
        "/storage/v1/b",
        "items",
        "listing the buckets of",
    )
    .with(
        &["project", "projection", "maxResults", "pageToken"],
        &[
            ("project", "{project}"),
            ("projection", "full"),
            ("maxResults", "1000"),
        ],
    ),
    row(
        "storage.projects.hmacKeys.list",
        Api::Storage,
        "/storage/v1/projects/{project}/hmacKeys",
        "items",
        "listing the HMAC keys of",
    )
    .with(
        &["showDeletedKeys", "maxResults", "pageToken"],
        &[("showDeletedKeys", "false"), ("maxResults", "250")],
    ),
    // The list leaves the keys' strings out; the method that tells one is not on the list.
    row(
        "apikeys.projects.locations.keys.list",
        Api::ApiKeys,
        "/v2/projects/{project}/locations/global/keys",
        "keys",
        "listing the API keys of",
    )
    .with(PAGED, &[]),
    org_policies(
        "orgpolicy.projects.policies.list",
        "/v2/projects/{project}/policies",
    ),
    org_policies(
        "orgpolicy.folders.policies.list",
        "/v2/folders/{folder}/policies",
    ),
    org_policies(
        "orgpolicy.organizations.policies.list",
        "/v2/organizations/{organization}/policies",
    ),
];

const fn row(
    id: &'static str,
    api: Api,
    path: &'static str,
    items: &'static str,
    doing: &'static str,
) -> List {
    List {
        method: Method {
            id,
            verb: http::Method::GET,
            api,
            path,
            parameters: &[],
            // Elements that are no objects are dropped and counted where the answer is read: `api/resources.rs`.
            elements: None,
            doing,
        },
        items,
        shape: Shape::Array,
        fixed: &[],
    }
}

const fn assets(path: &'static str) -> List {
    row(
        "cloudasset.assets.list",
        Api::CloudAsset,
        path,
        "assets",
        "listing the assets of",
    )
    .with(
        &["assetTypes", "contentType", "pageSize", "pageToken"],
        &[("pageSize", "1000")],
    )
}

const fn search(path: &'static str) -> List {
    row(
        "cloudasset.searchAllResources",
        Api::CloudAsset,
        path,
        "results",
        "searching the resources of",
    )
    .with(
        &["assetTypes", "readMask", "pageSize", "pageToken"],
        &[("readMask", "name,createTime"), ("pageSize", "500")],
    )
}

const fn org_policies(id: &'static str, path: &'static str) -> List {
    row(
        id,
        Api::OrgPolicy,
        path,
        "policies",
        "listing the organization policies of",
    )
    .with(PAGED, &[("pageSize", "1000")])
}

const fn insights(id: &'static str, path: &'static str) -> List {
    row(
        id,
        Api::Recommender,
        path,
        "insights",
        "listing the insights of",
    )
    .with(
        &["filter", "pageSize", "pageToken"],
        &[("filter", "stateInfo.state=ACTIVE"), ("pageSize", "1000")],
    )
}

impl List {
    const fn with(
        mut self,
        parameters: &'static [&'static str],
        fixed: &'static [(&'static str, &'static str)],
    ) -> Self {
        self.method.parameters = parameters;
        self.fixed = fixed;
        self
    }

    const fn scoped(mut self, field: &'static str) -> Self {
        self.shape = Shape::Scoped(field);
        self.with(COMPUTE, &[("maxResults", "500")])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_call_sends_is_on_the_list() {
        for list in LISTS {
            for (name, _) in list.fixed {
                assert!(
                    list.method.parameters.contains(name),
                    "{}: {name}",
                    list.method.id
                );
            }
        }
    }
}
