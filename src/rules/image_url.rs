//! Addresses of images: candidates of a srcset, widths that a CDN keeps in the address, placeholders.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// The address in a `srcset` that fits best: the narrowest of at least `max` pixels, or else the widest.
/// Without `max`, the widest. (WHATWG HTML §4.8.4.2.1; addresses may hold commas.)
///
/// A density (`2x`) counts as a multiple of 800 pixels: more of it is wider.
pub fn best_candidate(srcset: &str, max: Option<u32>) -> Option<String> {
    let all = candidates(srcset);
    let enough =
        max.and_then(|max| all.iter().filter(|(_, width)| *width >= max).min_by_key(|(_, width)| *width));
    enough.or_else(|| all.iter().max_by_key(|(_, width)| *width)).map(|(address, _)| (*address).to_owned())
}

fn candidates(srcset: &str) -> Vec<(&str, u32)> {
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
        if bare.len() < address.len() {
            all.push((bare, 800));
            rest = after;
            continue;
        }
        let (descriptor, after) = after.split_once(',').unwrap_or((after, ""));
        all.push((address, width(descriptor.trim())));
        rest = after;
    }
}

fn width(descriptor: &str) -> u32 {
    if let Some(pixels) = descriptor.strip_suffix('w') {
        return pixels.trim().parse().unwrap_or(0);
    }
    let density = descriptor.strip_suffix('x').and_then(|d| d.trim().parse::<f32>().ok()).unwrap_or(1.0);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the type's range")]
    let width = (density * 800.0).clamp(0.0, 1e6) as u32;
    width
}

/// CDNs that take the width from the address: what stands before it, and after.
static WIDTHS: LazyLock<[Regex; 3]> = LazyLock::new(|| {
    [
        // Substack and Cloudinary: /image/fetch/$s_!…!,w_1456,c_limit,…/
        r"^(?P<before>https://(?:substackcdn\.com|res\.cloudinary\.com)/[^?#]*?[/,]w_)(?P<width>\d+)(?P<after>[,/])",
        // Medium: /max/1024/ and /v2/resize:fit:1400/
        r"^(?P<before>https://(?:cdn-images-\d+|miro)\.medium\.com/(?:max/|v2/resize:fit:))(?P<width>\d+)(?P<after>/)",
        // WordPress Photon: i0.wp.com/…?w=1024
        r"^(?P<before>https://i\d\.wp\.com/[^?#]*\?(?:[^#]*&)?w=)(?P<width>\d+)(?P<after>&|#|$)",
    ]
    .map(|pattern| Regex::new(pattern).expect("a constant, compiled in the tests"))
});

/// The address of a copy at most `max` pixels wide, where the address itself says how wide. `None` where it
/// does not. An image that is narrow enough keeps its address.
pub fn narrowed(address: &str, max: u32) -> Option<String> {
    let cdn = WIDTHS.iter().find(|cdn| cdn.is_match(address))?;
    let narrow = cdn.replace(address, |found: &Captures<'_>| {
        let width = found["width"].parse::<u32>().map_or(max, |width| width.min(max));
        format!("{}{width}{}", &found["before"], &found["after"])
    });
    Some(narrow.into_owned())
}

/// Whether an address stands for an image that a script is to load later.
pub fn is_placeholder(address: &str) -> bool {
    let address = address.trim();
    let file = address.rsplit('/').next().unwrap_or(address).to_ascii_lowercase();
    address.is_empty()
        || address.starts_with("data:image/gif")
        || address.starts_with("data:image/svg+xml")
        || address.starts_with("about:")
        || [
            "blank.gif",
            "spacer.gif",
            "transparent.gif",
            "placeholder.png",
            "pixel.gif",
            "lazy.gif",
            "loading.gif",
        ]
        .contains(&file.as_str())
}

/// Whether two addresses lead to the same picture, at whatever size.
pub fn same_image(a: &str, b: &str) -> bool {
    let (a, b) = (name(a), name(b));
    !a.is_empty() && a == b
}

static SIZE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"-\d+x\d+(\.\w+)$").expect("a constant, compiled in the tests"));

/// The file an address ends in, without the size that `WordPress` puts into it. A CDN's address ends in the
/// escaped original.
fn name(address: &str) -> String {
    let path = address.split(['?', '#']).next().unwrap_or_default().replace("%2F", "/").replace("%2f", "/");
    let file = path.rsplit('/').next().unwrap_or_default().to_owned();
    SIZE.replace(&file, "$1").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_a_candidate() {
        let set = "https://a.example/f,w_424/x 424w, https://a.example/f,w_848/x 848w,https://a.example/w_1456/x 1456w";
        assert_eq!(best_candidate(set, Some(800)).unwrap(), "https://a.example/f,w_848/x");
        assert_eq!(best_candidate(set, Some(2000)).unwrap(), "https://a.example/w_1456/x");
        assert_eq!(best_candidate(set, None).unwrap(), "https://a.example/w_1456/x");
        assert_eq!(best_candidate("a.png, b.png 2x", None).unwrap(), "b.png");
        assert_eq!(best_candidate(" , ", None), None);
    }

    #[test]
    fn narrows_by_the_address() {
        let substack = "https://substackcdn.com/image/fetch/$s_!a!,w_1456,c_limit/https%3A%2F%2Fb.example%2Fw_9999%2C.png";
        assert_eq!(narrowed(substack, 800).unwrap(), substack.replace("w_1456", "w_800"));
        assert_eq!(narrowed(substack, 2000).unwrap(), substack);
        assert_eq!(
            narrowed("https://i0.wp.com/b.example/a.png?ssl=1&w=1024", 600).unwrap(),
            "https://i0.wp.com/b.example/a.png?ssl=1&w=600"
        );
        assert_eq!(
            narrowed("https://cdn-images-1.medium.com/max/1024/1*a.png", 600).unwrap(),
            "https://cdn-images-1.medium.com/max/600/1*a.png"
        );
        assert_eq!(narrowed("https://b.example/w_1456,/a.png", 600), None);
    }

    #[test]
    fn knows_a_picture_at_another_size() {
        assert!(same_image("https://a.example/i/ship-1024x768.png", "https://a.example/i/ship.png?x=1"));
        assert!(same_image(
            "https://c.example/w_1/https%3A%2F%2Fa.example%2Fship.png",
            "https://a.example/ship.png"
        ));
        assert!(!same_image("https://a.example/", "https://a.example/"));
    }
}
