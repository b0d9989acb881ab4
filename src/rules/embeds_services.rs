//! Players of known sites, and the pages that show what they play.

use url::Url;

/// What a player shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The site, as people call it.
    pub service: &'static str,
    /// The page that shows the same.
    pub page: String,
    /// A picture of it.
    pub poster: Option<String>,
}

/// A site: its name, the hosts of its players (and those below them), and how an address of a player becomes one
/// of a page.
struct Service {
    name: &'static str,
    hosts: &'static [&'static str],
    page: fn(&Url) -> Option<String>,
}

const SERVICES: &[Service] = &[
    Service { name: YOUTUBE, hosts: YOUTUBE_HOSTS, page: youtube_page },
    Service { name: "Vimeo", hosts: &["player.vimeo.com"], page: vimeo },
    Service { name: "Spotify", hosts: &["open.spotify.com"], page: spotify },
    Service { name: "X", hosts: &["platform.twitter.com", "platform.x.com"], page: twitter },
    Service { name: "Instagram", hosts: &["instagram.com"], page: without_embed },
    Service { name: "Bluesky", hosts: &["embed.bsky.app"], page: bluesky },
    Service { name: "SoundCloud", hosts: &["w.soundcloud.com"], page: soundcloud },
    Service { name: "Apple Podcasts", hosts: &["embed.podcasts.apple.com"], page: apple },
    Service { name: "Apple Music", hosts: &["embed.music.apple.com"], page: apple },
    Service { name: "CodePen", hosts: &["codepen.io"], page: codepen },
    Service { name: "GitHub Gist", hosts: &["gist.github.com"], page: gist },
    Service { name: "Dailymotion", hosts: &["dailymotion.com"], page: dailymotion },
];

const YOUTUBE: &str = "YouTube";
const YOUTUBE_HOSTS: &[&str] = &["youtube.com", "youtube-nocookie.com", "youtu.be"];

/// What a player shows, where it is a known site's.
pub fn shown(player: &Url) -> Option<Shown> {
    let host = player.host_str()?;
    let service = SERVICES.iter().find(|service| service.hosts.iter().any(|of| is_of(host, of)));
    let Some(service) = service else {
        return Some(Shown { service: "Mastodon", page: mastodon(player)?, poster: None });
    };
    let poster = video(player).filter(|_| service.name == YOUTUBE);
    let poster = poster.map(|id| format!("https://i.ytimg.com/vi/{id}/hqdefault.jpg"));
    Some(Shown { service: service.name, page: (service.page)(player)?, poster })
}

/// Whether a host is another one, or below it.
pub fn is_of(host: &str, of: &str) -> bool {
    host.strip_suffix(of).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The address of a player of `YouTube` on another host that has the same paths. `None` where it is no such
/// player.
pub fn youtube_on(origin: &str, player: &Url) -> Option<String> {
    let host = player.host_str()?;
    if !YOUTUBE_HOSTS.iter().any(|of| is_of(host, of)) {
        return None;
    }
    let id = video(player).or_else(|| parameter(player, "list").map(|_| "videoseries".to_owned()))?;
    let query = player.query().filter(|_| player.path().starts_with("/embed/"));
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    Some(format!("{origin}/embed/{id}{query}"))
}

fn segments(url: &Url) -> Vec<&str> {
    url.path_segments().map(|all| all.filter(|segment| !segment.is_empty()).collect()).unwrap_or_default()
}

fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The identity of a video on `YouTube`.
fn video(player: &Url) -> Option<String> {
    let id = match segments(player).as_slice() {
        ["embed", "videoseries" | "live_stream"] => None,
        ["embed" | "v" | "shorts" | "live", id, ..] => Some((*id).to_owned()),
        ["watch"] => parameter(player, "v"),
        [id] if player.host_str() == Some("youtu.be") => Some((*id).to_owned()),
        _ => None,
    };
    let is_id = |id: &String| id.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    id.filter(|id| !id.is_empty() && is_id(id))
}

fn youtube_page(player: &Url) -> Option<String> {
    let Some(id) = video(player) else {
        let mut page = Url::parse("https://www.youtube.com/playlist").ok()?;
        page.query_pairs_mut().append_pair("list", &parameter(player, "list")?);
        return Some(page.into());
    };
    let start = parameter(player, "start").or_else(|| parameter(player, "t"));
    let seconds = start.and_then(|start| start.trim_end_matches('s').parse::<u32>().ok()).filter(|s| *s > 0);
    let at = seconds.map(|seconds| format!("&t={seconds}s")).unwrap_or_default();
    Some(format!("https://www.youtube.com/watch?v={id}{at}"))
}

/// A video that is not listed has a second part to its name.
fn vimeo(player: &Url) -> Option<String> {
    let ["video", id, ..] = segments(player)[..] else { return None };
    let secret = parameter(player, "h").filter(|h| h.bytes().all(|b| b.is_ascii_alphanumeric()));
    let secret = secret.map(|h| format!("/{h}")).unwrap_or_default();
    Some(format!("https://vimeo.com/{id}{secret}"))
}

fn spotify(player: &Url) -> Option<String> {
    match segments(player)[..] {
        ["embed" | "embed-podcast", kind, id, ..] => Some(format!("https://open.spotify.com/{kind}/{id}")),
        _ => None,
    }
}

fn twitter(player: &Url) -> Option<String> {
    let id = parameter(player, "id").filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()))?;
    Some(format!("https://x.com/i/status/{id}"))
}

