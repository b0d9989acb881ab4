//! What a request asks for: checked, and made a feed of.

use std::sync::Arc;

use url::Url;
use xxhash_rust::xxh3::xxh3_128;

use super::{PATH, Query, Refused, Terms, one_line};
use crate::config::{FeedAccess, FeedConfig, Listing, Origin, Part, Problems, Refresh, Source};
use crate::convert::Target;
use crate::feed::articles::Reach;
use crate::guard::Guard;
use crate::pipeline::{Pipeline, Step};
use crate::rules::values::Pattern;

/// How large a compiled pattern may be, in bytes: it is compiled for a request, and not once and for all.
const MAX_PATTERN: usize = 128 << 10;

/// What a request asks for.
#[derive(Debug)]
pub struct Wish {
    /// The feed, as if it were configured.
    pub feed: Arc<FeedConfig>,
    /// What it is made of.
    pub origin: Arc<Origin>,
    /// The format it is wanted in; `None` for what the reader takes.
    pub target: Option<Target>,
    /// Whether anyone may ask for what is of this host.
    pub is_open: bool,
    /// Whether it has a signature, so that the host does not matter.
    pub is_signed: bool,
    /// The query, as it leads back here.
    pub query: String,
}

impl Terms {
    /// Reads what a request asks for. Rules are only looked at where the feed may be asked for.
    ///
    /// # Errors
    /// What to refuse it with.
    pub fn read(&self, query: &str) -> Result<Wish, Refused> {
        let query = Query::parse(query)?;
        let url = address(query.value("url"))?;
        let (is_open, is_signed) = (self.section().hosts.has(&url), self.is_signed(&query)?);
        if !is_open && !is_signed {
            return Err(Refused::forbidden(
                "Feeds of this host are not for everybody: their addresses need a signature.",
            ));
        }
        let target = query.value("as").map(target).transpose()?;
        let steps = self.steps(&query, is_signed)?;
        let reach = if is_signed { self.section().reach } else { Reach::Public };
        let origin = Arc::new(Origin { reach, ..Origin::plain(Source::Url(url)) });
        let feed = Arc::new(self.feed(origin.clone(), steps, &query));
        if feed.wants_articles() && !is_signed {
            // Where items link to is not for strangers to decide.
            return Err(Refused::forbidden(
                "A pack that asks for other pages needs an address with a signature.",
            ));
        }
        Ok(Wish { feed, origin, target, is_open, is_signed, query: query.to_string() })
    }

    /// The feed that is asked for. Every ad hoc feed is made here, from a source that only its address is known of.
    fn feed(&self, origin: Arc<Origin>, steps: Vec<Step>, query: &Query) -> FeedConfig {
        let rules: Vec<_> = query.pairs().filter(|(name, _)| !["url", "as"].contains(name)).collect();
        let version = env!("CARGO_PKG_VERSION");
        FeedConfig {
            // No configured feed is called that.
            name: PATH.to_owned(),
            format: None,
            rules_digest: xxh3_128(format!("{version}\n{PATH}\n{rules:?}\n{:?}", origin.reach).as_bytes()),
            written: String::new(),
            pipeline: Pipeline::new(steps).guarded(Guard::default()).reaching(origin.reach),
            min_interval: self.min_interval,
            refresh: Refresh::OnDemand,
            access: FeedAccess::default(),
            listing: Listing::default(),
            tests: Vec::new(),
            parts: vec![Part::Origin(origin)],
        }
    }

    /// The rules that are asked for, in the order of the parameters.
    fn steps(&self, query: &Query, is_signed: bool) -> Result<Vec<Step>, Refused> {
        let (mut steps, mut packs) = (Vec::new(), Vec::new());
        for (name, value) in query.pairs() {
            let of_it = match name {
                "pack" if packs.contains(&value) => {
                    return Err(Refused::parameter(name, "one pack is named twice"));
                }
                "pack" => {
                    packs.push(value);
                    self.packs.steps(value).ok_or_else(|| self.no_pack(value))?
                }
                "keep-title" => self.entry(name, &on_title("keep", pattern(name, value)?))?,
                "drop-title" => self.entry(name, &on_title("drop", pattern(name, value)?))?,
                "limit" => self.entry(name, &format!("{{ limit = {} }}", number(name, value)?))?,
                "rule" if is_signed => self.entry(name, value)?,
                "rule" => {
                    return Err(Refused::forbidden("A `rule` needs an address with a signature."));
                }
                _ => Vec::new(),
            };
            steps.extend(of_it);
        }
        Ok(steps)
    }

