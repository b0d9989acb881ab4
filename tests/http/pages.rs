//! The front page: what it says of feeds, whom it asks for that (nobody), and what it does not tell.

use std::fmt::Write;
use std::time::Instant;

use hyper::StatusCode;
use tempfile::TempDir;

use crate::client::Ask;
use crate::proxy::{PATH, Proxy, config};
use crate::publisher::{Answer, Publisher};
use crate::{FEED, titled};

const RULES: &str = "rules = [{ drop = { title = '^sponsored' } }]";

async fn home(proxy: &Proxy, path: &str) -> String {
    let reply = proxy.ask(Ask::get(path)).await;
    assert_eq!(reply.status, StatusCode::OK);
    reply.text().to_owned()
}

/// What a page says, without markup.
fn words(page: &str) -> String {
    let mut out = String::new();
    for part in page.split('<') {
        out.push_str(part.split_once('>').map_or(part, |(_, text)| text));
    }
    out
}

fn has(page: &str, what: &str) {
    assert!(words(page).contains(what), "{what}\n{}", words(page));
}

#[tokio::test]
async fn the_page_says_what_was_removed_and_when_it_is_polled_next() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::start(&config(&publisher, RULES)).await;
    let bytes = FEED.len() - proxy.feed().await.text().len();
    proxy.turn_minutes(3);
    let page = home(&proxy, "/").await;
    for what in [
        "Tide tables",
        "fresh",
        "Last poll 3 minutes ago. Next poll in 12 minutes at the earliest, with a reader.",
        "3 items in, 2 out",
        &format!("Removed 1 item, {bytes} bytes at the last refresh, 3 minutes ago"),
        "https://feeds.example.org/feeds/tides",
    ] {
        let is_there = words(&page).contains(what) || page.contains(&format!("value=\"{what}\""));
        assert!(is_there, "{what}\n{}", words(&page));
    }
    for markup in [
        "href=\"feed:https://feeds.example.org/feeds/tides\"",
        "<time datetime=\"2026-06-15T12:15:00Z\"",
        "href=\"/feeds/tides.atom\"",
    ] {
        assert!(page.contains(markup), "{markup}\n{page}");
    }
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn removals_are_shown_over_time() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::start(&config(&publisher, RULES)).await;
    for refresh in 0..70 {
        publisher.now(Answer::ok(FEED.replace("At six.", &format!("At six, {refresh}."))));
        proxy.feed().await;
        proxy.turn_minutes(60);
    }
    let page = home(&proxy, "/").await;
    has(&page, "60 items, ");
    has(&page, " in 60 refreshes, since 15 June 2026");
    assert!(page.contains("role=\"img\" aria-label=\"Removed in each of 60 refreshes: between "), "{page}");
    has(&page, "drop");
}

#[tokio::test]
async fn conversions_are_no_removals() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::of(&publisher).await;
    proxy.ask(Ask::get("/feeds/tides.json")).await;
    has(&home(&proxy, "/").await, "Removed nothing at the last refresh, now");
}

#[tokio::test]
async fn states_are_fresh_stale_and_failing() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let other = Publisher::with(Answer::ok(FEED)).await;
    let more = format!("[feeds.warm]\nsource = \"{}\"\nrefresh = \"background\"", other.url("/warm.xml"));
    let proxy = Proxy::start(&config(&publisher, &more)).await;
    has(&home(&proxy, "/").await, "2 feeds: 2 not asked for yet");
    proxy.feed().await;
    proxy.ask(Ask::get("/feeds/warm")).await;
    let page = home(&proxy, "/").await;
    has(&page, "2 feeds: 2 fresh");
    has(&page, "Next poll in 15 minutes.");
    proxy.turn_minutes(20);
    let page = home(&proxy, "/").await;
    has(&page, "2 feeds: 2 stale");
    has(
        &page,
        "Stale since 15 June 2026, 12:15 UTC. Last poll 20 minutes ago. Next poll when a reader asks.",
    );
    has(&page, "Next poll any moment.");
    publisher.now(Answer::status(500));
    proxy.feed().await;
    let page = home(&proxy, "/").await;
    has(&page, "2 feeds: 1 failing 1 stale");
    let why = "Failing because the publisher answered 500: something is wrong on its side; the copy of \
               15 June 2026, 12:00 UTC stands in.";
    has(&page, why);
    assert_eq!((publisher.count(), other.count()), (2, 1));
}

