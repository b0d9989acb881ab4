//! Feeds that are not configured: `/clean?url=…`, for listed hosts or with a signature.

use std::io::Write;

use hyper::{Method, StatusCode};
use limpid::adhoc::Terms;
use url::form_urlencoded::Serializer;

use crate::client::{Ask, Reply};
use crate::network::{OnTheNet, Town};
use crate::proxy::{Proxy, config};
use crate::publisher::{Answer, Gate, Publisher};
use crate::{FEED, titled};

const KEY: &str = "Zm9yIHRlc3RzIG9ubHk6IG5vYm9keSB1c2VzIGl0Lg";

/// A configuration with a key, as it is written, and what signs with it.
struct Keyed {
    _file: tempfile::NamedTempFile,
    text: String,
}

impl Keyed {
    fn new(more: &str) -> Self {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "{KEY}").unwrap();
        let text = format!("[ad-hoc]\nkey = {{ file = '{}' }}\n{more}\n", file.path().display());
        Keyed { _file: file, text }
    }

    fn signed(&self, pairs: &[(&str, &str)]) -> String {
        let config = limpid::config::read(&self.text, None).unwrap_or_else(|problems| panic!("{problems}"));
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let signed = Terms::of(&config).unwrap().signed(pairs);
        format!("/clean?{}", signed.unwrap_or_else(|refused| panic!("{}", refused.sentence)))
    }
}

fn path(pairs: &[(&str, &str)]) -> String {
    format!("/clean?{}", Serializer::new(String::new()).extend_pairs(pairs).finish())
}

const OPEN: &str = "[ad-hoc]\nhosts = [\"127.0.0.1\"]";

/// A proxy to which this machine is as public as any other.
async fn proxy_of(config: &str) -> Proxy {
    Proxy::guarded(config, &OnTheNet::network()).await
}

/// Anyone may ask this publisher's feeds of this proxy.
async fn open(answer: Answer) -> (Publisher, Proxy) {
    (Publisher::with(answer).await, proxy_of(OPEN).await)
}

async fn get(proxy: &Proxy, path: &str) -> Reply {
    proxy.ask(Ask::get(path)).await
}

