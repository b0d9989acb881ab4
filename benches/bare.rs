//! The floor under limpid: hyper, and nothing else. Answers are in a folder, `N.head` (the status, then one header a line) and
//! `N.body`; a request for `/N` gets that answer. `benches/compare` measures it beside limpid.
//!
//!     bare PORT FOLDER

use std::collections::HashMap;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

type Answers = HashMap<String, Response<Full<Bytes>>>;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().and_then(|port| port.parse().ok()).expect("a port is given");
    let folder = arguments.next().expect("a folder is given");
    let answers = Arc::new(answers(Path::new(&folder)));
    let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
    while let Ok((stream, _)) = listener.accept().await {
        let answers = answers.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| {
                let answer = answers.get(request.uri().path()).cloned();
                std::future::ready(Ok::<_, Infallible>(answer.unwrap_or_default()))
            });
            let _ = stream.set_nodelay(true);
            // A connection that ends is no one's concern.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

#[allow(clippy::disallowed_methods, reason = "files that the measurement has written")]
fn answers(folder: &Path) -> Answers {
    let mut all = Answers::new();
    for entry in std::fs::read_dir(folder).expect("the folder is there").flatten() {
        let path = entry.path();
        if path.extension().is_some_and(|extension| extension == "head") {
            let head = std::fs::read_to_string(&path).expect("a head is text");
            let body = std::fs::read(path.with_extension("body")).expect("each head has a body");
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            all.insert(format!("/{name}"), answer(&head, body.into()));
        }
    }
    all
}

fn answer(head: &str, body: Bytes) -> Response<Full<Bytes>> {
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.parse::<StatusCode>().ok());
    let mut answer = Response::new(Full::new(body));
    *answer.status_mut() = status.expect("a head begins with a status");
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        let (name, value) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>());
        answer.headers_mut().insert(name.expect("it is a name"), value.expect("it is a value"));
    }
    answer
}
