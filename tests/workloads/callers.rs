//! Workloads that only audit logs show, and which workload a permission is put down to.

use sa_audit::model::call::{PermissionUse, Principal};
use sa_audit::model::names::KeyId;
use sa_audit::model::place::Attribution;
use sa_audit::model::usage::UsageSource;

use crate::support::attachments::{CloudBuilder, address, cloud, service, vm};
use crate::support::callers::{CallBuilder, call};
use crate::support::estate::days_ago;

const APP: &str = "app@acme-prod.iam.gserviceaccount.com";
const POOL: &str = "iam.googleapis.com/projects/1001/locations/global/workloadIdentityPools/ci";
const MAC: &str = "google-cloud-sdk gcloud/569.0.0 client-os/MACOSX interactive/True";
const ACTION: &str = "google-cloud-sdk gcloud/569.0.0 environment/github-actions-setup-gcloud";

fn app() -> CloudBuilder {
    cloud()
        .project("acme-prod")
        .account("app@acme-prod")
        .key("4f1c")
        .key("9ab2")
}

fn told(world: &CloudBuilder) -> Vec<String> {
    let estate = world.clone().join();
    let workloads = estate.accounts[0].workloads.iter();
    workloads
        .map(|workload| format!("{} {:?}", workload.id, workload.confidence))
        .collect()
}

fn with(calls: impl IntoIterator<Item = CallBuilder>) -> CloudBuilder {
    calls
        .into_iter()
        .fold(app(), |world, call| world.call(call.build()))
}

#[test]
fn a_key_is_one_workload_for_each_place_that_is_known() {
    let by = |key: &str, agent: &str| call(APP).key(key).user_agent(agent);
    let mac = "key/4f1c/workstation (macOS) Medium";
    let github = "key/4f1c/GitHub Actions Medium";
    let table = [
        (vec![by("4f1c", "curl/8")], vec!["key/4f1c/ Medium"]),
        (vec![by("4f1c", MAC), by("4f1c", "curl/8")], vec![mac]),
        (vec![by("4f1c", MAC), by("4f1c", ACTION)], vec![github, mac]),
        // Seen too long ago, or with a key that is gone.
        (vec![by("4f1c", MAC).between(200, 91)], vec![]),
        (vec![by("dead", MAC)], vec![]),
        // A key that was replaced by another is one workload; two that are used side by side are two.
        (
            vec![
                by("4f1c", MAC).between(80, 40),
                by("9ab2", MAC).between(39, 2),
            ],
            vec![mac],
        ),
        (
            vec![
                by("4f1c", MAC).between(80, 30),
                by("9ab2", MAC).between(39, 2),
            ],
            vec![mac, "key/9ab2/workstation (macOS) Medium"],
        ),
    ];
    for (calls, expected) in table {
        let world = with(calls);
        assert_eq!(told(&world), expected);
    }
}

/// The key may well be used by the machine that runs as the account anyway.
#[test]
fn a_key_of_unknown_place_does_not_count_beside_what_the_account_is_attached_to() {
    let world =
        with([call(APP).key("4f1c")]).with(vm("acme-prod", "worker").runs_as("app@acme-prod"));
    assert_eq!(
        told(&world),
        [
            "compute.googleapis.com/Instance/acme-prod/worker High",
            "key/4f1c/ Low"
        ]
    );
}

#[test]
fn a_platform_counts_where_nothing_is_attached() {
    let calls =
        || [call(APP).delegate("service-1001@serverless-robot-prod.iam.gserviceaccount.com")];
    assert_eq!(told(&with(calls())), ["platform/1001/Cloud Run Medium"]);
    let attached = with(calls()).with(service("acme-prod", "web").runs_as("app@acme-prod"));
    assert_eq!(
        told(&attached),
        ["run.googleapis.com/Service/acme-prod/web High"]
    );
    // An agent of something that runs nothing is no platform, and a person none either.
    for delegate in [
        "service-1001@gcp-sa-logging.iam.gserviceaccount.com",
        "ann@acme.example",
    ] {
        let world = with([call(APP).delegate(delegate)]);
        assert_eq!(told(&world), Vec::<String>::new(), "{delegate}");
    }
}

