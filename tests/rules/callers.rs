//! The rules about who calls with a key and from where, and what can be told of that.

use sa_audit::model::access::{AuditConfig, AuditLogType, Policy, PolicyNode, Role};
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::estate::Estate;
use sa_audit::model::grant::Grant;
use sa_audit::model::names::{Member, OrganizationId, ProjectId};
use sa_audit::model::place::{PlaceKind, PlacedCaller};
use sa_audit::model::rule::Confidence;
use sa_audit::model::scope::Scope;

use crate::support::callers::call;
use crate::support::estate::{estate, key};
use crate::{evaluate_all, verdict};

const ETL: &str = "etl@acme-prod.iam.gserviceaccount.com";

fn from(kind: PlaceKind, name: &str, confidence: Confidence) -> PlacedCaller {
    call(ETL).at(kind, name, confidence)
}

fn used(callers: impl IntoIterator<Item = PlacedCaller>) -> Estate {
    let key = callers
        .into_iter()
        .fold(key(), |key, caller| key.caller(caller));
    estate()
        .project("acme-prod")
        .account("etl")
        .key(key)
        .build()
}

/// What may be one place is one: only what cannot be is a copy.
#[test]
fn a_key_is_shared_where_two_places_cannot_be_one() {
    use Confidence::{High, Low, Medium};
    use PlaceKind::{Ci, GoogleCloud, Network, Unknown, Workstation};
    let table = [
        (vec![], "-"),
        (vec![from(Ci, "GitHub Actions", High)], "-"),
        (
            vec![
                from(Ci, "GitHub Actions", High),
                from(Ci, "GitHub Actions", Medium),
            ],
            "-",
        ),
        (
            vec![from(Ci, "GitHub Actions", High), from(Ci, "", Medium)],
            "-",
        ),
        (
            vec![from(Ci, "GitHub Actions", High), from(Unknown, "", Low)],
            "-",
        ),
        (
            vec![
                from(Ci, "GitHub Actions", High),
                from(Workstation, "Windows", Low),
            ],
            "-",
        ),
        (
            vec![from(GoogleCloud, "", High), from(Network, "core", High)],
            "-",
        ),
        (
            vec![
                from(Ci, "GitHub Actions", High),
                from(Workstation, "macOS", Medium),
            ],
            "high/medium",
        ),
        (
            vec![
                from(Workstation, "Windows", Medium),
                from(Workstation, "macOS", Medium),
            ],
            "high/medium",
        ),
        (
            vec![from(Network, "core", High), from(Network, "edge", High)],
            "high/high",
        ),
    ];
    for (callers, expected) in table {
        let estate = used(callers.clone());
        assert_eq!(verdict("key-shared", &estate), expected, "{callers:?}");
    }
}

#[test]
fn where_a_key_is_used_decides_which_rule_speaks_and_how_surely() {
    use Confidence::{High, Low, Medium};
    use PlaceKind::{Ci, GoogleCloud, Network, OtherCloud, Saas, Unknown, Workstation};
    let table = [
        (from(Workstation, "office", High), "high/high", "-"),
        (from(Workstation, "macOS", Medium), "high/medium", "-"),
        (from(Workstation, "Windows", Low), "high/low", "-"),
        (from(GoogleCloud, "", High), "-", "high/high"),
        (from(GoogleCloud, "Cloud Composer", Low), "-", "high/low"),
        (from(Network, "core", High), "-", "high/low"),
        (from(Ci, "GitHub Actions", High), "-", "-"),
        (from(OtherCloud, "AWS", High), "-", "-"),
        (from(Saas, "Fivetran", Low), "-", "-"),
        (from(Unknown, "", Low), "-", "-"),
    ];
    for (caller, workstation, inside) in table {
        let estate = used([caller.clone()]);
        let said = [
            verdict("key-on-workstation", &estate),
            verdict("key-inside-google-cloud", &estate),
        ];
        assert_eq!(said, [workstation, inside], "{caller:?}");
    }
}

