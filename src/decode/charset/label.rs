//! Charsets and their labels.

use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_8859_2, ISO_8859_5, ISO_8859_7};
use encoding_rs::{
    ISO_8859_15, KOI8_R, KOI8_U, MACINTOSH, REPLACEMENT, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE,
};
use encoding_rs::{WINDOWS_874, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254};
use encoding_rs::{WINDOWS_1255, WINDOWS_1256, WINDOWS_1257, WINDOWS_1258, X_MAC_CYRILLIC, X_USER_DEFINED};

/// A charset that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// One of the Encoding Standard.
    Known(&'static Encoding),
    /// UTF-32, the least significant byte first.
    Utf32Le,
    /// UTF-32, the most significant byte first.
    Utf32Be,
    /// HZ-GB-2312 (RFC 1843), GB 2312 in seven bits.
    Hz,
}

/// Labels that feeds use and the Encoding Standard does not have, without what stands between their letters
/// and digits.
const ALIASES: [(&str, Charset); 52] = [
    ("utf", Charset::UTF_8),
    ("uft8", Charset::UTF_8),
    ("utf8mb4", Charset::UTF_8),
    ("utf8mb3", Charset::UTF_8),
    ("utf8bom", Charset::UTF_8),
    ("utf8n", Charset::UTF_8),
    ("utf8sig", Charset::UTF_8),
    ("cp65001", Charset::UTF_8),
    ("65001", Charset::UTF_8),
    ("utf16", Charset::Known(UTF_16LE)),
    ("utf16le", Charset::Known(UTF_16LE)),
    ("utf16be", Charset::Known(UTF_16BE)),
    ("ucs2le", Charset::Known(UTF_16LE)),
    ("ucs2be", Charset::Known(UTF_16BE)),
    ("utf32", Charset::Utf32Le),
    ("utf32le", Charset::Utf32Le),
    ("utf32be", Charset::Utf32Be),
    ("ucs4", Charset::Utf32Be),
    ("ucs4le", Charset::Utf32Le),
    ("ucs4be", Charset::Utf32Be),
    ("iso10646ucs4", Charset::Utf32Be),
    ("csucs4", Charset::Utf32Be),
    ("hz", Charset::Hz),
    ("hzgb2312", Charset::Hz),
    ("iso646us", Charset::Known(WINDOWS_1252)),
    ("latin9", Charset::Known(ISO_8859_15)),
    ("latin0", Charset::Known(ISO_8859_15)),
    ("macroman", Charset::Known(MACINTOSH)),
    ("maccyrillic", Charset::Known(X_MAC_CYRILLIC)),
    ("koi8r", Charset::Known(KOI8_R)),
    ("cp20866", Charset::Known(KOI8_R)),
    ("koi8u", Charset::Known(KOI8_U)),
    ("cp21866", Charset::Known(KOI8_U)),
    ("shiftjis", Charset::Known(SHIFT_JIS)),
    ("cp932", Charset::Known(SHIFT_JIS)),
    ("cswindows31j", Charset::Known(SHIFT_JIS)),
    ("eucjp", Charset::Known(EUC_JP)),
    ("eucjpms", Charset::Known(EUC_JP)),
    ("ujis", Charset::Known(EUC_JP)),
    ("euckr", Charset::Known(EUC_KR)),
    ("cp949", Charset::Known(EUC_KR)),
    ("uhc", Charset::Known(EUC_KR)),
    ("cp936", Charset::Known(GBK)),
    ("euccn", Charset::Known(GBK)),
    ("cp54936", Charset::Known(GB18030)),
    ("cp950", Charset::Known(BIG5)),
    ("cp28592", Charset::Known(ISO_8859_2)),
    ("cp28595", Charset::Known(ISO_8859_5)),
    ("cp28597", Charset::Known(ISO_8859_7)),
    ("cp28605", Charset::Known(ISO_8859_15)),
    ("tis620", Charset::Known(WINDOWS_874)),
    ("cp874", Charset::Known(WINDOWS_874)),
];

