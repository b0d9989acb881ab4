//! `limpid completions` and `limpid man`: for whoever installs limpid, or packs it for others.

use clap::{Command, CommandFactory};
use clap_complete::Shell;

use super::output::{complain, say};
use super::{Args as All, Exit};

/// The arguments of `limpid completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// For which shell.
    shell: Shell,
}

/// The arguments of `limpid man`.
#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// The page of a command: `limpid man opml import`.
    command: Vec<String>,
}

/// Prints the completions of a shell.
pub fn run(args: &Args) -> Exit {
    let mut out = Vec::new();
    clap_complete::generate(args.shell, &mut All::command(), "limpid", &mut out);
    say(&String::from_utf8_lossy(&out));
    Exit::Success
}

/// Prints a manual page.
pub fn man(args: &ManArgs) -> Exit {
    let mut all = All::command();
    all.build();
    let Some(command) = found(&all, &args.command) else {
        complain(&format!("limpid: there is no command `{}`\n", args.command.join(" ")));
        return Exit::Usage;
    };
    let mut out = Vec::new();
    // Writing to memory can not fail.
    let page = clap_mangen::Man::new(command).source(concat!("limpid ", env!("LIMPID_VERSION")));
    let _ = page.render(&mut out);
    say(&String::from_utf8_lossy(&out));
    Exit::Success
}

/// A command, by the words that lead to it.
fn found(all: &Command, words: &[String]) -> Option<Command> {
    words.iter().try_fold(all, |command, word| command.find_subcommand(word)).cloned()
}
