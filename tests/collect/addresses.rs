//! The addresses of subnetworks and VMs: those of `retail` on both routes, where they put a key's caller, and what is said
//! where they could not be read.

use sa_audit::collect::assets::Via;
use sa_audit::emulator::{Fault, FaultKind};
use sa_audit::join::join;
use sa_audit::model::address::AddressSpace;
use sa_audit::model::settings::Settings;
use sa_audit::model::snapshot::Snapshot;

use crate::gaps;
use crate::support::emulator::{Scan, named};

async fn taken(via: Via, fault: Option<Fault>) -> Snapshot {
    let scan = Scan::of(&named("retail")).via(via).usage(&["logging"]);
    let scan = match fault {
        Some(fault) => scan.fault(fault),
        None => scan,
    };
    scan.take().await.expect("a snapshot")
}

/// Returns the spaces, one a line: the resource, what it is, its addresses.
fn told(spaces: &[AddressSpace]) -> String {
    let lines = spaces.iter().map(|space| {
        let ranges: Vec<String> = space.ranges.iter().map(ToString::to_string).collect();
        let path = space.resource.as_str().split("/projects/").last();
        let path = path.unwrap_or_default();
        format!("{path} {:?}: {}", space.holder, ranges.join(" "))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns where the key that lies on `cron-1` is used, one place a line.
fn places(snapshot: &Snapshot) -> String {
    let estate = join(snapshot, &Settings::default());
    let mut keys = estate.user_managed_keys();
    let (_, key) = keys
        .find(|(_, key)| key.facts.id.as_str().starts_with("709c775c"))
        .expect("the key");
    let lines = key.callers.iter().map(|caller| {
        let place = &caller.place;
        let reasons: Vec<String> = place.reasons.iter().map(ToString::to_string).collect();
        let name = place.name.as_deref().unwrap_or("-");
        let kind = place.kind;
        format!(
            "{kind:?} {name} {:?}: {}",
            place.confidence,
            reasons.join("; ")
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test(start_paused = true)]
async fn both_routes_see_the_same_addresses_and_put_the_caller_on_its_vm() {
    let listed = taken(Via::Iam, None).await;
    let inventory = taken(Via::AssetInventory, None).await;
    assert_eq!(listed.facts.addresses, inventory.facts.addresses);
    insta::assert_snapshot!(told(&listed.facts.addresses), @r#"
    oddbasket-etl-dev/regions/europe-west1/subnetworks/default Subnetwork: 10.132.0.0/20
    oddbasket-etl-dev/zones/europe-west1-b/instances/dev-ines Vm { account: Some(Email("205097928755-compute@developer.gserviceaccount.com")) }: 10.132.0.8/32
    oddbasket-etl-prod/regions/europe-west1/subnetworks/data Subnetwork: 10.132.0.0/20
    oddbasket-etl-prod/zones/europe-west1-b/instances/adhoc-2 Vm { account: Some(Email("693877075714-compute@developer.gserviceaccount.com")) }: 10.132.0.6/32
    oddbasket-etl-prod/zones/europe-west1-b/instances/cron-1 Vm { account: None }: 10.132.0.8/32
    oddbasket-etl-prod/zones/europe-west1-b/instances/jump-1 Vm { account: Some(Email("693877075714-compute@developer.gserviceaccount.com")) }: 10.132.0.5/32 198.51.100.60/32
    "#);
    assert_eq!(places(&listed), places(&inventory));
    insta::assert_snapshot!(places(&listed), @"
    GoogleCloud VM cron-1 of oddbasket-etl-prod High: 10.132.0.8 is an address of VM cron-1 of project oddbasket-etl-prod
    Workstation macOS Medium: the user agent says gcloud on macOS
    ");
}

#[tokio::test(start_paused = true)]
async fn a_denied_list_is_a_gap_and_the_place_says_what_was_not_asked() {
    let denied = |method: &str, permission: &str| {
        let permission = permission.to_owned();
        Fault::on(method, FaultKind::PermissionDenied { permission })
    };
    let only_subnetworks = denied("compute.subnetworks.*", "compute.subnetworks.list");
    let snapshot = taken(Via::Iam, Some(only_subnetworks)).await;
    let of_etl = gaps(&snapshot);
    let of_etl = of_etl.lines().filter(|line| line.contains("oddbasket-etl"));
    insta::assert_snapshot!(of_etl.collect::<Vec<_>>().join("\n"), @r#"
    project oddbasket-etl-dev, Addresses: Truncated { message: "Compute Engine subnetwork: compute.subnetworks.list denied" }
    project oddbasket-etl-prod, Addresses: Truncated { message: "Compute Engine subnetwork: compute.subnetworks.list denied" }
    "#);
    insta::assert_snapshot!(places(&snapshot), @"
    GoogleCloud VM cron-1 of oddbasket-etl-prod High: 10.132.0.8 is an address of VM cron-1 of project oddbasket-etl-prod
    Workstation macOS Medium: the user agent says gcloud on macOS
    ");

    let vms = denied("compute.instances.*", "compute.instances.list");
    let snapshot = taken(Via::Iam, Some(vms)).await;
    insta::assert_snapshot!(places(&snapshot), @"
    GoogleCloud subnet data of oddbasket-etl-prod High: 10.132.0.8 is inside subnet data of project oddbasket-etl-prod
    Workstation macOS Medium: the user agent says gcloud on macOS
    ");

    let everything = denied("compute.*", "compute.subnetworks.list");
    let snapshot = taken(Via::Iam, Some(everything)).await;
    insta::assert_snapshot!(places(&snapshot), @"
    Network data of oddbasket-etl-prod High: inside network //compute.googleapis.com/projects/oddbasket-etl-prod/global/networks/data: Google Cloud, or on-premises through it; the subnetworks and VMs of 13 projects could not be read
    Workstation macOS Medium: the user agent says gcloud on macOS
    ");
}
