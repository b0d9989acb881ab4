//! Feeds that are opened in a browser: a stylesheet for browsers, and for nobody else.

use hyper::{Method, StatusCode};

use crate::FEED;
use crate::client::{Ask, Reply};
use crate::network::OnTheNet;
use crate::proxy::{PATH, Proxy, config};
use crate::publisher::{Answer, Publisher};

/// What browsers send when a person opens an address.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";

/// What readers send: most of them something like these.
const READERS: [&str; 7] = [
    "*/*",
    "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.1",
    "application/rss+xml, text/html;q=0.9",
    "text/html, application/rss+xml, application/xml;q=0.9",
    "application/atom+xml,application/rss+xml,text/html",
    "text/xml, text/html;q=0.5",
    "text/html, application/xml, */*",
];

const ATOM: &str = "\u{feff}<?xml version='1.0' encoding='utf-8'?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\
    <title>Tide tables</title><id>urn:tides</id><updated>2026-06-12T15:00:12Z</updated>\
    <entry><title>High water</title><id>urn:tides:1</id><updated>2026-06-12T15:00:12Z</updated></entry></feed>\n";

async fn opened(proxy: &Proxy, path: &str) -> Reply {
    proxy.ask(Ask::get(path).with("accept", BROWSER)).await
}

/// Where a page of XML says that its stylesheet is.
fn stylesheet(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("<?xml-stylesheet type=\"text/css\" href=\"")?;
    rest.split_once("\"?>").map(|(href, _)| href)
}

#[tokio::test]
async fn d01_a_browser_gets_the_same_bytes_and_a_stylesheet() {
    for feed in [FEED, ATOM] {
        let publisher = Publisher::with(Answer::ok(feed)).await;
        let proxy = Proxy::of(&publisher).await;
        let page = opened(&proxy, PATH).await;
        let plain = proxy.feed().await;
        assert_eq!(page.header("content-type"), Some("application/xml; charset=utf-8"));
        let href = stylesheet(page.text()).expect("it has one");
        let instruction = format!("<?xml-stylesheet type=\"text/css\" href=\"{href}\"?>");
        assert_eq!(page.text().replacen(&instruction, "", 1), plain.text());
        let declaration = page.text().find("?>").unwrap();
        assert_eq!(page.text().find(&instruction), Some(declaration + 2));
        let style = proxy.ask(Ask::get(href)).await;
        assert_eq!(
            (style.status, style.header("content-type")),
            (StatusCode::OK, Some("text/css; charset=utf-8"))
        );
        assert_eq!(style.header("cache-control"), Some("public, max-age=31536000, immutable"));
        assert_eq!(publisher.count(), 1);
    }
}

#[tokio::test]
async fn stylesheets_of_the_publisher_stay_for_readers() {
    let own = "<?xml-stylesheet type=\"text/xsl\" href=\"/theirs.xsl\"?>\n";
    let feed = FEED.replacen("<rss", &format!("{own}<rss"), 1);
    let publisher = Publisher::with(Answer::ok(feed.clone())).await;
    let proxy = Proxy::of(&publisher).await;
    assert_eq!(proxy.feed().await.text(), feed);
    let page = opened(&proxy, PATH).await;
    assert!(!page.text().contains("theirs.xsl") && stylesheet(page.text()).is_some(), "{}", page.text());
}

#[tokio::test]
async fn d01_readers_never_get_a_stylesheet() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::of(&publisher).await;
    for accept in READERS {
        opened(&proxy, PATH).await;
        let reply = proxy.feed_with("accept", accept).await;
        assert_eq!(reply.text(), FEED, "{accept}");
        assert_eq!(reply.header("content-type"), Some("application/rss+xml; charset=utf-8"), "{accept}");
    }
    assert_eq!(proxy.feed().await.text(), FEED);
}

