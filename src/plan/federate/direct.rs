//! Whether a federated caller can be given roles itself, or has to impersonate its account.
//!
//! Google recommends roles for the federated identity itself. Some services take none, and what a service account is
//! besides its roles no federated identity has: an address that lists name, a key that signs. Where any doubt is left the
//! caller impersonates the account: that changes nothing of what it may do.
//!
//! Source: <https://cloud.google.com/iam/docs/federated-identity-supported-services>.

use std::collections::BTreeSet;

use crate::model::access::PolicyNode;
use crate::model::estate::Account;
use crate::model::message::Message;
use crate::model::place::PlacedCaller;
use crate::model::reference::ReferenceKind;
use crate::plan::Context;

/// A service, or a part of one, that takes no federated identity.
struct Row {
    /// Its name for people.
    name: &'static str,
    /// The service as audit logs name it, where every call of it counts; empty where only some permissions do.
    service: &'static str,
    /// Permissions, or what they begin with, that show that a role leads there.
    permissions: &'static [&'static str],
    /// Why, where it is not the same for all.
    why: &'static str,
}

const TAKES_NONE: &str = "takes no federated identity";

const ROWS: [Row; 19] = [
    Row {
        name: "Cloud Storage",
        service: "storage.googleapis.com",
        permissions: &["storage."],
        why: "takes one only for buckets with uniform access, which was not read, and signs no URLs for it",
    },
    Row {
        name: "the Organizations API",
        service: "",
        permissions: &["resourcemanager.organizations."],
        why: TAKES_NONE,
    },
    Row {
        name: "calling Cloud Run services",
        service: "",
        permissions: &["run.routes.invoke", "run.jobs.run"],
        why: TAKES_NONE,
    },
    Row {
        name: "calling Cloud Functions",
        service: "",
        permissions: &["cloudfunctions.functions.invoke"],
        why: TAKES_NONE,
    },
    Row {
        name: "signing as an account",
        service: "",
        permissions: &[
            "iam.serviceAccounts.signBlob",
            "iam.serviceAccounts.signJwt",
        ],
        why: "is done by an account's own key",
    },
    Row {
        name: "App Engine",
        service: "appengine.googleapis.com",
        permissions: &["appengine."],
        why: TAKES_NONE,
    },
    Row {
        name: "Cloud Scheduler, whose targets may be on App Engine,",
        service: "cloudscheduler.googleapis.com",
        permissions: &["cloudscheduler."],
        why: TAKES_NONE,
    },
    Row {
        name: "Cloud Tasks, whose targets may be on App Engine,",
        service: "cloudtasks.googleapis.com",
        permissions: &["cloudtasks."],
        why: TAKES_NONE,
    },
    Row {
        name: "Cloud Endpoints",
        service: "servicecontrol.googleapis.com",
        permissions: &[
            "servicemanagement.services.check",
            "servicemanagement.services.report",
        ],
        why: TAKES_NONE,
    },
    Row {
        name: "Deployment Manager",
        service: "deploymentmanager.googleapis.com",
        permissions: &["deploymentmanager."],
        why: TAKES_NONE,
    },
    Row {
        name: "Cloud Source Repositories",
        service: "sourcerepo.googleapis.com",
        permissions: &["source."],
        why: TAKES_NONE,
    },
    Row {
        name: "Looker",
        service: "looker.googleapis.com",
        permissions: &["looker."],
        why: TAKES_NONE,
    },
    Row {
        name: "Cloud Profiler",
        service: "cloudprofiler.googleapis.com",
        permissions: &["cloudprofiler."],
        why: TAKES_NONE,
    },
    Row {
        name: "Data Studio",
        service: "datastudio.googleapis.com",
        permissions: &["datastudio."],
        why: TAKES_NONE,
    },
    Row {
        name: "Translation Hub",
        service: "translationhub.googleapis.com",
        permissions: &["translationhub."],
        why: TAKES_NONE,
    },
    Row {
        name: "Enterprise Knowledge Graph",
        service: "enterpriseknowledgegraph.googleapis.com",
        permissions: &["enterpriseknowledgegraph."],
        why: TAKES_NONE,
    },
    Row {
        name: "Speech-to-Text",
        service: "speech.googleapis.com",
        permissions: &["speech."],
        why: "takes no federated identity in version 1",
    },
    Row {
        name: "Pub/Sub Lite",
        service: "pubsublite.googleapis.com",
        permissions: &["pubsublite."],
        why: TAKES_NONE,
    },
    Row {
        name: "kubectl on GKE",
        service: "",
        permissions: &[
            "container.clusters.connect",
            "container.pods.",
            "container.deployments.",
        ],
        why: TAKES_NONE,
    },
];

/// Returns why the calls' caller has to impersonate the account; `None` where it can be given the account's roles itself.
///
/// What it was seen to call decides, and what its roles let it call: not every call is logged.
pub(super) fn why_not(
    cx: &Context<'_>,
    account: &Account,
    calls: &[&PlacedCaller],
) -> Option<Message> {
    let called: BTreeSet<&str> = calls
        .iter()
        .map(|call| call.call.service.as_str())
        .collect();
    let by_call = ROWS.iter().find(|row| called.contains(row.service));
    if let Some(row) = by_call {
        return Some(Message::from(format!(
            "it calls {}, which {}",
            row.name, row.why
        )));
    }
    if let Some(node) = cx.index.unread_above(&account.facts.project).first() {
        return Some(Message::from("the policy of ").name(node.full_name()).text(
            " could not be read, and what it gives to the account could not be given to it",
        ));
    }
    if account.grants.is_empty() {
        return Some("no role of the account's own is known that could be given to it".into());
    }
    let named = account
        .references
        .iter()
        .find(|reference| match reference.kind {
            ReferenceKind::Address => true,
            ReferenceKind::Template
            | ReferenceKind::Group
            | ReferenceKind::Build
            | ReferenceKind::Encryption => false,
        });
    if let Some(reference) = named {
        return Some(
            Message::default()
                .name(reference.resource.as_str())
                .text(" names the account by its address"),
        );
    }
    for grant in &account.grants {
        let on_itself = match &grant.on {
            PolicyNode::Account(on) => on.unique_id == account.facts.unique_id,
            PolicyNode::Organization(_)
            | PolicyNode::Folder(_)
            | PolicyNode::Project(_)
            | PolicyNode::Resource(_) => false,
        };
        if on_itself {
            return Some(
                "the account holds a role on itself, by which it signs or mints tokens".into(),
            );
        }
        let Some(permissions) = cx.estate.permissions(&grant.role) else {
            return Some(
                Message::from("what ")
                    .name(&grant.role)
                    .text(" gives is not known"),
            );
        };
        if let Some(row) = ROWS.iter().find(|row| leads_there(row, permissions)) {
            return Some(
                Message::default()
                    .name(&grant.role)
                    .text(format!(" lets it use {}, which {}", row.name, row.why)),
            );
        }
    }
    None
}

/// Returns whether permissions, which are sorted, have one of the row's.
fn leads_there(row: &Row, permissions: &[String]) -> bool {
    row.permissions.iter().any(|wanted| {
        let first = permissions.partition_point(|held| held.as_str() < *wanted);
        permissions.get(first).is_some_and(|held| {
            if wanted.ends_with('.') {
                held.starts_with(wanted)
            } else {
                held == wanted
            }
        })
    })
}
