//! How a body becomes a feed: in its charset, mended where it is ill-formed, saved where it is cut off, or made
//! of a web page.

use hyper::StatusCode;
use limpid::feed::{self, Feed};

use crate::FEED;
use crate::client::{Ask, Reply};
use crate::proxy::{Proxy, config};
use crate::publisher::{Answer, Publisher};

const RUSSIAN: &str = "Сегодня в гавани тихо, паром стоит у причала";

/// A feed about this, and what its declaration says.
fn russian(declaration: &str) -> String {
    format!("{declaration}<rss><channel><title>{RUSSIAN}</title><item><guid>1</guid></item></channel></rss>")
}

fn windows_1251(text: &str) -> Vec<u8> {
    let (bytes, _, is_lost) = encoding_rs::WINDOWS_1251.encode(text);
    assert!(!is_lost);
    bytes.into_owned()
}

/// What becomes of an answer, with further lines for the feed in the configuration.
async fn served(answer: Answer, more: &str) -> Reply {
    let publisher = Publisher::with(answer).await;
    Proxy::start(&config(&publisher, more)).await.feed().await
}

fn parsed(reply: &Reply) -> Feed {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let feed = feed::parse(reply.text().to_owned()).unwrap();
    assert!(feed.mended.is_empty(), "{:?} in {}", feed.mended, reply.text());
    feed
}

fn ids(reply: &Reply) -> Vec<String> {
    let feed = parsed(reply);
    feed.items.iter().map(|item| feed.id(item).unwrap()).collect()
}

#[tokio::test]
async fn a_charset_is_what_http_says_or_the_declaration_or_a_guess() {
    let declared = |label: &str| russian(&format!("<?xml version=\"1.0\" encoding=\"{label}\"?>\n"));
    let of = |text: &str| Answer::ok(windows_1251(text));
    let as_text = |charset: &str| format!("text/xml; charset={charset}");
    let answers = [
        of(&declared("windows-1251")),
        of(&declared("windows-1251")).with("content-type", &as_text("windows-1251")),
        of(&declared("windows-1251")).with("content-type", &as_text("utf-8")),
        of(&declared("utf-8")).with("content-type", &as_text("\"Windows-1251\"")),
        of(&russian("")).with("content-type", &as_text("cp1251; x=y")),
        of(&russian("")),
        Answer::ok(declared("windows-1251")),
        Answer::ok(declared("windows-1251")).with("content-type", &as_text("koi8-r")),
    ];
    for answer in answers {
        let reply = served(answer.clone(), "").await;
        assert!(reply.text().contains(RUSSIAN), "{answer:?}: {}", reply.text());
        assert!(!reply.text().contains("1251"), "{}", reply.text());
        assert_eq!(reply.header("content-type"), Some("application/rss+xml; charset=utf-8"));
    }
}

#[tokio::test]
async fn a_charset_that_is_configured_counts_before_everything() {
    let body = windows_1251(&russian("<?xml version=\"1.0\" encoding=\"koi8-r\"?>"));
    let answer = Answer::ok(body).with("content-type", "text/xml; charset=koi8-r");
    let believed = served(answer.clone(), "").await;
    assert!(!believed.text().contains(RUSSIAN));
    let reply = served(answer, "charset = \"windows-1251\"").await;
    assert!(
        reply.text().contains(RUSSIAN) && reply.text().contains("encoding=\"UTF-8\""),
        "{}",
        reply.text()
    );
}

#[tokio::test]
async fn one_address_can_be_read_in_two_charsets() {
    let publisher =
        Publisher::with(Answer::ok(b"<rss><channel><title>\xcf\xe0</title></channel></rss>".to_vec())).await;
    let source = format!("source = \"{}\"", publisher.url("/feed.xml"));
    let config = format!(
        "[feeds.a]\n{source}\ncharset = \"windows-1251\"\n[feeds.b]\n{source}\ncharset = \"iso-8859-1\"\n\
         [feeds.c]\n{source}\ncharset = \"windows-1251\"\n"
    );
    let proxy = Proxy::start(&config).await;
    for (name, title, count) in [("a", "Па", 1), ("b", "Ïà", 2), ("c", "Па", 2), ("a", "Па", 2)] {
        let reply = proxy.ask(Ask::get(&format!("/feeds/{name}"))).await;
        assert!(reply.text().contains(&format!("<title>{title}</title>")), "{name}: {}", reply.text());
        assert_eq!(publisher.count(), count, "{name}");
    }
}

#[tokio::test]
async fn text_that_a_rule_writes_is_declared_as_what_it_is() {
    let ascii = "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><rss><channel><item><title>a</title></item></channel></rss>";
    assert_eq!(served(Answer::ok(ascii), "").await.text(), ascii);
    let rules = "rules = [{ replace = { in = 'title', pattern = 'a', with = 'é' } }]";
    let expected = ascii.replace("iso-8859-1", "UTF-8").replace(">a<", ">é<");
    assert_eq!(served(Answer::ok(ascii), rules).await.text(), expected);
}

