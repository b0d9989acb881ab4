//! Languages that an item may be declared to be in.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::feed::draft::ItemDraft;
use crate::rules::list::OneOrMore;

/// Languages, of which any will do: language tags (RFC 5646), or their beginnings.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(try_from = "OneOrMore<String>")]
pub struct Languages(#[schemars(with = "OneOrMore<String>")] Vec<String>);

impl TryFrom<OneOrMore<String>> for Languages {
    type Error = String;

    fn try_from(languages: OneOrMore<String>) -> Result<Self, Self::Error> {
        let is_tag =
            |tag: &&String| !tag.is_empty() && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        match languages.0.iter().find(|tag| !is_tag(tag)) {
            Some(wrong) => {
                Err(format!("`{wrong}` is no language; expected something like \"en\" or \"pt-BR\""))
            }
            None => Ok(Languages(languages.0)),
        }
    }
}

impl Languages {
    /// Whether an item is in one of them. `en` stands for `en-GB` too (RFC 4647 §3.3.1).
    pub fn hold(&self, item: &ItemDraft<'_>) -> bool {
        let declared = item.feed().language(item.item());
        declared.is_some_and(|declared| self.0.iter().any(|wanted| begins_with(&declared, wanted)))
    }
}

fn begins_with(declared: &str, wanted: &str) -> bool {
    let start = declared.get(..wanted.len()).is_some_and(|start| start.eq_ignore_ascii_case(wanted));
    start && declared[wanted.len()..].chars().next().is_none_or(|c| c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_a_part_ends() {
        assert!(
            begins_with("en-GB", "EN") && begins_with("en", "en") && begins_with("zh-Hant-TW", "zh-hant")
        );
        assert!(!begins_with("eno", "en") && !begins_with("en", "en-GB") && !begins_with("é", "e"));
    }
}
