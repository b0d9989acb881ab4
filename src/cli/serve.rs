//! `limpid serve`: the proxy, until it is told to stop.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{info, warn};

use super::output::{complain, say};
use super::{Exit, input};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::listen::listen;
use crate::serve::App;

/// How long publishers may take to answer after the signal to stop.
const DRAIN: Duration = Duration::from_secs(5);

/// Serves the configured feeds until SIGINT or SIGTERM, then lets the requests under way finish.
pub fn run(config: Option<&Path>) -> Exit {
    let config = match input::configuration(config) {
        Ok(config) => config,
        Err(message) => {
            complain(&message);
            return Exit::Usage;
        }
    };
    let served = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .and_then(|runtime| runtime.block_on(serve(config)));
    match served {
        Ok(()) => Exit::Success,
        Err(error) => {
            complain(&format!("limpid: can not serve: {error}\n"));
            Exit::Source
        }
    }
}

async fn serve(config: Config) -> std::io::Result<()> {
    let address = config.server.listen;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| std::io::Error::other(format!("{address}: {error}")))?;
    // Registered before anything is announced, so that no signal is lost.
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let here = format!("http://{}", listener.local_addr()?);
    let own_url = config.server.public_url.clone().unwrap_or(here);
    announce(&config, &own_url);
    let app = Arc::new(App::new(config, own_url, Arc::new(SystemClock)));
    let stop = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        info!("stopping; requests under way may finish");
    };
    let polling = tokio::spawn(App::keep_warm(&app));
    listen(listener, app.clone(), stop).await;
    polling.abort();
    // What has been asked for is to be kept.
    if tokio::time::timeout(DRAIN, app.settled()).await.is_err() {
        warn!("publishers had not answered after {} seconds", DRAIN.as_secs());
    }
    Ok(())
}

/// The addresses to open, where a person sees them.
fn announce(config: &Config, url: &str) {
    let feeds: String = config
        .feeds
        .iter()
        .fold(String::new(), |all, feed| all + format!("  {url}/feeds/{}\n", feed.name).as_str());
    let count = config.feeds.len();
    say(&format!(
        "limpid serves {count} feeds; open one in your feed reader:\n{feeds}or see them all at {url}/\n"
    ));
}
