//! From the bytes of a body to text: content coding, then charset.

pub mod charset;
pub mod coding;

use std::io::{self, Read};

/// Reads at most `max` bytes. `None` where there are more.
///
/// # Errors
/// Where reading fails.
pub fn read_at_most(from: impl Read, max: usize) -> io::Result<Option<Vec<u8>>> {
    let mut out = Vec::new();
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    #[allow(clippy::disallowed_methods, reason = "bounded by `take`")]
    from.take(limit).read_to_end(&mut out)?;
    Ok((out.len() <= max).then_some(out))
}
