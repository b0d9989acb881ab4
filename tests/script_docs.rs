//! The examples of docs/script.md, run.

use jiff::Timestamp;
use limpid::config;
use limpid::feed::{self, Draft};
use limpid::pipeline::Cleaned;
use limpid::receipt::Action;

const PAGE: &str = include_str!("../docs/script.md");

/// Items that each of the examples does something to.
fn sample() -> String {
    let item = |title: &str, html: &str| {
        format!(
            "<item><title>{title}</title><link>https://a.example/</link><author>Desk</author>\
             <description><![CDATA[{html}]]></description></item>"
        )
    };
    let items = [
        item("Quiz: harbours", "<p>Name three.</p>"),
        item("The Weekly #12: Tides", "<p>Of tides.</p>"),
        item("Maps | by Anna", "<p>Old maps.</p>"),
        item("Found", "<p><a href=\"https://b.example/1\">original</a></p>"),
        item("Long", &format!("<p>{}</p>", "word ".repeat(500))),
    ];
    format!("<rss><channel><title>F</title>{}</channel></rss>", items.concat())
}

/// What each example has made of that: the titles, and of each item what is not as it was.
const EXPECTED: &[&[&str]] = &[
    &["The Weekly #12: Tides", "Maps | by Anna", "Found", "Long"],
    &["Quiz: harbours", "Tides (12)", "Maps | by Anna", "Found", "Long"],
    &["Quiz: harbours", "The Weekly #12: Tides", "Maps by=Anna", "Found", "Long"],
    &["Quiz: harbours", "The Weekly #12: Tides tags=sea", "Maps | by Anna tags=maps", "Found", "Long"],
    &["Quiz: harbours", "The Weekly #12: Tides", "Maps | by Anna", "Found link=https://b.example/1", "Long"],
    &["Quiz: harbours", "The Weekly #12: Tides", "Maps | by Anna", "Found", "Long text=3 minutes word"],
];

fn examples() -> Vec<&'static str> {
    PAGE.split("```toml\n").skip(1).filter_map(|block| block.split("```").next()).collect()
}

fn run(rules: &str) -> Cleaned {
    let text = format!("[feeds.f]\nsource = \"https://a.example/\"\n{rules}");
    let config = config::read(&text, None).unwrap_or_else(|problems| panic!("{problems}"));
    let feed = feed::parse(sample()).expect("it is well-formed");
    config.feed("f").expect("it is configured").pipeline.run(&feed, Timestamp::UNIX_EPOCH)
}

fn shown(text: &str) -> Vec<String> {
    let feed = feed::parse(text.to_owned()).expect("what is served can be read");
    let mut draft = Draft::new(&feed, Timestamp::UNIX_EPOCH);
    let items = draft.kept_mut().map(|item| {
        let mut shown = item.title().into_owned();
        let mut say = |name: &str, value: &str, usual: &str| {
            if value != usual {
                shown.extend([" ", name, "=", value]);
            }
        };
        say("by", &item.authors().join(", "), "Desk");
        say("tags", &item.categories().join(", "), "");
        say("link", &item.link().unwrap_or_default(), "https://a.example/");
        let words = item.words();
        if words.contains("minutes") {
            say("text", &words.split(' ').take(3).collect::<Vec<_>>().join(" "), "");
        }
        shown
    });
    items.collect()
}

#[test]
fn each_example_does_what_it_says() {
    let examples = examples();
    assert_eq!(examples.len(), EXPECTED.len());
    for (example, expected) in examples.into_iter().zip(EXPECTED) {
        let cleaned = run(example);
        let failed = cleaned.receipt.entries.iter().filter(|entry| entry.action == Action::Spared);
        assert_eq!(failed.map(|entry| entry.snippet.as_str()).collect::<Vec<_>>(), [""; 0], "{example}");
        assert_eq!(shown(&cleaned.text), *expected, "{example}");
    }
}
