//! `highlight`: words that a person looks for, marked.

use schemars::JsonSchema;
use serde::Deserialize;

use super::list::OneOrMore;
use super::texts::{Written, outside};
use super::values::Pattern;
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::tag::Name;

pub(super) const INFO: Info = Info {
    name: "highlight",
    summary: "Marks words of the content: each is wrapped in `<mark>`.",
    why: "To see at a glance where in a long post one's subject comes up. Code, scripts and attributes stay as they are.",
    example: "{ highlight = ['feed', 'RSS', 'podcast'] }",
    shorthand: Some("words"),
    compile: compile::<Highlight>,
    schema: schema::<Highlight>,
};

const MARK: Name = Name::of("mark");

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "Options")]
struct Highlight(Pattern);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Options {
    /// The words or phrases to mark, as whole words and without regard to case. Either these or a `pattern`.
    words: Option<OneOrMore<String>>,
    /// What to mark, as a regular expression. Either this or `words`.
    pattern: Option<Pattern>,
}

impl TryFrom<Options> for Highlight {
    type Error = String;

    fn try_from(options: Options) -> Result<Self, String> {
        match (options.words, options.pattern) {
            (Some(OneOrMore(words)), None) => Ok(Highlight(any_of(words)?)),
            (None, Some(pattern)) => Ok(Highlight(pattern)),
            (Some(_), Some(_)) => Err("`highlight` takes either `words` or a `pattern`, not both".to_owned()),
            (None, None) => Err("`highlight` needs `words` or a `pattern`".to_owned()),
        }
    }
}

/// A pattern that any of the words matches as a whole word, the longest first.
fn any_of(mut words: Vec<String>) -> Result<Pattern, String> {
    if words.iter().any(|word| word.trim().is_empty()) {
        return Err("an empty word is in every text".to_owned());
    }
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let each: Vec<String> = words.iter().map(|word| whole_word(word.trim())).collect();
    Pattern::new(&each.join("|"))
}

/// `C++` ends in no letter, so that there is no border of a word after it.
fn whole_word(word: &str) -> String {
    let border = |c: Option<char>| if c.is_some_and(char::is_alphanumeric) { r"\b" } else { "" };
    let words: Vec<String> = word.split_whitespace().map(regex::escape).collect();
    format!("{}{}{}", border(word.chars().next()), words.join(r"\s+"), border(word.chars().last()))
}

impl Rule for Highlight {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.each_html(|html| {
            for id in outside(html, &[MARK]) {
                if let Some(marked) = self.marked(&Written::of(html, id)) {
                    html.replace(id, marked);
                }
            }
        });
    }
}

impl Highlight {
    /// A text with its words marked; `None` where there are none to mark.
    fn marked(&self, text: &Written<'_>) -> Option<String> {
        let mut out = String::new();
        let mut at = 0;
        for found in self.0.regex().find_iter(&text.words).filter(|found| !found.is_empty()) {
            out.push_str(&text.bytes(at..found.start()));
            out.push_str("<mark>");
            out.push_str(&text.bytes(found.range()));
            out.push_str("</mark>");
            at = found.end();
        }
        (at > 0).then(|| out + text.bytes(at..text.words.len()).as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_words_or_a_pattern() {
        let error = |text: &str| toml::from_str::<Highlight>(text).unwrap_err().message().to_owned();
        assert_eq!(error(""), "`highlight` needs `words` or a `pattern`");
        assert_eq!(
            error("words = ['a']\npattern = 'b'"),
            "`highlight` takes either `words` or a `pattern`, not both"
        );
        assert!(error("words = []").contains("must not be empty"));
        assert!(error("words = ['a', ' ']").contains("an empty word"));
        assert!(error("pattern = '('").contains("not a regular expression"));
    }
}
