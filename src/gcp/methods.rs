//! Every method of Google's APIs that the client may call: the rows of the allow list (`allow.rs`).
//!
//! A row also says how to check the elements of a page, which API it belongs to, and how to speak of it. To
//! call one more method, add one more row.

use super::apis::Api;
use super::elements::{Elements, binding_of_texts, decodes, key_in_camel_case};
use super::lists::LISTS;
use super::rate::Quota;

/// One method of a Google API that may be called.
#[derive(Debug)]
pub struct Method {
    /// The id in Google's discovery document, such as `iam.projects.serviceAccounts.list`.
    pub id: &'static str,
    /// The HTTP verb.
    pub verb: http::Method,
    /// The API, which decides host and endpoint override, and the token bucket but for quotas of their own.
    pub api: Api,
    /// The path; `{…}` stands for one segment.
    pub path: &'static str,
    /// The query parameters that may be sent beside `alt=json`.
    pub parameters: &'static [&'static str],
    /// For a list: which array holds the elements, and how to check one.
    pub(super) elements: Option<Elements>,
    /// What a call does, for messages: `listing the keys of`.
    pub doing: &'static str,
}

impl Method {
    /// Returns the quota that a call is counted against.
    pub(super) fn quota(&self) -> Quota {
        if self.path.contains("/workloadIdentityPools") {
            Quota::Federation
        } else {
            Quota::Of(self.api)
        }
    }
}

const PAGED: &[&str] = &["pageSize", "pageToken"];
const ROLES: &[&str] = &["view", "pageSize", "pageToken", "showDeleted"];
const POOLS: &[&str] = &["pageSize", "pageToken", "showDeleted"];

/// A policy is its bindings and its audit configurations: it is never written back, so that nothing else of it is wanted.
const MANAGER_POLICY: Elements = Elements::of(
    "bindings",
    decodes::<google_cloudresourcemanager3::api::Binding>,
)
.mended_by(binding_of_texts)
.beside(
    "auditConfigs",
    decodes::<google_cloudresourcemanager3::api::AuditConfig>,
)
.alone();
const IAM_POLICY: Elements = Elements::of("bindings", decodes::<google_iam1::api::Binding>)
    .mended_by(binding_of_texts)
    .alone();

