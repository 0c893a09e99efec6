//! The bindings of a new account: all that the old one holds, and those on the old one, each for whom it concerns.

use crate::model::access::{Condition, Held, PolicyNode};
use crate::model::estate::Account;
use crate::model::grant::{ActAs, Grant};
use crate::model::names::{Email, GkeWorkload, Member, MemberKind};
use crate::model::plan::{Holder, Kept, NewAccount, PlannedGrant};
use crate::model::workload::{Workload, WorkloadKind, WorkloadPart};
use crate::plan::Context;

use super::Part;

/// A role that lets whoever holds it act as the old account, by what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Moved {
    /// It goes to these workloads' accounts.
    To(Vec<String>),
    /// It goes to every new account, since whose deployer or impersonator it is cannot be known.
    ToAll,
    /// It is not taken over: everybody could act as the account.
    Crowd,
    /// It gives nothing: the member was deleted, or is the old account itself.
    Nothing,
}

/// Returns the bindings that the new account needs to do what the old one does, sorted: those that name the old account,
/// with their conditions. What it has by a set of accounts the new one has too: it is made in the same project.
pub(super) fn copies(account: &Account, new: &NewAccount) -> Vec<PlannedGrant> {
    let own = |grant: &&Grant| grant.through.address() == Some(&account.facts.email);
    let grants = account.grants.iter().filter(own).map(|grant| {
        let on = if is_on(&grant.on, account) {
            new.node()
        } else {
            grant.on.clone()
        };
        copied(member(new), &grant.role, on, grant.condition.as_ref())
    });
    let mut grants: Vec<PlannedGrant> = grants.collect();
    grants.sort();
    grants.dedup();
    grants
}

/// Returns the members of the old account's own policy, with what becomes of each; in the policy's order.
pub(super) fn of_actors<'a>(
    cx: &Context<'a>,
    account: &Account,
    workloads: &[&Workload],
) -> Vec<(Held<'a>, Moved)> {
    let policy = cx.index.policy(&PolicyNode::Account(account.reference()));
    let held = policy.into_iter().flat_map(|policy| policy.held());
    held.map(|held| {
        let moved = moved(cx, account, workloads, held);
        (held, moved)
    })
    .collect()
}

/// Returns a binding on a new account that the old one has.
pub(super) fn on_new(held: Held<'_>, new: &NewAccount) -> PlannedGrant {
    copied(
        Holder::Member(held.member.clone()),
        held.role,
        new.node(),
        held.condition,
    )
}

/// Returns a new account as a member.
pub(super) fn member(new: &NewAccount) -> Holder {
    Holder::Member(Member::parse(&format!("serviceAccount:{}", new.email)))
}

fn copied(
    member: Holder,
    role: &str,
    on: PolicyNode,
    condition: Option<&Condition>,
) -> PlannedGrant {
    PlannedGrant {
        member,
        role: role.to_owned(),
        on,
        condition: condition.cloned(),
        kept: Some(Kept::Copied),
    }
}

fn is_on(node: &PolicyNode, account: &Account) -> bool {
    match node {
        PolicyNode::Account(on) => on.unique_id == account.facts.unique_id,
        PolicyNode::Organization(_)
        | PolicyNode::Folder(_)
        | PolicyNode::Project(_)
        | PolicyNode::Resource(_) => false,
    }
}

fn moved(cx: &Context<'_>, account: &Account, workloads: &[&Workload], held: Held<'_>) -> Moved {
    match held.member.kind() {
        MemberKind::Account(email) if *email == account.facts.email => Moved::Nothing,
        MemberKind::Deleted { .. } => Moved::Nothing,
        MemberKind::AllUsers | MemberKind::AllAuthenticatedUsers | MemberKind::Domain(_) => {
            Moved::Crowd
        }
        MemberKind::GkeWorkload(ksa) => {
            to(workloads, |workload| is_of_gke(workload, held.member, ksa))
        }
        MemberKind::Federated(_) | MemberKind::FederatedSet(_)
            if held.member.is_narrowly_federated() =>
        {
            to(workloads, |workload| has_member(workload, held.member))
        }
        MemberKind::Account(email) if !attaches(cx, held.role) => {
            to(workloads, |workload| is_impersonator(workload, email))
        }
        MemberKind::Agent(email) => to_project_of_agent(cx, workloads, email),
        // Who deploys what cannot be told from a binding on the account; nor who of a pool, a group or a project acts.
        MemberKind::Account(_)
        | MemberKind::User(_)
        | MemberKind::Group(_)
        | MemberKind::Federated(_)
        | MemberKind::FederatedSet(_)
        | MemberKind::Workforce(_)
        | MemberKind::EveryAccountBelow { .. }
        | MemberKind::BasicRoleHolders { .. }
        | MemberKind::Unknown => Moved::ToAll,
    }
}

