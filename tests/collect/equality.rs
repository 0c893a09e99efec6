//! Equal estates give equal bytes, whatever the order of answers, elements and pages.

use std::fs;

use sa_audit::emulator::Estate;
use sa_audit::emulator::generate::{Shape, generate};
use sa_audit::model::snapshot::Snapshot;
use sa_audit::store;

use crate::support::emulator::{Scan, named};

/// Returns what the store writes.
fn bytes(snapshot: &Snapshot) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.snapshot.zst");
    store::write(&path, snapshot).expect("a snapshot on disk");
    fs::read(path).expect("what was written")
}

async fn scanned(scan: Scan) -> Vec<u8> {
    bytes(&scan.take().await.expect("a snapshot"))
}

/// Returns the estate with every collection in reverse: other elements stand on each page.
fn reversed(estate: &Estate) -> Estate {
    let mut estate = estate.clone();
    for elements in estate.resources.values_mut() {
        elements.reverse();
    }
    estate
}

fn generated() -> Estate {
    generate(
        3,
        Shape {
            projects: 3,
            folders: 5,
            accounts: 110,
            keys: 1,
        },
    )
}

#[tokio::test(start_paused = true)]
async fn with_now_two_scans_are_equal_to_the_byte() {
    for name in ["retail", "clean", "hostile"] {
        let estate = named(name);
        assert_eq!(
            scanned(Scan::of(&estate)).await,
            scanned(Scan::of(&estate)).await,
            "{name}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_order_of_answers_leaves_no_trace() {
    for estate in [named("retail"), named("hostile"), generated()] {
        let undisturbed = scanned(Scan::of(&estate)).await;
        for seed in 1..=2 {
            let name = &estate.estate;
            assert_eq!(
                scanned(Scan::shuffled(&estate, seed)).await,
                undisturbed,
                "{name}, seed {seed}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_order_of_elements_and_the_bounds_of_pages_leave_no_trace() {
    for estate in [named("retail"), named("hostile"), generated()] {
        let there = scanned(Scan::of(&estate)).await;
        let back = scanned(Scan::of(&reversed(&estate))).await;
        assert_eq!(there, back, "{}", estate.estate);
    }
}

#[tokio::test(start_paused = true)]
async fn an_element_that_comes_again_on_a_later_page_is_there_once() {
    let estate = generated();
    let undisturbed = scanned(Scan::of(&estate)).await;
    let mut doubled = estate.clone();
    for elements in doubled.resources.values_mut() {
        let first = elements.first().cloned();
        elements.extend(first);
    }
    assert_eq!(scanned(Scan::of(&doubled)).await, undisturbed);
}
