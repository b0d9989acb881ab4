//! From bytes to UTF-8, whatever the bytes are and whatever they are said to be (RFC 7303 §3, XML 1.0
//! appendix F, Encoding Standard): what a person has set, a byte order mark, what the bytes show of themselves,
//! what HTTP says, what the XML declaration says, and what they look like to a detector, in this order.

mod binary;
mod declaration;
mod label;
mod said;
mod seen;
mod translate;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{ISO_2022_JP, WINDOWS_1252};
use thiserror::Error;

pub use declaration::redeclared;
pub use label::{Charset, charset_named};
use said::{Said, said};

/// How much of a body the detector is shown, in bytes.
const SHOWN: usize = 1 << 20;

/// Why bytes are no text.
#[derive(Debug, Error)]
pub enum CharsetError {
    /// Plainly something else: which, with its article.
    #[error("what came in place of the feed is {0} and no text; the publisher has to serve the feed there")]
    Binary(&'static str),
}

/// A body as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text. Its XML declaration, where it has one with an encoding, says UTF-8.
    pub text: String,
    /// One sentence where what was said of the charset is wrong, or something was guessed or replaced.
    pub note: Option<String>,
}

/// A body read in some charset, before anything is said about it.
struct Reading {
    text: String,
    charset: Charset,
    /// How many sequences of bytes were replaced by U+FFFD.
    broken: usize,
    /// Whether the bytes do not show the charset, and it was guessed.
    is_guess: bool,
}

/// Decodes a body. `http` is the charset of its Content-Type, `fixed` one that a person has set: it wins over
/// everything, only that a byte order mark of the same family tells the order of the bytes.
///
/// Bytes that are UTF-8 are UTF-8 whatever they are said to be. They come out as they went in, byte order
/// mark included, only that the declaration is changed to say UTF-8 where it says anything else. ASCII stays as
/// it is, unless it stands for more in ISO-2022-JP or HZ, or declares what it can not be; UTF-7 stays the ASCII
/// that it is. The marks of
/// other charsets are left out. Whatever does not fit the charset in the end becomes U+FFFD, and is noted.
///
/// The time is linear in the body: it is read once by each charset in question, of which there are at most four,
/// and its first MiB by the detector.
///
/// # Errors
/// Where the bytes are plainly no text.
///
/// ```
/// use limpid::decode::charset::decode;
/// let decoded = decode(b"<?xml version='1.0' encoding='koi8-r'?><a>\xc4\xc1</a>".into(), None, None).unwrap();
/// assert_eq!(decoded.text, "<?xml version='1.0' encoding='UTF-8'?><a>да</a>");
/// assert_eq!(decoded.note, None);
/// ```
pub fn decode(body: Vec<u8>, http: Option<&str>, fixed: Option<Charset>) -> Result<Decoded, CharsetError> {
    if let Some(kind) = binary::magic(&body) {
        return Err(CharsetError::Binary(kind));
    }
    if let Some(fixed) = fixed {
        return Ok(as_fixed(&body, fixed));
    }
    if let Some((charset, start)) = seen::wide(&body) {
        let reading = read(&body[start..], charset);
        let said = said(http, reading.text.as_bytes());
        return Ok(finish(reading, &said));
    }
    if binary::has_controls_all_over(&body) {
        return Err(CharsetError::Binary("binary data"));
    }
    let said = said(http, &body);
    let reading = match String::from_utf8(body) {
        Ok(text) => match seven_bit(text.as_bytes(), &said) {
            Some(reading) => reading,
            None => Reading { text, charset: Charset::UTF_8, broken: 0, is_guess: false },
        },
        Err(error) => broken_or_other(error.as_bytes(), &said),
    };
    Ok(finish(reading, &said))
}

