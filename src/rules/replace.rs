//! `replace`: other words in the place of words.

use std::borrow::Cow;

use regex::Captures;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use super::markup::web_address;
use super::rewrite::check_template;
use super::texts::Written;
use super::values::Pattern;
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::feed::draft::ItemDraft;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, entity, tag};
use crate::span::Span;
use crate::xml::check::check;
use crate::xml::splice::{Edit, splice};

pub(super) const INFO: Info = Info {
    name: "replace",
    summary: "Replaces what a pattern matches in titles, in the words of the content or of links, in the HTML itself, or in \
              any other field.",
    why: "To take a prefix off every title, or a phrase out of every post. `$1` stands for the first group.",
    example: "{ replace = { in = 'title', pattern = '^The Pulse: ', with = '' } }",
    shorthand: None,
    compile: compile::<Replace>,
    schema: schema::<Options>,
};

#[derive(Debug, Deserialize)]
#[serde(try_from = "Options")]
struct Replace(Options);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Options {
    /// Where to look: one of these, or an element by its qualified name, such as `itunes:subtitle`.
    r#in: Place,
    /// What to look for.
    pattern: Pattern,
    /// What to put there: words, or HTML where that is looked at. `$1` and `$name` stand for what a group has
    /// matched, `$$` for a dollar sign.
    with: String,
}

impl TryFrom<Options> for Replace {
    type Error = String;

    fn try_from(options: Options) -> Result<Self, Self::Error> {
        check_template(options.pattern.regex(), &options.with)?;
        Ok(Replace(options))
    }
}

/// Where to look.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
enum Place {
    Title,
    Content,
    LinkText,
    Html,
    Link,
    Author,
    Category,
    /// An element by its qualified name; in JSON Feed, a member.
    Element(String),
}

/// The places that have a name of their own, and what they are.
const PLACES: &[(&str, Place, &str)] = &[
    ("title", Place::Title, "The title."),
    ("content", Place::Content, "The words of every HTML text, each stretch between two tags by itself."),
    ("link-text", Place::LinkText, "The words of links."),
    (
        "html",
        Place::Html,
        "The HTML of every text as it is written, tags and references included. Of XHTML it is what is inside the \
         element around all of it, and a text that would not be well-formed afterwards stays as it is.",
    ),
    (
        "link",
        Place::Link,
        "The address of the page that the item stands for; what would be no address of the web stays.",
    ),
    ("author", Place::Author, "The name of each author; one of which nothing would be left stays."),
    ("category", Place::Category, "Each category; one of which nothing would be left stays."),
];

impl TryFrom<String> for Place {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        if let Some((_, place, _)) = PLACES.iter().find(|(known, ..)| *known == name) {
            return Ok(place.clone());
        }
        if ["guid", "id", "atom:id", "atom:published", "atom:updated", "dc:date"].contains(&name.as_str()) {
            return Err(format!(
                "`{name}` is what readers know an item by, or its date: neither is ever changed"
            ));
        }
        // A name of one word may as well be a mistake.
        if name.contains([':', '_']) && !name.contains(char::is_whitespace) {
            return Ok(Place::Element(name));
        }
        let known: Vec<&str> = PLACES.iter().map(|(known, ..)| *known).collect();
        let known = known.join("`, `");
        Err(format!(
            "`{name}` is no place to look; expected `{known}`, or an element such as `itunes:subtitle`"
        ))
    }
}

impl JsonSchema for Place {
    fn schema_name() -> Cow<'static, str> {
        "place".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let named =
            PLACES.iter().map(|(name, _, about)| json_schema!({ "const": name, "description": about }));
        let named: Vec<Schema> = named.collect();
        let element = json_schema!({
            "type": "string",
            "pattern": "[:_]",
            "description": "An element by its qualified name, such as `itunes:subtitle`."
        });
        json_schema!({ "anyOf": [{ "oneOf": named }, element] })
    }
}

impl Rule for Replace {
    fn apply(&self, draft: &mut Draft<'_>) {
        match &self.0.r#in {
            Place::Title => {
                for item in draft.kept_mut() {
                    item.title_mut().replace(|title| self.replaced(title).into_owned());
                }
            }
            Place::Link => draft.kept_mut().for_each(|item| self.in_link(item)),
            Place::Author => draft.kept_mut().for_each(|item| item.rename_authors(|name| self.renamed(name))),
            Place::Category => {
                draft.kept_mut().for_each(|item| item.rename_categories(|term| self.renamed(term)));
            }
            Place::Element(name) => draft.kept_mut().for_each(|item| self.in_element(item, name)),
            Place::Content => draft.each_html(|html| self.in_texts(html, |_, _| true)),
            Place::LinkText => draft.each_html(|html| self.in_texts(html, is_in_link)),
            Place::Html => draft.each_html(|html| self.in_markup(html)),
        }
    }
}

