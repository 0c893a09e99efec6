//! Policy Analyzer: the last authentication of the accounts and keys of one project.

use futures_util::future::join;
use google_policyanalyzer1::api::GoogleCloudPolicyanalyzerV1Activity as Row;
use serde_json::Value;

use crate::gcp::api::policy_analyzer::{self, ActivityType};
use crate::gcp::error::Error;
use crate::model::coverage::{Dataset, Reading};
use crate::model::names::{KeyId, UniqueId};
use crate::model::project::Project;
use crate::model::scope::Scope;
use crate::model::snapshot::Facts;
use crate::model::usage::{Activity, Period};

use super::Asking;

/// Returns the rows of `project`, and how each of the two reads ended.
///
/// Nothing is asked about accounts where `inventory` has none, nor about keys where it has none: no published quota
/// says how many questions there are to spend.
///
/// # Errors
/// Where every further call would fail in the same way.
pub(super) async fn of_project(
    asking: Asking<'_>,
    project: &Project,
    inventory: &Facts,
) -> Result<Facts, Error> {
    let ask = |wanted: bool, of: ActivityType| async move {
        if wanted {
            Some(policy_analyzer::activities(asking.google, project.id.as_str(), of).await)
        } else {
            None
        }
    };
    let (accounts, keys) = join(
        ask(
            !inventory.accounts.is_empty(),
            ActivityType::ServiceAccountLastAuthentication,
        ),
        ask(
            !inventory.keys.is_empty(),
            ActivityType::ServiceAccountKeyLastAuthentication,
        ),
    )
    .await;
    let mut facts = Facts::default();
    for (listed, dataset, parse) in [
        (
            accounts,
            Dataset::AccountActivity,
            of_account as fn(Row) -> Option<Option<Activity>>,
        ),
        (keys, Dataset::KeyActivity, of_key),
    ] {
        let Some(listed) = listed else { continue };
        let (rows, reading) = asking.payer.settle(listed, Some(project), parse)?;
        facts.activities.extend(rows.into_iter().flatten());
        facts
            .coverage
            .record(Scope::Project(project.id.clone()), dataset, reading);
    }
    Ok(facts)
}

/// Returns the facts of a project whose last use was not asked for: that it was not, so that the report can tell it from
/// a project with nothing to ask about.
pub(super) fn skipped(project: &Project) -> Facts {
    let mut facts = Facts::default();
    for dataset in [Dataset::AccountActivity, Dataset::KeyActivity] {
        let scope = Scope::Project(project.id.clone());
        facts.coverage.record(scope, dataset, Reading::Skipped);
    }
    facts
}

/// Returns a row about an account; `Some(None)` for a row about something else, `None` where it makes no sense.
fn of_account(row: Row) -> Option<Option<Activity>> {
    if row.activity_type.as_deref() != Some(ActivityType::ServiceAccountLastAuthentication.name()) {
        return row.activity.map(|_| None);
    }
    let activity = row.activity.as_ref()?;
    Some(Some(Activity {
        account: account(activity.get("serviceAccount")?)?,
        key: None,
        period: period(&row),
        last_authenticated: time(activity.get("lastAuthenticatedTime"))?,
    }))
}

/// Returns a row about a key; `Some(None)` for a row about something else, `None` where it makes no sense.
fn of_key(row: Row) -> Option<Option<Activity>> {
    if row.activity_type.as_deref()
        != Some(ActivityType::ServiceAccountKeyLastAuthentication.name())
    {
        return row.activity.map(|_| None);
    }
    let activity = row.activity.as_ref()?;
    let inner = activity.get("serviceAccountKey")?;
    // Google's own example names one account outside and another inside: the inner ids are the row's.
    let name = inner
        .get("fullResourceName")
        .and_then(Value::as_str)
        .or(row.full_resource_name.as_deref())?;
    Some(Some(Activity {
        account: account(inner)?,
        key: Some(KeyId::of_name(name)?),
        period: period(&row),
        last_authenticated: time(activity.get("lastAuthenticatedTime"))?,
    }))
}

fn account(inner: &Value) -> Option<UniqueId> {
    UniqueId::parse(inner.get("serviceAccountId")?.as_str()?).ok()
}

/// Returns the row's period; a half or a reversed one is none.
fn period(row: &Row) -> Option<Period> {
    let period = row.observation_period.as_ref()?;
    let (from, to) = (period.start_time?, period.end_time?);
    (from <= to).then_some(Period { from, to })
}

/// Returns the time, `Some(None)` where there is none, `None` where it is no time.
#[expect(
    clippy::option_option,
    reason = "absent and unreadable are two answers"
)]
fn time(value: Option<&Value>) -> Option<Option<chrono::DateTime<chrono::Utc>>> {
    match value {
        None | Some(Value::Null) => Some(None),
        Some(value) => value.as_str()?.parse().ok().map(Some),
    }
}
