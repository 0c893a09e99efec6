//! What is broken is counted or named, and nothing is lost of what was read before.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use sa_audit::model::coverage::{Dataset, Reading};
use sa_audit::model::scope::Scope;
use sa_audit::usage::logs::Read;

use crate::{Folder, entries, entry, read_all};

fn reading(read: &Read) -> Reading {
    read.coverage()
        .reading(&Scope::Caller, Dataset::AuditLogs)
        .clone()
}

#[test]
fn garbage_is_one_count_a_file_with_its_first_line() {
    let folder = Folder::new();
    let garbage = "no JSON at all, \u{1} \\ \" { [\n".repeat(100_000);
    let read = read_all(&folder.write("garbage", &garbage));
    let file = &read.files[0];
    assert_eq!(
        (file.lines, file.malformed, file.first_malformed),
        (100_000, 100_000, Some(1))
    );
    assert_eq!(reading(&read), Reading::Malformed { count: 100_000 });
    assert!(read.groups.is_empty());
}

#[test]
fn a_truncated_archive_is_named_and_what_was_read_before_counts() {
    let lines: Vec<String> = (0..3_000)
        .map(|n| entry(n, "storage.objects.get", &format!("{}", n * 7_919)))
        .collect();
    let text = lines.join("\n");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).expect("gzip");
    let gzip = encoder.finish().expect("gzip");
    let zstd = zstd::encode_all(text.as_bytes(), 3).expect("zstd");
    for (name, bytes) in [("log.gz", gzip), ("log.zst", zstd)] {
        let folder = Folder::new();
        let read = read_all(&folder.write(name, &bytes[..bytes.len() * 9 / 10]));
        let entries = read.groups.tally().entries;
        assert!((1_000..3_000).contains(&entries), "{name}: {entries}");
        assert_eq!(
            read.malformed(),
            0,
            "{name}: the line that is cut is no malformed one"
        );
        let Reading::Truncated { message } = reading(&read) else {
            panic!("{name}: {:?}", reading(&read));
        };
        assert!(
            message.contains(name) && message.contains("breaks off"),
            "{message}"
        );
    }
}

#[test]
fn a_list_that_breaks_off_between_its_entries_is_named_too() {
    let folder = Folder::new();
    let [one, two] = [&entries()[0], &entries()[1]];
    for text in [
        format!("[\n{one},\n{two}"),
        format!("[\n{one},\n{two},\n"),
        format!("{{\"entries\":[{one},{two}"),
    ] {
        let read = read_all(&folder.write("list.json", &text));
        assert_eq!(read.groups.tally().entries, 2, "{text}");
        let gaps = read.gaps();
        let told = "list.json breaks off: it ends in the middle of a list of entries";
        assert!(gaps.len() == 1 && gaps[0].ends_with(told), "{gaps:?}");
    }
}

#[test]
fn an_array_that_breaks_off_is_named_too() {
    let folder = Folder::new();
    let text = format!("[\n{},\n{}", entries()[0], &entries()[1][..200]);
    let read = read_all(&folder.write("array.json", text));
    assert_eq!(read.groups.tally().entries, 1);
    assert!(
        read.gaps()[0].ends_with("array.json breaks off: it ends in the middle of an entry"),
        "{:?}",
        read.gaps()
    );
}

#[test]
fn a_line_that_is_too_long_is_counted_and_the_others_are_read() {
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(40 * 1024 * 1024));
    let short = entries();
    let lines = [&short[0], &long, &short[1]].map(String::as_str);
    let folder = Folder::new();
    let plain = lines.join("\n");
    let packed = zstd::encode_all(plain.as_bytes(), 1).expect("zstd");
    let array = format!("[\n{}\n]", lines.join(",\n"));
    for (name, bytes, first) in [
        ("plain", plain.into_bytes(), 2),
        ("packed", packed, 2),
        ("array", array.into_bytes(), 3),
    ] {
        let read = read_all(&folder.write(name, bytes));
        let file = &read.files[0];
        assert_eq!(
            (file.malformed, file.first_malformed),
            (1, Some(first)),
            "{name}"
        );
        assert_eq!(read.groups.tally().entries, 2, "{name}");
    }
}

#[test]
fn text_that_is_no_utf8_is_malformed_where_it_counts() {
    let folder = Folder::new();
    let mut lines = entries().join("\n").into_bytes();
    let at = lines
        .windows(6)
        .position(|window| window == b"loader")
        .expect("a user agent");
    lines[at] = 0xff;
    let read = read_all(&folder.write("log", &lines));
    assert_eq!((read.malformed(), read.groups.tally().entries), (1, 1));
    // What is read by one look at all of it without the damaged line is not lost with it.
    let whole = entries().join("\n");
    let lines = [whole.as_bytes(), b"\xff", &lines, whole.as_bytes()].join(&b'\n');
    let read = read_all(&folder.write("log", lines));
    assert_eq!((read.malformed(), read.groups.tally().entries), (2, 5));
    assert_eq!(read.files[0].first_malformed, Some(3));
}

#[test]
fn an_entry_without_a_time_is_counted_and_has_no_row() {
    let folder = Folder::new();
    let undated = entries()[0].replace("\"timestamp\":\"2026", "\"timestamp\":\"never");
    let read = read_all(&folder.write("log", undated));
    assert_eq!((read.groups.tally().undated, read.malformed()), (1, 1));
    assert!(read.groups.is_empty());
}

#[test]
fn an_empty_file_and_an_empty_array_are_whole() {
    let folder = Folder::new();
    for text in ["", "\n\n", "[]", "[\n]\n", "{\"entries\":[]}"] {
        let read = read_all(&folder.write("log", text));
        assert_eq!(
            (reading(&read), read.groups.len()),
            (Reading::Read, 0),
            "{text:?}"
        );
    }
}
