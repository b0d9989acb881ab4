//! How fast a feed goes through, stage by stage, in bytes of the source.
//!
//! `cargo bench` runs over the built-in sample; `LIMPID_BENCH_FEED=FILE cargo bench` over a feed of yours.

use std::hint::black_box;

use divan::Bencher;
use divan::counter::BytesCount;
use jiff::Timestamp;
use limpid::config::{PACKS, pack_steps};
use limpid::feed::articles::Articles;
use limpid::feed::{self, Draft, Feed};
use limpid::html::Outline;
use limpid::html::build::Syntax;
use limpid::pipeline::{Form, Memory, Pipeline};
use quick_xml::events::Event;

fn main() {
    let source = source();
    println!("feed: {} bytes", source.len());
    divan::main();
}

fn source() -> String {
    let sample = || include_str!("../config/sample-newsletter.xml").to_owned();
    #[allow(clippy::disallowed_methods, reason = "a file that the person who benchmarks has named")]
    std::env::var("LIMPID_BENCH_FEED")
        .map_or_else(|_| sample(), |path| std::fs::read_to_string(path).expect("the feed can be read"))
}

fn parsed() -> Feed {
    feed::parse(source()).expect("it is a feed")
}

fn substack() -> Pipeline {
    let pack = PACKS.iter().find(|pack| pack.name == "substack").expect("it is built in");
    Pipeline::new(pack_steps(pack).expect("it compiles"))
}

/// The floor: quick-xml's events, and nothing done with them.
#[divan::bench]
fn floor_xml_events(bencher: Bencher<'_, '_>) {
    let source = source();
    bencher.counter(BytesCount::of_str(&source)).bench(|| {
        let mut reader = quick_xml::Reader::from_str(&source);
        let mut count = 0;
        while !matches!(reader.read_event(), Ok(Event::Eof) | Err(_)) {
            count += 1;
        }
        count
    });
}

/// The other half of it: one pass of `lol_html` over every HTML text, which looks at each element and changes none.
/// Counted are the bytes of the whole feed.
#[divan::bench]
fn floor_lol_html(bencher: Bencher<'_, '_>) {
    let (bytes, texts) = (source().len(), texts());
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        let mut count = 0;
        for text in &texts {
            let each = lol_html::element!("*", |_| {
                count += 1;
                Ok(())
            });
            let settings = lol_html::RewriteStrSettings::new().append_element_content_handler(each);
            black_box(lol_html::rewrite_str(text, settings).expect("nothing in it fails"));
        }
        count
    });
}

/// The HTML of every item.
fn texts() -> Vec<String> {
    let feed = parsed();
    let fields =
        feed.items.iter().flat_map(|item| &item.fields).filter(|f| f.meaning == feed::Meaning::Content);
    fields.map(|field| feed.text(field).value().to_owned()).collect()
}

/// Whether the text is well-formed.
#[divan::bench]
fn check(bencher: Bencher<'_, '_>) {
    let source = source();
    bencher.counter(BytesCount::of_str(&source)).bench(|| limpid::xml::check::check(&source));
}

/// Text to spans.
#[divan::bench]
fn parse(bencher: Bencher<'_, '_>) {
    let source = source();
    bencher
        .counter(BytesCount::of_str(&source))
        .with_inputs(|| source.clone())
        .bench_values(|source| feed::parse(source).expect("it is a feed"));
}

/// The outlines of every HTML text. Counted are the bytes of those texts.
#[divan::bench]
fn outline(bencher: Bencher<'_, '_>) {
    let texts = texts();
    let bytes: usize = texts.iter().map(String::len).sum();
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        for text in &texts {
            black_box(Outline::build(text, Syntax::Html));
        }
    });
}

/// The rules of the substack pack and the splice, on a parsed feed.
#[divan::bench]
fn rules_and_splice(bencher: Bencher<'_, '_>) {
    let (feed, pipeline) = (parsed(), substack());
    let bytes = BytesCount::of_str(&feed.source);
    bencher.counter(bytes).bench(|| pipeline.run(&feed, Timestamp::UNIX_EPOCH));
}

