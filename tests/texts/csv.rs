//! The three tables.

use sa_audit::render::csv;
use sa_audit::render::json::Document;
use sa_audit::report::Report;

use crate::support::golden::assert_golden;
use crate::{ESTATES, json, of, text};

/// The tables: findings, accounts, keys.
type Tables = [(&'static str, String); 3];

fn tables(report: &Report) -> Tables {
    [
        ("findings", text(|out| csv::findings(report, out))),
        ("accounts", text(|out| csv::accounts(report, out))),
        ("keys", text(|out| csv::keys(report, out))),
    ]
}

/// Returns the records of a table, the header first, as RFC 4180 reads them.
fn records(table: &str) -> Vec<Vec<String>> {
    let mut records = vec![Vec::new()];
    let (mut field, mut quoted) = (String::new(), false);
    let mut chars = table.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => records
                .last_mut()
                .expect("one")
                .push(std::mem::take(&mut field)),
            '\r' if !quoted && chars.next() == Some('\n') => {
                records
                    .last_mut()
                    .expect("one")
                    .push(std::mem::take(&mut field));
                records.push(Vec::new());
            }
            '\r' | '\n' => panic!("a line that does not end in CR LF: {field:?}"),
            c => field.push(c),
        }
    }
    assert_eq!((records.pop(), quoted), (Some(Vec::new()), false));
    records
}

/// Returns a column, without the mark that makes a text of what a spreadsheet would compute.
fn column(records: &[Vec<String>], name: &str) -> Vec<String> {
    let at = records[0].iter().position(|held| held == name);
    let at = at.unwrap_or_else(|| panic!("no column {name}"));
    records[1..]
        .iter()
        .map(|record| record[at].clone())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn of_the_estates() {
    for estate in ESTATES {
        for (name, table) in tables(&of(estate).await) {
            assert_golden(&format!("{estate}-{name}.csv"), &table);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn every_value_is_the_jsons() {
    for estate in ESTATES {
        let report = of(estate).await;
        let Document {
            accounts, findings, ..
        } = json(&report);
        let [of_findings, of_accounts, of_keys] = tables(&report).map(|(_, table)| records(&table));

        let told = findings.iter().map(|finding| finding.fingerprint.clone());
        assert_eq!(
            column(&of_findings, "fingerprint"),
            told.collect::<Vec<_>>()
        );
        let ids = accounts.iter().map(|account| account.unique_id.clone());
        assert_eq!(column(&of_accounts, "unique_id"), ids.collect::<Vec<_>>());
        let counts = |name, count: &dyn Fn(&sa_audit::render::json::Account) -> usize| {
            let expected: Vec<String> = accounts.iter().map(|a| count(a).to_string()).collect();
            assert_eq!(column(&of_accounts, name), expected, "{estate}: {name}");
        };
        counts("keys", &|account| account.keys.len());
        counts("credentials", &|account| account.credentials.len());
        counts("workloads", &|account| account.workloads.len());
        counts("references", &|account| account.references.len());
        counts("grants", &|account| account.grants.len());
        counts("actors", &|account| account.actors.len());
        counts("callers", &|account| account.callers.len());
        counts("findings", &|account| account.findings.len());
        let keys = accounts.iter().flat_map(|account| &account.keys);
        let callers: Vec<String> = keys
            .clone()
            .map(|key| key.callers.len().to_string())
            .collect();
        let ids: Vec<String> = keys.map(|key| key.id.clone()).collect();
        assert_eq!(
            (column(&of_keys, "key"), column(&of_keys, "callers")),
            (ids, callers)
        );
    }
}

/// A name that begins like a formula is text, and a record is one line.
#[tokio::test(start_paused = true)]
async fn a_spreadsheet_computes_nothing() {
    for (name, table) in tables(&of("hostile").await) {
        let records = records(&table);
        for record in &records {
            assert_eq!(record.len(), records[0].len(), "{name}: {record:?}");
            for field in record {
                let computes = field.trim_start().starts_with(['=', '+', '-', '@']);
                assert!(!computes, "{name}: {field:?}");
                assert!(!field.chars().any(char::is_control), "{name}: {field:?}");
            }
        }
    }
}
