//! Which files a configuration names: it is read again when one of them changes.

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::table::parse;

/// The keys whose texts are names of files: of words, of secrets, of certificates. A text that is none is a file that
/// never changes.
const KEYS: &[&str] = &["any-of-file", "file", "cert", "key"];

/// The files that a text names, as far as it can be read: a text with mistakes names files, too, and one of them may
/// be the mistake. Names are relative to `folder`.
pub fn files(text: &str, folder: &Path) -> Vec<PathBuf> {
    let root = parse(text, &mut Vec::new()).into_inner();
    let mut names = Vec::new();
    if let Some(packs) = root.get("packs").and_then(|packs| packs.get_ref().as_table()) {
        names.extend(packs.values().filter_map(|name| name.get_ref().as_str()).map(str::to_owned));
    }
    in_table(&root, &mut names);
    names.sort();
    names.dedup();
    names.iter().map(|name| folder.join(name)).collect()
}

fn in_table(table: &DeTable<'_>, names: &mut Vec<String>) {
    for (key, value) in table {
        match value.get_ref() {
            DeValue::String(name) if KEYS.contains(&key.get_ref().as_ref()) => names.push(name.to_string()),
            DeValue::Array(all) if key.get_ref() == "tls-roots" => {
                names.extend(all.iter().filter_map(|name| name.get_ref().as_str()).map(str::to_owned));
            }
            other => in_value(other, names),
        }
    }
}

fn in_value(value: &DeValue<'_>, names: &mut Vec<String>) {
    match value {
        DeValue::Table(table) => in_table(table, names),
        DeValue::Array(all) => all.iter().for_each(|value| in_value(value.get_ref(), names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_words_and_keys_are_found_among_mistakes() {
        let text = "[packs]\nsocial = \"social.toml\"\n[ad-hoc]\nkey = { file = \"/run/key\" }\nnonsense = 1\n[fetch]\ntls-roots = [\"ca.pem\"]\n\
            [feeds.a]\nrules = [\"substack\", { drop = { any = [{ title = { any-of-file = \"words.txt\" } }] } }]\n\
            [feeds.b]\nrules = [{ keep = { title = { any-of-file = \"words.txt\" } } }]\n";
        let found = files(text, Path::new("/etc/limpid"));
        let known = ["/run/key", "/etc/limpid/ca.pem", "/etc/limpid/social.toml", "/etc/limpid/words.txt"]
            .map(PathBuf::from);
        assert_eq!(found, known);
        assert!(files("[feeds", Path::new("")).is_empty());
    }
}
