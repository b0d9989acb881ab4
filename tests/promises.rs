//! The promises, as properties of any feed and any rules, and as facts about the sample.

use jiff::Timestamp;
use limpid::config::{PACKS, pack_steps, rule_step};
use limpid::feed::articles::Articles;
use limpid::feed::{self, Feed, Meaning};
use limpid::guard::Guard;
use limpid::pipeline::{Cleaned, Form, Memory, Pipeline};
use limpid::receipt::Action;
use limpid::topics::Topics;
use proptest::prelude::*;

const SAMPLE: &str = include_str!("../config/sample-newsletter.xml");

/// Rules that between them touch everything that can be touched.
const RULES: &[&str] = &[
    "{ keep = { any = [ { title = 'a' }, { words = { over = 2 } } ] } }",
    "{ drop = { content = 'zz' } }",
    "{ limit = 3 }",
    "{ teasers = 'trim' }",
    "{ teasers = 'mark' }",
    "{ remove = 'em, .x' }",
    "{ remove = { text = 'b' } }",
    "{ remove-section = { heading = 'a', at-most = 0.9 } }",
    "{ images = { max-width = 10 } }",
    "{ images = 'link' }",
    "{ images = 'drop' }",
    "{ unwrap = 'div, b' }",
    "{ strip-attributes = ['c*', 'style'] }",
    "\"links\"",
    "\"pixels\"",
    "{ replace = { in = 'content', pattern = 'a', with = '<&]]>' } }",
    "{ replace = { in = 'title', pattern = 'a', with = ']]>&lt;' } }",
    "{ title = { pattern = 'b', with = '<$0>', suffix = ' &' } }",
    "{ title = { case = 'title', prefix = ']]>' } }",
    "{ link = { pattern = 'a', with = \"'<&\" } }",
    "{ author = '<&]]>' }",
    "{ author = { pattern = 'a', with = '\\\"&' } }",
    "{ tag = ['a', '<&]]>'] }",
    "{ feed = { title = '<&]]>', link = \"https://b.example/'\" } }",
    "{ sample = 0.5 }",
    "{ replace = { in = 'link-text', pattern = '.', with = '' } }",
    "{ replace = { in = 'html', pattern = '<em[^>]*>|b', with = ']]>&' } }",
    "{ links = { absolute = true } }",
    "{ extract = 'em, .x' }",
    "{ decode-base64 = 'p' }",
    "{ nl2br = true }",
    "{ text-links = true }",
    "{ highlight = ['a', 'z'] }",
    "{ add = { at = 'start', html = '<p>{title} ]]> &amp;</p>' } }",
    "{ add = '<hr/>' }",
    "\"sanitize\"",
];

fn pipeline(rules: &[&str]) -> Pipeline {
    let steps = rules.iter().flat_map(|rule| rule_step("test", rule).expect("the rules above compile"));
    Pipeline::new(steps.collect())
}

fn clean(text: &str, pipeline: &Pipeline) -> (Feed, Cleaned) {
    let feed = feed::parse(text.to_owned()).expect("it is a feed");
    let cleaned = pipeline.run(&feed, Timestamp::UNIX_EPOCH);
    (feed, cleaned)
}

/// Bits of HTML, closed and unclosed, nested and crossed.
fn html() -> impl Strategy<Value = String> {
    let bit = prop_oneof![
        "[ab z]{0,4}",
        Just("<p>".to_owned()),
        Just("</p>".to_owned()),
        Just("<em class=x>".to_owned()),
        Just("</em>".to_owned()),
        Just("<div c1='2' style=\"a\">".to_owned()),
        Just("</div>".to_owned()),
        Just("<b>".to_owned()),
        Just("</b>".to_owned()),
        Just("<h2>a</h2>".to_owned()),
        Just("<h3>".to_owned()),
        Just("</h3>".to_owned()),
        Just("<hr>".to_owned()),
        Just("<img src=a.png width=30 height='20' srcset='b.png 9w'>".to_owned()),
        Just("<img src=//t.example/x width=1 height=1>".to_owned()),
        Just("<a href='https://a.example/p?utm_source=x&amp;y=1'>".to_owned()),
        Just("</a>".to_owned()),
        Just("<figure><picture><source srcset='c.png 5w'>".to_owned()),
        Just("</picture></figure>".to_owned()),
        Just("<li>a<li>b".to_owned()),
        Just("<table><tr><td>".to_owned()),
        Just("</table>".to_owned()),
        Just("<!-- a -->".to_owned()),
        Just("<script>a<b</script>".to_owned()),
        Just("&amp;&nbsp;&#8217;".to_owned()),
        Just("é\u{1F600}".to_owned()),
        Just("]]".to_owned()),
        Just(">".to_owned()),
        Just("<".to_owned()),
        Just("<svg><title/></svg>".to_owned()),
        Just("<textarea>".to_owned()),
        Just("<p a=1 a=2 b>".to_owned()),
    ];
    prop::collection::vec(bit, 0..14).prop_map(|bits| bits.concat())
}

