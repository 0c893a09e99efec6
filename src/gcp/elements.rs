//! The elements of a page, checked one by one, so that a bad one does not cost the page.
//!
//! A hub decodes a page whole: one bad timestamp in one key would lose every key beside it. So the transport tries each
//! element alone, drops those that do not decode, and says in a response header how many it dropped.

use std::borrow::Cow;
use std::collections::BTreeMap;

use bytes::Bytes;
use http::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// Response header with the number of elements that were dropped.
pub(super) const MALFORMED: &str = "x-malformed-elements";

/// How to check the elements of a page.
#[derive(Debug, Clone, Copy)]
pub(super) struct Elements {
    key: &'static str,
    check: Check,
    mend: Option<fn(&str) -> Option<Mended>>,
    alone: bool,
    beside: Option<(&'static str, Check)>,
}

/// Tells whether an element's text decodes.
type Check = fn(&str) -> bool;

/// An element that was rewritten.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mended {
    text: String,
    /// How many of its parts were dropped.
    dropped: usize,
}

/// A page whose elements all decode.
#[derive(Debug, PartialEq)]
pub(super) struct Checked {
    pub(super) body: Bytes,
    pub(super) malformed: usize,
}

/// A body that is no JSON, no object, or has no array where the elements belong.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// Not JSON at all, such as a proxy's page: the next answer may be.
    Unreadable,
    /// JSON, but no object.
    NoObject,
    /// A JSON object with something else in the array's place.
    ListMissing,
}

impl Elements {
    /// Returns the rule for elements in the array `key`, each of which must pass `check`.
    pub(super) const fn of(key: &'static str, check: Check) -> Self {
        Self {
            key,
            check,
            mend: None,
            alone: false,
            beside: None,
        }
    }

    /// Returns the rule with a second array that is wanted too, each element of which must pass `check`.
    pub(super) const fn beside(mut self, key: &'static str, check: Check) -> Self {
        self.beside = Some((key, check));
        self
    }

    /// Returns the rule with a mender, which rewrites an element before the check where it must.
    pub(super) const fn mended_by(mut self, mend: fn(&str) -> Option<Mended>) -> Self {
        self.mend = Some(mend);
        self
    }

    /// Returns the rule for an answer of which nothing but the elements is wanted: a field beside them that a hub could
    /// not decode, such as a policy's `etag` that is no base64, then costs none of them.
    pub(super) const fn alone(mut self) -> Self {
        self.alone = true;
        self
    }

    /// Returns the page without the elements that do not decode; a page that is good stays byte for byte.
    pub(super) fn check(&self, body: Bytes) -> Result<Checked, Broken> {
        let mut page = fields(&body)?;
        let (beside, lost) = self.check_beside(&page);
        if let (Some((key, _)), Some(text)) = (self.beside, &beside) {
            page.insert(Cow::Borrowed(key), text);
        }
        let Some(list) = page.get(self.key).filter(|list| list.get() != "null") else {
            let body = if self.alone {
                self.written(&page, None)
            } else {
                body
            };
            return Ok(Checked {
                body,
                malformed: lost,
            });
        };
        let elements: Vec<&RawValue> =
            serde_json::from_str(list.get()).map_err(|_| Broken::ListMissing)?;

        let total = elements.len();
        let (mut mended, mut dropped) = (false, 0);
        let mut kept = Vec::with_capacity(total);
        for element in elements {
            let text = match self.mend.and_then(|mend| mend(element.get())) {
                Some(element) => {
                    mended = true;
                    dropped += element.dropped;
                    Cow::Owned(element.text)
                }
                None => Cow::Borrowed(element.get()),
            };
            if (self.check)(&text) {
                kept.push(text);
            }
        }
        let malformed = total - kept.len() + dropped + lost;
        if malformed == 0 && !mended && !self.alone {
            return Ok(Checked { body, malformed });
        }
        let list = format!("[{}]", kept.join(","));
        Ok(Checked {
            body: self.written(&page, Some(&list)),
            malformed,
        })
    }

    /// Returns the array beside the elements without what does not decode, and how much that is; `None` where there is
    /// no such array.
    fn check_beside(&self, page: &Page<'_>) -> (Option<Box<RawValue>>, usize) {
        let list = self
            .beside
            .and_then(|(key, check)| Some((page.get(key)?, check)));
        let Some((list, check)) = list.filter(|(list, _)| list.get() != "null") else {
            return (None, 0);
        };
        let elements: Option<Vec<&RawValue>> = serde_json::from_str(list.get()).ok();
        let total = elements.as_ref().map_or(1, Vec::len);
        let kept: Vec<&RawValue> = elements
            .into_iter()
            .flatten()
            .filter(|element| check(element.get()))
            .collect();
        let lost = total - kept.len();
        (serde_json::value::to_raw_value(&kept).ok(), lost)
    }

