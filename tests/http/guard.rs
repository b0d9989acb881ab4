//! Where limpid connects, and where it does not: with a service that notes every connection.

use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Output};
use std::sync::Arc;

use hyper::StatusCode;
use limpid::config::Source;
use limpid::fetch::guard::Network;
use tokio::net::TcpListener;

use crate::client::{Ask, Reply, read_some, write_all};
use crate::network::{Town, Trap};
use crate::proxy::{PATH, Proxy};
use crate::publisher::{Answer, Publisher};
use crate::{FEED, others_run, titled};

/// What everybody is told of an address that is not connected to, whatever it is.
const SENTENCE: &str = "The address is not one that limpid connects to; one of a private network needs \
                        allow-private = true in the feed.\n";

const SOURCE: &str = "http://publisher.example/feed.xml";

/// A town in which the publisher is public, under the name `publisher.example`.
fn town(publisher: &Publisher) -> Town {
    let address = publisher.address();
    Town::with_public(&[address]).naming("publisher.example", [&[address]])
}

/// A proxy for one source on this network, under the guard.
async fn guarded(source: &str, network: &Arc<dyn Network>) -> Proxy {
    let quoted = source.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t");
    Proxy::guarded(&format!("[feeds.tides]\nsource = \"{quoted}\"\n"), network).await
}

fn is_refused(reply: &Reply, what: &str) {
    assert_eq!((reply.status, reply.text()), (StatusCode::BAD_GATEWAY, SENTENCE), "{what}");
    assert!(reply.header("retry-after").is_some(), "{what}");
}

/// What comes of a publisher, public itself, that redirects to an address.
async fn redirected(status: u16, location: &str) -> Reply {
    let publisher = Publisher::with(Answer::to(status, location)).await;
    let (_, network) = town(&publisher).network();
    let reply = guarded(SOURCE, &network).await.feed().await;
    assert_eq!(publisher.count(), 1, "{location}");
    reply
}

/// Addresses that lead to a trap are refused as sources and in redirects, and nothing connects.
async fn all_refused(trap: &Trap, hosts: &[&str]) {
    for host in hosts {
        let address = format!("http://{host}:{}/secret", trap.port());
        let (asked, network) = Town::default().network();
        is_refused(&guarded(&address, &network).await.feed().await, &address);
        assert!(asked.asked().is_empty(), "{address} is refused as it is written");
        // Other characters can not stand in a header.
        if address.is_ascii() {
            is_refused(&redirected(302, &address).await, &address);
        }
    }
    assert!(trap.is_untouched());
}

#[test]
fn a_trap_notes_who_connects() {
    let trap = Trap::set();
    assert!(trap.is_untouched());
    let _connection = TcpStream::connect(trap.address()).unwrap();
    assert!(!trap.is_untouched());
}

#[tokio::test]
async fn s01_numbers_of_every_kind_are_addresses() {
    let hosts = [
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "0X7F.0.0.0x1",
        "0177.0.0.1",
        "017700000001",
        "127.1",
        "127.0.1",
        "0",
        "0.0.0.0",
        "127.0.0.1",
        "127.0.0.1.",
        "127.1.",
    ];
    all_refused(&Trap::set(), &hosts).await;
}

#[tokio::test]
async fn s02_digits_and_dots_of_every_script_are_addresses() {
    let hosts = [
        "１２７.０.０.１",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "127．0．0．1",
        "127｡0｡0｡1",
        "127%2e0%2e0%2e1",
        "%31%32%37.0.0.1",
        "①27%E3%80%820.0.1",
    ];
    all_refused(&Trap::set(), &hosts).await;
}

#[tokio::test]
async fn s03_localhost_is_this_machine_however_it_is_written() {
    let hosts = [
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        "a.b.LocalHost.",
        "lo\u{ad}calhost",
        "ｌｏｃａｌｈｏｓｔ",
        "loc%61lhost",
        "ⓛocalhost",
    ];
    all_refused(&Trap::set(), &hosts).await;
}

