//! How the publisher is treated: seldom, conditionally, and as it asks to be.

use hyper::StatusCode;
use tokio::task::JoinSet;

use crate::client::Ask;
use crate::proxy::{PATH, Proxy, config};
use crate::publisher::{Answer, Gate, Publisher};
use crate::{FEED, titled};

const GONE: &str = "The publisher answered 410: the feed is gone for good.\n";

const DATE: &str = "Mon, 15 Jun 2026 09:00:00 GMT";

async fn scripted(script: impl IntoIterator<Item = Answer>) -> (Publisher, Proxy) {
    let publisher = Publisher::with_script(script).await;
    let proxy = Proxy::of(&publisher).await;
    (publisher, proxy)
}

/// Whether the publisher is asked at this many minutes after it was last asked, and no second earlier.
async fn is_next_asked_after(minutes: i64, publisher: &Publisher, proxy: &Proxy) {
    let before = publisher.count();
    proxy.turn(minutes * 60 - 1);
    proxy.feed().await;
    assert_eq!(publisher.count(), before, "asked before {minutes} minutes had passed");
    proxy.turn(1);
    proxy.feed().await;
    assert_eq!(publisher.count(), before + 1, "not asked after {minutes} minutes");
}

#[tokio::test]
async fn p01_the_first_fetch_is_one_and_unconditional() {
    let (publisher, proxy) = scripted([Answer::ok(FEED)]).await;
    proxy.ask(Ask::get("/")).await;
    proxy.ask(Ask::get("/healthz")).await;
    assert_eq!(publisher.count(), 0);
    proxy.feed_with("if-none-match", "\"a reader's\"").await;
    assert_eq!(publisher.count(), 1);
    assert_eq!(publisher.last().validators(), (None, None));
    assert_eq!(publisher.last().line, "GET /feed.xml HTTP/1.1");
}

#[tokio::test]
async fn p02_later_polls_carry_the_validators_there_are() {
    for (etag, modified) in
        [(Some("\"v1\""), Some(DATE)), (Some("\"v1\""), None), (None, Some(DATE)), (None, None)]
    {
        let mut answer = Answer::ok(FEED);
        answer = etag.map_or(answer.clone(), |etag| answer.with("etag", etag));
        answer = modified.map_or(answer.clone(), |date| answer.with("last-modified", date));
        let (publisher, proxy) = scripted([answer, Answer::status(304)]).await;
        for _ in 0..3 {
            proxy.feed().await;
            proxy.turn_minutes(16);
        }
        let seen = publisher.seen();
        assert_eq!(seen.len(), 3);
        assert!(seen[1..].iter().all(|request| request.validators() == (etag, modified)), "{seen:?}");
    }
}

#[tokio::test]
async fn p03_a_tag_goes_back_byte_for_byte() {
    for tag in [
        "\"plain\"",
        "W/\"weak\"",
        "w/\"lower\"",
        "unquoted",
        "\"with space\"",
        "W/unquoted",
        "\"a\\\"b\"",
        "'single'",
    ] {
        let (publisher, proxy) = scripted([Answer::ok(FEED).with("etag", tag)]).await;
        proxy.feed().await;
        proxy.turn_minutes(16);
        proxy.feed().await;
        assert_eq!(publisher.last().header("if-none-match"), Some(tag));
    }
}

#[tokio::test]
async fn p04_a_date_goes_back_as_it_came_and_is_never_made_up() {
    for date in [DATE, "Monday, 15-Jun-26 09:00:00 GMT", "2026-06-15", "0"] {
        let (publisher, proxy) = scripted([Answer::ok(FEED).with("last-modified", date)]).await;
        proxy.feed().await;
        proxy.turn_minutes(16);
        proxy.feed().await;
        assert_eq!(publisher.last().header("if-modified-since"), Some(date));
    }
    let (publisher, proxy) = scripted([Answer::ok(FEED).with("date", DATE)]).await;
    proxy.feed().await;
    proxy.turn_minutes(16);
    proxy.feed().await;
    assert_eq!(publisher.last().validators(), (None, None));
}

