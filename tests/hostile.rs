//! Bodies made to cost time or memory: they come out as feeds, and soon. What would take quadratic time here
//! would take minutes, and be seen.

use jiff::Timestamp;
use limpid::config::{PACKS, pack_steps, rule_step};
use limpid::feed;
use limpid::pipeline::Pipeline;
use limpid::rules::RULES;

const MANY: usize = 20_000;

/// A body that is a start, and then one thing many times.
const BODIES: &[(&str, &str)] = &[
    ("", "<div>"),
    ("", "<p><em>"),
    ("", "<p>x</p>"),
    ("", "<h3>Sponsors</h3>"),
    ("", "<p><b>Sponsors</b></p>"),
    ("<figure>", "<img src=a.png width=3 class=x>"),
    ("<figure><img src=a>", "<div><span></span></div>"),
    ("", "<figure><div><img src=a>"),
    ("", "<picture><source srcset='a 1w'><img src=b></picture>"),
    ("", "<img data-src=a><noscript><img src=b></noscript>"),
    ("<a href=x>", "<img src=b>"),
    ("<table>", "<tr><td><p>x"),
    ("<b><i><u>", "</s>"),
    ("", "<b></i></i></i>"),
    ("<p", " a=1"),
    ("", "<!-- x -->"),
    ("", "&amp;"),
    ("", "<"),
    ("", "]]"),
    ("<svg>", "<g><title/>"),
    ("", "<div class='twitter-embed' data-attrs='{\"full_text\":\"x\"}'></div>"),
];

#[test]
fn x14_hostile_bodies_come_out_as_feeds() {
    let pack = PACKS.iter().find(|pack| pack.name == "substack").expect("it is built in");
    let mut steps = pack_steps(pack).expect("it compiles");
    for rule in ["teasers = 'mark'", "remove = { text = 'zz' }", "images = 'link'", "images = 'drop'"] {
        steps.extend(rule_step("test", rule).expect("it compiles"));
    }
    comes_out(&Pipeline::new(steps));
}

/// Each rule by itself, with what its own documentation asks of it.
#[test]
fn x14_no_rule_takes_longer_than_it_should() {
    for info in RULES {
        let steps = rule_step("test", info.example).unwrap_or_else(|problems| panic!("{problems}"));
        let began = std::time::Instant::now();
        comes_out(&Pipeline::new(steps));
        // For who looks at what takes long; no test is judged by a clock.
        println!("{:>8.1?} {}", began.elapsed(), info.name);
    }
}

/// Every hostile body comes out of a pipeline as a feed.
fn comes_out(pipeline: &Pipeline) {
    for (start, many) in BODIES {
        let body = format!("{start}{}", many.repeat(MANY));
        let text = format!(
            "<rss><channel><item><title>t</title><link>https://a.example/p</link>\
             <description><![CDATA[{body}]]></description></item></channel></rss>"
        );
        let parsed = feed::parse(text).expect("it is a feed");
        let cleaned = pipeline.run(&parsed, Timestamp::UNIX_EPOCH);
        let again = feed::parse(cleaned.text).unwrap_or_else(|error| panic!("{start}{many}: {error}"));
        assert_eq!(again.items.len(), cleaned.receipt.items_out, "{start}{many}");
    }
}

#[test]
fn x04_deep_and_unclosed_elements_are_refused() {
    let (open, shut) = ("<a>".repeat(1_000_000), "</a>".repeat(1_000_000));
    let deep = format!("<rss><channel><item>{open}{shut}</item></channel></rss>");
    for text in ["<rss>".repeat(1_000_000), format!("<rss><channel>{}", "<a>".repeat(1_000_000)), deep] {
        let error = feed::parse(text).expect_err("nothing nests that deep").to_string();
        assert!(error.contains("deep") || error.contains("cut off"), "{error}");
    }
    // Items do not nest: each one that is not closed is closed where the next one starts.
    let items = format!("<rss><channel>{}", "<item>".repeat(100_000));
    assert_eq!(feed::parse(items).expect("all but the last are complete").items.len(), 99_999);
}

#[test]
fn x05_huge_attributes_and_many_namespaces_are_read_or_refused() {
    let long = format!("<rss a='{}'><channel/></rss>", "x".repeat(50 << 20));
    assert!(feed::parse(long).is_ok());
    let names: Vec<String> = (0..100_000).map(|i| format!(" xmlns:n{i}='u{i}'")).collect();
    let names = names.concat();
    let error =
        feed::parse(format!("<rss{names}><channel/></rss>")).expect_err("there is a limit").to_string();
    assert!(error.len() < 400, "{error}");
}
