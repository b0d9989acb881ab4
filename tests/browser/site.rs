//! What the browser looks at: limpid as it runs, with a clock that stands still until it is turned, and a publisher.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::SignedDuration;
use limpid::clock::ManualClock;
use limpid::listen::listen;
use limpid::serve::App;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// When every site is started.
const NOON: &str = "2026-06-15T12:00:00Z";

/// The feeds of a publisher, by their paths.
type Published = Arc<Mutex<HashMap<String, String>>>;

/// limpid, and a publisher for its feeds.
#[derive(Debug)]
pub struct Site {
    address: SocketAddr,
    app: Arc<App>,
    clock: Arc<ManualClock>,
    published: Published,
    tasks: [JoinHandle<()>; 2],
}

impl Site {
    /// limpid with this configuration. `PUBLISHER` in it is the address of a publisher, which has nothing yet; a feed that
    /// is to come from there takes `allow-private = true`.
    pub async fn start(config: &str) -> Self {
        let source = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let origin = format!("http://{}", source.local_addr().unwrap());
        let published = Published::default();
        let publishing = tokio::spawn(publish(source, published.clone()));
        let config = limpid::config::read(&config.replace("PUBLISHER", &origin), None);
        let config = config.unwrap_or_else(|problems| panic!("{problems}"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let clock = Arc::new(ManualClock::at(NOON.parse().unwrap()));
        let app = Arc::new(App::new(config, format!("http://{address}"), clock.clone()));
        let serving = tokio::spawn(listen(listener, app.clone(), std::future::pending()));
        Site { address, app, clock, published, tasks: [publishing, serving] }
    }

    /// The address of a page.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Has the publisher have a feed at a path, from now on.
    pub fn publish(&self, path: &str, body: &str) {
        lock(&self.published).insert(path.to_owned(), body.to_owned());
    }

    /// Asks for something as a reader does, and waits until nothing is left to do.
    pub async fn read(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while stream.read_buf(&mut answer).await.unwrap() > 0 {}
        self.app.settled().await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Turns the clock.
    pub fn turn_minutes(&self, minutes: i64) {
        self.clock.turn(SignedDuration::from_mins(minutes));
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn publish(listener: TcpListener, published: Published) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::spawn(answer(stream, published.clone()));
    }
}

/// One request, one answer. Where the other side goes away, that is its affair.
async fn answer(mut stream: TcpStream, published: Published) -> Option<()> {
    let mut request = Vec::new();
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    }
    let request = String::from_utf8_lossy(&request);
    let path = request.split(' ').nth(1)?;
    let body = lock(&published).get(path).cloned();
    let status = if body.is_some() { "200 OK" } else { "404 Not Found" };
    let body = body.unwrap_or_default();
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(body.as_bytes()).await.ok()
}
