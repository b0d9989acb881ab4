//! What systemd is told: that limpid serves, that it reads its configuration again, that it is about to end.
//!
//! Source: `sd_notify(3)`. It is one datagram to the socket that `NOTIFY_SOCKET` names; where that is not set nothing
//! waits to be told.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use tracing::debug;

/// What there is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It accepts connections, under the configuration that was read last.
    Ready,
    /// It reads its configuration again.
    Reloading,
    /// It is about to end.
    Stopping,
}

/// Tells it. Where that fails limpid serves all the same.
pub fn notify(state: State) {
    let Some(name) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let text = match state {
        State::Ready => "READY=1\n",
        State::Reloading => "RELOADING=1\n",
        State::Stopping => "STOPPING=1\n",
    };
    if let Err(error) = send(name.as_encoded_bytes(), text.as_bytes()) {
        debug!(%error, "systemd can not be told");
    }
}

fn send(name: &[u8], text: &[u8]) -> std::io::Result<()> {
    let address = match name.strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(std::path::Path::new(&*String::from_utf8_lossy(name)))?,
    };
    UnixDatagram::unbound()?.send_to_addr(text, &address).map(drop)
}
