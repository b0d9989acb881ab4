//! Bad input from publishers: what comes out is well-formed, or one sentence; the last good copy stays.

use hyper::StatusCode;

use crate::client::{Ask, Reply};
use crate::proxy::{Proxy, config};
use crate::publisher::{Answer, Gate, Publisher};
use crate::{FEED, log};

/// What becomes of a body, after these rules.
async fn served(body: &str, rules: &str) -> Reply {
    let publisher = Publisher::with(Answer::ok(body)).await;
    Proxy::start(&config(&publisher, &format!("rules = [{rules}]"))).await.feed().await
}

/// A feed that is well-formed, or one sentence. Says whether there is a feed.
async fn comes_out(body: &str) -> bool {
    let reply = served(body, "").await;
    let start: String = body.chars().take(60).collect();
    if reply.status == StatusCode::OK {
        let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
        let parsed = roxmltree::Document::parse_with_options(reply.text(), options);
        assert!(parsed.is_ok(), "{start}: {:?}", parsed.err());
        return true;
    }
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{start}");
    let text = reply.text();
    assert!(text.len() < 400 && text.ends_with(".\n") && text.lines().count() == 1, "{start}: {text}");
    false
}

fn with_title(title: &str) -> String {
    FEED.replace("Tide tables", title)
}

#[tokio::test]
async fn x01_a_quadratic_blow_up_does_not_grow() {
    let long = "ha".repeat(20_000);
    let body = format!(
        "<!DOCTYPE rss [<!ENTITY l \"{long}\">]><rss><channel><title>{}</title></channel></rss>",
        "&l;".repeat(5000)
    );
    let reply = served(&body, "").await;
    assert!(reply.body.len() <= body.len() + 100, "{}", reply.body.len());
}

#[tokio::test]
async fn x02_external_entities_and_dtds_are_not_fetched() {
    let outside = Publisher::with(Answer::ok("<!ENTITY a 'leaked'>")).await;
    for id in [format!("SYSTEM \"{}\"", outside.url("/x.dtd")), "SYSTEM \"file:///etc/passwd\"".to_owned()] {
        for declared in ["<!ENTITY a ID>", "<!ENTITY % p ID>%p;", "<!ENTITY % p ID><!ENTITY a '%p;'>"] {
            let declared = declared.replace("ID", &id);
            let body =
                format!("<!DOCTYPE rss {id} [{declared}]><rss><channel><title>&a;</title></channel></rss>");
            let reply = served(&body, "").await;
            assert!(!reply.text().contains("leaked") && !reply.text().contains("root:"), "{}", reply.text());
        }
    }
    assert_eq!(outside.count(), 0);
}

#[tokio::test]
async fn x03_undefined_entities_are_mended() {
    let reply = served(&with_title("a&nbsp;b &eacute;t&eacute; AT&T &bogus;"), "").await;
    let document = roxmltree::Document::parse(reply.text()).unwrap_or_else(|error| panic!("{error}"));
    let title = document.descendants().find(|node| node.has_tag_name("title")).unwrap().text().unwrap();
    assert_eq!(title, "a\u{a0}b \u{e9}t\u{e9} AT&T &bogus;");
}

#[tokio::test]
async fn x04_x05_too_deep_and_too_many_over_http() {
    let attributes: Vec<String> = (0..20_000).map(|nth| format!(" a{nth}=''")).collect();
    let names: Vec<String> = (0..20_000).map(|nth| format!(" xmlns:n{nth}='u{nth}'")).collect();
    let (attributes, names) = (attributes.concat(), names.concat());
    for body in [
        "<rss>".repeat(100_000),
        format!("<rss><channel>{}", "<a>".repeat(100_000)),
        format!(
            "<rss><channel><item>{}{}</item></channel></rss>",
            "<a>".repeat(90_000),
            "</a>".repeat(90_000)
        ),
        format!("<rss a='{}'><channel/></rss>", "x".repeat(5 << 20)),
        format!("<rss{attributes}><channel><title>t</title></channel></rss>"),
        format!("<rss{names}><channel><title>t</title></channel></rss>"),
    ] {
        comes_out(&body).await;
    }
}

#[tokio::test]
async fn x06_characters_that_are_none() {
    for title in
        ["a\u{0}b", "a\u{1}\u{b}\u{1f}b", "a&#0;b", "a&#xD800;b", "a&#x110000;b", "a&#xFFFE;b", "a\u{ffff}b"]
    {
        assert!(comes_out(&with_title(title)).await, "{title:?} is mended");
    }
}

#[tokio::test]
async fn x08_odd_markup() {
    for title in
        ["a ]]&gt; b", "a ]]> b", "<!-- a -- b -->t", "<!--->t", "<?php echo 1 ?>t", "<![CDATA[a]]>]]>"]
    {
        comes_out(&with_title(title)).await;
    }
    // What is well-formed stays as it is.
    let plain = with_title("<![CDATA[a]]]]><![CDATA[>b]]><!-- c --><?d e?>");
    assert_eq!(served(&plain, "").await.text(), plain);
}

#[tokio::test]
async fn x09_what_stands_before_a_feed_is_no_part_of_it() {
    for before in [" \n", "\u{feff}", "\u{feff} \n\n"] {
        assert!(comes_out(&format!("{before}{FEED}")).await, "{before:?}");
    }
}

