use crate::model::attachment::AttachedAccount;
use crate::model::names::{FullResourceName, Member};
use crate::model::reference::{Reference, ReferenceKind};
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
    insta::assert_snapshot!(drawn(world), @"");
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
    insta::assert_snapshot!(drawn(world), @"");
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
    insta::assert_snapshot!(drawn(world), @"");
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
    insta::assert_snapshot!(drawn(world), @"");
}
