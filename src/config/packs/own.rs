//! `[packs]`: packs of a person's own, each in a file.

use std::fs::File;
use std::path::{Path, PathBuf};

use toml::de::DeValue;

use super::{AUTO, Packs, read};
use crate::config::problem::{Problem, Problems};
use crate::config::raw::Label;
use crate::config::table::Value;
use crate::decode::read_at_most;
use crate::rules;

/// The most bytes of a pack.
const MAX_PACK: usize = 1 << 20;

/// How own packs are written, for advice.
const EXAMPLE: &str = "[packs]\nsocial = \"my-social.toml\"";

impl Packs {
    /// Reads the packs that `[packs]` names, with what is wrong in each. Their files are relative to `folder`.
    pub(in crate::config) fn read(
        section: Option<Value<'_>>,
        folder: Option<&Path>,
        problems: &mut Vec<Problem>,
    ) -> (Self, Vec<Problems>) {
        let (mut packs, mut wrong) = (Packs::default(), Vec::new());
        let table = match section.map(|section| (section.span(), section.into_inner())) {
            None => return (packs, wrong),
            Some((_, DeValue::Table(table))) => table,
            Some((span, _)) => {
                problems.push(Problem::new("expected a table of packs", span).help(EXAMPLE));
                return (packs, wrong);
            }
        };
        let mut entries: Vec<_> = table.into_iter().collect();
        entries.sort_by_key(|(name, _)| name.span().start);
        for (key, value) in entries {
            let name = key.get_ref().to_string();
            problems.extend(bad_name(&name).map(|problem| Problem { span: key.span(), ..problem }));
            let pack = match text_of(value, folder) {
                Ok((shown, text)) => read::read(&name, &shown, &text).map_err(|them| wrong.push(them)).ok(),
                Err(problem) => {
                    problems.push(problem);
                    None
                }
            };
            packs.own.push((name, pack));
        }
        (packs, wrong)
    }
}

/// Why a pack can not be called that.
fn bad_name(name: &str) -> Option<Problem> {
    let message = match Label::try_from(name.to_owned()) {
        Err(message) => message,
        Ok(_) if name == AUTO => format!("`{AUTO}` stands for the packs of all platforms"),
        Ok(_) if rules::find(name).is_some() => format!("`{name}` is a rule, so it can not be a pack"),
        Ok(_) => return None,
    };
    Some(Problem::new(message, 0..0))
}

/// The text of a pack's file, with the name to show for it.
fn text_of(value: Value<'_>, folder: Option<&Path>) -> Result<(String, String), Problem> {
    let span = value.span();
    let problem = |message: String| Problem::new(message, span.clone());
    let DeValue::String(file) = value.into_inner() else {
        return Err(problem("expected the name of a file".to_owned()).help(EXAMPLE));
    };
    let path = match folder {
        Some(folder) => folder.join(&*file),
        None if Path::new(&*file).is_absolute() => PathBuf::from(&*file),
        None => {
            let message = format!("`{file}` is relative to the configuration's file, and there is none");
            return Err(problem(message).help("give the whole path of the pack"));
        }
    };
    let shown = path.display().to_string();
    let bytes = File::open(&path).and_then(|file| read_at_most(file, MAX_PACK));
    let bytes = bytes.map_err(|error| problem(format!("can not read {shown}: {error}")))?;
    let bytes =
        bytes.ok_or_else(|| problem(format!("{shown} is larger than the limit of {MAX_PACK} bytes")))?;
    let text = String::from_utf8(bytes).map_err(|_| problem(format!("{shown} is not UTF-8")))?;
    Ok((shown, text))
}
