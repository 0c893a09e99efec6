//! Kubernetes service accounts and federated identities that may sign in as an account.

use sa_audit::model::attachment::AttachmentKind;
use sa_audit::model::coverage::{Dataset, Reading};

use crate::support::attachments::{cloud, named};

const USER: &str = "roles/iam.workloadIdentityUser";
const POOL: &str = "//iam.googleapis.com/projects/1001/locations/global/workloadIdentityPools/ci";

#[test]
fn narrow_members_are_workloads_and_everybody_else_is_not() {
    let pool = |rest: &str| format!("principalSet:{POOL}/{rest}");
    let subject = format!("principal:{POOL}/subject/repo:acme/app:ref:refs/heads/main");
    let world = cloud().project("acme-prod").account("app@acme-prod").bind(
        USER,
        &[
            &subject,
            &pool("attribute.repository/acme/site"),
            &pool("*"),
            &pool("group/admins"),
            &pool("namespace/shop"),
            "serviceAccount:acme-prod.svc.id.goog[shop/api]",
            // The same Kubernetes service account in its other form.
            "principal://iam.googleapis.com/projects/1001/locations/global/workloadIdentityPools/acme-prod.svc.id.goog/subject/ns/shop/sa/api",
            // By the project's id it never matches anybody.
            "principal://iam.googleapis.com/projects/acme-prod/locations/global/workloadIdentityPools/acme-prod.svc.id.goog/subject/ns/shop/sa/dead",
            "user:ana@acme.example",
            "group:data@acme.example",
            "serviceAccount:other@acme-prod.iam.gserviceaccount.com",
            "serviceAccount:service-1001@compute-system.iam.gserviceaccount.com",
            "deleted:serviceAccount:gone@acme-prod.iam.gserviceaccount.com?uid=5",
            "allUsers",
        ],
    );
    insta::assert_snapshot!(world.workloads(), @"
    app@acme-prod
      identity repo:acme/app:ref:refs/heads/main of pool ci | federated/principal://iam.googleapis.com/projects/1001/locations/global/workloadIdentityPools/ci/subject/repo:acme/app:ref:refs/heads/main | - |  | High | 1
        principal://iam.googleapis.com/projects/1001/locations/global/workloadIdentityPools/ci/subject/repo:acme/app:ref:refs/heads/main roles/iam.workloadIdentityUser -
      identities with repository acme/site of pool ci | federated/principalSet://iam.googleapis.com/projects/1001/locations/global/workloadIdentityPools/ci/attribute.repository/acme/site | - |  | High | 1
        principalSet://iam.googleapis.com/projects/1001/locations/global/workloadIdentityPools/ci/attribute.repository/acme/site roles/iam.workloadIdentityUser -
      Kubernetes service account shop/api | gke/acme-prod/shop/api | acme-prod |  | High | 2
        principal://iam.googleapis.com/projects/1001/locations/global/workloadIdentityPools/acme-prod.svc.id.goog/subject/ns/shop/sa/api roles/iam.workloadIdentityUser -
        serviceAccount:acme-prod.svc.id.goog[shop/api] roles/iam.workloadIdentityUser -
    ");
}

#[test]
fn five_namespaces_of_a_cluster_are_five_workloads() {
    let members = ["a", "b", "c", "d", "e"]
        .map(|ns| format!("serviceAccount:acme-prod.svc.id.goog[{ns}/default]"));
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let estate = cloud()
        .project("acme-prod")
        .account("app@acme-prod")
        .bind(USER, &members)
        .join();
    let ids: Vec<&str> = estate.accounts[0]
        .workloads
        .iter()
        .map(|workload| workload.id.as_str())
        .collect();
    let expected = ["a", "b", "c", "d", "e"].map(|ns| format!("gke/acme-prod/{ns}/default"));
    assert_eq!(ids, expected);
}

#[test]
fn an_annotation_and_its_binding_are_one_workload() {
    let name = "//container.googleapis.com/projects/acme-prod/locations/l/clusters/c/k8s/namespaces/shop/serviceaccounts/api";
    let annotated =
        named("k8s.io/ServiceAccount", "acme-prod", name).kind(AttachmentKind::RuntimeWi);
    let world = cloud()
        .project("acme-prod")
        .account("app@acme-prod")
        .bind(USER, &["serviceAccount:acme-prod.svc.id.goog[shop/api]"])
        .with(annotated.runs_as("app@acme-prod"));
    insta::assert_snapshot!(world.workloads(), @"
    app@acme-prod
      Kubernetes service account shop/api | gke/acme-prod/shop/api | acme-prod | l | High | 2
        //container.googleapis.com/projects/acme-prod/locations/l/clusters/c/k8s/namespaces/shop/serviceaccounts/api serviceAccount -
        serviceAccount:acme-prod.svc.id.goog[shop/api] roles/iam.workloadIdentityUser -
    ");
}

#[test]
fn a_role_lets_sign_in_by_its_permissions_and_by_its_name_where_they_are_unknown() {
    let member = "serviceAccount:acme-prod.svc.id.goog[shop/api]";
    let token = "iam.serviceAccounts.getAccessToken";
    let custom = "projects/acme-prod/roles/minter";
    let count = |role: &str, known: &[(&str, &str, &[&str])]| {
        let world = cloud()
            .project("acme-prod")
            .account("app@acme-prod")
            .bind(role, &[member]);
        let world = known
            .iter()
            .fold(world, |world, (name, stage, permissions)| {
                world.role(name, stage, permissions)
            });
        world.join().accounts[0].workloads.len()
    };
    assert_eq!(count(USER, &[]), 1);
    assert_eq!(count(custom, &[]), 0);
    assert_eq!(count("roles/iam.serviceAccountViewer", &[]), 0);
    assert_eq!(count(custom, &[(custom, "GA", &[token])]), 1);
    assert_eq!(count(custom, &[(custom, "DISABLED", &[token])]), 0);
    assert_eq!(
        count(custom, &[(custom, "GA", &["iam.serviceAccounts.get"])]),
        0
    );
    assert_eq!(count(USER, &[(USER, "GA", &[token])]), 1);
}

#[test]
fn a_condition_lowers_the_confidence_unless_another_binding_has_none() {
    let member = ["serviceAccount:acme-prod.svc.id.goog[shop/api]"];
    let account = || cloud().project("acme-prod").account("app@acme-prod");
    let confidence = |world: &crate::CloudBuilder| {
        format!("{:?}", world.join().accounts[0].workloads[0].confidence)
    };
    let conditional = account().bind_if(
        USER,
        &member,
        Some("request.time < timestamp('2027-01-01T00:00:00Z')"),
    );
    assert_eq!(confidence(&conditional), "Medium");
    assert_eq!(confidence(&conditional.bind(USER, &member)), "High");
}

#[test]
fn a_member_that_matches_nobody_is_no_workload() {
    let subject = "subject/repo:acme/app:ref:refs/heads/main";
    let by_id = POOL.replace("projects/1001/", "projects/acme-prod/");
    let world = cloud()
        .project("acme-prod")
        .account("app@acme-prod")
        .bind(USER, &[&format!("principal:{by_id}/{subject}")]);
    insta::assert_snapshot!(world.workloads(), @"app@acme-prod");
}

#[test]
fn a_member_whose_pool_is_not_listed_is_doubtful_where_the_list_may_be_behind() {
    let as_of = "2026-11-15T12:00:00Z".parse().expect("a time");
    let table = [
        // Read just now: the pool is not there, and the member matches nobody.
        (Reading::Read, None),
        // Known as of a week ago: the pool may be new, or gone.
        (Reading::Stale { as_of }, Some("Low")),
        (Reading::Denied { permission: None }, Some("High")),
    ];
    for (reading, expected) in table {
        let estate = cloud()
            .project("acme-prod")
            .account("app@acme-prod")
            .bind(USER, &[&format!("principal:{POOL}/subject/repo:acme/app")])
            .reading(Dataset::Federation, reading.clone())
            .join();
        let workloads = estate.accounts[0].workloads.iter();
        let found: Vec<String> = workloads.map(|w| format!("{:?}", w.confidence)).collect();
        let expected: Vec<&str> = expected.into_iter().collect();
        assert_eq!(found, expected, "{reading:?}");
    }
}