impl Replace {
    fn replaced<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.0.pattern.regex().replace_all(text, self.0.with.as_str())
    }

    /// A name with the pattern replaced; as it is where nothing would be left of it.
    fn renamed(&self, name: &str) -> String {
        let renamed = self.replaced(name);
        let trimmed = if renamed == name { name } else { renamed.trim() };
        if trimmed.is_empty() { name.to_owned() } else { trimmed.to_owned() }
    }

    fn in_link(&self, item: &mut ItemDraft<'_>) {
        let Some(link) = item.link() else { return };
        let replaced = self.replaced(&link);
        if replaced != link && web_address(&replaced, None).is_some() {
            item.set_link(&replaced);
        }
    }

    /// In a text of HTML its words; elsewhere all that it says.
    fn in_element(&self, item: &mut ItemDraft<'_>, name: &str) {
        for field in item.fields_named(name) {
            if let Some(html) = item.html_of(field) {
                self.in_texts(html, |_, _| true);
                continue;
            }
            let said = item.said(field);
            let replaced = self.replaced(&said);
            if replaced != said {
                item.set_field("element", field, &replaced);
            }
        }
    }

    fn put(&self, found: &Captures<'_>) -> String {
        let mut put = String::new();
        found.expand(&self.0.with, &mut put);
        put
    }

    fn in_texts(&self, html: &mut Html<'_>, is_wanted: fn(&Html<'_>, NodeId) -> bool) {
        let texts =
            html.outline().live().filter(|id| html.node(*id).kind == Kind::Text && !is_code(html, *id));
        for id in texts.collect::<Vec<_>>() {
            let text = Written::of(html, id);
            let replaced = self.replaced(&text.words);
            if replaced == text.words || !is_wanted(html, id) {
                continue;
            }
            if text.is_section() {
                let words = replaced.into_owned();
                html.set_words(id, &words);
            } else {
                let written = self.written(&text);
                html.replace(id, written);
            }
        }
    }

    /// A text with other words in it. The rest is written as it was.
    fn written(&self, text: &Written<'_>) -> String {
        let mut out = String::new();
        let mut at = 0;
        for found in self.0.pattern.regex().captures_iter(&text.words) {
            let whole = found.get_match();
            out.push_str(&text.bytes(at..whole.start()));
            out.push_str(&entity::escape(&self.put(&found)));
            at = whole.end();
        }
        out + text.bytes(at..text.words.len()).as_str()
    }

    fn in_markup(&self, html: &mut Html<'_>) {
        let mut is_broken = false;
        html.rewrite(|html| {
            let edits = self.markup_edits(html);
            is_broken = html.is_xhtml() && !edits.is_empty() && check(&splice(html.text(), &edits)).is_err();
            if is_broken { Vec::new() } else { edits }
        });
        if is_broken {
            html.spare_whole("what would stand there is not well-formed, as XHTML must be");
        }
    }

    fn markup_edits(&self, html: &Html<'_>) -> Vec<Edit> {
        let Some(inner) = html.inner() else { return Vec::new() };
        let start = inner.range().start;
        let found = self.0.pattern.regex().captures_iter(inner.of(html.text()));
        let edits = found.map(|found| {
            let whole = found.get_match();
            Edit::replace(Span::new(start + whole.start(), start + whole.end()), self.put(&found))
        });
        edits.filter(|edit| edit.span.of(html.text()) != edit.text).collect()
    }
}

fn is_in_link(html: &Html<'_>, id: NodeId) -> bool {
    html.outline().ancestors(id).any(|up| html.outline().is(up, tag::A))
}

/// What stands in a script or style is not words, and escaping it would break it.
fn is_code(html: &Html<'_>, id: NodeId) -> bool {
    let code = [tag::SCRIPT, tag::STYLE, tag::IFRAME, tag::XMP, tag::NOEMBED, tag::NOFRAMES];
    html.outline().parent(id).is_some_and(|up| code.contains(&html.node(up).name))
}
