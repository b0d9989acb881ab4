//! What is put into a frame of its own: HTML that is not limpid's, sanitised, with a policy by which nothing in it runs
//! and nothing is asked for.
//!
//! Source: WHATWG HTML §4.8.5 *The iframe element* (`srcdoc`, `sandbox`), W3C *Content Security Policy Level 3* §3.3.

use std::collections::HashSet;

use ammonia::{Builder, UrlRelative};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::Text;

/// What is let through beside what an article has: sections of it.
const SECTIONS: [&str; 4] = ["section", "main", "address", "tfoot"];

/// What goes with all that is in it.
const SILENT: [&str; 14] = [
    "iframe", "object", "audio", "video", "canvas", "textarea", "select", "noembed", "noframes", "svg",
    "math", "template", "title", "xmp",
];

const STYLE: &str = ":root{color-scheme:light dark;--cut:#fbdfdc;--on-cut:#5c1511;--label:#94211b;--on-label:#fff;\
    --quiet:#5a6a74}\
    @media(prefers-color-scheme:dark){:root{--cut:#4a2220;--on-cut:#ffd3ce;--label:#ffb0a8;--on-label:#2b0a08;\
    --quiet:#a6b6bf}}\
    body{font:1rem/1.55 system-ui,sans-serif;margin:0;padding:.75rem;overflow-wrap:anywhere}\
    img{max-width:100%;height:auto}\
    img:not([src]){display:inline-block;min-width:3em;min-height:1.6em;padding:.2em .4em;border:1px dashed var(--quiet);\
    color:var(--quiet);font-size:.9em}\
    pre{white-space:pre-wrap;font:inherit}.marks{margin:0 0 .6rem;font-size:.85rem}.dropped{text-decoration:line-through;color:var(--quiet)}table{max-width:100%}blockquote,figure{margin-inline:1rem}";

/// How marks look; `@` stands for the attribute that they carry.
const MARKS: &str = "[@]{background:var(--cut);color:var(--on-cut);text-decoration:line-through;\
    outline:1px dashed var(--label)}\
    [@]::before{content:\"removed by \" attr(@);display:inline-block;margin-inline-end:.5em;padding:0 .45em;\
    border-radius:3px;background:var(--label);color:var(--on-label);font:600 .75rem/1.5 system-ui,sans-serif}\
    [@=\"\"]::before,tr[@]::before,tbody[@]::before,thead[@]::before{content:none}";

/// A document for a frame: the text, sanitised. Without `images` no picture is asked for.
pub fn document(title: &str, text: &Text, images: bool) -> String {
    let pictures = if images { "; img-src https: http: data:" } else { "" };
    let policy = format!("default-src 'none'; style-src 'unsafe-inline'{pictures}");
    let (html, count) = shown(text, images);
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="referrer" content="no-referrer";
                meta name="viewport" content="width=device-width, initial-scale=1";
                base target="_blank";
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(MARKS.replace('@', &text.mark))) }
            }
            body class=[text.is_struck.then_some("dropped")] {
                (way_to_marks(count, &text.mark))
                (PreEscaped(html))
            }
        }
    };
    page.into_string()
}

/// A link to the first mark: in a long text what was taken may stand far below.
fn way_to_marks(count: usize, mark: &str) -> Markup {
    html! {
        @if count > 0 {
            p.marks { a href={ "about:srcdoc#" (mark) } target="_self" {
                (count) @if count == 1 { " piece was" } @else { " pieces were" } " removed: to the first"
            } }
        }
    }
}

/// The text as it may be shown, and how many marks are in it. The first one can be gone to.
fn shown(text: &Text, images: bool) -> (String, usize) {
    let html = sanitised(text, images);
    let (all, going_on) = (format!(" {}=\"", text.mark), format!(" {}=\"\"", text.mark));
    let count = html.matches(&all).count().saturating_sub(html.matches(&going_on).count());
    (html.replacen(&all, &format!(" id=\"{}\"{all}", text.mark), 1), count)
}

