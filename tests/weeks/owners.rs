//! Whom findings belong to, and a report on what belongs to one of them.

use globset::Glob;

use sa_audit::model::owner::{NamedOwner, OwnerSettings};
use sa_audit::model::settings::Settings;
use sa_audit::report::{Past, Selection, build_since, select};

use crate::evaluated;
use crate::support::quarter::{Company, settings};

fn named(glob: &str, team: &str) -> NamedOwner {
    NamedOwner {
        matches: vec![Glob::new(glob).expect("a glob")],
        team: team.to_owned(),
        slack: Some("#data".to_owned()),
    }
}

/// Returns the owner of each account, by address, with who says so.
fn owners(owners: OwnerSettings) -> Vec<String> {
    let settings = Settings {
        owners,
        ..settings()
    };
    let scan = evaluated(&Company::in_week(1).scan(1), &settings);
    let report = build_since(&Past::default(), scan, &settings, "sa-audit 0.0.0");
    let mut owners: Vec<String> = report
        .accounts
        .iter()
        .map(|account| {
            let owner = account.owner.as_ref().expect("an owner");
            format!(
                "{}: {} ({:?})",
                account.facts.email.short(),
                owner.name,
                owner.source
            )
        })
        .collect();
    owners.sort();
    owners
}

#[test]
fn the_configuration_outranks_the_label_and_the_label_the_creator() {
    assert_eq!(
        owners(OwnerSettings::default()),
        [
            "app@acme-prod: shop (Label)",
            "etl@acme-data: robin@acme.example (Creator)",
            "vault@acme-vault: robin@acme.example (Creator)",
        ]
    );
    let configured = OwnerSettings {
        named: vec![named("etl@*", "data"), named("acme-*", "platform")],
        ..OwnerSettings::default()
    };
    assert_eq!(
        owners(configured),
        [
            "app@acme-prod: platform (Configuration)",
            "etl@acme-data: data (Configuration)",
            "vault@acme-vault: platform (Configuration)",
        ]
    );
    let other_label = OwnerSettings {
        named: Vec::new(),
        labels: vec!["cost-centre".to_owned()],
    };
    assert_eq!(
        owners(other_label)[0],
        "app@acme-prod: robin@acme.example (Creator)"
    );
}

/// Selection; then accounts, findings and gaps that are counted, and the exit code, in the week without the vault.
#[test]
fn a_part_of_the_report_counts_nothing_else() {
    let settings = settings();
    let part = |account: Option<&str>, owner: Option<&str>| {
        let selection = Selection {
            account: account.map(|glob| Glob::new(glob).expect("a glob")),
            owner: owner.map(str::to_owned),
        };
        let scan = evaluated(&Company::in_week(7).scan(7), &settings);
        let scan = select(scan, &selection, &settings);
        let summary = build_since(&Past::default(), scan, &settings, "sa-audit 0.0.0").summary;
        (
            summary.accounts,
            summary.findings,
            summary.gaps,
            summary.exit_code,
        )
    };
    assert_eq!(part(None, None), (2, 4, 1, 1));
    assert_eq!(part(Some("etl@acme-data"), None), (1, 3, 0, 1));
    // Nobody knows whose accounts are in the vault, nor what they are called.
    assert_eq!(part(None, Some("shop")), (1, 1, 1, 1));
    assert_eq!(part(Some("etl@*"), Some("shop")), (0, 0, 1, 3));
    assert_eq!(part(None, Some("nobody")), (0, 0, 1, 3));
}
