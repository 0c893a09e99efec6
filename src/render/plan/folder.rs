//! A plan as a folder that can be reviewed and applied: `README.md`, `terraform/`, `scripts/`, `workflows/`, `ci/`.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::plan::Plan;

use super::gcloud::{Script, script};
use super::{markdown, terraform, workflow};

/// A file of a plan's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path, with `/` between parts, of plain characters only: no part is `..` or begins with a dot or a dash.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Whether it is a script.
    pub is_script: bool,
}

/// Returns the files of all plans, each plan's in a folder of its own, sorted by path.
#[must_use]
pub fn files(plans: &[Plan], tool: &str) -> Vec<File> {
    let names = names(plans);
    let mut files: BTreeMap<String, File> = BTreeMap::new();
    for (plan, name) in plans.iter().zip(names) {
        for file in of(plan, tool) {
            let path = format!("{name}/{}", file.path);
            files.insert(path.clone(), File { path, ..file });
        }
    }
    files.into_values().collect()
}

/// Returns the name of each plan's folder: the account's short address, with its unique id where two would share it, also on
/// a disk that does not tell capitals apart.
fn names(plans: &[Plan]) -> Vec<String> {
    let short = |plan: &Plan| plain(&plan.account.email.short());
    let mut seen = BTreeSet::new();
    let mut twice = BTreeSet::new();
    for plan in plans {
        let name = short(plan).to_ascii_lowercase();
        if !seen.insert(name.clone()) {
            twice.insert(name);
        }
    }
    let name = |plan: &Plan| {
        let name = short(plan);
        if twice.contains(&name.to_ascii_lowercase()) {
            format!("{name}-{}", plan.account.unique_id)
        } else {
            name
        }
    };
    plans.iter().map(name).collect()
}

/// Returns a text as a part of a path that every disk takes, and no command reads as a flag.
fn plain(text: &str) -> String {
    let plain: String = text
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "@.-_".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect();
    if plain.starts_with(['.', '-']) || plain.is_empty() {
        format!("_{plain}")
    } else {
        plain
    }
}

fn of(plan: &Plan, tool: &str) -> Vec<File> {
    let file = |path: &str, text: String| File {
        path: path.to_owned(),
        is_script: path.ends_with(".sh"),
        text,
    };
    let terraform::Files { main, variables } = terraform::files(plan, tool);
    let mut files = vec![
        file("README.md", markdown::ticket(plan, tool)),
        file("terraform/main.tf", main),
    ];
    if !variables.is_empty() {
        files.push(file("terraform/variables.tf", variables));
    }
    let scripts = [
        ("scripts/1-apply.sh", Script::Reversible),
        ("scripts/2-delete.sh", Script::Irreversible),
    ];
    for (path, which) in scripts {
        files.extend(script(plan, which, tool).map(|text| file(path, text)));
    }
    files.extend(workflow::files(plan).into_iter().map(|file| File {
        path: file.path,
        text: file.text,
        is_script: file.is_script,
    }));
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_part_of_a_path_and_no_flag() {
        let table = [
            ("etl@acme-prod", "etl@acme-prod"),
            ("../x", "_.._x"),
            ("-rf", "_-rf"),
            ("a:b/c\n", "a_b_c_"),
            ("", "_"),
        ];
        for (text, name) in table {
            assert_eq!(plain(text), name);
        }
    }
}
