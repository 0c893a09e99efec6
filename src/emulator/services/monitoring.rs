//! Monitoring: time series, filtered, cut to an interval, aligned and reduced.
//!
//! The estate holds the series that a project can see, as Monitoring stores them: raw points, and beside the project's own
//! series those of other projects in its metrics scope.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Map, Value, json};

use super::{Call, Reply};
use crate::emulator::errors::{self, Refusal};
use crate::emulator::index::{Element, Index};

/// Points in an answer at most, which are what a page size counts.
const MAX_POINTS: usize = 100_000;

pub(super) fn answer(index: &Index, call: &Call<'_>) -> Result<Reply, Refusal> {
    let host = call.route.method.host.as_str();
    let project = call.route.resource().trim_start_matches("projects/");
    if index.project_at(host, project).is_none() {
        let resource = format!("projects/{project}");
        return Err(errors::permission_denied(
            "monitoring.timeSeries.list",
            Some(&resource),
        ));
    }
    let filter = call.query.text("filter").unwrap_or_default();
    let filter = restrictions(filter)
        .filter(|all| all.iter().any(|(field, _)| *field == "metric.type"))
        .ok_or_else(|| {
            errors::invalid_argument(format!("Field filter had an invalid value of \"{filter}\""))
        })?;
    let interval = Interval::of(call)?;
    let asked = Aggregation::of(call)?;
    match call.query.text("view") {
        Some("FULL") => {}
        other => {
            let view = other.unwrap_or("none");
            let message = format!("the emulator does not support view={view}");
            return Err(errors::invalid_argument(message));
        }
    }
    let series = index.collection(&call.key()).iter();
    let found = series.filter(|series| {
        filter
            .iter()
            .all(|(field, value)| text_at(series.view(), field) == Some(value))
    });
    let read: Vec<Series> = found
        .filter_map(|series| Series::of(series.view(), interval))
        .collect();
    let read = match asked {
        None => read,
        Some(asked) => asked.reduce(read, interval),
    };
    Ok(Reply::List(in_pages(read, call)))
}

/// Returns the restrictions of a filter, `FIELD = "VALUE" AND …`; `None` for any other text.
fn restrictions(filter: &str) -> Option<Vec<(&str, &str)>> {
    fn one(restriction: &str) -> Option<(&str, &str)> {
        let (field, value) = restriction.split_once('=')?;
        let field = field.trim();
        let known = ["metric.type", "resource.type"].contains(&field) || is_label(field);
        let value = value.trim().strip_prefix('"')?.strip_suffix('"')?;
        (known && !value.contains(['"', '\\'])).then_some((field, value))
    }
    filter.split(" AND ").map(one).collect()
}

fn is_label(field: &str) -> bool {
    let mut parts = field.split('.');
    matches!(
        (parts.next(), parts.next(), parts.next(), parts.next()),
        (Some("metric" | "resource"), Some("labels"), Some(name), None) if !name.is_empty()
    )
}

/// Returns the text at a dotted path.
fn text_at<'a>(value: &'a Value, path: &str) -> Option<&'a str> {
    path.split('.')
        .try_fold(value, |value, field| value.get(field))?
        .as_str()
}

/// What is asked about: both ends are in it.
#[derive(Debug, Clone, Copy)]
struct Interval {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Interval {
    fn of(call: &Call<'_>) -> Result<Self, Refusal> {
        let time = |name: &str| {
            let text = call.query.text(name).unwrap_or_default();
            text.parse::<DateTime<Utc>>().map_err(|_| {
                errors::invalid_argument(format!("Field {name} had an invalid value: \"{text}\""))
            })
        };
        let end = time("interval.endTime")?;
        let start = match call.query.text("interval.startTime") {
            None => end,
            Some(_) => time("interval.startTime")?,
        };
        if start > end {
            return Err(errors::invalid_argument(
                "Field interval.start_time must not be later than interval.end_time.",
            ));
        }
        Ok(Self { start, end })
    }
}

/// One series, within the interval: its points by their ends.
#[derive(Debug, Clone)]
struct Series {
    metric: String,
    resource: String,
    /// By `metric.labels.NAME` and `resource.labels.NAME`.
    labels: BTreeMap<String, String>,
    points: BTreeMap<DateTime<Utc>, (DateTime<Utc>, i64)>,
}

impl Series {
    /// Returns what an element holds in the interval; `None` where that is nothing, or the element is broken.
    fn of(element: &Value, interval: Interval) -> Option<Self> {
        let mut labels = BTreeMap::new();
        for side in ["metric", "resource"] {
            let own = element.get(side)?.get("labels");
            for (name, value) in own.and_then(Value::as_object).into_iter().flatten() {
                labels.insert(format!("{side}.labels.{name}"), value.as_str()?.to_owned());
            }
        }
        let mut points = BTreeMap::new();
        for point in element.get("points")?.as_array()? {
            let time = |field: &str| -> Option<DateTime<Utc>> {
                text_at(point, &format!("interval.{field}"))?.parse().ok()
            };
            let end = time("endTime")?;
            let start = time("startTime").unwrap_or(end);
            let value: i64 = text_at(point, "value.int64Value")?.parse().ok()?;
            if interval.start <= end && end <= interval.end {
                points.insert(end, (start, value));
            }
        }
        (!points.is_empty()).then_some(Self {
            metric: text_at(element, "metric.type")?.to_owned(),
            resource: text_at(element, "resource.type")?.to_owned(),
            labels,
            points,
        })
    }

