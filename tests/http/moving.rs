//! Moving in: `limpid opml import` and `limpid add` ask real publishers, each once, and only where they may.

use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use limpid::cli::survey::{AT_MOST, Found, Survey};
use limpid::config::Packs;
use limpid::fetch::Fetcher;
use limpid::fetch::guard::Network;
use tempfile::TempDir;
use url::Url;

use crate::network::{OnTheNet, Town, Trap};
use crate::publisher::{Answer, Gate, Publisher};
use crate::{FEED, soon, titled};

/// A feed of a platform.
fn substack() -> String {
    FEED.replace("<link>", "<generator>Substack</generator>\n<link>")
}

fn survey(network: Arc<dyn Network>, allow_private: bool) -> Survey {
    let config = limpid::config::read("[fetch]\nhost-spacing = \"0s\"\n", None).unwrap();
    let fetcher = Fetcher::new(&config.fetch, &network);
    Survey { fetcher, network, packs: Packs::default(), allow_private, at_most: AT_MOST }
}

fn urls(all: &[String]) -> Vec<Url> {
    all.iter().map(|url| Url::parse(url).unwrap()).collect()
}

#[tokio::test]
async fn p18_every_feed_is_asked_once_and_in_the_order_of_the_list() {
    let (letters, tides) =
        (Publisher::with(Answer::ok(substack())).await, Publisher::with(Answer::ok(FEED)).await);
    let (page, gone) = (
        Publisher::with(Answer::ok("<!doctype html><p>Sign in</p>")).await,
        Publisher::with(Answer::status(410)).await,
    );
    let all = [&tides, &letters, &gone, &page].map(|publisher| publisher.url("/feed.xml"));
    let count = AtomicUsize::new(0);
    let survey = survey(OnTheNet::network(), false);
    let found = soon(survey.run(&urls(&all), || {
        count.fetch_add(1, Ordering::Relaxed);
    }))
    .await;
    let (found, is_private): (Vec<Found>, Vec<bool>) = found.into_iter().unzip();
    assert_eq!(found[..2], [Found::Packs(vec![]), Found::Packs(vec!["substack".to_owned()])]);
    assert!(matches!(&found[2], Found::Failed(why) if why.contains("gone for good")), "{:?}", found[2]);
    assert!(matches!(&found[3], Found::Failed(why) if why.contains("web page")), "{:?}", found[3]);
    assert!(is_private.iter().all(|is| !is));
    for publisher in [letters, tides, page, gone] {
        assert_eq!(publisher.count(), 1);
    }
    assert_eq!(count.into_inner(), 4);
}

#[tokio::test]
async fn p19_many_feeds_of_one_host_are_asked_one_after_the_other() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let all: Vec<String> = (0..100).map(|n| publisher.url(&format!("/{n}"))).collect();
    let found = soon(survey(OnTheNet::network(), false).run(&urls(&all), || ())).await;
    assert!(found.iter().all(|(found, _)| *found == Found::Packs(vec![])), "{found:?}");
    assert_eq!(publisher.count(), 100);
}

#[tokio::test]
async fn s01_s09_nothing_private_is_asked_without_leave_nor_where_a_publisher_leads_there() {
    let trap = Trap::set();
    let public = Publisher::with(Answer::to(302, &format!("http://127.0.0.1:{}/", trap.port()))).await;
    let (_, network) =
        Town::with_public(&[public.address()]).naming("inside.example", [&[trap.address()]]).network();
    let all = [
        public.url("/feed"),
        format!("http://inside.example:{}/", trap.port()),
        format!("http://{}/", trap.address()),
    ];
    let found = soon(survey(network.clone(), false).run(&urls(&all), || ())).await;
    assert!(found.iter().all(|(found, _)| matches!(found, Found::Failed(_))), "{found:?}");
    // With leave for what is private itself, what a public one leads to is still none of that.
    let found = soon(survey(network, true).run(&urls(&all[..1]), || ())).await;
    assert!(matches!(found[0], (Found::Failed(_), false)), "{found:?}");
    assert!(trap.is_untouched());
}

