//! Titles that shout, written as other titles are.

use schemars::JsonSchema;
use serde::Deserialize;

/// How a title that shouted is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Case {
    /// The first word of each sentence with a capital.
    Sentence,
    /// Every word with a capital, but for short ones between others.
    Title,
}

/// How many letters of a hundred are capitals where a title shouts.
const SHOUTED: usize = 75;

/// How many letters a single word has at least that shouts.
const LONG: usize = 6;

/// Acronyms that could be words.
const ACRONYMS: &[&str] = &[
    "AI", "API", "APIS", "AR", "ASAP", "CEO", "CEOS", "CIA", "CTO", "DIY", "EU", "EV", "EVS", "FAQ", "FBI",
    "FIFA", "GPU", "HIV", "IBM", "ID", "IOT", "IPO", "IQ", "ISO", "ISS", "LA", "LED", "LGBTQ", "NASA",
    "NATO", "NBA", "OECD", "OPEC", "RAM", "ROI", "SEO", "SUV", "UAE", "UEFA", "UFO", "UI", "UK", "UN",
    "UNESCO", "UNICEF", "URL", "USA", "USB", "UX", "VIP", "VR", "WIFI", "II", "III", "IV", "VI", "VII",
    "VIII", "IX", "XI", "XII", "XIV", "XV", "XVI", "XX",
];

/// Words that a headline writes small between others.
const SMALL: &[&str] = &[
    "a", "an", "and", "as", "at", "but", "by", "for", "from", "in", "into", "of", "on", "or", "the", "to",
    "via", "vs", "with",
];

/// A title out of capitals; `None` where it does not shout. `keep` are words that are written as they stand there.
pub(super) fn unshout(title: &str, case: Case, keep: &[String]) -> Option<String> {
    if !shouts(title) {
        return None;
    }
    let mut out = String::with_capacity(title.len());
    let mut starts_sentence = true;
    let last = words(title).filter(|(is_word, _)| *is_word).count();
    let (mut nth, mut before) = (0, "");
    for (is_word, piece) in words(title) {
        if !is_word {
            // The point after an abbreviation ends no sentence.
            let ends = piece.contains(['!', '?', ':', '…']) || (piece.contains('.') && !before.contains('.'));
            starts_sentence |= ends && nth > 0;
            out.push_str(piece);
            continue;
        }
        (nth, before) = (nth + 1, piece);
        let lower = piece.to_lowercase();
        let is_small = nth != last && SMALL.contains(&lower.as_str());
        let is_capital = starts_sentence || (case == Case::Title && !is_small);
        out.push_str(&match kept(piece, keep) {
            Some(word) => word,
            None if is_capital => capitalised(&lower),
            None => lower,
        });
        starts_sentence = false;
    }
    (out != title).then_some(out)
}

/// Whether a title is all or mostly capitals, and more than an acronym or two.
fn shouts(title: &str) -> bool {
    let capitals = title.chars().filter(|c| c.is_uppercase()).count();
    let small = title.chars().filter(|c| c.is_lowercase()).count();
    let loud: Vec<usize> = words(title)
        .filter(|(is_word, piece)| *is_word && is_capitals(piece) && !is_acronym(piece))
        .map(|(_, piece)| piece.chars().filter(|c| c.is_uppercase()).count())
        .filter(|letters| *letters > 1)
        .collect();
    capitals * 100 >= (capitals + small) * SHOUTED && (loud.len() > 1 || loud.iter().any(|n| *n >= LONG))
}

/// A title in words and what stands between them. An apostrophe or a point inside a word is part of it, and a number after a hyphen.
fn words(title: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut rest = title;
    std::iter::from_fn(move || {
        let is_word = rest.chars().next()?.is_alphanumeric();
        let mut chars = rest.char_indices().peekable();
        let end =
            std::iter::from_fn(|| chars.next().map(|(at, c)| (at, c, chars.peek().map(|(_, next)| *next))))
                .find(|(_, c, next)| {
                    let joins = match c {
                        '\'' | '’' | '.' => next.is_some_and(char::is_alphanumeric),
                        '-' => next.is_some_and(char::is_numeric),
                        _ => false,
                    };
                    (c.is_alphanumeric() || (is_word && joins)) != is_word
                })
                .map_or(rest.len(), |(at, ..)| at);
        let (piece, left) = rest.split_at(end);
        rest = left;
        Some((is_word, piece))
    })
}

