//! The pages in a real browser: Debian's `chromium` and `chromium-driver`, which `tests/run` installs. Where they are not,
//! these tests say so and hold limpid to nothing.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod driver;
mod harness;
mod site;

mod feeds;
mod home;
mod playground;
mod preview;
