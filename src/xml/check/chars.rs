//! The characters that XML can hold (XML 1.0, §2.2, production [2]).

use memchr::memmem;

/// How many bytes are looked at together: one test for all of them compiles to vector instructions.
const BLOCK: usize = 128;

/// Whether XML can hold the character.
pub fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// Where the first character stands that XML can not hold.
pub fn first_forbidden(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let control = first_control(bytes);
    let before = control.unwrap_or(bytes.len());
    // U+FFFE and U+FFFF are the two that start alike and are no control characters.
    let other = memmem::find_iter(&bytes[..before], b"\xef\xbf").find(|at| bytes[at + 2] >= 0xbe);
    other.or(control)
}

fn first_control(bytes: &[u8]) -> Option<usize> {
    let mut blocks = bytes.chunks_exact(BLOCK);
    for (index, block) in blocks.by_ref().enumerate() {
        if block.iter().fold(0, |any, byte| any | control(*byte)) != 0 {
            return block.iter().position(|byte| control(*byte) != 0).map(|at| index * BLOCK + at);
        }
    }
    let rest = blocks.remainder();
    rest.iter().position(|byte| control(*byte) != 0).map(|at| bytes.len() - rest.len() + at)
}

/// 1 for a control character that XML can not hold, 0 for any other byte: numbers, as there is no branch then.
#[inline]
fn control(byte: u8) -> u8 {
    u8::from(byte < 0x20) & u8::from(byte != b'\t') & u8::from(byte != b'\n') & u8::from(byte != b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn finds_what_a_look_at_every_character_finds(
            text in "[a-z\\t\\n\u{7f}\u{fffd}é\u{10ffff}]{0,300}",
            at in 0usize..300,
            bad in prop::sample::select(&['\0', '\u{1f}', '\u{fffe}', '\u{ffff}', '\u{fffd}'][..]),
        ) {
            let mut text: Vec<char> = text.chars().collect();
            text.insert(at.min(text.len()), bad);
            let text: String = text.into_iter().collect();
            prop_assert_eq!(first_forbidden(&text), text.find(|c| !is_xml(c)));
        }
    }
}
