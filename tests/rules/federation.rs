//! The rules about workload identity federation: when they speak, and the near misses.

use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::federation::FederationState;
use sa_audit::model::settings::Settings;
use sa_audit::rules::evaluate;

use crate::access::acme;
use crate::messages::story;
use crate::support::estate::EstateBuilder;
use crate::verdict;

const GITHUB: &str = "https://token.actions.githubusercontent.com";
const GITLAB: &str = "https://gitlab.com";
const OWN: &str = "https://git.acme.example";
const WORKLOAD: &str = "roles/iam.workloadIdentityUser";

fn provider(issuer: &str, condition: &str) -> EstateBuilder {
    let pool = acme().pool("ci", FederationState::Active);
    pool.provider("github", issuer, condition)
}

#[test]
fn a_provider_is_open_or_knows_names_or_is_well() {
    let owner = "assertion.repository_owner == 'acme'";
    let owner_id = "assertion.repository_owner_id == '4711'";
    let table = [
        (provider(GITHUB, ""), "critical/high", "-"),
        (
            provider("https://token.actions.githubusercontent.com/", " "),
            "critical/high",
            "-",
        ),
        (provider(GITLAB, "true"), "critical/high", "-"),
        (
            provider("https://app.terraform.io", "assertion.aud == 'x'"),
            "critical/medium",
            "-",
        ),
        (
            provider(GITHUB, "assertion.ref == 'refs/heads/main'"),
            "critical/medium",
            "-",
        ),
        (provider(GITHUB, owner), "-", "medium/high"),
        (
            provider(GITHUB, "google.subject.startsWith('repo:acme/')"),
            "-",
            "medium/high",
        ),
        (
            provider(GITLAB, "assertion.namespace_path == 'acme'"),
            "-",
            "medium/high",
        ),
        (provider(GITHUB, owner_id), "-", "-"),
        (
            provider(GITHUB, &format!("{owner} && {owner_id}")),
            "-",
            "-",
        ),
        (
            provider(GITLAB, "assertion.namespace_id == '4711'"),
            "-",
            "-",
        ),
        // One tenant; a company's address of GitHub's.
        (provider(OWN, ""), "-", "-"),
        (
            provider("https://token.actions.githubusercontent.com/acme", ""),
            "-",
            "-",
        ),
        // Switched off, or gone.
        (
            provider(GITHUB, "").provider_state(FederationState::Disabled),
            "-",
            "-",
        ),
        (
            provider(GITHUB, "").provider_state(FederationState::Deleted),
            "-",
            "-",
        ),
        (
            provider(GITHUB, "").provider_state(FederationState::Unknown),
            "?",
            "-",
        ),
        (
            provider(GITHUB, owner).provider_state(FederationState::Unknown),
            "-",
            "?",
        ),
        (
            acme()
                .pool("ci", FederationState::Disabled)
                .provider("github", GITHUB, ""),
            "-",
            "-",
        ),
    ];
    for (nth, (estate, open, mutable)) in table.into_iter().enumerate() {
        let estate = estate.build();
        assert_eq!(verdict("wif-provider-open", &estate), open, "row {nth}");
        assert_eq!(
            verdict("wif-condition-mutable", &estate),
            mutable,
            "row {nth}"
        );
    }
}

fn member(kind: &str, project: &str, pool: &str, rest: &str) -> String {
    let pools = format!("projects/{project}/locations/global/workloadIdentityPools");
    format!("{kind}://iam.googleapis.com/{pools}/{pool}/{rest}")
}

#[test]
fn a_whole_pool_is_too_much_and_one_workload_is_the_cure() {
    let number = "100000000001";
    let all = member("principalSet", number, "ci", "*");
    let one = member("principalSet", number, "ci", "attribute.repository_id/4711");
    let subject = member("principal", number, "ci", "subject/4711");
    let gke = member("principalSet", number, "acme-prod.svc.id.goog", "*");
    let table = [
        (acme().account_grant(WORKLOAD, &all), "high/high"),
        (
            acme().account_grant(WORKLOAD, &all).condition("false"),
            "high/medium",
        ),
        (acme().project_grant(WORKLOAD, &all), "high/high"),
        (acme().account_grant(WORKLOAD, &gke), "high/high"),
        (acme().account_grant("roles/unread", &all), "?"),
        (acme().account_grant(WORKLOAD, &one), "-"),
        (acme().account_grant(WORKLOAD, &subject), "-"),
        (acme().account_grant("roles/unread", &one), "-"),
        (acme().project_grant("roles/viewer", &all), "-"),
    ];
    for (nth, (estate, expected)) in table.into_iter().enumerate() {
        assert_eq!(
            verdict("wif-pool-wide-grant", &estate.build()),
            expected,
            "row {nth}"
        );
    }
}

