//! `feed`: what the feed says of itself.

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::{Info, Rule, Scope, compile, schema};
use crate::feed::Draft;
use crate::feed::about::About;

pub(super) const INFO: Info = Info {
    name: "feed",
    summary: "Gives the feed itself another title, description or link.",
    why: "Feeds are called `RSS`, `Blog` or what their platform calls them; readers show that name. A feed of \
          several has the name of its first one.",
    example: "{ feed = { title = 'Harbour news' } }",
    shorthand: Some("title"),
    compile: compile::<Feed>,
    schema: schema::<Options>,
};

#[derive(Debug, Deserialize)]
#[serde(try_from = "Options")]
struct Feed(Vec<(About, String)>);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Its title.
    title: Option<String>,
    /// What it is about.
    description: Option<String>,
    /// The address of the page it is of.
    link: Option<String>,
}

impl TryFrom<Options> for Feed {
    type Error = String;

    fn try_from(Options { title, description, link }: Options) -> Result<Self, Self::Error> {
        let all = [(About::Title, title), (About::Description, description), (About::Link, link)];
        let said: Vec<(About, String)> =
            all.into_iter().filter_map(|(about, words)| Some((about, words?.trim().to_owned()))).collect();
        if said.is_empty() {
            return Err("expected a `title`, `description` or `link`".to_owned());
        }
        let is_web = |link: &str| {
            Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        };
        match said.iter().find(|(about, words)| words.is_empty() || (*about == About::Link && !is_web(words)))
        {
            Some((About::Link, link)) => Err(format!("`{link}` is not an http or https address")),
            Some((about, _)) => Err(format!("the {about:?} must not be empty").to_lowercase()),
            None => Ok(Feed(said)),
        }
    }
}

impl Rule for Feed {
    fn scope(&self) -> Scope {
        Scope::Feed
    }

    fn apply(&self, draft: &mut Draft<'_>) {
        self.0.iter().for_each(|(about, words)| draft.set_about(*about, words));
    }
}