    /// Returns the page's text with `list` as its elements; of the other fields those that are wanted.
    fn written(&self, page: &Page<'_>, list: Option<&str>) -> Bytes {
        let is_wanted = |name: &str| {
            !self.alone || name == self.key || self.beside.is_some_and(|(key, _)| key == name)
        };
        let fields: Vec<String> = page
            .iter()
            .filter(|(name, _)| is_wanted(name))
            .map(|(name, value)| {
                let value = match list {
                    Some(list) if name == self.key => list,
                    _ => value.get(),
                };
                format!("{}:{value}", Value::from(name.as_ref()))
            })
            .collect();
        Bytes::from(format!("{{{}}}", fields.join(",")))
    }
}

/// Returns the body of an answer without elements, which must be a JSON object.
pub(super) fn object(body: Bytes) -> Result<Checked, Broken> {
    fields(&body)?;
    Ok(Checked { body, malformed: 0 })
}

/// The fields of an answer, with their texts.
type Page<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

fn fields(body: &[u8]) -> Result<Page<'_>, Broken> {
    serde_json::from_slice(body).map_err(|_| {
        if serde_json::from_slice::<&RawValue>(body).is_ok() {
            Broken::NoObject
        } else {
            Broken::Unreadable
        }
    })
}

/// Returns whether the text decodes as `T`.
///
/// From text, never from a [`Value`]: the hubs' types borrow from their input.
pub(super) fn decodes<T: DeserializeOwned>(text: &str) -> bool {
    serde_json::from_str::<T>(text).is_ok()
}

/// Returns how many elements the transport dropped from the page.
pub(super) fn malformed(headers: &HeaderMap) -> usize {
    headers
        .get(MALFORMED)
        .and_then(|count| count.to_str().ok()?.parse().ok())
        .unwrap_or(0)
}

/// Returns a service account key with the fields of the discovery document, where it came with those of the guide.
///
/// Google's guide shows flat `disable_reason`, `extended_status` and `extended_status_message`
/// (<https://cloud.google.com/iam/docs/keys-list-get>), the API's definition `disableReason` and a list
/// `extendedStatus`. To lose either would hide that a key was found in public.
pub(super) fn key_in_camel_case(text: &str) -> Option<Mended> {
    if !text.contains("\"disable_reason\"") && !text.contains("\"extended_status") {
        return None;
    }
    let mut key: Map<String, Value> = serde_json::from_str(text).ok()?;
    if let Some(reason) = key.remove("disable_reason") {
        key.entry("disableReason").or_insert(reason);
    }
    let message = key.remove("extended_status_message");
    if let Some(status) = key.remove("extended_status") {
        let list = match status.as_str() {
            Some(name) => json!([{ "key": name, "value": message }]),
            None => status,
        };
        key.entry("extendedStatus").or_insert(list);
    }
    Some(Mended {
        text: Value::Object(key).to_string(),
        dropped: 0,
    })
}

/// Returns a policy's binding without the members that are no text, where it has such.
pub(super) fn binding_of_texts(text: &str) -> Option<Mended> {
    let mut binding: Map<String, Value> = serde_json::from_str(text).ok()?;
    let members = binding.get_mut("members")?.as_array_mut()?;
    let before = members.len();
    members.retain(Value::is_string);
    let dropped = before - members.len();
    (dropped > 0).then(|| Mended {
        text: Value::Object(binding).to_string(),
        dropped,
    })
}

#[cfg(test)]
mod tests {
    use google_iam1::api::{
        AuditConfig, Binding, ListServiceAccountKeysResponse, Policy, ServiceAccount,
        ServiceAccountKey,
    };

    use super::*;

    const ACCOUNTS: Elements = Elements::of("accounts", decodes::<ServiceAccount>);
    const KEYS: Elements =
        Elements::of("keys", decodes::<ServiceAccountKey>).mended_by(key_in_camel_case);
    const BINDINGS: Elements = Elements::of("bindings", decodes::<Binding>)
        .mended_by(binding_of_texts)
        .alone();

    fn page(rule: &Elements, body: &str) -> (String, usize) {
        let checked = rule.check(Bytes::from(body.to_owned())).expect("a page");
        (
            String::from_utf8(checked.body.to_vec()).expect("text"),
            checked.malformed,
        )
    }

    #[test]
    fn a_good_page_stays_as_it_came() {
        let body = "{ \"nextPageToken\": \"t\", \"accounts\": [ {\"email\": \"a@b\"} ] }";
        assert_eq!(page(&ACCOUNTS, body), (body.to_owned(), 0));
    }

