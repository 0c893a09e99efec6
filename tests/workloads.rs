//! Attachments and members in, workloads out: what is one workload, what is several, and what is none.

mod support;

#[path = "workloads/callers.rs"]
mod callers;
#[path = "workloads/collapse.rs"]
mod collapse;
#[path = "workloads/counting.rs"]
mod counting;
#[path = "workloads/grouping.rs"]
mod grouping;
#[path = "workloads/members.rs"]
mod members;
#[path = "workloads/order.rs"]
mod order;
#[path = "workloads/references.rs"]
mod references;

use support::attachments::{AttachmentBuilder, CloudBuilder, cloud};

/// The account of most tests.
const APP: &str = "app@acme-prod";

/// Returns a project with one account, as which the attachments run.
fn running(attachments: impl IntoIterator<Item = AttachmentBuilder>) -> CloudBuilder {
    let attached = attachments
        .into_iter()
        .map(|attachment| attachment.runs_as(APP));
    cloud().project("acme-prod").account(APP).with_all(attached)
}

/// Returns the names of that account's workloads.
fn names(attachments: impl IntoIterator<Item = AttachmentBuilder>) -> Vec<String> {
    let estate = running(attachments).join();
    let workloads = &estate.accounts[0].workloads;
    workloads
        .iter()
        .map(|workload| workload.name.clone())
        .collect()
}
