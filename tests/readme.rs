//! The commands that the README and docs/ show, run, and their output compared with what they show.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

const PAGES: &[&str] = &[include_str!("../README.md"), include_str!("../docs/formats.md")];

/// A command of a `console` block, and what it is to print.
struct Shown {
    command: String,
    output: String,
}

fn shown() -> Vec<Shown> {
    let blocks = PAGES.iter().flat_map(|page| page.split("```console\n").skip(1));
    let blocks = blocks.filter_map(|block| block.split("```").next());
    let mut all: Vec<Shown> = Vec::new();
    for line in blocks.flat_map(str::lines) {
        if let Some(command) = line.strip_prefix("$ ") {
            all.push(Shown { command: command.to_owned(), output: String::new() });
        } else {
            let last = all.last_mut().expect("a block starts with a command");
            last.output.push_str(line);
            last.output.push('\n');
        }
    }
    all
}

fn path_with_limpid() -> String {
    let folder = Path::new(env!("CARGO_BIN_EXE_limpid")).parent().expect("a binary is in a folder");
    format!("{}:{}", folder.display(), std::env::var("PATH").unwrap_or_default())
}

#[test]
fn its_commands_print_what_it_shows() {
    let folder = tempfile::tempdir().expect("a folder for what the commands write");
    let mut wrong = Vec::new();
    for Shown { command, output } in shown() {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{{ {command}; }} 2>&1")]).current_dir(folder.path());
        let ran = shell.env("PATH", path_with_limpid()).env("NO_COLOR", "1").output().expect("sh is there");
        let printed = String::from_utf8_lossy(&ran.stdout);
        if trimmed(&printed) != trimmed(&output) {
            wrong.push(format!("$ {command}\nshown:\n{output}\nprinted:\n{printed}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
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
