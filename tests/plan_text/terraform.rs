//! Terraform: it parses, it is laid out as `terraform fmt` would, it names arguments that there are, and it takes nothing
//! away that it does not name.

use std::collections::{BTreeMap, BTreeSet};

use hcl::{Block, Body};
use sa_audit::model::plan::{Change, Plan};
use sa_audit::render::plan::terraform::{Files, files};

use crate::TOOL;
use crate::golden::assert_golden;
use crate::sample::{all, failed, honest, plan};

/// What a resource takes: its own arguments and blocks, required and optional.
///
/// Source: the documentation of the Google provider, as `google-cloud.md` 5.4 has it.
struct Takes {
    required: &'static [&'static str],
    optional: &'static [&'static str],
}

fn takes(resource: &str) -> Option<Takes> {
    let (required, optional): (&[&str], &[&str]) = match resource {
        "google_service_account" => (
            &["account_id"],
            &[
                "project",
                "display_name",
                "description",
                "disabled",
                "lifecycle",
            ],
        ),
        "google_project_iam_member" => (&["project", "role", "member"], &["condition"]),
        "google_folder_iam_member" => (&["folder", "role", "member"], &["condition"]),
        "google_organization_iam_member" => (&["org_id", "role", "member"], &["condition"]),
        "google_service_account_iam_member" => {
            (&["service_account_id", "role", "member"], &["condition"])
        }
        "google_storage_bucket_iam_member" => (&["bucket", "role", "member"], &["condition"]),
        "google_bigquery_dataset_iam_member" => (&["dataset_id", "role", "member"], &["project"]),
        "google_secret_manager_secret_iam_member" => {
            (&["secret_id", "role", "member"], &["project", "condition"])
        }
        "google_iam_workload_identity_pool" => (
            &["workload_identity_pool_id"],
            &["project", "display_name", "description", "disabled", "mode"],
        ),
        "google_iam_workload_identity_pool_provider" => (
            &[
                "workload_identity_pool_id",
                "workload_identity_pool_provider_id",
            ],
            &[
                "project",
                "attribute_mapping",
                "attribute_condition",
                "oidc",
                "aws",
                "disabled",
            ],
        ),
        "google_monitoring_alert_policy" => (
            &["display_name", "combiner", "conditions"],
            &["project", "documentation", "notification_channels"],
        ),
        "google_org_policy_policy" => (&["name", "parent"], &["spec", "dry_run_spec"]),
        _ => return None,
    };
    Some(Takes { required, optional })
}

/// What a block inside of a resource takes.
fn inner(block: &str) -> Option<Takes> {
    let (required, optional): (&[&str], &[&str]) = match block {
        "condition" => (&["title", "expression"], &["description"]),
        "oidc" => (&["issuer_uri"], &["allowed_audiences", "jwks_json"]),
        "aws" => (&["account_id"], &[]),
        "lifecycle" => (&[], &["ignore_changes", "prevent_destroy"]),
        "conditions" => (&["display_name"], &["condition_threshold"]),
        "condition_threshold" => (
            &["comparison", "duration"],
            &["filter", "threshold_value", "aggregations", "trigger"],
        ),
        "aggregations" => (&[], &["alignment_period", "per_series_aligner"]),
        "spec" => (&[], &["rules", "inherit_from_parent", "reset"]),
        "rules" => (
            &[],
            &["enforce", "allow_all", "deny_all", "condition", "values"],
        ),
        "validation" => (&["condition", "error_message"], &[]),
        _ => return None,
    };
    Some(Takes { required, optional })
}

