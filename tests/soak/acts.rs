//! What the publisher does with a request: chosen by the seed, the feed, its life and how often it has been asked.

use std::time::Duration;

use crate::pages::Dice;

/// What is done with one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The feed, whole; 304 where the reader has it.
    Good { is_new: bool },
    /// A status, with `Retry-After` (seconds) or without it.
    Status(u16, Option<u64>),
    /// 304 although nothing was asked conditionally, or although there is something new.
    Wrong304,
    /// To where the feed is.
    Redirect(u16),
    /// From one address to the next, for ever.
    Loop,
    /// To where nobody listens.
    ToNobody,
    /// To what is no address for a feed, or without one.
    ToNowhere,
    /// Less than the length that was said.
    Short,
    /// Chunked, and the last chunk is missing.
    NoLastChunk,
    /// Reset in the middle of the body.
    Reset,
    /// Closed without a word.
    Close,
    /// Not a word, and not closed.
    Stall,
    /// Half of it, and then nothing.
    StallInside,
    /// A byte now and then.
    Drip,
    /// A web page.
    Html,
    /// Nothing, in full.
    Empty,
    /// No end of the document, in a body that is whole.
    CutDocument,
    /// Elements within elements.
    TooDeep,
    /// Little that decompresses to very much.
    Bomb(&'static str),
    /// It is not compressed as it says.
    LiesAboutCoding(&'static str),
    /// A coding that nobody knows.
    UnknownCoding,
    /// 100 MB, with or without saying so before.
    Huge { is_chunked: bool },
}

/// What a publisher who behaves badly does, and limpid then leaves alone for at least a minute.
const BAD: &[Act] = &[
    Act::Status(500, None),
    Act::Status(502, None),
    Act::Status(503, None),
    Act::Status(429, None),
    Act::Status(404, None),
    Act::Status(410, None),
    Act::Status(410, Some(1)),
    Act::Loop,
    Act::ToNobody,
    Act::ToNowhere,
    Act::Short,
    Act::NoLastChunk,
    Act::Reset,
    Act::Close,
    Act::Stall,
    Act::StallInside,
    Act::Drip,
    Act::Html,
    Act::Empty,
    Act::CutDocument,
    Act::TooDeep,
    Act::Bomb("gzip"),
    Act::Bomb("br"),
    Act::Bomb("zstd"),
    Act::LiesAboutCoding("gzip"),
    Act::LiesAboutCoding("br"),
    Act::LiesAboutCoding("zstd"),
    Act::UnknownCoding,
    Act::Huge { is_chunked: true },
    Act::Huge { is_chunked: false },
];

impl Act {
    /// What is done with the request of this number. A feed that was never whole is not cut off: what is left of it
    /// would be better than nothing.
    pub fn choose(seed: u64, feed: usize, life: u32, request: u32, was_whole: bool) -> Self {
        let mut dice = Dice::of(seed, &[feed as u64, life.into(), request.into()]);
        let act = match dice.below(100) {
            0..58 => Act::Good { is_new: dice.below(10) < 6 },
            58..72 => Act::Status(dice.one_of(&[500, 502, 503, 429, 404]), Some(1 + dice.below(3))),
            72..77 => Act::Wrong304,
            77..84 => Act::Redirect(dice.one_of(&[301, 302, 307, 308])),
            _ => dice.one_of(BAD),
        };
        match act {
            Act::CutDocument if !was_whole => Act::Html,
            // Without a good copy that is an error like others.
            other => other,
        }
    }

    /// How long the publisher is to be left alone afterwards, at least.
    pub fn wait(self, floor: Duration, was_whole: bool) -> Duration {
        match self {
            Act::Good { .. } | Act::Redirect(_) => floor,
            Act::Wrong304 if was_whole => floor,
            Act::Status(410, _) => Duration::from_hours(24),
            Act::Status(429, None) => Duration::from_hours(4),
            Act::Status(_, Some(seconds)) => floor.max(Duration::from_secs(seconds)),
            Act::ToNobody | Act::Stall | Act::StallInside | Act::Drip => Duration::from_mins(1),
            _ => Duration::from_mins(15),
        }
    }

    /// As it stands in the table.
    pub fn name(self) -> String {
        match self {
            Act::Good { .. } => "good".into(),
            Act::Status(status, None) => format!("{status}"),
            Act::Status(status, Some(_)) => format!("{status} with Retry-After"),
            Act::Wrong304 => "304 at the wrong time".into(),
            Act::Redirect(status) => format!("{status} to the feed"),
            Act::Loop => "redirects in circles".into(),
            Act::ToNobody => "redirect to a closed port".into(),
            Act::ToNowhere => "redirect to no address".into(),
            Act::Short => "less than Content-Length".into(),
            Act::NoLastChunk => "last chunk missing".into(),
            Act::Reset => "reset in the middle".into(),
            Act::Close => "closed without an answer".into(),
            Act::Stall => "no answer".into(),
            Act::StallInside => "stalls in the middle".into(),
            Act::Drip => "drips".into(),
            Act::Html => "web page".into(),
            Act::Empty => "empty body".into(),
            Act::CutDocument => "document cut off".into(),
            Act::TooDeep => "too deep".into(),
            Act::Bomb(coding) => format!("{coding} bomb"),
            Act::LiesAboutCoding(coding) => format!("not {coding} as it says"),
            Act::UnknownCoding => "unknown coding".into(),
            Act::Huge { .. } => "100 MB".into(),
        }
    }
}
