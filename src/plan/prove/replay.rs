//! Observed calls against bindings: today's, to see whether the model explains them, and those behind every step.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::estate::Account;
use crate::model::names::{Email, ProjectId};
use crate::model::place::{Attribution, ExercisedPermission};
use crate::model::plan::{Denial, Step, WhyDenied};
use crate::model::settings::Thresholds;

use super::identity::{self, Caller, Identity};
use super::place::Node;
use super::state::{State, Under};
use super::who::Who;
use super::world::World;

/// By which a caller takes an account's tokens.
const GET_ACCESS_TOKEN: &str = "iam.serviceAccounts.getAccessToken";

/// What the replay of an account's calls says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Replay {
    pub(super) calls: u64,
    pub(super) groups: u64,
    pub(super) blind: Vec<Denial>,
    pub(super) denied: Vec<Denial>,
    /// What every workload signs in as in the end, by its id.
    pub(super) identities: BTreeMap<String, BTreeSet<Identity>>,
}

/// A permission that was seen in use on a resource.
struct Call<'w> {
    permission: &'w str,
    resource: &'w str,
    count: u64,
    last: DateTime<Utc>,
    nodes: Vec<Node>,
    /// The conditional bindings that give it today, where no other does: it is covered by all of them or not at all.
    under: BTreeSet<Under<'w>>,
    /// The workloads of which each may have made it; none where nobody is known.
    by: &'w [String],
}

/// Who takes the account's tokens today, with the conditional bindings by which, where no other gives them.
type Entries<'w> = BTreeMap<Who, BTreeSet<Under<'w>>>;

/// What another account was seen to do with this one.
struct Handling<'w> {
    by: &'w Account,
    call: Call<'w>,
}

struct Replayer<'w> {
    account: &'w Account,
    idle: TimeDelta,
    state: State<'w>,
    callers: Vec<Caller<'w>>,
    calls: Vec<Call<'w>>,
    entries: Entries<'w>,
    handled: Vec<Handling<'w>>,
    replay: Replay,
    /// What was told already: each is told of the first step alone.
    told: BTreeSet<(&'w str, String, String)>,
}

/// Replays what was seen of an account against today's bindings and behind every step; returns it with the last state.
pub(super) fn replay<'w>(
    world: &'w World<'w>,
    thresholds: &Thresholds,
    account: &'w Account,
    steps: &'w [Step],
) -> (Replay, State<'w>) {
    let state = State::today(world, steps);
    let callers = identity::callers(account, thresholds, &state, steps);
    let mut replayer = Replayer {
        account,
        idle: TimeDelta::days(thresholds.max_account_idle.into()),
        state,
        callers,
        calls: Vec::new(),
        entries: BTreeMap::new(),
        handled: Vec::new(),
        replay: Replay::default(),
        told: BTreeSet::new(),
    };
    replayer.calibrate();
    for (nth, step) in steps.iter().enumerate() {
        if let Some(wait) = step.wait {
            replayer.state.wait(wait.at_least);
        }
        let moved = identity::believe(&mut replayer.callers, &step.checks, &replayer.state);
        let takes = replayer.state.apply(&step.change);
        identity::apply(&mut replayer.callers, &step.change, &replayer.state);
        if takes || moved {
            replayer.check(nth);
        }
    }
    replayer.finish()
}

impl<'w> Replayer<'w> {
    /// Tells which of the observed calls today's bindings explain: those are replayed.
    fn calibrate(&mut self) {
        let world = self.state.world;
        let names = self.names(&Identity::Attached(self.account.facts.email.clone()));
        for (mut call, known) in observed(world, &self.account.exercised) {
            match self.explain(&names, &mut call, known) {
                Ok(()) => {
                    self.replay.calls += call.count;
                    self.replay.groups += call.by.len().max(1) as u64;
                    self.calls.push(call);
                }
                Err(why) => {
                    let workload = match call.by {
                        [one] => one,
                        _ => "",
                    };
                    let identity = self.account.facts.email.to_string();
                    let denial = denial(None, workload, identity, &call, why);
                    self.replay.blind.push(denial);
                }
            }
        }
        self.add_unnamed_callers();
        self.calibrate_entries();
        self.calibrate_handling();
    }

