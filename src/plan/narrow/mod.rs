//! Phase 2 of the way out: of what each workload holds, the smallest part that covers what it was seen to use.
//!
//! A binding goes only where its use would have been seen, and was not, or where something smaller covers what was. All
//! else is kept, and the plan says why.

pub(in crate::plan) mod candidates;
mod cover;
mod floors;
pub(in crate::plan) mod logged;
mod needs;
mod weigh;

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use crate::model::estate::Account;
use crate::model::message::Message;
use crate::model::names::{Email, Member};
use crate::model::plan::{
    Change, Check, Holder, Kept, PlannedGrant, Reason, Stage, Step, Verification, Wait, WaitFor,
};
use crate::model::settings::Settings;
use crate::model::workload::Workload;

use super::Context;
use super::draft::Draft;
use super::split::{self, PROPAGATION};

use weigh::Verdict;

/// The findings that narrowing answers.
const RULES: [&str; 3] = [
    "account-overprivileged",
    "account-privileged",
    "shared-account",
];

/// Returns the steps that take from each account what it was not seen to use, behind the steps of `split`: the accounts
/// that those make, or, where they make none, the account itself where it was found to hold too much.
///
/// What was seen of a shared account may be any of its workloads'. So the steps stand behind a full window on accounts of
/// their own, and say what would go as far as is known today; a plan from then on knows better.
#[must_use]
pub fn draft(cx: &Context<'_>, account: &Account, split: &Draft) -> Draft {
    let mut draft = Draft::default();
    let mut kept: BTreeMap<(String, String), BTreeSet<Kept>> = BTreeMap::new();
    let reasons = split::reasons(cx, account, &RULES);
    if split.steps.is_empty() {
        let is_too_much = reasons
            .iter()
            .any(|reason| reason.rule == "account-overprivileged");
        let workloads: Vec<&Workload> = account.counted_workloads().collect();
        if let ([workload], true) = (workloads.as_slice(), is_too_much) {
            let held = own(account);
            if let Some(verdict) = weigh::verdict(cx, account, workload, &held) {
                let email = account.facts.email.as_str();
                let narrowed = Narrowed {
                    workload,
                    email,
                    window: None,
                };
                draft.steps = steps(&verdict, &narrowed, &reasons);
                note(cx, &verdict, &mut kept);
            }
        }
    }
    let mut is_copied = false;
    let mut workloads: Vec<&Workload> = account.counted_workloads().collect();
    workloads.sort_by(|a, b| a.id.cmp(&b.id));
    for workload in workloads {
        let Some(new) = split::account_for(cx, account, &workload.id) else {
            continue;
        };
        let copied = copied(split, &new.email.to_string());
        if copied.is_empty() {
            continue;
        }
        is_copied = true;
        match weigh::verdict(cx, account, workload, &copied) {
            Some(verdict) => {
                let email = new.email.as_str();
                let window = Some(full_window(cx.settings));
                let narrowed = Narrowed { workload, email, window };
                draft.steps.extend(steps(&verdict, &narrowed, &reasons));
                note(cx, &verdict, &mut kept);
            }
            None => draft.notes.push(
                Message::from("what ")
                    .name(&workload.name)
                    .text(" was seen to use is not explained by the bindings that are known: all of them are kept"),
            ),
        }
    }
    draft
        .notes
        .extend(kept.into_iter().map(|((role, on), whys)| {
            let whys: Vec<&str> = whys.into_iter().map(told).collect();
            Message::from("kept: ")
                .name(role)
                .text(" on ")
                .name(on)
                .text(": ")
                .text(whys.join("; "))
        }));
    if is_copied {
        let days = full_window(cx.settings).num_days();
        draft.notes.push(Message::from(format!(
            "{days} days after the last switch each account's own calls tell what it needs: plan again from a scan of then"
        )));
    }
    draft
}

/// Returns the bindings that a new account gets in place of `copies`, where that is no guess: every use as the old account
/// is known to be one workload's, and of every binding every use was logged over a full window. `None`: all are copied.
pub(in crate::plan) fn at_once(
    cx: &Context<'_>,
    account: &Account,
    workload: &Workload,
    copies: &[PlannedGrant],
) -> Option<Vec<PlannedGrant>> {
    let verdict = weigh::verdict(cx, account, workload, copies)?;
    if !verdict.is_exact || !verdict.is_complete || verdict.gone.is_empty() {
        return None;
    }
    let kept = verdict
        .kept
        .into_iter()
        .map(|(grant, kept)| PlannedGrant { kept, ..grant });
    Some(kept.chain(verdict.given).collect())
}

