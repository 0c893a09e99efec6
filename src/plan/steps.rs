//! How the keys' parts of the planner make their steps: with what every step of theirs has in common.

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::estate::Account;
use crate::model::finding::{Finding, Subject};
use crate::model::message::Message;
use crate::model::names::KeyId;
use crate::model::plan::{Change, Check, KeyRef, Reason, Stage, Step, Wait, WaitFor};
use crate::model::rule::Confidence;

use super::Context;

/// New bindings hold within seven minutes, mostly; ten are waited for.
///
/// Source: <https://cloud.google.com/iam/docs/access-change-propagation>.
pub(super) const PROPAGATION: Wait = Wait {
    at_least: TimeDelta::minutes(10),
    until: WaitFor::Propagation,
};

/// Access tokens live for an hour, and for up to twelve where the organization lets them.
///
/// Source: <https://cloud.google.com/iam/docs/create-short-lived-credentials-direct#sa-credentials-oauth>.
pub(super) const TOKENS: Wait = Wait {
    at_least: TimeDelta::hours(12),
    until: WaitFor::Tokens,
};

/// A deleted account can be brought back for 30 days.
///
/// Source: <https://cloud.google.com/iam/docs/service-accounts-delete-undelete#undeleting>.
pub(super) const UNDELETE: Wait = Wait {
    at_least: TimeDelta::days(30),
    until: WaitFor::Undelete,
};

/// Returns a step without checks, wait and verification.
pub(super) fn step(
    stage: Stage,
    change: Change,
    why: impl Into<Message>,
    reasons: &[Reason],
) -> Step {
    Step {
        stage,
        change,
        why: why.into(),
        reasons: reasons.to_vec(),
        checks: Vec::new(),
        wait: None,
        verify: Vec::new(),
    }
}

/// Returns a key with its account.
pub(super) fn key_ref(account: &Account, key: &KeyId) -> KeyRef {
    KeyRef {
        account: account.reference(),
        key: key.clone(),
    }
}

impl<'a> Context<'a> {
    /// Returns the findings about an account and its keys that are sure enough to act on, in any order.
    pub(super) fn sure(&self, account: &Account) -> impl Iterator<Item = &'a Finding> + use<'a> {
        let of_account = self.findings.get(&account.facts.unique_id);
        of_account
            .into_iter()
            .flatten()
            .copied()
            .filter(|finding| finding.confidence >= Confidence::Medium)
    }

    /// Returns the sure findings of some rules about the account itself, sorted.
    pub(super) fn reasons(&self, account: &Account, rules: &[&str]) -> Vec<Reason> {
        let about = self.sure(account).filter(|finding| match &finding.subject {
            Subject::Account(_) => rules.contains(&finding.rule),
            Subject::Organization(_)
            | Subject::Folder(_)
            | Subject::Project(_)
            | Subject::Provider(_)
            | Subject::Key { .. }
            | Subject::Acceptance(_) => false,
        });
        sorted(about)
    }

    /// Returns the sure findings of some rules about a key, sorted.
    pub(super) fn key_reasons(
        &self,
        account: &Account,
        key: &KeyId,
        rules: &[&str],
    ) -> Vec<Reason> {
        let about = self
            .sure(account)
            .filter(|finding| finding.subject.key() == Some(key) && rules.contains(&finding.rule));
        sorted(about)
    }

    /// Returns whether a rule found something about a key, however sure.
    pub(super) fn suspects(&self, account: &Account, key: &KeyId, rule: &str) -> bool {
        let of_account = self.findings.get(&account.facts.unique_id);
        of_account
            .into_iter()
            .flatten()
            .any(|finding| finding.rule == rule && finding.subject.key() == Some(key))
    }

    /// Returns how long the account, or a key of it, stays disabled before it is deleted.
    pub(super) fn quiet(&self, account: &Account) -> Wait {
        let plans = &self.settings.plans;
        let days = if self.lookup.is_rare(&account.facts.email) {
            plans.min_quiet.max(plans.min_quiet_rare)
        } else {
            plans.min_quiet
        };
        wait(days, WaitFor::Quiet)
    }

    /// Returns after how long everything that uses the account has run once.
    pub(super) fn cycle(&self, account: &Account) -> Wait {
        let plans = &self.settings.plans;
        let days = if self.lookup.is_rare(&account.facts.email) {
            plans.business_cycle.max(plans.min_quiet_rare)
        } else {
            plans.business_cycle
        };
        wait(days, WaitFor::BusinessCycle)
    }

    /// Returns the moment so long after the scan; the end of time where there is none.
    pub(super) fn later(&self, time: TimeDelta) -> DateTime<Utc> {
        let at = self.estate.observed_at.checked_add_signed(time);
        at.unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Returns that the account, or a key of it, was not used since the scan.
    pub(super) fn not_used(&self, account: &Account, key: Option<&KeyId>) -> Check {
        Check::NotUsedSince {
            account: account.reference(),
            key: key.cloned(),
            since: self.estate.observed_at,
        }
    }
}

fn wait(days: u32, until: WaitFor) -> Wait {
    Wait {
        at_least: TimeDelta::days(days.into()),
        until,
    }
}

fn sorted<'f>(findings: impl Iterator<Item = &'f Finding>) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = findings
        .map(|finding| Reason {
            rule: finding.rule,
            fingerprint: finding.fingerprint,
        })
        .collect();
    reasons.sort();
    reasons.dedup();
    reasons
}
