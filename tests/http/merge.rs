//! One feed of several sources: each publisher asked as rarely as for one, and none of them able to take the
//! others' items away.

use futures_util::future::join_all;
use hyper::StatusCode;
use limpid::feed::{self, Feed, Format};
use tokio::task::JoinSet;

use crate::client::{Ask, Reply};
use crate::others_run;
use crate::proxy::Proxy;
use crate::publisher::{Answer, Gate, Publisher};

/// The merged feed of [`Sea::config`].
const ALL: &str = "/feeds/all";

/// An item of an RSS feed: its day of June, or none.
fn item(id: &str, day: u32) -> String {
    let date = format!("<pubDate>{day:02} Jun 2026 10:00:00 GMT</pubDate>");
    let date = if day == 0 { "" } else { &date };
    format!(
        "<item><guid isPermaLink=\"false\">{id}</guid><title><![CDATA[{id} & more]]></title>{date}</item>\n"
    )
}

/// An RSS feed of these items.
fn rss(title: &str, items: &[(&str, u32)]) -> String {
    let items: String = items.iter().map(|(id, day)| item(id, *day)).collect();
    format!("<rss version=\"2.0\"><channel>\n<title>{title}</title>\n{items}</channel></rss>\n")
}

/// The items of three feeds, newest first; what has no date comes last.
const SORTED: [&str; 6] = ["b2", "a2", "c1", "b1", "a1", "c0"];

/// Three publishers.
struct Sea {
    publishers: Vec<Publisher>,
}

impl Sea {
    /// Each with this answer to everything.
    async fn with(answers: [Answer; 3]) -> Self {
        Sea { publishers: join_all(answers.map(Publisher::with)).await }
    }

    /// Each with its feed.
    async fn calm() -> Self {
        Sea::with(Sea::answers()).await
    }

    fn answers() -> [Answer; 3] {
        [
            rss("A", &[("a1", 1), ("a2", 5)]),
            rss("B", &[("b1", 2), ("b2", 6)]),
            rss("C", &[("c0", 0), ("c1", 3)]),
        ]
        .map(Answer::ok)
    }

    /// A feed of all three, with further lines for it and after it.
    fn config(&self, more: &str) -> String {
        let urls: Vec<String> =
            self.publishers.iter().map(|one| format!("\"{}\"", one.url("/feed"))).collect();
        format!("[feeds.all]\nsources = [{}]\n{more}\n", urls.join(", "))
    }

    async fn proxy(&self, more: &str) -> Proxy {
        Proxy::start(&self.config(more)).await
    }

    /// How often each was asked.
    fn counts(&self) -> Vec<usize> {
        self.publishers.iter().map(Publisher::count).collect()
    }
}

async fn all(proxy: &Proxy) -> Reply {
    proxy.ask(Ask::get(ALL)).await
}

fn parsed(reply: &Reply) -> Feed {
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let feed = feed::parse(reply.text().to_owned()).unwrap();
    assert!(feed.mended.is_empty(), "{:?}", feed.mended);
    feed
}

fn ids(reply: &Reply) -> Vec<String> {
    let feed = parsed(reply);
    feed.items.iter().map(|item| feed.id(item).unwrap()).collect()
}

fn status(reply: &Reply) -> &str {
    reply.header("cache-status").unwrap()
}

#[tokio::test]
async fn sources_are_put_together_newest_first() {
    let sea = Sea::calm().await;
    let reply = all(&sea.proxy("").await).await;
    assert_eq!(ids(&reply), SORTED);
    let items: String = ["b2", "a2", "c1", "b1", "a1", "c0"]
        .into_iter()
        .zip([6, 5, 3, 2, 1, 0])
        .map(|(id, day)| item(id, day))
        .collect();
    let expected = format!("<rss version=\"2.0\"><channel>\n<title>A</title>\n{items}</channel></rss>\n");
    assert_eq!(reply.text(), expected, "every byte of every item is its publisher's");
    assert_eq!(reply.header("content-type"), Some("application/rss+xml; charset=utf-8"));
    assert_eq!(sea.counts(), [1, 1, 1]);
}

#[tokio::test]
async fn two_sources_and_their_own_order() {
    let sea = Sea::calm().await;
    let urls: Vec<String> = sea.publishers[..2].iter().map(|one| one.url("/feed")).collect();
    let rules = "rules = [{ sort = 'oldest' }, { limit = 3 }]";
    let proxy = Proxy::start(&format!("[feeds.all]\nsources = {urls:?}\n{rules}\n")).await;
    assert_eq!(ids(&all(&proxy).await), ["a1", "b1", "a2"]);
}