/// The methods that have a hub, or a form of their own. The lists of resources stand in `lists.rs`.
pub static METHODS: &[Method] = &[
    Method {
        id: "cloudresourcemanager.projects.search",
        verb: http::Method::GET,
        api: Api::ResourceManager,
        path: "/v3/projects:search",
        parameters: PAGED,
        elements: Some(Elements::of(
            "projects",
            decodes::<google_cloudresourcemanager3::api::Project>,
        )),
        doing: "searching projects",
    },
    Method {
        id: "cloudresourcemanager.projects.list",
        verb: http::Method::GET,
        api: Api::ResourceManager,
        path: "/v3/projects",
        parameters: &["parent", "pageSize", "pageToken", "showDeleted"],
        elements: Some(Elements::of(
            "projects",
            decodes::<google_cloudresourcemanager3::api::Project>,
        )),
        doing: "listing the projects in",
    },
    Method {
        id: "cloudresourcemanager.projects.get",
        verb: http::Method::GET,
        api: Api::ResourceManager,
        path: "/v3/projects/{project}",
        parameters: &[],
        elements: None,
        doing: "reading",
    },
    Method {
        id: "cloudresourcemanager.projects.getIamPolicy",
        verb: http::Method::POST,
        api: Api::ResourceManager,
        path: "/v3/projects/{project}:getIamPolicy",
        parameters: &[],
        elements: Some(MANAGER_POLICY),
        doing: "reading the policy of",
    },
    Method {
        id: "cloudresourcemanager.folders.list",
        verb: http::Method::GET,
        api: Api::ResourceManager,
        path: "/v3/folders",
        parameters: &["parent", "pageSize", "pageToken"],
        elements: Some(Elements::of(
            "folders",
            decodes::<google_cloudresourcemanager3::api::Folder>,
        )),
        doing: "listing the folders in",
    },
    Method {
        id: "cloudresourcemanager.folders.get",
        verb: http::Method::GET,
        api: Api::ResourceManager,
        path: "/v3/folders/{folder}",
        parameters: &[],
        elements: None,
        doing: "reading",
    },
    Method {
        id: "cloudresourcemanager.folders.getIamPolicy",
        verb: http::Method::POST,
        api: Api::ResourceManager,
        path: "/v3/folders/{folder}:getIamPolicy",
        parameters: &[],
        elements: Some(MANAGER_POLICY),
        doing: "reading the policy of",
    },
    Method {
        id: "cloudresourcemanager.organizations.getIamPolicy",
        verb: http::Method::POST,
        api: Api::ResourceManager,
        path: "/v3/organizations/{organization}:getIamPolicy",
        parameters: &[],
        elements: Some(MANAGER_POLICY),
        doing: "reading the policy of",
    },
    Method {
        id: "iam.projects.serviceAccounts.list",
        verb: http::Method::GET,
        api: Api::Iam,
        path: "/v1/projects/{project}/serviceAccounts",
        parameters: PAGED,
        elements: Some(Elements::of(
            "accounts",
            decodes::<google_iam1::api::ServiceAccount>,
        )),
        doing: "listing the service accounts of",
    },
    Method {
        id: "iam.projects.serviceAccounts.keys.list",
        verb: http::Method::GET,
        api: Api::Iam,
        path: "/v1/projects/{project}/serviceAccounts/{account}/keys",
        parameters: &["keyTypes"],
        elements: Some(
            Elements::of("keys", decodes::<google_iam1::api::ServiceAccountKey>)
                .mended_by(key_in_camel_case),
        ),
        doing: "listing the keys of",
    },
    Method {
        id: "iam.projects.serviceAccounts.getIamPolicy",
        verb: http::Method::POST,
        api: Api::Iam,
        path: "/v1/projects/{project}/serviceAccounts/{account}:getIamPolicy",
        parameters: &["options.requestedPolicyVersion"],
        elements: Some(IAM_POLICY),
        doing: "reading the policy of",
    },
    Method {
        id: "iam.roles.list",
        verb: http::Method::GET,
        api: Api::Iam,
        path: "/v1/roles",
        parameters: ROLES,
        elements: Some(Elements::of("roles", decodes::<google_iam1::api::Role>)),
        doing: "listing the predefined roles",
    },
    Method {
        id: "iam.projects.roles.list",
        verb: http::Method::GET,
        api: Api::Iam,
        path: "/v1/projects/{project}/roles",
        parameters: ROLES,
        elements: Some(Elements::of("roles", decodes::<google_iam1::api::Role>)),
        doing: "listing the custom roles of",
    },
    Method {
        id: "iam.organizations.roles.list",
        verb: http::Method::GET,
        api: Api::Iam,
        path: "/v1/organizations/{organization}/roles",
        parameters: ROLES,
        elements: Some(Elements::of("roles", decodes::<google_iam1::api::Role>)),
        doing: "listing the custom roles of",
    },
    Method {
        id: "iam.projects.locations.workloadIdentityPools.list",
        verb: http::Method::GET,
        api: Api::Iam,
        path: "/v1/projects/{project}/locations/global/workloadIdentityPools",
        parameters: POOLS,
        elements: Some(Elements::of(
            "workloadIdentityPools",
            decodes::<google_iam1::api::WorkloadIdentityPool>,
        )),
        doing: "listing the workload identity pools of",
    },
    Method {
        id: "iam.projects.locations.workloadIdentityPools.providers.list",
        verb: http::Method::GET,
        api: Api::Iam,
        path: "/v1/projects/{project}/locations/global/workloadIdentityPools/{pool}/providers",
        parameters: POOLS,
        elements: Some(Elements::of(
            "workloadIdentityPoolProviders",
            decodes::<google_iam1::api::WorkloadIdentityPoolProvider>,
        )),
        doing: "listing the providers of",
    },
    Method {
        id: "policyanalyzer.projects.locations.activityTypes.activities.query",
        verb: http::Method::GET,
        api: Api::PolicyAnalyzer,
        path: "/v1/projects/{project}/locations/global/activityTypes/{type}/activities:query",
        parameters: PAGED,
        elements: Some(Elements::of(
            "activities",
            decodes::<google_policyanalyzer1::api::GoogleCloudPolicyanalyzerV1Activity>,
        )),
        doing: "querying the last authentications of",
    },
    Method {
        id: "run.projects.locations.services.revisions.get",
        verb: http::Method::GET,
        api: Api::Run,
        path: "/v2/projects/{project}/locations/{location}/services/{service}/revisions/{revision}",
        parameters: &[],
        elements: None,
        doing: "reading",
    },
    Method {
        id: "logging.entries.list",
        verb: http::Method::POST,
        api: Api::Logging,
        path: "/v2/entries:list",
        parameters: &[],
        // Entries are many: they are checked where they are read, `api/logging.rs`.
        elements: None,
        doing: "listing the log entries of",
    },
    Method {
        id: "bigquery.jobs.query",
        verb: http::Method::POST,
        api: Api::BigQuery,
        path: "/bigquery/v2/projects/{project}/queries",
        parameters: &[],
        elements: None,
        doing: "asking BigQuery for the",
    },
    Method {
        id: "bigquery.jobs.getQueryResults",
        verb: http::Method::GET,
        api: Api::BigQuery,
        path: "/bigquery/v2/projects/{project}/queries/{job}",
        parameters: &[
            "formatOptions.useInt64Timestamp",
            "location",
            "maxResults",
            "pageToken",
            "timeoutMs",
        ],
        elements: None,
        doing: "reading the answer of",
    },
    Method {
        id: "orgpolicy.organizations.policies.getEffectivePolicy",
        verb: http::Method::GET,
        api: Api::OrgPolicy,
        path: "/v2/organizations/{organization}/policies/{constraint}:getEffectivePolicy",
        parameters: &[],
        elements: None,
        doing: "reading the effective policy",
    },
    Method {
        id: "orgpolicy.folders.policies.getEffectivePolicy",
        verb: http::Method::GET,
        api: Api::OrgPolicy,
        path: "/v2/folders/{folder}/policies/{constraint}:getEffectivePolicy",
        parameters: &[],
        elements: None,
        doing: "reading the effective policy",
    },
    Method {
        id: "orgpolicy.projects.policies.getEffectivePolicy",
        verb: http::Method::GET,
        api: Api::OrgPolicy,
        path: "/v2/projects/{project}/policies/{constraint}:getEffectivePolicy",
        parameters: &[],
        elements: None,
        doing: "reading the effective policy",
    },
    Method {
        id: "dataflow.projects.locations.jobs.get",
        verb: http::Method::GET,
        api: Api::Dataflow,
        path: "/v1b3/projects/{project}/locations/{location}/jobs/{job}",
        parameters: &["view"],
        elements: None,
        doing: "reading",
    },
];