#[tokio::test]
async fn what_is_ill_formed_is_served_well_formed() {
    let feed = |inside: &str| format!("<rss><channel><title>T</title>{inside}</channel></rss>");
    let cases = [
        (
            feed("<item><title>A&eacute;&nbsp;B</title></item>"),
            feed("<item><title>A&#233;&#160;B</title></item>"),
        ),
        (
            feed("<item><title>Q&A & more &c</title></item>"),
            feed("<item><title>Q&amp;A &amp; more &amp;c</title></item>"),
        ),
        (feed("<item><title>A\u{8}B&#1;C</title></item>"), feed("<item><title>ABC</title></item>")),
        (feed("<item><title>1 < 2</title></item>"), feed("<item><title>1 &lt; 2</title></item>")),
        (
            format!("\n <br/>\n<?xml version=\"1.0\"?>\n{}", feed("")),
            format!("<?xml version=\"1.0\"?>\n{}", feed("")),
        ),
        (format!("Warning: disk full\n{}", feed("<item/>")), feed("<item/>")),
        (format!("{}\n<script>1</script>", feed("<item/>")), format!("{}\n", feed("<item/>"))),
    ];
    for (source, expected) in cases {
        let reply = served(Answer::ok(source.clone()), "").await;
        parsed(&reply);
        assert_eq!(reply.text().trim_end(), expected.trim_end(), "{source}");
    }
}

#[tokio::test]
async fn rules_and_forms_see_what_was_mended() {
    let source = "<rss><channel><title>T</title><item><guid>1</guid><title>Q&A &rarr; R</title></item></channel></rss>";
    let publisher = Publisher::with(Answer::ok(source)).await;
    let rules = "rules = [{ keep = { title = '^Q&A → R$' } }]";
    let proxy = Proxy::start(&config(&publisher, rules)).await;
    for ending in ["", ".atom", ".json"] {
        assert_eq!(ids(&proxy.ask(Ask::get(&format!("/feeds/tides{ending}"))).await), ["1"], "{ending}");
    }
}

/// The feed, cut off in its third item.
fn cut_off() -> &'static str {
    &FEED[..FEED.find("Low water").unwrap()]
}

#[tokio::test]
async fn p20_x09_a_feed_cut_off_never_replaces_a_whole_one() {
    let publisher = Publisher::with(Answer::ok(FEED).with("etag", "\"whole\"")).await;
    let proxy = Proxy::of(&publisher).await;
    let good = proxy.feed().await;
    publisher.now(Answer::ok(cut_off()).with("etag", "\"cut\""));
    for _ in 0..2 {
        proxy.turn_minutes(60);
        let stale = proxy.feed().await;
        assert!(stale.is_marked_stale() && stale.text() == FEED && stale.etag() == good.etag());
        assert_eq!(publisher.last().header("if-none-match"), Some("\"whole\""));
    }
    publisher.now(Answer::ok(FEED.replace("Tide", "Time")));
    proxy.turn_minutes(60);
    let reply = proxy.feed().await;
    assert!(!reply.is_marked_stale() && reply.text().contains("Time tables"));
}

#[tokio::test]
async fn p20_x09_a_feed_cut_off_is_better_than_none() {
    let publisher = Publisher::with(Answer::ok(cut_off())).await;
    let proxy = Proxy::of(&publisher).await;
    let saved = proxy.feed().await;
    assert_eq!(ids(&saved), ["tides-1", "tides-2"]);
    assert!(!saved.is_marked_stale());
    publisher.now(Answer::ok(&FEED[..FEED.find("Sponsored").unwrap()]));
    proxy.turn_minutes(17);
    assert_eq!(ids(&proxy.feed().await), ["tides-1"], "one that is cut off replaces another");
    publisher.now(Answer::ok(FEED));
    proxy.turn_minutes(17);
    let whole = proxy.feed().await;
    assert!(whole.text() == FEED && !whole.is_marked_stale());
    publisher.now(Answer::ok(cut_off()));
    proxy.turn_minutes(17);
    assert!(proxy.feed().await.text() == FEED);
}

/// The publisher's program may have stopped half-way, and would say of the rest that nothing has changed.
#[tokio::test]
async fn p20_x09_what_is_cut_off_is_asked_for_again_without_conditions() {
    let publisher = Publisher::with(Answer::ok(cut_off()).with("etag", "\"a\"")).await;
    let proxy = Proxy::of(&publisher).await;
    proxy.feed().await;
    proxy.turn_minutes(17);
    proxy.feed().await;
    assert_eq!((publisher.count(), publisher.last().validators()), (2, (None, None)));
}

#[tokio::test]
async fn two_documents_are_an_error() {
    let reply = served(Answer::ok(format!("{FEED}{FEED}")), "").await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
    assert!(reply.text().contains("second document"), "{}", reply.text());
}

