//! One meaning in every form and every packing.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::{Folder, entries, expected, read_all};

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("JSON")
}

pub(crate) fn gzip(bytes: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes.as_bytes()).expect("gzip");
    encoder.finish().expect("gzip")
}

/// Returns the entry as a row of a sink's table in `BigQuery`.
fn table_row(entry: &Value) -> Value {
    let mut row = entry.clone();
    let mut payload = row["protoPayload"].take();
    payload["requestJson"] = Value::String(payload["request"].take().to_string());
    let payload_object = payload.as_object_mut().expect("an object");
    payload_object.remove("@type");
    payload_object.remove("request");
    let row_object = row.as_object_mut().expect("an object");
    row_object.remove("protoPayload");
    row_object.insert("protopayload_auditlog".to_owned(), payload);
    let at = entry["timestamp"].as_str().expect("a time");
    row_object.insert(
        "timestamp".to_owned(),
        json!(at.replace('T', " ").replace('Z', " UTC")),
    );
    row_object.insert("textPayload".to_owned(), Value::Null);
    row
}

/// Returns a value with its names as Log Analytics writes them.
fn snake(value: &Value) -> Value {
    let name = |name: &str| {
        let mut snake = String::new();
        for c in name.chars() {
            if c.is_ascii_uppercase() {
                snake.push('_');
            }
            snake.push(c.to_ascii_lowercase());
        }
        snake
    };
    match value {
        Value::Object(members) => members
            .iter()
            .map(|(key, value)| (name(key), snake(value)))
            .collect(),
        Value::Array(elements) => elements.iter().map(snake).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

fn analytics_row(entry: &Value) -> Value {
    let mut row = snake(entry);
    let mut payload = row["proto_payload"].take();
    payload.as_object_mut().expect("an object").remove("@type");
    row["proto_payload"] = json!({ "audit_log": payload });
    row
}

#[test]
fn every_form_of_the_same_entries_gives_the_same_groups() {
    let lines = entries();
    let values: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let each = |of: &dyn Fn(&Value) -> Value| {
        let written: Vec<String> = values.iter().map(|value| of(value).to_string()).collect();
        written.join("\n")
    };
    let message = |value: &Value| json!({ "message": { "data": STANDARD.encode(value.to_string()), "messageId": "1" }, "subscription": "projects/p/subscriptions/s" });
    let pulled = |value: &Value| json!({ "ackId": "a", "message": { "data": STANDARD.encode(value.to_string()) } });
    let forms = [
        ("lines", lines.join("\n")),
        (
            "lines of Windows",
            format!("\u{feff}{}\r\n\r\n", lines.join("\r\n")),
        ),
        ("array", pretty(&json!(values))),
        ("array on one line", json!(values).to_string()),
        (
            "answer of the API",
            pretty(&json!({ "entries": values, "nextPageToken": "x" })),
        ),
        (
            "answer on one line",
            json!({ "entries": values }).to_string(),
        ),
        (
            "answer with the token first",
            format!(r#"{{"nextPageToken":"x","entries":[{}]}}"#, lines.join(",")),
        ),
        (
            "values over several lines",
            values.iter().map(pretty).collect::<Vec<_>>().join("\n"),
        ),
        ("push messages", each(&message)),
        (
            "messages without an envelope",
            each(&|value| message(value)["message"].clone()),
        ),
        (
            "pulled messages",
            pretty(&json!(values.iter().map(pulled).collect::<Vec<_>>())),
        ),
        ("rows of BigQuery", each(&table_row)),
        ("rows of Log Analytics", each(&analytics_row)),
        (
            "array of rows",
            pretty(&values.iter().map(table_row).collect()),
        ),
    ];
    let expected = expected(&lines);
    assert_eq!(expected.callers.len(), 1);
    assert_eq!(expected.callers[0].count, 2);
    let folder = Folder::new();
    for (name, text) in forms {
        let (first, second) = text.split_at(text.floor_char_boundary(text.len() / 2));
        let packings = [
            ("plain", text.clone().into_bytes()),
            ("gzip", gzip(&text)),
            ("gzip of two members", [gzip(first), gzip(second)].concat()),
            ("zstd", zstd::encode_all(text.as_bytes(), 3).expect("zstd")),
        ];
        for (packing, bytes) in packings {
            let read = read_all(&folder.write("log", bytes));
            assert_eq!(
                (read.malformed(), read.gaps()),
                (0, Vec::new()),
                "{name}, {packing}"
            );
            assert_eq!(read.groups.into_calls(), expected, "{name}, {packing}");
        }
    }
}

#[test]
fn one_value_over_several_lines_is_one_entry() {
    let line = &entries()[..1];
    let value: Value = serde_json::from_str(&line[0]).expect("JSON");
    let folder = Folder::new();
    let read = read_all(&folder.write("one.json", pretty(&value)));
    assert_eq!(read.groups.into_calls(), expected(line));
}
