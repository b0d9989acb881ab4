//! Names that are none, made into names.

use std::borrow::Cow;

use crate::xml::check::names::{Run, is_inside, is_start, run};

/// A run of characters that stands where a name should: up to white space of any kind.
pub(super) fn lenient_run(text: &str, at: usize) -> Run<'_> {
    let found = run(text, at);
    match found.text.find(char::is_whitespace) {
        Some(end) => run(&text[..at + end], at),
        None => found,
    }
}

/// A qualified name like `raw`. Its prefix, where it has one, is that of `raw`.
pub(super) fn fixed(raw: &str) -> Cow<'_, str> {
    let whole = run(raw, 0);
    if whole.text.len() == raw.len() && whole.qualified().is_some() {
        return Cow::Borrowed(raw);
    }
    match raw.split_once(':') {
        Some((prefix, local)) if prefix != "xmlns" && !local.is_empty() && is_plain(prefix) => {
            Cow::Owned(format!("{prefix}:{}", plain(local)))
        }
        _ => Cow::Owned(plain(raw)),
    }
}

/// The same for an element, which can not have the prefix `xmlns`.
pub(super) fn fixed_element(raw: &str) -> Cow<'_, str> {
    if raw.starts_with("xmlns:") { Cow::Owned(plain(raw)) } else { fixed(raw) }
}

/// What stands before and after the colon.
pub(super) fn parts(name: &str) -> (Option<&str>, &str) {
    name.split_once(':').map_or((None, name), |(prefix, local)| (Some(prefix), local))
}

fn is_plain(text: &str) -> bool {
    let run = run(text, 0);
    run.text.len() == text.len() && run.is_plain()
}

/// `raw` with `_` for what a name without a colon can not hold.
fn plain(raw: &str) -> String {
    let name: String = raw.chars().map(|c| if is_inside(c) && c != ':' { c } else { '_' }).collect();
    if name.starts_with(is_start) { name } else { format!("_{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_what_they_can() {
        for (raw, name) in [
            ("dc:date", "dc:date"),
            ("a:b:c", "a:b_c"),
            (":class", "_class"),
            ("@click", "_click"),
            ("x-on:click.away", "x-on:click.away"),
            ("1a", "_1a"),
            ("1a:b", "_1a_b"),
            ("a:1", "a:_1"),
            ("a:", "a_"),
            ("xmlns:1", "xmlns_1"),
            ("a×b", "a_b"),
        ] {
            assert_eq!(fixed(raw), name);
        }
        assert_eq!(fixed_element("xmlns:a"), "xmlns_a");
        assert_eq!(lenient_run("b\u{a0}c d", 0).text, "b");
    }
}
