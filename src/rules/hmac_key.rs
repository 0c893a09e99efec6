//! `hmac-key`: an account that has HMAC keys of Cloud Storage.

use crate::model::coverage::Dataset;
use crate::model::credential::CredentialKind;
use crate::model::rule::{RuleMeta, Severity};

use super::words::credentials;
use super::{Context, Outcome, Rule};

/// The rule.
pub(super) struct HmacKey;

static META: RuleMeta = RuleMeta {
    id: "hmac-key",
    title: "an account has an HMAC key of Cloud Storage",
    severity: Severity::Medium,
    on_by_default: true,
    needs: &[Dataset::OtherCredentials],
    docs: include_str!("hmac_key.md"),
    cis: None,
    owasp: &["NHI7:2025"],
};

impl Rule for HmacKey {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        cx.accounts()
            .filter_map(|account| credentials::finding(&META, account, CredentialKind::HmacKey))
            .map(Outcome::Finding)
            .collect()
    }
}
