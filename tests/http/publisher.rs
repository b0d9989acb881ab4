//! A publisher that does what it is told, and remembers what it was asked.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::client::{read_some, write_all};
use crate::soon;

/// A request as it came in.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Method and target.
    pub line: String,
    /// Every header.
    pub headers: HeaderMap,
}

impl Seen {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Both validators that it carries.
    pub fn validators(&self) -> (Option<&str>, Option<&str>) {
        (self.header("if-none-match"), self.header("if-modified-since"))
    }
}

/// What to do with a request.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    gate: Option<Gate>,
    way: Way,
}

/// How an answer is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Whole,
    /// The body stops before the length that was promised.
    Short,
    /// In chunks, and the last one is missing.
    Chunked,
    /// One byte at a time, with other tasks in between, and never to an end.
    Drip,
    /// The connection is closed, and nothing said.
    Close,
    /// The body is sent as it is: it is no HTTP, or HTTP of its own.
    Raw,
}

impl Answer {
    /// A status without a body.
    pub fn status(status: u16) -> Self {
        Answer { status, headers: Vec::new(), body: Vec::new(), gate: None, way: Way::Whole }
    }

    /// 200 with this body.
    pub fn ok(body: impl Into<Vec<u8>>) -> Self {
        Answer { body: body.into(), ..Answer::status(200) }
    }

    /// A redirect.
    pub fn to(status: u16, location: &str) -> Self {
        Answer::status(status).with("location", location)
    }

    /// No answer.
    pub fn close() -> Self {
        Answer { way: Way::Close, ..Answer::status(200) }
    }

    /// These bytes, whatever they are.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Answer { way: Way::Raw, ..Answer::ok(bytes) }
    }

    /// One more header.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Only after the gate has been opened.
    pub fn behind(self, gate: &Gate) -> Self {
        Answer { gate: Some(gate.clone()), ..self }
    }

    /// Cut off before its length.
    pub fn short(self) -> Self {
        Answer { way: Way::Short, ..self }
    }

    /// In chunks, cut off before the last.
    pub fn chunked_and_cut(self) -> Self {
        Answer { way: Way::Chunked, ..self }
    }

    /// One byte at a time, for ever.
    pub fn dripping(self) -> Self {
        Answer { way: Way::Drip, ..self }
    }

    fn head(&self) -> Vec<u8> {
        let mut head = Vec::new();
        // Writing to a vector cannot fail.
        let _ = write!(head, "HTTP/1.1 {} Scripted\r\nconnection: close\r\n", self.status);
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        let _ = match self.way {
            Way::Chunked => write!(head, "transfer-encoding: chunked\r\n\r\n{:x}\r\n", self.body.len()),
            Way::Short | Way::Drip => write!(head, "content-length: {}\r\n\r\n", self.body.len() + 100_000),
            _ if self.status == 304 => write!(head, "\r\n"),
            _ => write!(head, "content-length: {}\r\n\r\n", self.body.len()),
        };
        head
    }

    async fn send(&self, to: &TcpStream) -> io::Result<()> {
        match self.way {
            Way::Close => Ok(()),
            Way::Raw => write_all(to, &self.body).await,
            Way::Drip => {
                write_all(to, &self.head()).await?;
                loop {
                    write_all(to, b" ").await?;
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
            }
            Way::Whole | Way::Short | Way::Chunked => {
                let mut all = self.head();
                all.extend(&self.body);
                write_all(to, &all).await
            }
        }
    }
}

/// Something to wait for, until it is opened for good.
#[derive(Clone, Debug)]
pub struct Gate(watch::Sender<bool>);

impl Gate {
    /// A closed gate.
    pub fn closed() -> Self {
        Gate(watch::Sender::new(false))
    }

    /// Lets everybody through.
    pub fn open(&self) {
        self.0.send_replace(true);
    }

    async fn pass(&self) {
        // The sender lives in this gate.
        let _ = self.0.subscribe().wait_for(|open| *open).await;
    }
}

/// The publisher.
#[derive(Debug)]
pub struct Publisher {
    address: SocketAddr,
    state: Arc<State>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct State {
    script: Mutex<VecDeque<Answer>>,
    seen: Mutex<Vec<Seen>>,
    arrived: watch::Sender<usize>,
}

impl Publisher {
    /// A publisher with one answer to everything.
    pub async fn with(answer: Answer) -> Self {
        Publisher::with_script([answer]).await
    }

    /// A publisher with an answer for each request in turn; the last one is repeated.
    pub async fn with_script(script: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = Mutex::new(script.into_iter().collect());
        let state = Arc::new(State { script, seen: Mutex::default(), arrived: watch::Sender::new(0) });
        let server = tokio::spawn(serve(listener, state.clone()));
        Publisher { address, state, server }
    }

    /// From now on, this answer to everything.
    pub fn now(&self, answer: Answer) {
        *lock(&self.state.script) = VecDeque::from([answer]);
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it is, with a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Every request so far.
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.state.seen).clone()
    }

    /// The last request.
    pub fn last(&self) -> Seen {
        self.seen().pop().expect("the publisher has been asked")
    }

    /// How many requests there were.
    pub fn count(&self) -> usize {
        lock(&self.state.seen).len()
    }

    /// Waits until there have been so many requests.
    pub async fn arrived(&self, count: usize) {
        let mut arrived = self.state.arrived.subscribe();
        soon(arrived.wait_for(|arrived| *arrived >= count)).await.unwrap();
    }

    /// Is gone: connections are refused.
    pub async fn go(&mut self) {
        self.server.abort();
        let _ = soon(&mut self.server).await;
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: TcpListener, state: Arc<State>) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let state = state.clone();
        tokio::spawn(async move { conversation(&stream, &state).await });
    }
}

/// One request, one answer. Where the other side goes away, that is its affair.
async fn conversation(stream: &TcpStream, state: &State) {
    let mut text = Vec::new();
    while !text.windows(4).any(|end| end == b"\r\n\r\n") {
        if !matches!(read_some(stream, &mut text).await, Ok(1..)) {
            return;
        }
    }
    let answer = {
        let mut script = lock(&state.script);
        if script.len() > 1 { script.pop_front() } else { script.front().cloned() }
    };
    lock(&state.seen).push(request(&text));
    state.arrived.send_modify(|count| *count += 1);
    let Some(answer) = answer else { return };
    if let Some(gate) = &answer.gate {
        gate.pass().await;
    }
    let _ = answer.send(stream).await;
}

fn request(text: &[u8]) -> Seen {
    let text = String::from_utf8_lossy(text);
    let mut lines = text.lines();
    let line = lines.next().unwrap_or_default().to_owned();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers
        .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap()));
    Seen { line, headers: headers.collect() }
}
