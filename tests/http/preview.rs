//! Feeds before and after their rules, as pages.

use std::fmt::Write;

use hyper::{Method, StatusCode};

use crate::FEED;
use crate::client::{Ask, Reply};
use crate::proxy::{Proxy, config};
use crate::publisher::{Answer, Publisher};

const RULES: &str =
    "rules = [{ drop = { title = '^sponsored' } }, { remove = 'p.ad' }, { title = { suffix = ' !' } }]";

async fn page(proxy: &Proxy, path: &str) -> Reply {
    let reply = proxy.ask(Ask::get(path)).await;
    assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
    assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"));
    reply
}

/// A feed of one item with this HTML.
fn of_html(html: &str) -> String {
    let item =
        format!("<item><title>One</title><guid>1</guid><description><![CDATA[{html}]]></description></item>");
    format!("<rss version=\"2.0\"><channel><title>Feed</title>{item}</channel></rss>")
}

#[tokio::test]
async fn items_are_shown_with_what_became_of_them() {
    let feed = FEED.replace("<p>At six.</p>", "<p>At six.</p><p class=\"ad\">Buy rope.</p>");
    let publisher = Publisher::with(Answer::ok(feed)).await;
    let proxy = Proxy::start(&config(&publisher, RULES)).await;
    let reply = page(&proxy, "/feeds/tides/preview").await;
    let text = reply.text();
    for part in [
        "<strong>2 of 3</strong> items are served",
        "<del>Sponsored: oilskins</del>",
        "dropped by drop",
        "changed by remove, title",
        "High water !",
        // In the frame, where it stood, with the rule; as an attribute of an attribute.
        "id=&quot;data-cut-",
        "title=&quot;removed by remove&quot;",
        "Buy rope.&lt;/p&gt;",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    // What is served has no mark, and not what was removed.
    assert_eq!(text.matches("Buy rope.&lt;/p&gt;").count(), 1);
}

#[tokio::test]
async fn d10_a_preview_asks_no_more_than_a_reader() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::start(&config(&publisher, RULES)).await;
    for path in ["/feeds/tides/preview", "/feeds/tides", "/feeds/tides/preview?view=raw&images=1"] {
        assert_eq!(proxy.ask(Ask::get(path)).await.status, StatusCode::OK);
    }
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn there_is_a_preview_of_every_feed_and_topic_and_of_nothing_else() {
    let topics = "[feeds.tides.topics]\nhigh = { title = 'high' }";
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::start(&config(&publisher, topics)).await;
    let text = page(&proxy, "/feeds/tides/high/preview").await;
    assert!(text.text().contains("<strong>1 of 3</strong>") && text.text().contains("in other topics"));
    for path in ["/feeds/none/preview", "/feeds/tides/none/preview", "/preview", "/feeds/preview/x/y"] {
        assert_eq!(proxy.ask(Ask::get(path)).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let post = proxy.ask(Ask::new(Method::POST, "/feeds/tides/preview")).await;
    assert_eq!((post.status, post.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, Some("GET, HEAD")));
    let head = proxy.ask(Ask::new(Method::HEAD, "/feeds/tides/preview")).await;
    assert_eq!((head.status, head.text()), (StatusCode::OK, ""));
}

#[tokio::test]
async fn a_publisher_that_fails_is_told_of_in_one_sentence() {
    let publisher = Publisher::with(Answer::status(500)).await;
    let proxy = Proxy::of(&publisher).await;
    let reply = proxy.ask(Ask::get("/feeds/tides/preview")).await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
    assert!(reply.text().starts_with("The publisher answered 500"), "{}", reply.text());
}

#[tokio::test]
async fn every_format_is_shown_and_several_feeds_as_one() {
    let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>A</title><id>a</id><entry><title>Atom</title><id>1</id>\
        <content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Left</p><p class=\"ad\">Gone</p><a id=\"x\"/>on</div>\
        </content></entry></feed>";
    let json = "{\"version\": \"https://jsonfeed.org/version/1.1\", \"title\": \"J\", \"items\": [{\"id\": \"1\", \"title\": \"Json\", \
        \"content_html\": \"<p>Left</p><p class=\\\"ad\\\">Gone</p>\"}]}";
    for feed in [atom, json] {
        let publisher = Publisher::with(Answer::ok(feed)).await;
        let both = format!("sources = [\"feed:tides\", \"{}\"]", publisher.url("/other.xml"));
        let more = format!("rules = [{{ remove = '.ad' }}]\nformat = \"atom\"\n[feeds.both]\n{both}");
        let proxy = Proxy::start(&config(&publisher, &more)).await;
        let text = page(&proxy, "/feeds/tides/preview").await;
        assert!(text.text().contains("title=&quot;removed by remove&quot;"), "{}", text.text());
        assert!(text.text().contains("&gt;Gone&lt;/p&gt;"), "{}", text.text());
        let both = page(&proxy, "/feeds/both/preview").await;
        assert!(both.text().contains("<strong>2 of 2</strong>"), "{}", both.text());
        let raw = page(&proxy, "/feeds/tides/preview?view=raw").await;
        assert_eq!(raw.text().contains("written in another format"), feed == json);
    }
}

#[tokio::test]
async fn changes_of_the_text_are_shown_as_text() {
    let publisher = Publisher::with(Answer::ok(of_html("<p>a</p><script>alert(1)</script>"))).await;
    let proxy = Proxy::start(&config(&publisher, "rules = [{ remove = 'script' }]")).await;
    let text = page(&proxy, "/feeds/tides/preview?view=raw").await;
    assert!(text.text().contains("<del>-&lt;script&gt;alert(1)&lt;/script&gt;</del>"), "{}", text.text());
    assert!(!text.text().contains("<iframe"));
}

#[tokio::test]
async fn x16_what_a_publisher_writes_stands_in_a_frame_in_which_nothing_runs() {
    let html = "<p>a</p><script>x()</script><img src=\"https://b.example/x.png\" onerror=\"x()\"><iframe srcdoc=\"y\"></iframe>\
        \"></iframe><script>z()</script>";
    let publisher = Publisher::with(Answer::ok(of_html(html))).await;
    let proxy = Proxy::start(&config(&publisher, "")).await;
    for (path, pictures) in [("/feeds/tides/preview", false), ("/feeds/tides/preview?images=1", true)] {
        let reply = page(&proxy, path).await;
        let policy = reply.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; ") && policy.contains("script-src 'self';"),
            "{policy}"
        );
        assert_eq!(policy.contains("https:"), pictures, "{policy}");
        let text = reply.text();
        let frames = text.matches("<iframe").count();
        assert!(
            frames > 0
                && frames == text.matches(" sandbox=\"allow-popups allow-popups-to-escape-sandbox\"").count()
        );
        for bad in ["x()", "y", "z()"].map(|code| format!("script&gt;{code}")) {
            assert!(!text.contains(&bad), "{bad} in {text}");
        }
        assert!(!text.contains("onerror") && !text.contains("srcdoc=&quot;"), "{text}");
        // Only the pages' own.
        assert_eq!(text.matches("<script").count(), 1);
        assert_eq!(text.contains("src=&quot;https://b.example/x.png"), pictures, "{text}");
        assert_eq!(reply.header("referrer-policy"), Some("same-origin"));
        assert!(
            text.contains("&lt;meta name=&quot;referrer&quot; content=&quot;no-referrer&quot;&gt;"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn large_feeds_come_in_pages_and_long_texts_in_part() {
    let mut items = String::new();
    for n in 0..200 {
        let words = "Words that go on. ".repeat(if n == 0 { 40_000 } else { 200 });
        write!(
            items,
            "<item><title>Item {n}</title><guid>{n}</guid><description>&lt;p&gt;{words}</description></item>"
        )
        .unwrap();
    }
    let feed = format!("<rss version=\"2.0\"><channel><title>Feed</title>{items}</channel></rss>");
    let publisher = Publisher::with(Answer::ok(feed)).await;
    let proxy = Proxy::start(&config(&publisher, "")).await;
    let first = page(&proxy, "/feeds/tides/preview").await;
    assert_eq!(first.text().matches("<details class=\"item\"").count(), 20);
    assert_eq!(first.text().matches("<details class=\"item\" id=\"item-1\" open").count(), 1);
    assert!(first.text().contains("The first 66 KB of"), "{}", &first.text()[..2000]);
    assert!(
        first.text().contains("Further items (180)") && first.body.len() < 500_000,
        "{}",
        first.body.len()
    );
    let last = page(&proxy, "/feeds/tides/preview?from=180").await;
    assert!(last.text().contains("Item 199") && !last.text().contains("Further items"));
    page(&proxy, "/feeds/tides/preview?from=18446744073709551615").await;
}

#[tokio::test]
async fn it_is_closed_to_strangers_as_receipts_are() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    for (access, status) in [("", StatusCode::FORBIDDEN), ("[access]\npages = \"open\"\n", StatusCode::OK)] {
        let server = "[server]\nlisten = \"0.0.0.0:8080\"\n";
        let proxy = Proxy::start(&format!("{server}{access}{}", config(&publisher, ""))).await;
        assert_eq!(proxy.ask(Ask::get("/feeds/tides/preview")).await.status, status, "{access}");
        assert_eq!(proxy.feed().await.status, StatusCode::OK);
    }
}
