//! The `srcset` of a picture (WHATWG HTML §4.8.4.2.1).

/// The candidates of a `srcset`: addresses and their descriptors, which may be empty.
pub fn candidates(srcset: &str) -> Vec<(&str, &str)> {
    let mut all = Vec::new();
    let mut rest = srcset;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ',');
        if rest.is_empty() {
            return all;
        }
        let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (address, after) = rest.split_at(end);
        let bare = address.trim_end_matches(',');
        let (descriptor, after) = if bare.len() < address.len() {
            ("", after)
        } else {
            after.split_once(',').unwrap_or((after, ""))
        };
        all.push((bare, descriptor.trim()));
        rest = after;
    }
}
