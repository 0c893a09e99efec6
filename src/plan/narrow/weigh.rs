//! One workload's bindings, weighed: what stays and why, what goes, and what comes in its place.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::model::access::PolicyNode;
use crate::model::estate::Account;
use crate::model::names::ProjectId;
use crate::model::plan::{Kept, PlannedGrant};
use crate::model::workload::Workload;
use crate::plan::Context;

use super::candidates;
use super::cover::{Candidate, Weight, cover};
use super::floors::{self, Floor};
use super::full_window;
use super::needs::{self, Need};

/// What becomes of a workload's bindings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Verdict {
    /// What stays, with why where nothing was seen to need it, sorted.
    pub(super) kept: Vec<(PlannedGrant, Option<Kept>)>,
    /// What comes, sorted.
    pub(super) given: Vec<PlannedGrant>,
    /// What goes, sorted.
    pub(super) gone: Vec<PlannedGrant>,
    /// Whether every use as the account is known to be one workload's.
    pub(super) is_exact: bool,
    /// Whether every use of every binding was logged, but for floors.
    pub(super) is_complete: bool,
}

/// A binding with what is known of its use.
struct Weighed<'a> {
    grant: &'a PlannedGrant,
    permissions: &'a [String],
    /// Where it stands.
    key: String,
    /// The nodes on which another binding holds for all that it holds for, itself first.
    chain: Vec<String>,
}

/// How the use of a binding is known.
enum Observed {
    /// The logs tell of each of its permissions.
    Logged,
    /// An insight tells which of its permissions are needed: used, or inferred.
    Told(Vec<String>),
    /// Not at all, or not of every permission.
    Not,
}

/// Returns what becomes of the bindings; `None` where they do not explain what was seen, so that none may be touched.
pub(super) fn verdict(
    cx: &Context<'_>,
    account: &Account,
    workload: &Workload,
    bindings: &[PlannedGrant],
) -> Option<Verdict> {
    let mut needs = needs::of(cx, account, &workload.id);
    let floors = floors::of(workload);
    let mut verdict = Verdict {
        is_exact: needs.exact,
        is_complete: true,
        ..Verdict::default()
    };
    let mut free: Vec<Weighed<'_>> = Vec::new();
    let mut fixed: Vec<Weighed<'_>> = Vec::new();
    for grant in bindings {
        let Some(permissions) = cx.estate.permissions(&grant.role) else {
            verdict.is_complete = false;
            verdict.kept.push((grant.clone(), Some(Kept::UnknownRole)));
            continue;
        };
        let weighed = Weighed {
            grant,
            permissions,
            key: needs::key(cx, &grant.on),
            chain: needs::chain(cx, &grant.on),
        };
        let observed = observed(cx, account, &weighed);
        match stays(&weighed, &observed, &floors, &needs.all) {
            Some(kept) => {
                verdict.is_complete &= kept != Kept::Unseen;
                verdict.kept.push((grant.clone(), Some(kept)));
                // A condition may not hold where the call is made.
                if grant.condition.is_none() {
                    fixed.push(weighed);
                }
            }
            None if grant.condition.is_some() => verdict.gone.push(grant.clone()),
            None => {
                if let Observed::Told(told) = observed {
                    // An insight tells of all workloads together.
                    verdict.is_exact = false;
                    let nodes = &weighed.chain;
                    needs.all.extend(told.into_iter().map(|permission| Need {
                        permission,
                        nodes: nodes.clone(),
                    }));
                }
                free.push(weighed);
            }
        }
    }
    // What was used nobody knows where keeps all that gives it.
    let nowhere: BTreeSet<&str> = needs
        .all
        .iter()
        .filter(|need| need.nodes.is_empty())
        .map(|need| need.permission.as_str())
        .collect();
    let gives_nowhere = |weighed: &Weighed<'_>| {
        weighed
            .permissions
            .iter()
            .any(|permission| nowhere.contains(permission.as_str()))
    };
    let (stay, free): (Vec<_>, Vec<_>) = free.into_iter().partition(gives_nowhere);
    for weighed in stay {
        verdict.kept.push((weighed.grant.clone(), None));
        fixed.push(weighed);
    }
    let open: Vec<&Need> = needs
        .all
        .iter()
        .filter(|need| !need.nodes.is_empty())
        .filter(|need| {
            !fixed
                .iter()
                .any(|weighed| meets(weighed.permissions, &weighed.key, need))
        })
        .collect();
    let held: Vec<&Weighed<'_>> = fixed.iter().chain(&free).collect();
    let options = options(cx, &free, &held, &open);
    let weighed: Vec<Candidate> = options
        .iter()
        .map(|option| option.candidate.clone())
        .collect();
    let chosen: BTreeSet<usize> = cover(open.len(), &weighed)?.into_iter().collect();
    let mut standing: Vec<(String, BTreeSet<&str>)> = fixed
        .iter()
        .map(|weighed| {
            (
                weighed.key.clone(),
                weighed.permissions.iter().map(String::as_str).collect(),
            )
        })
        .collect();
    let mut dropped: Vec<&Weighed<'_>> = Vec::new();
    for (nth, option) in options.iter().enumerate() {
        match (option.own, chosen.contains(&nth)) {
            (Some(weighed), true) => verdict.kept.push((weighed.grant.clone(), None)),
            (Some(weighed), false) => dropped.push(weighed),
            (None, true) => verdict.given.push(option.grant(bindings, None)?),
            (None, false) => {}
        }
        if chosen.contains(&nth) {
            let permissions = option.permissions.iter().map(String::as_str).collect();
            standing.push((option.key.clone(), permissions));
        }
    }
    keep_floors(cx, &floors, &held, dropped, &standing, &mut verdict);
    verdict.kept.sort();
    verdict.given.sort();
    verdict.given.dedup();
    verdict.gone.sort();
    Some(verdict)
}

