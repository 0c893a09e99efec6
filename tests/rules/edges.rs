//! Thresholds to the day, facts that are missing, and near misses.

use sa_audit::model::coverage::Reading;
use sa_audit::model::key::{DisableReason, ExtendedStatusKind, KeyAlgorithm, KeyOrigin};
use sa_audit::model::rule::Confidence;
use sa_audit::model::settings::Settings;
use sa_audit::model::usage::{LastUse, UsageSource, WhyUnknown};
use sa_audit::rules::evaluate;

use crate::support::estate::{KeyBuilder, days_ago, estate, key, window};
use crate::{evaluate_all, verdict};

fn verdict_on(rule: &str, key: KeyBuilder) -> String {
    verdict(
        rule,
        &estate()
            .project("acme-prod")
            .account("etl")
            .key(key)
            .build(),
    )
}

#[test]
fn a_disabled_account_that_was_seen_within_grace_was_enabled_then() {
    let seen = |days: i64| {
        let day = days_ago(days).date_naive();
        let stamp = day.and_hms_opt(7, 0, 0).expect("an hour").and_utc();
        let latest = day.succ_opt().expect("a day").and_hms_opt(8, 0, 0);
        LastUse::Seen {
            at: stamp,
            latest: latest.expect("an hour").and_utc(),
            source: UsageSource::PolicyAnalyzer,
            weak: false,
            windows: vec![window(UsageSource::PolicyAnalyzer, 400, 1)],
        }
    };
    let unread = LastUse::Unknown {
        why: WhyUnknown::NotRead(Reading::Denied { permission: None }),
    };
    let table = [
        (seen(9), "-"),
        // Day D of Policy Analyzer lasts until D+1, 08:00 UTC, and the scan is at noon.
        (seen(30), "-"),
        (seen(31), "low/low"),
        (unread, "low/low"),
    ];
    for (last_use, expected) in table {
        let said = format!("{last_use:?}");
        let estate = estate().project("acme-prod").account("etl").disabled();
        let estate = estate.last_use(last_use).build();
        assert_eq!(verdict("account-disabled", &estate), expected, "{said}");
    }
    for (days, expected) in [(30, "-"), (31, "low/high")] {
        let estate = estate().project("acme-prod").account("etl").disabled();
        let mut estate = estate.build();
        let account = estate.accounts.first_mut().expect("an account");
        account.life.disabled = Some(estate.observed_at - chrono::TimeDelta::days(days));
        assert_eq!(
            verdict("account-disabled", &estate),
            expected,
            "{days} days"
        );
    }
}

#[test]
fn thresholds_are_kept_to_the_day() {
    let analyzer = UsageSource::PolicyAnalyzer;
    let table: [(&str, KeyBuilder, &str); 26] = [
        ("key-old", key().age_days(89), "-"),
        ("key-old", key().age_days(90), "-"),
        ("key-old", key().age_days(91), "medium/high"),
        // Day D of Policy Analyzer lasts until D+1, 08:00 UTC, and the scan is at noon.
        ("key-active", key().seen_days_ago(29), "medium/medium"),
        ("key-active", key().seen_days_ago(30), "medium/medium"),
        ("key-active", key().age_days(400).seen_days_ago(31), "-"),
        ("key-unused", key().age_days(89), "-"),
        ("key-unused", key().age_days(90), "high/low"),
        ("key-unused", key().age_days(91), "high/low"),
        ("key-unused", key().age_days(400).seen_days_ago(90), "-"),
        (
            "key-unused",
            key().age_days(400).seen_days_ago(91),
            "high/low",
        ),
        (
            "key-unused",
            key().age_days(400).window(window(analyzer, 89, 1)),
            "?",
        ),
        (
            "key-unused",
            key().age_days(400).window(window(analyzer, 90, 1)),
            "high/low",
        ),
        (
            "key-unused",
            key().age_days(400).window(window(analyzer, 400, 3)),
            "high/low",
        ),
        (
            "key-unused",
            key().age_days(400).window(window(analyzer, 400, 4)),
            "?",
        ),
        (
            "key-expires-soon",
            key().seen_days_ago(2).expires_in_days(29),
            "high/medium",
        ),
        (
            "key-expires-soon",
            key().seen_days_ago(2).expires_in_days(30),
            "high/medium",
        ),
        (
            "key-expires-soon",
            key().seen_days_ago(2).expires_in_days(31),
            "-",
        ),
        (
            "key-expires-soon",
            key().seen_days_ago(200).expires_in_days(0),
            "-",
        ),
        ("key-disabled", key().age_days(29).disabled(), "-"),
        ("key-disabled", key().age_days(30).disabled(), "-"),
        ("key-disabled", key().age_days(31).disabled(), "low/low"),
        (
            "key-disabled",
            key().age_days(5).disabled().expires_in_days(-1),
            "low/high",
        ),
        // The activity log of 400 days tells since when; a shorter one may have missed that it came back in between.
        (
            "key-disabled",
            key().age_days(400).disabled_days_ago(30),
            "-",
        ),
        (
            "key-disabled",
            key().age_days(400).disabled_days_ago(31),
            "low/high",
        ),
        (
            "key-disabled",
            key().age_days(400).disabled_days_ago(31).log_days(30),
            "low/medium",
        ),
    ];
    for (nth, (rule, key, expected)) in table.into_iter().enumerate() {
        assert_eq!(verdict_on(rule, key), expected, "row {nth}, {rule}");
    }
}

