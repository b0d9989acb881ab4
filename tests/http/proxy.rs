//! limpid as it runs, on a port of its own, with a clock that the test turns.

use std::net::SocketAddr;
use std::sync::Arc;

use jiff::SignedDuration;
use limpid::clock::ManualClock;
use limpid::listen::listen;
use limpid::serve::App;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::client::{Ask, Reply};
use crate::publisher::Publisher;
use crate::soon;

/// Where the feed is that `Proxy::of` configures.
pub const PATH: &str = "/feeds/tides";

/// How it believes to be reached.
const OWN_URL: &str = "https://feeds.example.org";

/// A running proxy.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it serves.
    pub app: Arc<App>,
    clock: Arc<ManualClock>,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

/// The configuration of a feed named `tides`, and after it further lines for it.
pub fn config(publisher: &Publisher, more: &str) -> String {
    format!("[feeds.tides]\nsource = \"{}\"\n{more}\n", publisher.url("/feed.xml"))
}

impl Proxy {
    /// A proxy for this publisher's feed, at `/feeds/tides`, without rules.
    pub async fn of(publisher: &Publisher) -> Self {
        Proxy::start(&config(publisher, "")).await
    }

    /// A proxy with this configuration.
    pub async fn start(config: &str) -> Self {
        let config = limpid::config::read(config, None).unwrap_or_else(|problems| panic!("{problems}"));
        let clock = Arc::new(ManualClock::at("2026-06-15T12:00:00Z".parse().unwrap()));
        let app = Arc::new(App::new(config, OWN_URL.to_owned(), clock.clone()));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(listen(listener, app.clone(), async {
            // A test that ends without stopping it drops the sender; that is a stop as well.
            let _ = stopped.await;
        }));
        Proxy { address, app, clock, stop: Some(stop), server }
    }

    /// Asks for the feed.
    pub async fn feed(&self) -> Reply {
        self.ask(Ask::get(PATH)).await
    }

    /// Asks for the feed with a further header.
    pub async fn feed_with(&self, name: &str, value: &str) -> Reply {
        self.ask(Ask::get(PATH).with(name, value)).await
    }

    /// Asks for anything.
    pub async fn ask(&self, ask: Ask) -> Reply {
        ask.of(self.address).await
    }

    /// Turns the clock, forward or backward.
    pub fn turn(&self, seconds: i64) {
        self.clock.turn(SignedDuration::from_secs(seconds));
    }

    /// Turns the clock by minutes.
    pub fn turn_minutes(&self, minutes: i64) {
        self.turn(minutes * 60);
    }

    /// Waits until every compressed form is there.
    pub async fn settled(&self) {
        soon(self.app.settled()).await;
    }

    /// Tells it to stop.
    pub fn stop(&mut self) {
        let stop = self.stop.take().expect("it is stopped once");
        stop.send(()).expect("it is running");
    }

    /// Waits until it has stopped.
    pub async fn has_stopped(self) {
        soon(self.server).await.unwrap();
    }
}
