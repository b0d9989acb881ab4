//! limpid as it runs, on a port of its own, with a clock that the test turns.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use limpid::clock::ManualClock;
use limpid::config::Config;
use limpid::fetch::guard::{Internet, Network};
use limpid::listen::{Limits, listen_within};
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

/// When every proxy is started.
const NOON: &str = "2026-06-15T12:00:00Z";

fn read(config: &str) -> Config {
    limpid::config::read(config, None).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The same, where readers of what is due wait for the publisher.
fn waiting(config: &str) -> Config {
    let mut config = read(config);
    config.cache.stale_while_revalidate = Duration::ZERO;
    config
}

/// The same configuration, with leave for each of its feeds.
fn private(config: &str) -> String {
    let is_feed = |line: &str| {
        let name = line.strip_prefix("[feeds.").and_then(|rest| rest.strip_suffix(']'));
        name.is_some_and(|name| !name.contains('.'))
    };
    let lines = config.lines().map(|line| {
        let leave = if is_feed(line.trim()) { "allow-private = true\n" } else { "" };
        format!("{line}\n{leave}")
    });
    lines.collect()
}

impl Proxy {
    /// A proxy for this publisher's feed, at `/feeds/tides`, without rules.
    pub async fn of(publisher: &Publisher) -> Self {
        Proxy::start(&config(publisher, "")).await
    }

    /// A proxy with this configuration, in which every feed may connect to this machine.
    pub async fn start(config: &str) -> Self {
        Proxy::guarded(&private(config), &(Arc::new(Internet) as Arc<dyn Network>)).await
    }

    /// The same, where what is stale is served while it is asked for, as it is unless configured otherwise.
    pub async fn by_default(config: &str) -> Self {
        Proxy::by_default_on(config, &(Arc::new(Internet) as Arc<dyn Network>)).await
    }

    /// The same on this network.
    pub async fn by_default_on(config: &str, network: &Arc<dyn Network>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        Proxy::with(listener, read(&private(config)), network, NOON)
    }

    /// A proxy that is started at this time.
    pub async fn started_at(config: &str, now: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let network = Arc::new(Internet) as Arc<dyn Network>;
        Proxy::with(listener, read(&private(config)), &network, now)
    }

    /// A proxy with this configuration as it is, on this network.
    pub async fn guarded(config: &str, network: &Arc<dyn Network>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        Proxy::at(listener, config, network)
    }

    /// A proxy with this configuration, in which every feed may connect to this machine, and other limits.
    pub async fn within(config: &str, limits: Limits) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let network = Arc::new(Internet) as Arc<dyn Network>;
        Proxy::limited(listener, waiting(&private(config)), &network, NOON, limits)
    }

    /// The same, where it is known beforehand where it listens. Readers of what is due wait for the publisher, so
    /// that each answer tells what came of its request.
    pub fn at(listener: TcpListener, config: &str, network: &Arc<dyn Network>) -> Self {
        Proxy::with(listener, waiting(config), network, NOON)
    }

    fn with(listener: TcpListener, config: Config, network: &Arc<dyn Network>, now: &str) -> Self {
        Proxy::limited(listener, config, network, now, Limits::default())
    }

    fn limited(
        listener: TcpListener,
        config: Config,
        network: &Arc<dyn Network>,
        now: &str,
        limits: Limits,
    ) -> Self {
        let clock = Arc::new(ManualClock::at(now.parse().unwrap()));
        let app = Arc::new(App::on(network, config, OWN_URL.to_owned(), clock.clone()));
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(listen_within(limits, listener, app.clone(), async {
            // A test that ends without stopping it drops the sender; that is a stop as well.
            let _ = stopped.await;
        }));
        Proxy { address, app, clock, stop: Some(stop), server }
    }

    /// Has it follow another configuration, in which every feed may connect to this machine.
    pub async fn reconfigure(&self, config: &str) {
        let config = waiting(&private(config));
        soon(self.app.reconfigure(config)).await;
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

    /// How long requests would have waited for their turn.
    pub fn waited(&self) -> Vec<Duration> {
        self.clock.waited()
    }

    /// Turns the clock, forward or backward.
    pub fn turn(&self, seconds: i64) {
        self.clock.turn(SignedDuration::from_secs(seconds));
    }

    /// Turns the clock by minutes.
    pub fn turn_minutes(&self, minutes: i64) {
        self.turn(minutes * 60);
    }

    /// Waits until nothing is left to do in the background.
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
