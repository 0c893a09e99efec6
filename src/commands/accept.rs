//! `accept`: a finding of a snapshot → the entry of `sa-audit.toml` that accepts it.

use crate::cli::{AcceptArgs, GlobalArgs};
use crate::config::did_you_mean;
use crate::error::{Error, Result};
use crate::model::acceptance::Terms;
use crate::model::finding::Subject;
use crate::render::acceptance;
use crate::report::{ReportedFinding, build};
use crate::store;

use super::output::to_stdout;
use super::report::{evaluated, store_of};
use super::{TOOL, settings};

/// Prints an entry for each finding that the arguments name.
pub(super) fn run(args: &AcceptArgs, global: &GlobalArgs) -> Result<u8> {
    let settings = settings::of_file(global)?;
    let metas = settings::metas();
    let ids: Vec<&str> = metas.iter().map(|rule| rule.id).collect();
    if !ids.contains(&args.rule.as_str()) {
        let near = did_you_mean(&args.rule, &ids);
        return Err(Error::new(format!(
            "there is no rule {:?}{near}",
            args.rule
        )));
    }
    if args.reason.trim().is_empty() {
        return Err(Error::new("--reason: an acceptance needs a reason"));
    }
    let path = match &args.snapshot {
        Some(path) => path.clone(),
        None => store_of(&args.store)?.newest().map_err(Error::new)?,
    };
    let snapshot = store::read(&path).map_err(Error::new)?;
    let terms = Terms {
        reason: args.reason.clone(),
        owner: args.owner.clone(),
        until: args.until,
    };
    if !terms.hold(snapshot.header.observed_at) {
        return Err(Error::new(format!(
            "--until: {} is over at the time of {}",
            args.until,
            path.display()
        )));
    }
    let scan = evaluated(&snapshot, &settings);
    let report = build(&scan.estate, scan.evaluation, &settings, TOOL);
    let named: Vec<&ReportedFinding> = report
        .findings()
        .filter(|reported| reported.finding.rule == args.rule)
        .filter(|reported| names(args, &reported.finding.subject))
        .collect();
    if named.is_empty() {
        let told = Error::new(format!(
            "{} finds nothing about {} in {}",
            args.rule,
            args.subject,
            path.display()
        ));
        return Err(told.hint("`sa-audit report` shows what is found"));
    }
    to_stdout(|out| {
        named
            .iter()
            .try_for_each(|reported| acceptance::render(reported, &terms, out))
    })?;
    Ok(0)
}

/// Returns whether the arguments name a subject: without a key, the account with all of its keys.
fn names(args: &AcceptArgs, subject: &Subject) -> bool {
    let is_named = match subject.account() {
        Some(account) => [
            account.email.as_str(),
            &account.email.short(),
            account.unique_id.as_str(),
        ]
        .contains(&args.subject.as_str()),
        None => subject.full_name().as_str() == args.subject,
    };
    let is_key = match (&args.key, subject.key()) {
        (None, _) => true,
        (Some(begin), Some(key)) => key.as_str().starts_with(begin) || key.short() == *begin,
        (Some(_), None) => false,
    };
    is_named && is_key
}
