//! CSS selectors over an outline, by Servo's `selectors` crate.
//!
//! Source: Selectors Level 4, with `:is()`, `:where()`, `:not()`, `:has()` and the structural
//! pseudo-classes. What depends on a window, a mouse or a link's history does not exist here.

mod explain;

use std::borrow::Cow;
use std::fmt;

use cssparser::{Parser as CssParser, ToCss, serialize_identifier, serialize_string};
use memchr::memmem::Finder;
use precomputed_hash::PrecomputedHash;
use selectors::attr::{AttrSelectorOperation, CaseSensitivity, NamespaceConstraint, ParsedCaseSensitivity};
use selectors::context::{
    MatchingContext, MatchingForInvalidation, MatchingMode, NeedsSelectorFlags, QuirksMode, SelectorCaches,
};
use selectors::matching::{ElementSelectorFlags, matches_selector};
use selectors::parser::{
    Component, NonTSPseudoClass, ParseRelative, PseudoElement, RelativeSelectorMatchHint, Selector,
    SelectorImpl, SelectorList, SelectorParseErrorKind,
};
use selectors::{Element, OpaqueElement};
use serde::{Deserialize, Deserializer, de};

use super::known::{CLASS, ID, Key, Known};
use super::outline::{Kind, Node, NodeId, Outline};
use super::tag::Name;

/// A compiled list of CSS selectors.
#[derive(Clone, Debug)]
pub struct Selectors {
    each: Vec<One>,
}

/// A selector, with what its subject must be: to pass over most texts, and over most elements of the others, at the
/// price of a comparison.
#[derive(Clone, Debug)]
struct One {
    selector: Selector<Css>,
    subject: Subject,
    /// A name that must be in the text.
    key: Option<Key>,
    /// What something inside the subject must be, by its `:has()`, and the name that this can not do without.
    inside: Option<(Subject, Option<Key>)>,
}

/// The cheapest thing to ask of an element before a selector is tried on it.
#[derive(Clone, Debug)]
enum Subject {
    Named(Name),
    /// It has an attribute of this name (`class` for `.x`, `id` for `#x`), whose value, where it is
    /// known, holds these bytes.
    With(Name, Option<Box<Finder<'static>>>),
    Anything,
}

impl Selectors {
    /// Compiles a selector list such as `p.promo, a[href*="/subscribe"]`.
    ///
    /// # Errors
    /// One sentence on what is wrong with it.
    pub fn parse(css: &str) -> Result<Self, String> {
        let mut parser = CssParser::new(css);
        let list = SelectorList::parse(&Grammar, &mut parser, ParseRelative::No)
            .map_err(|error| format!("not a CSS selector: {}", explain::in_words(&error.kind)))?;
        let each = list.slice().iter().map(|selector| {
            let (subject, key) = subject(selector.iter_raw_match_order());
            One { selector: selector.clone(), subject, key, inside: inside(selector) }
        });
        Ok(Selectors { each: each.collect() })
    }

