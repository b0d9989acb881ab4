//! What tests in a browser are written with: open a page, look at it, press keys, judge it.
//!
//! ```text
//! let site = Site::start("[feeds.letter]\nsource = \"sample:newsletter\"").await;   // limpid, and a publisher
//! let Some(browser) = Browser::open().await else { return };                       // there is none: skipped
//! browser.goto(&site.url("/")).await;
//! assert_eq!(browser.text("h1").await, "Feeds");
//! browser.is_accessible("the front page").await;
//! ```

use std::path::{Path, PathBuf};
use std::time::Duration;

use fantoccini::key::Key;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper::Method;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};
use url::Url;

use crate::driver::Driver;

/// How long anything may take before a test gives up on it. A busy machine takes its time to start a browser.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// So many browsers at a time: each is larger than all the rest of the tests.
static PLACES: Semaphore = Semaphore::const_new(2);

/// How wide a phone is, in CSS pixels, and how high.
pub const PHONE: (u32, u32) = (360, 740);

/// A browser with one window. It is gone when this is dropped.
#[derive(Debug)]
pub struct Browser {
    /// The session, for what is not below.
    pub client: Client,
    _driver: Driver,
    _place: SemaphorePermit<'static>,
}

impl Browser {
    /// A new one. `None` where there is none on this machine, which is said.
    pub async fn open() -> Option<Self> {
        Browser::start(true).await
    }

    /// The same without JavaScript.
    pub async fn without_scripts() -> Option<Self> {
        Browser::start(false).await
    }

    async fn start(has_scripts: bool) -> Option<Self> {
        let place = PLACES.acquire().await.unwrap();
        let driver = Driver::start()?;
        let Value::Object(capabilities) = driver.capabilities(has_scripts) else {
            unreachable!("it is an object")
        };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let address = driver.address();
        let connecting = builder.capabilities(capabilities).connect(&address);
        let client = tokio::time::timeout(PATIENCE, connecting).await.expect("the browser starts").unwrap();
        Some(Browser { client, _driver: driver, _place: place })
    }

    /// Opens an address, and waits until it is loaded.
    pub async fn goto(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// The text that is shown of the first element that matches a CSS selector.
    pub async fn text(&self, selector: &str) -> String {
        self.client.find(Locator::Css(selector)).await.unwrap().text().await.unwrap()
    }

    /// How many elements match a CSS selector and are shown.
    pub async fn count_shown(&self, selector: &str) -> usize {
        let mut count = 0;
        for element in self.client.find_all(Locator::Css(selector)).await.unwrap() {
            count += usize::from(element.is_displayed().await.unwrap());
        }
        count
    }

    /// Clicks on the first element that matches a CSS selector.
    pub async fn click(&self, selector: &str) {
        self.client.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
    }

    /// Clicks on what leads to another page, and waits until this one has been left: what is looked for next is looked
    /// for in the new one, which the driver waits for.
    pub async fn follow(&self, selector: &str) {
        let page = self.client.find(Locator::Css("html")).await.unwrap();
        self.click(selector).await;
        let left = async { while page.tag_name().await.is_ok() {} };
        tokio::time::timeout(PATIENCE, left).await.unwrap_or_else(|_| panic!("{selector} leads nowhere"));
    }

    /// Types into the first element that matches a CSS selector.
    pub async fn type_into(&self, selector: &str, text: &str) {
        self.client.find(Locator::Css(selector)).await.unwrap().send_keys(text).await.unwrap();
    }

    /// Presses a key where the focus is.
    pub async fn press(&self, key: Key) {
        let text = char::from(key).to_string();
        self.client.active_element().await.unwrap().send_keys(&text).await.unwrap();
    }

    /// What the body of a JavaScript function returns in the page; of a promise, what it comes to.
    pub async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Waits until the body of a JavaScript function returns something that is true.
    pub async fn until(&self, script: &str) {
        let all = async { while self.run(script).await != Value::Bool(true) {} };
        tokio::time::timeout(PATIENCE, all).await.unwrap_or_else(|_| panic!("it never holds: {script}"));
    }

    /// A command of the Chrome `DevTools` Protocol.
    pub async fn devtools(&self, cmd: &'static str, params: Value) -> Value {
        self.client.issue_cmd(DevTools { cmd, params }).await.unwrap()
    }

    /// Has pages believe that their reader likes it dark, or light.
    pub async fn likes(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Gives the window another size, in CSS pixels.
    pub async fn resize(&self, (width, height): (u32, u32)) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Whether a dialog is open.
    pub async fn has_dialog(&self) -> bool {
        self.client.get_alert_text().await.is_ok()
    }

    /// That nothing of the page stands out to the side of a phone.
    pub async fn fits_a_phone(&self, page: &str) {
        self.resize(PHONE).await;
        let widths = self.run("const e = document.documentElement; return [e.scrollWidth, innerWidth]").await;
        assert!(widths[0].as_u64() <= Some(u64::from(PHONE.0)), "{page} is wider than a phone: {widths}");
    }

    /// Presses Tab until the focus has gone round, and says what it was on, each with what it is called.
    pub async fn tabbed(&self) -> Vec<String> {
        let name = "const e = document.activeElement; if (e === document.body) return '';\
            return e.tagName.toLowerCase() + ' ' + (e.getAttribute('aria-label') || e.id || e.textContent).trim()";
        let mut all = Vec::new();
        for _ in 0..500 {
            self.press(Key::Tab).await;
            let now = self.run(name).await.as_str().unwrap_or_default().to_owned();
            if now.is_empty() || all.first() == Some(&now) {
                break;
            }
            all.push(now);
        }
        all
    }

    /// That axe-core finds nothing serious in the page, in light and in dark. Where it is not there that is said
    /// (`tests/run` gets it from npm).
    pub async fn is_accessible(&self, page: &str) {
        let file = root().join("target/npm/node_modules/axe-core/axe.min.js");
        #[allow(clippy::disallowed_methods, reason = "a file of a package that tests/run pins")]
        let Ok(axe) = std::fs::read_to_string(file) else {
            eprintln!("skipped: {page} is not judged, there is no axe-core in target/npm");
            return;
        };
        for scheme in ["light", "dark"] {
            self.likes(scheme).await;
            self.run(&axe).await;
            let found = self.run(AXE).await;
            assert_eq!(found, json!([]), "{page}, {scheme}: {found:#}");
        }
    }

    /// Writes what the window shows to a file of `docs`, where `LIMPID_WRITE_SCREENSHOTS=1` asks for it.
    pub async fn picture(&self, name: &str) {
        if std::env::var_os("LIMPID_WRITE_SCREENSHOTS").is_some() {
            let png = self.client.screenshot().await.unwrap();
            std::fs::write(root().join("docs").join(name), png).unwrap();
        }
    }
}

/// What is serious of what axe-core finds: the rule, and where.
const AXE: &str = "return axe.run(document, { resultTypes: ['violations'] }).then((all) => all.violations\
    .filter((one) => ['serious', 'critical'].includes(one.impact))\
    .map((one) => [one.id, ...one.nodes.map((node) => node.html + ' ' + node.failureSummary)]))";

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// A command of the Chrome `DevTools` Protocol, by way of `chromedriver`.
#[derive(Debug)]
struct DevTools {
    cmd: &'static str,
    params: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "cmd": self.cmd, "params": self.params }).to_string()))
    }
}
