//! Recommender: which accounts have been idle for 90 days, and which permissions of a binding were used.
//!
//! Idle accounts are told project by project; the use of bindings is told for the policies of projects, folders and
//! organizations, each for itself. Active insights alone are read: one that was accepted or dismissed is no longer brought
//! up to date.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join;
use futures_util::stream::{self, StreamExt as _};
use serde_json::Value;

use crate::gcp::api::resources;
use crate::gcp::error::Error;
use crate::gcp::paging::Listed;
use crate::model::access::PolicyNode;
use crate::model::coverage::Dataset;
use crate::model::names::{FullResourceName, Member, UniqueId};
use crate::model::project::{Parent, Project};
use crate::model::scope::Scope;
use crate::model::snapshot::Facts;
use crate::model::usage::{AccountInsight, Period, PolicyInsight};

use super::{Asking, Extent};

/// Insights about idle accounts.
const OF_ACCOUNTS: &str = "google.iam.serviceAccount.Insight";

/// Insights about what bindings were used for.
const OF_POLICIES: &str = "google.iam.policy.Insight";

/// Folders and organizations asked about at once; the transport has the last word.
const ABREAST: usize = 32;

/// Returns the insights of `project`, and how each of the two lists was read.
///
/// Nothing is asked about accounts where `inventory` has none; the project's bindings may name accounts of other projects.
///
/// # Errors
/// Where every further call would fail in the same way.
pub(super) async fn of_project(
    asking: Asking<'_>,
    project: &Project,
    inventory: &Facts,
) -> Result<Facts, Error> {
    let method = "recommender.projects.locations.insightTypes.insights.list";
    let place = ("project", project.id.as_str());
    let (accounts, policies) = join(
        async {
            if inventory.accounts.is_empty() {
                None
            } else {
                Some(insights(asking, method, place, OF_ACCOUNTS).await)
            }
        },
        insights(asking, method, place, OF_POLICIES),
    )
    .await;
    let mut facts = Facts::default();
    let scope = Scope::Project(project.id.clone());
    if let Some(listed) = accounts {
        let settled = asking
            .payer
            .settle_service(listed, Some(project), of_account);
        let (insights, reading) = settled?;
        facts.account_insights = insights;
        facts
            .coverage
            .record(scope.clone(), Dataset::AccountInsights, reading);
    }
    let on = PolicyNode::Project(project.id.clone());
    let settled = asking
        .payer
        .settle_service(policies, Some(project), |raw| of_policy(&on, &raw));
    let (insights, reading) = settled?;
    facts.policy_insights = insights;
    facts
        .coverage
        .record(scope, Dataset::PolicyInsights, reading);
    Ok(facts)
}

/// Returns the insights about the bindings on the folders and organizations in scope, and how each list was read.
///
/// # Errors
/// Where every further call would fail in the same way.
pub(super) async fn of_scope(asking: Asking<'_>, extent: &Extent<'_>) -> Result<Facts, Error> {
    let mut answers = stream::iter(&extent.containers)
        .map(|container| async move {
            let (method, place) = match container {
                Parent::Organization(id) => (
                    "recommender.organizations.locations.insightTypes.insights.list",
                    ("organization", id.as_str()),
                ),
                Parent::Folder(id) => (
                    "recommender.folders.locations.insightTypes.insights.list",
                    ("folder", id.as_str()),
                ),
            };
            (
                container,
                insights(asking, method, place, OF_POLICIES).await,
            )
        })
        .buffer_unordered(ABREAST);
    let mut facts = Facts::default();
    while let Some((container, listed)) = answers.next().await {
        let (on, scope) = match container.clone() {
            Parent::Organization(id) => (
                PolicyNode::Organization(id.clone()),
                Scope::Organization(id),
            ),
            Parent::Folder(id) => (PolicyNode::Folder(id.clone()), Scope::Folder(id)),
        };
        let settled = asking
            .payer
            .settle_service(listed, None, |raw| of_policy(&on, &raw));
        let (insights, reading) = settled?;
        facts.policy_insights.extend(insights);
        facts
            .coverage
            .record(scope, Dataset::PolicyInsights, reading);
    }
    Ok(facts)
}

async fn insights(
    asking: Asking<'_>,
    method: &str,
    place: (&str, &str),
    kind: &str,
) -> Listed<Value> {
    resources::list(asking.google, method, &[place, ("type", kind)], &[]).await
}

/// Returns the insight about an idle account; `None` where it makes no sense.
///
/// Its content: `serviceAccountId`, `email`, `lastAuthenticatedTime`
/// (<https://cloud.google.com/policy-intelligence/docs/service-account-insights>).
fn of_account(raw: Value) -> Option<AccountInsight> {
    let content = raw.get("content")?;
    let last_authenticated = match content.get("lastAuthenticatedTime") {
        None | Some(Value::Null) => None,
        Some(time) => Some(time.as_str()?.parse().ok()?),
    };
    Some(AccountInsight {
        account: UniqueId::parse(content.get("serviceAccountId")?.as_str()?).ok()?,
        period: period(&raw),
        last_authenticated,
    })
}