#[tokio::test]
async fn x09_what_is_no_feed_leaves_the_last_one() {
    let bodies = [
        "<!doctype html><title>Log in</title>".to_owned(),
        String::new(),
        "[]".to_owned(),
        "GIF89a\u{1}\u{0}\u{0}".to_owned(),
        FEED[..FEED.len() / 2].to_owned(),
        format!("{FEED}{FEED}"),
    ];
    for body in bodies {
        let publisher = Publisher::with_script([Answer::ok(FEED), Answer::ok(body.clone())]).await;
        let proxy = Proxy::of(&publisher).await;
        proxy.feed().await;
        proxy.turn_minutes(17);
        let stale = proxy.feed().await;
        assert!(stale.text() == FEED && stale.is_marked_stale(), "{body}");
    }
}

#[tokio::test]
async fn x10_names_are_told_by_their_namespace() {
    let atom = "<a:feed xmlns:a=\"http://www.w3.org/2005/Atom\" xmlns=\"urn:other\"><a:title>t</a:title>\
                <a:id>urn:t</a:id><a:entry><a:id>urn:1</a:id><a:title>Sponsored</a:title></a:entry>\
                <a:entry><a:id>urn:2</a:id><title>Sponsored</title><a:title>Real</a:title></a:entry></a:feed>";
    let reply = served(atom, "{ drop = { title = '^sponsored' } }").await;
    assert!(!reply.text().contains("urn:1") && reply.text().contains("urn:2"), "{}", reply.text());
}

#[tokio::test]
async fn x12_redirects_and_the_answer_share_one_deadline() {
    let gate = Gate::closed();
    let hops = (0..3).map(|hop| Answer::to(302, &format!("/{hop}")));
    let publisher = Publisher::with_script(hops.chain([Answer::ok(FEED).behind(&gate)])).await;
    let proxy = Proxy::start(&format!("fetch.timeout = \"1s\"\n{}", config(&publisher, ""))).await;
    assert_eq!(proxy.feed().await.status, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(publisher.count(), 4);
}

#[tokio::test]
async fn x12_redirects_to_ever_new_addresses_end() {
    let publisher = Publisher::with_script((0..20).map(|hop| Answer::to(302, &format!("/{hop}")))).await;
    let reply = Proxy::of(&publisher).await.feed().await;
    assert_eq!(
        (reply.status, reply.text()),
        (StatusCode::BAD_GATEWAY, "The publisher redirects in circles.\n")
    );
    assert_eq!(publisher.count(), 6);
}

#[tokio::test]
async fn x13_nothing_of_a_publisher_breaks_a_line_of_the_log() {
    log::keep();
    let answers = [
        "HTTP/1.1 302 Found\r\nLocation: /a\rX-Broken: 1\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: http://x-broken.example/%0d%0aX-Broken:1\r\n\r\n",
        "HTTP/1.1 500 x\rX-Broken: 1\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/x\x0bX-Broken; charset=x-broken\r\nConnection: close\r\n\r\n<x-broken/>",
    ];
    for answer in answers {
        let publisher = Publisher::with(Answer::raw(answer)).await;
        let proxy = Proxy::of(&publisher).await;
        let reply = proxy.feed().await;
        assert!(reply.header("x-broken").is_none() && reply.text().lines().count() == 1, "{}", reply.text());
        assert_eq!(proxy.ask(Ask::get("/")).await.header("x-broken"), None);
    }
    let lines = log::lines_with("roken");
    assert!(lines.iter().all(|line| !line.contains(['\r', '\n'])), "{lines:?}");
}

#[test]
fn x15_patterns_that_would_need_too_much_are_refused_beforehand() {
    for pattern in ["(a{1000}){1000}", "((a{100}){100}){100}", "(\\\\w{500}){500}"] {
        let rule = format!("rules = [{{ drop = {{ title = \"{pattern}\" }} }}]");
        let text = format!("[feeds.a]\nsource = \"sample:newsletter\"\n{rule}\n");
        let problems = limpid::config::read(&text, None).expect_err(pattern).to_string();
        assert!(problems.contains("title") && problems.len() < 4000, "{problems}");
    }
}

#[tokio::test]
async fn x16_what_runs_is_taken_out_and_twice_is_the_same() {
    let hostile = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<a href='javascript:alert(1)'>a</a><a href='JaVa\tScript:alert(1)'>b</a>",
        "<iframe srcdoc='&lt;script>alert(1)&lt;/script>'></iframe>",
        "<a href='data:text/html,<script>alert(1)</script>'>c</a>",
        "<svg><script>alert(1)</script><animate onbegin=alert(1) /></svg>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
        "<p>kept</p>",
    ];
    let body = format!(
        "<rss><channel><title>t</title><item><title>i</title><description><![CDATA[{}]]></description></item></channel></rss>",
        hostile.concat()
    );
    let once = served(&body, "\"sanitize\"").await;
    let lower = once.text().to_ascii_lowercase();
    for trace in ["<script", "onerror", "onbegin", "javascript:", "srcdoc", "data:text/html", "<svg", "<math"]
    {
        assert!(!lower.contains(trace), "{trace} in {lower}");
    }
    assert!(lower.contains("kept"));
    assert_eq!(served(once.text(), "\"sanitize\"").await.text(), once.text());
}