    #[test]
    fn bad_elements_are_dropped_and_counted() {
        let body = r#"{"accounts":[{"email":"a@b"},{"email":7},null,"x",{"etag":"not base64!"}],"nextPageToken":"t"}"#;
        assert_eq!(
            page(&ACCOUNTS, body),
            (
                r#"{"accounts":[{"email":"a@b"}],"nextPageToken":"t"}"#.to_owned(),
                4
            )
        );
    }

    #[test]
    fn a_page_without_the_array_is_empty() {
        assert_eq!(
            page(&ACCOUNTS, r#"{"nextPageToken":"t"}"#),
            (r#"{"nextPageToken":"t"}"#.to_owned(), 0)
        );
        assert_eq!(page(&ACCOUNTS, r#"{"accounts":null}"#).1, 0);
    }

    #[test]
    fn a_body_of_another_shape_is_broken() {
        let check = |body: &'static str| ACCOUNTS.check(Bytes::from_static(body.as_bytes()));
        assert_eq!(check("<html></html>"), Err(Broken::Unreadable));
        assert_eq!(check(r#"{"accounts":["#), Err(Broken::Unreadable));
        assert_eq!(check("[1]"), Err(Broken::NoObject));
        assert_eq!(check("null"), Err(Broken::NoObject));
        assert_eq!(check(r#"{"accounts":{}}"#), Err(Broken::ListMissing));
    }

    #[test]
    fn a_policy_is_its_bindings_and_a_bad_part_costs_no_other() {
        let body = r#"{"version":"three","etag":"not base64!","auditConfigs":7,"bindings":[
            {"role":"roles/viewer","members":["user:ana@acme.example",7,null],"condition":{"title":"t","expression":"e"}},
            {"role":7},"x",{"role":"roles/editor","members":"user:ana@acme.example"},{"role":"roles/browser"}]}"#;
        let (body, malformed) = page(&BINDINGS, body);
        insta::assert_snapshot!(body, @r#"{"bindings":[{"condition":{"expression":"e","title":"t"},"members":["user:ana@acme.example"],"role":"roles/viewer"},{"role":"roles/browser"}]}"#);
        assert_eq!(malformed, 5);
        assert!(decodes::<Policy>(&body));
        assert_eq!(page(&BINDINGS, r#"{"etag":"ACAB"}"#), ("{}".to_owned(), 0));
    }

    #[test]
    fn what_is_wanted_beside_the_elements_is_checked_as_they_are() {
        let rule = BINDINGS.beside("auditConfigs", decodes::<AuditConfig>);
        let (good, bad) = (r#"{"service":"allServices"}"#, r#"{"service":7}"#);
        let body = format!(r#"{{"etag":7,"auditConfigs":[{good},{bad}],"bindings":[7]}}"#);
        let expected = format!(r#"{{"auditConfigs":[{good}],"bindings":[]}}"#);
        assert_eq!(page(&rule, &body), (expected, 2));
        let alone = format!(r#"{{"auditConfigs":[{good}]}}"#);
        assert_eq!(page(&rule, &alone), (alone.clone(), 0));
        assert_eq!(
            page(&rule, r#"{"auditConfigs":null}"#),
            (r#"{"auditConfigs":null}"#.to_owned(), 0)
        );
        assert_eq!(page(&rule, r#"{"auditConfigs":7}"#).1, 1);
    }

    #[test]
    fn keys_in_the_form_of_the_guide_are_understood() {
        let body = r#"{"keys":[{"name":"projects/p/serviceAccounts/a/keys/1","disabled":true,
            "disable_reason":"SERVICE_ACCOUNT_KEY_DISABLE_REASON_EXPOSED",
            "extended_status":"SERVICE_ACCOUNT_KEY_EXTENDED_STATUS_KEY_EXPOSED",
            "extended_status_message":"https://example.com/leak"}]}"#;
        let (body, malformed) = page(&KEYS, body);
        let answer: ListServiceAccountKeysResponse = serde_json::from_str(&body).expect("decodes");
        let key = answer.keys.expect("keys").remove(0);
        let status = key.extended_status.expect("a status").remove(0);
        assert_eq!(malformed, 0);
        assert_eq!(
            key.disable_reason.as_deref(),
            Some("SERVICE_ACCOUNT_KEY_DISABLE_REASON_EXPOSED")
        );
        assert_eq!(
            status.key.as_deref(),
            Some("SERVICE_ACCOUNT_KEY_EXTENDED_STATUS_KEY_EXPOSED")
        );
        assert_eq!(status.value.as_deref(), Some("https://example.com/leak"));
    }
}
