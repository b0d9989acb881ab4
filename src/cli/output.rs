//! Writing to the terminal, or to whatever stands in its place. A reader that has seen enough (`| head`) is no
//! reason to fail.

use std::io::{self, Write};

use super::Exit;

/// Writes all of it.
///
/// # Errors
/// Where writing fails for another reason than that nobody reads any more.
pub fn write(mut to: impl Write, bytes: &[u8]) -> io::Result<()> {
    match to.write_all(bytes).and_then(|()| to.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// Says something on standard output. Where that fails there is nobody to tell.
pub fn say(text: &str) {
    let _ = write(io::stdout(), text.as_bytes());
}

/// How a command ends; what went wrong is said on standard error.
pub fn ended(done: Result<(), (Exit, String)>) -> Exit {
    let Err((exit, message)) = done else { return Exit::Success };
    complain(&format!("{}\n", message.trim_end()));
    exit
}

/// Says something on standard error.
pub fn complain(text: &str) {
    let _ = write(io::stderr(), text.as_bytes());
}
