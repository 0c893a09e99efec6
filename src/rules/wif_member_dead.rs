//! `wif-member-dead`: a federated member that can never match anybody.

use std::collections::BTreeMap;

use crate::model::access::PolicyNode;
use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::Estate;
use crate::model::federation::{FederationState, Pool};
use crate::model::finding::Finding;
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
        for held in bindings::all(cx.estate) {
            if let Some(pool) = held.member.pool()
                && let Some(why) = why(pool, cx.estate)
            {
                let (_, shares) = dead
                    .entry((held.on, held.member))
                    .or_insert_with(|| (why, Vec::new()));
                shares.push(held);
            }
        }
        dead.into_iter()
            .filter_map(|((on, member), (why, held))| finding(on, member, why, held))
            .map(Outcome::Finding)
            .collect()
    }
}

/// Returns why no identity of a pool can exist; `None` where one can, or where that cannot be told.
fn why(pool: &PoolRef, estate: &Estate) -> Option<Message> {
    if !pool.is_by_number() {
        return Some(
            Message::from("its project is written as ")
                .name(words::cut(&pool.project))
                .text(", and only the project's number ever matches"),
        );
    }
    if pool.is_of_gke() {
        return None;
    }
    let project = project(pool, estate)?;
    match listed(pool, project, estate) {
        None if is_read(project, estate) => Some(
            Message::default()
                .project(&project.id)
                .text(" has no pool ")
                .name(words::cut(&pool.pool)),
        ),
        Some(found) if found.state == FederationState::Deleted => Some(
            Message::from("pool ")
                .name(words::cut(&pool.pool))
                .text(" of ")
                .project(&project.id)
                .text(" is deleted"),
        ),
        // A pool that is switched off can be switched on again.
        Some(_) | None => None,
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

/// Returns whether all pools of a project were read, so that one that is not listed is not there.
fn is_read(project: &Project, estate: &Estate) -> bool {
    let scope = Scope::Project(project.id.clone());
    let reading = estate.coverage.reading(&scope, Dataset::Federation);
    reading.is_whole()
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