/// Returns those workloads that the member concerns; all where it is none's: it may act and was not seen to.
fn to(workloads: &[&Workload], concerns: impl Fn(&Workload) -> bool) -> Moved {
    let found = workloads.iter().filter(|workload| concerns(workload));
    let mut ids: Vec<String> = found.map(|workload| workload.id.clone()).collect();
    ids.sort();
    if ids.is_empty() {
        Moved::ToAll
    } else {
        Moved::To(ids)
    }
}

fn has_member(workload: &Workload, member: &Member) -> bool {
    let is_it = |part: &WorkloadPart| match part {
        WorkloadPart::Member(held) => held == member,
        WorkloadPart::Resource { .. } => false,
    };
    workload.parts.iter().any(is_it)
}

/// One Kubernetes service account is written in two forms.
fn is_of_gke(workload: &Workload, member: &Member, ksa: &GkeWorkload) -> bool {
    let GkeWorkload {
        project,
        namespace,
        account,
    } = ksa;
    has_member(workload, member) || workload.id == format!("gke/{project}/{namespace}/{account}")
}

fn is_impersonator(workload: &Workload, email: &Email) -> bool {
    match workload.kind {
        WorkloadKind::Impersonator => workload.id == format!("impersonator/{email}"),
        WorkloadKind::Attached(_)
        | WorkloadKind::GkeWorkloadIdentity
        | WorkloadKind::Federated
        | WorkloadKind::KeyCaller
        | WorkloadKind::Platform
        | WorkloadKind::Grouped => false,
    }
}

/// Returns whether a role lets its holder attach the account, or may: then it deploys something, and what is not known.
fn attaches(cx: &Context<'_>, role: &str) -> bool {
    cx.estate.permissions(role).is_none_or(|permissions| {
        let mut ways = permissions.iter().filter_map(|p| ActAs::of_permission(p));
        ways.any(|way| way == ActAs::Attach)
    })
}

/// Service agents name their project by number: they mint tokens for what runs there, which cross-project attachment needs.
fn to_project_of_agent(cx: &Context<'_>, workloads: &[&Workload], agent: &Email) -> Moved {
    let number = agent.local().rsplit('-').next().unwrap_or_default();
    let Some(project) = cx.index.project_named(number) else {
        return Moved::ToAll;
    };
    to(workloads, |workload| {
        let is_there = |part: &WorkloadPart| match part {
            WorkloadPart::Resource { project: at, .. } => at == project,
            WorkloadPart::Member(_) => false,
        };
        workload.project.as_ref() == Some(project) || workload.parts.iter().any(is_there)
    })
}

/// Returns what an account needs that was seen to impersonate the old one, where everybody might: to be named itself.
pub(super) fn of_impersonator(held: Held<'_>, part: &Part<'_>) -> Option<PlannedGrant> {
    let email = match part.workload.kind {
        WorkloadKind::Impersonator => part.workload.id.strip_prefix("impersonator/")?,
        WorkloadKind::Attached(_)
        | WorkloadKind::GkeWorkloadIdentity
        | WorkloadKind::Federated
        | WorkloadKind::KeyCaller
        | WorkloadKind::Platform
        | WorkloadKind::Grouped => return None,
    };
    let named = Member::parse(&format!("serviceAccount:{email}"));
    Some(on_new(
        Held {
            member: &named,
            ..held
        },
        part.new,
    ))
}
