//! Accepting connections, and letting them finish when it is time to go.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use prometheus_client::metrics::gauge::Gauge;
use tokio::net::TcpListener;
use tracing::{debug, warn};

use crate::metrics::Metrics;
use crate::serve::App;

/// How long a reader may take to send its request's headers.
const HEADERS: Duration = Duration::from_secs(15);

/// How long requests under way may take after the signal to stop.
const DRAIN: Duration = Duration::from_secs(20);

/// How long to wait after an accept that failed: the process may be out of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` is done, then waits for the requests under way.
pub async fn listen(listener: TcpListener, app: Arc<App>, stop: impl Future<Output = ()>) {
    let mut builder = Builder::new(TokioExecutor::new());
    // Without a timer hyper's own time limits are silently off.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADERS);
    builder.http2().timer(TokioTimer::new());
    let connections = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                pause(&error).await;
                continue;
            }
        };
        let open = Open::new(&app.metrics());
        // Answers are written whole; waiting to fill a packet would only delay them.
        let _ = stream.set_nodelay(true);
        let spoken = Arc::new(AtomicBool::new(false));
        let (app, heard) = (app.clone(), spoken.clone());
        let service = service_fn(move |request| {
            heard.store(true, Ordering::Relaxed);
            let app = app.clone();
            async move { Ok::<_, Infallible>(app.answer(request).await) }
        });
        let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            let _open = open;
            let ended = tokio::select! {
                ended = connection => ended,
                () = silence(&spoken) => return,
            };
            if let Err(error) = ended {
                debug!(error, "connection ended");
            }
        });
    }
    app.drain();
    drop(listener);
    if tokio::time::timeout(DRAIN, connections.shutdown()).await.is_err() {
        warn!("requests were still under way after {} seconds", DRAIN.as_secs());
    }
}

/// A connection that is open, for as long as it is.
struct Open(Gauge);

impl Open {
    fn new(metrics: &Metrics) -> Self {
        let gauge = metrics.connections().clone();
        gauge.inc();
        Open(gauge)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Ends when a connection has not brought a request in time. hyper's own limit begins only once it knows which
/// version of HTTP is spoken.
async fn silence(spoken: &AtomicBool) {
    tokio::time::sleep(HEADERS).await;
    if spoken.load(Ordering::Relaxed) {
        std::future::pending::<()>().await;
    }
}

async fn pause(error: &io::Error) {
    warn!(%error, "can not accept a connection");
    tokio::time::sleep(PAUSE).await;
}
