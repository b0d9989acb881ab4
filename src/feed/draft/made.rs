//! What rules have made of an item, apart from the source that they made it of: to be laid over the same bytes again,
//! without asking them.

use jiff::Timestamp;

use super::{Draft, ItemDraft};
use crate::feed::body::Body;
use crate::feed::title::Title;
use crate::feed::written::Written;
use crate::xml::splice::{Edit, weight};

/// What rules have made of an item. Edits of its HTML texts speak of these, all others of the item from its first byte.
#[derive(Clone, Debug)]
pub struct Made {
    dropped: bool,
    routed: Option<String>,
    title: MadeTitle,
    bodies: Vec<Vec<Edit>>,
    written: Written,
}

/// What has become of a title.
#[derive(Clone, Debug)]
enum MadeTitle {
    /// It says what it said, or is not there.
    AsItWas,
    /// These words.
    Words(String),
    /// Its markup, edited.
    Markup(Vec<Edit>),
}

impl Made {
    /// How many bytes of memory it takes, about.
    pub fn weight(&self) -> usize {
        let title = match &self.title {
            MadeTitle::AsItWas => 0,
            MadeTitle::Words(words) => words.len(),
            MadeTitle::Markup(edits) => weight(edits),
        };
        let bodies: usize = self.bodies.iter().map(|edits| weight(edits) + size_of::<Vec<Edit>>()).sum();
        size_of::<Made>()
            + title
            + bodies
            + self.written.weight()
            + self.routed.as_ref().map_or(0, String::len)
    }
}

impl ItemDraft<'_> {
    /// What has been made of it so far. `None` of what can not be laid over a source: a part of an item, an item that was
    /// given a text it did not have, or one with a text that no rule could look into.
    pub fn made(&self) -> Option<Made> {
        let bodies = self.bodies.iter().map(Body::made).collect::<Option<_>>()?;
        let title = match &self.title {
            Title::Missing => MadeTitle::AsItWas,
            Title::Words(title) => title.changed().map_or(MadeTitle::AsItWas, MadeTitle::Words),
            Title::Markup(body) => MadeTitle::Markup(body.made()?),
        };
        let (dropped, routed) = (self.dropped, self.routed.clone());
        let written = self.written.moved(self.item.span.start, 0);
        self.id.is_none().then_some(Made { dropped, routed, title, bodies, written })
    }

    /// Has it be what has been made of the same bytes, whatever has been done to it itself. Receipts do not tell that
    /// again.
    pub fn lay(&mut self, made: &Made) {
        self.title = Title::new(self.feed, self.item);
        match (&mut self.title, &made.title) {
            (Title::Words(title), MadeTitle::Words(words)) => title.put(words.clone()),
            (Title::Markup(body), MadeTitle::Markup(edits)) => {
                *body = body.laid(edits.clone());
                body.html();
            }
            _ => {}
        }
        let bodies = self.bodies.iter().zip(&made.bodies);
        self.bodies = bodies.map(|(body, edits)| body.laid(edits.clone())).collect();
        (self.dropped, self.is_noted, self.routed) = (made.dropped, made.dropped, made.routed.clone());
        self.written = made.written.moved(0, self.item.span.start);
    }
}

impl<'f> Draft<'f> {
    /// Takes items out, in their order, for rules to see the others only.
    pub fn set_aside(&mut self, is_aside: impl Fn(&ItemDraft<'f>) -> bool) -> Vec<ItemDraft<'f>> {
        let (aside, items) = std::mem::take(&mut self.items).into_iter().partition(is_aside);
        self.items = items;
        aside
    }

    /// Puts them back, in the order of the source.
    pub fn put_back(&mut self, aside: Vec<ItemDraft<'f>>) {
        self.items.extend(aside);
        self.items.sort_by_key(ItemDraft::index);
    }

    /// Notes that the result holds no longer than this.
    pub fn hold_until(&mut self, until: Option<Timestamp>) {
        self.valid_until = [self.valid_until, until].into_iter().flatten().min();
    }
}
