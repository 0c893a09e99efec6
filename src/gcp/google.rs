//! The generated hubs over one transport.

use std::fmt;
use std::sync::Arc;

use google_apis_common::{Client, NoToken};
use google_cloudresourcemanager3::CloudResourceManager;
use google_iam1::Iam;
use google_policyanalyzer1::PolicyAnalyzer;
use hyper_util::rt::TokioExecutor;

use super::pipe::Pipe;
use super::statistics::Statistics;
use super::transport::Transport;

/// Google's APIs; a clone is a second handle on the same transport.
#[derive(Clone)]
pub struct Google(Arc<Hubs>);

struct Hubs {
    transport: Transport,
    iam: Iam<Pipe>,
    resource_manager: CloudResourceManager<Pipe>,
    policy_analyzer: PolicyAnalyzer<Pipe>,
}

impl fmt::Debug for Google {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Google").field(&self.0.transport).finish()
    }
}

impl Google {
    /// Returns the hubs over the transport, which alone holds the credentials.
    #[must_use]
    pub fn new(transport: Transport) -> Self {
        let client: Client<Pipe> =
            hyper_util::client::legacy::Client::builder(TokioExecutor::new())
                .build(Pipe::new(transport.clone()));
        Self(Arc::new(Hubs {
            iam: Iam::new(client.clone(), NoToken),
            resource_manager: CloudResourceManager::new(client.clone(), NoToken),
            policy_analyzer: PolicyAnalyzer::new(client, NoToken),
            transport,
        }))
    }

    /// Returns the transport, for calls without a hub.
    #[must_use]
    pub fn transport(&self) -> &Transport {
        &self.0.transport
    }

    /// Returns what was called so far, and how often.
    #[must_use]
    pub fn statistics(&self) -> Statistics {
        self.0.transport.statistics()
    }

    /// Returns the hub of Identity and Access Management, v1.
    pub(super) fn iam(&self) -> &Iam<Pipe> {
        &self.0.iam
    }

    /// Returns the hub of Resource Manager, v3.
    pub(super) fn resource_manager(&self) -> &CloudResourceManager<Pipe> {
        &self.0.resource_manager
    }

    /// Returns the hub of Policy Analyzer, v1.
    pub(super) fn policy_analyzer(&self) -> &PolicyAnalyzer<Pipe> {
        &self.0.policy_analyzer
    }
}
