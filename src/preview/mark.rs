//! What has been taken, marked where it stood.
//!
//! Elements are marked by an attribute of their own start tags, and words by a `del` around them: neither moves anything,
//! whatever the element is. What can not carry a mark stands in one.

use std::fmt::Write;

use super::cuts::Cut;
use crate::html::build::Syntax;
use crate::html::entity;
use crate::html::outline::{Kind, NodeId};
use crate::html::tag::{self, Name};
use crate::html::{Html, Outline};
use crate::span::Span;

/// How deep elements may nest. A text that goes deeper is shown as words: what shows it would go down into it.
const MAX_DEPTH: usize = 200;

/// An HTML text with what was taken marked in it. `attribute` is the name of the attribute that carries the rule: one
/// that the text does not have.
pub fn marked(text: &str, syntax: Syntax, cuts: &[Cut], attribute: &str) -> String {
    let outline = Outline::build(text, syntax);
    let html = Html::new(text.into(), syntax);
    if html.is_unread() || is_deep(&outline) {
        return entity::escape(if html.is_unread() { text } else { html.all_words() }).into_owned();
    }
    let mut marker =
        Marker { text, outline: &outline, syntax, cuts, attribute, put: Vec::new(), before: None };
    let mut id = 0;
    while id < outline.len() {
        id = marker.node(id, None);
    }
    marker.finish()
}

fn is_deep(outline: &Outline) -> bool {
    let mut ends: Vec<NodeId> = Vec::new();
    for id in 0..outline.len() {
        while ends.last().is_some_and(|end| *end <= id) {
            ends.pop();
        }
        if outline.node(id).kind == Kind::Element {
            ends.push(outline.node(id).next);
        }
        if ends.len() > MAX_DEPTH {
            return true;
        }
    }
    false
}

struct Marker<'a> {
    text: &'a str,
    outline: &'a Outline,
    syntax: Syntax,
    cuts: &'a [Cut],
    attribute: &'a str,
    /// What is put in, and in the place of what.
    put: Vec<(Span, String)>,
    /// Where the mark before ends, and its rule.
    before: Option<(u32, &'a str)>,
}

impl<'a> Marker<'a> {
    /// Marks a node, where it is gone by another rule than what is around it. The next one that is not in it.
    fn node(&mut self, id: NodeId, around: Option<&'a str>) -> NodeId {
        let node = self.outline.node(id);
        match node.kind {
            Kind::Comment => {}
            Kind::Text => self.words(node.open, around),
            Kind::Element if is_silent(node.name) => {}
            Kind::Element => {
                let rule = self.rule_of(node.span());
                let within = if let Some(rule) = rule.filter(|rule| around != Some(rule)) {
                    self.element(id, rule);
                    Some(rule)
                } else {
                    around.filter(|_| rule.is_some())
                };
                if is_shown_by_name(node.name) {
                    self.show_name(id, rule);
                    return node.next;
                }
                self.close_empty(id);
                let mut inside = id + 1;
                while inside < node.next && !has_no_markup(node.name) {
                    inside = self.node(inside, within);
                }
            }
        }
        node.next
    }

