//! Topics over HTTP: subfeeds out of one request to the publisher and one run of the rules.

use hyper::StatusCode;

use crate::FEED;
use crate::client::Ask;
use crate::proxy::{self, Proxy};
use crate::publisher::{Answer, Publisher};

const TOPICS: &str = "[feeds.tides.topics]\nhigh = { title = 'high' }\nlow = { title = 'low' }";

async fn proxy(publisher: &Publisher) -> Proxy {
    Proxy::start(&proxy::config(publisher, TOPICS)).await
}

#[tokio::test]
async fn every_topic_comes_from_one_request() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = proxy(&publisher).await;
    for (topic, title) in [("high", "High water"), ("low", "Low water"), ("rest", "Sponsored: oilskins")] {
        let reply = proxy.ask(Ask::get(&format!("/feeds/tides/{topic}"))).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert!(reply.text().contains(title), "{topic}");
        assert_eq!(reply.text().matches("<item>").count(), 1, "{topic}");
        let again = Ask::get(&format!("/feeds/tides/{topic}")).with("if-none-match", reply.etag());
        assert_eq!(proxy.ask(again).await.status, StatusCode::NOT_MODIFIED);
    }
    assert_eq!(proxy.feed().await.text(), FEED);
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn topics_come_in_every_format_and_compressed() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = proxy(&publisher).await;
    let json = proxy.ask(Ask::get("/feeds/tides/high.json")).await;
    assert_eq!(json.header("content-type"), Some("application/feed+json; charset=utf-8"));
    assert!(
        json.text().contains("\"feed_url\": \"https://feeds.example.org/feeds/tides/high.json\""),
        "{}",
        json.text()
    );
    proxy.settled().await;
    let plain = proxy.ask(Ask::get("/feeds/tides/high.json")).await.text().to_owned();
    let packed = proxy.ask(Ask::get("/feeds/tides/high.json").with("accept-encoding", "gzip")).await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(packed.plain(), plain.into_bytes());
}

#[tokio::test]
async fn only_topics_that_there_are() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = proxy(&publisher).await;
    for path in ["/feeds/tides/ebb", "/feeds/tides/High", "/feeds/other/high", "/feeds/tides/ebb/receipt"] {
        assert_eq!(proxy.ask(Ask::get(path)).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    // A stranger's guesses are not asked of the publisher.
    assert_eq!(publisher.count(), 0);
}

#[tokio::test]
async fn the_front_page_names_them() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = proxy(&publisher).await;
    let page = proxy.ask(Ask::get("/")).await;
    for path in ["/feeds/tides/high", "/feeds/tides/rest", "/feeds/tides/receipt"] {
        assert!(page.text().contains(&format!("href=\"{path}\"")), "{path}");
    }
}

#[tokio::test]
async fn a_topic_can_be_a_source() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let more = "[feeds.all]\nsources = ['feed:tides/low', 'feed:tides/rest']\n[feeds.one]\nsource = 'feed:tides/high'";
    let proxy = Proxy::start(&proxy::config(&publisher, &format!("{TOPICS}\n{more}"))).await;
    let all = proxy.ask(Ask::get("/feeds/all")).await;
    assert!(all.text().contains("Low water") && all.text().contains("oilskins"));
    assert!(!all.text().contains("High water"));
    let one = proxy.ask(Ask::get("/feeds/one")).await;
    assert!(one.text().contains("High water") && !one.text().contains("Low water"));
    assert_eq!(publisher.count(), 1);
}
