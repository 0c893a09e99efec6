//! Policy Analyzer, v1: when service accounts and keys last authenticated.

use google_policyanalyzer1::api::GoogleCloudPolicyanalyzerV1Activity;

use crate::gcp::google::Google;
use crate::gcp::paging::{self, Listed, Page};

/// Activities per page; Google gives at most 1,000.
const PAGE_SIZE: i32 = 1_000;

/// What an activity is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActivityType {
    /// The last authentication of each service account.
    ServiceAccountLastAuthentication,
    /// The last authentication of each service account key.
    ServiceAccountKeyLastAuthentication,
}

impl ActivityType {
    /// Returns the name that stands in the address.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ServiceAccountLastAuthentication => "serviceAccountLastAuthentication",
            Self::ServiceAccountKeyLastAuthentication => "serviceAccountKeyLastAuthentication",
        }
    }
}

/// Returns the activities of a project: a row per account or key that Policy Analyzer knows.
///
/// `project` is a project id or number. A row without `lastAuthenticatedTime` was not seen in its own observation
/// period; an account or key without a row is unknown, not unused. Source:
/// `policyanalyzer.projects.locations.activityTypes.activities.query`.
pub async fn activities(
    google: &Google,
    project: &str,
    activity: ActivityType,
) -> Listed<GoogleCloudPolicyanalyzerV1Activity> {
    let name = format!(
        "projects/{project}/locations/global/activityTypes/{}",
        activity.name()
    );
    paging::all(
        "policyanalyzer.projects.locations.activityTypes.activities.query",
        &name,
        |token| {
            let mut call = google
                .policy_analyzer()
                .projects()
                .locations_activity_types_activities_query(&name)
                .page_size(PAGE_SIZE);
            if let Some(token) = token {
                call = call.page_token(&token);
            }
            async {
                let (response, page) = call.doit().await?;
                Ok(Page::of(&response, page.activities, page.next_page_token))
            }
        },
    )
    .await
}