/// Everything: text to cleaned text.
#[divan::bench]
fn whole_clean(bencher: Bencher<'_, '_>) {
    let (source, pipeline) = (source(), substack());
    bencher.counter(BytesCount::of_str(&source)).with_inputs(|| source.clone()).bench_values(|source| {
        let feed = feed::parse(source).expect("it is a feed");
        pipeline.run(&feed, Timestamp::UNIX_EPOCH)
    });
}

/// Everything, where one item is new and what was made of the others is remembered.
#[divan::bench]
fn whole_clean_of_one_new_item(bencher: Bencher<'_, '_>) {
    let (source, pipeline, now) = (source(), substack(), Timestamp::UNIX_EPOCH);
    let (form, articles, feed) = (Form::default(), Articles::default(), parsed());
    let mut before = Draft::new(&feed, now);
    before.items_mut()[0].drop_it();
    let before = feed::parse(before.render()).expect("it is a feed");
    let (_, memory) = pipeline.editions_after(&Memory::default(), &before, now, &form, &articles);
    bencher.counter(BytesCount::of_str(&source)).with_inputs(|| source.clone()).bench_values(|source| {
        let feed = feed::parse(source).expect("it is a feed");
        pipeline.editions_after(&memory, &feed, now, &form, &articles)
    });
}

/// Everything, of feeds of so many KB: the same items again and again.
#[divan::bench(args = [100, 1_000, 10_000, 100_000], max_time = 5)]
fn whole_clean_by_size(bencher: Bencher<'_, '_>, kilobytes: usize) {
    let (feed, pipeline) = (parsed(), substack());
    let mut items = feed.items.iter().cycle().map(|item| item.span.of(&feed.source));
    let (start, end) =
        (feed.items[0].span.range().start, feed.items.last().expect("it has items").span.range().end);
    let mut source = feed.source[..start].to_owned();
    while source.len() < kilobytes * 1000 {
        source.push_str(items.next().expect("they go round"));
    }
    source.push_str(&feed.source[end..]);
    bencher.counter(BytesCount::of_str(&source)).with_inputs(|| source.clone()).bench_values(|source| {
        let feed = feed::parse(source).expect("it is a feed");
        pipeline.run(&feed, Timestamp::UNIX_EPOCH)
    });
}

/// Everything, under the guard, with three topics and `rest`: five feeds out of one.
#[divan::bench]
fn whole_clean_with_topics(bencher: Bencher<'_, '_>) {
    let text = "[feeds.f]\nsource = 'sample:newsletter'\nrules = ['substack']\n[feeds.f.topics]\n\
                ai = { any = [{ title = '\\b(AI|LLM)s?\\b' }, { content = '\\bcoding agents?\\b' }] }\n\
                jobs = { content = '\\b(hiring|layoffs?|salary)\\b' }\npodcasts = { enclosure-type = '^audio/' }";
    let config = limpid::config::read(text, None).expect("it has no mistakes");
    let pipeline = config.feeds[0].pipeline.clone();
    let source = source();
    bencher.counter(BytesCount::of_str(&source)).with_inputs(|| source.clone()).bench_values(|source| {
        let feed = feed::parse(source).expect("it is a feed");
        pipeline.editions(&feed, Timestamp::UNIX_EPOCH, &Form::default(), &Articles::default())
    });
}

/// Everything, with no rules: what a feed costs that nothing is done to.
#[divan::bench]
fn whole_clean_without_rules(bencher: Bencher<'_, '_>) {
    let (source, pipeline) = (source(), Pipeline::default());
    bencher.counter(BytesCount::of_str(&source)).with_inputs(|| source.clone()).bench_values(|source| {
        let feed = feed::parse(source).expect("it is a feed");
        pipeline.run(&feed, Timestamp::UNIX_EPOCH)
    });
}

/// Cleaned draft to text.
#[divan::bench]
fn render_untouched(bencher: Bencher<'_, '_>) {
    let feed = parsed();
    let bytes = BytesCount::of_str(&feed.source);
    bencher.counter(bytes).bench(|| Draft::new(&feed, Timestamp::UNIX_EPOCH).render());
}
