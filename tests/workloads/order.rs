//! The order of the facts leaves no trace, and every resource is in one workload.

use proptest::prelude::*;
use sa_audit::model::attachment::OwnerHint;
use sa_audit::model::settings::{Grouping, Settings};

use crate::support::attachments::{
    AttachmentBuilder, CloudBuilder, dataflow, resource, scheduler, service, vm,
};
use crate::{APP, running};

/// One attachment of a world in which names, groups, templates, labels and targets meet often.
fn attachment() -> impl Strategy<Value = AttachmentBuilder> {
    let few = 0..4_u8;
    let name = |n: u8| ["api", "web", "load", "mail"][usize::from(n % 4)];
    (0..8_u8, few.clone(), few.clone(), few).prop_map(move |(shape, a, b, c)| {
        let project = ["acme-prod", "acme-test"][usize::from(c % 2)];
        let attachment = match shape {
            0 => service(project, name(a)),
            1 => service(project, name(a))
                .at("us-east1")
                .label("team", name(b)),
            2 => vm(project, &format!("vm-{a}{b}")).created_by(name(b)),
            3 => vm(project, &format!("vm-{a}{b}")).template(name(b)),
            4 => vm(project, &format!("vm-{a}"))
                .label("goog-k8s-cluster-name", name(b))
                .created_by(name(c)),
            5 => dataflow(
                project,
                &format!("id-{a}-{c}"),
                &format!("{}-2026112{b}", name(c)),
            )
            .created_days_ago(1),
            6 => resource(
                "cloudfunctions.googleapis.com/Function",
                project,
                &format!("locations/l/functions/{}", name(a)),
            ),
            _ => scheduler(project, name(a), name(b)).owner(OwnerHint::Parent(name(c).to_owned())),
        };
        attachment.runs_as(APP)
    })
}

fn world(attachments: Vec<AttachmentBuilder>) -> CloudBuilder {
    let settings = Settings {
        grouping: Grouping {
            label: Some("team".to_owned()),
            workloads: Vec::new(),
        },
        ..Settings::default()
    };
    running(attachments)
        .bind(
            "roles/iam.workloadIdentityUser",
            &[
                "serviceAccount:acme-prod.svc.id.goog[a/b]",
                "serviceAccount:acme-prod.svc.id.goog[a/c]",
            ],
        )
        .settings(settings)
}

proptest! {
    #[test]
    fn shuffling_attachments_changes_nothing(
        (first, second) in prop::collection::vec(attachment(), 0..24)
            .prop_flat_map(|attachments| (Just(attachments.clone()), Just(attachments).prop_shuffle()))
    ) {
        let second = world(second).reordered(|attachments| attachments.reverse());
        prop_assert_eq!(world(first).workloads(), second.workloads());
    }

    #[test]
    fn every_resource_is_in_exactly_one_workload_and_ids_are_unique(
        attachments in prop::collection::vec(attachment(), 0..24)
    ) {
        let names: std::collections::BTreeSet<String> =
            attachments.iter().map(AttachmentBuilder::name).collect();
        let estate = world(attachments).join();
        let workloads = &estate.accounts[0].workloads;
        // Two members of the policy beside the resources.
        let counted: u64 = workloads.iter().map(|workload| workload.resources).sum();
        prop_assert_eq!(counted, names.len() as u64 + 2);
        let ids: std::collections::BTreeSet<&str> = workloads.iter().map(|workload| workload.id.as_str()).collect();
        prop_assert_eq!(ids.len(), workloads.len());
        for workload in workloads {
            prop_assert!(!workload.evidence.is_empty() && workload.evidence.len() <= 5);
        }
    }
}
