//! Groups of calls as CSV (RFC 4180).

use std::io;

use chrono::{DateTime, SecondsFormat, Utc};

use super::{address, site};
use crate::model::place::PlacedCaller;
use crate::render::escape::Csv;
use crate::report::usage::UsageReport;

/// Writes a header and one line a group. Of impersonations, `account` is the account whose identity was taken, and
/// `delegate` who took it; `place` is what is told of the place, then the address. Times are RFC 3339 in UTC; what is not known is empty.
///
/// # Errors
/// Where `out` refuses what is written.
pub fn csv(report: &UsageReport, out: &mut dyn io::Write) -> io::Result<()> {
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    writeln!(
        out,
        "account,key,user_agent,place,service,delegate,project,first,last,count"
    )?;
    for PlacedCaller { call: group, place } in &report.groups {
        let address = address(group);
        let from = match site(place) {
            Some(site) if address.is_empty() => site,
            Some(site) => format!("{site}; {address}"),
            None => address,
        };
        let key = group.key.as_ref().map_or("", |key| key.as_str());
        let project = group
            .project
            .as_ref()
            .map_or("", |project| project.as_str());
        writeln!(
            out,
            "{},{},{},{},{},{},{},{},{},{}",
            Csv(group.account()),
            Csv(key),
            Csv(&group.user_agent),
            Csv(&from),
            Csv(&group.service),
            Csv(group.taken_by().unwrap_or_default()),
            Csv(project),
            time(group.seen.from),
            time(group.seen.to),
            group.count
        )?;
    }
    Ok(())
}
