//! What pages are made of beside their text: one stylesheet, one script, one picture, and the stylesheet of feeds that
//! are opened in a browser. All of it is in the program, and nothing is anybody else's.

use xxhash_rust::xxh3::xxh3_64;

use crate::route::Asset;

impl Asset {
    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Asset::Style | Asset::FeedStyle => "text/css; charset=utf-8",
            Asset::Script => "text/javascript; charset=utf-8",
            Asset::Icon => "image/svg+xml",
        }
    }

    /// What it says.
    pub fn text(self) -> &'static str {
        match self {
            Asset::Style => concat!(include_str!("style.css"), include_str!("preview.css")),
            Asset::FeedStyle => include_str!("feed.css"),
            Asset::Script => concat!(include_str!("page.js"), include_str!("playground.js")),
            Asset::Icon => include_str!("icon.svg"),
        }
    }

    /// A digest of what it says.
    pub fn digest(self) -> String {
        format!("{:016x}", xxh3_64(self.text().as_bytes()))
    }

    /// Where it is, under an address that is another one whenever it says something else: it may be kept for ever.
    pub fn address(self) -> String {
        format!("{}?{}", self.path(), self.digest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_follow_what_is_said() {
        for asset in Asset::ALL {
            assert!(!asset.text().is_empty());
            assert_eq!(asset.address(), format!("{}?{}", asset.path(), asset.digest()));
            assert_eq!(asset.digest().len(), 16);
        }
    }

    #[test]
    fn nothing_is_asked_of_anybody_else() {
        for asset in [Asset::Style, Asset::FeedStyle, Asset::Script] {
            assert!(!asset.text().contains("url("), "{asset:?}");
            assert!(!asset.text().contains("@import"), "{asset:?}");
            let addresses = asset.text().lines().filter(|line| line.contains("://"));
            assert!(addresses.into_iter().all(|line| line.starts_with("@namespace")), "{asset:?}");
        }
    }
}
