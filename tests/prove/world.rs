//! A world with calls and workloads in a few lines, and the steps of plans.

use chrono::TimeDelta;

use sa_audit::model::access::{Condition, Policy, PolicyNode};
use sa_audit::model::attachment::AttachmentKind;
use sa_audit::model::estate::{Account, Estate};
use sa_audit::model::message::Message;
use sa_audit::model::names::{Email, FullResourceName, Member, ProjectId};
use sa_audit::model::place::{Attribution, ExercisedPermission};
use sa_audit::model::plan::{
    Change, Denial, Holder, NewAccount, PlannedGrant, Proof, Stage, Step, Switch, SwitchHow, Wait,
    WaitFor, WhyDenied,
};
use sa_audit::model::rule::Confidence;
use sa_audit::model::settings::Settings;
use sa_audit::model::usage::UsageSource;
use sa_audit::model::workload::{Workload, WorkloadKind, WorkloadPart};
use sa_audit::plan::prove::World;

use crate::support::estate::{EstateBuilder, days_ago, estate};

pub(crate) const APP: &str = "app@acme-prod.iam.gserviceaccount.com";
pub(crate) const RUN: &str = "run.googleapis.com/Service";
pub(crate) const VIEWER: &str = "roles/storage.objectViewer";
pub(crate) const PUBLISHER: &str = "roles/pubsub.publisher";
pub(crate) const LAKE: &str = "projects/_/buckets/lake";
pub(crate) const CLICKS: &str = "projects/acme-prod/topics/clicks";

/// Returns `acme-prod` below folder 7 of organization 1, with the roles that the tests give, and the account `app`.
pub(crate) fn acme() -> EstateBuilder {
    estate()
        .folder("7", "organizations/1")
        .project("acme-prod")
        .below("folders/7")
        .role(VIEWER, &["storage.objects.get", "storage.objects.list"])
        .role(PUBLISHER, &["pubsub.topics.publish"])
        .role(
            "roles/editor",
            &[
                "bigquery.datasets.create",
                "compute.instances.create",
                "iam.serviceAccounts.actAs",
                "pubsub.topics.create",
                "pubsub.topics.publish",
                "storage.buckets.create",
            ],
        )
        .account("app")
}

/// Returns the member of an account of `acme-prod`.
pub(crate) fn member(local: &str) -> String {
    format!("serviceAccount:{}", address(local))
}

/// Returns the address of an account of `acme-prod`.
pub(crate) fn address(local: &str) -> Email {
    Email::parse(&format!("{local}@acme-prod.iam.gserviceaccount.com")).expect("an address")
}

/// Returns `acme-prod` where the services `web` and `worker` run as `app`: either may have read the lake, `worker` alone
/// has published.
pub(crate) fn shared() -> Estate {
    let mut estate = acme()
        .project_grant(VIEWER, &member("app"))
        .project_grant(PUBLISHER, &member("app"))
        .build();
    let app = app(&mut estate);
    app.workloads = vec![service("web"), service("worker")];
    app.exercised = vec![
        used("storage.objects.get", LAKE, &["web", "worker"]),
        used("pubsub.topics.publish", CLICKS, &["worker"]),
    ];
    estate
}

/// Returns the account `app`.
pub(crate) fn app(estate: &mut Estate) -> &mut Account {
    let mut accounts = estate.accounts.iter_mut();
    accounts
        .find(|account| account.facts.email.as_str() == APP)
        .expect("the account app")
}

/// Returns a Cloud Run service by its name for machines, which counts.
pub(crate) fn service(id: &str) -> Workload {
    workload(
        id,
        WorkloadKind::Attached(RUN.to_owned()),
        vec![part(id, "europe-west1")],
    )
}

/// Returns a workload of some kind and parts.
pub(crate) fn workload(id: &str, kind: WorkloadKind, parts: Vec<WorkloadPart>) -> Workload {
    Workload {
        id: id.to_owned(),
        kind,
        name: id.to_owned(),
        project: ProjectId::parse("acme-prod").ok(),
        locations: Vec::new(),
        application: None,
        confidence: Confidence::High,
        evidence: Vec::new(),
        resources: parts.len() as u64,
        parts,
    }
}

/// Returns a Cloud Run service as what has to be switched.
pub(crate) fn part(name: &str, location: &str) -> WorkloadPart {
    WorkloadPart::Resource {
        resource: resource(name, location),
        asset_type: RUN.to_owned(),
        project: ProjectId::parse("acme-prod").expect("an id"),
        location: Some(location.to_owned()),
        kind: AttachmentKind::Runtime,
    }
}

fn resource(name: &str, location: &str) -> FullResourceName {
    let name =
        format!("//run.googleapis.com/projects/acme-prod/locations/{location}/services/{name}");
    FullResourceName::parse(&name).expect("a name")
}

/// Returns a permission that one of the workloads used seven times on something of `acme-prod`.
pub(crate) fn used(permission: &str, resource: &str, by: &[&str]) -> ExercisedPermission {
    ExercisedPermission {
        project: ProjectId::parse("acme-prod").ok(),
        permission: permission.to_owned(),
        resource: resource.to_owned(),
        granted: true,
        by: match by {
            [one] => Attribution::Exact((*one).to_owned()),
            any => Attribution::AnyOf(any.iter().map(|id| (*id).to_owned()).collect()),
        },
        source: UsageSource::Logging,
        last: days_ago(3),
        count: 7,
    }
}

