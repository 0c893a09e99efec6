//! Live keys, by the place that they are used in.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use sa_audit::model::estate::Estate;
use sa_audit::model::federation::FederationState;
use sa_audit::model::names::Email;
use sa_audit::model::place::PlaceKind;
use sa_audit::model::plan::NewAccount;
use sa_audit::model::rule::Confidence;
use sa_audit::model::settings::Settings;
use sa_audit::model::usage::WhyUnknown;
use sa_audit::plan::index::Index;
use sa_audit::plan::{Context, Lookup, federate};
use sa_audit::rules::evaluate;

use crate::support::callers::call;
use crate::support::estate::{EstateBuilder, KeyBuilder, estate, key};
use crate::{ETL, from, planned, planned_with, told};

const GITHUB: &str = "https://token.actions.githubusercontent.com";

/// Returns an account with a role of `BigQuery` and an old key in use.
fn used_by(key: KeyBuilder) -> EstateBuilder {
    estate()
        .project("acme-prod")
        .role("roles/bigquery.user", &["bigquery.jobs.create"])
        .account("etl")
        .project_grant("roles/bigquery.user", &format!("serviceAccount:{ETL}"))
        .key(key)
}

fn old() -> KeyBuilder {
    key().id("4f1c").age_days(400).seen_days_ago(2)
}

fn in_place(kind: PlaceKind, name: &str) -> Estate {
    used_by(old().caller(from(kind, name))).build()
}

