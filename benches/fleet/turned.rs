//! limpid with a clock that is turned: the same application, with the same listener, in a process of its own.

use std::io::BufRead;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use futures_util::future::{BoxFuture, ready};
use jiff::Timestamp;
use limpid::clock::Clock;
use limpid::listen::listen;
use limpid::serve::App;
use tokio::net::TcpListener;

/// Milliseconds since 1970 of 15 June 2026, noon.
const NOON: i64 = 1_781_524_800_000;

/// For how long the clock stands still at most until everything is done that has come due: slow publishers do not stop
/// it.
const STANDS: Duration = Duration::from_millis(40);

/// A clock that shows what it is set to.
#[derive(Debug)]
struct Turned(AtomicI64);

impl Clock for Turned {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::Relaxed)).expect("it is a time")
    }

    /// Who waits for a turn at a host is let through: the clock would be turned beyond it at once.
    fn wait(&self, _time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(ready(()))
    }
}

/// `turned CONFIG`: says where it listens, and then does what it is told by lines: `turn SECONDS`, `rest`.
pub fn run(args: &[String]) {
    let path = Path::new(&args[0]);
    #[allow(clippy::disallowed_methods, reason = "a file of the benchmark")]
    let text = std::fs::read_to_string(path).expect("there is a configuration");
    let config = limpid::config::read(&text, Some(path)).unwrap_or_else(|problems| panic!("{problems}"));
    drop(text);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime can be built");
    runtime.block_on(async {
        let clock = Arc::new(Turned(AtomicI64::new(NOON)));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let app = Arc::new(App::new(config, format!("http://{address}"), clock.clone()));
        tokio::spawn(listen(listener, app.clone(), std::future::pending()));
        println!("{address}");
        let (lines, mut told) = tokio::sync::mpsc::channel(1);
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines().map_while(Result::ok) {
                if lines.blocking_send(line).is_err() {
                    return;
                }
            }
        });
        while let Some(line) = told.recv().await {
            match line.split_once(' ') {
                Some(("turn", seconds)) => turn(&app, &clock, seconds.parse().expect("seconds")).await,
                _ => app.settled().await,
            }
            println!("done");
        }
    });
}

/// Turns the clock by so many seconds, as fast as what comes due is done.
async fn turn(app: &Arc<App>, clock: &Turned, seconds: i64) {
    let until = clock.0.load(Ordering::Relaxed) + seconds * 1000;
    while clock.0.load(Ordering::Relaxed) < until {
        let wait = i64::try_from(app.poll().await.as_millis()).unwrap_or(1000);
        let _ = tokio::time::timeout(STANDS, app.settled()).await;
        let now = clock.0.load(Ordering::Relaxed);
        clock.0.store((now + wait).min(until), Ordering::Relaxed);
    }
}