#[tokio::test]
async fn s04_ipv6_forms_of_this_machine() {
    let hosts = [
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[::7f00:1]",
        "[::ffff:0:127.0.0.1]",
    ];
    all_refused(&Trap::set(), &hosts).await;
}

/// Each kind is refused before anything is sent; the ranges themselves are tested where they are listed.
#[tokio::test]
async fn s05_s06_s07_translated_special_and_metadata_addresses() {
    let hosts = [
        "[64:ff9b::7f00:1]",
        "[64:ff9b:1::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:1::]",
        "10.0.0.1",
        "192.168.1.1",
        "[fd00::1]",
        "[fe80::1]",
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "[fd00:ec2::254]",
        "[::ffff:a9fe:a9fe]",
    ];
    all_refused(&Trap::set(), &hosts).await;
}

#[tokio::test]
async fn s08_a_name_is_as_private_as_any_of_its_addresses() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let (trap, public) = (Trap::set(), publisher.address());
    let v6 = SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, trap.port()));
    let answers: [&[SocketAddr]; 4] =
        [&[trap.address()], &[public, trap.address()], &[trap.address(), public], &[public, v6]];
    for answer in answers {
        for name in ["inside.example", "inside", "inside.example."] {
            let bare = name.trim_end_matches('.');
            let (asked, network) = Town::with_public(&[public]).naming(bare, [answer]).network();
            is_refused(&guarded(&format!("http://{name}/"), &network).await.feed().await, name);
            assert_eq!(asked.asked(), [name]);
        }
    }
    assert!(trap.is_untouched() && publisher.count() == 0);
}

#[tokio::test]
async fn s08_a_name_that_stands_for_something_else_the_next_time() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let (trap, public) = (Trap::set(), publisher.address());
    let town = Town::with_public(&[public]).naming("rebound.example", [&[public], &[trap.address()]]);
    let (asked, network) = town.network();
    let proxy = guarded("http://rebound.example/", &network).await;
    assert_eq!(proxy.feed().await.text(), FEED);
    assert_eq!((asked.asked().len(), publisher.count()), (1, 1), "it is looked up once");
    proxy.turn_minutes(17);
    let stale = proxy.feed().await;
    assert!(stale.text() == FEED && stale.is_marked_stale(), "the last good copy stays");
    assert_eq!((asked.asked().len(), publisher.count()), (2, 1));
    assert!(trap.is_untouched());
}

#[tokio::test]
async fn a_refusal_backs_off_like_any_failure() {
    let (asked, network) = Town::default().naming("inside.example", [&[Trap::set().address()]]).network();
    let proxy = guarded("http://inside.example/", &network).await;
    for (minutes, count) in [(0, 1), (14, 1), (1, 2), (29, 2), (1, 3)] {
        proxy.turn_minutes(minutes);
        is_refused(&proxy.feed().await, "each time");
        assert_eq!(asked.asked().len(), count);
    }
}

#[tokio::test]
async fn s09_every_redirect_is_judged() {
    let trap = Trap::set();
    let inside = format!("http://{}/", trap.address());
    for status in [301, 302, 303, 307, 308] {
        is_refused(&redirected(status, &inside).await, &status.to_string());
        for second in [&inside, "http://inside.example/"] {
            let script = [
                Answer::to(302, "/a"),
                Answer::to(status, "http://publisher.example/b"),
                Answer::to(302, second),
            ];
            let publisher = Publisher::with_script(script).await;
            let (_, network) = town(&publisher).naming("inside.example", [&[trap.address()]]).network();
            is_refused(&guarded(SOURCE, &network).await.feed().await, second);
            assert_eq!(publisher.count(), 3);
        }
    }
    assert!(trap.is_untouched());
}

