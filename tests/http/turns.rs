//! A few requests at a time to one host, whoever they are for.

use std::fmt::Write;
use std::time::Duration;

use futures_util::future::join_all;

use crate::client::Ask;
use crate::proxy::Proxy;
use crate::publisher::{Answer, Gate, Publisher};
use crate::{FEED, others_run};

/// So many feeds of one publisher, and one of them all.
fn feeds(publisher: &Publisher, count: usize, fetch: &str) -> String {
    let mut config = format!("[fetch]\n{fetch}\n");
    let names: Vec<String> = (0..count).map(|nth| format!("\"feed:f{nth}\"")).collect();
    for nth in 0..count {
        let _ = writeln!(config, "[feeds.f{nth}]\nsource = {:?}", publisher.url(&format!("/{nth}")));
    }
    let _ = writeln!(config, "[feeds.tides]\nsources = [{}]", names.join(", "));
    config
}

#[tokio::test]
async fn p19_two_requests_at_a_time_to_one_host() {
    let gate = Gate::closed();
    let publisher = Publisher::with(Answer::ok(FEED).behind(&gate)).await;
    let proxy = Proxy::start(&feeds(&publisher, 6, "")).await;
    let readers = join_all((0..6).map(|nth| {
        let path = format!("/feeds/f{nth}");
        let proxy = &proxy;
        async move { proxy.ask(Ask::get(&path)).await }
    }));
    let publisher_side = async {
        publisher.arrived(2).await;
        others_run().await;
        assert_eq!(publisher.count(), 2);
        gate.open();
    };
    let (replies, ()) = tokio::join!(readers, publisher_side);
    assert!(replies.iter().all(|reply| reply.text() == FEED));
    assert_eq!(publisher.count(), 6);
}

#[tokio::test]
async fn p19_ten_sources_of_one_host_cost_a_reader_less_than_a_second() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::start(&feeds(&publisher, 10, "")).await;
    assert!(proxy.feed().await.text().contains("High water"));
    assert_eq!(publisher.count(), 10);
    let expected: Vec<Duration> = (1..10).map(|nth| Duration::from_millis(100 * nth)).collect();
    assert_eq!(proxy.waited(), expected);
}

#[tokio::test]
async fn p19_the_spacing_can_be_set() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::start(&feeds(&publisher, 3, "host-spacing = \"2s\"")).await;
    proxy.feed().await;
    assert_eq!(proxy.waited(), [2, 4].map(Duration::from_secs));
    let proxy = Proxy::start(&feeds(&publisher, 3, "host-spacing = \"0s\"")).await;
    proxy.feed().await;
    assert!(proxy.waited().is_empty());
}

/// Who waits for a turn does not wait for ever: a reader waits for it.
#[tokio::test]
async fn x12_a_host_that_hangs_costs_a_reader_one_deadline() {
    let gate = Gate::closed();
    let publisher = Publisher::with(Answer::ok(FEED).behind(&gate)).await;
    let proxy = Proxy::start(&feeds(&publisher, 6, "timeout = \"300ms\"")).await;
    let reply = proxy.feed().await;
    assert_eq!(reply.status, hyper::StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(publisher.count(), 2, "those behind have not been sent");
}

/// Sources of one host are not all due at the same moment, and none is sooner than it may be.
#[tokio::test]
async fn p19_many_feeds_of_one_host_are_not_asked_in_step() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::start(&feeds(&publisher, 10, "")).await;
    proxy.feed().await;
    proxy.turn(15 * 60 - 1);
    proxy.feed().await;
    assert_eq!(publisher.count(), 10);
    proxy.turn(46);
    proxy.feed().await;
    let soon = publisher.count();
    assert!((11..20).contains(&soon), "{soon}");
    proxy.turn(45);
    proxy.feed().await;
    assert_eq!(publisher.count(), 20, "a tenth of the interval later, all have been asked");
}
