//! `acceptance-stale`: an acceptance of the configuration that covers nothing, or nothing any more.

use crate::model::acceptance::{Acceptance, Accepted, GapAcceptance, Standing};
use crate::model::coverage::Dataset;
use crate::model::estate::Estate;
use crate::model::finding::{AcceptanceRef, Finding, Subject};
use crate::model::message::Message;
use crate::model::names::{ProjectId, UniqueId};
use crate::model::rule::{RuleMeta, Severity};
use crate::model::scope::{Root, Scope};

use super::{Context, Evaluation, Outcome, Rule, find};

/// The rule.
pub(super) struct AcceptanceStale;

static META: RuleMeta = RuleMeta {
    id: "acceptance-stale",
    title: "an acceptance has expired, matches nothing, or what it accepted has changed",
    severity: Severity::Low,
    on_by_default: true,
    needs: &[],
    docs: include_str!("acceptance_stale.md"),
    cis: None,
    owasp: &[],
};

impl Rule for AcceptanceStale {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, _cx: &Context<'_>) -> Vec<Outcome> {
        Vec::new()
    }

    fn check_said(&self, cx: &Context<'_>, said: &Evaluation) -> Vec<Outcome> {
        let of_findings = cx
            .settings
            .acceptances
            .iter()
            .filter_map(|acceptance| Some((acceptance.name(), why(acceptance, cx, said)?)));
        let of_gaps = cx
            .settings
            .gap_acceptances
            .iter()
            .filter_map(|acceptance| Some((acceptance.name(), why_of_gap(acceptance, cx)?)));
        of_findings
            .chain(of_gaps)
            .map(|(of, (why, message))| {
                let subject = Subject::Acceptance(AcceptanceRef { of });
                Outcome::Finding(Finding::on(&META, subject, message, &[why]))
            })
            .collect()
    }
}

/// Returns why an acceptance is stale, in a word and in a sentence; `None`: it is not, or nobody can tell.
fn why(
    acceptance: &Acceptance,
    cx: &Context<'_>,
    said: &Evaluation,
) -> Option<(&'static str, Message)> {
    let named: Vec<(&Finding, Standing)> = said
        .findings
        .iter()
        .filter_map(|finding| Some((finding, acceptance.standing(finding, cx.now())?)))
        .collect();
    // Of several findings on one subject, those that it does not mean are no news.
    let Some((finding, standing)) = named.into_iter().min_by_key(|(_, standing)| *standing) else {
        return why_nothing(acceptance, cx, said);
    };
    let digest = finding.evidence_digest.to_string();
    match standing {
        Standing::Covers => None,
        Standing::Expired => Some((
            "expired",
            Message::from(format!(
                "has expired on {}: what it covered counts again",
                acceptance.terms.until
            )),
        )),
        Standing::Outgrown => Some((
            "outgrown",
            Message::from("is outgrown: what the finding rests on has changed since, and it counts again; its evidence is now ").name(digest),
        )),
        Standing::NoIdentity => {
            let id = finding.subject.account().map(|account| account.unique_id.as_str());
            Some((
                "no identity",
                Message::from("covers nothing: an address can be deleted and created again; the account that has it now is unique_id = ")
                    .name(format!("{:?}", id.unwrap_or_default())),
            ))
        }
        Standing::NoEvidence => Some((
            "no evidence",
            Message::from("covers nothing: the rule finds several things there; the evidence of the first is ").name(digest),
        )),
    }
}