    /// The elements that match, in document order. `text` is what the outline is of.
    ///
    /// ```
    /// use limpid::html::{build::Syntax, Outline, Selectors};
    /// let text = r#"<p>a</p><p class="x y">b</p>"#;
    /// let outline = Outline::build(text, Syntax::Html);
    /// let found = Selectors::parse("p + p.y:not(:has(img))").unwrap().find(&outline, text);
    /// assert_eq!(outline.words(text, found[0]), "b");
    /// ```
    pub fn find(&self, outline: &Outline, text: &str) -> Vec<NodeId> {
        let known = outline.known.get_or_init(|| Known::of(outline, text));
        let may_be_there = |one: &&One| {
            let inside = one.inside.as_ref().and_then(|(_, key)| *key);
            !outline.added.is_empty()
                || [one.key, inside].into_iter().flatten().all(|key| known.may_have(key))
        };
        let each: Vec<&One> = self.each.iter().filter(may_be_there).collect();
        if each.is_empty() {
            return Vec::new();
        }
        let mut caches = SelectorCaches::default();
        let mut context = MatchingContext::new(
            MatchingMode::Normal,
            None,
            &mut caches,
            QuirksMode::NoQuirks,
            NeedsSelectorFlags::No,
            MatchingForInvalidation::No,
        );
        // Most elements of a post have no attributes, and most selectors ask for one.
        let bare_too =
            !outline.added.is_empty() || each.iter().any(|one| !matches!(one.subject, Subject::With(..)));
        let may_match = |node: &Node| node.kind == Kind::Element && (bare_too || node.attrs.1 > 0);
        let elements = outline.live().filter(|id| may_match(outline.node(*id)));
        let mut matches = |id: NodeId| {
            each.iter().any(|one| {
                let One { selector, subject, inside, .. } = one;
                let may_be = |subject: &Subject, id| subject.may_be(outline, text, id);
                may_be(subject, id)
                    && inside.as_ref().is_none_or(|(part, _)| outline.inside(id).any(|id| may_be(part, id)))
                    && matches_selector(selector, 0, None, ElementRef { outline, text, id }, &mut context)
            })
        };
        elements.filter(|id| matches(*id)).collect()
    }
}

impl Subject {
    #[inline]
    fn may_be(&self, outline: &Outline, text: &str, id: NodeId) -> bool {
        match self {
            Subject::Named(name) => outline.node(id).name == *name,
            Subject::With(name, part) => {
                // What rules have set themselves is rare, and judged by the selector alone.
                let of_source = outline.attrs(id).iter().find(|a| a.name == *name);
                match (of_source, part) {
                    (None, _) => outline.added.contains_key(&id),
                    (Some(attr), Some(part)) if attr.change == super::outline::AttrChange::Kept => {
                        let value = attr.value.of(text);
                        part.find(value.as_bytes()).is_some() || value.contains('&')
                    }
                    (Some(_), _) => true,
                }
            }
            Subject::Anything => true,
        }
    }
}

/// What the rightmost compound of a selector asks for, and a name that it can not do without. Components are in
/// matching order.
fn subject<'a>(components: impl Iterator<Item = &'a Component<Css>>) -> (Subject, Option<Key>) {
    let mut best = Subject::Anything;
    for component in components {
        match component {
            Component::Combinator(_) => break,
            Component::Class(class) => {
                return (Subject::With(CLASS, Some(finder(&class.0))), Some(Key::class(&class.0)));
            }
            Component::ID(id) => {
                return (Subject::With(ID, Some(finder(&id.0))), Some(Key::id(&id.0)));
            }
            Component::AttributeInNoNamespaceExists { local_name_lower, .. } => {
                best = Subject::With(local_name_lower.name, None);
            }
            Component::AttributeInNoNamespace { local_name, value, case_sensitivity, .. } => {
                // Whatever the operator is, the value holds what it is compared with.
                let is_exact = *case_sensitivity == ParsedCaseSensitivity::CaseSensitive;
                let part =
                    Some(&value.0).filter(|part| is_exact && !part.is_empty()).map(|part| finder(part));
                best = Subject::With(local_name.name, part);
            }
            Component::LocalName(local) if matches!(best, Subject::Anything) => {
                best = Subject::Named(local.lower_name.name);
            }
            _ => {}
        }
    }
    let key = match &best {
        Subject::Named(name) => Some(Key::element(*name)),
        Subject::With(name, _) => Some(Key::attribute(*name)),
        Subject::Anything => None,
    };
    (best, key)
}

/// What something inside a subject must be, where the selector has a `:has()` that says so.
fn inside(selector: &Selector<Css>) -> Option<(Subject, Option<Key>)> {
    let compound = selector
        .iter_raw_match_order()
        .take_while(|component| !matches!(component, Component::Combinator(_)));
    let mut parts = compound.filter_map(|component| match component {
        Component::Has(parts) => match &**parts {
            [only] if is_within(only.match_hint) => Some(&only.selector),
            _ => None,
        },
        _ => None,
    });
    parts.next().map(|part| subject(part.iter_raw_match_order()))
}

