//! `account-unused`: an account that nothing uses, and that nothing is known to depend on.
//!
//! More than a key, an account may be needed without being used: by a stopped machine, by a token that is checked and
//! never sent to Google, by a job that runs once a year. So it takes everything that could name the account, read in
//! every project, before the rule says anything at all.

use chrono::{DateTime, Utc};

use crate::model::access::PolicyNode;
use crate::model::action::Action;
use crate::model::coverage::{Dataset, Reading};
use crate::model::estate::{Account, Estate};
use crate::model::finding::{Evidence, Finding, Subject, Undecided};
use crate::model::idle::{Creation, Doubt, Idle, MAX_LAG};
use crate::model::message::Message;
use crate::model::names::Member;
use crate::model::rule::{Confidence, RuleMeta, Severity};
use crate::model::scope::Scope;

use super::access::powers;
use super::words::idle;
use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct AccountUnused;

static META: RuleMeta = RuleMeta {
    id: "account-unused",
    title: "an account has not been used for a long time, and nothing names it",
    severity: Severity::Medium,
    on_by_default: true,
    needs: &[
        Dataset::AccountActivity,
        Dataset::Attachments,
        Dataset::References,
        Dataset::OtherCredentials,
        Dataset::AccountPolicies,
    ],
    docs: include_str!("account_unused.md"),
    cis: None,
    owasp: &["NHI1:2025"],
};

impl Rule for AccountUnused {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        let unread = unread(cx.estate);
        cx.accounts()
            .filter(|account| !account.facts.disabled)
            .filter_map(|account| outcome(account, unread.as_ref(), cx))
            .collect()
    }
}

fn outcome(
    account: &Account,
    unread: Option<&(Dataset, Message)>,
    cx: &Context<'_>,
) -> Option<Outcome> {
    let threshold = cx.thresholds.max_account_idle;
    let undecided = |dataset, reason| {
        Some(Outcome::Undecided(Undecided {
            rule: META.id,
            subject: Subject::Account(account.reference()),
            dataset,
            reason,
        }))
    };
    let activity = Dataset::AccountActivity;
    let (days, mut doubts) = match account.last_use.idle(&account.life, cx.now(), threshold) {
        Idle::Recent | Idle::Young => return None,
        // Whatever else is known of it: what names it needs it.
        _ if is_named(cx.estate, account) => return None,
        Idle::NotSeen { days, doubts } if !doubts.contains(&Doubt::Age) => (days, doubts),
        Idle::NotSeen { .. } | Idle::AgeUnknown => {
            let reason = Message::from("since when it exists is not known");
            return undecided(Dataset::ServiceAccounts, reason);
        }
        Idle::Inconclusive { observed_days } => {
            return undecided(activity, words::inconclusive(observed_days, threshold));
        }
        Idle::Stale { to } => return undecided(activity, words::stale(to, cx.now())),
        Idle::Unknown(why) => return undecided(activity, words::why_unknown(&why)),
    };
    if let Some((dataset, reason)) = unread {
        return undecided(*dataset, reason.clone());
    }
    let policies = cx
        .estate
        .coverage
        .reading(&account.scope(), Dataset::AccountPolicies);
    if !is_current(Dataset::AccountPolicies, policies, cx.now()) {
        let reason = Message::from("who may sign in as it was not read");
        return undecided(Dataset::AccountPolicies, reason);
    }
    doubts.extend(idle::signs_offline(cx.estate, account));
    doubts.extend(signs_in_from_above(account));
    Some(Outcome::Finding(finding(account, days, &doubts, cx)))
}

/// Returns whether anything names the account: a workload, a resource in any state, a credential that no source sees, a
/// rule or list, or a federated identity that may sign in as it.
fn is_named(estate: &Estate, account: &Account) -> bool {
    let policy = estate.policies.iter().find(|policy| match &policy.on {
        PolicyNode::Account(on) => on.unique_id == account.facts.unique_id,
        PolicyNode::Organization(_)
        | PolicyNode::Folder(_)
        | PolicyNode::Project(_)
        | PolicyNode::Resource(_) => false,
    });
    let bindings = policy.iter().flat_map(|policy| &policy.bindings);
    let mut members = bindings.flat_map(|binding| &binding.members);
    !account.workloads.is_empty()
        || !account.references.is_empty()
        || !account.other_credentials.is_empty()
        || members.any(is_federated)
}

