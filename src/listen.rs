//! Accepting connections, keeping each within limits, and letting them finish when it is time to go.
//!
//! Every limit counts for each connection alone, so that a bad client takes one place, for a bounded time.

mod paced;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use prometheus_client::metrics::gauge::Gauge;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

use crate::metrics::Metrics;
use crate::serve::App;
use paced::Paced;

/// What a connection may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For the headers of a request, and over HTTP/1 also for the time until they begin; for a TLS handshake; and for
    /// the time until it is known which version of HTTP is spoken.
    pub headers: Duration,
    /// Without a request; over HTTP/1 `headers` is shorter.
    pub idle: Duration,
    /// For the reader to take something of what is sent.
    pub stalled: Duration,
    /// For the answers under way once a connection is to end.
    pub last: Duration,
    /// For all connections together once the process is to end.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Limits {
            headers: seconds(15),
            idle: seconds(60),
            stalled: seconds(30),
            last: seconds(300),
            drain: seconds(30),
        }
    }
}

/// The most bytes of a request's headers, its address included; over HTTP/1 also of what is read ahead.
const MAX_HEAD: usize = 64 << 10;

/// How many requests may be under way in one HTTP/2 connection.
const MAX_STREAMS: u32 = 100;

/// How many requests a reader may take back before limpid has seen them, and how many errors it may cause, until the
/// connection is closed (CVE-2023-44487 *rapid reset*, CVE-2025-8671 *made you reset*).
const MAX_RESETS: usize = 20;

/// How long to wait after an accept that failed: the process may be out of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` is done, then waits for the requests under way.
pub async fn listen(listener: TcpListener, app: Arc<App>, stop: impl Future<Output = ()>) {
    listen_within(Limits::default(), listener, app, stop).await;
}

/// The same within other limits.
pub async fn listen_within(
    limits: Limits,
    listener: TcpListener,
    app: Arc<App>,
    stop: impl Future<Output = ()>,
) {
    let (tasks, closing) = (TaskTracker::new(), CancellationToken::new());
    let places = Arc::new(Semaphore::new(app.max_connections().min(Semaphore::MAX_PERMITS)));
    let (builder, mut is_full) = (builder(&limits), false);
    let mut stop = std::pin::pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places, &mut is_full) => accepted,
            () = &mut stop => break,
        };
        let (stream, place) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                warn!(%error, "can not accept a connection");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let one = One { app: app.clone(), builder: builder.clone(), limits, closing: closing.clone() };
        let open = Open::new(&app.metrics(), place);
        tasks.spawn(async move {
            one.serve(stream).await;
            drop(open);
        });
    }
    app.drain();
    drop(listener);
    closing.cancel();
    tasks.close();
    if tokio::time::timeout(limits.drain, tasks.wait()).await.is_err() {
        warn!("requests were still under way after {} seconds", limits.drain.as_secs());
    }
}

/// The next connection, once there is a place for it. Until then it waits in the queue of the system.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    is_full: &mut bool,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let is_first = !std::mem::replace(is_full, places.available_permits() == 0);
    if *is_full && is_first {
        warn!("as many connections are open as may be ([server] max-connections); further ones wait");
    }
    let place = places.clone().acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    Ok((stream, place))
}

/// HTTP/1 and HTTP/2, told apart by how the client begins.
fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    // Without a timer hyper's own time limits are silently off.
    builder.http1().timer(TokioTimer::new()).header_read_timeout(limits.headers);
    // At most 100 header lines, which is hyper's own limit: set, it would allocate for that many at each request.
    builder.http1().max_buf_size(MAX_HEAD);
    let mut http2 = builder.http2();
    http2.timer(TokioTimer::new()).keep_alive_interval(limits.idle).keep_alive_timeout(limits.headers);
    http2
        .max_concurrent_streams(MAX_STREAMS)
        .max_header_list_size(u32::try_from(MAX_HEAD).unwrap_or(u32::MAX));
    http2.max_pending_accept_reset_streams(MAX_RESETS).max_local_error_reset_streams(MAX_RESETS);
    builder
}

