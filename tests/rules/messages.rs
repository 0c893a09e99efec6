//! What each rule says, word for word, with the facts and the steps under it.

use sa_audit::model::action::Action;
use sa_audit::model::coverage::Reading;
use sa_audit::model::finding::Finding;
use sa_audit::model::key::{DisableReason, ExtendedStatusKind, KeyAlgorithm};
use sa_audit::model::message::Part;

use crate::evaluate_all;
use crate::support::estate::{EstateBuilder, KeyBuilder, estate, key, window};
use sa_audit::model::usage::{UsageSource, WhyUnknown};

fn etl(key: KeyBuilder) -> EstateBuilder {
    estate().project("acme-prod").account("etl").key(key)
}

/// Draws the findings of one rule: severity, confidence, sentence, facts, steps.
pub(crate) fn story(rule: &str, estate: EstateBuilder) -> String {
    let findings = evaluate_all(&estate.build()).findings;
    findings
        .iter()
        .filter(|finding| finding.rule == rule)
        .map(draw)
        .collect()
}

pub(super) fn draw(finding: &Finding) -> String {
    let mut text = format!(
        "{:?}, confidence {:?}: {}\n",
        finding.severity, finding.confidence, finding.message
    );
    for evidence in &finding.evidence {
        text += &format!("  {} [{}]\n", evidence.fact, evidence.source);
    }
    let steps: Vec<String> = finding.actions.iter().map(step).collect();
    text + &format!("  → {}\n", steps.join(", "))
}

fn step(action: &Action) -> String {
    match action {
        Action::FindOwner { .. } => "find owner".to_owned(),
        Action::FindCaller { .. } => "find caller".to_owned(),
        Action::FindWhenDisabled { key, .. } => {
            format!(
                "find when {} was disabled",
                if key.is_some() { "key" } else { "account" }
            )
        }
        Action::ReviewRole(held) => format!("review {} of {}", held.role, held.member),
        Action::NarrowRole(held) => format!("narrow {} of {}", held.role, held.member),
        Action::RestrictProvider(provider) => format!("restrict {}", provider.provider),
        Action::GrantRole(held) => format!("grant {} to {}", held.role, held.member),
        Action::EnforceConstraint { constraint, .. } => format!("enforce {}", constraint.name()),
        Action::RevokeRole(held) => format!("revoke {} from {}", held.role, held.member),
        Action::ReplaceKey { before: None, .. } => "replace key".to_owned(),
        Action::ReplaceKey {
            before: Some(end), ..
        } => format!("replace key before {end}"),
        Action::SeparateWorkloads { .. } => "separate workloads".to_owned(),
        Action::DisableAccount { .. } => "disable account".to_owned(),
        Action::EnableAccount { .. } => "enable account".to_owned(),
        Action::DisableKey { .. } => "disable key".to_owned(),
        Action::EnableKey { .. } => "enable key".to_owned(),
        Action::DeleteKey { .. } => "delete key".to_owned(),
    }
}

