//! A Redis that is away, slow, full, closed, or has in it what limpid has not written: each limpid goes on from memory, and
//! says so.

use hyper::StatusCode;
use redis::Commands;

use crate::client::Ask;
use crate::proxy::Proxy;
use crate::publisher::{Answer, Publisher};
use crate::redis::Redis;
use crate::{FEED, log, soon, titled};

const NOON: &str = "2026-06-15T12:00:00Z";

async fn limpid(config: &str) -> Proxy {
    Proxy::started_at(config, NOON).await
}

/// Waits until `/readyz` says this.
async fn says(proxy: &Proxy, what: &str) {
    let until = async {
        while !proxy.ask(Ask::get("/readyz")).await.text().contains(what) {
            tokio::task::yield_now().await;
        }
    };
    soon(until).await;
}

/// Waits until there is a record of what was asked for at this time.
async fn is_known(redis: &Redis, time: &str) {
    let time = time.parse::<jiff::Timestamp>().unwrap().as_microsecond();
    let is_there = || {
        let asked =
            redis.keys("record").first().map(|key| redis.look().hget::<_, _, i64>(key, "asked").unwrap());
        asked == Some(time)
    };
    let until = async {
        while !is_there() {
            tokio::task::yield_now().await;
        }
    };
    soon(until).await;
}

async fn metric(proxy: &Proxy, line: &str) -> bool {
    proxy.ask(Ask::get("/metrics")).await.text().lines().any(|other| other == line)
}

#[tokio::test]
async fn d12_a_redis_that_is_slow_or_gone_is_done_without_and_reconciled_with() {
    let Some(mut redis) = Redis::start() else { return };
    let latin =
        "<?xml version='1.0' encoding='ISO-8859-1'?><rss version='2.0'><channel><title>Mar\u{e9}es</title>";
    let latin: Vec<u8> = format!("{latin}<item><title>1</title></item></channel></rss>")
        .chars()
        .map(|c| u8::try_from(c).unwrap())
        .collect();
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let config = redis.config(&publisher, "[cache]\nstale-while-revalidate = '0s'", "");
    // One that stands still is not waited for as long as the test is.
    let config = config.replace("timeout = '15s'", "timeout = '3s'");
    let (a, b) = (limpid(&config).await, limpid(&config).await);
    says(&a, "ready\n").await;
    a.feed().await;
    b.feed().await;
    assert_eq!(publisher.count(), 1);

    // Slow: each asks for itself.
    redis.stop();
    publisher.now(Answer::ok(titled("Slow")));
    a.turn_minutes(16);
    assert_eq!(a.feed().await.text(), titled("Slow"));
    says(&a, "ready, but what is known is not shared: the store redis://127.0.0.1:").await;
    says(&a, "can not be reached, or does not answer in time; feeds are served").await;
    assert!(metric(&a, "limpid_redis_up 0").await);
    // Clocks are about the same: what is said to have been learnt long after now is not believed.
    b.turn_minutes(17);
    redis.go_on();
    says(&a, "ready\n").await;
    assert!(metric(&a, "limpid_redis_up 1").await);
    // What one has learnt in the meantime is what the other takes over.
    is_known(&redis, "2026-06-15T12:16:00Z").await;
    let until = async { while b.feed().await.text() != titled("Slow") {} };
    soon(until).await;
    assert_eq!(publisher.count(), 2);

    // Gone, with all that was in it.
    redis.kill();
    publisher.now(Answer::ok(latin.clone()));
    a.turn_minutes(16);
    let gone = a.feed().await;
    assert!(gone.text().contains("Mar\u{e9}es"), "{}", gone.text());
    says(&a, "not shared").await;
    says(&b, "not shared").await;
    b.turn_minutes(16);
    assert!(redis.begin());
    says(&a, "ready\n").await;
    says(&b, "ready\n").await;
    is_known(&redis, "2026-06-15T12:32:00Z").await;
    let cold = Proxy::started_at(&config, "2026-06-15T12:33:00Z").await;
    says(&cold, "ready\n").await;
    let until = async {
        while cold.feed().await.body != gone.body {
            tokio::task::yield_now().await;
        }
    };
    soon(until).await;
    assert_eq!(cold.feed().await.etag(), gone.etag());
    assert_eq!(publisher.count(), 3, "the one that starts cold has not asked");
    soon(async { while b.feed().await.body != gone.body {} }).await;
    assert_eq!(publisher.count(), 3);
}