    /// Compiles an entry as it would stand in a `rules` array.
    fn entry(&self, name: &str, text: &str) -> Result<Vec<Step>, Refused> {
        let wrong = |problems: Problems| {
            Refused::parameter(name, problems.messages().next().unwrap_or("it can not be read"))
        };
        let steps = self.packs.entry_without_files(name, text).map_err(wrong)?;
        if steps.iter().any(|step| step.rule.topic().is_some()) {
            return Err(Refused::parameter(name, "there are no topics here to send items to"));
        }
        Ok(steps)
    }

    fn no_pack(&self, name: &str) -> Refused {
        let (name, known) = (one_line(name), self.packs.names().join(", "));
        Refused::malformed(format!("`pack`: there is no pack `{name}`; there are {known}."))
    }
}

/// The address of a feed. What names a place in it (`#…`) makes no other source.
fn address(written: Option<&str>) -> Result<Url, Refused> {
    let refused = |why| Err(Refused::parameter("url", why));
    let Some(written) = written.filter(|written| !written.is_empty()) else {
        return Err(Refused::malformed(format!("Say which feed: {PATH}?url=https://….")));
    };
    let Ok(mut url) = Url::parse(written) else { return refused("it is not an address") };
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return refused("expected an http or https address");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refused("an address with a user name or password is not asked for");
    }
    url.set_fragment(None);
    Ok(url)
}

fn target(written: &str) -> Result<Target, Refused> {
    Target::named(written).ok_or_else(|| Refused::parameter("as", "expected rss, atom or json"))
}

fn number(name: &str, written: &str) -> Result<usize, Refused> {
    let is_plain = written.bytes().all(|byte| byte.is_ascii_digit());
    let number = written.parse().ok().filter(|_| is_plain);
    number.ok_or_else(|| Refused::parameter(name, "expected a whole number"))
}

fn pattern<'v>(name: &str, written: &'v str) -> Result<&'v str, Refused> {
    let checked = Pattern::within(written, MAX_PATTERN);
    checked.map(|_| written).map_err(|why| Refused::parameter(name, &why))
}

