//! The layers: who may use whom, and who may touch the world. The table is the one in the crate's documentation.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Returns the modules that each module may use, as the crate's documentation says; `None`: all.
fn table() -> BTreeMap<String, Option<BTreeSet<String>>> {
    let doc =
        fs::read_to_string(Path::new(ROOT).join("src/lib.rs")).expect("the crate's documentation");
    let rows = doc.lines().filter_map(|line| line.strip_prefix("//! | `"));
    rows.map(|row| {
        let (module, rest) = row.split_once('`').expect("a module in backticks");
        let names: BTreeSet<String> = rest
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        let uses = if rest.trim_matches([' ', '|']) == "all" {
            None
        } else {
            Some(names)
        };
        (module.to_owned(), uses)
    })
    .collect()
}

/// Returns every Rust file under `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Returns the source of every module, file by file, without its comments.
fn sources() -> Vec<(String, PathBuf, String)> {
    let src = Path::new(ROOT).join("src");
    let of = |path: PathBuf| {
        let inside = path.strip_prefix(&src).expect("under src").to_owned();
        let first = inside
            .components()
            .next()
            .expect("a name")
            .as_os_str()
            .to_string_lossy()
            .into_owned();
        let text = fs::read_to_string(&path).expect("a source");
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
            .collect::<Vec<_>>()
            .join("\n");
        (first.trim_end_matches(".rs").to_owned(), inside, code)
    };
    files(&src).into_iter().map(of).collect()
}

/// Returns the top-level modules that `code` names behind `crate::`, alone or in braces.
fn used(code: &str) -> BTreeSet<String> {
    let name = |text: &str| {
        text.chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect::<String>()
    };
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(list) => {
                let list = list.split('}').next().unwrap_or_default();
                found.extend(
                    list.split(',')
                        .map(|item| name(item.trim()))
                        .filter(|name| !name.is_empty()),
                );
            }
            None => drop(found.insert(name(rest))),
        }
    }
    found
}

#[test]
fn every_module_is_in_the_table_and_uses_only_what_it_says() {
    let table = table();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (module, file, code) in sources() {
        if module == "lib" || module == "main" {
            continue;
        }
        seen.insert(module.clone());
        let Some(row) = table.get(&module) else {
            wrong.push(format!(
                "{module} is not in the table of the crate's documentation"
            ));
            continue;
        };
        let Some(allowed) = row else { continue };
        for name in used(&code) {
            if name != module && table.contains_key(&name) && !allowed.contains(&name) {
                wrong.push(format!(
                    "{}: `{module}` may not use `{name}`",
                    file.display()
                ));
            }
        }
    }
    let listed: BTreeSet<String> = table.into_keys().collect();
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(listed, seen, "the table lists the modules that there are");
}

#[test]
fn the_test_sees_uses_in_every_form() {
    let code =
        "use crate::model::names; fn f() { crate::gcp::x() } use crate::{join, store::file};";
    let expected = ["gcp", "join", "model", "store"].map(str::to_owned);
    assert_eq!(used(code), BTreeSet::from(expected));
}

/// What only the rim may touch: the network, files, the environment, the clock.
const WORLD: [&str; 9] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "Utc::now",
    "Local::now",
    "SystemTime",
    "Instant::now",
    "tokio",
];

#[test]
fn everything_behind_the_snapshot_is_a_function_of_values() {
    let pure = [
        "cli", "config", "error", "join", "model", "plan", "render", "report", "rules", "words",
    ];
    let mut wrong = Vec::new();
    for (module, file, code) in sources() {
        if pure.contains(&module.as_str()) {
            wrong.extend(
                WORLD
                    .iter()
                    .filter(|word| code.contains(*word))
                    .map(|word| (file.clone(), *word)),
            );
        }
    }
    assert_eq!(wrong, Vec::new());
}

/// What proves a plan would make the planner's mistakes again, if it used the planner.
#[test]
fn the_prover_uses_nothing_of_the_planner() {
    let inside = |file: &Path| file.starts_with("plan/prove");
    let prover = sources().into_iter().filter(|(_, file, _)| inside(file));
    let prover: Vec<_> = prover.collect();
    assert!(prover.len() > 5, "the prover is in plan/prove");
    for (_, file, code) in prover {
        for planner in ["crate::plan", "super::super", "super::draft"] {
            assert!(!code.contains(planner), "{}: {planner}", file.display());
        }
    }
}

#[test]
fn the_top_level_holds_what_the_user_asked_for() {
    let allowed = [
        ".ci",
        ".git",
        ".github",
        ".gitignore",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "SECURITY.md",
        "benches",
        "examples",
        "fixtures",
        "src",
        "target",
        "tests",
    ];
    let names = fs::read_dir(ROOT)
        .expect("the project")
        .map(|entry| entry.expect("an entry").file_name());
    let other: Vec<_> = names
        .filter(|name| !allowed.iter().any(|allowed| name == allowed))
        .collect();
    assert!(other.is_empty(), "{other:?}");
}
