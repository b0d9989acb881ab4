//! A feed in the format that a reader wants: by its address, by its Accept header, by the configuration. And
//! wherever it is read, it keeps its readers there.

use hyper::{Method, StatusCode};
use limpid::convert::Target;
use limpid::feed::{self, Feed, Format};

use crate::client::{Ask, Reply};
use crate::proxy::{PATH, Proxy, config};
use crate::publisher::{Answer, Publisher};

/// The formats by which a feed's address can end, and their media types.
const FORMS: [(&str, Target, &str); 3] = [
    ("rss", Target::Rss, "application/rss+xml; charset=utf-8"),
    ("atom", Target::Atom, "application/atom+xml; charset=utf-8"),
    ("json", Target::Json, "application/feed+json; charset=utf-8"),
];

/// The ids of the items below, in their order.
const IDS: [&str; 2] = ["https://tides.example.org/2", "https://tides.example.org/1"];

const RSS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">
<channel>
<title>Tide tables</title>
<link>https://tides.example.org/</link>
<atom:link href="https://tides.example.org/feed?a=1&amp;b=2" rel="self" type="application/rss+xml"/>
<atom:link rel="hub" href="https://hub.example.org/"/>
<atom:link rel="next" href="https://tides.example.org/feed?page=2"/>
<itunes:new-feed-url>https://tides.example.org/new</itunes:new-feed-url>
<item><title>High water</title><guid>https://tides.example.org/2</guid><description>At six.</description></item>
<item><title>Oilskins</title><guid>https://tides.example.org/1</guid><description>Buy.</description></item>
</channel>
</rss>
"#;

const RDF: &str = r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="https://tides.example.org/"><title>Tide tables</title><link>https://tides.example.org/</link>
<items><rdf:Seq><rdf:li rdf:resource="https://tides.example.org/2"/><rdf:li rdf:resource="https://tides.example.org/1"/></rdf:Seq></items>
</channel>
<item rdf:about="https://tides.example.org/2"><title>High water</title><description>At six.</description></item>
<item rdf:about="https://tides.example.org/1"><title>Oilskins</title><description>Buy.</description></item>
</rdf:RDF>
"#;

const ATOM: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<title>Tide tables</title><id>https://tides.example.org/</id><updated>2026-06-12T15:00:00Z</updated>
<link rel="self" href="https://tides.example.org/feed?a=1&amp;b=2"/>
<link rel="hub" href="https://hub.example.org/"/>
<link rel="next" href="https://tides.example.org/feed?page=2"/>
<entry><title>High water</title><id>https://tides.example.org/2</id><updated>2026-06-12T15:00:00Z</updated><summary>At six.</summary></entry>
<entry><title>Oilskins</title><id>https://tides.example.org/1</id><updated>2026-06-12T14:00:00Z</updated><summary>Buy.</summary></entry>
</feed>
"#;

const ATOM_03: &str = r#"<feed version="0.3" xmlns="http://purl.org/atom/ns#">
<title>Tide tables</title><link rel="alternate" type="text/html" href="https://tides.example.org/"/>
<entry><title>High water</title><id>https://tides.example.org/2</id><issued>2026-06-12T15:00:00Z</issued><summary>At six.</summary></entry>
<entry><title>Oilskins</title><id>https://tides.example.org/1</id><issued>2026-06-12T14:00:00Z</issued><summary>Buy.</summary></entry>
</feed>
"#;

const JSON: &str = r#"{"version": "https://jsonfeed.org/version/1.1", "title": "Tide tables",
 "feed_url": "https://tides.example.org/feed?a=1&b=2", "next_url": "https://tides.example.org/feed?page=2",
 "hubs": [{"type": "WebSub", "url": "https://hub.example.org/"}],
 "items": [
  {"id": "https://tides.example.org/2", "title": "High water", "content_text": "At six."},
  {"id": "https://tides.example.org/1", "title": "Oilskins", "content_text": "Buy."}]}
"#;

/// A feed of each format, and the target that is its own format.
const SOURCES: [(&str, Option<Target>); 5] = [
    (RSS, Some(Target::Rss)),
    (RDF, None),
    (ATOM, Some(Target::Atom)),
    (ATOM_03, None),
    (JSON, Some(Target::Json)),
];

