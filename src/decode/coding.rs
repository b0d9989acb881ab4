//! Content codings (RFC 9110 §8.4), undone under a limit on what comes out.

use std::io::{self, Read};

use thiserror::Error;

use super::read_at_most;

/// How many codings a body may be wrapped in.
const MAX_LAYERS: usize = 2;

/// The largest window of zstd, 8 MiB, as the number of its bits (RFC 9659 §3).
const ZSTD_WINDOW: u32 = 23;

/// Why a body could not be decompressed.
#[derive(Debug, Error)]
pub enum CodingError {
    /// More comes out than is allowed.
    #[error("the publisher's answer is larger than the limit of {0} bytes")]
    TooLarge(usize),
    /// A coding that was not asked for.
    #[error("the publisher compressed its answer in a way that was not asked for ({0})")]
    Unknown(String),
    /// Not what it says.
    #[error("the publisher's answer can not be decompressed")]
    Broken(#[source] io::Error),
}

/// Undoes the codings that `Content-Encoding` lists, the last one first. At most `max` bytes come out of
/// each.
///
/// # Errors
/// Where it is too large, broken, or coded in another way.
pub fn decode(body: Vec<u8>, content_encoding: &str, max: usize) -> Result<Vec<u8>, CodingError> {
    let codings = content_encoding.split(',').map(|c| c.trim().to_ascii_lowercase());
    let codings: Vec<String> = codings.filter(|c| !c.is_empty() && c != "identity").collect();
    if codings.len() > MAX_LAYERS {
        return Err(CodingError::Unknown(content_encoding.chars().take(40).collect()));
    }
    codings.iter().rev().try_fold(body, |body, coding| {
        let body = body.as_slice();
        match coding.as_str() {
            "gzip" | "x-gzip" => read(flate2::read::MultiGzDecoder::new(body), max),
            "deflate" => read(flate2::read::ZlibDecoder::new(body), max),
            "br" => read(brotli::Decompressor::new(body, 4096), max),
            "zstd" => read(unzstd(body).map_err(CodingError::Broken)?, max),
            other => Err(CodingError::Unknown(other.chars().take(40).collect())),
        }
    })
}

/// A decoder that looks back no further than the coding allows: it keeps as much in memory.
fn unzstd(body: &[u8]) -> io::Result<impl Read> {
    let mut decoder = zstd::Decoder::new(body)?;
    decoder.window_log_max(ZSTD_WINDOW)?;
    Ok(decoder)
}

fn read(from: impl Read, max: usize) -> Result<Vec<u8>, CodingError> {
    read_at_most(from, max).map_err(CodingError::Broken)?.ok_or(CodingError::TooLarge(max))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn undoes_each_coding() {
        let text = b"<rss/>".repeat(100);
        assert_eq!(decode(gzip(&text), "GZIP", 1000).unwrap(), text);
        assert_eq!(decode(zstd::encode_all(text.as_slice(), 3).unwrap(), "zstd", 1000).unwrap(), text);
        assert_eq!(decode(gzip(&gzip(&text)), "gzip, gzip", 1000).unwrap(), text);
        assert_eq!(decode(text.clone(), "identity", 1000).unwrap(), text);
    }

    #[test]
    fn zstd_looks_back_no_further_than_it_may() {
        let text = b"<rss/>".repeat(100);
        for (bits, is_read) in [(ZSTD_WINDOW, true), (ZSTD_WINDOW + 1, false)] {
            let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
            encoder.window_log(bits).unwrap();
            encoder.write_all(&text).unwrap();
            assert_eq!(decode(encoder.finish().unwrap(), "zstd", 1000).is_ok(), is_read, "{bits}");
        }
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let bomb = gzip(&vec![b' '; 50 << 20]);
        assert!(matches!(decode(bomb, "gzip", 1 << 20), Err(CodingError::TooLarge(_))));
        assert!(matches!(decode(vec![1, 2, 3], "gzip", 100), Err(CodingError::Broken(_))));
        assert!(matches!(decode(vec![], "gzip, gzip, gzip", 100), Err(CodingError::Unknown(_))));
    }
}