/// The surest place decides what a key is replaced by, and the sentence names the callers.
#[test]
fn an_active_key_is_told_with_its_callers_and_what_fits_them() {
    let ci = call(ETL)
        .between(40, 3)
        .user_agent("google-cloud-sdk gcloud/514.0.0")
        .at(PlaceKind::Ci, "GitHub Actions", Confidence::High);
    let key = key().age_days(80).seen_days_ago(2).logged().caller(ci);
    let estate = estate()
        .project("acme-prod")
        .account("etl")
        .key(key)
        .build();
    let evaluation = evaluate_all(&estate);
    let finding = evaluation
        .findings
        .iter()
        .find(|finding| finding.rule == "key-active")
        .expect("the finding");
    let facts: Vec<String> = finding
        .evidence
        .iter()
        .map(|evidence| format!("{} [{}]", evidence.fact, evidence.source))
        .collect();
    let told = format!(
        "{}\n{}\n{:?}",
        finding.message,
        facts.join("\n"),
        finding.actions.last()
    );
    assert!(
        told.contains("by callers in a pipeline (GitHub Actions)"),
        "{told}"
    );
    assert!(
        told.contains("1 call of storage.googleapis.com, 2026-10-13 to 2026-11-19, from a pipeline (GitHub Actions); a sign says so; user agent google-cloud-sdk gcloud/514.0.0 [logs]"),
        "{told}"
    );
    assert!(
        told.contains(r#"with: [Federation { provider: Some("GitHub Actions") }]"#),
        "{told}"
    );
}

const ALL: [AuditLogType; 3] = [
    AuditLogType::AdminRead,
    AuditLogType::DataRead,
    AuditLogType::DataWrite,
];

fn audit(service: &str, log_types: &[AuditLogType], exempted: &[&str]) -> AuditConfig {
    AuditConfig {
        service: service.to_owned(),
        log_types: log_types.to_vec(),
        exempted: exempted.iter().map(|text| Member::parse(text)).collect(),
    }
}

/// Returns a project below an organization, with a key that was seen, and with what each switches on.
fn logging(project: Vec<AuditConfig>, organization: Vec<AuditConfig>) -> Estate {
    let mut estate = estate()
        .project("acme-prod")
        .below("organizations/7")
        .reading(Dataset::Policies, Reading::Read)
        .account("etl")
        .key(key().seen_days_ago(2))
        .build();
    let organization_node = PolicyNode::Organization(OrganizationId::parse("7").expect("a number"));
    estate.coverage.record(
        Scope::Organization(OrganizationId::parse("7").expect("a number")),
        Dataset::Policies,
        Reading::Read,
    );
    let project_node = PolicyNode::Project(ProjectId::parse("acme-prod").expect("an id"));
    for (on, audit) in [(project_node, project), (organization_node, organization)] {
        estate.policies.push(Policy {
            on,
            bindings: Vec::new(),
            audit,
        });
    }
    estate
}

/// Google unites what a project and everything above it switch on, and whom they exempt.
#[test]
fn logs_are_on_where_anything_above_switches_them_on_and_nothing_exempts_the_account() {
    let etl = format!("serviceAccount:{ETL}");
    let all = || audit("allServices", &ALL, &[]);
    let table = [
        (logging(vec![], vec![]), "low/high"),
        (logging(vec![all()], vec![]), "-"),
        (logging(vec![], vec![all()]), "-"),
        (
            logging(
                vec![audit("allServices", &ALL[..1], &[])],
                vec![audit("allServices", &ALL[1..], &[])],
            ),
            "-",
        ),
        (
            logging(vec![audit("storage.googleapis.com", &ALL, &[])], vec![]),
            "low/high",
        ),
        (
            logging(vec![all()], vec![audit("allServices", &ALL[..1], &[&etl])]),
            "low/high",
        ),
        (
            logging(
                vec![audit("allServices", &ALL, &["user:ann@acme.example"])],
                vec![],
            ),
            "-",
        ),
    ];
    for (nth, (estate, expected)) in table.into_iter().enumerate() {
        assert_eq!(verdict("audit-log-gap", &estate), expected, "row {nth}");
    }
    // What the account may call is a question about those services alone.
    let storage = "storage.googleapis.com";
    let table = [
        (vec![audit(storage, &ALL, &[])], "-", ""),
        (
            vec![audit(storage, &ALL[..1], &[])],
            "low/high",
            "does not log DATA_READ and DATA_WRITE of storage.googleapis.com: who uses 1 key that was seen in use is not known",
        ),
        (
            vec![
                audit(storage, &ALL[1..], &[]),
                audit("allServices", &ALL[..1], &[]),
            ],
            "-",
            "",
        ),
        (
            vec![audit("pubsub.googleapis.com", &ALL, &[])],
            "low/high",
            "does not log ADMIN_READ, DATA_READ and DATA_WRITE of storage.googleapis.com: who uses 1 key that was seen in use is not known",
        ),
        (
            vec![
                audit(storage, &ALL, &[]),
                audit("allServices", &ALL[1..2], &[&etl]),
            ],
            "low/high",
            "is exempted from logging DATA_READ of storage.googleapis.com: who uses its keys is not known",
        ),
        (
            vec![
                audit(storage, &ALL, &[]),
                audit("pubsub.googleapis.com", &ALL, &[&etl]),
            ],
            "-",
            "",
        ),
    ];
    for (nth, (audit, expected, message)) in table.into_iter().enumerate() {
        let mut estate = logging(audit, vec![]);
        let reads = "roles/storage.objectViewer";
        let permissions = [
            "storage.objects.get",
            "storage.objects.list",
            "bigquery.jobs.create",
        ];
        let role = Role {
            name: reads.to_owned(),
            title: String::new(),
            stage: "GA".to_owned(),
            deleted: false,
            permissions: permissions.map(str::to_owned).to_vec(),
        };
        estate.roles.insert(reads.to_owned(), role);
        let account = estate.accounts.first_mut().expect("an account");
        account.grants.push(Grant {
            role: reads.to_owned(),
            on: PolicyNode::Project(account.facts.project.clone()),
            through: Member::parse(&etl),
            condition: None,
        });
        assert_eq!(
            verdict("audit-log-gap", &estate),
            expected,
            "service row {nth}"
        );
        let found = evaluate_all(&estate).findings;
        let found = found.iter().find(|finding| finding.rule == "audit-log-gap");
        let told = found.map_or_else(String::new, |finding| finding.message.to_string());
        assert_eq!(told, message, "service row {nth}");
    }
    let mut unread = logging(vec![], vec![]);
    unread.coverage.record(
        Scope::Organization(OrganizationId::parse("7").expect("a number")),
        Dataset::Policies,
        Reading::Denied { permission: None },
    );
    assert_eq!(verdict("audit-log-gap", &unread), "?");
    let logged =
        key()
            .seen_days_ago(2)
            .logged()
            .caller(from(PlaceKind::Unknown, "", Confidence::Low));
    let known = estate()
        .project("acme-prod")
        .account("etl")
        .key(logged)
        .build();
    assert_eq!(verdict("audit-log-gap", &known), "-");
}