    /// The rule that took the start of something, where all of it is gone.
    fn rule_of(&self, span: Span) -> Option<&'a str> {
        let from = self.cuts.partition_point(|cut| cut.span.end <= span.start);
        let inside = self.cuts[from..].iter().take_while(|cut| cut.span.start < span.end);
        let gone: u32 = inside.map(|cut| cut.span.end.min(span.end) - cut.span.start.max(span.start)).sum();
        let is_gone = !span.is_empty() && gone == span.end - span.start;
        is_gone.then(|| self.cuts[from].rule.as_str())
    }

    /// Marks the words of a text that are gone.
    fn words(&mut self, span: Span, around: Option<&'a str>) {
        let from = self.cuts.partition_point(|cut| cut.span.end <= span.start);
        for cut in self.cuts[from..].iter().take_while(|cut| cut.span.start < span.end) {
            let gone = Span { start: cut.span.start.max(span.start), end: cut.span.end.min(span.end) };
            if around == Some(&cut.rule) || gone.of(self.text).trim().is_empty() {
                continue;
            }
            let open = self.del(&cut.rule, gone);
            self.put.push((Span::empty(gone.start), open));
            self.put.push((Span::empty(gone.end), "</del>".to_owned()));
        }
    }

    /// Marks an element that is gone.
    fn element(&mut self, id: NodeId, rule: &'a str) {
        let node = self.outline.node(id);
        let name = self.name(id).to_owned();
        if is_shown_by_name(node.name) {
            return;
        }
        if node.name == tag::IMG || is_transparent(node.name) {
            let open = self.del(rule, node.span());
            self.put.push((Span::empty(node.open.start), open));
            self.put.push((Span::empty(node.close.end), "</del>".to_owned()));
        } else if is_section(node.name) {
            let open = self.del(rule, node.span()).replacen("<del", "<div", 1);
            self.put.push((Span::empty(node.open.start), open));
            self.put.push((Span::empty(node.close.end), "</div>".to_owned()));
        } else {
            let at = node.open.start + crate::span::offset(1 + name.len());
            let mut attribute = String::new();
            self.write_mark(&mut attribute, rule, node.span());
            self.put.push((Span::empty(at), attribute));
        }
    }

    /// Says that there is something which is not shown itself, or was.
    fn show_name(&mut self, id: NodeId, rule: Option<&'a str>) {
        let (whole, name) = (self.outline.node(id).span(), entity::escape(self.name(id)));
        let shown = match rule {
            Some(rule) => format!("{}&lt;{name}&gt;</del>", self.del(rule, whole)),
            None => format!("<code>&lt;{name}&gt;</code>"),
        };
        self.put.push((Span::empty(whole.start), shown));
    }

    fn del(&mut self, rule: &'a str, gone: Span) -> String {
        let mut out = "<del".to_owned();
        self.write_mark(&mut out, rule, gone);
        out.push('>');
        out
    }

    /// The attributes that say which rule took something; of two attributes of one name the first one counts. Where it is
    /// the same as just before it need not be said again.
    fn write_mark(&mut self, out: &mut String, rule: &'a str, gone: Span) {
        let goes_on = self.before.is_some_and(|(end, before)| {
            before == rule
                && self.text.get(end as usize..gone.start as usize).is_some_and(|gap| gap.trim().is_empty())
        });
        self.before = Some((gone.end, rule));
        let (name, rule) = (self.attribute, entity::escape_attribute(rule));
        let said = if goes_on { "" } else { &*rule };
        // Writing to a string cannot fail.
        let _ = write!(out, " {name}=\"{said}\" title=\"removed by {rule}\"");
    }

    /// The name of an element as it is written.
    fn name(&self, id: NodeId) -> &'a str {
        let inside = self.outline.node(id).open.of(self.text).trim_start_matches('<');
        let end =
            inside.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(inside.len());
        &inside[..end]
    }

    /// Closes an element that XHTML ends with `/>` and HTML does not.
    fn close_empty(&mut self, id: NodeId) {
        let node = self.outline.node(id);
        let is_empty = self.syntax == Syntax::Xhtml && node.open.of(self.text).ends_with("/>");
        if is_empty && !tag::is_void(node.name) {
            let end = Span { start: node.open.end - 2, end: node.open.end };
            self.put.push((end, format!("></{}>", self.name(id))));
        }
    }

    fn finish(mut self) -> String {
        // What was put at one place stays in the order in which it was.
        self.put.sort_by_key(|(span, _)| span.start);
        let mut out = String::with_capacity(self.text.len() + 64 * self.put.len());
        let mut at = 0;
        for (span, text) in &self.put {
            let range = span.range();
            out.push_str(&self.text[at..range.start]);
            out.push_str(text);
            at = range.end;
        }
        out.push_str(&self.text[at..]);
        out
    }
}

/// Whether nobody would see it, marked or not.
fn is_silent(name: Name) -> bool {
    let drawn = matches!(name, tag::SVG | tag::MATH);
    let says_nothing =
        matches!(name, tag::SOURCE | tag::TRACK | tag::PARAM | tag::META | tag::LINK | tag::BASE);
    drawn || says_nothing || matches!(name, tag::SCRIPT | tag::STYLE | tag::TEMPLATE | tag::TITLE)
}

/// Whether what is in it is not markup, so that it can hold no mark.
fn has_no_markup(name: Name) -> bool {
    tag::content(name) != tag::Content::Markup
}

/// Whether it is not shown itself; that it is there is.
fn is_shown_by_name(name: Name) -> bool {
    let others = ["canvas", "textarea"].map(Name::of);
    let known = [tag::IFRAME, tag::OBJECT, tag::EMBED, tag::AUDIO, tag::VIDEO, tag::INPUT, tag::SELECT];
    known.contains(&name) || others.contains(&name)
}

/// Whether it is not shown itself, while what is in it is: among words.
fn is_transparent(name: Name) -> bool {
    let others = ["label", "font"].map(Name::of);
    matches!(name, tag::PICTURE | tag::BUTTON) || others.contains(&name)
}

