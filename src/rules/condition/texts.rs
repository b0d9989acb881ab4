//! What a text is asked for: a pattern, or any of several words.

use std::borrow::Cow;
use std::fmt;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, de};

use crate::rules::values::Pattern;

/// The most words or phrases of one list.
const MAX_WORDS: usize = 10_000;

/// How large a compiled list may be, in bytes.
const MAX_COMPILED: usize = 16 << 20;

/// What must be found in a text.
#[derive(Clone, Debug)]
pub enum Wanted {
    /// A match of a pattern.
    Pattern(Pattern),
    /// One of several words.
    Words(Words),
}

impl Wanted {
    /// Whether it is found in some texts, at least so many times in all of them together.
    pub fn is_in(&self, texts: &[impl AsRef<str>], at_least: usize) -> bool {
        let mut left = at_least;
        for text in texts {
            left -= self.count(text.as_ref(), left);
            if left == 0 {
                return true;
            }
        }
        false
    }

    /// How many times it is found, as far as `most`.
    fn count(&self, text: &str, most: usize) -> usize {
        match self {
            Wanted::Pattern(pattern) if most == 1 => usize::from(pattern.is_in(text)),
            Wanted::Pattern(pattern) => pattern.regex().find_iter(text).take(most).count(),
            Wanted::Words(words) => words.0.find_iter(&text.to_lowercase()).take(most).count(),
        }
    }
}

/// Words and phrases: whole ones, in any case.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Listed")]
pub struct Words(Regex);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Listed {
    /// Words or phrases, of which one must be there: as a whole word, in any case.
    any_of: Option<Vec<String>>,
    /// A file with one of them a line, beside the configuration file; `#` begins a comment.
    any_of_file: Option<String>,
}

/// Writing that does not part its words.
static UNPARTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]")
        .expect("a constant, compiled in the tests")
});

impl TryFrom<Listed> for Words {
    type Error = String;

    fn try_from(listed: Listed) -> Result<Self, Self::Error> {
        let words = match listed {
            Listed { any_of_file: Some(_), .. } => {
                return Err("a file of words can only be named in a configuration file".to_owned());
            }
            Listed { any_of: Some(words), .. } => words,
            _ => return Err("expected `any-of` or `any-of-file`".to_owned()),
        };
        Words::new(&words)
    }
}

impl Words {
    fn new(words: &[String]) -> Result<Self, String> {
        if words.is_empty() {
            return Err("a list of words must not be empty: nothing would match".to_owned());
        }
        if words.len() > MAX_WORDS {
            return Err(format!("a list may have at most {MAX_WORDS} words"));
        }
        let folded = |word: &String| word.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let mut words: Vec<String> = words.iter().map(folded).collect();
        if words.iter().any(String::is_empty) {
            return Err("an empty word is in every text".to_owned());
        }
        // The longest first, so that a phrase counts as one match and not as its first word.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let (unparted, parted): (Vec<String>, Vec<String>) =
            words.into_iter().partition(|word| UNPARTED.is_match(word));
        let one_of = |words: &[String]| words.iter().map(|w| regex::escape(w)).collect::<Vec<_>>().join("|");
        let whole = format!(r"\b{{start-half}}(?:{})\b{{end-half}}", one_of(&parted));
        let pattern = match (parted.is_empty(), unparted.is_empty()) {
            (false, true) => whole,
            (true, _) => one_of(&unparted),
            (false, false) => format!("{whole}|{}", one_of(&unparted)),
        };
        let regex = RegexBuilder::new(&pattern).size_limit(MAX_COMPILED).build();
        regex.map(Words).map_err(|_| "the list of words is too large".to_owned())
    }
}

impl<'de> Deserialize<'de> for Wanted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Wanted;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a regular expression, or words such as { any-of = [\"rust\", \"go\"] }")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Wanted, E> {
                let pattern = Pattern::new(text).map_err(E::custom)?;
                match matches_everything(&pattern) {
                    Some(problem) => Err(E::custom(problem)),
                    None => Ok(Wanted::Pattern(pattern)),
                }
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Wanted, A::Error> {
                Words::deserialize(MapAccessDeserializer::new(map)).map(Wanted::Words)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// Why a pattern is no condition at all: it matches the empty text, and one that nobody would think of. It is
/// long, so that `^.{0,40}$` may ask for short titles.
fn matches_everything(pattern: &Pattern) -> Option<String> {
    let odd = "\u{1}limpid ".repeat(1000);
    if !pattern.is_in("") || !pattern.is_in(&odd) {
        return None;
    }
    let written = pattern.regex().as_str();
    let has_empty_branch = written.starts_with('|')
        || ["||", "(|", "|)", ":|"].iter().any(|part| written.contains(part))
        || (written.ends_with('|') && !written.ends_with("\\|"));
    Some(if has_empty_branch {
        format!("`{written}` matches every text: there is a `|` with nothing beside it")
    } else {
        format!("`{written}` matches every text")
    })
}

impl JsonSchema for Wanted {
    fn schema_name() -> Cow<'static, str> {
        "text".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (pattern, words) = (generator.subschema_for::<Pattern>(), generator.subschema_for::<Listed>());
        json_schema!({ "anyOf": [pattern, words], "description": "A pattern, or a list of words." })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(list: &[&str]) -> Wanted {
        Wanted::Words(Words::new(&list.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>()).unwrap())
    }

    fn is_in(wanted: &Wanted, text: &str, at_least: usize) -> bool {
        wanted.is_in(&[text.to_owned()], at_least)
    }

    #[test]
    fn words_are_whole_and_in_any_case() {
        let list = words(&["Rust", "new  york", "c++", "ÄRGER", "日本"]);
        for text in ["on RUST.", "New York's", "in C++, mostly", "ärger", "(rust)", "全日本語"] {
            assert!(is_in(&list, text, 1), "{text}");
        }
        for text in ["trust", "rusty", "new yorker", "c++11", "york", "", "verärgert"] {
            assert!(!is_in(&list, text, 1), "{text}");
        }
        assert!(is_in(&words(&["new", "new york"]), "new yorker", 1));
        assert!(!is_in(&words(&["new", "new york", "york"]), "new york", 2));
    }

    #[test]
    fn lists_that_would_match_nothing_or_everything_are_refused() {
        assert!(Words::new(&[]).is_err());
        assert!(Words::new(&[" ".to_owned()]).is_err());
        assert!(Words::new(&vec!["a".to_owned(); MAX_WORDS + 1]).is_err());
        let many: Vec<String> = (0..MAX_WORDS).map(|n| format!("word{n}")).collect();
        let many = Wanted::Words(Words::new(&many).unwrap());
        assert!(is_in(&many, &format!("{} word9999", "wörd ".repeat(10_000)), 1));
    }

    #[test]
    fn patterns_that_match_every_text_are_refused() {
        let problem = |text: &str| matches_everything(&Pattern::new(text).unwrap());
        for text in ["foo|", "|foo", "(foo|)", "a||b", "(?:|a)"] {
            assert!(problem(text).unwrap().contains("nothing beside it"), "{text}");
        }
        for text in [".*", "^", "", "x*", r"(a)?", r"\d*", "^.*$", r"\|*"] {
            assert!(problem(text).unwrap().ends_with("matches every text"), "{text}");
        }
        for text in ["^$", r"^\W*$", "^.{0,40}$", "a", ".", r"foo\|", r"^(foo|)$", r"^\s*$"] {
            assert_eq!(problem(text), None, "{text}");
        }
    }
}
