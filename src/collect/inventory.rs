//! The service accounts of one project and their user-managed keys, through IAM.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt as _};
use google_iam1::api;

use crate::gcp::api::iam;
use crate::gcp::error::Error;
use crate::gcp::google::Google;
use crate::model::account::ServiceAccount;
use crate::model::coverage::{Coverage, Dataset, Reading};
use crate::model::key::{
    DisableReason, ExtendedStatus, ExtendedStatusKind, KeyAlgorithm, KeyManagement, KeyOrigin,
    ServiceAccountKey,
};
use crate::model::names::{Email, KeyId, UniqueId};
use crate::model::project::Project;
use crate::model::scope::{AccountRef, Scope};
use crate::model::snapshot::Facts;

use super::gap::Payer;

/// Accounts asked about at once; the transport has the last word.
const ABREAST: usize = 32;

/// Returns the project with its accounts and their keys, and how each of those reads ended.
///
/// Keys are read account by account: where one read fails, every other account is complete.
///
/// # Errors
/// Where every further call would fail in the same way.
pub async fn inventory(google: &Google, payer: &Payer, project: &Project) -> Result<Facts, Error> {
    let mut facts = Facts {
        projects: vec![project.clone()],
        ..Facts::default()
    };
    let scope = Scope::Project(project.id.clone());
    let listed = iam::service_accounts(google, project.id.as_str()).await;
    let (accounts, reading) = payer.settle(listed, Some(project), |raw| account(project, raw))?;
    let mut seen = BTreeSet::new();
    facts.accounts = accounts;
    facts
        .accounts
        .retain(|account| seen.insert(account.unique_id.clone()));

    let answers: Vec<_> = stream::iter(&facts.accounts)
        .map(|account| async move {
            (
                account,
                iam::user_managed_keys(google, project.id.as_str(), account.unique_id.as_str())
                    .await,
            )
        })
        .buffer_unordered(ABREAST)
        .collect()
        .await;
    let mut readings = Vec::new();
    for (account, listed) in answers {
        let (keys, reading) =
            payer.settle(listed, Some(project), |raw| key(&account.unique_id, raw))?;
        facts.keys.extend(keys.into_iter().flatten());
        readings.push((account.reference(), reading));
    }
    record_by_account(
        &mut facts.coverage,
        &scope,
        Dataset::Keys,
        reading.is_whole(),
        readings,
    );
    facts
        .coverage
        .record(scope, Dataset::ServiceAccounts, reading);
    Ok(facts)
}

/// Records reads that went account by account: once for the project where all are whole, of all its accounts; else one
/// by one.
pub(super) fn record_by_account(
    coverage: &mut Coverage,
    project: &Scope,
    dataset: Dataset,
    all_accounts: bool,
    readings: Vec<(AccountRef, Reading)>,
) {
    if all_accounts && readings.iter().all(|(_, reading)| reading.is_whole()) {
        coverage.record(project.clone(), dataset, Reading::Read);
    } else {
        for (account, reading) in readings {
            coverage.record(Scope::Account(account), dataset, reading);
        }
    }
}

/// Returns the account, `None` where it has no usable unique id or address. Its project is the one that was asked.
fn account(project: &Project, raw: api::ServiceAccount) -> Option<ServiceAccount> {
    Some(ServiceAccount {
        unique_id: UniqueId::parse(raw.unique_id.as_deref()?).ok()?,
        email: Email::parse(raw.email.as_deref()?).ok()?,
        project: project.id.clone(),
        display_name: raw.display_name.unwrap_or_default(),
        description: raw.description.unwrap_or_default(),
        disabled: raw.disabled.unwrap_or_default(),
        created: None,
    })
}

/// Returns the key; `Some(None)` for one of a kind that was not asked for, `None` where it has no usable id or kind.
fn key(account: &UniqueId, raw: api::ServiceAccountKey) -> Option<Option<ServiceAccountKey>> {
    let id = KeyId::of_name(raw.name.as_deref()?)?;
    let management = match raw.key_type.as_deref()? {
        "USER_MANAGED" => KeyManagement::User,
        "SYSTEM_MANAGED" => KeyManagement::System,
        _ => return Some(None),
    };
    Some(Some(ServiceAccountKey {
        id,
        account: account.clone(),
        management,
        origin: match raw.key_origin.as_deref() {
            Some("GOOGLE_PROVIDED") => KeyOrigin::Google,
            Some("USER_PROVIDED") => KeyOrigin::Uploaded,
            _ => KeyOrigin::Unknown,
        },
        algorithm: match raw.key_algorithm.as_deref() {
            Some("KEY_ALG_RSA_1024") => KeyAlgorithm::Rsa1024,
            Some("KEY_ALG_RSA_2048") => KeyAlgorithm::Rsa2048,
            _ => KeyAlgorithm::Unknown,
        },
        valid_after: raw.valid_after_time,
        valid_before: raw.valid_before_time,
        disabled: raw.disabled.unwrap_or_default(),
        disable_reason: raw.disable_reason.as_deref().and_then(disable_reason),
        extended_status: raw
            .extended_status
            .unwrap_or_default()
            .into_iter()
            .map(extended_status)
            .collect(),
    }))
}

fn disable_reason(text: &str) -> Option<DisableReason> {
    Some(
        match text.strip_prefix("SERVICE_ACCOUNT_KEY_DISABLE_REASON_") {
            Some("UNSPECIFIED") => return None,
            Some("USER_INITIATED") => DisableReason::UserInitiated,
            Some("EXPOSED") => DisableReason::Exposed,
            Some("COMPROMISE_DETECTED") => DisableReason::Compromised,
            _ => DisableReason::Unknown,
        },
    )
}

fn extended_status(raw: api::ExtendedStatus) -> ExtendedStatus {
    let kind = match raw.key.as_deref() {
        Some("SERVICE_ACCOUNT_KEY_EXTENDED_STATUS_KEY_EXPOSED") => ExtendedStatusKind::Exposed,
        Some("SERVICE_ACCOUNT_KEY_EXTENDED_STATUS_KEY_COMPROMISE_DETECTED") => {
            ExtendedStatusKind::Compromised
        }
        _ => ExtendedStatusKind::Unknown,
    };
    ExtendedStatus {
        kind,
        value: raw.value.unwrap_or_default(),
    }
}
