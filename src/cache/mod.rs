//! What is kept: the sources, as they were last good, and the feeds made of them, as final bytes.

mod moved;
mod saved;
mod saved_article;
mod recent;
mod writer;
pub mod held;
pub mod known;
pub mod source;
pub mod memories;
mod flight;
pub mod gather;
pub mod articles;
mod compact;
pub mod history;
pub mod health;
mod noted;
mod places;
mod browsers;
mod compress;
pub mod rendered;
