//! Every rule × every state of key and account, in one table.

use sa_audit::model::coverage::Dataset;
use sa_audit::model::estate::Estate;
use sa_audit::model::key::{DisableReason, ExtendedStatusKind, KeyAlgorithm};
use sa_audit::model::place::{PlaceKind, PlacedCaller};
use sa_audit::model::rule::Confidence;
use sa_audit::rules::RULES;

use crate::support::callers::call;
use crate::support::estate::{KeyBuilder, estate, key};
use crate::verdict;

/// What each rule says of a key that has its smell. `*` stands for every rule without a row of its own.
///
/// A key is managed by a user or by Google's system. An account is ordinary, a default one, or Google's agent; `ours`
/// is either of the first two.
const MATRIX: &str = "
                                          ·············· account enabled ··············   ············· account disabled ·············
rule                    key     account   enabled        disabled  expired   both        enabled    disabled  expired   both
account-disabled        user    ours      -              -         -         -           low/low    low/low   low/low   low/low
account-disabled        system  ours      -              -         -         -           low/low    low/low   low/low   low/low
key-inside-google-cloud user    ours      high/high      -         -         -           -          -         -         -
key-on-workstation      user    ours      high/medium    -         -         -           -          -         -         -
key-shared              user    ours      high/medium    -         -         -           -          -         -         -
key-active              user    ours      medium/medium  -         -         -           -          -         -         -
key-disabled            user    ours      -              low/low   -         low/high    -          -         -         -
key-expires-soon        user    ours      high/medium    -         -         -           -          -         -         -
key-exposed             user    ours      critical/high  low/high  low/high  low/high    high/high  low/high  low/high  low/high
key-never-expires       user    ours      info/high      -         -         -           -          -         -         -
key-old                 user    ours      high/high      -         -         -           -          -         -         -
key-on-default-account  user    default   critical/high  low/high  -         -           low/high   low/high  -         -
key-on-default-account  user    ordinary  -              -         -         -           -          -         -         -
key-unused              user    ours      high/low       -         -         -           -          -         -         -
key-uploaded            user    ours      info/high      info/high -         -           info/high  info/high -         -
key-weak                user    ours      high/high      low/high  -         -           low/high   low/high  -         -
*                       system  ours      -              -         -         -           -          -         -         -
*                       user    agent     -              -         -         -           -          -         -         -
*                       system  agent     -              -         -         -           -          -         -         -
";

/// Every kind of account: its kind in the table, its project, its name.
const ACCOUNTS: [(&str, &str, &str); 11] = [
    ("ordinary", "acme-prod", "etl"),
    ("ordinary", "example.com:acme", "etl"),
    ("ordinary", "acme-prod", "firebase-adminsdk-1a2b3"),
    (
        "ordinary",
        "acme-prod",
        "12345-a1b2c3@developer.gserviceaccount.com",
    ),
    ("ordinary", "acme-prod", "12345-compute"),
    (
        "default",
        "acme-prod",
        "12345-compute@developer.gserviceaccount.com",
    ),
    (
        "default",
        "acme-prod",
        "acme-prod@appspot.gserviceaccount.com",
    ),
    (
        "default",
        "example.com:acme",
        "acme.example.com@appspot.gserviceaccount.com",
    ),
    (
        "agent",
        "acme-prod",
        "12345@cloudservices.gserviceaccount.com",
    ),
    ("agent", "acme-prod", "12345@cloudbuild.gserviceaccount.com"),
    (
        "agent",
        "acme-prod",
        "service-12345@gcp-sa-pubsub.iam.gserviceaccount.com",
    ),
];

/// The cells of a row: whether the account is disabled, whether the key is disabled, whether it has expired.
const CELLS: [(bool, bool, bool); 8] = [
    (false, false, false),
    (false, true, false),
    (false, false, true),
    (false, true, true),
    (true, false, false),
    (true, true, false),
    (true, false, true),
    (true, true, true),
];

