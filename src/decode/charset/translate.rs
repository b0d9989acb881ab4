//! Bytes in a charset that is known, to text.

use encoding_rs::{Encoding, GBK, UTF_8};

use super::label::Charset;

/// The text of bytes, and how many sequences in them are broken and became U+FFFD.
pub(super) fn translate(body: &[u8], charset: Charset) -> (String, usize) {
    match charset {
        Charset::Known(encoding) if encoding == UTF_8 => {
            let broken = body.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count();
            (String::from_utf8_lossy(body).into_owned(), broken)
        }
        Charset::Known(encoding) => standard(body, encoding),
        Charset::Utf32Le => utf32(body, u32::from_le_bytes),
        Charset::Utf32Be => utf32(body, u32::from_be_bytes),
        Charset::Hz => standard(&eight_bit(body), GBK),
    }
}

fn standard(body: &[u8], encoding: &'static Encoding) -> (String, usize) {
    let (text, is_broken) = encoding.decode_without_bom_handling(body);
    let broken = if is_broken { text.matches('\u{fffd}').count() } else { 0 };
    (text.into_owned(), broken)
}

fn utf32(body: &[u8], number: fn([u8; 4]) -> u32) -> (String, usize) {
    let (whole, rest) = body.as_chunks::<4>();
    let mut broken = usize::from(!rest.is_empty());
    let character = |bytes: &[u8; 4]| {
        char::from_u32(number(*bytes)).unwrap_or_else(|| {
            broken += 1;
            char::REPLACEMENT_CHARACTER
        })
    };
    let mut text: String = whole.iter().map(character).collect();
    if !rest.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
    }
    (text, broken)
}

/// HZ as the GBK it stands for (RFC 1843): `~{` begins pairs of bytes without their highest bits, `~}` ends
/// them, and so does the end of a line; `~~` is a tilde, and `~` before the end of a line joins two.
fn eight_bit(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut is_shifted = false;
    let mut rest = body;
    while let Some((&first, after)) = rest.split_first() {
        let len = match (first, after.first()) {
            (b'~', Some(b'{')) if !is_shifted => {
                is_shifted = true;
                2
            }
            (b'~', Some(b'}')) if is_shifted => {
                is_shifted = false;
                2
            }
            (b'~', Some(b'\n')) if !is_shifted => 2,
            (b'~', Some(b'~')) if !is_shifted => {
                out.push(b'~');
                2
            }
            (0x21..=0x7e, Some(&second @ 0x21..=0x7e)) if is_shifted => {
                out.extend([first | 0x80, second | 0x80]);
                2
            }
            _ => {
                is_shifted &= first != b'\n';
                out.push(first);
                1
            }
        };
        rest = &rest[len..];
    }
    out
}
