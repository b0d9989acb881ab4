//! `limpid serve`: the proxy, until it is told to stop.

use std::path::Path;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;

use super::{Exit, input};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::listen::listen;
use crate::serve::App;

/// Serves the configured feeds until SIGINT or SIGTERM, then lets the requests under way finish.
#[allow(clippy::print_stderr, reason = "a command speaks to its terminal")]
pub fn run(config: Option<&Path>) -> Exit {
    let config = match input::configuration(config) {
        Ok(config) => config,
        Err(message) => {
            eprint!("{message}");
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
            eprintln!("limpid: can not serve: {error}");
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
    listen(listener, app, stop).await;
    Ok(())
}

/// The addresses to open, where a person sees them.
#[allow(clippy::print_stdout, reason = "what a person is to do next belongs on the terminal, not in the log")]
fn announce(config: &Config, url: &str) {
    println!("limpid serves {} feeds; open one in your feed reader:", config.feeds.len());
    for feed in &config.feeds {
        println!("  {url}/feeds/{}", feed.name);
    }
    println!("or see them all at {url}/");
}
