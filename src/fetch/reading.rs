//! From the bytes of a body to a feed.

use url::Url;

use super::FetchError;
use crate::config::{Origin, Source};
use crate::convert::page::feed_of_page;
use crate::decode::charset;
use crate::feed::{self, Feed, Mended};

/// Reads a body as its source is to be read: in its charset, and as a web page where it is one. `charset` is
/// the one that HTTP says.
///
/// # Errors
/// Where the bytes are no text, or the text no feed.
pub fn read(body: Vec<u8>, charset: Option<&str>, origin: &Origin) -> Result<Feed, FetchError> {
    let charset::Decoded { text, note } = charset::decode(body, charset, origin.charset)?;
    let text = match &origin.page {
        None => text,
        Some(selectors) => {
            let address = match &origin.source {
                Source::Url(url) => url.clone(),
                Source::Sample => Url::parse("about:blank").map_err(|_| FetchError::BadAddress)?,
            };
            feed_of_page(&text, &address, selectors)?
        }
    };
    let mut feed = feed::parse(text)?;
    feed.mended.extend(note.map(|note| Mended::new(note, None, 1)));
    Ok(feed)
}
