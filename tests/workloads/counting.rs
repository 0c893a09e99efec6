//! Which attachments count, and for which account.

use sa_audit::model::attachment::AttachmentKind;

use crate::support::attachments::{cloud, dataflow, resource, service, vm};
use crate::{names, running};

#[test]
fn the_kind_decides_what_counts() {
    let count = |kind, state: Option<&str>, age: Option<i64>| {
        let job = resource(
            "dataproc.googleapis.com/Batch",
            "acme-prod",
            "locations/l/batches/b",
        )
        .kind(kind);
        let job = state.map_or(job.clone(), |state| job.state(state));
        let job = age.map_or(job.clone(), |age| job.created_days_ago(age));
        names([job]).len()
    };
    use AttachmentKind as K;
    let table = [
        (K::Runtime, None, None, 1),
        // A stopped VM and a paused job run as the account when they are started.
        (K::Runtime, Some("TERMINATED"), Some(900), 1),
        (K::RuntimeWi, None, None, 1),
        (K::RuntimeCi, None, None, 1),
        (K::RuntimeDev, None, None, 1),
        (K::Caller, Some("PAUSED"), None, 1),
        (K::Trigger, None, None, 1),
        (K::RuntimeEphemeral, Some("RUNNING"), Some(400), 1),
        (K::RuntimeEphemeral, Some("JOB_STATE_RUNNING"), None, 1),
        (K::RuntimeEphemeral, Some("SUCCEEDED"), Some(29), 1),
        (K::RuntimeEphemeral, Some("SUCCEEDED"), Some(30), 1),
        (K::RuntimeEphemeral, Some("SUCCEEDED"), Some(31), 0),
        (K::RuntimeEphemeral, Some("JOB_STATE_DONE"), None, 0),
        (
            K::RuntimeEphemeral,
            Some("PIPELINE_STATE_FAILED"),
            Some(31),
            0,
        ),
        (K::RuntimeEphemeral, Some("INTERNAL_ERROR"), Some(31), 0),
        (K::RuntimeEphemeral, None, Some(2), 1),
        (K::RuntimeEphemeral, None, Some(31), 0),
        (K::RuntimeEphemeral, None, None, 1),
        (K::CallerEphemeral, None, None, 1),
        (K::CallerEphemeral, Some("SUCCEEDED"), None, 0),
        (K::Template, None, None, 0),
        (K::Build, None, None, 0),
        (K::Cmek, None, None, 0),
        (K::Credential, None, None, 0),
        (K::ServiceAgent, None, None, 0),
        (K::Indirect, None, None, 0),
        (K::Lookup, None, None, 0),
    ];
    for (kind, state, age, expected) in table {
        assert_eq!(
            count(kind, state, age),
            expected,
            "{kind:?} {state:?} {age:?}"
        );
    }
}

#[test]
fn an_attachment_counts_for_the_account_that_it_names_in_any_project_and_form() {
    let world = cloud()
        .project("acme-prod")
        .account("api@acme-prod")
        .account("1001-compute@developer.gserviceaccount.com")
        .project("acme-test")
        .account("other@acme-test")
        .with(service("acme-prod", "by-email").runs_as("api@acme-prod"))
        .with(service("acme-test", "elsewhere").runs_as("api@acme-prod"))
        .with(service("acme-prod", "by-id").runs_as_id("101"))
        .with(
            vm("acme-prod", "nobody-chose")
                .runs_as_default("1001-compute@developer.gserviceaccount.com"),
        )
        .with(service("acme-prod", "gone").runs_as("gone@acme-prod"))
        .with(service("acme-prod", "gone-id").runs_as_id("999"));
    insta::assert_snapshot!(world.workloads(), @"
    api@acme-prod
      Cloud Run service by-email | run.googleapis.com/Service/acme-prod/by-email | acme-prod | europe-west1 | High | 1
        //run.googleapis.com/projects/acme-prod/locations/europe-west1/services/by-email serviceAccount -
      Cloud Run service by-id | run.googleapis.com/Service/acme-prod/by-id | acme-prod | europe-west1 | High | 1
        //run.googleapis.com/projects/acme-prod/locations/europe-west1/services/by-id serviceAccount -
      Cloud Run service elsewhere | run.googleapis.com/Service/acme-test/elsewhere | acme-test | europe-west1 | High | 1
        //run.googleapis.com/projects/acme-test/locations/europe-west1/services/elsewhere serviceAccount -
    1001-compute@developer
      VM nobody-chose | compute.googleapis.com/Instance/acme-prod/nobody-chose | acme-prod | europe-west1-b | High | 1
        //compute.googleapis.com/projects/acme-prod/zones/europe-west1-b/instances/nobody-chose serviceAccount -
    other@acme-test
    ");
}

#[test]
fn runs_without_a_name_are_one_workload_and_jobs_of_two_names_are_two() {
    let running = |id: &str, name: &str| dataflow("acme-prod", id, name).state("JOB_STATE_RUNNING");
    let id = "2026-11-20_00_10_11-1234567890";
    assert_eq!(
        names([
            running(id, id),
            running("2026-11-21_00_10_11-1234567891", "20261121")
        ]),
        ["Dataflow jobs without a name"]
    );
    assert_eq!(
        names([
            running("a", "load-20261120"),
            running("b", "check-20261120")
        ]),
        ["Dataflow job check", "Dataflow job load"]
    );
}

#[test]
fn a_revision_of_a_service_that_has_moved_on_is_no_workload() {
    let revision = resource(
        "run.googleapis.com/Revision",
        "acme-prod",
        "locations/l/services/api/revisions/api-1",
    );
    assert_eq!(names([revision.clone()]), Vec::<String>::new());
    let moved = running([revision]).account("new@acme-prod");
    let moved = moved.with(service("acme-prod", "api").runs_as("new@acme-prod"));
    let counts: Vec<usize> = moved
        .join()
        .accounts
        .iter()
        .map(|account| account.workloads.len())
        .collect();
    assert_eq!(counts, [0, 1]);
}
