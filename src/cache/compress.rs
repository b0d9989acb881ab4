//! Bytes in the codings that answers are kept in.

use std::io::Write;

use bytes::Bytes;

/// As gzip (RFC 1952).
pub(super) fn gzip(bytes: &[u8]) -> std::io::Result<Bytes> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(7));
    encoder.write_all(bytes)?;
    Ok(exact(encoder.finish()?))
}

/// As zstd (RFC 8878).
pub(super) fn zstd(bytes: &[u8]) -> std::io::Result<Bytes> {
    Ok(exact(zstd::bulk::compress(bytes, 9)?))
}

/// As br (RFC 7932).
pub(super) fn brotli(bytes: &[u8]) -> std::io::Result<Bytes> {
    let mut out = Vec::new();
    let (lgwin, size_hint) = (window(bytes.len()), bytes.len());
    let params = brotli::enc::BrotliEncoderParams { quality: 6, lgwin, size_hint, ..Default::default() };
    brotli::BrotliCompress(&mut &*bytes, &mut out, &params)?;
    Ok(exact(out))
}

/// These bytes and no room for more: what is kept takes what it is counted for.
pub(super) fn exact(bytes: Vec<u8>) -> Bytes {
    bytes.into_boxed_slice().into()
}

/// The window (RFC 7932 §9.1) that all of it fits in, as the number of its bits. The encoder takes memory for twice the
/// window, whatever it is given: 8 MiB for the usual one.
fn window(length: usize) -> i32 {
    let bits = usize::BITS - length.leading_zeros();
    i32::try_from(bits.clamp(17, 22)).unwrap_or(22)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d21_windows_are_as_large_as_what_is_compressed() {
        assert_eq!([0, 1 << 10, 1 << 17, 1 << 20, 1 << 30].map(window), [17, 17, 18, 21, 22]);
        for length in [0, 1, (1 << 17) - 1, 1 << 17, (1 << 18) - 20, 5 << 20] {
            let text: Vec<u8> =
                (0..length).map(|n: u32| n.wrapping_mul(n / 7).to_le_bytes()[1] % 40).collect();
            let packed = brotli(&text).unwrap();
            let out = crate::decode::coding::decode(packed.to_vec(), "br", text.len()).unwrap();
            assert!(out == text, "{length}");
        }
    }
}
