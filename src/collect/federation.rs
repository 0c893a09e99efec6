//! The workload identity pools of one project with their providers, through IAM.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt as _};
use google_iam1::api;

use crate::gcp::api::federation;
use crate::gcp::error::Error;
use crate::gcp::google::Google;
use crate::model::coverage::Dataset;
use crate::model::federation::{FederationState, Issuer, Pool, Provider};
use crate::model::project::Project;
use crate::model::scope::Scope;
use crate::model::snapshot::Facts;

use super::gap::{Payer, both};

/// Pools asked about at once; the transport has the last word.
const ABREAST: usize = 8;

/// Returns the pools of the project, and how the reads of them and of their providers ended together.
///
/// A deleted pool comes without its providers: it takes no tokens.
///
/// # Errors
/// Where every further call would fail in the same way.
pub(super) async fn federation(
    google: &Google,
    payer: &Payer,
    project: &Project,
) -> Result<Facts, Error> {
    let listed = federation::pools(google, project.id.as_str()).await;
    let (pools, mut reading) = payer.settle(listed, Some(project), |raw| pool(project, raw))?;
    let mut seen = BTreeSet::new();
    let (deleted, live): (Vec<Pool>, Vec<Pool>) = pools
        .into_iter()
        .filter(|pool| seen.insert(pool.id.clone()))
        .partition(|pool| pool.state == FederationState::Deleted);
    let mut facts = Facts {
        pools: deleted,
        ..Facts::default()
    };
    let mut answers = stream::iter(live)
        .map(|pool| async {
            let listed = federation::providers(google, project.id.as_str(), &pool.id).await;
            (pool, listed)
        })
        .buffer_unordered(ABREAST);
    while let Some((mut pool, listed)) = answers.next().await {
        let (providers, of_providers) = payer.settle(listed, Some(project), provider)?;
        reading = both(reading, of_providers);
        pool.providers = providers;
        pool.providers.sort();
        pool.providers.dedup();
        facts.pools.push(pool);
    }
    facts.coverage.record(
        Scope::Project(project.id.clone()),
        Dataset::Federation,
        reading,
    );
    Ok(facts)
}

/// Returns the pool without its providers, `None` where it has no usable id.
pub(super) fn pool(project: &Project, raw: api::WorkloadIdentityPool) -> Option<Pool> {
    Some(Pool {
        project: project.id.clone(),
        id: id(raw.name.as_deref()?, "/workloadIdentityPools/")?,
        display_name: raw.display_name.unwrap_or_default(),
        state: state(raw.state.as_deref(), raw.disabled),
        providers: Vec::new(),
    })
}

/// Returns the provider, `None` where it has no usable id.
pub(super) fn provider(raw: api::WorkloadIdentityPoolProvider) -> Option<Provider> {
    let issuer = match (raw.oidc, raw.aws, raw.saml, raw.x509) {
        (Some(oidc), ..) => Issuer::Oidc {
            uri: oidc.issuer_uri.unwrap_or_default(),
            audiences: oidc.allowed_audiences.unwrap_or_default(),
        },
        (_, Some(aws), ..) => Issuer::Aws {
            account: aws.account_id.unwrap_or_default(),
        },
        (_, _, Some(_), _) => Issuer::Saml,
        (.., Some(_)) => Issuer::X509,
        (None, None, None, None) => Issuer::Unknown,
    };
    Some(Provider {
        id: id(raw.name.as_deref()?, "/providers/")?,
        display_name: raw.display_name.unwrap_or_default(),
        state: state(raw.state.as_deref(), raw.disabled),
        issuer,
        mapping: raw
            .attribute_mapping
            .unwrap_or_default()
            .into_iter()
            .collect(),
        condition: raw.attribute_condition.unwrap_or_default(),
    })
}

/// Returns the id behind `collection` at the name's end; `None` for one that could not stand in a path.
fn id(name: &str, collection: &str) -> Option<String> {
    let (_, id) = name.split_once(collection)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let fits = id.starts_with(|first: char| first.is_ascii_alphanumeric()) && id.len() <= 100;
    (fits && id.bytes().all(plain)).then(|| id.to_owned())
}

fn state(state: Option<&str>, disabled: Option<bool>) -> FederationState {
    match (state, disabled) {
        (Some("DELETED"), _) => FederationState::Deleted,
        (_, Some(true)) => FederationState::Disabled,
        (Some("ACTIVE"), _) => FederationState::Active,
        _ => FederationState::Unknown,
    }
}
