//! `api-key-bound`: an account that an API key is bound to.

use crate::model::coverage::Dataset;
use crate::model::credential::CredentialKind;
use crate::model::rule::{RuleMeta, Severity};

use super::words::credentials;
use super::{Context, Outcome, Rule};

/// The rule.
pub(super) struct ApiKeyBound;

static META: RuleMeta = RuleMeta {
    id: "api-key-bound",
    title: "an API key is bound to an account",
    severity: Severity::Medium,
    on_by_default: true,
    needs: &[Dataset::OtherCredentials],
    docs: include_str!("api_key_bound.md"),
    cis: None,
    owasp: &["NHI7:2025"],
};

impl Rule for ApiKeyBound {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        cx.accounts()
            .filter_map(|account| credentials::finding(&META, account, CredentialKind::ApiKey))
            .map(Outcome::Finding)
            .collect()
    }
}