fn meets(permissions: &[String], key: &str, need: &Need) -> bool {
    need.nodes.iter().any(|node| node == key) && permissions.binary_search(&need.permission).is_ok()
}

/// Returns why a binding stays whatever was seen; `None` where what was seen decides.
fn stays(
    weighed: &Weighed<'_>,
    observed: &Observed,
    floors: &[&Floor],
    needs: &BTreeSet<Need>,
) -> Option<Kept> {
    if floors.iter().any(|floor| floor.role == weighed.grant.role) {
        return Some(Kept::Floor);
    }
    let told = match observed {
        Observed::Not => return Some(Kept::Unseen),
        Observed::Logged => &[],
        Observed::Told(told) => told.as_slice(),
    };
    // A conditional binding covers a call only as itself, and may be what let the call pass.
    let may_be_used = || {
        let gives = |need: &Need| {
            need.nodes.is_empty() && weighed.permissions.binary_search(&need.permission).is_ok()
                || meets(weighed.permissions, &weighed.key, need)
        };
        !told.is_empty() || needs.iter().any(gives)
    };
    (weighed.grant.condition.is_some() && may_be_used()).then_some(Kept::Conditional)
}

fn observed(cx: &Context<'_>, account: &Account, weighed: &Weighed<'_>) -> Observed {
    let grant = weighed.grant;
    let window = full_window(cx.settings);
    let logs = cx.index.logs();
    let condition = grant.condition.as_ref();
    if let Some(insight) = logs.insight(account, &grant.role, &grant.on, condition, window) {
        let told = insight.exercised.iter().chain(&insight.inferred);
        let told: BTreeSet<String> = told
            .filter(|permission| weighed.permissions.binary_search(permission).is_ok())
            .cloned()
            .collect();
        return Observed::Told(told.into_iter().collect());
    }
    let project = match &grant.on {
        PolicyNode::Project(project) => Some(project),
        PolicyNode::Resource(_) => needs::project_in(cx, &weighed.key),
        // Below a folder there may be projects that no scan sees.
        PolicyNode::Account(_) | PolicyNode::Folder(_) | PolicyNode::Organization(_) => None,
    };
    let Some(project) = project else {
        return Observed::Not;
    };
    let own = PolicyNode::Project(project.clone());
    let nodes: Vec<PolicyNode> = [&own]
        .into_iter()
        .chain(cx.index.above(project))
        .cloned()
        .collect();
    let is_logged = |permission: &String| logs.tell(account, permission, project, &nodes, window);
    if weighed.permissions.iter().all(is_logged) {
        Observed::Logged
    } else {
        Observed::Not
    }
}

