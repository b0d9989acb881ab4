//! XML as text with positions: what elements say, and how to write it back in the same style.

pub mod splice;
pub mod tag;
pub mod text;