const PAGE: &str = "<!doctype html><html lang=en><head><title>Harbour news</title></head><body>
    <article><h2><a href='one'>One</a></h2><time datetime='2026-06-01T10:00:00Z'>1 June</time><p class=t>First &amp; best</p></article>
    <article><h2><a href='/two'>Two</a></h2><p class=t>Second</p></article></body></html>";

fn page_config(publisher: &Publisher, more: &str) -> String {
    format!(
        "[feeds.tides]\nsource-html = {{ url = \"{}\", item = \"article\", content = \".t\" }}\n{more}\n",
        publisher.url("/news/")
    )
}

#[tokio::test]
async fn a_web_page_becomes_a_feed() {
    let publisher = Publisher::with(Answer::ok(PAGE).with("content-type", "text/html")).await;
    let proxy = Proxy::start(&page_config(&publisher, "rules = [{ drop = { title = 'Two' } }]")).await;
    let reply = proxy.feed().await;
    assert_eq!(reply.header("content-type"), Some("application/rss+xml; charset=utf-8"));
    assert_eq!(ids(&reply), [publisher.url("/news/one")]);
    assert!(
        reply.text().contains("<title>Harbour news</title>") && reply.text().contains("First"),
        "{}",
        reply.text()
    );
    let json = proxy.ask(Ask::get("/feeds/tides.json")).await;
    assert_eq!(ids(&json), [publisher.url("/news/one")]);
    assert!(json.text().contains("2026-06-01T10:00:00Z"), "{}", json.text());
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn a_web_page_is_polled_like_a_feed() {
    let script = [
        Answer::ok(PAGE).with("etag", "\"p\"").with("cache-control", "max-age=3600"),
        Answer::status(304),
        Answer::ok(PAGE.replace("Two", "Three")),
    ];
    let publisher = Publisher::with_script(script).await;
    let proxy = Proxy::start(&page_config(&publisher, "")).await;
    let first = proxy.feed().await;
    assert_eq!(first.fresh_for(), 3600);
    proxy.turn_minutes(61);
    assert_eq!(proxy.feed().await.etag(), first.etag());
    assert_eq!(publisher.last().header("if-none-match"), Some("\"p\""));
    proxy.turn_minutes(61);
    assert!(proxy.feed().await.text().contains("Three"));
    assert_eq!(publisher.count(), 3);
}

#[tokio::test]
async fn a_web_page_without_items_is_a_failure() {
    let publisher = Publisher::with(Answer::ok("<html><p>Maintenance</p></html>")).await;
    let proxy = Proxy::start(&page_config(&publisher, "")).await;
    let none = proxy.feed().await;
    let sentence = "Nothing in the page is an item by the `item` selector; the page may have changed.\n";
    assert_eq!((none.status, none.text()), (StatusCode::BAD_GATEWAY, sentence));
    assert!(none.header("retry-after").is_some());
    publisher.now(Answer::ok(PAGE));
    proxy.turn_minutes(17);
    let good = proxy.feed().await;
    publisher.now(Answer::ok("<html><p>Maintenance</p></html>"));
    proxy.turn_minutes(17);
    let stale = proxy.feed().await;
    assert!(stale.is_marked_stale() && stale.etag() == good.etag() && ids(&stale).len() == 2);
}

/// RFC 3986 §5.1.3: the base is the address that the page came from in the end.
#[tokio::test]
async fn links_of_a_page_that_has_moved_are_those_of_its_new_place() {
    let publisher = Publisher::with_script([Answer::to(301, "/en/latest/"), Answer::ok(PAGE)]).await;
    let proxy = Proxy::start(&page_config(&publisher, "")).await;
    let expected = [publisher.url("/en/latest/one"), publisher.url("/two")];
    assert_eq!(ids(&proxy.feed().await), expected);
}

#[tokio::test]
async fn a_page_is_in_the_charset_that_it_says() {
    let page = |meta: &str| {
        format!("<html><head>{meta}<title>x</title></head><article><h2>{RUSSIAN}</h2></article></html>")
    };
    let answers = [
        Answer::ok(windows_1251(&page(""))).with("content-type", "text/html; charset=windows-1251"),
        Answer::ok(windows_1251(&page("<meta charset=\"windows-1251\">"))),
        Answer::ok(windows_1251(&page(""))),
        Answer::ok(page("<meta charset=\"utf-8\">")),
    ];
    for answer in answers {
        let publisher = Publisher::with(answer).await;
        let reply = Proxy::start(&page_config(&publisher, "")).await.feed().await;
        assert!(reply.text().contains(RUSSIAN), "{}", reply.text());
    }
    // Too little text to tell one Latin charset from the other: only the page itself says which it is.
    let (polish, ..) =
        encoding_rs::ISO_8859_2.encode("<meta charset=iso-8859-2><article><h2>Żółw ąę</h2></article>");
    let publisher = Publisher::with(Answer::ok(polish.into_owned())).await;
    let reply = Proxy::start(&page_config(&publisher, "")).await.feed().await;
    assert!(reply.text().contains("Żółw ąę"), "{}", reply.text());
}
