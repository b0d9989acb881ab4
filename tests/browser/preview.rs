//! A feed before and after its rules, in a browser.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::json;
use tokio::net::TcpListener;

use crate::harness::{Browser, PATIENCE};
use crate::site::Site;

const SAMPLE: &str = "[feeds.sample]\nsource = \"sample:newsletter\"\nrules = [\"substack\"]\n";

/// Where something is marked that these tests look for.
const SPONSORED: &str = "[title='removed by substack/sponsors']";

/// Opens every item, and waits until what is in their frames is there.
async fn open_all(browser: &Browser) -> u16 {
    let open = "for (const e of document.querySelectorAll('details')) e.open = true; \
        for (const e of document.querySelectorAll('iframe')) e.loading = 'eager'; return document.querySelectorAll('iframe').length";
    let count = browser.run(open).await.as_u64().unwrap();
    let count = u16::try_from(count).unwrap();
    for frame in 0..count {
        browser.client.enter_frame(frame).await.unwrap();
        browser.until("return document.readyState === 'complete' && document.title !== ''").await;
        browser.client.enter_parent_frame().await.unwrap();
    }
    count
}

#[tokio::test]
async fn the_teaser_is_struck_out_and_the_sponsors_are_marked() {
    let site = Site::start(SAMPLE).await;
    let Some(browser) = Browser::open().await else { return };
    browser.goto(&site.url("/feeds/sample/preview")).await;
    assert_eq!(browser.text("summary del").await, "Harbour Notes: A New Buoy & an Old Argument");
    assert_eq!(browser.text(".fate.dropped").await, "dropped by substack/teasers");
    let line = browser
        .run("return getComputedStyle(document.querySelector('summary del')).textDecorationLine")
        .await;
    assert_eq!(line, json!("line-through"));
    let frames = open_all(&browser).await;
    let (mut marked, mut struck) = (0, 0);
    for frame in 0..frames {
        browser.client.enter_frame(frame).await.unwrap();
        let title = browser.run("return document.title").await.as_str().unwrap().to_owned();
        if browser.count_shown(SPONSORED).await > 0 {
            assert!(title.starts_with("Before"), "{title}");
            let first = browser
                .run(&format!(
                    "const e = document.querySelector(\"{SPONSORED}\"); const style = getComputedStyle(e); \
                return [e.textContent, style.textDecorationLine, getComputedStyle(e, '::before').content]"
                ))
                .await;
            assert_eq!(first[0], json!("Brought to You by"));
            assert_eq!(first[1], json!("line-through"));
            assert!(first[2].as_str().unwrap().contains("removed by "), "{first}");
            marked += 1;
        }
        let body = browser.run("return getComputedStyle(document.body).textDecorationLine").await;
        struck += usize::from(body == json!("line-through"));
        browser.client.enter_parent_frame().await.unwrap();
    }
    assert!(marked > 0, "no sponsors in {frames} frames");
    assert_eq!(struck, browser.count_shown(".fate.dropped").await);
    let picture = "const all = [...document.querySelectorAll('iframe')]; \
        const first = all.find((e) => e.srcdoc.includes('removed by substack/sponsors')); \
        for (const e of document.querySelectorAll('details')) e.open = e.contains(first); \
        first.closest('details.item').scrollIntoView(); return all.indexOf(first)";
    browser.resize((1200, 900)).await;
    let at = browser.run(picture).await.as_u64().unwrap();
    browser.client.enter_frame(u16::try_from(at).unwrap()).await.unwrap();
    browser
        .run(&format!("document.querySelector(\"{SPONSORED}\").scrollIntoView({{ block: 'center' }})"))
        .await;
    browser.client.enter_parent_frame().await.unwrap();
    browser.picture("preview.png").await;
}

#[tokio::test]
async fn a_link_leads_to_the_first_mark() {
    let site = Site::start(SAMPLE).await;
    let Some(browser) = Browser::open().await else { return };
    browser.goto(&site.url("/feeds/sample/preview")).await;
    open_all(&browser).await;
    browser.client.enter_frame(0).await.unwrap();
    browser.click(".marks a").await;
    browser
        .until(
            "const e = document.querySelector('[id^=data-cut]'); const at = e.getBoundingClientRect(); \
        return scrollY > 0 && at.top > -2 && at.top < innerHeight",
        )
        .await;
    assert_eq!(browser.run("return location.href.split('-')[0]").await, json!("about:srcdoc#data"));
}

#[tokio::test]
async fn the_preview_fits_is_accessible_and_is_used_with_keys() {
    let site = Site::start(SAMPLE).await;
    let Some(browser) = Browser::open().await else { return };
    for path in ["/feeds/sample/preview", "/feeds/sample/preview?view=raw"] {
        browser.goto(&site.url(path)).await;
        browser.is_accessible(path).await;
        browser.fits_a_phone(path).await;
        browser.resize((1200, 900)).await;
    }
    browser.goto(&site.url("/feeds/sample/preview")).await;
    browser.run("document.querySelector('.tabs a[href*=raw]').focus()").await;
    browser.press(Key::Enter).await;
    browser.until("return location.search === '?view=raw' && document.readyState === 'complete'").await;
    assert_eq!(browser.text(".tabs [aria-current]").await, "Raw changes");
    assert!(browser.count_shown("pre.diff del").await > 10);
    browser.goto(&site.url("/feeds/sample/preview")).await;
    let is_open = "return document.querySelectorAll('details.item')[0].open";
    browser.until(is_open).await;
    browser.run("document.querySelector('details.item > summary').focus()").await;
    browser.press(Key::Enter).await;
    browser.until(&is_open.replace("return ", "return !")).await;
}

