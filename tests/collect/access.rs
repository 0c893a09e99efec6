//! Who may do what: policies, roles and federation, of the scope and above it, each failure a gap of its own.

use std::collections::BTreeSet;

use sa_audit::commands::snapshot::{Observer, header};
use sa_audit::emulator::{Fault, FaultKind};
use sa_audit::error::Result;
use sa_audit::model::access::PolicyNode;
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::names::ProjectId;
use sa_audit::model::scope::Scope;
use sa_audit::model::snapshot::{Facts, Snapshot};
use sa_audit::report::Report;
use sa_audit::store::Unfinished;
use serde_json::json;

use crate::isolation::{failures, state};
use crate::support::cloud::{CloudBuilder, cloud, unique_id};
use crate::support::emulator::{Scan, asked, folder, named, organization, project, report};
use crate::{
    ACCOUNT_POLICIES, FOLDER_POLICIES, ORGANIZATION_POLICIES, POOLS, PROJECT_POLICIES, PROVIDERS,
    acme, gaps,
};

const FOLDER: &str = "cloudresourcemanager.folders.get";
const ROLES: &str = "iam.roles.list";
const PROJECT_ROLES: &str = "iam.projects.roles.list";
const ORGANIZATION_ROLES: &str = "iam.organizations.roles.list";
const ETL: &str = "projects/acme-prod/serviceAccounts/etl@acme-prod.iam.gserviceaccount.com";

/// `acme` with a grant at every level, a role of every home, and a pool in acme-data.
fn granted() -> CloudBuilder {
    let load = "serviceAccount:load@acme-data.iam.gserviceaccount.com";
    acme()
        .policy(
            "organizations/4711",
            "roles/viewer",
            "group:audit@acme.example",
        )
        .policy(
            "organizations/4711",
            "organizations/4711/roles/reader",
            load,
        )
        .policy("folders/11", "roles/editor", load)
        .policy("folders/12", "roles/browser", "allUsers")
        .policy(
            "projects/acme-prod",
            "projects/acme-prod/roles/deployer",
            load,
        )
        .policy("projects/acme-data", "roles/viewer", load)
        .policy(
            ETL,
            "roles/iam.serviceAccountTokenCreator",
            "user:ana@acme.example",
        )
        .role("roles/browser", &["resourcemanager.projects.get"])
        .role(
            "roles/editor",
            &["run.services.update", "iam.serviceAccounts.actAs"],
        )
        .role(
            "roles/iam.serviceAccountTokenCreator",
            &["iam.serviceAccounts.getAccessToken"],
        )
        .role("roles/owner", &["resourcemanager.projects.setIamPolicy"])
        .role("roles/viewer", &["run.services.get"])
        .role("organizations/4711/roles/reader", &["storage.objects.get"])
        .role("organizations/4711/roles/unused", &["storage.objects.list"])
        .role(
            "projects/acme-prod/roles/deployer",
            &["run.services.create"],
        )
        .role("projects/acme-lab/roles/unused", &["run.services.create"])
        .pool("ci")
        .provider("ci", "github", "assertion.repository_owner_id == '42'")
}

/// Returns what was read about access, one fact a line.
fn access(snapshot: &Snapshot) -> String {
    let facts = &snapshot.facts;
    let mut lines = Vec::new();
    for folder in &facts.folders {
        let parent = folder.parent.as_ref().map(ToString::to_string);
        lines.push(format!(
            "folder {} in {}",
            folder.id,
            parent.as_deref().unwrap_or("nobody knows what")
        ));
    }
    for policy in &facts.policies {
        let on = node(&policy.on);
        for binding in &policy.bindings {
            let members: Vec<&str> = binding.members.iter().map(|m| m.as_str()).collect();
            let condition = binding.condition.as_ref();
            let condition = condition.map(|c| format!(" if {} ({})", c.expression, c.title));
            lines.push(format!(
                "{on}: {} to {}{}",
                binding.role,
                members.join(" "),
                condition.unwrap_or_default()
            ));
        }
    }
    for role in &facts.roles {
        let deleted = if role.deleted { ", deleted" } else { "" };
        lines.push(format!(
            "{} ({}{deleted}): {}",
            role.name,
            role.stage,
            role.permissions.join(" ")
        ));
    }
    for pool in &facts.pools {
        lines.push(format!(
            "pool {} of {}: {:?}",
            pool.id, pool.project, pool.state
        ));
        for provider in &pool.providers {
            lines.push(format!(
                "  provider {}: {:?}, {:?}, {:?}, if {:?}",
                provider.id, provider.state, provider.issuer, provider.mapping, provider.condition
            ));
        }
    }
    lines.join("\n")
}