fn is_capitals(word: &str) -> bool {
    word.chars().any(char::is_uppercase) && !word.chars().any(char::is_lowercase)
}

/// A word as it stays: one that is written in both cases, an acronym, or one that is to be kept.
fn kept(word: &str, keep: &[String]) -> Option<String> {
    let folded = word.to_lowercase();
    if let Some(own) = keep.iter().find(|own| own.to_lowercase() == folded) {
        return Some(own.clone());
    }
    (!is_capitals(word) || is_acronym(word)).then(|| word.to_owned())
}

/// Whether a word in capitals is to stay so: a known acronym, one with a digit or points in it, one without a vowel
/// in Latin letters, a letter that stands alone (but `A`).
fn is_acronym(word: &str) -> bool {
    let bare = word.split(['\'', '’']).next().unwrap_or(word);
    let letters = bare.chars().filter(|c| c.is_alphabetic()).count();
    let is_vowel = |c: char| "AEIOUYÀÁÂÃÄÅÆÈÉÊËÌÍÎÏÒÓÔÕÖØŒÙÚÛÜÝĄĘŐŰŮĚ".contains(c);
    let has_no_vowel = letters <= 5 && bare.is_ascii() && !bare.chars().any(is_vowel);
    ACRONYMS.contains(&bare)
        || bare.chars().any(char::is_numeric)
        || (bare.contains('.') && letters <= 4)
        || has_no_vowel
        || (letters == 1 && bare == "I")
}

fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(title: &str) -> String {
        unshout(title, Case::Sentence, &["ACME".to_owned()]).unwrap_or_else(|| title.to_owned())
    }

    #[test]
    fn sentences() {
        for (shouted, plain) in [
            ("BREAKING: THE HARBOUR IS OPEN! COME AND SEE", "Breaking: The harbour is open! Come and see"),
            ("WHY NASA AND THE BBC DON'T AGREE", "Why NASA and the BBC don't agree"),
            ("ACME BUYS COVID-19 TESTS IN THE U.S.", "ACME buys COVID-19 tests in the U.S."),
            ("ÄRGER ÜBER NEUE FÄHRE", "Ärger über neue fähre"),
            ("ΝΕΑ ΤΗΣ ΗΜΕΡΑΣ", "Νεα της ημερας"),
            ("ПАРОМ ВЕРНУЛСЯ", "Паром вернулся"),
            ("\u{201c}IT'S OVER\u{201d}, I SAID", "\u{201c}It's over\u{201d}, I said"),
            ("WHY eBay WON THE RACE", "Why eBay won the race"),
            ("SUNDAY", "Sunday"),
            ("THE U.S. AND THE SEA. AND US", "The U.S. and the sea. And us"),
            ("WORLD WAR II IN 10 MAPS", "World war II in 10 maps"),
        ] {
            assert_eq!(sentence(shouted), plain);
            assert_eq!(sentence(plain), plain);
        }
    }

    #[test]
    fn what_does_not_shout_stays() {
        for title in [
            "",
            "NASA",
            "GDPR FAQ",
            "HTML5",
            "A quiet day at the BBC",
            "今日のニュース",
            "I",
            "USA – UK",
            "1 2 3",
        ] {
            assert_eq!(sentence(title), title);
        }
    }

    #[test]
    fn headlines() {
        let title = unshout("THE OLD MAN AND THE SEA: A STORY TO LOOK AT", Case::Title, &[]).unwrap();
        assert_eq!(title, "The Old Man and the Sea: A Story to Look At");
    }
}
