//! What the publisher publishes, and what limpid is to make of it. Both are put together from the same pieces: what
//! the rules take is left out, and limpid's code has no part in that.

use std::fmt::Write;

/// How many feeds there are.
pub const FEEDS: usize = 200;

/// Where readers reach limpid by its own account.
pub const PUBLIC: &str = "http://soak.example";

/// Numbers that look like chance and are always the same for a seed (splitmix64).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Those of a seed, and of what it is thrown for.
    pub fn of(seed: u64, what: &[u64]) -> Self {
        let mut dice = Dice(seed);
        for part in what {
            dice = Dice(dice.next() ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        }
        dice
    }

    /// The next one.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// One below this.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// One of these.
    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[usize::try_from(self.below(all.len() as u64)).unwrap()]
    }
}

/// The format of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Rss,
    Atom,
    Json,
}

/// What is configured to be done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    None,
    RemoveSection,
    DropImages,
    Topic,
}

/// A feed's format.
pub fn format(feed: usize) -> Format {
    [Format::Rss, Format::Atom, Format::Json][feed % 3]
}

/// A feed's rules.
pub fn rules(feed: usize) -> Rules {
    [Rules::None, Rules::RemoveSection, Rules::DropImages, Rules::Topic][feed / 3 % 4]
}

/// A feed's name in the configuration.
pub fn name(feed: usize) -> String {
    format!("f{feed:03}")
}

/// Its media type.
pub fn media_type(feed: usize) -> &'static str {
    match format(feed) {
        Format::Rss => "application/rss+xml",
        Format::Atom => "application/atom+xml",
        Format::Json => "application/feed+json",
    }
}

/// Which part of a feed is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    Whole,
    Tides,
    Rest,
}

impl Part {
    /// What its path ends with.
    pub fn path(self) -> &'static str {
        match self {
            Part::Whole => "",
            Part::Tides => "/tides",
            Part::Rest => "/rest",
        }
    }
}

/// One state of a feed. A life is the time that it has one address; within that the numbers grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    pub feed: usize,
    pub life: u32,
    pub number: u32,
}

const WORDS: &[&str] = &[
    "ebb", "flow", "harbour", "lantern", "mooring", "quay", "rope", "sail", "skiff", "slack", "spring",
    "swell", "neap", "tiller", "wake", "anchor", "beacon", "buoy", "chart", "current", "därm", "éstuary",
    "潮",
];

impl Version {
    fn mark(self) -> String {
        format!("soak-{:03}-{:03}-{:05}", self.feed, self.life, self.number)
    }

    /// The version that a text says it is of.
    pub fn of(text: &str) -> Option<Self> {
        let start = text.find("soak-")? + "soak-".len();
        let mut parts = text.get(start..start + 13)?.split('-');
        let feed = parts.next()?.parse().ok()?;
        let (life, number) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Version { feed, life, number })
    }

    fn dice(self, item: u64) -> Dice {
        Dice::of(0x5eed, &[self.feed as u64, self.life.into(), self.number.into(), item])
    }

    /// As the publisher sends it.
    pub fn published(self) -> String {
        self.text(None)
    }

    /// As readers are to get it.
    pub fn served(self, part: Part) -> String {
        self.text(Some(part))
    }

    fn text(self, served: Option<Part>) -> String {
        let count = 3 + self.dice(1000).below(6);
        let wanted = |item: &u64| match served {
            None | Some(Part::Whole) => true,
            Some(part) => item.is_multiple_of(2) == (part == Part::Tides),
        };
        let items = (0..count).filter(wanted).map(|item| self.item(item, served.is_some()));
        let items: Vec<String> = items.collect();
        let own = match served {
            None => format!("https://publisher.example/{}", self.feed),
            Some(part) => format!("{PUBLIC}/feeds/{}{}", name(self.feed), part.path()),
        };
        let mark = self.mark();
        match format(self.feed) {
            Format::Rss => format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" \
                 xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n<title>{mark}</title>\n<!-- kept -->\n\
                 <atom:link rel=\"self\" href=\"{own}\"/>{}\n</channel>\n</rss>\n",
                items.concat()
            ),
            Format::Atom => format!(
                "<?xml version='1.0'?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n  <title>{mark}</title>\n  \
                 <link href='{own}' rel='self'/>\n  <id>tag:soak,{}</id>\n  \
                 <updated>2026-06-12T15:00:00Z</updated>{}\n</feed>\n",
                self.feed,
                items.concat()
            ),
            Format::Json => format!(
                "{{\n  \"version\": \"https://jsonfeed.org/version/1.1\",\n  \"title\": \"{mark}\",\n  \
                 \"feed_url\": \"{own}\",\n  \"_kept\": [1e2, null],\n  \"items\": [\n{}\n  ]\n}}\n",
                items.join(",\n")
            ),
        }
    }

    /// One item. What is ill-formed in some versions of XML feeds is mended where it is served.
    fn item(self, item: u64, is_served: bool) -> String {
        let topic = if item.is_multiple_of(2) { "Tide" } else { "Wind" };
        let is_bare = self.number % 4 == 3 && format(self.feed) != Format::Json;
        let and = match (is_bare && !is_served, format(self.feed)) {
            (true, _) | (_, Format::Json) => "&",
            _ => "&amp;",
        };
        let (id, title) = (format!("{}-{item}", self.mark()), format!("{topic} {item} {and} more"));
        let html = self.html(item, is_served);
        match format(self.feed) {
            Format::Rss if item.is_multiple_of(2) => format!(
                "\n<item>\n<title>{title}</title>\n<guid isPermaLink=\"false\">{id}</guid>\n\
                 <description><![CDATA[{html}]]></description>\n</item>"
            ),
            Format::Rss => format!(
                "\n<item><title>{title}</title><description>{}</description>\n<guid>{id}</guid></item>",
                escaped(&html)
            ),
            Format::Atom => format!(
                "\n  <entry>\n    <id>{id}</id>\n    <title>{title}</title>\n    \
                 <updated>2026-06-12T15:00:12Z</updated>\n    <content type=\"html\">{}</content>\n  </entry>",
                escaped(&html)
            ),
            Format::Json => format!(
                "    {{ \"id\": \"{id}\", \"title\": \"{title}\",\n      \"content_html\": \"{}\" }}",
                html.replace('"', "\\\"").replace("</", "<\\/")
            ),
        }
    }

    fn html(self, item: u64, is_served: bool) -> String {
        let mut dice = self.dice(item);
        let words = if dice.below(20) == 0 { 1500 } else { 40 + dice.below(80) };
        let mut html = String::from("<p>");
        for _ in 0..words {
            html.push_str(dice.one_of(WORDS));
            html.push(' ');
        }
        let _ = write!(html, "{:016x}</p>", dice.next());
        let done = if is_served { rules(self.feed) } else { Rules::None };
        if done != Rules::RemoveSection {
            let _ = write!(html, "<h2>Sponsored by oilskins</h2><p>Buy {} <b>now</b>.</p>", dice.0 % 100);
        }
        html.push_str("<h2>More</h2><p>So ");
        if done != Rules::DropImages {
            html.push_str("<img src=\"https://pictures.example/tide.png\" alt=\"a tide\">");
        }
        let _ = write!(html, " it goes {}.</p>", self.mark());
        html
    }
}

fn escaped(html: &str) -> String {
    html.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