async fn both(body: &str, more: &str) -> (Publisher, Proxy) {
    let publisher = Publisher::with(Answer::ok(body)).await;
    let proxy = Proxy::start(&config(&publisher, more)).await;
    (publisher, proxy)
}

/// Asks for a feed whose address has this ending.
async fn form(proxy: &Proxy, ending: &str) -> Reply {
    proxy.ask(Ask::get(&format!("{PATH}{ending}"))).await
}

fn parsed(reply: &Reply) -> Feed {
    let feed = feed::parse(reply.text().to_owned()).unwrap();
    assert!(feed.mended.is_empty(), "{:?}", feed.mended);
    feed
}

fn ids(feed: &Feed) -> Vec<String> {
    feed.items.iter().map(|item| feed.id(item).unwrap()).collect()
}

#[tokio::test]
async fn every_feed_is_there_in_every_format() {
    for (source, _) in SOURCES {
        let (publisher, proxy) = both(source, "").await;
        for (ending, target, media_type) in FORMS {
            let reply = form(&proxy, &format!(".{ending}")).await;
            assert_eq!((reply.status, reply.header("content-type")), (StatusCode::OK, Some(media_type)));
            let feed = parsed(&reply);
            assert!(target.is(feed.format), "{:?} as {ending}", feed.format);
            assert_eq!(ids(&feed), IDS, "{}", reply.text());
        }
        assert_eq!(publisher.count(), 1, "one request is enough for every form");
    }
}

#[tokio::test]
async fn in_its_own_format_a_feed_differs_in_its_address_only() {
    for (source, own) in SOURCES {
        let (_publisher, proxy) = both(source, "").await;
        let plain = form(&proxy, "").await;
        for (ending, ..) in FORMS.into_iter().filter(|(_, target, _)| own == Some(*target)) {
            let named = form(&proxy, &format!(".{ending}")).await;
            let (here, there) =
                ("https://feeds.example.org/feeds/tides\"", format!("/feeds/tides.{ending}\""));
            assert_eq!(plain.text().matches(here).count(), 1, "{}", plain.text());
            assert_eq!(named.text(), plain.text().replace("/feeds/tides\"", &there));
        }
    }
}

