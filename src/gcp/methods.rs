//! Every method of Google's APIs that the client may call: the rows of the allow list (`allow.rs`).
//!
//! A row also says how to check the elements of a page, which API's bucket the call drains, and how to speak of it. To
//! call one more method, add one more row.

use super::apis::Api;
use super::elements::{Elements, decodes, key_in_camel_case};
use super::lists::LISTS;

/// One method of a Google API that may be called.
#[derive(Debug)]
pub struct Method {
    /// The id in Google's discovery document, such as `iam.projects.serviceAccounts.list`.
    pub id: &'static str,
    /// The HTTP verb.
    pub verb: http::Method,
    /// The API, which decides host, endpoint override and token bucket.
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

const PAGED: &[&str] = &["pageSize", "pageToken"];
const CHILDREN: &[&str] = &["parent", "pageSize", "pageToken", "showDeleted"];
const SEARCH: &[&str] = &["query", "pageSize", "pageToken"];

/// The methods that have a hub, or a form of their own. The lists of resources stand in `lists.rs`.
pub static METHODS: &[Method] = &[
    Method {
        id: "cloudresourcemanager.projects.search",
        verb: http::Method::GET,
        api: Api::ResourceManager,
        path: "/v3/projects:search",
        parameters: SEARCH,
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
        parameters: CHILDREN,
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
        id: "cloudresourcemanager.folders.list",
        verb: http::Method::GET,
        api: Api::ResourceManager,
        path: "/v3/folders",
        parameters: CHILDREN,
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
        id: "cloudresourcemanager.organizations.search",
        verb: http::Method::GET,
        api: Api::ResourceManager,
        path: "/v3/organizations:search",
        parameters: SEARCH,
        elements: Some(Elements::of(
            "organizations",
            decodes::<google_cloudresourcemanager3::api::Organization>,
        )),
        doing: "searching organizations",
    },
    Method {
        id: "cloudresourcemanager.organizations.get",
        verb: http::Method::GET,
        api: Api::ResourceManager,
        path: "/v3/organizations/{organization}",
        parameters: &[],
        elements: None,
        doing: "reading",
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
        id: "policyanalyzer.projects.locations.activityTypes.activities.query",
        verb: http::Method::GET,
        api: Api::PolicyAnalyzer,
        path: "/v1/projects/{project}/locations/global/activityTypes/{type}/activities:query",
        parameters: &["filter", "pageSize", "pageToken"],
        elements: Some(Elements::of(
            "activities",
            decodes::<google_policyanalyzer1::api::GoogleCloudPolicyanalyzerV1Activity>,
        )),
        doing: "querying the last authentications of",
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

    #[test]
    fn every_row_only_reads() {
        for method in all() {
            assert_eq!(method.verb, http::Method::GET, "{}", method.id);
        }
    }
}
