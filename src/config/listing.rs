//! What a feed is called in lists of feeds, and the folder it is in there: `title` and `folder`.

use toml::Spanned;

use super::problem::Problem;
use super::raw;

/// How many characters a title, or the name of a folder, has at most.
pub const MAX_TITLE: usize = 256;

/// How many folders may be in each other.
pub const MAX_FOLDERS: usize = 16;

/// How a feed is listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// What it is called; `None` for its name.
    pub title: Option<String>,
    /// The folders it is in, the outermost first.
    pub folder: Vec<String>,
}

/// Reads what a feed says of it.
pub(super) fn read(feed: &raw::Feed, problems: &mut Vec<Problem>) -> Listing {
    let title = feed.title.as_ref().and_then(|title| read_title(title, problems));
    let folder = feed.folder.as_ref().map(|folder| read_folder(folder, problems)).unwrap_or_default();
    Listing { title, folder }
}

fn read_title(title: &Spanned<String>, problems: &mut Vec<Problem>) -> Option<String> {
    let text = title.get_ref().trim();
    if is_title(text) {
        return Some(text.to_owned());
    }
    let problem = Problem::new("this can not be a title", title.span());
    problems.push(problem.help(format!("one line, with 1 to {MAX_TITLE} characters")));
    None
}

fn read_folder(folder: &Spanned<String>, problems: &mut Vec<Problem>) -> Vec<String> {
    let names: Vec<String> = folder.get_ref().split('/').map(|name| name.trim().to_owned()).collect();
    if names.len() <= MAX_FOLDERS && names.iter().all(|name| is_title(name)) {
        return names;
    }
    let help = format!("folder = \"Weather/Tides\": names with `/` between them, at most {MAX_FOLDERS}");
    problems.push(Problem::new("this can not be a folder", folder.span()).help(help));
    Vec::new()
}

fn is_title(text: &str) -> bool {
    (1..=MAX_TITLE).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// A text as a title can be: one line, not too long. `None` where nothing is left of it.
pub fn as_title(text: &str) -> Option<String> {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line: String = words.collect::<Vec<_>>().join(" ").chars().take(MAX_TITLE).collect();
    let line = line.trim_end();
    is_title(line).then(|| line.to_owned())
}

/// A text as the name of a folder can be: a `/` would be the end of it.
pub fn as_folder(text: &str) -> Option<String> {
    as_title(&text.replace('/', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_a_title_is_one() {
        assert_eq!(as_title(" Tides\n&\u{7}\tmoons ").as_deref(), Some("Tides & moons"));
        assert_eq!(as_folder("Film/TV").as_deref(), Some("Film-TV"));
        assert_eq!(as_title("\n\u{0}"), None);
        let long = as_title(&"é ".repeat(300)).unwrap();
        assert!(is_title(&long) && long.chars().count() == MAX_TITLE - 1, "{long}");
    }
}