#[tokio::test]
async fn of_several_sources_each_that_fails_is_named() {
    let good = Publisher::with(Answer::ok(FEED)).await;
    let bad = Publisher::with(Answer::status(404)).await;
    let sources = format!("sources = [\"{}\", \"{}\"]", good.url("/a"), bad.url("/b"));
    let proxy = Proxy::start(&format!("[feeds.both]\n{sources}\n")).await;
    proxy.ask(Ask::get("/feeds/both")).await;
    let page = home(&proxy, "/").await;
    has(&page, "1 of 2 sources failing");
    let origin = bad.url("");
    has(
        &page,
        &format!(
            "{origin}: failing because the publisher answered 404: there is no such feed; there is no copy"
        ),
    );
}

#[tokio::test]
async fn a_title_is_what_the_rules_make_of_it() {
    let publisher = Publisher::with(Answer::ok(titled("Tides &amp;amp; &lt;b&gt;times&lt;/b&gt;"))).await;
    let more = format!(
        "[feeds.renamed]\nsource = \"{}\"\nrules = [{{ feed = {{ title = \"Ebb & flow\" }} }}]",
        publisher.url("/feed.xml")
    );
    let proxy = Proxy::start(&config(&publisher, &more)).await;
    proxy.feed().await;
    proxy.ask(Ask::get("/feeds/renamed")).await;
    let page = home(&proxy, "/").await;
    assert!(page.contains(">Tides &amp; times</a>"), "{page}");
    assert!(page.contains(">Ebb &amp; flow</a>"), "{page}");
}