/// A refusal: this status, and one sentence that gives nothing away.
fn is_refused(reply: &Reply, status: StatusCode, words: &str) {
    let text = reply.text();
    assert_eq!(reply.status, status, "{text}");
    assert!(text.contains(words), "no {words:?} in: {text}");
    assert!(text.ends_with(".\n") && text.lines().count() == 1 && text.len() < 400, "{text}");
    assert!(text.starts_with(|c: char| c.is_uppercase() || c == '`'), "{text}");
    for secret in [KEY, "127.0.0.1", "/feed.xml", "blog.example"] {
        assert!(!text.contains(secret), "{secret} in: {text}");
    }
    assert_eq!(reply.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn without_the_section_there_is_nothing() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::of(&publisher).await;
    let unknown = get(&proxy, "/cleaner").await;
    for query in ["", "?url=", &format!("?url={}", publisher.url("/feed.xml"))] {
        let reply = get(&proxy, &format!("/clean{query}")).await;
        assert_eq!((reply.status, reply.text()), (StatusCode::NOT_FOUND, unknown.text()));
    }
    assert_eq!(publisher.count(), 0);
}

#[tokio::test]
async fn anyone_may_ask_for_what_is_of_a_listed_host() {
    let (publisher, proxy) = open(Answer::ok(FEED)).await;
    let url = publisher.url("/feed.xml");
    let reply = get(&proxy, &path(&[("url", &url)])).await;
    assert_eq!((reply.status, reply.text()), (StatusCode::OK, FEED));
    assert_eq!(reply.header("content-type"), Some("application/rss+xml; charset=utf-8"));
    assert_eq!(reply.fresh_for(), 15 * 60);
    let titles = [("url", url.as_str()), ("drop-title", r"^sponsored\b"), ("limit", "1")];
    let reply = get(&proxy, &path(&titles)).await;
    assert!(reply.text().contains("High water"), "{}", reply.text());
    assert!(!reply.text().contains("oilskins") && !reply.text().contains("Low water"));
    let kept = get(&proxy, &path(&[("url", &url), ("keep-title", "WATER"), ("pack", "sponsors")])).await;
    assert_eq!(kept.text().matches("<item>").count(), 2);
    let json = get(&proxy, &path(&[("url", &url), ("as", "json")])).await;
    assert_eq!(json.header("content-type"), Some("application/feed+json; charset=utf-8"));
    assert_eq!(json.header("vary"), Some("Accept-Encoding"));
    let asked = Ask::get(&path(&[("url", &url)])).with("accept", "application/feed+json");
    assert_eq!(proxy.ask(asked).await.header("content-type"), json.header("content-type"));
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn other_hosts_are_refused_and_not_asked() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let hosts = "[ad-hoc]\nhosts = [\"*.example.org\", \"blog.example.com\", \"*.localhost\"]";
    let proxy = proxy_of(hosts).await;
    let port = publisher.url("").rsplit(':').next().unwrap().to_owned();
    for url in [
        publisher.url("/feed.xml"),
        format!("http://localhost:{port}/feed.xml"),
        format!("http://2130706433:{port}/feed.xml"),
        "https://example.org/feed".to_owned(),
        "https://blog.example.com.evil.example/".to_owned(),
    ] {
        for more in [("limit", "5"), ("keep-title", "["), ("rule", "limit = 5")] {
            let reply = get(&proxy, &path(&[("url", &url), more])).await;
            is_refused(&reply, StatusCode::FORBIDDEN, "need a signature");
        }
    }
    assert_eq!(publisher.count(), 0);
    // Below a listed host; whether anything answers there is another matter.
    let below = get(&proxy, &path(&[("url", "http://nobody.localhost:1/")])).await;
    assert_eq!(below.status, StatusCode::BAD_GATEWAY, "{}", below.text());
}

#[tokio::test]
async fn a_signature_opens_every_host() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let keyed = Keyed::new("hosts = ['blog.example.com']");
    let proxy = proxy_of(&keyed.text).await;
    let url = publisher.url("/feed.xml");
    let signed = keyed.signed(&[("url", &url), ("rule", "{ limit = 2 }"), ("as", "atom")]);
    let reply = get(&proxy, &signed).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(reply.text().matches("<entry>").count(), 2);
    assert!(reply.text().contains("rel=\"self\""));
    assert!(!reply.text().contains(KEY));
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn what_is_signed_can_be_written_in_any_way() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let keyed = Keyed::new("");
    let proxy = proxy_of(&keyed.text).await;
    let signed = keyed.signed(&[("url", &publisher.url("/feed.xml?a=1&b")), ("keep-title", "h w|water+")]);
    let first = get(&proxy, &signed).await;
    assert_eq!(first.status, StatusCode::OK);
    let (front, signature) = signed.split_once("&sig=").unwrap();
    let query = front.strip_prefix("/clean?").unwrap();
    for same in [
        signed.replace("%3A", ":").replace("%2F", "/").replace("%3F", "%3f"),
        signed.replace('+', "%20").replace("keep-", "kee%70-"),
        format!("/clean?sig={signature}&{query}"),
        format!("/clean?&{query}&&sig={signature}&"),
    ] {
        let reply = get(&proxy, &same).await;
        assert_eq!((reply.status, reply.etag()), (StatusCode::OK, first.etag()), "{same}");
    }
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn whatever_is_changed_the_signature_no_longer_fits() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    // Of a listed host too: a signature that is there has to be right.
    let keyed = Keyed::new("hosts = ['127.0.0.1']");
    let proxy = proxy_of(&keyed.text).await;
    let url = publisher.url("/feed.xml");
    let good = [
        ("url", url.as_str()),
        ("pack", "sponsors"),
        ("keep-title", "water"),
        ("drop-title", "x"),
        ("rule", "limit = 3"),
        ("limit", "2"),
        ("as", "rss"),
    ];
    let signed = keyed.signed(&good);
    assert_eq!(get(&proxy, &signed).await.status, StatusCode::OK);
    let signature = signed.split_once("&sig=").unwrap().1.to_owned();
    let with = |pairs: &[(&str, &str)], signature: &str| format!("{}&sig={signature}", path(pairs));
    let mut changed = Vec::new();
    let others = ["http://127.0.0.1:1/", "trackers", "wate", "y", "limit = 4", "3", "atom"];
    for (at, other) in others.into_iter().enumerate() {
        let mut pairs = good;
        pairs[at].1 = other;
        changed.push(with(&pairs, &signature));
        if at > 0 {
            let fewer: Vec<_> =
                good.into_iter().enumerate().filter(|(i, _)| *i != at).map(|(_, p)| p).collect();
            changed.push(with(&fewer, &signature));
        }
    }
    let mut swapped = good;
    swapped.swap(2, 3);
    changed.push(with(&swapped, &signature));
    changed.push(with(&[good.as_slice(), &[("keep-title", "low")]].concat(), &signature));
    for other in ["", "x", "AAAA", &signature[1..], &format!("{signature}A"), &format!("{signature}="), "%00"]
    {
        changed.push(with(&good, other));
    }
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    changed.push(with(&good, &format!("{flipped}{}", &signature[1..])));
    for path in changed {
        is_refused(&get(&proxy, &path).await, StatusCode::FORBIDDEN, "signature is not that of this address");
    }
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn another_key_signs_something_else() {
    let keyed = Keyed::new("");
    let signed = keyed.signed(&[("url", "http://127.0.0.1:1/")]);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "{}", KEY.to_lowercase()).unwrap();
    let text = format!("[ad-hoc]\nkey = {{ file = '{}' }}", file.path().display());
    for config in [text.as_str(), OPEN] {
        let proxy = proxy_of(config).await;
        is_refused(&get(&proxy, &signed).await, StatusCode::FORBIDDEN, "signature");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_said_by_name() {
    let (publisher, proxy) = open(Answer::ok(FEED)).await;
    let url = publisher.url("/feed.xml");
    let long = "a".repeat(9000);
    let with = |name: &str, value: &str| path(&[("url", &url), (name, value)]);
    for (path, words) in [
        ("/clean".to_owned(), "Say which feed"),
        ("/clean?".to_owned(), "Say which feed"),
        ("/clean?url=".to_owned(), "Say which feed"),
        ("/clean?url=feed.xml".to_owned(), "`url`: it is not an address"),
        ("/clean?url=file:///etc/passwd".to_owned(), "`url`: expected an http or https address"),
        ("/clean?url=gopher://127.0.0.1/".to_owned(), "`url`: expected an http"),
        ("/clean?url=http://u:p@127.0.0.1/".to_owned(), "`url`: an address with a user name"),
        ("/clean?url=http://u@127.0.0.1/".to_owned(), "`url`: an address with a user name"),
        (with("url", &url), "`url`: it can only be given once"),
        (with("uri", "x"), "no parameter `uri`"),
        (with("", ""), "no parameter ``"),
        (with(&long[..7000], ""), "no parameter `aaa"),
        (with("pack", "substak"), "no pack `substak`; there are substack"),
        (with("pack", "{ limit = 0 }"), "no pack `{ limit"),
        (path(&[("url", &url), ("pack", "auto"), ("pack", "auto")]), "`pack`: one pack is named twice"),
        (with("limit", ""), "`limit`: expected a whole number"),
        (with("limit", "-1"), "`limit`: expected a whole number"),
        (with("limit", "+1"), "`limit`: expected a whole number"),
        (with("limit", "1.5"), "`limit`: expected a whole number"),
        (with("limit", "99999999999999999999999"), "`limit`: expected a whole number"),
        (path(&[("url", &url), ("limit", "1"), ("limit", "2")]), "`limit`: it can only be given once"),
        (with("as", "RSS"), "`as`: expected rss, atom or json"),
        (with("as", "opml"), "`as`: expected rss, atom or json"),
        (with("keep-title", "(a"), "`keep-title`: not a regular expression: unclosed group"),
        (with("drop-title", "*"), "`drop-title`: not a regular expression"),
        (with("drop-title", r"\pL{900}"), "`drop-title`: the regular expression is too large"),
        (with("drop-title", &long), "The query is longer than 8192 bytes"),
        (with("drop-title", &"é".repeat(1500)), "The query is longer than 8192 bytes"),
        (format!("{}{}", with("pack", "auto"), "&keep-title=a".repeat(31)), "more than 32 parameters"),
    ] {
        is_refused(&get(&proxy, &path).await, StatusCode::BAD_REQUEST, words);
    }
    is_refused(&get(&proxy, &with("rule", "limit = 5")).await, StatusCode::FORBIDDEN, "`rule` needs");
    assert_eq!(publisher.count(), 0);
}

#[tokio::test]
async fn a_redirect_does_not_lead_out_of_the_listed_hosts() {
    let inside = Publisher::with(Answer::ok(FEED)).await;
    let (publisher, proxy) = open(Answer::ok(FEED)).await;
    let port = inside.url("").rsplit(':').next().unwrap().to_owned();
    let elsewhere = format!("http://inside.example:{port}/feed.xml");
    publisher.now(Answer::to(302, &elsewhere));
    let out = path(&[("url", &publisher.url("/out.xml"))]);
    is_refused(&get(&proxy, &out).await, StatusCode::FORBIDDEN, "redirects to a host");
    assert_eq!((publisher.count(), inside.count()), (1, 0));
    // The refusal is remembered as long as any failure.
    is_refused(&get(&proxy, &out).await, StatusCode::FORBIDDEN, "redirects to a host");
    assert_eq!(publisher.count(), 1);
    publisher.now(Answer::to(302, &inside.url("/feed.xml")));
    let within = get(&proxy, &path(&[("url", &publisher.url("/within.xml"))])).await;
    assert_eq!((within.status, within.text()), (StatusCode::OK, FEED));
}

#[tokio::test]
async fn with_a_signature_it_does_whatever_strangers_have_done() {
    let inside = Publisher::with(Answer::ok(FEED)).await;
    let port = inside.url("").rsplit(':').next().unwrap().to_owned();
    let publisher = Publisher::with(Answer::to(302, &format!("http://inside.example:{port}/feed.xml"))).await;
    let keyed = Keyed::new("hosts = ['127.0.0.1']\nmax-feeds = 1");
    let proxy = proxy_of(&keyed.text).await;
    let url = publisher.url("/out.xml");
    is_refused(&get(&proxy, &path(&[("url", &url)])).await, StatusCode::FORBIDDEN, "redirects to a host");
    for _ in 0..3 {
        let reply = get(&proxy, &keyed.signed(&[("url", &url)])).await;
        assert_eq!((reply.status, reply.text()), (StatusCode::OK, FEED));
    }
    // What came by way of the signature is not for strangers.
    is_refused(&get(&proxy, &path(&[("url", &url)])).await, StatusCode::FORBIDDEN, "redirects to a host");
    assert_eq!((publisher.count(), inside.count()), (2, 1));
}

#[tokio::test]
async fn readers_that_have_it_are_told_so() {
    let (publisher, proxy) = open(Answer::ok(FEED)).await;
    let path = path(&[("url", &publisher.url("/feed.xml")), ("drop-title", "sponsored")]);
    let first = get(&proxy, &path).await;
    let again = Ask::get(&path).with("if-none-match", first.etag());
    let reply = proxy.ask(again).await;
    assert_eq!((reply.status, reply.body.len()), (StatusCode::NOT_MODIFIED, 0));
    proxy.settled().await;
    let packed = proxy.ask(Ask::get(&path).with("accept-encoding", "br")).await;
    assert_eq!(packed.header("content-encoding"), Some("br"));
    assert_eq!(packed.plain(), first.body.to_vec());
    let head = proxy.ask(Ask::get(&path).by(Method::HEAD)).await;
    assert_eq!((head.status, head.body.len(), head.etag()), (StatusCode::OK, 0, first.etag()));
    let post = proxy.ask(Ask::get(&path).by(Method::POST)).await;
    assert_eq!((post.status, post.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, Some("GET, HEAD")));
    let refused = proxy.ask(Ask::get("/clean").by(Method::HEAD)).await;
    assert_eq!((refused.status, refused.body.len()), (StatusCode::BAD_REQUEST, 0));
}

#[tokio::test]
async fn many_queries_for_one_feed_are_one_request() {
    let gate = Gate::closed();
    let (publisher, proxy) = open(Answer::ok(FEED).behind(&gate)).await;
    let mut readers = tokio::task::JoinSet::new();
    for limit in 0..30 {
        // Where a document is entered makes no other document.
        let url = format!("{}#{limit}", publisher.url("/feed.xml"));
        let limit = limit.to_string();
        readers.spawn(Ask::get(&path(&[("url", &url), ("limit", &limit)])).of(proxy.address));
    }
    publisher.arrived(1).await;
    gate.open();
    while let Some(reply) = readers.join_next().await {
        assert_eq!(reply.unwrap().status, StatusCode::OK);
    }
    let plain = path(&[("url", &publisher.url("/feed.xml"))]);
    proxy.turn_minutes(14);
    get(&proxy, &plain).await;
    assert_eq!(publisher.count(), 1);
    proxy.turn_minutes(2);
    publisher.now(Answer::ok(titled("Tide tables, again")));
    assert!(get(&proxy, &plain).await.text().contains("again"));
    publisher.now(Answer::status(500));
    proxy.turn_minutes(17);
    let stale = get(&proxy, &plain).await;
    assert!(stale.text().contains("again") && stale.is_marked_stale());
    assert_eq!(publisher.count(), 3);
}

#[tokio::test]
async fn many_feeds_wait_for_a_place() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = proxy_of(&format!("{OPEN}\nmax-feeds = 5")).await;
    let of = |number: usize| path(&[("url", &publisher.url(&format!("/{number}.xml")))]);
    for number in 0..5 {
        assert_eq!(get(&proxy, &of(number)).await.status, StatusCode::OK, "{number}");
    }
    proxy.turn_minutes(5);
    for number in 5..50 {
        let reply = get(&proxy, &of(number)).await;
        is_refused(&reply, StatusCode::SERVICE_UNAVAILABLE, "Too many feeds");
        assert_eq!(reply.header("retry-after"), Some("600"));
    }
    // Those that have a place are served as before, and the publisher has not been bothered.
    assert_eq!(get(&proxy, &of(0)).await.status, StatusCode::OK);
    assert_eq!(publisher.count(), 5);
    proxy.turn_minutes(10);
    for number in 5..50 {
        let status = if number < 10 { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        assert_eq!(get(&proxy, &of(number)).await.status, status, "{number}");
    }
    // The first had to make way, and it is as if it had never been there.
    assert_eq!(get(&proxy, &of(0)).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(publisher.count(), 10);
}

#[tokio::test]
async fn failures_keep_their_place_for_as_long_as_they_say() {
    let publisher = Publisher::with(Answer::status(429).with("retry-after", "7200")).await;
    let proxy = proxy_of(&format!("{OPEN}\nmax-feeds = 1")).await;
    let of = |name: &str| path(&[("url", &publisher.url(name))]);
    assert_eq!(get(&proxy, &of("/a")).await.status, StatusCode::BAD_GATEWAY);
    proxy.turn_minutes(100);
    for name in ["/b", "/a", "/b", "/a"] {
        assert!(get(&proxy, &of(name)).await.status.is_server_error());
    }
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn what_is_configured_is_asked_once_for_both() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let text = format!("{}\n{OPEN}\nmax-feeds = 1", config(&publisher, "min-interval = '2h'"));
    let proxy = proxy_of(&text).await;
    let same = path(&[("url", &publisher.url("/feed.xml"))]);
    assert_eq!(get(&proxy, &same).await.fresh_for(), 2 * 3600);
    proxy.feed().await;
    proxy.turn_minutes(60);
    assert_eq!(get(&proxy, &same).await.text(), FEED);
    assert_eq!(publisher.count(), 1);
    // It takes none of the places.
    assert_eq!(get(&proxy, &path(&[("url", &publisher.url("/other.xml"))])).await.status, StatusCode::OK);
}

#[tokio::test]
async fn links_lead_back_to_the_same_address() {
    let own = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>a:1</id><title>T</title>\
               <link rel=\"self\" href=\"https://a.example/feed\"/><link rel=\"hub\" href=\"https://hub.example/\"/>\
               <entry><id>a:2</id><title>Low &amp; high</title></entry></feed>";
    let publisher = Publisher::with(Answer::ok(own)).await;
    let keyed = Keyed::new("hosts = ['127.0.0.1']");
    let proxy = proxy_of(&keyed.text).await;
    let url = publisher.url("/feed.xml?a=1&b=2");
    let pairs = [("url", url.as_str()), ("keep-title", "a \"&' b|low")];
    for path in [path(&pairs), keyed.signed(&pairs)] {
        let reply = get(&proxy, &path).await;
        let address = format!("https://feeds.example.org{path}").replace('&', "&amp;");
        assert!(reply.text().contains(&format!("rel=\"self\" href=\"{address}\"")), "{}", reply.text());
        assert!(!reply.text().contains("a.example") && !reply.text().contains("hub.example"));
        let (_, rest) = reply.text().split_once("href=\"https://feeds.example.org").unwrap();
        let back = rest.split('"').next().unwrap().replace("&amp;", "&");
        assert_eq!(get(&proxy, &back).await.text(), reply.text());
    }
    let json = get(&proxy, &path(&[("url", &url), ("as", "json")])).await;
    let text: serde_json::Value = serde_json::from_str(json.text()).unwrap();
    let back = path(&[("url", &url), ("as", "json")]);
    assert_eq!(text["feed_url"], format!("https://feeds.example.org{back}"));
}

#[tokio::test]
async fn nothing_grows_with_what_strangers_ask_for() {
    let (publisher, proxy) = open(Answer::ok(FEED)).await;
    let mut series = Vec::new();
    for limit in ["1", "2", "3"] {
        get(&proxy, &path(&[("url", &publisher.url("/feed.xml")), ("limit", limit)])).await;
        let metrics = get(&proxy, "/metrics").await;
        series.push(metrics.text().lines().count());
        assert!(!metrics.text().contains("/clean") && !metrics.text().contains("feed.xml"));
    }
    // What counts requests for /metrics is there from the second time on.
    assert_eq!(series[1], series[2]);
    assert!(!get(&proxy, "/").await.text().contains("/clean"));
}

#[tokio::test]
async fn no_query_brings_it_down() {
    let (publisher, proxy) = open(Answer::ok(FEED)).await;
    for query in [
        "%",
        "%%%",
        "%zz=%",
        "=",
        "&",
        "&&&",
        "url",
        "url=%ff%fe",
        "url=%00",
        "url=http://",
        "url=http://[",
        "sig=%ff",
        "url=http://127.0.0.1:99999/",
        "url=http://127.0.0.1:0/",
        "url=http:127.0.0.1",
        "url=//127.0.0.1/",
        "url=http://127.0.0.1/&keep-title=%ff",
        "url=http://127.0.0.1:1/&limit=%d9%a1",
        "url=http://%31%32%37.0.0.1:1/",
        "pack=&url=http://127.0.0.1/",
        "url=http://127.0.0.1:1/&drop-title=%0a%00",
        "?url=x",
        "a=b=c",
    ] {
        let reply = get(&proxy, &format!("/clean?{query}")).await;
        assert!(
            reply.status.is_client_error() || reply.status == StatusCode::BAD_GATEWAY,
            "{query}: {}",
            reply.status
        );
    }
    let reply = get(&proxy, &path(&[("url", &publisher.url("/feed.xml"))])).await;
    assert_eq!(reply.status, StatusCode::OK);
}

/// With leave a signed address leads anywhere, and no other does.
#[tokio::test]
async fn s09_leave_is_for_signed_addresses() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let keyed = Keyed::new("hosts = ['127.0.0.1']\nallow-private = true");
    let (_, nobody) = Town::default().network();
    let proxy = Proxy::guarded(&keyed.text, &nobody).await;
    let url = publisher.url("/feed.xml");
    for _ in 0..2 {
        assert_eq!(get(&proxy, &keyed.signed(&[("url", &url)])).await.text(), FEED);
        let reply = get(&proxy, &path(&[("url", &url)])).await;
        is_refused(&reply, StatusCode::BAD_GATEWAY, "not one that limpid connects to");
    }
    assert_eq!(publisher.count(), 1);
}

/// Neither a listed host nor a signature is leave to connect to a private network, and what a configured feed has
/// leave for is not handed on.
#[tokio::test]
async fn s09_what_is_private_stays_so() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let keyed = Keyed::new("hosts = ['127.0.0.1']");
    let text = format!("{}\n{}", config(&publisher, "allow-private = true"), keyed.text);
    let (_, nobody) = Town::default().network();
    let proxy = Proxy::guarded(&text, &nobody).await;
    assert_eq!(proxy.feed().await.text(), FEED);
    let url = publisher.url("/feed.xml");
    for path in [path(&[("url", &url)]), keyed.signed(&[("url", &url)])] {
        is_refused(&get(&proxy, &path).await, StatusCode::BAD_GATEWAY, "not one that limpid connects to");
    }
    assert_eq!(publisher.count(), 1);
}