#[tokio::test]
async fn a_publisher_that_does_not_answer_keeps_nobody_for_ever() {
    let gate = Gate::closed();
    let publisher = Publisher::with(Answer::ok(FEED).behind(&gate)).await;
    let survey = Survey { at_most: Duration::ZERO, ..survey(OnTheNet::network(), false) };
    let all = urls(&[publisher.url("/a"), publisher.url("/b")]);
    let found = soon(survey.run(&all, || ())).await;
    assert_eq!(found, [(Found::NotAsked, false), (Found::NotAsked, false)]);
}

/// Runs the command beside the publishers of the test.
async fn limpid(room: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_limpid"));
    command.args(arguments).current_dir(room.path()).env("NO_COLOR", "1");
    soon(tokio::task::spawn_blocking(move || command.output().unwrap())).await.unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[allow(clippy::disallowed_methods, reason = "a file of this test")]
fn written(room: &TempDir) -> String {
    std::fs::read_to_string(room.path().join("limpid.toml")).unwrap_or_default()
}

#[tokio::test]
async fn import_says_which_platforms_feeds_are_of_and_which_did_not_answer() {
    let (letters, gone) =
        (Publisher::with(Answer::ok(substack())).await, Publisher::with(Answer::status(404)).await);
    let room = TempDir::new().unwrap();
    let list = format!(
        "<opml><body><outline text='Letters' xmlUrl='{}'/><outline text='Gone' xmlUrl='{}'/></body></opml>",
        letters.url("/feed"),
        gone.url("/feed")
    );
    std::fs::write(room.path().join("list.opml"), list).unwrap();
    let refused = limpid(&room, &["opml", "import", "list.opml", "--dry-run"]).await;
    assert!(refused.status.success() && said(&refused).contains("not read: letters"), "{}", said(&refused));
    assert_eq!((letters.count(), gone.count()), (0, 0), "they are on this machine");
    let ran = limpid(&room, &["opml", "import", "list.opml", "--allow-private"]).await;
    let text = said(&ran);
    assert!(ran.status.success(), "{text}");
    assert!(text.contains("2 feeds added to limpid.toml, 0 left out"), "{text}");
    assert!(text.contains("not read: gone") && text.contains("404: there is no such feed"), "{text}");
    assert!(text.contains("1 answered (1 substack); 1 did not, and are there all the same"), "{text}");
    assert!(!text.contains("asking"), "no progress where nobody sees it: {text}");
    let expected = format!(
        "[feeds.letters]\ntitle = \"Letters\"\nsource = \"{}\"\nallow-private = true\nrules = [\"auto\"]  # substack\n\n\
         [feeds.gone]\ntitle = \"Gone\"\nsource = \"{}\"\nallow-private = true\nrules = [\"auto\"]\n",
        letters.url("/feed"),
        gone.url("/feed")
    );
    assert_eq!(written(&room), expected);
}

#[tokio::test]
async fn an_import_that_is_stopped_has_written_nothing() {
    let gate = Gate::closed();
    let publisher = Publisher::with(Answer::ok(FEED).behind(&gate)).await;
    let room = TempDir::new().unwrap();
    let list =
        format!("<opml><body><outline text='Tides' xmlUrl='{}'/></body></opml>", publisher.url("/feed"));
    std::fs::write(room.path().join("list.opml"), list).unwrap();
    let before = "# mine\n[feeds.a]\nsource = \"sample:newsletter\"";
    std::fs::write(room.path().join("limpid.toml"), before).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_limpid"))
        .args(["opml", "import", "list.opml", "--allow-private"])
        .current_dir(room.path())
        .spawn()
        .unwrap();
    publisher.arrived(1).await;
    let told = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let ended = soon(tokio::task::spawn_blocking(move || child.wait().unwrap())).await.unwrap();
    assert!(told.success() && !ended.success());
    assert_eq!(written(&room), before);
    assert_eq!(std::fs::read_dir(room.path()).unwrap().count(), 2, "nothing is left over");
}

#[tokio::test]
async fn add_finds_the_feed_that_a_page_links_to() {
    let page = "<!doctype html><head><link rel=alternate type=application/rss+xml title='Comments' href=/comments/feed>\
                <link rel=alternate type=application/rss+xml title=Letters href=/feed></head>";
    let publisher = Publisher::with_script([Answer::ok(page), Answer::ok(substack())]).await;
    let room = TempDir::new().unwrap();
    let url = publisher.url("/blog");
    let closed = limpid(&room, &["add", &url, "--yes"]).await;
    assert!(!closed.status.success() && said(&closed).contains("--allow-private"), "{}", said(&closed));
    assert_eq!(publisher.count(), 0);
    // In a pipe there is nobody to ask.
    let shown = limpid(&room, &["add", &url, "--allow-private"]).await;
    let text = said(&shown);
    assert!(shown.status.code() == Some(2) && text.contains("--yes adds it"), "{text}");
    assert!(text.contains("The page has 2 feeds") && text.contains("* 2  http"), "{text}");
    assert!(text.contains("Tide tables, with substack: 3 of 3 items kept"), "{text}");
    assert_eq!((written(&room).as_str(), publisher.count()), ("", 2));
    publisher.now(Answer::ok(substack()));
    let feed = publisher.url("/feed");
    let added = limpid(&room, &["add", &feed, "--allow-private", "--yes", "--name", "tides"]).await;
    assert!(added.status.success(), "{}", said(&added));
    assert!(said(&added).contains("read it at http://127.0.0.1:8080/feeds/tides"), "{}", said(&added));
    let expected = format!(
        "[feeds.tides]\ntitle = \"Tide tables\"\nsource = \"{feed}\"\nallow-private = true\nrules = [\"substack\"]\n"
    );
    assert_eq!(written(&room), expected);
    let again = limpid(&room, &["add", &feed, "--allow-private", "--yes"]).await;
    assert!(again.status.code() == Some(2) && said(&again).contains("configured already, as `tides`"));
    assert_eq!((written(&room), publisher.count()), (expected, 3));
}

#[tokio::test]
async fn add_looks_where_feeds_usually_are_and_no_further() {
    let page = Answer::ok("<!doctype html><p>Welcome</p>");
    let script = [page.clone(), Answer::status(404), page.clone(), Answer::ok(titled("Lights"))];
    let publisher = Publisher::with_script(script).await;
    let room = TempDir::new().unwrap();
    let url = publisher.url("/");
    let added = limpid(&room, &["add", &url, "--allow-private", "--yes"]).await;
    assert!(added.status.success(), "{}", said(&added));
    assert!(
        written(&room).contains(&format!("source = \"{}\"\n", publisher.url("/atom.xml"))),
        "{}",
        written(&room)
    );
    assert_eq!(publisher.count(), 4);
    publisher.now(page);
    let none = limpid(&room, &["add", &publisher.url("/other"), "--allow-private", "--yes"]).await;
    assert!(none.status.code() == Some(1) && said(&none).contains("links to no feed"), "{}", said(&none));
    assert_eq!((said(&none).lines().count(), publisher.count()), (1, 10));
}

#[tokio::test]
async fn add_takes_the_address_that_a_feed_has_moved_to_for_good() {
    let publisher = Publisher::with_script([Answer::to(301, "/new.xml"), Answer::ok(FEED)]).await;
    let room = TempDir::new().unwrap();
    let added =
        limpid(&room, &["add", &publisher.url("/old.xml"), "--allow-private", "--yes", "--pack", "trackers"])
            .await;
    assert!(added.status.success(), "{}", said(&added));
    let text = written(&room);
    assert!(text.contains(&publisher.url("/new.xml")) && text.contains("rules = [\"trackers\"]"), "{text}");
}
