//! The feeds of the fleet: what they say, how often they change, and how their publishers behave. All of it follows from
//! their numbers, so that every run is the same.

use std::fmt::Write;
use std::net::Ipv4Addr;
use std::sync::LazyLock;

/// How large a feed is, about.
const SIZE: usize = 100_000;

/// Items of a feed.
const ITEMS: usize = 20;

/// Of so many feeds one is on a host that it shares with others.
const SHARED_EVERY: usize = 5;

/// How many feeds share such a host.
const SHARE: usize = 20;

/// Numbers that look random and are the same in every run (splitmix64).
#[derive(Clone, Copy, Debug)]
pub struct Dice(u64);

impl Dice {
    pub fn of(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ 0x9E37_79B9_7F4A_7C15)
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }
}

/// How the publisher of one feed behaves.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// Of a thousand polls so many find something new.
    pub changes: u64,
    /// `ETag` and `Last-Modified`, only the latter, or neither.
    pub validators: Validators,
    /// The seconds of `max-age`, where it says that.
    pub max_age: Option<u32>,
    /// The minutes of `ttl`.
    pub ttl: Option<u32>,
    /// What it answers with instead of the feed, and of how many polls in a hundred.
    pub fails: Option<(u16, u64)>,
    /// Milliseconds before it answers.
    pub delay: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validators {
    Both,
    Date,
    None,
}

impl Manners {
    /// Those of a feed. Seven in ten hardly ever change and one in ten often; most answer 304; two in a hundred always
    /// fail, two now and then; two in a hundred are slow.
    pub fn of(feed: usize) -> Self {
        let mut dice = Dice::of(feed as u64);
        let changes = [10, 10, 10, 10, 10, 10, 10, 50, 50, 300][usize::try_from(dice.below(10)).unwrap_or(0)];
        let validators = match dice.below(100) {
            0..85 => Validators::Both,
            85..95 => Validators::Date,
            _ => Validators::None,
        };
        let max_age = match dice.below(10) {
            0..5 => None,
            5 => Some(0),
            6..8 => Some(300),
            8 => Some(1800),
            _ => Some(3600),
        };
        let ttl = (dice.below(10) == 0).then_some(60);
        let fails = match dice.below(100) {
            0 => Some((404, 100)),
            1 => Some((500, 100)),
            2 | 3 => Some((503, 20)),
            _ => None,
        };
        let delay = if dice.below(100) < 2 { 50 + dice.below(150) } else { 0 };
        Manners { changes, validators, max_age, ttl, fails, delay }
    }
}

/// The address of a feed: most have a host of their own.
pub fn address(feed: usize, port: u16) -> String {
    let host = if feed.is_multiple_of(SHARED_EVERY) { feed / SHARED_EVERY / SHARE } else { 100_000 + feed };
    let [_, b, c, d] = u32::try_from(host + 1).unwrap_or(1).to_be_bytes();
    format!("http://{}:{port}/feed/{feed}", Ipv4Addr::new(127, 1 + b, c, d))
}

/// The configuration of so many feeds. One in five has the rules of a pack, two in five one of its own.
pub fn configuration(count: usize, port: u16, more: &str) -> String {
    let mut text = format!("[server]\nlisten = \"127.0.0.1:0\"\n[store]\npath = \"fleet.redb\"\n{more}");
    for feed in 0..count {
        let (source, name) = (address(feed, port), name(feed));
        let _ = write!(
            text,
            "[feeds.{name}]\nsource = \"{source}\"\nallow-private = true\nrefresh = \"background\"\n"
        );
        text.push_str(match feed % 5 {
            0 => "rules = [\"substack\"]\n",
            1 | 2 => "rules = [{ remove-section = { heading = '^Sponsored by' } }]\n",
            _ => "",
        });
    }
    text
}

pub fn name(feed: usize) -> String {
    format!("feed-{feed:05}")
}

/// A feed in its version: the first item is of that alone.
pub fn text(feed: usize, version: u32) -> String {
    let ttl = Manners::of(feed).ttl.map(|ttl| format!("<ttl>{ttl}</ttl>")).unwrap_or_default();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>Feed {feed}</title>\
         <link>https://feed-{feed}.example/</link><description>Of the fleet</description>{ttl}\n"
    );
    let mut dice = Dice::of((feed as u64) << 32 | u64::from(version));
    item(&mut text, &mut dice, &format!("{feed}-{version}"));
    text.push_str(&REST[feed % REST.len()]);
    text
}

/// What stands behind the first item: a few of these for all feeds, for making them takes longer than sending them.
static REST: LazyLock<Vec<String>> = LazyLock::new(|| {
    let rest = |number: u64| {
        let (mut text, mut dice) = (String::new(), Dice::of(number));
        for item_number in 1..ITEMS {
            item(&mut text, &mut dice, &format!("{item_number}"));
        }
        text + "</channel></rss>\n"
    };
    (0..16).map(rest).collect()
});

/// Words whose frequencies fall off as those of languages do, so that the text compresses as texts do.
static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut dice = Dice::of(7);
    let word = |_| {
        let mut word = String::new();
        for _ in 0..=dice.below(4) {
            word.push(char::from(b"bdfgklmnprstvw"[pick(&mut dice, 14)]));
            word.push(char::from(b"aeiou"[pick(&mut dice, 5)]));
        }
        word
    };
    (0..6000).map(word).collect()
});

fn pick(dice: &mut Dice, end: u64) -> usize {
    usize::try_from(dice.below(end)).unwrap_or(0)
}

fn item(text: &mut String, dice: &mut Dice, id: &str) {
    let start = text.len();
    let _ = write!(
        text,
        "<item><title>Item {id}</title><link>https://example.org/{id}</link><guid isPermaLink=\"false\">{id}</guid>\
         <pubDate>Mon, 15 Jun 2026 12:00:00 GMT</pubDate><content:encoded><![CDATA["
    );
    while text.len() - start < SIZE / ITEMS - 100 {
        let _ = write!(text, "<p>");
        for _ in 0..60 {
            // The nth word is about n times rarer than the first.
            let (range, rare) = (1 + dice.below(6000), dice.below(6000));
            let _ = write!(text, "{} ", WORDS[usize::try_from(rare.min(range * rare / 6000)).unwrap_or(0)]);
        }
        let (link, image) = (dice.below(1 << 40), dice.below(1 << 40));
        let _ = writeln!(
            text,
            "<a href=\"https://example.org/{link:x}?utm_source=rss\">more</a> <img src=\"https://img.example.org/{image:x}.jpg\" \
             width=\"640\" height=\"480\"></p>"
        );
    }
    text.push_str("]]></content:encoded></item>\n");
}
