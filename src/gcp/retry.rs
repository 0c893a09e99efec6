//! What is tried again, how often, and after how long.
//!
//! Tried again: 429; 403 with a reason that says rate limit; 500, 502, 503, 504; a connection refused, reset or not made;
//! an answer cut, stalled or late; a success whose body is no JSON. 401 once. Nothing else.

use std::time::Duration;

use chrono::{DateTime, Utc};
use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};

use super::error::{Error, ErrorKind, Fault};

/// The bounds on trying again, and the waits between.
///
/// Waits have full jitter: anything from nothing up to `base` doubled per attempt, at most `cap`
/// (<https://cloud.google.com/iam/docs/retry-strategy>). Where Google says how long to wait, that is waited instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a request is sent at most. Default 6.
    pub max_attempts: u32,
    /// Time for all attempts and waits of one request, without its time in our own queues. Default 180 s.
    pub total: Duration,
    /// Upper bound of the first wait. Default 0.5 s.
    pub base: Duration,
    /// Upper bound of any wait that Google did not ask for. Default 32 s.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 6,
            total: Duration::from_secs(180),
            base: Duration::from_millis(500),
            cap: Duration::from_secs(32),
        }
    }
}

/// A failed attempt.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: Error,
    /// How long Google asks to wait: `Retry-After`, or `RetryInfo` in the body.
    pub(super) asked: Option<Duration>,
    /// Whether a quota per minute was hit, which waiting mends.
    pub(super) rate_limited: bool,
}

/// What comes after a failed attempt.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Wait, then send again.
    Again(Duration),
    /// The error stands.
    GiveUp,
    /// The error stands, because Google asks to wait that long, which is more than the time left.
    TooLong(Duration),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self {
            error,
            asked: None,
            rate_limited: false,
        }
    }
}

impl Failure {
    /// Returns whether the same request may succeed later.
    pub(super) fn may_pass(&self) -> bool {
        match (self.error.kind(), self.error.status()) {
            (ErrorKind::Transport { fault }, _) => match fault {
                Fault::Refused
                | Fault::Reset
                | Fault::Unreachable
                | Fault::Cut
                | Fault::Stalled
                | Fault::TimedOut
                | Fault::NotJson => true,
                Fault::TooLarge => false,
            },
            // What was not accepted once is not accepted on the next try, whatever the code: BigQuery has 500 for some.
            (ErrorKind::BadRequest, _) => false,
            (_, Some(429 | 500 | 502 | 503 | 504)) => true,
            (_, Some(403)) => self.rate_limited,
            _ => false,
        }
    }
}

impl RetryPolicy {
    /// Returns what comes after attempt number `attempt`, with `spent` of the total gone; `random` is in 0..1.
    pub(super) fn next(
        &self,
        failure: &Failure,
        attempt: u32,
        spent: Duration,
        random: f64,
    ) -> Next {
        if !failure.may_pass() || attempt >= self.max_attempts {
            return Next::GiveUp;
        }
        let left = self.total.saturating_sub(spent);
        let wait = match failure.asked {
            Some(asked) if asked >= left => return Next::TooLong(asked),
            // A little jitter on top, so that callers who were told the same do not come back together.
            Some(asked) => (asked + self.base.mul_f64(random)).min(left),
            None => self.backoff(attempt).mul_f64(random),
        };
        if wait < left {
            Next::Again(wait)
        } else {
            Next::GiveUp
        }
    }

    /// Returns the longest wait after that attempt.
    fn backoff(&self, attempt: u32) -> Duration {
        let doubled = 2_u32.saturating_pow(attempt.saturating_sub(1));
        self.base.saturating_mul(doubled).min(self.cap)
    }
}

/// Returns the wait that the header `Retry-After` asks for, as seconds or as an HTTP date.
///
/// A date is measured from the answer's own `Date`, since this machine's clock may be wrong; without one from `now`.
pub(super) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(value).ok()?;
    let date = headers
        .get(DATE)
        .and_then(|date| DateTime::parse_from_rfc2822(date.to_str().ok()?).ok());
    let from = date.map_or(now, |date| date.with_timezone(&Utc));
    Some(
        until
            .with_timezone(&Utc)
            .signed_duration_since(from)
            .to_std()
            .unwrap_or_default(),
    )
}