#[test]
fn severity_and_confidence_follow_what_is_known_of_the_key() {
    let old = || key().age_days(611);
    let table = [
        ("key-old", old().seen_days_ago(300), "high/high"),
        ("key-old", old().unknown(WhyUnknown::NoRow), "medium/high"),
        (
            "key-old",
            old().uploaded().seen_days_ago(2),
            "medium/medium",
        ),
        (
            "key-old",
            old().origin(KeyOrigin::Unknown).seen_days_ago(2),
            "medium/medium",
        ),
        ("key-active", old().seen_days_ago(2).logged(), "medium/high"),
        (
            "key-expires-soon",
            old().seen_days_ago(2).logged().expires_in_days(9),
            "high/high",
        ),
        ("key-unused", old().monitored(), "high/high"),
        (
            "key-unused",
            old().seen_days_ago(120).monitored(),
            "high/high",
        ),
        ("key-unused", old().uploaded().monitored(), "high/low"),
        (
            "key-unused",
            old().origin(KeyOrigin::Unknown).monitored(),
            "high/low",
        ),
        // Monitoring alone covers six weeks of the ninety days.
        (
            "key-unused",
            old().monitored().without(UsageSource::PolicyAnalyzer),
            "?",
        ),
    ];
    for (nth, (rule, key, expected)) in table.into_iter().enumerate() {
        assert_eq!(verdict_on(rule, key), expected, "row {nth}, {rule}");
    }
}

#[test]
fn near_misses_stay_silent() {
    let table = [
        (
            "key-exposed",
            key()
                .disabled()
                .disable_reason(DisableReason::UserInitiated),
        ),
        ("key-weak", key().algorithm(KeyAlgorithm::Rsa2048)),
        ("key-uploaded", key().origin(KeyOrigin::Google)),
        ("key-expires-soon", key().seen_days_ago(2)),
        ("key-expires-soon", key().age_days(400).expires_in_days(20)),
        ("key-never-expires", key().expires_in_days(3_650)),
        ("key-disabled", key().age_days(400)),
        ("key-disabled", key().age_days(400).expires_in_days(-5)),
        ("key-old", key().age_days(611).expires_in_days(0)),
        // Made while the scan was running, and uploaded with a certificate that begins later.
        ("key-old", key().age_days(0)),
        ("key-old", key().uploaded().age_days(-99)),
        // Exposed, and therefore told by key-exposed alone.
        (
            "key-disabled",
            key()
                .age_days(400)
                .disabled()
                .disable_reason(DisableReason::Exposed),
        ),
    ];
    for (nth, (rule, key)) in table.into_iter().enumerate() {
        assert_eq!(verdict_on(rule, key), "-", "row {nth}, {rule}");
    }
}

