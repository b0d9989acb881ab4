//! The commands that the README and docs/ show, run, and their output compared with what they show.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The pages for people. `docs/rules.md` is generated, and held to what it says where that is done.
fn pages() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_dir(root.join("docs")).expect("it is there").flatten().map(|entry| entry.path());
    let mut paths: Vec<_> = docs.filter(|path| path.extension().is_some_and(|e| e == "md")).collect();
    paths.retain(|path| !path.ends_with("rules.md"));
    paths.push(root.join("README.md"));
    paths.sort();
    #[allow(clippy::disallowed_methods, reason = "files of this repository")]
    let read = |path: &std::path::PathBuf| std::fs::read_to_string(path).expect("it can be read");
    paths.iter().map(|path| (path.display().to_string(), read(path))).collect()
}

/// Something in a page that a person would copy.
enum Block {
    /// A command, and what it is to print.
    Command { command: String, output: String },
    /// A configuration, or the rules of one.
    Configuration(String),
}

/// The blocks of a page, in its order.
fn blocks(page: &str) -> Vec<Block> {
    let mut all: Vec<Block> = Vec::new();
    let pieces: Vec<&str> = page.split("```").collect();
    for block in pieces.iter().skip(1).step_by(2) {
        if let Some(text) = block.strip_prefix("toml\n") {
            all.push(Block::Configuration(text.to_owned()));
        }
        for line in block.strip_prefix("console\n").into_iter().flat_map(str::lines) {
            if let Some(command) = line.strip_prefix("$ ") {
                all.push(Block::Command { command: command.to_owned(), output: String::new() });
            } else if let Some(Block::Command { output, .. }) = all.last_mut() {
                output.push_str(line);
                output.push('\n');
            }
        }
    }
    all
}

/// A configuration as it is shown; rules alone are those of some feed.
fn whole(text: &str) -> String {
    let first = text.lines().find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or_default();
    if first.starts_with('[') {
        text.to_owned()
    } else {
        format!("[feeds.shown]\nsource = \"sample:newsletter\"\n{text}")
    }
}

fn path_with_limpid() -> String {
    let folder = Path::new(env!("CARGO_BIN_EXE_limpid")).parent().expect("a binary is in a folder");
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default())
}

/// A page where limpid, and what it needs, listen wherever there is room, and not where the page has them do so.
fn somewhere(page: String) -> String {
    let shown = ["18080", "18081", "18082", "18083"];
    // All of them at a time, so that they are different ones.
    let listeners = shown.map(|_| TcpListener::bind("127.0.0.1:0").expect("a port"));
    shown.iter().zip(&listeners).fold(page, |page, (port, listener)| {
        let free = listener.local_addr().expect("it has one").port();
        page.replace(port, &free.to_string())
    })
}

/// Each page in a folder of its own: configurations are written there as they come, and are without mistakes;
/// commands print what is shown.
#[test]
fn what_pages_show_is_so() {
    let mut wrong = Vec::new();
    for (page, text) in pages() {
        let text = somewhere(text);
        if text.contains("$ redis-server") && Command::new("redis-server").arg("--version").output().is_err()
        {
            println!("skipped: {page}; there is no redis-server");
            continue;
        }
        let folder = tempfile::tempdir().expect("a folder for what the commands write");
        for block in blocks(&text) {
            let (command, output) = match block {
                Block::Command { command, output } => (command, Some(output)),
                Block::Configuration(text) => {
                    std::fs::write(folder.path().join("limpid.toml"), whole(&text))
                        .expect("it can be written");
                    ("limpid check".to_owned(), None)
                }
            };
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("{{ {command}; }} 2>&1")]).current_dir(folder.path());
            let ran = shell
                .env("PATH", path_with_limpid())
                .env("NO_COLOR", "1")
                .env("BLOG_PASSWORD", "only for tests")
                .output()
                .expect("sh is there");
            let printed = String::from_utf8_lossy(&ran.stdout);
            let is_so = match &output {
                Some(output) => trimmed(&printed) == trimmed(output),
                None => ran.status.success(),
            };
            if !is_so {
                let output = output.unwrap_or_else(|| "no mistakes".to_owned());
                wrong.push(format!("{page}: $ {command}\nshown:\n{output}\nprinted:\n{printed}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What pages say of measuring: the scripts are there, and take the options that are shown.
#[test]
fn scripts_that_pages_name_take_what_is_shown() {
    let mut count = 0;
    for (page, text) in pages() {
        let shown = text.split('`').filter(|code| code.split(' ').any(|word| word.starts_with("benches/")));
        for command in shown.filter(|code| code.contains(" --")) {
            let script = command.split(' ').find(|word| word.starts_with("benches/")).expect("it was found");
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
            let help = Command::new("python3").arg(&script).arg("--help").output().expect("python3 is there");
            let help = String::from_utf8_lossy(&help.stdout);
            for option in command.split(' ').filter(|word| word.starts_with("--")) {
                assert!(
                    help.contains(&format!("{option} ")) || help.contains(&format!("{option}]")),
                    "{page}: {command}"
                );
                count += 1;
            }
        }
    }
    assert!(count > 1, "{count}");
}

/// Blank lines and white space at the ends of lines do not matter to a reader.
fn trimmed(text: &str) -> Vec<&str> {
    text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect()
}

/// Stops the server when the test ends, however it ends.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The first command of the README: it serves the sample, and prints addresses that answer.
#[test]
fn its_first_command_prints_addresses_that_answer() {
    let config = include_str!("../config/limpid.toml").replace("127.0.0.1:8080\"", "127.0.0.1:0\"");
    let folder = tempfile::tempdir().expect("a folder for the configuration");
    std::fs::write(folder.path().join("limpid.toml"), config).expect("it can be written");
    let limpid = Command::new(env!("CARGO_BIN_EXE_limpid"))
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut server = Server(limpid.expect("it starts"));
    let stdout = server.0.stdout.take().expect("it is piped");
    let lines = BufReader::new(stdout).lines().map_while(Result::ok);
    let mut addresses = Vec::new();
    for line in lines {
        addresses
            .extend(line.split_whitespace().filter(|word| word.starts_with("http://")).map(str::to_owned));
        if line.starts_with("or see them all") {
            break;
        }
    }
    assert_eq!(addresses.len(), 4, "{addresses:?}");
    for address in addresses {
        let got = Command::new("curl")
            .args(["-sS", "--fail", "--max-time", "10", &address])
            .output()
            .expect("curl is there");
        assert!(
            got.status.success() && got.stdout.len() > 500,
            "{address}: {}",
            String::from_utf8_lossy(&got.stderr)
        );
    }
}
