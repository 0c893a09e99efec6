//! `account-overprivileged`: an account that uses few of the permissions that it was given.
//!
//! Two sources tell what was used. Recommender tells it binding by binding, over a period of its own, with what it infers
//! to be needed. Audit logs tell it only where every service's Data Access was logged for the whole threshold; those of the
//! Logging API are kept too short for that, exported ones are not. Whatever was used on any resource counts as used.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::access::PolicyNode;
use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::{Account, Estate};
use crate::model::finding::{Evidence, Finding, Subject, Undecided};
use crate::model::grant::Grant;
use crate::model::idle::MAX_LAG;
use crate::model::message::Message;
use crate::model::names::{Member, ProjectId};
use crate::model::rule::{Confidence, RuleMeta, Severity};
use crate::model::scope::Scope;
use crate::model::usage::{Period, PolicyInsight, UsageSource};

use super::access::audit_logs;
use super::access::bindings::{self, Held};
use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct AccountOverprivileged;

static META: RuleMeta = RuleMeta {
    id: "account-overprivileged",
    title: "an account uses few of the permissions that it was given",
    severity: Severity::Medium,
    on_by_default: true,
    needs: &[Dataset::Policies, Dataset::Roles, Dataset::PolicyInsights],
    docs: include_str!("account_overprivileged.md"),
    cis: None,
    owasp: &["NHI5:2025"],
};

/// It uses no more than one permission in so many,
const ONE_IN: usize = 10;

/// and at least so many are unused: every predefined role has a few too many.
const MIN_UNUSED: usize = 20;

/// Recommender's insights, by the binding that they are about.
type Insights<'a> = BTreeMap<(&'a PolicyNode, &'a Member, &'a str), Vec<&'a PolicyInsight>>;

/// What was used of one grant.
struct Used<'a> {
    grant: &'a Grant,
    given: &'a [String],
    used: BTreeSet<&'a String>,
    period: Period,
    source: UsageSource,
}

impl Rule for AccountOverprivileged {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        let mut insights = Insights::new();
        for insight in &cx.estate.policy_insights {
            let of = (&insight.on, &insight.member, insight.role.as_str());
            insights.entry(of).or_default().push(insight);
        }
        cx.accounts()
            .filter(|account| !account.facts.disabled)
            .filter_map(|account| outcome(account, &insights, cx))
            .collect()
    }
}

/// Returns what is said about an account: nothing where nobody was asked, which the engine says of the project.
fn outcome<'a>(account: &'a Account, insights: &Insights<'a>, cx: &Context<'a>) -> Option<Outcome> {
    let mut judged = Vec::new();
    let mut is_all = true;
    for grant in &account.grants {
        // What a role gives that was not read is not known, and the coverage says so.
        let Some(given) = cx.estate.permissions(&grant.role) else {
            continue;
        };
        match used(account, grant, given, insights, cx) {
            Some(used) => judged.push(used),
            None => is_all &= given.len() < MIN_UNUSED,
        }
    }
    // What two roles give is one permission.
    let given: BTreeSet<&String> = judged.iter().flat_map(|used| used.given).collect();
    let used: BTreeSet<&String> = judged.iter().flat_map(|used| &used.used).copied().collect();
    let (given, used) = (given.len(), used.len());
    if is_far_more(given, used) {
        return Some(Outcome::Finding(finding(account, &judged, given, used)));
    }
    if is_all {
        return None;
    }
    let scope = Scope::Project(account.facts.project.clone());
    let reading = cx.estate.coverage.reading(&scope, Dataset::PolicyInsights);
    if !reading.is_known() {
        return None;
    }
    Some(Outcome::Undecided(Undecided {
        rule: META.id,
        subject: Subject::Account(account.reference()),
        dataset: Dataset::PolicyInsights,
        reason: Message::from("Recommender tells nothing of what some of its roles were used for"),
    }))
}

fn is_far_more(given: usize, used: usize) -> bool {
    used * ONE_IN <= given && given - used >= MIN_UNUSED
}

/// Returns what was used of a grant over a whole threshold; `None` where no source tells.
fn used<'a>(
    account: &'a Account,
    grant: &'a Grant,
    given: &'a [String],
    insights: &Insights<'a>,
    cx: &Context<'a>,
) -> Option<Used<'a>> {
    let given_has = |permission: &&String| given.binary_search(permission).is_ok();
    if let Some((insight, period)) = insight(grant, insights, cx) {
        let named = insight.exercised.iter().chain(&insight.inferred);
        return Some(Used {
            grant,
            given,
            used: named.filter(given_has).collect(),
            period,
            source: UsageSource::Recommender,
        });
    }
    let (source, period) = logged(account, grant, cx)?;
    let granted = account.exercised.iter().filter(|seen| seen.granted);
    let named = granted.map(|seen| &seen.permission);
    Some(Used {
        grant,
        given,
        used: named.filter(given_has).collect(),
        period,
        source,
    })
}

