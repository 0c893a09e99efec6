//! `org-policy-gap`: a constraint that would keep a bad habit out, and is not enforced.
//!
//! One finding for each question and each place that decides it: the organization, and every folder and project whose own
//! policy undoes what stands above. It says whom the constraint would meet. None of them acts on what exists already, so
//! that nothing stops at once: what fails is the next time.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::access::PolicyNode;
use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Estate, Key};
use crate::model::finding::{Evidence, Finding, Undecided};
use crate::model::key::KeyOrigin;
use crate::model::message::Message;
use crate::model::names::ProjectId;
use crate::model::org_policy::{Constraint, Effect, OrgPolicy};
use crate::model::rule::{Cis, RuleMeta, Severity};

use super::access::bindings;
use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct OrgPolicyGap;

static META: RuleMeta = RuleMeta {
    id: "org-policy-gap",
    title: "an organization policy that would keep bad habits out is not enforced",
    severity: Severity::Medium,
    on_by_default: true,
    needs: &[Dataset::OrgPolicies],
    docs: include_str!("org_policy_gap.md"),
    cis: Some(Cis {
        v2_to_v4: None,
        v5: "1.1.4",
    }),
    owasp: &["NHI7:2025"],
};

/// A question that one constraint answers, or either of two.
struct Question {
    /// The constraint to enforce first.
    constraints: &'static [Constraint],
    /// What goes on without it, as a predicate.
    without: &'static str,
    /// What would happen to those whom it meets, behind their names.
    then: &'static str,
    meets: fn(&Estate, &Account) -> bool,
    /// What tells whom it meets.
    told_by: Dataset,
}

const QUESTIONS: [Question; 7] = [
    Question {
        constraints: &[Constraint::ManagedKeyCreation, Constraint::KeyCreation],
        without: "lets keys be created",
        then: "would keep their keys, and get no further one",
        meets: |estate, account| {
            has_key(estate, account, |key| {
                key.facts.origin != KeyOrigin::Uploaded
            })
        },
        told_by: Dataset::Keys,
    },
    Question {
        constraints: &[Constraint::ManagedKeyUpload, Constraint::KeyUpload],
        without: "lets keys be uploaded",
        then: "would keep their keys, and get no further one",
        meets: |estate, account| {
            has_key(estate, account, |key| {
                key.facts.origin == KeyOrigin::Uploaded
            })
        },
        told_by: Dataset::Keys,
    },
    Question {
        constraints: &[Constraint::KeyExposureResponse],
        without: "leaves a key that Google finds in public switched on until it is abused",
        then: "would lose a key that is found, at once and with whatever signs in with it",
        meets: |estate, account| has_key(estate, account, |_| true),
        told_by: Dataset::Keys,
    },
    Question {
        constraints: &[Constraint::AutomaticGrants],
        without: "gives every new default account roles/editor",
        // It is about accounts that are not there yet.
        then: "",
        meets: |_, _| false,
        told_by: Dataset::ServiceAccounts,
    },
    Question {
        constraints: &[Constraint::BasicRolesOfDefaultAccounts],
        without: "lets default accounts be owner or editor",
        then: "would keep that role, and could not be given it again",
        meets: |_, account| {
            let basic = ["roles/owner", "roles/editor"];
            account.facts.class().is_default()
                && account
                    .grants
                    .iter()
                    .any(|grant| basic.contains(&grant.role.as_str()))
        },
        told_by: Dataset::Policies,
    },
    Question {
        constraints: &[Constraint::CrossProjectUse],
        without: "lets an account be attached in another project than its own",
        then: "would go on where attached elsewhere, and could not be deployed there again",
        meets: |_, account| {
            account.counted_workloads().any(|workload| {
                let elsewhere = |project: &ProjectId| *project != account.facts.project;
                workload.project.as_ref().is_some_and(elsewhere)
            })
        },
        told_by: Dataset::Attachments,
    },
    Question {
        constraints: &[Constraint::PoolProviders],
        without: "lets any issuer be a provider of a workload identity pool",
        then: "",
        meets: |_, _| false,
        told_by: Dataset::Federation,
    },
];

impl Rule for OrgPolicyGap {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        let questions = QUESTIONS.iter();
        questions
            .flat_map(|question| answers(question, cx))
            .collect()
    }
}

/// How a question is answered in a project.
enum Answer<'a> {
    /// The bad habit is kept out.
    Closed,
    /// It is not: the policies that say so, the lowest first.
    Open(Vec<&'a OrgPolicy>),
    /// The policy that was read does not tell.
    Unclear(&'a OrgPolicy, &'static str),
    /// Something was not read: the coverage says what.
    Unread,
}