/// A binding that could stand, with what it would cover.
struct Choice<'a, 'b> {
    role: &'a str,
    on: PolicyNode,
    key: String,
    permissions: &'a [String],
    /// The binding that it is, where it is there already.
    own: Option<&'b Weighed<'a>>,
    candidate: Candidate,
}

impl Choice<'_, '_> {
    /// Returns it as a binding of the member that the others have.
    fn grant(&self, bindings: &[PlannedGrant], kept: Option<Kept>) -> Option<PlannedGrant> {
        Some(PlannedGrant {
            member: bindings.first()?.member.clone(),
            role: self.role.to_owned(),
            on: self.on.clone(),
            condition: None,
            kept,
        })
    }
}

/// Returns all that could cover what is open, by weight, then name: the bindings that are free, and every predefined role
/// at every place where it gives nothing that the account does not hold there.
fn options<'a, 'b>(
    cx: &Context<'a>,
    free: &'b [Weighed<'a>],
    held: &[&Weighed<'_>],
    open: &[&Need],
) -> Vec<Choice<'a, 'b>> {
    let mut options: Vec<Choice<'a, 'b>> = Vec::new();
    for weighed in free {
        options.push(Choice {
            role: &weighed.grant.role,
            on: weighed.grant.on.clone(),
            key: weighed.key.clone(),
            permissions: weighed.permissions,
            own: Some(weighed),
            candidate: candidate(
                &weighed.grant.role,
                &weighed.grant.on,
                weighed.permissions,
                &weighed.key,
                open,
            ),
        });
    }
    let mut allowed: BTreeMap<String, HashSet<&str>> = BTreeMap::new();
    let mut tried: BTreeSet<(&str, String)> = free
        .iter()
        .map(|weighed| (weighed.grant.role.as_str(), weighed.key.clone()))
        .collect();
    for need in open {
        for role in cx.index.roles_with(&need.permission) {
            for (key, on) in places(need, &role.name, free) {
                if !tried.insert((&role.name, key.clone())) {
                    continue;
                }
                let chain = needs::chain(cx, &on);
                let allowed = allowed
                    .entry(key.clone())
                    .or_insert_with(|| held_at(&chain, held));
                let is_within = role
                    .permissions
                    .iter()
                    .all(|permission| allowed.contains(permission.as_str()));
                if is_within {
                    options.push(Choice {
                        role: &role.name,
                        candidate: candidate(&role.name, &on, &role.permissions, &key, open),
                        permissions: &role.permissions,
                        on,
                        key,
                        own: None,
                    });
                }
            }
        }
    }
    options.sort_by(|a, b| {
        (a.candidate.weight, a.role, &a.key).cmp(&(b.candidate.weight, b.role, &b.key))
    });
    options
}

