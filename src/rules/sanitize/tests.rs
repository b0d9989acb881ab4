//! What is left has nothing in it that another sanitizer would take.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use proptest::prelude::*;

use super::*;
use crate::html::build::Syntax;

const FRAMES: &str = "frames.example";

fn cleaned(text: &str) -> String {
    let mut html = Html::new(Cow::Borrowed(text), Syntax::Html);
    Sanitize { frames: vec![FRAMES.to_owned()] }.clean(&mut html);
    html.text().to_owned()
}

/// The elements of a text with their attributes.
fn elements(text: &str) -> HashSet<(String, Vec<(String, String)>)> {
    let html = Html::new(Cow::Borrowed(text), Syntax::Html);
    let all = html.outline().live().filter(|id| html.node(*id).kind == Kind::Element);
    all.map(|id| {
        let mut attributes: Vec<_> = html
            .attr_values(id)
            .into_iter()
            .map(|(_, key, value)| (key, value.replace('\0', "\u{fffd}")))
            .collect();
        // Of two attributes of one name a browser takes the first.
        attributes.sort_by(|a, b| a.0.cmp(&b.0));
        attributes.dedup_by(|later, first| later.0 == first.0);
        (element_name(&html, id), attributes)
    })
    .collect()
}

/// Another sanitizer, with the same lists.
fn other() -> ammonia::Builder<'static> {
    let mut other = ammonia::Builder::empty();
    let names: HashSet<&str> = allowed::ELEMENTS.iter().copied().chain(["iframe"]).collect();
    let own = |name: &&'static str| (*name, allowed::own(name).iter().copied().collect::<HashSet<_>>());
    let mut attributes: HashMap<&str, HashSet<&str>> = names.iter().map(own).collect();
    for (name, address) in [
        ("a", "href"),
        ("a", "target"),
        ("blockquote", "cite"),
        ("img", "src"),
        ("img", "srcset"),
        ("iframe", "src"),
    ] {
        attributes.entry(name).or_default().insert(address);
    }
    other
        .tags(names)
        .tag_attributes(attributes)
        .generic_attributes(allowed::GENERAL.iter().copied().collect())
        .clean_content_tags(allowed::REMOVED.iter().copied().collect())
        .url_schemes(["http", "https", "mailto", "magnet"].into_iter().collect())
        .url_relative(ammonia::UrlRelative::PassThrough)
        .link_rel(None)
        .strip_comments(false);
    other
}

/// Pieces of which attacks are made.
const PIECES: &[&str] = &[
    "<",
    ">",
    "/",
    "</",
    "\"",
    "'",
    "=",
    " ",
    "\n",
    "&",
    ";",
    "!",
    "-",
    "--",
    "<!--",
    "-->",
    "--!>",
    "a",
    "b",
    "p",
    "x",
    "<p>",
    "</p>",
    "<b>",
    "</b>",
    "<a href=",
    "<img src=",
    "<img src=x onerror=y>",
    "<script>",
    "</script>",
    "<style>",
    "</style>",
    "<svg>",
    "</svg>",
    "<math>",
    "<mtext>",
    "<noscript>",
    "</noscript>",
    "<title>",
    "</title>",
    "<textarea>",
    "</textarea>",
    "<iframe src=https://frames.example/>",
    "</iframe>",
    "<template>",
    "<select>",
    "<option>",
    "<table>",
    "<tr>",
    "<td>",
    "</table>",
    "<ul>",
    "<li>",
    "<div>",
    "</div>",
    "<![CDATA[",
    "]]>",
    "<?x",
    "javascript:",
    "&colon;",
    "&#58;",
    "&lt;",
    "&Tab;",
    " onclick=",
    " title=",
    " style=",
    "<xmp>",
    "</xmp>",
    "<plaintext>",
    "<font>",
    "<form>",
    "<h1>",
    "<br/>",
    "\0",
    "\u{e9}",
];

fn hostile() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..24).prop_map(|all| all.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// An independent parser and sanitizer with the same lists finds nothing that is not among what is left.
    #[test]
    fn another_sanitizer_finds_nothing_more_to_take(text in hostile()) {
        let ours = cleaned(&text);
        prop_assert_eq!(&cleaned(&ours), &ours, "a second time");
        let theirs = other().clean(&ours).to_string();
        let (ours_has, theirs_has) = (elements(&ours), elements(&theirs));
        // What may only stand in a table another parser drops where there is none.
        let of_tables = ["table", "caption", "col", "colgroup", "tbody", "td", "tfoot", "th", "thead", "tr"];
        let missing: Vec<_> =
            ours_has.difference(&theirs_has).filter(|(name, _)| !of_tables.contains(&name.as_str())).collect();
        prop_assert!(missing.is_empty(), "{missing:?} of {ours:?} is not in {theirs:?}");
        let added: Vec<_> = theirs_has.difference(&ours_has)
            .filter(|(name, attributes)| !attributes.is_empty() || !["p", "br", "tbody", "tr", "colgroup"].contains(&name.as_str()))
            .collect();
        prop_assert!(added.is_empty(), "{added:?} of {theirs:?} is not in {ours:?}");
    }
}

#[test]
fn frames_are_named_by_their_hosts() {
    let read = |host: &str| toml::from_str::<Sanitize>(&format!("frames = ['{host}']"));
    assert_eq!(read("WWW.b.example").unwrap().frames, ["www.b.example"]);
    for host in ["https://b.example", "b.example/embed", "b.example:80", "*.b.example", ""] {
        let error = read(host).unwrap_err();
        assert!(error.message().contains("is not the name of a host"), "{host}: {error}");
    }
}

#[test]
fn what_can_not_be_read_is_written_out() {
    let many = "<b onclick=x>y".repeat(crate::html::outline::MAX_NODES);
    let clean = cleaned(&many);
    assert!(clean.starts_with("&lt;b onclick=x&gt;y") && !clean.contains('<'));
    let broken = Html::new(Cow::Borrowed("<p a='<'>x</p><script>y</p>"), Syntax::Xhtml);
    assert!(broken.is_unread());
    let mut broken = broken;
    Sanitize { frames: Vec::new() }.clean(&mut broken);
    assert!(broken.text().starts_with("<div xmlns=") && broken.text().contains("&lt;script&gt;"));
}
