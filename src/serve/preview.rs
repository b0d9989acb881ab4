//! A feed before and after its rules, as a page.

use std::sync::Arc;

use hyper::{Method, StatusCode};
use jiff::Timestamp;

use super::access::Entry;
use super::{Configured, Failure};
use crate::cache::gather::{Gathered, gather};
use crate::config::FeedConfig;
use crate::feed::articles::Articles;
use crate::pages::preview::{Asked, PER_PAGE, Preview, page};
use crate::pipeline::Form;
use crate::preview::{diff, pairs};
use crate::respond::{self, Answer};
use crate::route::Wanted;

impl Configured {
    /// The page; it asks publishers no more than a reader would.
    pub(super) async fn preview(
        &self,
        method: &Method,
        query: &str,
        wanted: &Wanted,
    ) -> Result<Answer, Failure> {
        let feed = self.configured(wanted)?.clone();
        let copies = gather(&self.sources, &feed).await;
        copies.format(feed.format).ok_or_else(|| self.nothing_good(&copies))?;
        let copies = copies.loaded().await.map_err(|_| Failure::Lost)?;
        let (articles, now) = (self.articles(&feed, &copies).await, self.clock.now());
        let form = Form { target: None, ..self.form(&feed.name, None, None, &Entry::Open) };
        let (wanted, asked) = (wanted.clone(), Asked::of(query));
        let made = tokio::task::spawn_blocking(move || {
            let preview = look(&feed, &copies, &wanted, &form, (now, &articles), asked);
            preview.map(|preview| page(&preview, asked))
        });
        let html = made.await.map_err(Failure::Internal)?.ok_or(Failure::NoSuchFeed)?;
        Ok(respond::preview(method, StatusCode::OK, html, asked.images))
    }
}

/// Runs the rules, and looks at what they do.
fn look(
    feed: &Arc<FeedConfig>,
    copies: &Gathered,
    wanted: &Wanted,
    form: &Form,
    (now, articles): (Timestamp, &Articles),
    asked: Asked,
) -> Option<Preview> {
    let whole = copies.whole(feed.format, now, articles)?;
    let traced = whole.traced(feed, form, now, articles, wanted.topic.as_deref())?;
    let source = &whole.feed;
    let diff = asked.is_raw.then(|| diff::diff(source, &traced.cleaned.edits));
    let range = asked.from..asked.from.saturating_add(PER_PAGE);
    let pairs = if asked.is_raw { Vec::new() } else { pairs(source, &traced, range) };
    let topic = wanted.topic.as_ref().map(|topic| format!("/{topic}")).unwrap_or_default();
    let name = format!("{}{topic}", wanted.name);
    Some(Preview {
        path: format!("/feeds/{name}"),
        name,
        total: traced.places.len(),
        pairs,
        diff,
        is_converted: feed.format.is_some_and(|format| !format.is(source.format)),
        receipt: traced.cleaned.receipt,
    })
}
