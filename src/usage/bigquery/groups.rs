//! The groups of all answers together: what `BigQuery` keeps apart and is one group here, is merged.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::row::{CallerRow, EventRow, PermissionRow, moment, principal};
use crate::model::call::{
    AddressClass, Caller, Calls, CredentialEvent, MAX_ADDRESSES, PermissionUse, Principal,
};
use crate::model::names::{Email, KeyId, ProjectId};
use crate::model::usage::{Period, UsageSource};
use crate::usage::logs::address::classify;
use crate::usage::logs::resource::cut;
use crate::usage::logs::user_agent::normalise;

/// Groups, merged by their keys.
#[derive(Debug, Default)]
pub(super) struct Groups {
    callers: BTreeMap<CallerKey, CallerGroup>,
    permissions: BTreeMap<PermissionKey, (DateTime<Utc>, u64)>,
    events: BTreeSet<CredentialEvent>,
    /// Entries that the groups of callers stand for, with those as nobody who counts.
    pub(super) entries: u64,
    /// Rows that make no sense.
    pub(super) malformed: u64,
    most: usize,
    full: bool,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct CallerKey {
    principal: Principal,
    key: Option<KeyId>,
    delegate: Option<String>,
    target: Option<Email>,
    user_agent: String,
    address: AddressClass,
    network: Option<String>,
    service: String,
    project: Option<ProjectId>,
}

#[derive(Debug)]
struct CallerGroup {
    addresses: BTreeSet<IpAddr>,
    seen: Period,
    count: u64,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct PermissionKey {
    principal: Principal,
    key: Option<KeyId>,
    delegate: Option<String>,
    project: Option<ProjectId>,
    permission: String,
    resource: String,
    granted: bool,
}

impl Groups {
    /// Returns no groups, which will hold that many at most.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            ..Self::default()
        }
    }

    /// Returns whether there were more groups than are kept.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Takes in a row of callers; returns whether there is room for more.
    pub(super) fn caller(&mut self, row: Value) -> bool {
        if let Some(row) = self.read::<CallerRow>(row) {
            self.entries = self.entries.saturating_add(row.calls);
            if self.add_caller(&row).is_none() {
                self.malformed += 1;
            }
        }
        self.has_room()
    }

    /// Takes in a row of permissions; returns whether there is room for more.
    pub(super) fn permission(&mut self, row: Value) -> bool {
        if let Some(row) = self.read::<PermissionRow>(row) {
            let entry = row.entry();
            if let (Some(principal), Some(last)) = (principal(&entry), moment(row.last)) {
                let key = PermissionKey {
                    principal,
                    key: entry.key(),
                    delegate: some(&row.delegate),
                    project: entry.project(),
                    resource: cut(&row.permission, &row.resource).to_owned(),
                    permission: row.permission.clone(),
                    granted: row.granted,
                };
                let (at, count) = self.permissions.entry(key).or_insert((last, 0));
                *at = (*at).max(last);
                *count = count.saturating_add(row.calls);
            }
        }
        self.has_room()
    }

    /// Takes in a row of events; returns whether there is room for more.
    pub(super) fn event(&mut self, row: Value) -> bool {
        if let Some(row) = self.read::<EventRow>(row) {
            match row.event() {
                Some(event) => {
                    self.events.insert(event);
                }
                None => self.malformed += 1,
            }
        }
        self.has_room()
    }

    /// Returns the rows of the three tables, each in its order.
    pub(super) fn into_calls(self) -> Calls {
        let source = UsageSource::BigQuery;
        let callers = self.callers.into_iter().map(|(key, group)| Caller {
            source,
            principal: key.principal,
            key: key.key,
            delegate: key.delegate,
            target: key.target,
            user_agent: key.user_agent,
            address: key.address,
            more_addresses: group.addresses.len() > MAX_ADDRESSES,
            addresses: group.addresses.into_iter().take(MAX_ADDRESSES).collect(),
            network: key.network,
            service: key.service,
            project: key.project,
            seen: group.seen,
            count: group.count,
        });
        let permissions = self.permissions.into_iter();
        let permissions = permissions.map(|(key, (last, count))| PermissionUse {
            source,
            principal: key.principal,
            key: key.key,
            delegate: key.delegate,
            project: key.project,
            permission: key.permission,
            resource: key.resource,
            granted: key.granted,
            last,
            count,
        });
        Calls {
            callers: callers.collect(),
            permissions: permissions.collect(),
            events: self.events.into_iter().collect(),
            windows: Vec::new(),
        }
    }