#[tokio::test]
async fn other_endings_name_nothing() {
    let (publisher, proxy) = both(RSS, "").await;
    for ending in [".xml", ".RSS", ".html", ".rdf", ".", ".rss.json", ".json/", "/json", "%2Ejson"] {
        let reply = form(&proxy, ending).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{ending}");
    }
    assert_eq!(proxy.ask(Ask::get("/feeds/tide.json")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(publisher.count(), 0);
    assert_eq!(form(&proxy, ".json?reader=x").await.status, StatusCode::OK);
    assert_eq!(proxy.ask(Ask::new(Method::POST, "/feeds/tides.json")).await.status.as_u16(), 405);
}

#[tokio::test]
async fn each_form_has_its_own_tag_and_keeps_it() {
    for (source, _) in SOURCES {
        let (publisher, proxy) = both(source, "").await;
        let mut tags = Vec::new();
        for ending in ["", ".rss", ".atom", ".json"] {
            tags.push(form(&proxy, ending).await.etag().to_owned());
        }
        let mut different = tags.clone();
        different.sort();
        different.dedup();
        // A feed without links to itself is the same at both of its own addresses.
        let least = if [RSS, ATOM, JSON].contains(&source) { 4 } else { 3 };
        assert!(different.len() >= least, "{tags:?}");
        let restarted = Proxy::start(&config(&publisher, "")).await;
        proxy.turn_minutes(17);
        for (ending, tag) in ["", ".rss", ".atom", ".json"].into_iter().zip(&tags) {
            assert_eq!(form(&proxy, ending).await.etag(), tag, "after it was fetched again");
            assert_eq!(form(&restarted, ending).await.etag(), tag, "after a restart");
        }
    }
}

#[tokio::test]
async fn conditions_are_those_of_the_form() {
    let (publisher, proxy) = both(RSS, "").await;
    let endings = ["", ".rss", ".atom", ".json"];
    for ending in endings {
        let first = form(&proxy, ending).await;
        for other in endings {
            let ask = Ask::get(&format!("{PATH}{other}")).with("if-none-match", first.etag());
            let reply = proxy.ask(ask).await;
            let expected = if other == ending { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
            assert_eq!(reply.status, expected, "the tag of {ending:?} for {other:?}");
        }
        let since = first.header("last-modified").unwrap();
        let ask = Ask::get(&format!("{PATH}{ending}")).with("if-modified-since", since);
        assert_eq!(proxy.ask(ask).await.status, StatusCode::NOT_MODIFIED, "{ending:?}");
    }
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn vary_says_what_another_reader_could_get() {
    let (_publisher, proxy) = both(ATOM, "").await;
    // Where the address names the format, browsers get another page still.
    let both_ways = "Accept, Accept-Encoding";
    for (ending, vary) in [("", both_ways), (".atom", both_ways), (".json", "Accept-Encoding")] {
        let reply = form(&proxy, ending).await;
        assert_eq!(reply.header("vary"), Some(vary), "{ending:?}");
        let ask = Ask::get(&format!("{PATH}{ending}")).with("if-none-match", reply.etag());
        let unchanged = proxy.ask(ask).await;
        assert_eq!((unchanged.status, unchanged.header("vary")), (StatusCode::NOT_MODIFIED, Some(vary)));
    }
}

/// What readers send, and what they get of an RSS, an Atom and a JSON feed. `=` is the feed's own format.
const ACCEPTED: &[(&str, [&str; 3])] = &[
    ("", ["=", "=", "="]),
    ("*/*", ["=", "=", "="]),
    ("text/html, application/xhtml+xml, application/xml, */*;q=0.8", ["=", "=", "="]),
    (
        "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1",
        ["=", "=", "rss"],
    ),
    (
        "application/rss+xml, application/rdf+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.8",
        ["=", "=", "rss"],
    ),
    (
        "application/feed+json, application/json;q=0.9, application/atom+xml;q=0.8, */*;q=0.1",
        ["json", "=", "="],
    ),
    ("application/feed+json", ["json", "json", "="]),
    ("application/json", ["=", "=", "="]),
    ("APPLICATION/Feed+JSON;q=0.3", ["json", "json", "="]),
    ("application/rss+xml", ["=", "rss", "rss"]),
    ("application/atom+xml", ["atom", "=", "atom"]),
    ("application/atom+xml;q=0.4, application/feed+json;q=0.7, application/rss+xml;q=0", ["json", "=", "="]),
    ("application/rss+xml;q=0, */*;q=0.5", ["=", "=", "="]),
    ("application/feed+json;q=0", ["=", "=", "="]),
    ("image/png", ["=", "=", "="]),
    (";;,,=", ["=", "=", "="]),
];

#[tokio::test]
async fn who_would_not_take_it_gets_another_format() {
    let own = [(RSS, "rss"), (ATOM, "atom"), (JSON, "json")];
    for (at, (source, own)) in own.into_iter().enumerate() {
        let (publisher, proxy) = both(source, "").await;
        for (accept, expected) in ACCEPTED {
            let expected = if expected[at] == "=" { own } else { expected[at] };
            let (_, _, media_type) = FORMS.into_iter().find(|(ending, ..)| *ending == expected).unwrap();
            let reply = proxy.feed_with("accept", accept).await;
            assert_eq!(reply.status, StatusCode::OK);
            assert_eq!(reply.header("content-type"), Some(media_type), "{accept:?} of {own}");
            let named = proxy.ask(Ask::get(&format!("{PATH}.atom")).with("accept", accept)).await;
            assert_eq!(parsed(&named).format, Format::Atom, "the address counts before {accept:?}");
        }
        assert_eq!(publisher.count(), 1);
    }
}

#[tokio::test]
async fn older_formats_are_their_own_for_who_takes_the_family() {
    for (source, accept) in [(RDF, "application/rss+xml, */*;q=0.1"), (ATOM_03, "application/atom+xml")] {
        let (_publisher, proxy) = both(source, "").await;
        assert_eq!(proxy.feed_with("accept", accept).await.text(), source);
    }
}

#[tokio::test]
async fn the_configuration_can_name_the_format() {
    let (publisher, proxy) = both(RSS, "format = \"json\"").await;
    let reply = proxy.feed().await;
    assert_eq!(reply.header("content-type"), Some("application/feed+json; charset=utf-8"));
    assert_eq!(ids(&parsed(&reply)), IDS);
    assert!(
        reply.text().contains("\"feed_url\": \"https://feeds.example.org/feeds/tides\""),
        "{}",
        reply.text()
    );
    assert_eq!(parsed(&form(&proxy, ".atom").await).format, Format::Atom);
    let back = form(&proxy, ".rss").await;
    let own = Proxy::start(&config(&publisher, "")).await;
    assert_eq!(back.text(), form(&own, ".rss").await.text(), "nothing is lost on the way to its own format");
    let reader = "application/rss+xml, application/atom+xml;q=0.9, */*;q=0.1";
    assert_eq!(parsed(&proxy.feed_with("accept", reader).await).format, Format::Rss);
}

#[tokio::test]
async fn rules_run_before_a_feed_is_converted() {
    let rules = "rules = [{ drop = { title = '^oil' } }, { replace = { in = 'title', pattern = 'High', with = 'Low' } }]";
    for (source, _) in SOURCES {
        let (_publisher, proxy) = both(source, rules).await;
        for ending in ["", ".rss", ".atom", ".json"] {
            let reply = form(&proxy, ending).await;
            assert_eq!(ids(&parsed(&reply)), IDS[..1], "{}", reply.text());
            assert!(
                reply.text().contains("Low water") && !reply.text().contains("Oilskins"),
                "{}",
                reply.text()
            );
        }
    }
}

#[tokio::test]
async fn head_and_codings_of_a_converted_feed() {
    let (publisher, proxy) = both(RSS, "").await;
    let plain = form(&proxy, ".json").await;
    proxy.settled().await;
    for coding in ["identity", "gzip", "br", "zstd"] {
        let ask = Ask::get("/feeds/tides.json").with("accept-encoding", coding);
        let (get, head) = (proxy.ask(ask.clone()).await, proxy.ask(ask.by(Method::HEAD)).await);
        assert_eq!(get.header("content-encoding"), Some(coding).filter(|coding| *coding != "identity"));
        assert_eq!(get.plain(), plain.body, "{coding}");
        assert!(head.body.is_empty() && head.status == StatusCode::OK);
        for name in ["content-type", "content-length", "content-encoding", "etag", "vary", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{name}");
        }
    }
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn no_form_leads_its_readers_elsewhere() {
    let link = "<https://hub.example.org/>; rel=\"hub\", <https://tides.example.org/feed>; rel=\"self\"";
    for (source, own) in SOURCES {
        let publisher = Publisher::with(Answer::ok(source).with("link", link)).await;
        let proxy = Proxy::start(&config(&publisher, "")).await;
        for ending in ["", ".rss", ".atom", ".json"] {
            let reply = form(&proxy, ending).await;
            assert_eq!(reply.header("link"), None);
            for elsewhere in ["hub.example.org", "page=2", "/new<", "tides.example.org/feed", "new-feed-url>"]
            {
                assert!(!reply.text().contains(elsewhere), "{elsewhere} in {}", reply.text());
            }
            // What names no address of its own is not given one, unless it is written anew.
            let named = own.is_some() || !ending.is_empty();
            let here = format!("\"https://feeds.example.org/feeds/tides{ending}\"");
            assert_eq!(reply.text().contains(&here), named, "{here} in {}", reply.text());
        }
    }
}

#[tokio::test]
async fn without_such_links_every_byte_is_the_publishers() {
    let json = "{ \"version\":\"https:\\/\\/jsonfeed.org\\/version\\/1\",\n\"items\":[ {\"id\":1 , \"content_text\":\"\\u00e9\"} ] }\n";
    let rss = "<rss><channel><link rel='self' href='https://tides.example.org/feed'/>\r\n<item ><guid >1</guid></item></channel></rss>";
    let items = RSS
        .split_once("<item>")
        .unwrap()
        .1
        .replace("</guid>", "</guid><atom:link rel='self' href='https://x.example/'/>");
    let in_items = format!("<rss xmlns:atom='http://www.w3.org/2005/Atom'><channel><item>{items}");
    for source in [RDF, ATOM_03, json, rss, &in_items] {
        let (_publisher, proxy) = both(source, "").await;
        assert_eq!(proxy.feed().await.text(), source);
    }
}