#[tokio::test]
async fn p05_the_newest_validators_count() {
    let script = [
        Answer::ok(FEED).with("etag", "\"v1\"").with("last-modified", DATE),
        Answer::ok(FEED).with("etag", "\"v2\"").with("last-modified", DATE),
        Answer::status(304).with("etag", "\"v3\""),
        Answer::ok(FEED),
        Answer::status(304),
    ];
    let (publisher, proxy) = scripted(script).await;
    for _ in 0..5 {
        assert_eq!(proxy.feed().await.text(), FEED);
        proxy.turn_minutes(16);
    }
    let seen = publisher.seen();
    let sent: Vec<_> = seen.iter().map(|request| request.validators()).collect();
    let expected = [
        (None, None),
        (Some("\"v1\""), Some(DATE)),
        (Some("\"v2\""), Some(DATE)),
        (Some("\"v3\""), Some(DATE)),
        (None, None),
    ];
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn p05_the_freshness_of_a_304_counts() {
    let fresh = Answer::status(304).with("cache-control", "max-age=3600");
    let (publisher, proxy) = scripted([Answer::ok(FEED).with("etag", "\"v1\""), fresh]).await;
    proxy.feed().await;
    is_next_asked_after(15, &publisher, &proxy).await;
    is_next_asked_after(60, &publisher, &proxy).await;
}

#[tokio::test]
async fn p05_a_304_that_does_not_speak_of_freshness_leaves_it_as_it_was() {
    let first = Answer::ok(FEED).with("etag", "\"v1\"").with("cache-control", "max-age=3600");
    let (publisher, proxy) = scripted([first, Answer::status(304)]).await;
    proxy.feed().await;
    is_next_asked_after(60, &publisher, &proxy).await;
    is_next_asked_after(60, &publisher, &proxy).await;
}

#[tokio::test]
async fn p07_what_can_not_be_read_leaves_no_validators() {
    let script = [
        Answer::ok(FEED).with("etag", "\"good\""),
        Answer::ok("<html>maintenance</html>").with("etag", "\"bad\"").with("last-modified", DATE),
        Answer::status(304),
    ];
    let (publisher, proxy) = scripted(script).await;
    proxy.feed().await;
    proxy.turn_minutes(16);
    let stale = proxy.feed().await;
    assert!(stale.text() == FEED && stale.is_marked_stale());
    proxy.turn_minutes(16);
    assert!(!proxy.feed().await.is_marked_stale());
    assert_eq!(publisher.last().validators(), (Some("\"good\""), None));
}

#[tokio::test]
async fn p07_a_first_copy_that_can_not_be_read_leaves_none_either() {
    let bad = Answer::ok("").with("etag", "\"bad\"");
    let (publisher, proxy) = scripted([bad, Answer::ok(FEED)]).await;
    assert_eq!(proxy.feed().await.status, StatusCode::BAD_GATEWAY);
    proxy.turn_minutes(16);
    assert_eq!(proxy.feed().await.text(), FEED);
    assert_eq!(publisher.last().validators(), (None, None));
}

#[tokio::test]
async fn p08_there_is_a_floor_between_polls() {
    let (publisher, proxy) = scripted([Answer::ok(FEED)]).await;
    proxy.feed().await;
    is_next_asked_after(15, &publisher, &proxy).await;
    is_next_asked_after(15, &publisher, &proxy).await;
}

#[tokio::test]
async fn p08_the_floor_can_be_set() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let general = config(&publisher, "").replace("[feeds", "fetch.min-interval = \"2h\"\n[feeds");
    let proxy = Proxy::start(&general).await;
    proxy.feed().await;
    is_next_asked_after(120, &publisher, &proxy).await;
    let proxy = Proxy::start(&general.replace("source", "min-interval = \"3h\"\nsource")).await;
    proxy.feed().await;
    is_next_asked_after(180, &publisher, &proxy).await;
    let proxy = Proxy::start(&config(&publisher, "min-interval = \"0s\"")).await;
    let before = publisher.count();
    proxy.feed().await;
    proxy.feed().await;
    assert_eq!(publisher.count(), before + 2);
}

