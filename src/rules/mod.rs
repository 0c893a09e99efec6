//! The rules: each looks at the estate and says what it finds, and what it could not decide.
//!
//! One rule is one `.rs` and one `.md` of the rule's name, and one line in [`RULES`]. A rule reads no clock and no
//! network, keeps no order, and filters nothing out: order, acceptance and counts are the report's.
//!
//! What several rules share stands in folders: `access` (who holds what, and what power it gives), `federation` (which
//! identities a provider lets in), `words` (how facts are told), and `engine`, which runs the rules.

mod acceptance_stale;
mod access;
mod account_disabled;
mod account_overprivileged;
mod account_privileged;
mod account_unused;
mod api_key_bound;
mod audit_log_gap;
mod cross_project_use;
mod default_account_editor;
mod default_account_used;
mod engine;
mod external_account;
mod federation;
mod hmac_key;
mod impersonation_broad;
mod impersonation_chain;
mod key_active;
mod key_creation_broad;
mod key_disabled;
mod key_expires_soon;
mod key_exposed;
mod key_inside_google_cloud;
mod key_never_expires;
mod key_old;
mod key_on_default_account;
mod key_on_workstation;
mod key_shared;
mod key_unused;
mod key_uploaded;
mod key_weak;
mod org_policy_gap;
mod shared_account;
mod wif_condition_mutable;
mod wif_member_dead;
mod wif_pool_wide_grant;
mod wif_provider_open;
mod words;

pub use engine::{Evaluation, NotEvaluated, evaluate};

use chrono::{DateTime, Utc};

use crate::model::coverage::{Dataset, Reading};
use crate::model::estate::{Account, Estate, Key};
use crate::model::finding::{Finding, Undecided};
use crate::model::names::AccountClass;
use crate::model::rule::RuleMeta;
use crate::model::settings::{Settings, Thresholds};

/// Every rule, by id.
pub static RULES: &[&dyn Rule] = &[
    &acceptance_stale::AcceptanceStale,
    &account_disabled::AccountDisabled,
    &account_overprivileged::AccountOverprivileged,
    &account_privileged::AccountPrivileged,
    &account_unused::AccountUnused,
    &api_key_bound::ApiKeyBound,
    &audit_log_gap::AuditLogGap,
    &cross_project_use::CrossProjectUse,
    &default_account_editor::DefaultAccountEditor,
    &default_account_used::DefaultAccountUsed,
    &external_account::ExternalAccount,
    &hmac_key::HmacKey,
    &impersonation_broad::ImpersonationBroad,
    &impersonation_chain::ImpersonationChain,
    &key_active::KeyActive,
    &key_creation_broad::KeyCreationBroad,
    &key_disabled::KeyDisabled,
    &key_expires_soon::KeyExpiresSoon,
    &key_exposed::KeyExposed,
    &key_inside_google_cloud::KeyInsideGoogleCloud,
    &key_never_expires::KeyNeverExpires,
    &key_old::KeyOld,
    &key_on_default_account::KeyOnDefaultAccount,
    &key_on_workstation::KeyOnWorkstation,
    &key_shared::KeyShared,
    &key_unused::KeyUnused,
    &key_uploaded::KeyUploaded,
    &key_weak::KeyWeak,
    &org_policy_gap::OrgPolicyGap,
    &shared_account::SharedAccount,
    &wif_condition_mutable::WifConditionMutable,
    &wif_member_dead::WifMemberDead,
    &wif_pool_wide_grant::WifPoolWideGrant,
    &wif_provider_open::WifProviderOpen,
];

/// A rule.
pub trait Rule: Sync {
    /// Returns what is known of the rule before it runs.
    fn meta(&self) -> &'static RuleMeta;

    /// Returns everything that the rule finds or cannot decide, in any order.
    ///
    /// Gaps of the rule's datasets are the engine's to report; a rule says where the facts that are there do not
    /// decide: a row is missing, a window too short.
    fn check(&self, cx: &Context<'_>) -> Vec<Outcome>;

    /// Returns what the rule finds in what the rules have said, once all of them have: nothing, but of a rule about that.
    fn check_said(&self, _cx: &Context<'_>, _said: &Evaluation) -> Vec<Outcome> {
        Vec::new()
    }
}

/// What a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The estate.
    pub estate: &'a Estate,
    /// The user's thresholds.
    pub thresholds: &'a Thresholds,
    /// All that the user has decided.
    pub settings: &'a Settings,
}

impl<'a> Context<'a> {
    /// Returns the moment of the scan, UTC.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.estate.observed_at
    }

    /// Returns every account that a rule may judge, in order: service agents are Google's.
    pub fn accounts(&self) -> impl Iterator<Item = &'a Account> + use<'a> {
        self.estate
            .accounts
            .iter()
            .filter(|account| is_ours(account))
    }

    /// Returns whether an account is disabled as of the scan. Asset Inventory may be a week behind: on its word alone nothing
    /// is said at lower severity.
    #[must_use]
    pub fn is_disabled_now(&self, account: &Account) -> bool {
        let coverage = &self.estate.coverage;
        let reading = coverage.reading(&account.scope(), Dataset::ServiceAccounts);
        account.facts.disabled && !matches!(reading, Reading::Stale { .. })
    }

    /// Returns every user-managed key that a rule may judge, in any state, in order.
    pub fn keys(&self) -> impl Iterator<Item = (&'a Account, &'a Key)> + use<'a> {
        self.estate
            .user_managed_keys()
            .filter(|(account, _)| is_ours(account))
    }

    /// Returns every user-managed key that a rule may judge and that can sign in now, in order.
    pub fn live_keys(&self) -> impl Iterator<Item = (&'a Account, &'a Key)> + use<'a> {
        self.estate
            .live_keys()
            .filter(|(account, _)| is_ours(account))
    }
}

fn is_ours(account: &Account) -> bool {
    account.facts.class() != AccountClass::ServiceAgent
}

/// What a rule says about one subject. It says nothing about what is well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The smell is there.
    Finding(Finding),
    /// Whether it is there cannot be told.
    Undecided(Undecided),
}

/// Returns the rule of that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static dyn Rule> {
    RULES.iter().copied().find(|rule| rule.meta().id == id)
}
