//! The plans of a shared account and of a pipeline's key in `retail`, from a real scan with all four sources: they are what
//! `fixtures/README.md` derives by hand, and the documents of `fixtures/golden/plan`.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each question is about a few kinds of steps, whatever others there will be"
)]

use sa_audit::collect::assets::Via;
use sa_audit::join::join;
use sa_audit::model::access::PolicyNode;
use sa_audit::model::plan::{
    Becomes, Change, Holder, Identities, Plan, PlannedGrant, SwitchHow, Value,
};
use sa_audit::model::settings::Settings;
use sa_audit::plan::plans;
use sa_audit::render::plan::{folder, terminal};
use sa_audit::render::terminal::Style;
use sa_audit::rules::evaluate;

use crate::support::emulator::{Scan, named};
use crate::support::golden::assert_golden;
use crate::tables::marked;

const TOOL: &str = "sa-audit 0.1.0";
const SHARED: &str = "supplier-feeds@oddbasket-ingest-prod";
const PIPELINE: &str = "github-ci@oddbasket-ci";

/// Returns the plans of the two accounts.
async fn planned() -> [Plan; 2] {
    let sources = ["policy-analyzer", "monitoring", "recommender", "logging"];
    let scan = Scan::of(&named("retail")).via(Via::Auto).usage(&sources);
    let settings = Settings::default();
    let estate = join(&scan.take().await.expect("a snapshot"), &settings);
    let findings = evaluate(&estate, &settings).findings;
    let plans = plans(&estate, &findings, &settings);
    [SHARED, PIPELINE].map(|account| {
        let plan = plans
            .iter()
            .find(|plan| plan.account.email.short() == account);
        plan.expect(account).clone()
    })
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn place(on: &PolicyNode) -> String {
    let name = on.full_name();
    let name = name.as_str();
    let last = name.rsplit('/').next().unwrap_or_default();
    if name.contains("/serviceAccounts/") {
        let short = last.strip_suffix(".iam.gserviceaccount.com");
        return short.unwrap_or(last).to_owned();
    }
    last.to_owned()
}

fn value(value: &Value) -> String {
    match value {
        Value::Known(text) => text.clone(),
        Value::Variable(name) => format!("<{name}>"),
    }
}

fn member(holder: &Holder) -> String {
    match holder {
        Holder::Member(member) => member.as_str().to_owned(),
        Holder::Group(group) => format!("group:{}", value(group)),
        Holder::Federated {
            project_number,
            pool,
            identities,
        } => {
            let identity = match identities {
                Identities::Subject(subject) => format!("subject/{}", value(subject)),
                Identities::Attribute { name, value: of } => {
                    format!("attribute.{name}/{}", value(of))
                }
            };
            format!(
                "pool {pool} of project {}, {identity}",
                value(project_number)
            )
        }
    }
}

fn grants(plan: &Plan) -> Vec<&PlannedGrant> {
    let given = plan.steps.iter().filter_map(|step| match &step.change {
        Change::Grant(grant) => Some(grant),
        _ => None,
    });
    given.collect()
}

/// Returns the accounts that are made: for what, and how it is switched.
fn accounts(plan: &Plan) -> Vec<Vec<String>> {
    let switched = |workload: &str| {
        let mut how = plan.steps.iter().filter_map(|step| match &step.change {
            Change::Switch(switch) if switch.workload == workload => Some(match switch.how {
                SwitchHow::Update => "updated",
                SwitchHow::Recreate => "made again",
                SwitchHow::StopAndStart
                | SwitchHow::NextLaunch
                | SwitchHow::Annotate
                | SwitchHow::ByHand => "otherwise",
            }),
            _ => None,
        });
        how.next()
            .unwrap_or("by what replaces its key, if anything")
    };
    let made = plan.steps.iter().filter_map(|step| match &step.change {
        Change::CreateAccount(new) => Some(vec![
            code(&new.id),
            new.workload_name.clone(),
            switched(&new.workload).to_owned(),
        ]),
        _ => None,
    });
    made.collect()
}

/// Returns each role that is given, to whom and where, with how many steps give it: new accounts stand for each other.
fn given(plan: &Plan) -> Vec<Vec<String>> {
    let new: Vec<String> = plan
        .steps
        .iter()
        .filter_map(|step| match &step.change {
            Change::CreateAccount(new) => Some(new.email.short()),
            _ => None,
        })
        .collect();
    let mut rows: Vec<(Vec<String>, usize)> = Vec::new();
    for grant in grants(plan) {
        let short = |text: String| {
            let address = text.strip_prefix("serviceAccount:").unwrap_or(&text);
            let address = address
                .strip_suffix(".iam.gserviceaccount.com")
                .unwrap_or(address);
            if new.iter().any(|email| email == address) {
                "each new account".to_owned()
            } else {
                code(&text)
            }
        };
        let row = vec![
            short(member(&grant.member)),
            code(&grant.role),
            short(place(&grant.on)),
        ];
        match rows.iter_mut().find(|(known, _)| *known == row) {
            Some((_, times)) => *times += 1,
            None => rows.push((row, 1)),
        }
    }
    let mut told: Vec<Vec<String>> = rows
        .into_iter()
        .map(|(mut row, times)| {
            row.push(times.to_string());
            row
        })
        .collect();
    told.sort();
    told
}

fn assert_table(name: &str, rows: &[Vec<String>]) {
    let table: Vec<String> = rows
        .iter()
        .map(|row| format!("| {} |", row.join(" | ")))
        .collect();
    assert_eq!(rows, marked(name), "{name}:\n{}", table.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn the_plans_of_retail_are_those_that_are_derived_by_hand() {
    let [shared, pipeline] = planned().await;
    assert_table("plan-accounts retail", &accounts(&shared));
    assert_table("plan-roles retail", &given(&shared));
    let retires = |plan: &Plan| {
        plan.steps.iter().any(|step| {
            matches!(
                step.change,
                Change::DisableAccount(_) | Change::DeleteAccount(_)
            )
        })
    };
    assert!(
        !retires(&shared),
        "a key of it is in use by nobody knows whom"
    );
    assert!(!retires(&pipeline), "Jenkins still signs in as it");

    assert_table("plan-roles-github retail", &given(&pipeline));
    let mut federation = Vec::new();
    for step in &pipeline.steps {
        match &step.change {
            Change::CreatePool(_) | Change::CreateProvider(_) => {
                panic!("the pool is there, and has a provider: {step:?}")
            }
            Change::Federate(federate) => {
                let becomes = match &federate.becomes {
                    Becomes::Itself(_) => "itself".to_owned(),
                    Becomes::Account { email, .. } => email.short(),
                };
                federation = vec![
                    vec!["key".to_owned(), code(federate.key.key.as_str())],
                    vec![
                        "provider".to_owned(),
                        code(&format!("{}/{}", federate.pool, federate.provider)),
                    ],
                    vec!["signs in as".to_owned(), code(&becomes)],
                ];
            }
            _ => {}
        }
    }
    let variables = pipeline.variables.iter();
    federation.extend(variables.map(|variable| vec!["variable".to_owned(), code(&variable.name)]));
    assert_table("plan-github retail", &federation);
    let condition =
        "assertion.repository_owner_id == '48120933' && assertion.ref == 'refs/heads/main'";
    let is_told = pipeline
        .notes
        .iter()
        .any(|note| note.to_string().ends_with(condition));
    assert!(is_told, "{:?}", pipeline.notes);
}

#[tokio::test(start_paused = true)]
async fn the_golden_documents_of_the_plans() {
    let plans = planned().await;
    let style = Style {
        width: 100,
        colour: false,
        links: false,
        unicode: true,
        all: true,
        details: true,
    };
    for plan in &plans {
        let one = std::slice::from_ref(plan);
        let mut out = Vec::new();
        terminal::render(one, &style, &mut out).expect("written");
        let text = String::from_utf8(out).expect("text");
        let short = plan.account.email.short();
        assert_golden(&format!("plan/{short}/plan.txt"), &text);
        for file in folder::files(one, TOOL) {
            let path = file
                .path
                .strip_prefix(short.as_str())
                .expect("the account's folder");
            assert_golden(&format!("plan/{short}{path}"), &file.text);
        }
    }
}
