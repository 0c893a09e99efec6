//! What a scan finds in a generated estate is what the generator put there, by either route.

use sa_audit::collect::assets::Via;
use sa_audit::emulator::generate::{Counts, Generated, Shape};
use sa_audit::join::join;
use sa_audit::model::settings::Settings;
use sa_audit::rules::evaluate;

use crate::support::emulator::Scan;

const SHAPE: Shape = Shape {
    projects: 11,
    folders: 4,
    accounts: 12,
    keys: 2,
};

/// Of a project's twelve accounts two have three workloads, eight have one, and one has a cluster in every fifth project.
const EXPECTED: Counts = Counts {
    projects: 11,
    folders: 4,
    accounts: 11 * 12,
    user_keys: 11 * 12 * 2,
    workloads: 11 * (2 * 3 + 8) + 3,
    shared_accounts: 11 * 2,
    editors: 2,
    // The organization's, the projects', and those of three accounts in each.
    policies: 1 + 11 + 11 * 3,
};

#[tokio::test(start_paused = true)]
async fn a_scan_finds_what_was_generated() {
    let generated = Generated::new(5, SHAPE);
    assert_eq!(generated.counts, EXPECTED);
    for via in [Via::Iam, Via::AssetInventory] {
        let scan = Scan::of(&generated.estate).via(via);
        let snapshot = scan.take().await.expect("a snapshot");
        let settings = Settings::default();
        let estate = join(&snapshot, &settings);
        let evaluation = evaluate(&estate, &settings);
        let shared = evaluation
            .findings
            .iter()
            .filter(|finding| finding.rule == "shared-account");
        let editors = estate.accounts.iter().filter(|account| {
            let mut grants = account.grants.iter();
            grants.any(|grant| grant.role == "roles/editor")
        });
        let policies = estate.policies.iter();
        let found = Counts {
            projects: estate.projects.len(),
            folders: estate.folders.len(),
            accounts: estate.accounts.len(),
            user_keys: estate.user_managed_keys().count(),
            workloads: estate.accounts.iter().map(|a| a.workloads.len()).sum(),
            shared_accounts: shared.count(),
            editors: editors.count(),
            policies: policies
                .filter(|policy| !policy.bindings.is_empty())
                .count(),
        };
        assert_eq!(found, generated.counts, "{via:?}");
    }
}
