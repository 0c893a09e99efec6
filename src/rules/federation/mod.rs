//! Providers as the rules about workload identity federation see them.

pub(in crate::rules) mod condition;
mod issuers;

use crate::model::coverage::Dataset;
use crate::model::estate::Estate;
use crate::model::federation::{self, FederationState, Pool, Provider, ProviderRef};
use crate::model::finding::{Evidence, Subject, Undecided};
use crate::model::message::Message;
use crate::model::rule::RuleMeta;

use self::condition::Lets;
use self::issuers::Issuer;
use super::{Outcome, words};

/// The call that lists providers.
pub(in crate::rules) const PROVIDERS_LIST: &str =
    "iam.projects.locations.workloadIdentityPools.providers.list";

/// A provider that takes the tokens of an issuer with many tenants.
pub(in crate::rules) struct Open<'a> {
    pub(in crate::rules) pool: &'a Pool,
    pub(in crate::rules) provider: &'a Provider,
    pub(in crate::rules) issuer: &'static Issuer,
    pub(in crate::rules) lets: Lets,
}

/// Returns every provider that may take tokens of an issuer with many tenants. One that is switched off or deleted, or
/// whose pool is, takes none.
pub(in crate::rules) fn many_tenants(estate: &Estate) -> impl Iterator<Item = Open<'_>> {
    let providers = estate
        .pools
        .iter()
        .flat_map(|pool| pool.providers.iter().map(move |provider| (pool, provider)));
    providers.filter_map(|(pool, provider)| {
        let issuer = issuer(provider)?;
        let off = |state| match state {
            FederationState::Disabled | FederationState::Deleted => true,
            FederationState::Active | FederationState::Unknown => false,
        };
        if off(pool.state) || off(provider.state) {
            return None;
        }
        Some(Open {
            pool,
            provider,
            issuer,
            lets: condition::lets(&provider.condition, &provider.mapping, issuer),
        })
    })
}

fn issuer(provider: &Provider) -> Option<&'static Issuer> {
    match &provider.issuer {
        federation::Issuer::Oidc { uri, .. } => issuers::of(uri),
        federation::Issuer::Aws { .. }
        | federation::Issuer::Saml
        | federation::Issuer::X509
        | federation::Issuer::Unknown => None,
    }
}

impl Open<'_> {
    /// Returns the provider as findings and steps name it.
    pub(in crate::rules) fn reference(&self) -> ProviderRef {
        ProviderRef {
            project: self.pool.project.clone(),
            pool: self.pool.id.clone(),
            provider: self.provider.id.clone(),
        }
    }

    /// Returns the condition as a fact.
    pub(in crate::rules) fn fact(&self) -> Evidence {
        let fact = if self.provider.condition.trim().is_empty() {
            Message::from("no attribute condition")
        } else {
            Message::from("attribute condition ").name(words::cut(&self.provider.condition))
        };
        Evidence {
            fact,
            source: PROVIDERS_LIST,
            at: None,
        }
    }

    /// Returns that a rule cannot decide, where the provider's or its pool's state is newer than this program.
    pub(in crate::rules) fn unknown_state(&self, rule: &RuleMeta) -> Option<Outcome> {
        let unknown = FederationState::Unknown;
        (self.pool.state == unknown || self.provider.state == unknown).then(|| {
            Outcome::Undecided(Undecided {
                rule: rule.id,
                subject: Subject::Provider(self.reference()),
                dataset: Dataset::Federation,
                reason: Message::from("whether provider ")
                    .name(words::cut(&self.provider.id))
                    .text(" takes tokens is not known: its state is newer than this program"),
            })
        })
    }
}