fn texts(plan: &Plan) -> [(&'static str, String); 2] {
    let Files { main, variables } = files(plan, TOOL);
    [("main.tf", main), ("variables.tf", variables)]
}

fn parsed(name: &str, text: &str) -> Body {
    hcl::parse(text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"))
}

fn check(at: &str, body: &Body, takes: &Takes) {
    let names = body.iter().map(|structure| match structure {
        hcl::Structure::Attribute(attribute) => attribute.key.as_str(),
        hcl::Structure::Block(block) => block.identifier.as_str(),
    });
    let names: Vec<&str> = names.collect();
    for required in takes.required {
        assert!(names.contains(required), "{at} lacks {required}");
    }
    for name in names {
        let known = takes.required.contains(&name) || takes.optional.contains(&name);
        assert!(known, "{at} does not take {name}");
    }
    for block in body.blocks() {
        let name = block.identifier.as_str();
        let takes = inner(name).unwrap_or_else(|| panic!("{at}: {name} is not in the table"));
        check(&format!("{at}.{name}"), &block.body, &takes);
    }
}

fn label(block: &Block, index: usize) -> &str {
    block.labels.get(index).expect("a label").as_str()
}

#[test]
fn every_resource_has_what_it_requires_and_nothing_that_there_is_not() {
    let mut seen = BTreeSet::new();
    for (name, plan) in all() {
        for (file, text) in texts(&plan) {
            for block in parsed(file, &text).blocks() {
                match block.identifier.as_str() {
                    "resource" => {
                        let kind = label(block, 0);
                        seen.insert(kind.to_owned());
                        let takes = takes(kind)
                            .unwrap_or_else(|| panic!("{kind} is not in the table of this test"));
                        check(&format!("{name}: {kind}"), &block.body, &takes);
                    }
                    "import" => {
                        let takes = Takes {
                            required: &["to", "id"],
                            optional: &[],
                        };
                        check("import", &block.body, &takes);
                    }
                    "variable" => {
                        let takes = Takes {
                            required: &["type", "description"],
                            optional: &["default", "validation"],
                        };
                        check("variable", &block.body, &takes);
                    }
                    other => panic!("a block of the kind {other}"),
                }
            }
        }
    }
    // An authoritative resource takes away what it does not name.
    for kind in &seen {
        assert!(
            !kind.ends_with("_iam_binding") && !kind.ends_with("_iam_policy"),
            "{kind}"
        );
    }
    assert_eq!(seen.len(), 12, "{seen:?}");
}

#[test]
fn every_reference_leads_to_something_and_no_label_is_there_twice() {
    for (name, plan) in all() {
        let Files { main, variables } = files(&plan, TOOL);
        let whole = format!("{main}\n{variables}");
        let body = parsed(name, &whole);
        let mut declared = BTreeMap::new();
        for block in body.blocks() {
            let address = match block.identifier.as_str() {
                "resource" => format!("{}.{}", label(block, 0), label(block, 1)),
                "variable" => format!("var.{}", label(block, 0)),
                _ => continue,
            };
            *declared.entry(address).or_insert(0) += 1;
        }
        let twice: Vec<_> = declared.iter().filter(|(_, times)| **times > 1).collect();
        assert!(twice.is_empty(), "{name}: {twice:?}");
        let code: String = whole
            .lines()
            .filter(|line| !line.starts_with('#'))
            .collect();
        for (begin, _) in code.match_indices("var.") {
            let end = code[begin + 4..]
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .map_or(code.len(), |end| begin + 4 + end);
            assert!(
                declared.contains_key(&code[begin..end]),
                "{name}: {}",
                &code[begin..end]
            );
        }
    }
}

#[test]
fn nothing_in_a_strangers_text_is_evaluated() {
    for (name, plan) in all() {
        for (file, text) in texts(&plan) {
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                for (begin, _) in line.match_indices("${") {
                    let escaped = line[..begin].ends_with('$');
                    let ours = ["${var.", "${google_iam_workload_identity_pool."]
                        .iter()
                        .any(|ours| line[begin..].starts_with(ours));
                    assert!(escaped || ours, "{name}: {file}: {line}");
                }
                for (begin, _) in line.match_indices("%{") {
                    assert!(line[..begin].ends_with('%'), "{name}: {file}: {line}");
                }
            }
            let hidden = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!text.contains(hidden), "{name}: {file}");
        }
    }
}

/// The rules of `terraform fmt` that can be broken by what is written here: no blank at a line's end, two blanks a level,
/// and the signs of arguments that follow each other in one column.
#[test]
fn it_is_laid_out() {
    for (name, plan) in all() {
        for (file, text) in texts(&plan) {
            let mut level = 0;
            let mut column = None;
            for line in text.lines() {
                assert_eq!(line, line.trim_end(), "{name}: {file}");
                let code = line.trim_start();
                if code.starts_with('}') {
                    level -= 2;
                }
                let indent = line.len() - code.len();
                assert!(code.is_empty() || indent == level, "{name}: {file}: {line}");
                let sign = code.find(" = ").map(|sign| sign + indent);
                let opens = code.ends_with('{');
                let argument = sign.filter(|_| !opens && !code.starts_with('#'));
                if let (Some(before), Some(sign)) = (column, argument) {
                    assert_eq!(before, sign, "{name}: {file}: {line}");
                }
                column = argument;
                if opens {
                    level += 2;
                }
            }
            assert_eq!(level, 0, "{name}: {file}");
        }
    }
}

#[cfg(feature = "external")]
#[test]
fn terraform_would_not_lay_it_out_in_another_way() {
    let program = std::env::var("SA_AUDIT_TERRAFORM").unwrap_or_else(|_| "terraform".to_owned());
    let folder = tempfile::tempdir().expect("a folder");
    for (index, (_, plan)) in all().into_iter().enumerate() {
        for (file, text) in texts(&plan) {
            std::fs::write(folder.path().join(format!("{index}-{file}")), text).expect("written");
        }
    }
    let output = std::process::Command::new(&program)
        .args(["fmt", "-check", "-diff"])
        .arg(folder.path())
        .output()
        .unwrap_or_else(|error| {
            panic!("{program} does not start: {error}; set SA_AUDIT_TERRAFORM")
        });
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn labels_do_not_follow_from_the_place_in_the_plan() {
    let labels = |plan: &Plan| {
        let body = parsed("main.tf", &files(plan, TOOL).main);
        let resources = body
            .blocks()
            .filter(|block| block.identifier.as_str() == "resource");
        resources
            .map(|block| label(block, 1).to_owned())
            .collect::<BTreeSet<_>>()
    };
    let whole = plan(honest);
    let mut turned = whole.clone();
    turned.steps.reverse();
    assert_eq!(labels(&whole), labels(&turned));
    let mut half = whole.clone();
    half.steps
        .retain(|step| matches!(step.change, Change::Grant(_)));
    assert!(labels(&half).is_subset(&labels(&whole)));
}

#[test]
fn a_plan_whose_proof_fails_refuses_its_own_default() {
    let Files { variables, .. } = files(&failed(honest), TOOL);
    let at = variables
        .find("variable \"proof_of_")
        .expect("the variable");
    assert_golden("plan-sample/not-ready.tf", &variables[at..]);
}