#[tokio::test]
async fn d12_a_redis_that_is_not_there_holds_up_nobody() {
    let Some(mut redis) = Redis::start() else { return };
    redis.kill();
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    log::keep();
    let proxy = limpid(&redis.config(&publisher, "", "")).await;
    assert_eq!(proxy.feed().await.text(), FEED);
    says(&proxy, "can not be reached").await;
    let said = log::lines_with(&redis.url_with(""));
    assert_eq!(said.iter().filter(|line| line.contains("can not be reached")).count(), 1, "{said:?}");
    assert!(redis.begin());
    says(&proxy, "ready\n").await;
    is_known(&redis, NOON).await;
    let said = log::lines_with(&redis.url_with(""));
    assert_eq!(said.iter().filter(|line| line.contains("can be used again")).count(), 1, "{said:?}");
}

#[tokio::test]
async fn d12_a_redis_that_is_full_is_done_without_until_there_is_room() {
    let Some(redis) = Redis::start() else { return };
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = limpid(&redis.config(&publisher, "", "")).await;
    says(&proxy, "ready\n").await;
    redis.limit("1");
    assert_eq!(proxy.feed().await.text(), FEED);
    says(&proxy, "it is full").await;
    assert!(redis.keys("record").is_empty());
    redis.limit("0");
    says(&proxy, "ready\n").await;
    is_known(&redis, NOON).await;
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn a_redis_that_demands_a_password_gets_it_and_nobody_else_does() {
    let Some(redis) = Redis::demanding(Some("hush-hush")) else { return };
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    log::keep();
    for (login, is_let_in) in [("", false), (":wrong-word@", false), (":hush-hush@", true)] {
        let config = redis.config(&publisher, "", "").replace("redis://", &format!("redis://{login}"));
        let proxy = limpid(&config).await;
        assert_eq!(proxy.feed().await.status, StatusCode::OK);
        says(&proxy, if is_let_in { "ready\n" } else { "does not let limpid in" }).await;
        for page in ["/readyz", "/metrics", "/"] {
            let page = proxy.ask(Ask::get(page)).await;
            assert!(!page.text().contains("hush-hush") && !page.text().contains("wrong-word"));
        }
        proxy.settled().await;
    }
    assert_eq!(redis.keys("record").len(), 1);
    let shown = [log::lines_with("hush-hush"), log::lines_with("wrong-word")].concat();
    assert!(shown.is_empty(), "{shown:?}");
}

/// What is no Redis may repeat what it is told.
#[tokio::test]
async fn what_repeats_the_password_does_not_get_it_into_the_log() {
    let echo =
        Publisher::with(Answer::raw("-ERR unknown command 'AUTH', beginning with: 'in-the-open'\r\n")).await;
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    log::keep();
    let config = format!(
        "[store]\nurl = 'redis://:in-the-open@{}'\n{}",
        echo.address(),
        crate::proxy::config(&publisher, "")
    );
    let proxy = limpid(&config).await;
    assert_eq!(proxy.feed().await.text(), FEED);
    says(&proxy, "not shared").await;
    assert!(!log::lines_with(&echo.address().to_string()).is_empty());
    let shown = log::lines_with("in-the-open");
    assert!(shown.is_empty(), "{shown:?}");
}

/// A record as it is, and what becomes of it.
#[tokio::test]
async fn what_limpid_has_not_written_is_not_believed_and_makes_way() {
    let Some(redis) = Redis::start() else { return };
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let config = redis.config(&publisher, "", "");
    limpid(&config).await.feed().await;
    let [record] = &redis.keys("record")[..] else { panic!("{:?}", redis.keys("")) };
    let mut inside = redis.look();
    let garbage: [&dyn Fn(&mut redis::Connection); 8] = [
        &|inside| inside.hset(record, "record", "garbage").unwrap(),
        &|inside| inside.hset(record, "body", [0_u8; 64].as_slice()).unwrap(),
        &|inside| {
            let _: () = inside
                .hset_multiple(record, &[("token", "9e99"), ("record", ""), ("asked", "soon")])
                .unwrap();
        },
        &|inside| inside.hset_multiple(record, &[("asked", "99999999999999999"), ("record", "")]).unwrap(),
        &|inside| inside.set(record, "a text").unwrap(),
        &|inside| {
            let _: () = inside.del(record).unwrap();
            let _: () = inside.set(record.replace("record", "lock"), "held for ever").unwrap();
        },
        &|inside| {
            let _: () = inside.del(record).unwrap();
            for key in ["tokens", "kept", "sizes", "bytes", "born"] {
                let _: () = inside.del(format!("limpid:1:{key}")).unwrap();
                let _: () = inside.rpush(format!("limpid:1:{key}"), "a list").unwrap();
            }
        },
        &|inside| {
            let _: () = inside.del(record).unwrap();
            let _: () = inside.rename("limpid:1:kept", "limpid:2:kept").unwrap();
            let _: () = inside
                .hset_multiple(record.replace(":1:", ":2:"), &[("record", "of another version")])
                .unwrap();
        },
    ];
    for (nth, spoil) in garbage.iter().enumerate() {
        let before = publisher.count();
        spoil(&mut inside);
        let proxy = limpid(&config).await;
        assert_eq!(proxy.feed().await.text(), FEED, "{nth}");
        assert_eq!(publisher.count(), before + 1, "{nth}: it is asked for");
        assert_eq!(proxy.ask(Ask::get("/readyz")).await.text(), "ready\n", "{nth}");
        let another = limpid(&config).await;
        assert_eq!(
            (another.feed().await.text(), publisher.count()),
            (FEED, before + 1),
            "{nth}: and known again"
        );
    }
}

/// A text that does not get shorter when it is compressed.
fn noise(length: usize) -> String {
    let mut state = 1_u64;
    let letters = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'A' + u8::try_from((state >> 33) % 26).unwrap())
    });
    letters.take(length).collect()
}