#[tokio::test]
async fn s10_user_names_and_backslashes_hide_nothing() {
    let trap = Trap::set();
    let here = trap.address();
    let locations = [
        format!("http://publisher.example@{here}/"),
        format!("http://publisher.example:80@{here}/"),
        format!("http://publisher.example%40{here}@{here}/"),
        "http://user:password@publisher.example/feed.xml".to_owned(),
        "http://user@publisher.example/feed.xml".to_owned(),
        "//:password@publisher.example/feed.xml".to_owned(),
        format!("http://{here}\\@publisher.example/"),
        format!("http:\\\\{here}\\"),
        format!("\\\\{here}\\"),
        format!("/\\{here}/"),
        format!("//{here}/"),
        format!("http://{here}#@publisher.example/"),
        format!("http://{here}?@publisher.example/"),
    ];
    for location in &locations {
        is_refused(&redirected(302, location).await, location);
    }
    assert!(trap.is_untouched());
    for source in ["http://user:s3cr3t@publisher.example/", "https://s3cr3t@publisher.example/"] {
        let refused = Source::parse(source).unwrap_err();
        assert!(refused.contains("user name") && !refused.contains("s3cr3t"), "{refused}");
    }
}

#[tokio::test]
async fn s11_zones_are_no_part_of_an_address() {
    let trap = Trap::set();
    for host in ["[::1%25lo]", "[::1%lo]", "[fe80::1%251]", "[fe80::1%25eth0]"] {
        let address = format!("http://{host}:{}/", trap.port());
        assert!(Source::parse(&address).is_err(), "{address}");
        let reply = redirected(302, &address).await;
        assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
        assert!(reply.text().contains("can not be followed"), "{}", reply.text());
    }
    assert!(trap.is_untouched());
}

#[tokio::test]
async fn s12_only_http_and_https() {
    let trap = Trap::set();
    let here = trap.address();
    for scheme in
        ["ftp", "ws", "wss", "gopher", "file", "unix", "dict", "ldap", "http+unix", "feed", "jar:http"]
    {
        let address = format!("{scheme}://{here}/");
        assert!(Source::parse(&address).is_err(), "{address}");
        let reply = redirected(302, &address).await;
        assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
        assert!(reply.text().contains("can not be followed"), "{}", reply.text());
    }
    for location in ["data:text/xml,<rss/>", "javascript:alert(1)", "mailto:a@b.example", "about:blank"] {
        assert!(redirected(302, location).await.text().contains("can not be followed"), "{location}");
    }
    assert!(trap.is_untouched());
}

#[tokio::test]
async fn s12_addresses_that_have_to_be_repaired_are_judged_as_repaired() {
    let trap = Trap::set();
    let here = trap.address();
    for source in [
        format!("http:{here}/"),
        format!("http:/{here}/"),
        format!("http:////{here}/"),
        format!("  http://{here}/ "),
        format!("ht\ttp://{here}/"),
        format!("HTTP://{here}/"),
        format!("http:\\\\{here}/"),
        format!("http://127.0.\n0.1:{}/", trap.port()),
    ] {
        let (_, network) = Town::default().network();
        is_refused(&guarded(&source, &network).await.feed().await, &source);
    }
    for location in [format!("https:{here}/"), format!("https:/{here}/")] {
        is_refused(&redirected(302, &location).await, &location);
    }
    // It has no host, or this one: nobody connects in either case.
    let location = format!("///{here}/");
    assert_eq!(redirected(302, &location).await.status, StatusCode::BAD_GATEWAY);
    assert!(trap.is_untouched());
}