#[tokio::test]
async fn a_limit_counts_from_the_newest_of_all() {
    let sea = Sea::calm().await;
    assert_eq!(ids(&all(&sea.proxy("rules = [{ limit = 2 }]").await).await), SORTED[..2]);
    let sorted = sea.proxy("rules = [{ sort = 'title' }, { limit = 4 }]").await;
    assert_eq!(ids(&all(&sorted).await), ["a1", "a2", "b1", "b2"]);
}

#[tokio::test]
async fn other_feeds_come_with_their_rules() {
    let sea = Sea::calm().await;
    let [a, b] = [0, 1].map(|at: usize| sea.publishers[at].url("/feed"));
    let config = format!(
        "[feeds.all]\nsources = [\"feed:a\", \"{b}\", \"feed:both\"]\nrules = [{{ drop = {{ title = 'b1' }} }}]\n\
         [feeds.a]\nsource = \"{a}\"\nrules = [{{ keep = {{ title = 'a2' }} }}, {{ replace = {{ in = 'title', pattern = 'more', with = 'less' }} }}]\n\
         [feeds.both]\nsources = [\"feed:a\", \"{b}\"]\nrules = [{{ limit = 1 }}]\n"
    );
    let proxy = Proxy::start(&config).await;
    let reply = all(&proxy).await;
    assert_eq!(ids(&reply), ["b2", "b2", "a2"]);
    assert!(reply.text().contains("a2 & less") && reply.text().contains("b2 & more"), "{}", reply.text());
    assert_eq!(ids(&proxy.ask(Ask::get("/feeds/both")).await), ["b2"]);
    assert_eq!(sea.counts(), [1, 1, 0]);
}

#[tokio::test]
async fn a_publisher_is_asked_once_however_many_feeds_are_made_of_it() {
    let sea = Sea::calm().await;
    let a = sea.publishers[0].url("/feed");
    let single =
        format!("[feeds.a]\nsource = \"{a}\"\n[feeds.again]\nsource = \"{a}\"\nrules = [{{ limit = 1 }}]\n");
    let twice = format!("[feeds.twice]\nsources = [\"{a}\", \"{a}\", \"feed:all\"]\n");
    let proxy = sea.proxy(&format!("{single}{twice}")).await;
    let paths = ["/feeds/a", ALL, "/feeds/again", "/feeds/twice", "/feeds/all.json", "/feeds/twice.atom"];
    for _ in 0..2 {
        for path in paths {
            assert_eq!(proxy.ask(Ask::get(path)).await.status, StatusCode::OK, "{path}");
        }
    }
    assert_eq!(sea.counts(), [1, 1, 1]);
    proxy.turn_minutes(17);
    for path in paths {
        proxy.ask(Ask::get(path)).await;
    }
    assert_eq!(sea.counts(), [2, 2, 2]);
}

#[tokio::test]
async fn many_cold_readers_are_one_request_to_each() {
    let gate = Gate::closed();
    let sea = Sea::with(Sea::answers().map(|answer| answer.behind(&gate))).await;
    let proxy = sea.proxy("").await;
    let mut readers = JoinSet::new();
    for reader in 0..50 {
        let path = [ALL, "/feeds/all.atom", "/feeds/all.json"][reader % 3];
        readers.spawn(Ask::get(path).of(proxy.address));
    }
    for publisher in &sea.publishers {
        publisher.arrived(1).await;
    }
    others_run().await;
    gate.open();
    let replies = readers.join_all().await;
    assert!(replies.len() == 50 && replies.iter().all(|reply| ids(reply) == SORTED));
    assert_eq!(sea.counts(), [1, 1, 1]);
}

#[tokio::test]
async fn one_that_fails_from_the_start_is_left_out_until_it_recovers() {
    for broken in 0..3 {
        let mut answers = Sea::answers();
        answers[broken] = Answer::status(500);
        let sea = Sea::with(answers).await;
        let proxy = sea.proxy("").await;
        let name = ["a", "b", "c"][broken];
        let others: Vec<&str> = SORTED.into_iter().filter(|id| !id.starts_with(name)).collect();
        let reply = all(&proxy).await;
        assert_eq!(ids(&reply), others);
        assert!(status(&reply).ends_with("; detail=\"1 of 3 sources failing\""), "{}", status(&reply));
        let unchanged = proxy.ask(Ask::get(ALL).with("if-none-match", reply.etag())).await;
        assert!(unchanged.status == StatusCode::NOT_MODIFIED && status(&unchanged).contains("1 of 3"));
        sea.publishers[broken].now(Sea::answers()[broken].clone());
        assert_eq!(ids(&all(&proxy).await), others, "it is not asked again too soon");
        proxy.turn_minutes(17);
        let whole = all(&proxy).await;
        assert_eq!(ids(&whole), SORTED);
        assert!(!status(&whole).contains("detail"), "{}", status(&whole));
    }
}

