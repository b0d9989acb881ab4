//! Element names, as small numbers, and what HTML says of them.
//!
//! Source: WHATWG HTML, §13.1.2 *Elements*, §13.1.2.4 *Optional tags*, §13.2.4.2 *The stack of open
//! elements*.

/// A lower-case element or attribute name, as a 32-bit FNV-1a hash. Two names that hash alike count
/// as one: a publisher who contrives that only changes which of its own elements a rule takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Name(pub u32);

const FNV_OFFSET: u32 = 0x811c_9dc5;
const FNV_PRIME: u32 = 0x0100_0193;

impl Name {
    /// The hash of no bytes, to be fed.
    pub const START: Name = Name(FNV_OFFSET);

    /// The name of these bytes, which are lower-case already.
    pub const fn of(name: &str) -> Name {
        Name::START.fed(name.as_bytes())
    }

    /// With more bytes at its end.
    #[inline]
    #[must_use]
    pub const fn fed(self, bytes: &[u8]) -> Name {
        let mut hash = self.0;
        let mut i = 0;
        while i < bytes.len() {
            hash = (hash ^ bytes[i].to_ascii_lowercase() as u32).wrapping_mul(FNV_PRIME);
            i += 1;
        }
        Name(hash)
    }
}

macro_rules! names {
    ($($constant:ident $name:literal)*) => {
        $(#[doc = concat!("`", $name, "`")] pub const $constant: Name = Name::of($name);)*
    };
}

names! {
    A "a" ADDRESS "address" AREA "area" ARTICLE "article" ASIDE "aside" BASE "base" BLOCKQUOTE "blockquote"
    BODY "body" BR "br" BUTTON "button" CAPTION "caption" CENTER "center" COL "col" DD "dd" DESC "desc"
    DETAILS "details" DIALOG "dialog" DIR "dir" DIV "div" DL "dl" DT "dt" EMBED "embed" FIELDSET "fieldset"
    FIGCAPTION "figcaption" FIGURE "figure" FOOTER "footer" FOREIGN_OBJECT "foreignobject" FORM "form"
    H1 "h1" H2 "h2" H3 "h3" H4 "h4" H5 "h5" H6 "h6" HEADER "header" HGROUP "hgroup" HR "hr" HTML "html"
    IFRAME "iframe" IMG "img" INPUT "input" LI "li" LINK "link" MAIN "main" MATH "math" MENU "menu"
    META "meta" NAV "nav" NOEMBED "noembed" NOFRAMES "noframes" NOSCRIPT "noscript" OBJECT "object" OL "ol"
    OPTGROUP "optgroup" OPTION "option" P "p" PARAM "param" PICTURE "picture" PLAINTEXT "plaintext"
    PRE "pre" RP "rp" RT "rt" SCRIPT "script" SEARCH "search" SECTION "section" SELECT "select"
    SOURCE "source" STYLE "style" SUMMARY "summary" SVG "svg" TABLE "table" TBODY "tbody" TD "td"
    TEMPLATE "template" TEXTAREA "textarea" TFOOT "tfoot" TH "th" THEAD "thead" TITLE "title" TR "tr"
    TRACK "track" UL "ul" VIDEO "video" AUDIO "audio" WBR "wbr" XMP "xmp"
}

/// Whether an element of this name has no content and no end tag.
pub fn is_void(name: Name) -> bool {
    matches!(
        name,
        AREA | BASE | BR | COL | EMBED | HR | IMG | INPUT | LINK | META | PARAM | SOURCE | TRACK | WBR
    )
}

/// The rank of a heading: 1 for `h1` to 6 for `h6`.
pub fn heading_rank(name: Name) -> Option<u8> {
    [H1, H2, H3, H4, H5, H6].iter().position(|h| *h == name).and_then(|i| u8::try_from(i + 1).ok())
}

/// Whether both are headings: the end tag of one ends the other (WHATWG HTML §13.2.6.4.7).
pub fn are_headings(a: Name, b: Name) -> bool {
    heading_rank(a).is_some() && heading_rank(b).is_some()
}

/// Whether a start tag of this name ends an open `p`.
pub fn closes_p(name: Name) -> bool {
    is_block(name)
        && !matches!(name, TD | TH | TR | TBODY | THEAD | TFOOT | CAPTION | LI | DD | DT | P | BODY | HTML)
        || name == P
        || matches!(name, LI | DD | DT | XMP | PLAINTEXT)
}

/// Whether it is shown as a block of its own, so that the words before and after it do not run together.
pub fn is_block(name: Name) -> bool {
    matches!(
        name,
        ADDRESS
            | ARTICLE
            | ASIDE
            | BLOCKQUOTE
            | BODY
            | CAPTION
            | CENTER
            | DD
            | DETAILS
            | DIALOG
            | DIR
            | DIV
            | DL
            | DT
            | FIELDSET
            | FIGCAPTION
            | FIGURE
            | FOOTER
            | FORM
            | H1
            | H2
            | H3
            | H4
            | H5
            | H6
            | HEADER
            | HGROUP
            | HR
            | HTML
            | LI
            | MAIN
            | MENU
            | NAV
            | OL
            | P
            | PRE
            | SEARCH
            | SECTION
            | SUMMARY
            | TABLE
            | TBODY
            | TD
            | TFOOT
            | TH
            | THEAD
            | TR
            | UL
    )
}

/// Whether a start tag `next` ends an open element `open` that stands directly around it.
pub fn ends_sibling(open: Name, next: Name) -> bool {
    match open {
        LI => next == LI,
        DT | DD => matches!(next, DT | DD),
        OPTION => matches!(next, OPTION | OPTGROUP),
        OPTGROUP => next == OPTGROUP,
        TD | TH => matches!(next, TD | TH | TR | TBODY | TFOOT | THEAD),
        TR => matches!(next, TR | TBODY | TFOOT | THEAD),
        THEAD | TBODY | TFOOT => matches!(next, TBODY | TFOOT | THEAD),
        RT | RP => matches!(next, RT | RP),
        _ => false,
    }
}

/// Whether an end tag inside it can not reach an element outside it.
pub fn bounds_scope(name: Name) -> bool {
    matches!(name, TABLE | TD | TH | CAPTION | TEMPLATE | OBJECT | HTML | SVG | MATH)
}

/// How the text inside an HTML element of this name is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// As markup.
    Markup,
    /// As text with character references (`textarea`, `title`).
    RcData,
    /// As text.
    RawText,
    /// As text, with the rules for `script`.
    Script,
    /// As text up to the end of the document.
    PlainText,
}

/// The kind of content of an HTML element. Scripting counts as off, as in feed readers: what stands in
/// `noscript` is markup.
pub fn content(name: Name) -> Content {
    match name {
        TEXTAREA | TITLE => Content::RcData,
        STYLE | XMP | IFRAME | NOEMBED | NOFRAMES => Content::RawText,
        SCRIPT => Content::Script,
        PLAINTEXT => Content::PlainText,
        _ => Content::Markup,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fold_case_and_feed_in_parts() {
        assert_eq!(Name::of("figure"), Name::START.fed(b"FIG").fed(b"ure"));
        assert_eq!((heading_rank(H3), heading_rank(P)), (Some(3), None));
        assert!(closes_p(DIV) && closes_p(P) && !closes_p(A) && !closes_p(TD));
    }
}