/// One connection.
struct One {
    app: Arc<App>,
    builder: Builder<TokioExecutor>,
    limits: Limits,
    closing: CancellationToken,
}

impl One {
    async fn serve(self, stream: TcpStream) {
        // Answers are written whole; waiting to fill a packet would only delay them.
        let _ = stream.set_nodelay(true);
        let stream = Paced::new(stream, self.limits.stalled);
        let Some(tls) = self.app.tls() else { return self.converse(stream).await };
        let handshake = TlsAcceptor::from(tls).accept(stream);
        let shaken = tokio::select! {
            shaken = tokio::time::timeout(self.limits.headers, handshake) => shaken,
            () = self.closing.cancelled() => return,
        };
        match shaken {
            Ok(Ok(stream)) => self.converse(stream).await,
            Ok(Err(error)) => debug!(%error, "no TLS came about"),
            Err(_) => debug!("no TLS came about in time"),
        }
    }

    /// Answers requests until the connection ends, or is to end; then those under way.
    async fn converse(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let busy = Arc::new(Busy::default());
        let service = service_fn(|request| {
            let (app, under_way) = (self.app.clone(), busy.begin());
            let at_once = app.answer_at_once(&request);
            async move {
                let answer = match at_once {
                    Some(answer) => answer,
                    // Boxed: every connection has room for this, and most wait.
                    None => Box::pin(app.answer(request)).await,
                };
                drop(under_way);
                Ok::<_, Infallible>(answer)
            }
        });
        let mut connection = std::pin::pin!(self.builder.serve_connection(TokioIo::new(stream), service));
        let ended = tokio::select! {
            ended = connection.as_mut() => Some(ended),
            () = busy.is_quiet(&self.limits) => None,
            () = self.closing.cancelled() => None,
        };
        let ended = if let Some(ended) = ended {
            ended
        } else {
            connection.as_mut().graceful_shutdown();
            let last = tokio::time::timeout(self.limits.last, connection).await;
            last.unwrap_or_else(|_| Err("its answers were not taken in time".into()))
        };
        if let Err(error) = ended {
            debug!(error, "connection ended");
        }
    }
}

/// What a connection is doing.
#[derive(Debug, Default)]
struct Busy {
    /// How many requests it has brought.
    begun: AtomicUsize,
    /// How many of them have been answered, or given up.
    ended: AtomicUsize,
}

/// A request that is being answered, for as long as it is.
struct UnderWay(Arc<Busy>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.ended.fetch_add(1, Ordering::Relaxed);
    }
}

impl Busy {
    fn begin(self: &Arc<Self>) -> UnderWay {
        self.begun.fetch_add(1, Ordering::Relaxed);
        UnderWay(self.clone())
    }

    /// Ends when nothing has been asked for too long. The first request has less time: hyper's own limit begins only
    /// once it knows which version of HTTP is spoken.
    async fn is_quiet(&self, limits: &Limits) {
        tokio::time::sleep(limits.headers).await;
        loop {
            let begun = self.begun.load(Ordering::Relaxed);
            if begun == 0 {
                return;
            }
            tokio::time::sleep(limits.idle).await;
            let is_same = self.begun.load(Ordering::Relaxed) == begun;
            if is_same && self.ended.load(Ordering::Relaxed) == begun {
                return;
            }
        }
    }
}

/// A connection that is open, for as long as it is, and its place.
struct Open(Gauge, #[allow(dead_code, reason = "it is held, not used")] OwnedSemaphorePermit);

impl Open {
    fn new(metrics: &Metrics, place: OwnedSemaphorePermit) -> Self {
        let gauge = metrics.connections().clone();
        gauge.inc();
        Open(gauge, place)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}
