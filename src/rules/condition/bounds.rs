//! Bounds on a number.

use schemars::JsonSchema;
use serde::Deserialize;

/// Bounds on a number; what is bounded does not reach them.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(try_from = "Written")]
pub struct Bounds(Written);

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Written {
    /// More than this.
    over: Option<usize>,
    /// Fewer than this.
    under: Option<usize>,
}

impl TryFrom<Written> for Bounds {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let Written { over, under } = written;
        let least = over.map_or(0, |over| over.saturating_add(1));
        match (over, under) {
            (None, None) => Err("expected `over`, `under` or both".to_owned()),
            (_, Some(under)) if least >= under => {
                let over = over.map_or(String::new(), |over| format!("over {over} and "));
                Err(format!("no number is {over}under {under}"))
            }
            _ => Ok(Bounds(written)),
        }
    }
}

impl Bounds {
    /// Whether a number lies between them.
    pub fn hold(self, number: usize) -> bool {
        let Written { over, under } = self.0;
        over.is_none_or(|over| number > over) && under.is_none_or(|under| number < under)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_that_nothing_can_lie_between_are_refused() {
        let read = |text: &str| toml::from_str::<Bounds>(text).map_err(|error| error.message().to_owned());
        assert!(read("over = 2\nunder = 4").unwrap().hold(3));
        assert!(!read("over = 0").unwrap().hold(0));
        assert_eq!(read("over = 2\nunder = 3").unwrap_err(), "no number is over 2 and under 3");
        assert_eq!(read("under = 0").unwrap_err(), "no number is under 0");
        assert_eq!(read("").unwrap_err(), "expected `over`, `under` or both");
    }
}
