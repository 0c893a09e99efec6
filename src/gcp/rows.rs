//! The rows of a query's result: `BigQuery`'s REST form, by the schema that comes with it.
//!
//! A row is `{"f": [{"v": …}, …]}`, a repeated field an array of `{"v": …}`, a record a row again, and every number is
//! text: <https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults>.

use serde_json::{Map, Value};

/// The deepest record that is read.
const DEEPEST: usize = 15;

/// One column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    name: String,
    of: Type,
    repeated: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Type {
    Text,
    Integer,
    Number,
    Boolean,
    Record(Vec<Column>),
}

/// Returns the columns of a schema, `{"fields": […]}`; `None` where it makes no sense.
pub(super) fn columns(schema: &Value) -> Option<Vec<Column>> {
    columns_at(schema, 0)
}

fn columns_at(schema: &Value, depth: usize) -> Option<Vec<Column>> {
    let fields = schema.get("fields")?.as_array()?;
    if depth > DEEPEST {
        return None;
    }
    fields
        .iter()
        .map(|field| {
            Some(Column {
                name: field.get("name")?.as_str()?.to_owned(),
                of: match field.get("type")?.as_str()? {
                    // Timestamps come as whole microseconds since 1970, as was asked for.
                    "INTEGER" | "INT64" | "TIMESTAMP" => Type::Integer,
                    "FLOAT" | "FLOAT64" => Type::Number,
                    "BOOLEAN" | "BOOL" => Type::Boolean,
                    "RECORD" | "STRUCT" => Type::Record(columns_at(field, depth + 1)?),
                    _ => Type::Text,
                },
                repeated: field.get("mode").and_then(Value::as_str) == Some("REPEATED"),
            })
        })
        .collect()
}

/// Returns a row as an object of typed values by the names of the columns; `None` where it does not fit them.
pub(super) fn object(columns: &[Column], row: &Value) -> Option<Value> {
    let cells = row.get("f")?.as_array()?;
    if cells.len() != columns.len() {
        return None;
    }
    let fields = columns.iter().zip(cells).map(|(column, cell)| {
        let cell = cell.get("v")?;
        let value = if column.repeated {
            let elements = if cell.is_null() {
                &[]
            } else {
                cell.as_array()?.as_slice()
            };
            let elements = elements
                .iter()
                .map(|element| value(&column.of, element.get("v")?));
            Value::Array(elements.collect::<Option<_>>()?)
        } else {
            value(&column.of, cell)?
        };
        Some((column.name.clone(), value))
    });
    fields
        .collect::<Option<Map<String, Value>>>()
        .map(Value::Object)
}

fn value(of: &Type, cell: &Value) -> Option<Value> {
    if cell.is_null() {
        return Some(Value::Null);
    }
    match of {
        Type::Text => cell.is_string().then(|| cell.clone()),
        Type::Integer => Some(cell.as_str()?.parse::<i64>().ok()?.into()),
        Type::Number => Some(cell.as_str()?.parse::<f64>().ok()?.into()),
        Type::Boolean => Some(cell.as_str()?.parse::<bool>().ok()?.into()),
        Type::Record(columns) => object(columns, cell),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Vec<Column> {
        let schema = json!({ "fields": [
            { "name": "who", "type": "STRING" },
            { "name": "at", "type": "TIMESTAMP", "mode": "NULLABLE" },
            { "name": "ok", "type": "BOOLEAN" },
            { "name": "share", "type": "FLOAT" },
            { "name": "tags", "type": "STRING", "mode": "REPEATED" },
            { "name": "inner", "type": "RECORD", "mode": "REPEATED", "fields": [{ "name": "n", "type": "INTEGER" }] },
        ] });
        columns(&schema).expect("columns")
    }

    #[test]
    fn rows_are_typed_to_any_depth() {
        let row = json!({ "f": [
            { "v": "a" }, { "v": "1793527200123456" }, { "v": "true" }, { "v": "0.5" },
            { "v": [{ "v": "x" }, { "v": "y" }] },
            { "v": [{ "v": { "f": [{ "v": "7" }] } }, { "v": { "f": [{ "v": null }] } }] },
        ] });
        let expected = json!({
            "who": "a", "at": 1_793_527_200_123_456_i64, "ok": true, "share": 0.5, "tags": ["x", "y"],
            "inner": [{ "n": 7 }, { "n": null }],
        });
        assert_eq!(object(&schema(), &row), Some(expected));
    }

    #[test]
    fn nothing_is_null_and_no_array() {
        let row = json!({ "f": [{ "v": null }, { "v": null }, { "v": null }, { "v": null }, { "v": null }, { "v": [] }] });
        let expected =
            json!({ "who": null, "at": null, "ok": null, "share": null, "tags": [], "inner": [] });
        assert_eq!(object(&schema(), &row), Some(expected));
    }

    #[test]
    fn what_does_not_fit_is_no_row() {
        for cells in [
            json!([{ "v": "a" }]),
            json!([{ "v": 7 }, { "v": "1" }, { "v": "true" }, { "v": "1" }, { "v": [] }, { "v": [] }]),
            json!([{ "v": "a" }, { "v": "1.79E9" }, { "v": "true" }, { "v": "1" }, { "v": [] }, { "v": [] }]),
            json!([{ "v": "a" }, { "v": "1" }, { "v": "yes" }, { "v": "1" }, { "v": [] }, { "v": [] }]),
            json!([{ "v": "a" }, { "v": "1" }, { "v": "true" }, { "v": "1" }, { "v": "x" }, { "v": [] }]),
            json!([{ "v": "a" }, { "v": "1" }, { "v": "true" }, { "v": "1" }, { "v": [] }, { "v": [{ "v": "x" }] }]),
        ] {
            assert_eq!(object(&schema(), &json!({ "f": cells })), None, "{cells}");
        }
        assert_eq!(object(&schema(), &json!([])), None);
        assert_eq!(columns(&json!({})), None);
        assert_eq!(columns(&json!({ "fields": [{ "name": "x" }] })), None);
    }
}
