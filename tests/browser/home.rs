//! The front page in a browser.

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::harness::Browser;
use crate::site::Site;

/// Three feeds with something to say: one that has been cleaned for a while, one that fails, one that nobody has asked for.
const CONFIG: &str = r#"
[feeds.harbour]
source = "sample:newsletter"
rules = ["substack", { drop = { title = '^harbour notes' } }]
[feeds.harbour.topics]
lighthouses = { title = 'light' }

[feeds.letters]
source = "PUBLISHER/letters.xml"
allow-private = true
rules = [{ drop = { title = '^sponsored' } }, "trackers"]

[feeds.ferries]
source = "PUBLISHER/ferries.xml"
allow-private = true

[feeds.quiet]
source = "PUBLISHER/quiet.xml"
allow-private = true
"#;

fn letters(day: usize) -> String {
    let notes = "What the tide left on the slipway, and who came to look. ".repeat(10 + day * 7 % 23);
    let item = |n: usize| {
        let title = if n % 3 == day % 3 { "Sponsored: oilskins" } else { "Letter" };
        format!(
            "<item><title>{title} {n}</title><guid>letters-{n}</guid><link>https://letters.example.org/{n}</link>\
             <description>&lt;p&gt;{notes}&lt;/p&gt;</description></item>"
        )
    };
    let items: String = (day..day + 8).map(item).collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>Letters from the Slipway</title>{items}</channel></rss>"
    )
}

/// A site that has been running for a day.
async fn site() -> Site {
    aged("").await
}

/// The same, with further configuration.
async fn aged(more: &str) -> Site {
    let site = Site::start(&format!("{more}{CONFIG}")).await;
    site.publish("/ferries.xml", &letters(0).replace("Letters from the Slipway", "Ferry Times"));
    site.read("/feeds/ferries").await;
    for day in 0..24 {
        site.publish("/letters.xml", &letters(day));
        site.read("/feeds/letters").await;
        site.turn_minutes(60);
    }
    site.publish("/ferries.xml", "<html>We are moving house.</html>");
    for path in ["/feeds/harbour", "/feeds/letters", "/feeds/ferries", "/feeds/ferries"] {
        site.read(path).await;
    }
    site.turn_minutes(3);
    site
}

#[tokio::test]
async fn the_front_page_fits_is_accessible_and_can_be_tabbed_through() {
    let site = aged("[server]\npublic-url = 'https://feeds.example.org'\n").await;
    let Some(browser) = Browser::open().await else { return };
    browser.goto(&site.url("/")).await;
    assert_eq!(browser.text("h1").await, "Feeds");
    assert_eq!(browser.count_shown("li.feed").await, 4);
    browser.is_accessible("the front page").await;
    for scheme in ["light", "dark"] {
        browser.likes(scheme).await;
        let ground = browser.run("return getComputedStyle(document.documentElement).backgroundColor").await;
        let expected = if scheme == "dark" { "rgb(15, 22, 26)" } else { "rgb(246, 248, 249)" };
        assert_eq!(ground, json!(expected));
        browser.resize((1080, 900)).await;
        if scheme == "light" {
            browser.picture("home.png").await;
        }
    }
    let reachable = browser
        .run("return [...document.querySelectorAll('a[href],button,input,summary')].filter((e) => e.checkVisibility()).length")
        .await;
    let tabbed = browser.tabbed().await;
    assert!(tabbed.len() as u64 >= reachable.as_u64().unwrap(), "{reachable} can be used\n{tabbed:#?}");
    assert_eq!(tabbed[0], "a Skip to the content");
    for some in
        ["input q", "button Copy the address of Letters from the Slipway", "summary What each rule did"]
    {
        assert!(tabbed.iter().any(|one| one == some), "{some}\n{tabbed:#?}");
    }
    browser.fits_a_phone("the front page").await;
    browser.run("for (const e of document.querySelectorAll('details')) e.open = true").await;
    browser.fits_a_phone("the front page, all of it open").await;
}

#[tokio::test]
async fn the_list_follows_what_is_typed() {
    let site = site().await;
    let Some(browser) = Browser::open().await else { return };
    browser.goto(&site.url("/")).await;
    browser.type_into("#q", "SLIP lett").await;
    assert_eq!(browser.count_shown("li.feed").await, 1);
    assert_eq!(browser.text("#found").await, "1 of 4 feeds.");
    browser
        .run("const q = document.getElementById('q'); q.value = ''; q.dispatchEvent(new Event('input'))")
        .await;
    assert_eq!(browser.count_shown("li.feed").await, 4);
    browser.type_into("#q", "lighthouses").await;
    browser.press(Key::Enter).await;
    browser.until("return location.search === '?q=lighthouses' && document.readyState === 'complete'").await;
    assert_eq!(browser.count_shown("li.feed").await, 1);
    assert_eq!(browser.text("#found").await, "1 of 4 feeds. Show all");
}

