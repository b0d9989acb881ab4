//! limpid: point your feed reader at it, and get the publisher's feed without the bloat.
//!
//! ```text
//! reader ──► listen ─► route ─► rendered cache ──hit──────────────────────────► respond
//!                                   │ miss or stale
//!                                   ▼
//!                      source store ─► fetch (conditional, capped) ◄── publisher
//!                                   ▼
//!                    decode ─► mend ─► parse (bytes + spans) ─► merge, where there are several
//!                                   ▼
//!                    pipeline (rules on a draft) ─► splice ─► convert, where another format is asked for
//!                                   ▼
//!                          rendered cache (identity, gzip, br, zstd, ETag) ─► respond
//! ```
//!
//! Modules stand in the order in which they build on each other: each uses only those above it.
//! `tests/tidy.rs` holds them to that.

// What a text is made of.
pub mod span;
pub mod xml;
pub mod text;
pub mod decode;
pub mod json;
pub mod html;
pub mod feed;
pub mod convert;
pub mod merge;
// What is done to a feed.
pub mod rules;
pub mod guard;
pub mod topics;
pub mod receipt;
pub mod pipeline;
pub mod preview;
// What a person has configured.
pub mod config;
// Lists of feeds, as readers exchange them.
pub mod opml;
// What is asked for without that.
pub mod adhoc;
// What is told of both.
pub mod reference;

// The two ends, and what stands between them.
pub mod clock;
pub mod store;
pub mod fetch;
pub mod metrics;
pub mod cache;
pub mod route;
pub mod respond;
pub mod accept;
pub mod pages;
pub mod serve;
pub mod listen;
pub mod cli;
