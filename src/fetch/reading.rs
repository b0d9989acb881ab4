//! From the bytes of a body to a feed.

use super::{FetchError, Headers};
use crate::config::{Origin, Source};
use crate::convert::page::feed_of_page;
use crate::decode::charset;
use crate::feed::{self, Feed, Mended};

/// Reads a body as its source is to be read: in its charset, and as a web page where it is one. Of the headers
/// it came with, the charset counts, and the address: links of a page are relative to that (RFC 3986 §5.1.3).
///
/// # Errors
/// Where the bytes are no text, or the text no feed.
pub fn read(body: Vec<u8>, headers: &Headers, origin: &Origin) -> Result<Feed, FetchError> {
    let charset::Decoded { text, note } = charset::decode(body, headers.charset.as_deref(), origin.charset)?;
    let text = match &origin.page {
        None => text,
        Some(selectors) => {
            let address = match (&headers.address, &origin.source) {
                (Some(url), _) | (None, Source::Url(url)) => url,
                (None, Source::Sample) => return Err(FetchError::BadAddress),
            };
            feed_of_page(&text, address, selectors)?
        }
    };
    let mut feed = feed::parse(text)?;
    feed.mended.extend(note.map(|note| Mended::new(note, None, 1)));
    Ok(feed)
}
