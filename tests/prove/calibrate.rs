//! Today's bindings against today's calls: what explains a call, and what the model is blind to.

use sa_audit::model::access::PolicyNode;
use sa_audit::model::estate::Estate;
use sa_audit::model::names::{FolderId, OrganizationId, ProjectId};
use sa_audit::model::plan::{Change, PlannedGrant, Readiness};

use crate::world::*;

/// A group holds the role, and nobody sees who is in a group: the call was granted, and nothing that was read says why.
#[test]
fn a_call_by_way_of_a_group_makes_the_plan_manual() {
    let mut estate = acme()
        .project_grant(VIEWER, "group:apps@acme.example")
        .project_grant(PUBLISHER, &member("app"))
        .build();
    app(&mut estate).workloads = vec![service("web"), service("worker")];
    app(&mut estate).exercised = shared().accounts[0].exercised.clone();
    let proof = prove(&estate, &split(&estate));
    assert_eq!(
        told(&proof.blind),
        ["today:  as app: storage.objects.get on projects/_/buckets/lake: not granted"]
    );
    assert_eq!(proof.calls, 7, "what is not explained is not replayed");
    assert_eq!(proof.readiness(), Readiness::Manual);
}

#[test]
fn a_binding_on_the_resource_or_on_anything_above_it_explains_a_call() {
    let bucket = on_resource("//storage.googleapis.com/lake");
    let folder = PolicyNode::Folder(FolderId::parse("7").expect("a number"));
    let organization = PolicyNode::Organization(OrganizationId::parse("1").expect("a number"));
    let elsewhere = PolicyNode::Project(ProjectId::parse("acme-dev").expect("an id"));
    let other = on_resource("//storage.googleapis.com/pond");
    let table = [
        (bucket, 0),
        (on_project(), 0),
        (folder, 0),
        (organization, 0),
        (elsewhere, 1),
        (other, 1),
    ];
    for (on, expected) in table {
        let mut estate = acme().build();
        bind(&mut estate, on.clone(), VIEWER, &[&member("app")]);
        app(&mut estate).exercised = vec![used("storage.objects.get", LAKE, &[])];
        assert_eq!(prove(&estate, &[]).blind.len(), expected, "{on:?}");
    }
}

#[test]
fn one_resource_is_found_under_each_of_its_names() {
    let number = "100000000001";
    let keys = "locations/eu/keyRings/r";
    let account = "110000000000000000001";
    let table = [
        (
            "storage.a",
            "projects/_/buckets/lake".to_owned(),
            "//storage.googleapis.com/projects/_/buckets/lake".to_owned(),
        ),
        (
            "storage.a",
            "//storage.googleapis.com/projects/_/buckets/lake".to_owned(),
            "//storage.googleapis.com/lake".to_owned(),
        ),
        (
            "secretmanager.a",
            format!("projects/{number}/secrets/s"),
            "//secretmanager.googleapis.com/projects/acme-prod/secrets/s".to_owned(),
        ),
        (
            "bigquery.a",
            "projects/acme-prod/datasets/d".to_owned(),
            format!("//bigquery.googleapis.com/projects/{number}/datasets/d"),
        ),
        (
            "cloudkms.a",
            format!("projects/acme-prod/{keys}/cryptoKeys/k"),
            format!("//cloudkms.googleapis.com/projects/acme-prod/{keys}"),
        ),
        (
            "iam.a",
            format!("projects/-/serviceAccounts/{account}"),
            format!("//iam.googleapis.com/projects/acme-prod/serviceAccounts/{account}"),
        ),
        (
            "iam.a",
            format!("projects/-/serviceAccounts/{APP}"),
            format!("//iam.googleapis.com/projects/acme-prod/serviceAccounts/{account}"),
        ),
    ];
    for (permission, resource, policy) in table {
        let mut estate = acme().role("roles/all", &[permission]).build();
        bind(
            &mut estate,
            on_resource(&policy),
            "roles/all",
            &[&member("app")],
        );
        app(&mut estate).exercised = vec![used(permission, &resource, &[])];
        let blind = prove(&estate, &[]).blind;
        assert_eq!(told(&blind), Vec::<String>::new(), "{resource} by {policy}");
    }
    // The same path is another resource in another service, and below another project.
    let near = [
        (
            "bigtable.a",
            "projects/acme-prod/instances/i",
            "//spanner.googleapis.com/projects/acme-prod/instances/i",
        ),
        (
            "pubsub.a",
            "projects/acme-prod/topics/clicks",
            "//pubsub.googleapis.com/projects/acme-dev/topics/clicks",
        ),
        (
            "pubsub.a",
            "projects/acme-prod/topics/clicks",
            "//pubsub.googleapis.com/projects/acme-prod/topics/click",
        ),
        (
            "storage.a",
            "projects/_/buckets/lake",
            "//storage.googleapis.com/lake/managedFolders/raw",
        ),
    ];
    for (permission, resource, policy) in near {
        let mut estate = acme().role("roles/all", &[permission]).build();
        bind(
            &mut estate,
            on_resource(policy),
            "roles/all",
            &[&member("app")],
        );
        app(&mut estate).exercised = vec![used(permission, resource, &[])];
        assert_eq!(prove(&estate, &[]).blind.len(), 1, "{resource} by {policy}");
    }
}

