//! The Logging query language, as far as this emulator knows it: comparisons of fields and times, `log_id`, `AND`, `OR`,
//! `NOT` and parentheses. What it does not know it refuses.
//!
//! Source: <https://cloud.google.com/logging/docs/view/logging-query-language>. `NOT` binds closest, then `OR`, then `AND`;
//! comparisons of text ignore case; a comparison with a field that is not there is false.

use chrono::{DateTime, Utc};
use serde_json::Value;

/// A filter.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LogFilter {
    All(Vec<LogFilter>),
    Any(Vec<LogFilter>),
    Not(Box<LogFilter>),
    /// The log's id, decoded.
    LogId(String),
    /// The timestamp, compared.
    Time(Operator, DateTime<Utc>),
    /// A field that is one of the texts, or holds one of them.
    Text {
        path: Vec<String>,
        whole: bool,
        values: Vec<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equals,
    Has,
    NotBefore,
    NotAfter,
    Before,
    After,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Open,
    Close,
    Operator(Operator),
}

impl LogFilter {
    /// Returns the filter; an empty text finds everything.
    ///
    /// # Errors
    /// What cannot be read, or is not known here.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut tokens = tokens(text)?;
        tokens.reverse();
        let mut reader = Reader { tokens };
        let filter = if reader.tokens.is_empty() {
            Self::All(Vec::new())
        } else {
            reader.all()?
        };
        match reader.tokens.pop() {
            None => Ok(filter),
            Some(token) => Err(format!("{token:?} is one too many")),
        }
    }

    /// Returns whether the filter finds the entry.
    pub(super) fn finds(&self, entry: &Value) -> bool {
        match self {
            Self::All(filters) => filters.iter().all(|filter| filter.finds(entry)),
            Self::Any(filters) => filters.iter().any(|filter| filter.finds(entry)),
            Self::Not(filter) => !filter.finds(entry),
            Self::LogId(id) => {
                let log = entry.get("logName").and_then(Value::as_str);
                log.and_then(|log| log.split_once("/logs/"))
                    .is_some_and(|(_, own)| own.replace("%2F", "/") == *id)
            }
            Self::Time(operator, wanted) => {
                let text = entry.get("timestamp").and_then(Value::as_str);
                let time = text.and_then(|text| text.parse::<DateTime<Utc>>().ok());
                time.is_some_and(|time| match operator {
                    Operator::Equals | Operator::Has => time == *wanted,
                    Operator::NotBefore => time >= *wanted,
                    Operator::NotAfter => time <= *wanted,
                    Operator::Before => time < *wanted,
                    Operator::After => time > *wanted,
                })
            }
            Self::Text {
                path,
                whole,
                values,
            } => {
                let found = path.iter().try_fold(entry, |value, field| value.get(field));
                let found = found.and_then(Value::as_str).map(str::to_lowercase);
                found.is_some_and(|found| {
                    values.iter().any(|value| {
                        if *whole {
                            found == *value
                        } else {
                            found.contains(value)
                        }
                    })
                })
            }
        }
    }
}

/// Reads tokens from the end of a reversed list.
struct Reader {
    tokens: Vec<Token>,
}

impl Reader {
    fn takes(&mut self, word: &str) -> bool {
        let is = matches!(self.tokens.last(), Some(Token::Word(next)) if next == word);
        if is {
            self.tokens.pop();
        }
        is
    }

    fn next(&mut self) -> Result<Token, String> {
        self.tokens
            .pop()
            .ok_or_else(|| "it ends too early".to_owned())
    }

    fn all(&mut self) -> Result<LogFilter, String> {
        let mut filters = vec![self.any()?];
        while !matches!(self.tokens.last(), None | Some(Token::Close)) {
            // Between two lines, AND goes without saying.
            self.takes("AND");
            filters.push(self.any()?);
        }
        Ok(one_or(filters, LogFilter::All))
    }

    fn any(&mut self) -> Result<LogFilter, String> {
        let mut filters = vec![self.not()?];
        while self.takes("OR") {
            filters.push(self.not()?);
        }
        Ok(one_or(filters, LogFilter::Any))
    }

    fn not(&mut self) -> Result<LogFilter, String> {
        if self.takes("NOT") {
            return Ok(LogFilter::Not(Box::new(self.not()?)));
        }
        match self.next()? {
            Token::Open => {
                let filter = self.all()?;
                self.close()?;
                Ok(filter)
            }
            Token::Word(word) if word == "log_id" => self.log_id(),
            Token::Word(field) => self.comparison(&field),
            token @ (Token::Text(_) | Token::Close | Token::Operator(_)) => {
                Err(format!("{token:?} where a comparison belongs"))
            }
        }
    }

    fn log_id(&mut self) -> Result<LogFilter, String> {
        match (self.next()?, self.next()?) {
            (Token::Open, Token::Text(id)) => {
                self.close()?;
                Ok(LogFilter::LogId(id))
            }
            other => Err(format!("log_id of {other:?}")),
        }
    }

    fn comparison(&mut self, field: &str) -> Result<LogFilter, String> {
        let Token::Operator(operator) = self.next()? else {
            return Err(format!("{field} is compared with nothing"));
        };
        let values = self.values()?;
        if field == "timestamp" {
            return match values.as_slice() {
                [value] => value
                    .parse()
                    .map(|time| LogFilter::Time(operator, time))
                    .map_err(|_| format!("{value} is no time")),
                _ => Err("timestamp is compared with several".to_owned()),
            };
        }
        let known = [
            "protoPayload.",
            "resource.labels.",
            "resource.type",
            "logName",
            "insertId",
        ];
        let known = known.iter().any(|start| field.starts_with(start));
        match (known, operator) {
            (true, Operator::Equals | Operator::Has) => Ok(LogFilter::Text {
                path: field.split('.').map(str::to_owned).collect(),
                whole: operator == Operator::Equals,
                values: values.iter().map(|value| value.to_lowercase()).collect(),
            }),
            (true, _) => Err(format!("{field} is text, and is compared as a number")),
            (false, _) => Err(format!("the emulator does not know the field {field}")),
        }
    }

