//! Other words in the place of what a pattern matches.

use regex::Regex;

use super::values::Pattern;

/// A pattern, and what stands in the place of what it matches.
#[derive(Debug)]
pub(super) struct Rewrite {
    pattern: Pattern,
    with: String,
}

impl Rewrite {
    /// Reads the two options that belong together; `None` where neither is there.
    pub fn read(pattern: Option<Pattern>, with: Option<String>) -> Result<Option<Self>, String> {
        match (pattern, with) {
            (None, None) => Ok(None),
            (Some(_), None) => Err("`pattern` needs `with`: what stands in the place of a match".to_owned()),
            (None, Some(_)) => Err("`with` needs a `pattern`".to_owned()),
            (Some(pattern), Some(with)) => {
                check_template(pattern.regex(), &with)?;
                Ok(Some(Rewrite { pattern, with }))
            }
        }
    }

    /// A text with every match replaced.
    pub fn of(&self, text: &str) -> String {
        self.pattern.regex().replace_all(text, self.with.as_str()).into_owned()
    }
}

/// Finds out whether the groups that a template names are there: `$1`, `${1}`, `$name`; `$$` is a `$`. The regex
/// crate puts nothing in the place of others, and takes `$1st` for a group called `1st`.
pub(super) fn check_template(regex: &Regex, template: &str) -> Result<(), String> {
    let mut rest = template;
    while let Some((_, after)) = rest.split_once('$') {
        let (name, left) = match after.strip_prefix('{') {
            _ if after.starts_with('$') => ("", &after[1..]),
            Some(braced) => braced.split_once('}').unwrap_or(("", braced)),
            None => {
                let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
                after.split_at(after.find(|c| !is_name(c)).unwrap_or(after.len()))
            }
        };
        let is_there = match name.parse::<usize>() {
            Ok(number) => number < regex.captures_len(),
            Err(_) => name.is_empty() || regex.capture_names().flatten().any(|known| known == name),
        };
        if !is_there {
            return Err(format!(
                "the pattern has no group `{name}`; write `${{1}}` where letters follow the number"
            ));
        }
        rest = left;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_name_groups_that_are_there() {
        let regex = Regex::new(r"(a)(?<name>b)").unwrap();
        for template in ["", "$0$1-${2}x", "$name", "$$5", "5 $", "$ 1", "${name}s"] {
            assert_eq!(check_template(&regex, template), Ok(()), "{template}");
        }
        for template in ["$3", "$1st", "${names}", "$$$9"] {
            assert!(check_template(&regex, template).is_err(), "{template}");
        }
    }
}
