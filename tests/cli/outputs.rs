//! `--output`: the report in files, whole or not at all.

use std::fs;

use crate::estates::NOW;
use crate::support::desk::Desk;
use crate::support::loopback::Loopback;

#[test]
fn files_hold_what_standard_output_shows() {
    let desk = Desk::new();
    let utf8 = |arguments: &str| {
        desk.sa_audit(arguments)
            .env("LC_ALL", "C.UTF-8")
            .output()
            .expect_code(0)
            .stdout
    };
    let both = utf8("demo --output a.json --output b.txt --output terminal:c.log --output json:d");
    let (text, json) = (utf8("demo"), utf8("demo --format json"));
    assert_eq!(both, text);
    assert_eq!(desk.files(), ["a.json", "b.txt", "c.log", "d"]);
    assert_eq!((desk.read("a.json"), desk.read("d")), (json.clone(), json));
    assert_eq!(
        (desk.read("b.txt"), desk.read("c.log")),
        (text.clone(), text)
    );
}

#[test]
fn a_file_is_neither_coloured_nor_linked_but_as_long_as_was_asked() {
    let desk = Desk::new();
    let utf8 = |arguments: &str| {
        desk.sa_audit(arguments)
            .env("LC_ALL", "C.UTF-8")
            .output()
            .expect_code(0)
            .stdout
    };
    let coloured = utf8("demo --color always --links always --all --details --output a.txt");
    assert_ne!(coloured, desk.read("a.txt"));
    assert_eq!(utf8("demo --all --details"), desk.read("a.txt"));
}

#[test]
fn a_file_that_is_there_is_replaced_and_a_link_is_not_followed() {
    let desk = Desk::new();
    desk.write("a.json", "old");
    desk.write("precious.txt", "precious");
    #[cfg(unix)]
    std::os::unix::fs::symlink(desk.path("precious.txt"), desk.path("b.txt")).expect("linked");
    desk.sa_audit("demo --output a.json --output b.txt")
        .output()
        .expect_code(0);
    assert!(desk.read("a.json").starts_with("{\n  \"schema\""));
    assert_eq!(desk.read("precious.txt"), "precious");
    assert!(
        !fs::symlink_metadata(desk.path("b.txt"))
            .expect("a file")
            .is_symlink()
    );
}

/// A report that only its owner could read does not come back for everybody.
#[cfg(unix)]
#[test]
fn a_file_that_is_replaced_keeps_its_permissions() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new();
    let file = desk.write("a.json", "old");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("set");
    desk.sa_audit("demo --output a.json")
        .output()
        .expect_code(0);
    let mode = fs::metadata(&file).expect("metadata").permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

/// A device that is replaced is gone for every program on the machine.
#[cfg(unix)]
#[test]
fn a_pipe_or_a_device_is_not_replaced() {
    let desk = Desk::new();
    let pipe = std::process::Command::new("mkfifo")
        .arg(desk.path("pipe"))
        .status();
    assert!(pipe.expect("mkfifo").success());
    for place in ["pipe", "/dev/null", "/dev/stdout"] {
        let output = desk
            .sa_audit(&format!("demo --output json:{place}"))
            .output();
        assert_eq!(
            output.refusal(),
            format!("error: writing the report to {place}: not a file that can be replaced")
        );
    }
    assert_eq!(desk.files(), ["pipe"]);
}

/// What cannot be written is known before Google is asked anything, and leaves nothing behind.
#[test]
fn a_place_that_cannot_be_written_costs_no_call_and_leaves_nothing() {
    let (desk, google) = (Desk::new(), Loopback::of("clean"));
    desk.write("folder.json/inside", "");
    desk.write("file", "");
    for (flags, told) in [
        (
            "--output a.json --output no/such/b.txt",
            "error: writing the report to no/such/b.txt: No such file or directory (os error 2)",
        ),
        (
            "--output file/b.txt",
            "error: writing the report to file/b.txt: Not a directory (os error 20)",
        ),
        (
            "--output folder.json",
            "error: writing the report to folder.json: is a directory",
        ),
        (
            "--output a.json --output json:a.json",
            "error: --output a.json: the file is named twice",
        ),
        (
            "--output a",
            "error: --output a: the ending does not tell the form of the report; end it in .json, .md, .sarif, .csv or .txt, or say FORMAT:FILE, as in csv:keys:FILE",
        ),
        (
            "--snapshot no/such/c",
            "error: writing the snapshot no/such/c: No such file or directory (os error 2)",
        ),
        (
            "--snapshot folder.json",
            "error: writing the snapshot folder.json: is a directory",
        ),
        (
            "--store file",
            "error: creating the store file: File exists (os error 17)",
        ),
    ] {
        let output = desk.at(&google, &format!("scan {flags}")).output();
        assert_eq!(output.refusal(), told);
        assert_eq!(desk.files(), ["file", "folder.json/inside"], "{flags}");
    }
    assert_eq!(google.calls(), [].into());
}

#[test]
fn a_scan_that_fails_leaves_the_old_report_as_it_was() {
    let (desk, google) = (Desk::new(), Loopback::of("clean"));
    desk.write("a.json", "old");
    let output = desk
        .at(
            &google,
            &format!("scan --organization 1 --now {NOW} --output a.json"),
        )
        .output();
    assert_eq!(
        output.refusal(),
        "error: listing the projects in organizations/1: permission denied: The caller does not have permission (HTTP 403); check that the resource exists and that the caller may read it"
    );
    assert_eq!(
        (desk.read("a.json").as_str(), desk.files()),
        ("old", vec!["a.json".to_owned()])
    );
}