/// The same as a block.
fn is_section(name: Name) -> bool {
    matches!(name, tag::FORM | tag::FIELDSET)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::html::Selectors;
    use crate::pipeline::After;
    use crate::preview::cuts::cuts;

    const MARK: &str = "data-cut";

    fn cut(source: &str, text: &str) -> Cut {
        let start = source.find(text).expect("it is in the source");
        Cut { span: Span::new(start, start + text.len()), rule: "r".to_owned() }
    }

    fn mark(source: &str, gone: &[&str]) -> String {
        let cuts: Vec<Cut> = gone.iter().map(|text| cut(source, text)).collect();
        marked(source, Syntax::Html, &cuts, MARK).replace(" title=\"removed by r\"", "")
    }

    #[test]
    fn elements_carry_the_mark_themselves() {
        assert_eq!(mark("<p>a</p><p>b</p>", &["<p>b</p>"]), "<p>a</p><p data-cut=\"r\">b</p>");
        let table = "<table><tr><td>a</table>";
        assert_eq!(mark(table, &["<tr><td>a"]), "<table><tr data-cut=\"r\"><td>a</table>");
        assert_eq!(mark("a<img src=x>b", &["<img src=x>"]), "a<del data-cut=\"r\"><img src=x></del>b");
        assert_eq!(mark("a b c", &["b"]), "a <del data-cut=\"r\">b</del> c");
        let two = "<p>a</p> <p>b</p>";
        assert_eq!(mark(two, &[two]), "<p data-cut=\"r\">a</p> <p data-cut=\"\">b</p>");
    }

    #[test]
    fn what_is_only_unwrapped_is_not_marked() {
        assert_eq!(mark("<div><p>a</p></div>", &["<div>", "</div>"]), "<div><p>a</p></div>");
        assert_eq!(mark("<p class=x>a</p>", &[" class=x"]), "<p class=x>a</p>");
    }

    #[test]
    fn frames_are_shown_by_name() {
        let frame = "<iframe src=\"https://a.example/\"></iframe>";
        assert_eq!(mark(frame, &[frame]), format!("<del data-cut=\"r\">&lt;iframe&gt;</del>{frame}"));
    }

    #[test]
    fn empty_elements_of_xhtml_are_closed() {
        let text = "<div><a id=\"x\"/><br/>b</div>";
        assert_eq!(marked(text, Syntax::Xhtml, &[], MARK), "<div><a id=\"x\"></a><br/>b</div>");
    }

    #[test]
    fn what_nests_without_end_is_words() {
        assert_eq!(marked(&("<div>".repeat(50_000) + "a"), Syntax::Html, &[], MARK), "a");
    }

    /// A text of elements and words.
    fn html() -> impl Strategy<Value = String> {
        let leaf = prop_oneof!["[a-c ]{0,6}", Just("<br>".to_owned()), Just("<hr>".to_owned())];
        leaf.prop_recursive(4, 24, 4, |inner| {
            let name = prop_oneof![Just("p"), Just("div"), Just("b"), Just("li"), Just("i"), Just("span")];
            (name, prop::collection::vec(inner, 0..4))
                .prop_map(|(name, inside)| format!("<{name}>{}</{name}>", inside.concat()))
        })
    }

    proptest! {
        /// Where a rule only removes: without what is marked, what is shown is what is left.
        #[test]
        fn without_what_is_marked_it_is_what_is_left(text in html(), name in "b|i|li|div") {
            let selectors: Selectors = serde_json::from_value(name.into()).unwrap();
            let mut page = Html::new(text.as_str().into(), Syntax::Html);
            for id in page.find(&selectors) {
                page.remove(id);
            }
            let after = After { rule: "r".to_owned(), edits: page.edits() };
            let shown = marked(&text, Syntax::Html, &cuts(&text, text.len(), &[after]), MARK);
            let marks: Selectors = serde_json::from_value("[data-cut]".into()).unwrap();
            let mut without = Html::new(shown.as_str().into(), Syntax::Html);
            for id in without.find(&marks) {
                without.remove(id);
            }
            prop_assert_eq!(without.marked_text(), page.marked_text());
        }

        #[test]
        fn no_text_is_a_panic(text in "[<>/a-d=\"'! -]{0,60}", at in 0u32..40, len in 1u32..20) {
            let end = crate::span::offset(text.len());
            let span = Span { start: at.min(end), end: (at + len).min(end) };
            let cuts = if span.is_empty() { vec![] } else { vec![Cut { span, rule: "r".to_owned() }] };
            for syntax in [Syntax::Html, Syntax::Xhtml] {
                let _ = marked(&text, syntax, &cuts, MARK);
            }
        }
    }
}
