//! HTML as an outline: flat, with positions, parsed once and edited by marks.

pub mod build;
pub mod entity;
mod known;
pub mod lower;
pub mod outline;
pub mod page;
pub mod select;
pub mod srcset;
pub mod tag;
pub mod taken;
mod tokens;
pub mod xhtml;

pub use outline::{NodeId, Outline};
pub use page::Html;
pub use select::Selectors;
