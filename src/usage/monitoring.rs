//! Monitoring: how often the accounts and keys of one project have authenticated, over the six weeks that are kept.
//!
//! Projects are asked one by one. What Monitoring lists for a folder or an organization is what the *metrics scopes* say,
//! not the hierarchy: a project sees its own series and those of every project that was added to its scope
//! (<https://cloud.google.com/monitoring/settings>). So a project's answer is also filtered by the project of the account:
//! else another project's counts would make a silent one look as if it were not silent altogether.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use futures_util::future::join;
use serde_json::Value;

use crate::collect::both;
use crate::gcp::api::resources;
use crate::gcp::error::Error;
use crate::gcp::paging::Listed;
use crate::model::coverage::Dataset;
use crate::model::names::{KeyId, UniqueId};
use crate::model::project::Project;
use crate::model::scope::Scope;
use crate::model::snapshot::Facts;
use crate::model::usage::{AuthenticationCount, Authentications, Period};

use super::{Asking, before};

/// How long Monitoring keeps these counts; asking for more brings nothing.
const KEPT: TimeDelta = TimeDelta::weeks(6);

/// The counts of accounts, and the label that tells them apart.
const OF_ACCOUNTS: (&str, &[&str]) = (
    "iam.googleapis.com/service_account/authn_events_count",
    &["resource.labels.unique_id"],
);

/// The counts of keys, and the labels that tell them apart.
const OF_KEYS: (&str, &[&str]) = (
    "iam.googleapis.com/service_account/key/authn_events_count",
    &["resource.labels.unique_id", "metric.labels.key_id"],
);

/// Returns the counts of `project`, and how they were read.
///
/// Nothing is asked about accounts where `inventory` has none, nor about keys where it has none. An empty answer stays an
/// empty answer: that nothing was counted at all proves nothing of anybody.
///
/// # Errors
/// Where every further call would fail in the same way.
pub(super) async fn of_project(
    asking: Asking<'_>,
    project: &Project,
    inventory: &Facts,
) -> Result<Facts, Error> {
    let mut facts = Facts::default();
    if inventory.accounts.is_empty() {
        return Ok(facts);
    }
    let period = Period {
        from: before(asking.at, KEPT),
        to: asking.at,
    };
    let (accounts, keys) = join(series(asking, project, period, OF_ACCOUNTS), async {
        if inventory.keys.is_empty() {
            None
        } else {
            Some(series(asking, project, period, OF_KEYS).await)
        }
    })
    .await;
    let settle = |listed, parse: fn(Value) -> Option<Series>| {
        asking.payer.settle_service(listed, Some(project), parse)
    };
    let (mut read, mut reading) = settle(accounts, of_account)?;
    if let Some(keys) = keys {
        let (more, other) = settle(keys, of_key)?;
        read.extend(more);
        reading = both(reading, other);
    }
    if !read.is_empty() || reading.is_answered() {
        facts.authentications.push(Authentications {
            project: project.id.clone(),
            period,
            counts: counts(read),
        });
    }
    let scope = Scope::Project(project.id.clone());
    facts.coverage.record(scope, Dataset::Metrics, reading);
    Ok(facts)
}

/// An account, or one of its keys.
type Credential = (UniqueId, Option<KeyId>);

/// What one series of an answer counts; a series may come in parts, on several pages.
#[derive(Debug, PartialEq, Eq)]
struct Series {
    account: UniqueId,
    key: Option<KeyId>,
    last: Option<DateTime<Utc>>,
    count: u64,
}

/// Reads a metric, by the day: aligned and reduced by the server, so that locations and the like are one.
async fn series(
    asking: Asking<'_>,
    project: &Project,
    period: Period,
    (metric, labels): (&str, &[&str]),
) -> Listed<Value> {
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    let filter = format!(
        "metric.type = \"{metric}\" AND resource.labels.project_id = \"{}\"",
        project.id
    );
    let (from, to) = (time(period.from), time(period.to));
    let mut query = vec![
        ("filter", filter.as_str()),
        ("interval.startTime", &from),
        ("interval.endTime", &to),
        ("aggregation.alignmentPeriod", "86400s"),
        ("aggregation.perSeriesAligner", "ALIGN_SUM"),
        ("aggregation.crossSeriesReducer", "REDUCE_SUM"),
    ];
    query.extend(
        labels
            .iter()
            .map(|label| ("aggregation.groupByFields", *label)),
    );
    let method = "monitoring.projects.timeSeries.list";
    resources::list(
        asking.google,
        method,
        &[("project", project.id.as_str())],
        &query,
    )
    .await
}

/// Returns the counts by account, then key, each once.
fn counts(read: Vec<Series>) -> Vec<AuthenticationCount> {
    let mut counts: BTreeMap<Credential, (Option<DateTime<Utc>>, u64)> = BTreeMap::new();
    for series in read {
        let (last, count) = counts.entry((series.account, series.key)).or_default();
        *last = (*last).max(series.last);
        *count = count.saturating_add(series.count);
    }
    counts
        .into_iter()
        .map(|((account, key), (last, count))| AuthenticationCount {
            account,
            key,
            last,
            count,
        })
        .collect()
}

/// Returns the count of an account; `None` for a series that makes no sense.
fn of_account(series: Value) -> Option<Series> {
    let (last, count) = points(&series)?;
    Some(Series {
        account: account(&series)?,
        key: None,
        last,
        count,
    })
}

/// Returns the count of a key; `None` for a series that makes no sense.
fn of_key(series: Value) -> Option<Series> {
    let key = series.pointer("/metric/labels/key_id")?.as_str()?;
    let (last, count) = points(&series)?;
    Some(Series {
        account: account(&series)?,
        key: Some(KeyId::parse(key).ok()?),
        last,
        count,
    })
}

fn account(series: &Value) -> Option<UniqueId> {
    UniqueId::parse(series.pointer("/resource/labels/unique_id")?.as_str()?).ok()
}

/// Returns the end of the last interval that counted anything, and the sum of all.
fn points(series: &Value) -> Option<(Option<DateTime<Utc>>, u64)> {
    let points = match series.get("points") {
        None | Some(Value::Null) => return Some((None, 0)),
        Some(points) => points.as_array()?,
    };
    let (mut last, mut sum) = (None, 0_u64);
    for point in points {
        let end: DateTime<Utc> = point.pointer("/interval/endTime")?.as_str()?.parse().ok()?;
        let count = number(point.get("value")?)?;
        if count > 0 {
            last = last.max(Some(end));
            sum = sum.saturating_add(count);
        }
    }
    Some((last, sum))
}

/// Returns the number of a typed value; integers of 64 bits are text in Google's JSON.
fn number(value: &Value) -> Option<u64> {
    let number = value.get("int64Value")?;
    number.as_u64().or_else(|| number.as_str()?.parse().ok())
}
