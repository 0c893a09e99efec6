//! Every rule over the estates of the fixtures, with every source: each fires on `retail`, and none on `clean`.

use std::collections::BTreeSet;
use std::path::Path;

use sa_audit::collect::assets::Via;
use sa_audit::config::{self, Overrides};
use sa_audit::join::join;
use sa_audit::model::acceptance::Acceptance;
use sa_audit::model::rule::RuleMeta;
use sa_audit::model::settings::Settings;
use sa_audit::rules::{Evaluation, RULES, evaluate};

use crate::every_rule;
use crate::support::emulator::{Scan, named};

/// Returns what every rule says of an estate, those that are off by default too. Of `retail` two projects are left out, in
/// which resources run that no version of the program looks at: nothing is called unused beside them.
async fn said(name: &str) -> Evaluation {
    let logs = format!(
        "logs:{}",
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures/logs/sink")
            .display()
    );
    let mut sources = vec!["policy-analyzer", "monitoring", "recommender", "logging"];
    if name == "retail" {
        sources.push(&logs);
    }
    let scan = Scan::of(&named(name))
        .via(Via::Auto)
        .usage(&sources)
        .exclude("oddbasket-ml-*");
    let snapshot = scan.take().await.expect("a snapshot");
    let settings = Settings {
        acceptances: match name {
            "retail" => acceptances(),
            _ => Vec::new(),
        },
        ..every_rule()
    };
    evaluate(&join(&snapshot, &settings), &settings)
}

/// Returns the acceptances that the fixtures' README gives for `retail`.
fn acceptances() -> Vec<Acceptance> {
    let readme = include_str!("../../fixtures/README.md");
    let section = readme.split("#### acceptance-stale").nth(1);
    let begin = section.and_then(|section| section.split("```toml").nth(1));
    let config = begin.and_then(|begin| begin.split("```").next());
    let rules: Vec<&RuleMeta> = RULES.iter().map(|rule| rule.meta()).collect();
    let file = Path::new("sa-audit.toml");
    let settings = config::parse(
        file,
        config.expect("a configuration"),
        &rules,
        Overrides::default(),
    );
    settings.expect("settings").acceptances
}

#[tokio::test(start_paused = true)]
async fn every_rule_fires_on_retail() {
    let fired: BTreeSet<&str> = said("retail")
        .await
        .findings
        .iter()
        .map(|f| f.rule)
        .collect();
    let all: BTreeSet<&str> = RULES.iter().map(|rule| rule.meta().id).collect();
    assert_eq!(fired, all);
}

#[tokio::test(start_paused = true)]
async fn no_rule_fires_on_clean_and_nothing_is_missing() {
    let said = said("clean").await;
    assert_eq!(said.findings, Vec::new());
    assert_eq!(said.not_evaluated, Vec::new());
}