/// Returns the rules that look at nothing but the inventory, the keys and their use. What an account shares or may do
/// no key can tell.
fn of_keys() -> impl Iterator<Item = &'static str> {
    let metas = RULES.iter().map(|rule| rule.meta());
    let looks_at_keys = |dataset: &Dataset| match dataset {
        Dataset::Projects
        | Dataset::Folders
        | Dataset::ServiceAccounts
        | Dataset::Keys
        | Dataset::AccountActivity
        | Dataset::KeyActivity
        | Dataset::AuditLogs => true,
        Dataset::Metrics
        | Dataset::AccountInsights
        | Dataset::PolicyInsights
        | Dataset::Policies
        | Dataset::AccountPolicies
        | Dataset::ResourcePolicies
        | Dataset::CreationTimes
        | Dataset::Roles
        | Dataset::Federation
        | Dataset::Attachments
        | Dataset::References
        | Dataset::OtherCredentials
        | Dataset::Addresses
        | Dataset::OrgPolicies => false,
    };
    metas
        // A rule that needs nothing looks at what the others have said.
        .filter(move |meta| !meta.needs.is_empty() && meta.needs.iter().all(looks_at_keys))
        .map(|meta| meta.id)
}

/// Returns a key of which the rule would speak, were it enabled, a user's and on an ordinary account.
fn smelly(rule: &str) -> KeyBuilder {
    match rule {
        "account-disabled" | "key-never-expires" | "key-on-default-account" => key(),
        "key-active" => key().seen_days_ago(2),
        "key-disabled" => key()
            .age_days(400)
            .disable_reason(DisableReason::UserInitiated),
        "key-expires-soon" => key().seen_days_ago(2).expires_in_days(20),
        "key-exposed" => key().status(ExtendedStatusKind::Exposed, "https://git.example/acme/etl"),
        "key-old" => key().age_days(611).seen_days_ago(2),
        "key-unused" => key().age_days(400),
        "key-inside-google-cloud" => {
            key().caller(call(CALLER).at(PlaceKind::GoogleCloud, "", Confidence::High))
        }
        "key-on-workstation" => key().caller(on_a_mac()),
        "key-shared" => key().caller(on_a_mac()).caller(call(CALLER).at(
            PlaceKind::Ci,
            "GitHub Actions",
            Confidence::High,
        )),
        "key-uploaded" => key().uploaded(),
        "key-weak" => key().algorithm(KeyAlgorithm::Rsa1024),
        other => panic!("no key for {other}"),
    }
}

/// The account that callers name; which of the table's it is nobody asks any more.
const CALLER: &str = "etl@acme-prod.iam.gserviceaccount.com";

fn on_a_mac() -> PlacedCaller {
    call(CALLER).at(PlaceKind::Workstation, "macOS", Confidence::Medium)
}

fn cell(
    key: KeyBuilder,
    (_, project, name): (&str, &str, &str),
    (account_disabled, key_disabled, expired): (bool, bool, bool),
) -> Estate {
    let key = if key_disabled { key.disabled() } else { key };
    let key = if expired {
        key.expires_in_days(-5)
    } else {
        key
    };
    let estate = estate().project(project).account(name).key(key);
    if account_disabled {
        estate.disabled().build()
    } else {
        estate.build()
    }
}

/// Returns the rows of the table that speak of a rule, a key and an account.
fn rows(rule: &str, key: &str, account: &str) -> Vec<Vec<&'static str>> {
    let rows = MATRIX
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    rows.filter(|row| {
        let ours = row.get(2) == Some(&"ours") && account != "agent";
        row.len() == 11 && row[0] == rule && row[1] == key && (ours || row[2] == account)
    })
    .map(|row| row[3..].to_vec())
    .collect()
}

#[test]
fn every_rule_says_of_every_key_and_account_what_the_matrix_says() {
    for rule in of_keys() {
        for account in ACCOUNTS {
            for management in ["user", "system"] {
                let mut expected = rows(rule, management, account.0);
                if expected.is_empty() {
                    expected = rows("*", management, account.0);
                }
                assert_eq!(
                    expected.len(),
                    1,
                    "rows of {rule}, {management}, {account:?}"
                );
                let said = CELLS.map(|state| {
                    let key = smelly(rule);
                    let key = if management == "system" {
                        key.system_managed()
                    } else {
                        key
                    };
                    verdict(rule, &cell(key, account, state))
                });
                assert_eq!(
                    said.to_vec(),
                    expected[0],
                    "{rule}, {management}, {account:?}"
                );
            }
        }
    }
}

#[test]
fn the_matrix_lets_every_rule_fire_somewhere() {
    for rule in of_keys() {
        let mut cells = MATRIX
            .lines()
            .filter(|line| line.split_whitespace().next() == Some(rule))
            .flat_map(|line| line.split_whitespace().skip(3));
        assert!(cells.any(|cell| cell.contains('/')), "{rule}");
    }
}
