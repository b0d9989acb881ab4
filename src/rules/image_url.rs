//! Addresses of images: candidates of a srcset, widths that a CDN keeps in the address, placeholders.

use crate::html::srcset::candidates;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// The address in a `srcset` of the narrowest copy at least `max` pixels wide, or else of the widest that says
/// how wide it is. `None` where none does. (WHATWG HTML §4.8.4.2.1; addresses may hold commas.)
///
/// `src` is what the image has without a choice: it stays where it is narrow enough by the set's own account.
pub fn narrow_candidate(srcset: &str, src: Option<&str>, max: u32) -> Option<String> {
    let mut all: Vec<(&str, u32)> = candidates(srcset)
        .into_iter()
        .filter_map(|(address, descriptor)| Some((address, width(descriptor)?)))
        .collect();
    all.sort_by_key(|(_, width)| *width);
    let stays = all.iter().find(|(address, width)| Some(*address) == src && *width <= max);
    let enough = all.iter().find(|(_, width)| *width >= max).or(all.last());
    stays.or(enough).map(|(address, _)| (*address).to_owned())
}

/// The address in a `srcset` of the widest or densest copy.
pub fn widest_candidate(srcset: &str) -> Option<String> {
    let size = |descriptor: &str| width(descriptor).map_or_else(|| density(descriptor), f64::from);
    let all = candidates(srcset).into_iter();
    all.max_by(|(_, a), (_, b)| size(a).total_cmp(&size(b))).map(|(address, _)| address.to_owned())
}

/// `848w` in pixels.
fn width(descriptor: &str) -> Option<u32> {
    descriptor.strip_suffix('w')?.trim().parse().ok()
}

