//! Fingerprints and evidence digests: what stays the same finding, and what makes it a changed one.

use sa_audit::model::finding::Finding;
use sa_audit::model::key::ExtendedStatusKind;

use crate::evaluate_all;
use crate::support::estate::{KeyBuilder, estate, key};

fn finding(rule: &str, key: KeyBuilder) -> Finding {
    let estate = estate()
        .project("acme-prod")
        .account("etl")
        .key(key.id("4f1c03a2"))
        .build();
    let findings = evaluate_all(&estate).findings;
    findings
        .into_iter()
        .find(|finding| finding.rule == rule)
        .expect("a finding of the rule")
}

#[test]
fn times_and_counts_change_neither_what_a_finding_is_about_nor_what_it_rests_on() {
    let table = [
        (
            "key-old",
            key().age_days(611).seen_days_ago(2),
            key().age_days(612).seen_days_ago(9),
        ),
        (
            "key-active",
            key().seen_days_ago(2),
            key().age_days(20).seen_days_ago(3),
        ),
        ("key-unused", key().age_days(400), key().age_days(401)),
        (
            "key-disabled",
            key().age_days(400).disabled(),
            key().age_days(401).disabled(),
        ),
    ];
    for (rule, one, other) in table {
        let (one, other) = (finding(rule, one), finding(rule, other));
        assert_eq!(one.fingerprint, other.fingerprint, "{rule}");
        assert_eq!(one.evidence_digest, other.evidence_digest, "{rule}");
    }
}

#[test]
fn another_ground_makes_it_a_changed_finding() {
    let exposed = || key().status(ExtendedStatusKind::Exposed, "https://git.example/a");
    let table = [
        (
            "key-old",
            key().age_days(611),
            key().age_days(611).seen_days_ago(2),
        ),
        (
            "key-old",
            key().age_days(611),
            key().age_days(611).uploaded(),
        ),
        (
            "key-unused",
            key().age_days(400),
            key().age_days(400).monitored(),
        ),
        (
            "key-disabled",
            key().age_days(400).disabled(),
            key().disabled().expires_in_days(-1),
        ),
        ("key-exposed", exposed(), exposed().disabled()),
        (
            "key-exposed",
            exposed(),
            exposed().status(ExtendedStatusKind::Compromised, ""),
        ),
    ];
    for (rule, one, other) in table {
        let (one, other) = (finding(rule, one), finding(rule, other));
        assert_eq!(one.fingerprint, other.fingerprint, "{rule}");
        assert_ne!(one.evidence_digest, other.evidence_digest, "{rule}");
    }
}