#[tokio::test]
async fn p08_no_failure_breaks_the_floor_once_the_publisher_was_reached() {
    let failures = [
        ("cut off", Answer::ok(FEED).short()),
        ("cut off in chunks", Answer::ok(FEED).chunked_and_cut()),
        ("closed", Answer::close()),
        ("no HTTP", Answer::raw("220 mail.example.org ESMTP\r\n")),
        ("500", Answer::status(500)),
        ("404", Answer::status(404)),
        ("503, at once", Answer::status(503).with("retry-after", "0")),
        ("HTML", Answer::ok("<html>")),
        ("broken gzip", Answer::ok("no gzip").with("content-encoding", "gzip")),
        ("redirects nowhere", Answer::status(302)),
        ("redirects in circles", Answer::to(302, "/feed.xml")),
    ];
    let mut broken = Vec::new();
    for (what, answer) in failures {
        let (publisher, proxy) = scripted([answer]).await;
        proxy.feed().await;
        let before = publisher.count();
        proxy.turn(15 * 60 - 1);
        proxy.feed().await;
        if publisher.count() > before {
            broken.push(what);
        }
    }
    assert!(broken.is_empty(), "asked again within 15 minutes after: {broken:?}");
}

#[tokio::test]
async fn p08_a_publisher_that_hangs_is_not_asked_sooner() {
    let gate = Gate::closed();
    let publisher = Publisher::with(Answer::ok(FEED).behind(&gate)).await;
    let proxy = Proxy::start(&format!("fetch.timeout = \"300ms\"\n{}", config(&publisher, ""))).await;
    assert_eq!(proxy.feed().await.status, StatusCode::GATEWAY_TIMEOUT);
    gate.open();
    is_next_asked_after(15, &publisher, &proxy).await;
}

#[tokio::test]
async fn p08_a_cache_that_is_too_small_does_not_break_the_floor() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::start(&format!("cache.memory = \"1 KiB\"\n{}", config(&publisher, ""))).await;
    for _ in 0..300 {
        assert_eq!(proxy.feed().await.status, StatusCode::OK);
    }
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn p09_no_poll_before_the_answer_has_aged() {
    let expected: [(&[(&str, &str)], i64); 10] = [
        (&[("cache-control", "max-age=3600")], 60),
        (&[("cache-control", "public, max-age=7200, must-revalidate")], 120),
        (&[("cache-control", "MAX-AGE=\"3600\"")], 60),
        (&[("cache-control", "max-age=3600"), ("age", "1200")], 40),
        (&[("cache-control", "max-age=3600, s-maxage=7200")], 120),
        (&[("cache-control", "max-age=3600"), ("expires", "Mon, 15 Jun 2026 20:00:00 GMT")], 60),
        (&[("expires", "Mon, 15 Jun 2026 14:00:00 GMT")], 120),
        (&[("expires", "0")], 15),
        (&[("cache-control", "max-age=60")], 15),
        (&[("cache-control", "max-age=99999999999")], 24 * 60),
    ];
    for (headers, minutes) in expected {
        let answer = headers.iter().fold(Answer::ok(FEED), |answer, (name, value)| answer.with(name, value));
        let (publisher, proxy) = scripted([answer]).await;
        proxy.feed().await;
        is_next_asked_after(minutes, &publisher, &proxy).await;
    }
}