/// A field's text in one of the ways to write it.
fn written(text: &str, style: u8) -> String {
    match style {
        0 => format!("<![CDATA[{}]]>", text.replace("]]>", "")),
        1 => quick_xml::escape::escape(text).into_owned(),
        _ => {
            let text = text.replace("]]>", "");
            let middle = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(i, _)| i);
            format!("{}<![CDATA[{}]]>", quick_xml::escape::escape(&text[..middle]), &text[middle..])
        }
    }
}

fn feed_text() -> impl Strategy<Value = String> {
    let item = (html(), "[ab&<>\\]]{0,6}", 0u8..3, any::<bool>());
    (prop::collection::vec(item, 0..5), any::<bool>()).prop_map(|(items, atom)| {
        let items = items.iter().enumerate().map(|(i, (html, title, style, spaced))| {
            let (title, body) = (written(title, style % 2), written(html, *style));
            let gap = if *spaced { "\n  " } else { "" };
            if atom {
                format!("{gap}<entry><id>{i}</id><title type='html'>{title}</title><x:y xmlns:x='u'/><content type='html'>{body}</content></entry>")
            } else {
                format!("{gap}<item><guid>{i}</guid><title>{title}</title><!-- k --><description>{body}</description></item>")
            }
        });
        let items: String = items.collect();
        if atom {
            format!("<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'>{items}</feed>")
        } else {
            format!("<?xml version='1.0'?><rss version='2.0'><channel><title>t</title>{items}</channel></rss>")
        }
    })
}

/// What is between items, and what identifies each.
fn ids(feed: &Feed) -> Vec<String> {
    let of = |item: &feed::Item| item.first(Meaning::Id).map(|f| feed.text(f).value().to_owned());
    feed.items.iter().filter_map(of).collect()
}

