//! User agents without what differs from run to run.
//!
//! gcloud and gsutil send an `invocation-id` with every call; left in, groups would grow with the log for ever.

use std::borrow::Cow;

use memchr::memmem;

/// The longest user agent that is kept, bytes. The caller chose the text.
const LONGEST: usize = 1_024;

/// Names whose value is made anew for each run, lower case.
const RUN_NAMES: [&str; 20] = [
    "build-id",
    "correlation-id",
    "execution-id",
    "invocation-id",
    "job-run-id",
    "pid",
    "process-id",
    "request-id",
    "run-id",
    "run_id",
    "runid",
    "session-id",
    "session_id",
    "sessionid",
    "span-id",
    "task-id",
    "time",
    "timestamp",
    "trace-id",
    "uuid",
];

/// Returns the user agent without the marks of Google's front ends (`,gzip(gfe)`, ` (gzip)`), run ids, UUIDs, process
/// ids and times. Doing it twice changes nothing.
#[must_use]
pub fn normalise(text: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(trim(&text[..text.floor_char_boundary(LONGEST)]));
    // What is left around a gap may be a mark of its own. Each step shortens the text.
    while let Some(shorter) = step(&text) {
        text = Cow::Owned(trim(&shorter).to_owned());
    }
    text
}

/// Returns what stands before and behind gcloud's run id; `None` where there is none to be found quickly. The id itself
/// makes no difference to what [`normalise`] returns.
pub(super) fn around_run_id(text: &str) -> Option<(&str, &str)> {
    const NAME: &str = " invocation-id/";
    // What is cut off goes by the length of the whole text.
    if text.len() > LONGEST {
        return None;
    }
    let start = memmem::find(text.as_bytes(), NAME.as_bytes())?;
    let value = &text[start + NAME.len()..];
    let length = value.bytes().position(|byte| !byte.is_ascii_hexdigit())?;
    let behind = &value[length..];
    (length > 0 && behind.starts_with(' ')).then(|| (&text[..start], behind))
}

/// Returns the text without spaces around it and without the front ends' marks behind it.
fn trim(mut text: &str) -> &str {
    loop {
        text = text.trim();
        let Some(shorter) = text
            .strip_suffix(",gzip(gfe)")
            .or_else(|| text.strip_suffix(" (gzip)"))
            .or_else(|| text.strip_suffix(" gzip(gfe)"))
        else {
            break;
        };
        text = shorter;
    }
    if text == "(gzip)" || text == "gzip(gfe)" {
        ""
    } else {
        text
    }
}

/// Returns the text without its run ids; `None` where it has none.
fn step(text: &str) -> Option<String> {
    if !text.split(' ').any(|word| stable(word) != Some(word)) {
        return None;
    }
    let words: Vec<&str> = text.split(' ').filter_map(stable).collect();
    Some(words.join(" "))
}

/// Returns what of a word is the same in each run: all of it, what stands before the value, or nothing (`None`).
fn stable(word: &str) -> Option<&str> {
    let separator = |c| matches!(c, '/' | '=' | ':');
    if let Some((name, value)) = word.split_once(separator)
        && !value.is_empty()
        && RUN_NAMES.iter().any(|run| name.eq_ignore_ascii_case(run))
    {
        return None;
    }
    let Some(start) = run_id(word) else {
        return Some(word);
    };
    let kept = word[..start].trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && c != ')');
    (!kept.is_empty()).then_some(kept)
}

/// Returns where the first part of `word` starts that is a UUID, a long hexadecimal id, or a time.
fn run_id(word: &str) -> Option<usize> {
    let bytes = word.as_bytes();
    let mut start = 0;
    while start < bytes.len() {
        if !bytes[start].is_ascii_alphanumeric() {
            start += 1;
            continue;
        }
        let length = bytes[start..]
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric())
            .count();
        let rest = &bytes[start..];
        if is_long_id(&rest[..length]) || is_uuid(rest) || is_time(rest) {
            return Some(start);
        }
        start += length;
    }
    None
}

/// Returns whether a run of letters and digits is 32 or more hexadecimal digits, or an epoch in seconds, milli-, micro-
/// or nanoseconds.
fn is_long_id(run: &[u8]) -> bool {
    let hexadecimal = run.len() >= 32 && run.iter().all(u8::is_ascii_hexdigit);
    let epoch = matches!(run.len(), 10 | 13 | 16 | 19) && run.iter().all(u8::is_ascii_digit);
    hexadecimal || epoch
}

