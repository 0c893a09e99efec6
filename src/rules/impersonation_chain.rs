//! `impersonation-chain`: somebody reaches a privileged account through accounts that are not.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::model::access::PolicyNode;
use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::Account;
use crate::model::finding::{Evidence, Finding, Subject};
use crate::model::grant::{ActAs, Actor};
use crate::model::message::Message;
use crate::model::names::{Email, MemberKind};
use crate::model::rule::{Confidence, RuleMeta, Severity};

use super::access::bindings::{self, Held};
use super::access::powers;
use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct ImpersonationChain;

static META: RuleMeta = RuleMeta {
    id: "impersonation-chain",
    title: "somebody reaches a privileged account through others",
    severity: Severity::High,
    on_by_default: true,
    needs: &[Dataset::Policies, Dataset::AccountPolicies, Dataset::Roles],
    docs: include_str!("impersonation_chain.md"),
    cis: None,
    owasp: &["NHI5:2025"],
};

impl Rule for ImpersonationChain {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        let graph = Graph::of(cx);
        let findings = graph
            .privileged
            .values()
            .filter_map(|account| finding(account, &graph))
            .map(Outcome::Finding);
        findings.chain(unknown(cx)).collect()
    }
}

/// The accounts that can take part in a chain.
struct Graph<'a> {
    /// The ends: accounts with power, switched on.
    privileged: BTreeMap<&'a Email, &'a Account>,
    /// The links: accounts without power, switched on. A chain to a privileged account ends there.
    others: BTreeMap<&'a Email, &'a Account>,
}

/// A way to a privileged account: who acts first, and each step with the account that it leads to.
struct Chain<'a> {
    steps: Vec<(&'a Actor, &'a Account)>,
}

impl<'a> Graph<'a> {
    fn of(cx: &Context<'a>) -> Self {
        let enabled = cx.accounts().filter(|account| !account.facts.disabled);
        let (privileged, others) =
            enabled.partition::<Vec<_>, _>(|account| powers::is_privileged(cx.estate, account));
        let by_address = |accounts: Vec<&'a Account>| {
            let named = accounts.into_iter().map(|a| (&a.facts.email, a));
            named.collect()
        };
        Self {
            privileged: by_address(privileged),
            others: by_address(others),
        }
    }

    /// Returns the shortest chain of two steps or more from each one who can start one, the shortest first.
    ///
    /// It walks from the end, nearest first, and meets each member and each account once: cycles end by themselves.
    fn chains_to(&self, end: &'a Account) -> Vec<Chain<'a>> {
        let mut found = Vec::new();
        let mut met: BTreeSet<&str> = BTreeSet::new();
        let mut next = VecDeque::from([(end, Vec::new())]);
        while let Some((account, way)) = next.pop_front() {
            let actors = best(account, way.is_empty());
            for actor in actors {
                // One way to the end is enough: who acts as it directly starts no chain to it.
                if !met.insert(actor.member.as_str()) {
                    continue;
                }
                let mut steps = vec![(actor, account)];
                steps.extend(way.iter().copied());
                let link = actor
                    .member
                    .account()
                    .and_then(|email| self.others.get(email));
                if let Some(link) = link {
                    next.push_back((link, steps.clone()));
                }
                let is_end = actor.member.account() == Some(&end.facts.email);
                let has_power = actor
                    .member
                    .account()
                    .is_some_and(|email| self.privileged.contains_key(email));
                if steps.len() > 1 && starts(actor) && !is_end && !has_power {
                    found.push(Chain { steps });
                }
            }
        }
        found
    }
}

/// Returns the best share of each one who may act as an account, in the order of their names: one that holds without a
/// condition before one with it, one that mints tokens before one that needs something to attach the account to.
fn best(account: &Account, is_last: bool) -> impl Iterator<Item = &Actor> {
    let mut best: BTreeMap<&str, &Actor> = BTreeMap::new();
    let rank = |actor: &Actor| (actor.condition.is_some(), !mints(actor), actor.clone());
    for actor in account.actors.iter().filter(|actor| leads(actor, is_last)) {
        let held = best.entry(actor.member.as_str()).or_insert(actor);
        if rank(actor) < rank(held) {
            *held = actor;
        }
    }
    best.into_values()
}

