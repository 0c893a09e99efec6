//! Organization policies: what both routes tell of `retail`, how few calls it takes, and what a refusal leaves.

use std::collections::BTreeSet;

use sa_audit::collect::assets::Via;
use sa_audit::emulator::{Estate, Fault, FaultKind};
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::org_policy::{Constraint, OrgPolicy};
use sa_audit::model::snapshot::Snapshot;
use sa_audit::report::Report;
use serde_json::json;

use crate::support::cloud::{CloudBuilder, cloud};
use crate::support::emulator::{Scan, folder, named, project, report};

const HOST: &str = "orgpolicy.googleapis.com";

async fn taken(scan: &Scan) -> Snapshot {
    scan.take().await.expect("a snapshot")
}

fn told(policies: &[OrgPolicy]) -> String {
    let lines = policies.iter().map(|policy| {
        let tags = if policy.conditional { ", by tags" } else { "" };
        let place = policy.on.full_name().to_string();
        let place = place.trim_start_matches("//cloudresourcemanager.googleapis.com/");
        format!(
            "{place} {}: {:?}{tags}",
            policy.constraint.name(),
            policy.effect
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test(start_paused = true)]
async fn both_routes_tell_what_is_in_force_at_the_top_and_where_something_is_set() {
    let estate = named("retail");
    let listed = taken(&Scan::of(&estate).without_usage()).await;
    let assets = taken(&Scan::of(&estate).via(Via::AssetInventory).without_usage()).await;
    assert_eq!(listed.facts.org_policies, assets.facts.org_policies);
    insta::assert_snapshot!(told(&listed.facts.org_policies), @r#"
    organizations/482913075566 iam.disableServiceAccountKeyCreation: NotEnforced
    organizations/482913075566 iam.managed.disableServiceAccountKeyCreation: NotEnforced
    organizations/482913075566 iam.disableServiceAccountKeyUpload: Enforced
    organizations/482913075566 iam.managed.disableServiceAccountKeyUpload: NotEnforced
    organizations/482913075566 iam.serviceAccountKeyExposureResponse: Values { allowed: ["WAIT_FOR_ABUSE"], denied: [] }
    organizations/482913075566 iam.automaticIamGrantsForDefaultServiceAccounts: NotEnforced
    organizations/482913075566 iam.managed.preventPrivilegedBasicRolesForDefaultServiceAccounts: NotEnforced
    organizations/482913075566 iam.disableCrossProjectServiceAccountUsage: NotEnforced
    organizations/482913075566 iam.workloadIdentityPoolProviders: AllowAll
    folders/850558236563 iam.disableServiceAccountKeyUpload: Enforced, by tags
    folders/864083674816 iam.managed.disableServiceAccountKeyCreation: Enforced
    projects/oddbasket-tf-admin iam.managed.disableServiceAccountKeyCreation: NotEnforced
    "#);
}

#[tokio::test(start_paused = true)]
async fn a_project_alone_has_what_stands_above_it() {
    let estate = named("retail");
    for scan in [
        Scan::of(&estate).roots([project("oddbasket-tf-admin")]),
        Scan::of(&estate)
            .roots([folder("157466846941")])
            .via(Via::Auto),
    ] {
        let snapshot = taken(&scan.without_usage()).await;
        let report = report(&snapshot);
        let findings = report.findings().map(|f| &f.finding);
        let gaps: BTreeSet<String> = findings
            .filter(|finding| finding.rule == "org-policy-gap")
            .map(|finding| finding.subject.scope().to_string())
            .collect();
        assert!(gaps.contains("project oddbasket-tf-admin"), "{gaps:?}");
        assert!(gaps.contains("organization 482913075566"), "{gaps:?}");
    }
}

/// A project in a folder of an organization that enforces one constraint, which the folder undoes.
fn acme() -> CloudBuilder {
    let policy = |owner: &str, enforce: bool| {
        json!({
            "name": format!("{owner}/policies/iam.disableServiceAccountKeyUpload"), "spec": { "rules": [{ "enforce": enforce }] },
        })
    };
    cloud()
        .folder("11", "organizations/4711")
        .project("acme-prod")
        .account("etl")
        .element(
            &format!("{HOST}/organizations/4711/policies"),
            policy("organizations/4711", true),
        )
        .element(
            &format!("{HOST}/folders/11/policies"),
            policy("folders/11", false),
        )
}

fn denied(method: &str, permission: &str) -> Fault {
    Fault::on(
        method,
        FaultKind::PermissionDenied {
            permission: permission.to_owned(),
        },
    )
}

/// Returns where keys may be uploaded, and the gaps with the rules that they keep from being evaluated.
fn said(report: &Report) -> (Vec<String>, Vec<String>) {
    let findings = report.findings().map(|f| &f.finding);
    let uploads = findings
        .filter(|f| f.rule == "org-policy-gap" && f.message.to_string().contains("be uploaded"))
        .map(|f| f.subject.scope().to_string());
    let gaps = report.not_evaluated.iter().filter(|entry| entry.is_gap());
    let gaps = gaps.map(|gap| {
        let hint = gap.hint.as_ref().map(|hint| hint.here.to_string());
        format!(
            "{} {:?} {}: {}",
            gap.scope,
            gap.dataset,
            gap.rules.join(" "),
            hint.unwrap_or_default()
        )
    });
    (uploads.collect(), gaps.collect())
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_is_a_gap_there_and_decides_nothing_below() {
    let of = async |estate: &Estate, fault: Option<Fault>| {
        let scan = Scan::of(estate).without_usage();
        let scan = match fault {
            Some(fault) => scan.fault(fault),
            None => scan,
        };
        let snapshot = taken(&scan).await;
        said(&report(&snapshot))
    };
    let estate = acme().build();
    let hint = |scope: &str| {
        vec![format!(
            "{scope} OrgPolicies org-policy-gap: grant the caller roles/orgpolicy.policyViewer on {scope}, then scan again"
        )]
    };
    let folder = vec!["folder 11".to_owned()];
    assert_eq!(of(&estate, None).await, (folder.clone(), Vec::new()));

    let list = denied("orgpolicy.folders.policies.list", "orgpolicy.policies.list");
    assert_eq!(
        of(&estate, Some(list)).await,
        (Vec::new(), hint("folder 11"))
    );
    let effective = denied(
        "orgpolicy.folders.policies.getEffectivePolicy",
        "orgpolicy.policy.get",
    );
    assert_eq!(
        of(&estate, Some(effective)).await,
        (Vec::new(), hint("folder 11"))
    );
    let own = denied(
        "orgpolicy.projects.policies.list",
        "orgpolicy.policies.list",
    );
    assert_eq!(
        of(&estate, Some(own)).await,
        (Vec::new(), hint("project acme-prod"))
    );
    // Each place tells its own: where the organization tells nothing, the folder still does.
    let top = denied(
        "orgpolicy.organizations.policies.list",
        "orgpolicy.policies.list",
    );
    let (uploads, gaps) = of(&estate, Some(top)).await;
    assert_eq!(gaps, hint("organization 4711"));
    // The managed constraint is set nowhere below, so that whether it keeps uploads out is not known.
    assert_eq!(uploads, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn an_api_that_is_off_is_a_gap_and_ends_no_scan() {
    let off = FaultKind::ApiDisabled {
        service: HOST.to_owned(),
        consumer: "projects/1001".to_owned(),
    };
    let scan = Scan::of(&acme().build()).without_usage();
    let snapshot = taken(&scan.fault(Fault::on("orgpolicy.*", off))).await;
    let gaps = snapshot.facts.coverage.gaps();
    let gaps: Vec<(String, Dataset)> = gaps
        .map(|(scope, dataset, reading)| {
            assert!(
                matches!(reading, Reading::ApiDisabled { .. }),
                "{reading:?}"
            );
            (scope.to_string(), dataset)
        })
        .collect();
    let all = ["organization 4711", "folder 11", "project acme-prod"];
    assert_eq!(
        gaps,
        all.map(|scope| (scope.to_owned(), Dataset::OrgPolicies))
    );
    assert_eq!(snapshot.facts.accounts.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_project_without_anything_above_it_is_its_own_top() {
    let estate = cloud().project("acme-prod").account("etl").build();
    let mut estate = serde_json::to_value(&estate).expect("JSON");
    let projects = "cloudresourcemanager.googleapis.com/projects";
    estate["resources"][projects][0]
        .as_object_mut()
        .expect("a project")
        .remove("parent");
    let estate: Estate = serde_json::from_value(estate).expect("an estate");
    let scan = Scan::of(&estate)
        .roots([project("acme-prod")])
        .without_usage();
    let snapshot = taken(&scan).await;
    let on: BTreeSet<String> = snapshot
        .facts
        .org_policies
        .iter()
        .map(|policy| policy.on.full_name().to_string())
        .collect();
    assert_eq!(on.len(), 1, "{on:?}");
    assert_eq!(snapshot.facts.org_policies.len(), Constraint::ALL.len());
}
