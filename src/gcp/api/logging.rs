//! Logging, v2: log entries, as the text that Google sent.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::Request;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use crate::gcp::allow::checked_name;
use crate::gcp::error::{Error, ErrorKind};
use crate::gcp::google::Google;
use crate::gcp::paging::{self, Listed, Page};

/// Resource names in a call; Google takes at most 100.
pub const MAX_NAMES: usize = 100;

/// Entries per page: more is not given.
pub const PAGE_SIZE: usize = 1_000;

const METHOD: &str = "logging.entries.list";

/// One page of entries.
#[derive(Debug, Clone, Copy)]
pub struct Entries<'a> {
    /// The entries, newest first.
    pub entries: &'a [&'a RawValue],
    /// Whether another page follows.
    pub more: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    #[serde(borrow, default)]
    entries: Option<Vec<&'a RawValue>>,
    next_page_token: Option<String>,
}

/// Gives every page of the entries that match `filter` to `take`, newest first, and returns how the list was read: as many
/// empty `items` as there were entries.
///
/// `names` are resource names, at most [`MAX_NAMES`]: `projects/acme-prod`, `folders/11`, `organizations/4711`. Source:
/// `logging.entries.list`, which may answer an empty page with a token: that ends nothing.
pub async fn entries(
    google: &Google,
    names: &[String],
    filter: &str,
    take: impl FnMut(Entries<'_>),
) -> Listed<()> {
    let told = told(names);
    if let Some(wrong) = names
        .iter()
        .find_map(|name| checked_name(METHOD, name).err())
    {
        return Listed {
            items: Vec::new(),
            malformed: 0,
            stopped: Some(wrong),
        };
    }
    let first = names.first().map_or("", String::as_str);
    // One page is read after the other; the lock is what the compiler needs to know it.
    let take = Mutex::new(take);
    let mut listed = paging::pages(METHOD, first, |token| {
        let request = request(names, filter, token.as_deref());
        let take = &take;
        async move {
            let answer = google.transport().send(request?).await?;
            let page: Answer<'_> = serde_json::from_slice(answer.body()).map_err(|_| {
                Error::new(ErrorKind::Malformed, "no list where the entries belong")
            })?;
            let entries = page.entries.unwrap_or_default();
            let next = page.next_page_token.filter(|token| !token.is_empty());
            let mut take = take.lock().unwrap_or_else(PoisonError::into_inner);
            take(Entries {
                entries: &entries,
                more: next.is_some(),
            });
            Ok(Page {
                items: Some(vec![(); entries.len()]),
                next,
                malformed: 0,
            })
        }
    })
    .await;
    listed.stopped = listed.stopped.map(|error| error.on(METHOD, &told));
    listed
}

/// Returns the names as a message has them: `projects/acme-prod and 99 more`.
#[must_use]
pub fn told(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [name] => name.clone(),
        [first, more @ ..] => format!("{first} and {} more", more.len()),
    }
}

fn request(names: &[String], filter: &str, token: Option<&str>) -> Result<Request<Bytes>, Error> {
    let mut body = json!({
        "resourceNames": names, "filter": filter, "orderBy": "timestamp desc", "pageSize": PAGE_SIZE,
    });
    if let Some(token) = token {
        body["pageToken"] = token.into();
    }
    Request::post("https://logging.googleapis.com/v2/entries:list")
        .header(http::header::CONTENT_TYPE, "application/json")
        .body(Bytes::from(body.to_string()))
        .map_err(|_| Error::new(ErrorKind::NotAllowed, "not a request"))
}
