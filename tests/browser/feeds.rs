//! Feeds that are opened in a browser: a page, and nothing that runs.

use serde_json::{Value, json};

use crate::harness::Browser;
use crate::site::Site;

const RSS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="/theirs.xsl"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">
<channel><title>Tide tables</title><link>https://tides.example.org/</link><description>All about &lt;b&gt;tides&lt;/b&gt;</description>
<itunes:title>Spoken tides</itunes:title>
<image><title>A picture</title><url>https://tides.example.org/p.png</url></image>
<item><title>High water</title><link>https://tides.example.org/1</link><guid>tides-1</guid>
<pubDate>Fri, 12 Jun 2026 15:00:12 GMT</pubDate><description>&lt;p class="soup"&gt;At six.&lt;/p&gt;</description>
<media:title>Not this</media:title><content:encoded><![CDATA[<p>At six, and <em>later</em>.</p>]]></content:encoded></item>
</channel></rss>"#;

const ATOM: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Tide tables</title><id>urn:tides</id><updated>2026-06-12T15:00:12Z</updated>
<link rel="alternate" href="https://tides.example.org/"/>
<entry><title>High water</title><id>urn:tides:1</id><updated>2026-06-13T10:00:00Z</updated><published>2026-06-12T15:00:12Z</published>
<link rel="alternate" href="https://tides.example.org/1"/><summary type="html">&lt;p class="soup"&gt;At six.&lt;/p&gt;</summary>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>At six, and <em>later</em>.</p></div></content></entry></feed>"#;

const RDF: &str = r#"<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://tides.example.org/"><title>Tide tables</title><link>https://tides.example.org/</link><description>Soup &lt;p&gt;</description>
<items><rdf:Seq><rdf:li rdf:resource="https://tides.example.org/1"/></rdf:Seq></items></channel>
<item rdf:about="https://tides.example.org/1"><title>High water</title><link>https://tides.example.org/1</link><dc:date>2026-06-12</dc:date>
<description>&lt;p class="soup"&gt;At six.&lt;/p&gt;</description></item></rdf:RDF>"#;

/// What is shown of a document, line by line, whatever it is made of.
const SHOWN: &str = "const walk = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_CDATA_SECTION);\
    const all = []; while (walk.nextNode()) { const text = walk.currentNode.data.trim();\
    const range = document.createRange(); range.selectNodeContents(walk.currentNode);\
    if (text && range.getClientRects().length > 0) all.push(text); } return all";

async fn opened(feed: &str) -> (Site, Option<Browser>) {
    let site = Site::start("[feeds.tides]\nsource = 'PUBLISHER/feed'\nallow-private = true").await;
    site.publish("/feed", feed);
    let browser = Browser::open().await;
    if let Some(browser) = &browser {
        browser.goto(&site.url("/feeds/tides")).await;
    }
    (site, browser)
}

#[tokio::test]
async fn feeds_are_pages_with_titles_dates_and_no_soup() {
    for (feed, date) in
        [(RSS, "Fri, 12 Jun 2026 15:00:12 GMT"), (ATOM, "2026-06-12T15:00:12Z"), (RDF, "2026-06-12")]
    {
        let (_site, Some(browser)) = opened(feed).await else { return };
        let shown = browser.run(SHOWN).await;
        let shown: Vec<&str> = shown.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
        let mut expected = vec!["Tide tables", "High water", date, "https://tides.example.org/1"];
        if feed == ATOM {
            // An address that is an attribute is written by the stylesheet.
            expected.pop();
            let address =
                "return getComputedStyle(document.querySelector('entry > link'), '::after').content";
            assert_eq!(browser.run(address).await, json!("\"https://tides.example.org/1\""));
        }
        let mut sorted = shown.clone();
        sorted.sort_by_key(|text| expected.iter().position(|one| one == text));
        assert_eq!(sorted, expected);
        let style = "const s = getComputedStyle(document.querySelector('item, entry'));\
            return [s.display, s.borderTopStyle, getComputedStyle(document.documentElement, '::before').content.includes('This is a feed')]";
        assert_eq!(browser.run(style).await, json!(["flex", "solid", true]));
        for (scheme, ground) in [("light", "rgb(246, 248, 249)"), ("dark", "rgb(15, 22, 26)")] {
            browser.likes(scheme).await;
            let color =
                browser.run("return getComputedStyle(document.documentElement).backgroundColor").await;
            assert_eq!(color, json!(ground));
        }
        let window = |is_mobile: bool| {
            json!({ "width": 360, "height": 740, "screenWidth": 360, "screenHeight": 740, "deviceScaleFactor": 1,
                "mobile": is_mobile })
        };
        browser.devtools("Emulation.setDeviceMetricsOverride", window(false)).await;
        let narrow = browser.run("return document.documentElement.scrollWidth <= innerWidth").await;
        assert_eq!(narrow, json!(true));
        // A phone lays XML out as if it was a wide screen, and shows that smaller: so the letters are larger.
        browser.devtools("Emulation.setDeviceMetricsOverride", window(true)).await;
        let letters = "const e = document.documentElement;\
            return parseFloat(getComputedStyle(e).fontSize) * 360 / innerWidth >= 14 && e.scrollWidth <= innerWidth";
        assert_eq!(browser.run(letters).await, json!(true));
    }
}

#[tokio::test]
async fn the_sample_is_a_page() {
    let site = Site::start("[feeds.harbour]\nsource = 'sample:newsletter'\nrules = ['substack']").await;
    let Some(browser) = Browser::open().await else { return };
    browser.goto(&site.url("/feeds/harbour")).await;
    let shown = browser.run(SHOWN).await;
    let shown: Vec<&str> = shown.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
    assert!(shown.contains(&"The Light That Counts to Fifteen"), "{shown:#?}");
    assert!(!shown.iter().any(|text| text.contains('<')), "{shown:#?}");
    browser.resize((900, 700)).await;
    browser.picture("feed.png").await;
}

#[tokio::test]
async fn x16_a_feed_that_is_opened_runs_nothing() {
    let run = "parent.run=1;window.run=1;alert(1);document.documentElement.setAttribute('run','1')";
    let html = "xmlns=\"http://www.w3.org/1999/xhtml\"";
    let hostile = format!(
        "<script {html}>{run}</script><img {html} src=\"x\" onerror=\"{run}\"/><iframe {html} src=\"javascript:{run}\"/>\
         <svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"{run}\"><script>{run}</script></svg>\
         <meta {html} http-equiv=\"refresh\" content=\"0;url=/healthz\"/><body {html} onload=\"{run}\"/>\
         <style {html}>* {{ display: block !important }}</style><div {html} style=\"display:block\">Shown by itself</div>"
    );
    let rss =
        RSS.replace("<image>", &format!("{hostile}<image>")).replace("</item>", &format!("{hostile}</item>"));
    let atom = ATOM
        .replace("<p>At six, and", &format!("{hostile}<p>At six, and"))
        .replace("<entry>", &format!("{hostile}<entry>"));
    for feed in [rss, atom] {
        let (site, Some(browser)) = opened(&feed).await else { return };
        assert!(!browser.has_dialog().await);
        let seen =
            browser.run("return [window.run ?? null, document.documentElement.getAttribute('run')]").await;
        assert_eq!(seen, json!([Value::Null, Value::Null]));
        assert_eq!(browser.client.current_url().await.unwrap().as_str(), site.url("/feeds/tides"));
        let shown = browser.run(SHOWN).await.to_string();
        assert!(
            shown.contains("High water") && !shown.contains("Shown by itself") && !shown.contains("run=1"),
            "{shown}"
        );
    }
}