/// Returns where a role could be granted to meet a need: on the resource, and wherever a free binding stands above it.
fn places(need: &Need, role: &str, free: &[Weighed<'_>]) -> Vec<(String, PolicyNode)> {
    let on_resource = need.nodes.first().and_then(|path| {
        let node = candidates::on_resource(role, path)?;
        Some((path.clone(), node))
    });
    let above = free.iter().filter(|weighed| {
        let is_container = match weighed.grant.on {
            PolicyNode::Organization(_) | PolicyNode::Folder(_) | PolicyNode::Project(_) => true,
            PolicyNode::Account(_) | PolicyNode::Resource(_) => false,
        };
        is_container && need.nodes.contains(&weighed.key) && candidates::is_for_containers(role)
    });
    let above = above.map(|weighed| (weighed.key.clone(), weighed.grant.on.clone()));
    let project = need.nodes.iter().find_map(|key| {
        let id = key
            .strip_prefix("projects/")
            .filter(|id| !id.contains('/'))?;
        let project = ProjectId::parse(id).ok()?;
        candidates::is_for_containers(role).then(|| (key.clone(), PolicyNode::Project(project)))
    });
    on_resource
        .into_iter()
        .chain(project)
        .chain(above)
        .collect()
}

/// Returns all permissions that the account holds at a place without a condition.
fn held_at<'a>(chain: &[String], held: &[&'a Weighed<'_>]) -> HashSet<&'a str> {
    let there = held.iter().filter(|weighed| chain.contains(&weighed.key));
    there
        .flat_map(|weighed| weighed.permissions.iter().map(String::as_str))
        .collect()
}

fn candidate(
    role: &str,
    on: &PolicyNode,
    permissions: &[String],
    key: &str,
    open: &[&Need],
) -> Candidate {
    let covers: BTreeSet<usize> = open
        .iter()
        .enumerate()
        .filter(|(_, need)| meets(permissions, key, need))
        .map(|(nth, _)| nth)
        .collect();
    let needed: BTreeSet<&str> = covers
        .iter()
        .filter_map(|nth| open.get(*nth))
        .map(|need| need.permission.as_str())
        .collect();
    Candidate {
        weight: Weight {
            basic: candidates::is_basic(role).into(),
            excess: permissions.len().saturating_sub(needed.len()),
            level: match on {
                PolicyNode::Account(_) | PolicyNode::Resource(_) => 0,
                PolicyNode::Project(_) => 1,
                PolicyNode::Folder(_) => 2,
                PolicyNode::Organization(_) => 3,
            },
        },
        covers,
    }
}

/// Puts what is dropped among what goes, and sees that no silent floor goes with it: its role comes in its place, or,
/// where that would give more than there was, the binding stays.
fn keep_floors(
    cx: &Context<'_>,
    floors: &[&Floor],
    held: &[&Weighed<'_>],
    dropped: Vec<&Weighed<'_>>,
    standing: &[(String, BTreeSet<&str>)],
    verdict: &mut Verdict,
) {
    for weighed in dropped {
        let mut given: Vec<PlannedGrant> = Vec::new();
        let mut stays = false;
        for floor in floors {
            let gives = |permissions: &BTreeSet<&str>| permissions.contains(floor.permission);
            let has = weighed
                .permissions
                .iter()
                .any(|permission| permission == floor.permission);
            let stands = standing
                .iter()
                .any(|(key, permissions)| weighed.chain.contains(key) && gives(permissions));
            if !has || stands {
                continue;
            }
            let allowed = held_at(&weighed.chain, held);
            let role = cx.estate.roles.get(floor.role).filter(|role| {
                candidates::is_choosable(role)
                    && role
                        .permissions
                        .iter()
                        .any(|permission| permission == floor.permission)
                    && role
                        .permissions
                        .iter()
                        .all(|permission| allowed.contains(permission.as_str()))
            });
            let is_container = match weighed.grant.on {
                PolicyNode::Organization(_) | PolicyNode::Folder(_) | PolicyNode::Project(_) => {
                    true
                }
                PolicyNode::Account(_) | PolicyNode::Resource(_) => false,
            };
            match role {
                Some(_) if is_container => given.push(PlannedGrant {
                    member: weighed.grant.member.clone(),
                    role: floor.role.to_owned(),
                    on: weighed.grant.on.clone(),
                    condition: None,
                    kept: Some(Kept::Floor),
                }),
                Some(_) | None => stays = true,
            }
        }
        if stays {
            verdict
                .kept
                .push((weighed.grant.clone(), Some(Kept::Floor)));
        } else {
            verdict.given.extend(given);
            verdict.gone.push(weighed.grant.clone());
        }
    }
}
