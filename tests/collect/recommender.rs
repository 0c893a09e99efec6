//! Recommender's insights: as the API lists them → what the snapshot holds of them.

use sa_audit::emulator::{Fault, FaultKind};
use sa_audit::model::snapshot::Snapshot;
use serde_json::{Value, json};

use crate::gaps;
use crate::support::cloud::{CloudBuilder, cloud, unique_id};
use crate::support::emulator::{Scan, folder};

const ACCOUNTS: &str = "google.iam.serviceAccount.Insight";
const POLICIES: &str = "google.iam.policy.Insight";
const MEMBER: &str = "serviceAccount:etl@acme-prod.iam.gserviceaccount.com";

fn insight(cloud: CloudBuilder, on: &str, kind: &str, state: &str, content: Value) -> CloudBuilder {
    let collection = format!("{on}/locations/global/insightTypes/{kind}/insights");
    let insight = json!({
        "name": format!("{collection}/1"), "content": content, "stateInfo": { "state": state },
        "lastRefreshTime": "2026-11-20T07:00:00Z", "observationPeriod": "7776000s",
        "targetResources": [format!("//cloudresourcemanager.googleapis.com/{on}")],
    });
    cloud.element(&format!("recommender.googleapis.com/{collection}"), insight)
}

fn binding(role: &str, exercised: &[&str]) -> Value {
    let listed = |names: &[&str]| {
        let each = names.iter().map(|name| json!({ "permission": name }));
        each.collect::<Vec<_>>()
    };
    json!({
        "role": role, "member": MEMBER,
        "condition": { "expression": "request.time < timestamp(\"2027-01-01T00:00:00Z\")", "title": "" },
        "exercisedPermissions": listed(exercised), "inferredPermissions": listed(&["storage.objects.get"]),
    })
}

/// A project in a folder: an idle account, another insight that was dismissed, and bindings on each level.
fn acme() -> CloudBuilder {
    let cloud = cloud()
        .folder("11", "organizations/4711")
        .project("acme-prod")
        .account("etl")
        .account("idle");
    let of = |nth| json!({ "serviceAccountId": unique_id(nth), "email": "etl", "lastAuthenticatedTime": "2026-02-01T07:00:00Z" });
    let cloud = insight(cloud, "projects/acme-prod", ACCOUNTS, "ACTIVE", of(2));
    let cloud = insight(cloud, "projects/acme-prod", ACCOUNTS, "DISMISSED", of(1));
    let used = ["storage.objects.get", "storage.buckets.get"];
    let roles = [
        ("projects/acme-prod", "roles/storage.admin"),
        ("folders/11", "roles/viewer"),
        ("organizations/4711", "roles/browser"),
    ];
    roles.into_iter().fold(cloud, |cloud, (on, role)| {
        insight(cloud, on, POLICIES, "ACTIVE", binding(role, &used))
    })
}

fn told(snapshot: &Snapshot) -> String {
    let facts = &snapshot.facts;
    let accounts = facts
        .account_insights
        .iter()
        .map(|insight| format!("{insight:?}"));
    let policies = facts.policy_insights.iter().map(|insight| {
        let (used, inferred) = (insight.exercised.join(" "), insight.inferred.join(" "));
        format!(
            "{} on {}: used {used}, inferred {inferred}",
            insight.role,
            insight.on.full_name()
        )
    });
    accounts.chain(policies).collect::<Vec<_>>().join("\n")
}

#[tokio::test(start_paused = true)]
async fn insights_are_read_for_every_level_in_scope() {
    let scan = Scan::of(&acme().build()).usage(&["recommender"]);
    let snapshot = scan.take().await.expect("a snapshot");
    assert_eq!(gaps(&snapshot), "");
    insta::assert_snapshot!(told(&snapshot), @r#"
    AccountInsight { account: UniqueId("110000000000000000002"), period: Some(Period { from: 2026-08-22T07:00:00Z, to: 2026-11-20T07:00:00Z }), last_authenticated: Some(2026-02-01T07:00:00Z) }
    roles/browser on //cloudresourcemanager.googleapis.com/organizations/4711: used storage.buckets.get storage.objects.get, inferred storage.objects.get
    roles/viewer on //cloudresourcemanager.googleapis.com/folders/11: used storage.buckets.get storage.objects.get, inferred storage.objects.get
    roles/storage.admin on //cloudresourcemanager.googleapis.com/projects/acme-prod: used storage.buckets.get storage.objects.get, inferred storage.objects.get
    "#);
    let insight = &snapshot.facts.policy_insights[0];
    assert_eq!(insight.member.as_str(), MEMBER);
    let condition = insight.condition.as_deref().expect("a condition");
    assert!(condition.starts_with("request.time"), "{condition}");
}

#[tokio::test(start_paused = true)]
async fn what_stands_above_the_scope_is_not_asked() {
    let scan = Scan::of(&acme().build())
        .usage(&["recommender"])
        .roots([folder("11")]);
    let snapshot = scan.take().await.expect("a snapshot");
    let organizations = "recommender.organizations.locations.insightTypes.insights.list";
    let folders = "recommender.folders.locations.insightTypes.insights.list";
    assert_eq!(scan.calls().get(organizations), None);
    assert_eq!(scan.calls().get(folders), Some(&1));
    assert_eq!(snapshot.facts.policy_insights.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn each_list_that_cannot_be_read_is_a_gap_of_its_own() {
    let denied = |permission: &str, path: &str| {
        let kind = FaultKind::PermissionDenied {
            permission: permission.to_owned(),
        };
        Fault::on("recommender.*", kind).path(path)
    };
    let scan = Scan::of(&acme().build())
        .usage(&["recommender"])
        .fault(denied(
            "recommender.iamServiceAccountInsights.list",
            "*serviceAccount.Insight*",
        ))
        .fault(denied(
            "recommender.iamPolicyInsights.list",
            "*/folders/11/*",
        ));
    let snapshot = scan.take().await.expect("a snapshot");
    insta::assert_snapshot!(gaps(&snapshot), @r#"
    folder 11, PolicyInsights: Denied { permission: Some("recommender.iamPolicyInsights.list") }
    project acme-prod, AccountInsights: Denied { permission: Some("recommender.iamServiceAccountInsights.list") }
    "#);
    assert_eq!(snapshot.facts.policy_insights.len(), 2);

    let disabled = FaultKind::ApiDisabled {
        service: "recommender.googleapis.com".to_owned(),
        consumer: "projects/99".to_owned(),
    };
    let scan = Scan::of(&acme().build())
        .usage(&["recommender"])
        .fault(Fault::on("recommender.*", disabled));
    let snapshot = scan.take().await.expect("the scan goes on without it");
    assert_eq!(gaps(&snapshot).lines().count(), 4, "{}", gaps(&snapshot));
}
