//! The fast path: a `LogEntry` on one line, by the paths that count, the rest skipped and not looked into.
//!
//! It says what [`Entry::parse`] says, or that it does not know ([`Line::Odd`]): then the reference path decides. Odd is
//! what is rare: escaped names, a field that is of another type or there twice, rows of tables, events of accounts and
//! keys, anything broken where it looks. Skipping is not checking: a line that is damaged where nothing is read counts
//! like a whole one, and one by a person is left as soon as that is clear. `Options::strict` checks every line.

use std::borrow::Cow;

use memchr::memmem::Finder;

use super::caller::CREDENTIALS;
use super::cursor::Cursor;
use super::entry::{AUDIT_LOG, Entry};
use super::event::IAM;
use super::fields::{Once, authentication, checks, is_snake_case, request, resource, text};
use super::time::nanoseconds;

/// What one line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// An entry of an audit log.
    Audit,
    /// An entry of an audit log that can yield no row: a person's, and no token taken, no event.
    PassedOver,
    /// An entry of another log.
    Other,
    /// The reference path decides.
    Odd,
}

/// The reader of lines.
pub(super) struct Scanner {
    /// How the names of both services begin whose calls by people count.
    iam: Finder<'static>,
    /// How a character of ASCII begins that is written as an escape: such a name could hide from the search.
    escaped: Finder<'static>,
}

impl Scanner {
    pub(super) fn new() -> Self {
        debug_assert!(CREDENTIALS.starts_with("iam") && IAM.starts_with("iam"));
        Self {
            iam: Finder::new("\"iam"),
            escaped: Finder::new("\\u00"),
        }
    }

    /// Returns what a line is; what it says is in `entry` where it is [`Line::Audit`].
    pub(super) fn line<'a>(&self, line: &'a str, entry: &mut Entry<'a>) -> Line {
        entry.clear();
        let mut fields = Fields {
            entry,
            of_type: None,
            timestamp: Cow::default(),
            has_payload: false,
        };
        match self.top(&mut Cursor::new(line), &mut fields) {
            Some(Step::Done) => fields.line(),
            Some(Step::Leave) => Line::PassedOver,
            None => Line::Odd,
        }
    }

    /// Reads the entry; `None` where it is odd.
    fn top<'a>(&self, cursor: &mut Cursor<'a>, fields: &mut Fields<'_, 'a>) -> Option<Step> {
        let mut once = Once::default();
        let mut members = cursor.object()?;
        while let Some(key) = members.next(cursor)? {
            match key {
                b"protoPayload" => {
                    once.see(0)?;
                    fields.has_payload = true;
                    if let Step::Leave = self.payload(cursor, fields)? {
                        return Some(Step::Leave);
                    }
                }
                b"timestamp" => {
                    once.see(1)?;
                    fields.timestamp = text(cursor)?;
                }
                b"logName" => {
                    once.see(2)?;
                    fields.entry.log_name = text(cursor)?;
                }
                b"resource" => {
                    once.see(3)?;
                    resource(cursor, fields.entry)?;
                }
                // Something that holds entries.
                b"entries" | b"message" | b"messages" | b"receivedMessages" | b"data" => {
                    return None;
                }
                // The names of table rows: `protopayload_auditlog`, `proto_payload`, `log_name`.
                key if is_snake_case(key) => return None,
                _ => cursor.skip()?,
            }
        }
        cursor.end()?;
        Some(Step::Done)
    }

    fn payload<'a>(&self, cursor: &mut Cursor<'a>, fields: &mut Fields<'_, 'a>) -> Option<Step> {
        let mut once = Once::default();
        let mut members = cursor.object()?;
        while let Some(key) = members.next(cursor)? {
            match key {
                b"@type" => {
                    once.see(0)?;
                    fields.of_type = Some(text(cursor)?);
                }
                b"authenticationInfo" => {
                    once.see(1)?;
                    authentication(cursor, fields.entry)?;
                    if self.is_a_persons(cursor, fields) {
                        return Some(Step::Leave);
                    }
                }
                b"requestMetadata" => {
                    once.see(2)?;
                    request(cursor, fields.entry)?;
                }
                b"serviceName" => {
                    once.see(3)?;
                    fields.entry.service = text(cursor)?;
                }
                b"methodName" => {
                    once.see(4)?;
                    fields.entry.method = text(cursor)?;
                }
                b"resourceName" => {
                    once.see(5)?;
                    fields.entry.resource = text(cursor)?;
                }
                b"authorizationInfo" => {
                    once.see(6)?;
                    checks(cursor, &mut fields.entry.checks)?;
                }
                // Only events need them, and those are read by the reference path.
                b"status" => {
                    once.see(7)?;
                    cursor.skip_object()?;
                }
                b"request" => {
                    once.see(8)?;
                    cursor.skip()?;
                }
                b"response" => {
                    once.see(9)?;
                    cursor.skip()?;
                }
                key if is_snake_case(key) => return None,
                _ => cursor.skip()?,
            }
        }
        Some(Step::Done)
    }

    /// Returns whether the entry is a person's and can neither take a token nor be an event, whatever follows: neither
    /// service is named in the rest of the line.
    fn is_a_persons(&self, cursor: &Cursor<'_>, fields: &Fields<'_, '_>) -> bool {
        let email = &fields.entry.principal_email;
        let is_audit = fields.of_type.as_deref() == Some(AUDIT_LOG);
        if email.is_empty() || email.ends_with("gserviceaccount.com") || !is_audit {
            return false;
        }
        if !fields.entry.service.is_empty() {
            return !fields.entry.service.starts_with("iam");
        }
        let rest = cursor.rest();
        self.iam.find(rest).is_none() && self.escaped.find(rest).is_none()
    }
}