#[test]
fn a_member_is_dead_where_its_pool_cannot_be() {
    let number = "100000000001";
    let with = |project: &str, pool: &str| {
        let member = member("principal", project, pool, "subject/4711");
        acme()
            .account_grant(WORKLOAD, &member)
            .pool("ci", FederationState::Active)
            .pool("off", FederationState::Disabled)
            .pool("gone", FederationState::Deleted)
    };
    let denied = Reading::Denied { permission: None };
    let table = [
        (with("acme-prod", "ci"), "low/high"),
        (with(number, "never"), "low/high"),
        (with(number, "gone"), "low/high"),
        (with(number, "ci"), "-"),
        (with(number, "off"), "-"),
        // Another project's pool; one that could not be listed; one of GKE's.
        (with("100000000099", "never"), "-"),
        (
            with(number, "never").reading(Dataset::Federation, denied),
            "-",
        ),
        (with(number, "acme-prod.svc.id.goog"), "-"),
    ];
    for (nth, (estate, expected)) in table.into_iter().enumerate() {
        assert_eq!(
            verdict("wif-member-dead", &estate.build()),
            expected,
            "row {nth}"
        );
    }
    // Asset Inventory may be a week behind: a pool that it does not list may be new, and no role is to be taken away.
    let stale = Reading::Stale {
        as_of: "2026-11-15T12:00:00Z".parse().expect("a time"),
    };
    let estate = with(number, "never")
        .reading(Dataset::Federation, stale)
        .build();
    assert_eq!(verdict("wif-member-dead", &estate), "?");
    let undecided = evaluate(&estate, &Settings::default()).undecided;
    let [only] = undecided.as_slice() else {
        panic!("one question: {undecided:?}");
    };
    assert_eq!(only.rule, "wif-member-dead");
    assert_eq!(
        only.reason.to_string(),
        "whether pool never of acme-prod exists is not known: it was not there as of 2026-11-15, and may have been made since"
    );
}

#[test]
fn what_is_said_of_federation() {
    let all = member("principalSet", "100000000001", "ci", "*");
    let dead = member("principal", "acme-prod", "ci", "subject/4711");
    insta::assert_snapshot!(story("wif-provider-open", provider(GITHUB, "")), @"
    Critical, confidence High: takes the tokens of all of GitHub Actions without a condition
      no attribute condition [iam.projects.locations.workloadIdentityPools.providers.list]
      → restrict github
    ");
    insta::assert_snapshot!(story("wif-provider-open", provider(GITHUB, "assertion.ref == 'refs/heads/main'")), @"
    Critical, confidence Medium: takes the tokens of all of GitHub Actions under the condition assertion.ref == 'refs/heads/main', which every tenant can meet
      attribute condition assertion.ref == 'refs/heads/main' [iam.projects.locations.workloadIdentityPools.providers.list]
      → restrict github
    ");
    insta::assert_snapshot!(story("wif-condition-mutable", provider(GITHUB, "assertion.repository_owner == 'acme'")), @"
    Medium, confidence High: knows the tenants of GitHub Actions by name, assertion.repository_owner == 'acme', and a name that is given up can be taken by somebody else; an id such as repository_owner_id cannot
      attribute condition assertion.repository_owner == 'acme' [iam.projects.locations.workloadIdentityPools.providers.list]
      → restrict github
    ");
    insta::assert_snapshot!(story("wif-pool-wide-grant", acme().account_grant(WORKLOAD, &all)), @"
    High, confidence High: lets principalSet://iam.googleapis.com/projects/100000000001/locations/global/workloadIdentityPools/ci/* act as it, by roles/iam.workloadIdentityUser
      principalSet://iam.googleapis.com/projects/100000000001/locations/global/workloadIdentityPools/ci/* holds roles/iam.workloadIdentityUser on account etl@acme-prod.iam.gserviceaccount.com [iam.projects.serviceAccounts.getIamPolicy]
      → narrow roles/iam.workloadIdentityUser of principalSet://iam.googleapis.com/projects/100000000001/locations/global/workloadIdentityPools/ci/*
    ");
    insta::assert_snapshot!(story("wif-member-dead", acme().account_grant(WORKLOAD, &dead)), @"
    Low, confidence High: gives roles/iam.workloadIdentityUser to principal://iam.googleapis.com/projects/acme-prod/locations/global/workloadIdentityPools/ci/subject/4711, which never matches: its project is written as acme-prod, and only the project's number ever matches
      principal://iam.googleapis.com/projects/acme-prod/locations/global/workloadIdentityPools/ci/subject/4711 holds roles/iam.workloadIdentityUser on account etl@acme-prod.iam.gserviceaccount.com [iam.projects.serviceAccounts.getIamPolicy]
      → review roles/iam.workloadIdentityUser of principal://iam.googleapis.com/projects/acme-prod/locations/global/workloadIdentityPools/ci/subject/4711, revoke roles/iam.workloadIdentityUser from principal://iam.googleapis.com/projects/acme-prod/locations/global/workloadIdentityPools/ci/subject/4711
    ");
}