#[tokio::test]
async fn d21_what_is_shared_is_bounded_and_what_is_too_large_is_left_out() {
    let Some(redis) = Redis::start() else { return };
    let of = |length| {
        format!(
            "<rss version='2.0'><channel><title>T</title><item><title>{}</title></item></channel></rss>",
            noise(length)
        )
    };
    let (small, large) =
        (Publisher::with(Answer::ok(of(6000))).await, Publisher::with(Answer::ok(of(40_000))).await);
    let feed = |name: &str, publisher: &Publisher| {
        format!("[feeds.{name}]\nsource = '{}'\n", publisher.url(&format!("/{name}")))
    };
    let feeds: String = ["a", "b", "c", "d"].iter().map(|name| feed(name, &small)).collect();
    let config = format!(
        "[store]\nurl = '{}'\nmax-size = '16 KiB'\ntimeout = '15s'\n[fetch]\nhost-spacing = '0s'\n{feeds}{}",
        redis.url_with(""),
        feed("large", &large)
    );
    let proxy = limpid(&config).await;
    for name in ["large", "a", "b", "c", "d"] {
        assert_eq!(proxy.ask(Ask::get(&format!("/feeds/{name}"))).await.status, StatusCode::OK);
    }
    let bytes: u64 = redis.look().get("limpid:1:bytes").unwrap();
    assert!((8 << 10..=16 << 10).contains(&bytes), "{bytes}");
    let kept = redis.keys("record").len();
    assert!((2..=3).contains(&kept), "{kept} of five");
    assert_eq!(redis.look().zcard::<_, usize>("limpid:1:kept").unwrap(), kept);
    assert_eq!(redis.look().hlen::<_, usize>("limpid:1:sizes").unwrap(), kept);
    for key in redis.keys("record") {
        assert!(redis.look().ttl::<_, i64>(&key).unwrap() > 59 * 24 * 3600, "each expires");
    }
    assert_eq!(proxy.ask(Ask::get("/readyz")).await.text(), "ready\n");
    // Who starts cold has the last ones, and asks for what is not there.
    let another = limpid(&config).await;
    for name in ["d", "large"] {
        assert_eq!(another.ask(Ask::get(&format!("/feeds/{name}"))).await.status, StatusCode::OK);
    }
    assert_eq!((small.count(), large.count()), (4, 2));
}