#[test]
fn an_account_in_a_project_with_firebase_is_never_unused() {
    let silent = || key().age_days(400).monitored();
    let by_account = estate()
        .project("acme-app")
        .account("etl")
        .key(silent())
        .account("firebase-adminsdk-1a2b3")
        .build();
    let by_label = estate()
        .project("acme-app")
        .label("firebase", "enabled")
        .account("etl")
        .key(silent())
        .build();
    let other_project = estate()
        .project("acme-app")
        .label("firebase", "enabled")
        .project("acme-prod")
        .account("etl")
        .key(silent())
        .build();
    let said = [by_account, by_label, other_project].map(|e| verdict("key-unused", &e));
    assert_eq!(said, ["high/low", "high/low", "high/high"]);
}

/// Monitoring covers a threshold of six weeks or less by itself, and is still one source of the two.
#[test]
fn monitoring_alone_never_makes_a_key_unused() {
    let key = key()
        .age_days(400)
        .monitored()
        .without(UsageSource::PolicyAnalyzer);
    let estate = estate()
        .project("acme-prod")
        .account("etl")
        .key(key)
        .build();
    let mut settings = Settings::default();
    settings.thresholds.max_key_idle = 30;
    let findings = evaluate(&estate, &settings).findings;
    let finding = findings
        .iter()
        .find(|finding| finding.rule == "key-unused")
        .expect("a finding");
    assert_eq!(finding.confidence, Confidence::Low);
    insta::assert_snapshot!(finding.message, @"was not observed by Monitoring from 2026-10-11 to 2026-11-22 (not checked against Policy Analyzer)");
}

