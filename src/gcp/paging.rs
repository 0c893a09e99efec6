//! Lists that come in pages, read to their end.

use std::collections::HashSet;

use google_apis_common::Response;

use super::allow::checked_name;
use super::elements;
use super::error::{Error, ErrorKind, from_hub};

/// Pages read of one list at most: a million service accounts at a hundred a page.
const MAX_PAGES: usize = 10_000;

/// Bytes of a page token at most; it must fit into an address.
const MAX_TOKEN: usize = 16 << 10;

/// What was read of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Listed<T> {
    /// The elements that decoded, in Google's order.
    pub items: Vec<T>,
    /// How many elements did not decode and were dropped.
    pub malformed: usize,
    /// Why the list is not whole; `items` then holds the pages before.
    pub stopped: Option<Error>,
}

/// One page, as a hub or a thin call gave it.
#[derive(Debug)]
pub(super) struct Page<T> {
    pub(super) items: Option<Vec<T>>,
    pub(super) next: Option<String>,
    pub(super) malformed: usize,
}

impl<T> Page<T> {
    /// Returns the page of a hub's response: its elements and the token of the next one.
    pub(super) fn of(response: &Response, items: Option<Vec<T>>, next: Option<String>) -> Self {
        Self {
            items,
            next,
            malformed: elements::malformed(response.headers()),
        }
    }
}

/// Returns the whole list that a hub reads; `page` reads the page of a token, the first without one.
pub(super) async fn all<T, F, P>(method: &str, name: &str, mut page: F) -> Listed<T>
where
    F: FnMut(Option<String>) -> P,
    P: Future<Output = google_apis_common::Result<Page<T>>>,
{
    pages(method, name, |token| {
        let page = page(token);
        async { page.await.map_err(|error| from_hub(error, method, name)) }
    })
    .await
}

/// Returns the whole list; `page` reads the page of a token, the first without one.
///
/// The token decides, not the count: an empty page with a token goes on, and a missing or empty token ends the list.
pub(super) async fn pages<T, F, P>(method: &str, name: &str, mut page: F) -> Listed<T>
where
    F: FnMut(Option<String>) -> P,
    P: Future<Output = Result<Page<T>, Error>>,
{
    let mut listed = Listed {
        items: Vec::new(),
        malformed: 0,
        stopped: None,
    };
    let mut seen = HashSet::new();
    let mut token = None;
    if let Err(error) = checked_name(method, name) {
        listed.stopped = Some(error);
        return listed;
    }
    loop {
        match page(token).await {
            Ok(page) => {
                listed.items.extend(page.items.unwrap_or_default());
                listed.malformed += page.malformed;
                token = page.next.filter(|next| !next.is_empty());
            }
            Err(error) => {
                listed.stopped = Some(error);
                return listed;
            }
        }
        let Some(next) = &token else { return listed };
        let endless = if next.len() > MAX_TOKEN {
            "a page token that fits into no address"
        } else if !seen.insert(next.clone()) {
            "a page token came twice"
        } else if seen.len() >= MAX_PAGES {
            "ten thousand pages and no end"
        } else {
            continue;
        };
        listed.stopped = Some(Error::new(ErrorKind::EndlessList, endless).on(method, name));
        return listed;
    }
}

/// Returns the one resource that `call` reads.
///
/// # Errors
/// Whatever the transport gives; [`ErrorKind::NotAllowed`], with nothing sent, for what is no resource name.
pub(super) async fn one<T, P>(
    method: &str,
    name: &str,
    call: impl FnOnce() -> P,
) -> Result<T, Error>
where
    P: Future<Output = google_apis_common::Result<(Response, T)>>,
{
    checked_name(method, name)?;
    let (_, resource) = call()
        .await
        .map_err(|error| from_hub(error, method, name))?;
    Ok(resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads a list whose page for the n-th call is `pages(n)`: elements and next token.
    async fn read(pages: impl Fn(usize) -> (Option<Vec<u32>>, Option<String>)) -> Listed<u32> {
        let mut calls = 0;
        all("iam.projects.serviceAccounts.list", "projects/acme", |_| {
            let (items, next) = pages(calls);
            calls += 1;
            async {
                Ok(Page {
                    items,
                    next,
                    malformed: 1,
                })
            }
        })
        .await
    }

    #[tokio::test]
    async fn the_token_decides_not_the_count() {
        let listed = read(|call| match call {
            0 => (Some(vec![1]), Some("a".to_owned())),
            1 => (None, Some("b".to_owned())),
            2 => (Some(vec![2]), Some(String::new())),
            _ => panic!("an empty token ends the list"),
        })
        .await;
        assert_eq!(
            listed,
            Listed {
                items: vec![1, 2],
                malformed: 3,
                stopped: None
            }
        );
    }

    #[tokio::test]
    async fn a_list_without_end_is_left_with_what_was_read() {
        let twice = read(|_| (Some(vec![1]), Some("same".to_owned()))).await;
        assert_eq!(twice.items, [1, 1]);
        insta::assert_snapshot!(twice.stopped.expect("stopped"), @r"listing the service accounts of projects/acme: the list does not end: a page token came twice");

        let fresh = read(|call| (Some(vec![1]), Some(call.to_string()))).await;
        assert_eq!(fresh.items.len(), MAX_PAGES);
        insta::assert_snapshot!(fresh.stopped.expect("stopped"), @r"listing the service accounts of projects/acme: the list does not end: ten thousand pages and no end");

        let long = read(|_| (Some(vec![1]), Some("x".repeat(MAX_TOKEN + 1)))).await;
        assert_eq!(long.items, [1]);
        insta::assert_snapshot!(long.stopped.expect("stopped"), @r"listing the service accounts of projects/acme: the list does not end: a page token that fits into no address");
    }
}
