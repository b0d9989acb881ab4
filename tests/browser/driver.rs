//! A browser of a test's own: started for it, with a profile that is empty, and gone when it is dropped, whatever
//! happened.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// What says where it listens once it does.
const STARTED: &str = "started successfully on port ";

/// A running `chromedriver`, and the folder of the browser that it starts.
#[derive(Debug)]
pub struct Driver {
    child: Child,
    port: u16,
    chromium: PathBuf,
    profile: TempDir,
}

/// Where a program is.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

impl Driver {
    /// Starts one on a free port. `None` where there is no browser, which is said.
    pub fn start() -> Option<Self> {
        let (Some(chromium), Some(driver)) = (program("chromium"), program("chromedriver")) else {
            eprintln!(
                "skipped: there is no chromium, or no chromedriver (Debian: chromium, chromium-driver)"
            );
            return None;
        };
        let profile = TempDir::with_prefix("limpid-browser-").unwrap();
        let mut command = Command::new(driver);
        command.arg("--port=0").env("TMPDIR", profile.path()).process_group(0);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut port = lines.filter_map(|line| {
            let (_, rest) = line.split_once(STARTED)?;
            rest.trim_end_matches('.').parse().ok()
        });
        let port = port.next().expect("chromedriver says where it listens");
        Some(Driver { child, port, chromium, profile })
    }

    /// Where it listens.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// How the browser is to be started: without scripts where `has_scripts` is false.
    pub fn capabilities(&self, has_scripts: bool) -> Value {
        let data = format!("--user-data-dir={}", self.profile.path().join("data").display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--no-proxy-server",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--window-size=1280,900",
            data.as_str(),
        ];
        // 1 allows and 2 blocks.
        let scripts = if has_scripts { 1 } else { 2 };
        json!({
            "browserName": "chrome",
            "unhandledPromptBehavior": "ignore",
            "goog:chromeOptions": {
                "binary": self.chromium,
                "args": arguments,
                "prefs": { "profile.default_content_setting_values.javascript": scripts },
            },
        })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // The browser is no longer there once nothing is that names its folder.
        for _ in 0..100 {
            let mut all = naming(self.profile.path());
            all.insert(self.child.id());
            let ids = all.iter().map(u32::to_string);
            // What has ended by itself in the meantime is no failure.
            let _ = Command::new("kill").arg("-KILL").args(ids).stderr(Stdio::null()).status();
            if all.len() == 1 {
                break;
            }
        }
        let _ = self.child.wait();
    }
}

/// The processes in whose command line or environment a folder is named: only a browser of this test has it.
fn naming(folder: &Path) -> HashSet<u32> {
    let name = folder.as_os_str().as_encoded_bytes();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let named = processes.filter_map(|process| {
        let id: u32 = process.file_name().to_str()?.parse().ok()?;
        #[allow(clippy::disallowed_methods, reason = "the kernel bounds a command line")]
        let line = std::fs::read(process.path().join("cmdline")).ok()?;
        line.windows(name.len()).any(|part| part == name).then_some(id)
    });
    named.collect()
}