#[test]
fn a_bucket_tells_no_project_and_what_is_out_of_scope_is_blind() {
    let blind = |project: Option<&str>, permission: &str, resource: &str| {
        let mut estate = acme().project_grant(VIEWER, &member("app")).build();
        let mut call = used(permission, resource, &[]);
        call.project = project.map(|id| ProjectId::parse(id).expect("an id"));
        app(&mut estate).exercised = vec![call];
        told(&prove(&estate, &[]).blind)
    };
    let get = "storage.objects.get";
    assert_eq!(blind(Some("acme-prod"), get, LAKE), Vec::<String>::new());
    assert_eq!(blind(Some("acme-prod"), get, ""), Vec::<String>::new());
    let lake = "today:  as app: storage.objects.get on projects/_/buckets/lake: unknown place";
    assert_eq!(blind(None, get, LAKE), [lake]);
    assert_eq!(blind(Some("elsewhere"), get, LAKE), [lake]);
    assert_eq!(
        blind(
            Some("acme-prod"),
            "storage.buckets.list",
            "projects/elsewhere"
        ),
        ["today:  as app: storage.buckets.list on projects/elsewhere: unknown place"]
    );
    assert_eq!(
        blind(None, get, ""),
        ["today:  as app: storage.objects.get on : unknown place"]
    );
}

#[test]
fn sets_that_every_account_is_in_explain_a_call_and_hold_for_new_accounts_too() {
    let sets = [
        "allUsers",
        "allAuthenticatedUsers",
        "principalSet://cloudresourcemanager.googleapis.com/projects/100000000001/type/ServiceAccount",
        "principalSet://cloudresourcemanager.googleapis.com/folders/7/type/ServiceAccount",
        "principalSet://cloudresourcemanager.googleapis.com/organizations/1/type/ServiceAccount",
    ];
    let no_sets = [
        "group:all@acme.example",
        "domain:acme.example",
        "projectViewer:acme-prod",
        "deleted:serviceAccount:app@acme-prod.iam.gserviceaccount.com?uid=7",
        "principalSet://cloudresourcemanager.googleapis.com/folders/8/type/ServiceAccount",
        "principalSet://cloudresourcemanager.googleapis.com/folders/7/type/ServiceAgent",
    ];
    let proof = |set: &str| {
        let mut estate = acme()
            .project_grant(VIEWER, set)
            .project_grant(PUBLISHER, &member("app"))
            .build();
        app(&mut estate).workloads = shared().accounts[0].workloads.clone();
        app(&mut estate).exercised = shared().accounts[0].exercised.clone();
        let mut steps = split(&estate);
        steps.drain(2..4);
        prove(&estate, &steps)
    };
    for set in sets {
        let proof = proof(set);
        assert_eq!(
            (told(&proof.blind), told(&proof.denied)),
            (Vec::new(), Vec::new()),
            "{set}"
        );
    }
    for set in no_sets {
        assert_eq!(proof(set).blind.len(), 1, "{set}");
    }
}