    /// Returns the series as Monitoring answers it: points in reverse order of time.
    fn element(&self) -> Arc<Element> {
        let time = |at: &DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let labels = |side: &str| -> Map<String, Value> {
            let own = self.labels.iter().filter_map(|(name, value)| {
                let name = name.strip_prefix(side)?.strip_prefix(".labels.")?;
                Some((name.to_owned(), Value::from(value.as_str())))
            });
            own.collect()
        };
        let points = self.points.iter().rev().map(|(end, (start, value))| {
            json!({
                "interval": { "startTime": time(start), "endTime": time(end) },
                "value": { "int64Value": value.to_string() },
            })
        });
        Element::from_value(&json!({
            "metric": { "type": self.metric, "labels": labels("metric") },
            "resource": { "type": self.resource, "labels": labels("resource") },
            "metricKind": "DELTA",
            "valueType": "INT64",
            "points": points.collect::<Vec<_>>(),
        }))
    }
}

/// How series are made few: sums over periods, then over the series whose labels are the same.
#[derive(Debug)]
struct Aggregation {
    period: TimeDelta,
    /// `None`: the series stay apart.
    group_by: Option<Vec<String>>,
}

impl Aggregation {
    /// Returns what the call asks for; `None` for the points as they are stored.
    fn of(call: &Call<'_>) -> Result<Option<Self>, Refusal> {
        let unsupported =
            |what: &str| errors::invalid_argument(format!("the emulator does not support {what}"));
        if [
            "alignmentPeriod",
            "perSeriesAligner",
            "crossSeriesReducer",
            "groupByFields",
        ]
        .iter()
        .any(|field| {
            !call
                .query
                .all(&format!("secondaryAggregation.{field}"))
                .is_empty()
        }) || call.query.text("orderBy").is_some()
        {
            return Err(unsupported("a second aggregation or an order"));
        }
        let text = |field: &str| call.query.text(&format!("aggregation.{field}"));
        let labels = call.query.all("aggregation.groupByFields");
        match text("perSeriesAligner") {
            None | Some("ALIGN_NONE") => {
                return if text("crossSeriesReducer").is_some() || !labels.is_empty() {
                    Err(errors::invalid_argument(
                        "Field aggregation.perSeriesAligner is needed with a reducer.",
                    ))
                } else {
                    Ok(None)
                };
            }
            Some("ALIGN_SUM") => {}
            Some(other) => return Err(unsupported(other)),
        }
        let period = text("alignmentPeriod").and_then(|text| text.strip_suffix('s')?.parse().ok());
        let period = period.filter(|seconds| *seconds >= 60).ok_or_else(|| {
            errors::invalid_argument(
                "Field aggregation.alignmentPeriod must be at least 60 seconds.",
            )
        })?;
        if let Some(odd) = labels.iter().find(|label| !is_label(label)) {
            return Err(errors::invalid_argument(format!(
                "Field aggregation.groupByFields had an invalid value: {odd}"
            )));
        }
        let group_by = match text("crossSeriesReducer") {
            None | Some("REDUCE_NONE") if labels.is_empty() => None,
            Some("REDUCE_SUM") => Some(labels.to_vec()),
            other => return Err(unsupported(other.unwrap_or("labels without a reducer"))),
        };
        Ok(Some(Self {
            period: TimeDelta::seconds(period),
            group_by,
        }))
    }

    /// Returns the sums. Periods are counted back from the interval's end; one without a point has no sum.
    fn reduce(&self, series: Vec<Series>, interval: Interval) -> Vec<Series> {
        let mut groups: BTreeMap<Vec<(String, String)>, Series> = BTreeMap::new();
        for mut series in series {
            if let Some(group_by) = &self.group_by {
                series.labels.retain(|name, _| {
                    group_by.contains(name) || name == "resource.labels.project_id"
                });
            }
            let labels = series.labels.clone().into_iter().collect();
            let points = std::mem::take(&mut series.points);
            let group = groups.entry(labels).or_insert(series);
            for (at, (_, value)) in points {
                let back = (interval.end - at).num_seconds() / self.period.num_seconds();
                let end = interval.end - TimeDelta::seconds(back * self.period.num_seconds());
                let (_, sum) = group.points.entry(end).or_insert((end - self.period, 0));
                *sum += value;
            }
        }
        groups.into_values().collect()
    }
}

/// Returns the elements of the answer. A page holds so many points, whatever series they are of: where they do not fit into
/// one page, each point comes as a series of its own.
fn in_pages(series: Vec<Series>, call: &Call<'_>) -> Vec<Arc<Element>> {
    let asked = call
        .query
        .number("pageSize")
        .and_then(|size| usize::try_from(size).ok());
    let most = asked
        .filter(|size| *size > 0)
        .unwrap_or(MAX_POINTS)
        .min(MAX_POINTS);
    let points: usize = series.iter().map(|series| series.points.len()).sum();
    if points <= most {
        return series.iter().map(Series::element).collect();
    }
    let single = |series: &Series| {
        let newest_first = series.points.iter().rev();
        let alone = newest_first.map(|(end, point)| {
            Series {
                points: BTreeMap::from([(*end, *point)]),
                ..series.clone()
            }
            .element()
        });
        alone.collect::<Vec<_>>()
    };
    series.iter().flat_map(single).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters() {
        assert_eq!(
            restrictions(r#"metric.type = "a/b" AND resource.labels.project_id="p""#),
            Some(vec![
                ("metric.type", "a/b"),
                ("resource.labels.project_id", "p")
            ])
        );
        for odd in [
            "",
            "metric.type = a",
            r#"metric.type = "a" OR metric.type = "b""#,
            r#"project = "p""#,
            r#"metric.type != "a""#,
            r#"metric.type = starts_with("a")"#,
            r#"resource.labels. = "a""#,
        ] {
            assert_eq!(restrictions(odd), None, "{odd}");
        }
    }
}
