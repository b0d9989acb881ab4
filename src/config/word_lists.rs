//! Files of words: `{ any-of-file = "words.txt" }` anywhere in a feed's table becomes `{ any-of = [ … ] }`, so that
//! conditions know words and no files.

use std::borrow::Cow;
use std::fs::File;
use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::problem::Problem;
use crate::decode::read_at_most;

/// The most bytes of a file of words.
const MAX_FILE: usize = 1 << 20;

/// The key that names a file.
const FILE: &str = "any-of-file";

/// The key that its words are put under.
const WORDS: &str = "any-of";

/// Puts the words of every file that is named in a value in its place. Files are named relative to `folder`. Gives
/// the texts of all of them, for the digest of the rules that they are part of.
pub fn read_in(value: &mut DeValue<'_>, folder: &Path, problems: &mut Vec<Problem>) -> String {
    let mut texts = String::new();
    let each =
        |value: &mut Spanned<DeValue<'_>>, problems: &mut _| read_in(value.get_mut(), folder, problems);
    match value {
        DeValue::Array(all) => texts.extend(all.iter_mut().map(|value| each(value, problems))),
        DeValue::Table(table) => {
            texts.extend(table.iter_mut().map(|(_, value)| each(value, problems)));
            if let Some(file) = table.remove(FILE) {
                let words = words_of(&file, folder, problems);
                texts.extend(words.iter().map(|word| format!("{word}\n")));
                put(table, file.span(), words);
            }
        }
        _ => {}
    }
    texts
}

/// Adds words to those that are listed beside the file.
fn put(table: &mut DeTable<'_>, span: Range<usize>, words: Vec<String>) {
    let words = words.into_iter().map(|word| Spanned::new(span.clone(), DeValue::String(Cow::Owned(word))));
    if let Some(DeValue::Array(listed)) = table.get_mut(WORDS).map(Spanned::get_mut) {
        words.for_each(|word| listed.push(word));
        return;
    }
    let mut list = DeArray::new();
    words.for_each(|word| list.push(word));
    let key = Spanned::new(span.clone(), WORDS.into());
    table.insert(key, Spanned::new(span, DeValue::Array(list)));
}

/// The words in a file. Where there are none that is a problem, and one word stands in for them, so that it is said
/// once.
fn words_of(file: &Spanned<DeValue<'_>>, folder: &Path, problems: &mut Vec<Problem>) -> Vec<String> {
    let read = match file.get_ref().as_str() {
        Some(name) => read_words(&folder.join(name)).map_err(|why| format!("can not read `{name}`: {why}")),
        None => Err("expected the name of a file, such as \"words.txt\"".to_owned()),
    };
    read.unwrap_or_else(|message| {
        problems
            .push(Problem::new(message, file.span()).help("one word or phrase a line; # begins a comment"));
        vec!["-".to_owned()]
    })
}

fn read_words(path: &Path) -> Result<Vec<String>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let bytes = read_at_most(file, MAX_FILE).map_err(|error| error.to_string())?;
    let bytes = bytes.ok_or_else(|| format!("it has more than {} KiB", MAX_FILE >> 10))?;
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let lines = text.trim_start_matches('\u{feff}').lines().map(without_comment);
    let words: Vec<String> = lines.filter(|word| !word.is_empty()).map(str::to_owned).collect();
    if words.is_empty() { Err("there is no word in it".to_owned()) } else { Ok(words) }
}

/// A line up to a `#` that begins it or stands after white space: `c#` is a word.
fn without_comment(line: &str) -> &str {
    let is_comment =
        |(at, _): &(usize, &str)| line[..*at].chars().next_back().is_none_or(char::is_whitespace);
    let end = line.match_indices('#').find(is_comment).map_or(line.len(), |(at, _)| at);
    line[..end].trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::read;

    fn config(folder: &Path, rules: &str) -> Result<u128, String> {
        let text = format!("[feeds.a]\nsource = \"sample:newsletter\"\nrules = [{rules}]\n");
        let read = read(&text, Some(&folder.join("limpid.toml")));
        read.map(|config| config.feeds[0].rules_digest).map_err(|problems| problems.to_string())
    }

    #[test]
    fn words_of_a_file_are_part_of_the_rules() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("words.txt");
        let rule = "{ keep = { any = [{ title = { any-of = ['x'], any-of-file = 'words.txt' } }] } }";
        std::fs::write(&file, "\u{feff}# languages\nrust  # not iron\n\n c# \r\n").unwrap();
        assert_eq!(read_words(&file).unwrap(), ["rust", "c#"]);
        let first = config(folder.path(), rule).unwrap();
        std::fs::write(&file, "go\n").unwrap();
        assert_ne!(config(folder.path(), rule).unwrap(), first);
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_with_its_name_once() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("empty.txt"), "# nothing\n").unwrap();
        std::fs::write(folder.path().join("latin.txt"), b"caf\xe9\n").unwrap();
        std::fs::write(folder.path().join("large.txt"), "a\n".repeat(MAX_FILE)).unwrap();
        for (name, why) in [
            ("'none.txt'", "can not read `none.txt`"),
            ("'empty.txt'", "no word in it"),
            ("'latin.txt'", "not UTF-8"),
            ("'large.txt'", "more than 1024 KiB"),
            ("3", "expected the name of a file"),
        ] {
            let problems =
                config(folder.path(), &format!("{{ drop = {{ title = {{ any-of-file = {name} }} }} }}"));
            let problems = problems.unwrap_err();
            assert!(problems.contains(why) && problems.contains("1 problem in"), "{problems}");
        }
    }
}