#[tokio::test]
async fn s13_nothing_that_was_meant_for_one_origin_goes_to_another() {
    let other = Publisher::with(Answer::ok(FEED).with("etag", "\"theirs\"").with("set-cookie", "b=2")).await;
    let first = Publisher::with_script([
        Answer::ok(titled("First")).with("etag", "\"ours\"").with("set-cookie", "a=1; Domain=example"),
        Answer::to(302, "http://other.example/feed.xml").with("set-cookie", "c=3").with("etag", "\"moved\""),
    ])
    .await;
    let both = [first.address(), other.address()];
    let town = Town::with_public(&both).naming("publisher.example", [&both[..1]]);
    let (_, network) = town.naming("other.example", [&both[1..]]).network();
    let proxy = guarded(SOURCE, &network).await;
    for _ in 0..3 {
        proxy.feed().await;
        proxy.turn_minutes(17);
    }
    assert_eq!(first.seen()[1].validators().0, Some("\"ours\""));
    let to_other: Vec<_> =
        other.seen().iter().map(|seen| seen.header("if-none-match").map(str::to_owned)).collect();
    assert_eq!(to_other, [None, Some("\"theirs\"".to_owned())]);
    assert_eq!(first.seen()[2].validators(), (None, None));
    for seen in first.seen().iter().chain(&other.seen()) {
        for name in ["authorization", "cookie", "proxy-authorization", "referer", "origin"] {
            assert_eq!(seen.header(name), None, "{seen:?}");
        }
    }
}

/// `limpid clean` in a process whose environment names a proxy.
async fn clean(arguments: &[&str], proxy: SocketAddr) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_limpid"));
    command.arg("clean").args(arguments).current_dir(std::env::temp_dir()).env("RUST_LOG", "off");
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env(name, format!("http://{proxy}"));
    }
    command.env_remove("NO_PROXY").env_remove("no_proxy");
    crate::soon(tokio::task::spawn_blocking(move || command.output())).await.unwrap().unwrap()
}

#[tokio::test]
async fn s14_a_proxy_in_the_environment_is_not_asked() {
    let (publisher, trap) = (Publisher::with(Answer::ok(FEED)).await, Trap::set());
    let output = clean(&[&publisher.url("/feed.xml"), "--allow-private"], trap.address()).await;
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), FEED.as_bytes()));
    assert_eq!((publisher.count(), trap.is_untouched()), (1, true));
}

#[tokio::test]
async fn clean_is_guarded_and_names_the_flag() {
    let trap = Trap::set();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("limpid.toml");
    let source = format!("http://{}/s3cr3t", trap.address());
    std::fs::write(&config, format!("[feeds.a]\nsource = {source:?}\n")).unwrap();
    let config = config.to_str().unwrap();
    let own = ["--config", config, "--feed", "a"];
    for arguments in [&[source.as_str()][..], &own, &[&own[..], &[&source]].concat()] {
        let output = clean(arguments, trap.address()).await;
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{message}");
        assert!(message.ends_with("allow-private = true in the feed, or --allow-private\n"), "{message}");
        assert!(message.lines().count() == 1 && !message.contains("s3cr3t"), "{message}");
    }
    assert!(trap.is_untouched());
    let user = clean(&["http://user:s3cr3t@publisher.example/"], trap.address()).await;
    let message = String::from_utf8_lossy(&user.stderr).into_owned();
    assert!(user.status.code() == Some(2) && !message.contains("s3cr3t"), "{message}");
}

#[tokio::test]
async fn clean_takes_leave_from_the_feed_or_the_flag() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let folder = tempfile::tempdir().unwrap();
    let (source, trap) = (publisher.url("/feed.xml"), Trap::set());
    let config = |name: &str, more: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("[feeds.a]\nsource = {source:?}\n{more}")).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (with, without) = (config("with.toml", "allow-private = true\n"), config("without.toml", ""));
    let runs: [&[&str]; 4] = [
        &["--config", &with, "--feed", "a"],
        &["--config", &with, "--feed", "a", &source],
        &["--config", &without, "--feed", "a", "--allow-private"],
        &["--config", &without, "--feed", "a", "--allow-private", &source],
    ];
    for arguments in runs {
        let output = clean(arguments, trap.address()).await;
        assert_eq!(
            (output.status.code(), output.stdout.as_slice()),
            (Some(0), FEED.as_bytes()),
            "{arguments:?}"
        );
    }
}