#[test]
fn a_condition_is_never_evaluated_and_covers_as_itself_alone() {
    let mut estate = acme()
        .project_grant(VIEWER, &member("app"))
        .condition("request.time < timestamp('2030-01-01T00:00:00Z')")
        .build();
    app(&mut estate).workloads = vec![service("web")];
    app(&mut estate).exercised = vec![used("storage.objects.get", LAKE, &["web"])];
    let denied = |expression: Option<&str>| {
        let given = PlannedGrant {
            condition: expression.map(condition),
            ..role(&member("web-app"), VIEWER, on_project())
        };
        let steps = [
            create("web-app", "web"),
            step(Change::Grant(given)),
            after(10, switch("web", "web-app")),
        ];
        let proof = prove(&estate, &steps);
        assert_eq!(told(&proof.blind), Vec::<String>::new());
        told(&proof.denied)
    };
    let same = "request.time < timestamp('2030-01-01T00:00:00Z')";
    assert_eq!(denied(Some(same)), Vec::<String>::new());
    assert_eq!(
        denied(None),
        Vec::<String>::new(),
        "without one it always holds"
    );
    assert_eq!(
        denied(Some("request.time < timestamp('2029-01-01T00:00:00Z')")),
        ["step 2: web as web-app: storage.objects.get on projects/_/buckets/lake: conditional"]
    );
}

#[test]
fn a_call_that_holds_for_sure_today_is_not_covered_by_a_condition() {
    let mut estate = acme().project_grant(VIEWER, &member("app")).build();
    app(&mut estate).workloads = vec![service("web")];
    app(&mut estate).exercised = vec![used("storage.objects.get", LAKE, &["web"])];
    let given = PlannedGrant {
        condition: Some(condition("true")),
        ..role(&member("web-app"), VIEWER, on_project())
    };
    let steps = [
        create("web-app", "web"),
        step(Change::Grant(given)),
        after(10, switch("web", "web-app")),
    ];
    assert_eq!(
        told(&prove(&estate, &steps).denied),
        ["step 2: web as web-app: storage.objects.get on projects/_/buckets/lake: conditional"]
    );
}

#[test]
fn roles_that_are_not_known_or_are_deleted_explain_nothing() {
    let mut estate = acme()
        .project_grant("projects/acme-prod/roles/custom", &member("app"))
        .build();
    app(&mut estate).exercised = vec![used("storage.objects.get", LAKE, &[])];
    let why = |estate: &Estate| told(&prove(estate, &[]).blind);
    let lake = "today:  as app: storage.objects.get on projects/_/buckets/lake";
    assert_eq!(why(&estate), [format!("{lake}: unknown role")]);
    let mut deleted = acme()
        .role("projects/acme-prod/roles/custom", &["storage.objects.get"])
        .project_grant("projects/acme-prod/roles/custom", &member("app"))
        .build();
    app(&mut deleted).exercised = vec![used("storage.objects.get", LAKE, &[])];
    assert_eq!(why(&deleted), Vec::<String>::new());
    for role in deleted.roles.values_mut() {
        role.deleted = true;
    }
    assert_eq!(why(&deleted), [format!("{lake}: not granted")]);
}

#[test]
fn refused_calls_are_not_replayed_and_what_two_sources_tell_counts_once() {
    let mut estate = shared();
    let mut refused = used(
        "secretmanager.versions.access",
        "projects/1/secrets/s",
        &["web"],
    );
    refused.granted = false;
    let mut again = app(&mut estate).exercised[0].clone();
    again.source = sa_audit::model::usage::UsageSource::BigQuery;
    again.count = 9;
    app(&mut estate).exercised.extend([refused, again]);
    let proof = prove(&estate, &[]);
    assert_eq!(
        (proof.calls, proof.groups, proof.blind),
        (9 + 7, 3, Vec::new())
    );
}
