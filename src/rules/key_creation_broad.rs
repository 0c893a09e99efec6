//! `key-creation-broad`: somebody may create keys of every account of a project or more.

use crate::model::coverage::Dataset;
use crate::model::rule::{RuleMeta, Severity};

use super::access::bindings::is_wide;
use super::access::broad;
use super::{Context, Outcome, Rule};

/// The rule.
pub(super) struct KeyCreationBroad;

static META: RuleMeta = RuleMeta {
    id: "key-creation-broad",
    title: "somebody may create keys of every account of a project or more",
    severity: Severity::Medium,
    on_by_default: true,
    needs: &[Dataset::Policies, Dataset::Roles],
    docs: include_str!("key_creation_broad.md"),
    cis: None,
    owasp: &["NHI5:2025", "NHI7:2025"],
};

const PERMISSION: &str = "iam.serviceAccountKeys.create";

impl Rule for KeyCreationBroad {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        let (places, mut outcomes) =
            broad::places(&META, cx, &[PERMISSION], |held| is_wide(held.on));
        let findings = places
            .iter()
            .filter_map(|place| broad::finding(&META, place, "create keys of every account in it"));
        outcomes.extend(findings.map(Outcome::Finding));
        outcomes
    }
}
