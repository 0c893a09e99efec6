//! `hmac-key` and `api-key-bound`: what each kind of credential says of its account, and when it says less.

use chrono::{DateTime, Utc};
use sa_audit::model::credential::{CredentialKind, CredentialState, OtherCredential};
use sa_audit::model::estate::Estate;
use sa_audit::model::names::KeyId;

use crate::messages::draw;
use crate::support::estate::{EstateBuilder, days_ago, estate};
use crate::{evaluate_all, verdict};

use CredentialKind::{ApiKey, HmacKey};
use CredentialState::{Active, Inactive, Unknown};

type Held<'a> = (
    CredentialKind,
    &'a str,
    CredentialState,
    Option<DateTime<Utc>>,
);

/// An account of 500 days with those credentials.
fn holder(account: EstateBuilder, held: &[Held<'_>]) -> Estate {
    let mut estate = account.build();
    let account = estate.accounts.last_mut().expect("an account");
    let credentials = held
        .iter()
        .map(|(kind, id, state, created)| OtherCredential {
            account: account.facts.email.clone(),
            kind: *kind,
            project: account.facts.project.clone(),
            id: KeyId::parse(id).expect("an id"),
            state: *state,
            created: *created,
        });
    account.other_credentials = credentials.collect();
    estate
}

fn etl() -> EstateBuilder {
    estate().project("acme-prod").account("etl")
}

fn said(estate: &Estate) -> String {
    ["hmac-key", "api-key-bound"]
        .map(|rule| verdict(rule, estate))
        .join(" | ")
}

#[test]
fn each_kind_is_its_own_rule_and_all_of_a_kind_are_one_finding() {
    let now = Some(days_ago(40));
    let two = [
        (HmacKey, "GOOG1A", Active, now),
        (HmacKey, "GOOG1B", Inactive, now),
    ];
    let estate = holder(etl(), &two);
    assert_eq!(said(&estate), "medium/high | -");
    let findings = evaluate_all(&estate).findings;
    let drawn: String = findings.iter().map(draw).collect();
    insta::assert_snapshot!(drawn, @"
    Medium, confidence High: has 2 HMAC keys of Cloud Storage, whose use no source sees: GOOG1A and GOOG1B
      GOOG1A is active in acme-prod, made on 2026-10-13 [storage.projects.hmacKeys.list]
      GOOG1B is inactive in acme-prod, made on 2026-10-13 [storage.projects.hmacKeys.list]
      → find owner
    ");
    let estate = holder(etl(), &[(ApiKey, "5a5a", Active, now)]);
    assert_eq!(said(&estate), "- | medium/high");
    let findings = evaluate_all(&estate).findings;
    let drawn: String = findings.iter().map(draw).collect();
    insta::assert_snapshot!(drawn, @"
    Medium, confidence High: has 1 API key bound to it, whose use as it no source sees: 5a5a
      5a5a is active in acme-prod, made on 2026-10-13 [apikeys.projects.locations.keys.list]
      → find owner
    ");
}

#[test]
fn what_signs_nobody_in_is_low_and_what_may_be_a_namesakes_is_less_sure() {
    let (young, old) = (Some(days_ago(40)), Some(days_ago(600)));
    let table: [(&str, EstateBuilder, &[Held<'_>], &str); 8] = [
        ("nothing", etl(), &[], "- | -"),
        (
            "inactive",
            etl(),
            &[(HmacKey, "GOOG1A", Inactive, young)],
            "low/high | -",
        ),
        (
            "unknown",
            etl(),
            &[(HmacKey, "GOOG1A", Unknown, young)],
            "medium/high | -",
        ),
        (
            "account off",
            etl().disabled(),
            &[(ApiKey, "5a5a", Active, young)],
            "- | low/high",
        ),
        (
            "older than the account",
            etl(),
            &[(ApiKey, "5a5a", Active, old)],
            "- | medium/medium",
        ),
        (
            "age not told",
            etl(),
            &[(ApiKey, "5a5a", Active, None)],
            "- | medium/high",
        ),
        (
            "one of two is its own",
            etl(),
            &[
                (HmacKey, "GOOG1A", Active, old),
                (HmacKey, "GOOG1B", Active, young),
            ],
            "medium/high | -",
        ),
        (
            "an agent's",
            estate()
                .project("acme-prod")
                .account("service-1@gcp-sa-logging.iam.gserviceaccount.com"),
            &[(HmacKey, "GOOG1A", Active, young)],
            "- | -",
        ),
    ];
    for (what, account, held, expected) in table {
        assert_eq!(said(&holder(account, held)), expected, "{what}");
    }
}

#[test]
fn another_key_makes_it_a_changed_finding_and_a_day_does_not() {
    let of = |held: &[Held<'_>]| {
        let findings = evaluate_all(&holder(etl(), held)).findings;
        let [finding] = findings.try_into().expect("one finding");
        finding
    };
    let one = of(&[(HmacKey, "GOOG1A", Active, Some(days_ago(40)))]);
    let later = of(&[(HmacKey, "GOOG1A", Active, Some(days_ago(41)))]);
    let off = of(&[(HmacKey, "GOOG1A", Inactive, Some(days_ago(40)))]);
    let other = of(&[(HmacKey, "GOOG1B", Active, Some(days_ago(40)))]);
    for same in [&later, &off, &other] {
        assert_eq!(one.fingerprint, same.fingerprint);
    }
    assert_eq!(one.evidence_digest, later.evidence_digest);
    assert_ne!(one.evidence_digest, off.evidence_digest);
    assert_ne!(one.evidence_digest, other.evidence_digest);
}