fn is_within(hint: RelativeSelectorMatchHint) -> bool {
    matches!(hint, RelativeSelectorMatchHint::InSubtree | RelativeSelectorMatchHint::InChild)
}

fn finder(part: &str) -> Box<Finder<'static>> {
    Box::new(Finder::new(part).into_owned())
}

impl<'de> Deserialize<'de> for Selectors {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Selectors;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a CSS selector, or a list of them")
            }
            fn visit_str<E: de::Error>(self, css: &str) -> Result<Selectors, E> {
                Selectors::parse(css).map_err(E::custom)
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Selectors, A::Error> {
                let mut each = Vec::new();
                while let Some(next) = seq.next_element::<Selectors>()? {
                    each.extend(next.each);
                }
                if each.is_empty() {
                    return Err(de::Error::invalid_length(0, &self));
                }
                Ok(Selectors { each })
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// An element as `selectors` sees it.
#[derive(Clone, Copy)]
struct ElementRef<'a> {
    outline: &'a Outline,
    text: &'a str,
    id: NodeId,
}

impl fmt::Debug for ElementRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.node().open.of(self.text))
    }
}

impl<'a> ElementRef<'a> {
    fn node(&self) -> &'a Node {
        self.outline.node(self.id)
    }

    fn at(&self, id: NodeId) -> Self {
        ElementRef { id, ..*self }
    }

    fn attr(&self, name: &str) -> Option<Cow<'a, str>> {
        self.outline.attr(self.text, self.id, name)
    }

    fn is_element(&self, id: NodeId) -> bool {
        self.outline.node(id).kind == Kind::Element
    }
}

impl Element for ElementRef<'_> {
    type Impl = Css;

    fn opaque(&self) -> OpaqueElement {
        OpaqueElement::new(self.node())
    }

    fn parent_element(&self) -> Option<Self> {
        self.outline.parent(self.id).map(|id| self.at(id))
    }

    fn prev_sibling_element(&self) -> Option<Self> {
        let mut before = std::iter::successors(self.outline.prev(self.id), |id| self.outline.prev(*id));
        before.find(|id| self.is_element(*id)).map(|id| self.at(id))
    }

    fn next_sibling_element(&self) -> Option<Self> {
        self.outline.after(self.id).find(|id| self.is_element(*id)).map(|id| self.at(id))
    }

    fn first_element_child(&self) -> Option<Self> {
        self.outline.children(Some(self.id)).find(|id| self.is_element(*id)).map(|id| self.at(id))
    }

    fn has_local_name(&self, name: &LocalName) -> bool {
        self.node().name == name.name
    }

    fn is_same_type(&self, other: &Self) -> bool {
        self.node().name == other.node().name
    }

    fn attr_matches(
        &self,
        _: &NamespaceConstraint<&Empty>,
        name: &LocalName,
        operation: &AttrSelectorOperation<&Value>,
    ) -> bool {
        self.attr(&name.text).is_some_and(|value| operation.eval_str(&value))
    }

    fn has_id(&self, id: &Value, case: CaseSensitivity) -> bool {
        self.attr("id").is_some_and(|value| case.eq(id.0.as_bytes(), value.as_bytes()))
    }

    fn has_class(&self, class: &Value, case: CaseSensitivity) -> bool {
        self.attr("class").is_some_and(|value| {
            value.split_ascii_whitespace().any(|one| case.eq(class.0.as_bytes(), one.as_bytes()))
        })
    }

    fn is_empty(&self) -> bool {
        self.outline.children(Some(self.id)).all(|id| self.outline.node(id).kind == Kind::Comment)
    }

    fn is_root(&self) -> bool {
        false // a fragment of a page has no root element
    }

    fn is_html_element_in_html_document(&self) -> bool {
        true
    }

    fn is_link(&self) -> bool {
        false
    }

    // No namespaces, shadow trees, parts, states or pseudo-elements in a post.
    fn has_namespace(&self, _: &Empty) -> bool {
        true
    }
    fn parent_node_is_shadow_root(&self) -> bool {
        false
    }
    fn containing_shadow_host(&self) -> Option<Self> {
        None
    }
    fn is_pseudo_element(&self) -> bool {
        false
    }
    fn match_non_ts_pseudo_class(&self, pseudo: &Nothing, _: &mut MatchingContext<'_, Css>) -> bool {
        match *pseudo {}
    }
    fn match_pseudo_element(&self, pseudo: &Nothing, _: &mut MatchingContext<'_, Css>) -> bool {
        match *pseudo {}
    }
    fn apply_selector_flags(&self, _: ElementSelectorFlags) {}
    fn is_html_slot_element(&self) -> bool {
        false
    }
    fn has_custom_state(&self, _: &Value) -> bool {
        false
    }
    fn imported_part(&self, _: &Value) -> Option<Value> {
        None
    }
    fn is_part(&self, _: &Value) -> bool {
        false
    }
    fn add_element_unique_hashes(&self, _: &mut selectors::bloom::BloomFilter) -> bool {
        false
    }
}