/// Returns the insight about a binding, on `asked` unless it names a resource below; `None` where it makes no sense.
///
/// Its content: `role`, `member`, `condition`, `exercisedPermissions`, `inferredPermissions`
/// (<https://cloud.google.com/policy-intelligence/docs/policy-insights>).
fn of_policy(asked: &PolicyNode, raw: &Value) -> Option<PolicyInsight> {
    let content = raw.get("content")?;
    let text = |field: &str| content.get(field)?.as_str();
    let condition = content
        .pointer("/condition/expression")
        .and_then(Value::as_str)
        .filter(|expression| !expression.is_empty());
    Some(PolicyInsight {
        on: on(asked, raw)?,
        member: Member::parse(text("member")?),
        role: text("role")?.to_owned(),
        condition: condition.map(str::to_owned),
        exercised: permissions(content.get("exercisedPermissions"))?,
        inferred: permissions(content.get("inferredPermissions"))?,
        period: period(raw),
    })
}

/// Returns what the binding is on. Resource Manager's own names are those of what was asked about, by number where it was
/// asked by id; any other resource is one below it.
fn on(asked: &PolicyNode, raw: &Value) -> Option<PolicyNode> {
    let target = raw.pointer("/targetResources/0").and_then(Value::as_str);
    match target {
        Some(target) if !target.starts_with("//cloudresourcemanager.googleapis.com/") => {
            Some(PolicyNode::Resource(FullResourceName::parse(target).ok()?))
        }
        Some(_) | None => Some(asked.clone()),
    }
}

/// Returns the permissions of a list, sorted; a list that is not there is empty, one of another form is none.
fn permissions(list: Option<&Value>) -> Option<Vec<String>> {
    let list = match list {
        None | Some(Value::Null) => return Some(Vec::new()),
        Some(list) => list.as_array()?,
    };
    let named = list
        .iter()
        .map(|element| Some(element.get("permission")?.as_str()?.to_owned()));
    let mut names: Vec<String> = named.collect::<Option<_>>()?;
    names.sort();
    names.dedup();
    Some(names)
}

/// Returns what an insight rests on: it ends with the last refresh.
fn period(raw: &Value) -> Option<Period> {
    let to: DateTime<Utc> = raw.get("lastRefreshTime")?.as_str()?.parse().ok()?;
    let seconds = raw.get("observationPeriod")?.as_str()?.strip_suffix('s')?;
    let seconds: i64 = seconds.split('.').next()?.parse().ok()?;
    let length = TimeDelta::try_seconds(seconds).filter(|length| *length >= TimeDelta::zero())?;
    Some(Period {
        from: to.checked_sub_signed(length)?,
        to,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::names::ProjectId;

    fn asked() -> PolicyNode {
        PolicyNode::Project(ProjectId::parse("acme-prod").expect("a project id"))
    }

    #[test]
    fn a_period_ends_with_the_last_refresh() {
        let of = |length: &str| {
            let raw =
                json!({ "lastRefreshTime": "2026-11-20T07:00:00Z", "observationPeriod": length });
            period(&raw).map(|period| (period.to - period.from).num_seconds())
        };
        assert_eq!(of("19008000s"), Some(19_008_000));
        assert_eq!(of("1.5s"), Some(1));
        for odd in [
            "19008000",
            "-1s",
            "s",
            "99999999999999999999s",
            "9223372036854775807s",
        ] {
            assert_eq!(of(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_binding_of_a_bucket_is_not_one_of_its_project() {
        let insight = |target: &str| {
            let raw = json!({
                "content": {
                    "role": "roles/viewer", "member": "serviceAccount:a@acme-prod.iam.gserviceaccount.com",
                    "condition": { "expression": "", "title": "" },
                    "exercisedPermissions": [{ "permission": "b.c.get" }, { "permission": "a.b.get" }],
                },
                "targetResources": [target],
            });
            of_policy(&asked(), &raw).expect("an insight")
        };
        let of_project = insight("//cloudresourcemanager.googleapis.com/projects/1001");
        assert_eq!(of_project.on, asked());
        assert_eq!(of_project.exercised, ["a.b.get", "b.c.get"]);
        assert_eq!((of_project.condition, of_project.period), (None, None));
        let bucket = "//storage.googleapis.com/projects/_/buckets/acme-raw";
        let name = FullResourceName::parse(bucket).expect("a name");
        assert_eq!(insight(bucket).on, PolicyNode::Resource(name));
    }

    #[test]
    fn what_is_of_another_form_is_no_insight() {
        let of = |content: Value| of_policy(&asked(), &json!({ "content": content })).is_some();
        let member = "user:ana@acme.example";
        assert!(of(json!({ "role": "roles/viewer", "member": member })));
        assert!(!of(json!({ "role": "roles/viewer" })));
        assert!(!of(json!({ "role": 7, "member": member })));
        let odd = json!({ "role": "r", "member": member, "exercisedPermissions": ["a.b.get"] });
        assert!(!of(odd));
        assert!(of_account(json!({ "content": { "serviceAccountId": "101" } })).is_some());
        let odd =
            json!({ "content": { "serviceAccountId": "101", "lastAuthenticatedTime": "soon" } });
        assert!(of_account(odd).is_none());
        assert!(of_account(json!({ "content": { "serviceAccountId": "etl" } })).is_none());
    }
}
