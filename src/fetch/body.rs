//! A body, read under a limit and decompressed under the same.

use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::header::{self, HeaderMap};

use super::FetchError;
use crate::decode::coding;

/// Reads a body whole. At most `max` bytes come over the wire, and at most `max` come out of it; no more are held on the
/// way. One that says beforehand that it is longer is not read.
pub async fn read(mut body: Incoming, headers: &HeaderMap, max: usize) -> Result<Vec<u8>, FetchError> {
    let stated = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let mut bytes = Vec::new();
    if stated <= max {
        bytes.reserve_exact(stated);
    }
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|error| FetchError::CutOff(error.into()))?.into_data() else { continue };
        if stated > max || bytes.len() + data.len() > max {
            return Err(FetchError::TooLarge(max));
        }
        make_room(&mut bytes, data.len(), max);
        bytes.extend_from_slice(&data);
    }
    let codings: Vec<&str> =
        headers.get_all(header::CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok()).collect();
    if codings.is_empty() {
        return Ok(bytes);
    }
    let codings = codings.join(",");
    let decoded = tokio::task::spawn_blocking(move || coding::decode(bytes, &codings, max)).await;
    Ok(decoded.map_err(|error| FetchError::CutOff(error.into()))??)
}

/// Room for so many bytes more: for twice as many as there are, as vectors do, and never for more than `max`.
fn make_room(bytes: &mut Vec<u8>, more: usize, max: usize) {
    let needed = bytes.len() + more;
    if needed > bytes.capacity() {
        let room = needed.max(bytes.capacity().saturating_mul(2).min(max));
        bytes.reserve_exact(room - bytes.len());
    }
}
