//! References → accounts: what names an account without running as it.

use std::collections::BTreeMap;

use crate::model::attachment::{AttachedAccount, Attachment, AttachmentKind};
use crate::model::names::{Email, UniqueId};
use crate::model::reference::{Reference, ReferenceKind};
use crate::model::snapshot::Facts;

/// Returns what names each account of the inventory without running as it, sorted, each once.
///
/// Two sources tell of it: the references, and the attachments that are no workloads. A run that has ended is neither.
pub(super) fn references(facts: &Facts) -> BTreeMap<UniqueId, Vec<Reference>> {
    let accounts = facts.accounts.iter();
    let ids: BTreeMap<&Email, &UniqueId> = accounts
        .map(|account| (&account.email, &account.unique_id))
        .collect();
    let mut found: BTreeMap<UniqueId, Vec<Reference>> = BTreeMap::new();
    let attached = facts.attachments.iter().filter_map(of_attachment);
    for reference in facts.references.iter().cloned().chain(attached) {
        let account = match &reference.account {
            AttachedAccount::UniqueId(id) => Some(id),
            AttachedAccount::Email(email) | AttachedAccount::Default(email) => {
                ids.get(email).copied()
            }
        };
        if let Some(account) = account {
            found.entry(account.clone()).or_default().push(reference);
        }
    }
    for references in found.values_mut() {
        references.sort();
        references.dedup();
    }
    found
}

/// Returns the reference that an attachment is; `None` of what runs, or ran, as the account.
fn of_attachment(attachment: &Attachment) -> Option<Reference> {
    let kind = match attachment.kind {
        AttachmentKind::Reference => ReferenceKind::Address,
        AttachmentKind::Template => ReferenceKind::Template,
        AttachmentKind::Indirect => ReferenceKind::Group,
        AttachmentKind::Build => ReferenceKind::Build,
        AttachmentKind::Cmek => ReferenceKind::Encryption,
        AttachmentKind::Runtime
        | AttachmentKind::RuntimeEphemeral
        | AttachmentKind::RuntimeWi
        | AttachmentKind::RuntimeCi
        | AttachmentKind::RuntimeDev
        | AttachmentKind::Caller
        | AttachmentKind::CallerEphemeral
        | AttachmentKind::Trigger
        | AttachmentKind::Credential
        | AttachmentKind::ServiceAgent
        | AttachmentKind::Address
        | AttachmentKind::Lookup => return None,
    };
    Some(Reference {
        kind,
        resource: attachment.resource.clone(),
        asset_type: attachment.asset_type.clone(),
        project: Some(attachment.project.clone()),
        account: attachment.account.clone(),
        field: attachment.field.clone(),
    })
}
