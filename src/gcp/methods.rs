//! Every method of Google's APIs that the client may call: the rows of the allow list (`allow.rs`).
//!
//! A row also says how to check the elements of a page, which API's bucket the call drains, and how to speak of it. To
//! call one more method, add one more row.

use super::apis::Api;
use super::elements::{Elements, decodes, key_in_camel_case};

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

/// Every method that may be called.
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
        parameters: PAGED,
        elements: Some(Elements::of(
            "activities",
            decodes::<google_policyanalyzer1::api::GoogleCloudPolicyanalyzerV1Activity>,
        )),
        doing: "querying the last authentications of",
    },
];

/// Returns the row with that id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_only_reads() {
        for method in METHODS {
            assert_eq!(method.verb, http::Method::GET, "{}", method.id);
        }
    }
}