/// Adds a policy with one binding.
pub(crate) fn bind(estate: &mut Estate, on: PolicyNode, role: &str, members: &[&str]) {
    estate.policies.push(Policy {
        on,
        bindings: vec![sa_audit::model::access::Binding {
            role: role.to_owned(),
            members: members.iter().map(|member| Member::parse(member)).collect(),
            condition: None,
        }],
        audit: Vec::new(),
    });
}

/// Returns a resource as a place of policies.
pub(crate) fn on_resource(name: &str) -> PolicyNode {
    PolicyNode::Resource(FullResourceName::parse(name).expect("a name"))
}

/// Returns the project `acme-prod` as a place of policies.
pub(crate) fn on_project() -> PolicyNode {
    PolicyNode::Project(ProjectId::parse("acme-prod").expect("an id"))
}

/// Returns a condition.
pub(crate) fn condition(expression: &str) -> Condition {
    Condition {
        title: "a condition".to_owned(),
        expression: expression.to_owned(),
    }
}

/// Returns a step without a wait.
pub(crate) fn step(change: Change) -> Step {
    Step {
        stage: Stage::Replace,
        change,
        why: Message::default(),
        reasons: Vec::new(),
        checks: Vec::new(),
        wait: None,
        verify: Vec::new(),
    }
}

/// Returns the step behind a wait.
pub(crate) fn after(minutes: i64, step: Step) -> Step {
    Step {
        wait: Some(Wait {
            at_least: TimeDelta::minutes(minutes),
            until: WaitFor::Propagation,
        }),
        ..step
    }
}

/// Returns a new account of `acme-prod` for a workload.
pub(crate) fn new(local: &str, workload: &str) -> NewAccount {
    NewAccount {
        project: ProjectId::parse("acme-prod").expect("an id"),
        id: local.to_owned(),
        email: address(local),
        workload: workload.to_owned(),
        workload_name: workload.to_owned(),
    }
}

/// Returns that an account is made.
pub(crate) fn create(local: &str, workload: &str) -> Step {
    step(Change::CreateAccount(new(local, workload)))
}

/// Returns a role of a member.
pub(crate) fn role(member: &str, role: &str, on: PolicyNode) -> PlannedGrant {
    PlannedGrant {
        member: Holder::Member(Member::parse(member)),
        role: role.to_owned(),
        on,
        condition: None,
        kept: None,
    }
}

/// Returns that a member is given a role on the project.
pub(crate) fn grant(to: &str, name: &str) -> Step {
    step(Change::Grant(role(to, name, on_project())))
}

/// Returns that a member loses a role on the project.
pub(crate) fn revoke(from: &str, name: &str) -> Step {
    step(Change::Revoke(role(from, name, on_project())))
}

/// Returns that a service in one region is switched from `app` to another account.
pub(crate) fn switch_in(workload: &str, location: &str, to: &str) -> Step {
    step(Change::Switch(Switch {
        workload: workload.to_owned(),
        resource: resource(workload, location),
        asset_type: RUN.to_owned(),
        location: Some(location.to_owned()),
        from: address("app"),
        to: address(to),
        how: SwitchHow::Update,
    }))
}

/// Returns that a service of one region is switched from `app` to another account.
pub(crate) fn switch(workload: &str, to: &str) -> Step {
    switch_in(workload, "europe-west1", to)
}

/// Returns that `app` is switched off.
pub(crate) fn disable(estate: &Estate) -> Step {
    let account = estate
        .accounts
        .iter()
        .find(|of| of.facts.email.as_str() == APP);
    step(Change::DisableAccount(account.expect("app").reference()))
}

/// Returns that `app` is deleted.
pub(crate) fn delete(estate: &Estate) -> Step {
    let account = estate
        .accounts
        .iter()
        .find(|of| of.facts.email.as_str() == APP);
    step(Change::DeleteAccount(account.expect("app").reference()))
}

/// Returns the plan that splits [`shared`] and holds.
pub(crate) fn split(estate: &Estate) -> Vec<Step> {
    vec![
        create("web-app", "web"),
        create("worker-app", "worker"),
        grant(&member("web-app"), VIEWER),
        grant(&member("worker-app"), VIEWER),
        grant(&member("worker-app"), PUBLISHER),
        after(10, switch("web", "web-app")),
        switch("worker", "worker-app"),
        after(60, disable(estate)),
        after(60, delete(estate)),
    ]
}

/// Returns the proof of steps for `app`.
pub(crate) fn prove(estate: &Estate, steps: &[Step]) -> Proof {
    let account = estate
        .accounts
        .iter()
        .find(|of| of.facts.email.as_str() == APP);
    World::of(estate).prove(&Settings::default(), account.expect("app"), steps)
}

/// Returns denials as `after step N: workload as identity: permission on resource: why`.
pub(crate) fn told(denials: &[Denial]) -> Vec<String> {
    let when = |denial: &Denial| match denial.after {
        None => "today".to_owned(),
        Some(nth) => format!("step {nth}"),
    };
    let why = |why| match why {
        WhyDenied::NotGranted => "not granted",
        WhyDenied::Conditional => "conditional",
        WhyDenied::UnknownRole => "unknown role",
        WhyDenied::NotPropagated => "not propagated",
        WhyDenied::NoIdentity => "no identity",
        WhyDenied::UnknownPlace => "unknown place",
        WhyDenied::ByHand => "by hand",
    };
    let denials = denials.iter();
    denials
        .map(|denial| {
            let identity = denial.identity.split('@').next().unwrap_or_default();
            format!(
                "{}: {} as {identity}: {} on {}: {}",
                when(denial),
                denial.workload,
                denial.permission,
                denial.resource,
                why(denial.why)
            )
        })
        .collect()
}