fn is_uuid(text: &[u8]) -> bool {
    text.len() >= 36
        && text[..36].iter().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
        && text.get(36).is_none_or(|b| !b.is_ascii_alphanumeric())
}

/// Returns whether the text starts with a date and an hour: `2026-03-01T08`.
fn is_time(text: &[u8]) -> bool {
    text.len() >= 13
        && text[..13].iter().enumerate().all(|(at, b)| match at {
            4 | 7 => *b == b'-',
            10 => *b == b'T' || *b == b't',
            _ => b.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_differs_from_run_to_run_goes_and_the_rest_stays() {
        let table = [
            ("", ""),
            ("(gzip),gzip(gfe)", ""),
            ("grpc-go/1.62.2,gzip(gfe)", "grpc-go/1.62.2"),
            (
                "Mozilla/5.0 Chrome/113.0.0.0,gzip(gfe),gzip(gfe)",
                "Mozilla/5.0 Chrome/113.0.0.0",
            ),
            (
                "google-api-nodejs-client/3.1.0 (gzip),gzip(gfe)",
                "google-api-nodejs-client/3.1.0",
            ),
            (
                "google-cloud-sdk gcloud/460.0.0 command/gcloud.storage.cp invocation-id/0123456789abcdef0123456789abcdef environment/GCE,gzip(gfe)",
                "google-cloud-sdk gcloud/460.0.0 command/gcloud.storage.cp environment/GCE",
            ),
            (
                "loader/2.0 run-id=77 pid/4242 PID:12 (linux)",
                "loader/2.0 (linux)",
            ),
            (
                "loader/550e8400-e29b-41d4-a716-446655440000 core",
                "loader core",
            ),
            ("550e8400-e29b-41d4-a716-446655440000", ""),
            ("loader-1767225600 v1", "loader v1"),
            ("loader/2026-03-01T08:00:00Z", "loader"),
            (
                "kubectl/v1.28.2 (linux/amd64) kubernetes/89a4ea3",
                "kubectl/v1.28.2 (linux/amd64) kubernetes/89a4ea3",
            ),
            (
                "terraform-provider-google/6.38.0 build/20260301",
                "terraform-provider-google/6.38.0 build/20260301",
            ),
            (
                "AppEngine-Google; (+http://code.google.com/appengine; appid: s~acme-prod)",
                "AppEngine-Google; (+http://code.google.com/appengine; appid: s~acme-prod)",
            ),
            ("büro/1 ünïcode", "büro/1 ünïcode"),
            ("timeless/1 uptime/3", "timeless/1 uptime/3"),
        ];
        for (text, expected) in table {
            assert_eq!(normalise(text), expected, "{text}");
        }
    }

    #[test]
    fn a_run_id_is_found_where_it_makes_no_difference() {
        let found = "google-cloud-sdk gcloud/5 invocation-id/4f1c environment/GCE,gzip(gfe)";
        assert_eq!(
            around_run_id(found),
            Some(("google-cloud-sdk gcloud/5", " environment/GCE,gzip(gfe)"))
        );
        assert_eq!(
            normalise(found),
            normalise(&found.replace("4f1c", "0123456789abcdef"))
        );
        for text in [
            "invocation-id/4f1c a",
            "a invocation-id/4f1c",
            "a invocation-id/ b",
            "a invocation-id/x-1 b",
            "gcloud",
        ] {
            assert_eq!(around_run_id(text), None, "{text}");
        }
        let long = format!("a invocation-id/4f1c {}", "x".repeat(LONGEST));
        assert_eq!(around_run_id(&long), None);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(normalise(&"ü".repeat(2_000)).len(), LONGEST);
        assert_eq!(
            normalise(&format!("a{}", "ü".repeat(2_000))).len(),
            LONGEST - 1
        );
    }

    proptest! {
        #[test]
        fn twice_is_once(text in "([a-f0-9-]{0,40}|[ /,:=()]|,gzip\\(gfe\\)|pid/|invocation-id/|[0-9]{10}|\\PC){0,12}") {
            let once = normalise(&text).into_owned();
            prop_assert_eq!(normalise(&once).into_owned(), once);
        }
    }
}
