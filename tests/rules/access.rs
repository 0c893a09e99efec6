//! The rules about who holds what and who may act as whom: when they speak, and the near misses.

use sa_audit::model::access::PolicyNode;
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::message::Part;
use sa_audit::rules::RULES;

use crate::messages::story;
use crate::support::estate::{EstateBuilder, estate};
use crate::{evaluate_all, verdict};

/// The rules about access and federation; the others are in the matrix of keys and accounts.
pub(crate) const ABOUT_ACCESS: [&str; 10] = [
    "account-privileged",
    "default-account-editor",
    "external-account",
    "impersonation-broad",
    "impersonation-chain",
    "key-creation-broad",
    "wif-condition-mutable",
    "wif-member-dead",
    "wif-pool-wide-grant",
    "wif-provider-open",
];

const EDITOR: &str = "roles/editor";
const OWNER: &str = "roles/owner";
const TOKEN_CREATOR: &str = "roles/iam.serviceAccountTokenCreator";
const USER: &str = "roles/iam.serviceAccountUser";
const KEY_ADMIN: &str = "roles/iam.serviceAccountKeyAdmin";
const WORKLOAD: &str = "roles/iam.workloadIdentityUser";
const VIEWER: &str = "roles/viewer";
const UNREAD: &str = "organizations/1/roles/secret";

const ETL: &str = "serviceAccount:etl@acme-prod.iam.gserviceaccount.com";
const AGENT: &str = "serviceAccount:service-1@compute-system.iam.gserviceaccount.com";
const COMPUTE: &str = "100000000001-compute@developer.gserviceaccount.com";
const POOL: &str = "principalSet://iam.googleapis.com/projects/100000000001/locations/global/workloadIdentityPools/ci";

/// A project in a folder of a folder of an organization, with the roles that the tests give, and one account.
pub(crate) fn acme() -> EstateBuilder {
    let writes = [
        "bigquery.datasets.create",
        "compute.instances.create",
        "iam.serviceAccounts.actAs",
        "pubsub.topics.create",
        "storage.buckets.create",
    ];
    let mut all = writes.to_vec();
    all.push("resourcemanager.projects.setIamPolicy");
    estate()
        .role(EDITOR, &writes)
        .role(OWNER, &all)
        .role(
            TOKEN_CREATOR,
            &[
                "iam.serviceAccounts.getAccessToken",
                "iam.serviceAccounts.signJwt",
            ],
        )
        .role(USER, &["iam.serviceAccounts.actAs"])
        .role(
            WORKLOAD,
            &[
                "iam.serviceAccounts.getAccessToken",
                "iam.serviceAccounts.getOpenIdToken",
            ],
        )
        .role(KEY_ADMIN, &["iam.serviceAccountKeys.create"])
        .role(VIEWER, &["compute.instances.get"])
        .folder("20", "organizations/1")
        .folder("30", "folders/20")
        .project("acme-prod")
        .below("folders/30")
        .account("etl")
}

#[test]
fn the_rules_about_access_are_rules() {
    let known: Vec<&str> = RULES.iter().map(|rule| rule.meta().id).collect();
    for rule in ABOUT_ACCESS {
        assert!(known.contains(&rule), "{rule}");
    }
}

/// Each grant and each actor of an account in one line.
fn drawn(estate: EstateBuilder) -> String {
    let node = |node: &PolicyNode| {
        let name = node.full_name().to_string();
        name.rsplit_once("googleapis.com/")
            .map_or(String::new(), |(_, name)| name.to_owned())
    };
    let estate = estate.build();
    let account = estate.accounts.first().expect("an account");
    let grants = account.grants.iter().map(|grant| {
        format!(
            "holds {} on {} through {}\n",
            grant.role,
            node(&grant.on),
            grant.through
        )
    });
    let actors = account.actors.iter().map(|actor| {
        let path: Vec<String> = actor.path.iter().map(node).collect();
        format!(
            "{} may {:?} by {} on {} via [{}]\n",
            actor.member,
            actor.ways,
            actor.role,
            node(&actor.on),
            path.join(", ")
        )
    });
    grants.chain(actors).collect()
}

