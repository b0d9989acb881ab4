//! From bytes to UTF-8: byte order mark, then what the bytes are, then what HTTP or the XML declaration says
//! they are (RFC 7303 §3, Encoding Standard).

use encoding_rs::{Encoding, UTF_8};
use thiserror::Error;

/// How far into a body the XML declaration may reach.
const DECLARATION: usize = 256;

/// Why bytes are no text.
#[derive(Debug, Error)]
pub enum CharsetError {
    /// Neither UTF-8 nor said to be anything else that is known.
    #[error("the feed is not UTF-8, and does not say in a known way what else it is")]
    Unknown,
    /// Said to be something that it is not.
    #[error("the feed says it is {0}, and is not")]
    Wrong(&'static str),
}

/// Decodes a body. Bytes that are UTF-8 are taken for UTF-8 whatever they are said to be; they come out as
/// they went in, byte order mark included. What is decoded from another charset has its declaration changed
/// to say UTF-8.
///
/// # Errors
/// Where the bytes are no text in any charset that they can be taken for.
pub fn decode(body: Vec<u8>, http_charset: Option<&str>) -> Result<String, CharsetError> {
    let body = match String::from_utf8(body) {
        Ok(text) if text.is_ascii() => return Ok(text),
        Ok(text) => return Ok(redeclared(text)),
        Err(error) => error.into_bytes(),
    };
    let by_mark = Encoding::for_bom(&body).map(|(encoding, _)| encoding);
    let by_http = || Encoding::for_label(http_charset?.trim_matches(['"', '\'', ' ']).as_bytes());
    let by_declaration = || Encoding::for_label(declared(&body)?.as_bytes());
    let encoding = by_mark.or_else(by_http).filter(|e| *e != UTF_8).or_else(by_declaration);
    let encoding = encoding.ok_or(CharsetError::Unknown)?;
    let (text, used, broken) = encoding.decode(&body);
    if broken {
        return Err(CharsetError::Wrong(used.name()));
    }
    Ok(redeclared(text.into_owned()))
}

/// The `encoding` of the XML declaration.
fn declared(body: &[u8]) -> Option<&str> {
    let start = body.get(..body.len().min(DECLARATION))?;
    let end = memchr::memmem::find(start, b"?>")?;
    let declaration = std::str::from_utf8(&start[..end]).ok()?;
    let (_, rest) = declaration.trim_start().strip_prefix("<?xml")?.split_once("encoding")?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    rest[1..].split(quote).next()
}

/// The text with a declaration that says UTF-8.
fn redeclared(text: String) -> String {
    let encoding = declared(text.trim_start_matches('\u{feff}').as_bytes());
    let is_right = encoding.is_none_or(|label| Encoding::for_label(label.as_bytes()) == Some(UTF_8));
    match encoding.map(str::to_owned) {
        Some(label) if !is_right => text.replacen(&label, "UTF-8", 1),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_stays_byte_for_byte() {
        let text = "\u{feff}<?xml version='1.0' encoding='utf-8'?><a>é</a>";
        assert_eq!(decode(text.into(), Some("iso-8859-1")).unwrap(), text);
    }

    #[test]
    fn other_charsets_become_utf8_and_say_so() {
        let latin = b"<?xml version='1.0' encoding=\"ISO-8859-1\"?><a>\xe9</a>".to_vec();
        assert_eq!(decode(latin, None).unwrap(), "<?xml version='1.0' encoding=\"UTF-8\"?><a>é</a>");
        let cyrillic = "<?xml version='1.0' encoding='windows-1251'?><a>да</a>";
        assert!(decode(cyrillic.into(), None).unwrap().contains("encoding='UTF-8'"));
        let utf16: Vec<u8> =
            [0xff, 0xfe].into_iter().chain("<a/>".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(decode(utf16, None).unwrap(), "<a/>");
        assert!(matches!(decode(vec![b'<', 0xff, 0xe9], None), Err(CharsetError::Unknown)));
    }
}
