//! A body, read under a limit and decompressed under the same.

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap};

use super::FetchError;
use crate::decode::coding;

/// Reads a body whole. At most `max` bytes come over the wire, and at most `max` come out of it.
pub async fn read(body: Incoming, headers: &HeaderMap, max: usize) -> Result<Vec<u8>, FetchError> {
    #[allow(clippy::disallowed_methods, reason = "bounded by `Limited`")]
    let collected = Limited::new(body, max).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() { FetchError::TooLarge(max) } else { FetchError::CutOff(error) }
    })?;
    let bytes = collected.to_bytes().to_vec();
    let codings: Vec<&str> =
        headers.get_all(header::CONTENT_ENCODING).iter().filter_map(|value| value.to_str().ok()).collect();
    if codings.is_empty() {
        return Ok(bytes);
    }
    let codings = codings.join(",");
    let decoded = tokio::task::spawn_blocking(move || coding::decode(bytes, &codings, max)).await;
    Ok(decoded.map_err(|error| FetchError::CutOff(error.into()))??)
}