#[test]
fn an_account_that_takes_tokens_is_a_workload_and_a_person_is_none() {
    let other = "deploy@acme-prod.iam.gserviceaccount.com";
    let expected = [format!("impersonator/{other} Medium")];
    assert_eq!(told(&with([call(other).target(APP)])), expected);
    assert_eq!(told(&with([call(APP).delegate(other)])), expected);
    let person = Principal::Other("ann@acme.example".to_owned());
    let world = with([call(other).principal(person).target(APP)]);
    assert_eq!(told(&world), Vec::<String>::new());
    // Its own call for another account's token makes it no workload of its own.
    assert_eq!(told(&with([call(APP).target(other)])), Vec::<String>::new());
}

#[test]
fn a_federated_identity_is_what_is_bound_or_one_for_each_repository() {
    let subject = |branch: &str| format!("principal://{POOL}/subject/repo:acme/shop:ref:{branch}");
    let calls = || {
        [
            call(APP).delegate(&subject("main")),
            call(APP).delegate(&subject("next")),
        ]
    };
    assert_eq!(
        told(&with(calls())),
        [format!("federated/{} Medium", subject("main"))]
    );
    let bound = format!("principalSet://{POOL}/attribute.repository/acme/shop");
    let world = with(calls()).bind("roles/iam.workloadIdentityUser", &[&bound]);
    assert_eq!(told(&world), [format!("federated/{bound} High")]);
    let pods = "serviceAccount:acme-prod.svc.id.goog[shop/api]";
    let world = with([call(APP).delegate(pods)]).bind("roles/iam.workloadIdentityUser", &[pods]);
    assert_eq!(told(&world), ["gke/acme-prod/shop/api High"]);
}

/// A key and a subject name their workload; two services on one account cannot be told apart.
#[test]
fn a_permission_is_put_down_to_the_workload_that_used_it_or_to_all_that_may_have() {
    let pods = "serviceAccount:acme-prod.svc.id.goog[shop/api]";
    let used = |permission: &str, key: Option<&str>, delegate: Option<&str>| PermissionUse {
        project: None,
        source: UsageSource::Logs,
        principal: Principal::Account(address("app@acme-prod")),
        key: key.map(|key| KeyId::parse(key).expect("a key id")),
        delegate: delegate.map(str::to_owned),
        permission: permission.to_owned(),
        resource: String::new(),
        granted: true,
        last: days_ago(3),
        count: 1,
    };
    let world = with([call(APP).key("4f1c").user_agent(ACTION)])
        .bind("roles/iam.workloadIdentityUser", &[pods])
        .with(service("acme-prod", "web").runs_as("app@acme-prod"))
        .permission(used("a.by.key", Some("4f1c"), None))
        .permission(used("b.by.pods", None, Some(pods)))
        .permission(used("c.by.platform", None, None))
        .permission(used("d.by.silent.key", Some("9ab2"), None));
    let [key, gke, run] = [
        "key/4f1c/GitHub Actions",
        "gke/acme-prod/shop/api",
        "run.googleapis.com/Service/acme-prod/web",
    ]
    .map(str::to_owned);
    let estate = world.join();
    let by: Vec<Attribution> = estate.accounts[0]
        .exercised
        .iter()
        .map(|used| used.by.clone())
        .collect();
    assert_eq!(
        by,
        [
            Attribution::Exact(key.clone()),
            Attribution::Exact(gke.clone()),
            Attribution::AnyOf(vec![gke.clone(), key.clone(), run.clone()]),
            Attribution::AnyOf(vec![gke, key, run]),
        ]
    );
}
