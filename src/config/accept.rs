//! `[[accept]]`, `[[accept_gap]]` and `[[owner]]`: what is accepted, and whom things belong to.

use chrono::NaiveDate;
use globset::Glob;
use serde::Deserialize;
use toml::{Spanned, Value};

use crate::model::acceptance::{Acceptance, Accepted, GapAcceptance, GapPlace, Terms};
use crate::model::coverage::Dataset;
use crate::model::finding::Fingerprint;
use crate::model::names::{Email, FullResourceName, KeyId, UniqueId};
use crate::model::owner::{NamedOwner, OwnerSettings};

use super::did_you_mean;

/// The rule about acceptances, which cannot be accepted itself.
const ACCEPTANCE_STALE: &str = "acceptance-stale";

/// What is wrong, and at which byte.
type Wrong = (usize, String);

/// One `[[accept]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptSection {
    rule: Spanned<String>,
    account: Option<Spanned<String>>,
    unique_id: Option<Spanned<String>>,
    resource: Option<Spanned<String>>,
    key: Option<Spanned<String>>,
    evidence: Option<Spanned<String>>,
    reason: Spanned<String>,
    owner: Option<String>,
    until: Spanned<Value>,
}

/// One `[[accept_gap]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptGapSection {
    scope: Spanned<String>,
    dataset: Dataset,
    reason: Spanned<String>,
    owner: Option<String>,
    until: Spanned<Value>,
}

/// One `[[owner]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OwnerSection {
    #[serde(rename = "match")]
    matches: Spanned<Vec<Spanned<String>>>,
    team: Spanned<String>,
    slack: Option<String>,
}

/// Returns the acceptances of findings of the rules that exist.
pub(super) fn acceptances(
    sections: Vec<AcceptSection>,
    rules: &[&str],
) -> Result<Vec<Acceptance>, Wrong> {
    let mut acceptances: Vec<Acceptance> = Vec::new();
    for section in sections {
        let at = section.rule.span().start;
        let acceptance = acceptance(section, rules)?;
        let same = |held: &Acceptance| {
            (&held.rule, &held.of, &held.key, &held.evidence)
                == (
                    &acceptance.rule,
                    &acceptance.of,
                    &acceptance.key,
                    &acceptance.evidence,
                )
        };
        if acceptances.iter().any(same) {
            return Err((at, format!("{} is accepted twice", acceptance.name())));
        }
        acceptances.push(acceptance);
    }
    Ok(acceptances)
}

fn acceptance(section: AcceptSection, rules: &[&str]) -> Result<Acceptance, Wrong> {
    let AcceptSection {
        rule,
        account,
        unique_id,
        resource,
        key,
        evidence,
        reason,
        owner,
        until,
    } = section;
    let at = rule.span().start;
    if !rules.contains(&rule.get_ref().as_str()) {
        let near = did_you_mean(rule.get_ref(), rules);
        return Err((at, format!("there is no rule {:?}{near}", rule.get_ref())));
    }
    if rule.get_ref() == ACCEPTANCE_STALE {
        let what = "acceptance-stale cannot be accepted: mend the acceptance that it is about";
        return Err((at, what.to_owned()));
    }
    let of = match (account, resource) {
        (Some(account), None) => of_account(&account, unique_id)?,
        (None, Some(name)) => Accepted::Resource(parsed(&name, FullResourceName::parse)?),
        (None, None) | (Some(_), Some(_)) => {
            let what = "an acceptance names one of account and resource";
            return Err((at, what.to_owned()));
        }
    };
    Ok(Acceptance {
        rule: rule.into_inner(),
        of,
        key: key.map(|key| parsed(&key, KeyId::parse)).transpose()?,
        evidence: evidence
            .map(|text| {
                let what = |error| {
                    (
                        text.span().start,
                        format!("{:?} is {error}", text.get_ref()),
                    )
                };
                Fingerprint::parse(text.get_ref()).map_err(what)
            })
            .transpose()?,
        terms: terms(reason, owner, &until)?,
    })
}