/// `{ keep = { title = "…" } }`: written by the crate that reads it, so that no pattern ends its text.
fn on_title(rule: &str, pattern: &str) -> String {
    let condition = toml::Table::from_iter([("title".to_owned(), pattern.into())]);
    toml::Value::Table(toml::Table::from_iter([(rule.to_owned(), condition.into())])).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::read;

    fn terms() -> (Terms, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), "k".repeat(64)).unwrap();
        let pack = "version = 1\n[[rules]]\nname = \"pages\"\nfull-text = {}\n";
        std::fs::write(folder.path().join("own.toml"), pack).unwrap();
        let text =
            "[ad-hoc]\nhosts = [\"a.example\"]\nkey = { file = \"key\" }\n[packs]\nown = \"own.toml\"\n";
        let config = read(text, Some(&folder.path().join("limpid.toml"))).unwrap();
        (Terms::of(&config).unwrap(), folder)
    }

    fn labels(terms: &Terms, pairs: &[(&str, &str)]) -> Result<Vec<String>, Refused> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let wish = terms.read(&terms.signed(pairs.collect())?)?;
        Ok(wish.feed.pipeline.labels().map(str::to_owned).collect())
    }

    #[test]
    fn rules_come_in_the_order_of_the_parameters() {
        let (terms, _folder) = terms();
        let all = [
            ("limit", "5"),
            ("rule", "{ sort = \"newest\" }"),
            ("url", "https://b.example/"),
            ("keep-title", "x"),
            ("rule", "images = \"slim\""),
            ("drop-title", "x"),
        ];
        assert_eq!(labels(&terms, &all).unwrap(), ["limit", "sort", "keep", "images", "drop"]);
    }

    #[test]
    fn a_pattern_is_a_pattern_and_nothing_else() {
        let (terms, _folder) = terms();
        for text in [
            "x\" }, script = \"drop()",
            "'''\nscript = 'x'",
            "\\\"",
            "\u{0}\u{7f}\n\r\t",
            "\"\"\"",
            "x' }, limit = 0, drop.title = '",
            "\u{2028}é\u{10ffff}",
        ] {
            for (name, rule) in [("keep-title", "keep"), ("drop-title", "drop")] {
                let made = labels(&terms, &[("url", "http://a.example/"), (name, text)]);
                assert_eq!(made.unwrap(), [rule], "{text:?}");
            }
            let table: toml::Table = toml::from_str(&format!("entry = {}", on_title("keep", text))).unwrap();
            assert_eq!(table["entry"]["keep"]["title"].as_str(), Some(text));
        }
        assert!(labels(&terms, &[("url", "http://a.example/"), ("limit", "5, sort = 1")]).is_err());
    }

    #[test]
    fn rules_read_no_files() {
        let (terms, folder) = terms();
        let file = folder.path().join("key");
        let rule = format!("drop = {{ title = {{ any-of-file = '{}' }} }}", file.display());
        let refused = labels(&terms, &[("url", "http://a.example/"), ("rule", &rule)]).unwrap_err();
        assert!(refused.sentence.starts_with("`rule`: ") && !refused.sentence.contains("kkk"), "{refused:?}");
    }

    #[test]
    fn a_signature_makes_no_rule_right() {
        let (terms, _folder) = terms();
        for (rule, words) in [
            ("limit = -1", "`rule`: invalid value"),
            ("{ limit = 1, sort = 'newest' }", "`rule`: one entry holds one rule"),
            ("drop = { title = '(' }", "`rule`: not a regular expression"),
            ("substak", "`rule`: "),
            ("'substak'", "`rule`: unknown rule or pack `substak`"),
            ("{", "`rule`: "),
            ("", "`rule`: expected a rule"),
            ("script = 'drop('", "`rule`: "),
            ("teasers = { action = 'topic', topic = 'short' }", "`rule`: "),
        ] {
            let pairs = [("url", "https://b.example/"), ("rule", rule)];
            let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let query = Query::of(pairs.to_vec()).unwrap();
            let key = terms.section().key.clone().unwrap();
            let signature = super::super::signature::sign(&key, &query.unsigned());
            let refused = terms.read(&query.with_signature(signature).to_string()).unwrap_err();
            assert_eq!(refused.status, hyper::StatusCode::BAD_REQUEST);
            assert!(refused.sentence.starts_with(words), "{rule}: {refused:?}");
            assert_eq!(refused.sentence.lines().count(), 1, "{refused:?}");
        }
    }

    #[test]
    fn pages_of_items_are_not_for_strangers() {
        let (terms, _folder) = terms();
        let refused = terms.read("url=http://a.example/&pack=own").unwrap_err();
        assert_eq!(refused.status, hyper::StatusCode::FORBIDDEN);
        assert_eq!(labels(&terms, &[("url", "http://a.example/"), ("pack", "own")]).unwrap(), ["own/pages"]);
    }

    #[test]
    fn places_in_a_document_are_no_other_source() {
        let (terms, _folder) = terms();
        let source = |query: &str| terms.read(query).unwrap().origin.source.clone();
        assert_eq!(source("url=http://A.example:80/x%23a"), source("url=http://a.example/x"));
        assert_ne!(source("url=http://a.example/x?y"), source("url=http://a.example/x"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_query_is_a_panic(
            text in "(url|pack|keep-title|rule|limit|as|sig|[a-z]{0,3})=(http://a\\.example/)?[ -~]{0,40}(&(pack|drop-title|rule|limit|as|sig)=\\PC{0,20}){0,4}"
        ) {
            let (terms, _folder) = terms();
            let _ = terms.read(&text);
            let _ = terms.read(&format!("url=http://a.example/&{text}"));
            let rule = [("url", "http://a.example/"), ("rule", text.as_str())];
            let _ = labels(&terms, &rule);
        }

        #[test]
        fn no_value_changes_what_it_is(pattern in "\\PC*") {
            let text = format!("entry = {}", on_title("keep", &pattern));
            let table: toml::Table = toml::from_str(&text).unwrap();
            prop_assert_eq!(table["entry"]["keep"]["title"].as_str(), Some(pattern.as_str()));
        }
    }
}
