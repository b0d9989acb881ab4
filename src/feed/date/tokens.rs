//! A date as numbers, words and signs.

/// A part of a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// ASCII digits.
    Number(&'a str),
    /// Letters: in lower case, without accents.
    Word(String),
    /// One of `+-/:.,`.
    Sign(char),
}

/// The parts of a date; `None` where something is in it that is in no date. White space and comments in
/// parentheses (RFC 2822 §3.2.3) are left out. A comma between digits, as some languages write fractions,
/// becomes a dot; a dash between spaces is left out.
pub(super) fn tokens(text: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let len = match c {
            '0'..='9' => run(rest, |c| c.is_ascii_digit()),
            '(' => rest.find(')')? + 1,
            _ if c.is_alphabetic() => run(rest, |c| c.is_alphabetic() || is_combining(c)),
            _ => c.len_utf8(),
        };
        let (token, after) = rest.split_at(len);
        match c {
            '0'..='9' => tokens.push(Token::Number(token)),
            _ if c.is_alphabetic() => tokens.push(Token::Word(folded(token))),
            ',' if is_between_digits(text, text.len() - rest.len()) => tokens.push(Token::Sign('.')),
            '-' | '\u{2010}'..='\u{2014}' | '\u{2212}' if is_dash(text, rest) => {}
            '\u{2010}'..='\u{2014}' | '\u{2212}' => tokens.push(Token::Sign('-')),
            '+' | '-' | '/' | ':' | '.' | ',' => tokens.push(Token::Sign(c)),
            '(' | 'º' | 'ª' | '°' | '\u{200e}' | '\u{200f}' => {}
            _ if c.is_whitespace() => {}
            _ => return None,
        }
        rest = after;
    }
    Some(tokens)
}

fn run(text: &str, is_in: impl Fn(char) -> bool) -> usize {
    text.find(|c| !is_in(c)).unwrap_or(text.len())
}

fn is_between_digits(text: &str, at: usize) -> bool {
    let is_digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    at > 0 && is_digit(at - 1) && is_digit(at + 1)
}

/// Whether what `rest` begins with stands between spaces. It then is punctuation, and no sign of a number.
fn is_dash(text: &str, rest: &str) -> bool {
    let (before, after) = (&text[..text.len() - rest.len()], rest.chars().nth(1));
    before.ends_with(char::is_whitespace) && after.is_some_and(char::is_whitespace)
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// In lower case and without the accents that names of months and weekdays have.
fn folded(word: &str) -> String {
    let lower = word.chars().flat_map(char::to_lowercase).filter(|c| !is_combining(*c));
    lower.map(unaccented).collect()
}

fn unaccented(c: char) -> char {
    match c {
        'á' | 'à' | 'â' | 'ä' | 'ã' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'й' => 'и',
        'ё' => 'е',
        'ά' => 'α',
        'έ' => 'ε',
        'ή' => 'η',
        'ί' | 'ϊ' | 'ΐ' => 'ι',
        'ό' => 'ο',
        'ύ' | 'ϋ' | 'ΰ' => 'υ',
        'ς' => 'σ',
        _ => c,
    }
}