const PAGE: &str = "<html><body><article><p>All of it.</p></article></body></html>";

/// A feed of items that lead here.
fn leading_to(links: &[String]) -> String {
    let item = |link: &String| format!("<item><title>{link}</title><link>{link}</link></item>");
    let items: String = links.iter().map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>Links</title>{items}</channel></rss>\n")
}

const FULL_TEXT: &str = "rules = [{ full-text = { selector = \"article\" } }]\n";

/// The sentences of a receipt on pages that were not read, and the text of the feed.
async fn full_text(proxy: &Proxy, name: &str) -> (usize, String) {
    let feed = proxy.ask(Ask::get(&format!("/feeds/{name}"))).await;
    let receipt = proxy.ask(Ask::get(&format!("/feeds/{name}/receipt"))).await;
    let refused = "its page was not read: the address is not one that limpid connects to";
    (receipt.text().matches(refused).count(), feed.text().to_owned())
}

#[tokio::test]
async fn s15_pages_of_items_are_judged_as_well() {
    let trap = Trap::set();
    let links = [
        format!("http://{}/page", trap.address()),
        format!("http://0x7f.1:{}/page", trap.port()),
        "http://inside.example/page".to_owned(),
        "http://user:password@publisher.example/page".to_owned(),
    ];
    let publisher = Publisher::with_script([Answer::ok(leading_to(&links))]).await;
    let (_, network) = town(&publisher).naming("inside.example", [&[trap.address()]]).network();
    let config = format!("[feeds.tides]\nsource = {SOURCE:?}\n{FULL_TEXT}");
    let proxy = Proxy::guarded(&config, &network).await;
    let (refused, feed) = full_text(&proxy, "tides").await;
    assert_eq!((refused, publisher.count()), (links.len(), 1), "{feed}");
    assert!(trap.is_untouched() && feed.contains("<title>Links</title>"));
    // A page that can be read is, and one that moves inside is not.
    let links = ["http://publisher.example/page".to_owned()];
    for (page, expected) in [(Answer::ok(PAGE), 0), (Answer::to(301, "http://inside.example/"), 1)] {
        let publisher = Publisher::with_script([Answer::ok(leading_to(&links)), page]).await;
        let (_, network) = town(&publisher).naming("inside.example", [&[trap.address()]]).network();
        let (refused, feed) = full_text(&Proxy::guarded(&config, &network).await, "tides").await;
        assert_eq!((refused, feed.contains("All of it.")), (expected, expected == 0), "{feed}");
    }
    assert!(trap.is_untouched());
}

#[tokio::test]
async fn s16_a_source_that_is_limpid_itself_is_a_loop() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let own = listener.local_addr().unwrap();
    let elsewhere = Publisher::with(Answer::to(307, &format!("http://{own}/feeds/moved"))).await;
    let config = format!(
        "[feeds.tides]\nsource = \"http://{own}{PATH}\"\nallow-private = true\n\
         [feeds.moved]\nsource = {:?}\nallow-private = true\n\
         [feeds.guarded]\nsource = \"http://{own}{PATH}\"\n",
        elsewhere.url("/")
    );
    let (_, network) = Town::default().network();
    let proxy = Proxy::at(listener, &config, &network);
    for name in ["tides", "moved"] {
        let reply = proxy.ask(Ask::get(&format!("/feeds/{name}"))).await;
        let sentence = "The publisher answered 508: it leads in a circle.\n";
        assert_eq!((reply.status, reply.text()), (StatusCode::BAD_GATEWAY, sentence));
    }
    is_refused(&proxy.ask(Ask::get("/feeds/guarded")).await, "without leave it does not come so far");
    let mark = elsewhere.last().header("cdn-loop").unwrap().to_owned();
    let looped =
        proxy.ask(Ask::get("/healthz").with("cdn-loop", &format!("other.example; a=b, {mark}"))).await;
    assert_eq!(looped.status, StatusCode::LOOP_DETECTED);
    let others = proxy.ask(Ask::get("/healthz").with("cdn-loop", "limpid-0123456789abcdef")).await;
    assert_eq!(others.status, StatusCode::OK, "another limpid may be a reader");
}

