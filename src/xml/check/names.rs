//! Names, as XML and its namespaces have them.
//!
//! Source: XML 1.0 (fifth edition), §2.3 productions [4], [4a] and [5]; Namespaces in XML 1.0 (third edition),
//! §3 production [4] (`NCName`) and §4 production [7] (`QName`).

/// Bytes that go on with a name: the ASCII name characters, and every byte of a longer character, which is
/// looked at apart.
const NAME: u8 = 1;
/// A colon.
const COLON: u8 = 2;
/// Part of a character beyond ASCII.
const LONG: u8 = 4;
/// Goes on with a name, and starts none.
const INSIDE: u8 = 8;

const CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte: u8 = 0;
    loop {
        table[byte as usize] = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => NAME,
            b'0'..=b'9' | b'-' | b'.' => NAME | INSIDE,
            b':' => NAME | COLON,
            0x80.. => NAME | LONG,
            _ => 0,
        };
        if byte == u8::MAX {
            return table;
        }
        byte += 1;
    }
}

/// A run of bytes that may be a name.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// The bytes, as text.
    pub text: &'a str,
    /// The classes of all of them.
    seen: u8,
}

/// The longest run of bytes from `at` on that may be a name; it may be empty.
#[inline]
pub fn run(text: &str, at: usize) -> Run<'_> {
    let mut seen = 0;
    let mut end = at;
    for byte in &text.as_bytes()[at..] {
        let class = CLASS[usize::from(*byte)];
        if class == 0 {
            break;
        }
        seen |= class;
        end += 1;
    }
    Run { text: &text[at..end], seen }
}

impl<'a> Run<'a> {
    /// Whether it is a `Name`.
    #[inline]
    pub fn is_name(self) -> bool {
        let Some(first) = self.text.as_bytes().first() else { return false };
        let starts = CLASS[usize::from(*first)] & INSIDE == 0;
        starts && (self.seen & LONG == 0 || long_name(self.text))
    }

    /// Whether it is a `Name` without a colon.
    #[inline]
    pub fn is_plain(self) -> bool {
        self.seen & COLON == 0 && self.is_name()
    }

    /// It as a qualified name, where it is one.
    #[inline]
    pub fn qualified(self) -> Option<Name<'a>> {
        if !self.is_name() {
            return None;
        }
        if self.seen & COLON == 0 {
            return Some(Name { text: self.text, colon: 0 });
        }
        let colon = self.text.bytes().position(|byte| byte == b':')?;
        let local = &self.text[colon + 1..];
        let fine = colon > 0 && !local.contains(':') && local.starts_with(is_start);
        fine.then_some(Name { text: self.text, colon })
    }
}

/// A qualified name.
#[derive(Clone, Copy, Debug)]
pub struct Name<'a> {
    /// All of it, as written.
    pub text: &'a str,
    /// Where its colon is; 0 where it has none.
    colon: usize,
}

impl<'a> Name<'a> {
    /// What stands before the colon.
    #[inline]
    pub fn prefix(self) -> Option<&'a str> {
        (self.colon > 0).then(|| &self.text[..self.colon])
    }

    /// What stands after the colon, or all of it.
    #[inline]
    pub fn local(self) -> &'a str {
        if self.colon > 0 { &self.text[self.colon + 1..] } else { self.text }
    }
}

/// Names of ASCII alone are judged by their bytes.
#[cold]
fn long_name(text: &str) -> bool {
    text.starts_with(is_start) && text.chars().all(is_inside)
}

/// Whether a name may start with `c` (production [4]).
pub fn is_start(c: char) -> bool {
    matches!(c,
        ':' | '_' | 'A'..='Z' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}' | '\u{f8}'..='\u{2ff}'
        | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}' | '\u{2070}'..='\u{218f}'
        | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}' | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}'
        | '\u{10000}'..='\u{effff}')
}

/// Whether `c` may stand in a name (production [4a]).
pub fn is_inside(c: char) -> bool {
    is_start(c)
        || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_what_only_looks_like_them() {
        for (text, name, qualified) in [
            ("a", true, true),
            ("dc:date", true, true),
            ("_x-1.2", true, true),
            ("été", true, true),
            ("x\u{10000}", true, true),
            ("a:b:c", true, false),
            (":a", true, false),
            ("a:", true, false),
            ("a:1", true, false),
            ("1a", false, false),
            ("-a", false, false),
            ("a×", false, false),
            ("\u{b7}a", false, false),
            ("a\u{a0}b", false, false),
            ("", false, false),
        ] {
            let run = run(text, 0);
            assert_eq!(run.text, text);
            assert_eq!((run.is_name(), run.qualified().is_some()), (name, qualified), "{text}");
        }
        let name = run("dc:date x", 0).qualified().unwrap();
        assert_eq!((name.prefix(), name.local()), (Some("dc"), "date"));
    }
}
