//! What the requests of one feed carry, and that nobody else is sent it, or shown it.

use hyper::StatusCode;
use limpid::fetch::guard::Network;
use std::sync::Arc;

use crate::client::{Ask, Reply};
use crate::network::{OnTheNet, Town};
use crate::proxy::Proxy;
use crate::publisher::{Answer, Gate, Publisher};
use crate::{FEED, log, titled};

/// Settings with credentials of every kind. Each value holds the word `hush`.
const SETTINGS: &str = "headers = { X-Edition = \"hush-edition\", X-Token = \"hush-token\" }\n\
                        cookie = \"session=hush-cookie\"\n\
                        basic-auth = { user = \"reader\", password = \"hush-password\" }\n\
                        user-agent = \"hush-agent/1\"\n";

/// `reader:hush-password`
const BASIC: &str = "Basic cmVhZGVyOmh1c2gtcGFzc3dvcmQ=";

fn config(source: &str, more: &str) -> String {
    format!("[feeds.tides]\nsource = {source:?}\n{SETTINGS}{more}\n")
}

/// What of the settings is in the last request.
fn sent(publisher: &Publisher) -> [Option<String>; 4] {
    let seen = publisher.last();
    let own = |value: &&str| !value.starts_with("limpid/");
    ["x-edition", "cookie", "authorization", "user-agent"]
        .map(|name| seen.header(name).filter(own).map(str::to_owned))
}

fn all() -> [Option<String>; 4] {
    ["hush-edition", "session=hush-cookie", BASIC, "hush-agent/1"].map(|value| Some(value.to_owned()))
}

const NOTHING: [Option<String>; 4] = [None, None, None, None];

async fn get(proxy: &Proxy, path: &str) -> Reply {
    proxy.ask(Ask::get(path)).await
}

#[tokio::test]
async fn s13_a_feed_has_headers_of_its_own() {
    let publisher = Publisher::with(Answer::ok(FEED).with("etag", "\"a\"")).await;
    let other = "[feeds.other]\nsource = \"{}\"\n".replace("{}", &publisher.url("/other.xml"));
    let proxy = Proxy::start(&config(&publisher.url("/feed.xml"), &other)).await;
    assert_eq!(proxy.feed().await.text(), FEED);
    assert_eq!(sent(&publisher), all());
    // Two sources of one host are not asked in step: up to a tenth of the interval later.
    proxy.turn_minutes(17);
    proxy.feed().await;
    assert_eq!(publisher.count(), 2);
    assert_eq!((sent(&publisher), publisher.last().validators()), (all(), (Some("\"a\""), None)));
    let names: Vec<String> = publisher.last().headers.keys().map(ToString::to_string).collect();
    assert_eq!(names.iter().filter(|name| *name == "user-agent").count(), 1);
    get(&proxy, "/feeds/other").await;
    assert_eq!(sent(&publisher), NOTHING, "another feed of the same publisher has none of it");
}

#[tokio::test]
async fn s13_values_are_from_variables_and_files() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cookie"), "session=1; theme=dark \n").unwrap();
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let path = folder.path().join("cookie");
    // Cargo sets this one for every test.
    let more = format!(
        "[feeds.tides]\nsource = {:?}\ncookie = {{ file = '{}' }}\nheaders.X-From = {{ env = \"CARGO_PKG_NAME\" }}\n",
        publisher.url("/feed.xml"),
        path.display()
    );
    Proxy::start(&more).await.feed().await;
    assert_eq!(publisher.last().header("cookie"), Some("session=1; theme=dark"));
    assert_eq!(publisher.last().header("x-from"), Some("limpid"));
}

/// Scheme, host and port are to be the same; a redirect within them keeps the headers, one back gets them again.
#[tokio::test]
async fn s13_credentials_do_not_go_on_to_another_origin() {
    let elsewhere = Publisher::with(Answer::ok(FEED)).await;
    let port = elsewhere.address().port();
    for location in [elsewhere.url("/stolen"), format!("http://other.example:{port}/stolen")] {
        let publisher = Publisher::with_script([Answer::to(302, "/next"), Answer::to(307, &location)]).await;
        let network: Arc<dyn Network> = OnTheNet::network();
        let proxy = Proxy::guarded(&config(&publisher.url("/feed.xml"), ""), &network).await;
        assert_eq!(proxy.feed().await.text(), FEED);
        assert_eq!((publisher.count(), sent(&publisher)), (2, all()), "the same origin gets them again");
        assert_eq!(sent(&elsewhere), NOTHING, "{location}");
        assert!(elsewhere.seen().iter().all(|seen| !format!("{seen:?}").contains("hush")));
    }
    let there = Publisher::with(Answer::close()).await;
    let here = Publisher::with_script([Answer::to(302, &there.url("/")), Answer::ok(FEED)]).await;
    there.now(Answer::to(302, &here.url("/back")));
    let proxy = Proxy::start(&config(&here.url("/feed.xml"), "")).await;
    assert_eq!(proxy.feed().await.text(), FEED);
    assert_eq!((sent(&there), sent(&here)), (NOTHING, all()));
}