/// `2x`; without a descriptor, 1.
fn density(descriptor: &str) -> f64 {
    descriptor.strip_suffix('x').and_then(|d| d.trim().parse().ok()).unwrap_or(1.0)
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

/// Up to how many bytes a picture inside an address is a preview of one that a script is to load later. Those
/// that pages put there are 100 to 2,000 bytes.
const PREVIEW: usize = 4096;

/// Whether an address stands for an image that a script is to load later.
pub fn is_placeholder(address: &str) -> bool {
    let address = address.trim();
    let file = address.rsplit('/').next().unwrap_or(address).to_ascii_lowercase();
    address.is_empty()
        || address.starts_with("data:image/gif")
        || address.starts_with("data:image/svg+xml")
        || is_preview(address)
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

/// Whether an address is itself a picture so small that it can only be a preview.
pub fn is_preview(address: &str) -> bool {
    let address = address.trim();
    address.starts_with("data:") && !address.starts_with("data:image/svg") && address.len() <= PREVIEW
}

static BLURRED: LazyLock<Regex> = LazyLock::new(|| {
    // A parameter of imgix or WordPress Photon, a step of Cloudinary, Wix or thumbor, the name of the file.
    let pattern = r"(?i)[?&](?:blur|blur-radius)=[1-9]|[/,](?:e_)?blur[:_]\d|:blur\(\d|[-_.](?:blur|blurred|lqip)\.\w+(?:[?#]|$)";
    Regex::new(pattern).expect("a constant, compiled in the tests")
});

/// Whether an address is of a blurred copy, which a page shows until the real one is there.
pub fn is_blurred(address: &str) -> bool {
    !address.starts_with("data:") && BLURRED.is_match(address)
}

/// The address with the name that the file has without its blurred copy's mark.
pub fn sharp_name(address: &str) -> String {
    static MARK: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)[-_.](?:blur|blurred|lqip)(\.\w+)(?:[?#].*)?$")
            .expect("a constant, compiled in the tests")
    });
    MARK.replace(address, "$1").into_owned()
}

/// Parameters by which a resizer makes a picture smaller or worse, beside others that mean something.
const RESIZING: &[&str] = &[
    "blur",
    "blur-radius",
    "w",
    "h",
    "width",
    "height",
    "q",
    "quality",
    "dpr",
    "fit",
    "crop",
    "resize",
    "auto",
    "fm",
    "format",
    "ssl",
    "px",
];

/// Parameters that sign an address: it is good for nothing when another one changes.
const SIGNING: &[&str] = &["s", "sig", "sign", "signature", "token", "hmac", "hash"];

/// The address of the picture itself, of an address whose parameters blur it. `None` where it does not, or is
/// signed.
pub fn unblurred(address: &str) -> Option<String> {
    let is_signed = || parameters(address).any(|(name, _)| SIGNING.contains(&name));
    let blurs = parameters(address).any(|(name, _)| name.starts_with("blur"));
    (blurs && is_blurred(address) && !is_signed()).then(|| without_size(address))
}

/// The parameters of an address: their names, and as they stand.
fn parameters(address: &str) -> impl Iterator<Item = (&str, &str)> {
    let query =
        address.split('#').next().and_then(|rest| rest.split_once('?')).map_or("", |(_, query)| query);
    query.split('&').map(|pair| (pair.split('=').next().unwrap_or(pair), pair))
}

fn without_size(address: &str) -> String {
    let page = address.split(['?', '#']).next().unwrap_or_default();
    let left = parameters(address).filter(|(name, pair)| !pair.is_empty() && !RESIZING.contains(name));
    let left: Vec<&str> = left.map(|(_, pair)| pair).collect();
    if left.is_empty() { page.to_owned() } else { format!("{page}?{}", left.join("&")) }
}

/// Whether two addresses lead to the same picture, at whatever size, where it matters that they do: names of
/// files count, and elsewhere the whole address but for the parameters of resizers.
pub fn same_picture(a: &str, b: &str) -> bool {
    static FILE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\.(?:avif|bmp|gif|jpe?g|png|svg|webp)$").expect("a constant, compiled in the tests")
    });
    let whole = |address: &str| {
        let bare = without_size(address.trim());
        bare.strip_prefix("https:").or_else(|| bare.strip_prefix("http:")).unwrap_or(&bare).to_owned()
    };
    let (one, other) = (whole(a), whole(b));
    !one.is_empty() && one == other || FILE.is_match(&name(a)) && same_image(a, b)
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
        assert_eq!(narrow_candidate(set, None, 800).unwrap(), "https://a.example/f,w_848/x");
        assert_eq!(narrow_candidate(set, None, 2000).unwrap(), "https://a.example/w_1456/x");
        assert_eq!(widest_candidate(set).unwrap(), "https://a.example/w_1456/x");
        assert_eq!(widest_candidate("a.png, b.png 2x").unwrap(), "b.png");
        assert_eq!(narrow_candidate("a.png, b.png 2x", None, 800), None);
        let small = "s.png 300w, m.png 600w, l.png 1200w";
        assert_eq!(narrow_candidate(small, Some("s.png"), 800).unwrap(), "s.png");
        assert_eq!(narrow_candidate(small, Some("l.png"), 500).unwrap(), "m.png");
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

    #[test]
    fn knows_a_blurred_copy() {
        let blurred = [
            "https://a.example/i.jpg?w=20&blur=50",
            "https://res.cloudinary.com/x/image/upload/e_blur:1000,q_1/i.jpg",
            "https://a.example/filters:blur(5)/i.jpg",
            "https://a.example/v1/fill/w_20,blur_2/i.jpg",
            "https://a.example/i-blurred.jpg",
        ];
        assert!(blurred.into_iter().all(is_blurred));
        assert!(!is_blurred("https://a.example/blur/my-blur-photo.jpg?blur=0"));
        let whole = unblurred("https://a.example/i?id=5&w=20&blur=50&q=1").unwrap();
        assert_eq!(whole, "https://a.example/i?id=5");
        assert_eq!(unblurred("https://a.example/i?blur=50&s=0123456789abcdef"), None);
        assert_eq!(unblurred("https://a.example/i-blurred.jpg?w=20"), None);
    }

    #[test]
    fn knows_the_same_picture() {
        let photo = "https://images.example/photo-1?crop=entropy&w=2000&ixid=a";
        assert!(same_picture(photo, "http://images.example/photo-1?ixid=a&w=600#x"));
        assert!(!same_picture("https://a.example/image?id=1", "https://a.example/image?id=2"));
        assert!(!same_picture("https://a.example/image.php?id=1", "https://a.example/image.php?id=2"));
        assert!(same_picture(
            "https://a.example/size/w600/ship.png",
            "https://a.example/ship-300x200.png?v=1"
        ));
        assert!(!same_picture("", ""));
    }
}