#[tokio::test]
async fn d02_the_page_for_browsers_has_a_tag_of_its_own() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::of(&publisher).await;
    let (plain, page) = (proxy.feed().await, opened(&proxy, PATH).await);
    assert_ne!(plain.etag(), page.etag());
    assert_eq!(page.header("last-modified"), plain.header("last-modified"));
    for reply in [&plain, &page] {
        assert_eq!(reply.header("vary"), Some("Accept, Accept-Encoding"));
    }
    let with_tag = |accept: &str, tag: &str| Ask::get(PATH).with("accept", accept).with("if-none-match", tag);
    for (accept, tag, status) in [
        (BROWSER, page.etag(), 304),
        (BROWSER, plain.etag(), 200),
        ("*/*", plain.etag(), 304),
        ("*/*", page.etag(), 200),
    ] {
        let reply = proxy.ask(with_tag(accept, tag)).await;
        assert_eq!(reply.status, status, "{accept}");
        assert_eq!(reply.header("vary"), Some("Accept, Accept-Encoding"));
    }
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn d07_head_is_get_without_the_body() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::of(&publisher).await;
    let ask = Ask::get(PATH).with("accept", BROWSER);
    let head = proxy.ask(ask.clone().by(Method::HEAD)).await;
    let get = proxy.ask(ask).await;
    assert!(head.body.is_empty());
    for name in ["etag", "content-type", "content-length", "vary", "content-security-policy", "last-modified"]
    {
        assert_eq!(head.header(name), get.header(name), "{name}");
        assert!(head.header(name).is_some(), "{name}");
    }
}

#[tokio::test]
async fn d08_the_page_for_browsers_is_compressed_as_well() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::of(&publisher).await;
    let page = opened(&proxy, PATH).await;
    proxy.settled().await;
    for coding in ["gzip", "br", "zstd"] {
        let coded = proxy.ask(Ask::get(PATH).with("accept", BROWSER).with("accept-encoding", coding)).await;
        assert_eq!(coded.header("content-encoding"), Some(coding));
        assert_eq!(coded.plain(), page.body);
        assert_ne!(coded.etag(), page.etag());
    }
}

#[tokio::test]
async fn json_is_left_alone() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::of(&publisher).await;
    let path = format!("{PATH}.json");
    let (page, plain) = (opened(&proxy, &path).await, proxy.ask(Ask::get(&path)).await);
    assert_eq!((page.text(), page.etag()), (plain.text(), plain.etag()));
    assert_eq!(page.header("content-type"), Some("application/feed+json; charset=utf-8"));
    assert_eq!(page.header("vary"), Some("Accept-Encoding"));
}

#[tokio::test]
async fn every_address_of_a_feed_can_be_opened() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let topics = "[feeds.tides.topics]\nhigh = { title = 'high' }\n[ad-hoc]\nhosts = ['127.0.0.1']";
    let proxy = Proxy::guarded(&config(&publisher, topics), &OnTheNet::network()).await;
    let url: String = url::form_urlencoded::byte_serialize(publisher.url("/feed.xml").as_bytes()).collect();
    for path in ["/feeds/tides.rss", "/feeds/tides.atom", "/feeds/tides/high", "/feeds/tides/rest.atom"] {
        let page = opened(&proxy, path).await;
        assert!(stylesheet(page.text()).is_some(), "{path}: {}", page.text());
        assert!(stylesheet(proxy.ask(Ask::get(path)).await.text()).is_none(), "{path}");
    }
    let clean = format!("/clean?url={url}");
    let page = opened(&proxy, &clean).await;
    assert!(stylesheet(page.text()).is_some(), "{}", page.text());
    assert!(stylesheet(proxy.ask(Ask::get(&clean)).await.text()).is_none());
}

#[tokio::test]
async fn below_a_path_the_stylesheet_is_below_it() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let server = "[server]\npublic-url = \"https://example.org/limpid/\"\n";
    let proxy = Proxy::start(&format!("{server}{}", config(&publisher, ""))).await;
    let page = opened(&proxy, PATH).await;
    assert!(
        stylesheet(page.text()).is_some_and(|href| href.starts_with("/limpid/feed.css?")),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn x16_nothing_in_a_feed_runs_where_it_is_opened() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::of(&publisher).await;
    for reply in [opened(&proxy, PATH).await, proxy.feed().await] {
        let policy = reply.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self'") && policy.ends_with("sandbox"),
            "{policy}"
        );
    }
}
