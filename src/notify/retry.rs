//! What is sent again, and after how long.
//!
//! Only what has surely not arrived: a message that may have is not sent twice.

use std::io;
use std::time::Duration;

use http::header::RETRY_AFTER;

use super::sender::Answer;

/// How often a message is sent at most.
const ATTEMPTS: u32 = 5;
/// The first wait where the receiver names none; doubled with each attempt.
const BASE: Duration = Duration::from_secs(1);
/// The longest wait that a receiver can ask for. Slack allows one message a second.
const LONGEST: Duration = Duration::from_secs(120);

/// Returns how long to wait before attempt number `attempt` + 1; `None`: what came stands.
///
/// Sent again: 429 and 5xx, a connection that was refused or not made. A wait that the receiver asks for is waited, and
/// refused where it is longer than two minutes.
pub(super) fn wait(result: &io::Result<Answer>, attempt: u32) -> Option<Duration> {
    if attempt >= ATTEMPTS {
        return None;
    }
    let backoff = BASE * 2_u32.pow(attempt - 1);
    match result {
        Ok(answer) if answer.status.as_u16() == 429 || answer.status.is_server_error() => {
            let asked = retry_after(answer).unwrap_or(backoff);
            (asked <= LONGEST).then_some(asked)
        }
        Ok(_) => None,
        Err(error) => never_left(error).then_some(backoff),
    }
}

/// Returns whether no connection was made, so that nothing was sent.
fn never_left(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::HostUnreachable
    )
}

/// Returns the wait that an answer asks for. Slack writes seconds.
pub(super) fn retry_after(answer: &Answer) -> Option<Duration> {
    let seconds = answer.headers.get(RETRY_AFTER)?.to_str().ok()?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    use super::*;

    fn answer(status: u16, asked: Option<&str>) -> io::Result<Answer> {
        let asked = asked.map(|asked| (RETRY_AFTER, asked.parse().expect("a header")));
        Ok(Answer {
            status: StatusCode::from_u16(status).expect("a status"),
            headers: HeaderMap::from_iter(asked),
            body: Bytes::new(),
        })
    }

    #[test]
    fn what_has_surely_not_arrived_is_sent_again() {
        let table = [
            (answer(200, None), None),
            (answer(400, Some("1")), None),
            (answer(403, None), None),
            (answer(410, None), None),
            (answer(429, None), Some(1)),
            (answer(429, Some("30")), Some(30)),
            (answer(429, Some("3600")), None),
            (answer(429, Some("soon")), Some(1)),
            (answer(500, None), Some(1)),
            (answer(503, Some(" 0 ")), Some(0)),
            (Err(io::ErrorKind::ConnectionRefused.into()), Some(1)),
            (Err(io::ErrorKind::HostUnreachable.into()), Some(1)),
            (Err(io::ErrorKind::TimedOut.into()), None),
            (Err(io::ErrorKind::UnexpectedEof.into()), None),
        ];
        for (result, seconds) in table {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(wait(&result, 1), expected, "{result:?}");
            assert_eq!(wait(&result, ATTEMPTS), None, "the last attempt");
        }
        assert_eq!(wait(&answer(500, None), 4), Some(Duration::from_secs(8)));
    }
}