fn node(on: &PolicyNode) -> String {
    match on {
        PolicyNode::Organization(id) => format!("organization {id}"),
        PolicyNode::Folder(id) => format!("folder {id}"),
        PolicyNode::Project(id) => format!("project {id}"),
        PolicyNode::Account(account) => format!("account {}", account.email),
        PolicyNode::Resource(name) => format!("resource {}", name.as_str()),
    }
}

/// Returns every record of the coverage that is about access, one a line.
fn coverage(snapshot: &Snapshot) -> String {
    let records = snapshot.facts.coverage.iter().filter(|(_, dataset, _)| {
        matches!(
            dataset,
            Dataset::Policies | Dataset::AccountPolicies | Dataset::Roles | Dataset::Federation
        )
    });
    let lines = records
        .map(|(scope, dataset, reading)| format!("{scope}, {dataset:?}: {}", state(reading)));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test(start_paused = true)]
async fn every_level_every_named_role_and_every_pool_is_read() {
    let snapshot = Scan::of(&granted().build())
        .take()
        .await
        .expect("a snapshot");
    insta::assert_snapshot!(access(&snapshot), @r#"
    folder 11 in organizations/4711
    folder 12 in folders/11
    organization 4711: roles/viewer to group:audit@acme.example
    organization 4711: organizations/4711/roles/reader to serviceAccount:load@acme-data.iam.gserviceaccount.com
    folder 11: roles/editor to serviceAccount:load@acme-data.iam.gserviceaccount.com
    folder 12: roles/browser to allUsers
    project acme-data: roles/viewer to serviceAccount:load@acme-data.iam.gserviceaccount.com
    project acme-prod: projects/acme-prod/roles/deployer to serviceAccount:load@acme-data.iam.gserviceaccount.com
    account etl@acme-prod.iam.gserviceaccount.com: roles/iam.serviceAccountTokenCreator to user:ana@acme.example
    organizations/4711/roles/reader (GA): storage.objects.get
    projects/acme-prod/roles/deployer (GA): run.services.create
    roles/browser (GA): resourcemanager.projects.get
    roles/editor (GA): iam.serviceAccounts.actAs run.services.update
    roles/iam.serviceAccountTokenCreator (GA): iam.serviceAccounts.getAccessToken
    roles/owner (GA): resourcemanager.projects.setIamPolicy
    roles/viewer (GA): run.services.get
    pool ci of acme-data: Active
      provider github: Active, Oidc { uri: "https://token.actions.githubusercontent.com", audiences: [] }, {"google.subject": "assertion.sub"}, if "assertion.repository_owner_id == '42'"
    "#);
    insta::assert_snapshot!(coverage(&snapshot), @r#"
    every project that the caller sees, Roles: Read
    organization 4711, Policies: Read
    organization 4711, Roles: Read
    folder 11, Policies: Read
    folder 12, Policies: Read
    project acme-data, Policies: Read
    project acme-data, AccountPolicies: Read
    project acme-data, Federation: Read
    project acme-lab, Policies: Read
    project acme-lab, AccountPolicies: Read
    project acme-lab, Federation: Read
    project acme-prod, Policies: Read
    project acme-prod, AccountPolicies: Read
    project acme-prod, Roles: Read
    project acme-prod, Federation: Read
    "#);
}

#[tokio::test(start_paused = true)]
async fn googles_roles_are_kept_whole_and_of_others_only_those_that_a_policy_names() {
    let estate = acme()
        .role("roles/storage.objectViewer", &["storage.objects.get"])
        .role("projects/acme-prod/roles/unused", &["run.services.create"]);
    let scan = Scan::of(&estate.build());
    let snapshot = scan.take().await.expect("a snapshot");
    let names: Vec<&str> = snapshot
        .facts
        .roles
        .iter()
        .map(|role| role.name.as_str())
        .collect();
    // A plan may choose it, though no policy names it.
    assert_eq!(names, ["roles/storage.objectViewer"]);
    let calls = scan.calls();
    let lists = calls
        .iter()
        .filter(|(method, _)| method.ends_with("roles.list"));
    assert_eq!(lists.collect::<Vec<_>>(), [(&ROLES.to_owned(), &1)]);

    let scan = Scan::of(&granted().build());
    scan.take().await.expect("a snapshot");
    let calls = scan.calls();
    // Of the projects only acme-prod's roles are named.
    assert_eq!(
        (
            calls[ROLES],
            calls[PROJECT_ROLES],
            calls[ORGANIZATION_ROLES]
        ),
        (1, 1, 1)
    );
}

#[tokio::test(start_paused = true)]
async fn conditions_are_kept_and_a_bad_part_of_a_policy_costs_no_other() {
    let member = "user:ana@acme.example";
    let conditional = |on: &str| {
        let estate = cloud().project("acme-prod").account("etl");
        let condition = json!({ "title": "spring", "expression": "request.time < timestamp(\"2027-01-01T00:00:00Z\")" });
        estate
            .binding(on, json!({ "role": "roles/editor", "members": [member, 7, "user:bo@acme.example"], "condition": condition }))
            .binding(on, json!({ "role": 7, "members": [member] }))
            .binding(on, json!({ "members": [member] }))
            .binding(on, "no binding")
            .policy(on, "roles/viewer", member)
    };
    for on in ["organizations/4711", "projects/acme-prod", ETL] {
        let snapshot = Scan::of(&conditional(on).build())
            .take()
            .await
            .expect("a snapshot");
        let [policy] = &snapshot.facts.policies[..] else {
            panic!("{on}: {:?}", snapshot.facts.policies);
        };
        let lines = access(&snapshot).replace(&node(&policy.on), "it");
        assert_eq!(
            lines,
            "it: roles/editor to user:ana@acme.example user:bo@acme.example if request.time < \
             timestamp(\"2027-01-01T00:00:00Z\") (spring)\nit: roles/viewer to user:ana@acme.example",
            "{on}"
        );
        let gaps = gaps(&snapshot);
        assert!(gaps.ends_with("olicies: Malformed { count: 4 }"), "{gaps}");
        assert_eq!(gaps.lines().count(), 1, "{gaps}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_policy_lives_without_a_usable_etag() {
    let estate = acme().element(
        "cloudresourcemanager.googleapis.com/folders/11:getIamPolicy",
        json!({ "etag": "not base64!", "version": "three", "auditConfigs": 7,
                "bindings": [{ "role": "roles/viewer", "members": ["allUsers"] }] }),
    );
    let snapshot = Scan::of(&estate.build()).take().await.expect("a snapshot");
    assert_eq!(
        gaps(&snapshot),
        "folder 11, Policies: Malformed { count: 1 }",
        "the audit configurations"
    );
    assert!(access(&snapshot).contains("folder 11: roles/viewer to allUsers"));
}

/// A read about access: its method, the path of the one that fails, its scope and dataset, and how its fact's line begins.
type Place = (&'static str, String, String, Dataset, &'static str);

fn places() -> Vec<Place> {
    let of = |method, path: &str, scope: &str, dataset, line| {
        (method, path.to_owned(), scope.to_owned(), dataset, line)
    };
    let etl = format!("*/{}*", unique_id(2));
    vec![
        of(
            ORGANIZATION_POLICIES,
            "*",
            "organization 4711",
            Dataset::Policies,
            "organization 4711:",
        ),
        of(
            FOLDER_POLICIES,
            "*/11:*",
            "folder 11",
            Dataset::Policies,
            "folder 11:",
        ),
        of(
            PROJECT_POLICIES,
            "*/acme-prod:*",
            "project acme-prod",
            Dataset::Policies,
            "project acme-prod:",
        ),
        of(
            ACCOUNT_POLICIES,
            &etl,
            "account etl@acme-prod.iam.gserviceaccount.com",
            Dataset::AccountPolicies,
            "account etl@",
        ),
        of(
            ROLES,
            "*",
            "every project that the caller sees",
            Dataset::Roles,
            "roles/",
        ),
        of(
            PROJECT_ROLES,
            "*",
            "project acme-prod",
            Dataset::Roles,
            "projects/acme-prod/roles/",
        ),
        of(
            ORGANIZATION_ROLES,
            "*",
            "organization 4711",
            Dataset::Roles,
            "organizations/4711/roles/",
        ),
        of(
            POOLS,
            "*acme-data*",
            "project acme-data",
            Dataset::Federation,
            "pool ci",
        ),
        of(
            PROVIDERS,
            "*",
            "project acme-data",
            Dataset::Federation,
            "  provider",
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn each_failure_is_the_only_gap_and_everything_else_is_read() {
    let estate = granted().build();
    let whole = access(&Scan::of(&estate).take().await.expect("a snapshot"));
    for (method, path, scope, dataset, line) in places() {
        for (kind, expected) in failures("the.permission") {
            // Only of acme-prod can an API be off in its own project; above projects it is off in the one that pays.
            let is_prod = scope.contains("acme-prod");
            if matches!(kind, FaultKind::ApiDisabled { .. }) && !is_prod {
                continue;
            }
            let what = format!("{method} {kind:?}");
            let fault = Fault::on(method, kind).path(&path);
            let snapshot = Scan::of(&estate).fault(fault).take().await.expect(&what);
            let gaps: Vec<String> = snapshot
                .facts
                .coverage
                .gaps()
                .map(|(scope, dataset, reading)| {
                    format!("{scope}, {dataset:?}: {}", state(reading))
                })
                .collect();
            assert_eq!(
                gaps,
                [format!("{scope}, {dataset:?}: {expected}")],
                "{what}"
            );
            // Without its policy a role may be named by nobody; nor has a pool that is not there a provider.
            let may_lack = |text: &str| {
                text.starts_with(line)
                    || (dataset == Dataset::Policies
                        && text.contains("roles/")
                        && text.contains("(GA)"))
                    || (dataset == Dataset::AccountPolicies && text.starts_with("roles/iam."))
                    || (method == POOLS && text.starts_with("  provider"))
            };
            let access = access(&snapshot);
            let is: Vec<&str> = access.lines().collect();
            for fact in whole.lines() {
                assert!(
                    is.contains(&fact) || may_lack(fact),
                    "{what}: {fact} is missing"
                );
                assert!(
                    !fact.starts_with(line) || !is.contains(&fact),
                    "{what}: {fact} is made up"
                );
            }
            assert!(
                is.iter().all(|fact| whole.contains(fact)),
                "{what}: {access}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn policies_of_accounts_are_told_one_by_one_where_one_is_missing() {
    let denied = FaultKind::PermissionDenied {
        permission: "iam.serviceAccounts.getIamPolicy".to_owned(),
    };
    let fault = Fault::on(ACCOUNT_POLICIES, denied).path(&format!("*/{}*", unique_id(3)));
    let snapshot = Scan::of(&granted().build())
        .fault(fault)
        .take()
        .await
        .expect("a snapshot");
    let lines = coverage(&snapshot);
    let lines: Vec<&str> = lines
        .lines()
        .filter(|line| line.contains("AccountPolicies"))
        .collect();
    assert_eq!(
        lines,
        [
            "project acme-data, AccountPolicies: Read",
            "project acme-lab, AccountPolicies: Read",
            "account api@acme-prod.iam.gserviceaccount.com, AccountPolicies: Read",
            "account etl@acme-prod.iam.gserviceaccount.com, AccountPolicies: Read",
            "account web@acme-prod.iam.gserviceaccount.com, AccountPolicies: Denied",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn whatever_the_root_what_a_project_inherits_is_known() {
    let estate = granted().build();
    let inherited = "folder 11 in organizations/4711\nfolder 12 in folders/11\n\
         organization 4711: roles/viewer to group:audit@acme.example\n\
         organization 4711: organizations/4711/roles/reader to serviceAccount:load@acme-data.iam.gserviceaccount.com\n\
         folder 11: roles/editor to serviceAccount:load@acme-data.iam.gserviceaccount.com\n\
         folder 12: roles/browser to allUsers\n";
    for (roots, folders) in [
        (vec![organization("4711")], 0),
        (vec![folder("11")], 1),
        (vec![folder("12")], 2),
        (vec![project("acme-data")], 2),
        (vec![project("1003")], 2),
        (vec![folder("12"), project("acme-prod")], 2),
        (vec![], 2),
    ] {
        let what = format!("{roots:?}");
        let scan = Scan::of(&estate).roots(roots);
        let snapshot = scan.take().await.expect("a snapshot");
        assert!(
            access(&snapshot).starts_with(inherited),
            "{what}: {}",
            access(&snapshot)
        );
        assert_eq!(gaps(&snapshot), "", "{what}");
        // Each folder is read once, and only where no list has told it.
        assert_eq!(
            scan.calls().get(FOLDER).copied().unwrap_or_default(),
            folders,
            "{what}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_above_the_scope_is_a_gap_there() {
    let estate = granted().build();
    let denied = |permission: &str| FaultKind::PermissionDenied {
        permission: permission.to_owned(),
    };
    let fault = Fault::on(FOLDER, denied("resourcemanager.folders.get")).path("*/folders/11");
    let snapshot = Scan::of(&estate)
        .roots([folder("12")])
        .fault(fault)
        .take()
        .await
        .expect("a snapshot");
    assert_eq!(
        gaps(&snapshot),
        "folder 11, Policies: Denied { permission: Some(\"resourcemanager.folders.get\") }"
    );
    let lines = access(&snapshot);
    assert!(
        lines.starts_with(
            "folder 11 in nobody knows what\nfolder 12 in folders/11\nfolder 11: roles/editor to"
        ),
        "{lines}"
    );

    let fault = Fault::on(
        ORGANIZATION_POLICIES,
        denied("resourcemanager.organizations.getIamPolicy"),
    );
    let snapshot = Scan::of(&estate)
        .roots([project("acme-data")])
        .fault(fault)
        .take()
        .await
        .expect("a snapshot");
    assert_eq!(
        gaps(&snapshot),
        "organization 4711, Policies: Denied { permission: Some(\"resourcemanager.organizations.getIamPolicy\") }"
    );
}

#[tokio::test(start_paused = true)]
async fn an_api_that_is_off_in_the_project_that_pays_ends_the_scan() {
    let off = FaultKind::ApiDisabled {
        service: "cloudresourcemanager.googleapis.com".to_owned(),
        consumer: "projects/998877".to_owned(),
    };
    for method in [
        ORGANIZATION_POLICIES,
        PROJECT_POLICIES,
        ACCOUNT_POLICIES,
        ROLES,
        POOLS,
    ] {
        let scan = Scan::of(&granted().build()).fault(Fault::on(method, off.clone()));
        let error = scan
            .take()
            .await
            .expect_err("it is off for all")
            .to_string();
        assert!(error.contains("--project 998877"), "{method}: {error}");
    }
}

#[tokio::test(start_paused = true)]
async fn roles_that_were_deleted_say_so_and_those_that_are_gone_are_absent() {
    let deleted = json!({ "name": "projects/acme-prod/roles/old", "stage": "DISABLED", "deleted": true,
                          "includedPermissions": ["b.c.d", "a.b.c", "b.c.d"] });
    let member = "user:ana@acme.example";
    let estate = cloud()
        .project("acme-prod")
        .policy("projects/acme-prod", "projects/acme-prod/roles/old", member)
        .policy(
            "projects/acme-prod",
            "projects/acme-prod/roles/gone",
            member,
        )
        .policy("projects/acme-prod", "projects/elsewhere/roles/far", member)
        .policy("projects/acme-prod", "a role of no form", member)
        .element("iam.googleapis.com/projects/acme-prod/roles", deleted)
        .element(
            "iam.googleapis.com/projects/acme-prod/roles",
            json!({ "name": 7 }),
        )
        .element(
            "iam.googleapis.com/projects/acme-prod/roles",
            json!({ "title": "nameless" }),
        );
    let snapshot = Scan::of(&estate.build()).take().await.expect("a snapshot");
    let lines = access(&snapshot);
    let roles: Vec<&str> = lines.lines().filter(|line| line.contains("): ")).collect();
    assert_eq!(
        roles,
        ["projects/acme-prod/roles/old (DISABLED, deleted): a.b.c b.c.d"]
    );
    assert_eq!(
        gaps(&snapshot),
        "project acme-prod, Roles: Malformed { count: 2 }"
    );
}

#[tokio::test(start_paused = true)]
async fn pools_and_providers_of_every_kind_are_understood() {
    let pools = "projects/acme-prod/locations/global/workloadIdentityPools";
    let at = |path: &str| format!("iam.googleapis.com/{pools}{path}");
    let named = |path: &str, more: serde_json::Value| {
        let mut element = json!({ "name": format!("{pools}{path}"), "state": "ACTIVE" });
        for (field, value) in more.as_object().expect("fields") {
            element[field] = value.clone();
        }
        element
    };
    let providers = at("/on/providers");
    let estate = cloud()
        .project("acme-prod")
        .element(&at(""), named("/on", json!({})))
        .element(&at(""), named("/off", json!({ "disabled": true })))
        .element(&at(""), named("/gone", json!({ "state": "DELETED", "disabled": true })))
        .element(&at(""), named("/new", json!({ "state": "RESTING" })))
        .element(&at(""), named("/../../climbs", json!({})))
        .element(&at(""), json!({ "state": "ACTIVE" }))
        .element(&providers, named("/on/providers/aws", json!({ "aws": { "accountId": "123" } })))
        .element(
            &providers,
            named(
                "/on/providers/oidc",
                json!({ "oidc": { "issuerUri": "https://gitlab.example", "allowedAudiences": ["a"] },
                        "attributeMapping": { "google.subject": "assertion.sub" } }),
            ),
        )
        .element(&providers, named("/on/providers/saml", json!({ "saml": { "idpMetadataXml": "<x/>" } })))
        .element(&providers, named("/on/providers/x509", json!({ "x509": {}, "disabled": true })))
        .element(&providers, named("/on/providers/odd", json!({})))
        .element(&providers, named("/on/providers/", json!({})))
        .element(&providers, 7);
    let scan = Scan::of(&estate.build());
    let snapshot = scan.take().await.expect("a snapshot");
    insta::assert_snapshot!(access(&snapshot), @r#"
    pool gone of acme-prod: Deleted
    pool new of acme-prod: Unknown
    pool off of acme-prod: Disabled
    pool on of acme-prod: Active
      provider aws: Active, Aws { account: "123" }, {}, if ""
      provider odd: Active, Unknown, {}, if ""
      provider oidc: Active, Oidc { uri: "https://gitlab.example", audiences: ["a"] }, {"google.subject": "assertion.sub"}, if ""
      provider saml: Active, Saml, {}, if ""
      provider x509: Disabled, X509, {}, if ""
    "#);
    // Of the deleted pool nothing is asked.
    assert_eq!(scan.calls()[PROVIDERS], 3);
    assert_eq!(
        gaps(&snapshot),
        "project acme-prod, Federation: Malformed { count: 4 }"
    );
}

#[tokio::test(start_paused = true)]
async fn the_order_of_answers_leaves_no_trace() {
    let estate = granted().build();
    let undisturbed = Scan::of(&estate).take().await.expect("a snapshot");
    for seed in 1..=4 {
        let snapshot = Scan::shuffled(&estate, seed)
            .take()
            .await
            .expect("a snapshot");
        assert_eq!(snapshot, undisturbed, "seed {seed}");
    }
}

/// Keeps the facts of each project.
#[derive(Default)]
struct Kept(Vec<(ProjectId, Facts)>);

impl Observer for Kept {
    fn begin(&mut self, _done: usize, _total: usize) {}

    fn project(&mut self, project: &ProjectId, facts: &Facts) -> Result<()> {
        self.0.push((project.clone(), facts.clone()));
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_resumed_scan_reads_what_is_inherited_and_the_roles_anew() {
    let estate = granted().build();
    let mut kept = Kept::default();
    let undisturbed = Scan::of(&estate)
        .watched(None, &mut kept)
        .await
        .expect("a snapshot");
    for (project, facts) in kept.0 {
        let scan = Scan::of(&estate);
        let unfinished = Unfinished {
            header: header(scan.request()),
            done: [project.clone()].into(),
            facts,
        };
        let resumed = scan
            .watched(Some(unfinished), &mut ())
            .await
            .expect("a snapshot");
        assert_eq!(resumed, undisturbed, "{project}");
        assert_eq!(scan.calls()[PROJECT_POLICIES], 2, "{project}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_gap_above_the_scope_does_not_keep_what_has_left_it() {
    let estate = granted().build();
    let mut kept = Kept::default();
    let roots = || [project("acme-data"), project("acme-prod")];
    Scan::of(&estate)
        .roots(roots())
        .watched(None, &mut kept)
        .await
        .expect("a snapshot");
    let smaller = Scan::of(&estate)
        .roots([project("acme-data")])
        .fault(Fault::on(FOLDER, FaultKind::Html { code: 500 }));
    let (done, facts) = kept.0.into_iter().fold(
        (BTreeSet::new(), Facts::default()),
        |(mut done, mut all), (project, facts)| {
            done.insert(project);
            all.absorb(facts);
            (done, all)
        },
    );
    let unfinished = Unfinished {
        header: header(smaller.request()),
        done,
        facts,
    };
    let snapshot = smaller
        .watched(Some(unfinished), &mut ())
        .await
        .expect("a snapshot");
    let projects: Vec<&str> = snapshot
        .facts
        .projects
        .iter()
        .map(|p| p.id.as_str())
        .collect();
    assert_eq!(projects, ["acme-data"]);
    let folder = Scope::Folder("12".parse().expect("a number"));
    let reading = snapshot.facts.coverage.reading(&folder, Dataset::Policies);
    assert!(matches!(reading, Reading::Failed { .. }), "{reading:?}");
}

/// What rests on the folder's policy is marked as not evaluated, and every finding that does not stands.
#[tokio::test(start_paused = true)]
async fn a_denied_policy_of_one_folder_takes_along_what_rests_on_it_and_nothing_else() {
    let estate = named("retail");
    let kind = FaultKind::PermissionDenied {
        permission: "resourcemanager.folders.getIamPolicy".to_owned(),
    };
    let fault = Fault::on(FOLDER_POLICIES, kind).path("*/folders/781110464170:getIamPolicy");
    let whole = report(&Scan::of(&estate).take().await.expect("a snapshot"));
    let scan = Scan::of(&estate).fault(fault);
    let snapshot = scan.take().await.expect("a snapshot");
    let without = report(&snapshot);
    insta::assert_snapshot!(gaps(&snapshot), @r#"
    folder 781110464170, Policies: Denied { permission: Some("resourcemanager.folders.getIamPolicy") }
    project tillwick-pos-acquired, AccountActivity: Denied { permission: Some("policyanalyzer.serviceAccountLastAuthenticationActivities.query") }
    project tillwick-pos-acquired, KeyActivity: Denied { permission: Some("policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query") }
    "#);

    let findings = |report: &Report| -> BTreeSet<String> {
        let findings = report.findings().map(|f| &f.finding);
        let lines = findings.map(|f| format!("{} {:?}: {}", f.rule, f.severity, f.message));
        lines.collect()
    };
    let (whole, without_it) = (findings(&whole), findings(&without));
    let lost = whole
        .difference(&without_it)
        .map(|line| format!("- {line}"));
    let new = without_it
        .difference(&whole)
        .map(|line| format!("+ {line}"));
    let difference: Vec<String> = lost.chain(new).collect();
    insta::assert_snapshot!(difference.join("\n"), @"
    - account-privileged Critical: may have code run as other accounts (iam.serviceAccounts.actAs) by roles/iam.serviceAccountUser on folder 781110464170
    - impersonation-broad High: lets serviceAccount:github-ci@oddbasket-ci.iam.gserviceaccount.com act as every account in it, by roles/iam.serviceAccountUser
    ");
    let marked = asked(&without).into_iter().filter(|entry| entry.is_gap());
    let marked: Vec<String> = marked
        .map(|entry| format!("{}: {}", entry.scope, entry.rules.join(" ")))
        .collect();
    insta::assert_snapshot!(marked.join("\n"), @"
    folder 781110464170: account-privileged audit-log-gap cross-project-use default-account-editor external-account impersonation-broad impersonation-chain key-creation-broad wif-member-dead wif-pool-wide-grant
    project tillwick-pos-acquired: account-unused
    project tillwick-pos-acquired: key-active key-expires-soon key-unused
    ");
}
