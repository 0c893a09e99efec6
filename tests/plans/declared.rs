//! What Terraform declares of a plan's account, and what of it would undo the plan.

use chrono::DateTime;
use insta::assert_snapshot;
use sa_audit::model::access::PolicyNode;
use sa_audit::model::message::Message;
use sa_audit::model::names::{Email, Member, ProjectId, UniqueId};
use sa_audit::model::plan::{Change, Holder, Plan, PlannedGrant, Proof, Stage, Step};
use sa_audit::model::scope::AccountRef;
use sa_audit::plan::declared::{Declared, Unparsed, declarations, notes};

/// Returns the plan of `etl@acme` that gives a new account of `acme` the role `roles/storage.admin` there.
fn plan() -> Plan {
    let project = ProjectId::parse("acme").expect("an id");
    let give = |role: &str| Step {
        stage: Stage::Replace,
        change: Change::Grant(PlannedGrant {
            member: Holder::Member(Member::parse(
                "serviceAccount:feed@acme.iam.gserviceaccount.com",
            )),
            role: role.to_owned(),
            on: PolicyNode::Project(project.clone()),
            condition: None,
            kept: None,
        }),
        why: Message::default(),
        reasons: Vec::new(),
        checks: Vec::new(),
        wait: None,
        verify: Vec::new(),
    };
    Plan {
        account: AccountRef {
            project: project.clone(),
            email: Email::parse("etl@acme.iam.gserviceaccount.com").expect("an address"),
            unique_id: UniqueId::parse("101").expect("an id"),
        },
        observed_at: DateTime::UNIX_EPOCH,
        reasons: Vec::new(),
        steps: vec![give("roles/storage.admin")],
        variables: Vec::new(),
        notes: Vec::new(),
        proof: Proof::default(),
    }
}

/// Returns the notes about a file, a line each.
fn told(text: &str) -> String {
    let declared = declarations("infra", "infra/iam.tf", text).expect("Terraform");
    let notes = notes(&plan(), &Declared::of(declared));
    notes.iter().map(|note| format!("{note}\n")).collect()
}

#[test]
fn literal_accounts_keys_and_grants_are_found_with_their_lines() {
    let text = r#"
resource "google_service_account" "etl" {
  account_id = "etl"
  project    = "acme"
}

resource "google_service_account_key" "etl" {
  service_account_id = "projects/acme/serviceAccounts/etl@acme.iam.gserviceaccount.com"
}

resource "google_project_iam_member" "etl" {
  project = "acme"
  role    = "roles/editor"
  member  = "serviceAccount:etl@acme.iam.gserviceaccount.com"
}

resource "google_storage_bucket_iam_member" "etl" {
  bucket = "b"
  role   = "roles/storage.admin"
  member = "serviceAccount:etl@acme.iam.gserviceaccount.com"
}

resource "google_service_account_iam_member" "deployer" {
  service_account_id = "projects/acme/serviceAccounts/101"
  role               = "roles/iam.serviceAccountUser"
  member             = "user:ana@acme.example"
}
"#;
    assert_snapshot!(told(text), @"
    declared in infra/iam.tf:2 as google_service_account.etl: change it there
    declared in infra/iam.tf:7 as google_service_account_key.etl: change it there
    declared in infra/iam.tf:11 as google_project_iam_member.etl: change it there
    declared in infra/iam.tf:17 as google_storage_bucket_iam_member.etl: change it there
    declared in infra/iam.tf:23 as google_service_account_iam_member.deployer: change it there
    ");
}

#[test]
fn what_is_of_other_accounts_or_projects_is_not_told() {
    let text = r#"
resource "google_service_account" "etl" {
  account_id = "etl"
  project    = "other"
}
resource "google_project_iam_member" "etl" {
  project = "acme"
  role    = "roles/editor"
  member  = "serviceAccount:${google_service_account.etl.email}"
}
resource "google_project_iam_binding" "other_role" {
  project = "acme"
  role    = "roles/viewer"
  members = ["user:ana@acme.example"]
}
resource "google_project_iam_binding" "other_project" {
  project = "other"
  role    = "roles/storage.admin"
  members = []
}
resource "google_project_iam_member" "variable" {
  project = var.project
  role    = var.role
  member  = var.member
}
data "google_service_account" "etl" {
  account_id = "etl"
}
"#;
    assert_eq!(told(text), "");
}

#[test]
fn an_expression_about_an_account_of_the_same_folder_may_be_it() {
    let text = r#"
resource "google_service_account" "etl" {
  account_id = "etl"
}
resource "google_service_account_key" "k" {
  service_account_id = google_service_account.etl.name
}
resource "google_project_iam_member" "m" {
  project = var.project
  role    = "roles/editor"
  member  = "serviceAccount:${google_service_account.etl[0].email}"
}
"#;
    assert_snapshot!(told(text), @"
    may be declared in infra/iam.tf:2 as google_service_account.etl, by an expression: look, and change it there
    may be declared in infra/iam.tf:5 as google_service_account_key.k, by an expression: look, and change it there
    may be declared in infra/iam.tf:8 as google_project_iam_member.m, by an expression: look, and change it there
    ");
    let other = declarations("elsewhere", "elsewhere/a.tf", text).expect("Terraform");
    let grant = declarations(
        "infra",
        "infra/b.tf",
        &text[text.find("resource \"google_project").expect("it")..],
    );
    let all = [other, grant.expect("Terraform")].concat();
    let told = notes(&plan(), &Declared::of(all));
    assert!(
        told.iter()
            .all(|note| !note.to_string().contains("infra/b.tf")),
        "{told:?}"
    );
}

#[test]
fn what_takes_a_role_or_a_policy_for_its_own_is_warned_of() {
    let text = r#"
resource "google_project_iam_binding" "sure" {
  project = "acme"
  role    = "roles/storage.admin"
  members = ["serviceAccount:etl@acme.iam.gserviceaccount.com"]
}
resource "google_project_iam_binding" "perhaps" {
  project = var.project
  role    = "roles/storage.admin"
  members = var.members
}
resource "google_project_iam_policy" "all" {
  project     = "acme"
  policy_data = data.google_iam_policy.all.policy_data
}
resource "google_organization_iam_policy" "above" {
  org_id      = "7"
  policy_data = data.google_iam_policy.all.policy_data
}
"#;
    assert_snapshot!(told(text), @"
    WARNING: google_project_iam_binding.sure in infra/iam.tf:2 takes all members of the role for its own and would delete the new member at its next apply: change it there, and let nobody apply it before
    WARNING: google_project_iam_binding.perhaps in infra/iam.tf:7 takes all members of the role for its own and, if it is about the same policy, which an expression decides, would delete the new member at its next apply: look there first
    WARNING: google_project_iam_policy.all in infra/iam.tf:12 takes the whole policy for its own and would delete the new member at its next apply: change it there, and let nobody apply it before
    declared in infra/iam.tf:2 as google_project_iam_binding.sure: change it there
    ");
}

#[test]
fn what_does_not_parse_or_is_too_deep_is_refused() {
    let broken = declarations("", "a.tf", "resource \"x\" {").expect_err("refused");
    assert!(
        broken.to_string().starts_with("is no Terraform: "),
        "{broken}"
    );
    let deep = format!("a = {}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(declarations("", "a.tf", &deep), Err(Unparsed::Deep));
}
