//! The objects of an entry, member by member: each function reads one, and passes over what does not count.
//!
//! `None` is always: odd, the reference path decides.

use std::borrow::Cow;

use super::cursor::{Cursor, Raw};
use super::entry::{Check, Entry};

/// Which fields of an object were there; one that is there twice makes it odd.
#[derive(Default)]
pub(super) struct Once(u32);

impl Once {
    #[inline]
    pub(super) fn see(&mut self, field: u32) -> Option<()> {
        let bit = 1 << field;
        let first = self.0 & bit == 0;
        self.0 |= bit;
        first.then_some(())
    }
}

/// Returns whether a name is written as rows of tables write theirs: `audit_log`.
#[inline]
#[expect(
    clippy::manual_contains,
    reason = "names are short: the search that `contains` starts costs more than a look at each byte"
)]
pub(super) fn is_snake_case(name: &[u8]) -> bool {
    name.iter().any(|byte| *byte == b'_')
}

/// Returns a string; the empty one for `null`.
pub(super) fn text<'a>(cursor: &mut Cursor<'a>) -> Option<Cow<'a, str>> {
    match cursor.string_or_null()? {
        None => Some(Cow::Borrowed("")),
        Some(raw) => unescaped(raw),
    }
}

fn unescaped(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    if raw.escaped {
        serde_json::from_str(raw.quoted).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(raw.inner()))
    }
}

pub(super) fn resource<'a>(cursor: &mut Cursor<'a>, entry: &mut Entry<'a>) -> Option<()> {
    if cursor.null()? {
        return Some(());
    }
    let mut once = Once::default();
    let mut members = cursor.object()?;
    while let Some(key) = members.next(cursor)? {
        if key == b"labels" {
            once.see(0)?;
            labels(cursor, entry)?;
        } else {
            cursor.skip()?;
        }
    }
    Some(())
}

fn labels<'a>(cursor: &mut Cursor<'a>, entry: &mut Entry<'a>) -> Option<()> {
    if cursor.null()? {
        return Some(());
    }
    let mut once = Once::default();
    let mut members = cursor.object()?;
    while let Some(key) = members.next(cursor)? {
        match key {
            b"project_id" => {
                once.see(0)?;
                entry.project = text(cursor)?;
            }
            b"email_id" => {
                once.see(1)?;
                entry.label_email = text(cursor)?;
            }
            b"unique_id" => {
                once.see(2)?;
                entry.label_unique_id = text(cursor)?;
            }
            _ => cursor.skip()?,
        }
    }
    Some(())
}

pub(super) fn authentication<'a>(cursor: &mut Cursor<'a>, entry: &mut Entry<'a>) -> Option<()> {
    if cursor.null()? {
        return Some(());
    }
    let mut once = Once::default();
    let mut members = cursor.object()?;
    while let Some(key) = members.next(cursor)? {
        match key {
            b"principalEmail" => {
                once.see(0)?;
                entry.principal_email = text(cursor)?;
            }
            b"principalSubject" => {
                once.see(1)?;
                entry.principal_subject = text(cursor)?;
            }
            b"serviceAccountKeyName" => {
                once.see(2)?;
                entry.key_name = text(cursor)?;
            }
            b"serviceAccountDelegationInfo" => {
                once.see(3)?;
                delegates(cursor, entry)?;
            }
            key if is_snake_case(key) => return None,
            _ => cursor.skip()?,
        }
    }
    Some(())
}

/// Reads the delegates; the last one stays.
fn delegates<'a>(cursor: &mut Cursor<'a>, entry: &mut Entry<'a>) -> Option<()> {
    if cursor.null()? {
        return Some(());
    }
    let mut elements = cursor.array()?;
    while elements.next(cursor)? {
        let mut once = Once::default();
        let (mut email, mut subject) = (Cow::default(), Cow::default());
        let mut members = cursor.object()?;
        while let Some(key) = members.next(cursor)? {
            match key {
                b"firstPartyPrincipal" => {
                    once.see(0)?;
                    email = first_party(cursor)?;
                }
                b"principalSubject" => {
                    once.see(1)?;
                    subject = text(cursor)?;
                }
                b"thirdPartyPrincipal" => return None,
                key if is_snake_case(key) => return None,
                _ => cursor.skip()?,
            }
        }
        entry.delegate = if email.is_empty() { subject } else { email };
    }
    Some(())
}

fn first_party<'a>(cursor: &mut Cursor<'a>) -> Option<Cow<'a, str>> {
    let mut email = Cow::default();
    if cursor.null()? {
        return Some(email);
    }
    let mut once = Once::default();
    let mut members = cursor.object()?;
    while let Some(key) = members.next(cursor)? {
        match key {
            b"principalEmail" => {
                once.see(0)?;
                email = text(cursor)?;
            }
            key if is_snake_case(key) => return None,
            _ => cursor.skip()?,
        }
    }
    Some(email)
}

pub(super) fn request<'a>(cursor: &mut Cursor<'a>, entry: &mut Entry<'a>) -> Option<()> {
    if cursor.null()? {
        return Some(());
    }
    let mut once = Once::default();
    let mut members = cursor.object()?;
    while let Some(key) = members.next(cursor)? {
        match key {
            b"callerIp" => {
                once.see(0)?;
                entry.address = text(cursor)?;
            }
            b"callerSuppliedUserAgent" => {
                once.see(1)?;
                entry.user_agent = text(cursor)?;
            }
            b"callerNetwork" => {
                once.see(2)?;
                entry.network = text(cursor)?;
            }
            key if is_snake_case(key) => return None,
            _ => cursor.skip()?,
        }
    }
    Some(())
}

pub(super) fn checks<'a>(cursor: &mut Cursor<'a>, checks: &mut Vec<Check<'a>>) -> Option<()> {
    if cursor.null()? {
        return Some(());
    }
    let mut elements = cursor.array()?;
    while elements.next(cursor)? {
        let mut check = Check::default();
        let mut once = Once::default();
        let mut members = cursor.object()?;
        while let Some(key) = members.next(cursor)? {
            match key {
                b"permission" => {
                    once.see(0)?;
                    check.permission = text(cursor)?;
                }
                b"resource" => {
                    once.see(1)?;
                    check.resource = text(cursor)?;
                }
                b"granted" => {
                    once.see(2)?;
                    check.granted = cursor.boolean()?;
                }
                _ => cursor.skip()?,
            }
        }
        if !check.permission.is_empty() {
            checks.push(check);
        }
    }
    Some(())
}