#[test]
fn account_disabled() {
    let estate = estate()
        .project("acme-prod")
        .account("etl")
        .disabled()
        .key(key())
        .key(key())
        .key(key().disabled())
        .key(key().expires_in_days(-5))
        .key(key().system_managed())
        .account("old")
        .disabled()
        .account("unread")
        .disabled()
        .keys_reading(Reading::Denied { permission: None });
    insta::assert_snapshot!(story("account-disabled", estate), @"
    Low, confidence Low: is disabled, since when could not be seen; 2 enabled keys would come back with it
      disabled [iam.projects.serviceAccounts.list]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      → find when account was disabled
    Low, confidence Low: is disabled, since when could not be seen; no key would come back with it
      disabled [iam.projects.serviceAccounts.list]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      → find when account was disabled
    Low, confidence Low: is disabled, since when could not be seen; its keys could not be read
      disabled [iam.projects.serviceAccounts.list]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      → find when account was disabled
    ");
}

#[test]
fn key_active() {
    insta::assert_snapshot!(story("key-active", etl(key().seen_days_ago(2))), @"
    Medium, confidence Medium: was last used 2026-11-20 (weak evidence)
      created on 2026-11-12 [iam.projects.serviceAccounts.keys.list]
      last used 2026-11-20 (weak evidence) [policyanalyzer.projects.locations.activityTypes.activities.query]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      → find caller, replace key
    ");
    insta::assert_snapshot!(story("key-active", etl(key().seen_days_ago(2).logged())), @"
    Medium, confidence High: was last used 2026-11-20
      created on 2026-11-12 [iam.projects.serviceAccounts.keys.list]
      last used 2026-11-20 [policyanalyzer.projects.locations.activityTypes.activities.query]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      → find caller, replace key
    ");
}

#[test]
fn key_disabled() {
    let disabled = etl(key().age_days(400).disabled());
    insta::assert_snapshot!(story("key-disabled", disabled), @"
    Low, confidence Low: is disabled, since when could not be seen
      created on 2025-10-18 [iam.projects.serviceAccounts.keys.list]
      → find when key was disabled
    ");
    let dead = etl(key().age_days(400).disabled().expires_in_days(-5));
    insta::assert_snapshot!(story("key-disabled", dead), @"
    Low, confidence High: is disabled and has expired: it can never sign in again
      valid until 2026-11-17 [iam.projects.serviceAccounts.keys.list]
      → find owner, delete key
    ");
}

#[test]
fn key_expires_soon() {
    let soon = etl(key().seen_days_ago(2).expires_in_days(18));
    insta::assert_snapshot!(story("key-expires-soon", soon), @"
    High, confidence Medium: expires on 2026-12-10, in 18 days, and is in use: last used 2026-11-20 (weak evidence)
      valid until 2026-12-10 [iam.projects.serviceAccounts.keys.list]
      last used 2026-11-20 (weak evidence) [policyanalyzer.projects.locations.activityTypes.activities.query]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      → replace key before 2026-12-10 12:00:00 UTC
    ");
    let seldom = etl(key().seen_days_ago(200).expires_in_days(18));
    insta::assert_snapshot!(story("key-expires-soon", seldom), @"
    High, confidence Medium: expires on 2026-12-10, in 18 days, and was last used 2026-05-06 (weak evidence)
      valid until 2026-12-10 [iam.projects.serviceAccounts.keys.list]
      last used 2026-05-06 (weak evidence) [policyanalyzer.projects.locations.activityTypes.activities.query]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      → replace key before 2026-12-10 12:00:00 UTC
    ");
}

#[test]
fn key_exposed() {
    let found = || key().status(ExtendedStatusKind::Exposed, "https://git.example/acme/etl");
    insta::assert_snapshot!(story("key-exposed", etl(found())), @"
    Critical, confidence High: was found in public by Google (https://git.example/acme/etl) and can sign in
      extended status says exposed: https://git.example/acme/etl [iam.projects.serviceAccounts.keys.list]
      → disable key, replace key, delete key
    ");
    insta::assert_snapshot!(story("key-exposed", etl(found()).disabled()), @"
    High, confidence High: was found in public by Google (https://git.example/acme/etl) and can sign in again once its account is enabled
      extended status says exposed: https://git.example/acme/etl [iam.projects.serviceAccounts.keys.list]
      → find owner, delete key
    ");
    let by_google = found()
        .status(ExtendedStatusKind::Compromised, "seen from a botnet")
        .disabled()
        .disable_reason(DisableReason::Compromised);
    insta::assert_snapshot!(story("key-exposed", etl(by_google)), @"
    Low, confidence High: was found in public and seen in a compromise by Google (https://git.example/acme/etl, seen from a botnet) and is disabled
      extended status says exposed: https://git.example/acme/etl [iam.projects.serviceAccounts.keys.list]
      extended status says compromised: seen from a botnet [iam.projects.serviceAccounts.keys.list]
      disabled by Google as compromised [iam.projects.serviceAccounts.keys.list]
      → find owner, delete key
    ");
    let reason_alone = key()
        .disable_reason(DisableReason::Exposed)
        .expires_in_days(-5);
    insta::assert_snapshot!(story("key-exposed", etl(reason_alone)), @"
    Low, confidence High: was found in public by Google and has expired
      disabled by Google as exposed [iam.projects.serviceAccounts.keys.list]
      → find owner, delete key
    ");
}

#[test]
fn key_never_expires() {
    insta::assert_snapshot!(story("key-never-expires", etl(key())), @"
    Info, confidence High: never expires
      created on 2026-11-12 [iam.projects.serviceAccounts.keys.list]
      → find owner
    ");
}

#[test]
fn key_old() {
    let old = || key().age_days(611);
    insta::assert_snapshot!(story("key-old", etl(old().seen_days_ago(2))), @"
    High, confidence High: is 611 days old and still in use
      created on 2025-03-21 [iam.projects.serviceAccounts.keys.list]
      last used 2026-11-20 (weak evidence) [policyanalyzer.projects.locations.activityTypes.activities.query]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      → find caller, replace key
    ");
    insta::assert_snapshot!(story("key-old", etl(old().seen_days_ago(300))), @"
    High, confidence High: is 611 days old, last used 2026-01-26 (weak evidence)
      created on 2025-03-21 [iam.projects.serviceAccounts.keys.list]
      last used 2026-01-26 (weak evidence) [policyanalyzer.projects.locations.activityTypes.activities.query]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      → find caller, replace key
    ");
    insta::assert_snapshot!(story("key-old", etl(old())), @"
    Medium, confidence High: is 611 days old, not observed by Policy Analyzer from 2025-10-18 to 2026-11-21
      created on 2025-03-21 [iam.projects.serviceAccounts.keys.list]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      → find owner, replace key
    ");
    insta::assert_snapshot!(story("key-old", etl(old().unknown(WhyUnknown::NoRow))), @"
    Medium, confidence High: is 611 days old, and whether it is in use is not known
      created on 2025-03-21 [iam.projects.serviceAccounts.keys.list]
      → find owner, replace key
    ");
    insta::assert_snapshot!(story("key-old", etl(old().uploaded().seen_days_ago(2))), @"
    Medium, confidence Medium: was uploaded with a certificate that is 611 days old, and the key is still in use
      certificate begins on 2025-03-21 [iam.projects.serviceAccounts.keys.list]
      last used 2026-11-20 (weak evidence) [policyanalyzer.projects.locations.activityTypes.activities.query]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      → find owner, replace key
    ");
}

#[test]
fn key_on_default_account() {
    let project = || estate().project("acme-prod");
    let compute = project()
        .account("12345-compute@developer.gserviceaccount.com")
        .key(key().seen_days_ago(2));
    insta::assert_snapshot!(story("key-on-default-account", compute), @"
    Critical, confidence High: is on Compute Engine's default account
      created on 2026-11-12 [iam.projects.serviceAccounts.keys.list]
      last used 2026-11-20 (weak evidence) [policyanalyzer.projects.locations.activityTypes.activities.query]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      → find caller, replace key
    ");
    let app_engine = project()
        .account("acme-prod@appspot.gserviceaccount.com")
        .key(key().disabled());
    insta::assert_snapshot!(story("key-on-default-account", app_engine), @"
    Low, confidence High: is on App Engine's default account, and is disabled
      created on 2026-11-12 [iam.projects.serviceAccounts.keys.list]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      → find owner
    ");
}

#[test]
fn key_unused() {
    let idle = || key().age_days(400);
    insta::assert_snapshot!(story("key-unused", etl(idle())), @"
    High, confidence Low: was not observed by Policy Analyzer from 2025-10-18 to 2026-11-21 (not checked against Monitoring)
      created on 2025-10-18 [iam.projects.serviceAccounts.keys.list]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      → find owner
    ");
    insta::assert_snapshot!(story("key-unused", etl(idle().seen_days_ago(120))), @"
    High, confidence Low: was last used 2026-07-25 (weak evidence) and not observed by Policy Analyzer from 2026-07-26 to 2026-11-21 (not checked against Monitoring)
      created on 2025-10-18 [iam.projects.serviceAccounts.keys.list]
      last used 2026-07-25 (weak evidence) [policyanalyzer.projects.locations.activityTypes.activities.query]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      → find owner
    ");
    insta::assert_snapshot!(story("key-unused", etl(idle().monitored())), @"
    High, confidence High: has not been used for 400 days: not observed by Policy Analyzer from 2025-10-18 to 2026-11-21, nor by Monitoring from 2026-10-11 to 2026-11-22
      created on 2025-10-18 [iam.projects.serviceAccounts.keys.list]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      looked at from 2026-10-11 to 2026-11-22 [monitoring.projects.timeSeries.list]
      → find owner, disable key, delete key
    ");
    insta::assert_snapshot!(story("key-unused", etl(idle().seen_days_ago(120).monitored())), @"
    High, confidence High: has not been used for 119 days: last used 2026-07-25 (weak evidence) and not observed by Policy Analyzer from 2026-07-26 to 2026-11-21, nor by Monitoring from 2026-10-11 to 2026-11-22
      created on 2025-10-18 [iam.projects.serviceAccounts.keys.list]
      last used 2026-07-25 (weak evidence) [policyanalyzer.projects.locations.activityTypes.activities.query]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      looked at from 2026-10-11 to 2026-11-22 [monitoring.projects.timeSeries.list]
      → find owner, disable key, delete key
    ");
    let seen_before_it_was_made = key().age_days(91).seen_days_ago(120).monitored();
    insta::assert_snapshot!(story("key-unused", etl(seen_before_it_was_made)), @"
    High, confidence High: has not been used for 91 days: last used 2026-07-25 (weak evidence) and not observed by Policy Analyzer from 2026-07-26 to 2026-11-21, nor by Monitoring from 2026-10-11 to 2026-11-22
      created on 2026-08-23 [iam.projects.serviceAccounts.keys.list]
      last used 2026-07-25 (weak evidence) [policyanalyzer.projects.locations.activityTypes.activities.query]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      looked at from 2026-10-11 to 2026-11-22 [monitoring.projects.timeSeries.list]
      → find owner, disable key, delete key
    ");
    insta::assert_snapshot!(story("key-unused", etl(idle().uploaded().monitored())), @"
    High, confidence Low: was not observed by Policy Analyzer from 2025-10-18 to 2026-11-21, nor by Monitoring from 2026-10-11 to 2026-11-22 (its age is not known for certain)
      certificate begins on 2025-10-18 [iam.projects.serviceAccounts.keys.list]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      looked at from 2026-10-11 to 2026-11-22 [monitoring.projects.timeSeries.list]
      → find owner
    ");
    let short = idle().window(window(UsageSource::Monitoring, 10, 0));
    insta::assert_snapshot!(story("key-unused", etl(short)), @"
    High, confidence Low: was not observed by Policy Analyzer from 2025-10-18 to 2026-11-21, nor by Monitoring from 2026-11-12 to 2026-11-22 (Monitoring did not cover its six weeks)
      created on 2025-10-18 [iam.projects.serviceAccounts.keys.list]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      looked at from 2026-11-12 to 2026-11-22 [monitoring.projects.timeSeries.list]
      → find owner
    ");
    let firebase = etl(idle().monitored()).label("firebase", "enabled");
    insta::assert_snapshot!(story("key-unused", firebase), @"
    High, confidence Low: was not observed by Policy Analyzer from 2025-10-18 to 2026-11-21, nor by Monitoring from 2026-10-11 to 2026-11-22 (tokens that it signs offline for Firebase, IAP or API Gateway are seen by no source)
      created on 2025-10-18 [iam.projects.serviceAccounts.keys.list]
      looked at from 2025-10-18 to 2026-11-21 [policyanalyzer.projects.locations.activityTypes.activities.query]
      looked at from 2026-10-11 to 2026-11-22 [monitoring.projects.timeSeries.list]
      → find owner
    ");
}

#[test]
fn key_uploaded() {
    insta::assert_snapshot!(story("key-uploaded", etl(key().uploaded())), @"
    Info, confidence High: was uploaded: its key pair was made outside Google Cloud
      certificate begins on 2026-11-12 [iam.projects.serviceAccounts.keys.list]
      → find owner
    ");
}

#[test]
fn key_weak() {
    let weak = || key().algorithm(KeyAlgorithm::Rsa1024);
    insta::assert_snapshot!(story("key-weak", etl(weak())), @"
    High, confidence High: uses RSA of 1,024 bits, which is too short
      algorithm KEY_ALG_RSA_1024 [iam.projects.serviceAccounts.keys.list]
      → find caller, replace key
    ");
    insta::assert_snapshot!(story("key-weak", etl(weak().disabled())), @"
    Low, confidence High: uses RSA of 1,024 bits, which is too short, and is disabled
      algorithm KEY_ALG_RSA_1024 [iam.projects.serviceAccounts.keys.list]
      → find owner
    ");
}

#[test]
fn texts_of_strangers_are_marked_and_cut() {
    let hostile = "\u{1b}[31m$(id)".repeat(100);
    let estate = etl(key().status(ExtendedStatusKind::Exposed, &hostile)).build();
    let findings = evaluate_all(&estate).findings;
    let finding = findings
        .iter()
        .find(|f| f.rule == "key-exposed")
        .expect("a finding");
    let facts = finding.evidence.iter().map(|evidence| &evidence.fact);
    for part in facts
        .chain([&finding.message])
        .flat_map(|message| message.parts())
    {
        match part {
            Part::Text(text) => assert!(!text.contains("$(id)"), "{text:?}"),
            Part::Name(name) => assert_eq!(name.chars().count(), 200),
            Part::Account(_) | Part::Key(_) | Part::Project(_) | Part::Member(_) => {
                panic!("{part:?}")
            }
        }
    }
}

/// The renderer sets the subject's name before a message and may join several with `; `.
#[test]
fn every_message_is_a_predicate() {
    let estate = etl(key()
        .age_days(611)
        .uploaded()
        .algorithm(KeyAlgorithm::Rsa1024)
        .status(ExtendedStatusKind::Exposed, "")
        .expires_in_days(9)
        .seen_days_ago(2))
    .key(key().age_days(400))
    .key(key().age_days(400).disabled())
    .account("12345-compute@developer.gserviceaccount.com")
    .key(key())
    .account("old")
    .disabled();
    let findings = evaluate_all(&estate.build()).findings;
    assert_eq!(
        findings
            .iter()
            .map(|f| f.rule)
            .collect::<std::collections::BTreeSet<_>>()
            .len(),
        11
    );
    let verbs = ["belongs", "expires", "has", "is", "never", "uses", "was"];
    for finding in findings {
        let text = finding.message.to_string();
        let first = text.split(' ').next().expect("a word");
        assert!(verbs.contains(&first), "{text}");
        assert!(!text.ends_with('.'), "{text}");
    }
}
