//! A small estate for the planner's own tests: `acme`, in organization 7, scanned on 2026-11-22 at noon UTC.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::access::{Binding, Condition, Policy, PolicyNode, Role};
use crate::model::account::ServiceAccount;
use crate::model::attachment::AttachmentKind;
use crate::model::coverage::{Coverage, Dataset, Reading};
use crate::model::estate::{Account, Estate};
use crate::model::finding::Finding;
use crate::model::grant::Grant;
use crate::model::idle::{Creation, Life};
use crate::model::names::{
    Email, FullResourceName, Member, OrganizationId, ProjectId, ProjectNumber, UniqueId,
};
use crate::model::place::{Attribution, ExercisedPermission};
use crate::model::plan::{ByHand, Change, Holder, Step};
use crate::model::project::{Parent, Project};
use crate::model::rule::Confidence;
use crate::model::scope::{AccountRef, LeftOut, ScanScope, Scope};
use crate::model::settings::Settings;
use crate::model::usage::{LastUse, UsageSource, WhyUnknown};
use crate::model::workload::{Workload, WorkloadKind, WorkloadPart};

use super::draft::Draft;
use super::index::Index;
use super::{Context, Lookup};
use super::{narrow, split};

/// Returns the moment of the scan.
pub(super) fn now() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

/// Returns the moment so many days before the scan.
pub(super) fn days_ago(days: i64) -> DateTime<Utc> {
    now() - TimeDelta::days(days)
}

pub(super) fn project(id: &str) -> ProjectId {
    ProjectId::parse(id).expect("a project id")
}

/// Returns the projects `acme` (number 11) and `acme-data` (12), below organization 7, without accounts.
pub(super) fn estate() -> Estate {
    let organization = OrganizationId::parse("7").expect("a number");
    let mut coverage = Coverage::default();
    coverage.record(
        Scope::Organization(organization.clone()),
        Dataset::Policies,
        Reading::Read,
    );
    let projects = [("acme", "11"), ("acme-data", "12")].map(|(id, number)| {
        coverage.record(
            Scope::Project(project(id)),
            Dataset::Policies,
            Reading::Read,
        );
        Project {
            id: project(id),
            number: ProjectNumber::parse(number).expect("a number"),
            parent: Some(Parent::Organization(organization.clone())),
            display_name: id.to_owned(),
            labels: BTreeMap::new(),
            created: None,
        }
    });
    Estate {
        creators: BTreeMap::new(),
        org_policies: Vec::new(),
        observed_at: now(),
        scope: ScanScope::default(),
        left_out: LeftOut::default(),
        projects: projects.to_vec(),
        folders: Vec::new(),
        roles: BTreeMap::new(),
        policies: Vec::new(),
        pools: Vec::new(),
        services: BTreeMap::new(),
        accounts: Vec::new(),
        windows: Vec::new(),
        log_windows: Vec::new(),
        policy_insights: Vec::new(),
        coverage,
    }
}

/// Returns an account of `acme` with these workloads.
pub(super) fn shared(name: &str, unique_id: &str, workloads: Vec<Workload>) -> Account {
    let why = WhyUnknown::NoRow;
    Account {
        facts: ServiceAccount {
            unique_id: UniqueId::parse(unique_id).expect("a unique id"),
            email: email(name),
            project: project("acme"),
            display_name: String::new(),
            description: String::new(),
            disabled: false,
            created: None,
        },
        keys: Vec::new(),
        other_credentials: Vec::new(),
        last_use: LastUse::Unknown { why },
        life: Life {
            disabled: None,
            created: Creation::At(days_ago(500)),
            enabled: None,
            log_since: None,
        },
        callers: Vec::new(),
        exercised: Vec::new(),
        grants: Vec::new(),
        actors: Vec::new(),
        workloads,
        references: Vec::new(),
    }
}

pub(super) fn email(name: &str) -> Email {
    Email::parse(&format!("{name}@acme.iam.gserviceaccount.com")).expect("an address")
}

/// Returns a workload of one resource of that type and name, in `europe-west1` of `acme`.
pub(super) fn attached(name: &str, asset_type: &str) -> Workload {
    let (service, kind) = asset_type.split_once('/').expect("a type");
    let collection = format!("{}s", kind.to_ascii_lowercase());
    workload(
        WorkloadKind::Attached(asset_type.to_owned()),
        &format!("{asset_type}/acme/{name}"),
        &format!("{kind} {name}"),
        vec![resource(
            asset_type,
            &format!("//{service}/projects/acme/locations/europe-west1/{collection}/{name}"),
        )],
    )
}

/// Returns a workload of these parts.
pub(super) fn workload(
    kind: WorkloadKind,
    id: &str,
    name: &str,
    parts: Vec<WorkloadPart>,
) -> Workload {
    Workload {
        id: id.to_owned(),
        kind,
        name: name.to_owned(),
        project: Some(project("acme")),
        locations: Vec::new(),
        application: None,
        confidence: Confidence::High,
        evidence: Vec::new(),
        resources: parts.len() as u64,
        parts,
    }
}

/// Returns a resource in `europe-west1` of `acme`, as a part of a workload.
pub(super) fn resource(asset_type: &str, name: &str) -> WorkloadPart {
    WorkloadPart::Resource {
        resource: FullResourceName::parse(name).expect("a name"),
        asset_type: asset_type.to_owned(),
        project: project("acme"),
        location: Some("europe-west1".to_owned()),
        kind: AttachmentKind::Runtime,
    }
}

/// Returns a predefined role.
pub(super) fn role(name: &str, permissions: &[&str]) -> Role {
    let mut permissions: Vec<String> = permissions.iter().map(|&text| text.to_owned()).collect();
    permissions.sort();
    Role {
        name: name.to_owned(),
        title: name.to_owned(),
        stage: "GA".to_owned(),
        deleted: false,
        permissions,
    }
}

