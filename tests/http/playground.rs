//! Rules, tried out: what comes of them, who may, and what it costs publishers.

use std::io::Write;
use std::net::SocketAddr;

use hyper::{Method, StatusCode};
use url::form_urlencoded::Serializer;

use crate::FEED;
use crate::client::{Ask, raw};
use crate::network::OnTheNet;
use crate::proxy::{Proxy, config};
use crate::publisher::{Answer, Publisher};

const PATH: &str = "/playground";

/// The headers that a browser sends with a form of the page itself.
fn own(address: SocketAddr) -> Vec<(&'static str, String)> {
    vec![
        ("Host", address.to_string()),
        ("Origin", format!("http://{address}")),
        ("Sec-Fetch-Site", "same-origin".to_owned()),
        ("Content-Type", "application/x-www-form-urlencoded".to_owned()),
    ]
}

/// Sends a body with these headers: the status, and all that is answered.
async fn send(proxy: &Proxy, headers: &[(&str, String)], body: &str) -> (u16, String) {
    let mut request =
        format!("POST {PATH} HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        request.extend([name, ": ", value, "\r\n"]);
    }
    let answer = raw(proxy.address, format!("{request}\r\n{body}").as_bytes()).await;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("no answer: {answer}")), answer)
}

fn form(pairs: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// Tries rules, as the page does.
async fn attempt(proxy: &Proxy, pairs: &[(&str, &str)]) -> (u16, String) {
    send(proxy, &own(proxy.address), &form(pairs)).await
}

async fn tides(more: &str) -> (Publisher, Proxy) {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::start(&config(&publisher, more)).await;
    (publisher, proxy)
}

#[tokio::test]
async fn the_form_has_the_rules_that_a_feed_has() {
    let (_publisher, proxy) = tides("rules = [ # mine\n  { limit = 7 },\n]").await;
    let reply = proxy.ask(Ask::get(PATH)).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(reply.text().contains("rules = [ # mine\n  { limit = 7 },\n]\n</textarea>"), "{}", reply.text());
    assert!(reply.text().contains("<option value=\"tides\" selected>"), "{}", reply.text());
    let (status, text) = attempt(&proxy, &[("feed", "tides"), ("rules", "rules = []"), ("do", "load")]).await;
    assert!(status == 200 && text.contains("{ limit = 7 }"), "{text}");
    assert_eq!(proxy.ask(Ask::get("/playground?feed=none")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn d10_rules_are_tried_on_the_copy_that_there_is() {
    let (publisher, proxy) = tides("").await;
    for limit in 1..=3 {
        let rules = format!("rules = [{{ limit = {limit} }}]");
        let (status, text) = attempt(&proxy, &[("feed", "tides"), ("rules", &rules)]).await;
        assert_eq!(status, 200, "{text}");
        assert!(text.contains(&format!("<strong>{limit} of 3</strong>")), "{text}");
        assert!(
            text.contains("[feeds.tides]\n# where it is from and how it is read stay as they are\nrules = ["),
            "{text}"
        );
    }
    proxy.feed().await;
    assert_eq!(publisher.count(), 1);
    assert_eq!(proxy.feed().await.text(), FEED);
}

#[tokio::test]
async fn d10_an_address_is_asked_once_however_often_rules_change() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::guarded("", &OnTheNet::network()).await;
    let url = publisher.url("/feed.xml");
    for limit in 1..=10 {
        let rules = format!("rules = [{{ limit = {limit} }}]");
        let (status, text) = attempt(&proxy, &[("url", &url), ("rules", &rules)]).await;
        assert_eq!(status, 200, "{text}");
        assert!(text.contains(&format!("source = &quot;{url}&quot;\n{rules}\n")), "{text}");
    }
    assert_eq!(publisher.count(), 1);
    // Nor does a feed that is configured with that address.
    let config = format!("[feeds.tides]\nsource = \"{url}\"\n");
    let proxy = Proxy::guarded(&config, &OnTheNet::network()).await;
    proxy.feed().await;
    attempt(&proxy, &[("url", &url), ("rules", "")]).await;
    assert_eq!(publisher.count(), 2);
}

#[tokio::test]
async fn mistakes_are_drawn_as_check_draws_them() {
    let (publisher, proxy) = tides("").await;
    let (status, text) =
        attempt(&proxy, &[("feed", "tides"), ("rules", "rules = [\n  \"substak\",\n]")]).await;
    assert_eq!(status, 422, "{text}");
    for part in [
        "unknown rule or pack `substak`",
        "did you mean `substack`?",
        "╭─[rules:2:3]",
        "─────────",
        "aria-invalid=\"true\"",
        "aria-describedby=\"rules-help problems\"",
        "<pre id=\"problems\" role=\"alert\">",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    for rules in
        ["source = \"http://127.0.0.1/\"", "allow-private = true", "rules = [", "[server]\nlisten = \"x\""]
    {
        assert_eq!(attempt(&proxy, &[("feed", "tides"), ("rules", rules)]).await.0, 422, "{rules}");
    }
    // The rules come first: no publisher is bothered with them.
    assert_eq!(publisher.count(), 0);
}

#[tokio::test]
async fn s16_only_public_addresses_are_asked() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let (_other, proxy) = tides("").await;
    let port = publisher.url("").rsplit(':').next().unwrap().to_owned();
    for host in ["127.0.0.1", "localhost", "[::1]", "2130706433", "[::ffff:127.0.0.1]"] {
        let url = format!("http://{host}:{port}/feed.xml");
        let (status, text) = attempt(&proxy, &[("url", &url), ("rules", "")]).await;
        assert_eq!(status, 502, "{text}");
        let sentence = "The address is not one that limpid connects to; one of a private network needs allow-private = true in \
                        the feed.";
        assert!(text.contains(sentence), "{text}");
    }
    for (url, words) in [
        ("", "Say which feed"),
        ("ftp://a.example/", "is not a source"),
        ("x", "is not a source"),
        ("http://me:pw@a.example/", "a user name or password"),
    ] {
        let (status, text) = attempt(&proxy, &[("url", url), ("rules", "")]).await;
        assert!(status == 400 && text.to_lowercase().contains(&words.to_lowercase()), "{url}: {text}");
    }
    assert_eq!(publisher.count(), 0);
}

#[tokio::test]
async fn pages_of_items_are_not_asked_for() {
    let (publisher, proxy) = tides("").await;
    let rules = [("feed", "tides"), ("rules", "rules = [\"full-text\"]")];
    let (status, text) = attempt(&proxy, &rules).await;
    assert!(status == 200 && text.contains("full-text does nothing"), "{text}");
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let (publisher, proxy) = tides("").await;
    let body = form(&[("feed", "tides"), ("rules", "")]);
    let with = |name: &'static str, value: &str| {
        let mut headers = own(proxy.address);
        headers.retain(|(known, _)| *known != name);
        headers.push((name, value.to_owned()));
        headers
    };
    let port = proxy.address.port();
    for (name, value) in [
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
        ("Origin", "https://b.example"),
        ("Origin", "null"),
        ("Origin", "http://127.0.0.1:1"),
        // A name that has come to stand for this machine.
        ("Host", "b.example"),
    ] {
        let (status, text) = send(&proxy, &with(name, value), &body).await;
        assert_eq!(status, 403, "{name}: {value}: {text}");
    }
    let mut rebound = with("Host", &format!("b.example:{port}"));
    rebound.retain(|(name, _)| *name != "Origin");
    rebound.push(("Origin", format!("http://b.example:{port}")));
    assert_eq!(send(&proxy, &rebound, &body).await.0, 403);
    assert_eq!(publisher.count(), 0);
    let plain = [
        ("Host", format!("localhost:{port}")),
        ("Content-Type", "application/x-www-form-urlencoded".to_owned()),
    ];
    assert_eq!(send(&proxy, &plain, &body).await.0, 200);
    let foreign = "GET /playground HTTP/1.1\r\nHost: b.example\r\nConnection: close\r\n\r\n";
    let answer = raw(proxy.address, foreign.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
}

#[tokio::test]
async fn h01_forms_have_limits() {
    let (_publisher, proxy) = tides("").await;
    let large = form(&[("rules", &"#".repeat(65 << 10))]);
    assert_eq!(send(&proxy, &own(proxy.address), &large).await.0, 413);
    let mut json = own(proxy.address);
    json.retain(|(name, _)| *name != "Content-Type");
    json.push(("Content-Type", "application/json".to_owned()));
    assert_eq!(send(&proxy, &json, "{}").await.0, 415);
    let put = proxy.ask(Ask::new(Method::PUT, PATH)).await;
    assert_eq!((put.status, put.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, Some("GET, HEAD, POST")));
    let elsewhere = proxy.ask(Ask::new(Method::POST, "/")).await;
    assert_eq!(
        (elsewhere.status, elsewhere.header("allow")),
        (StatusCode::METHOD_NOT_ALLOWED, Some("GET, HEAD"))
    );
}

#[tokio::test]
async fn strangers_have_no_playground() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let body = form(&[("feed", "tides"), ("rules", "")]);
    for server in [
        "[server]\nlisten = \"0.0.0.0:8080\"\n",
        "[server]\nlisten = \"0.0.0.0:8080\"\n[access]\npages = \"open\"\n",
        "[server]\npublic-url = \"https://feeds.example.org\"\n",
    ] {
        let proxy = Proxy::start(&format!("{server}{}", config(&publisher, ""))).await;
        assert_eq!(proxy.ask(Ask::get(PATH)).await.status, StatusCode::FORBIDDEN, "{server}");
        assert_eq!(send(&proxy, &own(proxy.address), &body).await.0, 403, "{server}");
    }
    let token = "token-of-tests-0123456789abcdef0123";
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{token}").unwrap();
    let access = format!("[access]\ntoken = {{ file = '{}' }}\n", file.path().display());
    let server =
        format!("[server]\nlisten = \"0.0.0.0:8080\"\npublic-url = \"https://feeds.example.org\"\n{access}");
    let proxy = Proxy::start(&format!("{server}{}", config(&publisher, ""))).await;
    assert_eq!(send(&proxy, &own(proxy.address), &body).await.0, 401);
    let mut headers = own(proxy.address);
    headers.push(("Authorization", format!("Bearer {token}")));
    assert_eq!(send(&proxy, &headers, &body).await.0, 200);
    headers.retain(|(name, _)| *name != "Origin");
    headers.push(("Origin", "https://feeds.example.org".to_owned()));
    assert_eq!(send(&proxy, &headers, &body).await.0, 200);
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn a_feed_of_ones_own_stays_that() {
    let token = "token-of-tests-0123456789abcdef0123";
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "{token}").unwrap();
    let access = format!("access = {{ token = {{ file = '{}' }} }}", file.path().display());
    let (publisher, proxy) = tides(&access).await;
    let page = proxy.ask(Ask::get(PATH)).await;
    assert!(page.status == StatusCode::OK && !page.text().contains("tides"), "{}", page.text());
    let (status, text) = attempt(&proxy, &[("feed", "tides"), ("rules", "")]).await;
    assert_eq!(status, 404, "{text}");
    assert_eq!(publisher.count(), 0);
}
