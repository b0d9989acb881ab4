//! What operators are told: metrics by the rules of `OpenMetrics` 1.0, and whether limpid is ready.

use std::collections::{HashMap, HashSet};

use hyper::StatusCode;

use crate::FEED;
use crate::client::Ask;
use crate::proxy::{PATH, Proxy, config};
use crate::publisher::{Answer, Publisher};

/// The samples of an exposition, by name and labels; a failed test where it breaks the rules of the format.
fn parsed(text: &str) -> HashMap<String, i64> {
    let lines: Vec<&str> = text.strip_suffix("# EOF\n").expect("it ends with its end").lines().collect();
    let (mut families, mut samples) = (HashSet::new(), HashMap::new());
    // The family that is open: its name, type, unit, and whether a sample of it has come.
    let mut open: (String, String, String, bool) = Default::default();
    for line in lines {
        assert!(!line.is_empty() && !line.contains('\r'), "{line:?}");
        if let Some(meta) = line.strip_prefix("# ") {
            let (kind, rest) = meta.split_once(' ').unwrap();
            let (name, value) = rest.split_once(' ').unwrap();
            if open.0 != name {
                assert!(families.insert(name.to_owned()), "{name} comes twice");
                open = (name.to_owned(), String::new(), String::new(), false);
            }
            assert!(!open.3, "what {name} is comes after a sample of it");
            match kind {
                "HELP" => assert!(!value.is_empty()),
                "TYPE" => value.clone_into(&mut open.1),
                "UNIT" => {
                    assert!(name.ends_with(&format!("_{value}")), "{name} is not in {value}");
                    value.clone_into(&mut open.2);
                }
                other => panic!("# {other}"),
            }
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let name = series.split('{').next().unwrap();
        let suffix = match open.1.as_str() {
            "counter" => "_total",
            "info" => "_info",
            "gauge" => "",
            other => panic!("{name} is a {other}"),
        };
        assert_eq!(name, format!("{}{suffix}", open.0), "{line}");
        open.3 = true;
        let value: i64 = value.parse().unwrap();
        assert!(samples.insert(series.to_owned(), value).is_none(), "{series} comes twice");
    }
    samples
}

async fn metrics(proxy: &Proxy) -> HashMap<String, i64> {
    let reply = proxy.ask(Ask::get("/metrics")).await;
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(reply.header("content-type"), Some(media_type));
    parsed(reply.text())
}

#[tokio::test]
async fn metrics_count_what_was_asked_and_answered() {
    let publisher = Publisher::with(Answer::ok(FEED).with("etag", "\"v1\"")).await;
    let proxy = Proxy::start(&config(&publisher, "rules = [{ limit = 2 }]")).await;
    let first = proxy.feed().await;
    proxy.turn(1);
    proxy.feed().await;
    proxy.feed_with("if-none-match", first.etag()).await;
    publisher.now(Answer::status(304));
    proxy.turn_minutes(17);
    proxy.feed().await;
    publisher.now(Answer::status(503));
    proxy.turn_minutes(17);
    proxy.feed().await;
    publisher.now(Answer::ok("<html>"));
    proxy.turn_minutes(24 * 60);
    proxy.feed().await;
    proxy.turn(5);
    proxy.ask(Ask::get("/feeds/none")).await;
    proxy.ask(Ask::get("/nothing")).await;
    let found = metrics(&proxy).await;
    for (series, value) in [
        ("limpid_requests_total{route=\"feed\",status=\"2xx\"}", 5),
        ("limpid_requests_total{route=\"feed\",status=\"3xx\"}", 1),
        ("limpid_requests_total{route=\"feed\",status=\"4xx\"}", 1),
        ("limpid_requests_total{route=\"none\",status=\"4xx\"}", 1),
        ("limpid_feed_answers_total{feed=\"tides\",kind=\"miss\"}", 2),
        ("limpid_feed_answers_total{feed=\"tides\",kind=\"hit\"}", 1),
        ("limpid_feed_answers_total{feed=\"tides\",kind=\"not-modified\"}", 1),
        ("limpid_feed_answers_total{feed=\"tides\",kind=\"stale\"}", 2),
        ("limpid_upstream_requests_total{cause=\"ok\"}", 1),
        ("limpid_upstream_requests_total{cause=\"not-modified\"}", 1),
        ("limpid_upstream_requests_total{cause=\"status-5xx\"}", 1),
        ("limpid_upstream_requests_total{cause=\"malformed\"}", 1),
        ("limpid_feed_age_seconds{feed=\"tides\"}", 5),
        ("limpid_feed_failing_sources{feed=\"tides\"}", 1),
        ("limpid_reloads_total{result=\"ok\"}", 0),
        ("limpid_connections", 1),
    ] {
        assert_eq!(found.get(series), Some(&value), "{series}\n{found:#?}");
    }
    let size = |bytes: usize| i64::try_from(bytes).unwrap();
    assert_eq!(found["limpid_upstream_received_bytes_total"], size(FEED.len() + "<html>".len()));
    assert!(found["limpid_sent_bytes_total"] > size(first.body.len()) * 4);
}

#[tokio::test]
async fn labels_hold_only_what_is_configured() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::of(&publisher).await;
    for name in 0..50 {
        proxy.ask(Ask::get(&format!("/feeds/name-{name}"))).await;
        proxy.ask(Ask::get(&format!("/feeds/tides/topic-{name}"))).await;
        proxy.ask(Ask::new(format!("M{name}").parse().unwrap(), PATH)).await;
    }
    let found = metrics(&proxy).await;
    assert!(found.len() < 30 && !found.keys().any(|series| series.contains("name-")), "{found:#?}");
}

#[tokio::test]
async fn every_metric_of_the_dashboard_exists() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::start(&config(&publisher, "rules = [{ limit = 1 }]")).await;
    proxy.feed().await;
    let found = metrics(&proxy).await;
    let known: HashSet<&str> = found.keys().map(|series| series.split('{').next().unwrap()).collect();
    let dashboard: serde_json::Value = serde_json::from_str(include_str!("../../docs/grafana.json")).unwrap();
    let mut named = 0;
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let expression = target["expr"].as_str().unwrap();
            let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            for word in words.filter(|word| word.starts_with("limpid_")) {
                assert!(known.contains(word), "{word} is no metric");
                named += 1;
            }
        }
    }
    assert!(named >= 10, "{named}");
}

#[tokio::test]
async fn ready_says_when_the_last_configuration_had_mistakes() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::of(&publisher).await;
    let ready = || async { proxy.ask(Ask::get("/readyz")).await };
    assert_eq!((ready().await.status, ready().await.text()), (StatusCode::OK, "ready\n"));
    proxy.app.keep("unknown rule");
    let reply = ready().await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(reply.text().contains("mistakes") && !reply.text().contains("unknown rule"), "{}", reply.text());
    assert_eq!(metrics(&proxy).await["limpid_reloads_total{result=\"failed\"}"], 1);
    proxy.reconfigure(&config(&publisher, "")).await;
    assert_eq!(ready().await.text(), "ready\n");
    proxy.app.drain();
    assert_eq!(ready().await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(proxy.ask(Ask::get("/healthz")).await.status, StatusCode::OK);
    assert_eq!(proxy.feed().await.text(), FEED);
}
