//! `external-account`: a service account that the scan does not cover holds roles in what it covers.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::access::PolicyNode;
use crate::model::action::Action;
use crate::model::coverage::Dataset;
use crate::model::estate::Estate;
use crate::model::finding::Finding;
use crate::model::message::Message;
use crate::model::names::{AccountClass, Email, ProjectId, ProjectNumber};
use crate::model::rule::{Confidence, RuleMeta, Severity};

use super::access::bindings::{self, Held};
use super::{Context, Outcome, Rule, words};

/// The rule.
pub(super) struct ExternalAccount;

static META: RuleMeta = RuleMeta {
    id: "external-account",
    title: "a service account from outside the scope holds roles here",
    severity: Severity::Medium,
    on_by_default: true,
    needs: &[Dataset::Policies, Dataset::AccountPolicies],
    docs: include_str!("external_account.md"),
    cis: None,
    owasp: &["NHI3:2025"],
};

impl Rule for ExternalAccount {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        let inside = Inside::of(cx.estate);
        let mut strangers: BTreeMap<(&PolicyNode, &Email), (Origin, Vec<Held<'_>>)> =
            BTreeMap::new();
        for held in bindings::all(cx.estate) {
            if let Some(email) = held.member.account()
                && let Some(origin) = inside.origin(email)
            {
                let (_, shares) = strangers
                    .entry((held.on, email))
                    .or_insert_with(|| (origin, Vec::new()));
                shares.push(held);
            }
        }
        strangers
            .into_iter()
            .filter_map(|((on, email), (origin, held))| finding(on, email, &origin, held))
            .map(Outcome::Finding)
            .collect()
    }
}

/// What the scan covers.
struct Inside<'a> {
    accounts: BTreeSet<&'a Email>,
    projects: BTreeSet<&'a ProjectId>,
    numbers: BTreeSet<&'a ProjectNumber>,
}

/// Where a stranger comes from, as far as its address tells.
enum Origin {
    Project(String),
    Unknown,
}

impl<'a> Inside<'a> {
    fn of(estate: &'a Estate) -> Self {
        let projects = &estate.projects;
        Self {
            accounts: estate.accounts.iter().map(|a| &a.facts.email).collect(),
            projects: projects.iter().map(|project| &project.id).collect(),
            numbers: projects.iter().map(|project| &project.number).collect(),
        }
    }

    /// Returns where an account outside comes from; `None` for one of a scanned project, whether it is there or not.
    fn origin(&self, email: &Email) -> Option<Origin> {
        if self.accounts.contains(email) {
            return None;
        }
        match email.class() {
            AccountClass::ServiceAgent => None,
            // Addresses that name no project: old, or an agent newer than this program.
            AccountClass::LegacyOauthClient | AccountClass::Unknown => Some(Origin::Unknown),
            AccountClass::UserManaged
            | AccountClass::DefaultCompute
            | AccountClass::DefaultAppEngine
            | AccountClass::Firebase => {
                if let Some(number) = email.project_number() {
                    let outside = !self.numbers.contains(&number);
                    return outside.then(|| Origin::Project(number.to_string()));
                }
                let project = email.project()?;
                let outside = !self.projects.contains(&project);
                outside.then(|| Origin::Project(project.to_string()))
            }
        }
    }
}

fn finding(
    on: &PolicyNode,
    email: &Email,
    origin: &Origin,
    mut held: Vec<Held<'_>>,
) -> Option<Finding> {
    held.sort_unstable_by_key(|held| (held.condition.is_some(), *held));
    held.dedup();
    let first = held.first()?;
    let mut message = Message::from("gives ").name(words::cut(first.role));
    if held.len() > 1 {
        let more = words::counted(held.len() - 1, "other role");
        message = message.text(format!(" and {more}"));
    }
    message = message.text(" to ").account(email);
    message = match origin {
        Origin::Project(project) => message
            .text(", an account of ")
            .name(project)
            .text(", which this scan did not cover"),
        Origin::Unknown => message.text(", whose project its address does not tell"),
    };
    message = message.append(bindings::under(first.condition));
    let sure = match origin {
        Origin::Project(_) => bindings::confidence(held.iter().copied()),
        Origin::Unknown => Confidence::Low,
    };
    let subject = bindings::subject(on)?;
    let finding = Finding::on(&META, subject, message, &bindings::rests_on(&held))
        .about(&[email.as_str()])
        .confidence(sure)
        .facts(held.iter().map(|held| held.fact()));
    let steps = held.iter().map(|held| Action::ReviewRole(held.step()));
    Some(steps.fold(finding, Finding::then))
}
