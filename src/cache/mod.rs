//! What is kept: the sources, as they were last good, and the feeds made of them, as final bytes.

pub mod rendered;
pub mod source;
