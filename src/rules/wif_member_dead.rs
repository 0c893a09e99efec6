//! `wif-member-dead`: a federated member that can never match anybody.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::access::PolicyNode;
use crate::model::action::Action;
use crate::model::coverage::{Dataset, Reading};
use crate::model::estate::Estate;
use crate::model::federation::{FederationState, Pool};
use crate::model::finding::{Finding, Undecided};
use crate::model::message::Message;
use crate::model::names::{Member, PoolRef};
use crate::model::project::Project;
use crate::model::rule::{RuleMeta, Severity};
use crate::model::scope::Scope;

use super::access::bindings::{self, Held};
use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct WifMemberDead;

static META: RuleMeta = RuleMeta {
    id: "wif-member-dead",
    title: "a federated member never matches anybody",
    severity: Severity::Low,
    on_by_default: true,
    needs: &[
        Dataset::Policies,
        Dataset::AccountPolicies,
        Dataset::Federation,
    ],
    docs: include_str!("wif_member_dead.md"),
    cis: None,
    owasp: &["NHI1:2025"],
};

impl Rule for WifMemberDead {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        let mut dead: BTreeMap<(&PolicyNode, &Member), (Message, Vec<Held<'_>>)> = BTreeMap::new();
        let mut undecided = BTreeSet::new();
        for held in bindings::all(cx.estate) {
            let Some(pool) = held.member.pool() else {
                continue;
            };
            match why(pool, cx.estate) {
                Some(Why::Never(why)) => {
                    let (_, shares) = dead
                        .entry((held.on, held.member))
                        .or_insert_with(|| (why, Vec::new()));
                    shares.push(held);
                }
                Some(Why::Unknown(reason)) => {
                    undecided.extend(bindings::subject(held.on).map(|subject| Undecided {
                        rule: META.id,
                        subject,
                        dataset: Dataset::Federation,
                        reason,
                    }));
                }
                None => {}
            }
        }
        let findings = dead
            .into_iter()
            .filter_map(|((on, member), (why, held))| finding(on, member, why, held))
            .map(Outcome::Finding);
        findings
            .chain(undecided.into_iter().map(Outcome::Undecided))
            .collect()
    }
}

/// What is wrong with a member's pool.
enum Why {
    /// No identity of it can exist, and why.
    Never(Message),
    /// It was not there a while ago, and may have been made since.
    Unknown(Message),
}

/// Returns what is wrong with a pool; `None` where identities of it can exist, or where that cannot be told.
fn why(pool: &PoolRef, estate: &Estate) -> Option<Why> {
    if !pool.is_by_number() {
        return Some(Why::Never(
            Message::from("its project is written as ")
                .name(words::cut(&pool.project))
                .text(", and only the project's number ever matches"),
        ));
    }
    if pool.is_of_gke() {
        return None;
    }
    let project = project(pool, estate)?;
    let scope = Scope::Project(project.id.clone());
    let reading = estate.coverage.reading(&scope, Dataset::Federation);
    match (listed(pool, project, estate), reading) {
        (None, Reading::Read) => Some(Why::Never(
            Message::default()
                .project(&project.id)
                .text(" has no pool ")
                .name(words::cut(&pool.pool)),
        )),
        // A pool that is younger than the data is in no list: that it is missing there is no reason to take a role away.
        (None, Reading::Stale { as_of }) => Some(Why::Unknown(
            Message::from("whether pool ")
                .name(words::cut(&pool.pool))
                .text(" of ")
                .project(&project.id)
                .text(format!(
                    " exists is not known: it was not there as of {}, and may have been made since",
                    as_of.format("%Y-%m-%d")
                )),
        )),
        (Some(found), _) if found.state == FederationState::Deleted => Some(Why::Never(
            Message::from("pool ")
                .name(words::cut(&pool.pool))
                .text(" of ")
                .project(&project.id)
                .text(" is deleted"),
        )),
        // A pool that is switched off can be switched on again.
        (Some(_) | None, _) => None,
    }
}

fn project<'a>(pool: &PoolRef, estate: &'a Estate) -> Option<&'a Project> {
    let mut projects = estate.projects.iter();
    projects.find(|project| project.number.as_str() == pool.project)
}

fn listed<'a>(pool: &PoolRef, project: &Project, estate: &'a Estate) -> Option<&'a Pool> {
    let mut pools = estate.pools.iter();
    pools.find(|found| found.project == project.id && found.id == pool.pool)
}

fn finding(
    on: &PolicyNode,
    member: &Member,
    why: Message,
    mut held: Vec<Held<'_>>,
) -> Option<Finding> {
    held.sort_unstable();
    held.dedup();
    let first = held.first()?;
    let message = Message::from("gives ")
        .name(words::cut(first.role))
        .text(" to ")
        .name(words::cut(member.as_str()))
        .text(", which never matches: ")
        .append(why);
    let subject = bindings::subject(on)?;
    let finding = Finding::on(&META, subject, message, &bindings::rests_on(&held))
        .about(&[member.as_str()])
        .facts(held.iter().map(|held| held.fact()));
    let steps = held.iter().flat_map(|held| {
        [
            Action::ReviewRole(held.step()),
            Action::RevokeRole(held.step()),
        ]
    });
    Some(steps.fold(finding, Finding::then))
}