/// Every way not to know, with the words for it.
#[test]
fn what_is_not_known_is_said() {
    let old = || key().age_days(400);
    let unread = |reading| old().unread(reading);
    let denied =
        Some("policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query".to_owned());
    let keys = [
        old().age_unknown(),
        old().age_unknown().disabled(),
        key().age_days(-99),
        key().age_days(-99).disabled(),
        old().expiry_unknown(),
        old()
            .origin(KeyOrigin::Unknown)
            .algorithm(KeyAlgorithm::Unknown),
        key().status(ExtendedStatusKind::Unknown, "odd"),
        key().disabled().disable_reason(DisableReason::Unknown),
        old().unknown(WhyUnknown::NoRow).expires_in_days(9),
        old().unknown(WhyUnknown::NoPeriod),
        old().unknown(WhyUnknown::DisabledKeysLeftOut),
        old().window(window(UsageSource::PolicyAnalyzer, 20, 1)),
        old().window(window(UsageSource::PolicyAnalyzer, 400, 9)),
        old()
            .window(window(UsageSource::PolicyAnalyzer, 20, 1))
            .expires_in_days(9),
        old()
            .window(window(UsageSource::PolicyAnalyzer, 400, 9))
            .expires_in_days(9),
        old().monitored().without(UsageSource::PolicyAnalyzer),
        unread(Reading::Skipped),
        unread(Reading::Malformed { count: 3 }),
        unread(Reading::Truncated {
            message: "connection reset".to_owned(),
        }),
        unread(Reading::Denied { permission: None }),
        unread(Reading::Denied { permission: denied }),
        unread(Reading::ApiDisabled {
            service: "policyanalyzer.googleapis.com".to_owned(),
            consumer: Some("projects/12345".to_owned()),
        }),
        unread(Reading::Quota {
            message: "queries per minute".to_owned(),
        }),
        unread(Reading::Perimeter { uid: None }),
        unread(Reading::Failed {
            status: Some(500),
            message: "backend error".to_owned(),
        }),
    ];
    let mut text = String::new();
    for key in keys {
        let estate = estate()
            .project("acme-prod")
            .account("etl")
            .in_use()
            .key(key)
            .build();
        for undecided in evaluate_all(&estate).undecided {
            text += &format!(
                "{:<17} {:?}: {}\n",
                undecided.rule, undecided.dataset, undecided.reason
            );
        }
        text += "\n";
    }
    insta::assert_snapshot!(text, @"
    key-old           Keys: Google did not say since when it is valid
    key-unused        Keys: Google did not say since when it is valid

    key-disabled      Keys: Google did not say since when it is valid

    key-old           Keys: Google says that it was created on 2027-03-01, after the scan
    key-unused        Keys: Google says that it was created on 2027-03-01, after the scan

    key-disabled      Keys: Google says that it was created on 2027-03-01, after the scan

    key-expires-soon  Keys: Google did not say until when it is valid
    key-never-expires Keys: Google did not say until when it is valid

    key-uploaded      Keys: Google did not say who made it
    key-weak          Keys: Google did not say its algorithm, or named one newer than this program

    key-exposed       Keys: Google gives it a status that is newer than this program: odd

    key-exposed       Keys: Google disabled it for a reason that is newer than this program

    key-active        KeyActivity: Policy Analyzer has no row of it, which proves nothing
    key-expires-soon  KeyActivity: expires on 2026-12-01, but Policy Analyzer has no row of it, which proves nothing
    key-unused        KeyActivity: Policy Analyzer has no row of it, which proves nothing

    key-active        KeyActivity: Policy Analyzer does not say over which time it looked at it
    key-unused        KeyActivity: Policy Analyzer does not say over which time it looked at it

    key-active        KeyActivity: Policy Analyzer leaves disabled keys out
    key-unused        KeyActivity: Policy Analyzer leaves disabled keys out

    key-active        KeyActivity: not seen in the 19 of 30 days that could be observed: inconclusive
    key-unused        KeyActivity: not seen in the 19 of 90 days that could be observed: inconclusive

    key-active        KeyActivity: its activity is known up to 2026-11-13 only, 9 days before the scan
    key-unused        KeyActivity: its activity is known up to 2026-11-13 only, 9 days before the scan

    key-active        KeyActivity: not seen in the 19 of 30 days that could be observed: inconclusive
    key-expires-soon  KeyActivity: expires on 2026-12-01, but not seen in the 19 of 30 days that could be observed: inconclusive
    key-unused        KeyActivity: not seen in the 19 of 90 days that could be observed: inconclusive

    key-active        KeyActivity: its activity is known up to 2026-11-13 only, 9 days before the scan
    key-expires-soon  KeyActivity: expires on 2026-12-01, but its activity is known up to 2026-11-13 only, 9 days before the scan
    key-unused        KeyActivity: its activity is known up to 2026-11-13 only, 9 days before the scan

    key-unused        KeyActivity: not seen in the 42 of 90 days that could be observed: inconclusive

    key-active        KeyActivity: its last authentications were not asked for
    key-unused        KeyActivity: its last authentications were not asked for

    key-active        KeyActivity: its last authentications were read, but for 3 that could not be understood
    key-unused        KeyActivity: its last authentications were read, but for 3 that could not be understood

    key-active        KeyActivity: only a part of its last authentications was read: connection reset
    key-unused        KeyActivity: only a part of its last authentications was read: connection reset

    key-active        KeyActivity: the caller may not read its last authentications
    key-unused        KeyActivity: the caller may not read its last authentications

    key-active        KeyActivity: the caller lacks policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query
    key-unused        KeyActivity: the caller lacks policyanalyzer.serviceAccountKeyLastAuthenticationActivities.query

    key-active        KeyActivity: policyanalyzer.googleapis.com is switched off
    key-unused        KeyActivity: policyanalyzer.googleapis.com is switched off

    key-active        KeyActivity: Google's quota was used up for longer than the scan waits: queries per minute
    key-unused        KeyActivity: Google's quota was used up for longer than the scan waits: queries per minute

    key-active        KeyActivity: a VPC Service Controls perimeter refused the caller
    key-unused        KeyActivity: a VPC Service Controls perimeter refused the caller

    key-active        KeyActivity: reading its last authentications failed: backend error
    key-unused        KeyActivity: reading its last authentications failed: backend error
    ");
}