#[test]
fn github_signs_in_by_federation_and_is_given_the_roles_itself() {
    assert_snapshot!(planned(&in_place(PlaceKind::Ci, "GitHub Actions")), @"
    etl@acme-prod
     1 Replace: pool github-actions in acme-prod | key-active, key-old
     2 Replace: provider github-actions/github-actions in acme-prod of https://token.actions.githubusercontent.com where assertion.repository_owner_id Equals $github_owner_id | key-active, key-old
     3 Replace: grant roles/bigquery.user on acme-prod to 100000000001/github-actions repository_id $github_repository_id (Copied) | key-active, key-old
     4 Switch: federate 4f1c by github-actions/github-actions as itself | after 10 min (Propagation) | then silent | key-active, key-old
     5 Disable: alert on key 4f1c | key-active, key-old
     6 Disable: disable key 4f1c | after 30 d (BusinessCycle) | if key not used since 2026-11-22 | then silent | key-active, key-old
     7 Delete: delete key 4f1c | after 30 d (BusinessCycle) | if key disabled | key-active, key-old
     8 Guard: enforce iam.disableServiceAccountKeyCreation on acme-prod | key-active, key-old
     9 Guard: enforce iam.disableServiceAccountKeyUpload on acme-prod | key-active, key-old
     ? github_owner_id ^[0-9]+$
     ? github_repository_id ^[0-9]+$
     ! roles that etl@acme-prod.iam.gserviceaccount.com has through a group are not seen, and are not given to the federated identity
     ! a disabled key mints no more tokens, and those that it has minted live on for an hour, or for up to twelve where the organization allows it: only disabling the account ends them at once
    ");
}

/// What takes no federated identity, or may not, is called as the account.
#[test]
fn a_caller_of_cloud_storage_impersonates_the_account() {
    let storage = call(ETL).at(PlaceKind::Ci, "GitHub Actions", Confidence::High);
    assert_snapshot!(planned(&used_by(old().caller(storage)).build()), @"
    etl@acme-prod
     1 Replace: pool github-actions in acme-prod | key-active, key-old
     2 Replace: provider github-actions/github-actions in acme-prod of https://token.actions.githubusercontent.com where assertion.repository_owner_id Equals $github_owner_id | key-active, key-old
     3 Replace: grant roles/iam.workloadIdentityUser on etl@acme-prod to 100000000001/github-actions repository_id $github_repository_id | key-active, key-old
     4 Switch: federate 4f1c by github-actions/github-actions as etl@acme-prod, since it calls Cloud Storage, which takes one only for buckets with uniform access, which was not read, and signs no URLs for it | after 10 min (Propagation) | then silent | key-active, key-old
     5 Disable: alert on key 4f1c | key-active, key-old
     6 Disable: disable key 4f1c | after 30 d (BusinessCycle) | if key not used since 2026-11-22 | then silent | key-active, key-old
     7 Delete: delete key 4f1c | after 30 d (BusinessCycle) | if key disabled | key-active, key-old
     8 Guard: enforce iam.disableServiceAccountKeyCreation on acme-prod | key-active, key-old
     9 Guard: enforce iam.disableServiceAccountKeyUpload on acme-prod | key-active, key-old
     ? github_owner_id ^[0-9]+$
     ? github_repository_id ^[0-9]+$
     ! a disabled key mints no more tokens, and those that it has minted live on for an hour, or for up to twelve where the organization allows it: only disabling the account ends them at once
    ");
}

#[test]
fn what_the_roles_lead_to_counts_and_what_is_not_known_too() {
    let why = |estate: EstateBuilder| {
        let text = planned(&estate.build());
        let line = text
            .lines()
            .find(|line| line.contains(" as etl@acme-prod, since "));
        let why = line.and_then(|line| line.split(", since ").nth(1));
        why.and_then(|why| why.split(" | ").next())
            .map(str::to_owned)
    };
    let github = || used_by(old().caller(from(PlaceKind::Ci, "GitHub Actions")));
    let member = format!("serviceAccount:{ETL}");
    assert_eq!(why(github()), None);
    let invoker = github()
        .role("roles/run.invoker", &["run.jobs.run", "run.routes.invoke"])
        .project_grant("roles/run.invoker", &member);
    assert_eq!(
        why(invoker).as_deref(),
        Some(
            "roles/run.invoker lets it use calling Cloud Run services, which takes no federated identity"
        )
    );
    let unknown = github().project_grant("projects/acme-prod/roles/gone", &member);
    assert_eq!(
        why(unknown).as_deref(),
        Some("what projects/acme-prod/roles/gone gives is not known")
    );
    let itself = github()
        .role(
            "roles/iam.serviceAccountTokenCreator",
            &["iam.serviceAccounts.signBlob"],
        )
        .account_grant("roles/iam.serviceAccountTokenCreator", &member);
    assert_eq!(
        why(itself).as_deref(),
        Some("the account holds a role on itself, by which it signs or mints tokens")
    );
}

#[test]
fn an_existing_provider_that_asks_for_an_id_is_used() {
    let mut estate = used_by(old().caller(from(PlaceKind::Ci, "GitHub Actions")))
        .project("acme-ci")
        // Neither is right: everybody's, and one by a name.
        .pool("any", FederationState::Active)
        .provider("any", GITHUB, "")
        .pool("names", FederationState::Active)
        .provider("names", GITHUB, "assertion.repository_owner == 'acme'")
        .pool("off", FederationState::Disabled)
        .provider("ids", GITHUB, "assertion.repository_owner_id == '1'")
        .pool("right", FederationState::Active)
        .provider("ids", GITHUB, "assertion.repository_owner_id == '1'")
        .build();
    for pool in &mut estate.pools {
        let made = "assertion.repository_id".to_owned();
        pool.providers[0]
            .mapping
            .insert("attribute.repo".to_owned(), made);
    }
    assert_snapshot!(planned(&estate), @"
    etl@acme-prod
     1 Replace: grant roles/bigquery.user on acme-prod to 100000000002/right repo $github_repository_id (Copied) | key-active, key-old
     2 Switch: federate 4f1c by right/ids as itself | after 10 min (Propagation) | then silent | key-active, key-old
     3 Disable: alert on key 4f1c | key-active, key-old
     4 Disable: disable key 4f1c | after 30 d (BusinessCycle) | if key not used since 2026-11-22 | then silent | key-active, key-old
     5 Delete: delete key 4f1c | after 30 d (BusinessCycle) | if key disabled | key-active, key-old
     6 Guard: enforce iam.disableServiceAccountKeyCreation on acme-prod | key-active, key-old
     7 Guard: enforce iam.disableServiceAccountKeyUpload on acme-prod | key-active, key-old
     ? github_repository_id ^[0-9]+$
     ! provider ids of pool right exists in acme-ci and is used: see that the caller meets its condition, assertion.repository_owner_id == '1'
     ! roles that etl@acme-prod.iam.gserviceaccount.com has through a group are not seen, and are not given to the federated identity
     ! a disabled key mints no more tokens, and those that it has minted live on for an hour, or for up to twelve where the organization allows it: only disabling the account ends them at once
    ");
}

/// The settings name the project, and the id of its pool is taken.
#[test]
fn a_new_pool_takes_no_id_that_is_held() {
    let estate = used_by(old().caller(from(PlaceKind::Ci, "GitHub Actions")))
        .project("acme-identity")
        .pool("github-actions", FederationState::Deleted)
        .build();
    let mut settings = Settings::default();
    settings.plans.pool_project = Some("acme-identity".parse().expect("a project id"));
    let text = planned_with(&estate, &settings);
    let pools: Vec<&str> = text
        .lines()
        .filter(|line| line.contains(" pool "))
        .collect();
    assert_snapshot!(pools.join("\n"), @" 1 Replace: pool github-actions-df7d0d in acme-identity | key-active, key-old");
    settings.plans.pool_project = Some("acme-unseen".parse().expect("a project id"));
    let text = planned_with(&estate, &settings);
    let unknown: Vec<&str> = text.lines().filter(|line| line.starts_with(" ?")).collect();
    assert_snapshot!(unknown.join("\n"), @"
    ? github_owner_id ^[0-9]+$
    ? github_repository_id ^[0-9]+$
    ? pool_project_number ^[0-9]+$
    ");
}

#[test]
fn every_platform_has_its_issuer_and_a_condition_on_ids() {
    let mut all = String::new();
    for (kind, name) in [
        (PlaceKind::Ci, "GitLab"),
        (PlaceKind::Ci, "gitlab.com"),
        (PlaceKind::Ci, "HCP Terraform"),
        (PlaceKind::OtherCloud, "AWS"),
        (PlaceKind::OtherCloud, "Azure"),
        (PlaceKind::OtherCloud, "EKS"),
    ] {
        let text = planned(&in_place(kind, name));
        let told = text.lines().filter(|line| {
            line.contains(" provider ") || line.contains(" grant ") || line.starts_with(" ?")
        });
        all.push_str(&format!("{name}\n"));
        all.extend(told.map(|line| format!("{line}\n")));
    }
    assert_snapshot!(all, @r"
    GitLab
     2 Replace: provider gitlab-b2f9ab/gitlab-b2f9ab in acme-prod of $gitlab_issuer where assertion.namespace_id Equals $gitlab_group_id | key-active, key-old
     3 Replace: grant roles/bigquery.user on acme-prod to 100000000001/gitlab-b2f9ab project_id $gitlab_project_id (Copied) | key-active, key-old
     ? gitlab_group_id ^[0-9]+$
     ? gitlab_issuer ^https://[A-Za-z0-9.-]+(:[0-9]+)?$
     ? gitlab_project_id ^[0-9]+$
    gitlab.com
     2 Replace: provider gitlab/gitlab in acme-prod of https://gitlab.com where assertion.namespace_id Equals $gitlab_group_id | key-active, key-old
     3 Replace: grant roles/bigquery.user on acme-prod to 100000000001/gitlab project_id $gitlab_project_id (Copied) | key-active, key-old
     ? gitlab_group_id ^[0-9]+$
     ? gitlab_project_id ^[0-9]+$
    HCP Terraform
     2 Replace: provider hcp-terraform/hcp-terraform in acme-prod of https://app.terraform.io where assertion.terraform_organization_id Equals $hcp_terraform_organization_id | key-active, key-old
     3 Replace: grant roles/bigquery.user on acme-prod to 100000000001/hcp-terraform subject $hcp_terraform_workspace_id (Copied) | key-active, key-old
     ? hcp_terraform_organization_id ^org-[A-Za-z0-9]+$
     ? hcp_terraform_workspace_id ^ws-[A-Za-z0-9]+$
    AWS
     2 Replace: provider aws-workloads-685c89/aws-workloads-685c89 in acme-prod of AWS $aws_account_id where assertion.arn.extract('assumed-role/{role_name}/') Equals $aws_role | key-active, key-old
     3 Replace: grant roles/bigquery.user on acme-prod to 100000000001/aws-workloads-685c89 aws_role $aws_role (Copied) | key-active, key-old
     ? aws_account_id ^[0-9]{12}$
     ? aws_role ^[A-Za-z0-9_+=,.@-]{1,64}$
    Azure
     2 Replace: provider azure-workloads-3e9889/azure-workloads-3e9889 in acme-prod of $azure_issuer for $azure_audience where assertion.sub Equals $azure_principal_id | key-active, key-old
     3 Replace: grant roles/bigquery.user on acme-prod to 100000000001/azure-workloads-3e9889 subject $azure_principal_id (Copied) | key-active, key-old
     ? azure_audience ^(api|https)://[A-Za-z0-9._/-]+$
     ? azure_issuer ^https://(sts\.windows\.net|login\.microsoftonline\.com)/[0-9a-f-]{36}(/|/v2\.0)?$
     ? azure_principal_id ^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$
    EKS
     2 Replace: provider kubernetes-70bdb8/kubernetes-70bdb8 in acme-prod of $kubernetes_issuer where assertion.sub Equals $kubernetes_subject | key-active, key-old
     3 Replace: grant roles/bigquery.user on acme-prod to 100000000001/kubernetes-70bdb8 subject $kubernetes_subject (Copied) | key-active, key-old
     ? kubernetes_issuer ^https://[A-Za-z0-9._~:/?&=%-]+$
     ? kubernetes_subject ^system:serviceaccount:[a-z0-9]([a-z0-9-]*[a-z0-9])?:[a-z0-9]([a-z0-9.-]*[a-z0-9])?$
    ");
}

#[test]
fn two_callers_of_one_platform_have_variables_of_their_own() {
    let github = || from(PlaceKind::Ci, "GitHub Actions");
    let estate = used_by(old().caller(github()))
        .key(
            key()
                .id("9cb4a73d00")
                .age_days(400)
                .seen_days_ago(2)
                .caller(github()),
        )
        .build();
    let text = planned(&estate);
    let told = text.lines().filter(|line| {
        line.contains(" provider ") || line.contains(" grant ") || line.starts_with(" ?")
    });
    assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @"
    2 Replace: provider github-actions/github-actions in acme-prod of https://token.actions.githubusercontent.com where assertion.repository_owner_id Equals $github_owner_id | key-active, key-active, key-old, key-old
    3 Replace: grant roles/bigquery.user on acme-prod to 100000000001/github-actions repository_id $github_repository_id_4f1c (Copied) | key-active, key-old
    4 Replace: grant roles/bigquery.user on acme-prod to 100000000001/github-actions repository_id $github_repository_id_9cb4a73d (Copied) | key-active, key-old
    ? github_owner_id ^[0-9]+$
    ? github_repository_id_4f1c ^[0-9]+$
    ? github_repository_id_9cb4a73d ^[0-9]+$
    ");
}

#[test]
fn an_issuer_that_is_not_known_is_set_up_by_hand() {
    assert_snapshot!(planned(&in_place(PlaceKind::Ci, "Jenkins")), @"
    etl@acme-prod
     1 Switch: federate 4f1c on Jenkins | then silent | key-active, key-old
     2 Disable: alert on key 4f1c | key-active, key-old
     3 Disable: disable key 4f1c | after 30 d (BusinessCycle) | if key not used since 2026-11-22 | then silent | key-active, key-old
     4 Delete: delete key 4f1c | after 30 d (BusinessCycle) | if key disabled | key-active, key-old
     5 Guard: enforce iam.disableServiceAccountKeyCreation on acme-prod | key-active, key-old
     6 Guard: enforce iam.disableServiceAccountKeyUpload on acme-prod | key-active, key-old
     ! a disabled key mints no more tokens, and those that it has minted live on for an hour, or for up to twelve where the organization allows it: only disabling the account ends them at once
    ");
}

#[test]
fn inside_google_cloud_the_account_is_attached() {
    assert_snapshot!(planned(&in_place(PlaceKind::GoogleCloud, "GKE")), @"
    etl@acme-prod
     1 Switch: attach etl@acme-prod for 4f1c | then silent | key-active, key-inside-google-cloud, key-old
     2 Disable: alert on key 4f1c | key-active, key-inside-google-cloud, key-old
     3 Disable: disable key 4f1c | after 30 d (BusinessCycle) | if key not used since 2026-11-22 | then silent | key-active, key-inside-google-cloud, key-old
     4 Delete: delete key 4f1c | after 30 d (BusinessCycle) | if key disabled | key-active, key-inside-google-cloud, key-old
     5 Guard: enforce iam.disableServiceAccountKeyCreation on acme-prod | key-active, key-inside-google-cloud, key-old
     6 Guard: enforce iam.disableServiceAccountKeyUpload on acme-prod | key-active, key-inside-google-cloud, key-old
     ! a disabled key mints no more tokens, and those that it has minted live on for an hour, or for up to twelve where the organization allows it: only disabling the account ends them at once
    ");
}

#[test]
fn people_sign_in_as_themselves() {
    assert_snapshot!(planned(&in_place(PlaceKind::Workstation, "macOS")), @r"
    etl@acme-prod
     1 Replace: grant roles/iam.serviceAccountTokenCreator on etl@acme-prod to group $developers_group | key-active, key-old, key-on-workstation
     2 Switch: personal login for 4f1c, impersonating etl@acme-prod | after 10 min (Propagation) | then silent | key-active, key-old, key-on-workstation
     3 Disable: alert on key 4f1c | key-active, key-old, key-on-workstation
     4 Disable: disable key 4f1c | after 30 d (BusinessCycle) | if key not used since 2026-11-22 | then silent | key-active, key-old, key-on-workstation
     5 Delete: delete key 4f1c | after 30 d (BusinessCycle) | if key disabled | key-active, key-old, key-on-workstation
     6 Guard: enforce iam.disableServiceAccountKeyCreation on acme-prod | key-active, key-old, key-on-workstation
     7 Guard: enforce iam.disableServiceAccountKeyUpload on acme-prod | key-active, key-old, key-on-workstation
     ? developers_group ^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$
     ! a disabled key mints no more tokens, and those that it has minted live on for an hour, or for up to twelve where the organization allows it: only disabling the account ends them at once
    ");
}

#[test]
fn a_service_that_takes_a_key_alone_gets_a_fresh_one_an_owner_and_a_date() {
    assert_snapshot!(planned(&in_place(PlaceKind::Saas, "Fivetran")), @"
    etl@acme-prod
     1 Prepare: find the owner | key-active, key-old
     2 Switch: fresh key of etl@acme-prod for 4f1c | if a free slot | then silent | key-active, key-old
     3 Disable: alert on key 4f1c | key-active, key-old
     4 Disable: disable key 4f1c | after 30 d (BusinessCycle) | if key not used since 2026-11-22 | then silent | key-active, key-old
     5 Delete: delete key 4f1c | after 30 d (BusinessCycle) | if key disabled | key-active, key-old
     6 Guard: write down the owner of the key of etl@acme-prod.iam.gserviceaccount.com that Fivetran has, rotate it by 2027-02-20, and set an alarm for calls with it from any other place | key-active, key-old
     7 Guard: enforce iam.disableServiceAccountKeyUpload on acme-prod | key-active, key-old
     ! ask whether Fivetran can sign in by federation by now: then it needs no key
     ! a disabled key mints no more tokens, and those that it has minted live on for an hour, or for up to twelve where the organization allows it: only disabling the account ends them at once
     ! iam.disableServiceAccountKeyCreation is not enforced on acme-prod yet: these would get no new key: etl@acme-prod.iam.gserviceaccount.com
    ");
    let fresh = key().id("4f1c").age_days(30).seen_days_ago(2);
    let estate = used_by(fresh.caller(from(PlaceKind::Saas, "Fivetran"))).build();
    assert_snapshot!(planned(&estate), @"
    etl@acme-prod
     1 Prepare: find the owner | key-active
     2 Guard: write down the owner of the key of etl@acme-prod.iam.gserviceaccount.com that Fivetran has, rotate it by 2027-01-21, and set an alarm for calls with it from any other place | key-active
     ! ask whether Fivetran can sign in by federation by now: then it needs no key
    ");
}

/// A network is Google's or reaches it: which, nobody can see. The key stays.
#[test]
fn inside_a_network_the_caller_is_found_first() {
    assert_snapshot!(planned(&in_place(PlaceKind::Network, "core of acme-net")), @"
    etl@acme-prod
     1 Prepare: find the caller of 4f1c, look again on 2026-12-22 | key-active, key-old
    ");
}

#[test]
fn a_key_that_no_log_explains_stays_until_one_does() {
    assert_snapshot!(planned(&used_by(old()).build()), @"
    etl@acme-prod
     1 Prepare: log [AdminRead, DataRead, DataWrite] of allServices in acme-prod | key-active, key-old
     2 Prepare: find the caller of 4f1c, look again on 2026-12-22 | key-active, key-old
    ");
    let unread = key().id("4f1c").age_days(400).unknown(WhyUnknown::NoRow);
    let text = planned(&used_by(unread).build());
    assert!(text.contains("find the caller of 4f1c"), "{text}");
    assert!(!text.contains("disable"), "{text}");
}

/// One use is replaced and one is not: the key goes when both are.
#[test]
fn a_key_used_in_two_places_has_a_step_for_each() {
    let laptop = from(PlaceKind::Workstation, "macOS");
    let both = used_by(
        old()
            .caller(from(PlaceKind::Ci, "GitHub Actions"))
            .caller(laptop.clone()),
    );
    let text = planned(&both.build());
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("Switch: ") || line.contains("able: "))
        .collect();
    assert_snapshot!(lines.join("\n"), @"
    5 Switch: personal login for 4f1c, impersonating etl@acme-prod | after 10 min (Propagation) | then silent | key-active, key-old, key-on-workstation, key-shared
    6 Switch: federate 4f1c by github-actions/github-actions as itself | then silent | key-active, key-old, key-on-workstation, key-shared
    7 Disable: alert on key 4f1c | key-active, key-old, key-on-workstation, key-shared
    8 Disable: disable key 4f1c | after 30 d (BusinessCycle) | if key not used since 2026-11-22 | then silent | key-active, key-old, key-on-workstation, key-shared
    ");
    let network = from(PlaceKind::Network, "core of acme-net");
    let one = planned(&used_by(old().caller(laptop).caller(network)).build());
    assert!(one.contains("personal login"), "{one}");
    assert!(!one.contains("disable key"), "{one}");
}

#[test]
fn an_uploaded_key_is_asked_about_first_and_one_with_an_end_has_a_date() {
    let uploaded = old().uploaded().expires_in_days(20);
    let text = planned(&used_by(uploaded.caller(from(PlaceKind::Ci, "GitHub Actions"))).build());
    let first = text.lines().nth(1).expect("a step");
    assert!(first.contains("Prepare: find the owner"), "{text}");
    assert!(
        text.contains("key 4f1c ends on 2026-12-12: replace it before"),
        "{text}"
    );
}

#[test]
fn nothing_is_planned_where_nothing_sure_is_found() {
    let young = key().id("4f1c").age_days(5);
    assert_eq!(planned(&used_by(young).build()), "");
    let disabled = used_by(old().caller(from(PlaceKind::Ci, "GitHub Actions"))).disabled();
    assert_eq!(planned(&disabled.build()), "");
}

/// A caller that gets an account of its own is let in there, by its address: it has no unique id yet.
#[test]
fn a_caller_of_a_shared_account_signs_in_as_the_one_that_is_made_for_it() {
    let storage = call(ETL).at(PlaceKind::Ci, "GitHub Actions", Confidence::High);
    let estate = used_by(old().caller(storage)).build();
    let settings = Settings::default();
    let findings = evaluate(&estate, &settings).findings;
    let account = &estate.accounts[0];
    let of_account = findings.iter().collect();
    let context = Context {
        estate: &estate,
        index: &Index::of(&estate),
        settings: &settings,
        findings: &BTreeMap::from([(account.facts.unique_id.clone(), of_account)]),
        lookup: &Lookup::of(&estate, &settings.plans),
    };
    let made = |workload: &str| {
        let email = "ci-etl@acme-prod.iam.gserviceaccount.com";
        Some(NewAccount {
            project: account.facts.project.clone(),
            id: "ci-etl".to_owned(),
            email: Email::parse(email).expect("an address"),
            workload: workload.to_owned(),
            workload_name: workload.to_owned(),
        })
    };
    let draft = federate::draft(&context, account, &made);
    let steps: Vec<String> = draft.steps.iter().map(told::step).collect();
    assert_snapshot!(steps.join("\n"), @"
    Replace: pool github-actions in acme-prod | key-active, key-old
    Replace: provider github-actions/github-actions in acme-prod of https://token.actions.githubusercontent.com where assertion.repository_owner_id Equals $github_owner_id | key-active, key-old
    Replace: grant roles/iam.workloadIdentityUser on //iam.googleapis.com/projects/acme-prod/serviceAccounts/ci-etl@acme-prod.iam.gserviceaccount.com to 100000000001/github-actions repository_id $github_repository_id | key-active, key-old
    Switch: federate 4f1c by github-actions/github-actions as ci-etl@acme-prod, since it calls Cloud Storage, which takes one only for buckets with uniform access, which was not read, and signs no URLs for it | after 10 min (Propagation) | then silent | key-active, key-old
    ");
}