#[tokio::test]
async fn one_button_copies_the_address() {
    let site = site().await;
    let Some(browser) = Browser::open().await else { return };
    browser.goto(&site.url("/")).await;
    let granted =
        json!({ "origin": site.url(""), "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
    browser.devtools("Browser.grantPermissions", granted).await;
    browser.click("button[data-copy='address-letters']").await;
    browser
        .until(
            "return document.querySelector(\"button[data-copy='address-letters']\").textContent === 'Copied'",
        )
        .await;
    let copied = browser.run("return navigator.clipboard.readText()").await;
    assert_eq!(copied, json!(site.url("/feeds/letters")));
    // Without a clipboard the address is selected at least.
    let blocked = "Object.defineProperty(navigator, 'clipboard', { value: undefined });\
        document.querySelector(\"button[data-copy='address-ferries']\").click()";
    browser.run(blocked).await;
    browser.until("return document.activeElement.id === 'address-ferries'").await;
    let selected =
        browser.run("const e = document.activeElement; return e.selectionEnd - e.selectionStart").await;
    assert_eq!(selected.as_u64(), Some(site.url("/feeds/ferries").len() as u64));
}

#[tokio::test]
async fn it_works_without_scripts() {
    let site = site().await;
    let Some(browser) = Browser::without_scripts().await else { return };
    browser.goto(&site.url("/")).await;
    assert_eq!(browser.count_shown("li.feed").await, 4);
    assert_eq!(browser.count_shown("button.copy").await, 0);
    assert_eq!(browser.count_shown("input[readonly]").await, 4);
    browser.type_into("#q", "slipway").await;
    assert_eq!(browser.count_shown("li.feed").await, 4);
    browser.follow(".search button").await;
    assert_eq!(browser.text("#found").await, "1 of 4 feeds. Show all");
    assert_eq!(browser.count_shown("li.feed").await, 1);
    browser.follow("#found a").await;
    assert_eq!(browser.count_shown("li.feed").await, 4);
}

#[tokio::test]
async fn x16_titles_of_strangers_run_nothing() {
    let title = "&lt;img src=x onerror=\"window.run=1;alert(1)\"&gt;&lt;script&gt;window.run=1;alert(1)&lt;/script&gt;\
        \"&gt;&lt;svg onload=alert(1)&gt; ' autofocus onfocus=alert(1) x=' &lt;/title&gt;&lt;script&gt;run=1&lt;/script&gt;";
    let encoded = title.replace('&', "&amp;");
    let names = [title, encoded.as_str(), "<![CDATA[</h2><script>window.run=1;alert(1)</script>]]>"];
    let config = "[feeds.a]\nsource = 'PUBLISHER/0'\nallow-private = true\n[feeds.b]\nsource = 'PUBLISHER/1'\n\
        allow-private = true\n[feeds.c]\nsource = 'PUBLISHER/2'\nallow-private = true\nrules = [{ drop = { title = 'oilskins' } }]";
    let site = Site::start(config).await;
    for (n, name) in names.into_iter().enumerate() {
        site.publish(&format!("/{n}"), &letters(0).replace("Letters from the Slipway", name));
        site.read(&format!("/feeds/{}", ["a", "b", "c"][n])).await;
    }
    let Some(browser) = Browser::open().await else { return };
    for path in [
        "/",
        "/?q=%3Cscript%3Ewindow.run=1%3C/script%3E%22%20autofocus%20onfocus=%22window.run=1",
        "/?q=script",
    ] {
        browser.goto(&site.url(path)).await;
        browser.run("for (const e of document.querySelectorAll('input,a,button')) e.focus()").await;
        assert_eq!(browser.run("return window.run ?? null").await, Value::Null, "{path}");
        assert!(!browser.has_dialog().await, "{path}");
        let foreign = "return document.querySelectorAll('script:not([src^=\"/page.js\"]), [onerror], [onload], [onfocus], li img').length";
        assert_eq!(browser.run(foreign).await, json!(0), "{path}");
    }
}
