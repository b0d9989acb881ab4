//! The query of an ad hoc feed's address: names and values, in the order in which they stand.
//!
//! Source: WHATWG URL §5.1, §5.2 *application/x-www-form-urlencoded*.

use std::fmt;

use url::form_urlencoded::{Serializer, parse};

use super::{Refused, one_line};

/// How long a query may be, in bytes.
const MAX_LENGTH: usize = 8 << 10;

/// How many parameters it may have.
const MAX_PARAMETERS: usize = 32;

/// The parameters there are, and whether each can be given more than once.
const PARAMETERS: &[(&str, bool)] = &[
    ("url", false),
    ("pack", true),
    ("keep-title", true),
    ("drop-title", true),
    ("rule", true),
    ("limit", false),
    ("as", false),
    (SIGNATURE, false),
];

/// The parameter that the others are signed with.
const SIGNATURE: &str = "sig";

/// A query whose parameters are known. `Display` writes it in the one way that is signed, however it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// All but the signature.
    pairs: Vec<(String, String)>,
    signature: Option<String>,
}

impl Query {
    /// Reads the query of an address, without its question mark.
    ///
    /// # Errors
    /// Where it is too long, or has a parameter that there is not, or one of a kind twice.
    pub fn parse(text: &str) -> Result<Self, Refused> {
        let too_long = || Refused::malformed(format!("The query is longer than {MAX_LENGTH} bytes."));
        if text.len() > MAX_LENGTH {
            return Err(too_long());
        }
        // One more than there may be, to see that there are too many.
        let pairs = parse(text.as_bytes()).take(MAX_PARAMETERS + 1);
        let query = Query::of(pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect())?;
        // The way in which links lead back here escapes more than some; it has to be short enough as well.
        if query.to_string().len() > MAX_LENGTH { Err(too_long()) } else { Ok(query) }
    }

    /// A query with these names and values.
    ///
    /// # Errors
    /// As for one that is read.
    pub fn of(pairs: Vec<(String, String)>) -> Result<Self, Refused> {
        if pairs.len() > MAX_PARAMETERS {
            return Err(Refused::malformed(format!("There are more than {MAX_PARAMETERS} parameters.")));
        }
        for (at, (name, _)) in pairs.iter().enumerate() {
            let Some((_, is_repeatable)) = PARAMETERS.iter().find(|(known, _)| known == name) else {
                return Err(unknown(name));
            };
            if !is_repeatable && pairs[..at].iter().any(|(before, _)| before == name) {
                return Err(Refused::parameter(name, "it can only be given once"));
            }
        }
        let (mut signature, pairs): (Vec<_>, Vec<_>) =
            pairs.into_iter().partition(|(name, _)| name == SIGNATURE);
        Ok(Query { pairs, signature: signature.pop().map(|(_, value)| value) })
    }

    /// The same with a signature.
    #[must_use]
    pub fn with_signature(&self, signature: String) -> Self {
        Query { signature: Some(signature), ..self.clone() }
    }

    /// Its signature.
    pub fn signature(&self) -> Option<&str> {
        self.signature.as_deref()
    }

    /// What is signed: all of it but the signature.
    pub fn unsigned(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.pairs).finish()
    }

    /// The names and values, without the signature.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value of a parameter that is given once.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.pairs().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signature = self.signature.iter().map(|signature| (SIGNATURE, signature.as_str()));
        f.write_str(&Serializer::new(String::new()).extend_pairs(self.pairs().chain(signature)).finish())
    }
}

fn unknown(name: &str) -> Refused {
    let known: Vec<&str> = PARAMETERS.iter().map(|(name, _)| *name).collect();
    let (name, known) = (one_line(name), known.join(", "));
    Refused::malformed(format!("There is no parameter `{name}`; there are {known}."))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn however_it_is_written_it_is_the_same() {
        let first = Query::parse("url=http://a.example/?b&keep-title=a+b%2B&sig=x").unwrap();
        let second =
            Query::parse("&url=http%3A%2F%2Fa.example%2F%3fb&keep%2Dtitle=a%20b%2b&&sig=x&").unwrap();
        assert_eq!(first, second);
        assert_eq!(first.to_string(), "url=http%3A%2F%2Fa.example%2F%3Fb&keep-title=a+b%2B&sig=x");
        assert_eq!(Query::parse(&first.to_string()).unwrap(), first);
        assert!(!first.unsigned().contains("sig"));
    }

    #[test]
    fn its_bounds() {
        let many = |count| Query::parse(&"pack=a&".repeat(count)).is_ok();
        assert!(many(MAX_PARAMETERS) && !many(MAX_PARAMETERS + 1));
        let long = |length: usize| Query::parse(&format!("url={}", "a".repeat(length - 4))).is_ok();
        assert!(long(MAX_LENGTH) && !long(MAX_LENGTH + 1));
        for text in
            ["url=a&url=b", "sig=a&sig=", "limit&limit", "as=a&as=b", "uri=a", "=", "Url=a", "url%00=a"]
        {
            assert!(Query::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(pairs in prop::collection::vec(("pack|rule|drop-title", ".*"), 0..9)) {
            if let Ok(query) = Query::of(pairs) {
                let written = query.with_signature("a-b_c".to_owned()).to_string();
                if written.len() <= MAX_LENGTH {
                    let read = Query::parse(&written).unwrap();
                    prop_assert_eq!(read.unsigned(), query.unsigned());
                    prop_assert_eq!(read.signature(), Some("a-b_c"));
                }
            }
        }
    }
}