/// The vocabulary of our selectors: names, values, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Css;

impl SelectorImpl for Css {
    type ExtraMatchingData<'a> = ();
    type AttrValue = Value;
    type Identifier = Value;
    type LocalName = LocalName;
    type NamespaceUrl = Empty;
    type NamespacePrefix = Empty;
    type BorrowedNamespaceUrl = Empty;
    type BorrowedLocalName = LocalName;
    type NonTSPseudoClass = Nothing;
    type PseudoElement = Nothing;
}

struct Grammar;

impl selectors::Parser<'_> for Grammar {
    type Impl = Css;
    type Error = SelectorParseErrorKind;

    fn parse_is_and_where(&self) -> bool {
        true
    }
    fn parse_has(&self) -> bool {
        true
    }
    fn parse_nth_child_of(&self) -> bool {
        true
    }
    fn allow_forgiving_selectors(&self) -> bool {
        false // a mistake in a rule is to be seen, not forgiven
    }
}

/// A class, an id or an attribute's value.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Value(Box<str>);

/// An element's or attribute's name.
#[derive(Clone, Debug, PartialEq, Eq)]
struct LocalName {
    text: Box<str>,
    name: Name,
}

/// A namespace: there is but one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Empty;

/// A pseudo-class or pseudo-element: there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Nothing {}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value(text.into())
    }
}
impl AsRef<str> for Value {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
impl PrecomputedHash for Value {
    fn precomputed_hash(&self) -> u32 {
        Name::of(&self.0).0
    }
}
impl ToCss for Value {
    fn to_css<W: fmt::Write>(&self, dest: &mut W) -> fmt::Result {
        serialize_string(&self.0, dest)
    }
}
impl From<&str> for LocalName {
    fn from(text: &str) -> Self {
        LocalName { text: text.into(), name: Name::of(text) }
    }
}
impl PrecomputedHash for LocalName {
    fn precomputed_hash(&self) -> u32 {
        self.name.0
    }
}
impl ToCss for LocalName {
    fn to_css<W: fmt::Write>(&self, dest: &mut W) -> fmt::Result {
        serialize_identifier(&self.text, dest)
    }
}
impl From<&str> for Empty {
    fn from(_: &str) -> Self {
        Empty
    }
}
impl PrecomputedHash for Empty {
    fn precomputed_hash(&self) -> u32 {
        0
    }
}
impl ToCss for Empty {
    fn to_css<W: fmt::Write>(&self, _: &mut W) -> fmt::Result {
        Ok(())
    }
}
impl ToCss for Nothing {
    fn to_css<W: fmt::Write>(&self, _: &mut W) -> fmt::Result {
        match *self {}
    }
}
impl NonTSPseudoClass for Nothing {
    fn is_active_or_hover(&self) -> bool {
        match *self {}
    }
    fn is_user_action_state(&self) -> bool {
        match *self {}
    }
}
impl PseudoElement for Nothing {}