/// The address up to `embed`.
fn without_embed(player: &Url) -> Option<String> {
    let all = segments(player);
    let at = all.iter().position(|segment| *segment == "embed").filter(|at| *at > 0)?;
    Some(format!("{}/{}/", player.origin().ascii_serialization(), all[..at].join("/")))
}

fn bluesky(player: &Url) -> Option<String> {
    match segments(player)[..] {
        ["embed", who, "app.bsky.feed.post", id] => Some(format!("https://bsky.app/profile/{who}/post/{id}")),
        _ => None,
    }
}

/// The player has the address in a parameter. One of the programming interface is no page.
fn soundcloud(player: &Url) -> Option<String> {
    let page = Url::parse(&parameter(player, "url")?).ok()?;
    let is_page =
        page.scheme() == "https" && matches!(page.host_str(), Some("soundcloud.com" | "on.soundcloud.com"));
    Some(if is_page { page.into() } else { player.to_string() })
}

fn apple(player: &Url) -> Option<String> {
    let mut page = player.clone();
    page.set_host(Some(player.host_str()?.strip_prefix("embed.")?)).ok()?;
    Some(page.into())
}

fn codepen(player: &Url) -> Option<String> {
    match segments(player)[..] {
        [who, "embed", "preview", id, ..] | [who, "embed", id, ..] => {
            Some(format!("https://codepen.io/{who}/pen/{id}"))
        }
        _ => None,
    }
}

/// `USER/ID.js` and `USER/ID.pibb`.
fn gist(player: &Url) -> Option<String> {
    let all = segments(player);
    let bare = |segment: &str| segment.split('.').next().unwrap_or(segment).to_owned();
    (!all.is_empty()).then(|| format!("https://gist.github.com/{}", bare(&all.join("/"))))
}

fn dailymotion(player: &Url) -> Option<String> {
    match segments(player)[..] {
        ["embed", "video", id] => Some(format!("https://www.dailymotion.com/video/{id}")),
        _ => None,
    }
}

/// Mastodon runs on any host: `/@user/1/embed`, `/users/user/statuses/1/embed`.
fn mastodon(player: &Url) -> Option<String> {
    let all = segments(player);
    let status = match all[..] {
        [who, id, "embed"] if who.starts_with('@') => id,
        ["users", _, "statuses", id, "embed"] => id,
        _ => return None,
    };
    let is_id = status.bytes().all(|b| b.is_ascii_digit());
    is_id.then(|| format!("{}/{}", player.origin().ascii_serialization(), all[..all.len() - 1].join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(player: &str) -> Option<String> {
        shown(&Url::parse(player).unwrap()).map(|shown| format!("{} {}", shown.service, shown.page))
    }

    #[test]
    fn players_lead_to_pages() {
        let cases = [
            (
                "https://www.youtube.com/embed/abc-_123?start=90&rel=0",
                "YouTube https://www.youtube.com/watch?v=abc-_123&t=90s",
            ),
            ("https://youtu.be/abc", "YouTube https://www.youtube.com/watch?v=abc"),
            (
                "https://www.youtube-nocookie.com/embed/videoseries?list=PL1",
                "YouTube https://www.youtube.com/playlist?list=PL1",
            ),
            ("https://player.vimeo.com/video/12?h=ab", "Vimeo https://vimeo.com/12/ab"),
            (
                "https://open.spotify.com/embed/episode/x?theme=0",
                "Spotify https://open.spotify.com/episode/x",
            ),
            ("https://platform.twitter.com/embed/Tweet.html?id=12&theme=dark", "X https://x.com/i/status/12"),
            ("https://www.instagram.com/p/x/embed/captioned/", "Instagram https://www.instagram.com/p/x/"),
            (
                "https://embed.bsky.app/embed/did:plc:a/app.bsky.feed.post/b?id=1",
                "Bluesky https://bsky.app/profile/did:plc:a/post/b",
            ),
            (
                "https://w.soundcloud.com/player/?url=https%3A//soundcloud.com/a/b",
                "SoundCloud https://soundcloud.com/a/b",
            ),
            (
                "https://embed.podcasts.apple.com/us/podcast/x/id1?i=2",
                "Apple Podcasts https://podcasts.apple.com/us/podcast/x/id1?i=2",
            ),
            ("https://codepen.io/who/embed/preview/x?height=3", "CodePen https://codepen.io/who/pen/x"),
            ("https://gist.github.com/who/0a.js?file=a.rs", "GitHub Gist https://gist.github.com/who/0a"),
            ("https://m.example/@who/12/embed", "Mastodon https://m.example/@who/12"),
        ];
        for (player, expected) in cases {
            assert_eq!(page(player).as_deref(), Some(expected), "{player}");
        }
        for other in [
            "https://www.youtube.com/embed/",
            "https://notyoutube.com/embed/x",
            "https://m.example/@who/x/embed",
        ] {
            assert_eq!(page(other), None, "{other}");
        }
    }

    #[test]
    fn youtube_plays_elsewhere() {
        let on = |player: &str| youtube_on("https://v.example", &Url::parse(player).unwrap());
        assert_eq!(
            on("https://www.youtube.com/embed/x?start=9").unwrap(),
            "https://v.example/embed/x?start=9"
        );
        assert_eq!(on("https://youtu.be/x?si=1").unwrap(), "https://v.example/embed/x");
        assert_eq!(
            on("https://www.youtube.com/embed/videoseries?list=a").unwrap(),
            "https://v.example/embed/videoseries?list=a"
        );
        assert_eq!(on("https://player.vimeo.com/video/1"), None);
    }
}