/// What of a text may be shown.
fn sanitised(text: &Text, images: bool) -> String {
    let relative = match &text.base {
        Some(base) => UrlRelative::RewriteWithBase(base.clone()),
        None => UrlRelative::Deny,
    };
    let mut builder = Builder::default();
    builder
        .add_tags(SECTIONS)
        .add_clean_content_tags(SILENT)
        .add_generic_attributes([text.mark.as_str()])
        .url_schemes(HashSet::from(["http", "https", "mailto", "data"]))
        .url_relative(relative)
        .link_rel(Some("noopener noreferrer"))
        .attribute_filter(move |element, name, value| {
            let is_picture = (element, name) == ("img", "src");
            let is_data =
                value.trim_start().get(..5).is_some_and(|start| start.eq_ignore_ascii_case("data:"));
            let is_wanted = if is_picture { images } else { !is_data };
            is_wanted.then(|| value.into())
        });
    builder.clean(&text.html).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(html: &str) -> Text {
        let base = Some("https://a.example/post".parse().unwrap());
        Text { html: html.to_owned(), mark: "data-cut-1".to_owned(), shortened: None, is_struck: false, base }
    }

    #[test]
    fn nothing_that_runs_or_loads_is_left() {
        for (html, expected) in [
            ("<script>alert(1)</script>a", "a"),
            ("<p onclick=x>a</p>", "<p>a</p>"),
            ("<a href='javascript:x'>a</a>", "<a rel=\"noopener noreferrer\">a</a>"),
            ("<iframe srcdoc='<script>'>x</iframe>a", "a"),
            ("<svg><script>x</script></svg>a", "a"),
            ("<meta http-equiv=refresh content='0;url=//b.example'>a", "a"),
            ("<base href='//b.example'><form action=x>a</form>", "a"),
            ("<img src='//b.example/x' onerror=x alt=b>", "<img alt=\"b\">"),
            ("<p style='background:url(//b.example)'>a</p>", "<p>a</p>"),
            ("<link rel=stylesheet href=x><style>p{}</style>a", "a"),
            ("<video poster=x src=y><source src=z></video>a", "a"),
            ("<a href='data:text/html,x'>a</a>", "<a rel=\"noopener noreferrer\">a</a>"),
        ] {
            assert_eq!(sanitised(&text(html), false), expected, "{html}");
        }
    }

    #[test]
    fn pictures_are_there_when_they_are_asked_for() {
        let html = text("<img src=\"x.png\" alt=\"b\"><img src=\"data:image/png;base64,AA\">");
        let shown = sanitised(&html, true);
        assert_eq!(
            shown,
            "<img src=\"https://a.example/x.png\" alt=\"b\"><img src=\"data:image/png;base64,AA\">"
        );
        assert!(document("t", &html, true).contains("img-src https:"));
        assert!(!document("t", &html, false).contains("img-src"));
    }

    #[test]
    fn marks_stay_and_a_publisher_has_none_of_its_own() {
        let html = "<b id=\"x\">a</b><p data-cut-1=\"r\" data-cut-2=\"x\" class=\"cut\">a</p><p data-cut-1=\"\">a</p>";
        let (shown, count) = shown(&text(html), false);
        let expected = "<b>a</b><p id=\"data-cut-1\" data-cut-1=\"r\">a</p><p data-cut-1=\"\">a</p>";
        assert_eq!((shown.as_str(), count), (expected, 1));
    }

    proptest! {
        #[test]
        fn no_marked_text_has_a_script(pieces in prop::collection::vec(
            "(<script>|</script>|<svg|<math>|<style>|<!--|-->|<img src=x onerror=y>|<p title='|'>|<iframe srcdoc=\"|\">|a|<a href=javascript:b>|<table>|<del data-cut-1=r>|</del>|<noscript>|<textarea>)",
            0..12,
        )) {
            let shown = sanitised(&text(&pieces.concat()), false).to_ascii_lowercase();
            for bad in ["<script", "<svg", "<iframe", "<style", "<math", "<img src", "<form"] {
                prop_assert!(!shown.contains(bad), "{}: {}", bad, shown);
            }
            prop_assert!(!shown.contains("href=\"javascript"), "{}", shown);
        }
    }
}
