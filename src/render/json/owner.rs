//! Owners, as the JSON report writes them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::vocabulary::OwnerSource;
use crate::model;

/// Whom an account belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Owner {
    /// The team or the person; of a label or a log a stranger's text.
    pub name: String,
    /// The Slack channel, where the configuration names one; else null.
    pub slack: Option<String>,
    /// Who says so.
    pub source: OwnerSource,
}

impl From<&model::owner::Owner> for Owner {
    fn from(owner: &model::owner::Owner) -> Self {
        let model::owner::Owner {
            name,
            slack,
            source,
        } = owner;
        Self {
            name: name.clone(),
            slack: slack.clone(),
            source: (*source).into(),
        }
    }
}