#[tokio::test]
async fn a_search_needs_no_script() {
    let publisher = Publisher::with(Answer::ok(titled("Ebb and flow"))).await;
    let more = format!(
        "[feeds.letters]\nsource = \"{}\"\n[feeds.letters.topics]\nlighthouses = {{ title = 'light' }}",
        publisher.url("/letters.xml")
    );
    let proxy = Proxy::start(&config(&publisher, &more)).await;
    proxy.feed().await;
    for (query, found) in [
        ("q=ebb", vec!["tides"]),
        ("q=EBB+tid", vec!["tides"]),
        ("q=LightHouse", vec!["letters"]),
        ("q=127.0.0.1", vec!["tides", "letters"]),
        ("q=", vec!["tides", "letters"]),
        ("q=%20", vec!["tides", "letters"]),
        ("x=ebb", vec!["tides", "letters"]),
        ("q=nowhere", vec![]),
        ("q=%3Cscript%3E", vec![]),
        ("q=%ff%00", vec![]),
    ] {
        let page = home(&proxy, &format!("/?{query}")).await;
        let is_shown = |name: &&str| page.contains(&format!("id=\"title-{name}\""));
        assert_eq!(["tides", "letters"].into_iter().filter(is_shown).collect::<Vec<_>>(), found, "{query}");
        assert!(!page.contains("<script>"), "{query}");
    }
    let page = home(&proxy, "/?q=nowhere").await;
    has(&page, "0 of 2 feeds. Show all");
    assert!(page.contains("value=\"nowhere\""));
    let long = home(&proxy, &format!("/?q={}", "%C3%A4".repeat(2000))).await;
    assert!(long.len() < 8000, "{} bytes", long.len());
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn of_feeds_with_credentials_of_their_own_only_the_name_is_told() {
    let dir = TempDir::new().unwrap();
    let secret = "secret-of-tests-0123456789abcdef012";
    std::fs::write(dir.path().join("secret"), secret).unwrap();
    let publisher = Publisher::with(Answer::ok(titled("Private matters"))).await;
    let access = format!("access = {{ secret = {{ file = \"{}/secret\" }} }}", dir.path().display());
    let topics = "[feeds.tides.topics]\nhidden = { title = 'x' }";
    let proxy = Proxy::start(&config(&publisher, &format!("{access}\n{topics}"))).await;
    let path = format!("/s/{secret}{PATH}");
    assert_eq!(proxy.ask(Ask::get(&path)).await.status, StatusCode::OK);
    let page = home(&proxy, "/").await;
    has(&page, "closed");
    has(&page, "Readers that send no credentials use its secret address, which is not shown here.");
    for told in ["Private", "hidden", secret, "127.0.0.1", "items", "poll"] {
        assert!(!words(&page).contains(told), "{told}\n{}", words(&page));
    }
    for query in ["private", "hidden", "127.0.0.1"] {
        assert!(!home(&proxy, &format!("/?q={query}")).await.contains("title-tides"), "{query}");
    }
    // Where pages are open to everybody, these feeds are not; those with the credentials that everything has are.
    let open = "[access]\npages = \"open\"\n";
    proxy.reconfigure(&format!("{open}{}", config(&publisher, &format!("{access}\n{topics}")))).await;
    has(&home(&proxy, "/").await, "closed");
    let all = format!("{open}secret = {{ file = \"{}/secret\" }}\n", dir.path().display());
    proxy.reconfigure(&format!("{all}{}", config(&publisher, topics))).await;
    has(&home(&proxy, "/").await, "Private matters");
}

#[tokio::test]
async fn pages_have_a_strict_policy_and_ask_nobody_else() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::of(&publisher).await;
    let reply = proxy.ask(Ask::get("/")).await;
    let policy = reply.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    assert_eq!(reply.header("referrer-policy"), Some("no-referrer"));
    let is_address = |value: &&str| value.starts_with("http") || value.starts_with("feed:");
    let addresses = reply.text().split('"').filter(is_address);
    for address in addresses {
        let ours = address.strip_prefix("feed:").unwrap_or(address).starts_with("https://feeds.example.org/");
        assert!(ours, "{address}");
    }
    for asset in reply.text().split('"').filter(|value| value.contains(".css?") || value.contains(".js?")) {
        let got = proxy.ask(Ask::get(asset)).await;
        assert_eq!(got.status, StatusCode::OK, "{asset}");
        assert_eq!(got.header("cache-control"), Some("public, max-age=31536000, immutable"), "{asset}");
        let again = proxy.ask(Ask::get(asset).with("if-none-match", got.etag())).await;
        assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
        let (bare, _) = asset.split_once('?').unwrap();
        for old in [bare.to_owned(), format!("{bare}?0123456789abcdef")] {
            assert_eq!(proxy.ask(Ask::get(&old)).await.header("cache-control"), Some("no-cache"), "{old}");
        }
    }
}

#[tokio::test]
async fn a_thousand_feeds_are_a_page_that_asks_nobody() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let feeds = (0..1000).fold(String::new(), |mut all, n| {
        let url = publisher.url(&format!("/{n}.xml"));
        let _ = writeln!(all, "[feeds.tides-{n}]\nsource = \"{url}\"\n{RULES}");
        all
    });
    let proxy = Proxy::start(&format!("fetch.host-spacing = \"0s\"\n{feeds}")).await;
    for n in 0..1000 {
        assert_eq!(proxy.ask(Ask::get(&format!("/feeds/tides-{n}"))).await.status, StatusCode::OK);
    }
    assert_eq!(publisher.count(), 1000);
    proxy.turn_minutes(60);
    let started = Instant::now();
    let page = home(&proxy, "/").await;
    let took = started.elapsed();
    println!("the page of 1,000 feeds: {took:?}, {} bytes", page.len());
    has(&page, "1000 feeds: 1000 stale");
    assert_eq!(page.matches("<li class=\"feed\"").count(), 1000);
    proxy.settled().await;
    assert_eq!(publisher.count(), 1000);
}
