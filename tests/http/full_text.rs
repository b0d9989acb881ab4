//! `full-text` over HTTP: the pages of items, asked for politely, and what becomes of a feed without them.

use std::fmt::Write;

use hyper::StatusCode;
use serde_json::Value;

use crate::client::Ask;
use crate::others_run;
use crate::proxy::{PATH, Proxy};
use crate::publisher::{Answer, Gate, Publisher};

const ARTICLE: &str = "<html><body><nav>Menu</nav><article><p onclick='x()'>All of it, <a href='/two'>and more</a>.</p>\
                       <script>x()</script></article></body></html>";

/// A feed of so many items, whose pages are this publisher's.
fn feed(pages: &Publisher, items: usize) -> String {
    let mut all = String::new();
    for nth in 1..=items {
        let link = pages.url(&format!("/post/{nth}"));
        let _ = writeln!(
            all,
            "<item><title>Post {nth}</title><link>{link}</link><description>First words of {nth}</description></item>"
        );
    }
    format!("<rss version=\"2.0\"><channel><title>Posts</title>\n{all}</channel></rss>\n")
}

async fn proxy(publisher: &Publisher, rule: &str, fetch: &str) -> Proxy {
    let source = publisher.url("/feed.xml");
    Proxy::start(&format!(
        "[fetch]\n{fetch}\n[feeds.tides]\nsource = \"{source}\"\nrules = [{{ full-text = {rule} }}]\n"
    ))
    .await
}

fn page() -> Answer {
    Answer::ok(ARTICLE).with("content-type", "text/html; charset=utf-8")
}

