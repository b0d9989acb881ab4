//! Sources that have moved for good: when to believe it.
//!
//! Source: RFC 9110 §15.4.2 *301 Moved Permanently*, §15.4.9 *308 Permanent Redirect*. A redirect that is called
//! permanent is often a mistake of an hour, so it is believed only once it has repeated.

use url::Url;

/// How many polls in a row have to lead to an address before it is asked itself.
const BELIEVED_AFTER: u32 = 3;

/// Where a publisher says that its feed is from now on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    /// The address that is asked instead of the configured one.
    to: Option<Url>,
    /// The address that redirects have led to since, and in how many polls in a row.
    next: Option<(Url, u32)>,
}

impl Moved {
    /// As it was written down.
    pub fn of(to: Option<Url>, next: Option<(Url, u32)>) -> Self {
        Moved { to, next }
    }

    /// The address that is asked instead, and the one that may be next, for writing it down.
    pub fn parts(&self) -> (Option<&Url>, Option<&(Url, u32)>) {
        (self.to.as_ref(), self.next.as_ref())
    }

    /// The address to ask.
    pub fn address<'u>(&'u self, configured: &'u Url) -> &'u Url {
        self.to.as_ref().unwrap_or(configured)
    }

    /// The address that is asked from now on, where that was another one before.
    pub fn newly(&self, before: &Moved) -> Option<&Url> {
        self.to.as_ref().filter(|to| before.to.as_ref() != Some(to))
    }

    /// After a good answer, behind permanent redirects to an address, or none.
    #[must_use]
    pub fn after(&self, led_to: Option<&Url>) -> Self {
        let Some(url) = led_to else { return Moved { to: self.to.clone(), next: None } };
        let times = match &self.next {
            Some((same, times)) if same == url => times + 1,
            _ => 1,
        };
        if times < BELIEVED_AFTER {
            return Moved { to: self.to.clone(), next: Some((url.clone(), times)) };
        }
        Moved { to: Some(url.clone()), next: None }
    }

    /// After a failure: where it was not the configured address that failed, that is asked next.
    #[must_use]
    pub fn after_failure(&self) -> Self {
        if self.to.is_some() { Moved::default() } else { self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p13_only_what_repeats_is_believed() {
        let url = |path: &str| Url::parse(&format!("https://a.example/{path}")).unwrap();
        let (old, a, b) = (url("old"), url("a"), url("b"));
        let mut moved = Moved::default();
        for led_to in [Some(&a), Some(&a), Some(&b), Some(&a), None, Some(&a), Some(&a)] {
            moved = moved.after(led_to);
            assert_eq!(moved.address(&old), &old);
        }
        let moved = moved.after_failure().after(Some(&a));
        assert_eq!(moved.address(&old), &a);
        assert_eq!(moved.after(None).address(&old), &a);
        let again = moved.after(Some(&b)).after(Some(&b));
        assert_eq!(again.address(&old), &a);
        assert_eq!(again.after(Some(&b)).address(&old), &b);
        assert_eq!(again.after_failure(), Moved::default());
    }
}