/// Returns every method that may be called: the whole allow list.
pub fn all() -> impl Iterator<Item = &'static Method> {
    METHODS.iter().chain(LISTS.iter().map(|list| &list.method))
}

/// Returns the row with that id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Method> {
    all().find(|method| method.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reads that Google has as POST.
    const READING_POSTS: [&str; 6] = [
        // Of statements that are compiled in: `jobs.rs` checks the body.
        "bigquery.jobs.query",
        "cloudresourcemanager.folders.getIamPolicy",
        "cloudresourcemanager.organizations.getIamPolicy",
        "cloudresourcemanager.projects.getIamPolicy",
        "iam.projects.serviceAccounts.getIamPolicy",
        "logging.entries.list",
    ];

    #[test]
    fn pools_and_providers_have_a_quota_of_their_own() {
        let apart = all().filter(|method| method.quota() == Quota::Federation);
        let ids: Vec<&str> = apart.map(|method| method.id).collect();
        let pools = "iam.projects.locations.workloadIdentityPools";
        let expected = [format!("{pools}.list"), format!("{pools}.providers.list")];
        assert_eq!(ids, expected);
    }

    #[test]
    fn every_row_only_reads() {
        let mut posts = Vec::new();
        for method in all() {
            if method.verb == http::Method::POST {
                posts.push(method.id);
            } else {
                assert_eq!(method.verb, http::Method::GET, "{}", method.id);
            }
        }
        posts.sort_unstable();
        assert_eq!(posts, READING_POSTS);
    }
}