#[tokio::test]
async fn it_works_without_scripts() {
    let site = Site::start(SAMPLE).await;
    let Some(browser) = Browser::without_scripts().await else { return };
    browser.goto(&site.url("/feeds/sample/preview")).await;
    assert_eq!(browser.text(".fate.dropped").await, "dropped by substack/teasers");
    browser.follow(".tabs li:nth-child(2) a").await;
    assert_eq!(browser.text(".tabs [aria-current]").await, "Raw changes");
}

/// Counts connections, and answers none.
async fn listener() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let (port, count) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let counted = count.clone();
    tokio::spawn(async move {
        while listener.accept().await.is_ok() {
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    (port, count)
}

/// All that could run or ask for something; `HERE` is where it would.
const HOSTILE: &str = r#"<p id="end">Quiet words.</p>
<script>top.ran = 1; parent.ran = 1; alert(1); fetch('HERE')</script><script src="HERE/s.js"></script>
<img src="HERE/i.png" srcset="HERE/i2.png 2x" onerror="parent.ran = 1; alert(1)" alt="A picture">
<img src=x onerror=alert(1)><body onload=alert(1)><p onmouseover="alert(1)" style="background: url(HERE/css)">Hover</p>
<iframe src="HERE/frame"></iframe><iframe srcdoc="<script>parent.parent.ran = 1; alert(1)</script><img src='HERE/srcdoc'>"></iframe>
<a id="js" href="javascript:alert(1)">Link</a> <a href="data:text/html,<script>alert(1)</script>">Data</a>
<svg onload="alert(1)"><script>alert(1)</script><image href="HERE/svg"/><use href="HERE/use#a"/></svg>
<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>
<meta http-equiv="refresh" content="0; url=HERE/refresh"><base href="HERE/"><link rel="stylesheet" href="HERE/l.css">
<link rel="prefetch" href="HERE/prefetch"><form action="HERE/form"><button id="send">Send</button></form>
<style>@import url("HERE/import"); body { background: url(HERE/bg) }</style><object data="HERE/o"></object><embed src="HERE/e">
<video src="HERE/v" poster="HERE/poster" autoplay></video><audio src="HERE/a" autoplay></audio>
<template><script>alert(1)</script></template><noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>
<textarea></textarea><script>alert(1)</script></textarea><!--><img src=x onerror=alert(1)>-->
<p data-cut-x="forged" class="dropped">"></iframe><script>top.ran = 1; alert(1)</script>"#;

#[tokio::test]
async fn x16_hostile_html_runs_nothing_and_asks_for_nothing() {
    let (port, asked) = listener().await;
    let here = format!("http://127.0.0.1:{port}");
    let config =
        "[feeds.bad]\nsource = \"PUBLISHER/bad.xml\"\nallow-private = true\nrules = [{ remove = 'form' }]\n";
    let site = Site::start(config).await;
    let html = HOSTILE.replace("HERE", &here);
    let item = format!(
        "<item><title>&lt;script&gt;alert(1)&lt;/script&gt;</title><link>javascript:alert(1)</link><guid>1</guid>\
         <description><![CDATA[{html}]]></description><enclosure url=\"javascript:alert(1)\" type=\"x\" length=\"1\"/></item>"
    );
    site.publish(
        "/bad.xml",
        &format!("<rss version=\"2.0\"><channel><title>Bad</title>{item}</channel></rss>"),
    );
    let Some(browser) = Browser::open().await else { return };
    for path in ["/feeds/bad/preview", "/feeds/bad/preview?view=raw"] {
        browser.goto(&site.url(path)).await;
        let frames = open_all(&browser).await;
        for frame in 0..frames {
            browser.client.enter_frame(frame).await.unwrap();
            assert_eq!(browser.text("p:not(.marks)").await, "Quiet words.");
            let left = "return document.querySelectorAll('script, iframe, object, embed, svg, form, link, [onerror], [onload]').length";
            assert_eq!(browser.run(left).await, json!(0));
            browser.client.enter_parent_frame().await.unwrap();
        }
        assert_eq!(frames > 0, !path.contains("raw"));
        assert!(!browser.has_dialog().await, "{path}");
        assert_eq!(browser.run("return typeof window.ran").await, json!("undefined"), "{path}");
        assert_eq!(
            browser.run("return document.querySelectorAll('[href^=javascript]').length").await,
            json!(0)
        );
        assert_eq!(browser.run("return location.pathname").await, json!("/feeds/bad/preview"));
        assert_eq!(asked.load(Ordering::SeqCst), 0, "{path}");
    }
    // Pictures, once they are asked for, and nothing else.
    browser.goto(&site.url("/feeds/bad/preview")).await;
    browser.client.find(Locator::LinkText("Load them")).await.unwrap().click().await.unwrap();
    browser.until("return location.search.includes('images=1') && document.readyState !== 'loading'").await;
    browser.run("for (const e of document.querySelectorAll('iframe')) e.loading = 'eager'").await;
    let is_asked = async {
        while asked.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, is_asked).await.expect("the picture is asked for");
    assert!(!browser.has_dialog().await);
    assert_eq!(browser.run("return typeof window.ran").await, json!("undefined"));
}
