//! A Redis of a test's own, which can be stopped, killed and started again; and limpid as a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use redis::{Commands, Connection};
use tempfile::TempDir;

use crate::publisher::Publisher;

/// A process that ends with the test.
#[derive(Debug)]
struct Process(Child);

impl Process {
    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.0.id().to_string()]).status().unwrap();
        assert!(status.success(), "kill {name}");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A Redis.
#[derive(Debug)]
pub struct Redis {
    folder: TempDir,
    port: u16,
    password: Option<&'static str>,
    process: Option<Process>,
}

impl Redis {
    /// One that is empty; `None` where there is none on this machine, which is said.
    pub fn start() -> Option<Self> {
        Redis::demanding(None)
    }

    /// The same, which lets nobody in without a password.
    pub fn demanding(password: Option<&'static str>) -> Option<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let folder = TempDir::new().unwrap();
        let mut redis = Redis { folder, port, password, process: None };
        drop(listener);
        if redis.begin() {
            return Some(redis);
        }
        println!("skipped: there is no redis-server");
        None
    }

    /// Starts it, and waits until it can be used. Whether there is one.
    pub fn begin(&mut self) -> bool {
        let port = self.port.to_string();
        self.begin_with(&["--port", &port, "--requirepass", self.password.unwrap_or_default()])
    }

    fn begin_with(&mut self, options: &[&str]) -> bool {
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]).args(options);
        let started =
            command.current_dir(self.folder.path()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let Ok(mut child) = started else { return false };
        let stdout = child.stdout.take().unwrap();
        self.process = Some(Process(child));
        let mut lines = BufReader::new(stdout).lines().map_while(Result::ok);
        let is_ready = lines.any(|line| line.contains("Ready to accept connections"));
        // What it says later is read, so that it is not held up.
        std::thread::spawn(move || lines.for_each(drop));
        is_ready
    }

    /// One that speaks TLS, and the file of the certificate to trust; `None` where there is none that does.
    pub fn with_tls() -> Option<(Self, PathBuf)> {
        let mut redis = Redis::start()?;
        redis.kill();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let (root_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let root = params.self_signed(&root_key).unwrap().pem();
        let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &Issuer::new(params, root_key)).unwrap();
        let files = [("root.pem", root), ("cert.pem", leaf.pem()), ("key.pem", key.serialize_pem())];
        for (name, text) in files {
            std::fs::write(redis.folder.path().join(name), text).unwrap();
        }
        let port = redis.port.to_string();
        let tls =
            ["--tls-cert-file", "cert.pem", "--tls-key-file", "key.pem", "--tls-ca-cert-file", "root.pem"];
        let more = ["--port", "0", "--tls-port", &port, "--tls-auth-clients", "no"];
        if !redis.begin_with(&[&tls[..], &more].concat()) {
            println!("skipped: this redis-server does not speak TLS");
            return None;
        }
        let root = redis.folder.path().join("root.pem");
        Some((redis, root))
    }

    /// It answers nothing more, and nothing tells that it does not.
    pub fn stop(&self) {
        self.process.as_ref().unwrap().signal("-STOP");
    }

    /// It goes on.
    pub fn go_on(&self) {
        self.process.as_ref().unwrap().signal("-CONT");
    }

    /// It is gone, and all that was in it.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Its address, with this before the host.
    pub fn url_with(&self, login: &str) -> String {
        format!("redis://{login}127.0.0.1:{}", self.port)
    }

    /// A configuration of a feed named `tides` that is shared there, with more before the feed and after it.
    pub fn config(&self, publisher: &Publisher, before: &str, after: &str) -> String {
        let (url, feed) = (self.url_with(""), crate::proxy::config(publisher, after));
        // Tests are not judged by a timer: what is there is waited for, on a machine that is busy as well.
        format!("[store]\nurl = '{url}'\ntimeout = '15s'\n{before}\n{feed}")
    }

    /// A connection to look into it.
    pub fn look(&self) -> Connection {
        let login = self.password.map(|password| format!(":{password}@")).unwrap_or_default();
        redis::Client::open(self.url_with(&login)).unwrap().get_connection().unwrap()
    }

    /// Every key of this kind.
    pub fn keys(&self, kind: &str) -> Vec<String> {
        self.look().keys(format!("limpid:1:{kind}*")).unwrap()
    }

    /// Sets how much memory it may take.
    pub fn limit(&self, bytes: &str) {
        redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg(bytes).exec(&mut self.look()).unwrap();
    }
}

/// limpid as a process of its own, by the machine's clock.
#[derive(Debug)]
pub struct Limpid {
    _folder: TempDir,
    process: Process,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Limpid {
    /// With this configuration of a feed named `tides`.
    pub fn start(config: &str) -> Self {
        Limpid::trusting(config, None)
    }

    /// The same, which trusts the certificates of a file in place of the system's.
    pub fn trusting(config: &str, roots: Option<&Path>) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("limpid.toml");
        std::fs::write(
            &path,
            format!("[server]\nlisten = \"127.0.0.1:0\"\n{config}\nallow-private = true\n"),
        )
        .unwrap();
        let mut child = Command::new(Path::new(env!("CARGO_BIN_EXE_limpid")))
            .arg("--config")
            .arg(&path)
            .envs(roots.map(|roots| ("SSL_CERT_FILE", roots)))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let process = Process(child);
        let lines = BufReader::new(stdout.take(64 << 10)).lines().map_while(Result::ok);
        let found = lines.filter_map(|line| {
            line.trim().strip_prefix("http://")?.strip_suffix("/feeds/tides")?.parse::<SocketAddr>().ok()
        });
        let address = { found }.next().expect("it says where it listens");
        Limpid { _folder: folder, process, address }
    }

    /// It does nothing more for now.
    pub fn stop(&self) {
        self.process.signal("-STOP");
    }

    /// It goes on.
    pub fn go_on(&self) {
        self.process.signal("-CONT");
    }

    /// It is no more.
    pub fn kill(&mut self) {
        let _ = self.process.0.kill();
        let _ = self.process.0.wait();
    }
}
