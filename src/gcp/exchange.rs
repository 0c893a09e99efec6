//! One exchange: a request out, a whole unpacked answer back, within bounds of time and size.

use std::io::{self, Read as _};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use flate2::read::GzDecoder;
use http::header::{CONTENT_ENCODING, HeaderMap};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout_at};

use super::backend::{Backend, Body};
use super::error::{Error, ErrorKind, Fault};

/// What an exchange may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// From the request to the last byte of the body: a body may stall too.
    pub(super) time: Duration,
    /// Bytes of the body, packed or unpacked.
    pub(super) size: usize,
}

/// An answer that arrived whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Returns the backend's answer, whole and unpacked, whatever its status.
///
/// # Errors
/// [`ErrorKind::Transport`], with the status where a head arrived.
pub(super) async fn exchange(
    backend: &dyn Backend,
    request: Request<Bytes>,
    bounds: Bounds,
) -> Result<Answer, Error> {
    let deadline = Instant::now() + bounds.time;
    let lost = |fault, message: &str| Error::new(ErrorKind::Transport { fault }, message);

    let response = timeout_at(deadline, backend.send(request))
        .await
        .map_err(|_| lost(Fault::TimedOut, ""))?
        .map_err(|error| lost(Fault::of(&error), &error.to_string()))?;
    let (parts, body) = response.into_parts();
    timeout_at(deadline, read(body, bounds.size))
        .await
        .unwrap_or(Err(Fault::Stalled))
        .and_then(|packed| unpack(&parts.headers, packed, bounds.size))
        .map(|body| Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        })
        .map_err(|fault| lost(fault, "").with_status(parts.status.as_u16()))
}

/// Returns the whole body as it came over the wire, at most `limit` bytes.
///
/// # Errors
/// [`Fault::Cut`] where the connection broke, [`Fault::TooLarge`] beyond the limit.
async fn read(mut body: Body, limit: usize) -> Result<Bytes, Fault> {
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Fault::Cut)?.into_data() else {
            continue;
        };
        if whole.len() + data.len() > limit {
            return Err(Fault::TooLarge);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}

/// Returns the body as its sender wrote it, at most `limit` bytes.
///
/// # Errors
/// [`Fault::TooLarge`] for a body that unpacks beyond the limit, [`Fault::Cut`] for a gzip stream that ends too early,
/// [`Fault::NotJson`] for one that is none, or for an encoding that was not asked for.
fn unpack(headers: &HeaderMap, body: Bytes, limit: usize) -> Result<Bytes, Fault> {
    let Some(encoding) = headers.get(CONTENT_ENCODING) else {
        return Ok(body);
    };
    match encoding
        .to_str()
        .unwrap_or_default()
        .to_ascii_lowercase()
        .as_str()
    {
        "" | "identity" => Ok(body),
        "gzip" | "x-gzip" => gunzip(&body, limit),
        _ => Err(Fault::NotJson),
    }
}

fn gunzip(packed: &[u8], limit: usize) -> Result<Bytes, Fault> {
    let mut unpacked = Vec::new();
    let within = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    match GzDecoder::new(packed)
        .take(within)
        .read_to_end(&mut unpacked)
    {
        Ok(_) if unpacked.len() > limit => Err(Fault::TooLarge),
        Ok(_) => Ok(Bytes::from(unpacked)),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(Fault::Cut),
        Err(_) => Err(Fault::NotJson),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(text: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).expect("to memory");
        Bytes::from(encoder.finish().expect("to memory"))
    }

    fn unpacked(encoding: &'static str, body: Bytes) -> Result<Bytes, Fault> {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_ENCODING, encoding.parse().expect("a header"));
        unpack(&headers, body, 1_000)
    }

    #[test]
    fn gzip_is_unpacked_up_to_the_limit() {
        assert_eq!(
            unpacked("gzip", packed(b"{}")),
            Ok(Bytes::from_static(b"{}"))
        );
        assert_eq!(
            unpacked("GZIP", packed(&[b' '; 1_000])).map(|body| body.len()),
            Ok(1_000)
        );
        assert_eq!(
            unpacked("gzip", packed(&[b' '; 1_001])),
            Err(Fault::TooLarge)
        );
        assert_eq!(
            unpacked("identity", Bytes::from_static(b"{}")),
            Ok(Bytes::from_static(b"{}"))
        );
    }

    #[test]
    fn a_broken_stream_says_how_it_is_broken() {
        let whole = packed(b"{\"accounts\": []}");
        assert_eq!(
            unpacked("gzip", whole.slice(..whole.len() - 4)),
            Err(Fault::Cut)
        );
        assert_eq!(
            unpacked("gzip", Bytes::from_static(b"<html></html>")),
            Err(Fault::NotJson)
        );
        assert_eq!(unpacked("br", whole), Err(Fault::NotJson));
    }
}