#[test]
fn an_account_has_its_grants_and_its_actors_with_the_way_by_which_they_come() {
    let set = |below: &str, of: &str| {
        format!("principalSet://cloudresourcemanager.googleapis.com/{below}/type/{of}")
    };
    let estate = acme()
        // Not known by its definition: a grant, and nobody's way to act.
        .grant("organizations/1", UNREAD, ETL)
        .grant(
            "folders/20",
            VIEWER,
            &set("organizations/1", "ServiceAccount"),
        )
        .project_grant(VIEWER, &set("projects/100000000001", "ServiceAccount"))
        .project_grant(OWNER, &set("folders/99", "ServiceAccount"))
        .project_grant(OWNER, &set("folders/20", "ServiceAgent"))
        .project_grant(OWNER, &format!("deleted:{ETL}?uid=1"))
        .project_grant(OWNER, "allUsers")
        .account_grant(TOKEN_CREATOR, "user:eve@example.com")
        .account_grant(TOKEN_CREATOR, AGENT)
        .account_grant(UNREAD, "user:bob@example.com")
        .grant("organizations/1", USER, "group:ops@example.com")
        .grant("folders/99", USER, "group:others@example.com");
    insta::assert_snapshot!(drawn(estate), @"
    holds organizations/1/roles/secret on organizations/1 through serviceAccount:etl@acme-prod.iam.gserviceaccount.com
    holds roles/viewer on folders/20 through principalSet://cloudresourcemanager.googleapis.com/organizations/1/type/ServiceAccount
    holds roles/viewer on projects/acme-prod through principalSet://cloudresourcemanager.googleapis.com/projects/100000000001/type/ServiceAccount
    allUsers may [Attach] by roles/owner on projects/acme-prod via []
    group:ops@example.com may [Attach] by roles/iam.serviceAccountUser on organizations/1 via [folders/20, folders/30, projects/acme-prod]
    principalSet://cloudresourcemanager.googleapis.com/folders/99/type/ServiceAccount may [Attach] by roles/owner on projects/acme-prod via []
    user:eve@example.com may [AccessToken, SignJwt] by roles/iam.serviceAccountTokenCreator on projects/acme-prod/serviceAccounts/110000000000000000001 via []
    ");
}

#[test]
fn folders_that_name_each_other_end_the_walk() {
    let estate = estate()
        .folder("20", "folders/30")
        .folder("30", "folders/20")
        .project("acme-prod")
        .below("folders/20")
        .build();
    let project = estate.projects.first().expect("a project");
    assert_eq!(estate.ancestors(&project.id).len(), 2);
}

#[test]
fn a_default_account_is_told_of_a_basic_role_that_writes() {
    let compute = || acme().account(COMPUTE);
    let member = format!("serviceAccount:{COMPUTE}");
    let table = [
        (compute().project_grant(EDITOR, &member), "high/high"),
        (compute().grant("folders/20", OWNER, &member), "high/high"),
        (
            compute().project_grant(EDITOR, &member).condition("false"),
            "high/medium",
        ),
        (
            compute().disabled().project_grant(EDITOR, &member),
            "low/high",
        ),
        (compute().project_grant(VIEWER, &member), "-"),
        // A custom role of that name, another account, a dead namesake.
        (
            compute().project_grant("projects/acme-prod/roles/editor", &member),
            "-",
        ),
        (compute().project_grant(EDITOR, ETL), "-"),
        (
            compute().project_grant(EDITOR, &format!("deleted:{member}?uid=1")),
            "-",
        ),
        // Editor of an account is no editor of a project.
        (compute().account_grant(EDITOR, &member), "-"),
    ];
    for (nth, (estate, expected)) in table.into_iter().enumerate() {
        assert_eq!(
            verdict("default-account-editor", &estate.build()),
            expected,
            "row {nth}"
        );
    }
}

#[test]
fn an_account_is_privileged_by_permissions_and_level() {
    let everywhere =
        "principalSet://cloudresourcemanager.googleapis.com/folders/20/type/ServiceAccount";
    let as_of = "2026-11-15T12:00:00Z".parse().expect("a time");
    let behind = Reading::Stale { as_of };
    let table = [
        (acme().project_grant(OWNER, ETL), "high/high"),
        (acme().project_grant(TOKEN_CREATOR, ETL), "high/high"),
        (acme().project_grant(KEY_ADMIN, ETL), "high/high"),
        (acme().grant("folders/30", USER, ETL), "critical/high"),
        (
            acme()
                .grant("organizations/1", USER, ETL)
                .condition("false"),
            "critical/medium",
        ),
        (
            acme().grant("folders/20", USER, everywhere),
            "critical/high",
        ),
        // What surely holds decides, not what may.
        (
            acme()
                .project_grant(OWNER, ETL)
                .condition("false")
                .project_grant(USER, ETL),
            "high/high",
        ),
        (acme().disabled().project_grant(OWNER, ETL), "low/high"),
        // What was disabled a week ago may be enabled by now.
        (
            acme()
                .disabled()
                .reading(Dataset::ServiceAccounts, behind)
                .project_grant(OWNER, ETL),
            "high/high",
        ),
        (acme().project_grant(UNREAD, ETL), "?"),
        (
            acme().project_grant(OWNER, ETL).project_grant(UNREAD, ETL),
            "high/high ?",
        ),
        // Named like power, without it; a power on one account alone; another's; one that is no member any more.
        (
            acme()
                .role("roles/x.admin", &["x.things.create"])
                .project_grant("roles/x.admin", ETL),
            "-",
        ),
        (
            acme().account("other").account_grant(TOKEN_CREATOR, ETL),
            "-",
        ),
        (
            acme()
                .role(
                    "roles/two",
                    &["compute.instances.create", "storage.buckets.create"],
                )
                .project_grant("roles/two", ETL),
            "-",
        ),
        (acme().project_grant(OWNER, "user:eve@example.com"), "-"),
        (
            acme().project_grant(OWNER, &format!("deleted:{ETL}?uid=1")),
            "-",
        ),
        (acme().project_grant(OWNER, AGENT), "-"),
        (acme().project_grant(OWNER, "allUsers"), "-"),
    ];
    for (nth, (estate, expected)) in table.into_iter().enumerate() {
        assert_eq!(
            verdict("account-privileged", &estate.build()),
            expected,
            "row {nth}"
        );
    }
}

#[test]
fn impersonation_is_broad_in_a_place_or_by_a_crowd() {
    let eve = "user:eve@example.com";
    let gke = "serviceAccount:acme-prod.svc.id.goog[shop/web]";
    let table = [
        (acme().project_grant(USER, eve), "high/high"),
        (
            acme().project_grant(USER, eve).condition("false"),
            "high/medium",
        ),
        (
            acme().grant("organizations/1", TOKEN_CREATOR, "group:ops@example.com"),
            "high/high",
        ),
        (acme().project_grant(EDITOR, ETL), "high/high"),
        (
            acme().account_grant(USER, "allAuthenticatedUsers"),
            "critical/high",
        ),
        (
            acme().account_grant(WORKLOAD, "domain:example.com"),
            "critical/high",
        ),
        (
            acme()
                .project_grant(USER, eve)
                .project_grant(USER, "allUsers")
                .condition("false"),
            "critical/medium",
        ),
        (acme().project_grant(UNREAD, eve), "?"),
        // One finding for one place, however many members; one for each place.
        (
            acme()
                .project_grant(USER, eve)
                .project_grant(USER, "user:bob@example.com"),
            "high/high",
        ),
        (
            acme()
                .project_grant(USER, eve)
                .grant("folders/20", USER, eve),
            "high/high high/high",
        ),
        // Narrow, as it should be; service agents; nobody any more; no such power.
        (acme().account_grant(TOKEN_CREATOR, eve), "-"),
        (acme().account_grant(WORKLOAD, gke), "-"),
        (
            acme().account_grant(WORKLOAD, &format!("{POOL}/attribute.repository_id/1")),
            "-",
        ),
        (acme().account_grant(UNREAD, eve), "-"),
        (acme().project_grant(TOKEN_CREATOR, AGENT), "-"),
        (acme().project_grant(UNREAD, AGENT), "-"),
        (
            acme().project_grant(USER, "deleted:user:eve@example.com?uid=1"),
            "-",
        ),
        (acme().project_grant(VIEWER, "allUsers"), "-"),
    ];
    for (nth, (estate, expected)) in table.into_iter().enumerate() {
        assert_eq!(
            verdict("impersonation-broad", &estate.build()),
            expected,
            "row {nth}"
        );
    }
}

#[test]
fn key_creation_is_broad_at_a_project_or_above() {
    let eve = "user:eve@example.com";
    let table = [
        (acme().project_grant(KEY_ADMIN, eve), "medium/high"),
        (
            acme()
                .grant("folders/20", KEY_ADMIN, ETL)
                .condition("false"),
            "medium/medium",
        ),
        (acme().project_grant(UNREAD, eve), "?"),
        (acme().account_grant(KEY_ADMIN, eve), "-"),
        (acme().project_grant(KEY_ADMIN, AGENT), "-"),
        (acme().project_grant(USER, eve), "-"),
    ];
    for (nth, (estate, expected)) in table.into_iter().enumerate() {
        assert_eq!(
            verdict("key-creation-broad", &estate.build()),
            expected,
            "row {nth}"
        );
    }
}

#[test]
fn a_chain_has_two_steps_or_more_and_ends_at_power() {
    let eve = "user:eve@example.com";
    let root = "serviceAccount:root@acme-prod.iam.gserviceaccount.com";
    let mid = "serviceAccount:mid@acme-prod.iam.gserviceaccount.com";
    let table = [
        // One step is no chain, nor are two that lead to no power.
        (
            acme()
                .account("root")
                .project_grant(OWNER, root)
                .account_grant(TOKEN_CREATOR, ETL),
            "-",
        ),
        (
            acme()
                .account_grant(TOKEN_CREATOR, eve)
                .account("mid")
                .account_grant(TOKEN_CREATOR, ETL),
            "-",
        ),
        (chain_on_etl(TOKEN_CREATOR, eve), "high/high"),
        (chain_on_etl(TOKEN_CREATOR, mid), "high/high"),
        (
            chain_on_etl(TOKEN_CREATOR, eve).condition("false"),
            "high/medium",
        ),
        (chain_on_etl(USER, eve), "high/medium"),
        (
            chain_on_etl(TOKEN_CREATOR, "group:ops@example.com"),
            "high/high",
        ),
        (chain_on_etl(UNREAD, eve), "?"),
        (chain_on_etl(VIEWER, eve), "-"),
        (chain_on_etl(TOKEN_CREATOR, AGENT), "-"),
        (chain_on_etl(TOKEN_CREATOR, ETL), "-"),
        // Cycles end.
        (chain_on_etl(TOKEN_CREATOR, root), "-"),
        // A disabled account mints nothing.
        (
            acme()
                .disabled()
                .account_grant(TOKEN_CREATOR, eve)
                .account("root")
                .project_grant(OWNER, root)
                .account_grant(TOKEN_CREATOR, ETL),
            "-",
        ),
        // Who may act as root itself starts no chain to it.
        (
            chain_on_etl(TOKEN_CREATOR, eve)
                .account_of(0)
                .account_grant(TOKEN_CREATOR, eve),
            "-",
        ),
    ];
    for (nth, (estate, expected)) in table.into_iter().enumerate() {
        assert_eq!(
            verdict("impersonation-chain", &estate.build()),
            expected,
            "row {nth}"
        );
    }
}

/// A member with a role on etl, which may act as root; root is the last account.
fn chain_on_etl(role: &str, member: &str) -> EstateBuilder {
    let root = "serviceAccount:root@acme-prod.iam.gserviceaccount.com";
    acme()
        .account("root")
        .project_grant(OWNER, root)
        .account_grant(TOKEN_CREATOR, ETL)
        .account_of(0)
        .account_grant(role, member)
}

#[test]
fn an_account_from_outside_is_one_of_no_scanned_project() {
    let stranger = "serviceAccount:sync@vendor-1.iam.gserviceaccount.com";
    let table = [
        (acme().project_grant(VIEWER, stranger), "medium/high"),
        (acme().account_grant(TOKEN_CREATOR, stranger), "medium/high"),
        (
            acme().project_grant(VIEWER, stranger).condition("false"),
            "medium/medium",
        ),
        (
            acme().project_grant(
                VIEWER,
                "serviceAccount:7-compute@developer.gserviceaccount.com",
            ),
            "medium/high",
        ),
        (
            acme().project_grant(
                VIEWER,
                "serviceAccount:7-a1b2@developer.gserviceaccount.com",
            ),
            "medium/low",
        ),
        // One finding for one stranger in one place.
        (
            acme()
                .project_grant(VIEWER, stranger)
                .project_grant(USER, stranger),
            "medium/high",
        ),
        (
            acme()
                .project_grant(VIEWER, stranger)
                .grant("folders/20", USER, stranger),
            "medium/high medium/high",
        ),
        // Ours; ours and gone; ours by number; an agent; nobody any more.
        (acme().project_grant(VIEWER, ETL), "-"),
        (
            acme().project_grant(
                VIEWER,
                "serviceAccount:gone@acme-prod.iam.gserviceaccount.com",
            ),
            "-",
        ),
        (
            acme().project_grant(VIEWER, &format!("serviceAccount:{COMPUTE}")),
            "-",
        ),
        (acme().project_grant(VIEWER, AGENT), "-"),
        (
            acme().project_grant(VIEWER, &format!("deleted:{stranger}?uid=1")),
            "-",
        ),
        (acme().project_grant(VIEWER, "user:eve@example.com"), "-"),
    ];
    for (nth, (estate, expected)) in table.into_iter().enumerate() {
        assert_eq!(
            verdict("external-account", &estate.build()),
            expected,
            "row {nth}"
        );
    }
}

#[test]
fn a_policy_that_was_not_read_leaves_the_rules_that_need_it_unevaluated() {
    let denied = Reading::Denied { permission: None };
    let estate = acme()
        .grant("folders/20", OWNER, ETL)
        .reading(Dataset::Policies, denied)
        .build();
    let evaluation = evaluate_all(&estate);
    let mut rules: Vec<&str> = evaluation.not_evaluated.iter().map(|n| n.rule).collect();
    rules.sort_unstable();
    assert_eq!(
        rules,
        [
            "account-overprivileged",
            "account-privileged",
            "audit-log-gap",
            "cross-project-use",
            "default-account-editor",
            "external-account",
            "impersonation-broad",
            "impersonation-chain",
            "key-creation-broad",
            "wif-member-dead",
            "wif-pool-wide-grant",
        ]
    );
    // What the folder's policy says stands.
    assert_eq!(verdict("account-privileged", &estate), "critical/high");
}

#[test]
fn what_is_said_of_access() {
    let eve = "user:eve@example.com";
    insta::assert_snapshot!(story("account-privileged", acme().grant("organizations/1", OWNER, ETL)), @"
    Critical, confidence High: may change who may do what (resourcemanager.projects.setIamPolicy) by roles/owner on organization 1, inherited through folder 20 and folder 30
      serviceAccount:etl@acme-prod.iam.gserviceaccount.com holds roles/owner on organization 1 [cloudresourcemanager.organizations.getIamPolicy]
      → narrow roles/owner of serviceAccount:etl@acme-prod.iam.gserviceaccount.com
    ");
    insta::assert_snapshot!(story("impersonation-broad", acme().project_grant(USER, eve).condition("request.time < timestamp('2027-01-01T00:00:00Z')").project_grant(EDITOR, ETL)), @"
    High, confidence High: lets serviceAccount:etl@acme-prod.iam.gserviceaccount.com and 1 other member act as every account in it, by roles/editor
      serviceAccount:etl@acme-prod.iam.gserviceaccount.com holds roles/editor on project acme-prod [cloudresourcemanager.projects.getIamPolicy]
      user:eve@example.com holds roles/iam.serviceAccountUser on project acme-prod, under the condition request.time < timestamp('2027-01-01T00:00:00Z') [cloudresourcemanager.projects.getIamPolicy]
      → narrow roles/editor of serviceAccount:etl@acme-prod.iam.gserviceaccount.com, narrow roles/iam.serviceAccountUser of user:eve@example.com
    ");
    insta::assert_snapshot!(story("impersonation-chain", chain_on_etl(USER, eve)), @"
    High, confidence Medium: is privileged, and within reach of user:eve@example.com → etl@acme-prod.iam.gserviceaccount.com → root@acme-prod.iam.gserviceaccount.com
      user:eve@example.com → etl@acme-prod.iam.gserviceaccount.com → root@acme-prod.iam.gserviceaccount.com [iam.projects.serviceAccounts.getIamPolicy]
      user:eve@example.com holds roles/iam.serviceAccountUser on account etl@acme-prod.iam.gserviceaccount.com [iam.projects.serviceAccounts.getIamPolicy]
      serviceAccount:etl@acme-prod.iam.gserviceaccount.com holds roles/iam.serviceAccountTokenCreator on account root@acme-prod.iam.gserviceaccount.com [iam.projects.serviceAccounts.getIamPolicy]
      → review roles/iam.serviceAccountTokenCreator of serviceAccount:etl@acme-prod.iam.gserviceaccount.com
    ");
    insta::assert_snapshot!(story("default-account-editor", acme().account(COMPUTE).project_grant(EDITOR, &format!("serviceAccount:{COMPUTE}"))), @"
    High, confidence High: holds roles/editor on project acme-prod
      serviceAccount:100000000001-compute@developer.gserviceaccount.com holds roles/editor on project acme-prod [cloudresourcemanager.projects.getIamPolicy]
      → narrow roles/editor of serviceAccount:100000000001-compute@developer.gserviceaccount.com
    ");
    insta::assert_snapshot!(story("key-creation-broad", acme().project_grant(KEY_ADMIN, eve)), @"
    Medium, confidence High: lets user:eve@example.com create keys of every account in it, by roles/iam.serviceAccountKeyAdmin
      user:eve@example.com holds roles/iam.serviceAccountKeyAdmin on project acme-prod [cloudresourcemanager.projects.getIamPolicy]
      → narrow roles/iam.serviceAccountKeyAdmin of user:eve@example.com
    ");
    insta::assert_snapshot!(story("external-account", acme().project_grant(VIEWER, "serviceAccount:sync@vendor-1.iam.gserviceaccount.com")), @"
    Medium, confidence High: gives roles/viewer to sync@vendor-1.iam.gserviceaccount.com, an account of vendor-1, which this scan did not cover
      serviceAccount:sync@vendor-1.iam.gserviceaccount.com holds roles/viewer on project acme-prod [cloudresourcemanager.projects.getIamPolicy]
      → review roles/viewer of serviceAccount:sync@vendor-1.iam.gserviceaccount.com
    ");
}

#[test]
fn conditions_and_roles_are_strangers_texts_marked_and_cut() {
    let hostile = "\u{1b}[31m$(id)".repeat(100);
    let estate = acme()
        .role(&hostile, &["iam.serviceAccounts.actAs"])
        .project_grant(&hostile, ETL)
        .condition(&hostile);
    let findings = evaluate_all(&estate.build()).findings;
    let rules: Vec<&str> = findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, ["impersonation-broad", "account-privileged"]);
    for finding in &findings {
        let facts = finding.evidence.iter().map(|evidence| &evidence.fact);
        for part in facts.chain([&finding.message]).flat_map(|m| m.parts()) {
            match part {
                Part::Text(text) => assert!(!text.contains("$(id)"), "{text:?}"),
                Part::Name(name) => assert!(name.chars().count() <= 200, "{name:?}"),
                Part::Account(_) | Part::Member(_) | Part::Key(_) | Part::Project(_) => {}
            }
        }
    }
}

/// What was accepted of a role on a project was not accepted of the same role on the organization, nor what was accepted of
/// an account that is off of one that is on.
#[test]
fn a_role_that_moves_and_a_severity_that_changes_are_other_evidence() {
    let digest = |estate: EstateBuilder| {
        let findings = evaluate_all(&estate.build()).findings;
        let mut findings = findings.iter();
        let found = findings.find(|finding| finding.rule == "account-privileged");
        found.expect("a finding").evidence_digest
    };
    let on_project = digest(acme().project_grant(OWNER, ETL));
    assert_eq!(on_project, digest(acme().project_grant(OWNER, ETL)));
    assert_ne!(on_project, digest(acme().grant("folders/30", OWNER, ETL)));
    assert_ne!(
        digest(acme().grant("folders/30", OWNER, ETL)),
        digest(acme().grant("organizations/1", OWNER, ETL))
    );
    assert_ne!(
        on_project,
        digest(acme().disabled().project_grant(OWNER, ETL))
    );
}
