//! What names an account without running as it: a reference of the account, and no workload.

use sa_audit::model::attachment::AttachmentKind;
use sa_audit::model::reference::ReferenceKind;

use crate::running;
use crate::support::attachments::{dataflow, resource, service};

#[test]
fn what_does_not_run_as_an_account_is_its_reference_and_no_workload() {
    let of = |kind: AttachmentKind| {
        let estate =
            running([resource("x.googleapis.com/Thing", "acme-prod", "things/a").kind(kind)]);
        let account = estate.join().accounts.remove(0);
        let references: Vec<ReferenceKind> =
            account.references.iter().map(|found| found.kind).collect();
        (references, account.workloads.len())
    };
    let table = [
        (AttachmentKind::Reference, ReferenceKind::Address),
        (AttachmentKind::Template, ReferenceKind::Template),
        (AttachmentKind::Indirect, ReferenceKind::Group),
        (AttachmentKind::Build, ReferenceKind::Build),
        (AttachmentKind::Cmek, ReferenceKind::Encryption),
    ];
    for (kind, expected) in table {
        assert_eq!(of(kind), (vec![expected], 0), "{kind:?}");
    }
    let running = [
        AttachmentKind::Runtime,
        AttachmentKind::RuntimeCi,
        AttachmentKind::RuntimeDev,
        AttachmentKind::Caller,
        AttachmentKind::Trigger,
    ];
    for kind in running {
        assert_eq!(of(kind), (Vec::new(), 1), "{kind:?}");
    }
}

/// A run that is over ties nothing; the service beside it is what runs.
#[test]
fn a_run_that_is_over_is_neither() {
    let ended = dataflow("acme-prod", "j-1", "nightly")
        .kind(AttachmentKind::RuntimeEphemeral)
        .state("JOB_STATE_DONE")
        .created_days_ago(90);
    let account = running([ended, service("acme-prod", "web")])
        .join()
        .accounts
        .remove(0);
    assert_eq!((account.references.len(), account.workloads.len()), (0, 1));
}
