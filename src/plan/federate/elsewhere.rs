//! Callers for whom no provider is written: by hand, on Google Cloud, on people's machines, at services, and nobody knows.

use chrono::TimeDelta;

use crate::model::access::PolicyNode;
use crate::model::estate::{Account, Key};
use crate::model::message::Message;
use crate::model::plan::{
    AuditLogs, ByHand, Change, Check, Holder, PlannedGrant, Reason, Stage, Step, Value, Variable,
};
use crate::plan::Context;
use crate::plan::draft::Draft;
use crate::plan::keys::rotates;
use crate::plan::lookup::ALL_SERVICES;
use crate::plan::steps::{key_ref, step};

use super::{Used, ask, granted, switched};

/// The role by which people impersonate an account.
const TOKEN_CREATOR: &str = "roles/iam.serviceAccountTokenCreator";

/// The name of the variable for the group of people who used a key.
const PEOPLE: &str = "developers_group";

/// Returns the step for a caller whose issuer is not known: what is needed, in words.
pub(super) fn federate_by_hand(used: &Used<'_>) -> Draft {
    let place = used.site.place.label();
    let change = Change::ByHand(ByHand::Federate {
        key: key_ref(used.account, &used.key.facts.id),
        platform: place.clone(),
    });
    let why = Message::from("key ")
        .key(&used.key.facts.id)
        .text(" is used by ")
        .name(place)
        .text(": a provider for it needs the issuer of its tokens, a claim with an id that tells this caller from all others, and the audience; without tokens of its own, it needs certificates or a key of its own");
    one(switched(change, why, used))
}

/// Returns the step for a caller on Google Cloud.
pub(super) fn attach(used: &Used<'_>) -> Draft {
    let place = used.site.place.label();
    let is_gke = place == "GKE";
    let change = Change::UseAttachedAccount {
        account: used.account.reference(),
        key: used.key.facts.id.clone(),
        workload: used.site.workload.clone(),
        to: used.to.email().clone(),
    };
    let why = Message::from("key ")
        .key(&used.key.facts.id)
        .text(" is used inside Google Cloud (")
        .name(place)
        .text(if is_gke {
            "): Workload Identity Federation for GKE gives a Kubernetes service account the account without a key"
        } else {
            "): what has the account attached needs no key"
        });
    one(switched(change, why, used))
}

/// Returns the steps for people: their own login, and the right to impersonate the account for those who need it.
pub(super) fn login(used: &Used<'_>) -> Draft {
    let grant = PlannedGrant {
        member: Holder::Group(Value::Variable(PEOPLE.to_owned())),
        role: TOKEN_CREATOR.to_owned(),
        on: used.to.node(),
        condition: None,
        kept: None,
    };
    let to_people = Message::from("the people who used key ")
        .key(&used.key.facts.id)
        .text(" impersonate ")
        .account(used.to.email())
        .text(" where their own roles do not do");
    let change = Change::UsePersonalLogin {
        account: used.account.reference(),
        key: used.key.facts.id.clone(),
        to: used.to.email().clone(),
    };
    let why = Message::from("key ")
        .key(&used.key.facts.id)
        .text(" is used on ")
        .name(used.site.place.label())
        .text(": people sign in as themselves");
    Draft {
        steps: vec![
            granted(grant, to_people, used.reasons),
            switched(change, why, used),
        ],
        variables: vec![Variable {
            name: PEOPLE.to_owned(),
            meaning: "The address of a Google group of the people who may act as the account: make one for them alone, and no domain",
            pattern: "^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}$",
        }],
        notes: Vec::new(),
    }
}