fn answers(question: &Question, cx: &Context<'_>) -> Vec<Outcome> {
    let mut open: BTreeMap<&PolicyNode, (Vec<&OrgPolicy>, BTreeSet<&ProjectId>)> = BTreeMap::new();
    let mut unclear = BTreeMap::new();
    let mut closed: Vec<&ProjectId> = Vec::new();
    for project in &cx.estate.projects {
        match answer(question, cx.estate, &project.id) {
            Answer::Closed => closed.push(&project.id),
            Answer::Open(policies) => {
                if let Some(lowest) = policies.first() {
                    let at = open.entry(&lowest.on).or_default();
                    at.0 = policies;
                    at.1.insert(&project.id);
                }
            }
            Answer::Unclear(policy, why) => {
                unclear.insert(&policy.on, (policy.constraint, why));
            }
            Answer::Unread => {}
        }
    }
    let unclear = unclear.into_iter().filter_map(|(on, (constraint, why))| {
        Some(Outcome::Undecided(Undecided {
            rule: META.id,
            subject: bindings::subject(on)?,
            dataset: Dataset::OrgPolicies,
            reason: Message::from("its policy of ")
                .name(constraint.name())
                .text(why),
        }))
    });
    let findings = open
        .into_iter()
        .filter_map(|(on, (policies, projects))| {
            let closed: Vec<&ProjectId> = closed
                .iter()
                .copied()
                .filter(|project| lies_in(cx.estate, project, on))
                .collect();
            finding(question, cx, on, &policies, &projects, &closed)
        })
        .map(Outcome::Finding);
    unclear.chain(findings).collect()
}

fn answer<'a>(question: &Question, estate: &'a Estate, project: &ProjectId) -> Answer<'a> {
    let mut policies = Vec::new();
    let mut unclear = None;
    let mut unread = false;
    for constraint in question.constraints {
        let Some(policy) = estate.org_policy(project, *constraint) else {
            unread = true;
            continue;
        };
        // Google has evaluated the tags of the node that it was asked about, and not those of what lies below.
        let is_own = policy.on == PolicyNode::Project(project.clone());
        if policy.conditional && !is_own {
            unclear = Some((
                policy,
                " has conditions on tags, and what holds below it is not told",
            ));
            continue;
        }
        match keeps_out(*constraint, &policy.effect) {
            Some(true) => return Answer::Closed,
            Some(false) => policies.push(policy),
            None => unclear = Some((policy, " has a form that this program does not know")),
        }
    }
    let depth = |policy: &&OrgPolicy| {
        let above = estate.ancestors(project);
        let place = above.iter().position(|node| *node == policy.on);
        place.map_or(0, |place| place + 1)
    };
    policies.sort_by_key(depth);
    match unclear {
        _ if unread => Answer::Unread,
        Some((policy, why)) => Answer::Unclear(policy, why),
        None => Answer::Open(policies),
    }
}

/// Returns whether a constraint keeps its bad habit out; `None` where the effect is not one of the constraint's.
fn keeps_out(constraint: Constraint, effect: &Effect) -> Option<bool> {
    match (constraint, effect) {
        (_, Effect::Unknown) => None,
        (Constraint::KeyExposureResponse, Effect::Values { allowed, .. }) => {
            let has = |value: &str| allowed.iter().any(|held| held == value);
            Some(!has("WAIT_FOR_ABUSE") || has("DISABLE_KEY"))
        }
        (Constraint::PoolProviders, Effect::Values { allowed, .. }) => Some(!allowed.is_empty()),
        (Constraint::PoolProviders, Effect::AllowAll) => Some(false),
        (Constraint::PoolProviders, Effect::DenyAll) => Some(true),
        (Constraint::KeyExposureResponse | Constraint::PoolProviders, _)
        | (_, Effect::AllowAll | Effect::DenyAll | Effect::Values { .. }) => None,
        (_, Effect::Enforced) => Some(true),
        (_, Effect::NotEnforced) => Some(false),
    }
}

fn finding(
    question: &Question,
    cx: &Context<'_>,
    on: &PolicyNode,
    policies: &[&OrgPolicy],
    projects: &BTreeSet<&ProjectId>,
    closed: &[&ProjectId],
) -> Option<Finding> {
    let first = *question.constraints.first()?;
    let met: Vec<&Account> = cx
        .accounts()
        .filter(|account| projects.contains(&account.facts.project))
        .filter(|account| (question.meets)(cx.estate, account))
        .collect();
    let issuers = if first == Constraint::PoolProviders {
        let pools = cx.estate.pools.iter();
        let pools = pools.filter(|pool| projects.contains(&pool.project));
        pools.map(|pool| pool.providers.len()).sum()
    } else {
        0
    };
    let message = Message::from(question.without)
        .text(": ")
        .append(names(question.constraints))
        .append(tail(question, &met, issuers))
        .text(if is_told(question, cx.estate, projects) {
            ""
        } else {
            ", as far as could be read"
        });
    let rests_on: Vec<String> = policies.iter().map(|policy| told(policy)).collect();
    let rests_on: Vec<&str> = rests_on.iter().map(String::as_str).collect();
    let finding = Finding::on(&META, bindings::subject(on)?, message, &rests_on)
        .about(&[first.name()])
        .facts(policies.iter().map(|policy| fact(policy)))
        .facts(but_for(closed))
        .facts(met.iter().map(|account| Evidence {
            fact: Message::from("it would meet ").account(&account.facts.email),
            source: words::ACCOUNTS_LIST,
            at: None,
        }))
        .then(Action::EnforceConstraint {
            constraint: first,
            on: on.clone(),
        });
    Some(finding)
}