#[tokio::test]
async fn p10_retry_after_is_obeyed_in_both_forms() {
    let expected = [
        (429, Some("7200"), 120),
        (503, Some("7200"), 120),
        (429, Some("Mon, 15 Jun 2026 15:00:00 GMT"), 180),
        (503, Some("Mon, 15 Jun 2026 15:00:00 GMT"), 180),
        (503, Some("1"), 15),
        (503, Some("99999999"), 24 * 60),
        (429, None, 4 * 60),
        (429, Some("when the tide is out"), 4 * 60),
    ];
    for (status, wait, minutes) in expected {
        let answer =
            wait.map_or(Answer::status(status), |wait| Answer::status(status).with("retry-after", wait));
        let (publisher, proxy) = scripted([Answer::ok(FEED), answer]).await;
        proxy.feed().await;
        proxy.turn_minutes(15);
        // The dates above are counted from noon.
        let late = if wait.is_some_and(|wait| wait.ends_with("GMT")) { 15 } else { 0 };
        assert!(proxy.feed().await.is_marked_stale());
        is_next_asked_after(minutes - late, &publisher, &proxy).await;
    }
}

#[tokio::test]
async fn p11_a_reader_can_not_force_a_poll() {
    let forced = || {
        let ask = Ask::get(PATH).with("cache-control", "no-cache, max-age=0").with("pragma", "no-cache");
        ask.with("cache-control", "no-store").with("expires", "0")
    };
    let (publisher, proxy) =
        scripted([Answer::ok(FEED), Answer::status(503).with("retry-after", "7200")]).await;
    for _ in 0..3 {
        assert_eq!(proxy.ask(forced()).await.text(), FEED);
    }
    assert_eq!(publisher.count(), 1);
    proxy.turn_minutes(15);
    for _ in 0..3 {
        assert_eq!(proxy.ask(forced()).await.text(), FEED);
        proxy.turn_minutes(30);
    }
    assert_eq!(publisher.count(), 2);
}

#[tokio::test]
async fn p12_failures_back_off_and_a_success_ends_that() {
    let (publisher, proxy) = scripted([Answer::status(500)]).await;
    proxy.feed().await;
    for minutes in [15, 30, 60, 120, 240, 480, 960, 1440] {
        is_next_asked_after(minutes, &publisher, &proxy).await;
    }
    publisher.now(Answer::ok(FEED));
    is_next_asked_after(1440, &publisher, &proxy).await;
    publisher.now(Answer::status(500));
    is_next_asked_after(15, &publisher, &proxy).await;
    is_next_asked_after(15, &publisher, &proxy).await;
    is_next_asked_after(30, &publisher, &proxy).await;
}

#[tokio::test]
async fn p12_what_is_forbidden_or_missing_keeps_the_copy_and_slows_down() {
    for status in [403, 404] {
        let (publisher, proxy) = scripted([Answer::ok(FEED), Answer::status(status)]).await;
        proxy.feed().await;
        for minutes in [15, 15, 30, 60] {
            is_next_asked_after(minutes, &publisher, &proxy).await;
        }
        let reply = proxy.feed().await;
        assert!(reply.text() == FEED && reply.is_marked_stale(), "{status}");
    }
}

#[tokio::test]
async fn p13_redirects_are_followed_and_the_configured_address_stays() {
    for status in [301, 302, 303, 307, 308] {
        let publisher = Publisher::with_script([
            Answer::to(status, "/moved/feed.xml"),
            Answer::ok(FEED),
            Answer::to(status, "/moved/feed.xml"),
            Answer::ok(titled("Spring tides")),
        ])
        .await;
        let proxy = Proxy::of(&publisher).await;
        assert_eq!(proxy.feed().await.text(), FEED);
        proxy.turn_minutes(16);
        assert_eq!(proxy.feed().await.text(), titled("Spring tides"), "{status}");
        let paths: Vec<String> =
            publisher.seen().iter().map(|seen| seen.line.replace(" HTTP/1.1", "")).collect();
        assert_eq!(paths, ["GET /feed.xml", "GET /moved/feed.xml", "GET /feed.xml", "GET /moved/feed.xml"]);
    }
}