/// Returns a policy; a condition behind the member: `user:ana@acme.example if request.time < …`.
pub(super) fn policy(on: PolicyNode, bindings: &[(&str, &str)]) -> Policy {
    let bindings = bindings.iter().map(|(role, member)| {
        let (member, expression) = match member.split_once(" if ") {
            Some((member, expression)) => (member, Some(expression)),
            None => (*member, None),
        };
        Binding {
            role: (*role).to_owned(),
            members: vec![Member::parse(member)],
            condition: expression.map(|expression| Condition {
                title: "for now".to_owned(),
                expression: expression.to_owned(),
            }),
        }
    });
    Policy {
        on,
        bindings: bindings.collect(),
        audit: Vec::new(),
    }
}

pub(super) fn on_project(id: &str) -> PolicyNode {
    PolicyNode::Project(project(id))
}

pub(super) fn on_account(account: &Account) -> PolicyNode {
    PolicyNode::Account(AccountRef {
        ..account.reference()
    })
}

pub(super) fn on_resource(name: &str) -> PolicyNode {
    PolicyNode::Resource(FullResourceName::parse(name).expect("a name"))
}

/// Returns a permission seen in use in `acme`.
pub(super) fn used(permission: &str, resource: &str, by: Attribution) -> ExercisedPermission {
    ExercisedPermission {
        project: Some(project("acme")),
        permission: permission.to_owned(),
        resource: resource.to_owned(),
        granted: true,
        by,
        source: UsageSource::Logging,
        last: days_ago(1),
        count: 10,
    }
}

/// Draws what split and narrow would do for the first account.
pub(super) fn drawn(estate: Estate) -> String {
    asked(estate, |cx, account| {
        let split = split::draft(cx, account);
        let narrow = narrow::draft(cx, account, &split);
        draw(&split) + "\n" + &draw(&narrow)
    })
}

/// Returns what is asked about the first account, once the estate has its grants.
pub(super) fn asked<T>(mut estate: Estate, ask: impl Fn(&Context<'_>, &Account) -> T) -> T {
    for account in &mut estate.accounts {
        let held = estate.policies.iter().flat_map(Policy::held);
        let own = held.filter(|held| held.member.address() == Some(&account.facts.email));
        account.grants = own
            .map(|held| Grant {
                role: held.role.to_owned(),
                on: held.on.clone(),
                through: held.member.clone(),
                condition: held.condition.cloned(),
            })
            .collect();
        account.grants.sort();
    }
    let index = Index::of(&estate);
    let settings = Settings::default();
    let findings: BTreeMap<UniqueId, Vec<&Finding>> = BTreeMap::new();
    let cx = Context {
        estate: &estate,
        index: &index,
        settings: &settings,
        findings: &findings,
        lookup: &Lookup::of(&estate, &settings.plans),
    };
    let account = estate.accounts.first().expect("an account");
    ask(&cx, account)
}

fn draw(draft: &Draft) -> String {
    let steps = draft.steps.iter().map(draw_step);
    let notes = draft.notes.iter().map(|note| format!("note: {note}\n"));
    steps.chain(notes).collect()
}

fn draw_step(step: &Step) -> String {
    let mut text = match &step.wait {
        Some(wait) => format!(
            "[{:?} {:?} {} min] ",
            step.stage,
            wait.until,
            wait.at_least.num_minutes()
        ),
        None => format!("[{:?}] ", step.stage),
    };
    text += &match &step.change {
        Change::CreateAccount(new) => format!("create {}", new.email.short()),
        Change::Grant(grant) | Change::Revoke(grant) => {
            let verb = if matches!(step.change, Change::Grant(_)) {
                "grant"
            } else {
                "revoke"
            };
            let member = match &grant.member {
                Holder::Member(member) => member.short(),
                Holder::Group(_) => "a group".to_owned(),
                Holder::Federated { pool, .. } => pool.clone(),
            };
            let condition = grant.condition.as_ref();
            let condition = condition.map_or(String::new(), |c| format!(" if {}", c.expression));
            let kept = grant
                .kept
                .map_or(String::new(), |kept| format!(" ({kept:?})"));
            let on = grant.on.full_name();
            format!("{verb} {} to {member} on {on}{condition}{kept}", grant.role)
        }
        Change::Switch(switch) => {
            format!(
                "switch {} to {} ({:?})",
                switch.resource,
                switch.to.short(),
                switch.how
            )
        }
        change @ (Change::CreatePool(_)
        | Change::CreateProvider(_)
        | Change::Federate(_)
        | Change::UsePersonalLogin { .. }
        | Change::UseAttachedAccount { .. }
        | Change::RotateKey { .. }
        | Change::DisableKey(_)
        | Change::EnableKey(_)
        | Change::DeleteKey(_)
        | Change::DisableAccount(_)
        | Change::EnableAccount(_)
        | Change::DeleteAccount(_)
        | Change::UndeleteAccount(_)
        | Change::CreateAlert(_)
        | Change::EnableAuditLogs(_)
        | Change::EnforceConstraint(_)
        | Change::ByHand(_)) => by_hand(change),
    };
    text + "\n"
}

fn by_hand(change: &Change) -> String {
    if let Change::ByHand(ByHand::Other(message)) = change {
        return format!("by hand: {message}");
    }
    let Change::ByHand(ByHand::ReplaceReference { reference, to }) = change else {
        panic!("neither split nor narrow does {change:?}");
    };
    let to: Vec<String> = to.iter().map(Email::short).collect();
    format!(
        "by hand: {} {} names {}",
        reference.resource,
        reference.field,
        to.join(", ")
    )
}
