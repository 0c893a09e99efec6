//! What a request may ask: query parameters and body, checked against the method table.
//!
//! Only the names of the discovery documents pass. Google also takes the `snake_case` of its protocol buffers; a client
//! that relies on that relies on something unwritten.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Map, Value};
use url::form_urlencoded;

use super::errors::{self, Refusal};
use super::methods::{BodyField, Kind, Method, Parameter, table};

/// The checked query of one request.
#[derive(Debug, Default)]
pub(crate) struct Query {
    /// The method's own parameters.
    values: BTreeMap<String, Vec<String>>,
    /// Whether the answer is indented; Google's default.
    pub(crate) pretty: bool,
    /// Whether enums are answered as numbers, `$alt=json;enum-encoding=int`.
    pub(crate) enums_as_numbers: bool,
}

impl Query {
    /// Returns the parameter's value, the first where it repeats; an empty one is none.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.all(name)
            .first()
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }

    /// Returns the parameter's values in the order of the request.
    pub(crate) fn all(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// Returns the parameter's truth; false where it is not there.
    pub(crate) fn flag(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }

    /// Returns the parameter's number.
    pub(crate) fn number(&self, name: &str) -> Option<i32> {
        self.text(name)?.parse().ok()
    }

    /// Returns the method's own parameters but for those, as one text.
    pub(crate) fn but_for(&self, names: &[&str]) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new());
        for (name, values) in self
            .values
            .iter()
            .filter(|(name, _)| !names.contains(&name.as_str()))
        {
            text.extend_pairs(values.iter().map(|value| (name, value)));
        }
        text.finish()
    }
}

/// Returns the token in `access_token`, which stands beside the header.
pub(crate) fn access_token(query: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs
        .find(|(name, _)| system_name(name) == "access_token")
        .map(|(_, value)| value.into_owned())
}

/// Returns a system parameter's name without the `$` that it may carry.
fn system_name(name: &str) -> &str {
    name.strip_prefix('$')
        .filter(|_| name != "$.xgafv")
        .unwrap_or(name)
}

/// Returns the query of a request to the method.
///
/// # Errors
/// Google's 400 that names every parameter that is unknown, of the wrong type, twice or missing.
pub(crate) fn query(method: &Method, text: &str) -> Result<Query, Refusal> {
    let mut query = Query {
        pretty: true,
        ..Query::default()
    };
    let mut violations = Vec::new();
    for (name, value) in form_urlencoded::parse(text.as_bytes()) {
        if let Some(parameter) = method.query.get(name.as_ref()) {
            match check(&name, parameter, &value) {
                Ok(value) => query
                    .values
                    .entry(name.into_owned())
                    .or_default()
                    .push(value),
                Err(violation) => violations.push(violation),
            }
        } else if table()
            .system_parameters
            .iter()
            .any(|known| known == system_name(&name))
        {
            system(&mut query, system_name(&name), &value)?;
        } else {
            let description = format!(
                "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query parameter. Field '{name}' \
                 could not be found in request message."
            );
            violations.push((None, description));
        }
    }
    for (name, parameter) in &method.query {
        let values = query.all(name);
        if values.len() > 1 && !parameter.repeated {
            let field = snake_case(name);
            let description = format!(
                "Invalid value at '{field}', Proto field is not repeating, cannot start list."
            );
            violations.push((Some(field), description));
        }
    }
    if !violations.is_empty() {
        return Err(errors::bad_request(&violations));
    }
    match method
        .query
        .iter()
        .find(|(name, parameter)| parameter.required && query.text(name).is_none())
    {
        Some((name, _)) => Err(errors::invalid_argument(format!(
            "Request is missing the required field '{}'.",
            snake_case(name)
        ))),
        None => Ok(query),
    }
}

/// Returns the value as it is used: an enum by its name.
fn check(
    name: &str,
    parameter: &Parameter,
    value: &str,
) -> Result<String, (Option<String>, String)> {
    let (fine, type_name) = match parameter.kind {
        Kind::Any | Kind::String => (true, "TYPE_STRING"),
        Kind::Boolean => (["true", "false"].contains(&value), "TYPE_BOOL"),
        Kind::Int32 => (value.parse::<i32>().is_ok(), "TYPE_INT32"),
        Kind::Uint32 => (value.parse::<u32>().is_ok(), "TYPE_UINT32"),
        Kind::Int64 => (value.parse::<i64>().is_ok(), "TYPE_INT64"),
        Kind::Uint64 => (value.parse::<u64>().is_ok(), "TYPE_UINT64"),
        Kind::Number => (value.parse::<f64>().is_ok(), "TYPE_DOUBLE"),
        Kind::Enum => {
            let number = value
                .parse::<usize>()
                .ok()
                .and_then(|number| parameter.values.get(number));
            if let Some(named) = number {
                return Ok(named.clone());
            }
            (
                parameter.values.iter().any(|known| known == value),
                "TYPE_ENUM",
            )
        }
    };
    if fine {
        return Ok(value.to_owned());
    }
    let field = snake_case(name);
    let description = format!("Invalid value at '{field}' ({type_name}), \"{value}\"");
    Err((Some(field), description))
}