#[tokio::test]
async fn one_that_fails_later_keeps_its_last_good_items() {
    let sea = Sea::calm().await;
    let proxy = sea.proxy("").await;
    let before = all(&proxy).await;
    for failure in [
        Answer::status(500),
        Answer::close(),
        Answer::ok("<html>"),
        Answer::ok(&rss("B", &[("b9", 9)])[..120]),
    ] {
        sea.publishers[1].now(failure.clone());
        proxy.turn_minutes(24 * 60);
        let reply = all(&proxy).await;
        assert_eq!(reply.text(), before.text(), "{failure:?}");
        assert_eq!(reply.etag(), before.etag());
        assert!(status(&reply).contains("detail=\"1 of 3 sources failing\""), "{}", status(&reply));
    }
    sea.publishers[1].now(Answer::ok(rss("B", &[("b3", 7)])));
    proxy.turn_minutes(24 * 60);
    assert_eq!(ids(&all(&proxy).await), ["b3", "a2", "c1", "a1", "c0"]);
}

#[tokio::test]
async fn where_all_fail_the_first_says_why() {
    let sea = Sea::with([Answer::status(500), Answer::status(403), Answer::ok("<html>")]).await;
    let proxy = sea.proxy("").await;
    let reply = all(&proxy).await;
    let sentence = "The publisher answered 500: something is wrong on its side.\n";
    assert_eq!((reply.status, reply.text()), (StatusCode::BAD_GATEWAY, sentence));
    assert_eq!((reply.header("retry-after"), reply.header("cache-control")), (Some("900"), Some("no-store")));
    for (publisher, answer) in sea.publishers.iter().zip(Sea::answers()) {
        publisher.now(answer);
    }
    proxy.turn_minutes(17);
    assert_eq!(ids(&all(&proxy).await), SORTED);
    for publisher in &sea.publishers {
        publisher.now(Answer::close());
    }
    proxy.turn_minutes(17);
    let stale = all(&proxy).await;
    assert_eq!(ids(&stale), SORTED);
    assert!(status(&stale).contains("3 of 3 sources failing"), "{}", status(&stale));
}

#[tokio::test]
async fn a_feed_made_of_another_says_that_its_sources_fail() {
    let mut answers = Sea::answers();
    answers[1] = Answer::status(503);
    let sea = Sea::with(answers).await;
    let [a, b] = [0, 1].map(|at: usize| sea.publishers[at].url("/feed"));
    let config = format!(
        "[feeds.all]\nsources = [\"feed:a\", \"feed:b\"]\n[feeds.a]\nsource = \"{a}\"\n[feeds.b]\nsource = \"{b}\"\n"
    );
    let proxy = Proxy::start(&config).await;
    let reply = all(&proxy).await;
    assert_eq!(ids(&reply), ["a2", "a1"]);
    assert!(status(&reply).contains("1 of 2 sources failing"), "{}", status(&reply));
    assert_eq!(proxy.ask(Ask::get("/feeds/b")).await.status, StatusCode::BAD_GATEWAY);
    assert_eq!(sea.counts(), [1, 1, 0]);
}

#[tokio::test]
async fn it_is_fresh_as_long_as_each_of_its_sources() {
    let [a, b, c] = Sea::answers();
    let long = |answer: Answer, seconds: u32| answer.with("cache-control", &format!("max-age={seconds}"));
    let sea = Sea::with([long(a, 7200), long(b, 3600), long(c, 5400)]).await;
    let proxy = sea.proxy("").await;
    assert_eq!(all(&proxy).await.fresh_for(), 3600);
    proxy.turn(3000);
    let reply = all(&proxy).await;
    assert_eq!((reply.fresh_for(), status(&reply)), (600, "limpid; ttl=600"));
    proxy.turn(700);
    assert_eq!(all(&proxy).await.fresh_for(), 5400 - 3700);
    assert_eq!(sea.counts(), [1, 2, 1]);
}