/// The most letters and digits of a label that are looked at.
const LONGEST: usize = 40;

/// The code pages of Windows from 1250 on.
const WINDOWS: [&Encoding; 9] = [
    WINDOWS_1250,
    WINDOWS_1251,
    WINDOWS_1252,
    WINDOWS_1253,
    WINDOWS_1254,
    WINDOWS_1255,
    WINDOWS_1256,
    WINDOWS_1257,
    WINDOWS_1258,
];

/// The charset of a label: one of the Encoding Standard (§4.2), in upper or lower case, or another way to
/// write it that feeds have. `None` for what is not known, and for what nothing can read: UTF-7, ISO-2022-KR.
///
/// ```
/// use limpid::decode::charset::charset_named;
/// assert_eq!(charset_named("Win-1251"), charset_named("windows-1251"));
/// assert_eq!(charset_named("klingon"), None);
/// ```
pub fn charset_named(label: &str) -> Option<Charset> {
    standard(label).or_else(|| aliased(label))
}

/// The labels of the standard. It keeps two of its charsets for the needs of browsers alone.
fn standard(label: &str) -> Option<Charset> {
    let encoding = Encoding::for_label(label.as_bytes())?;
    (encoding != REPLACEMENT && encoding != X_USER_DEFINED).then_some(Charset::Known(encoding))
}

fn aliased(label: &str) -> Option<Charset> {
    let plain = label.chars().filter(char::is_ascii_alphanumeric).take(LONGEST).collect::<String>();
    let plain = plain.to_ascii_lowercase();
    let plain = plain.strip_prefix('x').unwrap_or(&plain);
    let alias = ALIASES.iter().find(|(alias, _)| *alias == plain).map(|(_, charset)| *charset);
    alias.or_else(|| standard(plain)).or_else(|| numbered(plain))
}

/// A code page of Windows or a part of ISO 8859, with anything in front that says so.
fn numbered(plain: &str) -> Option<Charset> {
    let number = plain.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let (maker, _) = plain.split_at(plain.len() - number.len());
    match maker {
        "iso" | "isoiec" | "" if number.starts_with("8859") => {
            standard(&format!("iso-8859-{}", &number[4..]))
        }
        "cp" | "win" | "windows" | "ms" | "ansi" | "ibm" | "" if number.len() == 4 => {
            let page = WINDOWS.get(number.strip_prefix("125")?.parse::<usize>().ok()?)?;
            Some(Charset::Known(page))
        }
        _ => None,
    }
}

impl Charset {
    /// UTF-8.
    pub const UTF_8: Charset = Charset::Known(UTF_8);

    /// Its name, as the Encoding Standard writes it.
    pub fn name(self) -> &'static str {
        match self {
            Charset::Known(encoding) => encoding.name(),
            Charset::Utf32Le => "UTF-32LE",
            Charset::Utf32Be => "UTF-32BE",
            Charset::Hz => "HZ-GB-2312",
        }
    }

    /// Whether a character is two bytes or four, so that ASCII is not its own bytes.
    pub(super) fn is_wide(self) -> bool {
        matches!(self, Charset::Utf32Le | Charset::Utf32Be) || self.is_utf16()
    }

    fn is_utf16(self) -> bool {
        self == Charset::Known(UTF_16LE) || self == Charset::Known(UTF_16BE)
    }

    /// Whether the two differ only in the order of bytes.
    pub(super) fn is_of_family(self, other: Charset) -> bool {
        self == other || self.is_wide() && other.is_wide() && self.is_utf16() == other.is_utf16()
    }

    /// Whether bytes of another charset are unlikely to be right in this one: it has sequences of bytes. In
    /// most others, any byte is a character.
    pub(super) fn has_structure(self) -> bool {
        match self {
            Charset::Known(encoding) => !encoding.is_single_byte(),
            _ => true,
        }
    }
}