#[tokio::test]
async fn p13_a_new_address_is_used_once_it_has_repeated() {
    for (status, polls) in [(301, 3), (308, 3), (302, 0), (303, 0), (307, 0)] {
        let there = Publisher::with(Answer::ok(FEED).with("etag", "\"there\"")).await;
        let here = Publisher::with(Answer::to(status, &there.url("/f"))).await;
        let proxy = Proxy::of(&here).await;
        for _ in 0..6 {
            assert_eq!(proxy.feed().await.text(), FEED);
            proxy.turn_minutes(16);
        }
        assert_eq!(here.count(), if polls == 0 { 6 } else { polls }, "{status}");
        assert_eq!(there.count(), 6);
        assert_eq!(there.last().validators(), (Some("\"there\""), None));
        // Where it is not there after all, the configured address counts again.
        let before = here.count();
        there.now(Answer::status(404));
        assert!(proxy.feed().await.is_marked_stale());
        assert_eq!(here.count() - before, usize::from(polls == 0));
        proxy.turn_minutes(16);
        proxy.feed().await;
        assert_eq!(here.count() - before, if polls == 0 { 2 } else { 1 });
    }
}

#[tokio::test]
async fn p13_only_the_permanent_part_of_a_way_is_kept() {
    let script = |n: usize| {
        let hop = if n.is_multiple_of(3) { Answer::to(301, "/new") } else { Answer::to(302, "/today") };
        if n % 3 == 2 { Answer::ok(FEED) } else { hop }
    };
    let publisher = Publisher::with_script((0..9).map(script).chain([Answer::ok(FEED)])).await;
    let proxy = Proxy::of(&publisher).await;
    for _ in 0..4 {
        assert_eq!(proxy.feed().await.text(), FEED);
        proxy.turn_minutes(16);
    }
    let seen = publisher.seen();
    let paths: Vec<&str> = seen.iter().map(|seen| seen.line.split(' ').nth(1).unwrap()).collect();
    assert_eq!(paths[6..], ["/feed.xml", "/new", "/today", "/new"]);
}

#[tokio::test]
async fn p15_what_is_gone_is_asked_once_more_and_then_left_alone() {
    let (publisher, proxy) = scripted([Answer::ok(FEED), Answer::status(500), Answer::status(410)]).await;
    proxy.feed().await;
    is_next_asked_after(15, &publisher, &proxy).await;
    is_next_asked_after(15, &publisher, &proxy).await;
    is_next_asked_after(24 * 60, &publisher, &proxy).await;
    let reply = proxy.feed().await;
    assert!(reply.text() == FEED && reply.is_marked_stale() && reply.fresh_for() <= 24 * 60 * 60);
    assert!(proxy.ask(Ask::get("/")).await.text().contains("the feed is gone for good"));
    let before = publisher.count();
    proxy.turn_minutes(28 * 24 * 60);
    assert_eq!(proxy.feed().await.text(), FEED);
    proxy.turn_minutes(2 * 24 * 60 - 1);
    // The copy does not stand in for ever, and the publisher is still left alone.
    let reply = proxy.feed().await;
    assert_eq!((reply.status, reply.text()), (StatusCode::NOT_FOUND, GONE));
    assert_eq!(publisher.count(), before);
    publisher.now(Answer::ok(titled("Back")));
    proxy.turn_minutes(1);
    assert_eq!(proxy.feed().await.text(), titled("Back"));
}

#[tokio::test]
async fn p13_validators_go_to_the_address_they_are_from() {
    let there =
        Publisher::with_script([Answer::ok(FEED).with("etag", "\"theirs\""), Answer::status(304)]).await;
    let here = Publisher::with(Answer::to(302, &there.url("/f")).with("etag", "\"redirect\"")).await;
    let proxy = Proxy::of(&here).await;
    proxy.feed().await;
    proxy.turn_minutes(16);
    let again = proxy.feed().await;
    assert!(again.text() == FEED && !again.is_marked_stale());
    assert_eq!(there.last().validators(), (Some("\"theirs\""), None), "asked again without its validators");
    assert_eq!(here.last().validators(), (None, None), "asked with the validators of another address");
}

