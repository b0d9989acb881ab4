//! From the text of a configuration to a checked one.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use bytesize::ByteSize;
use toml::de::DeValue;
use url::Url;

use super::problem::{Problem, Problems};
use super::secret::masked;
use super::table::{Value, parse, read_as};
use super::{
    Cache, Config, Fetch, Packs, Proxy, Server, access, adhoc, feeds, proxy, raw, store, tls, tls_roots,
};
use crate::rules::values::Age;

const SECTIONS: &[&str] = &["server", "fetch", "cache", "store", "access", "ad-hoc", "packs", "feeds"];

/// Reads and checks a configuration. `path` is where the text is from, for messages.
///
/// # Errors
/// Every mistake in it.
pub fn read(text: &str, path: Option<&Path>) -> Result<Config, Problems> {
    let mut problems = Vec::new();
    let shown = path.map_or("the built-in configuration".into(), Path::to_string_lossy);
    let mut root = parse(text, &mut problems).into_inner();
    let shown_text = masked(text, &root);
    if !problems.is_empty() {
        // What such a text holds would be guesswork.
        return Err(Problems::new(&shown, &shown_text, problems));
    }
    let server = section::<raw::Server>(root.remove("server"), &mut problems);
    let folder = path.and_then(Path::parent).unwrap_or(Path::new(""));
    let mut fetch = root.remove("fetch");
    let table = fetch.as_mut().map(toml::Spanned::get_mut);
    let proxy = if let Some(DeValue::Table(fetch)) = table { fetch.remove("proxy") } else { None };
    let proxy = proxy.and_then(|proxy| proxy::read_usual(&proxy, folder, &mut problems));
    let fetch = section::<raw::Fetch>(fetch, &mut problems);
    let cache = section::<raw::Cache>(root.remove("cache"), &mut problems);
    let (packs, wrong_packs) = Packs::read(root.remove("packs"), path.and_then(Path::parent), &mut problems);
    let store = root.remove("store");
    let (access, ad_hoc, feeds) = (root.remove("access"), root.remove("ad-hoc"), root.remove("feeds"));
    for (name, _) in root {
        let problem = Problem::new(format!("unknown section `{}`", name.get_ref()), name.span());
        problems.push(problem.nearest_and_all(name.get_ref(), "known", SECTIONS));
    }
    let server = checked_server(server, folder, &mut problems);
    let fetch = checked_fetch(fetch, proxy, folder, &mut problems);
    let store = store.and_then(|section| store::read(section, folder, &mut problems));
    let access = access::read(access, folder, &mut problems);
    let ad_hoc = ad_hoc.and_then(|section| adhoc::read(section, folder, &mut problems));
    let feeds = feeds.map(|feeds| feeds::read(text, feeds, (&server, &fetch), &packs, folder, &mut problems));
    let feeds = feeds.unwrap_or_default();
    let problems = wrong_packs.into_iter().fold(Problems::new(&shown, &shown_text, problems), Problems::and);
    if !problems.is_empty() {
        return Err(problems);
    }
    let cache = Cache {
        memory: cache.memory.as_u64(),
        stale_while_revalidate: duration(cache.stale_while_revalidate),
        stale_if_error: duration(cache.stale_if_error),
    };
    Ok(Config { server, fetch, cache, store, access, ad_hoc, packs, feeds, path: path.map(Path::to_owned) })
}

fn section<T: serde::de::DeserializeOwned + Default>(
    value: Option<Value<'_>>,
    problems: &mut Vec<Problem>,
) -> T {
    value.and_then(|value| read_as(value, problems)).unwrap_or_default()
}

/// Where limpid listens unless it is told otherwise.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

/// How many connections may be open at a time unless it is said otherwise: ten thousand that are idle, and room for those
/// that are not.
const MAX_CONNECTIONS: usize = 11_000;

fn checked_server(raw: raw::Server, folder: &Path, problems: &mut Vec<Problem>) -> Server {
    let tls = raw.tls.and_then(|tls| tls::read(&tls, folder, problems));
    if let Some(none) = raw.max_connections.as_ref().filter(|most| *most.get_ref() == 0) {
        let problem = Problem::new("expected at least one connection", none.span());
        problems.push(problem.help("max-connections = 11000"));
    }
    let max_connections = raw.max_connections.map_or(MAX_CONNECTIONS, toml::Spanned::into_inner);
    let listen = raw.listen.map(|text| {
        text.get_ref().parse().unwrap_or_else(|_| {
            let message = format!("`{}` is not an address and port to listen on", text.get_ref());
            problems.push(Problem::new(message, text.span()).help("listen = \"127.0.0.1:8080\""));
            LISTEN
        })
    });
    let public_url = raw.public_url.and_then(|text| {
        let url = Url::parse(text.get_ref()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        if url.is_none() {
            let message = format!("`{}` is not an address readers could use", text.get_ref());
            problems
                .push(Problem::new(message, text.span()).help("public-url = \"https://feeds.example.org\""));
        }
        url.map(|url| url.as_str().trim_end_matches('/').to_owned())
    });
    Server { listen: listen.unwrap_or(LISTEN), public_url, max_connections, tls }
}

fn checked_fetch(raw: raw::Fetch, proxy: Option<Proxy>, folder: &Path, problems: &mut Vec<Problem>) -> Fetch {
    Fetch {
        timeout: duration(raw.timeout),
        max_body: bytes(raw.max_body),
        min_interval: duration(raw.min_interval),
        wait_for_pages: duration(raw.wait_for_pages),
        contact: raw.contact,
        host_spacing: duration(raw.host_spacing),
        proxy,
        tls_roots: tls_roots::read(&raw.tls_roots, folder, problems),
    }
}

pub(super) fn duration(age: Age) -> Duration {
    Duration::try_from(age.0).expect("ages are read as positive")
}

/// As many bytes as a size says, up to what spans can index.
fn bytes(size: ByteSize) -> usize {
    usize::try_from(size.as_u64()).unwrap_or(usize::MAX).min(crate::span::MAX_TEXT)
}