#[tokio::test]
async fn leave_is_for_one_feed() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let source = publisher.url("/feed.xml");
    let config = format!(
        "[feeds.may]\nsource = {source:?}\nallow-private = true\n[feeds.may-not]\nsource = {source:?}\n\
         [feeds.says-so]\nsource = {source:?}\nallow-private = false\n[feeds.of-may]\nsource = \"feed:may\"\n\
         [feeds.of-may-not]\nsource = \"feed:may-not\"\nallow-private = true\n"
    );
    let (_, network) = Town::default().network();
    let proxy = Proxy::guarded(&config, &network).await;
    for name in ["may", "of-may"] {
        let reply = proxy.ask(Ask::get(&format!("/feeds/{name}"))).await;
        assert_eq!((reply.status, reply.text()), (StatusCode::OK, FEED), "{name}");
    }
    for name in ["may-not", "says-so", "of-may-not"] {
        is_refused(&proxy.ask(Ask::get(&format!("/feeds/{name}"))).await, name);
    }
    assert_eq!(publisher.count(), 1);
}

/// The two feeds, their rules and their items are the same; only one may read the pages.
#[tokio::test]
async fn leave_is_for_the_pages_of_one_feed() {
    let inside = Publisher::with(Answer::ok(PAGE)).await;
    let outside = Publisher::with(Answer::ok(leading_to(&[inside.url("/page")]))).await;
    let (_, network) = town(&outside).network();
    let config = format!(
        "[feeds.may]\nsource = {SOURCE:?}\nallow-private = true\n{FULL_TEXT}[feeds.may-not]\nsource = {SOURCE:?}\n{FULL_TEXT}\
         [feeds.of-may]\nsource = \"feed:may\"\n[feeds.of-may-not]\nsource = \"feed:may-not\"\nallow-private = true\n"
    );
    for order in [["may", "may-not", "of-may", "of-may-not"], ["of-may-not", "of-may", "may-not", "may"]] {
        let proxy = Proxy::guarded(&config, &network).await;
        for name in order {
            let (refused, feed) = full_text(&proxy, name).await;
            let may = !name.ends_with("may-not");
            assert_eq!((refused, feed.contains("All of it.")), (usize::from(!may), may), "{name}");
        }
    }
}

/// Answers every request of one single connection, and accepts no other.
async fn one_connection(listener: TcpListener) {
    let (stream, _) = listener.accept().await.unwrap();
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{FEED}", FEED.len());
    let mut text = Vec::new();
    while matches!(read_some(&stream, &mut text).await, Ok(1..)) {
        if text.ends_with(b"\r\n\r\n") {
            text.clear();
            write_all(&stream, answer.as_bytes()).await.unwrap();
        }
    }
}

/// The connection is still open and idle when the second feed asks: a pool that both shared would hand it out.
#[tokio::test]
async fn a_connection_made_with_leave_is_not_used_without() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let (_, network) =
        Town::default().naming("inside.example", [&[listener.local_addr().unwrap()]]).network();
    tokio::spawn(one_connection(listener));
    let config = "[feeds.tides]\nsource = \"http://inside.example/\"\nallow-private = true\n\
                  [feeds.may-not]\nsource = \"http://inside.example/\"\n";
    let proxy = Proxy::guarded(config, &network).await;
    for _ in 0..3 {
        let fresh = proxy.feed().await;
        assert!(fresh.text() == FEED && !fresh.is_marked_stale(), "it is used again by the same feed");
        is_refused(&proxy.ask(Ask::get("/feeds/may-not")).await, "and by no other");
        proxy.turn_minutes(60);
        others_run().await;
    }
}
