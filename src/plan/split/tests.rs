use crate::model::attachment::AttachedAccount;
use crate::model::coverage::{Dataset, Reading};
use crate::model::names::{FullResourceName, Member, OrganizationId};
use crate::model::reference::{Reference, ReferenceKind};
use crate::model::scope::Scope;
use crate::model::workload::{WorkloadKind, WorkloadPart};
use crate::plan::testing::{
    attached, drawn, email, estate, on_account, on_project, on_resource, policy, project, resource,
    role, shared, workload,
};

#[test]
fn one_workload_is_no_reason_to_split() {
    let mut world = estate();
    world.accounts = vec![shared(
        "etl",
        "101",
        vec![attached("api", "run.googleapis.com/Service")],
    )];
    insta::assert_snapshot!(drawn(world), @"");
}

#[test]
fn each_workload_gets_what_the_account_has_and_is_switched_after_ten_minutes() {
    let mut world = estate();
    let vm = resource(
        "compute.googleapis.com/Instance",
        "//compute.googleapis.com/projects/acme/zones/europe-west1-b/instances/web-1",
    );
    let group =
        "//compute.googleapis.com/projects/acme/zones/europe-west1-b/instanceGroupManagers/web";
    let etl = shared(
        "etl",
        "101",
        vec![
            attached("catalog-feed", "run.googleapis.com/Service"),
            workload(
                WorkloadKind::Attached("compute.googleapis.com/InstanceGroupManager".to_owned()),
                "compute.googleapis.com/InstanceGroupManager/acme/web",
                "managed instance group web",
                vec![vm],
            ),
        ],
    );
    let reference = |kind, resource: &str, asset_type: &str, field: &str| Reference {
        kind,
        resource: FullResourceName::parse(resource).expect("a name"),
        asset_type: asset_type.to_owned(),
        project: Some(project("acme")),
        account: AttachedAccount::Email(email("etl")),
        field: field.to_owned(),
    };
    let own = "serviceAccount:etl@acme.iam.gserviceaccount.com";
    world.policies = vec![
        policy(
            on_project("acme"),
            &[
                ("roles/editor", own),
                (
                    "roles/viewer",
                    &format!("{own} if request.time < timestamp('2027-01-01T00:00:00Z')"),
                ),
                ("roles/viewer", "user:ana@acme.example"),
            ],
        ),
        policy(
            on_resource("//storage.googleapis.com/raw"),
            &[("roles/storage.objectViewer", own)],
        ),
        policy(
            on_account(&etl),
            &[
                ("roles/iam.serviceAccountTokenCreator", own),
                (
                    "roles/iam.serviceAccountUser",
                    "group:deployers@acme.example",
                ),
                (
                    "roles/iam.serviceAccountTokenCreator",
                    "serviceAccount:service-12@gcp-sa-pubsub.iam.gserviceaccount.com",
                ),
                (
                    "roles/iam.serviceAccountTokenCreator",
                    "allAuthenticatedUsers",
                ),
                (
                    "roles/iam.serviceAccountTokenCreator",
                    "deleted:user:bob@acme.example?uid=9",
                ),
            ],
        ),
    ];
    world.accounts = vec![etl];
    world.accounts[0].references = vec![
        reference(
            ReferenceKind::Address,
            "//compute.googleapis.com/projects/acme/global/firewalls/allow-etl",
            "compute.googleapis.com/Firewall",
            "targetServiceAccounts[]",
        ),
        reference(
            ReferenceKind::Group,
            group,
            "compute.googleapis.com/InstanceGroupManager",
            "instanceTemplate",
        ),
        reference(
            ReferenceKind::Build,
            "//run.googleapis.com/projects/acme/locations/europe-west1/services/catalog-feed",
            "run.googleapis.com/Service",
            "buildConfig.serviceAccount",
        ),
    ];
    insta::assert_snapshot!(drawn(world), @"
    [Replace] create web-account@acme
    [Replace] create catalog-feed@acme
    [Replace] grant roles/editor to serviceAccount:web-account@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/iam.serviceAccountTokenCreator to serviceAccount:web-account@acme on //iam.googleapis.com/projects/acme/serviceAccounts/web-account@acme.iam.gserviceaccount.com (Copied)
    [Replace] grant roles/storage.objectViewer to serviceAccount:web-account@acme on //storage.googleapis.com/raw (Copied)
    [Replace] grant roles/viewer to serviceAccount:web-account@acme on //cloudresourcemanager.googleapis.com/projects/acme if request.time < timestamp('2027-01-01T00:00:00Z') (Copied)
    [Replace] grant roles/editor to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/iam.serviceAccountTokenCreator to serviceAccount:catalog-feed@acme on //iam.googleapis.com/projects/acme/serviceAccounts/catalog-feed@acme.iam.gserviceaccount.com (Copied)
    [Replace] grant roles/storage.objectViewer to serviceAccount:catalog-feed@acme on //storage.googleapis.com/raw (Copied)
    [Replace] grant roles/viewer to serviceAccount:catalog-feed@acme on //cloudresourcemanager.googleapis.com/projects/acme if request.time < timestamp('2027-01-01T00:00:00Z') (Copied)
    [Replace] grant roles/iam.serviceAccountUser to group:deployers@acme.example on //iam.googleapis.com/projects/acme/serviceAccounts/web-account@acme.iam.gserviceaccount.com (Copied)
    [Replace] grant roles/iam.serviceAccountUser to group:deployers@acme.example on //iam.googleapis.com/projects/acme/serviceAccounts/catalog-feed@acme.iam.gserviceaccount.com (Copied)
    [Replace] grant roles/iam.serviceAccountTokenCreator to serviceAccount:service-12@gcp-sa-pubsub.iam.gserviceaccount.com on //iam.googleapis.com/projects/acme/serviceAccounts/web-account@acme.iam.gserviceaccount.com (Copied)
    [Replace] grant roles/iam.serviceAccountTokenCreator to serviceAccount:service-12@gcp-sa-pubsub.iam.gserviceaccount.com on //iam.googleapis.com/projects/acme/serviceAccounts/catalog-feed@acme.iam.gserviceaccount.com (Copied)
    [Replace] by hand: //compute.googleapis.com/projects/acme/global/firewalls/allow-etl targetServiceAccounts[] names catalog-feed@acme, etl@acme, web-account@acme
    [Switch Propagation 10 min] switch //compute.googleapis.com/projects/acme/zones/europe-west1-b/instanceGroupManagers/web to web-account@acme (Recreate)
    [Switch Propagation 10 min] switch //run.googleapis.com/projects/acme/locations/europe-west1/services/catalog-feed to catalog-feed@acme (Update)
    [Switch] by hand: //run.googleapis.com/projects/acme/locations/europe-west1/services/catalog-feed buildConfig.serviceAccount names catalog-feed@acme
    note: who deploys or impersonates which workload is not known: every new account may be acted as by group:deployers@acme.example; take away from each what it does not need
    note: the old account may be acted as by allAuthenticatedUsers, the new ones may not: whoever relies on it has to be named
    note: what names etl@acme.iam.gserviceaccount.com outside of policies is not seen, and the new accounts do not have it: membership in groups, access lists of buckets, documents that are shared with it, RBAC in clusters, databases

    note: kept: roles/editor on projects/acme: the role's definition is not known
    note: kept: roles/iam.serviceAccountTokenCreator on projects/acme/serviceAccounts/catalog-feed@acme.iam.gserviceaccount.com: the role's definition is not known
    note: kept: roles/iam.serviceAccountTokenCreator on projects/acme/serviceAccounts/web-account@acme.iam.gserviceaccount.com: the role's definition is not known
    note: kept: roles/storage.objectViewer on projects/_/buckets/raw: the role's definition is not known
    note: kept: roles/viewer on projects/acme: the role's definition is not known
    note: 30 days after the last switch each account's own calls tell what it needs: plan again from a scan of then
    ");
}

#[test]
fn what_signs_in_from_outside_moves_to_its_own_account_and_a_keys_caller_has_no_switch() {
    let mut world = estate();
    world.roles.insert(
        "roles/iam.workloadIdentityUser".to_owned(),
        role(
            "roles/iam.workloadIdentityUser",
            &["iam.serviceAccounts.getAccessToken"],
        ),
    );
    world.roles.insert(
        "roles/iam.serviceAccountTokenCreator".to_owned(),
        role(
            "roles/iam.serviceAccountTokenCreator",
            &["iam.serviceAccounts.getAccessToken"],
        ),
    );
    let ksa = "serviceAccount:acme.svc.id.goog[shop/cart]";
    let github = "principalSet://iam.googleapis.com/projects/11/locations/global/workloadIdentityPools/github/attribute.repository_id/4711";
    let member = |text: &str| vec![WorkloadPart::Member(Member::parse(text))];
    let etl = shared(
        "etl",
        "101",
        vec![
            workload(
                WorkloadKind::GkeWorkloadIdentity,
                "gke/acme/shop/cart",
                "Kubernetes service account shop/cart",
                member(ksa),
            ),
            workload(
                WorkloadKind::Federated,
                &format!("federated/{github}"),
                "identities with repository_id 4711 of pool github",
                member(github),
            ),
            workload(
                WorkloadKind::KeyCaller,
                "key/4f1c0000000000000000000000000000000000aa/GitHub Actions",
                "GitHub Actions, with key 4f1c…00aa",
                Vec::new(),
            ),
            workload(
                WorkloadKind::Impersonator,
                "impersonator/reports@acme.iam.gserviceaccount.com",
                "account reports@acme",
                Vec::new(),
            ),
        ],
    );
    world.policies = vec![policy(
        on_account(&etl),
        &[
            ("roles/iam.workloadIdentityUser", ksa),
            ("roles/iam.workloadIdentityUser", github),
            (
                "roles/iam.serviceAccountTokenCreator",
                "serviceAccount:reports@acme.iam.gserviceaccount.com",
            ),
        ],
    )];
    world.accounts = vec![etl];
    insta::assert_snapshot!(drawn(world), @"
    [Replace] create repository-id-4711@acme
    [Replace] create shop-cart@acme
    [Replace] create for-reports@acme
    [Replace] create github-actions@acme
    [Replace] grant roles/iam.workloadIdentityUser to principalSet:…/github/attribute.repository_id/4711 on //iam.googleapis.com/projects/acme/serviceAccounts/repository-id-4711@acme.iam.gserviceaccount.com (Copied)
    [Replace] grant roles/iam.workloadIdentityUser to serviceAccount:acme.svc.id.goog[shop/cart] on //iam.googleapis.com/projects/acme/serviceAccounts/shop-cart@acme.iam.gserviceaccount.com (Copied)
    [Replace] grant roles/iam.serviceAccountTokenCreator to serviceAccount:reports@acme on //iam.googleapis.com/projects/acme/serviceAccounts/for-reports@acme.iam.gserviceaccount.com (Copied)
    [Switch Propagation 10 min] by hand: identities with repository_id 4711 of pool github: name repository-id-4711@acme.iam.gserviceaccount.com in its configuration, wherever it names the account that it impersonates
    [Switch Propagation 10 min] by hand: Kubernetes service account shop/cart: in each cluster set its annotation iam.gke.io/gcp-service-account to shop-cart@acme.iam.gserviceaccount.com, and start its pods again
    [Switch Propagation 10 min] by hand: account reports@acme: make it ask for tokens of for-reports@acme.iam.gserviceaccount.com
    note: what names etl@acme.iam.gserviceaccount.com outside of policies is not seen, and the new accounts do not have it: membership in groups, access lists of buckets, documents that are shared with it, RBAC in clusters, databases
    ");
}

#[test]
fn what_a_maker_makes_is_not_switched_and_of_runs_the_latest_is() {
    let mut world = estate();
    let composer = "composer.googleapis.com/Environment";
    let run = |name: &str| {
        resource(
            "dataflow.googleapis.com/Job",
            &format!("//dataflow.googleapis.com/projects/acme/locations/europe-west1/jobs/{name}"),
        )
    };
    let etl = shared(
        "etl",
        "101",
        vec![
            workload(
                WorkloadKind::Attached(composer.to_owned()),
                "composer.googleapis.com/Environment/acme/flows",
                "Cloud Composer environment flows",
                vec![
                    resource(
                        "compute.googleapis.com/Instance",
                        "//compute.googleapis.com/projects/acme/zones/b/instances/gke-1",
                    ),
                    resource(
                        "container.googleapis.com/Cluster",
                        "//container.googleapis.com/projects/acme/locations/europe-west1/clusters/c",
                    ),
                    resource(
                        composer,
                        "//composer.googleapis.com/projects/acme/locations/europe-west1/environments/flows",
                    ),
                ],
            ),
            workload(
                WorkloadKind::Attached("dataflow.googleapis.com/Job".to_owned()),
                "dataflow.googleapis.com/Job/acme/nightly",
                "Dataflow job nightly",
                vec![run("2026-11-20_1"), run("2026-11-21_1")],
            ),
            workload(
                WorkloadKind::Attached("dataproc.googleapis.com/Cluster".to_owned()),
                "dataproc.googleapis.com/Cluster/acme/spark",
                "Dataproc cluster spark",
                vec![resource(
                    "compute.googleapis.com/Instance",
                    "//compute.googleapis.com/projects/acme/zones/b/instances/spark-m",
                )],
            ),
        ],
    );
    world.accounts = vec![etl];
    insta::assert_snapshot!(drawn(world), @"
    [Replace] create flows-account@acme
    [Replace] create nightly@acme
    [Replace] create spark-account@acme
    [Switch Propagation 10 min] switch //composer.googleapis.com/projects/acme/locations/europe-west1/environments/flows to flows-account@acme (Recreate)
    [Switch Propagation 10 min] switch //dataflow.googleapis.com/projects/acme/locations/europe-west1/jobs/2026-11-21_1 to nightly@acme (NextLaunch)
    [Switch Propagation 10 min] by hand: Dataproc cluster spark: nothing that could be switched was seen; let it run as spark-account@acme.iam.gserviceaccount.com
    note: what names etl@acme.iam.gserviceaccount.com outside of policies is not seen, and the new accounts do not have it: membership in groups, access lists of buckets, documents that are shared with it, RBAC in clusters, databases
    ");
}

#[test]
fn limits_and_conditions_that_name_the_old_account_are_said() {
    let mut world = estate();
    let many: Vec<String> = (0..1_500)
        .map(|nth| format!("user:u{nth}@acme.example"))
        .collect();
    let mut bindings: Vec<(&str, &str)> = many
        .iter()
        .map(|member| ("roles/viewer", member.as_str()))
        .collect();
    bindings.push((
        "roles/editor",
        "serviceAccount:etl@acme.iam.gserviceaccount.com",
    ));
    bindings.push((
        "roles/iam.serviceAccountUser",
        "group:dev@acme.example if resource.name.endsWith('etl@acme.iam.gserviceaccount.com')",
    ));
    world.policies = vec![policy(on_project("acme"), &bindings)];
    world.accounts = vec![shared(
        "etl",
        "101",
        vec![
            attached("first-api", "run.googleapis.com/Service"),
            attached("second-api", "run.googleapis.com/Service"),
        ],
    )];
    world.accounts.extend((0..98).map(|nth| {
        shared(
            &format!("other-{nth}"),
            &format!("{}", 200 + nth),
            Vec::new(),
        )
    }));
    insta::assert_snapshot!(drawn(world), @"
    [Replace] create first-api@acme
    [Replace] create second-api@acme
    [Replace] grant roles/editor to serviceAccount:first-api@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Replace] grant roles/editor to serviceAccount:second-api@acme on //cloudresourcemanager.googleapis.com/projects/acme (Copied)
    [Switch Propagation 10 min] switch //run.googleapis.com/projects/acme/locations/europe-west1/services/first-api to first-api@acme (Update)
    [Switch Propagation 10 min] switch //run.googleapis.com/projects/acme/locations/europe-west1/services/second-api to second-api@acme (Update)
    note: what names etl@acme.iam.gserviceaccount.com outside of policies is not seen, and the new accounts do not have it: membership in groups, access lists of buckets, documents that are shared with it, RBAC in clusters, databases
    note: project acme would have 101 accounts: more than its quota of 100, unless that was raised
    note: the policy of //cloudresourcemanager.googleapis.com/projects/acme would name 1504 principals: no policy may name more than 1500
    note: a condition in the policy of //cloudresourcemanager.googleapis.com/projects/acme names the old account: it does not hold for the new ones, unless it is changed

    note: kept: roles/editor on projects/acme: the role's definition is not known
    note: 30 days after the last switch each account's own calls tell what it needs: plan again from a scan of then
    ");
}

/// What a folder gives to the account nobody could read: somebody has to look before anything is switched.
#[test]
fn a_policy_that_could_not_be_read_is_looked_at_by_hand() {
    let mut world = estate();
    world.accounts = vec![shared(
        "etl",
        "101",
        vec![
            attached("first-api", "run.googleapis.com/Service"),
            attached("second-api", "run.googleapis.com/Service"),
        ],
    )];
    let organization = OrganizationId::parse("7").expect("a number");
    world.coverage.record(
        Scope::Organization(organization),
        Dataset::Policies,
        Reading::Denied { permission: None },
    );
    insta::assert_snapshot!(drawn(world), @"
    [Replace] create first-api@acme
    [Replace] create second-api@acme
    [Replace] by hand: look whether the policy of //cloudresourcemanager.googleapis.com/organizations/7 names etl@acme.iam.gserviceaccount.com, and give each new account the same there
    [Switch Propagation 10 min] switch //run.googleapis.com/projects/acme/locations/europe-west1/services/first-api to first-api@acme (Update)
    [Switch Propagation 10 min] switch //run.googleapis.com/projects/acme/locations/europe-west1/services/second-api to second-api@acme (Update)
    note: what names etl@acme.iam.gserviceaccount.com outside of policies is not seen, and the new accounts do not have it: membership in groups, access lists of buckets, documents that are shared with it, RBAC in clusters, databases
    ");
}
