//! Which attachments are workloads by themselves.

use chrono::{DateTime, TimeDelta, Utc};

use crate::model::attachment::{Attachment, AttachmentKind};

/// For how long a run counts that has ended, from when it was made: the window in which runs are looked for.
const RUN_WINDOW: TimeDelta = TimeDelta::days(30);

/// Words that the states of ended runs consist of, over all services: Dataflow's `JOB_STATE_DONE`, Batch's `SUCCEEDED`,
/// Cloud Build's `TIMEOUT`.
///
/// Source: the discovery documents of Dataflow, Batch, Vertex AI, Dataproc, Cloud Build and Cloud Run.
const ENDED: [&str; 15] = [
    "CANCELED",
    "CANCELLED",
    "COMPLETED",
    "DELETED",
    "DONE",
    "DRAINED",
    "ERROR",
    "EXPIRED",
    "FAILED",
    "FAILURE",
    "SUCCEEDED",
    "SUCCESS",
    "TERMINATED",
    "TIMEOUT",
    "UPDATED",
];

/// Returns whether an attachment shows a workload.
///
/// Something that stays counts in every state: a stopped VM and a paused job run as the account when they are started.
/// A run counts while it has not ended, or where it was made within 30 days of the scan. Of a run whose state its
/// service does not tell only the time decides, and without a
/// time either it counts: a doubt is attached.
pub(super) fn counts(attachment: &Attachment, now: DateTime<Utc>) -> bool {
    match attachment.kind {
        AttachmentKind::Runtime
        | AttachmentKind::RuntimeWi
        | AttachmentKind::RuntimeCi
        | AttachmentKind::RuntimeDev
        | AttachmentKind::Caller
        | AttachmentKind::Trigger => true,
        AttachmentKind::RuntimeEphemeral => {
            let untold = attachment.state.is_none() && attachment.created.is_none();
            untold || is_recent(attachment, now) || goes_on(attachment)
        }
        // A call that is over is no longer listed.
        AttachmentKind::CallerEphemeral => {
            is_recent(attachment, now) || attachment.state.is_none() || goes_on(attachment)
        }
        AttachmentKind::Template
        | AttachmentKind::Build
        | AttachmentKind::Cmek
        | AttachmentKind::Credential
        | AttachmentKind::ServiceAgent
        | AttachmentKind::Indirect
        | AttachmentKind::Address
        | AttachmentKind::Lookup
        | AttachmentKind::Reference => false,
    }
}

/// Returns whether an attachment is one run of something: runs are grouped by their launcher or by their name's stem.
pub(super) fn is_run(attachment: &Attachment) -> bool {
    match attachment.kind {
        AttachmentKind::RuntimeEphemeral | AttachmentKind::CallerEphemeral => true,
        AttachmentKind::Runtime
        | AttachmentKind::RuntimeWi
        | AttachmentKind::RuntimeCi
        | AttachmentKind::RuntimeDev
        | AttachmentKind::Caller
        | AttachmentKind::Trigger
        | AttachmentKind::Template
        | AttachmentKind::Build
        | AttachmentKind::Cmek
        | AttachmentKind::Credential
        | AttachmentKind::ServiceAgent
        | AttachmentKind::Indirect
        | AttachmentKind::Address
        | AttachmentKind::Lookup
        | AttachmentKind::Reference => false,
    }
}

fn is_recent(attachment: &Attachment, now: DateTime<Utc>) -> bool {
    attachment
        .created
        .is_some_and(|created| now - created <= RUN_WINDOW)
}

fn goes_on(attachment: &Attachment) -> bool {
    attachment.state.as_deref().is_some_and(|state| {
        let mut words = state.split('_');
        !words.any(|word| ENDED.contains(&word.to_ascii_uppercase().as_str()))
    })
}
