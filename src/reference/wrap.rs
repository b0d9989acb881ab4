//! Text in lines.

/// How wide the lines are, in characters.
pub(super) const WIDTH: usize = 100;

/// Folds a text into lines of at most `width` characters, where its words allow it. Every line after the first
/// begins with `indent`; the first is to stand after as many characters.
pub(super) fn wrap(text: &str, width: usize, indent: &str) -> String {
    let mut out = String::new();
    let mut at = indent.chars().count();
    for (number, word) in words(text).into_iter().enumerate() {
        let length = word.chars().count();
        if number > 0 && at + 1 + length > width {
            out.push('\n');
            out.push_str(indent);
            at = indent.chars().count();
        } else if number > 0 {
            out.push(' ');
            at += 1;
        }
        out.push_str(&word);
        at += length;
    }
    out
}

/// The words of a text; what stands between back quotes is one.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_code = false;
    for word in text.split_whitespace() {
        match words.last_mut().filter(|_| is_code) {
            Some(last) => {
                last.push(' ');
                last.push_str(word);
            }
            None => words.push(word.to_owned()),
        }
        is_code ^= word.matches('`').count() % 2 == 1;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_as_long_as_words_allow() {
        assert_eq!(wrap("one two three", 7, ""), "one two\nthree");
        assert_eq!(wrap("one two three", 9, "  "), "one two\n  three");
        assert_eq!(wrap("a `code with spaces` b", 8, ""), "a\n`code with spaces`\nb");
    }
}
