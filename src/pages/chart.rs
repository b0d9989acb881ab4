//! Small pictures of numbers, as SVG in the page. What they show stands beside them in words, or is their name.

use maud::{Markup, html};

use super::words;
use crate::cache::history::Refresh;

/// What comes in as a bar, and what goes out of that as another one on it.
pub(super) fn bars(coming: usize, going: usize) -> Markup {
    // What rules add can make more of it.
    let most = coming.max(going).max(1);
    let share = |part: usize| (part.saturating_mul(200).div_ceil(most)).min(200);
    html! {
        svg.bar viewBox="0 0 200 8" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect.in width=(share(coming)) height="8" {}
            rect.out width=(share(going)) height="8" {}
        }
    }
}

/// The bytes that were removed in each refresh, from the oldest to the last.
pub(super) fn sparkline(refreshes: &[Refresh]) -> Markup {
    let removed: Vec<usize> = refreshes.iter().map(|refresh| refresh.removed().bytes).collect();
    let (least, most) = (removed.iter().min(), removed.iter().max());
    let (Some(least), Some(most)) = (least, most) else { return html! {} };
    let path: String = removed.iter().enumerate().map(|(at, bytes)| stroke(at, *bytes, *most)).collect();
    let (count, least, most_words) = (removed.len(), words::size(*least), words::size(*most));
    let name = format!("Removed in each of {count} refreshes: between {least} and {most_words}");
    let width = removed.len() * STEP;
    html! {
        svg.spark role="img" aria-label=(name) viewBox={ "0 0 " (width) " 24" } width=(width) height="24" {
            path d=(path) {}
        }
    }
}

/// How far apart the strokes of a sparkline are.
const STEP: usize = 4;

/// One stroke: from the ground as high as its share of the most is, and never nothing at all.
fn stroke(at: usize, bytes: usize, most: usize) -> String {
    let height = bytes.saturating_mul(23).div_ceil(most.max(1)).max(1);
    format!("M{} 24v-{height}", at * STEP + STEP / 2)
}
