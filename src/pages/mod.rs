//! Pages for people: rendered here, with one stylesheet, and nothing that is anybody else's. They work without JavaScript.

mod words;
mod chart;
mod state;
mod card;
mod style;
pub mod home;
pub mod preview;
pub mod playground;

use maud::{DOCTYPE, Markup, html};

use crate::route::Asset;

/// Where in limpid a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nav {
    /// The list of feeds.
    Feeds,
    /// Where rules are tried out.
    Playground,
    /// Below it, or nowhere in particular.
    Elsewhere,
}

/// What the navigation leads to, in its order.
const NAV: &[(Nav, &str, &str)] =
    &[(Nav::Feeds, "/", "Feeds"), (Nav::Playground, "/playground", "Playground")];

/// A page: what every page has, around what is its own. `title` is for the window, without the name of limpid.
#[allow(clippy::needless_pass_by_value, reason = "what is put into a page is used up")]
pub fn frame(title: &str, nav: Nav, main: Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · limpid" }
                link rel="stylesheet" href=(Asset::Style.address());
                link rel="icon" type="image/svg+xml" href=(Asset::Icon.address());
                script src=(Asset::Script.address()) defer {}
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header {
                    a.brand href="/" { img src=(Asset::Icon.address()) alt=""; "limpid" }
                    nav aria-label="limpid" { ul {
                        @for (place, href, name) in NAV {
                            li { a href=(href) aria-current=[(*place == nav).then_some("page")] { (name) } }
                        }
                    } }
                }
                main #main tabindex="-1" { (main) }
                footer { "limpid " (env!("CARGO_PKG_VERSION")) ". What no rule has taken is as its publisher wrote it." }
            }
        }
    };
    page.into_string()
}
