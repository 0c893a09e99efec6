//! `wif-pool-wide-grant`: every identity of a workload identity pool may act as an account.

use crate::model::coverage::Dataset;
use crate::model::names::{FederatedSelector, Member, MemberKind};
use crate::model::rule::{RuleMeta, Severity};

use super::access::bindings::is_wide;
use super::access::broad;
use super::{Context, Outcome, Rule};

/// The rule.
pub(super) struct WifPoolWideGrant;

static META: RuleMeta = RuleMeta {
    id: "wif-pool-wide-grant",
    title: "every identity of a workload identity pool may act as an account",
    severity: Severity::High,
    on_by_default: true,
    needs: &[Dataset::Policies, Dataset::AccountPolicies, Dataset::Roles],
    docs: include_str!("wif_pool_wide_grant.md"),
    cis: None,
    owasp: &["NHI5:2025", "NHI6:2025"],
};

/// The permissions by which a federated identity becomes an account.
const PERMISSIONS: [&str; 4] = [
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.getOpenIdToken",
    "iam.serviceAccounts.signBlob",
    "iam.serviceAccounts.signJwt",
];

impl Rule for WifPoolWideGrant {
    fn meta(&self) -> &'static RuleMeta {
        &META
    }

    fn check(&self, cx: &Context<'_>) -> Vec<Outcome> {
        let (places, mut outcomes) =
            broad::places(&META, cx, &PERMISSIONS, |held| is_whole_pool(held.member));
        let findings = places.iter().filter_map(|place| {
            let may = if is_wide(place.on) {
                "act as every account in it"
            } else {
                "act as it"
            };
            broad::finding(&META, place, may)
        });
        outcomes.extend(findings.map(Outcome::Finding));
        outcomes
    }
}

fn is_whole_pool(member: &Member) -> bool {
    match member.kind() {
        MemberKind::FederatedSet(set) => set.of == FederatedSelector::All,
        MemberKind::User(_)
        | MemberKind::Group(_)
        | MemberKind::Domain(_)
        | MemberKind::AllUsers
        | MemberKind::AllAuthenticatedUsers
        | MemberKind::Account(_)
        | MemberKind::Agent(_)
        | MemberKind::GkeWorkload(_)
        | MemberKind::Federated(_)
        | MemberKind::Workforce(_)
        | MemberKind::EveryAccountBelow { .. }
        | MemberKind::BasicRoleHolders { .. }
        | MemberKind::Deleted { .. }
        | MemberKind::Unknown => false,
    }
}
