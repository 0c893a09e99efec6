//! `impersonation-broad`: somebody may act as every account of a project, or everybody as one account.

use crate::model::coverage::Dataset;
use crate::model::finding::Finding;
use crate::model::rule::{Cis, RuleMeta, Severity};

use super::access::bindings::is_wide;
use super::access::broad::{self, Place};
use super::{Context, Outcome, Rule};

/// The rule.
pub(super) struct ImpersonationBroad;

static META: RuleMeta = RuleMeta {
    id: "impersonation-broad",
    title: "somebody may act as every account of a project or more",
    severity: Severity::High,
    on_by_default: true,
    needs: &[Dataset::Policies, Dataset::AccountPolicies, Dataset::Roles],
    docs: include_str!("impersonation_broad.md"),
    cis: Some(Cis {
        v2_to_v4: Some("1.6"),
        v5: "1.7",
    }),
    owasp: &["NHI5:2025"],
};

/// The permissions by which one may do, as an account, what the account may do.
const PERMISSIONS: [&str; 4] = [
    "iam.serviceAccounts.actAs",
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.signBlob",
    "iam.serviceAccounts.signJwt",
];

impl Rule for ImpersonationBroad {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        let (places, mut outcomes) = broad::places(&META, cx, &PERMISSIONS, |held| {
            is_wide(held.on) || held.member.is_a_crowd()
        });
        let findings = places.iter().filter_map(finding);
        outcomes.extend(findings.map(Outcome::Finding));
        outcomes
    }
}

fn finding(place: &Place<'_>) -> Option<Finding> {
    let may = if is_wide(place.on) {
        "act as every account in it"
    } else {
        "act as it"
    };
    let crowd = place.held.iter().any(|held| held.member.is_a_crowd());
    let finding = broad::finding(&META, place, may)?;
    Some(finding.severity(if crowd {
        Severity::Critical
    } else {
        Severity::High
    }))
}