#[tokio::test]
async fn p13_validators_of_one_address_do_not_go_to_another() {
    let there = Publisher::with(Answer::ok(titled("Moved"))).await;
    let here = Publisher::with(Answer::ok(FEED).with("etag", "\"here\"")).await;
    let proxy = Proxy::of(&here).await;
    proxy.feed().await;
    here.now(Answer::to(301, &there.url("/f")));
    proxy.turn_minutes(16);
    assert_eq!(proxy.feed().await.text(), titled("Moved"));
    assert_eq!(here.last().validators(), (Some("\"here\""), None));
    assert_eq!(there.last().validators(), (None, None));
}

#[tokio::test]
async fn p14_redirects_end() {
    let (publisher, proxy) = scripted([Answer::to(302, "/feed.xml")]).await;
    let reply = proxy.feed().await;
    assert_eq!(
        (reply.status, reply.text()),
        (StatusCode::BAD_GATEWAY, "The publisher redirects in circles.\n")
    );
    assert!((1..=6).contains(&publisher.count()), "{}", publisher.count());
    let five = (0..5).map(|hop| Answer::to(302, &format!("/{hop}"))).chain([Answer::ok(FEED)]);
    let (_publisher, proxy) = scripted(five).await;
    assert_eq!(proxy.feed().await.text(), FEED);
}

#[tokio::test]
async fn p14_redirects_to_nowhere_are_not_followed() {
    for location in
        ["ftp://example.org/feed", "file:///etc/passwd", "http://", "mailto:a@example.org", "javascript:1"]
    {
        let (publisher, proxy) = scripted([Answer::to(302, location)]).await;
        let reply = proxy.feed().await;
        assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{location}");
        assert_eq!(
            reply.text(),
            "The publisher redirects to an address that can not be followed.\n",
            "{location}"
        );
        assert_eq!(publisher.count(), 1, "{location}");
    }
}

#[tokio::test]
async fn p17_it_says_who_asks_and_nothing_of_who_reads() {
    let publisher = Publisher::with(Answer::ok(FEED).with("set-cookie", "id=1")).await;
    let contact = "fetch.contact = \"https://feeds.example.org/about\"\n";
    let proxy = Proxy::start(&format!("{contact}{}", config(&publisher, ""))).await;
    let nosy = Ask::get(&format!("{PATH}?who=me"))
        .with("cookie", "session=1")
        .with("referer", "https://reader.example.org/");
    let nosy = nosy
        .with("authorization", "Basic x")
        .with("user-agent", "reader")
        .with("x-forwarded-for", "192.0.2.1");
    proxy.ask(nosy.clone()).await;
    proxy.turn_minutes(16);
    proxy.ask(nosy).await;
    assert_eq!(publisher.count(), 2);
    for seen in publisher.seen() {
        assert_eq!(seen.line, "GET /feed.xml HTTP/1.1");
        let agent = seen.header("user-agent").unwrap();
        assert!(
            agent.starts_with("limpid/") && agent.ends_with("(+https://feeds.example.org/about)"),
            "{agent}"
        );
        assert_eq!(seen.header("accept-encoding"), Some("gzip, br, zstd"));
        let mut names: Vec<&str> = seen.headers.keys().map(hyper::header::HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "accept-encoding", "cdn-loop", "host", "user-agent"]);
    }
}

#[tokio::test]
async fn p18_many_readers_do_not_raise_the_rate() {
    let (publisher, proxy) = scripted([Answer::ok(FEED)]).await;
    for round in 1..=4 {
        let mut readers = JoinSet::new();
        for _ in 0..30 {
            readers.spawn(Ask::get(PATH).of(proxy.address));
        }
        assert!(readers.join_all().await.iter().all(|reply| reply.text() == FEED));
        assert_eq!(publisher.count(), round);
        proxy.turn_minutes(15);
    }
}