    /// Merges a group of callers; `None` where its times make no sense.
    fn add_caller(&mut self, row: &CallerRow) -> Option<()> {
        let seen = Period {
            from: moment(row.first)?,
            to: moment(row.last).filter(|_| row.first <= row.last)?,
        };
        let entry = row.entry();
        let Some(principal) = principal(&entry) else {
            return Some(());
        };
        // BigQuery groups by class, so that any address tells it.
        let read = row.addresses.iter().map(|address| classify(address));
        let (classes, addresses): (Vec<AddressClass>, Vec<Option<IpAddr>>) = read.unzip();
        let key = CallerKey {
            principal,
            key: entry.key(),
            delegate: some(&row.delegate),
            target: entry.target(),
            user_agent: normalise(&row.user_agent).into_owned(),
            address: classes.first().copied().unwrap_or(AddressClass::Absent),
            network: some(&row.network),
            service: row.service.clone(),
            project: entry.project(),
        };
        let group = self.callers.entry(key).or_insert_with(|| CallerGroup {
            addresses: BTreeSet::new(),
            seen,
            count: 0,
        });
        group.seen.from = group.seen.from.min(seen.from);
        group.seen.to = group.seen.to.max(seen.to);
        group.count = group.count.saturating_add(row.calls);
        group.addresses.extend(addresses.into_iter().flatten());
        // One more than is shown tells that there were more.
        while group.addresses.len() > MAX_ADDRESSES + 1 {
            group.addresses.pop_last();
        }
        Some(())
    }

    fn read<T: DeserializeOwned>(&mut self, row: Value) -> Option<T> {
        let read = serde_json::from_value(row);
        if read.is_err() {
            self.malformed += 1;
        }
        read.ok()
    }

    fn has_room(&mut self) -> bool {
        let groups = self.callers.len() + self.permissions.len() + self.events.len();
        self.full |= groups > self.most;
        !self.full
    }
}

/// Returns the text, unless it is empty.
fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(user_agent: &str, addresses: &[&str], first: i64, last: i64) -> Value {
        json!({
            "email": "etl@acme-prod.iam.gserviceaccount.com", "subject": "",
            "key_name": "//iam.googleapis.com/projects/acme-prod/serviceAccounts/etl@acme-prod.iam.gserviceaccount.com/keys/0123456789abcdef0123456789abcdef01234567",
            "delegate": "", "service": "storage.googleapis.com", "method": "", "target": "", "resource_name": "",
            "user_agent": user_agent, "network": "", "project": "acme-data", "addresses": addresses,
            "first": first, "last": last, "calls": 2,
        })
    }

    #[test]
    fn groups_that_differ_by_run_are_one() {
        let mut groups = Groups::new(10);
        let agents = [
            "gcloud/1 invocation-id/00000000000000000000000000000000 x",
            "gcloud/1 x,gzip(gfe)",
        ];
        assert!(groups.caller(row(agents[0], &["192.0.2.9", "192.0.2.10"], 1_000, 2_000)));
        assert!(groups.caller(row(
            agents[1],
            &["192.0.2.1", "192.0.2.2", "192.0.2.3"],
            500,
            1_500
        )));
        assert_eq!((groups.entries, groups.malformed), (4, 0));
        let calls = groups.into_calls();
        insta::assert_debug_snapshot!(calls.callers, @r#"
        [
            Caller {
                source: BigQuery,
                principal: Account(
                    Email(
                        "etl@acme-prod.iam.gserviceaccount.com",
                    ),
                ),
                key: Some(
                    KeyId(
                        "0123456789abcdef0123456789abcdef01234567",
                    ),
                ),
                delegate: None,
                target: None,
                user_agent: "gcloud/1 x",
                address: Public,
                addresses: [
                    192.0.2.1,
                    192.0.2.2,
                    192.0.2.3,
                    192.0.2.9,
                ],
                more_addresses: true,
                network: None,
                service: "storage.googleapis.com",
                project: Some(
                    ProjectId(
                        "acme-data",
                    ),
                ),
                seen: Period {
                    from: 1970-01-01T00:00:00.000500Z,
                    to: 1970-01-01T00:00:00.002Z,
                },
                count: 4,
            },
        ]
        "#);
    }

    #[test]
    fn rows_that_make_no_sense_are_counted() {
        let mut groups = Groups::new(10);
        groups.caller(row("x", &[], 2, 1));
        groups.caller(row("x", &[], i64::MAX, i64::MAX));
        groups.caller(json!({ "email": 7 }));
        groups.permission(json!({}));
        groups.event(json!({ "seen_at": 0 }));
        assert_eq!(groups.malformed, 5);
        assert_eq!(groups.into_calls(), Calls::default());
    }

    #[test]
    fn groups_beyond_the_limit_are_told() {
        let mut groups = Groups::new(1);
        assert!(groups.caller(row("a", &[], 1, 1)));
        assert!(!groups.is_full());
        assert!(!groups.caller(row("b", &[], 1, 1)));
        assert!(groups.is_full());
    }
}