    /// Notes which conditional bindings explain a call, where no other does; returns why nothing does, where nothing does.
    fn explain(&self, names: &[Who], call: &mut Call<'w>, known: bool) -> Result<(), WhyDenied> {
        let answer = self.state.ask(names, call.permission, &call.nodes);
        let why = answer.why();
        if answer.sure {
            Ok(())
        } else if !answer.under.is_empty() {
            call.under = answer.under;
            Ok(())
        } else if known {
            Err(why)
        } else {
            Err(WhyDenied::UnknownPlace)
        }
    }

    /// Adds somebody for every id that calls name and no workload has, and for calls of nobody known.
    fn add_unnamed_callers(&mut self) {
        let attached = || Identity::Attached(self.account.facts.email.clone());
        let known: BTreeSet<&str> = self.callers.iter().map(|caller| caller.id).collect();
        let named = self.calls.iter().flat_map(|call| call.by);
        let mut missing: BTreeSet<&'w str> = named
            .map(String::as_str)
            .filter(|id| !known.contains(id))
            .collect();
        if self.calls.iter().any(|call| call.by.is_empty()) && !known.contains("") {
            missing.insert("");
        }
        let missing = missing.into_iter().map(|id| Caller::new(id, [attached()]));
        let missing: Vec<Caller<'w>> = missing.collect();
        self.callers.extend(missing);
    }

    /// Sees to how callers sign in today. What is switched off already is nothing that a plan can take away; what takes
    /// tokens by a way that the bindings do not show is told, and counts as attached.
    fn calibrate_entries(&mut self) {
        let mut callers = std::mem::take(&mut self.callers);
        for caller in &mut callers {
            for identity in std::mem::take(&mut caller.identities) {
                if self.is_on(&identity) {
                    let identity = self.calibrated(caller.id, identity);
                    caller.identities.insert(identity);
                }
            }
        }
        self.callers = callers;
    }

    fn calibrated(&mut self, workload: &str, identity: Identity) -> Identity {
        let Identity::Taking { by, account } = &identity else {
            return identity;
        };
        let answer = self.entry(by, account);
        if answer.sure {
            self.entries.insert(by.clone(), BTreeSet::new());
        } else if !answer.under.is_empty() {
            self.entries.insert(by.clone(), answer.under);
        } else {
            self.replay.blind.push(Denial {
                after: None,
                workload: workload.to_owned(),
                identity: by.to_string(),
                permission: GET_ACCESS_TOKEN.to_owned(),
                resource: account.to_string(),
                count: 0,
                why: answer.why(),
            });
            return Identity::Attached(account.clone());
        }
        identity
    }

    /// Keeps what other accounts were seen to do with this one, as far as today's bindings explain it.
    fn calibrate_handling(&mut self) {
        let world = self.state.world;
        let taking: BTreeSet<&Who> = self.entries.keys().collect();
        let mut handled = Vec::new();
        for (by, used) in world.handled(&self.account.facts.email) {
            // Whoever takes its tokens is a workload of it.
            if taking.contains(&Who::account(&by.facts.email))
                && used.permission == GET_ACCESS_TOKEN
            {
                continue;
            }
            let names = world.names_of_account(&by.facts.email, Some(&by.facts.project));
            for (mut call, known) in observed(world, std::slice::from_ref(*used)) {
                if self.explain(&names, &mut call, known).is_ok() {
                    handled.push(Handling { by, call });
                }
            }
        }
        self.handled = handled;
    }

    /// Tells what a step denies.
    fn check(&mut self, after: usize) {
        let callers = std::mem::take(&mut self.callers);
        for caller in &callers {
            for identity in &caller.identities {
                self.check_caller(after, caller, identity);
            }
        }
        self.check_handling(after, &callers);
        self.callers = callers;
    }