#[tokio::test]
async fn p18_feeds_of_one_source_share_its_requests() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let first = config(&publisher, "");
    let second = config(&publisher, "rules = [{ limit = 1 }]").replace("tides]", "short]");
    let proxy = Proxy::start(&format!("{first}{second}")).await;
    let whole = proxy.feed().await;
    let short = proxy.ask(Ask::get("/feeds/short")).await;
    assert!(short.body.len() < whole.body.len() && short.etag() != whole.etag());
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn p20_a_truncated_body_does_not_replace_a_good_copy() {
    let half = &FEED[..FEED.len() / 2];
    let cuts = [
        Answer::ok(FEED).short(),
        Answer::ok(half).short(),
        Answer::ok(FEED).chunked_and_cut(),
        // Without a length, only the text itself tells.
        Answer::raw(format!("HTTP/1.0 200 OK\r\n\r\n{half}")),
        Answer::raw("HTTP/1.1 200 OK\r\nContent-Le"),
    ];
    for cut in cuts {
        let (publisher, proxy) = scripted([Answer::ok(FEED), cut.with("etag", "\"cut\"")]).await;
        proxy.feed().await;
        proxy.turn_minutes(16);
        let reply = proxy.feed().await;
        assert!(reply.text() == FEED && reply.is_marked_stale());
        proxy.turn_minutes(16);
        proxy.feed().await;
        assert_eq!(publisher.last().header("if-none-match"), None);
    }
}

#[tokio::test]
async fn p16_what_the_feed_says_of_itself_counts() {
    let skip = |hours: &[u8]| {
        let hours: Vec<String> = hours.iter().map(|hour| format!("<hour>{hour}</hour>")).collect();
        hours.concat()
    };
    let night = format!("<skipHours>{}</skipHours>", skip(&[12, 13, 14]));
    let always = format!("<skipHours>{}</skipHours>", skip(&(0..24).collect::<Vec<u8>>()));
    let sy = |period: &str| {
        format!(
            "<u:updatePeriod xmlns:u='http://purl.org/rss/1.0/modules/syndication/'>{period}</u:updatePeriod>"
        )
    };
    // It is noon, on a Monday.
    let expected: [(&str, Option<&str>, i64); 12] = [
        ("<ttl>60</ttl>", None, 60),
        ("<ttl>5</ttl>", None, 15),
        ("<ttl>60</ttl>", Some("max-age=7200"), 120),
        ("<ttl>60</ttl>", Some("max-age=1800"), 60),
        ("<ttl>999999999</ttl>", None, 24 * 60),
        (&night, None, 180),
        (&night, Some("max-age=14400"), 240),
        (&always, None, 15 + 48 * 60),
        ("<skipDays><day>Monday</day></skipDays>", None, 12 * 60),
        (&sy("hourly"), None, 60),
        (&sy("daily"), None, 60),
        (&sy("daily"), Some("max-age=1800"), 30),
    ];
    for (said, headers, minutes) in expected {
        let feed = FEED.replacen("<channel>", &format!("<channel>{said}"), 1);
        assert_ne!(feed, FEED);
        let answer = Answer::ok(feed);
        let answer = headers.map_or(answer.clone(), |value| answer.with("cache-control", value));
        let (publisher, proxy) = scripted([answer]).await;
        proxy.feed().await;
        is_next_asked_after(minutes, &publisher, &proxy).await;
    }
}

#[tokio::test]
async fn p16_a_feed_kept_warm_keeps_to_its_hours_as_well() {
    let feed = FEED.replacen("<channel>", "<channel><skipHours><hour>12</hour></skipHours>", 1);
    let publisher = Publisher::with_script([Answer::ok(feed)]).await;
    let proxy = Proxy::start(&config(&publisher, "refresh = \"background\"")).await;
    for (minutes, requests) in [(1, 1), (58, 1), (15, 2)] {
        proxy.turn(minutes * 60);
        proxy.app.poll().await;
        proxy.settled().await;
        assert_eq!(publisher.count(), requests, "after {minutes} minutes more");
    }
}
