//! Which projects are looked at: roots, folders of any depth, what is left out and counted, what cannot be listed.

use sa_audit::emulator::{Fault, FaultKind};
use sa_audit::model::scope::LeftOut;
use serde_json::json;

use crate::support::cloud::{CloudBuilder, cloud};
use crate::support::emulator::{Scan, folder, named, organization, project, report};
use crate::{FOLDERS, PROJECTS, acme, gaps, inventory};

fn denied(permission: &str) -> FaultKind {
    FaultKind::PermissionDenied {
        permission: permission.to_owned(),
    }
}

/// Returns the ids of the projects that a scan looks at.
async fn looked_at(scan: &Scan) -> Vec<String> {
    let snapshot = scan.take().await.expect("a snapshot");
    assert_eq!(gaps(&snapshot), "");
    snapshot
        .facts
        .projects
        .iter()
        .map(|project| project.id.to_string())
        .collect()
}

/// Returns the one line in which a scan ends.
async fn line(scan: Scan) -> String {
    let error = scan
        .take()
        .await
        .expect_err("the scope cannot be listed")
        .to_string();
    assert_eq!(error.lines().count(), 1, "{error}");
    error
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_root_finds_its_projects() {
    let estate = acme().build();
    for (roots, expected) in [
        (vec![], vec!["acme-data", "acme-lab", "acme-prod"]),
        (
            vec![organization("4711")],
            vec!["acme-data", "acme-lab", "acme-prod"],
        ),
        (vec![folder("11")], vec!["acme-data", "acme-prod"]),
        (vec![folder("12")], vec!["acme-data"]),
        (
            vec![folder("12"), project("acme-lab")],
            vec!["acme-data", "acme-lab"],
        ),
        (
            vec![folder("11"), folder("12")],
            vec!["acme-data", "acme-prod"],
        ),
        (vec![project("acme-prod")], vec!["acme-prod"]),
        // By number, and the same project by both of its names.
        (vec![project("1002")], vec!["acme-prod"]),
        (
            vec![project("1002"), project("acme-prod")],
            vec!["acme-prod"],
        ),
    ] {
        let said = format!("{roots:?}");
        assert_eq!(
            looked_at(&Scan::of(&estate).roots(roots)).await,
            expected,
            "{said}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_project_by_number_goes_by_its_id_from_then_on() {
    let estate = acme().build();
    let by_id = Scan::of(&estate)
        .roots([project("acme-prod")])
        .take()
        .await
        .expect("a snapshot");
    let by_number = Scan::of(&estate)
        .roots([project("1002")])
        .take()
        .await
        .expect("a snapshot");
    assert_eq!(by_number.facts, by_id.facts);
}

#[tokio::test(start_paused = true)]
async fn folders_are_walked_to_any_depth() {
    let mut builder = cloud();
    let mut parent = "organizations/4711".to_owned();
    for depth in 1..=40 {
        builder = builder
            .folder(&depth.to_string(), &parent)
            .project(&format!("project-{depth:02}"));
        parent = format!("folders/{depth}");
    }
    let found = looked_at(&Scan::of(&builder.build())).await;
    assert_eq!((found.len(), found[39].as_str()), (40, "project-40"));
}

#[tokio::test(start_paused = true)]
async fn a_loop_of_folders_is_walked_once() {
    let folders = "cloudresourcemanager.googleapis.com/folders";
    let again = json!({ "name": "folders/11", "parent": "folders/12", "displayName": "again", "state": "ACTIVE" });
    let scan = Scan::of(&acme().element(folders, again).build());
    assert_eq!(
        looked_at(&scan).await,
        ["acme-data", "acme-lab", "acme-prod"]
    );
    assert_eq!((scan.calls()[FOLDERS], scan.calls()[PROJECTS]), (3, 3));
}

/// Seven projects, four of which a scan of everything leaves out.
fn mixed() -> CloudBuilder {
    cloud()
        .project("acme-prod")
        .project("acme-test")
        .project("acme-lab")
        .project("sys-1234567890")
        .project("sys-0987654321")
        .project_in_state("acme-gone", "DELETE_REQUESTED")
        .project_in_state("acme-odd", "HIBERNATED")
}

#[tokio::test(start_paused = true)]
async fn what_is_left_out_is_counted_by_its_reason() {
    let estate = mixed().build();
    for roots in [vec![], vec![organization("4711")]] {
        let scan = Scan::of(&estate)
            .roots(roots)
            .exclude("*-test")
            .exclude("acme-l?b");
        let snapshot = scan.take().await.expect("a snapshot");
        assert_eq!(inventory(&snapshot), "acme-prod:");
        let counted = LeftOut {
            inactive: 2,
            apps_script: 2,
            excluded: 2,
        };
        assert_eq!(snapshot.header.left_out, counted);
        assert_eq!(report(&snapshot).summary.left_out, 6);
        // Nothing is asked about what is left out.
        let paths = scan.paths();
        for id in ["acme-test", "acme-lab", "sys-", "acme-gone", "acme-odd"] {
            assert!(!paths.iter().any(|path| path.contains(id)), "{id}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_apps_script_project_that_is_named_is_looked_at() {
    let scan = Scan::of(&mixed().build()).roots([project("sys-1234567890")]);
    assert_eq!(looked_at(&scan).await, ["sys-1234567890"]);
}

#[tokio::test(start_paused = true)]
async fn a_glob_that_is_none_is_one_line() {
    let error = line(Scan::of(&acme().build()).exclude("acme-[")).await;
    assert!(error.starts_with("--exclude: "), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_root_that_cannot_be_listed_ends_the_scan() {
    let estate = acme().build();
    for (root, name) in [
        (organization("999"), "organizations/999"),
        (folder("999"), "folders/999"),
        (project("acme-none"), "projects/acme-none"),
    ] {
        let error = line(Scan::of(&estate).roots([root])).await;
        assert!(error.contains(name), "{error}");
    }
    for method in [PROJECTS, FOLDERS] {
        let error = line(
            Scan::of(&estate).fault(Fault::on(method, denied("resourcemanager.folders.list"))),
        )
        .await;
        assert!(error.contains("resourcemanager.folders.list"), "{error}");
    }
    let search = Fault::on(
        "cloudresourcemanager.projects.search",
        FaultKind::Html { code: 502 },
    );
    let error = line(Scan::of(&estate).roots([]).fault(search)).await;
    assert!(error.contains("502"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_list_of_a_root_that_breaks_off_ends_the_scan() {
    let mut builder = cloud();
    for at in 0..501 {
        builder = builder.project(&format!("project-{at:03}"));
    }
    let estate = builder.build();
    let scan = Scan::of(&estate)
        .roots([])
        .fault(
            Fault::on(
                "cloudresourcemanager.projects.search",
                FaultKind::Delay { ms: 0 },
            )
            .times(1),
        )
        .fault(Fault::on(
            "cloudresourcemanager.projects.search",
            FaultKind::Reset,
        ));
    let error = line(scan).await;
    assert_eq!(
        error,
        "searching projects: connection reset, after 6 attempts"
    );
    assert_eq!(looked_at(&Scan::of(&estate).roots([])).await.len(), 501);
}

/// Lets the n-th call of a method fail, and no other: earlier ones meet a fault that does nothing.
fn nth(scan: Scan, method: &str, n: u32, kind: FaultKind) -> Scan {
    scan.fault(Fault::on(method, FaultKind::Delay { ms: 0 }).times(n - 1))
        .fault(Fault::on(method, kind).times(1))
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_cannot_be_listed_is_a_gap() {
    // The walk goes level by level: the organization, folder 11, folder 12.
    let scan = nth(
        Scan::of(&acme().build()),
        FOLDERS,
        2,
        denied("resourcemanager.folders.list"),
    );
    let snapshot = scan.take().await.expect("a snapshot");
    assert_eq!(
        inventory(&snapshot),
        "acme-lab: lab[a1]; acme-prod: api[] etl[b1] web[c1 c2]"
    );
    assert_eq!(
        gaps(&snapshot),
        "folder 11, Folders: Denied { permission: Some(\"resourcemanager.folders.list\") }"
    );
    let report = report(&snapshot);
    assert_eq!(
        (report.summary.exit_code, report.summary.inventory_complete),
        (3, false)
    );

    let scan = nth(
        Scan::of(&acme().build()),
        PROJECTS,
        2,
        denied("resourcemanager.projects.list"),
    );
    let snapshot = scan.take().await.expect("a snapshot");
    assert_eq!(
        inventory(&snapshot),
        "acme-data: load[d1]; acme-lab: lab[a1]"
    );
    assert_eq!(
        gaps(&snapshot),
        "folder 11, Projects: Denied { permission: Some(\"resourcemanager.projects.list\") }"
    );
}

#[tokio::test(start_paused = true)]
async fn of_several_projects_one_that_is_unknown_is_a_gap() {
    let scan = Scan::of(&acme().build()).roots([project("acme-none"), project("acme-lab")]);
    let snapshot = scan.take().await.expect("a snapshot");
    assert_eq!(inventory(&snapshot), "acme-lab: lab[a1]");
    let gaps = gaps(&snapshot);
    assert!(
        gaps.starts_with("project acme-none, Projects: Denied"),
        "{gaps}"
    );
    assert_eq!(gaps.lines().count(), 1, "{gaps}");
    assert_eq!(report(&snapshot).summary.exit_code, 3);
}

#[tokio::test(start_paused = true)]
async fn the_hierarchy_of_hostile_is_as_its_rows_say() {
    let estate = named("hostile");
    let scan = Scan::of(&estate);
    let snapshot = scan.take().await.expect("a snapshot");
    let projects: Vec<(&str, usize)> = snapshot
        .facts
        .projects
        .iter()
        .map(|project| {
            let accounts = snapshot
                .facts
                .accounts
                .iter()
                .filter(|account| account.project == project.id);
            (project.id.as_str(), accounts.count())
        })
        .collect();
    let names: Vec<&str> = projects.iter().map(|(id, _)| *id).collect();
    assert!(names.contains(&"evil.example:hostile-scoped"), "{names:?}");
    assert!(names.contains(&"hostile-sinks"), "{names:?}");
    // Only `sys-` is skipped; no account at all is an answer, and no gap.
    let system: Vec<_> = projects
        .iter()
        .filter(|(id, _)| id.starts_with("system-"))
        .collect();
    assert_eq!(system.len(), 1, "{names:?}");
    assert_eq!(system[0].1, 0);
    // The organization and five folders, one of which is listed twice and in a loop.
    assert_eq!((scan.calls()[FOLDERS], scan.calls()[PROJECTS]), (6, 6));
    // Each project once, the one that is listed twice too.
    let lists = scan
        .paths()
        .iter()
        .filter(|path| path.contains("/serviceAccounts?"))
        .count();
    assert_eq!(lists, projects.len());
}

#[tokio::test(start_paused = true)]
async fn a_scope_with_nothing_to_look_at_is_refused_and_an_empty_folder_is_not() {
    let estate = cloud()
        .project_in_state("acme-gone", "DELETE_REQUESTED")
        .folder("11", "organizations/4711")
        .build();
    let scan = || Scan::of(&estate);
    assert_eq!(
        line(scan().roots([])).await,
        "the caller sees no active project; grant it roles/browser on the organization, or name what to scan with \
         --organization, --folder or --project"
    );
    assert_eq!(
        line(scan().roots([project("acme-gone")])).await,
        "project acme-gone: not active, nothing to scan"
    );
    assert_eq!(looked_at(&scan().roots([folder("11")])).await, [""; 0]);
}