    fn check_caller(&mut self, after: usize, caller: &Caller<'w>, identity: &Identity) {
        let signs_in = self.signs_in(identity);
        let is_for_people = self.is_given_up(identity);
        let names = self.names(identity);
        let mut calls = 0;
        let mut found: Vec<(bool, Denial)> = Vec::new();
        for call in self.calls.iter().filter(|call| is_by(call, caller.id)) {
            calls += 1;
            let why = match signs_in {
                // Nobody is known, and it was long ago: what is idle is retired.
                Err(WhyDenied::NoIdentity) if caller.id.is_empty() && self.is_idle(call) => None,
                Err(why) => Some(why),
                Ok(()) => self.denies(&names, identity, call),
            };
            if let Some(why) = why {
                let denial = denial(Some(after), caller.id, identity.text(), call, why);
                found.push((is_for_people || why == WhyDenied::ByHand, denial));
            }
        }
        // Whoever calls by hand from now on is told of by its calls alone.
        if calls == 0
            && let Err(why) = signs_in
            && why != WhyDenied::ByHand
        {
            found.push((
                is_for_people,
                Denial {
                    after: Some(after),
                    workload: caller.id.to_owned(),
                    identity: identity.text(),
                    permission: String::new(),
                    resource: String::new(),
                    count: 0,
                    why,
                },
            ));
        }
        for (for_people, denial) in found {
            let key = (
                caller.id,
                denial.permission.clone(),
                denial.resource.clone(),
            );
            if self.told.insert(key) {
                if for_people {
                    self.replay.blind.push(denial);
                } else {
                    self.replay.denied.push(denial);
                }
            }
        }
    }