/// Whether to go on with a line.
enum Step {
    Done,
    Leave,
}

/// What has been read of a line.
struct Fields<'e, 'a> {
    entry: &'e mut Entry<'a>,
    of_type: Option<Cow<'a, str>>,
    timestamp: Cow<'a, str>,
    has_payload: bool,
}

impl Fields<'_, '_> {
    fn line(self) -> Line {
        if !self.has_payload
            || self
                .of_type
                .is_some_and(|of| of != AUDIT_LOG && !of.is_empty())
        {
            return Line::Other;
        }
        let entry = self.entry;
        if entry.service == IAM && entry.method.starts_with("google.iam.admin.v1.") {
            return Line::Odd;
        }
        entry.at = nanoseconds(&self.timestamp);
        Line::Audit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_entries_take_the_fast_path() {
        let line = |email: &str, service: &str| {
            format!(
                r#"{{"insertId":"1","logName":"projects/p/logs/l","protoPayload":{{"@type":"{AUDIT_LOG}","authenticationInfo":{{"principalEmail":"{email}"}},"request":{{"principalEmail":"decoy@x.iam.gserviceaccount.com"}},"serviceName":"{service}","methodName":"m"}},"timestamp":"2026-03-01T08:00:00Z"}}"#
            )
        };
        let of = |line: &str| Scanner::new().line(line, &mut Entry::default());
        let is_audit = |line: &str| of(line) == Line::Audit;
        let account = "etl@acme.iam.gserviceaccount.com";
        assert!(is_audit(&line(account, "storage.googleapis.com")));
        assert!(is_audit(&line(account, "iam.googleapis.com")));
        assert!(is_audit(&line("ana@acme.example", CREDENTIALS)));
        let persons = line("ana@acme.example", "storage.googleapis.com");
        assert_eq!(of(&persons), Line::PassedOver);
        // A name that hides from the search is found by the reference path's meaning all the same.
        let hidden = line("ana@acme.example", "\\u0069amcredentials.googleapis.com");
        assert!(is_audit(&hidden));
        let event = line("ana@acme.example", IAM)
            .replace("\"m\"", "\"google.iam.admin.v1.CreateServiceAccount\"");
        assert_eq!(of(&event), Line::Odd);
    }
}