/// Returns whether a member is a workload that signs in from outside, or a set of such.
fn is_federated(member: &Member) -> bool {
    member.pool().is_some() || member.gke_workload().is_some()
}

/// Returns the doubt that a grant above the account is: it names no account, and lets workloads sign in as each below it.
fn signs_in_from_above(account: &Account) -> Option<Doubt> {
    let mut actors = account.actors.iter();
    let may = actors.any(|actor| is_federated(&actor.member));
    may.then_some(Doubt::FederatedAbove)
}

/// Returns whether everything was read, as of the time up to which Policy Analyzer has to have looked.
///
/// Of keys that are bound to accounts Asset Inventory tells what was a week ago, and no list tells more of a project whose
/// API is off: that is what can be known of them.
fn is_current(dataset: Dataset, reading: &Reading, now: DateTime<Utc>) -> bool {
    reading.is_whole_within(MAX_LAG, now)
        || dataset == Dataset::OtherCredentials && reading.is_known()
}

/// Returns what was not read whole somewhere in scope, though any account may be named there; `None`: all was. Where not
/// every folder and project is known, something may be named in one that is not.
fn unread(estate: &Estate) -> Option<(Dataset, Message)> {
    let mut unlisted = estate.coverage.iter().filter(|(_, dataset, reading)| {
        let lists = [Dataset::Projects, Dataset::Folders].contains(dataset);
        lists && !is_current(*dataset, reading, estate.observed_at)
    });
    if let Some((_, dataset, _)) = unlisted.next() {
        let what = "not every project in scope is known, and any may hold what names it";
        return Some((dataset, Message::from(what)));
    }
    let by_project = [
        Dataset::Attachments,
        Dataset::References,
        Dataset::OtherCredentials,
    ];
    for dataset in by_project {
        let lacking = estate.projects.iter().filter(|project| {
            let scope = Scope::Project(project.id.clone());
            !is_current(
                dataset,
                estate.coverage.reading(&scope, dataset),
                estate.observed_at,
            )
        });
        let names: Vec<Message> = lacking
            .map(|project| Message::default().project(&project.id))
            .collect();
        if !names.is_empty() {
            let what = "what names accounts was not read, or not all of it, in ";
            return Some((
                dataset,
                Message::from(what).append(words::first_few(&names)),
            ));
        }
    }
    let mut elsewhere = estate.coverage.iter().filter(|(scope, dataset, reading)| {
        let counts = by_project.contains(dataset) && scope.project().is_none();
        counts && !is_current(*dataset, reading, estate.observed_at)
    });
    elsewhere.next().map(|(_, dataset, _)| {
        let what = "what names accounts was not read, or not all of it, above the projects";
        (dataset, Message::from(what))
    })
}

fn finding(account: &Account, days: i64, doubts: &[Doubt], cx: &Context<'_>) -> Finding {
    let privileged = !powers::of(cx.estate, account).is_empty();
    let severity = if privileged {
        Severity::High
    } else {
        Severity::Medium
    };
    let reference = account.reference();
    let ask = Action::FindOwner {
        account: reference.clone(),
    };
    let seen = idle::observation(&account.last_use);
    let (message, rests_on, confidence) = if doubts.is_empty() {
        let message = Message::from("has not been used for ")
            .text(words::days(days))
            .text(": ")
            .text(seen);
        (message, "confirmed", Confidence::High)
    } else {
        let message = Message::from("was ")
            .text(seen)
            .text(format!(" ({})", idle::doubts(doubts)));
        (message, "not confirmed", Confidence::Low)
    };
    let finding = Finding::on_account(&META, account, message, &[rests_on])
        .severity(severity)
        .confidence(confidence)
        .facts(created(account))
        .facts(words::usage(&account.last_use))
        .then(ask);
    if doubts.is_empty() {
        finding.then(Action::DisableAccount { account: reference })
    } else {
        finding
    }
}

/// Returns since when the account exists, as a fact.
fn created(account: &Account) -> Option<Evidence> {
    let (fact, at) = match account.life.created {
        Creation::At(at) => (format!("created on {}", words::day(at)), at),
        Creation::Between { by, .. } => {
            let by = by?;
            (format!("created no later than {}", words::day(by)), by)
        }
    };
    Some(Evidence {
        fact: Message::from(fact),
        source: words::ACCOUNTS_LIST,
        at: Some(at),
    })
}