async fn entries(proxy: &Proxy) -> Vec<Value> {
    let reply = proxy.ask(Ask::get(&format!("{PATH}/receipt"))).await;
    assert_eq!(reply.status, StatusCode::OK);
    let receipt: Value = serde_json::from_str(reply.text()).unwrap();
    receipt["entries"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_article_stands_in_and_is_safe() {
    let pages = Publisher::with(page()).await;
    let publisher = Publisher::with(Answer::ok(feed(&pages, 2))).await;
    let proxy = proxy(&publisher, "'article'", "").await;
    let reply = proxy.feed().await;
    let two = pages.url("/two");
    let shown = format!("&lt;article&gt;&lt;p&gt;All of it, &lt;a href=\"{two}\"&gt;and more&lt;/a&gt;.");
    assert_eq!(reply.text().matches(&shown).count(), 2, "{}", reply.text());
    assert!(!reply.text().contains("onclick") && !reply.text().contains("x()"));
    assert!(pages.seen().iter().all(|page| page.header("accept").unwrap().starts_with("text/html")));
    let entries = entries(&proxy).await;
    assert!(entries.iter().all(|entry| entry["rule"] == "full-text" && entry["action"] == "changed"));
    assert_eq!((publisher.count(), pages.count()), (1, 2));
}

#[tokio::test]
async fn a_page_is_asked_for_once() {
    let pages = Publisher::with(page()).await;
    let publisher = Publisher::with(Answer::ok(feed(&pages, 3))).await;
    let proxy = proxy(&publisher, "'article'", "").await;
    for _ in 0..3 {
        proxy.feed().await;
        proxy.ask(Ask::get("/feeds/tides.json")).await;
        proxy.turn_minutes(60);
    }
    assert_eq!((publisher.count(), pages.count()), (3, 3));
    // What the feed says of an item has changed, so its page may have, too.
    publisher.now(Answer::ok(feed(&pages, 3).replace("First words of 2", "Other words of 2")));
    proxy.turn_minutes(60);
    proxy.feed().await;
    assert_eq!(pages.count(), 4);
    assert!(pages.last().line.contains("/post/2"));
}

#[tokio::test]
async fn without_its_page_an_item_stays_as_it_was() {
    let pages = Publisher::with(Answer::status(500)).await;
    let source = feed(&pages, 1);
    let publisher = Publisher::with(Answer::ok(source.clone())).await;
    let proxy = proxy(&publisher, "'article'", "").await;
    assert_eq!(proxy.feed().await.text(), source);
    let why = entries(&proxy).await;
    assert_eq!(why[0]["action"], "spared");
    assert!(why[0]["snippet"].as_str().unwrap().starts_with("its page was not read: "), "{why:?}");
    assert_eq!(pages.count(), 1);
    // Not before it is due, and then it is there.
    pages.now(page());
    proxy.turn_minutes(10);
    assert_eq!(proxy.feed().await.text(), source);
    assert_eq!(pages.count(), 1);
    proxy.turn_minutes(60);
    assert!(proxy.feed().await.text().contains("All of it"));
    assert_eq!(pages.count(), 2);
}

#[tokio::test]
async fn a_page_without_the_article_is_not_asked_for_again() {
    let pages = Publisher::with(Answer::ok("%PDF-1.7").with("content-type", "application/pdf")).await;
    let source = feed(&pages, 1);
    let publisher = Publisher::with(Answer::ok(source.clone())).await;
    let proxy = proxy(&publisher, "'article'", "").await;
    for _ in 0..3 {
        assert_eq!(proxy.feed().await.text(), source);
        proxy.turn_minutes(24 * 60);
    }
    let why = entries(&proxy).await;
    assert_eq!(why[0]["snippet"], "its page was not read: it is application/pdf, not a web page");
    assert_eq!(pages.count(), 1);
}

#[tokio::test]
async fn a_few_pages_at_a_time() {
    let gate = Gate::closed();
    let pages = Publisher::with(page().behind(&gate)).await;
    let publisher = Publisher::with(Answer::ok(feed(&pages, 9))).await;
    let proxy = proxy(&publisher, "{ selector = 'article', items = 7 }", "").await;
    let reader = async {
        pages.arrived(2).await;
        others_run().await;
        // Two of one host; the others wait for their turn.
        assert_eq!(pages.count(), 2);
        gate.open();
    };
    let (reply, ()) = tokio::join!(proxy.feed(), reader);
    assert_eq!((pages.count(), reply.text().matches("All of it").count()), (7, 7));
}

#[tokio::test]
async fn who_does_not_wait_finds_it_the_next_time() {
    let gate = Gate::closed();
    let pages = Publisher::with(page().behind(&gate)).await;
    let source = feed(&pages, 1);
    let publisher = Publisher::with(Answer::ok(source.clone())).await;
    let proxy = proxy(&publisher, "'article'", "wait-for-pages = '0s'").await;
    assert_eq!(proxy.feed().await.text(), source);
    pages.arrived(1).await;
    gate.open();
    let found = async {
        while proxy.feed().await.text() == source {
            others_run().await;
        }
    };
    crate::soon(found).await;
    assert_eq!(pages.count(), 1);
}

#[tokio::test]
async fn many_readers_share_the_pages() {
    let pages = Publisher::with(page()).await;
    let publisher = Publisher::with(Answer::ok(feed(&pages, 2))).await;
    let proxy = proxy(&publisher, "{ when = { words = { under = 10 } }, selector = 'article' }", "").await;
    let asked = futures_util::future::join_all((0..30).map(|_| proxy.feed())).await;
    assert!(asked.iter().all(|reply| reply.text().matches("All of it").count() == 2));
    assert_eq!((publisher.count(), pages.count()), (1, 2));
}

#[tokio::test]
async fn a_page_too_large_is_left() {
    let pages = Publisher::with(page()).await;
    let large = format!("<article>{}</article>", "words ".repeat(1_000_000));
    pages.now(Answer::ok(large).with("content-type", "text/html"));
    let source = feed(&pages, 1);
    let publisher = Publisher::with(Answer::ok(source.clone())).await;
    let proxy = proxy(&publisher, "'article'", "").await;
    assert_eq!(proxy.feed().await.text(), source);
    assert!(entries(&proxy).await[0]["snippet"].as_str().unwrap().contains("larger than"));
}