#[tokio::test]
async fn the_tag_changes_when_one_of_them_does() {
    let sea = Sea::calm().await;
    let proxy = sea.proxy("").await;
    let first = all(&proxy).await;
    assert_eq!(all(&proxy).await.etag(), first.etag());
    proxy.turn_minutes(17);
    let again = proxy.ask(Ask::get(ALL).with("if-none-match", first.etag())).await;
    assert_eq!((again.status, sea.counts()), (StatusCode::NOT_MODIFIED, vec![2, 2, 2]));
    let restarted = sea.proxy("").await;
    assert_eq!(all(&restarted).await.etag(), first.etag());
    sea.publishers[2].now(Answer::ok(rss("C", &[("c1", 3)])));
    proxy.turn_minutes(17);
    let changed = proxy.ask(Ask::get(ALL).with("if-none-match", first.etag())).await;
    assert_eq!(ids(&changed), &SORTED[..5]);
    assert_ne!(changed.etag(), first.etag());
}

#[tokio::test]
async fn of_one_story_in_two_feeds_the_first_feeds_stays() {
    let story = |id: &str, link: &str, day: u32| {
        item(id, day).replace("</item>", &format!("<link>https://www.a.example/{link}</link></item>"))
    };
    let feed = |items: &[String]| format!("<rss><channel><title>T</title>{}</channel></rss>", items.concat());
    let sea = Sea::with([
        Answer::ok(feed(&[story("a1", "x", 1), story("a2", "y?p=1", 2)])),
        Answer::ok(feed(&[story("b1", "x/?utm_source=rss", 9), story("b2", "y?p=2", 3)])),
        Answer::ok(feed(&[story("c1", "y?p=2", 8)])),
    ])
    .await;
    let proxy = sea.proxy("rules = [{ dedupe = 'link' }]").await;
    assert_eq!(ids(&all(&proxy).await), ["b2", "a2", "a1"]);
}

const ATOM: &str = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Atom</title><id>urn:b</id><updated>2026-06-06T10:00:00Z</updated>\
    <entry><id>b1</id><title>B1</title><updated>2026-06-02T10:00:00Z</updated></entry>\
    <entry><id>b2</id><title>B2</title><updated>2026-06-06T10:00:00Z</updated></entry></feed>";

const JSON: &str = "{\"version\": \"https://jsonfeed.org/version/1.1\", \"title\": \"J\", \"items\": [\
    {\"id\": \"c0\", \"content_text\": \"x\"}, {\"id\": \"c1\", \"content_text\": \"x\", \"date_published\": \"2026-06-03T10:00:00Z\"}]}";

#[tokio::test]
async fn of_several_formats_the_first_is_that_of_the_feed() {
    let first = rss("A", &[("a1", 1), ("a2", 5)]);
    let answers = [first.as_str(), ATOM, JSON];
    for turn in 0..3 {
        let sea = Sea::with([0, 1, 2].map(|at| Answer::ok(answers[(at + turn) % 3]))).await;
        let proxy = sea.proxy("").await;
        let reply = all(&proxy).await;
        let feed = parsed(&reply);
        assert_eq!(feed.format, [Format::Rss, Format::Atom, Format::Json][turn]);
        assert_eq!(ids(&reply), SORTED, "{}", reply.text());
        assert_eq!(reply.header("content-type"), Some(feed.format.media_type()));
        for ending in [".rss", ".atom", ".json"] {
            assert_eq!(ids(&proxy.ask(Ask::get(&format!("{ALL}{ending}"))).await), SORTED);
        }
        assert_eq!(sea.counts(), [1, 1, 1]);
    }
}

#[tokio::test]
async fn of_several_formats_items_of_the_first_keep_their_bytes() {
    let first = rss("A", &[("a1", 1), ("a2", 5)]);
    let sea = Sea::with([Answer::ok(first), Answer::ok(ATOM), Answer::ok(JSON)]).await;
    let reply = all(&sea.proxy("").await).await;
    assert!(
        reply.text().contains(&item("a1", 1)) && reply.text().contains(&item("a2", 5)),
        "{}",
        reply.text()
    );
}

#[tokio::test]
async fn the_configuration_names_the_format_of_a_merged_feed() {
    let sea = Sea::calm().await;
    let proxy = sea.proxy("format = \"atom\"\nrules = [{ limit = 5 }]").await;
    let reply = all(&proxy).await;
    assert_eq!(
        (parsed(&reply).format, ids(&reply)),
        (Format::Atom, SORTED[..5].iter().map(ToString::to_string).collect())
    );
    let back = proxy.ask(Ask::get("/feeds/all.rss")).await;
    assert_eq!(ids(&back), SORTED[..5]);
}