/// Returns whether an actor gets the account's access to Google's APIs. An identity token does not give it; delegation
/// does only where another step follows.
fn leads(actor: &Actor, is_last: bool) -> bool {
    actor.ways.iter().any(|way| match way {
        ActAs::Attach | ActAs::AccessToken | ActAs::SignBlob | ActAs::SignJwt => true,
        ActAs::Delegate => !is_last,
        ActAs::IdToken => false,
    })
}

/// Returns whether an actor can become the account with nothing else in hand.
fn mints(actor: &Actor) -> bool {
    actor.ways.iter().any(|way| match way {
        ActAs::AccessToken | ActAs::SignBlob | ActAs::SignJwt | ActAs::Delegate => true,
        ActAs::Attach | ActAs::IdToken => false,
    })
}

/// Returns whether a chain may start with an actor: people and accounts. Workloads reach further by design.
fn starts(actor: &Actor) -> bool {
    match actor.member.kind() {
        MemberKind::User(_)
        | MemberKind::Group(_)
        | MemberKind::Domain(_)
        | MemberKind::AllUsers
        | MemberKind::AllAuthenticatedUsers
        | MemberKind::Account(_)
        | MemberKind::Workforce(_) => true,
        MemberKind::Agent(_)
        | MemberKind::GkeWorkload(_)
        | MemberKind::Federated(_)
        | MemberKind::FederatedSet(_)
        | MemberKind::EveryAccountBelow { .. }
        | MemberKind::BasicRoleHolders { .. }
        | MemberKind::Deleted { .. }
        | MemberKind::Unknown => false,
    }
}

fn finding(end: &Account, graph: &Graph<'_>) -> Option<Finding> {
    let mut chains = graph.chains_to(end);
    // A chain that surely holds speaks before a shorter one that may not.
    chains.sort_by_key(|chain| (chain.confidence() != Confidence::High, chain.steps.len()));
    let first = chains.first()?;
    let mut message = Message::from("is privileged, and within reach of ").append(first.words());
    if chains.len() > 1 {
        let more = words::counted(chains.len() - 1, "other chain");
        message = message.text(format!("; {more} to it"));
    }
    let mut held: Vec<Held<'_>> = chains
        .iter()
        .flat_map(|chain| chain.steps.iter().map(|(actor, _)| Held::of(actor)))
        .collect();
    held.sort_unstable();
    held.dedup();
    let paths = chains.iter().map(|chain| Evidence {
        fact: chain.words(),
        source: "iam.projects.serviceAccounts.getIamPolicy",
        at: None,
    });
    let finding = Finding::on_account(&META, end, message, &bindings::rests_on(&held))
        .confidence(first.confidence())
        .facts(paths)
        .facts(held.iter().map(|held| held.fact()));
    let mut last: Vec<Held<'_>> = chains
        .iter()
        .filter_map(|chain| chain.steps.last())
        .map(|(actor, _)| Held::of(actor))
        .collect();
    last.sort_unstable();
    last.dedup();
    let steps = last.iter().map(|held| Action::ReviewRole(held.step()));
    Some(steps.fold(finding, Finding::then))
}

impl Chain<'_> {
    /// Returns the path: `user:eve@example.com → deploy@acme-prod… → root@acme-prod…`.
    fn words(&self) -> Message {
        let first = self.steps.first().map(|(actor, _)| actor.member.as_str());
        let start = Message::default().name(words::cut(first.unwrap_or_default()));
        self.steps.iter().fold(start, |message, (_, account)| {
            message.text(" → ").account(&account.facts.email)
        })
    }

    /// Returns how sure it is: a condition may not hold, and who may only attach an account needs a place to do it.
    fn confidence(&self) -> Confidence {
        let sure = |actor: &Actor| actor.condition.is_none() && mints(actor);
        if self.steps.iter().all(|(actor, _)| sure(actor)) {
            Confidence::High
        } else {
            Confidence::Medium
        }
    }
}

/// Returns the accounts on which somebody holds a role that is not known: whether a chain leads over them cannot be
/// told.
fn unknown(cx: &Context<'_>) -> Vec<Outcome> {
    let mut roles = BTreeMap::new();
    for held in bindings::all(cx.estate).filter(|held| bindings::is_somebody(held.member)) {
        if let PolicyNode::Account(account) = held.on
            && cx.estate.permissions(held.role).is_none()
        {
            roles.insert((held.on, held.role), Subject::Account(account.clone()));
        }
    }
    roles
        .into_iter()
        .map(|((_, role), subject)| bindings::unknown_role(&META, subject, role))
        .collect()
}