    /// Others keep what they do with the account for as long as anything runs as it.
    fn check_handling(&mut self, after: usize, callers: &[Caller<'w>]) {
        let email = &self.account.facts.email;
        let mut identities = callers.iter().flat_map(|caller| &caller.identities);
        let is_used = identities.any(|identity| identity.account() == Some(email));
        if !is_used || !self.state.account_is_on(email) {
            return;
        }
        for Handling { by, call } in &self.handled {
            let other = Identity::Attached(by.facts.email.clone());
            let names = self.names(&other);
            if let Some(why) = self.denies(&names, &other, call) {
                let key = ("", call.permission.to_owned(), other.text());
                if self.told.insert(key) {
                    let denial = denial(Some(after), "", other.text(), call, why);
                    self.replay.denied.push(denial);
                }
            }
        }
    }

    /// Returns why an identity may not do what was seen; `None` where it may.
    fn denies(&self, names: &[Who], identity: &Identity, call: &Call<'w>) -> Option<WhyDenied> {
        let answer = self.state.ask(names, call.permission, &call.nodes);
        if answer.sure {
            return None;
        }
        // On the account's own policy the same binding stands on another node where the account is another.
        let email = &self.account.facts.email;
        let moved = |under: &Under<'w>| self.moved(under, email, identity.account());
        let covered = !call.under.is_empty()
            && call
                .under
                .iter()
                .all(|under| answer.under.contains(under) || answer.under.contains(&moved(under)));
        (!covered).then(|| answer.why())
    }

    fn moved(&self, under: &Under<'w>, from: &Email, to: Option<&Email>) -> Under<'w> {
        let (node, role, condition) = under;
        match to {
            Some(to) if *node == Node::account(from) => (Node::account(to), role, condition),
            Some(_) | None => under.clone(),
        }
    }

    /// Returns whether an identity can sign in; why not, where it cannot.
    fn signs_in(&self, identity: &Identity) -> Result<(), WhyDenied> {
        match identity {
            Identity::ByHand => return Err(WhyDenied::ByHand),
            identity if !self.is_on(identity) => return Err(WhyDenied::NoIdentity),
            Identity::Attached(_)
            | Identity::ByKey(..)
            | Identity::Itself(_)
            | Identity::Nothing => {}
            Identity::Taking { by, account } => {
                let answer = self.entry(by, account);
                let email = &self.account.facts.email;
                let today = self.entries.get(by);
                let covered = today.is_some_and(|under| {
                    !under.is_empty()
                        && under.iter().all(|under| {
                            answer
                                .under
                                .contains(&self.moved(under, email, Some(account)))
                        })
                });
                if !answer.sure && !covered {
                    return Err(answer.why());
                }
            }
        }
        Ok(())
    }

    /// Returns whether a plan switches off the key that an identity signs in with because strangers hold it: whoever uses
    /// it is denied on purpose, and only people can say whether that is worth it.
    fn is_given_up(&self, identity: &Identity) -> bool {
        let Identity::ByKey(email, key) = identity else {
            return false;
        };
        let mut keys = self.account.user_managed_keys();
        let is_exposed = keys.any(|held| held.facts.id == *key && held.facts.is_exposed());
        is_exposed && self.state.account_is_on(email) && self.state.key(email, key).is_some()
    }

    /// Returns whether what an identity signs in as, and with, is there and switched on.
    fn is_on(&self, identity: &Identity) -> bool {
        match identity {
            Identity::Attached(email) | Identity::Taking { account: email, .. } => {
                self.state.account_is_on(email)
            }
            Identity::ByKey(email, key) => {
                self.state.account_is_on(email) && self.state.key_is_on(email, key)
            }
            Identity::Itself(_) | Identity::ByHand => true,
            Identity::Nothing => false,
        }
    }

    /// Returns what the bindings say to somebody who takes an account's token.
    fn entry(&self, by: &Who, account: &Email) -> super::state::Answer<'w> {
        let world = self.state.world;
        let nodes = world.reach_of_account(account, self.state.project_of(account));
        let names = match world.account_named(&by.to_string()) {
            Some(other) => world.names_of_account(&other.facts.email, Some(&other.facts.project)),
            None => world.names_of_other(by),
        };
        self.state.ask(&names, GET_ACCESS_TOKEN, &nodes)
    }

    /// Returns every name by which policies may mean an identity.
    fn names(&self, identity: &Identity) -> Vec<Who> {
        let world = self.state.world;
        match identity {
            Identity::Attached(email)
            | Identity::ByKey(email, _)
            | Identity::Taking { account: email, .. } => {
                let project: Option<&ProjectId> = self.state.project_of(email);
                world.names_of_account(email, project)
            }
            Identity::Itself(who) => world.names_of_other(who),
            Identity::ByHand | Identity::Nothing => Vec::new(),
        }
    }

    fn is_idle(&self, call: &Call<'w>) -> bool {
        self.state.world.estate.observed_at - call.last >= self.idle
    }

    fn finish(mut self) -> (Replay, State<'w>) {
        let workloads = self.callers.into_iter();
        self.replay.identities = workloads
            .map(|caller| (caller.id.to_owned(), caller.identities))
            .collect();
        self.replay.blind.sort();
        self.replay.denied.sort();
        (self.replay, self.state)
    }
}

fn is_by(call: &Call<'_>, id: &str) -> bool {
    call.by.iter().any(|by| by == id) || call.by.is_empty() && id.is_empty()
}

/// Returns the calls that were granted, each once however many sources tell it, and whether the place of each is known.
fn observed<'w>(world: &World<'_>, exercised: &'w [ExercisedPermission]) -> Vec<(Call<'w>, bool)> {
    let mut counts: BTreeMap<_, (u64, DateTime<Utc>)> = BTreeMap::new();
    for used in exercised.iter().filter(|used| used.granted) {
        let what = (
            used.permission.as_str(),
            used.resource.as_str(),
            used.project.as_ref(),
            &used.by,
        );
        let (count, last) = counts.entry(what).or_insert((0, used.last));
        // Two sources may have read the same entries.
        *count = used.count.max(*count);
        *last = used.last.max(*last);
    }
    let counts = counts.into_iter();
    counts
        .map(|((permission, resource, project, by), (count, last))| {
            let reach = world.reach(permission, resource, project);
            let call = Call {
                permission,
                resource,
                count,
                last,
                nodes: reach.nodes,
                under: BTreeSet::new(),
                by: match by {
                    Attribution::Exact(one) => std::slice::from_ref(one),
                    Attribution::AnyOf(any) => any,
                },
            };
            (call, reach.known)
        })
        .collect()
}

fn denial(
    after: Option<usize>,
    workload: &str,
    identity: String,
    call: &Call<'_>,
    why: WhyDenied,
) -> Denial {
    Denial {
        after,
        workload: workload.to_owned(),
        identity,
        permission: call.permission.to_owned(),
        resource: call.resource.to_owned(),
        count: call.count,
        why,
    }
}
