//! From the bytes of a body to text: content coding, then charset.

pub mod charset;
pub mod coding;
