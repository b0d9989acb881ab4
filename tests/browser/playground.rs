//! The playground in a browser.

use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::json;

use crate::harness::Browser;
use crate::site::Site;

const SAMPLE: &str = "[feeds.sample]\nsource = \"sample:newsletter\"\nrules = [\n  \"substack\",\n]\n";

/// Puts other rules into the form, as typing does.
async fn write(browser: &Browser, rules: &str) {
    let rules = serde_json::to_string(rules).unwrap();
    let set =
        "const e = document.getElementById('rules'); e.value = RULES; e.dispatchEvent(new Event('input'))";
    browser.run(&set.replace("RULES", &rules)).await;
}

/// Waits until the result says this.
async fn says(browser: &Browser, words: &str) {
    let words = serde_json::to_string(words).unwrap();
    browser.until(&format!("return document.getElementById('status').textContent.includes({words})")).await;
}

#[tokio::test]
async fn the_result_follows_the_rules() {
    let site = Site::start(SAMPLE).await;
    let Some(browser) = Browser::open().await else { return };
    browser.goto(&site.url("/playground")).await;
    says(&browser, "5 of 8 items").await;
    assert!(browser.count_shown("#result del").await > 0);
    write(&browser, "rules = [\n  { limit = 2 },\n]\n").await;
    says(&browser, "2 of 8 items").await;
    assert_eq!(browser.text("#configuration").await.lines().next(), Some("[feeds.sample]"));
    write(&browser, "rules = [\n  { limt = 2 },\n]\n").await;
    says(&browser, "There are mistakes in the rules.").await;
    let report = browser.text("#problems").await;
    assert!(report.contains("unknown rule `limt`") && report.contains("did you mean `limit`?"), "{report}");
    assert!(report.contains("╭─[rules:2:5]") && report.contains("────"), "{report}");
    let told = "const e = document.getElementById('rules'); return [e.getAttribute('aria-invalid'), e.getAttribute('aria-describedby')]";
    assert_eq!(browser.run(told).await, json!(["true", "rules-help problems"]));
    browser.is_accessible("the playground with mistakes").await;
    write(&browser, "rules = [\n  \"substack\",\n]\n").await;
    says(&browser, "5 of 8 items").await;
    assert_eq!(browser.count_shown("#problems").await, 0);
    assert_eq!(browser.run(told).await, json!([null, "rules-help"]));
    browser.is_accessible("the playground").await;
    browser.resize((1200, 900)).await;
    browser.client.enter_frame(0).await.unwrap();
    browser.until("return document.title.startsWith('Before')").await;
    browser.client.enter_parent_frame().await.unwrap();
    browser.picture("playground.png").await;
    browser.fits_a_phone("the playground").await;
}

#[tokio::test]
async fn the_configuration_is_copied_with_one_button() {
    let site = Site::start(SAMPLE).await;
    let Some(browser) = Browser::open().await else { return };
    browser.goto(&site.url("/playground?url=sample:newsletter")).await;
    says(&browser, "8 items").await;
    let taken = "navigator.clipboard.writeText = async (text) => { window.taken = text }";
    browser.run(taken).await;
    browser.click("#copy").await;
    browser.until("return window.taken?.startsWith('[feeds.sample]\\nsource = \"sample:newsletter\"\\nrules = [') === true").await;
    assert_eq!(browser.text("#copy").await, "Copied");
}

#[tokio::test]
async fn it_works_without_scripts_and_with_keys_alone() {
    let site = Site::start(SAMPLE).await;
    let Some(browser) = Browser::without_scripts().await else { return };
    browser.goto(&site.url("/playground")).await;
    let rules = browser.client.find(Locator::Css("#rules")).await.unwrap();
    rules.clear().await.unwrap();
    rules.send_keys("rules = [{ limit = 3 }]").await.unwrap();
    // Past the box for pictures, to the button.
    for key in [Key::Tab, Key::Tab, Key::Enter] {
        browser.press(key).await;
    }
    browser.client.wait().for_element(Locator::Css("#configuration")).await.unwrap();
    assert!(browser.text("#status").await.contains("3 of 8 items"));
    assert!(browser.text("#configuration").await.contains("rules = [{ limit = 3 }]"));
    browser.client.find(Locator::Css("#rules")).await.unwrap().send_keys("x").await.unwrap();
    browser.follow("button.main").await;
    assert_eq!(browser.text("#status").await, "There are mistakes in the rules.");
    browser.follow("[value=load]").await;
    let rules = browser.client.find(Locator::Css("#rules")).await.unwrap();
    assert!(rules.text().await.unwrap().contains("\"substack\""));
}
