//! Receipts over HTTP, and what becomes of rules over time.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::FEED;
use crate::client::Ask;
use crate::proxy::{self, Proxy};
use crate::publisher::{Answer, Publisher};

const RULES: &str = "rules = [{ drop = { title = '^sponsored' } }, { remove = 'p.never' }]";

async fn receipt(proxy: &Proxy, path: &str) -> Value {
    let reply = proxy.ask(Ask::get(path)).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    serde_json::from_str(reply.text()).unwrap()
}

/// The states of the rules, in order.
fn states(receipt: &Value) -> Vec<&str> {
    receipt["health"]["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["state"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn every_removal_is_accounted_for() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::start(&proxy::config(&publisher, RULES)).await;
    let receipt = receipt(&proxy, "/feeds/tides/receipt").await;
    assert_eq!(receipt["feed"], "tides");
    assert_eq!((&receipt["items_in"], &receipt["items_out"]), (&json!(3), &json!(2)));
    let bytes = FEED.len() - proxy.feed().await.text().len();
    let entry = json!({"rule": "drop", "item": 1, "title": "Sponsored: oilskins", "action": "dropped",
        "field": "item", "count": 1, "bytes": bytes, "snippet": ""});
    assert_eq!(receipt["entries"], json!([entry]));
    assert_eq!(states(&receipt), ["matches", "never-matched"]);
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn a_receipt_says_which_topic_has_what() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let topics = format!("{RULES}\n[feeds.tides.topics]\nhigh = {{ title = 'high' }}");
    let proxy = Proxy::start(&proxy::config(&publisher, &topics)).await;
    let whole = receipt(&proxy, "/feeds/tides/receipt").await;
    assert_eq!(whole["topics"], json!([{"topic": "high", "items": [0]}, {"topic": "rest", "items": [2]}]));
    let rest = receipt(&proxy, "/feeds/tides/rest/receipt").await;
    assert_eq!(rest["entries"][1]["snippet"], "taken by high");
}

#[tokio::test]
async fn a_rule_that_stops_matching_is_found_out() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::start(&proxy::config(&publisher, RULES)).await;
    let mut seen = Vec::new();
    for refresh in 0..9 {
        let ads = if refresh < 3 { "Sponsored: " } else { "Paid: " };
        let feed = FEED.replace("Sponsored: ", ads).replace("At six.", &format!("At six, {refresh}."));
        publisher.now(Answer::ok(feed));
        seen.push(states(&receipt(&proxy, "/feeds/tides/receipt").await)[0].to_owned());
        proxy.turn_minutes(60);
    }
    let (matches, idle, stopped) = ("matches", "idle", "stopped-matching");
    assert_eq!(seen, [matches, matches, matches, idle, idle, idle, idle, stopped, stopped]);
}

#[tokio::test]
async fn what_has_not_changed_counts_once() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::start(&proxy::config(&publisher, RULES)).await;
    for path in ["/feeds/tides", "/feeds/tides.json", "/feeds/tides.atom", "/feeds/tides/receipt"] {
        proxy.ask(Ask::get(path)).await;
        proxy.turn_minutes(60);
    }
    let receipt = receipt(&proxy, "/feeds/tides/receipt").await;
    assert_eq!(receipt["health"]["refreshes"], 1);
    assert_eq!(receipt["health"]["rules"][0]["items"], 1);
    assert!(publisher.count() > 1);
}

#[tokio::test]
async fn a_guarded_rule_is_in_the_receipt_and_the_metrics() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::start(&proxy::config(&publisher, "rules = [{ drop = { guid = 'tides' } }]")).await;
    assert_eq!(proxy.feed().await.text(), FEED);
    let receipt = receipt(&proxy, "/feeds/tides/receipt").await;
    assert_eq!(receipt["entries"][0]["action"], "guarded");
    assert_eq!(receipt["entries"][0]["snippet"], "it would have dropped all 3 items");
    assert_eq!(states(&receipt), ["matches-everything"]);
    let metrics = proxy.ask(Ask::get("/metrics")).await;
    assert!(metrics.text().contains("limpid_rule_stopped_total{feed=\"tides\",rule=\"drop\"} 1"));
}

#[tokio::test]
async fn metrics_say_what_rules_took() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::start(&proxy::config(&publisher, RULES)).await;
    let bytes = FEED.len() - proxy.feed().await.text().len();
    let metrics = proxy.ask(Ask::get("/metrics")).await;
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(metrics.header("content-type"), Some(media_type));
    for line in [
        "limpid_rule_items_total{feed=\"tides\",rule=\"drop\"} 1".to_owned(),
        format!("limpid_rule_removed_bytes_total{{feed=\"tides\",rule=\"drop\"}} {bytes}"),
        "limpid_rule_items_total{feed=\"tides\",rule=\"remove\"} 0".to_owned(),
        "limpid_feed_items{feed=\"tides\",side=\"in\"} 3".to_owned(),
        "limpid_feed_items{feed=\"tides\",side=\"out\"} 2".to_owned(),
    ] {
        assert!(metrics.text().lines().any(|found| found == line), "{line}\n{}", metrics.text());
    }
    assert!(metrics.text().ends_with("# EOF\n"));
}

#[tokio::test]
async fn no_receipt_without_a_feed() {
    let publisher = Publisher::with(Answer::status(500)).await;
    let proxy = Proxy::of(&publisher).await;
    assert_eq!(proxy.ask(Ask::get("/feeds/tides/receipt")).await.status, StatusCode::BAD_GATEWAY);
    assert_eq!(proxy.ask(Ask::get("/feeds/ebb/receipt")).await.status, StatusCode::NOT_FOUND);
}