/// Returns the duration of protobuf's JSON form: `4s`, `0.5s`.
pub(super) fn protobuf_duration(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.strip_suffix('s')?.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(kind: ErrorKind, status: Option<u16>) -> Failure {
        let error = Error::new(kind, "");
        Failure::from(match status {
            Some(status) => error.with_status(status),
            None => error,
        })
    }

    fn unavailable(asked: Option<u64>) -> Failure {
        Failure {
            asked: asked.map(Duration::from_secs),
            ..failure(ErrorKind::Server, Some(503))
        }
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        let quota = || ErrorKind::QuotaExceeded {
            limit: None,
            consumer: None,
        };
        for status in [500, 502, 503, 504] {
            assert!(
                failure(ErrorKind::Server, Some(status)).may_pass(),
                "{status}"
            );
        }
        assert!(failure(quota(), Some(429)).may_pass());
        assert!(
            Failure {
                rate_limited: true,
                ..failure(quota(), Some(403))
            }
            .may_pass()
        );
        assert!(!failure(quota(), Some(403)).may_pass());
        assert!(!failure(ErrorKind::Server, Some(501)).may_pass());
        assert!(!failure(ErrorKind::NotFound, Some(404)).may_pass());
        assert!(
            !failure(
                ErrorKind::Transport {
                    fault: Fault::TooLarge
                },
                Some(200)
            )
            .may_pass()
        );
        assert!(failure(ErrorKind::Transport { fault: Fault::Cut }, Some(200)).may_pass());
        assert!(!failure(ErrorKind::Credentials, None).may_pass());
    }

    #[test]
    fn waits_double_up_to_the_cap() {
        let policy = RetryPolicy {
            max_attempts: 99,
            ..RetryPolicy::default()
        };
        let waits: Vec<Next> = (1..=8)
            .map(|attempt| policy.next(&unavailable(None), attempt, Duration::ZERO, 1.0))
            .collect();
        let expected = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 32_000];
        assert_eq!(
            waits,
            expected.map(|milliseconds| Next::Again(Duration::from_millis(milliseconds)))
        );
    }

    #[test]
    fn both_bounds_hold() {
        let policy = RetryPolicy::default();
        assert_eq!(
            policy.next(&unavailable(None), 6, Duration::ZERO, 0.0),
            Next::GiveUp
        );
        assert_eq!(
            policy.next(&unavailable(None), 1, policy.total, 0.0),
            Next::GiveUp
        );
        assert_eq!(
            policy.next(&unavailable(None), 5, Duration::from_secs(173), 1.0),
            Next::GiveUp
        );
    }

    #[test]
    fn a_wait_that_google_asks_for_is_waited_or_refused() {
        let policy = RetryPolicy::default();
        let asks =
            |seconds| policy.next(&unavailable(Some(seconds)), 1, Duration::from_secs(60), 0.5);
        assert_eq!(asks(7), Next::Again(Duration::from_millis(7_250)));
        assert_eq!(asks(121), Next::TooLong(Duration::from_secs(121)));
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = DateTime::from_timestamp(0, 0).expect("a time");
        let asked = |after: &'static str, date: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, after.parse().expect("a header"));
            if let Some(date) = date {
                headers.insert(DATE, date.parse().expect("a header"));
            }
            retry_after(&headers, now).map(|wait| wait.as_secs())
        };
        assert_eq!(asked("120", None), Some(120));
        assert_eq!(
            asked(
                "Wed, 21 Oct 2026 07:28:30 GMT",
                Some("Wed, 21 Oct 2026 07:28:00 GMT")
            ),
            Some(30)
        );
        assert_eq!(
            asked(
                "Wed, 21 Oct 2026 07:28:00 GMT",
                Some("Wed, 21 Oct 2026 07:29:00 GMT")
            ),
            Some(0)
        );
        assert_eq!(asked("Thu, 01 Jan 1970 00:01:00 GMT", None), Some(60));
        assert_eq!(asked("soon", None), None);
        assert_eq!(asked("-1", None), None);
    }

    #[test]
    fn protobuf_durations_are_read() {
        assert_eq!(protobuf_duration("4s"), Some(Duration::from_secs(4)));
        assert_eq!(
            protobuf_duration("0.250s"),
            Some(Duration::from_millis(250))
        );
        for text in ["4", "-1s", "NaNs", "1e99s", ""] {
            assert_eq!(protobuf_duration(text), None, "{text}");
        }
    }
}