/// Returns the steps for a service of others that takes nothing but a key: an owner, a fresh key where one is due, a date.
pub(super) fn own_key(cx: &Context<'_>, used: &Used<'_>) -> Draft {
    let service = used.site.place.label();
    let id = &used.key.facts.id;
    let mut draft = one(ask(
        used.account,
        "a service outside of the organization signs in as it: the key needs an owner",
        used.reasons,
    ));
    let is_due = rotates(cx, used.account, used.key);
    if is_due {
        let change = Change::RotateKey {
            account: used.to.email().clone(),
            key: id.clone(),
        };
        let why = Message::from("key ")
            .key(id)
            .text(" is used by ")
            .name(&service)
            .text(", which is not known to take anything else: it gets a fresh key, without an end, of an account that nothing else uses");
        draft.steps.push(Step {
            checks: vec![Check::FreeKeySlot(used.to.email().clone())],
            ..switched(change, why, used)
        });
    }
    let age = TimeDelta::days(cx.settings.thresholds.max_key_age.into());
    let made = if is_due {
        None
    } else {
        used.key.facts.begin(cx.estate.observed_at)
    };
    let next = made
        .and_then(|made| made.checked_add_signed(age))
        .unwrap_or_else(|| cx.later(age));
    let reminder = Message::from("write down the owner of the key of ")
        .account(used.to.email())
        .text(" that ")
        .name(&service)
        .text(format!(
            " has, rotate it by {}, and set an alarm for calls with it from any other place",
            next.date_naive()
        ));
    let why = "a key that stays is rotated by somebody, on a date";
    let change = Change::ByHand(ByHand::Other(reminder));
    draft
        .steps
        .push(step(Stage::Guard, change, why, used.reasons));
    draft.notes.push(
        Message::from("ask whether ")
            .name(service)
            .text(" can sign in by federation by now: then it needs no key"),
    );
    draft
}

/// Returns the step for a caller inside a network, which may be Google's or one that reaches it.
pub(super) fn find_out(cx: &Context<'_>, used: &Used<'_>) -> Draft {
    let why = Message::from("key ")
        .key(&used.key.facts.id)
        .text(" is used inside ")
        .name(used.site.place.label())
        .text(": on Google Cloud the account is attached in place of it, on-premises a provider takes its place; which of them it is the logs do not tell");
    one(look_again(cx, used.account, used.key, why, used.reasons))
}

/// Returns the steps for a key of which no log tells the callers: the logs that would, and when to look again.
pub(super) fn find_caller(
    cx: &Context<'_>,
    account: &Account,
    key: &Key,
    reasons: &[Reason],
) -> Draft {
    let mut draft = Draft::default();
    let email = &account.facts.email;
    let of_roles = account.grants.iter().filter_map(|grant| match &grant.on {
        PolicyNode::Project(project) => Some(project),
        PolicyNode::Organization(_)
        | PolicyNode::Folder(_)
        | PolicyNode::Account(_)
        | PolicyNode::Resource(_) => None,
    });
    let mut projects: Vec<_> = of_roles.chain([&account.facts.project]).collect();
    projects.sort();
    projects.dedup();
    for project in projects {
        let types = cx.lookup.missing_logs(project);
        if !types.is_empty() {
            let change = Change::EnableAuditLogs(AuditLogs {
                project: project.clone(),
                service: ALL_SERVICES.to_owned(),
                types,
            });
            let why = Message::from("calls in ")
                .project(project)
                .text(" are logged there, and no log tells who uses a key of ")
                .account(email)
                .text("; the logs of reads cost money by their volume");
            draft.steps.push(step(Stage::Prepare, change, why, reasons));
        }
        if cx.lookup.is_exempted(project, email) {
            let change = Change::ByHand(ByHand::Other(
                Message::from("take ")
                    .account(email)
                    .text(" out of the exempted members of the audit logs of ")
                    .project(project)
                    .text(" and of what stands above it"),
            ));
            let why = "what it does is left out of the logs";
            draft.steps.push(step(Stage::Prepare, change, why, reasons));
        }
    }
    let is_wide = account.grants.iter().any(|grant| match grant.on {
        PolicyNode::Organization(_) | PolicyNode::Folder(_) => true,
        PolicyNode::Project(_) | PolicyNode::Account(_) | PolicyNode::Resource(_) => false,
    });
    if is_wide {
        draft.notes.push(
            Message::default()
                .account(email)
                .text(" has roles on a folder or the organization: its calls may stand in the logs of any project below"),
        );
    }
    let why = Message::from("who uses key ")
        .key(&key.facts.id)
        .text(if key.facts.is_exposed() {
            " is not known: it is off all the same, and whoever misses it tells"
        } else {
            " is not known: it stays until that is"
        });
    draft.steps.push(look_again(cx, account, key, why, reasons));
    draft
}

fn look_again(
    cx: &Context<'_>,
    account: &Account,
    key: &Key,
    why: Message,
    reasons: &[Reason],
) -> Step {
    let change = Change::ByHand(ByHand::FindCaller {
        key: key_ref(account, &key.facts.id),
        again: cx.later(cx.cycle(account).at_least),
    });
    step(Stage::Prepare, change, why, reasons)
}

fn one(step: Step) -> Draft {
    Draft {
        steps: vec![step],
        ..Draft::default()
    }
}