/// The items of an RSS feed as they are written; none of another feed.
fn items_of(text: &str) -> &str {
    let span = text.find("<item>").zip(text.rfind("</item>"));
    span.map_or("", |(from, to)| &text[from..to + "</item>".len()])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// 1. Nothing matched, nothing changed.
    #[test]
    fn no_rules_change_nothing(text in feed_text()) {
        let (_, cleaned) = clean(&text, &Pipeline::default());
        prop_assert_eq!(cleaned.text, text);
    }

    /// Whatever the rules do, what comes out is a feed, the same one each time; every change is in the
    /// receipt; guids stay, in their order.
    #[test]
    fn any_rules_leave_a_feed(text in feed_text(), chosen in prop::sample::subsequence(RULES.to_vec(), 0..6).prop_shuffle()) {
        let pipeline = pipeline(&chosen);
        let (feed, cleaned) = clean(&text, &pipeline);
        let (again, second) = clean(&text, &pipeline);
        prop_assert_eq!(&cleaned.text, &second.text);
        prop_assert_eq!(again.items.len(), feed.items.len());

        let out = feed::parse(cleaned.text.clone());
        prop_assert!(out.is_ok(), "{:?}\n{}", out.err(), cleaned.text);
        let out = out.expect("checked above");
        prop_assert_eq!(out.items.len(), cleaned.receipt.items_out);
        let (before, after) = (ids(&feed), ids(&out));
        let mut rest = before.iter();
        prop_assert!(after.iter().all(|id| rest.any(|b| b == id)), "{before:?} {after:?}");

        let changed = cleaned.text != text;
        prop_assert!(!changed || !cleaned.receipt.entries.is_empty());
        let dropped = cleaned.receipt.entries.iter().filter(|e| e.action == Action::Dropped).count();
        prop_assert_eq!(dropped, feed.items.len() - out.items.len());
    }

    /// What was made of items before is made of them again: the same is served, and said of it, with it and without.
    #[test]
    fn what_is_remembered_is_what_comes_out(
        text in feed_text(),
        other in feed_text(),
        chosen in prop::sample::subsequence([RULES, &["{ sort = 'title' }", "{ dedupe = { by = 'title' } }"]].concat(), 0..6).prop_shuffle(),
    ) {
        let topics = "[{ title = 'a' }, { content = 'b' }]".parse::<toml::Value>();
        let topics = topics.expect("it is TOML").as_array().cloned().unwrap_or_default().into_iter().enumerate();
        let topics = topics.map(|(nth, topic)| (nth.to_string(), topic.try_into().expect("it is a condition")));
        let pipeline = pipeline(&chosen).guarded(Guard::default()).with_topics(Topics::new(topics.collect(), false));
        let (now, form, articles) = (Timestamp::UNIX_EPOCH, Form::default(), Articles::default());
        let mut memory = Memory::default();
        // The feed, another one, both one after the other, and again.
        let both = text.replacen("</item>", &format!("</item>{}", items_of(&other)), 1);
        for text in [&text, &both, &other, &both, &text] {
            let feed = feed::parse(text.clone()).expect("it is a feed");
            let anew = pipeline.editions(&feed, now, &form, &articles);
            let (editions, learnt) = pipeline.editions_after(&memory, &feed, now, &form, &articles);
            prop_assert_eq!(&anew.whole.text, &editions.whole.text);
            prop_assert_eq!(&anew.whole.receipt, &editions.whole.receipt);
            for ((_, anew), (_, got)) in anew.topics.iter().zip(&editions.topics) {
                prop_assert_eq!(&anew.text, &got.text);
                prop_assert_eq!(&anew.receipt, &got.receipt);
            }
            memory = learnt;
        }
    }

    /// What rules do not touch stays byte for byte: comments, other namespaces, the way things are written.
    #[test]
    fn untouched_bytes_stay(text in feed_text()) {
        let (feed, cleaned) = clean(&text, &pipeline(&["{ remove = 'em' }"]));
        for edit in &cleaned.edits {
            let inside = feed.items.iter().flat_map(|i| &i.fields).any(|f| {
                let inner = f.inner.unwrap_or_default();
                matches!(f.meaning, Meaning::Content | Meaning::Summary) && inner.start <= edit.span.start && edit.span.end <= inner.end
            });
            prop_assert!(inside, "{edit:?}");
        }
    }
}

/// Everything in the receipt of the sample adds up, and nothing of it is lost on the way.
#[test]
fn the_receipt_of_the_sample_adds_up() {
    let pack = PACKS.iter().find(|pack| pack.name == "substack").expect("it is built in");
    let (feed, cleaned) = clean(SAMPLE, &Pipeline::new(pack_steps(pack).expect("it compiles")));
    let receipt = &cleaned.receipt;
    assert_eq!((receipt.bytes_in, receipt.bytes_out), (SAMPLE.len(), cleaned.text.len()));
    assert_eq!((feed.items.len(), receipt.items_out, receipt.dropped()), (8, 5, 3));
    let dropped: Vec<usize> =
        receipt.entries.iter().filter(|e| e.action == Action::Dropped).filter_map(|e| e.item).collect();
    assert_eq!(dropped, [1, 3, 6]);
    let sponsors: Vec<usize> =
        receipt.entries.iter().filter(|e| e.rule == "substack/sponsors").filter_map(|e| e.item).collect();
    assert_eq!(sponsors, [2, 5]);
    // The bytes that the entries name are those that are gone, but for the white space that goes with an
    // attribute and references in what is set anew.
    let named: i64 = receipt.entries.iter().map(|e| e.bytes).sum();
    let gone = i64::try_from(receipt.bytes_in - receipt.bytes_out).expect("the sample is small");
    assert!((named - gone).abs() * 50 < gone, "{named} named, {gone} gone");
}