/// Returns the account that an acceptance names: by its unique id, by both, or by its address alone.
fn of_account(
    account: &Spanned<String>,
    unique_id: Option<Spanned<String>>,
) -> Result<Accepted, Wrong> {
    let by_id = UniqueId::parse(account.get_ref());
    Ok(match (by_id, unique_id) {
        (Ok(unique_id), None) => Accepted::Account {
            unique_id,
            email: None,
        },
        (Ok(_), Some(id)) => {
            let what = "account is the unique id already: give it once".to_owned();
            return Err((id.span().start, what));
        }
        (Err(_), None) => Accepted::Address(parsed(account, Email::parse)?),
        (Err(_), Some(id)) => Accepted::Account {
            unique_id: parsed(&id, UniqueId::parse)?,
            email: Some(parsed(account, Email::parse)?),
        },
    })
}

/// Returns the acceptances of gaps.
pub(super) fn gap_acceptances(
    sections: Vec<AcceptGapSection>,
) -> Result<Vec<GapAcceptance>, Wrong> {
    let one = |section: AcceptGapSection| {
        let AcceptGapSection {
            scope,
            dataset,
            reason,
            owner,
            until,
        } = section;
        let place = GapPlace::parse(scope.get_ref()).ok_or_else(|| {
            let what = format!(
                "{:?} is no place: organizations/N, folders/N, projects/ID or caller",
                scope.get_ref()
            );
            (scope.span().start, what)
        })?;
        Ok(GapAcceptance {
            place,
            dataset,
            terms: terms(reason, owner, &until)?,
        })
    };
    sections.into_iter().map(one).collect()
}

fn terms(
    reason: Spanned<String>,
    owner: Option<String>,
    until: &Spanned<Value>,
) -> Result<Terms, Wrong> {
    if reason.get_ref().trim().is_empty() {
        let what = "an acceptance needs a reason".to_owned();
        return Err((reason.span().start, what));
    }
    Ok(Terms {
        reason: reason.into_inner(),
        owner,
        until: day(until)?,
    })
}

/// Returns the day that a value names: a TOML date, or the same in quotes.
fn day(value: &Spanned<Value>) -> Result<NaiveDate, Wrong> {
    let text = match value.get_ref() {
        Value::Datetime(date) => date.to_string(),
        Value::String(text) => text.clone(),
        Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Array(_)
        | Value::Table(_) => value.get_ref().to_string(),
    };
    text.parse().map_err(|_| {
        let what = format!("until is {text}, not a day such as 2027-03-31");
        (value.span().start, what)
    })
}

fn parsed<T, E: std::fmt::Display>(
    text: &Spanned<String>,
    parse: fn(&str) -> Result<T, E>,
) -> Result<T, Wrong> {
    parse(text.get_ref()).map_err(|error| (text.span().start, error.to_string()))
}

/// Returns whom things belong to; without `labels`, by the labels that count by default.
pub(super) fn owners(
    sections: Vec<OwnerSection>,
    labels: Option<Vec<String>>,
) -> Result<OwnerSettings, Wrong> {
    let one = |section: OwnerSection| {
        let OwnerSection {
            matches,
            team,
            slack,
        } = section;
        if team.get_ref().trim().is_empty() {
            return Err((
                team.span().start,
                "the team of an owner is empty".to_owned(),
            ));
        }
        if matches.get_ref().is_empty() {
            let what = format!("the owner {:?} matches nothing", team.get_ref());
            return Err((matches.span().start, what));
        }
        let globs = matches.into_inner().into_iter();
        let globs = globs.map(|glob| parsed(&glob, Glob::new));
        Ok(NamedOwner {
            matches: globs.collect::<Result<_, _>>()?,
            team: team.into_inner(),
            slack,
        })
    };
    Ok(OwnerSettings {
        named: sections.into_iter().map(one).collect::<Result<_, _>>()?,
        labels: labels.unwrap_or_else(|| OwnerSettings::default().labels),
    })
}