#[tokio::test]
async fn s13_another_name_for_the_same_machine_is_another_origin() {
    let publisher = Publisher::with_script([Answer::close(), Answer::ok(FEED)]).await;
    let address = publisher.address();
    let (_, network) = Town::with_public(&[address])
        .naming("a.example", [&[address]])
        .naming("b.example", [&[address]])
        .network();
    let port = address.port();
    publisher.now(Answer::to(302, &format!("http://b.example:{port}/")));
    let proxy = Proxy::guarded(&config(&format!("http://a.example:{port}/"), ""), &network).await;
    proxy.feed().await;
    let seen = publisher.seen();
    assert_eq!(seen[0].header("authorization"), Some(BASIC));
    assert!(seen.len() > 1 && seen[1..].iter().all(|seen| seen.header("authorization").is_none()));
}

const PAGE: &str = "<html><body><article><p>All of it.</p></article></body></html>";

fn leading_to(links: &[String]) -> String {
    let item = |link: &String| format!("<item><title>t</title><link>{link}</link></item>");
    let items: String = links.iter().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>Links</title>{items}</channel></rss>\n")
}

const FULL_TEXT: &str = "rules = [{ full-text = { selector = \"article\" } }]\n";

#[tokio::test]
async fn s13_pages_get_them_only_at_the_origin_of_the_source() {
    let elsewhere = Publisher::with(Answer::ok(PAGE)).await;
    let publisher = Publisher::with(Answer::close()).await;
    let feed = leading_to(&[publisher.url("/page"), elsewhere.url("/page")]);
    publisher.now(Answer::ok(feed.clone()));
    let proxy = Proxy::start(&config(&publisher.url("/feed.xml"), FULL_TEXT)).await;
    proxy.feed().await;
    let pages = publisher.seen();
    let page = pages.iter().find(|seen| seen.line.contains("/page")).expect("it was asked for");
    assert_eq!(page.header("authorization"), Some(BASIC));
    assert_eq!((elsewhere.count(), sent(&elsewhere)), (1, NOTHING));
}

/// The two feeds have the same source, the same rules and the same items; only one is let in.
#[tokio::test]
async fn s13_what_one_is_shown_is_not_for_the_other() {
    let publisher = Publisher::with(Answer::close()).await;
    publisher.now(Answer::ok(leading_to(&[publisher.url("/page")])));
    let source = publisher.url("/feed.xml");
    let anybody = format!(
        "{FULL_TEXT}[feeds.anybody]\nsource = {source:?}\n{FULL_TEXT}[feeds.of-both]\n\
                           sources = [\"feed:tides\", \"feed:anybody\"]\n"
    );
    for order in [["tides", "anybody", "of-both"], ["of-both", "anybody", "tides"]] {
        let proxy = Proxy::start(&config(&source, &anybody)).await;
        let before = publisher.count();
        for name in order {
            get(&proxy, &format!("/feeds/{name}")).await;
        }
        let seen = publisher.seen().split_off(before);
        for path in ["/feed.xml", "/page"] {
            let asked: Vec<bool> = seen
                .iter()
                .filter(|seen| seen.line.contains(path))
                .map(|seen| seen.header("cookie").is_some())
                .collect();
            assert!(asked.len() == 2 && asked.contains(&true) && asked.contains(&false), "{path}: {asked:?}");
        }
    }
}

#[tokio::test]
async fn s13_a_feed_that_is_not_configured_does_not_get_the_copy_of_one_with_credentials() {
    let publisher = Publisher::with_script([Answer::ok(titled("For subscribers")), Answer::ok(FEED)]).await;
    let source = publisher.url("/feed.xml");
    let open = "[ad-hoc]\nhosts = [\"127.0.0.1\"]\n";
    let proxy = Proxy::guarded(&format!("{open}{}", config(&source, "")), &OnTheNet::network()).await;
    assert_eq!(proxy.feed().await.text(), titled("For subscribers"));
    let reply = get(&proxy, &format!("/clean?url={source}")).await;
    assert_eq!((reply.status, reply.text()), (StatusCode::OK, FEED));
    assert_eq!((publisher.count(), sent(&publisher)), (2, NOTHING));
    // Without credentials it is one copy for both.
    let plain = format!("{open}[feeds.tides]\nsource = {source:?}\n");
    let proxy = Proxy::guarded(&plain, &OnTheNet::network()).await;
    proxy.feed().await;
    get(&proxy, &format!("/clean?url={source}")).await;
    assert_eq!(publisher.count(), 3);
}

#[tokio::test]
async fn s13_nothing_of_them_is_in_a_page_a_log_or_an_error() {
    log::keep();
    let gate = Gate::closed();
    let answers = [
        Answer::ok(FEED),
        Answer::status(401).with("www-authenticate", "Basic realm=\"x\""),
        Answer::to(302, "ftp://x"),
        Answer::close(),
        Answer::raw("220 no HTTP\r\n"),
        Answer::ok("<html>"),
        Answer::ok(FEED).behind(&gate),
    ];
    for answer in answers {
        let publisher = Publisher::with(answer).await;
        let more = format!("[fetch]\ntimeout = \"300ms\"\n{}", config(&publisher.url("/feed.xml"), ""));
        let proxy = Proxy::start(&more).await;
        for path in ["/feeds/tides", "/feeds/tides/receipt", "/", "/metrics", "/feeds/tides.json"] {
            let reply = get(&proxy, path).await;
            assert!(!reply.text().contains("hush") && !reply.text().contains(BASIC), "{}", reply.text());
            assert!(!format!("{:?}", reply.headers).contains("hush"));
        }
        assert_eq!(sent(&publisher), all());
        assert!(!format!("{:?}", proxy.app).contains("hush"));
    }
    assert!(log::lines_with("hush-").is_empty(), "{:?}", log::lines_with("hush-"));
    assert!(log::lines_with(BASIC).is_empty());
}