/// What a person has set. The bytes still tell the order of bytes.
fn as_fixed(body: &[u8], fixed: Charset) -> Decoded {
    let seen = seen::mark(body).or_else(|| seen::wide(body)).filter(|(seen, _)| seen.is_of_family(fixed));
    let (charset, mark) = seen.unwrap_or((fixed, 0));
    let start = if charset == Charset::UTF_8 { 0 } else { mark };
    let Reading { text, broken, .. } = read(&body[start..], charset);
    Decoded { text: declaration::corrected(text), note: said::replaced(charset, broken) }
}

fn finish(reading: Reading, said: &[Said]) -> Decoded {
    let note = said::note(&reading, said);
    Decoded { text: declaration::corrected(reading.text), note }
}

fn read(body: &[u8], charset: Charset) -> Reading {
    let (text, broken) = translate::translate(body, charset);
    Reading { text, charset, broken, is_guess: false }
}

/// ASCII that stands for more: in HZ where that is said, in ISO-2022-JP also where nobody says so, as its
/// escapes can stand in no text.
fn seven_bit(body: &[u8], said: &[Said]) -> Option<Reading> {
    let shifts = seen::shifts(body)?;
    let is_said = |charset| said.iter().any(|s| s.charset == Some(charset));
    let japanese = Charset::Known(ISO_2022_JP);
    let charset = if shifts == Charset::Hz { is_said(shifts).then_some(shifts)? } else { japanese };
    let reading = read(body, charset);
    let is_guess = !is_said(charset);
    (is_said(charset) || reading.broken == 0).then_some(Reading { is_guess, ..reading })
}

/// Bytes that are not UTF-8 from end to end: UTF-8 with faults, or something else.
fn broken_or_other(body: &[u8], said: &[Said]) -> Reading {
    let share = seen::utf8_share(body);
    let body = body.strip_prefix(seen::UTF_8_MARK.as_slice()).unwrap_or(body);
    let mut readings: Vec<Reading> = said::others(said).map(|charset| read(body, charset)).collect();
    let fit = readings.iter().position(Reading::is_clean);
    let is_proof = fit.is_some_and(|at| readings[at].charset.has_structure());
    let is_utf8 = if is_proof { share.is_nearly_all() } else { share.is_most() };
    if is_utf8 {
        return read(body, Charset::UTF_8);
    }
    if let Some(at) = fit.or_else(|| readings.iter().position(Reading::is_nearly_clean)) {
        return readings.swap_remove(at);
    }
    let guess = guess(body);
    let complete = readings.iter().position(|reading| reading.broken == 0);
    if let Some(at) = complete.filter(|at| !guess.is_better_than(&readings[*at])) {
        return readings.swap_remove(at);
    }
    match said.iter().find_map(Said::narrow) {
        Some(charset) if guess.broken > 0 => read(body, charset),
        _ => guess,
    }
}

impl Reading {
    /// Whether every byte has a meaning. The control characters above ASCII are what bytes without one become
    /// in the charsets of the Encoding Standard.
    fn is_clean(&self) -> bool {
        self.broken == 0 && !self.has_controls()
    }

    /// Whether fewer than one of eight characters that are not ASCII is a fault.
    fn is_nearly_clean(&self) -> bool {
        let characters = self.text.chars().filter(|c| !c.is_ascii()).count();
        !self.has_controls() && self.broken.saturating_mul(8) < characters
    }

    fn has_controls(&self) -> bool {
        self.text.chars().any(|c| matches!(c, '\u{80}'..='\u{9f}'))
    }

    /// Whether this guess is to be preferred to what was said and has control characters. Western texts carry
    /// some by accident, and what the detector makes of those is no better.
    fn is_better_than(&self, said: &Reading) -> bool {
        let is_western = said.charset == Charset::Known(WINDOWS_1252);
        self.is_clean() && (self.charset.has_structure() || !is_western)
    }
}

/// What the detector takes a body for.
fn guess(body: &[u8]) -> Reading {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(&body[..body.len().min(SHOWN)], body.len() <= SHOWN);
    let charset = Charset::Known(detector.guess(None, Utf8Detection::Allow));
    Reading { is_guess: true, ..read(body, charset) }
}
