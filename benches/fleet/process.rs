//! Processes of the benchmark, and what the system says of them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A process that is written to and read from by lines, and ends with the benchmark.
#[derive(Debug)]
pub struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

/// What the system says of a process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// Seconds of processor time, its own and the system's for it.
    pub seconds: f64,
    /// Bytes of memory now, and the most so far.
    pub resident: u64,
    pub peak: u64,
}

impl Process {
    /// This program in another role.
    pub fn role(args: &[&str]) -> Self {
        let this = std::env::current_exe().expect("this program has a file");
        let mut command = Command::new(this);
        command.args(args);
        Process::start(command)
    }

    /// The program limpid, with this configuration.
    pub fn limpid(config: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_limpid"));
        command.args(["serve", "--config"]).arg(config).env("RUST_LOG", "off");
        Process::start(command)
    }

    fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("it can be started");
        let input = child.stdin.take().expect("it is piped");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        Process { child, input, output }
    }

    /// The next line that it says.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("it says something");
        assert!(!line.is_empty(), "it has ended");
        line.trim().to_owned()
    }

    /// Says a line to it, and waits for its answer.
    pub fn ask(&mut self, line: &str) -> String {
        writeln!(self.input, "{line}").and_then(|()| self.input.flush()).expect("it listens");
        self.line()
    }

    /// What the system says of it.
    pub fn usage(&self) -> Usage {
        let id = self.child.id();
        let status = system(&format!("/proc/{id}/status"));
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
            kilobytes.unwrap_or(0) * 1024
        };
        // Behind the name in parentheses: fields 14 and 15 of proc_pid_stat(5), in hundredths of a second.
        let stat = system(&format!("/proc/{id}/stat"));
        let fields: Vec<&str> =
            stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).collect();
        let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or(0.0);
        let (resident, peak) = (bytes("VmRSS:"), bytes("VmHWM:"));
        Usage { seconds: (ticks(0) + ticks(1)) / 100.0, resident, peak }
    }

    /// Where limpid listens: the last address in what it announces.
    pub fn announced(&mut self) -> SocketAddr {
        loop {
            let line = self.line();
            if let Some(url) = line.strip_prefix("or see them all at http://") {
                return url.trim_end_matches('/').parse().expect("it is an address");
            }
        }
    }

    /// Ends it as an operator would, and waits for that.
    pub fn end(mut self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "it can be told to end");
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[allow(clippy::disallowed_methods, reason = "the system's own files")]
fn system(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// The status, headers and body of an answer; a connection for each request.
pub fn get(address: SocketAddr, path: &str, headers: &str) -> (u16, Vec<u8>) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a timeout can be set");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: fleet\r\nConnection: close\r\n{headers}\r\n")
        .expect("it listens");
    let mut all = Vec::new();
    #[allow(clippy::disallowed_methods, reason = "it comes from the program that is measured")]
    stream.read_to_end(&mut all).expect("it answers");
    let status = std::str::from_utf8(all.get(9..12).unwrap_or_default()).unwrap_or_default();
    (status.parse().unwrap_or(0), all)
}

/// Requests to publishers so far, by what came of them, as limpid counts them itself.
pub fn polls(address: SocketAddr) -> Vec<(String, u64)> {
    let (_, all) = get(address, "/metrics", "");
    let text = String::from_utf8_lossy(&all);
    let lines = text.lines().filter_map(|line| line.strip_prefix("limpid_upstream_requests_total{cause=\""));
    lines
        .filter_map(|line| line.split_once("\"} "))
        .map(|(cause, count)| (cause.to_owned(), count.parse().unwrap_or(0)))
        .collect()
}
