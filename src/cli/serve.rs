//! `limpid serve`: the proxy, until it is told to stop.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use listenfd::ListenFd;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::{info, warn};

use super::notify::{State, notify};
use super::output::{complain, say};
use super::watch::{LOOK, Watch};
use super::{Exit, input};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::listen::listen;
use crate::serve::App;

/// How long publishers may take to answer after the signal to stop.
const DRAIN: Duration = Duration::from_secs(5);

/// Serves the configured feeds until SIGINT or SIGTERM, then lets the requests under way finish.
pub fn run(config: Option<&Path>) -> Exit {
    permit_files();
    let path = input::configuration_path(config);
    let watch = path.as_deref().map(Watch::of);
    let config = match input::configuration(path.as_deref()) {
        Ok(config) => config,
        Err(message) => {
            complain(&message);
            return Exit::Usage;
        }
    };
    let served = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .and_then(|runtime| runtime.block_on(serve(config, watch)));
    match served {
        Ok(()) => Exit::Success,
        Err(error) => {
            complain(&format!("limpid: can not serve: {error}\n"));
            Exit::Source
        }
    }
}

/// As many open files as the system lets it have: each connection is one, and what processes begin with, 1024 mostly, is
/// far below `[server] max-connections`. Where it can not be more, connections wait.
fn permit_files() {
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        warn!(%error, "no more files can be opened than the process began with");
    }
}

async fn serve(config: Config, watch: Option<Watch>) -> std::io::Result<()> {
    let address = config.server.listen;
    let listener = match given()? {
        Some(listener) => listener,
        None => TcpListener::bind(address)
            .await
            .map_err(|error| std::io::Error::other(format!("{address}: {error}")))?,
    };
    // Registered before anything is announced, so that no signal is lost.
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let hangup = signal(SignalKind::hangup())?;
    let path = config.path.clone();
    let here = format!("{}://{}", config.server.scheme(), listener.local_addr()?);
    let own_url = config.server.url_or(&here);
    announce(&config, &own_url);
    let app = Arc::new(App::new(config, here, Arc::new(SystemClock)));
    let reloads = tokio::spawn(reload(app.clone(), path, watch, hangup));
    let stop = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        notify(State::Stopping);
        info!("stopping; requests under way may finish");
    };
    notify(State::Ready);
    let polling = tokio::spawn(App::keep_warm(&app));
    listen(listener, app.clone(), stop).await;
    polling.abort();
    reloads.abort();
    // What has been asked for is to be kept.
    if tokio::time::timeout(DRAIN, app.settled()).await.is_err() {
        warn!("publishers had not answered after {} seconds", DRAIN.as_secs());
    }
    Ok(())
}

/// The socket that systemd has opened for limpid, where it has (`sd_listen_fds(3)`): then it is that which counts, and not
/// `[server] listen`.
fn given() -> std::io::Result<Option<TcpListener>> {
    let Some(listener) = ListenFd::from_env().take_tcp_listener(0)? else { return Ok(None) };
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener).map(Some)
}

/// Reads the configuration again, whenever it is told to and whenever one of its files has changed. It is all or
/// nothing: a configuration with mistakes changes nothing.
async fn reload(app: Arc<App>, path: Option<PathBuf>, mut watch: Option<Watch>, mut hangup: Signal) {
    loop {
        tokio::select! {
            told = hangup.recv() => if told.is_none() { return },
            () = changed(watch.as_mut()) => {}
        }
        notify(State::Reloading);
        if let Some(watch) = &mut watch {
            watch.renew();
        }
        let path = path.clone();
        // Patterns take their time to be compiled; readers do not wait for them.
        let read = tokio::task::spawn_blocking(move || input::configuration(path.as_deref())).await;
        match read {
            Ok(Ok(config)) => app.reconfigure(config).await,
            Ok(Err(report)) => app.keep(&report),
            Err(error) => app.keep(&error.to_string()),
        }
        notify(State::Ready);
    }
}

/// Comes back once a file has changed; never where there is none.
async fn changed(watch: Option<&mut Watch>) {
    let Some(watch) = watch else { return std::future::pending().await };
    loop {
        tokio::time::sleep(LOOK).await;
        if watch.look() {
            return;
        }
    }
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
