//! What came of asking for an item's page, as it is written down, and back.

use std::time::Duration;

use xxhash_rust::xxh3::xxh3_128;

use super::articles::Page;
use crate::clock::{between, later};
use crate::feed::articles::Wanted;
use crate::fetch::article::MAX_PAGE;
use crate::store::Store;
use crate::store::record::{Body, GoodCopy, Problem, Record};

/// How long a page waits that is never asked for again.
const NEVER: Duration = Duration::MAX;

/// What an article is called in the store.
pub(super) fn name(wanted: &Wanted) -> String {
    let Wanted { address, selector, without, version, reach, login } = wanted;
    let rest = format!("{selector:?} {without:?} {version} {reach:?} {login:?}");
    format!("page {:032x} {address}", xxh3_128(rest.as_bytes()))
}

/// As it is written down.
pub(super) fn record(page: &Page) -> (Record, Option<Body>) {
    let asked = page.asked;
    let body = page.article.as_ref().ok().and_then(|article| Body::new(article.as_bytes()));
    let record = Record {
        asked,
        wait: page.retry.map_or(NEVER, |retry| between(asked, retry)),
        problem: page.article.as_ref().err().cloned().map(Problem::Other),
        failures: page.failures,
        good: body.as_ref().map(|body| GoodCopy { since: asked, body: body.digest(), ..GoodCopy::default() }),
        moved_to: None,
        moving_to: None,
    };
    (record, body)
}

/// What the store knows of a page. An article that is not what it was is asked for anew.
pub(super) fn load(store: &Store, wanted: &Wanted) -> Option<Page> {
    let (record, packed) = store.get(&name(wanted))?;
    page(record, packed.as_deref())
}

/// What a record and a body say of a page.
pub(super) fn page(record: Record, packed: Option<&[u8]>) -> Option<Page> {
    let article = match record.problem {
        Some(Problem::Other(why)) => Err(why),
        Some(_) => return None,
        None => Ok(String::from_utf8(Body::unpack(packed?, &record.good?.body, MAX_PAGE)?).ok()?),
    };
    let wait = Some(record.wait).filter(|wait| *wait != NEVER);
    let retry = wait.map(|wait| later(record.asked, wait));
    Some(Page { article, retry, failures: record.failures, asked: record.asked })
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::feed::articles::{Login, Reach};

    fn wanted(address: &str) -> Wanted {
        let (selector, without) = (None, Some("nav".to_owned()));
        let (reach, login) = (Reach::Public, Login::NOBODY);
        Wanted { address: address.to_owned(), selector, without, version: 7, reach, login }
    }

    #[test]
    fn pages_come_back_as_they_were() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("limpid.redb"), 1 << 20);
        let now: Timestamp = "2026-06-15T12:00:00Z".parse().unwrap();
        let later = Some(now + SignedDuration::from_mins(15));
        let pages = [
            Page { article: Ok("<p>High water</p>".to_owned()), retry: None, failures: 0, asked: now },
            Page { article: Ok(String::new()), retry: None, failures: 0, asked: now },
            Page { article: Err("there is no article".to_owned()), retry: None, failures: 0, asked: now },
            Page { article: Err("it can not be reached".to_owned()), retry: later, failures: 3, asked: now },
        ];
        for (nth, page) in pages.iter().enumerate() {
            let wanted = wanted(&format!("https://a.example/{nth}"));
            let (record, body) = record(page);
            assert!(store.put(&name(&wanted), &record, body.as_ref(), None));
            assert_eq!(load(&store, &wanted).as_ref(), Some(page));
            let other = Wanted { login: Login(1), ..wanted };
            assert_eq!(load(&store, &other), None, "what was shown to one is not for another");
        }
    }
}
