//! Why a credential that nobody saw may be in use all the same, and in which words that is said.

use chrono::{DateTime, Utc};

use crate::model::estate::{Account, Estate};
use crate::model::idle::Doubt;
use crate::model::names::AccountClass;
use crate::model::usage::{LastUse, UsageSource, Window};

use super::{last_used, not_observed, source_name, why_unknown};

/// Services whose accounts sign tokens offline: no call of theirs is seen by any source.
const OFFLINE_SIGNERS: [&str; 4] = [
    "apigateway.googleapis.com",
    "firebase.googleapis.com",
    "iap.googleapis.com",
    "identitytoolkit.googleapis.com",
];

/// Returns whether what an account signs may be seen by no source: its project has Firebase, Identity-Aware Proxy or API
/// Gateway, or which services it has was not read.
///
/// Firebase makes an account of its own in each of its projects, and labels the project.
pub(in crate::rules) fn signs_offline(estate: &Estate, account: &Account) -> Option<Doubt> {
    let project = &account.facts.project;
    let by_account = || {
        let here = estate
            .accounts
            .iter()
            .filter(|other| other.facts.project == *project);
        here.map(|other| other.facts.class())
            .any(|class| class == AccountClass::Firebase)
    };
    let by_label = || {
        let here = estate.projects.iter().filter(|other| other.id == *project);
        here.filter_map(|other| other.labels.get("firebase"))
            .any(|value| value == "enabled")
    };
    let services = estate.services.get(project);
    let by_service = services.is_some_and(|on| OFFLINE_SIGNERS.iter().any(|s| on.contains(*s)));
    if by_service || by_label() || by_account() {
        Some(Doubt::SignsOffline)
    } else if !account.other_credentials.is_empty() {
        Some(Doubt::OtherCredentials)
    } else {
        services.is_none().then_some(Doubt::MaySignOffline)
    }
}

/// Returns what is missing for "unused", in words.
pub(in crate::rules) fn doubts(doubts: &[Doubt]) -> String {
    let words = doubts.iter().map(|doubt| match doubt {
        Doubt::NotChecked(source) => format!("not checked against {}", source_name(*source)),
        Doubt::NotWhole(UsageSource::Monitoring) => {
            "Monitoring did not cover its six weeks".to_owned()
        }
        Doubt::NotWhole(source) => {
            format!("{} did not cover what it takes", source_name(*source))
        }
        Doubt::Age => "its age is not known for certain".to_owned(),
        Doubt::Enabled => "since when it is enabled is not known".to_owned(),
        Doubt::OtherCredentials => {
            "its account has another credential, whose use no source sees".to_owned()
        }
        Doubt::SignsOffline => {
            "tokens that it signs offline for Firebase, IAP or API Gateway are seen by no source"
                .to_owned()
        }
        Doubt::MaySignOffline => {
            "whether its project has services that sign tokens offline is not known".to_owned()
        }
        Doubt::FederatedAbove => {
            "workloads from outside may sign in as it by a grant above it".to_owned()
        }
    });
    words.collect::<Vec<String>>().join(", ")
}

/// Returns what was seen at last, and who looked since then.
pub(in crate::rules) fn observation(last_use: &LastUse) -> String {
    match last_use {
        LastUse::Seen {
            at,
            latest,
            weak,
            windows,
            ..
        } => format!(
            "{} and {}",
            last_used(*at, *weak),
            not_observed(&since(windows, *latest))
        ),
        LastUse::NotSeen { windows } => not_observed(windows),
        LastUse::Unknown { why } => why_unknown(why).to_string(),
    }
}

fn since(windows: &[Window], seen: DateTime<Utc>) -> Vec<Window> {
    let clipped = windows.iter().map(|window| Window {
        from: window.from.max(seen),
        ..*window
    });
    clipped.collect()
}