/// Returns the insight about a grant that covers the threshold, up to now, with its period.
fn insight<'a>(
    grant: &Grant,
    insights: &Insights<'a>,
    cx: &Context<'_>,
) -> Option<(&'a PolicyInsight, Period)> {
    let condition = grant.condition.as_ref();
    let condition = condition.map(|condition| condition.expression.as_str());
    let of_binding = insights.get(&(&grant.on, &grant.through, grant.role.as_str()))?;
    let mut of_grant = of_binding
        .iter()
        .filter(|insight| insight.condition.as_deref() == condition);
    of_grant.find_map(|insight| {
        let period = insight.period.filter(|period| is_whole(period, cx))?;
        Some((*insight, period))
    })
}

/// Returns the exported logs that tell all that a grant on a project was used for, and from when until when they hold that
/// project's.
fn logged(account: &Account, grant: &Grant, cx: &Context<'_>) -> Option<(UsageSource, Period)> {
    let PolicyNode::Project(project) = &grant.on else {
        return None;
    };
    let sources = [UsageSource::Logs, UsageSource::BigQuery];
    let mut periods = sources.into_iter().filter_map(|source| {
        let period = exported(project, source, cx.estate)?;
        is_whole(&period, cx).then_some((source, period))
    });
    let found = periods.next()?;
    let mut nodes = vec![grant.on.clone()];
    nodes.extend(cx.estate.ancestors(project));
    if !audit_logs::missing(cx.estate, &nodes, None, Some(account)).is_empty()
        || !is_read(cx.estate)
    {
        return None;
    }
    Some(found)
}

/// Returns the stretch over which exported logs hold a project's entries; `None` where nothing shows that its Data Access
/// log is among them. A sink exports what its filter lets through, often one project's log, or the activity log alone.
fn exported(project: &ProjectId, source: UsageSource, estate: &Estate) -> Option<Period> {
    let callers = estate.accounts.iter().flat_map(|account| {
        let of_keys = account.keys.iter().flat_map(|key| &key.callers);
        account.callers.iter().chain(of_keys)
    });
    let seen = callers
        .map(|caller| &caller.call)
        .filter(|call| call.source == source && call.project.as_ref() == Some(project))
        .map(|call| call.seen);
    let period = seen.reduce(|one, other| Period {
        from: one.from.min(other.from),
        to: one.to.max(other.to),
    })?;
    let number = estate.projects.iter().find(|known| known.id == *project)?;
    let names = [project.as_str(), number.number.as_str()];
    let mut exercised = estate
        .accounts
        .iter()
        .flat_map(|account| &account.exercised);
    exercised
        .any(|seen| {
            seen.source == source
                && is_data_access(&seen.permission)
                && project_in(&seen.resource).is_some_and(|name| names.contains(&name))
        })
        .then_some(period)
}

/// Returns whether a permission reads: no activity log tells of that.
///
/// Source: <https://cloud.google.com/logging/docs/audit#data-access>.
fn is_data_access(permission: &str) -> bool {
    let verb = permission.rsplit('.').next().unwrap_or_default();
    verb.starts_with("get") || verb.starts_with("list")
}

/// Returns the project that a resource's name tells, by id or number.
fn project_in(resource: &str) -> Option<&str> {
    let mut words = resource.split('/').skip_while(|word| *word != "projects");
    words.nth(1)
}

/// Returns whether the exported logs were read whole.
fn is_read(estate: &Estate) -> bool {
    let reading = estate.coverage.reading(&Scope::Caller, Dataset::AuditLogs);
    reading.is_known()
}

/// Returns whether a period covers the threshold, up to now.
fn is_whole(period: &Period, cx: &Context<'_>) -> bool {
    let days = (period.to - period.from).num_days();
    days >= cx.thresholds.max_account_idle.into() && cx.now() - period.to <= MAX_LAG
}

fn finding(account: &Account, judged: &[Used<'_>], given: usize, used: usize) -> Finding {
    let by = match judged {
        [one] => Held::by(one.grant).words(),
        several => Message::from(words::counted(several.len(), "role")),
    };
    let used = if used == 0 {
        "none".to_owned()
    } else {
        used.to_string()
    };
    let message = Message::from(format!(
        "uses {used} of {given} permissions that it has by "
    ))
    .append(by);
    let by_logs = judged
        .iter()
        .any(|used| used.source != UsageSource::Recommender);
    let held: Vec<Held<'_>> = judged.iter().map(|used| Held::by(used.grant)).collect();
    let finding = Finding::on_account(&META, account, message, &bindings::rests_on(&held))
        .confidence(if by_logs {
            Confidence::Medium
        } else {
            Confidence::High
        })
        .facts(judged.iter().map(fact));
    judged
        .iter()
        .filter(|used| used.used.len() * ONE_IN <= used.given.len())
        .map(|used| Action::NarrowRole(Held::by(used.grant).step()))
        .fold(finding, Finding::then)
}

fn fact(used: &Used<'_>) -> Evidence {
    Evidence {
        fact: Held::by(used.grant).words().text(format!(
            ": {} of {} used from {} to {}",
            used.used.len(),
            words::counted(used.given.len(), "permission"),
            words::day(used.period.from),
            words::day(used.period.to)
        )),
        source: words::source_call(used.source),
        at: Some(used.period.to),
    }
}