/// Applies a parameter that every method takes.
///
/// # Errors
/// 400 for what Google would answer and this emulator does not: other formats than JSON, field masks, callbacks.
fn system(query: &mut Query, name: &str, value: &str) -> Result<(), Refusal> {
    match (name, value) {
        ("alt", "json") => {}
        ("alt", "json;enum-encoding=int") => query.enums_as_numbers = true,
        ("alt" | "fields" | "callback", _) => {
            return Err(errors::invalid_argument(format!(
                "the emulator does not support {name}={value}"
            )));
        }
        ("prettyPrint", "true" | "false") => query.pretty = value == "true",
        ("prettyPrint", _) => {
            let description = format!("Invalid value at 'pretty_print' (TYPE_BOOL), \"{value}\"");
            return Err(errors::bad_request(&[(
                Some("pretty_print".to_owned()),
                description,
            )]));
        }
        _ => {}
    }
    Ok(())
}

/// Returns the checked body of a request to the method; an empty message where there is none.
///
/// # Errors
/// Google's 400 where the body is not JSON, or names a field that the request message lacks, or is there at all where
/// none may be.
pub(crate) fn body(method: &Method, bytes: &Bytes) -> Result<Value, Refusal> {
    if bytes.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    if method.verb == "GET" {
        return Err(errors::malformed_request());
    }
    let Ok(Value::Object(body)) = serde_json::from_slice(bytes) else {
        let description =
            "Invalid JSON payload received. Root element must be a message.".to_owned();
        return Err(errors::bad_request(&[(None, description)]));
    };
    let none = BTreeMap::new();
    let mut violations = Vec::new();
    check_message(
        "",
        method.body.as_ref().unwrap_or(&none),
        &body,
        &mut violations,
    );
    if violations.is_empty() {
        Ok(Value::Object(body))
    } else {
        Err(errors::bad_request(&violations))
    }
}

fn check_message(
    at: &str,
    fields: &BTreeMap<String, BodyField>,
    message: &Map<String, Value>,
    violations: &mut Vec<(Option<String>, String)>,
) {
    for (name, value) in message {
        let place = if at.is_empty() {
            snake_case(name)
        } else {
            format!("{at}.{}", snake_case(name))
        };
        match (fields.get(name), value) {
            (None, _) => {
                let (field, behind) = if at.is_empty() {
                    (None, String::new())
                } else {
                    (Some(at.to_owned()), format!(" at '{at}'"))
                };
                let description = format!(
                    "Invalid JSON payload received. Unknown name \"{name}\"{behind}: Cannot find field."
                );
                violations.push((field, description));
            }
            (Some(BodyField::Message(fields)), Value::Object(message)) => {
                check_message(&place, fields, message, violations);
            }
            (Some(BodyField::Message(fields)), Value::Array(messages)) => {
                for message in messages.iter().filter_map(Value::as_object) {
                    check_message(&place, fields, message, violations);
                }
            }
            (Some(BodyField::Message(_)), other) => {
                violations.push((
                    Some(place.clone()),
                    format!("Invalid value at '{place}', {other}"),
                ));
            }
            (Some(BodyField::Value(kind)), value) => {
                let values = value
                    .as_array()
                    .map_or(std::slice::from_ref(value), Vec::as_slice);
                if let Some(wrong) = values.iter().find(|value| !kind_takes(*kind, value)) {
                    violations.push((
                        Some(place.clone()),
                        format!("Invalid value at '{place}', {wrong}"),
                    ));
                }
            }
        }
    }
}

/// Returns whether proto3's JSON mapping takes the value for that type; numbers may be strings.
fn kind_takes(kind: Kind, value: &Value) -> bool {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    match kind {
        Kind::Any => true,
        Kind::String => value.is_string(),
        Kind::Enum => value.is_string() || value.is_u64(),
        Kind::Boolean => value.is_boolean(),
        Kind::Number => number(value).is_some(),
        Kind::Int32 | Kind::Uint32 | Kind::Int64 | Kind::Uint64 => {
            number(value).is_some_and(|number| number.fract() == 0.0)
        }
    }
}

/// Returns the name of a field as the protocol buffers, and so Google's messages, have it.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