    /// Returns the right side of a comparison: a text, or several in parentheses with OR between them.
    fn values(&mut self) -> Result<Vec<String>, String> {
        match self.next()? {
            Token::Text(text) => return Ok(vec![text]),
            Token::Open => {}
            other @ (Token::Word(_) | Token::Close | Token::Operator(_)) => {
                return Err(format!("{other:?} where a quoted text belongs"));
            }
        }
        let mut values = Vec::new();
        loop {
            let next = self.next()?;
            let Token::Text(text) = next else {
                return Err(format!("{next:?} where a quoted text belongs"));
            };
            values.push(text);
            if !self.takes("OR") {
                self.close()?;
                return Ok(values);
            }
        }
    }

    fn close(&mut self) -> Result<(), String> {
        let next = self.next()?;
        if next == Token::Close {
            Ok(())
        } else {
            Err(format!("{next:?} where a parenthesis ends"))
        }
    }
}

fn one_or(mut filters: Vec<LogFilter>, several: fn(Vec<LogFilter>) -> LogFilter) -> LogFilter {
    match (filters.pop(), filters.is_empty()) {
        (Some(last), true) => last,
        (last, _) => {
            filters.extend(last);
            several(filters)
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '"' => {
                let inner = &rest[1..];
                let end = inner.find('"').ok_or("a quotation mark is open")?;
                if inner[..end].contains('\\') {
                    return Err("the emulator does not know escapes".to_owned());
                }
                (Token::Text(inner[..end].to_owned()), end + 2)
            }
            _ => operator(rest).map_or_else(
                || {
                    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
                    let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                    (Token::Word(rest[..end].to_owned()), end)
                },
                |(operator, length)| (Token::Operator(operator), length),
            ),
        };
        if length == 0 {
            return Err(format!("the emulator does not know {first:?}"));
        }
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn operator(text: &str) -> Option<(Operator, usize)> {
    let known = [
        (">=", Operator::NotBefore),
        ("<=", Operator::NotAfter),
        (">", Operator::After),
        ("<", Operator::Before),
        (":", Operator::Has),
    ];
    // `=~`, a regular expression, is not known here.
    if text.starts_with('=') && !text.starts_with("=~") {
        return Some((Operator::Equals, 1));
    }
    let (sign, operator) = known.into_iter().find(|(sign, _)| text.starts_with(sign))?;
    Some((operator, sign.len()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn finds(filter: &str) -> bool {
        let entry = json!({
            "logName": "projects/p/logs/cloudaudit.googleapis.com%2Factivity",
            "timestamp": "2026-11-20T10:00:00.5Z",
            "protoPayload": {
                "methodName": "google.iam.admin.v1.CreateServiceAccount",
                "authenticationInfo": { "principalEmail": "Etl@acme-prod.iam.gserviceaccount.com" },
            },
        });
        LogFilter::parse(filter).expect(filter).finds(&entry)
    }

    #[test]
    fn what_a_filter_finds() {
        for filter in [
            "",
            r#"timestamp>="2026-11-20T10:00:00Z" timestamp < "2026-11-20T12:00:00+01:00""#,
            r#"log_id("cloudaudit.googleapis.com/activity")"#,
            r#"protoPayload.authenticationInfo.principalEmail:"GSERVICEACCOUNT.com""#,
            r#"protoPayload.methodName=("x" OR "google.iam.admin.v1.createserviceaccount")"#,
            r#"NOT protoPayload.serviceName="iam.googleapis.com""#,
            r#"protoPayload.serviceName="x" OR log_id("cloudaudit.googleapis.com/activity") AND protoPayload.methodName:"iam""#,
            r#"(protoPayload.serviceName="x" AND log_id("y")) OR protoPayload.methodName:"iam""#,
        ] {
            assert!(finds(filter), "{filter}");
        }
        for filter in [
            r#"timestamp>"2026-11-20T10:00:00.5Z""#,
            r#"log_id("cloudaudit.googleapis.com/data_access")"#,
            r#"protoPayload.methodName="google.iam""#,
            r#"protoPayload.authenticationInfo.principalSubject:"principal://""#,
            // OR binds closer than AND.
            r#"protoPayload.methodName:"iam" OR log_id("y") AND protoPayload.serviceName="x""#,
            r#"NOT protoPayload.methodName:"iam""#,
        ] {
            assert!(!finds(filter), "{filter}");
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for filter in [
            "severity>=ERROR",
            r#"severity="ERROR""#,
            r#"protoPayload.methodName=~"^a""#,
            r#"-protoPayload.methodName="a""#,
            r#"protoPayload.methodName="a"#,
            r#"protoPayload.methodName="a\"b""#,
            r#"(protoPayload.methodName="a""#,
            r#"protoPayload.methodName="a")"#,
            r#"protoPayload.methodName>"a""#,
            r#"protoPayload.methodName=("a" "b")"#,
            r#"timestamp>="yesterday""#,
            r#"log_id(activity)"#,
            r#""free text""#,
            "protoPayload.methodName",
            "NOT",
        ] {
            assert!(LogFilter::parse(filter).is_err(), "{filter}");
        }
    }
}
