//! limpid in a process of its own, and what the system says of it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::time::Duration;

/// How long anything may take before a test gives up on it.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// A running `limpid serve`, which ends with the test.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// Kept open, so that it has somewhere to write.
    _stdout: BufReader<ChildStdout>,
    pub address: SocketAddr,
    pub id: u32,
    log: PathBuf,
}

impl Process {
    /// Starts it by this command, and waits until it says where it listens. The configuration says where that is.
    pub async fn start(mut command: Command, config: &Path) -> Self {
        let log = config.with_extension("log");
        let to = std::fs::OpenOptions::new().create(true).append(true).open(&log).unwrap();
        command.args(["serve", "--config"]).arg(config).env("RUST_LOG", "warn").env("NO_COLOR", "1");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(to);
        let mut child = command.spawn().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let announced = tokio::task::spawn_blocking(move || announced(stdout));
        let stdout = soon(announced).await.unwrap();
        let id = child.id();
        let (address, stdout) = (listening(id), stdout.unwrap_or_else(|| panic!("{}", text(&log))));
        Process { child, _stdout: stdout, address, id, log }
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([&format!("-{signal}"), &self.id.to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Sends it a signal, and waits for its end.
    pub async fn end(mut self, signal: &str) -> ExitStatus {
        self.signal(signal);
        soon(async {
            loop {
                if let Some(status) = self.child.try_wait().unwrap() {
                    return status;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await
    }

    /// Everything it has logged.
    pub fn log(&self) -> String {
        text(&self.log)
    }

    /// How many files it has open.
    pub fn files(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.id)).map_or(0, Iterator::count)
    }

    /// The most memory it has had so far, in bytes (`VmHWM`).
    pub fn peak_memory(&self) -> u64 {
        let status = text(Path::new(&format!("/proc/{}/status", self.id)));
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for the line that ends what it announces; `None` where it ends before.
fn announced(mut stdout: BufReader<ChildStdout>) -> Option<BufReader<ChildStdout>> {
    let mut line = String::new();
    while !line.starts_with("or see them all at") {
        line.clear();
        if stdout.read_line(&mut line).ok()? == 0 {
            return None;
        }
    }
    Some(stdout)
}

#[allow(clippy::disallowed_methods, reason = "the system's own files, and the log")]
fn text(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
}

/// Where a process listens: the one socket of it that does.
fn listening(id: u32) -> SocketAddr {
    let mut sockets = Vec::new();
    for entry in std::fs::read_dir(format!("/proc/{id}/fd")).unwrap().flatten() {
        let to = std::fs::read_link(entry.path()).unwrap_or_default().to_string_lossy().into_owned();
        sockets.extend(to.strip_prefix("socket:[").and_then(|to| to.strip_suffix(']')).map(str::to_owned));
    }
    let table = text(Path::new(&format!("/proc/{id}/net/tcp")));
    let port = table.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        // 0A is LISTEN.
        let is_it =
            fields.get(3) == Some(&"0A") && sockets.iter().any(|one| fields.get(9) == Some(&one.as_str()));
        is_it.then(|| u16::from_str_radix(fields[1].split(':').nth(1)?, 16).ok())?
    });
    SocketAddr::from(([127, 0, 0, 1], port.expect("it listens")))
}

/// What the future comes to; a failed test where it does not come to anything.
pub async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("nothing has happened for too long")
}