/// Returns how long everything that runs regularly takes to show itself once.
pub(super) fn full_window(settings: &Settings) -> TimeDelta {
    TimeDelta::days(settings.plans.business_cycle.into())
}

/// What is narrowed.
struct Narrowed<'a> {
    workload: &'a Workload,
    /// The account's address.
    email: &'a str,
    /// How long the workload has to run as the account before; `None` where it does so already.
    window: Option<TimeDelta>,
}

/// Returns what comes, then what goes; nothing where nothing goes.
fn steps(verdict: &Verdict, narrowed: &Narrowed<'_>, reasons: &[Reason]) -> Vec<Step> {
    if verdict.gone.is_empty() {
        return Vec::new();
    }
    let step = |change, why: Message, verify| Step {
        stage: Stage::Narrow,
        change,
        why,
        reasons: reasons.to_vec(),
        checks: Vec::new(),
        wait: None,
        verify,
    };
    let given = verdict.given.iter().map(|grant| {
        let why = match grant.kept {
            None => Message::from("it covers what ")
                .name(&narrowed.workload.name)
                .text(" was seen to use"),
            Some(kept) => Message::from(told(kept)),
        };
        let verify = vec![Verification::BindingStands(grant.clone())];
        step(Change::Grant(grant.clone()), why, verify)
    });
    let mut given: Vec<Step> = given.collect();
    let gone = verdict.gone.iter().map(|grant| {
        let why = Message::default()
            .name(&narrowed.workload.name)
            .text(" was not seen to need more of it than what it keeps");
        step(Change::Revoke(grant.clone()), why, Vec::new())
    });
    let mut gone: Vec<Step> = gone.collect();
    if let Some(first) = gone.first_mut()
        && !given.is_empty()
    {
        first.wait = Some(PROPAGATION);
    }
    given.extend(gone);
    if let Some(first) = given.first_mut()
        && let Some(window) = narrowed.window
    {
        first
            .checks
            .push(Check::Switched(vec![narrowed.workload.id.clone()]));
        first.wait = Some(Wait {
            at_least: window,
            until: WaitFor::Window,
        });
    }
    if let (Some(last), Ok(email)) = (given.last_mut(), Email::parse(narrowed.email)) {
        last.verify.push(Verification::AccountSeen(email));
    }
    given
}

/// Returns the bindings that the split copies to the account of that address.
fn copied(split: &Draft, email: &str) -> Vec<PlannedGrant> {
    let member = Holder::Member(Member::parse(&format!("serviceAccount:{email}")));
    let grants = split.steps.iter().filter_map(|step| {
        if let Change::Grant(grant) = &step.change {
            Some(grant)
        } else {
            None
        }
    });
    let copied = grants.filter(|grant| grant.member == member && grant.kept == Some(Kept::Copied));
    copied.cloned().collect()
}

/// Returns the bindings that name an account itself.
fn own(account: &Account) -> Vec<PlannedGrant> {
    let named = account
        .grants
        .iter()
        .filter(|grant| grant.through.address() == Some(&account.facts.email));
    let grants = named.map(|grant| PlannedGrant {
        member: Holder::Member(grant.through.clone()),
        role: grant.role.clone(),
        on: grant.on.clone(),
        condition: grant.condition.clone(),
        kept: None,
    });
    grants.collect()
}

fn note(
    cx: &Context<'_>,
    verdict: &Verdict,
    kept: &mut BTreeMap<(String, String), BTreeSet<Kept>>,
) {
    for (grant, why) in &verdict.kept {
        if let Some(why) = why {
            let place = (grant.role.clone(), needs::key(cx, &grant.on));
            kept.entry(place).or_default().insert(*why);
        }
    }
}

/// Returns why a binding is kept, in words.
fn told(kept: Kept) -> &'static str {
    match kept {
        Kept::Copied => "everything is copied before anything is narrowed",
        Kept::Unseen => "its use would not have been logged, or not over the whole window",
        Kept::Floor => "this kind of workload needs it and never shows it",
        Kept::Conditional => "it holds under a condition, which is not evaluated",
        Kept::UnknownRole => "the role's definition is not known",
    }
}

#[cfg(test)]
mod tests;