/// Returns which of them are not enforced.
fn names(constraints: &[Constraint]) -> Message {
    let named = |constraint: &Constraint| Message::default().name(constraint.name());
    let all: Vec<Message> = constraints.iter().map(named).collect();
    let verb = if all.len() == 1 {
        " is not enforced"
    } else {
        " are not enforced"
    };
    words::first_few(&all).text(verb)
}

/// Returns whom it would meet, and how: nothing that exists stops.
fn tail(question: &Question, met: &[&Account], issuers: usize) -> Message {
    let named = |account: &&Account| Message::default().account(&account.facts.email);
    let all: Vec<Message> = met.iter().map(named).collect();
    match (issuers, all.is_empty()) {
        (0, true) => Message::from("; it would meet nobody who is here now"),
        (0, false) => Message::from("; ")
            .append(words::first_few(&all))
            .text(" ")
            .text(question.then),
        (issuers, _) => Message::from(format!(
            "; the {} that it would meet would stay, and could not be changed unless the issuers are allowed",
            words::counted(issuers, "provider")
        )),
    }
}

/// Returns whether whom it meets was read everywhere that it counts.
fn is_told(question: &Question, estate: &Estate, projects: &BTreeSet<&ProjectId>) -> bool {
    let wanted = [Dataset::ServiceAccounts, question.told_by];
    estate.coverage.gaps().all(|(scope, dataset, _)| {
        let is_here = scope.project().is_some_and(|id| projects.contains(id));
        !is_here || !wanted.contains(&dataset)
    })
}

fn fact(policy: &OrgPolicy) -> Evidence {
    Evidence {
        fact: Message::default()
            .name(policy.constraint.name())
            .text(" on ")
            .append(bindings::place(&policy.on))
            .text(": ")
            .name(words::cut(&in_words(&policy.effect))),
        source: "orgpolicy.policies.getEffectivePolicy",
        at: None,
    }
}

/// Returns the projects below that keep the bad habit out by a policy of their own, or of a folder's.
fn but_for(closed: &[&ProjectId]) -> Option<Evidence> {
    let named = |project: &&ProjectId| Message::default().project(project);
    let all: Vec<Message> = closed.iter().map(named).collect();
    (!all.is_empty()).then(|| Evidence {
        fact: Message::from("enforced below it in ").append(words::first_few(&all)),
        source: "orgpolicy.policies.getEffectivePolicy",
        at: None,
    })
}

fn told(policy: &OrgPolicy) -> String {
    format!("{} {}", policy.constraint.name(), in_words(&policy.effect))
}

fn in_words(effect: &Effect) -> String {
    match effect {
        Effect::Enforced => "enforced".to_owned(),
        Effect::NotEnforced => "not enforced".to_owned(),
        Effect::AllowAll => "every value is allowed".to_owned(),
        Effect::DenyAll => "no value is allowed".to_owned(),
        Effect::Values { allowed, denied } if denied.is_empty() => {
            format!("allows {}", allowed.join(", "))
        }
        Effect::Values { allowed, denied } if allowed.is_empty() => {
            format!("denies {}", denied.join(", "))
        }
        Effect::Values { allowed, denied } => {
            format!(
                "allows {}, denies {}",
                allowed.join(", "),
                denied.join(", ")
            )
        }
        Effect::Unknown => "in a form that this program does not know".to_owned(),
    }
}

/// Returns whether an account has a key that can sign in, of a user's, that `is_one` says yes to.
fn has_key(estate: &Estate, account: &Account, is_one: impl Fn(&Key) -> bool) -> bool {
    let mut keys = account.user_managed_keys();
    !account.facts.disabled && keys.any(|key| key.is_enabled(estate.observed_at) && is_one(key))
}

fn lies_in(estate: &Estate, project: &ProjectId, node: &PolicyNode) -> bool {
    *node == PolicyNode::Project(project.clone()) || estate.ancestors(project).contains(node)
}