/// Returns why an acceptance names no finding, unless that may be for what could not be seen.
fn why_nothing(
    acceptance: &Acceptance,
    cx: &Context<'_>,
    said: &Evaluation,
) -> Option<(&'static str, Message)> {
    let rule = find(&acceptance.rule)?.meta();
    let setting = cx.settings.rules.get(&acceptance.rule).copied();
    let on = setting.and_then(|setting| setting.enabled);
    if !on.unwrap_or(rule.on_by_default) || !is_seen(acceptance, rule, cx.estate, said) {
        return None;
    }
    let message = match &acceptance.of {
        Accepted::Account {
            unique_id,
            email: Some(email),
        } => {
            let namesake = cx
                .estate
                .accounts
                .iter()
                .find(|account| account.facts.email == *email);
            match namesake.filter(|account| account.facts.unique_id != *unique_id) {
                Some(_) => Message::from(
                    "matches nothing: the account was deleted, and the one that has its address now is another one",
                ),
                None => Message::from(NOTHING),
            }
        }
        Accepted::Account { email: None, .. } | Accepted::Address(_) | Accepted::Resource(_) => {
            Message::from(NOTHING)
        }
    };
    Some(("nothing", message))
}

const NOTHING: &str = "matches nothing: what it accepted is gone; take it out of the configuration";

/// Returns whether a finding that the acceptance names would have been seen: its place was looked at, with whatever else
/// the rule looks at, and nothing that it needs was missing there.
fn is_seen(acceptance: &Acceptance, rule: &RuleMeta, estate: &Estate, said: &Evaluation) -> bool {
    let account = match &acceptance.of {
        Accepted::Account { unique_id, .. } => {
            let known = |id: &UniqueId| {
                estate
                    .accounts
                    .iter()
                    .find(|account| account.facts.unique_id == *id)
            };
            known(unique_id).map(|account| account.facts.project.clone())
        }
        Accepted::Address(_) | Accepted::Resource(_) => None,
    };
    let project = account.or_else(|| project_of(&acceptance.of));
    let mut roots = estate.scope.roots.iter();
    let has_organization = roots.any(|root| matches!(root, Root::Organization(_)));
    if !has_organization && !rule.needs_one_project() {
        return false;
    }
    let is_whole = match &project {
        Some(project) => {
            if !estate.projects.iter().any(|known| known.id == *project) {
                return false;
            }
            let scope = Scope::Project(project.clone());
            estate
                .coverage
                .reading(&scope, Dataset::ServiceAccounts)
                .is_known()
        }
        // A deleted account of which nothing but the id is known, or a place above projects.
        None => has_organization && estate.coverage.gaps().next().is_none(),
    };
    let concerns = |scope: &Scope| match scope.project() {
        Some(gap) => project.as_ref().is_none_or(|project| project == gap),
        None => true,
    };
    let missing = said
        .not_evaluated
        .iter()
        .any(|item| item.rule == acceptance.rule && concerns(&item.scope));
    let open = said
        .undecided
        .iter()
        .any(|item| item.rule == acceptance.rule && concerns(&item.subject.scope()));
    is_whole && !missing && !open
}

/// Returns the project in which the subject of an acceptance lies, as its name tells.
fn project_of(of: &Accepted) -> Option<ProjectId> {
    match of {
        Accepted::Account { email, .. } => email.as_ref()?.project(),
        Accepted::Address(email) => email.project(),
        Accepted::Resource(name) => {
            let (_, rest) = name.as_str().split_once("/projects/")?;
            ProjectId::parse(rest.split('/').next()?).ok()
        }
    }
}

/// Returns why the acceptance of a gap is stale: its day is over, or the gap is closed.
fn why_of_gap(acceptance: &GapAcceptance, cx: &Context<'_>) -> Option<(&'static str, Message)> {
    let coverage = &cx.estate.coverage;
    let is_named = |(scope, dataset, _): &(&Scope, Dataset, _)| acceptance.names(scope, *dataset);
    if coverage.gaps().any(|gap| is_named(&gap)) {
        return (!acceptance.terms.hold(cx.now())).then(|| {
            let message = format!(
                "has expired on {}: the gap counts again",
                acceptance.terms.until
            );
            ("expired", Message::from(message))
        });
    }
    // Where the place was not looked at, nobody can tell.
    let is_read = coverage.iter().any(|(scope, dataset, reading)| {
        is_named(&(scope, dataset, reading)) && reading.is_known()
    });
    is_read.then(|| {
        let message = "matches nothing: it was read, whole; take it out of the configuration";
        ("nothing", Message::from(message))
    })
}
