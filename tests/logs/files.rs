//! Files, folders and patterns.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use sa_audit::usage::logs::{Error, Options, PathSpec, Read, read};

use crate::{Folder, entries, entry, read_all};

/// Returns the names of the files that were read, below `folder`.
fn names(read: &Read, folder: &Path) -> Vec<String> {
    let name = |path: &Path| {
        path.strip_prefix(folder)
            .unwrap_or(path)
            .display()
            .to_string()
    };
    read.files.iter().map(|file| name(&file.path)).collect()
}

fn sink(folder: &Folder) {
    for hour in ["00:00:00_00:59:59_S0.json", "01:00:00_01:59:59_S0.json"] {
        folder.write(&format!("activity/2026/03/01/{hour}"), entries().join("\n"));
    }
    folder.write(
        "data_access/2026/03/01/00:00:00_00:59:59_S0.json",
        &entries()[0],
    );
    folder.write("data_access/.notes", "not a log");
}

#[test]
fn a_folder_is_read_with_all_below_it_and_each_file_once() {
    let folder = Folder::new();
    sink(&folder);
    let paths = [
        PathSpec::Path(folder.path().to_owned()),
        PathSpec::Path(folder.path().join("activity")),
    ];
    let read = read(&paths, &Options::default(), &|_| ()).expect("logs");
    let expected = [
        "activity/2026/03/01/00:00:00_00:59:59_S0.json",
        "activity/2026/03/01/01:00:00_01:59:59_S0.json",
        "data_access/2026/03/01/00:00:00_00:59:59_S0.json",
    ];
    assert_eq!(names(&read, folder.path()), expected);
    assert_eq!(read.groups.tally().entries, 5);
}

#[test]
fn a_pattern_takes_what_fits_it() {
    let folder = Folder::new();
    sink(&folder);
    let pattern = folder.path().join("**/01/00:*.json");
    let read = read_all(&pattern);
    assert_eq!(read.groups.tally().entries, 3);
    let pattern = folder.path().join("activity/2026/*/*/01*");
    assert_eq!(read_all(&pattern).groups.tally().entries, 2);
}

#[cfg(unix)]
#[test]
fn a_folder_that_holds_a_link_to_itself_is_read_once() {
    let folder = Folder::new();
    sink(&folder);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("activity/loop")).expect("a link");
    std::os::unix::fs::symlink("nowhere", folder.path().join("broken")).expect("a link");
    let read = read_all(folder.path());
    assert_eq!(read.groups.tally().entries, 5);
    assert_eq!(read.unreadable.len(), 1, "the broken link is named");
}

#[test]
fn a_folder_without_a_file_is_a_gap() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("empty")).expect("a folder");
    let read = read_all(&folder.path().join("empty"));
    let reasons: Vec<&str> = read
        .unreadable
        .iter()
        .map(|(_, why)| why.as_str())
        .collect();
    assert_eq!(reasons, ["there is no file in it"]);
    // One below a folder that has others is none.
    folder.write("log.json", "");
    assert_eq!(read_all(folder.path()).unreadable, []);
}

#[test]
fn a_name_of_nothing_is_an_error_that_says_so() {
    let folder = Folder::new();
    let error = |name: &str| {
        let path = PathSpec::Path(folder.path().join(name));
        match read(&[path], &Options::default(), &|_| ()) {
            Ok(_) => panic!("{name} was read"),
            Err(error) => error,
        }
    };
    assert!(matches!(error("missing.json"), Error::Missing { .. }));
    assert!(matches!(error("*.json"), Error::Missing { .. }));
    assert!(matches!(error("a{b.json"), Error::Pattern { .. }));
    let message = error("missing.json").to_string();
    assert!(
        message.ends_with("there is no such file or folder, and no file that it fits as a pattern"),
        "{message}"
    );
}

#[test]
fn progress_reaches_the_total_and_lines_are_counted_over_pieces() {
    let folder = Folder::new();
    let mut lines: Vec<String> = (0..3_000)
        .map(|n| entry(n, "storage.objects.get", "a"))
        .collect();
    lines[2_000] = "{broken".to_owned();
    lines[2_500] = "{broken too".to_owned();
    let path = folder.write("large.json", lines.join("\n"));
    let (read_so_far, total) = (AtomicU64::new(0), AtomicU64::new(0));
    let read = read(&[PathSpec::Path(path)], &Options::default(), &|progress| {
        read_so_far.fetch_max(progress.read, Ordering::Relaxed);
        total.store(progress.total, Ordering::Relaxed);
    })
    .expect("logs");
    assert!(
        total.load(Ordering::Relaxed) > 2 * 1024 * 1024,
        "it is read in several pieces"
    );
    assert_eq!(read_so_far.into_inner(), total.into_inner());
    let file = &read.files[0];
    assert_eq!(
        (file.lines, file.malformed, file.first_malformed),
        (3_000, 2, Some(2_001))
    );
    assert_eq!(read.groups.tally().entries, 2_998);
    assert_eq!(read.groups.into_calls().callers[0].count, 2_998);
}
