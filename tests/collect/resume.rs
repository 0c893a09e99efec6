//! A scan that broke off goes on where it stopped, and comes to the same snapshot.

use std::collections::BTreeSet;
use std::path::PathBuf;

use sa_audit::commands::snapshot::{Observer, header};
use sa_audit::emulator::Estate;
use sa_audit::emulator::generate::{Shape, generate};
use sa_audit::error::{Error, Result};
use sa_audit::model::names::ProjectId;
use sa_audit::model::snapshot::Facts;
use sa_audit::store::Journal;

use crate::support::emulator::Scan;
use crate::{ACCOUNTS, ACTIVITIES, KEYS};

/// Keeps each finished project in a journal, and gives up after so many.
struct Kept {
    journal: Journal,
    left: usize,
    begun: Option<(usize, usize)>,
    done: BTreeSet<ProjectId>,
}

impl Kept {
    fn new(journal: Journal, left: usize) -> Self {
        Self {
            journal,
            left,
            begun: None,
            done: BTreeSet::new(),
        }
    }
}

impl Observer for Kept {
    fn begin(&mut self, done: usize, total: usize) {
        self.begun = Some((done, total));
    }

    fn project(&mut self, project: &ProjectId, facts: &Facts) -> Result<()> {
        if self.left == 0 {
            return Err(Error::new("the cable was pulled"));
        }
        self.left -= 1;
        self.done.insert(project.clone());
        self.journal.add(project, facts).map_err(Error::new)
    }
}

fn estate() -> Estate {
    generate(
        5,
        Shape {
            projects: 9,
            folders: 3,
            accounts: 4,
            keys: 2,
        },
    )
}

#[tokio::test(start_paused = true)]
async fn a_resumed_scan_equals_the_undisturbed_one_and_asks_nothing_twice() {
    let estate = estate();
    let undisturbed = Scan::of(&estate).take().await.expect("a snapshot");
    for broken_after in [0, 1, 4, 8] {
        let folder = tempfile::tempdir().expect("a folder");
        let path: PathBuf = folder.path().join("scan.journal");
        let scan = Scan::of(&estate);
        let begun = header(scan.request());
        let mut kept = Kept::new(
            Journal::start(&path, &begun).expect("a journal"),
            broken_after,
        );
        let error = scan.watched(None, &mut kept).await.expect_err("broken");
        assert_eq!(error.to_string(), "the cable was pulled");
        assert_eq!(kept.begun, Some((0, 9)));
        let done = std::mem::take(&mut kept.done);
        assert_eq!(done.len(), broken_after);
        drop(kept);

        let scan = Scan::of(&estate);
        let (journal, unfinished) = Journal::resume(&path, &begun).expect("what was left");
        let mut kept = Kept::new(journal, 9);
        let resumed = scan
            .watched(Some(unfinished), &mut kept)
            .await
            .expect("a snapshot");
        assert_eq!(resumed, undisturbed, "after {broken_after}");
        assert_eq!(kept.begun, Some((broken_after, 9)));
        assert!(kept.done.is_disjoint(&done));
        let calls = scan.calls();
        let left = 9 - broken_after as u64;
        assert_eq!(
            (calls[ACCOUNTS], calls[KEYS], calls[ACTIVITIES]),
            (left, 4 * left, 2 * left)
        );
        for project in &done {
            let project = format!("/projects/{project}/");
            assert!(
                !scan.paths().iter().any(|path| path.contains(&project)),
                "{project}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_project_that_left_the_scope_in_between_is_not_in_the_snapshot() {
    let folder = tempfile::tempdir().expect("a folder");
    let path: PathBuf = folder.path().join("scan.journal");
    let before = Scan::of(&estate());
    let begun = header(before.request());
    let mut kept = Kept::new(Journal::start(&path, &begun).expect("a journal"), 4);
    before.watched(None, &mut kept).await.expect_err("broken");
    let gone = kept.done.first().expect("a project").clone();
    drop(kept);

    let mut smaller = estate();
    let projects = "cloudresourcemanager.googleapis.com/projects";
    let listed = smaller.resources.get_mut(projects).expect("projects");
    listed.retain(|project| !project.get().contains(&format!("\"{gone}\"")));
    let (journal, unfinished) = Journal::resume(&path, &begun).expect("what was left");
    let resumed = Scan::of(&smaller)
        .watched(Some(unfinished), &mut Kept::new(journal, 9))
        .await
        .expect("a snapshot");
    assert_eq!(
        resumed,
        Scan::of(&smaller).take().await.expect("a snapshot")
    );
}
